/* Whole sessions on port 25: what is kept, what is said, and that it is the same however the bytes
   come. */
#include "unit.h"

#include "../world/world.h"
#include "base/buf.h"

static const char dialogue[] = "EHLO client.example\r\n"
                               "MAIL FROM:<a@outside.example> SIZE=100 BODY=8BITMIME\r\n"
                               "RCPT TO:<jane.roe@commonwealth.example>\r\n"
                               "RCPT TO:<nobody@commonwealth.example>\r\n"
                               "DATA\r\n"
                               "Subject: one\r\n\r\n..dots\r\n...\r\n.\r\n"
                               "noop\r\n"
                               "MAIL FROM:<>\r\n"
                               "RCPT TO:<john.doe@commonwealth.example> NOTIFY=NEVER\r\n"
                               "BDAT 14\r\nSubject: two\r\n"
                               "BDAT 9 LAST\r\n\r\n.\r\nok\r\n"
                               "BOGUS\r\n"
                               "MAIL FROM:<a@outside.example>\r\n"
                               "BDAT 6\r\nNOOP\r\n"
                               "RSET\r\n"
                               "MAIL FROM:<a@outside.example>\r\n"
                               "RCPT TO:<john.doe@commonwealth.example>\r\n"
                               "DATA\r\n.\r\n"
                               "QUIT\r\n";

static const char replies[] =
    "250-mail.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-CHUNKING\r\n"
    "250-BINARYMIME\r\n250-DSN\r\n250-ENHANCEDSTATUSCODES\r\n250-SIZE 52428800\r\n"
    "250-LIMITS MAILMAX=1000 "
    "RCPTMAX=1000\r\n250-DELIVERBY\r\n250-MT-PRIORITY\r\n250-STARTTLS\r\n250 HELP\r\n"
    "250 2.1.0 Sender ok\r\n250 2.1.5 Recipient ok\r\n550 5.1.1 No such mailbox here\r\n"
    "354 End with a dot on a line of its own\r\n250 2.0.0 Ok: *\r\n250 2.0.0 Ok\r\n"
    "250 2.1.0 Sender ok\r\n250 2.1.5 Recipient ok\r\n250 2.0.0 14 octets taken\r\n"
    "250 2.0.0 Ok: *\r\n500 5.5.1 Command not recognized\r\n"
    "250 2.1.0 Sender ok\r\n503 5.5.1 Say RCPT first\r\n250 2.0.0 Ok\r\n"
    "250 2.1.0 Sender ok\r\n250 2.1.5 Recipient ok\r\n354 End with a dot on a line of its own\r\n"
    "250 2.0.0 Ok: *\r\n221 2.0.0 Goodbye\r\n";

/* "Ok: " and an id as "Ok: *". */
static struct str masked(struct arena *a, struct str said)
{
    struct buf b = buf_of(a, said.n + 1);
    for (;;) {
        size_t at = str_find(said, STR("Ok: "));
        if (at == SIZE_MAX)
            break;
        buf_add(&b, str_sub(said, 0, at + 4));
        buf_byte(&b, '*');
        said = str_from(said, at + 4 + 16);
    }
    buf_add(&b, said);
    return buf_str(&b);
}

static void assert_dialogue(struct world *w, struct talk *t, struct str said)
{
    assert_str(masked(w->cx.arena, said), str_z(replies));
    assert_true(talk_is_closed(t));
    assert_int_equal(world_count(w, w->jane, "INBOX"), 1);
    assert_int_equal(world_count(w, w->john, "INBOX"), 2);
    assert_true(str_ends(world_newest(w, w->jane, "INBOX"),
                         STR("\r\nSubject: one\r\n\r\n.dots\r\n..\r\n")));
}

static void every_piece_size_says_the_same(void **state)
{
    (void)state;
    for (size_t piece = 0; piece < 40; piece = piece < 7 ? piece + 1 : piece * 2) {
        struct world *w = world_open(NULL);
        struct talk *t = talk_open(w, "mx");
        talk_cut(t, piece);
        assert_dialogue(w, t, talk_send(t, str_z(dialogue)));
        talk_close(t);
        world_close(w);
    }
}

/* The first split of many: the rest is played by the wire tests. */
static void every_split_says_the_same(void **state)
{
    (void)state;
    struct world *w = world_open(NULL);
    for (size_t at = 1; at < sizeof dialogue - 1; at++) {
        struct talk *t = talk_open(w, "mx");
        struct str one = talk_send(t, str_of(dialogue, at));
        struct str two = talk_send(t, str_from(str_z(dialogue), at));
        struct arena *a = arena_open();
        assert_str(masked(a, str_join(a, (struct str[]){one, two}, 2)), str_z(replies));
        arena_close(a);
        talk_close(t);
    }
    assert_int_equal(world_count(w, w->jane, "INBOX"), sizeof dialogue - 2);
    world_close(w);
}

static void writes_trace_fields(void **state)
{
    struct world *w = world_open(NULL);
    struct talk *t = talk_open(w, "mx");
    (void)state;
    talk_say(t, "EHLO client.example\r\nMAIL FROM:<a@outside.example>\r\n"
                "RCPT TO:<Jane.Roe@commonwealth.example>\r\nDATA\r\n");
    struct str said = talk_send(t, STR("Subject: x\r\n\r\ny\r\n.\r\n"));
    struct str id = str_sub(said, 14, 16);
    struct str wanted = str_printf(w->cx.arena,
                                   "Return-Path: <a@outside.example>\r\n"
                                   "Received: from client.example ([192.0.2.1])\r\n"
                                   "\tby mail.example (Postroad) with ESMTP id %.*s\r\n"
                                   "\tfor <Jane.Roe@commonwealth.example>;\r\n"
                                   "\tTue, 14 Nov 2023 22:13:20 +0000\r\nSubject: x\r\n\r\ny\r\n",
                                   STR_ARG(id));
    assert_str(world_newest(w, w->jane, "INBOX"), wanted);
    talk_close(t);
    world_close(w);
}

/* RFC 3848, RFC 6531; no "for" when there are two; RFC 8314 section 4.3. */
static void names_the_protocol(void **state)
{
    struct world *w = world_open(NULL);
    struct talk *t = talk_open(w, "mx");
    (void)state;
    talk_say(t, "HELO old.example\r\nMAIL FROM:<>\r\nRCPT TO:<john.doe@commonwealth.example>\r\n"
                "RCPT TO:<jane.roe@commonwealth.example>\r\nDATA\r\n.\r\n");
    struct str kept = world_newest(w, w->jane, "INBOX");
    assert_true(str_starts(kept, STR("Return-Path: <>\r\nReceived: from old.example ")));
    assert_true(str_find(kept, STR(" with SMTP id ")) != SIZE_MAX);
    assert_true(str_find(kept, STR("for <")) == SIZE_MAX);
    talk_say(t, "EHLO new.example\r\nSTARTTLS\r\n");
    talk_say(t, "EHLO new.example\r\nMAIL FROM:<j\xc3\xb6@outside.example> SMTPUTF8\r\n"
                "RCPT TO:<jane.roe@commonwealth.example>\r\nDATA\r\n.\r\n");
    kept = world_newest(w, w->jane, "INBOX");
    assert_true(str_find(kept, STR(" with UTF8SMTPS id ")) != SIZE_MAX);
    assert_true(str_find(kept, STR("\ttls TLS_AES_128_GCM_SHA256;")) != SIZE_MAX);
    talk_close(t);
    world_close(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_piece_size_says_the_same),
        cmocka_unit_test(every_split_says_the_same),
        cmocka_unit_test(writes_trace_fields),
        cmocka_unit_test(names_the_protocol),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
