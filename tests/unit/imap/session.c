/* Whole sessions: portions of long answers, and what two of them hear of each other. */
#include "proto/imap/session.h"
#include "../unit.h"
#include "base/cur.h"
#include "base/engine.h"
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

static struct imap_talk *selected(struct imap_world *w)
{
    struct imap_talk *t = imap_talk_open(w);
    imap_talk_enter(t, w->jane);
    struct str said = imap_talk_say(t, "s SELECT INBOX\r\n");
    assert_true(str_ends(said, STR("s OK [READ-WRITE] SELECT completed\r\n")));
    return t;
}

static void costs_little_when_idle(void **state)
{
    (void)state;
    assert_true(imap_engine.session_bytes <= 600);
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

/* Memory stays bounded, and nothing is lost or doubled where one portion ends. */
static void sends_long_answers_in_portions(void **state)
{
    enum { MESSAGES = 9000 };
    static const char *const asks[] = {"FETCH 1:* (FLAGS UID)", "FETCH 1:* (ENVELOPE FLAGS)",
                                       "UID FETCH 1:* (BODY.PEEK[TEXT] BODYSTRUCTURE)",
                                       "FETCH 1:* (BODY.PEEK[HEADER.FIELDS (Subject)])"};
    struct imap_world *w = *state;
    imap_world_fill(w, w->jane, "INBOX", MESSAGES);
    struct imap_talk *t = selected(w);
    for (size_t i = 0; i < sizeof asks / sizeof *asks; i++) {
        char command[200];
        snprintf(command, sizeof command, "a %s\r\n", asks[i]);
        struct str said = imap_talk_say(t, command);
        assert_int_equal(count_of(said, STR(" FETCH (")), MESSAGES);
        assert_int_equal(count_of(said, STR("\r\na OK ")), 1);
        assert_true(str_find(said, STR("* 9000 FETCH")) != SIZE_MAX);
        assert_null(imap_talk_session(t)->job);
    }
    assert_true(imap_talk_largest(t) <= IMAP_PORTION_BLOB_BYTES + 4096);
    assert_true(imap_talk_largest(t) < MESSAGES * 200);
    imap_talk_close(t);
}

/* \Seen is set for all, though they come in portions, and told once for each. */
static void marks_all_as_seen(void **state)
{
    enum { MESSAGES = 9000 };
    struct imap_world *w = *state;
    imap_world_fill(w, w->jane, "INBOX", MESSAGES);
    struct imap_talk *t = selected(w), *other = selected(w);
    imap_talk_say(t, "a STORE 5:7 +FLAGS.SILENT (\\Seen)\r\n");
    imap_talk_say(other, "a NOOP\r\n");
    struct str said = imap_talk_say(t, "a FETCH 2:8999 (BODY[TEXT])\r\n");
    assert_int_equal(count_of(said, STR(" FETCH (")), 8998);
    assert_int_equal(count_of(said, STR("FLAGS (\\Seen")), 8995);
    said = imap_talk_say(other, "a NOOP\r\n");
    assert_int_equal(count_of(said, STR("FLAGS (\\Seen")), 8995);
    said = imap_talk_say(t, "a SEARCH UNSEEN\r\n");
    assert_str(said, STR("* SEARCH 1 9000\r\na OK SEARCH completed\r\n"));
    imap_talk_close(t);
    imap_talk_close(other);
}

/* More than one transaction holds. */
static void changes_many(void **state)
{
    struct imap_world *w = *state;
    imap_world_fill(w, w->jane, "INBOX", 5000);
    struct imap_talk *t = selected(w);
    struct str said = imap_talk_say(t, "a COPY 1:* Archive\r\n");
    assert_true(str_find(said, STR(" 1:5000 1:5000] COPY completed")) != SIZE_MAX);
    said = imap_talk_say(t, "a MOVE 1:4999 Trash\r\n");
    assert_int_equal(count_of(said, STR(" EXPUNGE\r\n")), 4999);
    said = imap_talk_say(t, "a STORE 1 +FLAGS.SILENT \\Deleted\r\na EXPUNGE\r\n");
    assert_str(said, STR("a OK STORE completed\r\n* 1 EXPUNGE\r\na OK EXPUNGE completed\r\n"));
    said = imap_talk_say(t, "a STATUS Trash (MESSAGES)\r\n");
    assert_str(said, STR("* STATUS \"Trash\" (MESSAGES 4999)\r\na OK STATUS completed\r\n"));
    imap_talk_close(t);
}

/* COPY is all or nothing, also when it takes several transactions. */
static void takes_a_failed_copy_back(void **state)
{
    struct imap_world *w = *state;
    imap_world_fill(w, w->jane, "INBOX", 3000);
    imap_world_quota(w, w->jane, 0, 5500);
    struct imap_talk *t = selected(w);
    struct str said = imap_talk_say(t, "a COPY 1:* Archive\r\n");
    assert_true(str_starts(said, STR("a NO [OVERQUOTA] ")));
    said = imap_talk_say(t, "a STATUS Archive (MESSAGES)\r\n");
    assert_str(said, STR("* STATUS \"Archive\" (MESSAGES 0)\r\na OK STATUS completed\r\n"));
    imap_talk_close(t);
}

/* --- what a client knows from what it was told --- */

enum { KNOWN_MAX = 2000, STEPS = 3000 };

static const struct {
    const char *name;
    unsigned bit;
} flag_names[] = {{"\\Seen", 1}, {"\\Answered", 2}, {"\\Flagged", 4}, {"\\Deleted", 8}};

struct known {
    uint32_t uid; /* 0: not asked for yet */
    unsigned flags;
};

struct client {
    struct imap_talk *talk;
    struct known at[KNOWN_MAX];
    uint32_t count;
    bool may_expunge; /* while this command is answered */
};

static unsigned flags_in(struct str line)
{
    unsigned flags = 0;
    for (size_t i = 0; i < sizeof flag_names / sizeof *flag_names; i++)
        if (str_find(line, str_z(flag_names[i].name)) != SIZE_MAX)
            flags |= flag_names[i].bit;
    return flags;
}

static void hear_fetch(struct client *k, uint32_t number, struct str line)
{
    assert_in_range(number, 1, k->count);
    struct known *x = &k->at[number - 1];
    size_t uid_at = str_find(line, STR("UID ")), flags_at = str_find(line, STR("FLAGS ("));
    uint32_t uid;
    if (uid_at != SIZE_MAX) {
        struct cur c = cur_of(str_from(line, uid_at + 4));
        assert_true(cur_u32(&c, &uid));
        assert_true(!x->uid || x->uid == uid); /* numbers have not shifted */
        x->uid = uid;
    }
    if (flags_at != SIZE_MAX)
        x->flags = flags_in(str_from(line, flags_at));
}

static void hear_line(struct client *k, struct str line)
{
    struct cur c = cur_of(line);
    uint32_t n;
    if (!cur_text(&c, STR("* ")) || !cur_u32(&c, &n))
        return;
    if (cur_text(&c, STR(" EXISTS"))) {
        assert_in_range(n, k->count, KNOWN_MAX); /* never fewer: EXPUNGE says that */
        memset(&k->at[k->count], 0, (n - k->count) * sizeof *k->at);
        k->count = n;
    } else if (cur_text(&c, STR(" EXPUNGE"))) {
        assert_true(k->may_expunge);
        assert_in_range(n, 1, k->count);
        memmove(&k->at[n - 1], &k->at[n], (k->count - n) * sizeof *k->at);
        k->count--;
    } else if (cur_text(&c, STR(" FETCH ("))) {
        hear_fetch(k, n, c.rest);
    }
}

static void say(struct client *k, bool may_expunge, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void say(struct client *k, bool may_expunge, const char *format, ...)
{
    char command[500];
    va_list args;
    va_start(args, format);
    vsnprintf(command, sizeof command, format, args);
    va_end(args);
    k->may_expunge = may_expunge;
    struct cur c = cur_of(imap_talk_say(k->talk, command));
    struct str line;
    while (cur_line(&c, &line))
        hear_line(k, line);
    assert_false(imap_talk_is_closed(k->talk));
}

static void learn_new(struct client *k)
{
    for (uint32_t i = 0; i < k->count; i++)
        if (!k->at[i].uid)
            say(k, false, "f FETCH %u (UID FLAGS)\r\n", i + 1);
}

/* Silent changes are not told, so a client thinks that what it asked for is so. */
static void store(struct client *k, struct random *r, bool uid)
{
    uint32_t place = (uint32_t)random_below(r, k->count);
    size_t flag = random_below(r, 4), how = random_below(r, 3);
    bool silent = random_below(r, 2);
    if (uid && !k->at[place].uid)
        return;
    unsigned bit = flag_names[flag].bit, before = k->at[place].flags;
    if (silent && !k->at[place].uid)
        return;
    if (silent) /* what is heard meanwhile wins */
        k->at[place].flags = how == 0 ? before | bit : how == 1 ? before & ~bit : bit;
    say(k, uid, "a %sSTORE %u %sFLAGS%s (%s)\r\n", uid ? "UID " : "",
        uid ? k->at[place].uid : place + 1,
        how == 0   ? "+"
        : how == 1 ? "-"
                   : "",
        silent ? ".SILENT" : "", flag_names[flag].name);
}

static void act(struct client *k, struct random *r)
{
    uint32_t number = k->count ? (uint32_t)random_below(r, k->count) + 1 : 0;
    switch (number ? random_below(r, 12) : 10) {
    case 0:
    case 1:
    case 2:
        store(k, r, false);
        break;
    case 3:
        store(k, r, true);
        break;
    case 4:
        say(k, true, "a EXPUNGE\r\n");
        break;
    case 5:
        say(k, false, "a FETCH %u BODY[TEXT]\r\n", number);
        break;
    case 6:
        say(k, false, "a FETCH %u:* (UID FLAGS)\r\n", number);
        break;
    case 7:
        say(k, true, "a COPY %u INBOX\r\n", number);
        break;
    case 8:
        say(k, true, "a MOVE %u Trash\r\n", number);
        break;
    case 9:
        say(k, false, "a SEARCH DELETED\r\n");
        break;
    case 10:
        say(k, true, "a APPEND INBOX {18+}\r\nSubject: a\r\n\r\nText\r\n");
        break;
    default:
        say(k, true, "a NOOP\r\n");
        learn_new(k);
        break;
    }
}

/* After NOOP a client that asked for what is new knows all there is, as it is. */
static void compare(struct client *k, const struct client *truth)
{
    say(k, true, "a NOOP\r\n");
    learn_new(k);
    assert_int_equal(k->count, truth->count);
    for (uint32_t i = 0; i < k->count; i++)
        if (k->at[i].uid != truth->at[i].uid || k->at[i].flags != truth->at[i].flags)
            fail_msg("message %u: uid %u flags %x, is uid %u flags %x", i + 1, k->at[i].uid,
                     k->at[i].flags, truth->at[i].uid, truth->at[i].flags);
}

static void two_clients(struct imap_world *w, uint64_t seed)
{
    struct random r = {.seed = seed};
    struct client *clients = calloc(3, sizeof *clients);
    must(clients);
    for (size_t i = 0; i < 2; i++) {
        clients[i].talk = imap_talk_open(w);
        imap_talk_enter(clients[i].talk, w->jane);
        say(&clients[i], true, "a SELECT INBOX\r\n");
        learn_new(&clients[i]);
    }
    for (int step = 1; step <= STEPS; step++) {
        act(&clients[random_below(&r, 2)], &r);
        if (step % 50)
            continue;
        struct client *truth = &clients[2];
        *truth = (struct client){.talk = imap_talk_open(w)};
        imap_talk_enter(truth->talk, w->jane);
        say(truth, true, "a EXAMINE INBOX\r\n");
        if (truth->count)
            say(truth, false, "a FETCH 1:* (UID FLAGS)\r\n");
        compare(&clients[0], truth);
        compare(&clients[1], truth);
        imap_talk_close(truth->talk);
    }
    imap_talk_close(clients[0].talk);
    imap_talk_close(clients[1].talk);
    free(clients);
}

static void keeps_two_clients_informed(void **state)
{
    two_clients(*state, 1);
    two_clients(*state, 2);
}

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(costs_little_when_idle),
        IN_A_WORLD(sends_long_answers_in_portions),
        IN_A_WORLD(marks_all_as_seen),
        IN_A_WORLD(changes_many),
        IN_A_WORLD(takes_a_failed_copy_back),
        IN_A_WORLD(keeps_two_clients_informed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
