#include "service/auth_locks.h"
#include "base/map.h"
#include "service/auth.h"
#include <arpa/inet.h>
#include <pthread.h>

/* Tables of sets: an entry can only be in the set that its hash names. The hash is keyed, so nobody
   outside knows who shares a set with whom; and an entry gives way only to make room for another in
   its set, the least guilty first. To wash away a counter of n failures, one needs n failures of
   each of many others, in a set that cannot be aimed at. */
enum { WAYS = 8, SETS = 4096, STRIPES = 64 };

/* A pair of account and address is trusted so long after its last right password. */
static const int64_t trust_ms = INT64_C(14) * 24 * 3600 * 1000;

struct counter {
    uint64_t tag;                   /* 0: free */
    int64_t start_ms;               /* of the present window */
    uint32_t before, now;           /* failures in the window before, and in this one */
    int64_t locked_until_ms, ok_ms; /* ok_ms: pairs only */
    uint64_t guess;                 /* accounts only: the last */
};

struct table {
    uint32_t failures; /* lock at; 0: never */
    struct counter at[SETS][WAYS];
};

struct auth_locks {
    int64_t window_ms, lockout_ms;
    pthread_mutex_t stripes[STRIPES];
    struct table addresses, accounts, pairs;
};

struct auth_locks *auth_locks_open(const struct auth_config *config)
{
    struct auth_locks *l = calloc(1, sizeof *l);
    must(l);
    l->window_ms = (config->window_s ? config->window_s : 1) * INT64_C(1000);
    l->lockout_ms = config->lockout_s * INT64_C(1000);
    l->addresses.failures = config->address_failures;
    l->accounts.failures = l->pairs.failures = config->account_failures;
    for (size_t i = 0; i < STRIPES; i++)
        must(pthread_mutex_init(&l->stripes[i], NULL) == 0);
    return l;
}

void auth_locks_close(struct auth_locks *l)
{
    for (size_t i = 0; i < STRIPES; i++)
        must(pthread_mutex_destroy(&l->stripes[i]) == 0);
    free(l);
}

static struct str network_of(struct str address, unsigned char out[16])
{
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
    char z[INET6_ADDRSTRLEN] = {0};
    if (address.n >= sizeof z)
        return address;
    memcpy(z, address.p, address.n);
    if (inet_pton(AF_INET, z, out) == 1)
        return str_of(out, 4);
    if (inet_pton(AF_INET6, z, out) != 1)
        return address;
    if (memcmp(out, mapped, sizeof mapped) == 0)
        return str_of(out + 12, 4);
    return str_of(out, 8);
}

static uint64_t tag_of(struct str s)
{
    uint64_t tag = hash_bytes(s);
    return tag ? tag : 1;
}

struct auth_trier auth_trier_of(struct str address, struct str account)
{
    unsigned char network[16];
    struct auth_trier t = {.account = tag_of(account)};
    t.address = tag_of(network_of(address, network));
    const uint64_t both[2] = {t.account, t.address};
    t.pair = tag_of(str_of(both, sizeof both));
    return t;
}

static pthread_mutex_t *lock(struct auth_locks *l, uint64_t tag)
{
    pthread_mutex_t *m = &l->stripes[tag % STRIPES];
    must(pthread_mutex_lock(m) == 0);
    return m;
}

static void unlock(pthread_mutex_t *m)
{
    must(pthread_mutex_unlock(m) == 0);
}

static struct counter *find(struct table *t, uint64_t tag)
{
    struct counter *set = t->at[tag % SETS];
    for (size_t i = 0; i < WAYS; i++)
        if (set[i].tag == tag)
            return &set[i];
    return NULL;
}

/* Failures within the last window: this window's, and the share of the one before that is still in
   view. */
static uint32_t count(struct counter *c, int64_t window_ms, int64_t now_ms)
{
    int64_t age = now_ms - c->start_ms;
    if (age < 0 || age >= 2 * window_ms) {
        c->before = c->now = 0;
        c->start_ms = now_ms;
    } else if (age >= window_ms) {
        c->before = c->now;
        c->now = 0;
        c->start_ms += window_ms;
    }
    int64_t left = window_ms - (now_ms - c->start_ms);
    return c->now + (uint32_t)(c->before * left / window_ms);
}

/* Who gives way first: what says nothing any more, then few failures, then old trust. */
static bool is_lesser(const struct auth_locks *l, struct counter *a, struct counter *b,
                      int64_t now_ms)
{
    bool a_locked = a->locked_until_ms > now_ms, b_locked = b->locked_until_ms > now_ms;
    uint32_t a_count = count(a, l->window_ms, now_ms), b_count = count(b, l->window_ms, now_ms);
    if (a_locked != b_locked)
        return b_locked;
    if (a->ok_ms != b->ok_ms)
        return a->ok_ms < b->ok_ms;
    return a_count < b_count;
}

static struct counter *find_or_make(const struct auth_locks *l, struct table *t, uint64_t tag,
                                    int64_t now_ms)
{
    struct counter *c = find(t, tag), *set = t->at[tag % SETS];
    for (size_t i = 0; i < WAYS && !c; i++)
        if (!set[i].tag)
            c = &set[i];
    if (!c) {
        c = set;
        for (size_t i = 1; i < WAYS; i++)
            if (is_lesser(l, &set[i], c, now_ms))
                c = &set[i];
        *c = (struct counter){0};
    }
    if (!c->tag)
        *c = (struct counter){.tag = tag, .start_ms = now_ms};
    return c;
}

static bool is_locked(struct auth_locks *l, struct table *t, uint64_t tag, int64_t now_ms)
{
    pthread_mutex_t *m = lock(l, tag);
    const struct counter *c = find(t, tag);
    bool locked = c && c->locked_until_ms > now_ms;
    unlock(m);
    return locked;
}

static bool is_trusted(struct auth_locks *l, uint64_t pair, int64_t now_ms)
{
    pthread_mutex_t *m = lock(l, pair);
    const struct counter *c = find(&l->pairs, pair);
    bool trusted = c && c->ok_ms && now_ms - c->ok_ms < trust_ms && c->locked_until_ms <= now_ms;
    unlock(m);
    return trusted;
}

bool auth_locks_refuse(struct auth_locks *l, const struct auth_trier *t, int64_t now_ms)
{
    if (!is_locked(l, &l->addresses, t->address, now_ms) &&
        !is_locked(l, &l->accounts, t->account, now_ms))
        return false;
    return !is_trusted(l, t->pair, now_ms);
}

static void blame(const struct auth_locks *l, const struct table *t, struct counter *c,
                  int64_t now_ms)
{
    uint32_t failures = count(c, l->window_ms, now_ms);
    c->now++;
    if (t->failures && failures + 1 >= t->failures && c->locked_until_ms <= now_ms)
        c->locked_until_ms = now_ms + l->lockout_ms;
}

static void blame_tag(struct auth_locks *l, struct table *t, uint64_t tag, int64_t now_ms)
{
    pthread_mutex_t *m = lock(l, tag);
    blame(l, t, find_or_make(l, t, tag, now_ms), now_ms);
    unlock(m);
}

/* False when the guess is the one before it again, within the window. */
static bool blame_account(struct auth_locks *l, uint64_t tag, uint64_t guess, int64_t now_ms)
{
    pthread_mutex_t *m = lock(l, tag);
    struct counter *c = find_or_make(l, &l->accounts, tag, now_ms);
    bool again = guess && c->guess == guess && count(c, l->window_ms, now_ms) > 0;
    c->guess = guess;
    if (!again)
        blame(l, &l->accounts, c, now_ms);
    unlock(m);
    return !again;
}

/* Pairs that were never trusted need no counter of their own. */
static void blame_pair(struct auth_locks *l, uint64_t tag, int64_t now_ms)
{
    pthread_mutex_t *m = lock(l, tag);
    struct counter *c = find(&l->pairs, tag);
    if (c)
        blame(l, &l->pairs, c, now_ms);
    unlock(m);
}

void auth_locks_failed(struct auth_locks *l, const struct auth_trier *t, uint64_t guess,
                       int64_t now_ms)
{
    if (!blame_account(l, t->account, guess, now_ms))
        return;
    blame_tag(l, &l->addresses, t->address, now_ms);
    blame_pair(l, t->pair, now_ms);
}

void auth_locks_succeeded(struct auth_locks *l, const struct auth_trier *t, int64_t now_ms)
{
    pthread_mutex_t *m = lock(l, t->pair);
    struct counter *c = find_or_make(l, &l->pairs, t->pair, now_ms);
    *c = (struct counter){.tag = t->pair, .start_ms = now_ms, .ok_ms = now_ms};
    unlock(m);
}

static struct auth_lock look(struct auth_locks *l, struct table *t, uint64_t tag, int64_t now_ms)
{
    struct auth_lock out = {0};
    pthread_mutex_t *m = lock(l, tag);
    struct counter *c = find(t, tag);
    if (c)
        out.failures = count(c, l->window_ms, now_ms);
    if (c && c->locked_until_ms > now_ms)
        out.locked_until_ms = c->locked_until_ms;
    unlock(m);
    return out;
}

struct auth_lock auth_locks_address(struct auth_locks *l, uint64_t tag, int64_t now_ms)
{
    return look(l, &l->addresses, tag, now_ms);
}

struct auth_lock auth_locks_account(struct auth_locks *l, uint64_t tag, int64_t now_ms)
{
    return look(l, &l->accounts, tag, now_ms);
}

static void clear(struct auth_locks *l, struct table *t, uint64_t tag)
{
    pthread_mutex_t *m = lock(l, tag);
    struct counter *c = find(t, tag);
    if (c)
        *c = (struct counter){0};
    unlock(m);
}

void auth_locks_clear(struct auth_locks *l, const struct auth_trier *t)
{
    clear(l, &l->addresses, t->address);
    clear(l, &l->accounts, t->account);
    clear(l, &l->pairs, t->pair);
}
