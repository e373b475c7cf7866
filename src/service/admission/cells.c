#include "service/admission/cells.h"
#include "base/buf.h"
#include "base/cur.h"
#include "base/map.h"
#include "core/core.h"
#include "service/mailauth/crypto.h"
#include "store/key.h"
#include <pthread.h>
#include <stdlib.h>

struct set {
    struct cell cells[CELLS_WAYS];
};

struct cells {
    uint32_t count; /* of sets */
    struct set *sets;
    bool *changed; /* of each set, with its lock */
    pthread_mutex_t locks[CELLS_LOCKS];
};

struct cells *cells_open(uint32_t sets)
{
    struct cells *c = calloc(1, sizeof *c);
    must(c && sets && sets <= CELLS_SETS_MAX && (sets & (sets - 1)) == 0);
    c->count = sets;
    c->sets = calloc(sets, sizeof *c->sets);
    c->changed = calloc(sets, sizeof *c->changed);
    must(c->sets && c->changed);
    for (size_t i = 0; i < CELLS_LOCKS; i++)
        pthread_mutex_init(&c->locks[i], NULL);
    return c;
}

void cells_close(struct cells *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < CELLS_LOCKS; i++)
        pthread_mutex_destroy(&c->locks[i]);
    free(c->sets);
    free(c->changed);
    free(c);
}

static bool is_free(const struct cell *cell)
{
    return !cell->key[0] && !cell->key[1];
}

void cells_key(struct str text, uint64_t key[static 2])
{
    key[0] = hash_bytes(text) | 1;
    key[1] = text.n;
}

void cells_key_stable(struct str text, uint64_t key[static 2])
{
    unsigned char hash[SHA256_BYTES];
    struct digest *d AUTO(digest_close) = digest_open();
    digest_add(d, text);
    digest_end(d, hash);
    struct cur c = cur_of(str_of(hash, sizeof hash));
    must(cur_le64(&c, &key[0]) && cur_le64(&c, &key[1]));
    key[0] |= 1;
}

static uint32_t set_of(const struct cells *c, const uint64_t key[static 2])
{
    return (uint32_t)(key[0] >> 8) & (c->count - 1);
}

static pthread_mutex_t *lock_of(struct cells *c, uint32_t set)
{
    return &c->locks[set % CELLS_LOCKS];
}

/* The cell of that key, or the one that gives way to it. */
static struct cell *place_of(struct set *set, const uint64_t key[static 2], bool *is_new)
{
    struct cell *worst = &set->cells[0];
    for (size_t i = 0; i < CELLS_WAYS; i++) {
        struct cell *cell = &set->cells[i];
        *is_new = cell->key[0] != key[0] || cell->key[1] != key[1];
        if (!*is_new)
            return cell;
        bool better = is_free(cell) || (!is_free(worst) && cell->at_ms < worst->at_ms);
        if (better)
            worst = cell;
    }
    return worst;
}

void cells_with(struct cells *c, const uint64_t key[static 2], cell_fn *fn, void *arg)
{
    uint32_t set = set_of(c, key);
    pthread_mutex_t *lock = lock_of(c, set);
    bool is_new, dirty = false;
    pthread_mutex_lock(lock);
    struct cell *cell = place_of(&c->sets[set], key, &is_new);
    struct cell fresh = is_new ? (struct cell){.key = {key[0], key[1]}} : *cell;
    fn(&fresh, is_new, &dirty, arg);
    if (!is_new || !is_free(&fresh))
        *cell = fresh;
    c->changed[set] |= dirty;
    pthread_mutex_unlock(lock);
}

static void set_write(const struct set *set, struct buf *out)
{
    for (size_t i = 0; i < CELLS_WAYS; i++) {
        const struct cell *cell = &set->cells[i];
        buf_le64(out, cell->key[0]);
        buf_le64(out, cell->key[1]);
        buf_le64(out, (uint64_t)cell->at_ms);
        buf_le64(out, cell->value);
    }
}

bool cells_changed(struct cells *c, uint32_t *at, struct buf *out)
{
    for (uint32_t i = *at; i < c->count; i++) {
        pthread_mutex_t *lock = lock_of(c, i);
        pthread_mutex_lock(lock);
        bool changed = c->changed[i];
        if (changed)
            set_write(&c->sets[i], out);
        c->changed[i] = false;
        pthread_mutex_unlock(lock);
        if (!changed)
            continue;
        *at = i;
        return true;
    }
    return false;
}

void cells_change(struct cells *c, uint32_t at)
{
    pthread_mutex_t *lock = lock_of(c, at);
    pthread_mutex_lock(lock);
    c->changed[at] = true;
    pthread_mutex_unlock(lock);
}

void cells_restore(struct cells *c, uint32_t at, struct str text)
{
    struct set set = {0};
    struct cur in = cur_of(text);
    if (at >= c->count || text.n != CELLS_SET_BYTES)
        return;
    for (size_t i = 0; i < CELLS_WAYS; i++) {
        struct cell *cell = &set.cells[i];
        uint64_t at_ms;
        must(cur_le64(&in, &cell->key[0]) && cur_le64(&in, &cell->key[1]) &&
             cur_le64(&in, &at_ms) && cur_le64(&in, &cell->value));
        cell->at_ms = (int64_t)at_ms;
    }
    pthread_mutex_t *lock = lock_of(c, at);
    pthread_mutex_lock(lock);
    c->sets[at] = set;
    pthread_mutex_unlock(lock);
}

uint64_t cells_count(struct cells *c)
{
    uint64_t used = 0;
    for (uint32_t i = 0; i < c->count; i++) {
        pthread_mutex_t *lock = lock_of(c, i);
        pthread_mutex_lock(lock);
        for (size_t k = 0; k < CELLS_WAYS; k++)
            used += !is_free(&c->sets[i].cells[k]);
        pthread_mutex_unlock(lock);
    }
    return used;
}

enum { FLUSH_SETS = 2000 }; /* in one commit: below STORE_BATCH_MAX */

/* Changed sets of one commit. */
struct flush {
    char family;
    uint32_t at[FLUSH_SETS];
    struct str texts[FLUSH_SETS];
    size_t count;
};

static struct key set_key(char family, const uint32_t *at)
{
    struct key k = key_of(family);
    if (at)
        key_u32(&k, *at);
    return k;
}

static enum code sets_put(struct ctx *cx, struct txn *t, void *arg)
{
    const struct flush *f = arg;
    (void)cx;
    for (size_t i = 0; i < f->count; i++) {
        struct key k = set_key(f->family, &f->at[i]);
        txn_put(t, key_str(&k), f->texts[i]);
    }
    return OK;
}

enum code cells_flush(struct ctx *cx, struct cells *c, struct core *core, char family)
{
    uint32_t next = 0;
    for (bool more = true; more;) {
        struct arena *arena AUTO(arena_close) = arena_open();
        struct flush *f = ARENA_NEW(arena, struct flush);
        f->family = family;
        while (f->count < FLUSH_SETS) {
            struct buf text = buf_of(arena, CELLS_SET_BYTES);
            if (!cells_changed(c, &next, &text))
                break;
            f->texts[f->count] = buf_str(&text);
            f->at[f->count++] = next++;
        }
        more = f->count == FLUSH_SETS;
        enum code code = f->count ? store_update(cx, core->store, ADMISSION_PART, sets_put, f) : OK;
        for (size_t i = 0; code != OK && i < f->count; i++)
            cells_change(c, f->at[i]);
        TRY(code);
    }
    return OK;
}

enum code cells_load(struct ctx *cx, struct cells *c, struct core *core, char family)
{
    struct key from = set_key(family, NULL), to = key_after(&from);
    struct scan *w AUTO(scan_close) =
        store_scan(cx, core->store, ADMISSION_PART,
                   (struct range){.from = key_str(&from), .to = key_str(&to), .once = true});
    struct str key, value;
    while (scan_next(w, &key, &value)) {
        struct cur k = cur_of(str_from(key, 1));
        uint32_t at;
        if (cur_key_u32(&k, &at))
            cells_restore(c, at, value);
    }
    return scan_error(w);
}
