/* Greylisting: who has to come again, when that counts, what is remembered and for how long. */
#include "../../world/dns_table.h"
#include "../../world/world.h"
#include "base/buf.h"
#include "service/admission/cells.h"
#include "service/admission/greylist.h"
#include "unit.h"

enum { SECOND = 1000, HOUR = 3600 * SECOND };
#define DAY (INT64_C(24) * HOUR)

struct place {
    struct world *w;
    struct greylist *g;
    struct policy_rules rules;
};

static int place_open(void **state)
{
    struct place *p = calloc(1, sizeof *p);
    p->w = world_open(NULL);
    p->g = greylist_open(p->w->core, p->w->metrics);
    for (size_t i = 0; i < SETTING_COUNT; i++)
        p->rules.number[i] = setting_at(i)->usual;
    *state = p;
    return 0;
}

static int place_close(void **state)
{
    struct place *p = *state;
    greylist_close(p->g);
    world_close(p->w);
    free(p);
    return 0;
}

static uint32_t ask(struct place *p, const char *client, const char *sender, const char *to)
{
    struct grey_question q = {.sender = str_z(sender), .recipient = str_z(to), .rules = &p->rules};
    assert_true(ip_parse(str_z(client), &q.client));
    return greylist_ask(&p->w->cx, p->g, &q);
}

static void coming_again(void **state)
{
    struct place *p = *state;
    int64_t *now = &p->w->cx.now_ms;
    assert_int_equal(ask(p, "192.0.2.1", "a@x.example", "J@y.example"), 300);
    *now += 299 * SECOND + 1;
    assert_int_equal(ask(p, "192.0.2.1", "a@x.example", "j@y.example"), 1);
    *now += SECOND;
    assert_int_equal(ask(p, "192.0.2.200", "A@x.example", "j@y.example"), 0);
    assert_int_equal(ask(p, "192.0.3.1", "a@x.example", "j@y.example"), 300);
    assert_int_equal(ask(p, "192.0.2.1", "a@x.example", "k@y.example"), 300);
    /* The null path is a sender like another. */
    assert_int_equal(ask(p, "192.0.2.1", "", "j@y.example"), 300);
    /* An IPv6 /64 is one client. */
    assert_int_equal(ask(p, "2001:db8::1", "a@x.example", "j@y.example"), 300);
    *now += 300 * SECOND;
    assert_int_equal(ask(p, "2001:db8::2:1", "a@x.example", "j@y.example"), 0);
    assert_int_equal(ask(p, "2001:db8:0:1::1", "a@x.example", "j@y.example"), 300);
}

static void too_late_is_new(void **state)
{
    struct place *p = *state;
    int64_t *now = &p->w->cx.now_ms;
    assert_int_equal(ask(p, "192.0.2.1", "a@x.example", "j@y.example"), 300);
    *now += 48 * (int64_t)HOUR + 1;
    assert_int_equal(ask(p, "192.0.2.1", "a@x.example", "j@y.example"), 300);
    *now += 48 * (int64_t)HOUR;
    assert_int_equal(ask(p, "192.0.2.1", "a@x.example", "j@y.example"), 0);
    /* Each use makes it last. */
    *now += 35 * DAY;
    assert_int_equal(ask(p, "192.0.2.1", "a@x.example", "j@y.example"), 0);
    *now += 35 * DAY + 1;
    assert_int_equal(ask(p, "192.0.2.1", "a@x.example", "j@y.example"), 300);
}

static void networks_become_known(void **state)
{
    struct place *p = *state;
    struct ip ip;
    assert_true(ip_parse(STR("192.0.2.1"), &ip));
    for (int i = 0; i < 5; i++) {
        const char *to = str_printf(p->w->cx.arena, "r%d@y.example", i).p;
        assert_int_equal(ask(p, "192.0.2.1", "a@x.example", to), 300);
        p->w->cx.now_ms += 300 * SECOND;
        assert_int_equal(ask(p, "192.0.2.1", "a@x.example", to), 0);
    }
    assert_int_equal(greylist_times(&p->w->cx, p->g, ip), 5);
    assert_int_equal(ask(p, "192.0.2.9", "other@z.example", "new@y.example"), 0);
    p->rules.number[SET_GREYLIST_NETWORKS] = 0;
    assert_int_equal(ask(p, "192.0.2.9", "other@z.example", "new@y.example"), 300);
    p->rules.number[SET_GREYLIST_NETWORKS] = 5;
    p->w->cx.now_ms += 36 * DAY;
    assert_int_equal(ask(p, "192.0.2.9", "third@z.example", "new@y.example"), 300);
}

static void known_senders(void **state)
{
    struct place *p = *state;
    assert_int_equal(ask(p, "192.0.2.1", "a@x.example", "j@y.example"), 300);
    p->w->cx.now_ms += 300 * SECOND;
    assert_int_equal(ask(p, "192.0.2.1", "a@x.example", "j@y.example"), 0);
    assert_int_equal(ask(p, "198.51.100.1", "a@x.example", "j@y.example"), 300);
    p->rules.number[SET_GREYLIST_KNOWN] = 1;
    assert_int_equal(ask(p, "198.51.100.1", "a@x.example", "j@y.example"), 0);
    assert_int_equal(ask(p, "198.51.100.1", "b@x.example", "j@y.example"), 300);
}

/* What was flushed is known after a restart; what was not is not. */
static void a_restart(void **state)
{
    struct place *p = *state;
    struct ctx *cx = &p->w->cx;
    assert_int_equal(ask(p, "192.0.2.1", "a@x.example", "j@y.example"), 300);
    world_must(cx, greylist_flush(cx, p->g), "flush");
    assert_int_equal(ask(p, "192.0.2.1", "late@x.example", "j@y.example"), 300);
    greylist_close(p->g);
    p->g = greylist_open(p->w->core, NULL);
    world_must(cx, greylist_load(cx, p->g), "load");
    cx->now_ms += 300 * SECOND;
    assert_int_equal(ask(p, "192.0.2.1", "a@x.example", "j@y.example"), 0);
    assert_int_equal(ask(p, "192.0.2.1", "late@x.example", "j@y.example"), 300);
}

struct bump {
    uint64_t seen;
    int64_t at_ms;
};

static void bump(struct cell *cell, bool is_new, bool *dirty, void *arg)
{
    struct bump *b = arg;
    (void)is_new;
    b->seen = ++cell->value;
    cell->at_ms = b->at_ms;
    *dirty = true;
}

/* A table has so many cells, whatever comes; in a set the oldest gives way. */
static void a_table_is_bounded(void **state)
{
    enum { SETS = 4, MANY = 10000 };
    struct arena *a AUTO(arena_close) = arena_open();
    struct cells *c = cells_open(SETS);
    uint64_t key[2];
    (void)state;
    for (int i = 0; i < MANY; i++) {
        struct bump b = {.at_ms = i};
        cells_key_stable(str_printf(a, "k%d", i), key);
        cells_with(c, key, bump, &b);
        assert_int_equal(b.seen, 1);
    }
    assert_int_equal(cells_count(c), SETS * CELLS_WAYS);
    struct bump b = {.at_ms = MANY};
    cells_with(c, key, bump, &b);
    assert_int_equal(b.seen, 2); /* the newest is still there */
    uint32_t at = 0, sets = 0;
    for (struct buf text = buf_of(a, CELLS_SET_BYTES); cells_changed(c, &at, &text); at++, sets++)
        buf_reset(&text);
    assert_int_equal(sets, SETS);
    cells_close(c);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(coming_again, place_open, place_close),
        cmocka_unit_test_setup_teardown(too_late_is_new, place_open, place_close),
        cmocka_unit_test_setup_teardown(networks_become_known, place_open, place_close),
        cmocka_unit_test_setup_teardown(known_senders, place_open, place_close),
        cmocka_unit_test_setup_teardown(a_restart, place_open, place_close),
        cmocka_unit_test(a_table_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
