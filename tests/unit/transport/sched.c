/* The order in memory: with a road that is a loop and a clock that is a number. */
#include "unit.h"

#include "service/transport/queue/sched.h"

static const struct sched_limits usual = {.slots = 1000,
                                          .calls = 4000,
                                          .per_destination = 20,
                                          .backoff_first_s = 60,
                                          .backoff_last_s = 3600};

static job_no add(struct sched *s, uint64_t id, const char *destination, uint64_t agency,
                  uint64_t sender)
{
    const struct sched_new new = {.id = id,
                                  .destination = str_z(destination),
                                  .agency = agency,
                                  .sender = sender,
                                  .size_bytes = 4096};
    return sched_add(s, &new, 1000);
}

static void a_crowd_does_not_hold_up_others(void **state)
{
    struct sched *s = sched_open(&usual);
    (void)state;
    for (uint64_t i = 0; i < 1000; i++)
        add(s, i, "x.example", 1, 1); /* a thousand of one sender */
    for (uint64_t i = 1000; i < 1010; i++)
        add(s, i, "x.example", 1, 2); /* a colleague's ten */
    for (uint64_t i = 1010; i < 1020; i++)
        add(s, i, "x.example", 2, 3); /* another agency's */
    dest_no d = sched_slot_begin(s, 1000);
    unsigned colleague = 0, other = 0;
    for (int i = 0; i < 60; i++) {
        job_no j = sched_take(s, d, 1000);
        assert_int_not_equal(j, SCHED_NONE);
        colleague += sched_id(s, j) >= 1000 && sched_id(s, j) < 1010;
        other += sched_id(s, j) >= 1010;
        sched_done(s, j);
    }
    assert_int_equal(colleague, 10);
    assert_int_equal(other, 10);
    sched_close(s);
}

static void the_urgent_go_first_but_not_alone(void **state)
{
    struct sched *s = sched_open(&usual);
    unsigned urgent = 0;
    (void)state;
    for (uint64_t i = 0; i < 100; i++) {
        const struct sched_new new = {
            .id = i, .destination = STR("x.example"), .priority = i < 50 ? (int8_t)-3 : (int8_t)4};
        sched_add(s, &new, 1000);
    }
    dest_no d = sched_slot_begin(s, 1000);
    for (int i = 0; i < 40; i++) {
        job_no j = sched_take(s, d, 1000);
        urgent += sched_id(s, j) >= 50;
        sched_done(s, j);
    }
    assert_in_range(urgent, 32, 39);
    sched_close(s);
}

static void connections_are_learnt(void **state)
{
    struct sched *s = sched_open(&usual);
    (void)state;
    for (uint64_t i = 0; i < 200; i++)
        add(s, i, "x.example", 1, i);
    dest_no d = sched_slot_begin(s, 1000);
    assert_int_equal(sched_slot_begin(s, 1000), SCHED_NONE); /* one while nothing is known */
    for (int i = 0; i < 30; i++) {
        job_no j = sched_take(s, d, 1000);
        sched_learn(s, d, 1000);
        sched_done(s, j);
    }
    while (sched_slot_begin(s, 1000) != SCHED_NONE)
        ;
    assert_int_equal(sched_dest_facts(s, d).slots, 20);
    const struct sched_end busy = {.how = SLOT_BUSY};
    sched_slot_end(s, d, &busy, 1000);
    assert_int_equal(sched_dest_facts(s, d).window, 10);
    assert_int_equal(sched_slot_begin(s, 1000), SCHED_NONE);
    sched_close(s);
}

static void minutes_are_counted(void **state)
{
    struct sched *s = sched_open(&usual);
    (void)state;
    for (uint64_t i = 0; i < 20; i++)
        add(s, i, "x.example", 1, 1);
    dest_no d = sched_slot_begin(s, 1000);
    sched_dest_limit(s, d, 1, 5);
    unsigned n = 0;
    for (uint32_t now = 1000; now < 1000 + 110; now++) {
        sched_alarm(s, now);
        job_no j = sched_take(s, d, now);
        if (j == SCHED_NONE)
            continue;
        sched_done(s, j);
        n++;
    }
    assert_int_equal(n, 10);
    sched_close(s);
}

/* The first call to a host is short. */
enum { DESTS = 40000, EACH = 5, FIRST_S = 5, DEAD_S = 30, FIRST_LAP_S = 40 };

/* A connection to a dead host hangs until it times out. */
struct hanging {
    dest_no dest;
    uint32_t until_s;
};

static void slot_run(struct sched *s, dest_no d, uint32_t now_s, unsigned *given)
{
    for (job_no j; (j = sched_take(s, d, now_s)) != SCHED_NONE;) {
        sched_learn(s, d, now_s);
        sched_done(s, j);
        (*given)++;
    }
    const struct sched_end done = {.how = SLOT_DONE, .progress = true};
    sched_slot_end(s, d, &done, now_s);
}

/* Half of 40,000 destinations are dead. The living are found among them in less than a minute, and
   once all are known, mail for a living one leaves in the second in which it comes. */
static void the_dead_delay_nobody(void **state)
{
    struct sched *s = sched_open(&usual);
    static struct hanging hanging[DESTS];
    size_t hang_first = 0, hang_last = 0;
    unsigned given = 0, lived = 0;
    uint64_t id = 0;
    (void)state;
    for (unsigned d = 0; d < DESTS; d++) {
        char name[32];
        snprintf(name, sizeof name, "%s%u.example", d % 2 ? "dead" : "live", d);
        for (int i = 0; i < EACH; i++)
            add(s, ++id, name, d % 7, d);
    }
    for (uint32_t now = 1000; now < 1000 + 3000; now++) {
        sched_alarm(s, now);
        if (now >= 2500) { /* new mail for living ones, ten a second */
            for (unsigned i = 0; i < 10; i++) {
                char name[32];
                snprintf(name, sizeof name, "live%u.example", (now * 10 + i) % DESTS / 2 * 2);
                add(s, ++id, name, 1, 1);
                lived++;
            }
        }
        for (dest_no d; (d = sched_slot_begin(s, now)) != SCHED_NONE;) {
            if (str_starts(sched_dest_facts(s, d).name, STR("live"))) {
                slot_run(s, d, now, &given);
                continue;
            }
            uint32_t hangs_s = sched_dest_facts(s, d).fails ? DEAD_S : FIRST_S;
            hanging[hang_last++ % DESTS] = (struct hanging){d, now + hangs_s};
        }
        while (hang_first < hang_last && hanging[hang_first % DESTS].until_s <= now) {
            const struct sched_end end = {.how = SLOT_UNREACHABLE, .chance = now * 2654435761U};
            sched_slot_end(s, hanging[hang_first++ % DESTS].dest, &end, now);
        }
        if (now == 1000 + FIRST_LAP_S)
            assert_int_equal(given, DESTS / 2 * EACH);
        if (now >= 2500)
            assert_int_equal(given, DESTS / 2 * EACH + lived);
    }
    assert_int_equal(sched_sums(s).jobs, DESTS / 2 * EACH);
    sched_close(s);
}

static void time_wakes_and_alarms(void **state)
{
    struct sched *s = sched_open(&usual);
    (void)state;
    const struct sched_new new = {
        .id = 7, .destination = STR("x.example"), .due_s = 1500, .alarm_s = 1200};
    job_no j = sched_add(s, &new, 1000);
    assert_int_equal(sched_alarm(s, 1199), SCHED_NONE);
    assert_int_equal(sched_alarm(s, 1200), j);
    assert_false(sched_lock(s, j)); /* it is locked */
    assert_int_equal(sched_alarm(s, 1600), SCHED_NONE);
    assert_int_equal(sched_slot_begin(s, 1600), SCHED_NONE);
    sched_unlock(s, j, false, 0, 1600);
    dest_no d = sched_slot_begin(s, 1600);
    assert_int_equal(sched_take(s, d, 1600), j);
    sched_defer(s, j, 2000);
    assert_int_equal(sched_take(s, d, 1999), SCHED_NONE);
    assert_int_equal(sched_alarm(s, 2000), SCHED_NONE);
    assert_true(sched_lock(s, j));
    sched_unlock(s, j, true, 0, 2000); /* over while it stood in its lane */
    assert_int_equal(sched_take(s, d, 2000), SCHED_NONE);
    assert_int_equal(sched_sums(s).jobs, 0);
    const struct sched_end done = {.how = SLOT_DONE, .progress = true};
    sched_slot_end(s, d, &done, 2000);
    assert_int_equal(sched_alarm(s, 3000), SCHED_NONE);
    assert_int_equal(sched_sums(s).dests, 0); /* forgotten */
    sched_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_crowd_does_not_hold_up_others),
        cmocka_unit_test(the_urgent_go_first_but_not_alone),
        cmocka_unit_test(connections_are_learnt),
        cmocka_unit_test(minutes_are_counted),
        cmocka_unit_test(the_dead_delay_nobody),
        cmocka_unit_test(time_wakes_and_alarms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
