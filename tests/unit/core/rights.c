/* Who may do what, and each reader's own read state. */
#include "core/rights.h"
#include "core/directory.h"
#include "model.h"

enum { READER = 2000, OTHER = 2001 };

struct grant_to {
    folder_id folder;
    struct grant grant;
};

static enum code grant_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct grant_to *g = arg;
    return rights_grant(cx, t, g->folder, &g->grant);
}

static enum code granted(struct model *m, folder_id folder, enum grantee_kind kind,
                         principal_id who, uint32_t rights)
{
    struct grant_to g = {folder, {.kind = kind, .who = who, .rights = rights}};
    return model_run(m, grant_in, &g);
}

static uint32_t rights(struct model *m, folder_id folder, principal_id reader)
{
    uint32_t out;
    assert_ok(m, rights_of(&m->cx, m->core, ACCOUNT, folder, reader, &out));
    return out;
}

static void the_owner_may_all_and_others_nothing(void **state)
{
    struct model *m = *state;
    folder_id inbox = model_folder(m, ROLE_INBOX);
    assert_int_equal(rights(m, inbox, ACCOUNT), RIGHTS_ALL);
    assert_int_equal(rights(m, inbox, READER), 0);
    assert_int_equal(rights(m, inbox, 0), 0);
    assert_int_equal(rights_check(&m->cx, m->core, ACCOUNT, inbox, READER, 0), E_NOT_FOUND);
    assert_int_equal(rights_check(&m->cx, m->core, ACCOUNT, 4711, READER, 0), E_NOT_FOUND);
    assert_ok(m, rights_check(&m->cx, m->core, ACCOUNT, inbox, ACCOUNT, RIGHTS_ALL));
}

static void grants_are_for_those_named(void **state)
{
    struct model *m = *state;
    folder_id inbox = model_folder(m, ROLE_INBOX);
    assert_ok(m, granted(m, inbox, GRANTEE_PRINCIPAL, READER, RIGHT_LOOKUP | RIGHT_READ));
    assert_ok(m, granted(m, inbox, GRANTEE_DEFAULT, 0, RIGHT_FREEBUSY));
    assert_ok(m, granted(m, inbox, GRANTEE_ANONYMOUS, 0, RIGHT_POST));
    assert_int_equal(rights(m, inbox, READER), RIGHT_LOOKUP | RIGHT_READ);
    assert_int_equal(rights(m, inbox, OTHER), RIGHT_FREEBUSY);
    assert_int_equal(rights(m, inbox, 0), RIGHT_POST);
    assert_int_equal(rights(m, model_folder(m, ROLE_SENT), READER), 0);
    assert_ok(m, rights_check(&m->cx, m->core, ACCOUNT, inbox, READER, RIGHT_READ));
    assert_int_equal(rights_check(&m->cx, m->core, ACCOUNT, inbox, READER, RIGHT_INSERT), E_DENIED);
    assert_int_equal(rights_check(&m->cx, m->core, ACCOUNT, inbox, OTHER, RIGHT_FREEBUSY),
                     E_NOT_FOUND);
    struct grant *list;
    size_t count;
    assert_ok(m, rights_list(&m->cx, m->core, ACCOUNT, inbox, &list, &count));
    assert_int_equal(count, 3);
    assert_int_equal(list[0].who, READER);
    assert_ok(m, granted(m, inbox, GRANTEE_PRINCIPAL, READER, 0));
    assert_int_equal(rights(m, inbox, READER), RIGHT_FREEBUSY);
    assert_ok(m, granted(m, 0, GRANTEE_PRINCIPAL, READER, RIGHT_LOOKUP));
    assert_int_equal(rights(m, 0, READER), RIGHT_LOOKUP);
    assert_int_equal(rights(m, inbox, READER), RIGHT_FREEBUSY);
}

static void bad_grants_are_refused(void **state)
{
    struct model *m = *state;
    folder_id inbox = model_folder(m, ROLE_INBOX);
    assert_int_equal(granted(m, inbox, GRANTEE_DEFAULT, 7, 1), E_SYNTAX);
    assert_int_equal(granted(m, inbox, GRANTEE_PRINCIPAL, 0, 1), E_SYNTAX);
    assert_int_equal(granted(m, inbox, GRANTEE_PRINCIPAL, 7, 8192), E_SYNTAX);
    assert_int_equal(granted(m, 999, GRANTEE_PRINCIPAL, 7, 1), E_NOT_FOUND);
}

static void grants_are_not_without_end(void **state)
{
    struct model *m = *state;
    folder_id inbox = model_folder(m, ROLE_INBOX);
    for (principal_id who = 1; who <= RIGHTS_GRANTS_MAX; who++)
        assert_ok(m, granted(m, inbox, GRANTEE_PRINCIPAL, 1000 + who, RIGHT_READ));
    assert_int_equal(granted(m, inbox, GRANTEE_PRINCIPAL, 1, RIGHT_READ), E_LIMIT);
    assert_int_equal(rights(m, inbox, 1), 0);
    assert_ok(m, granted(m, inbox, GRANTEE_PRINCIPAL, 1001, 0)); /* taken away: there is room */
    assert_ok(m, granted(m, inbox, GRANTEE_PRINCIPAL, 1, RIGHT_READ));
}

static void groups_count(void **state)
{
    struct model *m = *state;
    folder_id inbox = model_folder(m, ROLE_INBOX);
    struct domain d = {.name = STR("test.example"), .kind = DOMAIN_HOSTED, .enabled = true};
    principal_id group, person;
    assert_ok(m, directory_domain_add(&m->cx, m->core, &d, &d.id));
    struct principal p = {.kind = PRINCIPAL_GROUP,
                          .domain = d.id,
                          .name = STR("team"),
                          .address = STR("team@test.example"),
                          .enabled = true};
    assert_ok(m, directory_add(&m->cx, m->core, &p, NULL, &group));
    p.kind = PRINCIPAL_PERSON;
    p.name = STR("jane");
    p.address = STR("jane@test.example");
    assert_ok(m, directory_add(&m->cx, m->core, &p, NULL, &person));
    assert_ok(m, granted(m, inbox, GRANTEE_GROUP, group, RIGHT_LOOKUP | RIGHT_READ));
    assert_ok(m, granted(m, inbox, GRANTEE_PRINCIPAL, person, RIGHT_SEEN));
    assert_int_equal(rights(m, inbox, person), RIGHT_SEEN);
    assert_ok(m, directory_member_add(&m->cx, m->core, group, person));
    assert_int_equal(rights(m, inbox, person), RIGHT_LOOKUP | RIGHT_READ | RIGHT_SEEN);
}

struct per_reader {
    folder_id folder;
    struct item_seen seen;
    bool changed;
    uint64_t modseq;
};

static enum code share_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct per_reader *p = arg;
    return folder_set_per_reader(cx, t, p->folder, true);
}

static enum code seen_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    struct per_reader *p = arg;
    return item_set_seen_for(cx, t, &p->seen, &p->changed, &p->modseq);
}

static uint64_t see(struct model *m, folder_id folder, principal_id reader, uint32_t uid, bool seen)
{
    struct per_reader p = {.seen = {.reader = reader, .folder = folder, .uid = uid, .seen = seen}};
    assert_ok(m, model_run(m, seen_in, &p));
    assert_true(p.changed);
    uint64_t modseq = p.modseq;
    assert_ok(m, model_run(m, seen_in, &p));
    assert_false(p.changed);
    return modseq;
}

static struct view *view_for(struct model *m, folder_id folder, principal_id reader)
{
    struct view *v = NULL;
    assert_ok(m, view_get(&m->cx, m->core, ACCOUNT, folder, reader, &v));
    return v;
}

static void each_reader_reads_alone(void **state)
{
    struct model *m = *state;
    folder_id inbox = model_folder(m, ROLE_INBOX);
    struct per_reader p = {.folder = inbox};
    assert_ok(m, model_run(m, share_in, &p));
    for (int i = 0; i < 1500; i++)
        model_add(m, inbox, "a", i % 2 ? FLAG_SEEN : 0);
    struct view *old AUTO(view_unref) = view_for(m, inbox, READER);
    assert_int_equal(view_unseen(old), 1500);
    uint64_t at = see(m, inbox, READER, 600, true);
    struct view *v AUTO(view_unref) = view_for(m, inbox, READER);
    assert_int_equal(view_unseen(v), 1499);
    assert_int_equal(view_at(v, 599).flags, FLAG_SEEN);
    assert_int_equal(view_at(v, 599).modseq, at);
    assert_true(view_modseq(v) >= at);
    struct view_difference d;
    view_diff(&m->cx, old, v, &d);
    assert_int_equal(d.changed_count, 1);
    assert_int_equal(d.changed[0], 599);
    struct view *other AUTO(view_unref) = view_for(m, inbox, OTHER);
    struct view *owner AUTO(view_unref) = view_for(m, inbox, ACCOUNT);
    assert_int_equal(view_unseen(other), 1500);
    assert_int_equal(view_unseen(owner), 750);
    struct item_placed moved;
    assert_ok(m, model_move(m, inbox, 10, model_folder(m, ROLE_TRASH), &moved));
    assert_ok(m, model_flags(m, inbox, 600, FLAGS_ADD, FLAG_FLAGGED | FLAG_SEEN, NULL));
    model_add(m, inbox, "new", 0);
    struct view *w AUTO(view_unref) = view_for(m, inbox, READER);
    assert_int_equal(view_count(w), 1500);
    assert_int_equal(view_unseen(w), 1499);
    assert_int_equal(view_at(w, view_find(w, 600)).flags, FLAG_SEEN | FLAG_FLAGGED);
    model_reopen(m);
    struct view *cold AUTO(view_unref) = view_for(m, inbox, READER);
    assert_int_equal(view_modseq(cold), view_modseq(w));
    for (uint32_t i = 0; i < view_count(w); i++) {
        struct view_row x = view_at(w, i), y = view_at(cold, i);
        assert_int_equal(x.flags, y.flags);
        assert_true(y.modseq >= x.modseq); /* it never falls */
    }
    see(m, inbox, READER, 600, false);
    struct view *last AUTO(view_unref) = view_for(m, inbox, READER);
    assert_int_equal(view_unseen(last), 1500);
}

static void readers_changes_are_in_the_log_once(void **state)
{
    struct model *m = *state;
    folder_id inbox = model_folder(m, ROLE_INBOX);
    struct per_reader p = {.folder = inbox};
    assert_ok(m, model_run(m, share_in, &p));
    struct item_placed a = model_add(m, inbox, "a", 0), b = model_add(m, inbox, "b", 0);
    see(m, inbox, READER, a.uid, true);
    see(m, inbox, OTHER, a.uid, true);
    uint64_t at = see(m, inbox, READER, b.uid, true);
    struct change *c;
    size_t count;
    assert_ok(m, model_changes(m, b.modseq, inbox, &c, &count));
    assert_int_equal(count, 2);
    assert_int_equal(c[0].reader, OTHER);
    assert_int_equal(c[1].reader, READER);
    assert_int_equal(c[1].what, CHANGE_READ);
    assert_int_equal(c[1].modseq, at);
    see(m, inbox, ACCOUNT, a.uid, true);
    assert_int_equal(model_folder_facts(m, inbox).unread, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_owner_may_all_and_others_nothing, model_open,
                                        model_close),
        cmocka_unit_test_setup_teardown(grants_are_for_those_named, model_open, model_close),
        cmocka_unit_test_setup_teardown(bad_grants_are_refused, model_open, model_close),
        cmocka_unit_test_setup_teardown(grants_are_not_without_end, model_open, model_close),
        cmocka_unit_test_setup_teardown(groups_count, model_open, model_close),
        cmocka_unit_test_setup_teardown(each_reader_reads_alone, model_open, model_close),
        cmocka_unit_test_setup_teardown(readers_changes_are_in_the_log_once, model_open,
                                        model_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
