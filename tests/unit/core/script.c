/* Scripts of accounts and domains: names, limits, which one is active; what they remember. */
#include "core/script/script.h"
#include "core/script/memory.h"
#include "core/upkeep/check.h"
#include "core/upkeep/sweep.h"
#include "model.h"
#include "store/key.h"

static const struct script_owner mine = {.level = SCRIPT_OF_ACCOUNT, .id = ACCOUNT};
static const struct script_limits small = {.scripts = 3, .bytes = 20, .all_bytes = 30};

static enum code put(struct model *m, const struct script_owner *owner, const char *name,
                     const char *text)
{
    return script_put(&m->cx, m->core, owner, str_z(name), str_z(text), &small);
}

static struct str text_of(struct model *m, const struct script_owner *owner, const char *name)
{
    struct script s;
    struct str text;
    assert_ok(m, script_find(&m->cx, m->core, owner, str_z(name), &s));
    assert_ok(m, script_text(&m->cx, m->core, &s.text, &text));
    return text;
}

static void assert_sound(struct model *m)
{
    struct check_account out;
    assert_ok(m, core_check_account(&m->cx, m->core, ACCOUNT, false, NULL, NULL, &out));
    assert_int_equal(out.faults, 0);
}

/* RFC 5804 section 1.6. */
static void names(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool ok;
    } cases[] = {
        {"main", true},
        {"a name with spaces", true},
        {"\xc3\xa4\xe2\x82\xac", true},
        {"", false},
        {"tab\there", false},
        {"del\x7f", false},
        {"c1\xc2\x85", false},
        {"line\xe2\x80\xa8separator", false},
        {"paragraph\xe2\x80\xa9separator", false},
        {"\xff", false},
        {"cut\xc3", false},
    };
    char longest[SCRIPT_NAME_BYTES_MAX + 8];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (script_name_ok(str_z(cases[i].name)) != cases[i].ok)
            print_error("case %zu\n", i), assert_true(false);
    memset(longest, 'a', sizeof longest);
    assert_true(script_name_ok(str_of(longest, SCRIPT_NAME_CHARS_MAX)));
    assert_false(script_name_ok(str_of(longest, SCRIPT_NAME_CHARS_MAX + 1)));
    for (size_t i = 0; i < SCRIPT_NAME_CHARS_MAX; i++)
        memcpy(longest + 4 * i, "\xf0\x9f\x93\xa8", 4);
    assert_true(script_name_ok(str_of(longest, SCRIPT_NAME_BYTES_MAX)));
}

static void one_is_active(void **state)
{
    struct model *m = *state;
    struct blob_id active;
    struct script *all;
    size_t count;
    assert_int_equal(script_active(&m->cx, m->core, &mine, SCRIPT_ACTIVE, &active), E_NOT_FOUND);
    assert_ok(m, put(m, &mine, "one", "keep;"));
    assert_ok(m, put(m, &mine, "two", "discard;"));
    assert_false(model_facts(m).filtered);
    assert_ok(m, script_activate(&m->cx, m->core, &mine, SCRIPT_ACTIVE, STR("one")));
    assert_true(model_facts(m).filtered);
    assert_ok(m, script_activate(&m->cx, m->core, &mine, SCRIPT_ACTIVE, STR("two")));
    assert_ok(m, script_list(&m->cx, m->core, &mine, &all, &count));
    assert_int_equal(count, 2);
    assert_false(all[0].is_active[SCRIPT_ACTIVE]);
    assert_true(all[1].is_active[SCRIPT_ACTIVE]);
    assert_str(text_of(m, &mine, "one"), "keep;");
    /* what is active may be replaced and renamed, not removed */
    assert_ok(m, put(m, &mine, "two", "stop;"));
    assert_ok(m, script_active(&m->cx, m->core, &mine, SCRIPT_ACTIVE, &active));
    assert_ok(m, script_rename(&m->cx, m->core, &mine, STR("two"), STR("three")));
    assert_str(text_of(m, &mine, "three"), "stop;");
    struct script three;
    assert_ok(m, script_find(&m->cx, m->core, &mine, STR("three"), &three));
    assert_true(three.is_active[SCRIPT_ACTIVE]);
    assert_memory_equal(three.text.bytes, active.bytes, sizeof active.bytes);
    assert_int_equal(script_remove(&m->cx, m->core, &mine, STR("three")), E_DENIED);
    assert_int_equal(script_rename(&m->cx, m->core, &mine, STR("one"), STR("three")), E_EXISTS);
    assert_int_equal(script_rename(&m->cx, m->core, &mine, STR("no"), STR("x")), E_NOT_FOUND);
    assert_sound(m);
    assert_ok(m, script_activate(&m->cx, m->core, &mine, SCRIPT_ACTIVE, STR("")));
    assert_false(model_facts(m).filtered);
    assert_ok(m, script_remove(&m->cx, m->core, &mine, STR("three")));
    assert_int_equal(script_remove(&m->cx, m->core, &mine, STR("three")), E_NOT_FOUND);
    assert_int_equal(script_activate(&m->cx, m->core, &mine, SCRIPT_ACTIVE, STR("three")),
                     E_NOT_FOUND);
    assert_sound(m);
}

static void limits_hold(void **state)
{
    struct model *m = *state;
    assert_int_equal(put(m, &mine, "a", "twenty-one characters"), E_LIMIT);
    assert_true(str_starts(str_z(m->cx.err.what), STR("MAXSIZE")));
    assert_ok(m, put(m, &mine, "a", "fourteen chars"));
    assert_ok(m, put(m, &mine, "b", "fourteen chars"));
    assert_int_equal(put(m, &mine, "c", "three"), E_LIMIT);
    assert_ok(m, put(m, &mine, "b", "fifteen charact"));
    assert_ok(m, put(m, &mine, "c", "k"));
    assert_int_equal(put(m, &mine, "d", ""), E_LIMIT);
    assert_true(str_starts(str_z(m->cx.err.what), STR("MAXSCRIPTS")));
    assert_int_equal(script_may_put(&m->cx, m->core, &mine, STR("c"), 2, &small), E_LIMIT);
    assert_ok(m, script_may_put(&m->cx, m->core, &mine, STR("c"), 1, &small));
    assert_int_equal(put(m, &mine, "bad\n", ""), E_SYNTAX);
    const struct script_owner nobody = {.level = SCRIPT_OF_ACCOUNT, .id = 4711};
    assert_int_equal(put(m, &nobody, "a", ""), E_NOT_FOUND);
    assert_sound(m);
}

static void domains_have_them(void **state)
{
    struct model *m = *state;
    const struct script_owner forest = {.level = SCRIPT_OF_DOMAIN},
                              health = {.level = SCRIPT_OF_DOMAIN, .id = 7};
    struct script_system *all;
    size_t count;
    assert_ok(m, put(m, &health, "first", "keep;"));
    assert_ok(m, put(m, &forest, "first", "stop;"));
    assert_ok(m, script_systems(&m->cx, m->core, &all, &count));
    assert_int_equal(count, 0);
    assert_ok(m, script_activate(&m->cx, m->core, &health, SCRIPT_AFTER, STR("first")));
    assert_ok(m, script_activate(&m->cx, m->core, &forest, SCRIPT_BEFORE, STR("first")));
    assert_ok(m, script_systems(&m->cx, m->core, &all, &count));
    assert_int_equal(count, 2);
    assert_int_equal(all[0].domain, 0);
    assert_true(all[0].has[SCRIPT_BEFORE] && !all[0].has[SCRIPT_AFTER]);
    assert_int_equal(all[1].domain, 7);
    assert_true(!all[1].has[SCRIPT_BEFORE] && all[1].has[SCRIPT_AFTER]);
    assert_int_equal(all[1].forward, FORWARD_INHERITED);
    assert_ok(m, script_set_forward(&m->cx, m->core, 7, FORWARD_REFUSED));
    assert_ok(m, script_set_forward(&m->cx, m->core, 8, FORWARD_ALLOWED));
    assert_ok(m, script_systems(&m->cx, m->core, &all, &count));
    assert_int_equal(count, 3);
    assert_int_equal(all[1].forward, FORWARD_REFUSED);
    assert_int_equal(all[2].forward, FORWARD_ALLOWED);
    assert_str(text_of(m, &health, "first"), "keep;");
    assert_str(text_of(m, &forest, "first"), "stop;");
}

struct remembering {
    enum script_memory kind;
    struct str key;
    uint32_t seconds;
};

static enum code remember_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct remembering *r = arg;
    return script_remember(cx, t, r->kind, r->key, r->seconds);
}

static bool knows(struct model *m, enum script_memory kind, const char *key)
{
    bool is = false;
    assert_ok(m, script_remembers(&m->cx, m->core, ACCOUNT, kind, str_z(key), &is));
    return is;
}

static void memory_ends(void **state)
{
    struct model *m = *state;
    struct remembering r = {REMEMBERED_DUPLICATE, STR("id"), 60};
    struct sweep_report swept;
    assert_ok(m, model_run(m, remember_in, &r));
    assert_true(knows(m, REMEMBERED_DUPLICATE, "id"));
    assert_false(knows(m, REMEMBERED_ANSWER, "id"));
    assert_false(knows(m, REMEMBERED_DUPLICATE, "other"));
    m->cx.now_ms += 60 * 1000;
    assert_false(knows(m, REMEMBERED_DUPLICATE, "id"));
    r = (struct remembering){REMEMBERED_ANSWER, STR("x"), UINT32_MAX};
    assert_ok(m, model_run(m, remember_in, &r));
    assert_ok(m, sweep_account(&m->cx, m->core, ACCOUNT, &swept));
    assert_true(knows(m, REMEMBERED_ANSWER, "x"));
    m->cx.now_ms -= 60 * 1000; /* its row is gone, not only over */
    assert_false(knows(m, REMEMBERED_DUPLICATE, "id"));
    m->cx.now_ms += (SCRIPT_MEMORY_DAYS_MAX + 1) * INT64_C(24) * 3600 * 1000;
    assert_false(knows(m, REMEMBERED_ANSWER, "x"));
    r.key = STR("");
    assert_int_equal(model_run(m, remember_in, &r), E_SYNTAX);
}

static uint64_t faults(struct model *m, bool repair)
{
    struct check_account out;
    assert_ok(m, core_check_account(&m->cx, m->core, ACCOUNT, repair, NULL, NULL, &out));
    return out.faults;
}

/* A head that is gone: the sum is made anew, and no script is active any more. */
static void what_is_broken_is_mended(void **state)
{
    struct model *m = *state;
    struct script *all;
    size_t count;
    assert_ok(m, put(m, &mine, "one", "keep;"));
    assert_ok(m, script_activate(&m->cx, m->core, &mine, SCRIPT_ACTIVE, STR("one")));
    model_row_delete(m, STR("e"));
    assert_int_equal(faults(m, true), 2);
    assert_int_equal(faults(m, false), 0);
    assert_false(model_facts(m).filtered);
    assert_ok(m, script_list(&m->cx, m->core, &mine, &all, &count));
    assert_int_equal(count, 1);
    assert_false(all[0].is_active[SCRIPT_ACTIVE]);
}

/* The texts of an account that ends are given back. */
static void destroying_gives_back(void **state)
{
    struct model *m = *state;
    struct script s;
    bool is = true;
    assert_ok(m, put(m, &mine, "one", "keep;"));
    assert_ok(m, script_find(&m->cx, m->core, &mine, STR("one"), &s));
    assert_ok(m, account_destroy(&m->cx, m->core, ACCOUNT));
    struct key tag = key_of('e');
    key_u32(&tag, s.number);
    assert_ok(m, blob_is_referred(&m->cx, m->store, &s.text, ACCOUNT, key_str(&tag), &is));
    assert_false(is);
}

struct companion {
    const struct blob_new *text;
    uint64_t bytes;
};

static enum code companion_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct companion *c = arg;
    return script_companion_set(cx, t, c->text, c->bytes);
}

static void companion(struct model *m, const char *text)
{
    struct blob_new *blob = NULL;
    if (text)
        assert_ok(m, blob_prepare(&m->cx, m->store, str_z(text), &blob));
    struct companion c = {blob, text ? strlen(text) : 0};
    assert_ok(m, model_run(m, companion_in, &c));
}

/* What the server made for a person runs, but is in no list; it comes and goes by itself. */
static void a_companion_is_not_seen(void **state)
{
    struct model *m = *state;
    struct script *all;
    struct blob_id id;
    struct str text;
    size_t count;
    companion(m, "away;");
    assert_true(model_facts(m).filtered);
    assert_ok(m, put(m, &mine, "one", "keep;"));
    companion(m, "still away;");
    assert_ok(m, script_list(&m->cx, m->core, &mine, &all, &count));
    assert_int_equal(count, 1);
    assert_str(all[0].name, "one");
    assert_ok(m, script_active(&m->cx, m->core, &mine, SCRIPT_AFTER, &id));
    assert_ok(m, script_text(&m->cx, m->core, &id, &text));
    assert_str(text, "still away;");
    assert_sound(m);
    assert_ok(m, script_activate(&m->cx, m->core, &mine, SCRIPT_ACTIVE, STR("one")));
    assert_ok(m, script_activate(&m->cx, m->core, &mine, SCRIPT_ACTIVE, STR("")));
    assert_true(model_facts(m).filtered);
    assert_sound(m);
    companion(m, NULL);
    assert_false(model_facts(m).filtered);
    assert_int_equal(script_active(&m->cx, m->core, &mine, SCRIPT_AFTER, &id), E_NOT_FOUND);
    assert_sound(m);
    companion(m, "away again;");
    assert_ok(m, account_destroy(&m->cx, m->core, ACCOUNT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test_setup_teardown(one_is_active, model_open, model_close),
        cmocka_unit_test_setup_teardown(limits_hold, model_open, model_close),
        cmocka_unit_test_setup_teardown(domains_have_them, model_open, model_close),
        cmocka_unit_test_setup_teardown(memory_ends, model_open, model_close),
        cmocka_unit_test_setup_teardown(what_is_broken_is_mended, model_open, model_close),
        cmocka_unit_test_setup_teardown(destroying_gives_back, model_open, model_close),
        cmocka_unit_test_setup_teardown(a_companion_is_not_seen, model_open, model_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
