/* Readers never see less than what was durable before they asked, whatever they remember. */
#include "forest.h"
#include <pthread.h>
#include <stdatomic.h>

enum { CHANGES = 300, READERS = 3 };

struct race {
    struct forest *f;
    principal_id id;
    atomic_uint done; /* the last change that was acknowledged */
    atomic_bool stop;
    atomic_uint stale, reads;
};

static uint64_t number_shown(struct ctx *cx, struct race *r)
{
    struct principal p;
    uint64_t n = 0;
    must(directory_by_address(cx, r->f->core, STR("g@works.example"), &p) == OK);
    must(str_u64(p.display, &n));
    return n;
}

static void *read_on(void *arg)
{
    struct race *r = arg;
    struct random random = {3};
    struct ctx cx = {.arena = arena_open(), .random = &random};
    while (!atomic_load(&r->stop)) {
        unsigned before = atomic_load(&r->done);
        if (number_shown(&cx, r) < before)
            atomic_fetch_add(&r->stale, 1);
        atomic_fetch_add(&r->reads, 1);
        arena_reset(cx.arena);
    }
    arena_close(cx.arena);
    return NULL;
}

static void change_on(struct race *r)
{
    struct principal p;
    assert_int_equal(directory_by_id(&r->f->cx, r->f->core, r->id, &p), OK);
    for (unsigned i = 1; i <= CHANGES; i++) {
        p.display = str_printf(r->f->cx.arena, "%u", i);
        assert_int_equal(directory_set(&r->f->cx, r->f->core, &p), OK);
        atomic_store(&r->done, i);
    }
}

static void what_was_changed_is_seen_at_once(void **state)
{
    struct race r = {.f = forest_open(*state)};
    struct principal p;
    pthread_t threads[READERS];
    r.id = forest_add(r.f, PRINCIPAL_GROUP, "g", r.f->works);
    assert_int_equal(directory_by_id(&r.f->cx, r.f->core, r.id, &p), OK);
    p.display = STR("0");
    assert_int_equal(directory_set(&r.f->cx, r.f->core, &p), OK);
    for (size_t i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_on, &r), 0);
    change_on(&r);
    while (atomic_load(&r.reads) < 1000)
        sched_yield();
    atomic_store(&r.stop, true);
    for (size_t i = 0; i < READERS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    assert_int_equal(atomic_load(&r.stale), 0);
    assert_int_equal(number_shown(&r.f->cx, &r), CHANGES);
    forest_close(r.f);
}

struct adder {
    struct forest *f;
    enum code code;
    principal_id id;
};

static void *add_desk(void *arg)
{
    struct adder *a = arg;
    struct random random = {9};
    struct ctx cx = {.arena = arena_open(), .random = &random, .now_ms = FOREST_NOW_MS};
    struct principal p = {
        .kind = PRINCIPAL_SHARED_MAILBOX, .name = STR("desk"), .domain = a->f->works};
    a->code = directory_add(&cx, a->f->core, &p, NULL, &a->id);
    arena_close(cx.arena);
    return NULL;
}

/* One of many gets the name; what the others had made already is swept, and not the winner's. */
static void a_name_is_given_once(void **state)
{
    enum { ADDERS = 6 };
    struct adder adders[ADDERS];
    pthread_t threads[ADDERS];
    struct forest *f = forest_open(*state);
    principal_id winner = 0;
    for (size_t i = 0; i < ADDERS; i++) {
        adders[i] = (struct adder){.f = f};
        assert_int_equal(pthread_create(&threads[i], NULL, add_desk, &adders[i]), 0);
    }
    for (size_t i = 0; i < ADDERS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_true(adders[i].code == OK ? !winner : adders[i].code == E_EXISTS);
        winner = adders[i].code == OK ? adders[i].id : winner;
    }
    assert_true(winner);
    f->cx.now_ms += 3600 * 1000;
    assert_int_equal(directory_sweep(&f->cx, f->core), OK);
    size_t accounts = 0;
    for (account_id id = PRINCIPAL_FIRST; id < winner + 100; id++) {
        struct account_view *v AUTO(account_view_unref) = NULL;
        if (account_view_get(&f->cx, f->core, id, &v) == OK) {
            assert_int_equal(id, winner);
            accounts++;
        }
    }
    assert_int_equal(accounts, 1);
    forest_close(f);
}

int main(void)
{
    static char engines[][8] = {"memory", "rocksdb"};
    const struct CMUnitTest tests[] = {
        {"what_was_changed_is_seen_at_once (memory)", what_was_changed_is_seen_at_once, NULL, NULL,
         engines[0]},
        {"what_was_changed_is_seen_at_once (rocksdb)", what_was_changed_is_seen_at_once, NULL, NULL,
         engines[1]},
        {"a_name_is_given_once (memory)", a_name_is_given_once, NULL, NULL, engines[0]},
        {"a_name_is_given_once (rocksdb)", a_name_is_given_once, NULL, NULL, engines[1]},
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
