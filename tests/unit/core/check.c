/* Each kind of damage, done by hand, is found and repaired; and what export writes. */
#include "core/upkeep/check.h"
#include "base/buf.h"
#include "base/rope.h"
#include "core/annotation/annotation.h"
#include "core/calendar/event.h"
#include "core/calendar/rows.h"
#include "core/row/row.h"
#include "core/upkeep/export.h"
#include "model.h"

struct found {
    char what[20][64];
    size_t count;
};

static void note(void *arg, const char *what, struct str about, bool repaired)
{
    (void)about, (void)repaired;
    struct found *f = arg;
    if (f->count < 20)
        snprintf(f->what[f->count++], 64, "%s", what);
}

static struct check_account checked(struct model *m, bool repair, struct found *found)
{
    struct check_account out;
    *found = (struct found){0};
    assert_ok(m, core_check_account(&m->cx, m->core, ACCOUNT, repair, note, found, &out));
    return out;
}

static void assert_sound(struct model *m)
{
    struct found found;
    struct check_account out = checked(m, false, &found);
    if (out.faults)
        fail_msg("%s", found.what[0]);
}

/* A bit of everything. */
static folder_id fill(struct model *m)
{
    folder_id inbox = model_folder(m, ROLE_INBOX), trash = model_folder(m, ROLE_TRASH);
    struct item_placed placed;
    for (int i = 0; i < 5; i++)
        model_add(m, inbox, "message", i & 1 ? FLAG_SEEN : 0);
    model_add(m, inbox, "hidden", FLAG_HIDDEN);
    assert_ok(m, model_flags(m, inbox, 2, FLAGS_ADD, FLAG_DELETED, "red"));
    assert_ok(m, model_move(m, inbox, 3, trash, &placed));
    assert_ok(m, model_remove(m, inbox, 4));
    assert_ok(m, model_copy(m, inbox, 2, trash, &placed));
    return inbox;
}

/* The damage must be found as that, be repaired, and be gone. */
static void assert_repaired(struct model *m, const char *what)
{
    struct found found;
    struct check_account out = checked(m, false, &found);
    assert_true(out.faults >= 1);
    assert_int_equal(out.repaired, 0);
    bool named = false;
    for (size_t i = 0; i < found.count; i++)
        named |= strcmp(found.what[i], what) == 0;
    if (!named)
        fail_msg("wanted \"%s\", found \"%s\"", what, found.what[0]);
    out = checked(m, true, &found);
    assert_int_equal(out.repaired, out.faults);
    assert_sound(m);
}

static void a_sound_account_has_no_faults(void **state)
{
    struct model *m = *state;
    fill(m);
    struct found found;
    struct check_account out = checked(m, true, &found);
    assert_int_equal(out.faults, 0);
    assert_int_equal(out.items, 7);
    assert_int_equal(out.folders, 11);
    assert_true(out.changes > 15);
}

static struct str value_at(struct model *m, struct str key)
{
    struct str value;
    assert_true(model_row_get(m, key, &value));
    return value;
}

static void counts_are_recounted(void **state)
{
    struct model *m = *state;
    folder_id inbox = fill(m);
    struct key k = folder_key(ROW_PLACE, inbox);
    struct folder_counts counts;
    assert_ok(m, folder_counts_decode(&m->cx, value_at(m, key_str(&k)), &counts));
    struct folder_counts wrong = counts;
    wrong.unread += 3;
    wrong.bytes++;
    wrong.uid_next = 2;
    model_row_put(m, key_str(&k), folder_counts_encode(m->cx.arena, &wrong));
    assert_repaired(m, "a folder's counts are wrong");
    assert_ok(m, folder_counts_decode(&m->cx, value_at(m, key_str(&k)), &wrong));
    assert_int_equal(wrong.unread, counts.unread);
    assert_int_equal(wrong.bytes, counts.bytes);
    assert_int_equal(wrong.uid_next, counts.uid_next);
}

static void the_account_row_is_put_right(void **state)
{
    struct model *m = *state;
    fill(m);
    struct key k = row_key(ROW_ACCOUNT);
    struct account_row row, wrong;
    assert_ok(m, account_row_decode(&m->cx, value_at(m, key_str(&k)), &row));
    wrong = row;
    wrong.facts.used_bytes += 1;
    model_row_put(m, key_str(&k), account_row_encode(m->cx.arena, &wrong));
    assert_repaired(m, "the account's counts are wrong");
    wrong = row;
    wrong.facts.modseq = 5;
    model_row_put(m, key_str(&k), account_row_encode(m->cx.arena, &wrong));
    assert_repaired(m, "the counter is behind its changes");
    wrong = row;
    wrong.next_id = 2;
    model_row_put(m, key_str(&k), account_row_encode(m->cx.arena, &wrong));
    assert_repaired(m, "the next id is taken");
    assert_ok(m, account_row_decode(&m->cx, value_at(m, key_str(&k)), &wrong));
    assert_int_equal(wrong.facts.used_bytes, row.facts.used_bytes);
    assert_int_equal(wrong.facts.modseq, row.facts.modseq);
}

static struct placement placement_at(struct model *m, folder_id folder, uint32_t uid)
{
    struct key k = uid_key(ROW_PLACE, folder, uid);
    struct placement p;
    assert_ok(m, placement_decode(&m->cx, value_at(m, key_str(&k)), &p));
    return p;
}

static void change_rows_are_remade(void **state)
{
    struct model *m = *state;
    folder_id inbox = fill(m);
    struct placement p = placement_at(m, inbox, 2);
    struct key k = change_key(placement_modseq(&p));
    model_row_delete(m, key_str(&k));
    assert_repaired(m, "an item's change row is missing or wrong");
    struct change_row stale = {.what = CHANGE_ITEM, .folder = inbox, .uid = 77, .place = p};
    k = change_key(p.created_modseq);
    model_row_put(m, key_str(&k), change_row_encode(m->cx.arena, &stale));
    assert_repaired(m, "a change row is of nothing");
    struct change_row gone = {
        .what = CHANGE_GONE_ITEM, .how = GONE_MOVED, .folder = inbox, .uid = 2};
    model_row_put(m, key_str(&k), change_row_encode(m->cx.arena, &gone));
    assert_repaired(m, "a change row is of nothing");
    k = change_key(model_folder_facts(m, inbox).own_modseq);
    model_row_delete(m, key_str(&k));
    assert_repaired(m, "a folder's change row is missing or wrong");
}

static void homes_are_found_again(void **state)
{
    struct model *m = *state;
    folder_id inbox = fill(m);
    item_id id = placement_at(m, inbox, 2).id;
    struct key k = item_key(id);
    model_row_delete(m, key_str(&k));
    assert_repaired(m, "an item's home is missing or elsewhere");
    struct item_placed where;
    assert_ok(m, item_locate(&m->cx, m->core, ACCOUNT, id, &where));
    assert_int_equal(where.uid, 2);
    struct item_home lost = {.folder = inbox, .uid = 999};
    k = item_key(90);
    model_row_put(m, key_str(&k), item_home_encode(m->cx.arena, &lost));
    assert_repaired(m, "an item is nowhere");
}

static void a_lost_placement_is_made_anew(void **state)
{
    struct model *m = *state;
    folder_id inbox = fill(m);
    struct key k = uid_key(ROW_PLACE, inbox, 1);
    model_row_delete(m, key_str(&k));
    assert_repaired(m, "a summary has no placement");
    model_reopen(m);
    struct view *v AUTO(view_unref) = NULL;
    assert_ok(m, view_get(&m->cx, m->core, ACCOUNT, inbox, 0, &v));
    assert_int_equal(view_at(v, 0).uid, 1);
}

static void keywords_and_roles_are_put_right(void **state)
{
    struct model *m = *state;
    folder_id inbox = fill(m);
    struct placement p = placement_at(m, inbox, 2);
    struct key k = uid_key(ROW_PLACE, inbox, 2);
    p.keywords |= 8;
    model_row_put(m, key_str(&k), placement_encode(m->cx.arena, &p));
    assert_repaired(m, "an item has keywords without a name");
    k = row_key(ROW_ROLES);
    model_row_delete(m, key_str(&k));
    assert_repaired(m, "the role table names another folder");
}

static enum code unref_in(struct ctx *cx, struct txn *t, void *arg)
{
    (void)cx;
    const struct item_row *row = arg;
    struct key tag = item_key(row->id);
    txn_blob_unref(t, &row->blob, key_str(&tag));
    return OK;
}

static void blob_references_are_put_back(void **state)
{
    struct model *m = *state;
    folder_id inbox = fill(m);
    struct item_row row;
    assert_ok(m, item_get(&m->cx, m->core, ACCOUNT, inbox, 1, &row));
    assert_ok(m, store_update(&m->cx, m->store, ACCOUNT, unref_in, &row));
    assert_repaired(m, "a message's blob reference is missing");
}

struct event_adding {
    struct core *core;
};

static enum code event_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    static const char text[] = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\n"
                               "UID:u1\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    const struct event_adding *x = arg;
    struct blob_new *blob;
    struct item_placed placed;
    TRY(blob_prepare(cx, x->core->store, str_z(text), &blob));
    const struct event_new new = {.uid = STR("u1"), .title = STR("plan"), .blob = blob};
    return event_put(cx, t, &new, &placed);
}

static enum code event_out(struct ctx *cx, struct account_txn *t, void *arg)
{
    (void)arg;
    return event_remove(cx, t, STR("u1"));
}

static void events_are_found_again(void **state)
{
    struct model *m = *state;
    struct event_adding x = {m->core};
    struct event_found found, again;
    assert_ok(m, model_run(m, event_in, &x));
    assert_ok(m, event_find(&m->cx, m->core, ACCOUNT, STR("u1"), &found));
    assert_sound(m);
    struct key by_uid = event_uid_key(STR("u1"), found.id), by_item = event_item_key(found.id);
    model_row_delete(m, key_str(&by_uid));
    assert_int_equal(event_find(&m->cx, m->core, ACCOUNT, STR("u1"), &again), E_NOT_FOUND);
    assert_repaired(m, "an event is not found by its UID");
    assert_ok(m, event_find(&m->cx, m->core, ACCOUNT, STR("u1"), &again));
    assert_true(again.id == found.id);
    model_row_delete(m, key_str(&by_item));
    assert_repaired(m, "an event is not found by its UID");
    struct key stray = event_uid_key(STR("u2"), 999999);
    model_row_put(m, key_str(&stray), event_uid_row(m->cx.arena, STR("u2")));
    assert_repaired(m, "a UID leads to no event");
    assert_ok(m, model_run(m, event_out, NULL));
    assert_int_equal(event_find(&m->cx, m->core, ACCOUNT, STR("u1"), &again), E_NOT_FOUND);
    assert_sound(m); /* it can be recovered, so its rows are there still */
}

static void what_is_lost_is_said(void **state)
{
    struct model *m = *state;
    folder_id inbox = fill(m);
    struct key k = uid_key(ROW_SUMMARY, inbox, 1);
    struct item_row row;
    size_t bytes;
    assert_ok(m, summary_row_decode(&m->cx, value_at(m, key_str(&k)), &row, &bytes));
    memset(row.blob.bytes, 7, 32);
    model_row_put(m, key_str(&k), summary_row_encode(m->cx.arena, &row));
    struct found found;
    struct check_account out = checked(m, true, &found);
    assert_int_equal(out.faults, 1);
    assert_int_equal(out.repaired, 0);
    assert_string_equal(found.what[0], "a message's blob is missing");
    model_row_delete(m, key_str(&k));
    out = checked(m, true, &found);
    assert_string_equal(found.what[0], "an item has no summary");
    struct str newer = str_dup(m->cx.arena, value_at(m, (k = row_key(ROW_ACCOUNT), key_str(&k))));
    struct str parts[] = {STR("\x02"), str_from(newer, 1)};
    model_row_put(m, key_str(&k), str_join(m->cx.arena, parts, 2));
    assert_int_equal(core_check_account(&m->cx, m->core, ACCOUNT, true, NULL, NULL, &out),
                     E_CORRUPT);
    assert_non_null(strstr(m->cx.err.what, "newer"));
}

struct files {
    struct arena *a;
    struct buf all;
};

static enum code dir_make(struct ctx *cx, void *self, struct str path)
{
    (void)cx;
    struct files *f = self;
    buf_printf(&f->all, "D %.*s\n", STR_ARG(path));
    return OK;
}

static enum code file_write(struct ctx *cx, void *self, struct str path, const struct rope *bytes)
{
    struct files *f = self;
    buf_printf(&f->all, "F %.*s [%.*s]\n", STR_ARG(path), STR_ARG(rope_flatten(bytes, cx->arena)));
    return OK;
}

static enum code line_append(struct ctx *cx, void *self, struct str path, struct str line)
{
    (void)cx;
    struct files *f = self;
    buf_printf(&f->all, "A %.*s %.*s", STR_ARG(path), STR_ARG(line));
    return OK;
}

static bool has(const struct files *f, const char *text)
{
    return str_find(buf_str(&f->all), str_z(text)) != SIZE_MAX;
}

static enum code annotate(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct annotation_owner *owner = arg;
    const struct annotation_change changes[] = {
        {.name = STR("/comment"), .value = STR("a \"word\"")},
        {.reader = ACCOUNT, .name = STR("/mine"), .value = STR("\xff\x01")},
        {.name = STR("/gone"), .value = STR("x")},
    };
    const struct annotation_change gone = {.name = STR("/gone"), .remove = true};
    TRY(annotation_set(cx, t, owner, changes, 3));
    return annotation_set(cx, t, owner, &gone, 1);
}

static void export_writes_annotations(void **state)
{
    struct model *m = *state;
    folder_id inbox = fill(m);
    struct item_row row;
    assert_ok(m, item_get(&m->cx, m->core, ACCOUNT, inbox, 1, &row));
    struct annotation_owner owners[] = {
        {ANNOTATION_OF_ACCOUNT, 0}, {ANNOTATION_OF_FOLDER, inbox}, {ANNOTATION_OF_ITEM, row.id}};
    const char *const of[] = {"account", "folder", "item"};
    struct files files = {m->cx.arena, buf_of(m->cx.arena, 1 << 20)};
    struct export_sink sink = {&files, dir_make, file_write, line_append};
    struct export_report report;
    for (size_t i = 0; i < 3; i++)
        assert_ok(m, account_update(&m->cx, m->core, ACCOUNT, annotate, &owners[i]));
    assert_ok(m, export_account(&m->cx, m->core, ACCOUNT, STR("1000"), &sink, &report));
    for (size_t i = 0; i < 3; i++) {
        unsigned long long id = owners[i].id;
        assert_true(has(&files, str_printf(m->cx.arena,
                                           "A 1000/annotations.jsonl {\"%s\":%llu,\"name\":"
                                           "\"/comment\",\"value\":\"a \\\"word\\\"\",",
                                           of[i], id)
                                    .p));
        assert_true(has(&files, str_printf(m->cx.arena,
                                           "{\"%s\":%llu,\"reader\":1000,\"name\":\"/mine\","
                                           "\"base64\":\"/wE=\",",
                                           of[i], id)
                                    .p));
    }
    assert_false(has(&files, "/gone"));
}

static void export_writes_all(void **state)
{
    struct model *m = *state;
    folder_id odd;
    fill(m);
    assert_ok(m, model_create(m, "../x%/.y", &odd));
    model_add(m, odd, "odd", FLAG_SEEN);
    struct event_adding event = {m->core};
    assert_ok(m, model_run(m, event_in, &event));
    struct files files = {m->cx.arena, buf_of(m->cx.arena, 1 << 20)};
    struct export_sink sink = {&files, dir_make, file_write, line_append};
    struct export_report report;
    assert_ok(m, export_account(&m->cx, m->core, ACCOUNT, STR("1000"), &sink, &report));
    assert_int_equal(report.items, 7);
    assert_int_equal(report.folders, 13);
    assert_int_equal(report.missing, 0);
    assert_true(has(&files, "F 1000/folders/INBOX/1.eml [message]\n"));
    assert_true(has(&files, "F 1000/folders/%2E./x%25/%2Ey/1.eml [odd]\n"));
    assert_true(has(&files, "F 1000/folders/Calendar/1.ics [BEGIN:VCALENDAR\r\n"));
    assert_true(has(&files, "\"flags\":[\"\\\\Seen\",\"\\\\Deleted\",\"red\"]"));
    assert_true(has(&files, "A 1000/account.json {\"account\":1000,"));
    assert_false(has(&files, "hidden]"));
    assert_false(has(&files, "recoverable-deletions/"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_sound_account_has_no_faults, model_open, model_close),
        cmocka_unit_test_setup_teardown(counts_are_recounted, model_open, model_close),
        cmocka_unit_test_setup_teardown(the_account_row_is_put_right, model_open, model_close),
        cmocka_unit_test_setup_teardown(change_rows_are_remade, model_open, model_close),
        cmocka_unit_test_setup_teardown(homes_are_found_again, model_open, model_close),
        cmocka_unit_test_setup_teardown(a_lost_placement_is_made_anew, model_open, model_close),
        cmocka_unit_test_setup_teardown(keywords_and_roles_are_put_right, model_open, model_close),
        cmocka_unit_test_setup_teardown(blob_references_are_put_back, model_open, model_close),
        cmocka_unit_test_setup_teardown(events_are_found_again, model_open, model_close),
        cmocka_unit_test_setup_teardown(what_is_lost_is_said, model_open, model_close),
        cmocka_unit_test_setup_teardown(export_writes_all, model_open, model_close),
        cmocka_unit_test_setup_teardown(export_writes_annotations, model_open, model_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
