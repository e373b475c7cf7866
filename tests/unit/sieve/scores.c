/* What the world tells: scores (RFC 5235), events of IMAP (RFC 6785), what was seen before
   (RFC 7352), the null sender, the trace. */
#include "world.h"

#include "base/buf.h"
#include "base/random.h"
#include "service/sieve/run/run.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct stage {
    struct arena *arena;
    struct random random;
    struct ctx cx;
    struct sieve_world world;
};

static void stage_open(struct stage *s)
{
    *s = (struct stage){.arena = arena_open(), .random = {.seed = 1}};
    s->cx = (struct ctx){.arena = s->arena, .now_ms = 1795341600000, .random = &s->random};
    sieve_world_make(&s->cx, NULL, &s->world);
}

static void want(struct stage *s, const char *script, const char *wanted)
{
    struct str got = sieve_play(&s->cx, str_z(script), &s->world);
    if (!str_eq(got, str_z(wanted)))
        fail_msg("%s\n  wanted %s\n  got    %.*s", script, wanted, STR_ARG(got));
}

#define NUMERIC "\"relational\", \"comparator-i;ascii-numeric\""
#define VALUE(relation) ":value \"" relation "\" :comparator \"i;ascii-numeric\" "
#define COUNT(relation) ":count \"" relation "\" :comparator \"i;ascii-numeric\" "

/* RFC 5235 section 2.2, both tables of its examples. */
static void scores(void **state)
{
    (void)state;
    struct stage s;
    stage_open(&s);
    static const char by_ten[] =
        "require [\"spamtest\", \"fileinto\", " NUMERIC
        "]; if spamtest " VALUE("eq") "\"0\" "
                                      "{ fileinto \"unclassified\"; } elsif spamtest " VALUE(
                                          "ge") "\"3\" { fileinto \"spam\"; }";
    static const char by_percent[] =
        "require [\"spamtestplus\", \"fileinto\", " NUMERIC
        "]; if spamtest :percent " VALUE("ge") "\"37\" { fileinto \"spam\"; } elsif spamtest "
                                               ":percent " COUNT("eq") "\"0\" { fileinto "
                                                                       "\"unclassified\"; }";
    static const struct {
        int percent;
        const char *ten, *hundred;
    } rows[] = {{-1, "fileinto \"unclassified\"", "fileinto \"unclassified\""},
                {0, "implicit keep", "implicit keep"},
                {22, "implicit keep", "implicit keep"},
                {23, "fileinto \"spam\"", "implicit keep"},
                {37, "fileinto \"spam\"", "fileinto \"spam\""},
                {100, "fileinto \"spam\"", "fileinto \"spam\""}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        s.world.spam_percent = rows[i].percent;
        want(&s, by_ten, rows[i].ten);
        want(&s, by_percent, rows[i].hundred);
    }
    want(&s, "require \"spamtest\"; if spamtest \"10\" { discard; }", "discard");
    want(&s, "require \"spamtest\"; if spamtest :percent \"10\" { discard; }",
         "line 1: \":percent\" needs: require \"spamtestplus\"");
    static const char virus[] =
        "require [\"virustest\", \"fileinto\", " NUMERIC
        "]; if virustest " VALUE("eq") "\"0\" { fileinto \"unclassified\"; } if virustest " VALUE(
            "eq") "\"4\" { fileinto "
                  "\"quarantine\"; } elsif virustest " VALUE("eq") "\"5\" { discard; }";
    want(&s, virus, "fileinto \"unclassified\"");
    s.world.virus = 4;
    want(&s, virus, "fileinto \"quarantine\"");
    s.world.virus = 5;
    want(&s, virus, "discard");
    arena_close(s.arena);
}

static void imap_events(void **state)
{
    (void)state;
    struct stage s;
    stage_open(&s);
    static const struct str flags[] = {STR("\\Flagged"), STR("$Work")};
    static const struct sieve_pair items[] = {{STR("imap.cause"), STR("APPEND")},
                                              {STR("imap.mailbox"), STR("ActionItems")},
                                              {STR("imap.changedflags"), STR("\\Flagged")}};
    s.world.imap = true;
    s.world.flags = flags;
    s.world.flag_count = 2;
    s.world.environment = items;
    s.world.environment_count = 3;
    /* RFC 6785 section 7.2, but for the address. */
    want(
        &s,
        "require [\"enotify\", \"imap4flags\", \"variables\", \"imapsieve\", \"environment\"];"
        "if environment :matches \"imap.mailbox\" \"*\" { set \"mailbox\" \"${1}\"; }"
        "if allof (hasflag \"\\\\Flagged\", environment :contains \"imap.changedflags\" "
        "\"\\\\Flagged\") { notify :message \"Important message in ${mailbox}\" "
        "\"mailto:abc@example.com\"; }",
        "notify \"mailto:abc@example.com\" message \"Important message in ActionItems\" importance "
        "2; implicit keep");
    want(&s, "require \"imap4flags\"; addflag \"\\\\Seen\";",
         "implicit keep flags (\\Flagged $Work \\Seen)");
    want(&s, "require \"reject\"; reject \"no\";",
         "error: line 1: \"reject\" is for messages that are delivered");
    want(&s, "require \"vacation\"; vacation \"no\";",
         "error: line 1: \"vacation\" is for messages that are delivered");
    arena_close(s.arena);
}

static void duplicates(void **state)
{
    (void)state;
    struct stage s;
    stage_open(&s);
    struct sieve_program *p AUTO(sieve_program_unref) = NULL;
    struct sieve_problems problems;
    struct sieve_outcome out, again;
    static const char script[] =
        "require \"duplicate\"; if duplicate {} if duplicate :header "
        "\"x-caffeine\" :seconds 60 :last {} if duplicate :header \"none\" {} "
        "if duplicate :handle \"h\" :seconds 99999999999 {}";
    assert_int_equal(sieve_compile(&s.cx, str_z(script), NULL, &p, &problems), OK);
    sieve_run(&s.cx, p, &s.world, &out);
    assert_int_equal(out.seen_count, 3); /* a field that is not there has nothing to remember */
    assert_int_equal(out.seen[0].seconds, 7 * 24 * 3600);
    assert_int_equal(out.seen[1].seconds, 60);
    assert_int_equal(out.seen[2].seconds, 90 * 24 * 3600);
    assert_int_equal(out.seen[0].key.n, SIEVE_SEEN_KEY_MAX);
    assert_false(str_eq(out.seen[0].key, out.seen[2].key));
    s.world.self = &s; /* all of it was here before */
    sieve_run(&s.cx, p, &s.world, &again);
    assert_int_equal(again.seen_count, 1); /* that with ":last", whose time begins anew */
    assert_true(again.seen[0].last && str_eq(again.seen[0].key, out.seen[1].key));
    want(&s, "require \"duplicate\"; if duplicate { discard; }", "discard");
    arena_close(s.arena);
}

static void senders(void **state)
{
    (void)state;
    struct stage s;
    stage_open(&s);
    struct sieve_pair null[] = {{STR("from"), STR("")}};
    s.world.envelope = null;
    s.world.envelope_count = 1;
    want(&s,
         "require [\"envelope\"]; if allof (envelope :all \"from\" \"\", envelope :domain \"from\" "
         "\"\", envelope :localpart \"from\" \"\", not envelope :contains \"to\" \"\") { discard; "
         "}",
         "discard");
    /* Fields that delivery put in front are there for tests, and stay when others are deleted. */
    s.world.trace = STR("X-Trace: first\r\nSubject: trace\r\n");
    want(&s,
         "require [\"editheader\", \"index\"]; deleteheader \"X-Trace\"; if allof (exists "
         "\"x-trace\", header :index 1 \"subject\" \"trace\", header \"subject\" \"I have a "
         "present for you\") { discard; }",
         "discard");
    arena_close(s.arena);
}

static void traces(void **state)
{
    (void)state;
    struct stage s;
    stage_open(&s);
    struct sieve_program *p AUTO(sieve_program_unref) = NULL;
    struct sieve_problems problems;
    struct sieve_outcome out;
    struct buf b = buf_of(s.arena, 1 << 20);
    buf_add(&b, STR("if header \"subject\" \"x\"\n{ keep; }\nelsif true { discard; }\n"));
    for (int i = 0; i < SIEVE_TRACE_MAX; i++)
        buf_add(&b, STR("if false {}\n"));
    assert_int_equal(sieve_compile(&s.cx, buf_str(&b), NULL, &p, &problems), OK);
    sieve_run(&s.cx, p, &s.world, &out);
    assert_int_equal(out.trace_count, 0);
    s.world.trace_wanted = true;
    sieve_run(&s.cx, p, &s.world, &out);
    assert_true(str_eq(out.trace[0].text, STR("header: false")) && out.trace[0].line == 1);
    assert_true(str_eq(out.trace[1].text, STR("true: true")) && out.trace[1].line == 3);
    assert_true(str_eq(out.trace[2].text, STR("discard")) && out.trace[2].line == 3);
    assert_int_equal(out.trace_count, SIEVE_TRACE_MAX);
    arena_close(s.arena);
}

/* Flags past FLAGS_MAX of flags.c are dropped. */
static void many_flags(void **state)
{
    (void)state;
    struct stage s;
    stage_open(&s);
    struct buf b = buf_of(s.arena, 1 << 20);
    buf_add(&b, STR("require [\"imap4flags\", " NUMERIC "]; addflag \""));
    for (int i = 0; i < 300; i++)
        buf_printf(&b, "f%d ", i);
    buf_add(&b, STR("\"; if hasflag " COUNT("eq") "\"256\" { setflag \"\"; discard; }"));
    buf_byte(&b, '\0');
    want(&s, buf_str(&b).p, "discard");
    arena_close(s.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores),  cmocka_unit_test(imap_events), cmocka_unit_test(duplicates),
        cmocka_unit_test(senders), cmocka_unit_test(traces),      cmocka_unit_test(many_flags),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
