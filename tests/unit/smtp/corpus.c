/* The malformed messages of the corpora, as a client would send them: each is one message or none,
   and what is kept is what was sent. */
#include "unit.h"

#include "../world/archive.h"
#include "../world/world.h"
#include "base/buf.h"
#include "base/cur.h"

/* Dots doubled, CRLF at the end (RFC 5321 section 4.5.2). */
static struct str on_the_wire(struct arena *a, struct str message)
{
    struct buf b = buf_of(a, 2 * message.n + 10);
    struct str rest = message;
    while (rest.n) {
        size_t end = str_find(rest, STR("\r\n"));
        struct str line = str_sub(rest, 0, end == SIZE_MAX ? rest.n : end + 2);
        if (*line.p == '.')
            buf_byte(&b, '.');
        buf_add(&b, line);
        rest = str_from(rest, line.n);
    }
    if (message.n && !str_ends(message, STR("\r\n")))
        buf_add(&b, STR("\r\n"));
    buf_add(&b, STR(".\r\n"));
    return buf_str(&b);
}

static bool has_lone_bytes(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == 0 || (s.p[i] == '\n' && (i == 0 || s.p[i - 1] != '\r')) ||
            (s.p[i] == '\r' && (i + 1 == s.n || s.p[i + 1] != '\n')))
            return true;
    }
    return false;
}

static void assert_one_or_none(const char *name, struct str message)
{
    struct world *w = world_open(NULL);
    struct talk *t = talk_open(w, "mx");
    talk_say(t, "EHLO client.example\r\nMAIL FROM:<a@outside.example>\r\n"
                "RCPT TO:<jane.roe@commonwealth.example>\r\nDATA\r\n");
    struct str said = talk_send(t, on_the_wire(w->cx.arena, message));
    bool taken = str_starts(said, STR("250 2.0.0 Ok: "));
    if (str_find(said, STR("\r\n")) + 2 != said.n || (taken && has_lone_bytes(message)))
        fail_msg("%s: %.*s", name, STR_ARG(said));
    assert_str(talk_say(t, "NOOP\r\n"), STR("250 2.0.0 Ok\r\n"));
    assert_int_equal(world_count(w, w->jane, "INBOX"), taken);
    if (taken && str_find(world_newest(w, w->jane, "INBOX"), message) == SIZE_MAX)
        fail_msg("%s: other bytes were kept", name);
    if (strstr(name, "smuggle") && !strstr(name, "crlf-dot-crlf") && taken)
        fail_msg("%s: was taken", name);
    talk_close(t);
    world_close(w);
}

static void corpus_is_survived(void **state)
{
    size_t count = 0;
    struct str name, message;
    (void)state;
    struct arena *a AUTO(arena_close) = arena_open();
    struct cur files;
    if (!archive_open(a, "mail-made/made-1.tar.zst", &files))
        skip();
    while (archive_next(&files, &name, &message)) {
        if (!str_ends(name, STR(".eml")))
            continue;
        assert_one_or_none(str_zdup(a, name), message);
        count++;
    }
    assert_true(count > 40);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(corpus_is_survived)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
