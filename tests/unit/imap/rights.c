/* Random grants, and every command of the table against a small model of who may do what. A command
   that is not in the rows below turns this red: say which rights it needs. */
#include "core/rights.h"
#include "../unit.h"
#include "core/folder.h"
#include "people.h"
#include "proto/imap/command.h"
#include "talk.h"

/* Few rounds in each world: what was deleted stays there, and is read by each command. */
enum { WORLDS = 12, ROUNDS = 2 };

/* In needs: any of these, too (RFC 5464 section 3.3). */
enum { METADATA = 1 << 30 };
static const uint32_t metadata_any =
    RIGHT_READ | RIGHT_SEEN | RIGHT_WRITE | RIGHT_INSERT | RIGHT_POST;

enum { ALL_LETTERS = 2047 | RIGHT_ANNOTATE };

enum where {
    NOWHERE,  /* no mailbox is named, none has to be selected */
    NAMED,    /* M in the line is the other's mailbox */
    LISTED,   /* the mailbox is told, or it is not */
    SELECTED, /* after SELECT M */
    OWN,      /* after SELECT INBOX, with M named */
};

struct probe {
    const char *name; /* in the table of commands */
    enum where where;
    uint32_t needs; /* beside lookup; SELECTED: beside lookup and read */
    const char *line;
    bool tries; /* OK whatever is granted; changes nothing without the rights */
};

#define M "\"Other Users/jane@example.com/Box\""
static const struct probe probes[] = {
    {.name = "CAPABILITY"},
    {.name = "NOOP"},
    {.name = "LOGOUT"},
    {.name = "ID"},
    {.name = "LANGUAGE"},
    {.name = "RLIST"}, /* the same function as LIST, and LSUB */
    {.name = "RLSUB"},
    {.name = "COMPARATOR"},
    {.name = "ENABLE"},
    {.name = "STARTTLS"},
    {.name = "AUTHENTICATE"},
    {.name = "LOGIN"},
    {.name = "NAMESPACE"},
    {.name = "COMPRESS"},
    {.name = "GENURLAUTH"},
    {.name = "GETJMAPACCESS"},
    {.name = "XAPPLEPUSHSERVICE"}, /* of the own account alone */
    {.name = "RESETKEY"},
    {.name = "URLFETCH"},
    {.name = "NOTIFY"}, /* rights are asked at each event: notify_others.dialog */
    {.name = "CANCELUPDATE"},
    {.name = "UNAUTHENTICATE"},
    {.name = "CHECK"},
    {.name = "UNSELECT"},
    {.name = "GETQUOTA"},
    {.name = "SETQUOTA"},
    {"SELECT", NAMED, RIGHT_READ, "SELECT " M, false},
    {"EXAMINE", NAMED, RIGHT_READ, "EXAMINE " M, false},
    {"CREATE", NAMED, RIGHT_CREATE, "CREATE \"Other Users/jane@example.com/Box/New\"", false},
    {"DELETE", NAMED, RIGHT_DELETE_FOLDER, "DELETE \"Other Users/jane@example.com/Box/Sub\"",
     false},
    {"RENAME", NAMED, RIGHT_DELETE_FOLDER | RIGHT_CREATE,
     "RENAME \"Other Users/jane@example.com/Box/Sub\" \"Other Users/jane@example.com/Box/Moved\"",
     false},
    {"SUBSCRIBE", NAMED, 0, "SUBSCRIBE " M, false},
    {"UNSUBSCRIBE", NAMED, 0, "UNSUBSCRIBE " M, false},
    {"LIST", LISTED, 0, "LIST \"\" \"*\"", false},
    {"LSUB", LISTED, 0, "LSUB \"\" \"*\"", false},
    {"ESEARCH", LISTED, RIGHT_READ, "ESEARCH IN (subtree \"Other Users\") ALL", false},
    {"STATUS", NAMED, RIGHT_READ, "STATUS " M " (MESSAGES UNSEEN)", false},
    {"APPEND", NAMED, RIGHT_INSERT, "APPEND " M " (\\Seen \\Flagged) {3+}\r\nabc", false},
    {"GETQUOTAROOT", NAMED, RIGHT_READ, "GETQUOTAROOT " M, false},
    {"GETMETADATA", NAMED, METADATA, "GETMETADATA " M " /shared/comment", false},
    {"SETMETADATA", NAMED, METADATA, "SETMETADATA " M " (/private/comment {1+}\r\nx)", false},
    {"SETMETADATA", NAMED, RIGHT_WRITE | METADATA, "SETMETADATA " M " (/shared/comment {1+}\r\nx)",
     false},
    {"GETACL", NAMED, RIGHT_ADMIN, "GETACL " M, false},
    {"SETACL", NAMED, RIGHT_ADMIN, "SETACL " M " anonymous l", false},
    {"DELETEACL", NAMED, RIGHT_ADMIN, "DELETEACL " M " anonymous", false},
    {"LISTRIGHTS", NAMED, RIGHT_ADMIN, "LISTRIGHTS " M " anyone", false},
    {"MYRIGHTS", NAMED, 0, "MYRIGHTS " M, false},
    {"IDLE", SELECTED, 0, "IDLE\r\nDONE", false},
    {"CLOSE", SELECTED, RIGHT_EXPUNGE, "CLOSE", true},
    {"EXPUNGE", SELECTED, RIGHT_EXPUNGE, "EXPUNGE", false},
    {"EXPUNGE", SELECTED, RIGHT_EXPUNGE, "UID EXPUNGE 1:*", false},
    {"SEARCH", SELECTED, 0, "SEARCH UNSEEN", false},
    {"SORT", SELECTED, 0, "SORT (SUBJECT) UTF-8 ALL", false},
    {"THREAD", SELECTED, 0, "THREAD REFERENCES UTF-8 ALL", false},
    {"UIDBATCHES", SELECTED, 0, "UIDBATCHES 1000", false},
    {"FETCH", SELECTED, 0, "FETCH 1 (FLAGS BODY.PEEK[])", false},
    {"FETCH", SELECTED, RIGHT_SEEN, "FETCH 1 BODY[]", true},
    {"STORE", SELECTED, RIGHT_SEEN, "STORE 1 +FLAGS (\\Seen)", false},
    {"STORE", SELECTED, RIGHT_DELETE, "STORE 1 -FLAGS (\\Deleted)", false},
    {"STORE", SELECTED, RIGHT_WRITE, "UID STORE 1:* +FLAGS (\\Flagged word)", false},
    {"STORE", SELECTED, RIGHT_ANNOTATE, "STORE 1 ANNOTATION (/comment (value.shared {1+}\r\nx))",
     false},
    {"FETCH", SELECTED, 0, "FETCH 1 (ANNOTATION (/comment value))", false},
    {"SEARCH", SELECTED, 0, "SEARCH ANNOTATION /comment value NIL", false},
    {"COPY", SELECTED, 0, "COPY 1 Archive", false},
    {"COPY", OWN, RIGHT_INSERT, "COPY 1 " M, false},
    {"MOVE", SELECTED, RIGHT_DELETE | RIGHT_EXPUNGE, "MOVE 1 Archive", false},
    {"REPLACE", SELECTED, RIGHT_DELETE | RIGHT_EXPUNGE, "REPLACE 1 Archive {3+}\r\nabc", false},
    {"REPLACE", OWN, RIGHT_INSERT, "REPLACE 1 " M " {3+}\r\nabc", false},
    {"MOVE", OWN, RIGHT_INSERT, "UID MOVE 1:* " M, false},
};
enum { PROBES = sizeof probes / sizeof *probes };

struct field {
    struct imap_world *w;
    uint64_t team;
    uint32_t rights; /* what the model says that john has on Box and on Box/Sub */
    const struct probe *probe;
};

static void every_command_has_a_row(void **state)
{
    (void)state;
    const struct imap_command *c;
    for (size_t i = 0; (c = imap_command_at(i)); i++) {
        bool found = false;
        for (size_t k = 0; k < PROBES && !found; k++)
            found = str_eq(c->name, str_z(probes[k].name));
        if (!found)
            fail_msg("%s has no row here: which rights does it need?", c->name.p);
    }
}

static struct str letters_of(struct imap_world *w, uint32_t rights)
{
    struct buf b = buf_of(w->cx.arena, 20);
    for (unsigned i = 0; i < 13; i++)
        if (rights & ALL_LETTERS & 1u << i)
            buf_byte(&b, "lrswipkxtea n"[i]);
    return b.n ? buf_str(&b) : STR("none");
}

/* Nothing, one right, most rights, or any. */
static uint32_t any_rights(struct imap_world *w)
{
    uint32_t bits = (uint32_t)random_u64(&w->random) & ALL_LETTERS;
    switch (random_u64(&w->random) % 5) {
    case 0:
        return 0;
    case 1:
        return RIGHT_LOOKUP | RIGHT_READ | 1u << random_u64(&w->random) % 11;
    case 2:
        return ALL_LETTERS & ~(1u << random_u64(&w->random) % 11);
    case 3:
        return bits | RIGHT_LOOKUP | RIGHT_READ;
    default:
        return bits;
    }
}

static void grant_both(struct imap_world *w, const char *who, uint32_t rights)
{
    people_grant(w, w->jane, STR("Box"), str_z(who), letters_of(w, rights));
    people_grant(w, w->jane, STR("Box/Sub"), str_z(who), letters_of(w, rights));
}

/* The model: who is named, by himself or through a group, has the sum of that; else what everybody
   has. */
static void grant_any(struct field *f)
{
    uint32_t person = any_rights(f->w), group = any_rights(f->w), others = any_rights(f->w);
    if (random_u64(&f->w->random) % 2)
        group = 0;
    grant_both(f->w, "john", person);
    grant_both(f->w, "team", group);
    grant_both(f->w, "anyone", others);
    f->rights = person || group ? person | group : others;
}

static enum code end_folder(struct ctx *cx, struct account_txn *t, void *arg)
{
    enum code code = folder_delete(cx, t, *(const folder_id *)arg);
    return code == E_NOT_FOUND ? OK : code;
}

static void end_box(struct imap_world *w)
{
    struct account_view *v AUTO(account_view_unref) = NULL;
    assert_int_equal(account_view_get(&w->cx, w->core, w->jane, &v), OK);
    for (size_t i = account_folder_count(v); i-- > 0;) {
        const struct folder_facts *f = account_folder(v, i);
        folder_id id = f->id;
        if (str_starts(f->path, STR("Box")))
            assert_int_equal(account_update(&w->cx, w->core, w->jane, end_folder, &id), OK);
    }
}

static uint64_t number(struct imap_world *w)
{
    struct account_view *v AUTO(account_view_unref) = NULL;
    assert_int_equal(account_view_get(&w->cx, w->core, w->jane, &v), OK);
    return account_facts(v)->modseq;
}

static bool suffices(uint32_t has, const struct probe *p)
{
    uint32_t needs = p->needs & ~(uint32_t)METADATA;
    return (has & needs) == needs && (needs == p->needs || has & metadata_any);
}

static const char *expected(uint32_t has, const struct probe *p)
{
    if (!(has & RIGHT_LOOKUP))
        return "NO [NONEXISTENT]";
    return suffices(has, p) ? "OK" : "NO [NOPERM]";
}

static void judge(const struct field *f, struct str said, const char *wanted)
{
    struct str line = str_printf(f->w->cx.arena, "\r\nt %s", wanted);
    struct str all = str_printf(f->w->cx.arena, "\r\n%.*s", STR_ARG(said));
    bool creates = str_eq(str_z(wanted), STR("NO [NONEXISTENT]")) &&
                   str_find(all, STR("\r\nt NO [TRYCREATE]")) != SIZE_MAX;
    if (str_find(all, line) == SIZE_MAX && !creates)
        fail_msg("rights %s, wanted %s\n  %s\n  %.*s", letters_of(f->w, f->rights).p, wanted,
                 f->probe->line, (int)said.n, said.p);
}

static void judge_listed(const struct field *f, struct str said)
{
    bool is_told = str_find(said, STR("/Box\"")) != SIZE_MAX;
    bool subscribed = str_eq(str_z(f->probe->name), STR("LSUB"));
    uint32_t needs = RIGHT_LOOKUP | f->probe->needs;
    bool wanted = !subscribed && (f->rights & needs) == needs;
    if (is_told != wanted)
        fail_msg("rights %s: %s\n%.*s", letters_of(f->w, f->rights).p, f->probe->line, (int)said.n,
                 said.p);
}

/* Where it has to be: false when the rights do not even reach so far, as they should not then. */
static bool go_there(const struct field *f, struct imap_talk *t)
{
    struct ctx *cx = &f->w->cx;
    if (f->probe->where == OWN)
        imap_talk_say(t, "s SELECT INBOX\r\n");
    if (f->probe->where != SELECTED)
        return true;
    struct str said = str_dup(cx->arena, imap_talk_say(t, "t SELECT " M "\r\n"));
    judge(f, said, expected(f->rights, &(struct probe){.needs = RIGHT_READ}));
    return (f->rights & RIGHT_READ) && (f->rights & RIGHT_LOOKUP);
}

static void run_probe(struct field *f)
{
    struct imap_world *w = f->w;
    struct imap_talk *t = imap_talk_open(w);
    imap_talk_enter(t, w->john);
    imap_talk_say(t, "u UNSUBSCRIBE " M "\r\n");
    if (go_there(f, t)) {
        uint64_t before = number(w);
        struct str line = str_printf(w->cx.arena, "t %s\r\n", f->probe->line);
        struct str said = str_dup(w->cx.arena, imap_talk_send(t, line));
        bool may = suffices(f->rights, f->probe);
        if (f->probe->where == LISTED)
            judge_listed(f, said);
        else
            judge(f, said, f->probe->tries ? "OK" : expected(f->rights, f->probe));
        if (f->probe->where != LISTED && (!may || !(f->rights & RIGHT_LOOKUP)))
            assert_int_equal(number(w), before); /* what is refused changes nothing */
    }
    imap_talk_close(t);
}

static void play_round(struct field *f)
{
    for (size_t i = 0; i < PROBES; i++) {
        struct imap_world *w = f->w;
        f->probe = &probes[i];
        if (f->probe->where == NOWHERE)
            continue;
        end_box(w);
        people_folder(w, w->jane, STR("Box/Sub"));
        imap_world_deliver(w, w->jane, "Box", STR("Subject: a\r\n\r\nb\r\n"), (struct str){0});
        imap_world_deliver(w, w->john, "INBOX", STR("Subject: c\r\n\r\nd\r\n"), (struct str){0});
        grant_any(f);
        run_probe(f);
    }
}

static void commands_keep_to_the_rights(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < WORLDS; i++) {
        struct field f = {.w = imap_world_open()};
        f.w->random.seed = 4711 + i;
        f.team = people_add(f.w, "team", PRINCIPAL_GROUP);
        people_join(f.w, f.team, f.w->john);
        for (int n = 0; n < ROUNDS; n++)
            play_round(&f);
        imap_world_close(f.w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_command_has_a_row),
        cmocka_unit_test(commands_keep_to_the_rights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
