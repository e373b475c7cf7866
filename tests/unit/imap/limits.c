/* Limits of IMAP's commands: as much as may be is taken, one more is refused. */
#include "../unit.h"
#include "base/buf.h"
#include "core/rights.h"
#include "proto/imap/append/append.h"
#include "proto/imap/fetch/fetch.h"
#include "proto/imap/mailbox/list.h"
#include "proto/imap/mailbox/mailbox.h"
#include "proto/imap/search/context.h"
#include "talk.h"

static int open_world(void **state)
{
    *state = imap_world_open();
    return 0;
}

static int close_world(void **state)
{
    imap_world_close(*state);
    return 0;
}

static struct imap_talk *entered(struct imap_world *w)
{
    struct imap_talk *t = imap_talk_open(w);
    imap_world_fill(w, w->jane, "INBOX", 1);
    imap_talk_enter(t, w->jane);
    imap_talk_say(t, "s SELECT INBOX\r\n");
    return t;
}

enum { URLS_MAX = 100, MAILBOXES_MAX = 1000 }; /* of the files of these commands alone */

/* head, then so many of one, parted by between, then tail. */
static const struct repeated {
    const char *head, *one, *between, *tail;
    size_t most;
} rows[] = {
    {"a ESEARCH IN (mailboxes (", "m", " ", ")) ALL\r\n", MAILBOXES_MAX},
    {"a GENURLAUTH ",
     "\"imap://jane%40example.com@mail.example/INBOX/;UID=1;URLAUTH=anonymous\" INTERNAL", " ",
     "\r\n", URLS_MAX},
    {"a URLFETCH ", "\"imap://jane%40example.com@mail.example/INBOX/;UID=1\"", " ", "\r\n",
     URLS_MAX},
    {"a APPEND INBOX CATENATE (", "URL \"/INBOX/;UID=1\"", " ", ")\r\n", IMAP_CATENATE_PARTS_MAX},
    {"a FETCH 1 (", "BODY.PEEK[]", " ", ")\r\n", IMAP_SECTIONS_MAX},
    {"a FETCH 1 (BODY.PEEK[HEADER.FIELDS (", "f", " ", ")])\r\n", IMAP_FIELDS_MAX},
    {"a LIST \"\" (", "p", " ", ")\r\n", IMAP_PATTERNS_MAX},
    {"a LIST \"\" ", "p", "", "\r\n", IMAP_PATTERN_MAX},
};

static bool is_refused(struct imap_talk *t, const struct repeated *row, size_t count)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct buf b = buf_of(a, 1 << 20);
    buf_add(&b, str_z(row->head));
    for (size_t i = 0; i < count; i++) {
        buf_add(&b, str_z(i ? row->between : ""));
        buf_add(&b, str_z(row->one));
    }
    buf_add(&b, str_z(row->tail));
    struct str said = imap_talk_send(t, buf_str(&b));
    assert_false(imap_talk_is_closed(t));
    return str_find(said, STR("a NO [LIMIT] ")) != SIZE_MAX;
}

static void one_more_is_refused(void **state)
{
    struct imap_talk *t = entered(*state);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        print_message("# %s\n", rows[i].head);
        assert_false(is_refused(t, &rows[i], rows[i].most));
        assert_true(is_refused(t, &rows[i], rows[i].most + 1));
    }
    imap_talk_close(t);
}

/* INPROGRESS between portions, each farther than the one before (RFC 9585 section 4). */
static void a_long_fetch_says_how_far_it_is(void **state)
{
    enum { MESSAGES = 3000 };
    struct imap_world *w = *state;
    struct imap_talk *t = entered(w);
    uint64_t before = 0, done;
    size_t told = 0;
    imap_world_fill(w, w->jane, "INBOX", MESSAGES - 1);
    imap_talk_say(t, "a NOOP\r\n");
    w->env.limits.progress_ms = 0;
    struct cur c = cur_of(imap_talk_say(t, "a FETCH 1:* (ENVELOPE BODYSTRUCTURE)\r\n"));
    for (struct str line; cur_line(&c, &line);) {
        struct cur at = cur_of(line);
        if (!cur_text(&at, STR("* OK [INPROGRESS (\"a\" ")))
            continue;
        assert_true(cur_u64(&at, &done) && cur_text(&at, STR(" 3000)] Processed ")));
        assert_true(done > before && done < MESSAGES);
        before = done;
        told++;
    }
    assert_true(told > 1);
    imap_talk_close(t);
}

/* A search that reads messages is told on as long as few have changed at a time. */
static void contexts_end_when_too_much_changes(void **state)
{
    struct imap_world *w = *state;
    struct imap_talk *t = entered(w);
    imap_talk_say(t, "u SEARCH RETURN (UPDATE COUNT) BODY nothing-of-the-kind\r\n");
    imap_world_fill(w, w->jane, "INBOX", IMAP_CONTEXT_READS_MAX);
    struct str said = imap_talk_say(t, "b NOOP\r\n");
    assert_int_equal(str_find(said, STR("NOUPDATE")), SIZE_MAX);
    imap_world_fill(w, w->jane, "INBOX", IMAP_CONTEXT_READS_MAX + 1);
    said = imap_talk_say(t, "c NOOP\r\n");
    assert_int_not_equal(str_find(said, STR("* NO [NOUPDATE \"u\"]")), SIZE_MAX);
    said = imap_talk_say(t, "d CANCELUPDATE \"u\"\r\n");
    assert_int_equal(str_find(said, STR("d OK")), SIZE_MAX);
    imap_talk_close(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_more_is_refused, open_world, close_world),
        cmocka_unit_test_setup_teardown(a_long_fetch_says_how_far_it_is, open_world, close_world),
        cmocka_unit_test_setup_teardown(contexts_end_when_too_much_changes, open_world,
                                        close_world),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
