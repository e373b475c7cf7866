#include "../unit.h"
#include "base/buf.h"
#include "proto/imap/session.h"

enum { MESSAGE_MAX = 100 };

struct fixture {
    struct imap_env env;
    struct imap_session session;
    struct arena *arena;
};

static int open_fixture(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    must(f);
    f->arena = arena_open();
    f->env.limits.message_bytes = MESSAGE_MAX;
    f->env.limits.request_bytes = IMAP_REQUEST_MAX;
    *state = f;
    return 0;
}

static int close_fixture(void **state)
{
    struct fixture *f = *state;
    arena_close(f->arena);
    free(f);
    return 0;
}

/* What framing does with the input: "12" for a request of so many bytes, "+" for what it tells, "!"
   and a number for a refusal, "!!" when it ends the session, "." for what is left waiting. */
static struct str frames(struct fixture *f, struct str in, enum imap_mode mode, size_t cut)
{
    struct buf out = buf_of(f->arena, 10000);
    size_t shown = cut, seen = 0;
    f->session = (struct imap_session){.env = &f->env, .stage = IMAP_LOGGED_IN, .mode = mode};
    for (;;) {
        struct str now = str_sub(in, 0, shown);
        struct framing x = imap_frame(&f->session, now, seen);
        seen = now.n;
        if (x.what == FRAME_TELL)
            buf_byte(&out, '+');
        if (x.what != FRAME_REQUEST && shown < in.n) {
            shown = in.n;
            continue;
        }
        if (x.what != FRAME_REQUEST)
            break;
        for (uint32_t i = 0; i < f->session.frame.owed; i++)
            buf_byte(&out, '+');
        if (f->session.frame.refusal)
            buf_printf(&out, "%s%d", f->session.frame.ends ? "!!" : "!",
                       (int)f->session.frame.refusal);
        if (f->session.frame.ends)
            return buf_str(&out);
        buf_printf(&out, "%zu ", x.n);
        in = str_from(in, x.n);
        shown = shown > x.n ? shown - x.n : 0;
        seen = 0;
        if (!in.n)
            return buf_str(&out);
        if (!shown)
            shown = in.n;
    }
    buf_byte(&out, '.');
    return buf_str(&out);
}

static const struct {
    const char *in, *wanted;
    enum imap_mode mode;
} rows[] = {
    {"a NOOP\r\n", "8 ", IMAP_COMMANDS},
    {"a NOOP\n", "7 ", IMAP_COMMANDS},
    {"a NOOP\r\nb NOOP\r\n", "8 8 ", IMAP_COMMANDS},
    {"a NOOP", ".", IMAP_COMMANDS},
    {"\r\n", "2 ", IMAP_COMMANDS},
    {"a LOGIN {3}\r\nabc {2+}\r\nde\r\n", "+27 ", IMAP_COMMANDS},
    {"a X {3}\r\na\r\n {1}\r\nd\r\n", "++21 ", IMAP_COMMANDS},
    {"a X {0}\r\n\r\n", "+11 ", IMAP_COMMANDS},
    {"a X ~{1+}\r\n\xff\r\n", "14 ", IMAP_COMMANDS},
    {"a X {3+}\r\na", ".", IMAP_COMMANDS},
    {"a X {3}\r\n", "+.", IMAP_COMMANDS},
    {"a X {}\r\n", "8 ", IMAP_COMMANDS},
    {"a X {-1}\r\n", "10 ", IMAP_COMMANDS},
    {"a X {1}x\r\n", "10 ", IMAP_COMMANDS},
    {"a X \"{1\"}\r\n", "11 ", IMAP_COMMANDS},
    {"a APPEND b {100+}\r\n", ".", IMAP_COMMANDS},
    {"a APPEND b {101+}\r\n", "!!3", IMAP_COMMANDS},
    {"a APPEND b {101}\r\nb NOOP\r\n", "!318 8 ", IMAP_COMMANDS},
    {"a X {1048577}\r\nb NOOP\r\n", "!315 8 ", IMAP_COMMANDS},
    {"a X {99999999999999999999}\r\n", "!228 ", IMAP_COMMANDS},
    {"a X {99999999999999999999+}\r\n", "!!2", IMAP_COMMANDS},
    {"DONE\r\n", "6 ", IMAP_IN_IDLE},
    {"DONE {3}\r\n", "10 ", IMAP_IN_IDLE},
    {"{3}\r\n", "5 ", IMAP_IN_SASL},
};

static void frames_requests(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str in = str_z(rows[i].in);
        assert_str(frames(f, in, rows[i].mode, in.n), str_z(rows[i].wanted));
    }
}

/* Each split of the input in two gives what the whole gives. */
static void frames_the_same_when_cut(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str in = str_z(rows[i].in);
        for (size_t cut = 1; cut < in.n; cut++)
            assert_str(frames(f, in, rows[i].mode, cut), str_z(rows[i].wanted));
    }
}

static void bounds_lines(void **state)
{
    struct fixture *f = *state;
    struct buf line = buf_of(f->arena, 2 * IMAP_LINE_MAX);
    buf_fill(&line, 'x', IMAP_LINE_MAX);
    assert_str(frames(f, buf_str(&line), IMAP_COMMANDS, line.n), STR("."));
    buf_byte(&line, 'x');
    assert_str(frames(f, buf_str(&line), IMAP_COMMANDS, line.n), STR("!!1"));
    /* the text on both sides of a literal counts together */
    buf_reset(&line);
    buf_fill(&line, 'x', IMAP_LINE_MAX / 2);
    buf_add(&line, STR(" {2+}\r\nab"));
    buf_fill(&line, 'x', IMAP_LINE_MAX / 2);
    assert_str(frames(f, buf_str(&line), IMAP_COMMANDS, line.n), STR("!!1"));
}

static void bounds_literals(void **state)
{
    struct fixture *f = *state;
    struct buf many = buf_of(f->arena, 1 << 20);
    buf_add(&many, STR("a X"));
    for (int i = 0; i <= IMAP_LITERALS_MAX; i++)
        buf_add(&many, STR(" {1+}\r\na"));
    buf_add(&many, STR("\r\n"));
    assert_str(frames(f, buf_str(&many), IMAP_COMMANDS, many.n), STR("!!4"));
}

/* All literals of a command together. */
static void bounds_requests(void **state)
{
    struct fixture *f = *state;
    static const char text[] = "a APPEND b {60+}\r\n"
                               "123456789012345678901234567890123456789012345678901234567890"
                               " {60+}\r\n";
    struct str in = str_z(text);
    f->env.limits.request_bytes = IMAP_LINE_MAX + (uint32_t)in.n + 60;
    assert_str(frames(f, in, IMAP_COMMANDS, in.n), STR("."));
    f->env.limits.request_bytes--;
    assert_str(frames(f, in, IMAP_COMMANDS, in.n), STR("!!3"));
    f->env.limits.request_bytes = IMAP_REQUEST_MAX;
}

/* A slow sender costs time in proportion to what it sends: nothing is looked at twice. */
static void looks_once(void **state)
{
    struct fixture *f = *state;
    enum { BYTES = 60000 };
    struct buf line = buf_of(f->arena, BYTES + 10);
    buf_add(&line, STR("a X "));
    buf_fill(&line, 'x', BYTES);
    f->session = (struct imap_session){.env = &f->env, .stage = IMAP_LOGGED_IN};
    for (size_t n = 1; n <= line.n; n++) {
        assert_int_equal(imap_frame(&f->session, str_of(line.p, n), n - 1).what, FRAME_MORE);
        assert_int_equal(f->session.frame.at, n);
    }
}

/* A literal's length is known before it is there, so that io can make room for it. */
static void says_what_is_needed(void **state)
{
    struct fixture *f = *state;
    f->session = (struct imap_session){.env = &f->env, .stage = IMAP_LOGGED_IN};
    struct framing x = imap_frame(&f->session, STR("a APPEND b {90}\r\n"), 0);
    assert_int_equal(x.what, FRAME_TELL);
    assert_int_equal(x.n, 17 + 90 + 2);
    x = imap_frame(&f->session, STR("a APPEND b {90}\r\nab"), 17);
    assert_int_equal(x.what, FRAME_MORE);
    assert_int_equal(x.n, 17 + 90 + 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_requests),     cmocka_unit_test(frames_the_same_when_cut),
        cmocka_unit_test(bounds_lines),        cmocka_unit_test(bounds_literals),
        cmocka_unit_test(bounds_requests),     cmocka_unit_test(looks_once),
        cmocka_unit_test(says_what_is_needed),
    };
    return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
