/* Each limit by its name: what is at it passes, what is over it meets a clear reply, and others go
   on as before. */
#include "unit.h"

#include "../world/world.h"
#include "base/buf.h"
#include "format/header/facts.h"
#include "proto/smtp/session.h"

static const char hello[] = "EHLO client.example\r\n";
static const char sender[] = "MAIL FROM:<a@outside.example>\r\n";
static const char jane[] = "RCPT TO:<jane.roe@commonwealth.example>\r\n";

static struct str repeat(struct arena *a, const char *text, size_t times)
{
    struct buf b = buf_of(a, strlen(text) * times);
    for (size_t i = 0; i < times; i++)
        buf_add(&b, str_z(text));
    return buf_str(&b);
}

static struct str fill(struct arena *a, char c, size_t n)
{
    struct buf b = buf_of(a, n);
    buf_fill(&b, c, n);
    return buf_str(&b);
}

static struct str join(struct world *w, struct str one, struct str two, struct str three)
{
    return str_join(w->cx.arena, (struct str[]){one, two, three}, 3);
}

static void assert_starts(struct str said, const char *wanted)
{
    if (!str_starts(said, str_z(wanted)))
        fail_msg("said %.*s, wanted %s", STR_ARG(said), wanted);
}

static void assert_goes_on(struct talk *t)
{
    assert_str(talk_say(t, "NOOP\r\n"), STR("250 2.0.0 Ok\r\n"));
}

static void command_line(void **state)
{
    static const size_t pieces[] = {0, 1, 100, 3000};
    (void)state;
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        struct world *w = world_open(NULL);
        struct talk *t = talk_open(w, "mx");
        talk_cut(t, pieces[i]);
        struct str text = fill(w->cx.arena, 'x', SMTP_LINE_MAX - 7);
        assert_str(talk_send(t, join(w, STR("NOOP "), text, STR("\r\n"))), STR("250 2.0.0 Ok\r\n"));
        assert_str(talk_send(t, join(w, STR("NOOP x"), text, STR("\r\n"))),
                   STR("500 5.5.2 Line too long\r\n"));
        assert_goes_on(t);
        text = fill(w->cx.arena, 'x', SMTP_LINE_SKIP_MAX);
        assert_starts(talk_send(t, join(w, STR("NOOP "), text, STR("\r\n"))), "421 4.7.0 ");
        assert_true(talk_is_closed(t));
        talk_close(t);
        world_close(w);
    }
}

static void errors(void **state)
{
    struct world *w = world_open(NULL);
    struct talk *t = talk_open(w, "mx");
    (void)state;
    for (uint32_t i = 1; i < w->limits.errors; i++)
        assert_starts(talk_say(t, "BOGUS\r\n"), "500 5.5.1 ");
    assert_str(talk_say(t, "BOGUS\r\nNOOP\r\n"),
               STR("421 4.7.0 Too many errors; closing the connection\r\n"));
    assert_true(talk_is_closed(t));
    talk_close(t);
    world_close(w);
}

static void rejected_recipients(void **state)
{
    struct world *w = world_open(NULL);
    struct talk *t = talk_open(w, "mx");
    (void)state;
    talk_say(t, hello);
    talk_say(t, sender);
    for (int i = 1; i < SMTP_REJECTED_MAX; i++)
        assert_starts(talk_say(t, "RCPT TO:<nobody@commonwealth.example>\r\n"), "550 5.1.1 ");
    assert_starts(talk_say(t, "RCPT TO:<nobody@commonwealth.example>\r\n"), "421 4.7.0 ");
    assert_true(talk_is_closed(t));
    talk_close(t);
    world_close(w);
}

static void a_message_taken_clears_errors(void **state)
{
    struct world *w = world_open(NULL);
    struct talk *t = talk_open(w, "mx");
    (void)state;
    talk_say(t, hello);
    for (int round = 0; round < 3; round++) {
        for (uint32_t i = 1; i < w->limits.errors; i++)
            talk_say(t, "BOGUS\r\n");
        talk_say(t, sender);
        talk_say(t, jane);
        assert_starts(talk_say(t, "BDAT 0 LAST\r\n"), "250 2.0.0 Ok: ");
    }
    talk_close(t);
    world_close(w);
}

/* RFC 9422. */
static void recipients_and_transactions(void **state)
{
    struct world *w = world_open(NULL);
    struct talk *t = talk_open(w, "mx");
    (void)state;
    w->limits.recipients = 3;
    w->limits.transactions = 2;
    struct str said = talk_say(t, hello);
    assert_int_not_equal(str_find(said, STR("250-LIMITS MAILMAX=2 RCPTMAX=3\r\n")), SIZE_MAX);
    talk_say(t, sender);
    for (int i = 0; i < 3; i++)
        assert_starts(talk_say(t, jane), "250 2.1.5 ");
    assert_starts(talk_say(t, jane), "452 4.5.3 ");
    assert_starts(talk_say(t, "DATA\r\n.\r\n"), "354 ");
    assert_starts(talk_say(t, sender), "250 2.1.0 ");
    talk_say(t, "RSET\r\n");
    assert_starts(talk_say(t, sender), "451 4.5.3 ");
    talk_close(t);
    world_close(w);
}

static void message_size(void **state)
{
    static const size_t pieces[] = {0, 1, 37};
    (void)state;
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        struct world *w = world_open(NULL);
        struct talk *t = talk_open(w, "mx");
        w->limits.message_bytes = 1000;
        talk_cut(t, pieces[i]);
        talk_say(t, hello);
        assert_starts(talk_say(t, "MAIL FROM:<> SIZE=1001\r\n"), "552 5.3.4 ");
        assert_starts(talk_say(t, "MAIL FROM:<> SIZE=1000\r\n"), "250 2.1.0 ");
        talk_say(t, jane);
        talk_say(t, "DATA\r\n");
        /* Dots that are taken out do not count. */
        struct str at_limit = repeat(w->cx.arena, "..3456789\r\n", 100);
        assert_starts(talk_send(t, join(w, at_limit, STR(".\r\n"), STR(""))), "250 2.0.0 Ok: ");
        talk_say(t, sender);
        talk_say(t, jane);
        talk_say(t, "DATA\r\n");
        assert_str(talk_send(t, join(w, at_limit, STR("x\r\n.\r\n"), STR(""))),
                   STR("552 5.3.4 Message too big for this server\r\n"));
        /* Beyond what any message of the limit can take: thrown away as it comes. */
        talk_say(t, sender);
        talk_say(t, jane);
        talk_say(t, "DATA\r\n");
        struct str big = repeat(w->cx.arena, "123456789\r\n", 300);
        assert_str(talk_send(t, join(w, big, STR(".\r\n"), STR(""))),
                   STR("552 5.3.4 Message too big for this server\r\n"));
        assert_goes_on(t);
        /* Without an end in reach the connection ends. */
        talk_say(t, sender);
        talk_say(t, jane);
        talk_say(t, "DATA\r\n");
        big = repeat(w->cx.arena, "123456789\r\n", 1000);
        assert_str(talk_send(t, join(w, big, STR(".\r\n"), STR(""))),
                   STR("552 5.3.4 Message far too big; closing the connection\r\n"));
        assert_true(talk_is_closed(t));
        assert_int_equal(world_count(w, w->jane, "INBOX"), 1);
        talk_close(t);
        world_close(w);
    }
}

static void chunk_size(void **state)
{
    struct world *w = world_open(NULL);
    struct talk *t = talk_open(w, "mx");
    (void)state;
    w->limits.message_bytes = 1000;
    talk_say(t, hello);
    talk_say(t, sender);
    talk_say(t, jane);
    struct str half = fill(w->cx.arena, 'x', 600);
    assert_starts(talk_send(t, join(w, STR("BDAT 600\r\n"), half, STR(""))), "250 2.0.0 ");
    /* The chunk is taken, the transaction is over. */
    assert_str(talk_send(t, join(w, STR("BDAT 600\r\n"), half, STR("NOOP\r\n"))),
               STR("552 5.3.4 Message too big for this server\r\n250 2.0.0 Ok\r\n"));
    assert_starts(talk_say(t, "BDAT 1 LAST\r\nx"), "503 5.5.1 ");
    assert_starts(talk_say(t, "BDAT 100000000000\r\n"), "552 5.3.4 ");
    assert_true(talk_is_closed(t));
    talk_close(t);
    t = talk_open(w, "mx");
    assert_starts(talk_say(t, "BDAT x\r\n"), "501 5.5.4 ");
    assert_true(talk_is_closed(t));
    talk_close(t);
    world_close(w);
}

/* All sessions together gather no more than bdat_bytes; what is given back can be taken again. */
static void chunks_of_all_sessions(void **state)
{
    struct world *w = world_open(NULL);
    struct talk *one = talk_open(w, "mx"), *two = talk_open(w, "mx");
    (void)state;
    w->limits.bdat_bytes = 100000;
    struct str half = fill(w->cx.arena, 'x', 60000);
    struct str chunk = join(w, STR("BDAT 60000\r\n"), half, STR(""));
    talk_say(one, hello);
    talk_say(two, hello);
    for (int round = 0; round < 3; round++) {
        talk_say(one, sender);
        talk_say(one, jane);
        talk_say(two, sender);
        talk_say(two, jane);
        assert_starts(talk_send(one, chunk), "250 2.0.0 ");
        assert_starts(talk_send(two, chunk), "452 4.3.1 ");
        talk_say(one, "RSET\r\n");
    }
    talk_close(one);
    talk_close(two);
    world_close(w);
}

static void header_section(void **state)
{
    struct world *w = world_open(NULL);
    struct talk *t = talk_open(w, "mx");
    (void)state;
    talk_say(t, hello);
    talk_say(t, sender);
    talk_say(t, jane);
    talk_say(t, "DATA\r\n");
    struct str fields = repeat(w->cx.arena, "X-Field: 0123456789012345678901\r\n", 32768);
    assert_true(fields.n > HEADER_SECTION_MAX);
    assert_starts(talk_send(t, join(w, fields, STR("\r\nbody\r\n.\r\n"), STR(""))), "550 5.6.0 ");
    assert_goes_on(t);
    talk_close(t);
    world_close(w);
}

static void content_line(void **state)
{
    struct world *w = world_open(NULL);
    struct talk *t = talk_open(w, "mx");
    (void)state;
    talk_say(t, hello);
    for (size_t over = 0; over < 2; over++) {
        talk_say(t, sender);
        talk_say(t, jane);
        talk_say(t, "DATA\r\n");
        struct str line = fill(w->cx.arena, 'x', SMTP_CONTENT_LINE_MAX + over);
        assert_starts(talk_send(t, join(w, STR("\r\n"), line, STR("\r\n.\r\n"))),
                      over ? "550 5.6.0 " : "250 2.0.0 Ok: ");
    }
    talk_close(t);
    world_close(w);
}

/* RFC 5321 section 6.3. */
static void received_fields(void **state)
{
    struct world *w = world_open(NULL);
    struct talk *t = talk_open(w, "mx");
    (void)state;
    talk_say(t, hello);
    for (uint32_t over = 0; over < 2; over++) {
        talk_say(t, sender);
        talk_say(t, jane);
        talk_say(t, "DATA\r\n");
        struct str hops =
            repeat(w->cx.arena, "Received: by a; date\r\n", w->limits.received + over);
        assert_starts(talk_send(t, join(w, hops, STR("\r\nbody\r\n.\r\n"), STR(""))),
                      over ? "554 5.4.6 " : "250 2.0.0 Ok: ");
    }
    talk_close(t);
    world_close(w);
}

/* RFC 5321 section 4.5.3.2. */
static void silence(void **state)
{
    struct smtp_limits limits = smtp_limits_default;
    struct smtp_env env = {.limits = &limits};
    struct smtp_session s = {.env = &env};
    (void)state;
    s.input = INPUT_COMMAND;
    assert_int_equal(smtp_engine.timeout_ms(&s), 5 * 60 * 1000);
    s.input = INPUT_DATA;
    assert_int_equal(smtp_engine.timeout_ms(&s), 10 * 60 * 1000);
    s.input = INPUT_CHUNK;
    assert_int_equal(smtp_engine.timeout_ms(&s), 10 * 60 * 1000);
}

static void web_browsers(void **state)
{
    struct world *w = world_open(NULL);
    struct talk *t = talk_open(w, "mx");
    (void)state;
    assert_starts(talk_say(t, "POST / HTTP/1.1\r\nHost: mail.example\r\n\r\nEHLO x\r\n"),
                  "500 5.5.1 This is a mail server");
    assert_true(talk_is_closed(t));
    talk_close(t);
    world_close(w);
}

static void etrn_is_rare(void **state)
{
    static const struct queue_config queue;
    const struct world_config config = {.delivery = world_delivery, .queue = &queue};
    struct world *w = world_open(&config);
    struct talk *t = talk_open(w, "mx");
    (void)state;
    talk_say(t, "EHLO client.example\r\n");
    for (int i = 0; i < 10; i++)
        assert_str(talk_say(t, "ETRN outside.example\r\n"),
                   STR("459 5.7.1 This domain may not be asked for here\r\n"));
    assert_str(talk_say(t, "ETRN outside.example\r\n"), STR("458 4.7.0 Not so often\r\n"));
    talk_close(t);
    world_close(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(etrn_is_rare),
        cmocka_unit_test(command_line),
        cmocka_unit_test(errors),
        cmocka_unit_test(rejected_recipients),
        cmocka_unit_test(a_message_taken_clears_errors),
        cmocka_unit_test(recipients_and_transactions),
        cmocka_unit_test(message_size),
        cmocka_unit_test(chunk_size),
        cmocka_unit_test(chunks_of_all_sessions),
        cmocka_unit_test(header_section),
        cmocka_unit_test(content_line),
        cmocka_unit_test(received_fields),
        cmocka_unit_test(silence),
        cmocka_unit_test(web_browsers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
