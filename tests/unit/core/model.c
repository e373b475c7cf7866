#include "model.h"

int model_open(void **state)
{
    struct model *m = calloc(1, sizeof *m);
    must(m);
    m->random.seed = 1;
    m->cx = (struct ctx){.arena = arena_open(), .now_ms = MODEL_NOW, .random = &m->random};
    struct store_config config = {.engine = STR("memory"), .blob_cache_bytes = 1 << 20};
    assert_ok(m, store_open(&m->cx, &config, &m->store));
    struct core parts = {.store = m->store, .host_name = STR("test.example")};
    assert_ok(m, core_open(&m->cx, &parts, &m->core));
    assert_ok(m, account_create(&m->cx, m->core, ACCOUNT, NULL));
    *state = m;
    return 0;
}

int model_close(void **state)
{
    struct model *m = *state;
    core_close(m->core);
    store_close(m->store);
    arena_close(m->cx.arena);
    free(m);
    return 0;
}

void model_reopen(struct model *m)
{
    struct core parts = *m->core;
    core_close(m->core);
    assert_ok(m, core_open(&m->cx, &parts, &m->core));
}

folder_id model_folder(struct model *m, enum role role)
{
    struct account_view *v AUTO(account_view_unref) = NULL;
    assert_ok(m, account_view_get(&m->cx, m->core, ACCOUNT, &v));
    const struct folder_facts *facts = account_folder_by_role(v, role);
    assert_non_null(facts);
    return facts->id;
}

struct account_facts model_facts(struct model *m)
{
    struct account_view *v AUTO(account_view_unref) = NULL;
    assert_ok(m, account_view_get(&m->cx, m->core, ACCOUNT, &v));
    return *account_facts(v);
}

struct folder_facts model_folder_facts(struct model *m, folder_id folder)
{
    struct account_view *v AUTO(account_view_unref) = NULL;
    assert_ok(m, account_view_get(&m->cx, m->core, ACCOUNT, &v));
    const struct folder_facts *facts = account_folder_by_id(v, folder);
    assert_non_null(facts);
    struct folder_facts copy = *facts;
    copy.name = str_dup(m->cx.arena, facts->name);
    copy.path = str_dup(m->cx.arena, facts->path);
    copy.keywords = NULL;
    return copy;
}

enum code model_run(struct model *m, account_fn *fn, void *arg)
{
    return account_update(&m->cx, m->core, ACCOUNT, fn, arg);
}

struct add {
    const struct item_new *new;
    struct item_placed *out;
};

static enum code add_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct add *add = arg;
    return item_add(cx, t, add->new, add->out);
}

enum code model_add_new(struct model *m, struct item_new *new, const char *text,
                        struct item_placed *out)
{
    struct blob_new *blob;
    assert_ok(m, blob_prepare(&m->cx, m->store, str_z(text), &blob));
    new->blob = blob;
    struct add add = {new, out};
    return model_run(m, add_in, &add);
}

struct item_placed model_add(struct model *m, folder_id folder, const char *text, uint32_t flags)
{
    struct item_new new = {.folder = folder,
                           .flags = flags,
                           .received_ms = m->cx.now_ms,
                           .saved_ms = m->cx.now_ms,
                           .summary = STR("summary")};
    struct item_placed placed;
    assert_ok(m, model_add_new(m, &new, text, &placed));
    return placed;
}

struct one {
    folder_id folder, to;
    uint32_t uid;
    struct item_flags flags;
    struct item_placed *out;
    struct str path;
    folder_id *made;
};

static enum code flags_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct one *one = arg;
    bool changed;
    uint64_t modseq;
    return item_set_flags(cx, t, one->folder, one->uid, &one->flags, &changed, &modseq);
}

enum code model_flags(struct model *m, folder_id folder, uint32_t uid, enum flag_change how,
                      uint32_t flags, const char *keyword)
{
    struct str name = str_z(keyword);
    struct one one = {.folder = folder, .uid = uid};
    one.flags = (struct item_flags){.how = how,
                                    .flags = flags,
                                    .keywords = &name,
                                    .keyword_count = keyword ? 1 : 0,
                                    .unchanged_since = UINT64_MAX};
    return model_run(m, flags_in, &one);
}

static enum code move_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct one *one = arg;
    return item_move(cx, t, one->folder, one->uid, one->to, cx->now_ms, one->out);
}

enum code model_move(struct model *m, folder_id from, uint32_t uid, folder_id to,
                     struct item_placed *out)
{
    struct one one = {.folder = from, .uid = uid, .to = to, .out = out};
    return model_run(m, move_in, &one);
}

static enum code copy_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct one *one = arg;
    return item_copy(cx, t, one->folder, one->uid, one->to, cx->now_ms, one->out);
}

enum code model_copy(struct model *m, folder_id from, uint32_t uid, folder_id to,
                     struct item_placed *out)
{
    struct one one = {.folder = from, .uid = uid, .to = to, .out = out};
    return model_run(m, copy_in, &one);
}

static enum code remove_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct one *one = arg;
    return item_remove(cx, t, one->folder, one->uid, cx->now_ms);
}

enum code model_remove(struct model *m, folder_id folder, uint32_t uid)
{
    struct one one = {.folder = folder, .uid = uid};
    return model_run(m, remove_in, &one);
}

static enum code create_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct one *one = arg;
    return folder_create(cx, t, one->path, KIND_MAIL, ROLE_NONE, one->made);
}

enum code model_create(struct model *m, const char *path, folder_id *out)
{
    struct one one = {.path = str_z(path), .made = out};
    return model_run(m, create_in, &one);
}

enum code model_changes(struct model *m, uint64_t since, folder_id folder, struct change **out,
                        size_t *count)
{
    struct change_scan *w AUTO(change_scan_close) = NULL;
    enum code code = change_scan(&m->cx, m->core, ACCOUNT, since, folder, &w);
    if (code != OK)
        return code;
    *out = ARENA_ARRAY(m->cx.arena, 10000, struct change);
    *count = 0;
    while (*count < 10000 && change_next(w, &(*out)[*count]))
        ++*count;
    return change_scan_error(w);
}

struct row {
    struct str key, value;
};

static enum code row_put_in(struct ctx *cx, struct txn *t, void *arg)
{
    (void)cx;
    const struct row *row = arg;
    txn_put(t, row->key, row->value);
    return OK;
}

void model_row_put(struct model *m, struct str key, struct str value)
{
    struct row row = {key, value};
    assert_ok(m, store_update(&m->cx, m->store, ACCOUNT, row_put_in, &row));
}

static enum code row_delete_in(struct ctx *cx, struct txn *t, void *arg)
{
    (void)cx;
    const struct row *row = arg;
    txn_delete(t, row->key);
    return OK;
}

void model_row_delete(struct model *m, struct str key)
{
    struct row row = {key, {0}};
    assert_ok(m, store_update(&m->cx, m->store, ACCOUNT, row_delete_in, &row));
}

bool model_row_get(struct model *m, struct str key, struct str *value)
{
    enum code code = store_get(&m->cx, m->store, ACCOUNT, key, value);
    if (code != E_NOT_FOUND)
        assert_ok(m, code);
    return code == OK;
}

size_t model_rows(struct model *m, char family)
{
    char after = (char)(family + 1);
    struct range range = {.from = str_of(&family, 1), .to = str_of(&after, 1)};
    struct scan *w AUTO(scan_close) = store_scan(&m->cx, m->store, ACCOUNT, range);
    struct str key, value;
    size_t n = 0;
    while (scan_next(w, &key, &value))
        n++;
    assert_ok(m, scan_error(w));
    return n;
}
