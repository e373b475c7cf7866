/* A message ends with CRLF "." CRLF and with nothing else; what another server might take for an
   end is never one here (RFC 5321 sections 2.3.8 and 4.1.1.4). */
#include "unit.h"

#include "../world/world.h"

static const char envelope[] = "EHLO client.example\r\nMAIL FROM:<a@outside.example>\r\n"
                               "RCPT TO:<jane.roe@commonwealth.example>\r\nDATA\r\n";
/* What the attacker hides in the first message. */
static const char hidden[] = "MAIL FROM:<evil@outside.example>\r\n"
                             "RCPT TO:<john.doe@commonwealth.example>\r\nDATA\r\n"
                             "Subject: smuggled\r\n\r\nhello\r\n.\r\n";

/* Ends that are none. */
static const struct str ends[] = {
    STR("\n.\n"),
    STR("\n.\r\n"),
    STR("\r\n.\n"),
    STR("\r.\r"),
    STR("\r.\r\n"),
    STR("\r\n.\r"),
    STR("\n.\r"),
    STR("\r.\n"),
    STR("\r\n.\r\r\n"),
    STR("\r\r\n.\r\r\n"),
    STR("\r\n\0.\r\n"),
    STR("\r\n.\0\r\n"),
    STR("\0\r\n.\0\r\n"),
    STR("\r\n .\r\n"),
    STR("\r\n. \r\n"),
    STR("\n\n.\n"),
    STR("\r\r.\r\r"),
    STR("\n\r.\n\r"),
    STR("\r\n.\n\r\n"),
    STR("\n\r\n.\n"),
    STR("\r\n\r.\r\n"),
    STR("\r\n.\x85\r\n"),
    STR("\xe2\x80\xa8.\xe2\x80\xa8"),
    STR("\x0b.\x0b"),
    STR("\x0c.\x0c"),
    STR("\r\n..\r\n"),
    STR("\n..\r\n"),
    STR("\n..\n"),
};

static void no_other_end_ends_a_message(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        struct world *w = world_open(NULL);
        struct talk *t = talk_open(w, "mx");
        talk_say(t, envelope);
        struct str said = talk_send(
            t,
            str_join(w->cx.arena,
                     (struct str[]){STR("Subject: cover\r\n\r\ntext"), ends[i], str_z(hidden)}, 3));
        /* One message was seen, with all of the hidden text in it, or none at all. */
        bool taken = str_starts(said, STR("250 2.0.0 Ok: "));
        bool refused = str_starts(said, STR("550 5.6.0 "));
        if ((!taken && !refused) || str_find(said, STR("\r\n")) + 2 != said.n)
            fail_msg("end %zu: said %.*s", i, STR_ARG(said));
        assert_int_equal(world_count(w, w->john, "INBOX"), 0);
        assert_int_equal(world_count(w, w->jane, "INBOX"), taken ? 1 : 0);
        bool odd = str_chr(ends[i], 0) != SIZE_MAX;
        for (size_t k = 0; k < ends[i].n; k++) {
            char before = k ? ends[i].p[k - 1] : 'x',
                 after = k + 1 < ends[i].n ? ends[i].p[k + 1] : 'x';
            odd |= ends[i].p[k] == '\n' && before != '\r';
            odd |= ends[i].p[k] == '\r' && after != '\n';
        }
        if (odd != refused)
            fail_msg("end %zu: lone CR, LF or NUL %d, refused %d", i, odd, refused);
        /* The session goes on where the client really is. */
        assert_str(talk_say(t, "NOOP\r\n"), STR("250 2.0.0 Ok\r\n"));
        talk_close(t);
        world_close(w);
    }
}

/* In commands: what follows a bad line end is not looked at. */
static void bad_line_ends_close_the_connection(void **state)
{
    static const char *const lines[] = {
        "NOOP\nNOOP\r\n",
        "NOOP\n\rNOOP\r\n",
        "NOOP\rNOOP\r\n",
        "NOOP\r\r\n",
        "MAIL FROM:<a@b.example>\nRCPT TO:<jane.roe@commonwealth.example>\r\n",
        "\n",
        "\rQUIT\r\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct world *w = world_open(NULL);
        struct talk *t = talk_open(w, "mx");
        talk_say(t, "EHLO client.example\r\n");
        assert_str(talk_say(t, lines[i]),
                   STR("500 5.5.2 Lines must end with CRLF; closing the connection\r\n"));
        assert_true(talk_is_closed(t));
        talk_close(t);
        world_close(w);
    }
}

/* RFC 3030: chunks may hold anything, but only BINARYMIME may keep it. */
static void chunks_are_looked_at_too(void **state)
{
    struct world *w = world_open(NULL);
    struct talk *t = talk_open(w, "mx");
    (void)state;
    talk_say(t, "EHLO client.example\r\nMAIL FROM:<a@outside.example>\r\n"
                "RCPT TO:<jane.roe@commonwealth.example>\r\n");
    struct str said = talk_say(t, "BDAT 13 LAST\r\nA: b\r\n\r\nc\n.\r\n");
    assert_true(str_starts(said, STR("550 5.6.0 ")));
    talk_say(t, "MAIL FROM:<a@outside.example> BODY=BINARYMIME\r\n"
                "RCPT TO:<jane.roe@commonwealth.example>\r\n");
    assert_str(talk_say(t, "BDAT 13 LAST\r\nA: b\r\n\r\nc\n.\r\n"), STR("250 2.0.0 Ok: ID\r\n"));
    struct str kept = world_newest(w, w->jane, "INBOX");
    assert_true(str_ends(kept, STR("\r\nA: b\r\n\r\nc\n.\r\n")));
    talk_close(t);
    world_close(w);
}

/* What came in clear before the handshake is not run after it (RFC 3207 section 6). */
static void nothing_survives_a_handshake(void **state)
{
    struct world *w = world_open(NULL);
    struct talk *t = talk_open(w, "mx");
    (void)state;
    talk_say(t, "EHLO client.example\r\n");
    assert_str(talk_say(t, "STARTTLS\r\nEHLO evil.example\r\nMAIL FROM:<evil@outside.example>\r\n"),
               STR("220 2.0.0 Ready to start TLS\r\n"));
    assert_str(talk_say(t, "MAIL FROM:<a@outside.example>\r\n"),
               STR("503 5.5.1 Say EHLO first\r\n"));
    talk_close(t);
    world_close(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_other_end_ends_a_message),
        cmocka_unit_test(bad_line_ends_close_the_connection),
        cmocka_unit_test(chunks_are_looked_at_too),
        cmocka_unit_test(nothing_survives_a_handshake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
