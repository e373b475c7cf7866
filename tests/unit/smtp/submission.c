/* Submission (RFC 6409): log-in first, and nobody sends as somebody else without the right. */
#include "unit.h"

#include "../world/world.h"
#include "base/buf.h"
#include "format/base64.h"
#include "service/submission/submission.h"

static void assert_starts(struct str said, const char *wanted)
{
    if (!str_starts(said, str_z(wanted)))
        fail_msg("said %.*s, wanted %s", STR_ARG(said), wanted);
}

static struct str auth_plain(struct world *w, const char *login, const char *password)
{
    struct arena *a = w->cx.arena;
    struct str plain =
        str_join(a, (struct str[]){STR("\0"), str_z(login), STR("\0"), str_z(password)}, 4);
    return str_join(a, (struct str[]){STR("AUTH PLAIN "), base64_encode(a, plain), STR("\r\n")}, 3);
}

/* A world where jane has a password, and a session of hers that is logged in. */
static struct talk *logged_in(struct world **w)
{
    *w = world_open(NULL);
    world_password(*w, (*w)->jane, "secret");
    struct talk *t = talk_open(*w, "submissions");
    talk_say(t, "EHLO pc.example\r\n");
    assert_starts(talk_send(t, auth_plain(*w, "jane.roe@commonwealth.example", "secret")),
                  "235 2.7.0 ");
    return t;
}

static void log_in_comes_first(void **state)
{
    struct world *w = world_open(NULL);
    struct talk *t = talk_open(w, "submission");
    (void)state;
    struct str said = talk_say(t, "EHLO pc.example\r\n");
    assert_int_equal(str_find(said, STR("PLAIN")), SIZE_MAX); /* in clear: never */
    assert_starts(talk_say(t, "MAIL FROM:<jane.roe@commonwealth.example>\r\n"), "530 5.7.0 ");
    assert_starts(talk_say(t, "RCPT TO:<jane.roe@commonwealth.example>\r\n"), "503 5.5.1 ");
    assert_starts(talk_say(t, "DATA\r\n"), "503 5.5.1 ");
    assert_starts(talk_say(t, "BDAT 4 LAST\r\nNOOP"), "503 5.5.1 ");
    assert_starts(talk_send(t, auth_plain(w, "jane.roe@commonwealth.example", "secret")),
                  "538 5.7.11 ");
    assert_starts(talk_say(t, "AUTH FOO\r\n"), "504 5.5.4 ");
    assert_starts(talk_say(t, "STARTTLS\r\n"), "220 2.0.0 ");
    said = talk_say(t, "EHLO pc.example\r\n");
    assert_int_not_equal(str_find(said, STR("PLAIN")), SIZE_MAX);
    assert_int_equal(str_find(said, STR("STARTTLS")), SIZE_MAX);
    talk_close(t);
    world_close(w);
}

static void wrong_passwords(void **state)
{
    struct world *w = world_open(NULL);
    (void)state;
    world_password(w, w->jane, "secret");
    struct talk *t = talk_open(w, "submissions");
    talk_say(t, "EHLO pc.example\r\n");
    assert_starts(talk_send(t, auth_plain(w, "jane.roe@commonwealth.example", "wrong")),
                  "535 5.7.8 ");
    assert_int_equal(talk_delay_ms(t), 2000);
    assert_starts(talk_send(t, auth_plain(w, "nobody@commonwealth.example", "wrong")),
                  "535 5.7.8 ");
    assert_starts(talk_say(t, "AUTH PLAIN\r\n"), "334 ");
    assert_starts(talk_say(t, "*\r\n"), "501 5.7.0 ");
    assert_starts(talk_say(t, "AUTH PLAIN\r\n"), "334 ");
    assert_starts(talk_say(t, "not base64!\r\n"), "501 5.5.2 ");
    assert_starts(talk_say(t, "AUTH PLAIN !\r\n"), "501 5.5.2 ");
    assert_starts(talk_say(t, "AUTH\r\n"), "501 5.5.4 ");
    assert_starts(talk_say(t, "NOOP\r\n"), "250 2.0.0 ");
    assert_starts(talk_send(t, auth_plain(w, "jane.roe@commonwealth.example", "secret")),
                  "235 2.7.0 ");
    assert_starts(talk_say(t, "AUTH PLAIN\r\n"), "503 5.5.1 ");
    talk_close(t);
    world_close(w);
}

static void mail_from_is_ones_own(void **state)
{
    static const struct {
        const char *sender, *reply;
    } cases[] = {
        {"<jane.roe@commonwealth.example>", "250 2.1.0 "},
        {"<Jane.Roe@Commonwealth.example>", "250 2.1.0 "},
        {"<jane@health.example>", "250 2.1.0 "},
        {"<>", "250 2.1.0 "},
        {"<john.doe@commonwealth.example>", "550 5.7.1 "},
        {"<clerk@health.example>", "250 2.1.0 "}, /* granted */
        {"<staff@commonwealth.example>", "550 5.7.1 "},
        {"<nobody@commonwealth.example>", "550 5.7.1 "},
        {"<jane.roe@outside.example>", "550 5.7.1 "},
        {"<@commonwealth.example:jane.roe@outside.example>", "550 5.7.1 "},
        {"<\"jane.roe@commonwealth.example\"@outside.example>", "550 5.7.1 "},
    };
    struct world *w;
    struct talk *t = logged_in(&w);
    (void)state;
    world_must(&w->cx, directory_send_as_grant(&w->cx, w->core, w->clerk, w->jane, true), "grant");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char line[300];
        snprintf(line, sizeof line, "RSET\r\nMAIL FROM:%s\r\n", cases[i].sender);
        struct str said = str_from(talk_say(t, line), strlen("250 2.0.0 Ok\r\n"));
        if (!str_starts(said, str_z(cases[i].reply)))
            fail_msg("%s: %.*s", cases[i].sender, STR_ARG(said));
    }
    talk_close(t);
    world_close(w);
}

/* Twenty authors, and one more; each is one's own. */
static void authors_are_few(void **state)
{
    struct world *w;
    struct talk *t = logged_in(&w);
    (void)state;
    for (int over = 0; over < 2; over++) {
        struct buf b = buf_of(w->cx.arena, 4096);
        buf_add(&b, STR("From: jane@health.example"));
        for (int i = 1; i < SUBMISSION_AUTHORS_MAX + over; i++)
            buf_add(&b, STR(",\r\n jane@health.example"));
        buf_add(&b, STR("\r\n\r\nbody\r\n.\r\n"));
        talk_say(t, "MAIL FROM:<jane.roe@commonwealth.example>\r\n"
                    "RCPT TO:<john.doe@commonwealth.example>\r\nDATA\r\n");
        assert_true(str_starts(talk_send(t, buf_str(&b)),
                               over ? STR("550 5.6.0 ") : STR("250 2.0.0 Ok: ")));
    }
    talk_close(t);
    world_close(w);
}

/* The field that people see counts as much as the envelope. */
static void from_and_sender_are_ones_own(void **state)
{
    static const struct {
        const char *header, *reply;
    } cases[] = {
        {"From: jane.roe@commonwealth.example\r\n", "250 2.0.0 Ok: "},
        {"From: \"Jane Roe\" <JANE.ROE@commonwealth.example>\r\n", "250 2.0.0 Ok: "},
        {"From:\r\n jane@health.example\r\n", "250 2.0.0 Ok: "},
        {"From: John <john.doe@commonwealth.example>\r\n", "550 5.7.1 "},
        {"From: \"jane.roe@commonwealth.example\" <john.doe@commonwealth.example>\r\n",
         "550 5.7.1 "},
        {"From: jane.roe@commonwealth.example, john.doe@commonwealth.example\r\n", "550 5.7.1 "},
        {"From: g: jane.roe@commonwealth.example, a@outside.example;\r\n", "550 5.7.1 "},
        {"From: a@outside.example\r\n", "550 5.7.1 "},
        {"From: jane.roe@commonwealth.example\r\nSender: john.doe@commonwealth.example\r\n",
         "550 5.7.1 "},
        {"From: john.doe@commonwealth.example\r\nSender: jane.roe@commonwealth.example\r\n",
         "550 5.7.1 "},
        {"From: jane.roe@commonwealth.example\r\nSender: jane@health.example\r\n",
         "250 2.0.0 Ok: "},
        {"From: jane.roe@commonwealth.example\r\nFROM: john.doe@commonwealth.example\r\n",
         "550 5.6.0 "},
        {"From: jane.roe@commonwealth.example\r\nfrom : john.doe@commonwealth.example\r\n",
         "550 5.6.0 "},
        {"From: jane.roe@commonwealth.example\r\nSender: jane@health.example\r\n"
         "Sender: john.doe@commonwealth.example\r\n",
         "550 5.6.0 "},
        {"Subject: no author\r\n", "550 5.6.0 "},
        {"From:\r\n", "550 5.6.0 "},
        {"From: undisclosed:;\r\n", "550 5.6.0 "},
        {"From a@b Thu Jan 1 1970\r\nFrom: jane.roe@commonwealth.example\r\n", "550 5.6.0 "},
        {"no field\r\nFrom: jane.roe@commonwealth.example\r\n", "550 5.6.0 "},
        {" From: john.doe@commonwealth.example\r\nFrom: jane.roe@commonwealth.example\r\n",
         "550 5.6.0 "},
    };
    struct world *w;
    struct talk *t = logged_in(&w);
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        talk_say(t, "MAIL FROM:<jane.roe@commonwealth.example>\r\n"
                    "RCPT TO:<john.doe@commonwealth.example>\r\nDATA\r\n");
        struct str message = str_printf(w->cx.arena, "%s\r\nbody\r\n.\r\n", cases[i].header);
        struct str said = talk_send(t, message);
        if (!str_starts(said, str_z(cases[i].reply)))
            fail_msg("%s: %.*s", cases[i].header, STR_ARG(said));
    }
    talk_close(t);
    world_close(w);
}

/* RFC 6409 section 8: in front, and only what is missing. */
static void date_and_message_id_are_added(void **state)
{
    struct world *w;
    struct talk *t = logged_in(&w);
    (void)state;
    talk_say(t, "MAIL FROM:<jane.roe@commonwealth.example>\r\n"
                "RCPT TO:<john.doe@commonwealth.example>\r\nDATA\r\n");
    struct str said = talk_send(t, STR("From: jane.roe@commonwealth.example\r\n\r\nx\r\n.\r\n"));
    struct str id = str_sub(said, 14, 16), kept = world_newest(w, w->john, "INBOX");
    struct str wanted = str_printf(w->cx.arena,
                                   "\r\nDate: Tue, 14 Nov 2023 22:13:20 +0000\r\n"
                                   "Message-ID: <%.*s@mail.example>\r\n"
                                   "From: jane.roe@commonwealth.example\r\n\r\nx\r\n",
                                   STR_ARG(id));
    assert_true(str_ends(kept, wanted));
    assert_int_not_equal(str_find(kept, STR(" with ESMTPSA id ")), SIZE_MAX);
    talk_say(t, "MAIL FROM:<jane.roe@commonwealth.example>\r\n"
                "RCPT TO:<john.doe@commonwealth.example>\r\nDATA\r\n"
                "From: jane.roe@commonwealth.example\r\ndate: x\r\nmessage-id: <1@y>\r\n\r\nx\r\n"
                ".\r\n");
    kept = world_newest(w, w->john, "INBOX");
    assert_int_equal(str_find(kept, STR("Date: ")), SIZE_MAX);
    assert_int_equal(str_find(kept, STR("Message-ID: ")), SIZE_MAX);
    talk_close(t);
    world_close(w);
}

static void mail_for_elsewhere_has_a_clear_reply(void **state)
{
    struct world *w;
    struct talk *t = logged_in(&w);
    (void)state;
    talk_say(t, "MAIL FROM:<jane.roe@commonwealth.example>\r\n");
    assert_str(talk_say(t, "RCPT TO:<a@outside.example>\r\n"),
               STR("550 5.4.4 Mail to other systems is not served yet by this server\r\n"));
    talk_close(t);
    world_close(w);
}

/* A log-in does not survive a handshake that follows it. */
static void tls_forgets_the_log_in(void **state)
{
    struct world *w = world_open(NULL);
    struct talk *t = talk_open(w, "submission");
    (void)state;
    talk_say(t, "EHLO pc.example\r\nSTARTTLS\r\n");
    assert_starts(talk_say(t, "MAIL FROM:<jane.roe@commonwealth.example>\r\n"), "503 5.5.1 ");
    talk_say(t, "EHLO pc.example\r\n");
    assert_starts(talk_say(t, "MAIL FROM:<jane.roe@commonwealth.example>\r\n"), "530 5.7.0 ");
    talk_close(t);
    world_close(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(log_in_comes_first),
        cmocka_unit_test(wrong_passwords),
        cmocka_unit_test(mail_from_is_ones_own),
        cmocka_unit_test(from_and_sender_are_ones_own),
        cmocka_unit_test(authors_are_few),
        cmocka_unit_test(date_and_message_id_are_added),
        cmocka_unit_test(mail_for_elsewhere_has_a_clear_reply),
        cmocka_unit_test(tls_forgets_the_log_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
