/* Accounts that behave as if taken over (P11): what counts, against the account's own history; who
   is told; what becomes of its mail. */
#include "../../world/dns_table.h"
#include "../../world/world.h"
#include "core/audit.h"
#include "service/admission/policy.h"
#include "service/admission/suspect.h"
#include "service/transport/admin.h"
#include "unit.h"

#define HOUR (INT64_C(3600) * 1000)

struct place {
    struct dns_table dns;
    struct resolver resolver;
    struct world *w;
};

static int place_open(void **state)
{
    static const struct queue_config queue;
    struct place *p = calloc(1, sizeof *p);
    p->resolver = dns_table_resolver(&p->dns);
    const struct world_config config = {
        .delivery = world_delivery, .queue = &queue, .resolver = &p->resolver};
    p->w = world_open(&config);
    *state = p;
    return 0;
}

static int place_close(void **state)
{
    struct place *p = *state;
    world_close(p->w);
    free(p);
    return 0;
}

static void set(struct place *p, const char *name, const char *value)
{
    const struct policy_row row = {STR("set"), str_z(name), STR("*"), str_z(value)};
    world_must(&p->w->cx, policy_put(&p->w->cx, admission_policy(p->w->admission), &row), name);
}

/* Sends to count people, the first of whom has that number, from an address; how many it took until
   the account was not well any more, or 0. */
static int send(struct place *p, int first, int count, const char *from)
{
    struct ctx *cx = &p->w->cx;
    struct suspects *x = admission_suspects(p->w->admission);
    struct visit *v = visit_login(cx, p->w->admission, NULL, p->w->jane, str_z(from));
    int alarmed = 0;
    for (int i = 0; i < count && !alarmed; i++) {
        struct suspect_facts f;
        (void)visit_mail(cx, v, STR("pc"), STR("jane.roe@commonwealth.example"));
        struct str to = str_printf(cx->arena, "person%d@y.example", first + i);
        assert_null(visit_taken(cx, v, to));
        world_must(cx, suspect_show(cx, x, p->w->jane, &f), "show");
        alarmed = f.state == SUSPECT_NOT ? 0 : i + 1;
    }
    visit_close(v);
    return alarmed;
}

/* Six hours in which four people, always the same, had mail. */
static void usual_days(struct place *p)
{
    for (int i = 0; i < 6; i++, p->w->cx.now_ms += 2 * HOUR)
        assert_int_equal(send(p, 0, 4, "192.0.2.1"), 0);
}

static void far_more_than_usual_to_strangers(void **state)
{
    struct place *p = *state;
    usual_days(p);
    /* 31 is above five times the least usual rate, and all are new. */
    assert_int_equal(send(p, 1000, 100, "192.0.2.1"), 31);
    assert_int_equal(world_metric(p->w, "postroad_admission_suspects_total"), 1);
}

static void to_people_it_knows_it_may_send_more(void **state)
{
    struct place *p = *state;
    for (int i = 0; i < 4; i++, p->w->cx.now_ms += 2 * HOUR)
        assert_int_equal(send(p, 0, 25, "192.0.2.1"), 0);
    for (int i = 0; i < 4; i++)
        assert_int_equal(send(p, 0, 25, "192.0.2.1"), 0);
    /* An account that always sends much may go on so. */
    p->w->cx.now_ms += 3 * HOUR;
    assert_int_equal(send(p, 0, 25, "192.0.2.1"), 0);
}

static void a_new_account_has_no_history(void **state)
{
    struct place *p = *state;
    assert_int_equal(send(p, 0, 90, "192.0.2.1"), 0); /* all are new to it; 15 times the least */
    assert_int_equal(send(p, 90, 10, "192.0.2.1"), 1);
}

static void from_everywhere_at_once(void **state)
{
    struct place *p = *state;
    usual_days(p);
    set(p, "suspect-floor", "4");
    for (int i = 0; i < 5; i++)
        assert_int_equal(send(p, 0, 1, str_printf(p->w->cx.arena, "10.%d.0.1", i).p), 0);
    set(p, "suspect-score", "50");
    assert_int_equal(send(p, 0, 1, "10.5.0.1"), 1);
}

/* Facts alone: what each is worth. */
static void scores(void **state)
{
    static const struct {
        struct suspect_facts f;
        uint32_t score;
    } rows[] = {
        {{.recipients = 29}, 0},
        {{.recipients = 30, .usual = 4, .hours = 9, .fresh = 30}, 30},
        {{.recipients = 31, .usual = 4, .hours = 9, .fresh = 31}, 70},
        {{.recipients = 31, .usual = 4, .hours = 2, .fresh = 31}, 40},
        {{.recipients = 91, .usual = 6, .hours = 9}, 60},
        {{.recipients = 500, .usual = 200, .hours = 9}, 0},
        {{.recipients = 21, .refused = 9, .usual = 50}, 0},
        {{.recipients = 20, .refused = 10, .usual = 50}, 30},
        {{.recipients = 40, .bounces = 10, .usual = 50}, 30},
        {{.recipients = 60, .bounces = 10, .usual = 50}, 0},
        {{.recipients = 40, .networks = 4, .usual = 50}, 30},
        {{.recipients = 40, .networks = 6, .usual = 50}, 50},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (suspect_score(&rows[i].f, 30) != rows[i].score)
            fail_msg("row %zu: %u, wanted %u", i, suspect_score(&rows[i].f, 30), rows[i].score);
}

static void owner_make(struct place *p)
{
    struct principal john;
    struct ctx *cx = &p->w->cx;
    world_must(cx, directory_by_id(cx, p->w->core, p->w->john, &john), "john");
    john.roles = STR("owner");
    world_must(cx, directory_set(cx, p->w->core, &john), "roles");
}

static void administrators_are_told(void **state)
{
    struct place *p = *state;
    struct ctx *cx = &p->w->cx;
    struct audit_entry *entries;
    size_t count;
    owner_make(p);
    usual_days(p);
    set(p, "suspect", "lock");
    assert_int_equal(send(p, 1000, 100, "192.0.2.1"), 31);
    world_must(cx, admission_flush(cx, p->w->admission), "flush");
    struct str letter = world_newest(p->w, p->w->john, "INBOX");
    assert_true(str_find(letter, STR("jane.roe@commonwealth.example behaves as if")) != SIZE_MAX);
    assert_true(str_find(letter, STR("It cannot send any more.")) != SIZE_MAX);
    world_must(cx, admission_flush(cx, p->w->admission), "flush");
    assert_int_equal(world_count(p->w, p->w->john, "INBOX"), 1);
    world_must(cx, audit_list(cx, p->w->core, 0, 1, &entries, &count), "audit");
    assert_int_equal(count, 1);
    assert_str(entries[0].act, STR("account.suspect"));
    assert_str(entries[0].object, STR("jane.roe@commonwealth.example"));
    /* Locked, also after a restart, until somebody clears it. */
    struct suspects *again = suspects_open(p->w->core);
    struct suspect_facts f;
    world_must(cx, suspect_show(cx, again, p->w->jane, &f), "show");
    assert_int_equal(f.state, SUSPECT_LOCKED);
    assert_int_equal(f.usual, 4);
    suspects_close(again);
    struct visit *v = visit_login(cx, p->w->admission, NULL, p->w->jane, STR("192.0.2.1"));
    const char *no = visit_mail(cx, v, STR("pc"), STR("jane.roe@commonwealth.example"));
    assert_non_null(no);
    assert_memory_equal(no, "550 5.7.1 ", 10);
    struct principal jane;
    world_must(cx, directory_by_id(cx, p->w->core, p->w->jane, &jane), "jane");
    world_must(cx, admission_clear(cx, p->w->admission, &jane), "clear");
    assert_null(visit_mail(cx, v, STR("pc"), STR("jane.roe@commonwealth.example")));
    visit_close(v);
    struct suspect_facts *all;
    world_must(cx, suspect_list(cx, admission_suspects(p->w->admission), &all, &count), "list");
    assert_int_equal(count, 0);
}

static uint64_t held(struct place *p)
{
    static const struct queue_filter filter = {.held = true};
    struct queue_message_facts *at;
    size_t count;
    world_must(&p->w->cx, queue_list(&p->w->cx, p->w->queue, &filter, 10, &at, &count), "list");
    return count;
}

static void mail(struct place *p, bool holds)
{
    struct ctx *cx = &p->w->cx;
    struct delivery_recipient to = {0};
    world_must(
        cx,
        delivery_route(cx, p->w->delivery, STR("x@elsewhere.example"), p->w->jane, 0, &to.route),
        "route");
    const struct delivery_message m = {
        .bytes = STR("From: jane\r\n\r\nhello\r\n"),
        .return_path = STR("jane.roe@commonwealth.example"),
        .received = STR("Received: x\r\n"),
        .id = str_printf(cx->arena, "id%d", holds),
        .sender = p->w->jane,
        .received_ms = cx->now_ms,
        .held = holds,
    };
    world_must(cx, delivery_run(cx, p->w->delivery, &m, &to, 1), "delivery");
}

static void its_mail_is_held(void **state)
{
    struct place *p = *state;
    struct ctx *cx = &p->w->cx;
    set(p, "suspect", "hold");
    usual_days(p);
    mail(p, false);
    assert_int_equal(held(p), 0);
    assert_int_equal(send(p, 1000, 100, "192.0.2.1"), 31);
    assert_int_equal(held(p), 1); /* what was queued before */
    struct visit *v = visit_login(cx, p->w->admission, NULL, p->w->jane, STR("192.0.2.1"));
    assert_null(visit_mail(cx, v, STR("pc"), STR("jane.roe@commonwealth.example")));
    assert_true(visit_is_held(v));
    visit_close(v);
    mail(p, true);
    assert_int_equal(held(p), 2);
    struct principal jane;
    world_must(cx, directory_by_id(cx, p->w->core, p->w->jane, &jane), "jane");
    world_must(cx, admission_clear(cx, p->w->admission, &jane), "clear");
    assert_int_equal(held(p), 0);
}

static void bounces_count(void **state)
{
    struct place *p = *state;
    struct ctx *cx = &p->w->cx;
    struct suspect_facts f;
    for (int i = 0; i < 3; i++)
        admission_bounced(cx, p->w->admission, p->w->jane);
    world_must(cx, suspect_show(cx, admission_suspects(p->w->admission), p->w->jane, &f), "show");
    assert_int_equal(f.bounces, 3);
    cx->now_ms += 2 * HOUR;
    world_must(cx, suspect_show(cx, admission_suspects(p->w->admission), p->w->jane, &f), "show");
    assert_int_equal(f.bounces, 0);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, place_open, place_close)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores),
        WITH(far_more_than_usual_to_strangers),
        WITH(to_people_it_knows_it_may_send_more),
        WITH(a_new_account_has_no_history),
        WITH(from_everywhere_at_once),
        WITH(administrators_are_told),
        WITH(its_mail_is_held),
        WITH(bounces_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
