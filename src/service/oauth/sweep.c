/* What has had its time is taken away. */
#include "base/map.h"
#include "service/oauth/code.h"
#include "service/oauth/device.h"
#include "service/oauth/keys.h"
#include "service/oauth/mint.h"

static const int64_t strange_ms = INT64_C(86400000) * CLIENT_STRANGE_DAYS;

struct gone {
    const struct oauth_grant *grants;
    size_t count;
};

static enum code drop_in(struct ctx *cx, struct txn *t, void *arg)
{
    const struct gone *g = arg;
    for (size_t i = 0; i < g->count; i++) {
        struct oauth_grant now;
        enum code code = grant_read(cx, t, g->grants[i].who, g->grants[i].id, &now);
        if (code == OK && now.used_ms == g->grants[i].used_ms)
            grant_remove(t, now.who, now.id);
        else if (code != E_NOT_FOUND)
            TRY(code);
    }
    return OK;
}

/* Those that cannot come alive again: by time, or with their client or person. */
static enum code sweep_grants(struct ctx *cx, struct oauth *o, struct map *clients)
{
    struct oauth_grant *all;
    struct gone gone = {0};
    size_t count;
    TRY(oauth_grant_list(cx, o, 0, &all, &count));
    gone.grants = all;
    for (size_t i = 0; i < count; i++) {
        struct principal who;
        enum code code = oauth_grant_alive(cx, o, &all[i], &who);
        if (code == OK)
            (void)map_put(clients, all[i].client, o);
        else if (code == E_DENIED)
            all[gone.count++] = all[i];
        else
            return code;
    }
    return gone.count ? store_update(cx, o->core->store, OAUTH_PART, drop_in, &gone) : OK;
}

static enum code sweep_clients(struct ctx *cx, struct oauth *o, const struct map *used)
{
    struct oauth_client *all;
    size_t count;
    TRY(oauth_client_list(cx, o, &all, &count));
    for (size_t i = 0; i < count; i++) {
        if (!all[i].strange || all[i].created_ms > cx->now_ms - strange_ms ||
            map_get(used, all[i].id))
            continue;
        enum code code = oauth_client_remove(cx, o, all[i].id);
        if (code != E_NOT_FOUND)
            TRY(code);
    }
    return OK;
}

enum code oauth_sweep(struct ctx *cx, struct oauth *o)
{
    struct map *used AUTO(map_close) = map_open();
    TRY(oauth_code_sweep(cx, o));
    TRY(oauth_device_sweep(cx, o));
    TRY(key_ring_sweep(cx, o));
    TRY(sweep_grants(cx, o, used));
    return sweep_clients(cx, o, used);
}
