#include "../unit.h"
#include "core/view.h"
#include "proto/imap/session.h"
#include "talk.h"

/* Uids 2, 3, 4, 6, 7, 9 of INBOX, in a session's view. */
struct fixture {
    struct imap_world *world;
    struct imap_talk *talk;
    const struct view *view;
};

static int open_fixture(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    must(f);
    f->world = imap_world_open();
    imap_world_fill(f->world, f->world->jane, "INBOX", 9);
    f->talk = imap_talk_open(f->world);
    imap_talk_enter(f->talk, f->world->jane);
    imap_talk_say(f->talk, "a SELECT INBOX\r\na STORE 1,5,8 +FLAGS (\\Deleted)\r\na EXPUNGE\r\n");
    f->view = imap_talk_session(f->talk)->selected->view;
    assert_int_equal(view_count(f->view), 6);
    *state = f;
    return 0;
}

static int close_fixture(void **state)
{
    struct fixture *f = *state;
    imap_talk_close(f->talk);
    imap_world_close(f->world);
    free(f);
    return 0;
}

/* numbers: as message numbers; uids: the numbers of those uids. NULL: refused. */
static const struct {
    const char *in, *numbers, *uids;
} rows[] = {
    {"1", "1", ""},
    {"2", "2", "1"},
    {"1:3", "1:3", "1:2"},
    {"3:1", "1:3", "1:2"},
    {"*", "6", "6"},
    {"2:*", "2:6", "1:6"},
    {"*:2", "2:6", "1:6"},
    {"5,1,3:4,4", "1,3:5", "2:3"},
    {"1,1,1", "1", ""},
    {"7", NULL, "5"},
    {"9", NULL, "6"},
    {"8", NULL, ""},
    {"7:*", NULL, "5:6"},
    {"99:*", NULL, "6"},
    {"4294967295", "6", "6"},
    {"1:4294967295", "1:6", "1:6"},
    {"1:4294967294", NULL, "1:6"},
    {"0", NULL, NULL},
    {"4294967296", NULL, NULL},
    {"", NULL, NULL},
    {"1,", NULL, NULL},
    {"1:", NULL, NULL},
    {":1", NULL, NULL},
    {"a", NULL, NULL},
    {"-1", NULL, NULL},
};

static void compare(struct ctx *cx, const char *in, const char *wanted, enum code code,
                    const struct imap_set *places)
{
    if ((code == OK) != (wanted != NULL))
        fail_msg("\"%s\": %s", in, code_name(code));
    if (code != OK)
        return;
    struct buf b = buf_of(cx->arena, 1000);
    imap_set_put(&b, places, 1);
    assert_str(buf_str(&b), str_z(wanted));
}

static void resolves(void **state)
{
    struct fixture *f = *state;
    struct ctx *cx = &f->world->cx;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct cur c = cur_of(str_z(rows[i].in));
        struct imap_set set = {0}, places = {0};
        enum code parsed = imap_seqset_parse(cx, &c, &set);
        enum code code = parsed == OK ? imap_seqset_numbers(cx, &set, f->view, &places) : parsed;
        if (parsed == OK && !cur_end(&c))
            code = E_SYNTAX;
        compare(cx, rows[i].in, rows[i].numbers, code, &places);
        code = parsed == OK ? imap_seqset_uids(cx, &set, f->view, &places) : parsed;
        if (parsed == OK && !cur_end(&c))
            code = E_SYNTAX;
        compare(cx, rows[i].in, rows[i].uids, code, &places);
    }
}

static void bounds_ranges(void **state)
{
    struct fixture *f = *state;
    struct buf b = buf_of(f->world->cx.arena, 1 << 20);
    for (int i = 0; i <= IMAP_RANGES_MAX; i++)
        buf_add(&b, i ? STR(",1") : STR("1"));
    struct cur c = cur_of(buf_str(&b));
    struct imap_set set;
    assert_int_equal(imap_seqset_parse(&f->world->cx, &c, &set), E_LIMIT);
}

static void holds_numbers(void **state)
{
    (void)state;
    struct imap_set set = {0};
    for (uint32_t n = 1; n < 100; n++)
        if (n % 3)
            imap_set_add(NULL, &set, n);
    assert_int_equal(set.count, 33);
    assert_int_equal(imap_set_size(&set), 66);
    for (uint32_t n = 0; n < 110; n++)
        assert_int_equal(imap_set_has(&set, n), n < 100 && n % 3 != 0);
    imap_set_free(&set);
    assert_false(imap_set_has(&set, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resolves),
        cmocka_unit_test(bounds_ranges),
        cmocka_unit_test(holds_numbers),
    };
    return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
