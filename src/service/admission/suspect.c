#include "service/admission/suspect.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/cur.h"
#include "base/map.h"
#include "store/key.h"
#include <pthread.h>
#include <stdlib.h>

enum {
    FAMILY_SUSPECT = 's',
    ROW_VERSION = 1,
    HOUR_MS = 3600 * 1000,
    IDLE_HOURS = 24,
    USUAL_LEAST = 6,   /* who sends less is taken for somebody who sends so much */
    FILTER_FULL = 512, /* recipients in a filter: then the next one begins */
    HISTORY_LEAST = 3, /* hours: before that nobody knows what is new */
    USUAL_SHIFT = 3,   /* each hour counts an eighth */
    FLUSH_ROWS = 1000,
};

struct filter {
    uint64_t bits[SUSPECT_FILTER_BYTES / 8];
};

/* Counts of this hour and of the one before, of which a part still counts. */
struct hourly {
    uint32_t now, before;
};

struct behaviour {
    principal_id who;
    enum suspect_state state;
    int64_t hour, alarmed_ms;
    struct hourly recipients, fresh, refused, bounces;
    uint32_t usual, hours; /* usual: in eighths */
    uint32_t score;
    struct filter known[2];
    uint32_t known_count;
    uint64_t networks[SUSPECT_NETWORKS_MAX];
    int64_t network_ms[SUSPECT_NETWORKS_MAX];
    bool changed;
};

struct suspects {
    struct core *core;
    pthread_mutex_t lock;
    struct map *accounts;
};

const char *suspect_state_name(enum suspect_state state)
{
    static const char *const names[] = {"well", "alarmed", "held", "locked"};
    return names[state];
}

/* Above its usual rate; and with many addresses that it never wrote to, that do not exist, that
   send it back; from many networks at once. */
struct signals {
    uint32_t rate, fresh, refused, bounces, networks;
};

static uint32_t percent(uint32_t part, uint32_t whole)
{
    return whole ? (uint32_t)((uint64_t)part * 100 / whole) : 0;
}

static struct signals signals_of(const struct suspect_facts *f, uint32_t floor)
{
    struct signals s = {0};
    uint32_t usual = f->usual > USUAL_LEAST ? f->usual : USUAL_LEAST;
    uint32_t tried = f->recipients + f->refused;
    if (tried < floor)
        return s;
    s.rate = tried > 15 * usual ? 60 : tried > 5 * usual ? 40 : 0;
    if (f->hours >= HISTORY_LEAST && percent(f->fresh, f->recipients) > 60)
        s.fresh = 30;
    s.refused = f->refused >= 10 && percent(f->refused, tried) > 30 ? 30 : 0;
    s.bounces = f->bounces >= 10 && percent(f->bounces, tried) > 20 ? 30 : 0;
    s.networks = f->networks >= 6 ? 50 : f->networks >= 4 ? 30 : 0;
    return s;
}

uint32_t suspect_score(const struct suspect_facts *f, uint32_t floor)
{
    struct signals s = signals_of(f, floor);
    return s.rate + s.fresh + s.refused + s.bounces + s.networks;
}

struct str suspect_text(struct arena *a, const struct suspect_facts *f, uint32_t floor)
{
    struct signals s = signals_of(f, floor);
    struct buf b = buf_of(a, 1024);
    buf_printf(&b, "%u recipients in an hour (usually %u)", f->recipients, f->usual);
    if (s.fresh)
        buf_printf(&b, ", %u%% of them new", percent(f->fresh, f->recipients));
    if (s.refused)
        buf_printf(&b, ", %u refused", f->refused);
    if (s.bounces)
        buf_printf(&b, ", %u came back", f->bounces);
    if (s.networks)
        buf_printf(&b, ", from %u networks", f->networks);
    return buf_str(&b);
}

struct suspects *suspects_open(struct core *c)
{
    struct suspects *x = calloc(1, sizeof *x);
    must(x && pthread_mutex_init(&x->lock, NULL) == 0);
    x->core = c;
    x->accounts = map_open();
    return x;
}

void suspects_close(struct suspects *x)
{
    struct str key;
    void *value;
    for (size_t at = 0; map_next(x->accounts, &at, &key, &value);)
        free(value);
    map_close(x->accounts);
    must(pthread_mutex_destroy(&x->lock) == 0);
    free(x);
}

static struct key row_key(const uint64_t *who)
{
    struct key k = key_of(FAMILY_SUSPECT);
    if (who)
        key_u64(&k, *who);
    return k;
}

static struct str row_encode(struct arena *a, const struct behaviour *b)
{
    struct buf out = buf_of(a, 2048);
    buf_le8(&out, ROW_VERSION);
    buf_le8(&out, (uint8_t)b->state);
    buf_le64(&out, (uint64_t)b->alarmed_ms);
    buf_le32(&out, b->usual);
    buf_le32(&out, b->hours);
    buf_le32(&out, b->score);
    buf_le32(&out, b->known_count);
    for (size_t f = 0; f < 2; f++)
        for (size_t i = 0; i < SUSPECT_FILTER_BYTES / 8; i++)
            buf_le64(&out, b->known[f].bits[i]);
    must(!out.overflow);
    return buf_str(&out);
}

static enum code row_decode(struct ctx *cx, struct str value, struct behaviour *b)
{
    struct cur c = cur_of(value);
    uint8_t version, state;
    uint64_t alarmed;
    bool good = cur_le8(&c, &version) && version == ROW_VERSION && cur_le8(&c, &state) &&
                state < SUSPECT_END && cur_le64(&c, &alarmed) && cur_le32(&c, &b->usual) &&
                cur_le32(&c, &b->hours) && cur_le32(&c, &b->score) && cur_le32(&c, &b->known_count);
    for (size_t f = 0; f < 2; f++)
        for (size_t i = 0; i < SUSPECT_FILTER_BYTES / 8; i++)
            good = good && cur_le64(&c, &b->known[f].bits[i]);
    if (!good)
        return fail(cx, E_CORRUPT, "admission: a broken row of an account's history");
    b->state = (enum suspect_state)state;
    b->alarmed_ms = (int64_t)alarmed;
    return OK;
}

static uint32_t recent(const struct hourly *h, int64_t now_ms)
{
    uint64_t left = (uint64_t)(HOUR_MS - now_ms % HOUR_MS);
    return h->now + (uint32_t)(h->before * left / HOUR_MS);
}

static void hour_turn(struct hourly *h, bool next)
{
    h->before = next ? h->now : 0;
    h->now = 0;
}

/* A new hour: what was sent in the last one becomes part of what is usual, unless it was what
   raised the alarm. */
static void hours_pass(struct behaviour *b, int64_t now_ms)
{
    int64_t hour = now_ms / HOUR_MS;
    if (hour == b->hour)
        return;
    bool next = hour == b->hour + 1;
    if (b->recipients.now && b->state == SUSPECT_NOT) {
        uint32_t sent = b->recipients.now << USUAL_SHIFT;
        b->usual = b->hours ? b->usual - (b->usual >> USUAL_SHIFT) + (sent >> USUAL_SHIFT) : sent;
        b->hours++;
        b->changed = true;
    }
    hour_turn(&b->recipients, next);
    hour_turn(&b->fresh, next);
    hour_turn(&b->refused, next);
    hour_turn(&b->bounces, next);
    b->hour = hour;
}

static bool filter_has(const struct filter *f, uint64_t hash)
{
    enum { BITS = SUSPECT_FILTER_BYTES * 8 };
    uint64_t one = hash % BITS, two = (hash >> 32) % BITS;
    return f->bits[one / 64] >> one % 64 & 1 && f->bits[two / 64] >> two % 64 & 1;
}

static void filter_add(struct filter *f, uint64_t hash)
{
    enum { BITS = SUSPECT_FILTER_BYTES * 8 };
    uint64_t one = hash % BITS, two = (hash >> 32) % BITS;
    f->bits[one / 64] |= UINT64_C(1) << one % 64;
    f->bits[two / 64] |= UINT64_C(1) << two % 64;
}

/* The same in every process: FNV-1a, mixed. Colliding on purpose gains one a quieter alarm. */
static uint64_t stable_hash(struct str s)
{
    uint64_t h = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < s.n; i++)
        h = (h ^ (unsigned char)ascii_lower(s.p[i])) * UINT64_C(1099511628211);
    h ^= h >> 29;
    h *= UINT64_C(0xbf58476d1ce4e5b9);
    return h ^ h >> 32;
}

/* Whether the account wrote there before; it has now. */
static bool is_known(struct behaviour *b, struct str recipient)
{
    uint64_t hash = stable_hash(recipient);
    bool newest = filter_has(&b->known[0], hash), known = newest || filter_has(&b->known[1], hash);
    if (newest)
        return true;
    if (b->known_count++ == FILTER_FULL) {
        b->known[1] = b->known[0];
        b->known[0] = (struct filter){0};
        b->known_count = 1;
    }
    filter_add(&b->known[0], hash);
    b->changed = true;
    return known;
}

static void network_seen(struct behaviour *b, const struct ip *client, int64_t now_ms)
{
    uint64_t network = 1; /* IPv4 /16, IPv6 /32: providers, not homes */
    size_t oldest = 0;
    for (size_t i = 0; i < (client->v6 ? 4U : 2U); i++)
        network = network << 8 | client->at[i];
    for (size_t i = 0; i < SUSPECT_NETWORKS_MAX; i++) {
        if (b->networks[i] == network) {
            b->network_ms[i] = now_ms;
            return;
        }
        if (b->network_ms[i] < b->network_ms[oldest])
            oldest = i;
    }
    b->networks[oldest] = network;
    b->network_ms[oldest] = now_ms;
}

static struct suspect_facts facts_of(const struct behaviour *b, int64_t now_ms)
{
    struct suspect_facts f = {
        .who = b->who,
        .state = b->state,
        .recipients = recent(&b->recipients, now_ms),
        .fresh = recent(&b->fresh, now_ms),
        .refused = recent(&b->refused, now_ms),
        .bounces = recent(&b->bounces, now_ms),
        .usual = b->usual >> USUAL_SHIFT,
        .hours = b->hours,
        .score = b->score,
        .alarmed_ms = b->alarmed_ms,
    };
    for (size_t i = 0; i < SUSPECT_NETWORKS_MAX; i++)
        f.networks += b->networks[i] && now_ms - b->network_ms[i] < HOUR_MS;
    return f;
}

/* With the lock: makes room when there are too many. */
static void room_make(struct suspects *x, int64_t now_ms)
{
    struct str key;
    void *value;
    int64_t hour = now_ms / HOUR_MS, keep = IDLE_HOURS;
    while (map_count(x->accounts) >= SUSPECT_ACCOUNTS_MAX && keep >= 0) {
        for (size_t at = 0; map_next(x->accounts, &at, &key, &value);) {
            struct behaviour *b = value;
            if (hour - b->hour < keep || b->changed)
                continue;
            map_remove(x->accounts, map_u64(&b->who));
            free(b);
        }
        keep = keep ? keep / 4 : -1;
    }
}

/* With the lock, which it gives back while it reads. NULL: there is no room. */
static enum code behaviour_get(struct ctx *cx, struct suspects *x, principal_id who,
                               struct behaviour **out)
{
    struct behaviour read = {.who = who, .hour = cx->now_ms / HOUR_MS};
    struct key k = row_key(&who);
    struct str value;
    *out = map_get(x->accounts, map_u64(&who));
    if (*out)
        return OK;
    pthread_mutex_unlock(&x->lock);
    enum code code = store_get(cx, x->core->store, ADMISSION_PART, key_str(&k), &value);
    if (code == OK)
        code = row_decode(cx, value, &read);
    pthread_mutex_lock(&x->lock);
    if (code != OK && code != E_NOT_FOUND)
        return code;
    *out = map_get(x->accounts, map_u64(&who));
    if (*out)
        return OK;
    room_make(x, cx->now_ms);
    if (map_count(x->accounts) >= SUSPECT_ACCOUNTS_MAX)
        return OK;
    struct behaviour *b = malloc(sizeof *b);
    must(b);
    *b = read;
    map_put(x->accounts, map_u64(&b->who), b);
    *out = b;
    return OK;
}

static void count(struct behaviour *b, const struct suspect_event *e, int64_t now_ms)
{
    switch (e->act) {
    case ACT_RECIPIENT:
        b->recipients.now++;
        b->fresh.now += !is_known(b, e->recipient);
        if (e->client)
            network_seen(b, e->client, now_ms);
        break;
    case ACT_REFUSED:
        b->refused.now++;
        break;
    case ACT_BOUNCE:
        b->bounces.now++;
        break;
    }
}

enum code suspect_note(struct ctx *cx, struct suspects *x, const struct suspect_event *e,
                       bool *alarm, struct suspect_facts *out)
{
    struct behaviour *b;
    *alarm = false;
    pthread_mutex_lock(&x->lock);
    enum code code = behaviour_get(cx, x, e->who, &b);
    if (code == OK && b) {
        hours_pass(b, cx->now_ms);
        count(b, e, cx->now_ms);
        *out = facts_of(b, cx->now_ms);
        out->score = suspect_score(out, e->floor);
        *alarm = b->state == SUSPECT_NOT && out->score >= e->limit;
        if (*alarm) {
            b->state = out->state = e->state;
            b->alarmed_ms = out->alarmed_ms = cx->now_ms;
            b->score = out->score;
            b->changed = true;
        }
    } else {
        *out = (struct suspect_facts){.who = e->who};
    }
    pthread_mutex_unlock(&x->lock);
    return code;
}

enum code suspect_show(struct ctx *cx, struct suspects *x, principal_id who,
                       struct suspect_facts *out)
{
    struct behaviour *b;
    *out = (struct suspect_facts){.who = who};
    pthread_mutex_lock(&x->lock);
    enum code code = behaviour_get(cx, x, who, &b);
    if (code == OK && b) {
        hours_pass(b, cx->now_ms);
        *out = facts_of(b, cx->now_ms);
    }
    pthread_mutex_unlock(&x->lock);
    return code;
}

enum code suspect_clear(struct ctx *cx, struct suspects *x, principal_id who)
{
    struct behaviour *b;
    pthread_mutex_lock(&x->lock);
    enum code code = behaviour_get(cx, x, who, &b);
    if (code == OK && b) {
        static const struct hourly nothing;
        b->state = SUSPECT_NOT;
        b->recipients = b->fresh = b->refused = b->bounces = nothing;
        for (size_t i = 0; i < SUSPECT_NETWORKS_MAX; i++)
            b->networks[i] = 0;
        b->changed = true;
    }
    pthread_mutex_unlock(&x->lock);
    TRY(code);
    return suspects_flush(cx, x);
}

/* Rows of one commit. */
struct flush {
    uint64_t who[FLUSH_ROWS];
    struct str texts[FLUSH_ROWS];
    size_t count;
};

static enum code rows_put(struct ctx *cx, struct txn *t, void *arg)
{
    const struct flush *f = arg;
    (void)cx;
    for (size_t i = 0; i < f->count; i++) {
        struct key k = row_key(&f->who[i]);
        txn_put(t, key_str(&k), f->texts[i]);
    }
    return OK;
}

static void changed_take(struct suspects *x, struct arena *a, struct flush *f)
{
    struct str key;
    void *value;
    pthread_mutex_lock(&x->lock);
    for (size_t at = 0; f->count < FLUSH_ROWS && map_next(x->accounts, &at, &key, &value);) {
        struct behaviour *b = value;
        if (!b->changed)
            continue;
        b->changed = false;
        f->who[f->count] = b->who;
        f->texts[f->count++] = row_encode(a, b);
    }
    pthread_mutex_unlock(&x->lock);
}

static void changed_again(struct suspects *x, const struct flush *f)
{
    pthread_mutex_lock(&x->lock);
    for (size_t i = 0; i < f->count; i++) {
        struct behaviour *b = map_get(x->accounts, map_u64(&f->who[i]));
        if (b)
            b->changed = true;
    }
    pthread_mutex_unlock(&x->lock);
}

enum code suspects_flush(struct ctx *cx, struct suspects *x)
{
    for (bool more = true; more;) {
        struct arena *arena AUTO(arena_close) = arena_open();
        struct flush *f = ARENA_NEW(arena, struct flush);
        changed_take(x, arena, f);
        more = f->count == FLUSH_ROWS;
        enum code code =
            f->count ? store_update(cx, x->core->store, ADMISSION_PART, rows_put, f) : OK;
        if (code != OK)
            changed_again(x, f);
        TRY(code);
    }
    return OK;
}

enum code suspect_list(struct ctx *cx, struct suspects *x, struct suspect_facts **out,
                       size_t *count)
{
    struct key from = row_key(NULL), to = key_after(&from);
    size_t room = 0, n = 0;
    *out = NULL;
    TRY(suspects_flush(cx, x));
    struct scan *w AUTO(scan_close) =
        store_scan(cx, x->core->store, ADMISSION_PART,
                   (struct range){.from = key_str(&from), .to = key_str(&to), .once = true});
    struct str key, value;
    while (scan_next(w, &key, &value)) {
        struct cur k = cur_of(str_from(key, 1));
        struct behaviour b = {0};
        if (!cur_key_u64(&k, &b.who))
            continue;
        TRY(row_decode(cx, value, &b));
        if (b.state == SUSPECT_NOT)
            continue;
        if (n == room) {
            size_t more = room ? room * 2 : 8;
            *out = arena_grow(cx->arena, *out, room * sizeof **out, more * sizeof **out);
            room = more;
        }
        TRY(suspect_show(cx, x, b.who, &(*out)[n++]));
    }
    *count = n;
    return scan_error(w);
}
