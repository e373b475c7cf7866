#include "world.h"
#include "core/credential.h"
#include "core/item.h"
#include "core/search.h"
#include "format/summary.h"
#include "service/delivery.h"
#include "service/filter.h"
#include <unistd.h>

static void check(const struct ctx *cx, enum code code, const char *what)
{
    if (code == OK)
        return;
    fprintf(stderr, "%s: %s: %s\n", what, code_name(code), cx->err.what);
    abort();
}

static uint64_t person(struct imap_world *w, const char *name)
{
    struct principal p = {.kind = PRINCIPAL_PERSON,
                          .domain = w->domain,
                          .name = str_z(name),
                          .display = str_z(name),
                          .enabled = true};
    principal_id id;
    check(&w->cx, directory_add(&w->cx, w->core, &p, NULL, &id), "directory_add");
    return id;
}

static void layers_open(struct imap_world *w)
{
    struct store_config store = {
        .engine = STR("memory"), .cache_bytes = 1 << 20, .blob_cache_bytes = 1 << 20};
    static const struct auth_config auth = {.address_failures = 100,
                                            .account_failures = 100,
                                            .window_s = 600,
                                            .lockout_s = 600,
                                            .remember_s = 300,
                                            .delay_ms = 2000,
                                            .plain_in_clear = true};
    check(&w->cx, store_open(&w->cx, &store, &w->store), "store_open");
    struct core core = {.store = w->store, .host_name = STR("mail.example")};
    check(&w->cx, core_open(&w->cx, &core, &w->core), "core_open");
    w->auth = auth_open(w->core, &auth);
    w->env = (struct imap_env){.core = w->core, .auth = w->auth, .limits = imap_limits_default};
    w->env.limits.plain_in_clear = true;
}

struct imap_world *imap_world_open(void)
{
    struct imap_world *w = calloc(1, sizeof *w);
    must(w);
    w->random.seed = 1;
    w->cx = (struct ctx){
        .arena = arena_open(), .now_ms = 1767225600000, .random = &w->random, .slow = true};
    layers_open(w);
    struct domain d = {.name = STR("example.com"),
                       .title = STR("Example"),
                       .kind = DOMAIN_HOSTED,
                       .enabled = true};
    check(&w->cx, directory_domain_add(&w->cx, w->core, &d, &w->domain), "domain");
    w->jane = person(w, "jane");
    w->john = person(w, "john");
    return w;
}

void imap_world_close(struct imap_world *w)
{
    if (w->env.delivery)
        delivery_close(w->env.delivery);
    if (w->filters)
        filters_close(w->filters);
    if (w->search) {
        search_drop(w->search, w->jane);
        search_drop(w->search, w->john);
        search_close(w->search);
        rmdir(w->search_dir);
    }
    auth_close(w->auth);
    core_close(w->core);
    store_close(w->store);
    arena_close(w->cx.arena);
    free(w);
}

void imap_world_index(struct imap_world *w, uint64_t who)
{
    struct search_writer *writer AUTO(search_writer_close) = NULL;
    struct search_step step = {.messages_max = 1000, .more = true};
    if (!w->search) {
        snprintf(w->search_dir, sizeof w->search_dir, "/tmp/imap-search-XXXXXX");
        must(mkdtemp(w->search_dir));
        w->search = search_open(w->core, &(struct search_config){.dir = str_z(w->search_dir)});
        w->core->search = w->search;
    }
    check(&w->cx, search_writer_open(&w->cx, w->search, who, &writer), "index");
    while (step.more)
        check(&w->cx, search_writer_step(&w->cx, writer, &step), "index step");
}

void imap_world_password(struct imap_world *w, uint64_t who, const char *password)
{
    check(&w->cx, credential_set_password(&w->cx, w->core, who, str_z(password)), "password");
}

static enum code set_quota(struct ctx *cx, struct account_txn *t, void *arg)
{
    return account_set_quota(cx, t, arg);
}

void imap_world_quota(struct imap_world *w, uint64_t who, uint64_t bytes, uint64_t items)
{
    struct quota quota = {.receive_bytes = bytes, .items_max = items};
    check(&w->cx, account_update(&w->cx, w->core, who, set_quota, &quota), "quota");
}

static enum code add(struct ctx *cx, struct account_txn *t, void *arg)
{
    struct item_placed placed;
    return item_add(cx, t, arg, &placed);
}

void imap_world_deliver(struct imap_world *w, uint64_t who, const char *folder, struct str message,
                        struct str trace)
{
    struct blob_new *blob;
    struct item_new new = {.received_ms = w->cx.now_ms, .saved_ms = w->cx.now_ms, .trace = trace};
    struct account_view *v AUTO(account_view_unref) = NULL;
    check(&w->cx, account_view_get(&w->cx, w->core, who, &v), "account");
    const struct folder_facts *f = account_folder_by_path(v, str_z(folder));
    must(f);
    new.folder = f->id;
    check(&w->cx, blob_prepare(&w->cx, w->store, message, &blob), "blob");
    check(&w->cx, summary_make(&w->cx, message, &new.summary), "summary");
    new.blob = blob;
    check(&w->cx, account_update(&w->cx, w->core, who, add, &new), "deliver");
}

enum { FILL_AT_ONCE = 200 };

struct fill {
    struct item_new items[FILL_AT_ONCE];
    uint32_t count;
};

static enum code add_some(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct fill *f = arg;
    struct item_placed placed;
    for (uint32_t i = 0; i < f->count; i++)
        TRY(item_add(cx, t, &f->items[i], &placed));
    return OK;
}

static void fill_one(struct ctx *cx, struct imap_world *w, struct item_new *new, uint32_t number)
{
    struct blob_new *blob;
    struct str message =
        str_printf(cx->arena,
                   "From: Sender %u <sender%u@example.com>\r\nTo: jane@example.com\r\n"
                   "Subject: message %u\r\nMessage-ID: <%u@example.com>\r\n"
                   "Date: Thu, 1 Jan 2026 00:00:00 +0000\r\n\r\nThe text of %u.\r\n",
                   number, number % 500, number, number, number);
    check(cx, blob_prepare(cx, w->store, message, &blob), "blob");
    check(cx, summary_make(cx, message, &new->summary), "summary");
    new->blob = blob;
    new->received_ms = new->saved_ms = w->cx.now_ms;
}

void imap_world_fill(struct imap_world *w, uint64_t who, const char *folder, uint32_t count)
{
    struct arena *scratch AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = scratch, .now_ms = w->cx.now_ms, .random = &w->random};
    struct account_view *v AUTO(account_view_unref) = NULL;
    check(&cx, account_view_get(&cx, w->core, who, &v), "account");
    folder_id id = account_folder_by_path(v, str_z(folder))->id;
    for (uint32_t done = 0; done < count;) {
        struct fill *f = ARENA_NEW(scratch, struct fill);
        f->count = count - done < FILL_AT_ONCE ? count - done : FILL_AT_ONCE;
        for (uint32_t i = 0; i < f->count; i++) {
            f->items[i].folder = id;
            fill_one(&cx, w, &f->items[i], done + i + 1);
        }
        check(&cx, account_update(&cx, w->core, who, add_some, f), "fill");
        done += f->count;
        arena_reset(scratch);
    }
}
