#include "base/log.h"
#include "unit.h"
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

/* What one call wrote, through a pipe. */
struct heard {
    int ends[2];
    struct log *log;
    char text[65536];
};

static void hear(struct heard *h, enum log_level level, bool journal)
{
    assert_int_equal(pipe2(h->ends, O_NONBLOCK | O_CLOEXEC), 0);
    h->log = log_open(h->ends[1], level, journal);
}

static struct str heard(struct heard *h)
{
    ssize_t n = read(h->ends[0], h->text, sizeof h->text);
    return str_of(h->text, n > 0 ? (size_t)n : 0);
}

static void heard_end(struct heard *h)
{
    log_close(h->log);
    close(h->ends[0]);
    close(h->ends[1]);
}

static void a_line_for_stderr(void **state)
{
    (void)state;
    struct heard h;
    hear(&h, LOG_INFO, false);
    log_event(h.log, LOG_WARN, "smtp.refused", "id=%d why=%s", 7, "size");
    struct str line = heard(&h);
    assert_true(str_starts(line, STR("ts=20")));
    assert_true(str_ends(line, STR("Z level=warn event=smtp.refused id=7 why=size\n")));
    assert_int_equal(line.n, strlen("ts=2026-01-02T03:04:05.678Z level=warn event=smtp.refused "
                                    "id=7 why=size\n"));
    heard_end(&h);
}

static void a_line_for_the_journal(void **state)
{
    (void)state;
    struct heard h;
    hear(&h, LOG_DEBUG, true);
    log_event(h.log, LOG_ERROR, "a", "x=1");
    log_event(h.log, LOG_WARN, "b", "x=1");
    log_event(h.log, LOG_INFO, "c", "x=1");
    log_event(h.log, LOG_DEBUG, "d", "x=%s", "");
    assert_str(heard(&h), STR("<3>event=a x=1\n<4>event=b x=1\n<6>event=c x=1\n<7>event=d x=\n"));
    heard_end(&h);
}

static void levels(void **state)
{
    (void)state;
    struct heard h;
    hear(&h, LOG_WARN, true);
    log_event(h.log, LOG_INFO, "dropped", "x=1");
    assert_str(heard(&h), STR(""));
    assert_false(log_wants(h.log, LOG_INFO));
    log_set_level(h.log, LOG_INFO);
    assert_true(log_wants(h.log, LOG_INFO));
    log_event(h.log, LOG_INFO, "kept", "x=1");
    assert_str(heard(&h), STR("<6>event=kept x=1\n"));
    log_event(NULL, LOG_ERROR, "nobody", "x=1");
    assert_false(log_wants(NULL, LOG_ERROR));
    heard_end(&h);
}

/* Nobody forges a second line, and no line is longer than 2 KiB. */
static void one_event_is_one_line(void **state)
{
    (void)state;
    struct heard h;
    hear(&h, LOG_INFO, true);
    log_event(h.log, LOG_INFO, "e", "x=%s", "a\r\nlevel=error\033[2J\177\t");
    assert_str(heard(&h), STR("<6>event=e x=a??level=error?[2J??\n"));
    static const int widths[] = {2030, 2031, 2032, 2033, 2034, 2035, 2036, 2037, 2048, 9000};
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        log_event(h.log, LOG_INFO, "e", "x=%*d", widths[i], 1);
        struct str line = heard(&h);
        size_t whole = strlen("<6>event=e x=\n") + (size_t)widths[i];
        assert_int_equal(line.n, whole < 2048 ? whole : 2048);
        assert_int_equal(str_chr(line, '\n'), line.n - 1);
        assert_int_equal(str_chr(line, 0), SIZE_MAX);
    }
    heard_end(&h);
}

static void a_full_pipe_loses_the_line_not_us(void **state)
{
    (void)state;
    struct heard h;
    hear(&h, LOG_INFO, true);
    for (int i = 0; i < 1000; i++)
        log_event(h.log, LOG_INFO, "e", "x=%1000d", i);
    assert_true(heard(&h).n > 0);
    heard_end(&h);
}

static void quotes(void **state)
{
    (void)state;
    struct arena *a AUTO(arena_close) = arena_open();
    assert_string_equal(log_quote(a, STR("")), "\"\"");
    assert_string_equal(log_quote(a, (struct str){0}), "\"\"");
    assert_string_equal(log_quote(a, STR("a b")), "\"a b\"");
    assert_string_equal(log_quote(a, STR("\"\\\n\0\x7f\xc3\xa4")),
                        "\"\\\"\\\\\\x0a\\x00\\x7f\xc3\xa4\"");
    char many[2000];
    memset(many, 1, sizeof many);
    const char *quoted = log_quote(a, str_of(many, sizeof many));
    assert_int_equal(strlen(quoted), 2 + 512 * 4);
    assert_string_equal(quoted + strlen(quoted) - 5, "\\x01\"");
}

static void *log_much(void *log)
{
    for (int i = 0; i < 200; i++)
        log_event(log, LOG_INFO, "thread", "x=%64d", i);
    return NULL;
}

static void lines_of_threads_do_not_mix(void **state)
{
    (void)state;
    struct heard h;
    pthread_t threads[4];
    hear(&h, LOG_INFO, true);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, log_much, h.log), 0);
    for (int i = 0; i < 4; i++)
        log_set_level(h.log, LOG_DEBUG);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    struct str all = heard(&h);
    size_t lines = 0, width = strlen("<6>event=thread x=\n") + 64;
    for (; all.n; all = str_from(all, width), lines++) {
        assert_true(str_starts(all, STR("<6>event=thread x= ")));
        assert_int_equal(str_chr(all, '\n'), width - 1);
    }
    assert_true(lines > 0 && lines <= 800);
    heard_end(&h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_for_stderr),
        cmocka_unit_test(a_line_for_the_journal),
        cmocka_unit_test(levels),
        cmocka_unit_test(one_event_is_one_line),
        cmocka_unit_test(a_full_pipe_loses_the_line_not_us),
        cmocka_unit_test(quotes),
        cmocka_unit_test(lines_of_threads_do_not_mix),
    };
    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
