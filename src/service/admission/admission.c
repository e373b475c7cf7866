#include "base/arena.h"
#include "base/metric.h"
#include "service/admission/inner.h"
#include "service/admission/srs.h"
#include <stdlib.h>

struct admission *admission_open(const struct admission_parts *parts)
{
    struct admission *a = calloc(1, sizeof *a);
    must(a);
    a->parts = *parts;
    a->policy = policy_open(parts->core);
    a->lists = lists_open(parts->resolver, parts->log, parts->metrics);
    a->srs = srs_open(parts->core, a->policy);
    must(pthread_mutex_init(&a->lock, NULL) == 0);
    a->suspects = suspects_open(parts->core);
    a->alarms = metric_of(parts->metrics, METRIC_COUNTER, "postroad_admission_suspects_total", "",
                          "Accounts that became suspicious");
    a->limits = limits_open(parts->core);
    for (int i = PER_ACCOUNT; i < PER_END; i++) {
        char label[32];
        (void)snprintf(label, sizeof label, "per=\"%s\"", limit_per_name((enum limit_per)i));
        a->limited[i] =
            metric_of(parts->metrics, METRIC_COUNTER, "postroad_admission_limited_total", label,
                      "What limits of rate have put off");
    }
    a->greylist = greylist_open(parts->core, parts->metrics);
    a->grey_wait = metric_of(parts->metrics, METRIC_COUNTER, "postroad_admission_greylist_total",
                             "result=\"wait\"", "Recipients that greylisting looked at");
    a->grey_spf = metric_of(parts->metrics, METRIC_COUNTER, "postroad_admission_greylist_total",
                            "result=\"spf\"", "Recipients that greylisting looked at");
    a->listed_refused =
        metric_of(parts->metrics, METRIC_COUNTER, "postroad_admission_listed_total",
                  "action=\"refuse\"", "What became of clients that DNS lists know");
    a->listed_junk = metric_of(parts->metrics, METRIC_COUNTER, "postroad_admission_listed_total",
                               "action=\"junk\"", "What became of clients that DNS lists know");
    static const char *const before[] = {"before=\"greeting\"", "before=\"hello\""};
    for (size_t i = 0; i < 2; i++)
        a->early[i] = metric_of(parts->metrics, METRIC_COUNTER, "postroad_admission_early_total",
                                before[i], "Clients that were refused since they did not wait");
    return a;
}

void admission_close(struct admission *a)
{
    suspects_close(a->suspects);
    must(pthread_mutex_destroy(&a->lock) == 0);
    limits_close(a->limits);
    srs_close(a->srs);
    greylist_close(a->greylist);
    lists_close(a->lists);
    policy_close(a->policy);
    free(a);
}

struct policy *admission_policy(const struct admission *a)
{
    return a->policy;
}

struct lists *admission_lists(const struct admission *a)
{
    return a->lists;
}

struct suspects *admission_suspects(const struct admission *a)
{
    return a->suspects;
}

struct srs *admission_srs(const struct admission *a)
{
    return a->srs;
}

enum code admission_load(struct ctx *cx, struct admission *a)
{
    TRY(limits_load(cx, a->limits));
    return greylist_load(cx, a->greylist);
}

enum code admission_flush(struct ctx *cx, struct admission *a)
{
    TRY(admission_tell(cx, a));
    TRY(suspects_flush(cx, a->suspects));
    TRY(limits_flush(cx, a->limits));
    return greylist_flush(cx, a->greylist);
}

enum code admission_check(struct ctx *cx, struct admission *a)
{
    struct policy_view *view AUTO(policy_view_unref) = NULL;
    TRY(policy_get(cx, a->policy, &view));
    lists_check(cx, a->lists, view, NULL);
    return OK;
}
