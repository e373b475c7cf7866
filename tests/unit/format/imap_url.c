#include "format/imap_url.h"
#include "base/arena.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define assert_str(s, text)                                                                        \
    do {                                                                                           \
        struct str s_ = (s);                                                                       \
        if (!str_eq(s_, str_z(text)))                                                              \
            fail_msg("%s is \"%.*s\", wanted \"%s\"", #s, STR_ARG(s_), text);                      \
    } while (0)

/* RFC 5092 and RFC 4467, their examples. */
static void takes_urls_apart(void **state)
{
    (void)state;
    static const struct {
        const char *in, *user, *host;
        uint32_t port;
        const char *mailbox;
        uint32_t uid_validity, uid;
        const char *section;
        uint64_t from, count;
        enum imap_url_access access;
        const char *name, *mechanism;
        size_t rump; /* bytes */
    } cases[] = {
        {"imap://minbari.example.org/gray-council;UIDVALIDITY=385759045/;UID=20/;PARTIAL=0.1024",
         "", "minbari.example.org", 0, "gray-council", 385759045, 20, "", 0, 1024, 0, "", "", 0},
        {"imap://psicorp.example.org/~peter/%E6%97%A5%E6%9C%AC%E8%AA%9E/"
         "%E5%8F%B0%E5%8C%97/;UID=7",
         "", "psicorp.example.org", 0, "~peter/日本語/台北", 0, 7, "", 0, 0, 0, "", "", 0},
        {"imap://;AUTH=GSSAPI@minbari.example.org/gray-council/;uid=20/;section=1.2", "",
         "minbari.example.org", 0, "gray-council", 0, 20, "1.2", 0, 0, 0, "", "", 0},
        {"imap://john;AUTH=*@minbari.example.org:143/babylon5/personel?x/;uid=1", NULL, 0, 0, 0, 0,
         0, 0, 0, 0, 0, 0, 0, 0},
        {"imap://joe@example.com/INBOX/;uid=20/;section=1.2;urlauth=submit+fred:internal:"
         "91354a473744909de610943775f92038",
         "joe", "example.com", 0, "INBOX", 0, 20, "1.2", 0, 0, IMAP_URL_SUBMIT, "fred", "internal",
         69},
        {"imap://joe@example.com/INBOX/;uid=20/;section=1.2;urlauth=user+ann%20b", "joe",
         "example.com", 0, "INBOX", 0, 20, "1.2", 0, 0, IMAP_URL_USER, "ann b", "", 70},
        {"imap://joe@[2001:db8::1]:99/INBOX/;uid=20;urlauth=anonymous", "joe", "[2001:db8::1]", 99,
         "INBOX", 0, 20, "", 0, 0, IMAP_URL_ANONYMOUS, "", "", 59},
        {"/INBOX;UIDVALIDITY=785799047/;UID=113330;section=1.5.9", "", "", 0, "INBOX", 785799047,
         113330, "1.5.9", 0, 0, 0, "", "", 0},
        {";UID=3/;PARTIAL=5", "", "", 0, "", 0, 3, "", 5, 0, 0, "", "", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena *a AUTO(arena_close) = arena_open();
        struct ctx cx = {.arena = a};
        struct imap_url url;
        enum code code = imap_url_parse(&cx, str_z(cases[i].in), &url);
        if ((code == OK) != (cases[i].user != NULL))
            fail_msg("%s: %s", cases[i].in, cx.err.what);
        if (code != OK)
            continue;
        assert_str(url.user, cases[i].user);
        assert_str(url.host, cases[i].host);
        assert_int_equal(url.absolute, cases[i].host[0] != 0);
        assert_int_equal(url.port, cases[i].port);
        assert_str(url.mailbox, cases[i].mailbox);
        assert_int_equal(url.uid_validity, cases[i].uid_validity);
        assert_int_equal(url.uid, cases[i].uid);
        assert_str(url.section, cases[i].section);
        assert_int_equal(url.from, cases[i].from);
        assert_int_equal(url.count, cases[i].count);
        assert_int_equal(url.access, cases[i].access);
        assert_str(url.access_name, cases[i].name);
        assert_str(url.mechanism, cases[i].mechanism);
        assert_int_equal(url.rump.n, cases[i].rump);
    }
}

static void knows_when_they_end(void **state)
{
    (void)state;
    struct arena *a AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = a};
    struct imap_url url;
    assert_int_equal(imap_url_parse(&cx,
                                    STR("imap://joe@example.com/INBOX/;uid=20;"
                                        "expire=2026-01-01T01:00:00Z;urlauth=authuser"),
                                    &url),
                     OK);
    assert_true(url.expires);
    assert_int_equal(url.expires_at_ms, INT64_C(1767229200000));
    assert_int_equal(url.access, IMAP_URL_AUTHUSER);
}

static void refuses_what_is_none(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "/",
        "/INBOX",
        "http://x/INBOX/;UID=1",
        "imap://",
        "imap://x",
        "imap:///;UID=1",
        "imap://x:0/INBOX/;UID=1",
        "imap://x:99999/INBOX/;UID=1",
        "/INBOX/;UID=0",
        "/INBOX/;UID=x",
        "/INBOX/;UID=1/;SECTION=",
        "/INBOX/;UID=1/;PARTIAL=",
        "/INBOX/;UID=1/;PARTIAL=1.0",
        "/INBOX/;UID=1/;NOTHING=1",
        "/IN%0ABOX/;UID=1",
        "/IN%00BOX/;UID=1",
        "/IN%f/;UID=1",
        "/IN%/;UID=1",
        "/IN%ff/;UID=1",
        "/INBOX/;UID=1;URLAUTH=",
        "/INBOX/;UID=1;URLAUTH=user+",
        "/INBOX/;UID=1;URLAUTH=anonymousx",
        "/INBOX/;UID=1;URLAUTH=anonymous:internal",
        "/INBOX/;UID=1;URLAUTH=anonymous:internal:12",
        "/INBOX/;UID=1;EXPIRE=soon",
        "/INBOX/;UID=1;URLAUTH=anonymous:internal:0123456789012345678901234567890z",
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena *a AUTO(arena_close) = arena_open();
        struct ctx cx = {.arena = a};
        struct imap_url url;
        if (imap_url_parse(&cx, str_z(cases[i]), &url) != E_SYNTAX)
            fail_msg("%s was taken", cases[i]);
    }
    struct arena *a AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = a};
    struct imap_url url;
    struct str big = str_of(arena_alloc(a, IMAP_URL_MAX + 1), IMAP_URL_MAX + 1);
    assert_int_equal(imap_url_parse(&cx, big, &url), E_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_urls_apart),
        cmocka_unit_test(knows_when_they_end),
        cmocka_unit_test(refuses_what_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
