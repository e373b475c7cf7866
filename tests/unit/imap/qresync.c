/* What clients that come back are told: pages, portions, and logs that do not reach back. */
#include "../unit.h"
#include "core/upkeep/sweep.h"
#include "proto/imap/session.h"
#include "proto/imap/wire/partial.h"
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

static struct imap_talk *resyncing(struct imap_world *w)
{
    struct imap_talk *t = imap_talk_open(w);
    imap_talk_enter(t, w->jane);
    imap_talk_say(t, "q ENABLE QRESYNC\r\n");
    return t;
}

static uint64_t number_after(struct str said, struct str word)
{
    uint64_t n = 0;
    size_t at = str_find(said, word);
    assert_true(at != SIZE_MAX);
    struct cur c = cur_of(str_from(said, at + word.n));
    assert_true(cur_u64(&c, &n));
    return n;
}

static size_t count_of(struct str in, struct str word)
{
    size_t n = 0;
    for (size_t at = str_find(in, word); at != SIZE_MAX; at = str_find(in, word)) {
        n++;
        in = str_from(in, at + word.n);
    }
    return n;
}

struct state {
    uint64_t validity, highest;
};

static struct state select_of(struct imap_talk *t)
{
    struct str said = imap_talk_say(t, "s SELECT INBOX\r\n");
    return (struct state){number_after(said, STR("[UIDVALIDITY ")),
                          number_after(said, STR("[HIGHESTMODSEQ "))};
}

static struct str resync(struct imap_talk *t, struct state was, const char *rest)
{
    char line[200];
    snprintf(line, sizeof line, "r SELECT INBOX (QRESYNC (%llu %llu%s))\r\n",
             (unsigned long long)was.validity, (unsigned long long)was.highest, rest);
    return imap_talk_say(t, line);
}

/* A SELECT with very many changes comes in portions, and its tagged reply is SELECT's. */
static void sends_many_changes_in_portions(void **state)
{
    enum { MESSAGES = 9000 };
    struct imap_world *w = *state;
    imap_world_fill(w, w->jane, "INBOX", MESSAGES);
    struct imap_talk *t = resyncing(w);
    struct state was = select_of(t);
    imap_talk_say(t, "a STORE 2:8999 +FLAGS.SILENT (\\Seen $Long_keyword_1 $Long_keyword_2)\r\n");
    imap_talk_say(t, "b UNSELECT\r\n");
    struct str said = resync(t, was, "");
    assert_int_equal(count_of(said, STR(" FETCH (UID ")), MESSAGES - 2);
    assert_true(str_ends(said, STR("\r\nr OK [READ-WRITE] SELECT completed\r\n")));
    assert_true(imap_talk_largest(t) < (size_t)MESSAGES * 90);
    said = resync(t, was, " 8000:9000");
    assert_int_equal(count_of(said, STR(" FETCH (UID ")), 1000);
    imap_talk_close(t);
}

/* Tombstones end after TOMBSTONE_DAYS. Who comes later is told all that is not there. */
static void answers_in_full_when_tombstones_are_gone(void **state)
{
    struct imap_world *w = *state;
    struct sweep_report report = {.more = true};
    imap_world_fill(w, w->jane, "INBOX", 10);
    struct imap_talk *t = resyncing(w);
    struct state was = select_of(t);
    imap_talk_say(t, "a STORE 3,7 +FLAGS.SILENT \\Deleted\r\na EXPUNGE\r\n");
    imap_talk_say(t, "b UNSELECT\r\n");
    w->cx.now_ms += (int64_t)(TOMBSTONE_DAYS + 1) * 24 * 3600 * 1000;
    for (int i = 0; i < 100 && report.more; i++)
        assert_int_equal(sweep_account(&w->cx, w->core, w->jane, &report), OK);
    struct str said = resync(t, was, "");
    assert_true(str_find(said, STR("* VANISHED (EARLIER) 3,7\r\n")) != SIZE_MAX);
    said = resync(t, was, " 1:7 (1:4 1,2,4,5)"); /* the pairs reach up to 5 */
    assert_true(str_find(said, STR("* VANISHED (EARLIER) 7\r\n")) != SIZE_MAX);
    said = resync(t, was, " 1:5");
    assert_true(str_find(said, STR("* VANISHED (EARLIER) 3\r\n")) != SIZE_MAX);
    imap_talk_close(t);
}

/* A log that is long to read, for a small folder, is not read: the folder is looked at instead. */
static void reads_no_long_log(void **state)
{
    struct imap_world *w = *state;
    imap_world_fill(w, w->jane, "INBOX", 5);
    struct imap_talk *t = resyncing(w);
    struct state was = select_of(t);
    imap_talk_say(t,
                  "a STORE 2 +FLAGS.SILENT \\Deleted\r\na EXPUNGE\r\na STORE 1 FLAGS \\Seen\r\n");
    imap_world_fill(w, w->jane, "Archive", 12000);
    struct str said = resync(t, was, "");
    assert_true(str_find(said, STR("* VANISHED (EARLIER) 2\r\n* 1 FETCH (UID 1 FLAGS (\\Seen")) !=
                SIZE_MAX);
    assert_int_equal(count_of(said, STR(" FETCH ")), 1);
    imap_talk_close(t);
}

/* Batches touch each other, have the size that was asked for, and end at 1. */
static void cuts_batches(void **state)
{
    struct imap_world *w = *state;
    imap_world_fill(w, w->jane, "INBOX", 3000);
    struct imap_talk *t = resyncing(w);
    select_of(t);
    imap_talk_say(t, "a STORE 1:500,2001:2100 +FLAGS.SILENT \\Deleted\r\na EXPUNGE\r\n");
    struct str said = imap_talk_say(t, "b UIDBATCHES 1000\r\n");
    assert_str(said, STR("* UIDBATCHES (TAG \"b\") 3000:1901,1900:901,900:1\r\n"
                         "b OK UIDBATCHES completed\r\n"));
    said = imap_talk_say(t, "b UIDBATCHES 1000 2:2\r\n");
    assert_str(said, STR("* UIDBATCHES (TAG \"b\") 1900:901\r\nb OK UIDBATCHES completed\r\n"));
    said = imap_talk_say(t, "b UIDBATCHES 2400\r\n");
    assert_str(said, STR("* UIDBATCHES (TAG \"b\") 3000:1\r\nb OK UIDBATCHES completed\r\n"));
    imap_talk_close(t);
}

/* --- pages --- */

static void cuts_pages(void **state)
{
    (void)state;
    struct arena *a = arena_open();
    struct random r = {.seed = 5};
    for (int round = 0; round < 20000; round++) {
        struct imap_set in = {0}, out;
        uint32_t numbers[64], count = 0, n = 0;
        for (uint32_t want = (uint32_t)random_below(&r, 20); count < want; count++) {
            n += 1 + (uint32_t)random_below(&r, 3);
            numbers[count] = n;
            imap_set_add(a, &in, n);
        }
        uint32_t x = 1 + (uint32_t)random_below(&r, 25), y = x + (uint32_t)random_below(&r, 25);
        struct imap_partial page = {x, y, random_below(&r, 2)};
        imap_partial_cut(a, &in, &page, &out);
        uint64_t expected = 0;
        for (uint32_t i = 0; i < count; i++) {
            uint32_t place = page.from_end ? count - i : i + 1;
            bool in_page = place >= x && place <= y;
            expected += in_page;
            assert_int_equal(imap_set_has(&out, numbers[i]), in_page);
        }
        assert_int_equal(imap_set_size(&out), expected);
        arena_reset(a);
    }
    arena_close(a);
}

static void reads_pages(void **state)
{
    static const struct {
        const char *text, *as; /* as: NULL when it is none */
    } rows[] = {
        {"1:100", "1:100"}, {"100:1", "1:100"}, {"-1:-100", "-1:-100"}, {"-100:-1", "-1:-100"},
        {"7:7", "7:7"},     {"0:1", NULL},      {"1:0", NULL},          {"-1:1", NULL},
        {"1:-1", NULL},     {"1", NULL},        {"-1", NULL},           {"1:", NULL},
        {"*:1", NULL},      {"1:*", NULL},      {"--1:-1", NULL},       {"4294967296:1", NULL},
        {"", NULL},         {"a:b", NULL},
    };
    (void)state;
    struct arena *a = arena_open();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct cur c = cur_of(str_z(rows[i].text));
        struct imap_partial page;
        assert_int_equal(imap_partial_take(&c, &page), rows[i].as != NULL);
        if (!rows[i].as) {
            assert_str(c.rest, str_z(rows[i].text));
            continue;
        }
        struct buf b = buf_of(a, 100);
        imap_partial_put(&b, &page);
        assert_str(buf_str(&b), str_z(rows[i].as));
    }
    arena_close(a);
}

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_WORLD(sends_many_changes_in_portions),
        IN_A_WORLD(answers_in_full_when_tombstones_are_gone),
        IN_A_WORLD(reads_no_long_log),
        IN_A_WORLD(cuts_batches),
        cmocka_unit_test(cuts_pages),
        cmocka_unit_test(reads_pages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
