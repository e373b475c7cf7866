/* Limits that are too large to be met by a test: smaller ones are set in their place. */
#include "../unit.h"
#include "base/buf.h"
#include "core/annotation/annotation.h"
#include "proto/imap/annotate/annotate.h"
#include "proto/imap/search/context.h"
#include "proto/imap/sort/thread.h"
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
    imap_talk_enter(t, w->jane);
    imap_talk_say(t, "s SELECT INBOX\r\n");
    return t;
}

static void deliver(struct imap_world *w, const char *id, const char *references)
{
    struct str message =
        str_printf(w->cx.arena, "Subject: %s\r\nMessage-ID: <%s@x>\r\nReferences: %s\r\n\r\nx\r\n",
                   id, id, references);
    imap_world_deliver(w, w->jane, "INBOX", message, (struct str){0});
}

/* A link that would have to be looked at for too long is left out; no message is. */
static void threads_take_so_many_steps(void **state)
{
    struct imap_world *w = *state;
    deliver(w, "d", "<c@x>");
    deliver(w, "c", "<a@x> <b@x>");
    deliver(w, "a", "");
    deliver(w, "b", "<a@x>");
    struct imap_talk *t = entered(w);
    assert_int_equal(w->env.limits.thread_steps, IMAP_THREAD_STEPS_MAX);
    assert_str(imap_talk_say(t, "a THREAD REFS UTF-8 ALL\r\n"),
               STR("* THREAD (3 4 2 1)\r\na OK THREAD completed\r\n"));
    w->env.limits.thread_steps = 1;
    assert_str(imap_talk_say(t, "a THREAD REFS UTF-8 ALL\r\n"),
               STR("* THREAD (2 1)(3 4)\r\na OK THREAD completed\r\n"));
    imap_talk_close(t);
}

/* More text than an answer may have cannot be told: the session ends. */
static void answers_have_so_much_text(void **state)
{
    struct imap_world *w = *state;
    struct imap_talk *t = entered(w);
    assert_int_equal(w->env.limits.reply_bytes, IMAP_REPLY_MAX);
    struct str said = imap_talk_say(t, "a LIST \"\" *\r\n");
    assert_true(str_ends(said, STR("a OK LIST completed\r\n")));
    w->env.limits.reply_bytes = (uint32_t)said.n;
    said = imap_talk_say(t, "a LIST \"\" *\r\n");
    assert_true(str_ends(said, STR("a OK LIST completed\r\n")));
    assert_false(imap_talk_is_closed(t));
    w->env.limits.reply_bytes = (uint32_t)said.n - 1;
    imap_talk_say(t, "a LIST \"\" *\r\n");
    assert_true(imap_talk_is_closed(t));
    imap_talk_close(t);
}

/* What io says of a command that is larger than any may be. */
static void a_command_that_is_too_long_ends_the_session(void **state)
{
    struct imap_world *w = *state;
    struct imap_talk *t = entered(w);
    struct reply r = {.out = rope_of(w->cx.arena)};
    assert_int_equal(imap_engine.request_max, IMAP_REQUEST_MAX);
    imap_engine.too_long(&w->cx, imap_talk_session(t), &r);
    assert_str(rope_flatten(&r.out, w->cx.arena), STR("* BYE [TOOBIG] The command is too big\r\n"));
    rope_drop(&r.out);
    imap_talk_close(t);
}

static void contexts_hold_so_many_messages(void **state)
{
    struct imap_world *w = *state;
    imap_world_fill(w, w->jane, "INBOX", 3);
    struct imap_talk *t = entered(w);
    assert_int_equal(w->env.limits.context_messages, IMAP_CONTEXT_FOUND_MAX);
    w->env.limits.context_messages = 3;
    struct str said = imap_talk_say(t, "u SEARCH RETURN (UPDATE COUNT) ALL\r\n");
    assert_int_equal(str_find(said, STR("NOUPDATE")), SIZE_MAX);
    w->env.limits.context_messages = 2;
    said = imap_talk_say(t, "v SEARCH RETURN (UPDATE COUNT) ALL\r\n");
    assert_true(str_starts(said, STR("* ESEARCH (TAG \"v\") COUNT 3\r\n* NO [NOUPDATE \"v\"]")));
    imap_talk_close(t);
}

/* head, then entries "/c/<from>" and on with a value each, then tail. */
static struct str entries(struct imap_talk *t, const char *head, const char *value, int from,
                          int count)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct buf b = buf_of(a, 1 << 20);
    buf_add(&b, str_z(head));
    for (int i = 0; i < count; i++)
        buf_printf(&b, "%s%s%d %s", i ? " " : "", strstr(head, "META") ? "/private/c" : "/c",
                   from + i, value);
    buf_add(&b, STR(")\r\n"));
    return imap_talk_send(t, buf_str(&b));
}

static void metadata_has_so_many_entries(void **state)
{
    struct imap_talk *t = entered(*state);
    static const char head[] = "a SETMETADATA INBOX (";
    for (int i = 0; i < ANNOTATIONS_MAX; i += 50)
        assert_str(entries(t, head, "\"x\"", i, 50), STR("a OK SETMETADATA completed\r\n"));
    assert_true(
        str_starts(entries(t, head, "\"x\"", ANNOTATIONS_MAX, 1), STR("a NO [METADATA TOOMANY] ")));
    /* one that is there may change, and one that goes makes room */
    assert_str(entries(t, head, "\"y\"", 0, 1), STR("a OK SETMETADATA completed\r\n"));
    assert_str(entries(t, head, "NIL", 0, 1), STR("a OK SETMETADATA completed\r\n"));
    assert_str(entries(t, head, "\"x\"", ANNOTATIONS_MAX, 1),
               STR("a OK SETMETADATA completed\r\n"));
    imap_talk_close(t);
}

static void messages_have_so_many_annotations(void **state)
{
    struct imap_world *w = *state;
    imap_world_fill(w, w->jane, "INBOX", 1);
    struct imap_talk *t = entered(w);
    static const char head[] = "a STORE 1 ANNOTATION (";
    static const char value[] = "(value.priv \"x\")";
    for (int i = 0; i < ANNOTATIONS_MAX; i += 50)
        assert_true(str_ends(entries(t, head, value, i, 50), STR("a OK STORE completed\r\n")));
    assert_true(str_find(entries(t, head, value, ANNOTATIONS_MAX, 1),
                         STR("a NO [ANNOTATE TOOMANY] ")) != SIZE_MAX);
    /* of one command */
    assert_true(str_find(entries(t, head, value, 0, IMAP_NOTES_MAX + 1),
                         STR("a NO [ANNOTATE TOOMANY] ")) != SIZE_MAX);
    imap_talk_close(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)
        IN_A_WORLD(threads_take_so_many_steps),
        IN_A_WORLD(answers_have_so_much_text),
        IN_A_WORLD(a_command_that_is_too_long_ends_the_session),
        IN_A_WORLD(contexts_hold_so_many_messages),
        IN_A_WORLD(metadata_has_so_many_entries),
        IN_A_WORLD(messages_have_so_many_annotations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
