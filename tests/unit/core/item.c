#include "base/rope.h"
#include "core/recover.h"
#include "model.h"

static struct item_row row_of(struct model *m, folder_id folder, uint32_t uid)
{
    struct item_row row;
    assert_ok(m, item_get(&m->cx, m->core, ACCOUNT, folder, uid, &row));
    return row;
}

static void item_comes_back_as_it_was_added(void **state)
{
    struct model *m = *state;
    struct item_new new = {.folder = model_folder(m, ROLE_INBOX),
                           .received_ms = 17,
                           .saved_ms = 18,
                           .trace = STR("Received: here\r\n"),
                           .summary = STR("sum\0mary")};
    struct item_placed placed, where;
    assert_ok(m, model_add_new(m, &new, "Subject: x\r\n\r\nbody", &placed));
    assert_int_equal(placed.uid, 1);
    struct item_row row = row_of(m, new.folder, placed.uid);
    assert_int_equal(row.id, placed.id);
    assert_int_equal(row.uid, 1);
    assert_int_equal(row.received_ms, 17);
    assert_int_equal(row.saved_ms, 18);
    assert_int_equal(row.size, 16 + 18);
    assert_int_equal(row.created_modseq, placed.modseq);
    assert_str(row.trace, "Received: here\r\n");
    assert_true(str_eq(row.summary, STR("sum\0mary")));
    assert_true(blob_id_eq(&row.blob, blob_new_id(new.blob)));
    assert_ok(m, item_locate(&m->cx, m->core, ACCOUNT, placed.id, &where));
    assert_int_equal(where.uid, placed.uid);
    assert_int_equal(where.folder, placed.folder);
    assert_int_equal(where.modseq, placed.modseq);
    assert_int_equal(where.uid_validity, placed.uid_validity);
    assert_int_equal(item_get(&m->cx, m->core, ACCOUNT, new.folder, 2, &row), E_NOT_FOUND);
    assert_int_equal(item_locate(&m->cx, m->core, ACCOUNT, 9999, &where), E_NOT_FOUND);
}

static void bytes_join_trace_and_blob(void **state)
{
    struct model *m = *state;
    struct item_new new = {.folder = model_folder(m, ROLE_INBOX), .trace = STR("0123")};
    struct item_placed placed;
    assert_ok(m, model_add_new(m, &new, "456789", &placed));
    struct item_row row = row_of(m, new.folder, 1);
    static const struct {
        uint64_t offset, n;
        const char *wanted;
    } cases[] = {
        {0, UINT64_MAX, "0123456789"},
        {0, 4, "0123"},
        {4, 6, "456789"},
        {2, 4, "2345"},
        {4, 1, "4"},
        {9, 9, "9"},
        {10, 5, ""},
        {99, 1, ""},
        {3, 0, ""},
        {3, 1, "3"},
        {0, 5, "01234"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rope out = rope_of(m->cx.arena);
        assert_ok(m, item_bytes(&m->cx, m->core, &row, cases[i].offset, cases[i].n, &out));
        assert_str(rope_flatten(&out, m->cx.arena), cases[i].wanted);
        rope_drop(&out);
    }
}

static void scan_gives_a_range_in_order(void **state)
{
    struct model *m = *state;
    folder_id inbox = model_folder(m, ROLE_INBOX);
    for (int i = 0; i < 300; i++)
        model_add(m, inbox, "x", 0);
    assert_ok(m, model_remove(m, inbox, 100));
    struct item_scan *w AUTO(item_scan_close) = item_scan(&m->cx, m->core, ACCOUNT, inbox, 99, 290);
    struct item_row row;
    for (uint32_t uid = 99; uid <= 290; uid++) {
        if (uid == 100)
            continue;
        assert_true(item_next(w, &row));
        assert_int_equal(row.uid, uid);
    }
    assert_false(item_next(w, &row));
    assert_ok(m, item_scan_error(w));
    struct item_scan *none AUTO(item_scan_close) = item_scan(&m->cx, m->core, ACCOUNT, inbox, 5, 4);
    assert_false(item_next(none, &row));
    struct item_scan *rest AUTO(item_scan_close) =
        item_scan(&m->cx, m->core, ACCOUNT, inbox, 300, UINT32_MAX);
    assert_true(item_next(rest, &row));
    assert_false(item_next(rest, &row));
}

static void long_summaries_are_whole(void **state)
{
    struct model *m = *state;
    folder_id inbox = model_folder(m, ROLE_INBOX), trash = model_folder(m, ROLE_TRASH);
    static const size_t sizes[] = {40 * 1024 - 1, 40 * 1024,      40 * 1024 + 1,
                                   100 * 1024,    100 * 1024 + 1, 500 * 1024};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char *text = arena_alloc(m->cx.arena, sizes[i]);
        for (size_t j = 0; j < sizes[i]; j++)
            text[j] = (char)(j * 7 + j / 1000);
        struct item_new new = {.folder = inbox, .summary = str_of(text, sizes[i])};
        struct item_placed placed;
        assert_ok(m, model_add_new(m, &new, "x", &placed));
        assert_true(str_eq(row_of(m, inbox, placed.uid).summary, new.summary));
        assert_ok(m, model_move(m, inbox, placed.uid, trash, &placed));
        struct item_scan *w AUTO(item_scan_close) =
            item_scan(&m->cx, m->core, ACCOUNT, trash, placed.uid, placed.uid);
        struct item_row row;
        assert_true(item_next(w, &row));
        assert_true(str_eq(row.summary, new.summary));
    }
    size_t more = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        more += (sizes[i] - 40 * 1024 + 60 * 1024 - 1) / (60 * 1024) * (sizes[i] > 40 * 1024);
    assert_int_equal(model_rows(m, 'S'), more);
    struct item_new big = {.folder = inbox};
    big.summary = str_of(arena_alloc(m->cx.arena, ITEM_SUMMARY_MAX + 1), ITEM_SUMMARY_MAX + 1);
    struct item_placed placed;
    assert_int_equal(model_add_new(m, &big, "x", &placed), E_LIMIT);
}

static void limits_are_kept(void **state)
{
    struct model *m = *state;
    struct item_new new = {.folder = model_folder(m, ROLE_INBOX)};
    struct item_placed placed;
    new.trace = str_of(arena_alloc(m->cx.arena, ITEM_TRACE_MAX + 1), ITEM_TRACE_MAX + 1);
    assert_int_equal(model_add_new(m, &new, "x", &placed), E_LIMIT);
    new.trace = (struct str){0};
    new.delivery_id = str_of(arena_alloc(m->cx.arena, 101), 101);
    assert_int_equal(model_add_new(m, &new, "x", &placed), E_LIMIT);
    new.delivery_id.n = 100;
    assert_ok(m, model_add_new(m, &new, "x", &placed));
    new.folder = 999;
    new.delivery_id.n = 0;
    assert_int_equal(model_add_new(m, &new, "x", &placed), E_NOT_FOUND);
    assert_int_equal(model_facts(m).items, 1);
}

static void a_delivery_happens_once(void **state)
{
    struct model *m = *state;
    struct item_new new = {.folder = model_folder(m, ROLE_INBOX), .delivery_id = STR("q1\1")};
    struct item_placed first, second;
    assert_ok(m, model_add_new(m, &new, "a", &first));
    assert_int_equal(model_add_new(m, &new, "a", &second), E_EXISTS);
    assert_int_equal(second.id, first.id);
    assert_int_equal(second.uid, first.uid);
    m->cx.now_ms += INT64_C(7) * MODEL_DAY_MS;
    assert_int_equal(model_add_new(m, &new, "a", &second), E_EXISTS);
    new.delivery_id = STR("q2");
    assert_ok(m, model_add_new(m, &new, "a", &second));
    assert_int_equal(model_facts(m).items, 2);
    m->cx.now_ms += INT64_C(14) * MODEL_DAY_MS;
    new.delivery_id = STR("q1\1");
    assert_ok(m, model_add_new(m, &new, "a", &second));
}

static void a_move_keeps_the_id(void **state)
{
    struct model *m = *state;
    folder_id inbox = model_folder(m, ROLE_INBOX), trash = model_folder(m, ROLE_TRASH);
    struct item_placed a = model_add(m, inbox, "a", FLAG_SEEN), b, where;
    struct item_row row;
    assert_ok(m, model_flags(m, inbox, a.uid, FLAGS_ADD, 0, "$Label1"));
    assert_ok(m, model_move(m, inbox, a.uid, trash, &b));
    assert_int_equal(b.id, a.id);
    assert_int_equal(b.folder, trash);
    assert_true(b.modseq > a.modseq);
    assert_int_equal(item_get(&m->cx, m->core, ACCOUNT, inbox, a.uid, &row), E_NOT_FOUND);
    assert_ok(m, item_get(&m->cx, m->core, ACCOUNT, trash, b.uid, &row));
    assert_int_equal(row.created_modseq, a.modseq);
    assert_ok(m, item_locate(&m->cx, m->core, ACCOUNT, a.id, &where));
    assert_int_equal(where.folder, trash);
    assert_int_equal(model_move(m, inbox, a.uid, trash, &b), E_NOT_FOUND);
    assert_int_equal(model_move(m, trash, b.uid, 4711, &b), E_NOT_FOUND);
    assert_ok(m, model_move(m, trash, b.uid, trash, &where));
    assert_int_equal(where.uid, b.uid + 1);
    assert_int_equal(model_folder_facts(m, trash).total, 1);
}

static void a_copy_is_another_item(void **state)
{
    struct model *m = *state;
    folder_id inbox = model_folder(m, ROLE_INBOX), trash = model_folder(m, ROLE_TRASH);
    struct item_placed a = model_add(m, inbox, "hello", FLAG_FLAGGED), b;
    assert_ok(m, model_copy(m, inbox, a.uid, trash, &b));
    assert_int_not_equal(b.id, a.id);
    struct item_row x = row_of(m, inbox, a.uid), y = row_of(m, trash, b.uid);
    assert_true(blob_id_eq(&x.blob, &y.blob));
    assert_int_equal(model_facts(m).used_bytes, 10);
    assert_int_equal(y.created_modseq, b.modseq);
}

static void keywords_follow_by_name(void **state)
{
    struct model *m = *state;
    folder_id inbox = model_folder(m, ROLE_INBOX), trash = model_folder(m, ROLE_TRASH);
    struct item_placed a = model_add(m, inbox, "a", 0), b = model_add(m, trash, "b", 0);
    assert_ok(m, model_flags(m, trash, b.uid, FLAGS_ADD, 0, "first"));
    assert_ok(m, model_flags(m, inbox, a.uid, FLAGS_ADD, 0, "Blue"));
    assert_ok(m, model_flags(m, inbox, a.uid, FLAGS_ADD, 0, "FIRST"));
    assert_ok(m, model_move(m, inbox, a.uid, trash, &a));
    struct view *v AUTO(view_unref) = NULL;
    assert_ok(m, view_get(&m->cx, m->core, ACCOUNT, trash, 0, &v));
    assert_str(view_keyword(v, 0), "first");
    assert_str(view_keyword(v, 1), "Blue");
    assert_null(view_keyword(v, 2).p);
    assert_int_equal(view_keyword_bit(v, STR("blue")), 1);
    assert_int_equal(view_keyword_bit(v, STR("red")), -1);
    assert_int_equal(view_at(v, view_find(v, a.uid)).keywords, 3);
    assert_ok(m, model_flags(m, trash, a.uid, FLAGS_REMOVE, 0, "first"));
    assert_ok(m, model_flags(m, trash, a.uid, FLAGS_REMOVE, 0, "unknown"));
    struct view *w AUTO(view_unref) = NULL;
    assert_ok(m, view_get(&m->cx, m->core, ACCOUNT, trash, 0, &w));
    assert_int_equal(view_at(w, view_find(w, a.uid)).keywords, 2);
    assert_null(view_keyword(w, 2).p);
}

static void keywords_are_limited(void **state)
{
    struct model *m = *state;
    folder_id inbox = model_folder(m, ROLE_INBOX);
    struct item_placed a = model_add(m, inbox, "a", 0);
    for (int i = 0; i < FOLDER_KEYWORDS_MAX; i++)
        assert_ok(m,
                  model_flags(m, inbox, a.uid, FLAGS_ADD, 0, str_printf(m->cx.arena, "k%d", i).p));
    assert_int_equal(model_flags(m, inbox, a.uid, FLAGS_ADD, 0, "more"), E_LIMIT);
    assert_ok(m, model_flags(m, inbox, a.uid, FLAGS_ADD, 0, "K63"));
    char name[102] = {0};
    memset(name, 'k', 101);
    assert_int_equal(model_flags(m, inbox, a.uid, FLAGS_ADD, 0, name), E_LIMIT);
    assert_int_equal(model_flags(m, inbox, a.uid, FLAGS_ADD, 0, ""), E_SYNTAX);
}

struct flags_run {
    folder_id folder;
    uint32_t uid;
    struct item_flags change;
    bool changed;
    uint64_t modseq;
};

static enum code flags_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    struct flags_run *run = arg;
    return item_set_flags(cx, t, run->folder, run->uid, &run->change, &run->changed, &run->modseq);
}

static void flags_change_and_say_so(void **state)
{
    struct model *m = *state;
    folder_id inbox = model_folder(m, ROLE_INBOX);
    struct item_placed a = model_add(m, inbox, "a", 0);
    struct flags_run run = {.folder = inbox, .uid = a.uid};
    run.change = (struct item_flags){.how = FLAGS_ADD, .flags = FLAG_SEEN};
    run.change.unchanged_since = a.modseq;
    assert_ok(m, model_run(m, flags_in, &run));
    assert_true(run.changed);
    assert_true(run.modseq > a.modseq);
    uint64_t at = run.modseq;
    assert_int_equal(model_run(m, flags_in, &run), E_CONFLICT);
    run.change.unchanged_since = UINT64_MAX;
    assert_ok(m, model_run(m, flags_in, &run));
    assert_false(run.changed);
    assert_int_equal(run.modseq, at);
    assert_int_equal(model_facts(m).modseq, at);
    run.change.flags = FLAG_HIDDEN | FLAG_FLAGGED;
    assert_ok(m, model_run(m, flags_in, &run));
    struct view *v AUTO(view_unref) = NULL;
    assert_ok(m, view_get(&m->cx, m->core, ACCOUNT, inbox, 0, &v));
    assert_int_equal(view_at(v, 0).flags, FLAG_SEEN | FLAG_FLAGGED);
    assert_int_equal(view_at(v, 0).modseq, run.modseq);
    run.uid = 9;
    assert_int_equal(model_run(m, flags_in, &run), E_NOT_FOUND);
}

static enum code adopt_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct item_row *row = arg;
    folder_id inbox;
    struct item_placed placed;
    struct str keyword = STR("$Shared");
    TRY(folder_of_role(cx, t, ROLE_INBOX, &inbox));
    return item_adopt(cx, t, row, FLAG_SEEN, &keyword, 1, inbox, cx->now_ms, &placed);
}

static void another_account_adopts(void **state)
{
    struct model *m = *state;
    folder_id inbox = model_folder(m, ROLE_INBOX);
    struct item_placed a = model_add(m, inbox, "shared", 0);
    struct item_row row = row_of(m, inbox, a.uid), there;
    assert_ok(m, account_create(&m->cx, m->core, ACCOUNT + 1, NULL));
    assert_ok(m, account_update(&m->cx, m->core, ACCOUNT + 1, adopt_in, &row));
    struct account_view *v AUTO(account_view_unref) = NULL;
    assert_ok(m, account_view_get(&m->cx, m->core, ACCOUNT + 1, &v));
    folder_id theirs = account_folder_by_role(v, ROLE_INBOX)->id;
    assert_ok(m, item_get(&m->cx, m->core, ACCOUNT + 1, theirs, 1, &there));
    struct rope out = rope_of(m->cx.arena);
    assert_ok(m, item_bytes(&m->cx, m->core, &there, 0, SIZE_MAX, &out));
    assert_str(rope_flatten(&out, m->cx.arena), "shared");
    rope_drop(&out);
}

struct many {
    folder_id folder;
    struct blob_new *blob;
    int count;
};

static enum code add_many_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct many *many = arg;
    struct item_new new = {.folder = many->folder, .blob = many->blob, .summary = STR("s")};
    struct item_placed placed;
    for (int i = 0; i < many->count; i++)
        TRY(item_add(cx, t, &new, &placed));
    return OK;
}

static void a_transaction_is_bounded(void **state)
{
    struct model *m = *state;
    struct many many = {.folder = model_folder(m, ROLE_INBOX), .count = ITEM_CHANGE_MAX};
    assert_ok(m, blob_prepare(&m->cx, m->store, STR("x"), &many.blob));
    assert_ok(m, model_run(m, add_many_in, &many));
    many.count++;
    assert_int_equal(model_run(m, add_many_in, &many), E_LIMIT);
    assert_int_equal(model_facts(m).items, ITEM_CHANGE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(item_comes_back_as_it_was_added, model_open, model_close),
        cmocka_unit_test_setup_teardown(bytes_join_trace_and_blob, model_open, model_close),
        cmocka_unit_test_setup_teardown(scan_gives_a_range_in_order, model_open, model_close),
        cmocka_unit_test_setup_teardown(long_summaries_are_whole, model_open, model_close),
        cmocka_unit_test_setup_teardown(limits_are_kept, model_open, model_close),
        cmocka_unit_test_setup_teardown(a_delivery_happens_once, model_open, model_close),
        cmocka_unit_test_setup_teardown(a_move_keeps_the_id, model_open, model_close),
        cmocka_unit_test_setup_teardown(a_copy_is_another_item, model_open, model_close),
        cmocka_unit_test_setup_teardown(keywords_follow_by_name, model_open, model_close),
        cmocka_unit_test_setup_teardown(keywords_are_limited, model_open, model_close),
        cmocka_unit_test_setup_teardown(flags_change_and_say_so, model_open, model_close),
        cmocka_unit_test_setup_teardown(another_account_adopts, model_open, model_close),
        cmocka_unit_test_setup_teardown(a_transaction_is_bounded, model_open, model_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
