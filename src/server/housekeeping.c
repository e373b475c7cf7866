#include "server/housekeeping.h"
#include "base/log.h"
#include "base/metric.h"
#include "io/io.h"
#include "server/server.h"
#include "store/maintain.h"
#include <stdlib.h>

enum { SWEEP_PERIOD_MS = 60 * 1000, SWEEP_BATCH = 1000 };

struct housekeeping {
    struct server *server;
    struct io_timer *sweep;
    struct metric *swept, *disk_bytes;
};

/* Blobs that nobody refers to any more. Bounded: what is left waits for the next time. */
static void sweep(struct ctx *cx, void *arg)
{
    struct housekeeping *h = arg;
    size_t removed;
    bool more;
    enum code code = store_sweep(cx, h->server->store, SWEEP_BATCH, &removed, &more);
    if (code != OK) {
        log_event(h->server->log, LOG_WARN, "store.sweep-failed", "code=%s why=%s", code_name(code),
                  log_quote(cx->arena, str_z(cx->err.what)));
        return;
    }
    metric_add(h->swept, (int64_t)removed);
    metric_set(h->disk_bytes, (int64_t)store_stats(h->server->store).bytes_on_disk);
}

struct housekeeping *housekeeping_open(struct server *s)
{
    struct housekeeping *h = calloc(1, sizeof *h);
    must(h);
    h->server = s;
    h->swept = metric_of(s->metrics, METRIC_COUNTER, "postroad_store_swept_blobs_total", "",
                         "Blobs removed after their last reference.");
    h->disk_bytes =
        metric_of(s->metrics, METRIC_GAUGE, "postroad_store_disk_bytes", "", "Size of the store.");
    h->sweep = io_timer(s->io, SWEEP_PERIOD_MS, SWEEP_PERIOD_MS, sweep, h);
    return h;
}

void housekeeping_close(struct housekeeping *h)
{
    io_timer_cancel(h->sweep);
    free(h);
}
