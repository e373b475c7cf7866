/* Who handed a message in sees how it goes: JMAP keeps a row for each, whose state has to move. */
#include "base/log.h"
#include "core/object/sent.h"
#include "service/transport/queue/inner.h"

/* Without the number of a part (cancel.c): the row is the whole message's. */
static struct str whole_of(struct str delivery_id)
{
    size_t plus = str_rchr(delivery_id, '+');
    return plus == SIZE_MAX ? delivery_id : str_sub(delivery_id, 0, plus);
}

/* What is lost here by a crash is seen with the next change; how the message goes is asked of the
   queue each time. */
void queue_sender_told(struct ctx *cx, struct queue *q, const struct message_row *m)
{
    if (!m->sender)
        return;
    enum code code = sent_changed(cx, q->core, m->sender, whole_of(m->delivery_id));
    if (code != OK && code != E_NOT_FOUND)
        log_event(q->core->log, LOG_WARN, "queue.sender_untold", "account=%ju code=%s what=%s",
                  (uintmax_t)m->sender, code_name(code), log_quote(cx->arena, str_z(cx->err.what)));
}
