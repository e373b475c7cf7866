#include "base/metric.h"
#include "unit.h"
#include <pthread.h>

static struct str printed(struct metrics *m, struct arena *a)
{
    struct buf out = buf_of(a, 1024 * 1024);
    metrics_print(m, &out);
    assert_false(out.overflow);
    return buf_str(&out);
}

static void counters_and_gauges(void **state)
{
    (void)state;
    struct arena *a AUTO(arena_close) = arena_open();
    struct metrics *m = metrics_open();
    assert_str(printed(m, a), STR(""));
    struct metric *mail = metric_of(m, METRIC_COUNTER, "smtp_total", "verb=\"MAIL\"", "Commands.");
    struct metric *rcpt = metric_of(m, METRIC_COUNTER, "smtp_total", "verb=\"RCPT\"", "Commands.");
    struct metric *open = metric_of(m, METRIC_GAUGE, "connections", "", "Now open.");
    assert_ptr_equal(metric_of(m, METRIC_COUNTER, "smtp_total", "verb=\"MAIL\"", "Commands."),
                     mail);
    metric_add(mail, 2);
    metric_add(mail, 1);
    metric_set(open, 5);
    metric_add(open, -7);
    assert_int_equal(metric_value(mail), 3);
    assert_int_equal(metric_value(rcpt), 0);
    assert_str(printed(m, a), STR("# HELP connections Now open.\n"
                                  "# TYPE connections gauge\n"
                                  "connections -2\n"
                                  "# HELP smtp_total Commands.\n"
                                  "# TYPE smtp_total counter\n"
                                  "smtp_total{verb=\"MAIL\"} 3\n"
                                  "smtp_total{verb=\"RCPT\"} 0\n"));
    metrics_close(m);
}

static void without_metrics_nothing_happens(void **state)
{
    (void)state;
    assert_null(metric_of(NULL, METRIC_COUNTER, "x", "", "X."));
    metric_add(NULL, 1);
    metric_set(NULL, 1);
    metric_observe_us(NULL, 1);
    assert_int_equal(metric_value(NULL), 0);
    metrics_close(NULL);
}

/* Buckets are cumulative, their bounds inclusive, and +Inf is the count. */
static void histograms(void **state)
{
    (void)state;
    static const int64_t durations_us[] = {0, 100, 101, 1000, 10000000, 10000001};
    struct arena *a AUTO(arena_close) = arena_open();
    struct metrics *m = metrics_open();
    struct metric *x = metric_of(m, METRIC_SECONDS, "wait_seconds", "", "Waits.");
    for (size_t i = 0; i < sizeof durations_us / sizeof *durations_us; i++)
        metric_observe_us(x, durations_us[i]);
    struct str text = printed(m, a);
    static const char *const wanted[] = {
        "# TYPE wait_seconds histogram\n",
        "wait_seconds_bucket{le=\"0.0001\"} 2\n",
        "wait_seconds_bucket{le=\"0.00025\"} 3\n",
        "wait_seconds_bucket{le=\"0.001\"} 4\n",
        "wait_seconds_bucket{le=\"5\"} 4\n",
        "wait_seconds_bucket{le=\"10\"} 5\n",
        "wait_seconds_bucket{le=\"+Inf\"} 6\n",
        "wait_seconds_sum 20.001202\n",
        "wait_seconds_count 6\n",
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (str_find(text, str_z(wanted[i])) == SIZE_MAX)
            fail_msg("no %s in %.*s", wanted[i], STR_ARG(text));
    metrics_close(m);
}

static void a_histogram_with_labels(void **state)
{
    (void)state;
    struct arena *a AUTO(arena_close) = arena_open();
    struct metrics *m = metrics_open();
    metric_observe_us(metric_of(m, METRIC_SECONDS, "w", "op=\"get\"", "W."), 50);
    struct str text = printed(m, a);
    assert_true(str_find(text, STR("w_bucket{op=\"get\",le=\"0.0001\"} 1\n")) != SIZE_MAX);
    assert_true(str_find(text, STR("w_sum{op=\"get\"} 0.000050\n")) != SIZE_MAX);
    assert_true(str_find(text, STR("w_count{op=\"get\"} 1\n")) != SIZE_MAX);
    metrics_close(m);
}

/* A family stands together under one heading, whatever order its series were made in. */
static void families_stand_together(void **state)
{
    (void)state;
    struct arena *a AUTO(arena_close) = arena_open();
    struct metrics *m = metrics_open();
    static const char *const names[] = {"b", "a", "c", "a_total", "b", "a"};
    static const char *const labels[] = {"x=\"2\"", "x=\"1\"", "", "", "x=\"1\"", ""};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        metric_of(m, METRIC_COUNTER, names[i], labels[i], "H.");
    struct str text = printed(m, a);
    size_t headings = 0;
    for (size_t at; (at = str_find(text, STR("# TYPE "))) != SIZE_MAX; headings++)
        text = str_from(text, at + 1);
    assert_int_equal(headings, 4);
    metrics_close(m);
}

struct shared {
    struct metrics *metrics;
    struct metric *waits;
};

static void *count_much(void *arg)
{
    const struct shared *s = arg;
    for (int i = 0; i < 2000; i++) {
        metric_add(metric_of(s->metrics, METRIC_COUNTER, "n", "", "N."), 1);
        metric_observe_us(s->waits, 1);
    }
    return NULL;
}

static void threads_lose_no_count(void **state)
{
    (void)state;
    struct arena *a AUTO(arena_close) = arena_open();
    struct metrics *m = metrics_open();
    struct shared shared = {m, metric_of(m, METRIC_SECONDS, "w", "", "W.")};
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count_much, &shared), 0);
    printed(m, a);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(metric_value(metric_of(m, METRIC_COUNTER, "n", "", "N.")), 8000);
    assert_int_equal(metric_value(shared.waits), 8000);
    metrics_close(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counters_and_gauges),
        cmocka_unit_test(without_metrics_nothing_happens),
        cmocka_unit_test(histograms),
        cmocka_unit_test(a_histogram_with_labels),
        cmocka_unit_test(families_stand_together),
        cmocka_unit_test(threads_lose_no_count),
    };
    return cmocka_run_group_tests_name("metric", tests, NULL, NULL);
}
