/* The world of HTTP's dialogues: a few rows as other rooms will have them. "@ tls from the start"
   is https. */
#include "base/cur.h"
#include "fixture.h"
#include "http_rows.h"
#include <stdlib.h>

static void *world_open(struct ctx *cx)
{
    struct http_env *e = calloc(1, sizeof *e);
    (void)cx;
    must(e);
    e->sites[0] = (struct http_site){http_test_rows, NULL};
    e->site_count = 1;
    e->limits = http_limits_default;
    http_env_open(e);
    return e;
}

static void world_close(void *world)
{
    http_env_close(world);
    free(world);
}

static void *world_env(void *world)
{
    return world;
}

/* "redirects to port 443", "no HSTS". */
static bool world_set(struct ctx *cx, void *world, struct str line)
{
    struct http_env *e = world;
    struct cur c = cur_of(line);
    uint32_t port;
    (void)cx;
    if (str_eq(line, STR("no HSTS"))) {
        e->limits.hsts_s = 0;
        return true;
    }
    if (!cur_text(&c, STR("redirects to port ")) || !cur_u32(&c, &port))
        return false;
    e->tls_port = (uint16_t)port;
    return true;
}

extern const struct wire_fixture http_fixture;
const struct wire_fixture http_fixture = {.engine = &http_engine,
                                          .role = "http",
                                          .open = world_open,
                                          .close = world_close,
                                          .env = world_env,
                                          .set = world_set};
