/* LANGUAGE (RFC 5255 section 3): which language texts for people are in. */
#include "service/language.h"
#include "proto/imap/command/handlers.h"
#include "proto/imap/mailbox/space.h"
#include "proto/imap/wire/parse.h"

enum { RANGES_MAX = 20 };

static void tell_all(struct imap_call *call)
{
    imap_say(call, STR("* LANGUAGE ("));
    for (enum language i = 0; i < LANGUAGE_COUNT; i++) {
        if (i)
            buf_byte(&call->text, ' ');
        buf_add(&call->text, language_tag(i));
    }
    imap_say(call, STR(")\r\n"));
}

/* The first range that is spoken; "default" is what the server speaks unasked. */
static enum code choose(struct ctx *cx, struct cur *c, enum language *out)
{
    bool found = false;
    int count = 0;
    do {
        struct str range;
        if (!imap_astring(cx->arena, c, &range) || !range.n)
            return fail(cx, E_SYNTAX, "language range expected");
        if (count++ == RANGES_MAX)
            return fail(cx, E_LIMIT, "more than %d language ranges", RANGES_MAX);
        if (!found && str_ieq(range, STR("default")))
            range = STR("*");
        found = found || language_find(range, out);
    } while (imap_sp(c));
    if (!cur_end(c))
        return fail(cx, E_SYNTAX, "language range expected");
    return found ? OK : fail(cx, E_UNSUPPORTED, "no such language");
}

enum code imap_language(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct cur c = call->arg;
    enum language language = s->language;
    if (cur_end(&c)) {
        tell_all(call);
        return OK;
    }
    TRY(choose(cx, &c, &language));
    s->language = call->language = language;
    imap_say(call, STR("* LANGUAGE ("));
    buf_add(&call->text, language_tag(language));
    imap_say(call, STR(")\r\n"));
    if (s->stage != IMAP_GREETED) /* section 3.2: the prefixes are translated with it */
        imap_namespace_put(cx, s, &call->text);
    call->said = STR("Now in English");
    return OK;
}
