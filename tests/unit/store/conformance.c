/* The same cases over every engine. */
#include "conformance.h"
#include "base/buf.h"
#include "base/cur.h"
#include "base/random.h"
#include "store/key.h"
#include "store/maintain.h"
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/mman.h>

#include <cmocka.h>
#undef fail /* base/err.h has one too */

static void versions_count_commits(void **state)
{
    struct bench *b = *state;
    uint64_t v = 99;
    assert_int_equal(store_version(&b->cx, b->s, 7, &v), OK);
    assert_int_equal(v, 0);
    assert_int_equal(put_row(b, 7, "a", "1"), OK);
    assert_int_equal(put_row(b, 7, "a", "2"), OK);
    assert_int_equal(put_row(b, 8, "a", "x"), OK);
    assert_int_equal(store_version(&b->cx, b->s, 7, &v), OK);
    assert_int_equal(v, 2);
    assert_string_equal(row(b, 7, "a"), "2");
    assert_string_equal(row(b, 8, "a"), "x");
    assert_null(row(b, 9, "a"));
    bench_reopen(b);
    assert_int_equal(store_version(&b->cx, b->s, 7, &v), OK);
    assert_int_equal(v, 2);
    assert_string_equal(row(b, 7, "a"), "2");
}

static void a_change_in_between_is_a_conflict(void **state)
{
    struct bench *b = *state;
    struct txn *t = txn_begin(&b->cx, b->s, 1);
    txn_put(t, STR("k"), STR("mine"));
    assert_int_equal(put_row(b, 1, "k", "theirs"), OK);
    assert_int_equal(txn_commit(&b->cx, t), E_CONFLICT);
    assert_string_equal(row(b, 1, "k"), "theirs");
    struct txn *again = txn_begin(&b->cx, b->s, 1);
    assert_int_equal(txn_version(again), 1);
    assert_int_equal(txn_part(again), 1);
    txn_put(again, STR("k"), STR("mine"));
    assert_int_equal(txn_commit(&b->cx, again), OK);
    txn_abort(again); /* does nothing */
    assert_string_equal(row(b, 1, "k"), "mine");
    struct txn *never = txn_begin(&b->cx, b->s, 1);
    txn_put(never, STR("k"), STR("never"));
    txn_abort(never);
    assert_string_equal(row(b, 1, "k"), "mine");
}

/* Reads k, which must be what arg says (NULL: not there), and writes the next digit. */
static enum code count_up(struct ctx *cx, struct txn *t, void *arg)
{
    const char *const *step = arg, *wanted = *step;
    struct str value, other;
    enum code code = txn_get(cx, t, STR("k"), &value);
    assert_int_equal(code, wanted ? OK : E_NOT_FOUND);
    assert_int_equal(txn_get(cx, t, STR("none"), &other), E_NOT_FOUND);
    if (wanted)
        assert_true(str_eq(value, str_z(wanted)));
    char next = wanted ? (char)(*wanted + 1) : '1';
    txn_put(t, STR("k"), str_of(&next, 1));
    return next == '9' ? E_DENIED : OK;
}

static enum code counted(struct bench *b, part_id part, const char *wanted)
{
    return store_update(&b->cx, b->s, part, count_up, &wanted);
}

/* Past the queue of updates. NULL: no row. */
static void commit_k(struct bench *b, const char *value)
{
    struct txn *t = txn_begin(&b->cx, b->s, 1);
    if (value)
        txn_put(t, STR("k"), str_z(value));
    else
        txn_delete(t, STR("k"));
    assert_int_equal(txn_commit(&b->cx, t), OK);
}

/* Whatever an update remembers of the one before it. */
static void updates_read_what_the_last_commit_wrote(void **state)
{
    struct bench *b = *state;
    char large[300];
    memset(large, 'x', sizeof large - 1);
    large[sizeof large - 1] = 0;
    assert_int_equal(counted(b, 1, NULL), OK);
    assert_int_equal(counted(b, 1, "1"), OK);
    assert_int_equal(counted(b, 1, "2"), OK);
    commit_k(b, "5");
    assert_int_equal(counted(b, 1, "5"), OK);
    assert_int_equal(put_row(b, 1, "k", "8"), OK); /* written without being read */
    assert_int_equal(counted(b, 1, "8"), E_DENIED);
    assert_int_equal(counted(b, 1, "8"), E_DENIED);
    assert_int_equal(put_row(b, 1, "k", large), OK);
    assert_int_equal(counted(b, 1, large), OK);
    assert_string_equal(row(b, 1, "k"), "y");
    commit_k(b, NULL);
    assert_int_equal(counted(b, 1, NULL), OK);
    bench_reopen(b);
    assert_int_equal(counted(b, 1, "1"), OK);
    for (part_id other = 2; other < 40; other++) /* each has its own */
        assert_int_equal(counted(b, other, NULL), OK);
    assert_int_equal(counted(b, 1, "2"), OK);
}

/* "a=1 b=2 " of a scan, closed afterwards. */
static const char *walked(struct bench *b, struct scan *w)
{
    struct buf out = buf_of(b->cx.arena, 65536);
    struct str key, value;
    while (scan_next(w, &key, &value))
        buf_printf(&out, "%.*s=%.*s ", STR_ARG(key), STR_ARG(value));
    assert_int_equal(scan_error(w), OK);
    scan_close(w);
    return str_zdup(b->cx.arena, buf_str(&out));
}

static void scans_go_both_ways_within_bounds(void **state)
{
    struct bench *b = *state;
    static const char *const keys[] = {"b", "d", "a", "c", "cc", "e"};
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(put_row(b, 3, keys[i], "1"), OK);
    assert_int_equal(put_row(b, 2, "zz", "other"), OK);
    assert_int_equal(put_row(b, 4, "0", "other"), OK);
    static const struct {
        struct range range;
        const char *wanted;
    } cases[] = {
        {{{0}, {0}, false, false}, "a=1 b=1 c=1 cc=1 d=1 e=1 "},
        {{{0}, {0}, true, false}, "e=1 d=1 cc=1 c=1 b=1 a=1 "},
        {{{"b", 1}, {"d", 1}, false, false}, "b=1 c=1 cc=1 "},
        {{{"b", 1}, {"d", 1}, true, false}, "cc=1 c=1 b=1 "},
        {{{"bb", 2}, {"cd", 2}, false, false}, "c=1 cc=1 "},
        {{{"bb", 2}, {"cd", 2}, true, false}, "cc=1 c=1 "},
        {{{"f", 1}, {0}, false, false}, ""},
        {{{0}, {"a", 1}, true, false}, ""},
        {{{"c", 1}, {"c", 1}, false, false}, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(walked(b, store_scan(&b->cx, b->s, 3, cases[i].range)),
                            cases[i].wanted);
}

static void a_transaction_sees_its_own_writes(void **state)
{
    struct bench *b = *state;
    static const char *const keys[] = {"b", "d", "f"};
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(put_row(b, 5, keys[i], "old"), OK);
    struct txn *t = txn_begin(&b->cx, b->s, 5);
    txn_put(t, STR("a"), STR("new"));
    txn_put(t, STR("d"), STR("new"));
    txn_delete(t, STR("f"));
    txn_put(t, STR("g"), STR("new"));
    txn_put(t, STR("h"), STR("gone"));
    txn_delete(t, STR("h"));
    struct str value;
    assert_int_equal(txn_get(&b->cx, t, STR("d"), &value), OK);
    assert_true(str_eq(value, STR("new")));
    assert_int_equal(txn_get(&b->cx, t, STR("f"), &value), E_NOT_FOUND);
    assert_int_equal(txn_get(&b->cx, t, STR("b"), &value), OK);
    assert_string_equal(walked(b, txn_scan(&b->cx, t, (struct range){0})),
                        "a=new b=old d=new g=new ");
    assert_string_equal(walked(b, txn_scan(&b->cx, t, (struct range){.backward = true})),
                        "g=new d=new b=old a=new ");
    struct range part = {.from = STR("b"), .to = STR("g")};
    assert_string_equal(walked(b, txn_scan(&b->cx, t, part)), "b=old d=new ");
    part.once = true;
    assert_string_equal(walked(b, txn_scan(&b->cx, t, part)), "b=old d=new ");
    part.backward = true;
    assert_string_equal(walked(b, txn_scan(&b->cx, t, part)), "d=new b=old ");
    assert_null(row(b, 5, "a")); /* others do not see it */
    assert_int_equal(txn_commit(&b->cx, t), OK);
    assert_string_equal(walked(b, store_scan(&b->cx, b->s, 5, (struct range){0})),
                        "a=new b=old d=new g=new ");
}

/* Random writes in a transaction against a plain array. */
static void random_overlays_agree_with_a_model(void **state)
{
    struct bench *b = *state;
    enum { KEYS = 40 };
    bool there[KEYS] = {false};
    struct random r = {.seed = 5};
    for (int round = 0; round < 60; round++) {
        struct txn *t = txn_begin(&b->cx, b->s, 6);
        for (int i = 0; i < 25; i++) {
            size_t k = random_u64(&r) % KEYS;
            struct str key = str_printf(b->cx.arena, "k%02zu", k);
            there[k] = random_u64(&r) % 2;
            if (there[k])
                txn_put(t, key, STR("v"));
            else
                txn_delete(t, key);
        }
        struct buf wanted = buf_of(b->cx.arena, 1024), backward = buf_of(b->cx.arena, 1024);
        for (size_t k = 0; k < KEYS; k++) {
            if (there[k])
                buf_printf(&wanted, "k%02zu=v ", k);
            if (there[KEYS - 1 - k])
                buf_printf(&backward, "k%02zu=v ", KEYS - 1 - k);
        }
        assert_string_equal(walked(b, txn_scan(&b->cx, t, (struct range){0})),
                            str_zdup(b->cx.arena, buf_str(&wanted)));
        assert_string_equal(walked(b, txn_scan(&b->cx, t, (struct range){.backward = true})),
                            str_zdup(b->cx.arena, buf_str(&backward)));
        assert_int_equal(txn_commit(&b->cx, t), OK);
        assert_string_equal(walked(b, store_scan(&b->cx, b->s, 6, (struct range){0})),
                            str_zdup(b->cx.arena, buf_str(&wanted)));
    }
}

static void a_scan_sees_one_version(void **state)
{
    struct bench *b = *state;
    for (int i = 0; i < 50; i++)
        assert_int_equal(put_row(b, 9, str_printf(b->cx.arena, "k%02d", i).p, "1"), OK);
    struct scan *w = store_scan(&b->cx, b->s, 9, (struct range){0});
    struct str key, value;
    assert_true(scan_next(w, &key, &value));
    for (int i = 0; i < 50; i++)
        assert_int_equal(put_row(b, 9, str_printf(b->cx.arena, "k%02d", i).p, "2"), OK);
    assert_int_equal(put_row(b, 9, "k005", "new"), OK);
    size_t count = 1;
    while (scan_next(w, &key, &value)) {
        assert_true(str_eq(value, STR("1")));
        count++;
    }
    assert_int_equal(count, 50);
    scan_close(w);
}

static enum code put_large(struct ctx *cx, struct txn *t, void *arg)
{
    size_t n = *(const size_t *)arg;
    char *bytes = arena_alloc(cx->arena, 60000);
    for (size_t i = 0; i < n; i++) {
        struct key k = key_of('L');
        key_u32(&k, (uint32_t)i);
        txn_put(t, key_str(&k), str_of(bytes, 60000));
    }
    return OK;
}

static enum code put_too_long(struct ctx *cx, struct txn *t, void *arg)
{
    const size_t *n = arg;
    txn_put(t, str_of(memset(arena_alloc(cx->arena, n[0] + 1), 'k', n[0]), n[0]),
            str_of(arena_alloc(cx->arena, n[1] + 1), n[1]));
    return OK;
}

static void limits_are_kept(void **state)
{
    struct bench *b = *state;
    size_t n = 17;
    assert_int_equal(store_update(&b->cx, b->s, 1, put_large, &n), OK);
    n = 18;
    assert_int_equal(store_update(&b->cx, b->s, 1, put_large, &n), E_LIMIT);
    size_t sizes[] = {255, 65536};
    assert_int_equal(store_update(&b->cx, b->s, 1, put_too_long, sizes), OK);
    sizes[0] = 256;
    assert_int_equal(store_update(&b->cx, b->s, 1, put_too_long, sizes), E_LIMIT);
    sizes[0] = 1, sizes[1] = 65537;
    assert_int_equal(store_update(&b->cx, b->s, 1, put_too_long, sizes), E_LIMIT);
    uint64_t v;
    assert_int_equal(store_version(&b->cx, b->s, 1, &v), OK);
    assert_int_equal(v, 2);
    struct str value;
    assert_int_equal(store_get(&b->cx, b->s, 1,
                               str_of(memset(arena_alloc(b->cx.arena, 256), 'k', 256), 256),
                               &value),
                     E_NOT_FOUND);
}

/* Judged by its size: none of the bytes is looked at, so none needs to be there. */
static void a_blob_has_a_size(void **state)
{
    struct bench *b = *state;
    size_t n = (size_t)BLOB_MAX + 1;
    void *p = mmap(NULL, n, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    struct blob_new *blob;
    assert_true(p != MAP_FAILED);
    assert_int_equal(blob_prepare(&b->cx, b->s, str_of(p, n), &blob), E_LIMIT);
    assert_int_equal(munmap(p, n), 0);
}

struct step {
    const char *key;
    enum code answer;
    const char *seen; /* this key must be seen by it */
};

static enum code put_step(struct ctx *cx, struct txn *t, void *arg)
{
    const struct step *s = arg;
    struct str value;
    if (s->seen)
        TRY(txn_get(cx, t, str_z(s->seen), &value));
    txn_put(t, str_z(s->key), STR("v"));
    return s->answer == OK ? OK : fail(cx, s->answer, "on purpose");
}

static void one_failure_among_many_is_taken_back(void **state)
{
    struct bench *b = *state;
    struct step steps[] = {
        {"a", OK, NULL}, {"b", E_DENIED, "a"}, {"c", OK, "a"}, {"d", OK, "b"}, {"e", OK, "c"}};
    struct update u[5];
    struct ctx cx[5];
    for (size_t i = 0; i < 5; i++) {
        cx[i] = (struct ctx){.arena = arena_open()};
        u[i] = (struct update){.part = 2, .fn = put_step, .arg = &steps[i], .cx = &cx[i]};
    }
    assert_int_equal(store_update_all(b->s, u, 5), E_DENIED);
    static const enum code wanted[] = {OK, E_DENIED, OK, E_NOT_FOUND, OK};
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(u[i].result, wanted[i]);
        if (wanted[i] == OK)
            assert_int_equal(u[i].version, 1); /* all in one commit */
        arena_close(cx[i].arena);
    }
    assert_string_equal(walked(b, store_scan(&b->cx, b->s, 2, (struct range){0})), "a=v c=v e=v ");
}

static void combined_changes_split_at_the_limit(void **state)
{
    struct bench *b = *state;
    struct update u[4];
    size_t n = 9; /* 540 KB each: one commit holds one of them */
    struct ctx cx[4];
    for (size_t i = 0; i < 4; i++) {
        cx[i] = (struct ctx){.arena = arena_open()};
        u[i] = (struct update){.part = 2, .fn = put_large, .arg = &n, .cx = &cx[i]};
    }
    size_t eleven = 11;
    u[2].arg = &eleven;
    size_t many = 20;
    u[3].arg = &many;
    assert_int_equal(store_update_all(b->s, u, 4), E_LIMIT);
    assert_int_equal(u[0].result, OK);
    assert_int_equal(u[1].result, OK);
    assert_int_equal(u[2].result, OK);
    assert_int_equal(u[3].result, E_LIMIT);
    for (size_t i = 0; i < 4; i++)
        arena_close(cx[i].arena);
}

static void many_partitions_share_a_sync(void **state)
{
    struct bench *b = *state;
    struct update u[10];
    struct step step = {"k", OK, NULL};
    uint64_t before = store_stats(b->s).syncs;
    for (size_t i = 0; i < 10; i++)
        u[i] = (struct update){.part = 100 + i, .fn = put_step, .arg = &step, .cx = &b->cx};
    assert_int_equal(store_update_all(b->s, u, 10), OK);
    for (size_t i = 0; i < 10; i++)
        assert_string_equal(row(b, 100 + i, "k"), "v");
    assert_true(store_stats(b->s).syncs - before <= 10);
    assert_int_equal(store_stats(b->s).commits, 10);
}

/* Blobs */

struct letter {
    const struct blob_new *blob;
    const struct blob_id *id;
    struct str tag;
    int what; /* 0 put, 1 refer, 2 drop */
};

static enum code change_blob(struct ctx *cx, struct txn *t, void *arg)
{
    (void)cx;
    const struct letter *l = arg;
    if (l->what == 0)
        txn_blob_put(t, l->blob, l->tag);
    else if (l->what == 1)
        txn_blob_ref(t, l->id, l->tag);
    else
        txn_blob_unref(t, l->id, l->tag);
    return OK;
}

static struct str noise(struct bench *b, size_t n, uint64_t seed, bool text)
{
    char *p = arena_alloc(b->cx.arena, n + 1);
    struct random r = {.seed = seed};
    random_bytes(&r, p, n);
    for (size_t i = 0; text && i < n; i++)
        p[i] = (char)('a' + (p[i] & 7));
    return str_of(p, n);
}

static enum code blob_put(struct bench *b, part_id part, struct str bytes, struct str tag,
                          struct blob_id *id)
{
    struct blob_new *blob;
    TRY(blob_prepare(&b->cx, b->s, bytes, &blob));
    *id = *blob_new_id(blob);
    struct letter l = {.blob = blob, .tag = tag};
    return store_update(&b->cx, b->s, part, change_blob, &l);
}

static void assert_blob(struct bench *b, const struct blob_id *id, struct str wanted, size_t offset,
                        size_t n)
{
    struct str bytes = {0};
    struct blob *owner = NULL;
    assert_int_equal(blob_get(&b->cx, b->s, id, offset, n, &bytes, &owner), OK);
    assert_true(str_eq(bytes, str_sub(wanted, offset, n)));
    blob_unref(owner);
}

static void blobs_come_back_whole_and_in_parts(void **state)
{
    struct bench *b = *state;
    static const size_t sizes[] = {0,     1,      127,    128,    4096,    65536,
                                   65537, 262144, 262145, 393216, 1000000, 5000000};
    for (size_t i = 0; i < 2 * sizeof sizes / sizeof *sizes; i++) {
        size_t n = sizes[i / 2];
        struct str bytes = noise(b, n, i + 1, i % 2);
        struct blob_id id;
        assert_int_equal(blob_put(b, 1, bytes, STR("t"), &id), OK);
        for (int round = 0; round < 2; round++) {
            assert_blob(b, &id, bytes, 0, SIZE_MAX);
            assert_blob(b, &id, bytes, n / 2, 1000);
            assert_blob(b, &id, bytes, n ? n - 1 : 0, SIZE_MAX);
            assert_blob(b, &id, bytes, n, SIZE_MAX);
            assert_blob(b, &id, bytes, n + 5, 7);
            assert_blob(b, &id, bytes, 131071, 2);
            assert_blob(b, &id, bytes, 131072, 131072);
            if (!round && i % 3 == 0)
                bench_reopen(b); /* an empty cache */
        }
        uint64_t size = 1;
        assert_int_equal(blob_size(&b->cx, b->s, &id, &size), OK);
        assert_int_equal(size, n);
    }
    struct blob_id none = {{1}};
    struct str bytes;
    struct blob *owner;
    assert_int_equal(blob_get(&b->cx, b->s, &none, 0, 1, &bytes, &owner), E_NOT_FOUND);
}

static void blob_ids_are_sha256(void **state)
{
    struct bench *b = *state;
    struct blob_new *blob;
    assert_int_equal(blob_prepare(&b->cx, b->s, STR("abc"), &blob), OK);
    struct str hex = blob_id_hex(b->cx.arena, blob_new_id(blob));
    assert_true(
        str_eq(hex, STR("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")));
    struct blob_id id;
    assert_true(blob_id_parse(hex, &id));
    assert_true(blob_id_eq(&id, blob_new_id(blob)));
    assert_false(blob_id_parse(str_from(hex, 1), &id));
    assert_false(blob_id_parse(
        STR("Ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"), &id));
}

static void equal_blobs_are_kept_once_until_the_last_reference(void **state)
{
    struct bench *b = *state;
    struct str bytes = noise(b, 50000, 3, true);
    struct blob_id id, again;
    assert_int_equal(blob_put(b, 1, bytes, STR("one"), &id), OK);
    uint64_t once = store_stats(b->s).bytes_committed;
    assert_int_equal(blob_put(b, 2, bytes, STR("two"), &again), OK);
    assert_true(blob_id_eq(&id, &again));
    assert_true(store_stats(b->s).bytes_committed - once < 1000);
    struct letter l = {.id = &id, .tag = STR("three"), .what = 1};
    assert_int_equal(store_update(&b->cx, b->s, 2, change_blob, &l), OK);
    size_t removed = 9;
    bool more = true;
    static const struct {
        part_id part;
        struct str tag;
        size_t removed;
    } drops[] = {{1, {"one", 3}, 0}, {2, {"two", 3}, 0}, {2, {"none", 4}, 0}, {2, {"three", 5}, 1}};
    for (size_t i = 0; i < 4; i++) {
        l = (struct letter){.id = &id, .tag = drops[i].tag, .what = 2};
        assert_int_equal(store_update(&b->cx, b->s, drops[i].part, change_blob, &l), OK);
        assert_int_equal(store_sweep(&b->cx, b->s, 100, &removed, &more), OK);
        assert_int_equal(removed, drops[i].removed);
        assert_false(more);
    }
    bench_reopen(b);
    uint64_t size;
    assert_int_equal(blob_size(&b->cx, b->s, &id, &size), E_NOT_FOUND);
    l = (struct letter){.id = &id, .tag = STR("x"), .what = 1};
    assert_int_equal(store_update(&b->cx, b->s, 2, change_blob, &l), E_NOT_FOUND);
}

static void a_missing_blob_fails_only_who_refers_to_it(void **state)
{
    struct bench *b = *state;
    struct blob_id none = {{4}};
    struct letter l = {.id = &none, .tag = STR("x"), .what = 1};
    struct step step = {"k", OK, NULL}, other = {"m", OK, NULL};
    struct update u[] = {{.part = 3, .fn = put_step, .arg = &step, .cx = &b->cx},
                         {.part = 3, .fn = change_blob, .arg = &l, .cx = &b->cx},
                         {.part = 3, .fn = put_step, .arg = &other, .cx = &b->cx}};
    assert_int_equal(store_update_all(b->s, u, 3), E_NOT_FOUND);
    assert_int_equal(u[0].result, OK);
    assert_int_equal(u[1].result, E_NOT_FOUND);
    assert_int_equal(u[2].result, OK);
    assert_string_equal(walked(b, store_scan(&b->cx, b->s, 3, (struct range){0})), "k=v m=v ");
}

/* Prepared while the blob was there, put after it was swept. */
static void a_swept_blob_can_come_back(void **state)
{
    struct bench *b = *state;
    struct str bytes = noise(b, 300000, 8, true);
    struct blob_id id;
    assert_int_equal(blob_put(b, 1, bytes, STR("t"), &id), OK);
    struct blob_new *late;
    assert_int_equal(blob_prepare(&b->cx, b->s, bytes, &late), OK);
    struct letter l = {.id = &id, .tag = STR("t"), .what = 2};
    assert_int_equal(store_update(&b->cx, b->s, 1, change_blob, &l), OK);
    size_t removed;
    bool more;
    assert_int_equal(store_sweep(&b->cx, b->s, 100, &removed, &more), OK);
    assert_int_equal(removed, 1);
    l = (struct letter){.blob = late, .tag = STR("u")};
    assert_int_equal(store_update(&b->cx, b->s, 1, change_blob, &l), OK);
    bench_reopen(b);
    assert_blob(b, &id, bytes, 0, SIZE_MAX);
    assert_int_equal(store_sweep(&b->cx, b->s, 100, &removed, &more), OK);
    assert_int_equal(removed, 0);
    assert_blob(b, &id, bytes, 0, SIZE_MAX);
}

static void removed_blobs_give_space_back(void **state)
{
    struct bench *b = *state;
    enum { COUNT = 40, BYTES = 200 * 1024 };
    struct blob_id ids[COUNT];
    for (size_t i = 0; i < COUNT; i++)
        assert_int_equal(blob_put(b, 1, noise(b, BYTES, 500 + i, false), STR("t"), &ids[i]), OK);
    store_compact(b->s);
    for (size_t i = 1; i < COUNT; i++) {
        struct letter l = {.id = &ids[i], .tag = STR("t"), .what = 2};
        assert_int_equal(store_update(&b->cx, b->s, 1, change_blob, &l), OK);
    }
    size_t removed;
    bool more;
    assert_int_equal(store_sweep(&b->cx, b->s, 10, &removed, &more), OK);
    assert_int_equal(removed, 10);
    assert_true(more);
    assert_int_equal(store_sweep(&b->cx, b->s, 1000, &removed, &more), OK);
    assert_int_equal(removed, COUNT - 11);
    store_compact(b->s);
    assert_true(store_stats(b->s).bytes_on_disk < 10 * BYTES);
    assert_blob(b, &ids[0], noise(b, BYTES, 500, false), 0, SIZE_MAX);
}

/* Threads */

enum { COUNTERS = 3 };

static uint64_t counter_of(struct str value)
{
    uint64_t v = 0;
    return str_u64(value, &v) ? v : 0;
}

static enum code add_one(struct ctx *cx, struct txn *t, void *arg)
{
    struct str value = {0};
    struct str key = str_z(arg);
    enum code code = txn_get(cx, t, key, &value);
    if (code != OK && code != E_NOT_FOUND)
        return code;
    txn_put(t, key, str_printf(cx->arena, "%ju", (uintmax_t)(counter_of(value) + 1)));
    return OK;
}

static enum code add_by_steps(struct ctx *cx, struct store *s, part_id part)
{
    enum code code;
    char key[] = "n";
    do {
        struct txn *t AUTO(txn_abort) = txn_begin(cx, s, part);
        TRY(add_one(cx, t, key));
        code = txn_commit(cx, t);
    } while (code == E_CONFLICT);
    return code;
}

static void *add_many(void *arg)
{
    struct worker *w = arg;
    struct arena *a = arena_open();
    char key[] = "n";
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct ctx cx = {.arena = a};
        part_id part = 50 + (i + w->n) % COUNTERS;
        enum code code = i % 8 == 7 ? add_by_steps(&cx, w->b->s, part)
                                    : store_update(&cx, w->b->s, part, add_one, key);
        atomic_fetch_add(w->failures, code != OK);
        arena_reset(a);
    }
    arena_close(a);
    return NULL;
}

static void no_increment_is_lost(void **state)
{
    struct bench *b = *state;
    run_workers(b, add_many, THREADS);
    bench_reopen(b);
    uint64_t sum = 0;
    for (part_id p = 50; p < 50 + COUNTERS; p++)
        sum += counter_of(str_z(row(b, p, "n")));
    assert_int_equal(sum, THREADS * ROUNDS);
}

/* Threads that put, drop and put again one blob while another sweeps: who has a reference can read.
 */
static void tell(void *arg, const char *what, struct str about, bool repaired)
{
    (void)arg, (void)about, (void)repaired;
    fprintf(stderr, "fault: %s\n", what);
}

static void *put_and_drop(void *arg)
{
    struct worker *w = arg;
    struct bench mine = {.s = w->b->s, .cx = {.arena = arena_open()}};
    for (unsigned i = 0; i < ROUNDS; i++) {
        size_t removed;
        bool more;
        struct str bytes = noise(&mine, i % 2 ? 3000 : 300000, 77, true);
        struct blob_id id;
        struct str tag = str_printf(mine.cx.arena, "t%u", w->n);
        if (w->n == 0) {
            bool good = store_sweep(&mine.cx, mine.s, 10, &removed, &more) == OK;
            struct store_check sum = {0};
            if (i % 10 == 0) /* beside commits and sweeps nothing looks like a fault */
                good &= store_check(&mine.cx, mine.s, true, tell, NULL, &sum) == OK && !sum.faults;
            atomic_fetch_add(w->failures, !good);
            continue;
        }
        struct letter l = {.id = &id, .tag = tag, .what = 2};
        uint64_t size;
        bool good = blob_put(&mine, w->n, bytes, tag, &id) == OK &&
                    blob_size(&mine.cx, mine.s, &id, &size) == OK && size == bytes.n &&
                    store_update(&mine.cx, mine.s, w->n, change_blob, &l) == OK;
        atomic_fetch_add(w->failures, !good);
        arena_reset(mine.cx.arena);
    }
    arena_close(mine.cx.arena);
    return NULL;
}

static void sweeping_never_takes_what_is_referred_to(void **state)
{
    run_workers(*state, put_and_drop, 5);
}

static void checkpoints_can_be_opened(void **state)
{
    struct bench *b = *state;
    assert_int_equal(put_row(b, 1, "k", "v"), OK);
    struct str dir = str_printf(b->cx.arena, "%s/copy", b->dir);
    if (!b->dir[0]) {
        assert_int_equal(store_checkpoint(&b->cx, b->s, dir), E_UNSUPPORTED);
        return;
    }
    assert_int_equal(store_checkpoint(&b->cx, b->s, dir), OK);
    assert_int_equal(put_row(b, 1, "k", "later"), OK);
    struct bench copy = {.engine = b->engine, .cx = b->cx};
    copy.s = open_in(&copy.cx, b->engine, dir.p);
    assert_string_equal(row(&copy, 1, "k"), "v");
    store_close(copy.s);
}

typedef void case_fn(void **state);

static const struct {
    const char *name;
    case_fn *run;
} cases[] = {
#define CASE(fn)                                                                                   \
    {                                                                                              \
#fn, fn                                                                                    \
    }
    CASE(versions_count_commits),
    CASE(a_change_in_between_is_a_conflict),
    CASE(updates_read_what_the_last_commit_wrote),
    CASE(scans_go_both_ways_within_bounds),
    CASE(a_transaction_sees_its_own_writes),
    CASE(random_overlays_agree_with_a_model),
    CASE(a_scan_sees_one_version),
    CASE(limits_are_kept),
    CASE(a_blob_has_a_size),
    CASE(one_failure_among_many_is_taken_back),
    CASE(combined_changes_split_at_the_limit),
    CASE(many_partitions_share_a_sync),
    CASE(blobs_come_back_whole_and_in_parts),
    CASE(blob_ids_are_sha256),
    CASE(equal_blobs_are_kept_once_until_the_last_reference),
    CASE(a_missing_blob_fails_only_who_refers_to_it),
    CASE(a_swept_blob_can_come_back),
    CASE(removed_blobs_give_space_back),
    CASE(no_increment_is_lost),
    CASE(sweeping_never_takes_what_is_referred_to),
    CASE(watchers_hear_of_commits_in_order),
    CASE(a_slow_watcher_delays_no_commit),
    CASE(forgotten_partitions_keep_their_versions),
    CASE(nobody_rings_who_left),
    CASE(checkpoints_can_be_opened),
};
enum { CASES = sizeof cases / sizeof *cases };

static int set_up(void **state)
{
    *state = bench_open(*state);
    return 0;
}

static int tear_down(void **state)
{
    bench_close(*state);
    return 0;
}

int main(void)
{
    static char engines[][16] = {"memory", "rocksdb"};
    struct CMUnitTest tests[2 * CASES];
    char names[2 * CASES][96];
    for (size_t e = 0; e < 2; e++)
        for (size_t i = 0; i < CASES; i++) {
            size_t at = e * CASES + i;
            snprintf(names[at], sizeof names[at], "%s: %s", engines[e], cases[i].name);
            tests[at] = (struct CMUnitTest){.name = names[at],
                                            .test_func = cases[i].run,
                                            .setup_func = set_up,
                                            .teardown_func = tear_down,
                                            .initial_state = engines[e]};
        }
    return cmocka_run_group_tests_name("conformance", tests, NULL, NULL);
}
