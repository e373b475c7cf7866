/* The change log, the recoverable items, and what the sweeper ends. */
#include "core/upkeep/sweep.h"
#include "model.h"
#include "store/key.h"
#include "store/maintain.h"

static void one_row_for_each_thing(void **state)
{
    struct model *m = *state;
    folder_id inbox = model_folder(m, ROLE_INBOX);
    uint64_t start = model_facts(m).modseq;
    struct item_placed a = model_add(m, inbox, "a", 0), b = model_add(m, inbox, "b", 0);
    for (int i = 0; i < 5; i++) {
        assert_ok(m, model_flags(m, inbox, a.uid, FLAGS_ADD, FLAG_FLAGGED, NULL));
        assert_ok(m, model_flags(m, inbox, a.uid, FLAGS_REMOVE, FLAG_FLAGGED, NULL));
    }
    struct change *c;
    size_t count;
    assert_ok(m, model_changes(m, start, 0, &c, &count));
    assert_int_equal(count, 2);
    assert_int_equal(c[0].item, b.id);
    assert_int_equal(c[1].item, a.id);
    assert_int_equal(c[1].modseq, b.modseq + 10);
    assert_int_equal(c[1].what, CHANGE_ITEM);
    assert_int_equal(c[1].created_modseq, a.modseq);
    assert_int_equal(c[1].placed_modseq, a.modseq);
    assert_ok(m, model_changes(m, c[1].modseq, 0, &c, &count));
    assert_int_equal(count, 0);
    assert_ok(m, model_changes(m, 0, 0, &c, &count));
    assert_int_equal(count, 12);
}

static void reading_is_told_apart(void **state)
{
    struct model *m = *state;
    folder_id inbox = model_folder(m, ROLE_INBOX);
    struct item_placed a = model_add(m, inbox, "a", 0);
    assert_ok(m, model_flags(m, inbox, a.uid, FLAGS_ADD, FLAG_FLAGGED, NULL));
    uint64_t flagged = model_facts(m).modseq;
    assert_ok(m, model_flags(m, inbox, a.uid, FLAGS_ADD, FLAG_SEEN, NULL));
    struct change *c;
    size_t count;
    assert_ok(m, model_changes(m, flagged, inbox, &c, &count));
    assert_int_equal(count, 1);
    assert_int_equal(c[0].what, CHANGE_READ);
    assert_ok(m, model_changes(m, a.modseq, inbox, &c, &count));
    assert_int_equal(count, 1);
    assert_int_equal(c[0].what, CHANGE_ITEM);
}

static void leaving_makes_tombstones(void **state)
{
    struct model *m = *state;
    folder_id inbox = model_folder(m, ROLE_INBOX), trash = model_folder(m, ROLE_TRASH);
    struct item_placed a = model_add(m, inbox, "a", 0), b;
    assert_ok(m, model_move(m, inbox, a.uid, trash, &b));
    assert_ok(m, model_remove(m, trash, b.uid));
    struct change *c;
    size_t count;
    assert_ok(m, model_changes(m, a.modseq, inbox, &c, &count));
    assert_int_equal(count, 1);
    assert_int_equal(c[0].what, CHANGE_GONE_ITEM);
    assert_int_equal(c[0].how, GONE_MOVED);
    assert_int_equal(c[0].uid, a.uid);
    assert_int_equal(c[0].item, a.id);
    assert_int_equal(c[0].created_modseq, a.modseq);
    assert_ok(m, model_changes(m, a.modseq, trash, &c, &count));
    assert_int_equal(count, 1);
    assert_int_equal(c[0].how, GONE_REMOVED);
}

static enum code replace_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    struct item_new *new = arg;
    struct item_placed placed;
    return item_replace(cx, t, new->folder, 1, new, &placed);
}

static void an_edit_keeps_the_id_and_takes_a_uid(void **state)
{
    struct model *m = *state;
    folder_id inbox = model_folder(m, ROLE_INBOX);
    struct item_placed a = model_add(m, inbox, "draft", FLAG_DRAFT), where;
    struct item_new new = {.folder = inbox, .summary = STR("new")};
    struct blob_new *blob;
    assert_ok(m, blob_prepare(&m->cx, m->store, STR("longer draft"), &blob));
    new.blob = blob;
    assert_ok(m, model_run(m, replace_in, &new));
    assert_ok(m, item_locate(&m->cx, m->core, ACCOUNT, a.id, &where));
    assert_int_equal(where.uid, 2);
    struct item_row row;
    assert_ok(m, item_get(&m->cx, m->core, ACCOUNT, inbox, 2, &row));
    assert_str(row.summary, "new");
    assert_int_equal(row.size, 12);
    assert_int_equal(row.created_modseq, a.modseq);
    assert_int_equal(model_facts(m).used_bytes, 12);
    struct change *c;
    size_t count;
    assert_ok(m, model_changes(m, a.modseq, inbox, &c, &count));
    assert_int_equal(count, 2);
    assert_int_equal(c[0].how, GONE_REPLACED);
    assert_int_equal(c[1].uid, 2);
}

static struct recoverable *removed(struct model *m, size_t *count)
{
    struct recoverables list;
    assert_ok(m, recoverable_list(&m->cx, m->core, ACCOUNT, 0, 100, &list));
    *count = list.count;
    return list.at;
}

struct recover {
    item_id id;
    folder_id to;
    struct item_placed placed;
};

static enum code recover_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    struct recover *r = arg;
    return item_recover(cx, t, r->id, r->to, &r->placed);
}

static enum code delete_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    return folder_delete(cx, t, *(folder_id *)arg);
}

static void removed_items_come_back(void **state)
{
    struct model *m = *state;
    folder_id trash = model_folder(m, ROLE_TRASH), work;
    struct item_placed a = model_add(m, trash, "aa", 0);
    assert_ok(m, model_remove(m, trash, a.uid));
    assert_int_equal(model_facts(m).used_bytes, 0);
    size_t count;
    struct recoverable *list = removed(m, &count);
    assert_int_equal(count, 1);
    assert_int_equal(list[0].id, a.id);
    assert_int_equal(list[0].origin, trash);
    assert_int_equal(list[0].removed_ms, MODEL_NOW);
    struct recover r = {.id = a.id};
    assert_ok(m, model_run(m, recover_in, &r));
    assert_int_equal(r.placed.folder, trash);
    assert_int_equal(r.placed.id, a.id);
    assert_int_equal(model_facts(m).used_bytes, 2);
    assert_int_equal(model_run(m, recover_in, &r), E_NOT_FOUND);
    assert_ok(m, model_create(m, "Work", &work));
    struct item_placed b = model_add(m, work, "b", 0);
    assert_ok(m, model_run(m, delete_in, &work));
    list = removed(m, &count);
    assert_int_equal(count, 1);
    assert_int_equal(list[0].id, b.id);
    r.id = b.id;
    assert_ok(m, model_run(m, recover_in, &r));
    assert_int_equal(r.placed.folder, model_folder(m, ROLE_INBOX));
    r.id = 12345;
    assert_int_equal(model_run(m, recover_in, &r), E_NOT_FOUND);
}

static struct sweep_report swept(struct model *m)
{
    struct sweep_report all = {0}, r;
    do {
        assert_ok(m, sweep_account(&m->cx, m->core, ACCOUNT, &r));
        all.items += r.items;
        all.folders += r.folders;
        all.tombstones += r.tombstones;
        all.deliveries += r.deliveries;
    } while (r.more);
    return all;
}

static size_t blobs_swept(struct model *m)
{
    size_t all = 0, n;
    bool more;
    do {
        assert_ok(m, store_sweep(&m->cx, m->store, 1000, &n, &more));
        all += n;
    } while (more);
    return all;
}

struct hold {
    item_id id;
    bool on;
};

static enum code hold_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct hold *h = arg;
    return h->id ? item_set_hold(cx, t, h->id, h->on) : account_set_hold(cx, t, h->on);
}

static void sweeper_ends_what_is_due(void **state)
{
    struct model *m = *state;
    folder_id trash = model_folder(m, ROLE_TRASH), work;
    struct item_placed a = model_add(m, trash, "aa", 0), b = model_add(m, trash, "bb", 0);
    struct item_new new = {.folder = trash, .delivery_id = STR("id")};
    struct item_placed c;
    assert_ok(m, model_add_new(m, &new, "cc", &c));
    assert_ok(m, model_create(m, "Work", &work));
    for (int i = 0; i < SWEEP_ITEMS_MAX + 1; i++)
        model_add(m, work, "same", 0);
    assert_ok(m, model_run(m, delete_in, &work));
    assert_ok(m, model_remove(m, trash, a.uid));
    assert_ok(m, model_remove(m, trash, b.uid));
    struct sweep_report r = swept(m);
    assert_int_equal(r.items + r.folders + r.tombstones + r.deliveries, 0);
    m->cx.now_ms += INT64_C(20) * MODEL_DAY_MS;
    assert_ok(m, model_remove(m, trash, c.uid));
    m->cx.now_ms += INT64_C(1) * MODEL_DAY_MS;
    struct hold hold = {.id = b.id, .on = true};
    assert_ok(m, model_run(m, hold_in, &hold));
    hold = (struct hold){.on = true};
    assert_ok(m, model_run(m, hold_in, &hold));
    assert_int_equal(swept(m).items, 0);
    hold.on = false;
    assert_ok(m, model_run(m, hold_in, &hold));
    assert_int_equal(blobs_swept(m), 0);
    r = swept(m);
    assert_int_equal(r.items, 1 + SWEEP_ITEMS_MAX + 1);
    assert_int_equal(r.folders, 1);
    assert_int_equal(model_rows(m, 'i'), 2);
    assert_int_equal(blobs_swept(m), 2);
    size_t count;
    removed(m, &count);
    assert_int_equal(count, 2);
    m->cx.now_ms += INT64_C(21) * MODEL_DAY_MS;
    assert_int_equal(swept(m).items, 1);
    hold = (struct hold){.id = b.id};
    assert_ok(m, model_run(m, hold_in, &hold));
    assert_int_equal(swept(m).items, 1);
    assert_int_equal(model_rows(m, 'i') + model_rows(m, 's'), 0);
}

static void delivery_ids_and_tombstones_end(void **state)
{
    struct model *m = *state;
    folder_id inbox = model_folder(m, ROLE_INBOX), trash = model_folder(m, ROLE_TRASH);
    struct item_new new = {.folder = inbox, .delivery_id = STR("id")};
    struct item_placed a, b;
    assert_ok(m, model_add_new(m, &new, "cc", &a));
    struct view *old AUTO(view_unref) = NULL;
    assert_ok(m, view_get(&m->cx, m->core, ACCOUNT, inbox, 0, &old));
    assert_ok(m, model_move(m, inbox, a.uid, trash, &b));
    uint64_t moved = model_facts(m).modseq;
    m->cx.now_ms += INT64_C(15) * MODEL_DAY_MS;
    assert_int_equal(swept(m).deliveries, 1);
    struct change *c;
    size_t count;
    m->cx.now_ms += INT64_C(74) * MODEL_DAY_MS;
    assert_int_equal(swept(m).tombstones, 0);
    assert_ok(m, model_changes(m, a.modseq, 0, &c, &count));
    assert_int_equal(count, 2);
    m->cx.now_ms += INT64_C(1) * MODEL_DAY_MS;
    assert_ok(m, model_move(m, trash, b.uid, inbox, &b));
    assert_int_equal(swept(m).tombstones, 1);
    assert_int_equal(model_changes(m, a.modseq, 0, &c, &count), E_NOT_FOUND);
    assert_ok(m, model_changes(m, moved, 0, &c, &count));
    assert_int_equal(count, 2);
    assert_ok(m, model_changes(m, 0, 0, &c, &count));
    struct view *new_view AUTO(view_unref) = NULL;
    assert_ok(m, view_get(&m->cx, m->core, ACCOUNT, inbox, 0, &new_view));
    assert_int_equal(view_count(new_view), 1);
    assert_int_equal(view_at(new_view, 0).uid, b.uid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_row_for_each_thing, model_open, model_close),
        cmocka_unit_test_setup_teardown(reading_is_told_apart, model_open, model_close),
        cmocka_unit_test_setup_teardown(leaving_makes_tombstones, model_open, model_close),
        cmocka_unit_test_setup_teardown(an_edit_keeps_the_id_and_takes_a_uid, model_open,
                                        model_close),
        cmocka_unit_test_setup_teardown(removed_items_come_back, model_open, model_close),
        cmocka_unit_test_setup_teardown(sweeper_ends_what_is_due, model_open, model_close),
        cmocka_unit_test_setup_teardown(delivery_ids_and_tombstones_end, model_open, model_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
