#include "base/metric.h"
#include <pthread.h>
#include <stdatomic.h>

enum { BUCKETS = 12 };

/* Upper bounds in microseconds; the last bucket takes the rest. */
static const int64_t bounds_us[BUCKETS] = {100,   250,   500,    1000,    2500,    5000,
                                           10000, 50000, 100000, 1000000, 5000000, 10000000};

struct metric {
    struct metric *next; /* sorted by name, then labels */
    enum metric_kind kind;
    const char *name, *help;
    char *labels;
    atomic_int_least64_t value;                /* for a histogram: the sum in us */
    atomic_int_least64_t buckets[BUCKETS + 1]; /* each counts its own range alone */
};

struct metrics {
    pthread_mutex_t lock;
    struct metric *first;
};

struct metrics *metrics_open(void)
{
    struct metrics *m = calloc(1, sizeof *m);
    must(m);
    pthread_mutex_init(&m->lock, NULL);
    return m;
}

void metrics_close(struct metrics *m)
{
    if (!m)
        return;
    while (m->first) {
        struct metric *x = m->first;
        m->first = x->next;
        free(x->labels);
        free(x);
    }
    pthread_mutex_destroy(&m->lock);
    free(m);
}

static int order(const struct metric *x, const char *name, const char *labels)
{
    int by_name = strcmp(x->name, name);
    return by_name ? by_name : strcmp(x->labels, labels);
}

struct metric *metric_of(struct metrics *m, enum metric_kind kind, const char *name,
                         const char *labels, const char *help)
{
    if (!m)
        return NULL;
    pthread_mutex_lock(&m->lock);
    struct metric **at = &m->first;
    while (*at && order(*at, name, labels) < 0)
        at = &(*at)->next;
    struct metric *x = *at;
    if (!x || order(x, name, labels) != 0) {
        x = calloc(1, sizeof *x);
        must(x);
        x->kind = kind;
        x->name = name;
        x->help = help;
        x->labels = strdup(labels);
        must(x->labels);
        x->next = *at;
        *at = x;
    }
    pthread_mutex_unlock(&m->lock);
    return x;
}

void metric_add(struct metric *x, int64_t n)
{
    if (x)
        atomic_fetch_add_explicit(&x->value, n, memory_order_relaxed);
}

void metric_set(struct metric *x, int64_t value)
{
    if (x)
        atomic_store_explicit(&x->value, value, memory_order_relaxed);
}

int64_t metric_value(const struct metric *x)
{
    return x ? atomic_load_explicit(&x->value, memory_order_relaxed) : 0;
}

void metric_observe_us(struct metric *x, int64_t duration_us)
{
    if (!x)
        return;
    size_t i = 0;
    while (i < BUCKETS && duration_us > bounds_us[i])
        i++;
    atomic_fetch_add_explicit(&x->buckets[i], 1, memory_order_relaxed);
    metric_add(x, duration_us);
}

static void print_histogram(struct metric *x, struct buf *out)
{
    const char *comma = x->labels[0] ? "," : "";
    int64_t count = 0;
    for (size_t i = 0; i <= BUCKETS; i++) {
        count += atomic_load_explicit(&x->buckets[i], memory_order_relaxed);
        buf_printf(out, "%s_bucket{%s%sle=\"", x->name, x->labels, comma);
        if (i < BUCKETS)
            buf_printf(out, "%g\"} %lld\n", (double)bounds_us[i] / 1e6, (long long)count);
        else
            buf_printf(out, "+Inf\"} %lld\n", (long long)count);
    }
    const char *open = x->labels[0] ? "{" : "", *close = x->labels[0] ? "}" : "";
    buf_printf(out, "%s_sum%s%s%s %.6f\n", x->name, open, x->labels, close,
               (double)metric_value(x) / 1e6);
    buf_printf(out, "%s_count%s%s%s %lld\n", x->name, open, x->labels, close, (long long)count);
}

void metrics_print(struct metrics *m, struct buf *out)
{
    static const char *const kinds[] = {"counter", "gauge", "histogram"};
    pthread_mutex_lock(&m->lock);
    const char *last = "";
    for (struct metric *x = m->first; x; x = x->next) {
        if (strcmp(last, x->name) != 0)
            buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", x->name, x->help, x->name,
                       kinds[x->kind]);
        last = x->name;
        if (x->kind == METRIC_SECONDS)
            print_histogram(x, out);
        else if (x->labels[0])
            buf_printf(out, "%s{%s} %lld\n", x->name, x->labels, (long long)metric_value(x));
        else
            buf_printf(out, "%s %lld\n", x->name, (long long)metric_value(x));
    }
    pthread_mutex_unlock(&m->lock);
}
