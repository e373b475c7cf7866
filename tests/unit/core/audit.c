/* The audit log: pages, and a chain that shows what was done to it. */
#include "core/audit.h"
#include "forest.h"
#include "store/key.h"

static int set_up(void **state)
{
    *state = forest_open("memory");
    return 0;
}

static int tear_down(void **state)
{
    forest_close(*state);
    return 0;
}

static void add(struct forest *f, int n)
{
    for (int i = 1; i <= n; i++) {
        struct audit_entry e = {.at_ms = 1000 + i,
                                .actor = STR("console:root"),
                                .act = STR("account.create"),
                                .object = str_printf(f->cx.arena, "p%d@health.example", i),
                                .detail = STR("quota=1\0x")};
        assert_int_equal(audit_add(&f->cx, f->core, &e), OK);
    }
}

static void pages_are_newest_first(void **state)
{
    struct forest *f = *state;
    struct audit_entry *page;
    size_t count;
    assert_int_equal(audit_list(&f->cx, f->core, 0, 10, &page, &count), OK);
    assert_int_equal(count, 0);
    add(f, 25);
    uint64_t before = 0, wanted = 25;
    do {
        assert_int_equal(audit_list(&f->cx, f->core, before, 10, &page, &count), OK);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(page[i].number, wanted);
            assert_int_equal(page[i].at_ms, 1000 + wanted);
            assert_str(page[i].object, str_printf(f->cx.arena, "p%d@health.example", (int)wanted));
            assert_str(page[i].detail, STR("quota=1\0x"));
            before = wanted--;
        }
    } while (count);
    assert_int_equal(wanted, 0);
}

struct harm {
    uint64_t from, to; /* the row of from is put at to; from 0: the row at to goes */
    bool flip;
};

static struct key entry(uint64_t number)
{
    struct key k = key_of('e');
    key_u64(&k, number);
    return k;
}

static enum code do_harm(struct ctx *cx, struct txn *t, void *arg)
{
    const struct harm *h = arg;
    struct key from = entry(h->from), to = entry(h->to);
    struct str value;
    if (!h->from) {
        txn_delete(t, key_str(&to));
        return OK;
    }
    must(txn_get(cx, t, key_str(&from), &value) == OK);
    char *copy = arena_alloc(cx->arena, value.n);
    memcpy(copy, value.p, value.n);
    copy[value.n - 1] ^= h->flip;
    txn_put(t, key_str(&to), str_of(copy, value.n));
    return OK;
}

static void a_changed_chain_shows_it(void **state)
{
    struct forest *f = *state;
    static const struct row {
        struct harm harm;
        uint64_t good;
        enum code wanted;
    } rows[] = {
        {{3, 3, false}, 10, OK},       /* nothing was changed */
        {{3, 3, true}, 3, E_CORRUPT},  /* what follows has another hash */
        {{0, 5, false}, 4, E_CORRUPT}, /* left out */
        {{0, 10, false}, 9, E_CORRUPT},
        {{0, 1, false}, 0, E_CORRUPT},
        {{4, 5, false}, 4, E_CORRUPT},
        {{10, 10, true}, 10, E_CORRUPT}, /* the last: only the head knows */
        {{10, 11, false}, 10, E_CORRUPT},
    };
    uint64_t good = 99;
    assert_int_equal(audit_verify(&f->cx, f->core, &good), OK);
    assert_int_equal(good, 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct forest *one = forest_open("memory");
        struct harm harm = rows[i].harm;
        add(one, 10);
        assert_int_equal(store_update(&one->cx, one->store, AUDIT_PART, do_harm, &harm), OK);
        assert_int_equal(audit_verify(&one->cx, one->core, &good), rows[i].wanted);
        assert_int_equal(good, rows[i].good);
        forest_close(one);
    }
}

static void long_fields_are_cut(void **state)
{
    struct forest *f = *state;
    struct audit_entry *page;
    size_t count;
    char *text = arena_alloc(f->cx.arena, 100000);
    memset(text, 'x', 100000);
    struct audit_entry e = {.actor = str_of(text, 100000),
                            .act = str_of(text, 100000),
                            .object = str_of(text, 100000),
                            .detail = str_of(text, 100000)};
    assert_int_equal(audit_add(&f->cx, f->core, &e), OK);
    assert_int_equal(audit_list(&f->cx, f->core, 0, 10, &page, &count), OK);
    assert_int_equal(count, 1);
    assert_true(page[0].detail.n > 1000 && page[0].detail.n < 10000);
}

#define IN_FOREST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOREST(pages_are_newest_first),
        IN_FOREST(a_changed_chain_shows_it),
        IN_FOREST(long_fields_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
