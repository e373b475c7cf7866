/* COMPARATOR (RFC 5255 section 4.7): how SEARCH, SORT and THREAD compare texts. */
#include "format/collation/collation.h"
#include "proto/imap/command/handlers.h"
#include "proto/imap/wire/parse.h"

enum { NAMES_MAX = 20 };

struct choice {
    enum collation active;
    unsigned all; /* bits: those that fit any name */
    unsigned count;
};

static void fit(struct str wanted, struct choice *out)
{
    if (str_ieq(wanted, STR("default")))
        wanted = collation_name(COLLATION_UNICODE_CASEMAP);
    for (enum collation i = 0; i < COLLATION_COUNT; i++) {
        if (!collation_is(i, wanted) || (out->all & 1U << i))
            continue;
        if (!out->all)
            out->active = i;
        out->all |= 1U << i;
        out->count++;
    }
}

static enum code choose(struct ctx *cx, struct cur *c, struct choice *out)
{
    int count = 0;
    do {
        struct str wanted;
        if (!imap_astring(cx->arena, c, &wanted))
            return fail(cx, E_SYNTAX, "name of a comparator expected");
        if (count++ == NAMES_MAX)
            return fail(cx, E_LIMIT, "more than %d comparators", NAMES_MAX);
        fit(wanted, out);
    } while (imap_sp(c));
    return cur_end(c) ? OK : fail(cx, E_SYNTAX, "name of a comparator expected");
}

/* Section 4.8: the active one, and all that fit if there are several. */
static void tell(struct imap_call *call, const struct choice *choice)
{
    const char *before = " (";
    imap_say(call, STR("* COMPARATOR "));
    buf_add(&call->text, collation_name(choice->active));
    for (enum collation i = 0; i < COLLATION_COUNT && choice->count > 1; i++) {
        if (!(choice->all & 1U << i))
            continue;
        buf_add(&call->text, str_z(before));
        buf_add(&call->text, collation_name(i));
        before = " ";
    }
    imap_say(call, choice->count > 1 ? STR(")\r\n") : STR("\r\n"));
}

enum code imap_comparator(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct cur c = call->arg;
    struct choice choice = {.active = s->collation};
    if (!cur_end(&c)) {
        TRY(choose(cx, &c, &choice));
        if (!choice.all) { /* section 4.9 */
            call->response = STR("BADCOMPARATOR");
            return fail(cx, E_UNSUPPORTED, "no such comparator");
        }
        s->collation = choice.active;
    }
    tell(call, &choice);
    return OK;
}
