/* Small things of an account: what is there, what changed, what is forgotten. */
#include "core/object/object.h"
#include "core/upkeep/check.h"
#include "core/upkeep/sweep.h"
#include "model.h"

struct act {
    struct object o;
    uint32_t most;
    uint64_t modseq;
};

static enum code put_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    struct act *a = arg;
    return object_put(cx, t, OBJECT_SETTING, &a->o, a->most, &a->modseq);
}

static enum code remove_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    struct act *a = arg;
    return object_remove(cx, t, OBJECT_SETTING, a->o.name);
}

static enum code put(struct model *m, const char *name, struct str value, uint32_t most)
{
    struct act a = {{.name = str_z(name), .value = value}, most, 0};
    return model_run(m, put_in, &a);
}

static enum code take(struct model *m, const char *name)
{
    struct act a = {.o = {.name = str_z(name)}};
    return model_run(m, remove_in, &a);
}

static struct objects changed(struct model *m, uint64_t since)
{
    struct objects all;
    assert_ok(m, object_changes(&m->cx, m->core, ACCOUNT, OBJECT_SETTING, since, &all));
    return all;
}

static enum code get(struct model *m, enum object_kind kind, const char *name, struct object *out)
{
    return object_get(&m->cx, m->core, ACCOUNT, kind, str_z(name), out);
}

static void kept(void **state)
{
    struct model *m = *state;
    struct object o;
    struct objects all;
    assert_int_equal(get(m, OBJECT_SETTING, "a", &o), E_NOT_FOUND);
    assert_ok(m, put(m, "b", STR("2"), 9));
    assert_ok(m, put(m, "a", STR("1"), 9));
    assert_ok(m, get(m, OBJECT_SETTING, "a", &o));
    assert_str(o.value, "1");
    assert_str(o.name, "a");
    assert_int_equal(o.modseq, model_facts(m).modseq);
    assert_int_equal(o.created_modseq, o.modseq);
    assert_int_equal(get(m, OBJECT_IDENTITY, "a", &o), E_NOT_FOUND);
    assert_ok(m, object_list(&m->cx, m->core, ACCOUNT, OBJECT_SETTING, &all));
    assert_int_equal(all.count, 2);
    assert_str(all.at[0].name, "a");
    assert_str(all.at[1].value, "2");
    assert_ok(m, take(m, "a"));
    assert_int_equal(take(m, "a"), E_NOT_FOUND);
    assert_int_equal(get(m, OBJECT_SETTING, "a", &o), E_NOT_FOUND);
    assert_ok(m, object_list(&m->cx, m->core, ACCOUNT, OBJECT_SETTING, &all));
    assert_int_equal(all.count, 1);
}

static enum code put_long(struct ctx *cx, struct account_txn *t, void *arg)
{
    struct act *a = arg;
    return object_put(cx, t, OBJECT_SUBMISSION, &a->o, 9, &a->modseq);
}

static enum code remove_long(struct ctx *cx, struct account_txn *t, void *arg)
{
    struct act *a = arg;
    return object_remove(cx, t, OBJECT_SUBMISSION, a->o.name);
}

static size_t rows(struct model *m)
{
    struct scan *w AUTO(scan_close) =
        store_scan(&m->cx, m->store, ACCOUNT, (struct range){.from = STR("o"), .to = STR("p")});
    struct str key, row;
    size_t n = 0;
    while (scan_next(w, &key, &row))
        n++;
    return n;
}

/* What was handed in for sending may be longer than a row. */
static void long_values(void **state)
{
    struct model *m = *state;
    static char big[OBJECT_LONG_MAX + 1];
    struct object o;
    struct objects all;
    for (size_t i = 0; i < sizeof big; i++)
        big[i] = (char)('a' + i % 23);
    struct act a = {.o = {.name = STR("b"), .value = str_of(big, OBJECT_LONG_MAX)}};
    struct act around[] = {{.o = {.name = STR("a"), .value = STR("1")}},
                           {.o = {.name = STR("bb"), .value = STR("2")}}};
    assert_ok(m, model_run(m, put_long, &around[1]));
    assert_ok(m, model_run(m, put_long, &a));
    assert_ok(m, model_run(m, put_long, &around[0]));
    assert_ok(m, get(m, OBJECT_SUBMISSION, "b", &o));
    assert_true(str_eq(o.value, str_of(big, OBJECT_LONG_MAX)));
    assert_ok(m, object_list(&m->cx, m->core, ACCOUNT, OBJECT_SUBMISSION, &all));
    assert_int_equal(all.count, 3);
    assert_str(all.at[0].value, "1");
    assert_true(str_eq(all.at[1].value, str_of(big, OBJECT_LONG_MAX)));
    assert_str(all.at[2].value, "2");
    a.o.value = str_of(big, OBJECT_LONG_MAX + 1);
    assert_int_equal(model_run(m, put_long, &a), E_LIMIT);
    size_t before = rows(m);
    a.o.value = str_of(big, OBJECT_BYTES_MAX + 1);
    assert_ok(m, model_run(m, put_long, &a));
    assert_true(rows(m) < before); /* parts that are not needed any more go */
    assert_ok(m, get(m, OBJECT_SUBMISSION, "b", &o));
    assert_int_equal(o.value.n, OBJECT_BYTES_MAX + 1);
    a.o.value = STR("short");
    assert_ok(m, model_run(m, put_long, &a));
    assert_ok(m, get(m, OBJECT_SUBMISSION, "b", &o));
    assert_str(o.value, "short");
    assert_int_equal(rows(m), 4); /* three, and the head */
    a.o.value = str_of(big, OBJECT_LONG_MAX);
    assert_ok(m, model_run(m, put_long, &a));
    assert_ok(m, model_run(m, remove_long, &a));
    assert_int_equal(rows(m), 4); /* what says that it has gone stays */
    assert_int_equal(get(m, OBJECT_SUBMISSION, "b", &o), E_NOT_FOUND);
}

static void limits(void **state)
{
    struct model *m = *state;
    static char big[OBJECT_BYTES_MAX + 1], name[OBJECT_NAME_MAX + 2];
    memset(big, 'x', sizeof big);
    memset(name, 'n', sizeof name - 1);
    assert_ok(m, put(m, "a", str_of(big, OBJECT_BYTES_MAX), 2));
    assert_int_equal(put(m, "b", str_of(big, OBJECT_BYTES_MAX + 1), 2), E_LIMIT);
    assert_int_equal(put(m, "", STR("1"), 2), E_SYNTAX);
    assert_int_equal(put(m, name, STR("1"), 2), E_SYNTAX);
    assert_ok(m, put(m, "b", STR("1"), 2));
    assert_int_equal(put(m, "c", STR("1"), 2), E_LIMIT);
    assert_ok(m, put(m, "a", STR("9"), 2)); /* one that is there may change */
    assert_ok(m, take(m, "a"));
    assert_ok(m, put(m, "c", STR("1"), 2));
    assert_int_equal(put(m, "a", STR("1"), 2), E_LIMIT);
}

static void changes(void **state)
{
    struct model *m = *state;
    uint64_t start = model_facts(m).modseq;
    assert_ok(m, put(m, "b", STR("1"), 9));
    assert_ok(m, put(m, "a", STR("1"), 9));
    uint64_t made = model_facts(m).modseq;
    assert_ok(m, put(m, "b", STR("2"), 9));
    assert_ok(m, take(m, "a"));
    struct objects all = changed(m, made);
    assert_int_equal(all.count, 2);
    assert_str(all.at[0].name, "b");
    assert_true(all.at[0].created_modseq <= made);
    assert_str(all.at[1].name, "a");
    assert_true(all.at[1].gone);
    assert_int_equal(all.at[1].value.n, 0);
    assert_int_equal(changed(m, start).count, 2);
    assert_int_equal(changed(m, model_facts(m).modseq).count, 0);
    /* Made again, it is new. */
    uint64_t gone = model_facts(m).modseq;
    assert_ok(m, put(m, "a", STR("3"), 9));
    all = changed(m, gone);
    assert_int_equal(all.count, 1);
    assert_true(all.at[0].created_modseq > gone && !all.at[0].gone);
}

/* What is gone is told for a while; who asks from before must begin anew. */
static void forgotten(void **state)
{
    struct model *m = *state;
    struct sweep_report report;
    struct objects all;
    uint64_t start = model_facts(m).modseq;
    assert_ok(m, put(m, "a", STR("1"), 9));
    assert_ok(m, put(m, "b", STR("1"), 9));
    assert_ok(m, take(m, "a"));
    uint64_t gone = model_facts(m).modseq;
    assert_ok(m, sweep_account(&m->cx, m->core, ACCOUNT, &report));
    assert_int_equal(changed(m, start).count, 2);
    m->cx.now_ms += (int64_t)(OBJECT_GONE_DAYS + 1) * MODEL_DAY_MS;
    assert_ok(m, sweep_account(&m->cx, m->core, ACCOUNT, &report));
    assert_int_equal(object_changes(&m->cx, m->core, ACCOUNT, OBJECT_SETTING, start, &all),
                     E_NOT_FOUND);
    assert_int_equal(changed(m, gone).count, 0);
    assert_ok(m, object_list(&m->cx, m->core, ACCOUNT, OBJECT_SETTING, &all));
    assert_int_equal(all.count, 1);
    struct check_account out;
    assert_ok(m, core_check_account(&m->cx, m->core, ACCOUNT, false, NULL, NULL, &out));
    assert_int_equal(out.faults, 0);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, model_open, model_close)

int main(void)
{
    const struct CMUnitTest tests[] = {CASE(kept), CASE(limits), CASE(long_values), CASE(changes),
                                       CASE(forgotten)};
    return cmocka_run_group_tests_name("core/object", tests, NULL, NULL);
}
