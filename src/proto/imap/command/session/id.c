#include "base/log.h"
#include "proto/imap/command/handlers.h"
#include "proto/imap/wire/parse.h"

enum { ID_PAIRS_MAX = 30 };

/* RFC 2971: NIL, or pairs of a string and a string or NIL in brackets. Logged for those who look
 * for a client's fault, else thrown away. */
static enum code pairs(struct ctx *cx, struct imap_session *s, struct cur *c)
{
    struct str name, value;
    if (imap_nstring(cx->arena, c, &name) && !name.p)
        return OK;
    if (!cur_char(c, '('))
        return fail(cx, E_SYNTAX, "NIL or a list expected");
    for (int i = 0; !cur_char(c, ')'); i++) {
        if (i && !imap_sp(c))
            return fail(cx, E_SYNTAX, "space expected between fields");
        if (i == ID_PAIRS_MAX)
            return fail(cx, E_SYNTAX, "more than %d fields", ID_PAIRS_MAX);
        if (!imap_string(cx->arena, c, &name) || !imap_sp(c) || !imap_nstring(cx->arena, c, &value))
            return fail(cx, E_SYNTAX, "field and value expected");
        if (log_wants(s->env->log, LOG_DEBUG))
            log_event(s->env->log, LOG_DEBUG, "imap.id", "conn=%llu field=%s value=%s",
                      (unsigned long long)s->peer->id, log_quote(cx->arena, name),
                      log_quote(cx->arena, value));
    }
    return OK;
}

enum code imap_id(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct cur c = call->arg;
    TRY(pairs(cx, s, &c));
    if (!cur_end(&c))
        return fail(cx, E_SYNTAX, "more after the fields");
    imap_say(call, STR("* ID (\"name\" \"Postroad\")\r\n"));
    return OK;
}
