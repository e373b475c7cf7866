#include "base/rope.h"
#include "unit.h"
#include <sys/uio.h>

static void count_release(void *owner)
{
    ++*(int *)owner;
}

static void appends_of_each_kind(void **state)
{
    (void)state;
    struct arena *a AUTO(arena_close) = arena_open();
    struct rope r = rope_of(a);
    int released = 0;
    assert_str(rope_flatten(&r, a), STR(""));
    rope_put(&r, STR("a"));
    rope_put(&r, STR(""));
    rope_ref(&r, STR("bc"));
    rope_ref(&r, STR(""));
    rope_put(&r, STR("d"));
    rope_own(&r, STR("ef"), count_release, &released);
    rope_own(&r, STR(""), count_release, &released);
    rope_own(&r, STR("g"), NULL, NULL);
    rope_printf(&r, "%d%s", 12, "");
    rope_u64(&r, UINT64_MAX);
    assert_str(rope_flatten(&r, a), STR("abcdefg1218446744073709551615"));
    assert_int_equal(r.bytes, 29);
    assert_int_equal(released, 0);
    rope_drop(&r);
    assert_int_equal(released, 2);
    assert_int_equal(r.bytes, 0);
    assert_str(rope_flatten(&r, a), STR(""));
}

static void a_rope_can_be_used_again_after_it_was_eaten(void **state)
{
    (void)state;
    struct arena *a AUTO(arena_close) = arena_open();
    struct rope r = rope_of(a);
    rope_put(&r, STR("hello"));
    rope_eat(&r, 5);
    assert_null(r.first);
    rope_put(&r, STR("again"));
    assert_str(rope_flatten(&r, a), STR("again"));
    rope_eat(&r, 2);
    rope_put(&r, STR("!"));
    assert_str(rope_flatten(&r, a), STR("ain!"));
}

static void long_output_of_printf(void **state)
{
    (void)state;
    struct arena *a AUTO(arena_close) = arena_open();
    static const int widths[] = {510, 511, 512, 513, 70000};
    struct rope r = rope_of(a);
    size_t n = 0;
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        rope_printf(&r, "%*d", widths[i], 7);
        n += (size_t)widths[i];
        assert_int_equal(r.bytes, n);
        assert_true(str_ends(rope_flatten(&r, a), STR(" 7")));
    }
}

/* An owner is told when its last byte was eaten: not before, and once. */
static void releases_on_time(void **state)
{
    (void)state;
    struct arena *a AUTO(arena_close) = arena_open();
    struct rope r = rope_of(a);
    int first = 0, empty = 0, second = 0;
    rope_own(&r, STR("abc"), count_release, &first);
    rope_own(&r, STR(""), count_release, &empty);
    rope_own(&r, STR("de"), count_release, &second);
    rope_eat(&r, 0);
    rope_eat(&r, 2);
    assert_int_equal(first, 0);
    rope_eat(&r, 1);
    assert_int_equal(first, 1);
    rope_eat(&r, 1);
    assert_int_equal(empty, 1);
    assert_int_equal(second, 0);
    rope_eat(&r, 1);
    assert_int_equal(first + empty + second, 3);
    assert_null(r.first);
}

static void joins(void **state)
{
    (void)state;
    struct arena *a AUTO(arena_close) = arena_open();
    struct rope left = rope_of(a), right = rope_of(a), none = rope_of(a);
    rope_join(&left, &none);
    assert_null(left.first);
    rope_put(&right, STR("right"));
    rope_join(&left, &right);
    assert_int_equal(right.bytes, 0);
    rope_put(&right, STR("2nd"));
    rope_put(&left, STR("+"));
    rope_join(&left, &right);
    rope_put(&left, STR("end"));
    rope_put(&right, STR("not seen"));
    assert_str(rope_flatten(&left, a), STR("right+2ndend"));
    assert_str(rope_flatten(&right, a), STR("not seen"));
}

/* What a rope should be: its bytes, and how often owners came and went. */
struct model {
    char bytes[40 * 700];
    size_t n;
    int owned, released;
};

/* One random step on the rope and on the model. */
static void step(struct random *r, struct arena *a, struct rope *rope, struct model *m)
{
    struct str s = random_text(r, a, 700, "abcdef");
    size_t eaten = random_below(r, m->n + 1);
    struct rope other = rope_of(a);
    switch (random_below(r, 6)) {
    case 0:
        rope_put(rope, s);
        break;
    case 1:
        rope_ref(rope, s);
        break;
    case 2:
        rope_own(rope, s, count_release, &m->released);
        m->owned++;
        break;
    case 3:
        rope_put(&other, s);
        rope_join(rope, &other);
        break;
    case 4:
        rope_printf(rope, "%.*s", STR_ARG(s));
        break;
    default:
        rope_eat(rope, eaten);
        memmove(m->bytes, m->bytes + eaten, m->n - eaten);
        m->n -= eaten;
        return;
    }
    memcpy(m->bytes + m->n, s.p, s.n);
    m->n += s.n;
}

static void holds_what_a_plain_string_would(void **state)
{
    (void)state;
    struct random r = {.seed = 7};
    struct arena *a AUTO(arena_close) = arena_open();
    for (int round = 0; round < 300; round++) {
        struct model m = {0};
        struct rope rope = rope_of(a);
        for (int i = 0; i < 40; i++) {
            step(&r, a, &rope, &m);
            assert_int_equal(rope.bytes, m.n);
            assert_str(rope_flatten(&rope, a), str_of(m.bytes, m.n));
        }
        rope_drop(&rope);
        assert_int_equal(m.released, m.owned);
        arena_reset(a);
    }
}

static void iovec_shows_the_start(void **state)
{
    (void)state;
    struct arena *a AUTO(arena_close) = arena_open();
    struct rope r = rope_of(a);
    struct iovec out[2];
    assert_int_equal(rope_iovec(&r, out, 2), 0);
    rope_ref(&r, STR("one"));
    rope_own(&r, STR(""), NULL, NULL);
    rope_ref(&r, STR("two"));
    rope_ref(&r, STR("three"));
    assert_int_equal(rope_iovec(&r, out, 2), 2);
    assert_str(str_of(out[0].iov_base, out[0].iov_len), STR("one"));
    assert_str(str_of(out[1].iov_base, out[1].iov_len), STR("two"));
    rope_eat(&r, 5);
    assert_int_equal(rope_iovec(&r, out, 2), 2);
    assert_str(str_of(out[0].iov_base, out[0].iov_len), STR("o"));
    assert_int_equal(rope_iovec(&r, out, 0), 0);
}

/* Small pieces share blocks: ten thousand of them are few iovecs. */
static void small_pieces_share_a_block(void **state)
{
    (void)state;
    struct arena *a AUTO(arena_close) = arena_open();
    struct rope r = rope_of(a);
    struct iovec out[64];
    for (int i = 0; i < 10000; i++)
        rope_put(&r, STR("0123456789"));
    assert_int_equal(r.bytes, 100000);
    assert_true(rope_iovec(&r, out, 64) < 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appends_of_each_kind),
        cmocka_unit_test(a_rope_can_be_used_again_after_it_was_eaten),
        cmocka_unit_test(long_output_of_printf),
        cmocka_unit_test(releases_on_time),
        cmocka_unit_test(joins),
        cmocka_unit_test(holds_what_a_plain_string_would),
        cmocka_unit_test(iovec_shows_the_start),
        cmocka_unit_test(small_pieces_share_a_block),
    };
    return cmocka_run_group_tests_name("rope", tests, NULL, NULL);
}
