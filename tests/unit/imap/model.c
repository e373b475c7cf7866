/* Several clients at random against a simple model: what each believes from untagged data alone
   must be possible at every step, and true when nothing happens. "imap-model SEED ROUNDS" runs one.
 */
#include "../unit.h"
#include "base/cur.h"
#include "proto/imap/session.h"
#include "talk.h"

enum { CLIENTS = 4, KNOWN_MAX = 3000, TOKENS_MAX = 200000, QUIET_EVERY = 40, SHORT_ROUNDS = 1500 };

static const struct {
    const char *name;
    unsigned bit;
} flag_names[] = {{"\\Seen", 1}, {"\\Answered", 2}, {"\\Flagged", 4}, {"\\Deleted", 8}};
enum { FLAG_NAMES = sizeof flag_names / sizeof *flag_names };

enum kind { PLAIN, QRESYNC, UIDONLY, BOTH };

struct known {
    uint32_t uid; /* 0: not asked for yet */
    unsigned flags;
    uint64_t modseq; /* 0: never heard */
};

struct client {
    enum kind kind;
    struct imap_talk *talk;
    struct known at[KNOWN_MAX];
    uint32_t count;
    uint64_t validity, highest;
    bool selected, idles, may_expunge;
    uint32_t asked_uid; /* whose text comes */
};

/* Which text belongs to a uid: the same for ever, whoever asks. */
struct token {
    uint64_t validity, token;
    uint32_t uid;
};

struct game {
    struct imap_world *w;
    struct random r;
    struct client *clients;
    struct token *tokens;
    size_t token_count;
    uint64_t next_token, step;
    bool tells;      /* each command and its answer */
    char folder[20]; /* it is renamed now and then */
};

static bool by_uid_alone(const struct client *k)
{
    return k->kind == UIDONLY || k->kind == BOTH;
}

static bool vanishes(const struct client *k)
{
    return k->kind != PLAIN;
}

static unsigned flags_in(struct str list)
{
    unsigned flags = 0;
    list = str_sub(list, 0, str_chr(list, ')'));
    for (size_t i = 0; i < FLAG_NAMES; i++)
        if (str_find(list, str_z(flag_names[i].name)) != SIZE_MAX)
            flags |= flag_names[i].bit;
    return flags;
}

static bool number_in(struct str line, struct str before, uint64_t *out)
{
    size_t at = str_find(line, before);
    if (at == SIZE_MAX)
        return false;
    struct cur c = cur_of(str_from(line, at + before.n));
    return cur_u64(&c, out);
}

static void check_order(const struct client *k)
{
    uint32_t last = 0;
    for (uint32_t i = 0; i < k->count; i++) {
        if (!k->at[i].uid)
            continue;
        assert_true(k->at[i].uid > last);
        last = k->at[i].uid;
    }
}

static struct known *find_uid(struct client *k, uint32_t uid)
{
    for (uint32_t i = 0; i < k->count; i++)
        if (k->at[i].uid == uid)
            return &k->at[i];
    return NULL;
}

/* The one that has not been asked for and can only be this uid; or its own place. */
static uint32_t place_for(const struct client *k, uint32_t uid)
{
    if (by_uid_alone(k) && k->count && !k->at[k->count - 1].uid) {
        uint32_t place = 0;
        while (k->at[place].uid && k->at[place].uid != uid)
            place++;
        return place;
    }
    for (uint32_t i = 0; i < k->count; i++) {
        if (k->at[i].uid == uid)
            return i;
        if (k->at[i].uid > uid)
            break;
        uint32_t next = i + 1;
        while (next < k->count && !k->at[next].uid)
            next++;
        if (!k->at[i].uid && (next == k->count || k->at[next].uid > uid))
            return i;
    }
    return KNOWN_MAX;
}

static void remove_at(struct client *k, uint32_t place)
{
    assert_true(place < k->count);
    memmove(&k->at[place], &k->at[place + 1], (k->count - place - 1) * sizeof *k->at);
    k->count--;
}

/* The text of a message is that which its uid always had. */
static void check_token(struct game *g, struct client *k, struct str line)
{
    struct cur c = cur_of(line);
    uint64_t token;
    if (!k->asked_uid || !cur_text(&c, STR("Token ")) || !cur_u64(&c, &token))
        return;
    for (size_t i = 0; i < g->token_count; i++) {
        const struct token *t = &g->tokens[i];
        if (t->validity == k->validity && t->uid == k->asked_uid) {
            assert_int_equal(t->token, token);
            return;
        }
    }
    must(g->token_count < TOKENS_MAX);
    g->tokens[g->token_count++] = (struct token){k->validity, token, k->asked_uid};
}

static void learn(struct client *k, struct known *x, struct str line)
{
    uint64_t modseq;
    size_t flags_at = str_find(line, STR("FLAGS ("));
    if (flags_at != SIZE_MAX)
        x->flags = flags_in(str_from(line, flags_at));
    if (!number_in(line, STR("MODSEQ ("), &modseq))
        return;
    assert_true(modseq >= x->modseq); /* numbers never fall */
    x->modseq = modseq;
    if (modseq > k->highest)
        k->highest = modseq;
}

static void hear_fetch(struct client *k, uint32_t number, struct str line)
{
    uint64_t uid;
    assert_false(by_uid_alone(k));
    assert_in_range(number, 1, k->count);
    struct known *x = &k->at[number - 1];
    if (number_in(line, STR("UID "), &uid)) {
        assert_true(!x->uid || x->uid == uid);
        x->uid = (uint32_t)uid;
        check_order(k);
    }
    learn(k, x, line);
}

/* Who has no numbers knows some uids and how many others there are: those stand at the end. */
static struct known *insert_uid(struct client *k, uint32_t uid)
{
    uint32_t place = 0;
    while (place < k->count && k->at[place].uid && k->at[place].uid < uid)
        place++;
    assert_true(k->count && !k->at[k->count - 1].uid); /* one of the others */
    memmove(&k->at[place + 1], &k->at[place], (k->count - 1 - place) * sizeof *k->at);
    k->at[place] = (struct known){.uid = uid};
    return &k->at[place];
}

static void hear_uidfetch(struct client *k, uint32_t uid, struct str line)
{
    assert_true(by_uid_alone(k));
    struct known *x = find_uid(k, uid);
    learn(k, x ? x : insert_uid(k, uid), line);
}

static void hear_vanished(struct client *k, struct cur *c)
{
    assert_true(vanishes(k));
    bool earlier = cur_text(c, STR("(EARLIER) "));
    assert_true(earlier || k->may_expunge);
    do {
        uint32_t first, last;
        assert_true(cur_u32(c, &first));
        last = first;
        if (cur_char(c, ':'))
            assert_true(cur_u32(c, &last));
        for (uint32_t uid = first; uid <= last; uid++) {
            if (earlier) { /* of what was known before; the count has been told anew */
                struct known *x = find_uid(k, uid);
                if (x)
                    remove_at(k, (uint32_t)(x - k->at));
            } else {
                remove_at(k, place_for(k, uid));
            }
        }
    } while (cur_char(c, ','));
}

static void grow_to(struct client *k, uint32_t n)
{
    assert_in_range(n, k->count, KNOWN_MAX); /* never fewer: EXPUNGE says that */
    memset(&k->at[k->count], 0, (n - k->count) * sizeof *k->at);
    k->count = n;
}

static void hear_line(struct game *g, struct client *k, struct str line)
{
    struct cur c = cur_of(line);
    uint32_t n;
    uint64_t highest;
    check_token(g, k, line);
    if (number_in(line, STR("[HIGHESTMODSEQ "), &highest) && highest > k->highest)
        k->highest = highest;
    if (!cur_text(&c, STR("* ")))
        return;
    if (cur_text(&c, STR("VANISHED "))) {
        hear_vanished(k, &c);
        return;
    }
    if (!cur_u32(&c, &n))
        return;
    if (cur_text(&c, STR(" EXISTS"))) {
        grow_to(k, n);
    } else if (cur_text(&c, STR(" EXPUNGE"))) {
        assert_true(!vanishes(k) && k->may_expunge);
        remove_at(k, n - 1);
    } else if (cur_text(&c, STR(" FETCH ("))) {
        hear_fetch(k, n, c.rest);
    } else if (cur_text(&c, STR(" UIDFETCH ("))) {
        hear_uidfetch(k, n, c.rest);
    }
}

static void reopen(struct game *g, struct client *k);

static struct str hear(struct game *g, struct client *k, bool may_expunge, struct str said)
{
    struct cur c = cur_of(said);
    struct str line;
    k->may_expunge = may_expunge;
    if (!imap_talk_is_closed(k->talk))
        while (cur_line(&c, &line))
            hear_line(g, k, line);
    return said;
}

static struct str say(struct game *g, struct client *k, bool may_expunge, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static struct str say(struct game *g, struct client *k, bool may_expunge, const char *format, ...)
{
    char command[500];
    va_list args;
    va_start(args, format);
    vsnprintf(command, sizeof command, format, args);
    va_end(args);
    struct str said = imap_talk_say(k->talk, command);
    if (g->tells)
        print_message("%d > %s%.*s", (int)k->kind, command, STR_ARG(said));
    hear(g, k, may_expunge, said);
    if (!imap_talk_is_closed(k->talk))
        return said;
    assert_true(str_find(said, STR("* BYE The selected mailbox was deleted")) != SIZE_MAX);
    reopen(g, k);
    return (struct str){0};
}

static void learn_new(struct game *g, struct client *k)
{
    bool unknown = false;
    for (uint32_t i = 0; i < k->count; i++)
        unknown |= !k->at[i].uid;
    if (unknown && by_uid_alone(k))
        say(g, k, true, "f UID FETCH 1:* (FLAGS)\r\n");
    for (uint32_t i = 0; unknown && !by_uid_alone(k) && i < k->count; i++)
        if (!k->at[i].uid)
            say(g, k, false, "f FETCH %u (UID FLAGS)\r\n", i + 1);
}

/* SELECT, after that the picture is what SELECT says, laid over what was kept. */
static void select_folder(struct game *g, struct client *k, bool resync)
{
    struct known *kept = calloc(KNOWN_MAX, sizeof *kept);
    uint64_t validity = 0, was = k->validity, since = k->highest, exists = 0;
    uint32_t count = k->count;
    must(kept);
    memcpy(kept, k->at, count * sizeof *kept);
    char command[200];
    if (resync)
        snprintf(command, sizeof command, "s SELECT %s (QRESYNC (%llu %llu))\r\n", g->folder,
                 (unsigned long long)was, (unsigned long long)since);
    else
        snprintf(command, sizeof command, "s SELECT %s\r\n", g->folder);
    struct str said = imap_talk_say(k->talk, command);
    if (g->tells)
        print_message("%d > %s%.*s", (int)k->kind, command, STR_ARG(said));
    assert_true(number_in(said, STR("[UIDVALIDITY "), &validity));
    size_t at = str_find(said, STR(" EXISTS\r\n"));
    while (at && ascii_is_digit(said.p[at - 1]))
        at--;
    struct cur c = cur_of(str_from(said, at));
    assert_true(cur_u64(&c, &exists));
    k->selected = true;
    k->count = 0;
    if (resync && validity == was) { /* what is gone goes, what is new comes behind */
        memcpy(k->at, kept, count * sizeof *kept);
        k->count = count;
        struct cur lines = cur_of(said);
        struct str line;
        while (cur_line(&lines, &line)) {
            struct cur vanished = cur_of(line);
            if (cur_text(&vanished, STR("* VANISHED ")))
                hear_vanished(k, &vanished);
        }
    } else {
        k->highest = 0;
    }
    free(kept);
    k->validity = validity;
    grow_to(k, (uint32_t)exists);
    said = str_from(said, str_find(said, STR(" EXISTS")));
    struct cur rest = cur_of(said);
    struct str line;
    while (cur_line(&rest, &line))
        if (str_find(line, STR("VANISHED")) == SIZE_MAX)
            hear_line(g, k, line);
    learn_new(g, k);
}

static void reopen(struct game *g, struct client *k)
{
    if (k->talk)
        imap_talk_close(k->talk);
    k->talk = imap_talk_open(g->w);
    imap_talk_enter(k->talk, g->w->jane);
    k->idles = k->selected = false;
    if (k->kind == QRESYNC || k->kind == BOTH)
        imap_talk_say(k->talk, "e ENABLE QRESYNC\r\n");
    if (by_uid_alone(k))
        imap_talk_say(k->talk, "e ENABLE UIDONLY\r\n");
    select_folder(g, k, false);
}

/* --- acts --- */

static void append(struct game *g, struct client *k)
{
    char text[60];
    int n = snprintf(text, sizeof text, "Subject: a\r\n\r\nToken %llu\r\n",
                     (unsigned long long)++g->next_token);
    say(g, k, true, "a APPEND %s {%d+}\r\n%s\r\n", g->folder, n, text);
}

/* Silent changes are not told, so a client thinks that what it asked for is so. */
static void store(struct game *g, struct client *k, bool uid)
{
    uint32_t place = (uint32_t)random_below(&g->r, k->count);
    struct known *x = &k->at[place];
    size_t flag = random_below(&g->r, FLAG_NAMES), how = random_below(&g->r, 3);
    bool silent = random_below(&g->r, 2), unchanged = random_below(&g->r, 4) == 0;
    if (!x->uid)
        return;
    unsigned bit = flag_names[flag].bit, before = x->flags, wanted;
    wanted = how == 0 ? before | bit : how == 1 ? before & ~bit : bit;
    uint32_t its_uid = x->uid;
    char unless[60] = "";
    if (unchanged)
        snprintf(unless, sizeof unless, "(UNCHANGEDSINCE %llu) ", (unsigned long long)x->modseq);
    if (silent)
        x->flags = wanted; /* what is heard meanwhile wins */
    struct str said = say(g, k, uid, "a %sSTORE %u %s%sFLAGS%s (%s)\r\n", uid ? "UID " : "",
                          uid ? its_uid : place + 1, unless,
                          how == 0   ? "+"
                          : how == 1 ? "-"
                                     : "",
                          silent ? ".SILENT" : "", flag_names[flag].name);
    bool refused = str_find(said, STR("[MODIFIED ")) != SIZE_MAX;
    if (unchanged) /* from here on each FETCH has its number */
        assert_true(said.n == 0 || refused || str_find(said, STR("a OK ")) != SIZE_MAX);
    if (silent && refused) /* nothing was done, and why is told: ask */
        say(g, k, true, "a UID FETCH %u (UID FLAGS)\r\n", its_uid);
}

static void fetch_text(struct game *g, struct client *k)
{
    const struct known *x = &k->at[random_below(&g->r, k->count)];
    if (!x->uid)
        return;
    k->asked_uid = x->uid;
    if (by_uid_alone(k) || random_below(&g->r, 2))
        say(g, k, true, "a UID FETCH %u (BODY.PEEK[TEXT])\r\n", x->uid);
    else
        say(g, k, false, "a FETCH %u (BODY[TEXT])\r\n", (unsigned)(x - k->at) + 1);
    k->asked_uid = 0;
}

static void copy_or_move(struct game *g, struct client *k, const char *what)
{
    uint32_t place = (uint32_t)random_below(&g->r, k->count);
    const char *to = random_below(&g->r, 2) ? g->folder : "Trash";
    if (!k->at[place].uid)
        return;
    if (by_uid_alone(k) || random_below(&g->r, 2))
        say(g, k, true, "a UID %s %u %s\r\n", what, k->at[place].uid, to);
    else
        say(g, k, true, "a %s %u %s\r\n", what, place + 1, to);
}

static void go_away(struct game *g, struct client *k)
{
    say(g, k, true, "a NOOP\r\n");
    learn_new(g, k);
    say(g, k, true, "a UNSELECT\r\n");
    k->selected = false;
}

static void rename_folder(struct game *g, struct client *k)
{
    char from[20];
    memcpy(from, g->folder, sizeof from);
    snprintf(g->folder, sizeof g->folder, "F%llu", (unsigned long long)g->step);
    struct str said = say(g, k, true, "a RENAME %s %s\r\n", from, g->folder);
    assert_true(!said.n || str_find(said, STR("a OK")) != SIZE_MAX);
}

/* Who had it selected is sent away; nobody may take the new one for the old. */
static void replace_folder(struct game *g)
{
    struct imap_talk *t = imap_talk_open(g->w);
    char command[200];
    imap_talk_enter(t, g->w->jane);
    snprintf(command, sizeof command, "d DELETE %s\r\nc CREATE %s\r\n", g->folder, g->folder);
    struct str said = imap_talk_say(t, command);
    assert_true(str_find(said, STR("d OK")) != SIZE_MAX);
    assert_true(str_find(said, STR("c OK")) != SIZE_MAX);
    imap_talk_close(t);
}

static void act_selected(struct game *g, struct client *k)
{
    bool uid = by_uid_alone(k) || random_below(&g->r, 2);
    if (!k->count || k->count < random_below(&g->r, 12)) {
        append(g, k);
        return;
    }
    switch (random_below(&g->r, 16)) {
    case 0 ... 3:
        store(g, k, uid);
        break;
    case 4:
        say(g, k, true, "a EXPUNGE\r\n");
        break;
    case 5:
        say(g, k, true, "a UID EXPUNGE %u:*\r\n", (unsigned)random_below(&g->r, 300) + 1);
        break;
    case 6 ... 7:
        fetch_text(g, k);
        break;
    case 8:
        say(g, k, true, "a UID FETCH 1:* (UID FLAGS)\r\n");
        break;
    case 9:
        copy_or_move(g, k, "COPY");
        break;
    case 10:
        copy_or_move(g, k, "MOVE");
        break;
    case 11:
        say(g, k, uid, "a %sSEARCH DELETED\r\n", uid ? "UID " : "");
        break;
    case 12:
        k->idles = say(g, k, true, "i IDLE\r\n").n > 0; /* nothing: the folder was gone */
        break;
    case 13:
        append(g, k);
        break;
    case 14:
        if (k->kind == QRESYNC || k->kind == BOTH)
            go_away(g, k);
        break;
    default:
        say(g, k, true, "a NOOP\r\n");
        learn_new(g, k);
        break;
    }
}

static void end_idle(struct game *g, struct client *k)
{
    k->idles = false;
    say(g, k, true, "DONE\r\n");
}

static void act(struct game *g, struct client *k)
{
    size_t rare = random_below(&g->r, 400);
    if (k->idles) {
        if (random_below(&g->r, 4) == 0)
            end_idle(g, k);
    } else if (!k->selected) {
        if (random_below(&g->r, 5) == 0)
            select_folder(g, k, true);
    } else if (rare == 0) {
        replace_folder(g);
    } else if (rare < 4) {
        rename_folder(g, k);
    } else {
        act_selected(g, k);
    }
}

/* --- truth --- */

static void compare(struct game *g, struct client *k, const struct client *truth)
{
    if (k->idles)
        end_idle(g, k);
    if (!k->selected)
        select_folder(g, k, true);
    say(g, k, true, "a NOOP\r\n");
    learn_new(g, k);
    assert_int_equal(k->validity, truth->validity);
    assert_int_equal(k->count, truth->count);
    for (uint32_t i = 0; i < k->count; i++)
        if (k->at[i].uid != truth->at[i].uid || k->at[i].flags != truth->at[i].flags)
            fail_msg("client %d, message %u: uid %u flags %x, is uid %u flags %x", (int)k->kind,
                     i + 1, k->at[i].uid, k->at[i].flags, truth->at[i].uid, truth->at[i].flags);
}

static void quiet(struct game *g)
{
    struct client *truth = &g->clients[CLIENTS];
    *truth = (struct client){.kind = PLAIN};
    reopen(g, truth);
    if (truth->count)
        say(g, truth, false, "f FETCH 1:* (UID FLAGS)\r\n");
    for (size_t i = 0; i < CLIENTS; i++)
        compare(g, &g->clients[i], truth);
    imap_talk_close(truth->talk);
}

static void play(uint64_t seed, unsigned rounds, bool tells)
{
    struct game g = {.w = imap_world_open(), .r = {.seed = seed}, .folder = "Play", .tells = tells};
    printf("seed %llu, %u rounds\n", (unsigned long long)seed, rounds);
    g.clients = calloc(CLIENTS + 1, sizeof *g.clients);
    g.tokens = calloc(TOKENS_MAX, sizeof *g.tokens);
    must(g.clients && g.tokens);
    struct imap_talk *t = imap_talk_open(g.w);
    imap_talk_enter(t, g.w->jane);
    imap_talk_say(t, "c CREATE Play\r\n");
    imap_talk_close(t);
    for (int i = 0; i < CLIENTS; i++) {
        g.clients[i].kind = (enum kind)i;
        reopen(&g, &g.clients[i]);
    }
    for (g.step = 1; g.step <= rounds; g.step++) {
        act(&g, &g.clients[random_below(&g.r, CLIENTS)]);
        if (g.step % QUIET_EVERY == 0)
            quiet(&g);
    }
    for (int i = 0; i < CLIENTS; i++)
        imap_talk_close(g.clients[i].talk);
    free(g.tokens);
    free(g.clients);
    imap_world_close(g.w);
}

static void clients_agree(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++)
        play(seed, SHORT_ROUNDS, false);
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IONBF, 0);
    if (argc == 3) { /* a seed that failed, or a long run */
        play(strtoull(argv[1], NULL, 10), (unsigned)strtoul(argv[2], NULL, 10), true);
        return 0;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(clients_agree)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
