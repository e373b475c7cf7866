/* The world of our client's dialogues: tests/world/errands.h. */
#include "../world/errands.h"
#include "fixture.h"

static void *open_world(struct ctx *cx)
{
    return errands_open(cx);
}

static void close_world(void *world)
{
    errands_close(world);
}

static void *env(void *world)
{
    struct errands *w = world;
    return &w->job;
}

static bool set(struct ctx *cx, void *world, struct str line)
{
    struct errands *w = world;
    w->cx->now_ms = cx->now_ms;
    return errands_set(w, line);
}

extern const struct wire_fixture remote_fixture;
const struct wire_fixture remote_fixture = {
    .engine = &client_engine,
    .role = "remote",
    .open = open_world,
    .close = close_world,
    .env = env,
    .set = set,
};
