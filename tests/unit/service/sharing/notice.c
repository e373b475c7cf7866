/* Who is told when rights change, and how many of that are kept. */
#include "unit.h"

#include "core/object/object.h"
#include "imap/people.h"
#include "service/sharing/notice.h"

enum { INBOX = 1, HOURS = 3600 * 1000 };

static size_t told(struct imap_world *w, uint64_t who, struct notice *last)
{
    struct objects all;
    assert_int_equal(object_list(&w->cx, w->core, who, OBJECT_NOTICE, &all), OK);
    for (size_t i = 0; i < all.count; i++) {
        struct notice n;
        assert_int_equal(notice_read(&w->cx, all.at[i].value, &n), OK);
        if (i == 0 || n.created_ms > last->created_ms)
            *last = n;
    }
    return all.count;
}

static void grant(struct imap_world *w, enum grantee_kind kind, uint64_t who, uint32_t rights)
{
    const struct share_act act = {.account = w->jane,
                                  .folder = INBOX,
                                  .grant = {.kind = kind, .who = who, .rights = rights},
                                  .by = w->jane};
    w->cx.now_ms += HOURS;
    assert_int_equal(share_grant(&w->cx, w->core, &act), OK);
}

static void whose_rights_change_is_told(void **state)
{
    struct imap_world *w = imap_world_open();
    struct notice n = {0};
    (void)state;
    uint64_t ann = people_add(w, "ann", PRINCIPAL_PERSON);
    uint64_t team = people_add(w, "team", PRINCIPAL_GROUP);
    people_join(w, team, ann);
    people_join(w, team, w->jane);
    grant(w, GRANTEE_PRINCIPAL, w->john, RIGHT_LOOKUP | RIGHT_READ);
    assert_int_equal(told(w, w->john, &n), 1);
    assert_int_equal(n.old, 0);
    assert_int_equal(n.new, RIGHT_LOOKUP | RIGHT_READ);
    assert_int_equal(n.account, w->jane);
    assert_int_equal(n.folder, INBOX);
    assert_int_equal(n.by, w->jane);
    assert_true(str_eq(n.by_address, STR("jane@example.com")));
    /* The same again is no change. */
    grant(w, GRANTEE_PRINCIPAL, w->john, RIGHT_LOOKUP | RIGHT_READ);
    assert_int_equal(told(w, w->john, &n), 1);
    grant(w, GRANTEE_PRINCIPAL, w->john, 0);
    assert_int_equal(told(w, w->john, &n), 2);
    assert_int_equal(n.old, RIGHT_LOOKUP | RIGHT_READ);
    assert_int_equal(n.new, 0);
    /* A group's members, but for who did it. */
    grant(w, GRANTEE_GROUP, team, RIGHT_LOOKUP);
    assert_int_equal(told(w, ann, &n), 1);
    assert_int_equal(told(w, w->jane, &n), 0);
    assert_int_equal(told(w, w->john, &n), 2);
    /* "anyone": all of whom the rights are others; ann has them by the group. */
    grant(w, GRANTEE_DEFAULT, 0, RIGHT_LOOKUP);
    assert_int_equal(told(w, w->john, &n), 3);
    assert_int_equal(n.old, 0);
    assert_int_equal(n.new, RIGHT_LOOKUP);
    assert_int_equal(told(w, ann, &n), 1);
    grant(w, GRANTEE_DEFAULT, 0, 0);
    assert_int_equal(told(w, w->john, &n), 4);
    imap_world_close(w);
}

static void member(struct imap_world *w, uint64_t group, uint64_t who, bool joins)
{
    const struct share_member m = {.group = group, .member = who, .joins = joins};
    w->cx.now_ms += HOURS;
    assert_int_equal(share_member(&w->cx, w->core, &m), OK);
}

/* Who comes into a group that may see something, and who leaves it; through another group, too. */
static void who_joins_and_leaves_is_told(void **state)
{
    struct imap_world *w = imap_world_open();
    struct notice n = {0};
    (void)state;
    uint64_t ann = people_add(w, "ann", PRINCIPAL_PERSON);
    uint64_t team = people_add(w, "team", PRINCIPAL_GROUP);
    uint64_t inner = people_add(w, "inner", PRINCIPAL_GROUP);
    grant(w, GRANTEE_GROUP, team, RIGHT_LOOKUP | RIGHT_READ);
    member(w, team, w->john, true);
    assert_int_equal(told(w, w->john, &n), 1);
    assert_int_equal(n.old, 0);
    assert_int_equal(n.new, RIGHT_LOOKUP | RIGHT_READ);
    assert_int_equal(n.account, w->jane);
    assert_int_equal(n.folder, INBOX);
    assert_int_equal(n.by, 0);
    assert_true(str_eq(n.by_name, STR("Administration")));
    member(w, team, w->john, true); /* he is in it already */
    assert_int_equal(told(w, w->john, &n), 1);
    member(w, inner, ann, true); /* which grants nothing */
    assert_int_equal(told(w, ann, &n), 0);
    member(w, team, inner, true);
    assert_int_equal(told(w, ann, &n), 1);
    assert_int_equal(n.new, RIGHT_LOOKUP | RIGHT_READ);
    assert_int_equal(told(w, w->john, &n), 1);
    member(w, inner, ann, false);
    assert_int_equal(told(w, ann, &n), 2);
    assert_int_equal(n.new, 0);
    member(w, team, w->jane, true); /* the owner may all as before */
    assert_int_equal(told(w, w->jane, &n), 0);
    member(w, team, w->john, false);
    assert_int_equal(told(w, w->john, &n), 2);
    assert_int_equal(n.old, RIGHT_LOOKUP | RIGHT_READ);
    const struct share_member again = {.group = team, .member = w->john};
    assert_int_equal(share_member(&w->cx, w->core, &again), E_NOT_FOUND);
    imap_world_close(w);
}

/* A group of NOTICE_READERS_MAX is told, a larger one is not. */
static void large_groups_are_not_told(void **state)
{
    struct imap_world *w = imap_world_open();
    struct notice n = {0};
    char name[16];
    uint64_t crowd = people_add(w, "crowd", PRINCIPAL_GROUP), member = 0;
    (void)state;
    for (int i = 0; i < NOTICE_READERS_MAX; i++) {
        snprintf(name, sizeof name, "p%d", i);
        member = people_add(w, name, PRINCIPAL_PERSON);
        people_join(w, crowd, member);
    }
    grant(w, GRANTEE_GROUP, crowd, RIGHT_LOOKUP);
    assert_int_equal(told(w, member, &n), 1);
    people_join(w, crowd, w->john);
    grant(w, GRANTEE_GROUP, crowd, 0);
    assert_int_equal(told(w, member, &n), 1);
    imap_world_close(w);
}

static void the_oldest_make_room(void **state)
{
    struct imap_world *w = imap_world_open();
    struct notice n = {0};
    (void)state;
    for (int i = 0; i < NOTICES_MAX + 5; i++)
        grant(w, GRANTEE_PRINCIPAL, w->john, i % 2 ? 0 : RIGHT_LOOKUP);
    assert_int_equal(told(w, w->john, &n), NOTICES_MAX);
    assert_int_equal(n.created_ms, w->cx.now_ms);
    w->cx.now_ms += (int64_t)(NOTICE_DAYS + 1) * 24 * HOURS;
    for (int i = 0; i < NOTICES_MAX / 20; i++)
        grant(w, GRANTEE_PRINCIPAL, w->john, i % 2 ? 0 : RIGHT_LOOKUP | RIGHT_READ);
    assert_int_equal(told(w, w->john, &n), NOTICES_MAX / 20);
    imap_world_close(w);
}

static void what_is_no_notice_is_refused(void **state)
{
    struct imap_world *w = imap_world_open();
    struct notice n;
    (void)state;
    assert_int_equal(notice_read(&w->cx, STR(""), &n), E_CORRUPT);
    assert_int_equal(notice_read(&w->cx, STR("\2abcdefgh"), &n), E_CORRUPT);
    imap_world_close(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whose_rights_change_is_told),  cmocka_unit_test(large_groups_are_not_told),
        cmocka_unit_test(who_joins_and_leaves_is_told), cmocka_unit_test(the_oldest_make_room),
        cmocka_unit_test(what_is_no_notice_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
