/* Uploads: found by who made them alone, for a day; the oldest go when there are too many. */
#include "core/upload/upload.h"
#include "core/upkeep/sweep.h"
#include "model.h"
#include "store/maintain.h"

enum { HOUR_MS = 3600 * 1000, OTHER = 77 };

struct act {
    struct upload_new new;
    struct upload made;
};

static enum code add_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    struct act *a = arg;
    return upload_add(cx, t, &a->new, &a->made);
}

static enum code add(struct model *m, principal_id who, struct str bytes, struct upload *out)
{
    struct act a = {.new = {.who = who, .type = STR("text/plain")}};
    struct blob_new *blob;
    assert_ok(m, blob_prepare(&m->cx, m->core->store, bytes, &blob));
    a.new.blob = blob;
    enum code code = model_run(m, add_in, &a);
    *out = a.made;
    return code;
}

static enum code get(struct model *m, principal_id who, const struct upload *u)
{
    struct upload out;
    enum code code = upload_get(&m->cx, m->core, ACCOUNT, who, u->number, &out);
    if (code == OK) {
        assert_int_equal(out.size, u->size);
        assert_true(blob_id_eq(&out.blob, &u->blob));
        assert_str(out.type, "text/plain");
    }
    return code;
}

static enum code content(struct model *m, const struct upload *u)
{
    uint64_t bytes;
    return blob_size(&m->cx, m->core->store, &u->blob, &bytes);
}

static void found_by_who_made_it(void **state)
{
    struct model *m = *state;
    struct upload a, b;
    assert_ok(m, add(m, ACCOUNT, STR("one"), &a));
    assert_ok(m, add(m, OTHER, STR("one"), &b));
    assert_true(a.number != b.number);
    assert_ok(m, get(m, ACCOUNT, &a));
    assert_ok(m, get(m, OTHER, &b));
    assert_int_equal(get(m, OTHER, &a), E_NOT_FOUND);
    assert_int_equal(get(m, ACCOUNT, &b), E_NOT_FOUND);
}

static void ends_after_a_day(void **state)
{
    struct model *m = *state;
    struct upload a;
    struct sweep_report report;
    assert_ok(m, add(m, ACCOUNT, STR("content that only this one has"), &a));
    m->cx.now_ms += (int64_t)UPLOAD_HOURS * HOUR_MS - 1;
    assert_ok(m, sweep_account(&m->cx, m->core, ACCOUNT, &report));
    assert_ok(m, get(m, ACCOUNT, &a));
    m->cx.now_ms += 1;
    assert_int_equal(get(m, ACCOUNT, &a), E_NOT_FOUND);
    assert_ok(m, content(m, &a));
    assert_ok(m, sweep_account(&m->cx, m->core, ACCOUNT, &report));
    m->cx.now_ms += (int64_t)10 * 24 * HOUR_MS;
    size_t removed = 0;
    bool more;
    assert_ok(m, store_sweep(&m->cx, m->core->store, 1000, &removed, &more));
    assert_int_equal(content(m, &a), E_NOT_FOUND);
}

static void the_oldest_go(void **state)
{
    struct model *m = *state;
    struct upload first, last, one;
    assert_ok(m, add(m, ACCOUNT, STR("first"), &first));
    m->cx.now_ms++;
    for (int i = 1; i < UPLOADS_MAX; i++)
        assert_ok(m, add(m, ACCOUNT, STR("more"), &last));
    assert_int_equal(add(m, ACCOUNT, STR("too many"), &one), E_LIMIT);
    assert_ok(m, add(m, OTHER, STR("somebody else's"), &one));
    m->cx.now_ms += HOUR_MS;
    assert_ok(m, add(m, ACCOUNT, STR("one more"), &one));
    assert_int_equal(get(m, ACCOUNT, &first), E_NOT_FOUND);
    assert_ok(m, get(m, ACCOUNT, &last));
    assert_ok(m, get(m, ACCOUNT, &one));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(found_by_who_made_it, model_open, model_close),
        cmocka_unit_test_setup_teardown(ends_after_a_day, model_open, model_close),
        cmocka_unit_test_setup_teardown(the_oldest_go, model_open, model_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
