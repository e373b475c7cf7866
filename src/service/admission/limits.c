#include "service/admission/limits.h"
#include "base/arena.h"
#include "base/cur.h"
#include "core/core.h"
#include "service/admission/cells.h"
#include <stdlib.h>

enum { FAMILY_LIMIT = 'l', SECOND_US = 1000000 };

struct limits {
    struct core *core;
    struct cells *kept;    /* of accounts and domains */
    struct cells *passing; /* of strangers */
};

static const char *const pers[PER_END] = {
    [PER_ACCOUNT] = "account", [PER_DOMAIN] = "domain",   [PER_SENDER] = "sender",
    [PER_ADDRESS] = "address", [PER_NETWORK] = "network", [PER_RECIPIENT] = "recipient"};
static const char *const ofs[OF_END] = {[OF_MESSAGES] = "messages",
                                        [OF_RECIPIENTS] = "recipients",
                                        [OF_BYTES] = "bytes",
                                        [OF_UNKNOWN] = "unknown"};

const char *limit_per_name(enum limit_per per)
{
    return pers[per];
}

const char *limit_of_name(enum limit_of of)
{
    return ofs[of];
}

static size_t word_take(struct cur *c, const char *const *words, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct cur at = *c;
        if (cur_text(&at, str_z(words[i])) && cur_char(&at, ' ')) {
            *c = at;
            return i;
        }
    }
    return 0;
}

enum code limit_parse(struct ctx *cx, struct str name, struct str scope, struct str value,
                      struct limit *out)
{
    struct limit l = {.name = name, .scope = scope};
    struct cur c = cur_of(value);
    l.per = (enum limit_per)word_take(&c, pers, PER_END);
    if (!l.per)
        return fail(cx, E_SYNTAX,
                    "a limit is per account, domain, sender, address, network or recipient");
    l.of = (enum limit_of)word_take(&c, ofs, OF_END);
    if (!l.of)
        return fail(cx, E_SYNTAX, "a limit is of messages, recipients, bytes or unknown");
    if (!cur_u64(&c, &l.max) || !cur_char(&c, ' ') || !cur_u32(&c, &l.window_s) || !cur_end(&c) ||
        !l.window_s || l.window_s > LIMIT_WINDOW_MAX_S)
        return fail(cx, E_SYNTAX, "a limit: a number, and a window of 1 s to %d days",
                    LIMIT_WINDOW_MAX_S / (24 * 3600));
    bool by_host = l.per == PER_ADDRESS || l.per == PER_NETWORK;
    if (l.of == OF_UNKNOWN && !by_host)
        return fail(cx, E_SYNTAX, "unknown recipients are counted per address or network");
    if (by_host && !str_eq(scope, STR("*")))
        return fail(cx, E_SYNTAX, "limits of hosts hold for the whole forest");
    *out = l;
    return OK;
}

struct limits *limits_open(struct core *c)
{
    struct limits *x = calloc(1, sizeof *x);
    must(x);
    x->core = c;
    x->kept = cells_open(LIMITS_SETS);
    x->passing = cells_open(LIMITS_SETS);
    return x;
}

void limits_close(struct limits *x)
{
    cells_close(x->kept);
    cells_close(x->passing);
    free(x);
}

enum code limits_load(struct ctx *cx, struct limits *x)
{
    return cells_load(cx, x->kept, x->core, FAMILY_LIMIT);
}

enum code limits_flush(struct ctx *cx, struct limits *x)
{
    return cells_flush(cx, x->kept, x->core, FAMILY_LIMIT);
}

/* A bucket is one number: when it will be empty, if nothing more is put in. value: that, in
   microseconds. It gives way the sooner the emptier it is; one that is empty says nothing. */
struct pour {
    int64_t now_us, window_us, cost_us;
    bool peek;
    int64_t over_us; /* out: above 0: it does not fit for so long */
};

static void pour(struct cell *cell, bool is_new, bool *dirty, void *arg)
{
    struct pour *p = arg;
    int64_t empty_us = (int64_t)cell->value;
    int64_t level_us = empty_us > p->now_us ? empty_us - p->now_us : 0;
    if (level_us > p->window_us)
        level_us = p->window_us; /* the clock went back, or the limit changed */
    int64_t after_us = level_us + p->cost_us;
    p->over_us = after_us - p->window_us;
    if (p->peek || p->over_us > 0) {
        if (is_new)
            *cell = (struct cell){0};
        return;
    }
    cell->value = (uint64_t)(p->now_us + after_us);
    cell->at_ms = (int64_t)cell->value / 1000;
    *dirty = true;
}

static int64_t use_one(struct ctx *cx, struct limits *x, const struct limit_use *use, bool peek)
{
    const struct limit *l = use->limit;
    bool keeps = l->per == PER_ACCOUNT || l->per == PER_DOMAIN;
    uint64_t n = use->n < l->max ? use->n : l->max, key[2];
    struct pour p = {.now_us = cx->now_ms * 1000, .peek = peek};
    p.window_us = (int64_t)l->window_s * SECOND_US;
    p.cost_us = (int64_t)((double)p.window_us * (double)n / (double)l->max);
    struct str parts[] = {l->name, STR(" "), use->subject};
    struct str text = str_join(cx->arena, parts, 3);
    if (keeps)
        cells_key_stable(text, key);
    else
        cells_key(text, key);
    cells_with(keeps ? x->kept : x->passing, key, pour, &p);
    return p.over_us;
}

const struct limit *limits_take(struct ctx *cx, struct limits *x, const struct limit_use *uses,
                                size_t count, bool peek, uint32_t *wait_s)
{
    for (size_t i = 0; i < count; i++) {
        int64_t over_us = use_one(cx, x, &uses[i], true);
        if (over_us <= 0)
            continue;
        *wait_s = (uint32_t)((over_us + SECOND_US - 1) / SECOND_US);
        return uses[i].limit;
    }
    for (size_t i = 0; !peek && i < count; i++)
        use_one(cx, x, &uses[i], false);
    return NULL;
}
