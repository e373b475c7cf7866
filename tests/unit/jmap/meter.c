/* Metrics by method: those that there are, and no others. */
#include "../unit.h"
#include "base/metric.h"
#include "said.h"

static const char *all(struct imap_world *w, struct metrics *m)
{
    struct buf b = buf_of(w->cx.arena, 4 << 20);
    metrics_print(m, &b);
    assert_false(b.overflow);
    return str_zdup(w->cx.arena, buf_str(&b));
}

static void methods_are_counted(void **state)
{
    struct imap_world *w = imap_world_open();
    struct metrics *m = metrics_open();
    struct jmap_said s;
    (void)state;
    jmap_said_open(&s, w, w->jane);
    s.env.metrics = m;
    jmap_env_open(&s.env);
    (void)jmap_said(&s, "[\"Core/echo\",{},\"0\"],[\"Core/echo\",{},\"1\"],"
                        "[\"Email/get\",{\"accountId\":\"A1\"},\"2\"],"
                        "[\"Evil/\\\"}name\",{},\"3\"],[\"Totp/get\",{},\"4\"]");
    const char *text = all(w, m);
    static const char *const there[] = {
        "postroad_jmap_calls_total 5\n",
        "postroad_jmap_errors_total 3\n",
        "postroad_jmap_method_seconds_count{method=\"Core/echo\"} 2\n",
        "postroad_jmap_method_errors_total{method=\"Core/echo\"} 0\n",
        "postroad_jmap_method_seconds_count{method=\"Email/get\"} 1\n",
        "postroad_jmap_method_errors_total{method=\"Email/get\"} 1\n",
        "postroad_jmap_method_seconds_count{method=\"Totp/get\"} 0\n", /* not asked to be used */
    };
    for (size_t i = 0; i < sizeof there / sizeof *there; i++)
        if (!strstr(text, there[i]))
            fail_msg("%s is not there", there[i]);
    assert_null(strstr(text, "Evil"));
    metrics_close(m);
    imap_world_close(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(methods_are_counted)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
