/* Property bags, named properties, and what items are called outside. */
#include "core/property.h"
#include "core/identity.h"
#include "core/recover.h"
#include "model.h"
#include "store/maintain.h"

struct set {
    struct property_owner owner;
    const struct property_change *changes;
    size_t count;
};

static enum code set_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct set *s = arg;
    return property_set(cx, t, &s->owner, s->changes, s->count);
}

static enum code set(struct model *m, struct property_owner owner,
                     const struct property_change *changes, size_t count)
{
    struct set s = {owner, changes, count};
    return model_run(m, set_in, &s);
}

static struct property *list(struct model *m, struct property_owner owner, size_t *count)
{
    struct property *out;
    assert_ok(m, property_list(&m->cx, m->core, ACCOUNT, &owner, &out, count));
    return out;
}

static struct property_owner of_item(item_id id)
{
    return (struct property_owner){.class = PROPERTY_OF_ITEM, .id = id};
}

static void what_was_stored_comes_back(void **state)
{
    struct model *m = *state;
    item_id id = model_add(m, model_folder(m, ROLE_INBOX), "a", 0).id;
    uint64_t before = model_facts(m).modseq;
    char *large = arena_alloc(m->cx.arena, PROPERTY_INLINE_MAX);
    memset(large, 'L', PROPERTY_INLINE_MAX);
    struct property_change changes[40];
    for (uint32_t i = 0; i < 40; i++)
        changes[i] = (struct property_change){.tag = (50 - i) << 16 | PROPERTY_BINARY,
                                              .value = str_of(large, PROPERTY_INLINE_MAX - i)};
    changes[7] = (struct property_change){.tag = 0x9999ffff, .value = STR("any\0thing")};
    changes[8] = (struct property_change){.tag = 0x0037001f, .value = STR("")};
    assert_ok(m, set(m, of_item(id), changes, 40));
    size_t count;
    struct property *p = list(m, of_item(id), &count);
    assert_int_equal(count, 40);
    for (size_t i = 1; i < count; i++)
        assert_true(p[i - 1].tag < p[i].tag);
    assert_true(str_eq(p[39].value, STR("any\0thing")));
    assert_int_equal(p[38].tag, 0x0037001f);
    assert_int_equal(p[37].tag, 50 << 16 | PROPERTY_BINARY);
    assert_int_equal(p[37].size, PROPERTY_INLINE_MAX);
    assert_true(model_facts(m).modseq > before);
    struct property_change gone = {.tag = 0x9999ffff, .remove = true};
    assert_ok(m, set(m, of_item(id), &gone, 1));
    list(m, of_item(id), &count);
    assert_int_equal(count, 39);
    for (size_t i = 0; i < 40; i++)
        changes[i].remove = true;
    assert_ok(m, set(m, of_item(id), changes, 40));
    list(m, of_item(id), &count);
    assert_int_equal(count, 0);
    assert_int_equal(model_rows(m, 'b'), 1);
}

static void values_must_fit_their_type(void **state)
{
    struct model *m = *state;
    struct property_owner account = {.class = PROPERTY_OF_ACCOUNT};
    static const struct {
        uint32_t tag;
        struct str value;
        enum code code;
    } cases[] = {
        {0x30010003, {"1234", 4}, OK},
        {0x30010003, {"123", 3}, E_SYNTAX},
        {0x30020040, {"12345678", 8}, OK},
        {0x30020040, {"1234567", 7}, E_SYNTAX},
        {0x3003001f, {"\xc3\xa9", 2}, OK},
        {0x3003001f, {"\xff", 1}, E_SYNTAX},
        {0x3004000b, {"1", 1}, OK},
        {0x30050048, {"0123456789abcdef", 16}, OK},
        {0x30061003, {"\4\0\0\0abcd\4\0\0\0abcd", 16}, OK},
        {0x30061003, {"\4\0\0\0abcd\3\0\0\0abc", 15}, E_SYNTAX},
        {0x3006101f, {"\2\0\0\0ab\0\0\0\0", 10}, OK},
        {0x3006101f, {"\2\0\0", 3}, E_SYNTAX},
        {0x00010003, {"1234", 4}, OK},
        {0x00000003, {"1234", 4}, E_SYNTAX},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct property_change change = {.tag = cases[i].tag, .value = cases[i].value};
        enum code got = set(m, account, &change, 1);
        if (got != cases[i].code)
            fail_msg("%08x (%zu): %s", cases[i].tag, i, code_name(got));
    }
    struct property_change large = {.tag = 0x30070102};
    large.value =
        str_of(arena_alloc(m->cx.arena, PROPERTY_INLINE_MAX + 1), PROPERTY_INLINE_MAX + 1);
    assert_int_equal(set(m, account, &large, 1), E_LIMIT);
    assert_int_equal(set(m, of_item(4711), &large, 0), E_NOT_FOUND);
    struct property_owner folder = {.class = PROPERTY_OF_FOLDER, .id = 4711};
    assert_int_equal(set(m, folder, &large, 0), E_NOT_FOUND);
    folder.id = model_folder(m, ROLE_INBOX);
    uint64_t own = model_folder_facts(m, (folder_id)folder.id).own_modseq;
    struct property_change small = {.tag = 0x30070102, .value = STR("x")};
    assert_ok(m, set(m, folder, &small, 1));
    assert_true(model_folder_facts(m, (folder_id)folder.id).own_modseq > own);
}

static size_t blobs_swept(struct model *m)
{
    size_t n;
    bool more;
    assert_ok(m, store_sweep(&m->cx, m->store, 1000, &n, &more));
    return n;
}

struct row_act {
    item_id item;
    enum property_part part;
    uint32_t row;
    item_id embedded;
};

static enum code row_add_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    struct row_act *r = arg;
    return property_row_add(cx, t, r->item, r->part, &r->row);
}

static enum code row_remove_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    struct row_act *r = arg;
    return property_row_remove(cx, t, r->item, r->part, r->row);
}

static enum code embed_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    struct row_act *r = arg;
    return property_embed(cx, t, r->item, r->row, &r->embedded);
}

struct purge {
    folder_id folder;
    uint32_t uid;
};

static enum code purge_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct purge *p = arg;
    return item_purge(cx, t, p->folder, p->uid);
}

static void large_values_are_blobs(void **state)
{
    struct model *m = *state;
    folder_id inbox = model_folder(m, ROLE_INBOX);
    struct item_placed a = model_add(m, inbox, "a", 0), b;
    struct blob_new *blob;
    assert_ok(m, blob_prepare(&m->cx, m->store, STR("a large body"), &blob));
    struct property_change body = {.tag = 0x1000001f, .blob = blob};
    assert_ok(m, set(m, of_item(a.id), &body, 1));
    size_t count;
    struct property *p = list(m, of_item(a.id), &count);
    assert_true(p[0].is_blob && p[0].size == 12);
    assert_true(blob_id_eq(&p[0].blob, blob_new_id(blob)));
    assert_ok(m, model_copy(m, inbox, a.uid, inbox, &b));
    struct purge purge = {inbox, a.uid};
    assert_ok(m, model_run(m, purge_in, &purge));
    assert_int_equal(blobs_swept(m), 0);
    p = list(m, of_item(b.id), &count);
    assert_int_equal(count, 1);
    struct property_change none = {.tag = 0x1000001f, .remove = true};
    assert_ok(m, set(m, of_item(b.id), &none, 1));
    assert_int_equal(blobs_swept(m), 1);
    struct property_change fixed = {.tag = 0x10000003, .blob = blob};
    assert_int_equal(set(m, of_item(b.id), &fixed, 1), E_SYNTAX);
}

static void rows_have_numbers_that_stay(void **state)
{
    struct model *m = *state;
    item_id id = model_add(m, model_folder(m, ROLE_INBOX), "a", 0).id;
    struct row_act r = {.item = id, .part = PART_ATTACHMENT};
    for (uint32_t i = 0; i < 3; i++) {
        assert_ok(m, model_run(m, row_add_in, &r));
        assert_int_equal(r.row, i);
    }
    struct row_act to = {.item = id, .part = PART_RECIPIENT};
    assert_ok(m, model_run(m, row_add_in, &to));
    assert_int_equal(to.row, 0);
    assert_ok(m, model_run(m, row_remove_in, &r));
    assert_int_equal(model_run(m, row_remove_in, &r), E_NOT_FOUND);
    assert_ok(m, model_run(m, row_add_in, &r));
    assert_int_equal(r.row, 3);
    struct property_numbers rows;
    assert_ok(m, property_rows(&m->cx, m->core, ACCOUNT, id, PART_ATTACHMENT, &rows));
    assert_int_equal(rows.count, 3);
    assert_int_equal(rows.at[0], 0);
    assert_int_equal(rows.at[2], 3);
    struct property_owner owner = {
        .class = PROPERTY_OF_ITEM, .id = id, .part = PART_ATTACHMENT, .row = 3};
    struct property_change name = {.tag = 0x3707001f, .value = STR("a.pdf")};
    assert_ok(m, set(m, owner, &name, 1));
    size_t count;
    assert_str(list(m, owner, &count)->value, "a.pdf");
    owner.row = 2;
    assert_int_equal(set(m, owner, &name, 1), E_NOT_FOUND);
    list(m, of_item(id), &count);
    assert_int_equal(count, 0); /* the counters are not shown */
}

static void embedded_items_follow_their_holder(void **state)
{
    struct model *m = *state;
    folder_id inbox = model_folder(m, ROLE_INBOX);
    struct item_placed a = model_add(m, inbox, "a", 0), b;
    struct row_act r = {.item = a.id, .part = PART_ATTACHMENT};
    assert_ok(m, model_run(m, row_add_in, &r));
    assert_ok(m, model_run(m, embed_in, &r));
    assert_int_equal(model_run(m, embed_in, &r), E_EXISTS);
    struct property_change subject = {.tag = 0x0037001f, .value = STR("inner")};
    uint64_t before = model_facts(m).modseq;
    assert_ok(m, set(m, of_item(r.embedded), &subject, 1));
    struct change *c;
    size_t count;
    assert_ok(m, model_changes(m, before, inbox, &c, &count));
    assert_int_equal(count, 1);
    assert_int_equal(c[0].item, a.id);
    assert_ok(m, model_copy(m, inbox, a.uid, inbox, &b));
    assert_int_equal(model_rows(m, 'i'), 4);
    struct purge purge = {inbox, a.uid};
    assert_ok(m, model_run(m, purge_in, &purge));
    assert_int_equal(model_rows(m, 'i'), 2);
    list(m, of_item(r.embedded), &count);
    assert_int_equal(count, 0);
    purge.uid = b.uid;
    assert_ok(m, model_run(m, purge_in, &purge));
    assert_int_equal(model_rows(m, 'i') + model_rows(m, 'b'), 0);
    struct row_act deep = {.item = model_add(m, inbox, "a", 0).id, .part = PART_ATTACHMENT};
    enum code code = OK;
    int levels = 0;
    for (; code == OK && levels < 100; levels++) {
        assert_ok(m, model_run(m, row_add_in, &deep));
        code = model_run(m, embed_in, &deep);
        deep.item = deep.embedded;
    }
    assert_int_equal(code, E_LIMIT);
    assert_int_equal(levels, PROPERTY_EMBED_MAX + 1);
}

struct named {
    struct property_name name;
    uint16_t number;
};

static enum code named_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    struct named *n = arg;
    return property_name_number(cx, t, &n->name, &n->number);
}

static void names_get_numbers_for_ever(void **state)
{
    struct model *m = *state;
    struct named a = {.name = {.guid = {0, 1, 2, 3}, .by_text = true, .text = STR("Keywords")}};
    struct named b = {.name = {.guid = {0, 1, 2, 3}, .number = 0x8233}};
    struct named c = {.name = {.guid = {9}, .by_text = true, .text = STR("Keywords")}};
    assert_ok(m, model_run(m, named_in, &a));
    assert_ok(m, model_run(m, named_in, &b));
    assert_ok(m, model_run(m, named_in, &c));
    assert_int_equal(a.number, 0x8000);
    assert_int_equal(b.number, 0x8001);
    assert_int_equal(c.number, 0x8002);
    a.name.text = STR("KEYWORDS");
    assert_ok(m, model_run(m, named_in, &a));
    assert_int_equal(a.number, 0x8000);
    struct property_name back;
    assert_ok(m, property_name_of(&m->cx, m->core, ACCOUNT, 0x8000, &back));
    assert_str(back.text, "Keywords");
    assert_memory_equal(back.guid, a.name.guid, 16);
    assert_ok(m, property_name_of(&m->cx, m->core, ACCOUNT, 0x8001, &back));
    assert_int_equal(back.number, 0x8233);
    assert_int_equal(property_name_of(&m->cx, m->core, ACCOUNT, 0x8003, &back), E_NOT_FOUND);
    uint16_t number;
    assert_ok(m, property_name_find(&m->cx, m->core, ACCOUNT, &c.name, &number));
    assert_int_equal(number, 0x8002);
    c.name.text = STR("");
    assert_int_equal(model_run(m, named_in, &c), E_SYNTAX);
    c.name.text = str_of(arena_alloc(m->cx.arena, 201), 201);
    assert_int_equal(model_run(m, named_in, &c), E_LIMIT);
}

struct identify {
    item_id id;
    struct item_identity identity;
};

static enum code identify_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct identify *i = arg;
    return item_identity_set(cx, t, i->id, &i->identity);
}

static void identities_are_kept(void **state)
{
    struct model *m = *state;
    folder_id inbox = model_folder(m, ROLE_INBOX);
    struct item_placed a = model_add(m, inbox, "a", 0), b = model_add(m, inbox, "b", 0);
    struct item_identity own, now;
    item_id id;
    assert_ok(m, item_identity_get(&m->cx, m->core, ACCOUNT, a.id, &own));
    assert_int_equal(own.source_key.n, 22);
    assert_int_equal(own.change_key.n, 22);
    assert_int_equal(own.predecessors.n, 23);
    assert_ok(m, item_by_source_key(&m->cx, m->core, ACCOUNT, own.source_key, &id));
    assert_int_equal(id, a.id);
    struct identify i = {a.id,
                         {.source_key = STR("GUIDGUIDGUIDGUIDcount1"),
                          .change_key = STR("guidguidguidguidlocal"),
                          .predecessors = STR("\x15guidguidguidguidlocal")}};
    assert_ok(m, model_run(m, identify_in, &i));
    assert_ok(m, item_identity_get(&m->cx, m->core, ACCOUNT, a.id, &now));
    assert_true(str_eq(now.source_key, i.identity.source_key));
    assert_true(str_eq(now.change_key, i.identity.change_key));
    assert_true(str_eq(now.predecessors, i.identity.predecessors));
    assert_ok(m, item_by_source_key(&m->cx, m->core, ACCOUNT, i.identity.source_key, &id));
    assert_int_equal(id, a.id);
    i.id = b.id;
    assert_int_equal(model_run(m, identify_in, &i), E_EXISTS);
    assert_ok(m, model_flags(m, inbox, a.uid, FLAGS_ADD, FLAG_FLAGGED, NULL));
    assert_ok(m, item_identity_get(&m->cx, m->core, ACCOUNT, a.id, &now));
    assert_false(str_eq(now.change_key, i.identity.change_key));
    assert_int_equal(now.predecessors.n, 22 + 23);
    assert_ok(m, model_move(m, inbox, a.uid, model_folder(m, ROLE_TRASH), &a));
    assert_ok(m, item_identity_get(&m->cx, m->core, ACCOUNT, a.id, &now));
    assert_int_equal(item_by_source_key(&m->cx, m->core, ACCOUNT, i.identity.source_key, &id),
                     E_NOT_FOUND);
    assert_int_equal(item_by_source_key(&m->cx, m->core, ACCOUNT, own.source_key, &id),
                     E_NOT_FOUND);
    assert_ok(m, item_by_source_key(&m->cx, m->core, ACCOUNT, now.source_key, &id));
    assert_int_equal(id, a.id);
    i.identity.source_key = STR("short");
    assert_int_equal(model_run(m, identify_in, &i), E_SYNTAX);
    i.identity = (struct item_identity){.predecessors = STR("\x20too short")};
    assert_int_equal(model_run(m, identify_in, &i), E_SYNTAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_stored_comes_back, model_open, model_close),
        cmocka_unit_test_setup_teardown(values_must_fit_their_type, model_open, model_close),
        cmocka_unit_test_setup_teardown(large_values_are_blobs, model_open, model_close),
        cmocka_unit_test_setup_teardown(rows_have_numbers_that_stay, model_open, model_close),
        cmocka_unit_test_setup_teardown(embedded_items_follow_their_holder, model_open,
                                        model_close),
        cmocka_unit_test_setup_teardown(names_get_numbers_for_ever, model_open, model_close),
        cmocka_unit_test_setup_teardown(identities_are_kept, model_open, model_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
