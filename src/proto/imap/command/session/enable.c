#include "proto/imap/command/handlers.h"
#include "proto/imap/wire/parse.h"

enum word { REV2 = 1, CONDSTORE = 2, QRESYNC = 4, UIDONLY = 8, UTF8_ACCEPT = 16 };

static const struct {
    struct str name;
    enum word word;
} words[] = {
    {STR("IMAP4rev2"), REV2},          {STR("CONDSTORE"), CONDSTORE}, /* RFC 7162 section 3.1 */
    {STR("QRESYNC"), QRESYNC},                                        /* section 3.2.3 */
    {STR("UIDONLY"), UIDONLY},                                        /* RFC 9586 section 3.1 */
    {STR("UTF8=ACCEPT"), UTF8_ACCEPT},                                /* RFC 9755 section 3 */
};
enum { WORDS = sizeof words / sizeof *words };

static unsigned word_of(struct str name)
{
    for (size_t i = 0; i < WORDS; i++)
        if (str_ieq(name, words[i].name))
            return words[i].word;
    return 0;
}

/* RFC 9051 section 6.3.1. Unknown names are passed over. */
enum code imap_enable(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct cur c = call->arg;
    unsigned on = 0;
    do {
        struct str name;
        if (!imap_atom(&c, &name))
            return fail(cx, E_SYNTAX, "capability expected");
        on |= word_of(name);
    } while (imap_sp(&c));
    if (!cur_end(&c))
        return fail(cx, E_SYNTAX, "capability expected");
    imap_say(call, STR("* ENABLED"));
    for (size_t i = 0; i < WORDS; i++) {
        if (!(on & words[i].word))
            continue;
        buf_byte(&call->text, ' ');
        buf_add(&call->text, words[i].name);
    }
    imap_say(call, STR("\r\n"));
    s->rev2 |= (on & REV2) != 0;
    s->utf8 |= (on & UTF8_ACCEPT) != 0;
    s->condstore |= (on & (CONDSTORE | QRESYNC)) != 0;
    s->qresync |= (on & QRESYNC) != 0;
    s->uidonly |= (on & UIDONLY) != 0;
    return OK;
}
