/* How often each method was called, how long it took, how often it ended with an error: a row for
   each that there is, and for no other, whatever clients ask for. */
#include "base/clock.h"
#include "base/metric.h"
#include "proto/jmap/call.h"
#include <stdio.h>

enum { LABEL_MAX = 100 };

void jmap_meters_open(struct jmap_env *e)
{
    char label[LABEL_MAX];
    for (size_t i = 0; jmap_methods[i].name.n; i++) {
        must(i < JMAP_METHODS_MAX);
        int n = snprintf(label, sizeof label, "method=\"%.*s\"", STR_ARG(jmap_methods[i].name));
        must(n > 0 && (size_t)n < sizeof label);
        e->meters[i].seconds = metric_of(e->metrics, METRIC_SECONDS, "postroad_jmap_method_seconds",
                                         label, "How long calls of a JMAP method took.");
        e->meters[i].errors =
            metric_of(e->metrics, METRIC_COUNTER, "postroad_jmap_method_errors_total", label,
                      "Calls of a JMAP method that ended with a method-level error.");
    }
}

void jmap_meter(const struct jmap_call *call, int64_t start_us)
{
    for (size_t i = 0; call->method && jmap_methods[i].name.n; i++)
        if (call->method == &jmap_methods[i]) {
            metric_observe_us(call->env->meters[i].seconds, clock_mono_us() - start_us);
            metric_add(call->env->meters[i].errors, call->error != NULL);
        }
}
