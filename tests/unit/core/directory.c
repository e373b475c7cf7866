/* Domains, principals, addresses, listing, removal: over both engines. */
#include "forest.h"

#include "core/directory/rows.h"

static char engines[][8] = {"memory", "rocksdb"};

static int set_up(void **state)
{
    *state = forest_open(*state);
    return 0;
}

static int tear_down(void **state)
{
    forest_close(*state);
    return 0;
}

static void domains_come_parents_first(void **state)
{
    struct forest *f = *state;
    struct domain *all;
    size_t count;
    /* A root's child made last, and a grandchild made first. */
    uint64_t late = forest_domain(f,
                                  "B\xC3\xBC"
                                  "cher.example",
                                  f->works);
    assert_int_equal(directory_domains(&f->cx, f->core, &all, &count), OK);
    assert_int_equal(count, 5);
    for (size_t i = 0; i < count; i++) {
        bool seen = all[i].parent == 0;
        for (size_t j = 0; j < i; j++)
            seen = seen || all[j].id == all[i].parent;
        assert_true(seen);
    }
    assert_int_equal(all[4].id == late || all[3].id == late, 1);
    struct domain d;
    assert_int_equal(directory_domain_by_id(&f->cx, f->core, late, &d), OK);
    assert_str(d.name, STR("xn--bcher-kva.example"));
    assert_int_equal(directory_domain_by_name(&f->cx, f->core, STR("xn--BCHER-kva.Example"), &d),
                     OK);
    assert_int_equal(d.id, late);
}

static void domains_are_checked(void **state)
{
    struct forest *f = *state;
    static const struct row {
        const char *name;
        uint64_t parent;
        enum domain_kind kind;
        enum code wanted;
    } rows[] = {
        {"health.example", 0, DOMAIN_HOSTED, E_EXISTS},
        {"HEALTH.example", 0, DOMAIN_ROUTED, E_EXISTS},
        {"a b.example", 0, DOMAIN_HOSTED, E_SYNTAX},
        {"", 0, DOMAIN_HOSTED, E_SYNTAX},
        {"x..example", 0, DOMAIN_HOSTED, E_SYNTAX},
        {"new.example", 999999, DOMAIN_HOSTED, E_NOT_FOUND},
        {"new.example", 0, 0, E_SYNTAX},
        {"new.example", 0, DOMAIN_ROUTED, OK},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct domain d = {
            .name = str_z(rows[i].name), .parent = rows[i].parent, .kind = rows[i].kind};
        uint64_t id = 0;
        assert_int_equal(directory_domain_add(&f->cx, f->core, &d, &id), rows[i].wanted);
        assert_int_equal(id != 0, rows[i].wanted == OK);
    }
}

static struct str letters(struct forest *f, size_t n)
{
    char *p = arena_alloc(f->cx.arena, n);
    for (size_t i = 0; i < n; i++)
        p[i] = i % 50 == 49 ? '.' : 'a';
    return str_of(p, n);
}

static void names_and_depths_have_their_limits(void **state)
{
    struct forest *f = *state;
    struct domain d = {.kind = DOMAIN_HOSTED, .name = letters(f, DIRECTORY_DOMAIN_MAX)};
    struct str normal;
    uint64_t id, above = 0;
    assert_int_equal(directory_domain_add(&f->cx, f->core, &d, &id), OK);
    d.name = letters(f, DIRECTORY_DOMAIN_MAX + 1);
    assert_int_equal(directory_domain_add(&f->cx, f->core, &d, &id), E_SYNTAX);
    for (int level = 0; level <= DIRECTORY_DEPTH_MAX; level++)
        above = forest_domain(f, str_printf(f->cx.arena, "d%d.example", level).p, above);
    d = (struct domain){.kind = DOMAIN_HOSTED, .name = STR("below.example"), .parent = above};
    assert_int_equal(directory_domain_add(&f->cx, f->core, &d, &id), E_SYNTAX);
    struct str local = letters(f, DIRECTORY_ADDRESS_MAX - strlen("@works.example"));
    struct str address = str_printf(f->cx.arena, "%.*s@works.example", STR_ARG(local));
    assert_int_equal(directory_address_normal(&f->cx, address, &normal), OK);
    address = str_printf(f->cx.arena, "x%.*s@works.example", STR_ARG(local));
    assert_int_equal(directory_address_normal(&f->cx, address, &normal), E_SYNTAX);
}

static void aliases_are_not_without_end(void **state)
{
    struct forest *f = *state;
    struct str all[DIRECTORY_ALIASES_MAX + 1];
    for (int i = 0; i <= DIRECTORY_ALIASES_MAX; i++)
        all[i] = str_printf(f->cx.arena, "alias%d@health.example", i);
    struct principal p = {.kind = PRINCIPAL_PERSON,
                          .domain = f->health,
                          .name = STR("many"),
                          .aliases = all,
                          .alias_count = DIRECTORY_ALIASES_MAX + 1};
    principal_id id;
    assert_int_equal(directory_add(&f->cx, f->core, &p, NULL, &id), E_LIMIT);
    p.alias_count--;
    assert_int_equal(directory_add(&f->cx, f->core, &p, NULL, &id), OK);
    assert_int_equal(directory_by_address(&f->cx, f->core, all[DIRECTORY_ALIASES_MAX - 1], &p), OK);
    assert_int_equal(p.id, id);
}

static void domains_change_and_end(void **state)
{
    struct forest *f = *state;
    struct domain d;
    assert_int_equal(directory_domain_by_id(&f->cx, f->core, f->works, &d), OK);
    d.title = STR("Works");
    d.name = STR("roads.example");
    d.quota.receive_bytes = 5;
    assert_int_equal(directory_domain_set(&f->cx, f->core, &d), OK);
    assert_int_equal(directory_domain_by_name(&f->cx, f->core, STR("works.example"), &d),
                     E_NOT_FOUND);
    assert_int_equal(directory_domain_by_name(&f->cx, f->core, STR("roads.example"), &d), OK);
    assert_str(d.title, STR("Works"));
    assert_int_equal(d.quota.receive_bytes, 5);

    /* Below itself: never. With addresses: no other name. */
    struct domain health;
    assert_int_equal(directory_domain_by_id(&f->cx, f->core, f->health, &health), OK);
    health.parent = f->clinics;
    assert_int_equal(directory_domain_set(&f->cx, f->core, &health), E_SYNTAX);
    principal_id jane = forest_add(f, PRINCIPAL_GROUP, "all", f->works);
    d.name = STR("ways.example");
    assert_int_equal(directory_domain_set(&f->cx, f->core, &d), E_UNSUPPORTED);

    assert_int_equal(directory_domain_remove(&f->cx, f->core, f->health), E_EXISTS);
    assert_int_equal(directory_domain_remove(&f->cx, f->core, f->clinics), OK);
    assert_int_equal(directory_domain_remove(&f->cx, f->core, f->works), E_EXISTS);
    assert_int_equal(directory_remove(&f->cx, f->core, jane), OK);
    assert_int_equal(directory_domain_remove(&f->cx, f->core, f->works), E_EXISTS);
    assert_int_equal(directory_purge(&f->cx, f->core, jane), OK);
    assert_int_equal(directory_domain_remove(&f->cx, f->core, f->works), OK);
    assert_int_equal(directory_domain_by_id(&f->cx, f->core, f->works, &d), E_NOT_FOUND);
}

static void principals_come_back_whole(void **state)
{
    struct forest *f = *state;
    const struct str aliases[] = {STR("j.roe@health.example"), STR("Jane@Works.example")};
    struct principal new = {.kind = PRINCIPAL_PERSON,
                            .domain = f->health,
                            .name = STR("Jane.Roe"),
                            .display = STR("Jane \xC3\x89. Roe"),
                            .aliases = aliases,
                            .alias_count = 2,
                            .enabled = true,
                            .roles = STR("owner domain-admin:7")},
                     p;
    principal_id id;
    assert_int_equal(directory_add(&f->cx, f->core, &new, NULL, &id), OK);
    assert_true(id >= PRINCIPAL_FIRST);
    assert_int_equal(directory_by_id(&f->cx, f->core, id, &p), OK);
    assert_str(p.name, new.name);
    assert_str(p.display, new.display);
    assert_str(p.address, STR("Jane.Roe@health.example"));
    assert_str(p.roles, new.roles);
    assert_int_equal(p.alias_count, 2);
    assert_str(p.aliases[1], aliases[1]);
    assert_true(p.enabled && p.has_account && p.kind == PRINCIPAL_PERSON && p.domain == f->health);
    struct account_view *v AUTO(account_view_unref) = NULL;
    assert_int_equal(account_view_get(&f->cx, f->core, id, &v), OK);
}

static void addresses_find_their_owner(void **state)
{
    struct forest *f = *state;
    const struct str alias = STR("Stra\xC3\x9F"
                                 "e@works.example");
    struct principal new = {.kind = PRINCIPAL_SHARED_MAILBOX,
                            .domain = f->health,
                            .name = STR("desk"),
                            .aliases = &alias,
                            .alias_count = 1};
    principal_id id;
    assert_int_equal(directory_add(&f->cx, f->core, &new, NULL, &id), OK);
    static const struct row {
        const char *address;
        bool found;
    } rows[] = {
        {"desk@health.example", true},
        {"DESK@HEALTH.EXAMPLE", true},
        {"\"desk\"@health.example", true},
        {"\"d\\esk\"@health.example", true},
        {"STRASSE@works.example", true},
        {"stra\xC3\x9F"
         "e@works.example",
         true},
        {"desk+x@health.example", false},
        {"desk@works.example", false},
        {"desk@health.example.", false},
        {"desk", false},
        {"@health.example", false},
        {"desk@", false},
        {"", false},
        {"desk\x01@health.example", false},
        {"desk\xff@health.example", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(forest_at(f, rows[i].address), rows[i].found ? id : 0);
}

static void addresses_are_unique_in_the_forest(void **state)
{
    struct forest *f = *state;
    const struct str taken = STR("TAKEN@works.example"), mine = STR("other@works.example");
    const struct str nowhere = STR("x@nowhere.example");
    forest_add(f, PRINCIPAL_GROUP, "taken", f->works);
    struct principal p = {.kind = PRINCIPAL_PERSON, .domain = f->works, .name = STR("Taken")};
    principal_id id = 0;
    assert_int_equal(directory_add(&f->cx, f->core, &p, NULL, &id), E_EXISTS);
    p = (struct principal){.kind = PRINCIPAL_PERSON,
                           .domain = f->health,
                           .name = STR("jo"),
                           .aliases = &taken,
                           .alias_count = 1};
    assert_int_equal(directory_add(&f->cx, f->core, &p, NULL, &id), E_EXISTS);
    assert_int_equal(id, 0);
    assert_int_equal(forest_at(f, "jo@health.example"), 0);
    p.aliases = &nowhere;
    assert_int_equal(directory_add(&f->cx, f->core, &p, NULL, &id), E_NOT_FOUND);
    p.aliases = &mine;
    assert_int_equal(directory_add(&f->cx, f->core, &p, NULL, &id), OK);

    /* Changing: one's own addresses are no clash; freed ones are free. */
    p.id = id;
    p.aliases = &taken;
    assert_int_equal(directory_set(&f->cx, f->core, &p), E_EXISTS);
    assert_int_equal(forest_at(f, "other@works.example"), id);
    p.aliases = &mine;
    p.name = STR("joe");
    assert_int_equal(directory_set(&f->cx, f->core, &p), OK);
    assert_int_equal(forest_at(f, "other@works.example"), id);
    assert_int_equal(forest_at(f, "jo@health.example"), 0);
    assert_int_equal(forest_at(f, "joe@health.example"), id);
    forest_add(f, PRINCIPAL_PERSON, "jo", f->health);
}

static void names_are_checked(void **state)
{
    struct forest *f = *state;
    static const char *bad[] = {
        "",     ".a",
        "a.",   "a..b",
        "a b",  "a@b",
        "a\"",  "a\\b",
        "\xff", "1234567890123456789012345678901234567890123456789012345678901234x"};
    static const char *good[] = {"a", "a.b", "o'brien", "\xC3\xA9mile", "x+y", "a_b-c"};
    struct principal p = {.kind = PRINCIPAL_GROUP, .domain = f->works};
    principal_id id;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        p.name = str_z(bad[i]);
        assert_int_equal(directory_add(&f->cx, f->core, &p, NULL, &id), E_SYNTAX);
    }
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        p.name = str_z(good[i]);
        assert_int_equal(directory_add(&f->cx, f->core, &p, NULL, &id), OK);
    }
    p = (struct principal){.kind = PRINCIPAL_CONTACT, .domain = f->works, .name = STR("c")};
    assert_int_equal(directory_add(&f->cx, f->core, &p, NULL, &id), E_SYNTAX);
    p.forward = STR("c@far.example");
    assert_int_equal(directory_add(&f->cx, f->core, &p, NULL, &id), OK);
    p.name = STR("d");
    p.domain = 12345;
    assert_int_equal(directory_add(&f->cx, f->core, &p, NULL, &id), E_NOT_FOUND);
}

static void logins_are_read_as_people_type_them(void **state)
{
    struct forest *f = *state;
    principal_id id = forest_add(f, PRINCIPAL_PERSON, "jane", f->health);
    struct principal p;
    struct str name;
    assert_int_equal(directory_by_login(&f->cx, f->core, STR("jane"), &p), E_NOT_FOUND);
    assert_int_equal(directory_set_default_domain(&f->cx, f->core, STR("nowhere.example")),
                     E_NOT_FOUND);
    assert_int_equal(directory_set_default_domain(&f->cx, f->core, STR("HEALTH.example")), OK);
    assert_int_equal(directory_default_domain(&f->cx, f->core, &name), OK);
    assert_str(name, STR("health.example"));
    static const char *ways[] = {"jane", "JANE", "jane@health.example", "HEALTH\\jane",
                                 "HEALTH\\Jane@health.example"};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        assert_int_equal(directory_by_login(&f->cx, f->core, str_z(ways[i]), &p), OK);
        assert_int_equal(p.id, id);
    }
    assert_int_not_equal(directory_by_login(&f->cx, f->core, STR(""), &p), OK);
    assert_int_not_equal(directory_by_login(&f->cx, f->core, STR("HEALTH\\"), &p), OK);
    assert_int_equal(directory_set_default_domain(&f->cx, f->core, (struct str){0}), OK);
    assert_int_equal(directory_by_login(&f->cx, f->core, STR("jane"), &p), E_NOT_FOUND);
}

static void pages_are_in_order(void **state)
{
    struct forest *f = *state;
    for (int i = 0; i < 25; i++) {
        char name[16];
        snprintf(name, sizeof name, "p%02d", (i * 7) % 25);
        forest_add(f, PRINCIPAL_GROUP, name, i % 2 ? f->health : f->works);
    }
    const uint64_t domains[] = {0, f->health, f->works};
    const size_t wanted[] = {25, 12, 13};
    for (size_t d = 0; d < 3; d++) {
        struct str after = {0};
        size_t seen = 0, count;
        struct principal *page;
        do {
            assert_int_equal(directory_list(&f->cx, f->core, domains[d], after, 4, &page, &count),
                             OK);
            assert_true(count <= 4);
            for (size_t i = 0; i < count; i++) {
                assert_true(str_cmp(after, page[i].address) < 0);
                assert_true(!domains[d] || page[i].domain == domains[d]);
                after = page[i].address;
                seen++;
            }
        } while (count);
        assert_int_equal(seen, wanted[d]);
    }
}

static void removed_ones_can_come_back(void **state)
{
    struct forest *f = *state;
    principal_id jane = forest_add(f, PRINCIPAL_PERSON, "jane", f->health), other = 0;
    principal_id group = forest_add(f, PRINCIPAL_GROUP, "all", f->health), *members;
    struct principal p = {.kind = PRINCIPAL_PERSON, .domain = f->health, .name = STR("jane")}, q;
    int64_t when;
    size_t count;
    assert_int_equal(directory_member_add(&f->cx, f->core, group, jane), OK);
    assert_int_equal(directory_remove(&f->cx, f->core, jane), OK);
    assert_int_equal(directory_remove(&f->cx, f->core, jane), E_NOT_FOUND);
    assert_int_equal(forest_at(f, "jane@health.example"), 0);
    assert_int_equal(directory_by_id(&f->cx, f->core, jane, &q), E_NOT_FOUND);
    assert_int_equal(directory_add(&f->cx, f->core, &p, NULL, &other), E_EXISTS);
    assert_int_equal(directory_members(&f->cx, f->core, group, &members, &count), OK);
    assert_int_equal(count, 0);
    assert_int_equal(directory_removed(&f->cx, f->core, STR("JANE@health.example"), &q, &when), OK);
    assert_int_equal(q.id, jane);
    assert_int_equal(when, FOREST_NOW_MS);

    assert_int_equal(directory_restore(&f->cx, f->core, jane), OK);
    assert_int_equal(directory_restore(&f->cx, f->core, jane), E_NOT_FOUND);
    assert_int_equal(forest_at(f, "jane@health.example"), jane);
    assert_int_equal(directory_members(&f->cx, f->core, group, &members, &count), OK);
    assert_int_equal(count, 1);

    /* A day too early the sweeper keeps her; then she ends, and only her name can come again. */
    assert_int_equal(directory_remove(&f->cx, f->core, jane), OK);
    f->cx.now_ms += (RECONNECT_DAYS - 1) * INT64_C(86400000);
    assert_int_equal(directory_sweep(&f->cx, f->core), OK);
    assert_int_equal(directory_removed(&f->cx, f->core, STR("jane@health.example"), &q, &when), OK);
    f->cx.now_ms += INT64_C(86400000);
    assert_int_equal(directory_sweep(&f->cx, f->core), OK);
    assert_int_equal(directory_removed(&f->cx, f->core, STR("jane@health.example"), &q, &when),
                     E_NOT_FOUND);
    assert_int_equal(directory_add(&f->cx, f->core, &p, NULL, &other), OK);
    assert_true(other > jane);
    struct account_view *v AUTO(account_view_unref) = NULL;
    assert_int_equal(account_view_get(&f->cx, f->core, jane, &v), E_NOT_FOUND);
}

static void an_expired_name_is_free_without_a_sweep(void **state)
{
    struct forest *f = *state;
    principal_id old = forest_add(f, PRINCIPAL_PERSON, "jane", f->health);
    assert_int_equal(directory_remove(&f->cx, f->core, old), OK);
    f->cx.now_ms += RECONNECT_DAYS * INT64_C(86400000);
    assert_true(forest_add(f, PRINCIPAL_PERSON, "jane", f->health) > old);
    assert_int_equal(directory_restore(&f->cx, f->core, old), E_NOT_FOUND);
}

/* What a crash between the account and the directory's row leaves behind. */
static enum code leave_pending(struct ctx *cx, struct txn *t, void *arg)
{
    (void)cx, (void)arg;
    /* 'w', 5000 in groups of seven bits; made at 1 ms. */
    txn_put(t, STR("w\x80\x80\x80\x80\x80\x80\x80\x80\xA7\x88"),
            STR("\x01\x00\x00\x00\x00\x00\x00\x00"));
    return OK;
}

static void half_made_accounts_are_swept(void **state)
{
    struct forest *f = *state;
    struct quota none = {0};
    struct account_view *v AUTO(account_view_unref) = NULL;
    assert_int_equal(account_create(&f->cx, f->core, 5000, &none), OK);
    assert_int_equal(store_update(&f->cx, f->core->store, DIRECTORY_PART, leave_pending, NULL), OK);
    assert_int_equal(directory_sweep(&f->cx, f->core), OK);
    assert_int_equal(account_view_get(&f->cx, f->core, 5000, &v), E_NOT_FOUND);
}

static void sending_as_another_needs_the_right(void **state)
{
    struct forest *f = *state;
    principal_id jane = forest_add(f, PRINCIPAL_PERSON, "jane", f->health);
    principal_id desk = forest_add(f, PRINCIPAL_SHARED_MAILBOX, "desk", f->health);
    principal_id team = forest_add(f, PRINCIPAL_GROUP, "team", f->health), *to;
    struct str own = STR("Jane@health.example"), shared = STR("desk@health.example");
    size_t count;
    assert_int_equal(directory_may_send_as(&f->cx, f->core, jane, own), OK);
    assert_int_equal(directory_may_send_as(&f->cx, f->core, jane, shared), E_DENIED);
    assert_int_equal(directory_may_send_as(&f->cx, f->core, jane, STR("x@y.example")), E_DENIED);
    assert_int_equal(directory_may_send_as(&f->cx, f->core, jane, STR("")), E_DENIED);
    assert_int_equal(directory_may_send_as(&f->cx, f->core, 99999, own), E_DENIED);
    assert_int_equal(directory_send_as_grant(&f->cx, f->core, desk, jane, true), OK);
    assert_int_equal(directory_may_send_as(&f->cx, f->core, jane, shared), OK);
    assert_int_equal(directory_may_send_as(&f->cx, f->core, desk, own), E_DENIED);
    assert_int_equal(directory_send_as_list(&f->cx, f->core, desk, &to, &count), OK);
    assert_true(count == 1 && to[0] == jane);
    assert_int_equal(directory_send_as_of(&f->cx, f->core, jane, &to, &count), OK);
    assert_true(count == 1 && to[0] == desk);
    assert_int_equal(directory_send_as_grant(&f->cx, f->core, desk, jane, false), OK);
    assert_int_equal(directory_send_as_of(&f->cx, f->core, jane, &to, &count), OK);
    assert_int_equal(count, 0);
    assert_int_equal(directory_may_send_as(&f->cx, f->core, jane, shared), E_DENIED);
    assert_int_equal(directory_send_as_grant(&f->cx, f->core, desk, team, true), OK);
    assert_int_equal(directory_may_send_as(&f->cx, f->core, jane, shared), E_DENIED);
    assert_int_equal(directory_member_add(&f->cx, f->core, team, jane), OK);
    assert_int_equal(directory_may_send_as(&f->cx, f->core, jane, shared), OK);
    assert_int_equal(directory_send_as_of(&f->cx, f->core, jane, &to, &count), OK);
    assert_true(count == 1 && to[0] == desk);
    struct principal p;
    assert_int_equal(directory_by_id(&f->cx, f->core, jane, &p), OK);
    p.enabled = false;
    assert_int_equal(directory_set(&f->cx, f->core, &p), OK);
    assert_int_equal(directory_may_send_as(&f->cx, f->core, jane, shared), E_DENIED);
    assert_int_equal(directory_may_send_as(&f->cx, f->core, jane, own), E_DENIED);
}

static void administrators_keep_to_their_branch(void **state)
{
    struct forest *f = *state;
    principal_id who = forest_add(f, PRINCIPAL_PERSON, "adm", f->works);
    char of_health[64], of_two[64];
    snprintf(of_health, sizeof of_health, "domain-admin:%llu", (unsigned long long)f->health);
    snprintf(of_two, sizeof of_two, "x  domain-admin:%llu domain-admin:%llu",
             (unsigned long long)f->clinics, (unsigned long long)f->works);
    const struct row {
        const char *roles;
        bool forest, root, health, clinics, works;
    } rows[] = {
        {"", 0, 0, 0, 0, 0},
        {"owner", 1, 1, 1, 1, 1},
        {"owners", 0, 0, 0, 0, 0},
        {of_health, 0, 0, 1, 1, 0},
        {of_two, 0, 0, 0, 1, 1},
        {"domain-admin:", 0, 0, 0, 0, 0},
        {"domain-admin:0", 0, 0, 0, 0, 0},
        {"domain-admin:99999 owner", 1, 1, 1, 1, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct principal p;
        assert_int_equal(directory_by_id(&f->cx, f->core, who, &p), OK);
        p.roles = str_z(rows[i].roles);
        assert_int_equal(directory_set(&f->cx, f->core, &p), OK);
        const uint64_t domains[] = {0, f->root, f->health, f->clinics, f->works};
        const bool wanted[] = {rows[i].forest, rows[i].root, rows[i].health, rows[i].clinics,
                               rows[i].works};
        for (size_t d = 0; d < 5; d++)
            assert_int_equal(directory_may_administer(&f->cx, f->core, who, domains[d]),
                             wanted[d] ? OK : E_DENIED);
    }
    assert_int_equal(directory_remove(&f->cx, f->core, who), OK);
    assert_int_equal(directory_may_administer(&f->cx, f->core, who, f->works), E_DENIED);
}

#define EACH(test)                                                                                 \
    {#test " (memory)", test, set_up, tear_down, NULL},                                            \
    {                                                                                              \
#test " (rocksdb)", test, set_up, tear_down, NULL                                          \
    }

int main(void)
{
    struct CMUnitTest tests[] = {
        EACH(domains_come_parents_first),
        EACH(domains_are_checked),
        EACH(names_and_depths_have_their_limits),
        EACH(aliases_are_not_without_end),
        EACH(domains_change_and_end),
        EACH(principals_come_back_whole),
        EACH(addresses_find_their_owner),
        EACH(addresses_are_unique_in_the_forest),
        EACH(names_are_checked),
        EACH(logins_are_read_as_people_type_them),
        EACH(pages_are_in_order),
        EACH(removed_ones_can_come_back),
        EACH(an_expired_name_is_free_without_a_sweep),
        EACH(half_made_accounts_are_swept),
        EACH(sending_as_another_needs_the_right),
        EACH(administrators_keep_to_their_branch),
    };
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
        tests[i].initial_state = engines[i % 2];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
