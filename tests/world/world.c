#include "world.h"
#include "base/cur.h"
#include "base/metric.h"
#include "base/rope.h"
#include "core/credential.h"
#include "core/folder.h"
#include "core/item.h"

const struct delivery_config world_delivery = {
    .sub_address_separator = '+',
    .sub_address = SUB_ADDRESS_FOLDER,
    .over_quota = OVER_QUOTA_DEFER,
    .postmaster = STR("jane.roe@commonwealth.example"),
};

void world_must(const struct ctx *cx, enum code code, const char *what)
{
    if (code == OK)
        return;
    fprintf(stderr, "%s: %s: %s\n", what, code_name(code), cx->err.what);
    abort();
}

static uint64_t domain_make(struct world *w, const char *name, uint64_t parent,
                            enum domain_kind kind, bool enabled)
{
    struct domain d = {.name = str_z(name),
                       .title = str_z(name),
                       .parent = parent,
                       .kind = kind,
                       .enabled = enabled};
    uint64_t id;
    world_must(&w->cx, directory_domain_add(&w->cx, w->core, &d, &id), name);
    return id;
}

static principal_id principal_make(struct world *w, struct principal p, const struct quota *quota)
{
    principal_id id;
    p.display = p.name;
    p.enabled = true;
    world_must(&w->cx, directory_add(&w->cx, w->core, &p, quota, &id), "directory_add");
    return id;
}

principal_id world_person(struct world *w, uint64_t domain, const char *name,
                          const struct quota *quota)
{
    return principal_make(
        w, (struct principal){.kind = PRINCIPAL_PERSON, .domain = domain, .name = str_z(name)},
        quota);
}

static principal_id group_make(struct world *w, const char *name, const principal_id *members,
                               size_t count)
{
    principal_id id = principal_make(
        w,
        (struct principal){.kind = PRINCIPAL_GROUP, .domain = w->commonwealth, .name = str_z(name)},
        NULL);
    for (size_t i = 0; i < count; i++)
        world_must(&w->cx, directory_member_add(&w->cx, w->core, id, members[i]), name);
    return id;
}

static void people_make(struct world *w)
{
    static const struct str aliases[] = {STR("jane@health.example")};
    static const struct quota small = {.receive_bytes = 1000};
    w->jane = principal_make(w,
                             (struct principal){.kind = PRINCIPAL_PERSON,
                                                .domain = w->commonwealth,
                                                .name = STR("jane.roe"),
                                                .aliases = aliases,
                                                .alias_count = 1},
                             NULL);
    w->john = world_person(w, w->commonwealth, "john.doe", NULL);
    w->full = world_person(w, w->commonwealth, "full", &small);
    w->clerk = world_person(w, w->health, "clerk", NULL);
}

static void groups_make(struct world *w)
{
    principal_id contact = principal_make(w,
                                          (struct principal){.kind = PRINCIPAL_CONTACT,
                                                             .domain = w->commonwealth,
                                                             .name = STR("friend"),
                                                             .forward = STR("f@outside.example")},
                                          NULL);
    principal_id both[] = {w->jane, w->john}, mixed[] = {w->jane, contact};
    group_make(w, "staff", both, 2);
    group_make(w, "mixed", mixed, 2);
    group_make(w, "empty", NULL, 0);
    principal_id a = group_make(w, "ring-a", &w->jane, 1);
    principal_id b = group_make(w, "ring-b", (principal_id[]){w->john, a}, 2);
    world_must(&w->cx, directory_member_add(&w->cx, w->core, a, b), "ring");
}

static void script_put_active(struct world *w, const struct script_owner *owner,
                              enum script_place place, struct str name, const char *text)
{
    struct sieve_problems problems;
    enum code code = filters_put(&w->cx, w->filters, owner, name, str_z(text), &problems);
    if (code != OK && problems.count)
        fprintf(stderr, "line %u: %.*s\n", problems.at[0].line, STR_ARG(problems.at[0].text));
    world_must(&w->cx, code, text);
    world_must(&w->cx, script_activate(&w->cx, w->core, owner, place, name), "script_activate");
}

void world_script(struct world *w, principal_id who, const char *text)
{
    const struct script_owner owner = {.level = SCRIPT_OF_ACCOUNT, .id = who};
    script_put_active(w, &owner, SCRIPT_ACTIVE, STR("main"), text);
}

void world_domain_script(struct world *w, uint64_t domain, enum script_place place,
                         const char *text)
{
    const struct script_owner owner = {.level = SCRIPT_OF_DOMAIN, .id = domain};
    script_put_active(w, &owner, place, place == SCRIPT_BEFORE ? STR("before") : STR("after"),
                      text);
}

static void world_queue_open(struct world *w)
{
    world_must(&w->cx, queue_open(&w->cx, w->core, w->queue_config, &w->queue), "queue_open");
    queue_join(w->queue, w->delivery, w->routing, w->road);
    delivery_join(w->delivery, w->queue, w->routing);
}

void world_queue_again(struct world *w)
{
    queue_close(w->queue);
    world_queue_open(w);
}

static void layers_open(struct world *w, const struct world_config *config)
{
    struct store_config store = {.engine = str_z(config->engine ? config->engine : "memory"),
                                 .dir = str_z(config->dir),
                                 .cache_bytes = 8 << 20,
                                 .blob_cache_bytes = 8 << 20,
                                 .metrics = w->metrics};
    static const struct auth_config auth = {.address_failures = 10,
                                            .account_failures = 5,
                                            .window_s = 600,
                                            .lockout_s = 600,
                                            .remember_s = 300,
                                            .delay_ms = 2000};
    world_must(&w->cx, store_open(&w->cx, &store, &w->store), "store_open");
    struct core core = {.store = w->store, .metrics = w->metrics, .host_name = STR("mail.example")};
    world_must(&w->cx, core_open(&w->cx, &core, &w->core), "core_open");
    w->auth = auth_open(w->core, &auth);
    w->filters = filters_open(w->core, &(struct filters_config){.spam_field = STR("X-Spamd-Result"),
                                                                .virus_field = STR("X-Virus")});
    w->delivery = delivery_open(w->core, &config->delivery);
    delivery_set_filters(w->delivery, w->filters);
    w->queue_config = config->queue;
    w->road = config->road;
    if (config->queue) {
        w->routing = routing_open(w->core);
        world_queue_open(w);
    }
    if (config->resolver) {
        const struct admission_parts door = {
            .core = w->core, .resolver = config->resolver, .metrics = w->metrics};
        w->admission = admission_open(&door);
        delivery_set_srs(w->delivery, admission_srs(w->admission));
        delivery_set_admission(w->delivery, w->admission);
        admission_join(w->admission, w->delivery, w->queue);
    }
    w->limits = smtp_limits_default;
    w->env = (struct smtp_env){.core = w->core,
                               .auth = w->auth,
                               .delivery = w->delivery,
                               .admission = w->admission,
                               .metrics = w->metrics,
                               .limits = &w->limits,
                               .host_name = STR("mail.example")};
    smtp_env_open(&w->env);
}

struct world *world_open(const struct world_config *config)
{
    struct world_config plain = {.delivery = world_delivery};
    struct world *w = calloc(1, sizeof *w);
    must(w);
    w->random.seed = 1;
    w->cx = (struct ctx){
        .arena = arena_open(), .now_ms = 1700000000000, .random = &w->random, .slow = true};
    w->metrics = metrics_open();
    layers_open(w, config ? config : &plain);
    w->commonwealth = domain_make(w, "commonwealth.example", 0, DOMAIN_HOSTED, true);
    w->health = domain_make(w, "health.example", w->commonwealth, DOMAIN_HOSTED, true);
    domain_make(w, "closed.example", w->commonwealth, DOMAIN_HOSTED, false);
    domain_make(w, "agency.example", w->commonwealth, DOMAIN_ROUTED, true);
    people_make(w);
    groups_make(w);
    return w;
}

void world_close(struct world *w)
{
    smtp_env_close(&w->env);
    if (w->admission)
        admission_close(w->admission);
    queue_close(w->queue);
    delivery_close(w->delivery);
    filters_close(w->filters);
    routing_close(w->routing);
    auth_close(w->auth);
    core_close(w->core);
    store_close(w->store);
    metrics_close(w->metrics);
    arena_close(w->cx.arena);
    free(w);
}

void world_password(struct world *w, principal_id who, const char *password)
{
    world_must(&w->cx, credential_set_password(&w->cx, w->core, who, str_z(password)), "password");
}

int64_t world_metric(struct world *w, const char *name)
{
    struct arena *a = arena_open();
    struct buf text = buf_of(a, 1 << 20);
    metrics_print(w->metrics, &text);
    struct cur c = cur_of(buf_str(&text));
    struct str line;
    uint64_t value = 0;
    bool found = false;
    while (!found && cur_line(&c, &line)) {
        struct cur at = cur_of(line);
        found = cur_text(&at, str_z(name)) && cur_char(&at, ' ') && cur_u64(&at, &value);
    }
    must(found);
    arena_close(a);
    return (int64_t)value;
}

/* The folder's number, or 0. */
static folder_id folder_find(struct world *w, account_id account, const char *path, uint32_t *total,
                             uint32_t *uid_next)
{
    struct account_view *v AUTO(account_view_unref) = NULL;
    world_must(&w->cx, account_view_get(&w->cx, w->core, account, &v), "account_view_get");
    const struct folder_facts *f = account_folder_by_path(v, str_z(path));
    *total = f ? f->total : 0;
    *uid_next = f ? f->uid_next : 0;
    return f ? f->id : 0;
}

uint32_t world_count(struct world *w, account_id account, const char *path)
{
    uint32_t total, uid_next;
    folder_find(w, account, path, &total, &uid_next);
    return total;
}

struct str world_newest(struct world *w, account_id account, const char *path)
{
    uint32_t total, uid_next;
    struct item_row row;
    folder_id folder = folder_find(w, account, path, &total, &uid_next);
    world_must(&w->cx, item_get(&w->cx, w->core, account, folder, uid_next - 1, &row), "item_get");
    struct rope bytes = rope_of(w->cx.arena);
    world_must(&w->cx, item_bytes(&w->cx, w->core, &row, 0, UINT64_MAX, &bytes), "item_bytes");
    struct str all = rope_flatten(&bytes, w->cx.arena);
    rope_drop(&bytes);
    return all;
}

static enum code folder_make(struct ctx *cx, struct account_txn *t, void *arg)
{
    folder_id id;
    return folder_create(cx, t, str_z(arg), KIND_MAIL, ROLE_NONE, &id);
}

void world_folder(struct world *w, account_id account, const char *path)
{
    char name[200];
    snprintf(name, sizeof name, "%s", path);
    world_must(&w->cx, account_update(&w->cx, w->core, account, folder_make, name), path);
}
