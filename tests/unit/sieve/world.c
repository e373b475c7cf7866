#include "world.h"

#include "base/buf.h"
#include "base/random.h"
#include "format/mime.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

const char sieve_message[] =
    "Return-Path: <coyote@desert.example.org>\n"
    "Received: from a.example by b.example; Sat, 21 Nov 2026 09:00:00 +0100\n"
    "Date: Sun, 22 Nov 2026 10:58:00 +0100\n"
    "From: \"Wile E. Coyote\" <coyote@desert.example.org>\n"
    "To: roadrunner@acme.example.com, Second <second+list@example.net>\n"
    "Cc: tweety@example.com\n"
    "Subject: I have a present for you\n"
    "X-Caffeine: C8H10N4O2\n"
    "X-Empty:\n"
    "Message-ID: <1@desert.example.org>\n"
    "Content-Type: text/plain; charset=utf-8\n"
    "\n"
    "Look, I'm sorry about the whole anvil\n"
    "thing, and I really didn't mean to try\n"
    "and drop it on you.\n";

struct str sieve_crlf(struct arena *a, const char *text)
{
    struct str s = str_z(text);
    struct buf b = buf_of(a, 2 * s.n + 1);
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\n' && (i == 0 || s.p[i - 1] != '\r'))
            buf_byte(&b, '\r');
        buf_byte(&b, s.p[i]);
    }
    return buf_str(&b);
}

static bool among(struct str s, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(s, str_z(names[i])))
            return true;
    return false;
}

static bool mailbox_exists(void *self, struct ctx *cx, enum sieve_naming by, struct str name)
{
    static const char *const names[] = {"INBOX", "Partners", "Work", "Spam"};
    static const char *const uses[] = {"\\Junk", "\\Sent"};
    static const char *const ids[] = {"F6352ae03-b7f5-463c-896f-d8b48ee3"};
    (void)self;
    (void)cx;
    if (by == SIEVE_BY_NAME)
        return among(name, names, 4);
    return by == SIEVE_BY_SPECIAL_USE ? among(name, uses, 2) : among(name, ids, 1);
}

static bool mailbox_has_use(void *self, struct ctx *cx, struct str name, struct str use)
{
    (void)self;
    (void)cx;
    return str_eq(name, STR("Spam")) && str_eq(use, STR("\\Junk"));
}

static bool metadata(void *self, struct ctx *cx, struct str mailbox, struct str name,
                     struct str *value)
{
    (void)self;
    (void)cx;
    if (!mailbox.n && str_eq(name, STR("/private/vendor/vendor.isode/auto-replies"))) {
        *value = STR("on");
        return true;
    }
    if (!str_eq(mailbox, STR("INBOX")))
        return false;
    if (str_eq(name, STR("/private/vendor/vendor.isode/auto-replies")))
        *value = STR("on");
    else if (str_eq(name, STR("/private/comment")))
        *value = STR("mine");
    else
        return false;
    return true;
}

static bool duplicate(void *self, struct ctx *cx, struct str key)
{
    (void)cx;
    (void)key;
    return self != NULL; /* in a world that was here before */
}

static bool list_known(void *self, struct ctx *cx, struct str list)
{
    (void)self;
    (void)cx;
    return str_starts(list, STR("tag:example.com,2009-05-28:"));
}

static bool list_has(void *self, struct ctx *cx, struct str list, struct str value)
{
    return list_known(self, cx, list) && str_eq(value, STR("coyote@desert.example.org"));
}

static enum code script(void *self, struct ctx *cx, bool global, struct str name,
                        struct sieve_program **out)
{
    static const struct {
        bool global;
        const char *name, *text;
    } scripts[] = {
        {false, "always_allow",
         "if address :is \"from\" \"coyote@desert.example.org\" { keep; stop; }"},
        {false, "files", "require \"fileinto\"; fileinto \"Work\";"},
        {false, "returns", "require [\"include\", \"fileinto\"]; return; fileinto \"Work\";"},
        {false, "loop", "require \"include\"; include \"loop\";"},
        {false, "wrong", "keep"},
        {true, "spam_tests",
         "require [\"variables\", \"include\"]; global \"verdict\"; set \"verdict\" \"spam\";"},
        {false, "own_variable", "require \"variables\"; set \"mine\" \"other\";"},
    };
    (void)self;
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
        struct sieve_problems problems;
        if (global == scripts[i].global && str_eq(name, str_z(scripts[i].name)))
            return sieve_compile(cx, str_z(scripts[i].text), NULL, out, &problems);
    }
    return E_NOT_FOUND;
}

static struct str notify_capability(void *self, struct ctx *cx, struct str uri, struct str name)
{
    (void)self;
    (void)cx;
    bool online = str_eq(name, STR("online")) && str_starts(uri, STR("xmpp:"));
    return online ? STR("yes") : STR("maybe");
}

static void calendar(void *self, struct ctx *cx, struct sieve_calendar *x)
{
    (void)self;
    (void)cx;
    x->outcome = x->updates_only ? STR("updated") : STR("no_action");
    x->reason = STR("tested");
}

/* Pictures that are TIFF or JPEG, and texts in charsets that are none. */
static bool convert(void *self, struct ctx *cx, struct sieve_conversion *x)
{
    struct str list = {0};
    (void)self;
    for (size_t i = 0; i < x->parameter_count; i++)
        list = str_printf(cx->arena, "%.*s %.*s", STR_ARG(list), STR_ARG(x->parameters[i]));
    bool picture = str_eq(x->to, STR("image/jpeg"));
    bool text = str_ieq(x->from, STR("text/plain")) && str_eq(x->to, STR("text/plain"));
    if (picture)
        x->out = str_printf(cx->arena, "jpeg of %.*s,%.*s", STR_ARG(x->content), STR_ARG(list));
    if (text)
        x->out = str_printf(cx->arena, "%.*s as text,%.*s", STR_ARG(x->content), STR_ARG(list));
    x->out_charset = text ? STR("utf-8") : (struct str){0};
    return picture || text;
}

/* An hour east of UTC in the year 2024, and nowhere else. */
static int16_t zone(void *self, struct ctx *cx, int64_t utc_ms)
{
    (void)self;
    (void)cx;
    return utc_ms >= INT64_C(1704067200000) && utc_ms < INT64_C(1735689600000) ? 60 : 0;
}

static const struct sieve_ops ops = {.mailbox_exists = mailbox_exists,
                                     .mailbox_has_use = mailbox_has_use,
                                     .metadata = metadata,
                                     .duplicate = duplicate,
                                     .list_known = list_known,
                                     .list_has = list_has,
                                     .script = script,
                                     .notify_capability = notify_capability,
                                     .calendar = calendar,
                                     .zone = zone,
                                     .convert = convert};

static const struct sieve_pair envelope[] = {
    {STR("from"), STR("coyote@desert.example.org")},
    {STR("to"), STR("roadrunner+fast@acme.example.com")},
    {STR("notify"), STR("SUCCESS,FAILURE")},
    {STR("orcpt"), STR("rfc822;roadrunner@acme.example.com")},
    {STR("ret"), STR("FULL")},
    {STR("envid"), STR("QQ314159")},
    {STR("bytimerelative"), STR("120")},
    {STR("bymode"), STR("return")},
};

static const struct sieve_pair environment[] = {
    {STR("domain"), STR("example.com")}, {STR("host"), STR("mx.example.com")},
    {STR("location"), STR("MDA")},       {STR("name"), STR("Postroad")},
    {STR("phase"), STR("during")},       {STR("remote-ip"), STR("192.0.2.1")},
};

void sieve_world_make(struct ctx *cx, const char *message, struct sieve_world *out)
{
    struct mime *mime;
    struct str bytes = sieve_crlf(cx->arena, message ? message : sieve_message);
    if (mime_parse(cx, bytes, NULL, &mime) != OK)
        fail_msg("no message");
    *out = (struct sieve_world){.mime = mime,
                                .envelope = envelope,
                                .envelope_count = sizeof envelope / sizeof envelope[0],
                                .environment = environment,
                                .environment_count = sizeof environment / sizeof environment[0],
                                .spam_percent = -1,
                                .ops = &ops};
}

struct str sieve_outcome_text(struct arena *a, const struct sieve_outcome *out)
{
    struct buf b = buf_of(a, 1 << 20);
    for (size_t i = 0; i < out->count; i++) {
        buf_add(&b, i ? STR("; ") : STR(""));
        buf_add(&b, sieve_action_text(a, &out->actions[i]));
    }
    if (out->error.n) {
        buf_reset(&b);
        buf_printf(&b, "error: line %u: %.*s", out->error_line, STR_ARG(out->error));
    }
    return buf_str(&b);
}

struct str sieve_play(struct ctx *cx, struct str script, const struct sieve_world *world)
{
    struct sieve_program *p AUTO(sieve_program_unref) = NULL;
    struct sieve_problems problems;
    struct buf b = buf_of(cx->arena, 65536);
    if (sieve_compile(cx, script, NULL, &p, &problems) != OK) {
        for (size_t i = 0; i < problems.count; i++)
            buf_printf(&b, "%sline %u: %.*s", i ? "\n" : "", problems.at[i].line,
                       STR_ARG(problems.at[i].text));
        return buf_str(&b);
    }
    struct sieve_outcome out;
    sieve_run(cx, p, world, &out);
    return sieve_outcome_text(cx->arena, &out);
}

/* Whether it came out as wanted. */
static bool right(const struct sieve_case *c)
{
    struct arena *arena AUTO(arena_close) = arena_open();
    struct random random = {.seed = 1};
    struct ctx cx = {.arena = arena, .now_ms = 1795341600000, .random = &random};
    struct sieve_world world;
    sieve_world_make(&cx, c->message, &world);
    struct str got = sieve_play(&cx, sieve_crlf(arena, c->script), &world);
    bool same = str_eq(got, str_z(c->wanted));
    if (!same)
        print_error("%s:\n  wanted %s\n  got    %.*s\n", c->name, c->wanted, STR_ARG(got));
    return same;
}

void sieve_cases_check(const struct sieve_case *cases, size_t count)
{
    size_t wrong = 0;
    for (size_t i = 0; i < count; i++)
        wrong += right(&cases[i]) ? 0 : 1;
    assert_int_equal(wrong, 0);
}

static struct str without_cr(struct arena *a, struct str s)
{
    struct buf b = buf_of(a, s.n + 1);
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] != '\r')
            buf_byte(&b, s.p[i]);
    return buf_str(&b);
}

static bool edited_right(const struct sieve_case *c)
{
    struct arena *arena AUTO(arena_close) = arena_open();
    struct random random = {.seed = 1};
    struct ctx cx = {.arena = arena, .now_ms = 1795341600000, .random = &random};
    struct sieve_program *p AUTO(sieve_program_unref) = NULL;
    struct sieve_problems problems;
    struct sieve_outcome out;
    struct sieve_world world;
    sieve_world_make(&cx, c->message, &world);
    if (sieve_compile(&cx, sieve_crlf(arena, c->script), NULL, &p, &problems) != OK)
        fail_msg("%s: line %u: %.*s", c->name, problems.at[0].line, STR_ARG(problems.at[0].text));
    sieve_run(&cx, p, &world, &out);
    struct str got = out.actions[0].message;
    got = got.p ? without_cr(arena, got) : STR("as it came");
    bool same = str_eq(got, str_z(c->wanted)) && !out.error.n;
    if (!same)
        print_error("%s (%.*s):\n--- wanted\n%s\n--- got\n%.*s\n", c->name, STR_ARG(out.error),
                    c->wanted, STR_ARG(got));
    return same;
}

void sieve_edits_check(const struct sieve_case *cases, size_t count)
{
    size_t wrong = 0;
    for (size_t i = 0; i < count; i++)
        wrong += edited_right(&cases[i]) ? 0 : 1;
    assert_int_equal(wrong, 0);
}
