/* A transaction driven by bytes beside a plain array: puts, deletes, savepoints, commits and walks
   must agree. Two bytes a step: what, and which key. */
#include "base/arena.h"
#include "store/store.h"
#include "store/txn/txn.h"

enum { KEYS = 16, STEPS_MAX = 400 };

struct model {
    int value[KEYS]; /* 0: none */
};

struct pair {
    struct store *s;
    struct ctx cx;
    struct txn *t;
    struct model now, marked, durable;
    struct savepoint mark;
    int serial;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static struct str key_name(char out[static 2], unsigned k)
{
    out[0] = 'k';
    out[1] = (char)('a' + k);
    return str_of(out, 2);
}

static void compare(struct pair *p, const struct model *m, struct scan *w, bool backward)
{
    struct str key, value;
    for (unsigned i = 0; i < KEYS; i++) {
        unsigned k = backward ? KEYS - 1 - i : i;
        char name[2];
        if (!m->value[k])
            continue;
        must(scan_next(w, &key, &value));
        must(str_eq(key, key_name(name, k)));
        must(str_eq(value, str_printf(p->cx.arena, "%d", m->value[k])));
    }
    must(!scan_next(w, &key, &value) && scan_error(w) == OK);
    scan_close(w);
}

static void begin(struct pair *p)
{
    p->t = txn_begin(&p->cx, p->s, 1);
    p->mark = txn_mark(p->t);
    p->marked = p->now;
}

static void step(struct pair *p, unsigned what, unsigned k)
{
    char name[2];
    struct str key = key_name(name, k), value;
    struct range all = {.backward = what & 1};
    switch (what % 8) {
    case 0:
    case 1:
        p->now.value[k] = ++p->serial;
        txn_put(p->t, key, str_printf(p->cx.arena, "%d", p->serial));
        break;
    case 2:
        p->now.value[k] = 0;
        txn_delete(p->t, key);
        break;
    case 3:
        must((txn_get(&p->cx, p->t, key, &value) == OK) == (p->now.value[k] != 0));
        break;
    case 4:
        p->mark = txn_mark(p->t);
        p->marked = p->now;
        break;
    case 5:
        txn_back_to(p->t, p->mark);
        p->now = p->marked;
        break;
    case 6:
        compare(p, &p->now, txn_scan(&p->cx, p->t, all), all.backward);
        all.backward = !all.backward;
        compare(p, &p->now, txn_scan(&p->cx, p->t, all), all.backward);
        compare(p, &p->durable, store_scan(&p->cx, p->s, 1, all), all.backward);
        break;
    default:
        must(txn_commit(&p->cx, p->t) == OK);
        p->durable = p->now;
        begin(p);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct pair p = {.cx = {.arena = arena_open()}};
    struct store_config config = {.engine = STR("memory")};
    must(store_open(&p.cx, &config, &p.s) == OK);
    begin(&p);
    for (size_t i = 0; i + 1 < n && i < STEPS_MAX; i += 2)
        step(&p, data[i], data[i + 1] % KEYS);
    step(&p, 6, 0);
    txn_abort(p.t);
    store_close(p.s);
    arena_close(p.cx.arena);
    return 0;
}
