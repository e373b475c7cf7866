/* The meter: sums by day and domain; nothing is lost or counted twice by a flush that fails. */
#include "core/meter.h"
#include "forest.h"

static const int64_t day_ms = 86400000;

static void sums_by_day_and_domain(void **state)
{
    (void)state;
    struct forest *f = forest_open("memory");
    struct meter *m = meter_open(f->core);
    uint64_t sum[METER_END];
    for (int64_t day = 10; day < 13; day++) {
        meter_add(m, day * day_ms, f->health, METER_MESSAGES_IN, 1);
        meter_add(m, day * day_ms + day_ms - 1, f->health, METER_BYTES_IN, 1000);
        meter_add(m, day * day_ms, f->works, METER_MESSAGES_IN, 100);
        assert_int_equal(meter_flush(&f->cx, m), OK);
    }
    assert_int_equal(meter_flush(&f->cx, m), OK);
    assert_int_equal(meter_sum(&f->cx, f->core, f->health, (const uint32_t[]){11, 12}, sum), OK);
    assert_int_equal(sum[METER_MESSAGES_IN], 2);
    assert_int_equal(sum[METER_BYTES_IN], 2000);
    assert_int_equal(sum[METER_MESSAGES_OUT], 0);
    assert_int_equal(meter_sum(&f->cx, f->core, f->works, (const uint32_t[]){0, 99}, sum), OK);
    assert_int_equal(sum[METER_MESSAGES_IN], 300);
    assert_int_equal(meter_sum(&f->cx, f->core, f->works, (const uint32_t[]){13, 99}, sum), OK);
    assert_int_equal(sum[METER_MESSAGES_IN], 0);
    meter_close(m);
    forest_close(f);
}

/* More rows than one commit takes. */
static void many_rows_go_in_parts(void **state)
{
    (void)state;
    struct forest *f = forest_open("memory");
    struct meter *m = meter_open(f->core);
    uint64_t sum[METER_END];
    for (int round = 0; round < 2; round++) {
        for (uint64_t domain = 1; domain <= 9001; domain++)
            meter_add(m, day_ms, domain, METER_REFUSED_IN, domain);
        assert_int_equal(meter_flush(&f->cx, m), OK);
    }
    for (uint64_t domain = 1; domain <= 9001; domain += 900) {
        assert_int_equal(meter_sum(&f->cx, f->core, domain, (const uint32_t[]){1, 1}, sum), OK);
        assert_int_equal(sum[METER_REFUSED_IN], 2 * domain);
    }
    meter_close(m);
    forest_close(f);
}

static enum code spoil(struct ctx *cx, struct txn *t, void *arg)
{
    /* The row of day 1, domain 1, what 1; too short a value, or none. */
    struct str key = STR("m\x80\x80\x80\x80\x81\x80\x80\x80\x80\x80\x80\x80\x80\x80\x81"
                         "\x80\x80\x80\x80\x81");
    (void)cx;
    if (*(const bool *)arg)
        txn_put(t, key, STR("x"));
    else
        txn_delete(t, key);
    return OK;
}

static void a_failed_flush_is_made_up_for(void **state)
{
    (void)state;
    struct forest *f = forest_open("memory");
    struct meter *m = meter_open(f->core);
    uint64_t sum[METER_END];
    bool on = true;
    assert_int_equal(store_update(&f->cx, f->store, METER_PART, spoil, &on), OK);
    meter_add(m, day_ms, 1, METER_MESSAGES_IN, 5);
    assert_int_equal(meter_flush(&f->cx, m), E_CORRUPT);
    meter_add(m, day_ms, 1, METER_MESSAGES_IN, 2);
    on = false;
    assert_int_equal(store_update(&f->cx, f->store, METER_PART, spoil, &on), OK);
    assert_int_equal(meter_flush(&f->cx, m), OK);
    assert_int_equal(meter_sum(&f->cx, f->core, 1, (const uint32_t[]){1, 1}, sum), OK);
    assert_int_equal(sum[METER_MESSAGES_IN], 7);
    meter_close(m);
    forest_close(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_by_day_and_domain),
        cmocka_unit_test(many_rows_go_in_parts),
        cmocka_unit_test(a_failed_flush_is_made_up_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
