#include "core/core.h"
#include "base/metric.h"
#include "core/columns/columns.h"
#include "core/directory/cache.h"
#include "core/quota/fullness.h"
#include "core/view/cache.h"

enum code core_open(struct ctx *cx, const struct core *parts, struct core **out)
{
    (void)cx;
    struct core *c = calloc(1, sizeof *c);
    must(c);
    *c = *parts;
    c->views = views_open(parts->views_bytes ? parts->views_bytes : VIEWS_BYTES);
    c->columns = views_open(parts->columns_bytes ? parts->columns_bytes : COLUMNS_BYTES);
    c->columns_metric = metric_of(c->metrics, METRIC_GAUGE, "postroad_core_columns_bytes", "",
                                  "Memory of columns for searching and sorting.");
    const char *opened = "postroad_core_views_opened_total", *help = "Views made anew.";
    c->opened_sealed = metric_of(c->metrics, METRIC_COUNTER, opened, "from=\"seal\"", help);
    c->opened_walked = metric_of(c->metrics, METRIC_COUNTER, opened, "from=\"rows\"", help);
    c->sealed = metric_of(c->metrics, METRIC_COUNTER, "postroad_core_views_sealed_total", "",
                          "Views of large folders written into the store.");
    c->directory = directory_cache_open();
    c->fullness = fullness_open();
    *out = c;
    return OK;
}

void core_close(struct core *c)
{
    fullness_close(c->fullness);
    directory_cache_close(c->directory);
    views_close(c->columns);
    views_close(c->views);
    free(c);
}
