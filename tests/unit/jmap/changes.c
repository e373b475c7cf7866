/* A client that knows what it was told, and follows /changes in pages of any size: after each it
   knows what is there. Random acts by the owner and by one who shares. */
#include "../unit.h"
#include "base/map.h"
#include "core/folder.h"
#include "format/json/tree.h"
#include "said.h"

enum { ROUNDS = 6, ACTS = 60, FOLDERS = 3, KINDS = 3 };

static const char *const folders[FOLDERS] = {"INBOX", "Box", "Closed"};
static const char *const kinds[KINDS] = {"Email", "Thread", "Mailbox"};
/* What is compared; of mailboxes the counts apart, as they may change alone. */
static const char *const properties[KINDS] = {
    "\"keywords\",\"mailboxIds\",\"threadId\"", "\"emailIds\"",
    "\"name\",\"parentId\",\"role\",\"myRights\",\"isSubscribed\""};
static const char counts[] = "\"totalEmails\",\"unreadEmails\",\"totalThreads\",\"unreadThreads\"";

/* What a client knows of one kind: by id its properties, as text. */
struct known {
    struct map *at, *counts;
    struct str state;
};

/* What queries found; those of the RFC's kinds whose changes can be told. */
static const char *const queries[] = {
    "\"filter\":{\"inMailbox\":\"F3e9-1\"},\"sort\":[{\"property\":\"size\"}]",
    "\"sort\":[{\"property\":\"hasKeyword\",\"keyword\":\"red\"},{\"property\":\"subject\","
    "\"isAscending\":false}]",
    "\"filter\":{\"notKeyword\":\"$seen\"},\"collapseThreads\":true",
    "\"filter\":{\"after\":\"2020-01-01T00:00:00Z\",\"from\":\"a\"},\"sort\":[{\"property\":"
    "\"sentAt\"}]",
};
enum { QUERIES = sizeof queries / sizeof *queries, FOUND_MAX = 5000 };

struct found {
    struct str ids[FOUND_MAX], state;
    size_t count;
};

struct client {
    struct jmap_said said;
    uint64_t account;
    struct known kind[KINDS];
    struct found found[QUERIES];
};

struct play {
    struct imap_world *w;
    struct random random;
    folder_id folder[FOLDERS];
    unsigned messages;
};

static void keep(struct arena *a, struct map *m, struct str id, struct str text)
{
    struct str *copy = ARENA_NEW(a, struct str);
    *copy = text;
    map_put(m, id, copy);
}

static struct str text_of(struct arena *a, const struct json_tree *v)
{
    struct buf b = buf_of(a, 1 << 20);
    struct json j = json_to(&b);
    jmap_tree_put(&j, v);
    return buf_str(&b);
}

/* The arguments of the first response; NULL when it is that error. */
static const struct json_tree *ask(struct client *c, struct str calls, struct str error)
{
    const struct json_tree *root;
    struct arena *a = c->said.w->cx.arena;
    struct str text = jmap_said(&c->said, str_zdup(a, calls));
    must(json_tree_read(&c->said.w->cx, text, &root) == OK);
    const struct json_tree *first = &json_tree_member(root, STR("methodResponses"))->values[0];
    const struct json_tree *args = &first->values[1];
    if (!str_eq(first->values[0].text, STR("error")))
        return args;
    if (!str_eq(json_tree_text(args, STR("type")), error))
        fail_msg("%.*s: %.*s", STR_ARG(calls), STR_ARG(text));
    return NULL;
}

static const struct json_tree *get(struct client *c, int kind, const char *names, struct str ids)
{
    struct arena *a = c->said.w->cx.arena;
    struct str calls = str_printf(
        a, "[\"%s/get\",{\"accountId\":\"A%llx\",\"ids\":%.*s,\"properties\":[%s]},\"0\"]",
        kinds[kind], (unsigned long long)c->account, STR_ARG(ids), names);
    return ask(c, calls, (struct str){0});
}

static void learn(struct client *c, struct map *m, const struct json_tree *got)
{
    const struct json_tree *list = json_tree_member(got, STR("list"));
    struct arena *a = c->said.w->cx.arena;
    for (size_t i = 0; i < list->count; i++)
        keep(a, m, json_tree_text(&list->values[i], STR("id")), text_of(a, &list->values[i]));
}

/* All that is there, asked for anew. */
static struct known truth(struct client *c, int kind)
{
    struct known k = {.at = map_open(), .counts = map_open()};
    struct arena *a = c->said.w->cx.arena;
    struct str ids = STR("null");
    if (kind != 2) {
        struct str query = str_printf(
            a,
            "[\"Email/query\",{\"accountId\":\"A%llx\"},\"0\"],[\"Email/"
            "get\",{\"accountId\":\"A%llx\","
            "\"properties\":[\"threadId\"],\"#ids\":{\"resultOf\":\"0\",\"name\":\"Email/query\","
            "\"path\":\"/ids\"}},\"1\"]",
            (unsigned long long)c->account, (unsigned long long)c->account);
        const struct json_tree *root;
        must(json_tree_read(&c->said.w->cx, jmap_said(&c->said, str_zdup(a, query)), &root) == OK);
        const struct json_tree *list = json_tree_member(
            &json_tree_member(root, STR("methodResponses"))->values[1].values[1], STR("list"));
        struct buf b = buf_of(a, 1 << 20);
        struct json j = json_to(&b);
        json_array(&j);
        for (size_t i = 0; i < list->count; i++)
            json_str(&j, json_tree_text(&list->values[i], kind ? STR("threadId") : STR("id")));
        json_array_end(&j);
        ids = buf_str(&b);
    }
    const struct json_tree *got = get(c, kind, properties[kind], ids);
    k.state = json_tree_text(got, STR("state"));
    learn(c, k.at, got);
    if (kind == 2)
        learn(c, k.counts, get(c, kind, counts, ids));
    return k;
}

static void forget(struct known *k)
{
    map_close(k->at);
    map_close(k->counts);
}

static void same(const char *what, const struct map *known, const struct map *there)
{
    struct str key;
    void *value;
    for (size_t at = 0; map_next(there, &at, &key, &value);) {
        const struct str *text = value, *have = map_get(known, key);
        if (!have || !str_eq(*have, *text))
            fail_msg("%s %.*s: knows %.*s, there is %.*s", what, STR_ARG(key),
                     have ? (int)have->n : 0, have ? have->p : "", STR_ARG(*text));
    }
    assert_int_equal(map_count(known), map_count(there));
}

/* Fetches those that are new; those that changed if they are known, as a client would. */
static void fetch(struct client *c, int kind, const struct json_tree *ids, bool new, bool all)
{
    struct known *k = &c->kind[kind];
    for (size_t i = 0; i < ids->count; i++) {
        struct str id = ids->values[i].text;
        struct str list = str_printf(c->said.w->cx.arena, "[\"%.*s\"]", STR_ARG(id));
        if (!new && !map_get(k->at, id))
            continue;
        if (all || new)
            learn(c, k->at, get(c, kind, properties[kind], list));
        if (kind == 2)
            learn(c, k->counts, get(c, kind, counts, list));
    }
}

static bool follow_page(struct client *c, int kind, size_t max)
{
    struct known *k = &c->kind[kind];
    struct str calls = str_printf(
        c->said.w->cx.arena,
        "[\"%s/"
        "changes\",{\"accountId\":\"A%llx\",\"sinceState\":\"%.*s\",\"maxChanges\":%zu},\"0\"]",
        kinds[kind], (unsigned long long)c->account, STR_ARG(k->state), max);
    const struct json_tree *got = ask(c, calls, STR("cannotCalculateChanges"));
    if (!got) {
        forget(k);
        *k = truth(c, kind);
        return false;
    }
    const struct json_tree *gone = json_tree_member(got, STR("destroyed"));
    const struct json_tree *some = json_tree_member(got, STR("updatedProperties"));
    const struct json_tree *new = json_tree_member(got, STR("created"));
    const struct json_tree *changed = json_tree_member(got, STR("updated"));
    assert_true(new->count + changed->count + gone->count <= max);
    fetch(c, kind, new, true, true);
    fetch(c, kind, changed, false, !json_tree_is(some, TREE_ARRAY));
    for (size_t i = 0; i < gone->count; i++) {
        (void)map_remove(k->at, gone->values[i].text);
        (void)map_remove(k->counts, gone->values[i].text);
    }
    k->state = json_tree_text(got, STR("newState"));
    return json_tree_true(got, STR("hasMoreChanges"));
}

static void find(struct client *c, size_t query, struct found *out)
{
    struct str calls =
        str_printf(c->said.w->cx.arena, "[\"Email/query\",{\"accountId\":\"A%llx\",%s},\"0\"]",
                   (unsigned long long)c->account, queries[query]);
    const struct json_tree *got = ask(c, calls, (struct str){0});
    const struct json_tree *ids = json_tree_member(got, STR("ids"));
    out->count = 0;
    for (size_t i = 0; i < ids->count; i++)
        out->ids[out->count++] = ids->values[i].text;
    out->state = json_tree_text(got, STR("queryState"));
    assert_true(json_tree_true(got, STR("canCalculateChanges")));
}

static void take_out(struct found *f, struct str id)
{
    size_t kept = 0;
    for (size_t i = 0; i < f->count; i++)
        if (!str_eq(f->ids[i], id))
            f->ids[kept++] = f->ids[i];
    f->count = kept;
}

static void put_in(struct found *f, struct str id, size_t index)
{
    assert_true(index <= f->count && f->count < FOUND_MAX);
    for (size_t i = f->count++; i > index; i--)
        f->ids[i] = f->ids[i - 1];
    f->ids[index] = id;
}

/* RFC 8620 section 5.6: what was removed goes, what was added comes, the lowest index first. */
static void follow_query(struct client *c, size_t query)
{
    struct found *f = &c->found[query];
    struct str calls =
        str_printf(c->said.w->cx.arena,
                   "[\"Email/queryChanges\",{\"accountId\":\"A%llx\",%s,"
                   "\"sinceQueryState\":\"%.*s\",\"calculateTotal\":true},\"0\"]",
                   (unsigned long long)c->account, queries[query], STR_ARG(f->state));
    const struct json_tree *got = ask(c, calls, STR("cannotCalculateChanges"));
    struct found *there = ARENA_NEW(c->said.w->cx.arena, struct found);
    find(c, query, there);
    if (got) {
        const struct json_tree *removed = json_tree_member(got, STR("removed"));
        const struct json_tree *added = json_tree_member(got, STR("added"));
        for (size_t i = 0; i < removed->count; i++)
            take_out(f, removed->values[i].text);
        for (size_t i = 0; i < added->count; i++)
            put_in(f, json_tree_text(&added->values[i], STR("id")),
                   (size_t)json_tree_member(&added->values[i], STR("index"))->integer);
        assert_int_equal(json_tree_member(got, STR("total"))->integer, there->count);
        assert_int_equal(f->count, there->count);
        for (size_t i = 0; i < there->count; i++)
            assert_str(f->ids[i], there->ids[i]);
    }
    *f = *there;
}

static void follow(struct play *p, struct client *c)
{
    for (size_t query = 0; query < QUERIES; query++)
        follow_query(c, query);
    for (int kind = 0; kind < KINDS; kind++) {
        while (follow_page(c, kind, 1 + random_below(&p->random, 4)))
            ;
        struct known there = truth(c, kind);
        same(kinds[kind], c->kind[kind].at, there.at);
        same("counts", c->kind[kind].counts, there.counts);
        forget(&there);
    }
}

static enum code act_on_item(struct ctx *cx, struct account_txn *t, void *arg)
{
    struct play *p = arg;
    struct random *r = &p->random;
    const struct str words[] = {STR("red"), STR("green")};
    struct item_flags change = {.how = random_below(r, 2) ? FLAGS_ADD : FLAGS_REMOVE,
                                .flags = 1U << random_below(r, 5),
                                .keywords = words,
                                .keyword_count = random_below(r, 3),
                                .unchanged_since = UINT64_MAX};
    struct item_placed placed;
    folder_id from = p->folder[random_below(r, FOLDERS)], to = p->folder[random_below(r, FOLDERS)];
    uint32_t uid = 1 + (uint32_t)random_below(r, 12);
    uint64_t modseq;
    bool changed;
    struct item_seen seen = {p->w->john, from, uid, random_below(r, 2)};
    enum code code = OK;
    switch (random_below(r, 6)) {
    case 0:
    case 1:
        code = item_set_flags(cx, t, from, uid, &change, &changed, &modseq);
        break;
    case 2:
        code = item_remove(cx, t, from, uid, cx->now_ms);
        break;
    case 3:
        code = item_set_seen_for(cx, t, &seen, &changed, &modseq);
        break;
    case 4:
        code = item_copy(cx, t, from, uid, to, cx->now_ms, &placed);
        break;
    default:
        code = from == to ? OK : item_move(cx, t, from, uid, to, cx->now_ms, &placed);
        break;
    }
    return code == E_NOT_FOUND ? OK : code;
}

static enum code act_on_folder(struct ctx *cx, struct account_txn *t, void *arg)
{
    struct play *p = arg;
    struct str path = str_printf(cx->arena, "New %zu", random_below(&p->random, 3));
    struct str other = str_printf(cx->arena, "New %zu", random_below(&p->random, 3));
    folder_id id;
    enum code code = folder_create(cx, t, path, KIND_MAIL, ROLE_NONE, &id);
    if (code == E_EXISTS)
        code = folder_rename(cx, t, path, other);
    return code == E_EXISTS || code == E_NOT_FOUND || code == E_DENIED ? OK : code;
}

static enum code act_delete(struct ctx *cx, struct account_txn *t, void *arg)
{
    enum code code = folder_delete(cx, t, *(folder_id *)arg);
    return code == E_NOT_FOUND ? OK : code;
}

static void deliver(struct play *p)
{
    struct arena *a = p->w->cx.arena;
    unsigned n = ++p->messages;
    struct str more = {0};
    if (random_below(&p->random, 2))
        more = str_printf(a, "References: <%zu@x>\r\n", 1 + random_below(&p->random, n));
    struct str message = str_printf(
        a, "From: a@x\r\nMessage-ID: <%u@x>\r\n%.*sSubject: one\r\n\r\nx\r\n", n, STR_ARG(more));
    imap_world_deliver(p->w, p->w->jane, folders[random_below(&p->random, FOLDERS)], message,
                       (struct str){0});
}

static void delete_one(struct play *p)
{
    struct account_view *v AUTO(account_view_unref) = NULL;
    must(account_view_get(&p->w->cx, p->w->core, p->w->jane, &v) == OK);
    const struct folder_facts *f = account_folder_by_path(v, STR("New 1"));
    folder_id id = f ? f->id : 0;
    if (id)
        must(account_update(&p->w->cx, p->w->core, p->w->jane, act_delete, &id) == OK);
}

static void act(struct play *p)
{
    struct imap_world *w = p->w;
    account_fn *fn = random_below(&p->random, 8) ? act_on_item : act_on_folder;
    switch (random_below(&p->random, 12)) {
    case 0:
    case 1:
    case 2:
        deliver(p);
        break;
    case 3:
        delete_one(p);
        break;
    case 4:
        if (!random_below(&p->random, 5))
            people_grant(w, w->jane, STR("Box"), STR("john"),
                         random_below(&p->random, 2) ? STR("lr") : STR("l"));
        break;
    default:
        must(account_update(&w->cx, w->core, w->jane, fn, p) == OK);
    }
}

static struct client *client_open(struct play *p, uint64_t who)
{
    struct client *c = ARENA_NEW(p->w->cx.arena, struct client);
    c->account = p->w->jane;
    jmap_said_open(&c->said, p->w, who);
    for (int kind = 0; kind < KINDS; kind++)
        c->kind[kind] = truth(c, kind);
    for (size_t query = 0; query < QUERIES; query++)
        find(c, query, &c->found[query]);
    return c;
}

static void client_close(struct client *c)
{
    for (int kind = 0; kind < KINDS; kind++)
        forget(&c->kind[kind]);
}

static void play(uint64_t seed)
{
    struct play p = {.w = imap_world_open(), .random = {.seed = seed}};
    people_folder(p.w, p.w->jane, STR("Box"));
    people_folder(p.w, p.w->jane, STR("Closed"));
    struct account_view *v = NULL;
    must(account_view_get(&p.w->cx, p.w->core, p.w->jane, &v) == OK);
    for (size_t i = 0; i < FOLDERS; i++)
        p.folder[i] = account_folder_by_path(v, str_z(folders[i]))->id;
    account_view_unref(v);
    people_grant(p.w, p.w->jane, STR("INBOX"), STR("john"), STR("lrs"));
    people_grant(p.w, p.w->jane, STR("Box"), STR("john"), STR("lr"));
    for (int i = 0; i < 8; i++)
        deliver(&p);
    struct client *jane = client_open(&p, p.w->jane), *john = client_open(&p, p.w->john);
    for (int i = 0; i < ACTS; i++) {
        for (size_t n = 1 + random_below(&p.random, 4); n; n--)
            act(&p);
        if (random_below(&p.random, 2))
            follow(&p, jane);
        if (random_below(&p.random, 2))
            follow(&p, john);
    }
    client_close(jane);
    client_close(john);
    imap_world_close(p.w);
}

static void clients_know_what_is_there(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= ROUNDS; seed++)
        play(seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(clients_know_what_is_there)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
