/* Groups, against a model that is too simple to be wrong. */
#include "forest.h"

enum { PEOPLE = 12, GROUPS = 10, ALL = PEOPLE + GROUPS };

struct model {
    struct forest *f;
    principal_id id[ALL]; /* people first */
    bool has[ALL][ALL];   /* group, member */
    bool removed[ALL];
};

/* Everything that a path of live groups leads to. */
static void reach(const struct model *m, int group, bool seen[ALL])
{
    for (int i = 0; i < ALL; i++) {
        if (!m->has[group][i] || m->removed[i] || seen[i])
            continue;
        seen[i] = true;
        if (i >= PEOPLE)
            reach(m, i, seen);
    }
}

static bool holds(const principal_id *ids, size_t count, principal_id id)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        n += ids[i] == id;
    assert_true(n <= 1);
    return n == 1;
}

static void check_group(const struct model *m, int group)
{
    bool seen[ALL] = {false};
    principal_id *ids;
    size_t count, wanted = 0;
    reach(m, group, seen);
    assert_int_equal(directory_expand(&m->f->cx, m->f->core, m->id[group], &ids, &count), OK);
    for (int i = 0; i < PEOPLE; i++) {
        assert_int_equal(holds(ids, count, m->id[i]), seen[i]);
        wanted += seen[i];
    }
    assert_int_equal(count, wanted);
    assert_int_equal(directory_members(&m->f->cx, m->f->core, m->id[group], &ids, &count), OK);
    for (int i = 0; i < ALL; i++) {
        bool is = true;
        assert_int_equal(holds(ids, count, m->id[i]), m->has[group][i] && !m->removed[i]);
        assert_int_equal(directory_is_member(&m->f->cx, m->f->core, m->id[group], m->id[i], &is),
                         OK);
        assert_int_equal(is, seen[i] && !m->removed[i]);
    }
}

static void change(struct model *m, struct random *r)
{
    int group = PEOPLE + (int)random_below(r, GROUPS), member = (int)random_below(r, ALL);
    struct ctx *cx = &m->f->cx;
    enum code code;
    switch (random_below(r, 8)) {
    case 0:
        code = directory_member_remove(cx, m->f->core, m->id[group], m->id[member]);
        assert_int_equal(code, m->has[group][member] ? OK : E_NOT_FOUND);
        m->has[group][member] = false;
        return;
    case 1:
        code = m->removed[member] ? directory_restore(cx, m->f->core, m->id[member])
                                  : directory_remove(cx, m->f->core, m->id[member]);
        assert_int_equal(code, OK);
        m->removed[member] = !m->removed[member];
        return;
    default:
        code = directory_member_add(cx, m->f->core, m->id[group], m->id[member]);
        if (m->removed[group] || m->removed[member])
            assert_int_equal(code, E_NOT_FOUND);
        else
            assert_int_equal(code, group == member ? E_SYNTAX : OK);
        m->has[group][member] = m->has[group][member] || code == OK;
    }
}

static void groups_are_what_the_model_says(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct random r = {seed};
        struct model m = {.f = forest_open(seed % 2 ? "memory" : "rocksdb")};
        for (int i = 0; i < ALL; i++) {
            char name[8];
            snprintf(name, sizeof name, "x%d", i);
            m.id[i] =
                forest_add(m.f, i < PEOPLE ? PRINCIPAL_CONTACT : PRINCIPAL_GROUP, name, m.f->works);
        }
        for (int step = 0; step < 60; step++) {
            change(&m, &r);
            for (int g = PEOPLE; g < ALL && step % 5 == 4; g++)
                if (!m.removed[g])
                    check_group(&m, g);
        }
        forest_close(m.f);
    }
}

static void who_is_no_group_has_no_members(void **state)
{
    (void)state;
    struct forest *f = forest_open("memory");
    principal_id a = forest_add(f, PRINCIPAL_CONTACT, "a", f->works);
    principal_id g = forest_add(f, PRINCIPAL_GROUP, "g", f->works), *ids;
    size_t count;
    assert_int_equal(directory_member_add(&f->cx, f->core, a, g), E_SYNTAX);
    assert_int_equal(directory_member_add(&f->cx, f->core, 77, g), E_NOT_FOUND);
    assert_int_equal(directory_member_add(&f->cx, f->core, g, 77), E_NOT_FOUND);
    assert_int_equal(directory_expand(&f->cx, f->core, a, &ids, &count), E_SYNTAX);
    assert_int_equal(directory_expand(&f->cx, f->core, 77, &ids, &count), E_NOT_FOUND);
    forest_close(f);
}

/* Rows as directory_member_add makes them, without principals behind them: quick to make. */
static enum code fill(struct ctx *cx, struct txn *t, void *arg)
{
    const uint64_t *range = arg;
    (void)cx;
    for (uint64_t member = range[1]; member < range[2]; member++) {
        char key[21] = "m";
        for (int i = 0; i < 10; i++) {
            key[10 - i] = (char)(0x80 | ((range[0] >> (7 * i)) & 0x7f));
            key[20 - i] = (char)(0x80 | ((member >> (7 * i)) & 0x7f));
        }
        txn_put(t, str_of(key, 21), STR("\x01\x01\x00"));
    }
    return OK;
}

static void a_group_may_be_large_but_not_larger(void **state)
{
    (void)state;
    struct forest *f = forest_open("memory");
    principal_id g = forest_add(f, PRINCIPAL_GROUP, "g", f->works), *ids;
    size_t count;
    for (uint64_t start = 0; start < GROUP_EXPAND_MAX; start += 10000) {
        uint64_t range[] = {g, 100000 + start, 100000 + start + 10000};
        if (start + 10000 == GROUP_EXPAND_MAX)
            range[2]--;
        assert_int_equal(store_update(&f->cx, f->store, DIRECTORY_PART, fill, range), OK);
    }
    assert_int_equal(directory_expand(&f->cx, f->core, g, &ids, &count), OK);
    assert_int_equal(count, GROUP_EXPAND_MAX - 1);
    uint64_t more[] = {g, 900000, 900002};
    assert_int_equal(store_update(&f->cx, f->store, DIRECTORY_PART, fill, more), OK);
    assert_int_equal(directory_expand(&f->cx, f->core, g, &ids, &count), E_LIMIT);
    forest_close(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_are_what_the_model_says),
        cmocka_unit_test(who_is_no_group_has_no_members),
        cmocka_unit_test(a_group_may_be_large_but_not_larger),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
