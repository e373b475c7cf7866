/* The table of settings. */
#include "base/cur.h"
#include "format/domain.h"
#include "service/admission/policy.h"

#define NUMBER(name, of, usual, least, most, help)                                                 \
    {                                                                                              \
        name, SETTING_NUMBER, of, usual, least, most, {0}, help                                    \
    }
#define SWITCH(name, of, usual, help)                                                              \
    {                                                                                              \
        name, SETTING_WORD, of, usual, 0, 1, {"off", "on"}, help                                   \
    }
enum { FOREST = false, DOMAINS = true };

static const struct setting_row rows[SETTING_COUNT] = {
    [SET_LIST_WAIT_MS] = NUMBER("list-wait-ms", FOREST, 3000, 0, 20000,
                                "how long a client waits for DNS lists, at most"),
    [SET_LIST_REFUSE] = NUMBER("list-refuse", FOREST, 10, 0, 10000,
                               "weight of its lists from which a client is refused; 0: never"),
    [SET_LIST_GREYLIST] = NUMBER("list-greylist", FOREST, 1, 1, 10000,
                                 "weight from which greylist = listed makes it come again"),
    [SET_LIST_JUNK] =
        NUMBER("list-junk", FOREST, 0, 0, 10000, "weight from which mail goes into Junk; 0: never"),
    [SET_LIST_MARK] = NUMBER("list-mark", FOREST, 1, 0, 10000,
                             "weight from which a field X-Listed tells of it; 0: never"),
    [SET_GREYLIST] = {"greylist",
                      SETTING_WORD,
                      DOMAINS,
                      0,
                      0,
                      2,
                      {"off", "listed", "all"},
                      "who has to come again: nobody, clients that DNS lists know, or all"},
    [SET_GREYLIST_DELAY_S] =
        NUMBER("greylist-delay-s", DOMAINS, 300, 1, 86400, "the soonest that coming again counts"),
    [SET_GREYLIST_WINDOW_H] = NUMBER("greylist-window-h", DOMAINS, 48, 1, 720, "the latest"),
    [SET_GREYLIST_KEEP_D] = NUMBER("greylist-keep-d", DOMAINS, 35, 1, 365,
                                   "how long it is remembered that somebody came again"),
    [SET_GREYLIST_NETWORKS] = NUMBER("greylist-networks", DOMAINS, 5, 0, 1000,
                                     "a network that came again so often need not; 0: never"),
    [SET_GREYLIST_SPF] = SWITCH("greylist-spf", DOMAINS, 1, "who passes SPF need not come again"),
    [SET_GREYLIST_KNOWN] = SWITCH("greylist-known", DOMAINS, 0,
                                  "nor a sender that the recipient had mail from before"),
    [SET_SRS] =
        SWITCH("srs", DOMAINS, 0, "what is passed on to the outside gets a return path of ours"),
    [SET_SRS_DOMAIN] = {"srs-domain",
                        SETTING_DOMAIN,
                        DOMAINS,
                        0,
                        0,
                        0,
                        {0},
                        "domain of such return paths, with its MX here; empty: who passes it on"},
    [SET_SUSPECT] = {"suspect",
                     SETTING_WORD,
                     DOMAINS,
                     1,
                     0,
                     3,
                     {"off", "alarm", "hold", "lock"},
                     "what becomes of an account that behaves as if taken over"},
    [SET_SUSPECT_SCORE] = NUMBER("suspect-score", DOMAINS, 60, 1, 1000,
                                 "from which score on an account is suspicious"),
    [SET_SUSPECT_FLOOR] = NUMBER("suspect-floor", DOMAINS, 30, 1, 1000000,
                                 "recipients in an hour below which nothing is suspicious"),
    [SET_BIMI] = SWITCH("bimi", FOREST, 1, "the logo of a sender that DMARC proves is looked for"),
    [SET_HELLO_OURS] =
        SWITCH("hello-ours", FOREST, 1, "a stranger that calls itself by our name is refused"),
    [SET_HELLO_STRICT] = SWITCH("hello-strict", FOREST, 0,
                                "so is one whose EHLO is no full name and not its own address"),
    [SET_GREETING_DELAY_MS] = NUMBER(
        "greeting-delay-ms", FOREST, 0, 0, 30000,
        "how long a stranger waits for the greeting; who speaks before it is refused; 0: off"),
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
