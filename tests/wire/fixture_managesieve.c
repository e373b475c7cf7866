/* The world of ManageSieve's dialogues: jane@example.com and john@example.com, who log in with
   "secret". */
#include "../unit/imap/world.h"
#include "base/cur.h"
#include "core/rights.h"
#include "fixture.h"
#include "proto/managesieve/managesieve.h"
#include "service/filter.h"

struct managesieve_world {
    struct imap_world *w;
    struct filters_config config;
    struct managesieve_env env;
    bool opened; /* the engine has seen the settings: they are fixed */
};

static void *world_open(struct ctx *cx)
{
    struct managesieve_world *p = calloc(1, sizeof *p);
    must(p);
    p->w = imap_world_open();
    p->w->cx.now_ms = cx->now_ms;
    imap_world_password(p->w, p->w->jane, "secret");
    imap_world_password(p->w, p->w->john, "secret");
    p->env = (struct managesieve_env){
        .core = p->w->core, .auth = p->w->auth, .limits = managesieve_limits_default};
    p->env.limits.plain_in_clear = true;
    return p;
}

static void world_close(void *world)
{
    struct managesieve_world *p = world;
    if (p->opened) {
        managesieve_env_close(&p->env);
        filters_close(p->env.filters);
    }
    imap_world_close(p->w);
    free(p);
}

static void *world_env(void *world)
{
    struct managesieve_world *p = world;
    if (!p->opened) {
        p->env.filters = filters_open(p->w->core, &p->config);
        managesieve_env_open(&p->env);
    }
    p->opened = true;
    return &p->env;
}

static void tls_only(struct managesieve_world *p)
{
    static const struct auth_config config = {
        .address_failures = 100, .account_failures = 100, .window_s = 600, .delay_ms = 2000};
    auth_close(p->w->auth);
    p->env.auth = p->w->auth = auth_open(p->w->core, &config);
}

static enum code grant(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct grant *g = arg;
    return rights_grant(cx, t, 0, g);
}

/* john is given rights on jane's mailbox as a whole. */
static bool share(struct imap_world *w, uint32_t rights)
{
    struct grant g = {GRANTEE_PRINCIPAL, w->john, rights};
    return account_update(&w->cx, w->core, w->jane, grant, &g) == OK;
}

/* "john may read jane", "john may administer jane"; "tls only"; "scripts 2": of an account; "script
   bytes 100", "all bytes 200"; "home jane HOST": her mailbox is there. */
static bool world_set(struct ctx *cx, void *world, struct str line)
{
    struct managesieve_world *p = world;
    struct cur c = cur_of(line);
    p->w->cx.now_ms = cx->now_ms;
    if (cur_text(&c, STR("scripts ")))
        return cur_u32(&c, &p->config.scripts.scripts) && !p->opened;
    if (cur_text(&c, STR("script bytes ")))
        return cur_u64(&c, &p->config.scripts.bytes) && !p->opened;
    if (cur_text(&c, STR("all bytes ")))
        return cur_u64(&c, &p->config.scripts.all_bytes) && !p->opened;
    if (cur_text(&c, STR("home jane "))) {
        struct principal jane;
        must(directory_by_id(&p->w->cx, p->w->core, p->w->jane, &jane) == OK);
        jane.home = c.rest;
        return directory_set(&p->w->cx, p->w->core, &jane) == OK;
    }
    if (str_eq(line, STR("john may read jane")))
        return share(p->w, RIGHT_LOOKUP | RIGHT_READ);
    if (str_eq(line, STR("john may administer jane")))
        return share(p->w, RIGHT_LOOKUP | RIGHT_READ | RIGHT_ADMIN);
    if (!str_eq(line, STR("tls only")))
        return false;
    tls_only(p);
    return true;
}

extern const struct wire_fixture managesieve_fixture;
const struct wire_fixture managesieve_fixture = {.engine = &managesieve_engine,
                                                 .role = "managesieve",
                                                 .open = world_open,
                                                 .close = world_close,
                                                 .env = world_env,
                                                 .set = world_set};
