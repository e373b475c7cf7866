#include "service/requests.h"
#include "base/map.h"
#include "base/metric.h"
#include <stdatomic.h>
#include <stdlib.h>

struct requests {
    struct metric *refused;
    atomic_uint under_way[REQUESTS_SLOTS];
};

struct requests *requests_open(struct metrics *m)
{
    struct requests *r = calloc(1, sizeof *r);
    must(r);
    r->refused = metric_of(m, METRIC_COUNTER, "postroad_requests_refused_total", "",
                           "Requests refused because the account had too many under way.");
    return r;
}

void requests_close(struct requests *r)
{
    free(r);
}

static atomic_uint *slot_of(struct requests *r, principal_id who)
{
    return &r->under_way[hash_bytes(map_u64(&who)) % REQUESTS_SLOTS];
}

enum code requests_begin(struct ctx *cx, struct requests *r, principal_id who)
{
    if (!r || !who || atomic_fetch_add(slot_of(r, who), 1) < REQUESTS_EACH)
        return OK;
    requests_end(r, who);
    metric_add(r->refused, 1);
    return fail(cx, E_BUSY, "%d requests of this account are under way", REQUESTS_EACH);
}

void requests_end(struct requests *r, principal_id who)
{
    if (r && who)
        atomic_fetch_sub(slot_of(r, who), 1);
}
