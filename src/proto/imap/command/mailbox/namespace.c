#include "proto/imap/command/handlers.h"
#include "proto/imap/mailbox/mailbox.h"
#include "proto/imap/mailbox/space.h"

/* ("Other Users/" "/" "TRANSLATION" ("Andere Benutzer/")): RFC 5255 section 3.4. */
static void put(struct ctx *cx, const struct imap_session *s, struct buf *out, struct str prefix)
{
    struct str spoken = language_text(s->language, prefix);
    buf_byte(out, '(');
    imap_mailbox_put(cx, s, out, prefix);
    buf_add(out, STR(" \"/\""));
    if (!str_eq(spoken, prefix)) {
        buf_add(out, STR(" \"TRANSLATION\" ("));
        imap_mailbox_put(cx, s, out, spoken);
        buf_byte(out, ')');
    }
    buf_byte(out, ')');
}

void imap_namespace_put(struct ctx *cx, const struct imap_session *s, struct buf *out)
{
    buf_add(out, STR("* NAMESPACE ((\"\" \"/\")) ("));
    put(cx, s, out, STR("Other Users/"));
    buf_add(out, STR(") ("));
    put(cx, s, out, STR("Public/"));
    put(cx, s, out, STR("Shared/"));
    buf_add(out, STR(")\r\n"));
}

/* RFC 2342; docs/PROTOCOLS.md tells what is where. */
enum code imap_namespace(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    imap_namespace_put(cx, s, &call->text);
    return OK;
}
