/* One-time codes: the vectors of RFC 4226 appendix D and RFC 6238 appendix B. */
#include "../unit.h"

#include "base/arena.h"
#include "service/signin/otp.h"

static const struct str secret = {"12345678901234567890", 20};

/* RFC 4226 appendix D. */
static void hotp_is_that_of_the_rfc(void **state)
{
    static const uint32_t wanted[] = {755224, 287082, 359152, 969429, 338314,
                                      254676, 287922, 162583, 399871, 520489};
    (void)state;
    for (uint64_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        assert_int_equal(otp_hotp(secret, i, 6), wanted[i]);
}

/* RFC 6238 appendix B, the rows of SHA-1. */
static void totp_is_that_of_the_rfc(void **state)
{
    static const struct {
        int64_t time_s;
        uint32_t wanted;
    } rows[] = {{59, 94287082},         {1111111109, 7081804},  {1111111111, 14050471},
                {1234567890, 89005924}, {2000000000, 69279037}, {20000000000, 65353130}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(otp_hotp(secret, (uint64_t)rows[i].time_s / OTP_STEP_S, 8),
                         rows[i].wanted);
}

/* 287082 is that of seconds 30 to 59. */
static void a_code_holds_a_step_around_its_own(void **state)
{
    static const struct {
        int64_t now_ms;
        bool right;
    } rows[] = {{0, true},     {29999, true},  {30000, true},  {59999, true},
                {89999, true}, {90000, false}, {600000, false}};
    uint64_t step;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        step = 99;
        assert_int_equal(otp_step_of(secret, STR("287082"), rows[i].now_ms, &step), rows[i].right);
        if (rows[i].right)
            assert_int_equal(step, 1);
    }
    assert_false(otp_step_of(secret, STR("359152"), 29999, &step)); /* two steps ahead */
    assert_true(otp_step_of(secret, STR("359152"), 30000, &step));
    assert_int_equal(step, 2);
    assert_false(otp_step_of(secret, STR("28708"), 59000, &step));
    assert_false(otp_step_of(secret, STR("2870820"), 59000, &step));
}

static void blanks_are_left_out(void **state)
{
    char out[OTP_DIGITS];
    (void)state;
    assert_true(otp_normal(STR("287 082"), out));
    assert_memory_equal(out, "287082", OTP_DIGITS);
    assert_false(otp_normal(STR("28708a"), out));
    assert_false(otp_normal(STR("28708"), out));
    assert_false(otp_normal(STR("2870821"), out));
    assert_false(otp_normal(STR(""), out));
}

/* RFC 4648 section 10, without padding. */
static void base32_is_that_of_the_rfc(void **state)
{
    static const struct {
        struct str in, out;
    } rows[] = {{{"", 0}, {"", 0}},
                {{"f", 1}, {"MY", 2}},
                {{"fo", 2}, {"MZXQ", 4}},
                {{"foo", 3}, {"MZXW6", 5}},
                {{"foob", 4}, {"MZXW6YQ", 7}},
                {{"fooba", 5}, {"MZXW6YTB", 8}},
                {{"foobar", 6}, {"MZXW6YTBOI", 10}}};
    struct arena *a AUTO(arena_close) = arena_open();
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_true(str_eq(otp_base32(a, rows[i].in), rows[i].out));
}

static void the_address_is_what_programs_read(void **state)
{
    struct arena *a AUTO(arena_close) = arena_open();
    (void)state;
    struct str uri = otp_uri(a, STR("mail.example"), STR("jane roe@health.example"), STR("foobar"));
    assert_true(str_eq(uri, STR("otpauth://totp/mail.example:jane%20roe@health.example"
                                "?secret=MZXW6YTBOI&issuer=mail.example"
                                "&algorithm=SHA1&digits=6&period=30")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hotp_is_that_of_the_rfc),
        cmocka_unit_test(totp_is_that_of_the_rfc),
        cmocka_unit_test(a_code_holds_a_step_around_its_own),
        cmocka_unit_test(blanks_are_left_out),
        cmocka_unit_test(base32_is_that_of_the_rfc),
        cmocka_unit_test(the_address_is_what_programs_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
