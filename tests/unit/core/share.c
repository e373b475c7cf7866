/* The index of grants by grantee, and subscriptions to what is others' (core/share). */
#include "base/buf.h"
#include "core/directory/rows.h"
#include "core/row/key.h"
#include "core/share/sharing.h"
#include "core/share/subscription.h"
#include "forest.h"

enum { INBOX = 1, LOOK = RIGHT_LOOKUP | RIGHT_READ, DAY_MS = 86400000 };

struct people {
    struct forest *f;
    principal_id jane, john, help, team, all;
};

static struct people people_open(void)
{
    struct forest *f = forest_open("memory");
    struct people p = {.f = f,
                       .jane = forest_add(f, PRINCIPAL_PERSON, "jane", f->health),
                       .john = forest_add(f, PRINCIPAL_PERSON, "john", f->works),
                       .help = forest_add(f, PRINCIPAL_SHARED_MAILBOX, "help", f->works),
                       .team = forest_add(f, PRINCIPAL_GROUP, "team", f->works),
                       .all = forest_add(f, PRINCIPAL_GROUP, "all", f->root)};
    assert_int_equal(directory_member_add(&f->cx, f->core, p.all, p.team), OK);
    assert_int_equal(directory_member_add(&f->cx, f->core, p.team, p.john), OK);
    return p;
}

static void grant(const struct people *p, account_id account, enum grantee_kind kind,
                  principal_id who, uint32_t rights)
{
    struct grant g = {.kind = kind, .who = who, .rights = rights};
    assert_int_equal(sharing_grant(&p->f->cx, p->f->core, account, INBOX, &g), OK);
}

static void wants(const struct people *p, principal_id reader, const account_id *wanted, size_t n)
{
    account_id *accounts;
    size_t count;
    assert_int_equal(sharing_accounts(&p->f->cx, p->f->core, reader, &accounts, &count), OK);
    assert_int_equal(count, n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(accounts[i], wanted[i]);
}

static void grants_are_found_by_who_has_them(void **state)
{
    (void)state;
    struct people p = people_open();
    wants(&p, p.john, NULL, 0);
    grant(&p, p.jane, GRANTEE_PRINCIPAL, p.john, LOOK);
    wants(&p, p.john, (account_id[]){p.jane}, 1);
    wants(&p, p.jane, NULL, 0);
    /* through a group in a group; and each account once, however often it was granted */
    grant(&p, p.help, GRANTEE_GROUP, p.all, LOOK);
    grant(&p, p.help, GRANTEE_PRINCIPAL, p.john, LOOK);
    wants(&p, p.john, (account_id[]){p.jane, p.help}, 2);
    wants(&p, p.jane, NULL, 0);
    /* to everybody; one's own is not among them */
    grant(&p, p.jane, GRANTEE_DEFAULT, 0, LOOK);
    wants(&p, p.jane, NULL, 0);
    wants(&p, p.help, (account_id[]){p.jane}, 1);
    forest_close(p.f);
}

static void what_was_taken_back_goes_after_a_day(void **state)
{
    (void)state;
    struct people p = people_open();
    grant(&p, p.jane, GRANTEE_PRINCIPAL, p.john, LOOK);
    grant(&p, p.help, GRANTEE_PRINCIPAL, p.john, LOOK);
    grant(&p, p.jane, GRANTEE_PRINCIPAL, p.john, 0);
    assert_int_equal(sharing_sweep(&p.f->cx, p.f->core), OK);
    wants(&p, p.john, (account_id[]){p.jane, p.help}, 2); /* too much, for a while */
    p.f->cx.now_ms += 2 * (int64_t)DAY_MS;
    assert_int_equal(sharing_sweep(&p.f->cx, p.f->core), OK);
    wants(&p, p.john, (account_id[]){p.help}, 1);
    forest_close(p.f);
}

static enum code forget(struct ctx *cx, struct txn *t, void *arg)
{
    const account_id *pair = arg; /* who, account */
    struct key k = rows_shared_key(GRANTEE_PRINCIPAL, pair[0]);
    (void)cx;
    key_u64(&k, pair[1]);
    txn_delete(t, key_str(&k));
    return OK;
}

static void a_lost_row_is_found_and_mended(void **state)
{
    (void)state;
    struct people p = people_open();
    struct sharing_report look = {0}, mend = {.repair = true};
    struct check_account sum = {0};
    account_id pair[] = {p.john, p.jane};
    grant(&p, p.jane, GRANTEE_PRINCIPAL, p.john, LOOK);
    assert_int_equal(sharing_check(&p.f->cx, p.f->core, p.jane, &look, &sum), OK);
    assert_int_equal(sum.faults, 0);
    assert_int_equal(store_update(&p.f->cx, p.f->store, DIRECTORY_PART, forget, pair), OK);
    wants(&p, p.john, NULL, 0);
    assert_int_equal(sharing_check(&p.f->cx, p.f->core, p.jane, &look, &sum), OK);
    assert_int_equal(sum.faults, 1);
    assert_int_equal(sharing_check(&p.f->cx, p.f->core, p.jane, &mend, &sum), OK);
    assert_int_equal(sum.repaired, 1);
    wants(&p, p.john, (account_id[]){p.jane}, 1);
    forest_close(p.f);
}

struct many {
    principal_id who;
    account_id first;
    size_t count;
};

static enum code note_many(struct ctx *cx, struct txn *t, void *arg)
{
    const struct many *m = arg;
    for (size_t i = 0; i < m->count; i++) {
        struct key k = rows_shared_key(GRANTEE_PRINCIPAL, m->who);
        struct buf b = buf_of(cx->arena, 16);
        key_u64(&k, m->first + i);
        buf_le8(&b, 1);
        buf_le64(&b, FOREST_NOW_MS);
        txn_put(t, key_str(&k), buf_str(&b));
    }
    return OK;
}

static void more_accounts_than_the_limit_are_refused(void **state)
{
    (void)state;
    struct people p = people_open();
    account_id *accounts;
    size_t count;
    for (account_id first = 0; first < SHARING_ACCOUNTS_MAX; first += 1000) {
        struct many m = {p.john, 1000000 + first, 1000};
        assert_int_equal(store_update(&p.f->cx, p.f->store, DIRECTORY_PART, note_many, &m), OK);
    }
    assert_int_equal(sharing_accounts(&p.f->cx, p.f->core, p.john, &accounts, &count), OK);
    assert_int_equal(count, SHARING_ACCOUNTS_MAX);
    struct many last = {p.john, 2000000, 1};
    assert_int_equal(store_update(&p.f->cx, p.f->store, DIRECTORY_PART, note_many, &last), OK);
    assert_int_equal(sharing_accounts(&p.f->cx, p.f->core, p.john, &accounts, &count), E_LIMIT);
    forest_close(p.f);
}

struct subscribing {
    struct subscription s;
    bool on;
    size_t count; /* folders from s.folder on */
};

static enum code subscribe_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct subscribing *a = arg;
    struct subscription s = a->s;
    for (size_t i = 0; i < a->count; i++, s.folder++)
        TRY(subscription_set(cx, t, &s, a->on));
    return OK;
}

static enum code subscribe(const struct people *p, folder_id folder, struct str name, bool on)
{
    struct subscribing a = {{p->jane, folder, name}, on, 1};
    return account_update(&p->f->cx, p->f->core, p->john, subscribe_in, &a);
}

static void a_subscription_is_kept_once_for_a_folder(void **state)
{
    (void)state;
    struct people p = people_open();
    struct subscription *all;
    size_t count;
    assert_int_equal(subscribe(&p, 7, STR("Other Users/jane/B"), true), OK);
    assert_int_equal(subscribe(&p, 3, STR("Other Users/jane/A"), true), OK);
    assert_int_equal(subscribe(&p, 7, STR("Other Users/jane/C"), true), OK);
    assert_int_equal(subscription_list(&p.f->cx, p.f->core, p.john, &all, &count), OK);
    assert_int_equal(count, 2);
    assert_int_equal(all[0].folder, 3);
    assert_str(all[1].name, STR("Other Users/jane/C"));
    assert_int_equal(subscribe(&p, 3, (struct str){0}, false), OK);
    assert_int_equal(subscribe(&p, 3, (struct str){0}, false), OK);
    assert_int_equal(subscription_list(&p.f->cx, p.f->core, p.john, &all, &count), OK);
    assert_int_equal(count, 1);
    assert_int_equal(subscription_list(&p.f->cx, p.f->core, p.jane, &all, &count), OK);
    assert_int_equal(count, 0);
    forest_close(p.f);
}

static struct subscription_marks marks_of(const struct people *p, account_id of)
{
    struct subscription_marks m;
    assert_int_equal(subscription_marks(&p->f->cx, p->f->core, p->john, of, &m), OK);
    return m;
}

/* What changed is marked once for each folder, the newest last; what is so already is no change. */
static void changes_of_subscriptions_are_marked(void **state)
{
    (void)state;
    struct people p = people_open();
    assert_int_equal(marks_of(&p, p.jane).number, 0);
    assert_int_equal(subscribe(&p, 7, STR("B"), true), OK);
    assert_int_equal(subscribe(&p, 3, STR("A"), true), OK);
    struct subscription_marks m = marks_of(&p, p.jane);
    assert_int_equal(m.count, 2);
    assert_int_equal(m.at[0].folder, 7);
    assert_true(m.number == m.at[1].number && m.at[0].number < m.number && m.floor == 0);
    uint64_t number = m.number;
    assert_int_equal(subscribe(&p, 7, STR("C"), true), OK);
    assert_int_equal(subscribe(&p, 9, STR("D"), false), OK);
    assert_int_equal(marks_of(&p, p.jane).number, number);
    assert_int_equal(subscribe(&p, 7, (struct str){0}, false), OK);
    m = marks_of(&p, p.jane);
    assert_int_equal(m.count, 2);
    assert_int_equal(m.at[1].folder, 7);
    assert_true(m.number > number);
    assert_int_equal(marks_of(&p, p.help).number, 0);
    /* Of too many the oldest are forgotten, and that is known. */
    for (folder_id folder = 100; folder < 100 + SUBSCRIPTION_MARKS_MAX; folder++)
        assert_int_equal(subscribe(&p, folder, STR("E"), true), OK);
    number = m.number;
    m = marks_of(&p, p.jane);
    assert_int_equal(m.count, SUBSCRIPTION_MARKS_MAX);
    assert_int_equal(m.floor, number);
    assert_int_equal(m.at[0].folder, 100);
    forest_close(p.f);
}

/* Rows as subscription_set makes them: one by one would take as long as their number's square. */
static enum code fill(struct ctx *cx, struct txn *t, void *arg)
{
    folder_id *from = arg;
    (void)cx;
    static const char row[] = "\1\1\0\0\0n"; /* the version, and a name of one letter */
    for (folder_id i = 0; i < 1000; i++) {
        struct key k = row_key(ROW_SUBSCRIPTION);
        key_u64(&k, 77);
        key_u32(&k, *from + i);
        txn_put(t, key_str(&k), str_of(row, sizeof row - 1));
    }
    return OK;
}

static void so_many_subscriptions_are_kept(void **state)
{
    (void)state;
    struct people p = people_open();
    struct subscription *all;
    size_t count;
    for (folder_id from = 1; from < SUBSCRIPTIONS_MAX; from += 1000)
        assert_int_equal(store_update(&p.f->cx, p.f->store, p.john, fill, &from), OK);
    assert_int_equal(subscription_list(&p.f->cx, p.f->core, p.john, &all, &count), OK);
    assert_int_equal(count, SUBSCRIPTIONS_MAX);
    assert_int_equal(subscribe(&p, 1, STR("one more"), true), E_LIMIT);
    /* one that goes makes room; one that is there may get another name */
    struct subscribing gone = {.s = {.account = 77, .folder = 5}, .count = 1};
    assert_int_equal(account_update(&p.f->cx, p.f->core, p.john, subscribe_in, &gone), OK);
    assert_int_equal(subscribe(&p, 1, STR("one more"), true), OK);
    assert_int_equal(subscribe(&p, 1, STR("another name"), true), OK);
    assert_int_equal(subscribe(&p, 2, STR("one more"), true), E_LIMIT);
    forest_close(p.f);
}

static void subscriptions_have_limits(void **state)
{
    (void)state;
    struct people p = people_open();
    struct buf name = buf_of(p.f->cx.arena, SUBSCRIPTION_NAME_MAX + 1);
    buf_fill(&name, 'n', SUBSCRIPTION_NAME_MAX);
    assert_int_equal(subscribe(&p, 1, buf_str(&name), true), OK);
    buf_byte(&name, 'n');
    assert_int_equal(subscribe(&p, 1, buf_str(&name), true), E_LIMIT);
    forest_close(p.f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grants_are_found_by_who_has_them),
        cmocka_unit_test(what_was_taken_back_goes_after_a_day),
        cmocka_unit_test(a_lost_row_is_found_and_mended),
        cmocka_unit_test(more_accounts_than_the_limit_are_refused),
        cmocka_unit_test(a_subscription_is_kept_once_for_a_folder),
        cmocka_unit_test(changes_of_subscriptions_are_marked),
        cmocka_unit_test(so_many_subscriptions_are_kept),
        cmocka_unit_test(subscriptions_have_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
