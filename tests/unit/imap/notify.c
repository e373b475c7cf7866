/* NOTIFY's limits, and what it leaves behind. */
#include "proto/imap/sync/notify.h"
#include "../unit.h"
#include "core/folder.h"
#include "people.h"
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
    return t;
}

/* "NOTIFY SET" with so many groups of so many names. */
static struct str asked(struct imap_talk *t, size_t groups, size_t names)
{
    struct arena *a = arena_open();
    struct buf b = buf_of(a, 1 << 20);
    buf_add(&b, STR("n NOTIFY SET"));
    for (size_t i = 0; i < groups; i++) {
        buf_add(&b, STR(" (mailboxes ("));
        for (size_t k = 0; k < names; k++)
            buf_printf(&b, "%sm%zu", k ? " " : "", k);
        buf_add(&b, STR(") (MailboxName))"));
    }
    buf_add(&b, STR("\r\n"));
    struct str said = imap_talk_send(t, buf_str(&b));
    arena_close(a);
    return said;
}

static void has_limits(void **state)
{
    struct imap_talk *t = entered(*state);
    assert_str(asked(t, NOTIFY_GROUPS_MAX, 1), STR("n OK NOTIFY completed\r\n"));
    assert_true(str_starts(asked(t, NOTIFY_GROUPS_MAX + 1, 1), STR("n NO [LIMIT] ")));
    assert_str(asked(t, 1, NOTIFY_NAMES_MAX), STR("n OK NOTIFY completed\r\n"));
    assert_true(str_starts(asked(t, 1, NOTIFY_NAMES_MAX + 1), STR("n NO [LIMIT] ")));
    imap_talk_close(t);
}

/* What failed leaves the former one as it was; NONE and the end of the session leave nothing. */
static void ends(void **state)
{
    struct imap_talk *t = entered(*state);
    assert_null(imap_talk_session(t)->notify);
    imap_talk_say(t, "a NOTIFY SET (personal (MailboxName))\r\n");
    const struct imap_notify *was = imap_talk_session(t)->notify;
    assert_non_null(was);
    imap_talk_say(t, "a NOTIFY SET (personal (FlagChange))\r\n");
    assert_ptr_equal(imap_talk_session(t)->notify, was);
    imap_talk_say(t, "a NOTIFY NONE\r\n");
    assert_null(imap_talk_session(t)->notify);
    imap_talk_say(t, "a NOTIFY SET (personal (MailboxName))\r\na UNAUTHENTICATE\r\n");
    assert_null(imap_talk_session(t)->notify);
    imap_talk_close(t);
}

/* Below "top", more than are told at a time; at once, as each CREATE looks at all there are. */
static enum code many_folders(struct ctx *cx, struct account_txn *t, void *arg)
{
    folder_id top, id;
    (void)arg;
    TRY(folder_create(cx, t, STR("top"), KIND_MAIL, ROLE_NONE, &top));
    for (int i = 0; i <= NOTIFY_TOLD_MAX; i++)
        TRY(folder_create_in(cx, t, top, str_printf(cx->arena, "%d", i), ROLE_NONE, &id));
    return OK;
}

/* One rename that moves more mailboxes than are told at a time. */
static void overflows(void **state)
{
    struct imap_world *w = *state;
    struct imap_talk *t = entered(w), *other = entered(w);
    assert_int_equal(account_update(&w->cx, w->core, w->jane, many_folders, NULL), OK);
    imap_talk_say(t, "a NOTIFY SET (personal (MailboxName))\r\n");
    imap_talk_say(other, "r RENAME top new\r\n");
    struct str said = imap_talk_say(t, "a NOOP\r\n");
    assert_true(str_find(said, STR("* OK [NOTIFICATIONOVERFLOW] ")) != SIZE_MAX);
    assert_null(imap_talk_session(t)->notify);
    imap_talk_close(other);
    imap_talk_close(t);
}

#define IN_A_WORLD(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)

/* A whole namespace, of as many accounts as may be watched, and of one more. */
static void watches_so_many_accounts(void **state)
{
    struct imap_world *w = *state;
    struct imap_talk *t = entered(w);
    char name[20];
    for (int i = 0; i < NOTIFY_ACCOUNTS_MAX; i++) {
        snprintf(name, sizeof name, "help%d", i);
        uint64_t who = people_add(w, name, PRINCIPAL_SHARED_MAILBOX);
        if (i == NOTIFY_ACCOUNTS_MAX - 1) /* and jane's own */
            assert_str(imap_talk_say(t, "a NOTIFY SET (subtree (Shared) (MailboxName))\r\n"),
                       STR("a OK NOTIFY completed\r\n"));
        people_grant(w, who, STR("INBOX"), STR("jane"), STR("l"));
    }
    assert_true(str_starts(imap_talk_say(t, "a NOTIFY SET (subtree (Shared) (MailboxName))\r\n"),
                           STR("a NO [LIMIT] ")));
    imap_talk_close(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {IN_A_WORLD(has_limits), IN_A_WORLD(ends),
                                       IN_A_WORLD(overflows), IN_A_WORLD(watches_so_many_accounts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
