/* The table of settings. */
#include "base/cur.h"
#include "format/domain.h"
#include "service/admission/policy.h"

static const struct setting_row rows[SETTING_COUNT] = {
    [SET_LIST_WAIT_MS] = {"list-wait-ms",
                          SETTING_NUMBER,
                          false,
                          3000,
                          0,
                          20000,
                          {0},
                          "how long a client waits for DNS lists, at most"},
    [SET_LIST_REFUSE] = {"list-refuse",
                         SETTING_NUMBER,
                         false,
                         10,
                         0,
                         10000,
                         {0},
                         "weight of the lists a client is on from which mail is refused; 0: never"},
    [SET_LIST_GREYLIST] = {"list-greylist",
                           SETTING_NUMBER,
                           false,
                           0,
                           0,
                           10000,
                           {0},
                           "weight from which a client has to come again; 0: never"},
    [SET_LIST_JUNK] = {"list-junk",
                       SETTING_NUMBER,
                       false,
                       0,
                       0,
                       10000,
                       {0},
                       "weight from which mail goes into Junk; 0: never"},
    [SET_LIST_MARK] = {"list-mark",
                       SETTING_NUMBER,
                       false,
                       1,
                       0,
                       10000,
                       {0},
                       "weight from which a field X-Listed tells of it; 0: never"},
};

const struct setting_row *setting_at(size_t which)
{
    return which < SETTING_COUNT ? &rows[which] : NULL;
}

enum code setting_find(struct ctx *cx, struct str name, enum setting *out)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        if (str_eq(name, str_z(rows[i].name))) {
            *out = (enum setting)i;
            return OK;
        }
    }
    return fail(cx, E_SYNTAX, "there is no setting %.*s; see postroad admission show",
                STR_ARG(name));
}

static enum code word_parse(struct ctx *cx, const struct setting_row *row, struct str value,
                            int64_t *number)
{
    for (size_t i = 0; i < SETTING_WORDS_MAX && row->words[i]; i++) {
        if (str_eq(value, str_z(row->words[i]))) {
            *number = (int64_t)i;
            return OK;
        }
    }
    return fail(cx, E_SYNTAX, "%s: not \"%.*s\"; %s", row->name, STR_ARG(value), row->help);
}

enum code setting_parse(struct ctx *cx, enum setting which, struct str value, int64_t *number)
{
    const struct setting_row *row = &rows[which];
    uint64_t n;
    struct str ascii;
    *number = 0;
    if (row->kind == SETTING_WORD)
        return word_parse(cx, row, value, number);
    if (row->kind == SETTING_DOMAIN)
        return value.n ? domain_to_ascii(cx, value, &ascii) : OK;
    if (!str_u64(value, &n) || n > (uint64_t)row->most || n < (uint64_t)row->least)
        return fail(cx, E_SYNTAX, "%s: a number from %jd to %jd", row->name, (intmax_t)row->least,
                    (intmax_t)row->most);
    *number = (int64_t)n;
    return OK;
}
