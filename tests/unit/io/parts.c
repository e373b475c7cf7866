/* The parts of io that need no socket: input, timers, addresses. */
#include "io/conn.h"
#include "io/reactor.h"
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>

/* cmocka.h wants the headers above */
#include <cmocka.h>

static struct input_budget budget(void)
{
    return (struct input_budget){
        .memory_max = 1 << 20, .spill_max = 1 << 24, .spill_at = 10000, .dir = "/tmp"};
}

static char byte_at(size_t i)
{
    return (char)(i * 2654435761u >> 15);
}

/* Whatever comes in and is taken, in whatever pieces, the rest is the same as one long string's. */
static void input_is_one_string(void **state)
{
    (void)state;
    struct random r = {42};
    for (unsigned round = 0; round < 200; round++) {
        struct input_budget b = budget();
        struct input in = {0};
        size_t came = 0, taken = 0;
        for (unsigned i = 0; i < 40; i++) {
            char piece[3000];
            size_t n = random_u64(&r) % sizeof piece;
            for (size_t k = 0; k < n; k++)
                piece[k] = byte_at(came + k);
            size_t need = random_u64(&r) % 50 ? 0 : 1 << 20;
            assert_int_equal(input_append(&in, &b, str_of(piece, n), need), OK);
            came += n;
            if (random_u64(&r) % 4 == 0) {
                size_t take = random_u64(&r) % (input_bytes(&in) + 1);
                input_take(&in, take);
                taken += take;
                input_settle(&in, &b);
            }
            struct str s = input_str(&in);
            assert_int_equal(s.n, came - taken);
            for (size_t k = 0; k < s.n; k++)
                assert_int_equal(s.p[k], byte_at(taken + k));
            assert_true(s.n <= b.spill_at * 2 || in.spilled);
            assert_true(in.spilled || in.cap == b.memory);
        }
        input_drop(&in, &b);
        assert_int_equal(b.memory, 0);
        assert_int_equal(b.spilled, 0);
    }
}

static void input_over_the_budget(void **state)
{
    (void)state;
    static char junk[40000];
    struct input_budget b = budget();
    b.spill_at = sizeof junk * 2;
    struct input small = {0}, large = {0};
    assert_int_equal(input_append(&large, &b, str_of(junk, 40000), 0), OK);
    b.memory_max = 100; /* now it is short */
    assert_int_equal(input_room(&small, &b, 65536), INPUT_SMALL);
    assert_int_equal(input_append(&small, &b, str_of(junk, 4000), 0), OK);
    assert_int_equal(input_room(&small, &b, 65536), INPUT_SMALL - 4000);
    assert_false(large.spilled);
    assert_int_equal(input_room(&large, &b, 65536), 65536);
    assert_true(large.spilled);
    assert_int_equal(b.spilled, 40000);
    b.spill_max = 40000;
    assert_int_equal(input_room(&large, &b, 65536), 0);
    input_drop(&large, &b);
    input_drop(&small, &b);
    assert_int_equal(b.memory + b.spilled, 0);
    b.dir = "/nonexistent";
    assert_int_equal(input_append(&small, &b, str_of(junk, 10), 1 << 30), E_IO);
    assert_int_equal(b.memory + b.spilled, 0);
}

static void timers_come_in_order(void **state)
{
    (void)state;
    enum { N = 500 };
    struct conn *conns = calloc(N, sizeof *conns);
    int64_t at_ms[N];
    struct timer_heap h = {0};
    struct random r = {7};
    for (unsigned i = 0; i < 20000; i++) {
        size_t k = random_u64(&r) % N;
        if (random_u64(&r) % 3 == 0) {
            heap_remove(&h, &conns[k]);
        } else {
            at_ms[k] = (int64_t)(random_u64(&r) % 1000);
            heap_set(&h, &conns[k], at_ms[k]);
        }
    }
    size_t set = 0;
    for (size_t k = 0; k < N; k++)
        set += conns[k].heap_at != 0;
    assert_int_equal(h.count, set);
    int64_t last_ms = -1;
    while (h.count) {
        struct timer_slot first = h.slots[0];
        assert_int_equal(first.at_ms, at_ms[first.conn - conns]);
        assert_true(first.at_ms >= last_ms);
        last_ms = first.at_ms;
        heap_remove(&h, first.conn);
        assert_int_equal(first.conn->heap_at, 0);
    }
    free(h.slots);
    free(conns);
}

static struct sockaddr_storage address(const char *text)
{
    struct sockaddr_storage a = {0};
    if (inet_pton(AF_INET, text, &((struct sockaddr_in *)&a)->sin_addr) == 1)
        a.ss_family = AF_INET;
    else if (inet_pton(AF_INET6, text, &((struct sockaddr_in6 *)&a)->sin6_addr) == 1)
        a.ss_family = AF_INET6;
    else
        a.ss_family = AF_UNIX;
    return a;
}

static void who_counts_as_one_address(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool same;
    } rows[] = {
        {"192.0.2.1", "192.0.2.1", true},
        {"192.0.2.1", "192.0.2.2", false},
        {"192.0.2.1", "::ffff:192.0.2.1", true},
        {"2001:db8:0:1::1", "2001:db8:0:1:ffff::2", true},
        {"2001:db8:0:1::1", "2001:db8:0:2::1", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct sockaddr_storage a = address(rows[i].a), b = address(rows[i].b);
        assert_true(accept_key(&a).n > 0);
        assert_int_equal(str_eq(accept_key(&a), accept_key(&b)), rows[i].same);
    }
    struct sockaddr_storage local = address("unix");
    assert_int_equal(accept_key(&local).n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(input_is_one_string),
        cmocka_unit_test(input_over_the_budget),
        cmocka_unit_test(timers_come_in_order),
        cmocka_unit_test(who_counts_as_one_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
