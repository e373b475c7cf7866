/* Conversations with a milter that is played: what is made of what it says, and of its failures. */
#include "unit.h"

#include "service/milter/inner.h"

/* A milter that says these bytes, whatever it hears. */
struct played {
    struct stream stream; /* first: the stream is a played */
    struct str says;
    bool stalls; /* after its last byte; else it hangs up */
    bool open;
    size_t heard;
    unsigned calls;
    enum code refuses; /* to be called */
};

static enum code hear(struct ctx *cx, struct stream *s, struct str bytes, uint32_t timeout_ms)
{
    (void)cx;
    (void)timeout_ms;
    ((struct played *)s)->heard += bytes.n;
    return OK;
}

static enum code say(struct ctx *cx, struct stream *s, char *room, size_t n, size_t *got,
                     uint32_t timeout_ms)
{
    struct played *p = (struct played *)s;
    if (timeout_ms == 0)
        return fail(cx, E_BUSY, "nothing there");
    if (p->says.n == 0 && p->stalls)
        return fail(cx, E_BUSY, "no answer in time");
    *got = p->says.n < n ? p->says.n : n;
    if (*got > 3)
        *got = 3; /* in small pieces */
    if (*got)
        memcpy(room, p->says.p, *got);
    p->says = str_from(p->says, *got);
    return OK;
}

static void hang_up(struct stream *s)
{
    ((struct played *)s)->open = false;
}

static const struct stream_ops ops = {hear, say, hang_up};

static enum code dial(struct ctx *cx, void *self, struct str address, uint32_t timeout_ms,
                      struct stream **out)
{
    struct played *p = self;
    (void)address;
    (void)timeout_ms;
    p->calls++;
    if (p->refuses)
        return fail(cx, p->refuses, "nobody is there");
    p->stream.ops = &ops;
    p->open = true;
    *out = &p->stream;
    return OK;
}

#define GREETING "\0\0\0\x0dO\0\0\0\x06\0\0\0\xff\0\0\0\0"
#define GO_ON                                                                                      \
    "\0\0\0\x01"                                                                                   \
    "c"

static const struct peer peer = {
    .id = 7, .address = STR("192.0.2.1"), .port = 4242, .role = STR("mx")};
static const struct milter_client client = {.peer = &peer, .helo = STR("client.example")};

struct scene {
    struct arena *arena;
    struct ctx cx;
    struct played played;
    struct stream_dialer dialer;
    struct milter_config config;
    struct milters *milters;
    struct milter_visit *visit;
};

static struct scene *scene_open(struct str says, enum milter_failure on_failure)
{
    struct scene *x = calloc(1, sizeof *x);
    must(x);
    x->arena = arena_open();
    x->cx = (struct ctx){.arena = x->arena, .now_ms = 1000};
    x->played.says = says;
    x->dialer = (struct stream_dialer){&x->played, dial};
    x->config = (struct milter_config){.name = STR("m"),
                                       .mx = true,
                                       .on_failure = on_failure,
                                       .command_ms = 1000,
                                       .message_ms = 1000,
                                       .rest_ms = 500};
    const struct milter_parts parts = {
        .at = &x->config, .count = 1, .dialer = &x->dialer, .waiters = 1};
    x->milters = milters_open(&parts);
    x->visit = milter_visit_open(x->milters, false);
    return x;
}

static void scene_close(struct scene *x)
{
    milter_visit_close(x->visit);
    assert_false(x->played.open);
    milters_close(x->milters);
    arena_close(x->arena);
    free(x);
}

static const char *mail(struct scene *x)
{
    return milter_mail(&x->cx, x->visit, &client, STR("a@b.example"), STR(""));
}

static void a_message_passes(void **state)
{
    struct milter_outcome o;
    (void)state;
    struct scene *x = scene_open(STR(GREETING GO_ON GO_ON GO_ON GO_ON GO_ON GO_ON GO_ON GO_ON
                                     "\0\0\0\x01p"
                                     "\0\0\0\x05hX\0y\0" GO_ON),
                                 MILTER_FAILS_TEMPFAIL);
    assert_null(milter_visit_open(x->milters, true));
    assert_null(mail(x));
    assert_null(milter_rcpt(&x->cx, x->visit, STR("c@d.example"), STR("")));
    assert_null(milter_data(&x->cx, x->visit));
    milter_message(&x->cx, x->visit, STR("id"), STR("A: b\r\n\r\nbody\r\n"), 1000, &o);
    assert_null(o.reply);
    assert_str(o.fields, STR("X: y\r\n"));
    assert_str(o.bytes, STR("A: b\r\n\r\nbody\r\n"));
    assert_int_equal(x->played.says.n, 0);
    scene_close(x);
}

static void failures_do_as_they_are_set(void **state)
{
    static const struct {
        struct str says;
        bool stalls;
    } rows[] = {
        {STR(""), true},
        {STR(""), false},
        {STR(GREETING), true},
        {STR(GREETING "\0\0\0"), true},
        {STR(GREETING "\0\0\0"), false},
        {STR(GREETING "\xff\0\0\0x"), false},
        {STR(GREETING "\0\0\0\0x"), false},
        {STR(GREETING "\0\0\0\x01"
                      "z"),
         false},
        {STR(GREETING "\0\0\0\x05hX\0y\0"), false},
        {STR("\0\0\0\x0dO\0\0\0\x07\0\0\0\xff\0\0\0\0"), false},
        {STR("\0\0\0\x0dO\0\0\0\x01\0\0\0\xff\0\0\0\0"), false},
        {STR("\0\0\0\x0dO\0\0\0\x06\0\0\x01\xff\0\0\0\0"), false},
        {STR("\0\0\0\x0dO\0\0\0\x06\0\0\0\xff\x10\0\0\0"), false},
        {STR(GO_ON), false},
    };
    static const char *const first[] = {"451", NULL, "550"};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (unsigned how = 0; how < 3; how++) {
            struct scene *x = scene_open(rows[i].says, (enum milter_failure)how);
            x->played.stalls = rows[i].stalls;
            const char *no = mail(x);
            if (first[how] ? !no || strncmp(no, first[how], 3) != 0 : no != NULL)
                fail_msg("row %zu, %u: %s", i, how, no ? no : "goes on");
            assert_false(x->played.open);
            /* The same in all that follows. */
            const char *again = milter_rcpt(&x->cx, x->visit, STR("c@d.example"), STR(""));
            assert_int_equal(!again, !first[how]);
            scene_close(x);
        }
    }
}

static void who_was_not_there_is_left_alone(void **state)
{
    (void)state;
    struct scene *x = scene_open(STR(""), MILTER_FAILS_TEMPFAIL);
    x->played.refuses = E_IO;
    assert_non_null(mail(x));
    assert_int_equal(x->played.calls, 1);
    assert_int_equal(milter_rests_until_ms(x->milters, 0), 1500);
    milter_visit_close(x->visit);
    x->visit = milter_visit_open(x->milters, false);
    assert_non_null(mail(x));
    assert_int_equal(x->played.calls, 1);
    milter_visit_close(x->visit);
    x->visit = milter_visit_open(x->milters, false);
    x->cx.now_ms = 1500;
    x->played.refuses = OK;
    x->played.says = STR(GREETING GO_ON GO_ON GO_ON);
    assert_null(mail(x));
    assert_int_equal(x->played.calls, 2);
    scene_close(x);
}

static void not_all_threads_wait(void **state)
{
    (void)state;
    struct scene *x = scene_open(STR(GREETING GO_ON GO_ON GO_ON), MILTER_FAILS_TEMPFAIL);
    assert_true(milter_wait_begin(x->milters));
    assert_false(milter_wait_begin(x->milters));
    assert_non_null(mail(x));
    assert_int_equal(x->played.calls, 0);
    milter_wait_end(x->milters);
    scene_close(x);
}

static void progress_has_an_end(void **state)
{
    char says[17 + 5 * (MILTER_PROGRESS_MAX + 2)];
    (void)state;
    memcpy(says, GREETING, 17);
    for (size_t i = 0; i < MILTER_PROGRESS_MAX + 2; i++)
        memcpy(says + 17 + 5 * i, "\0\0\0\x01p", 5);
    struct scene *x = scene_open(str_of(says, sizeof says), MILTER_FAILS_TEMPFAIL);
    assert_non_null(mail(x));
    scene_close(x);
    memcpy(says + 17 + (size_t)5 * (MILTER_PROGRESS_MAX - 1),
           "\0\0\0\x01"
           "a",
           5);
    x = scene_open(str_of(says, sizeof says), MILTER_FAILS_TEMPFAIL);
    assert_null(mail(x));
    scene_close(x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_passes),
        cmocka_unit_test(failures_do_as_they_are_set),
        cmocka_unit_test(who_was_not_there_is_left_alone),
        cmocka_unit_test(not_all_threads_wait),
        cmocka_unit_test(progress_has_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
