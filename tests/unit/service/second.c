/* Second factors: devices, codes taken once, recovery, passkeys' rows, and the key for secrets. */
#include "auth_bench.h"

#include "base/random.h"
#include "core/signin/factor.h"
#include "core/signin/passkey.h"
#include "core/signin/seal.h"
#include "service/signin/otp.h"
#include "service/signin/second.h"
#include "service/signin/signin.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

struct bench {
    struct auth_bench *b;
    struct ctx *cx;
    struct core *core;
    struct principal jane;
};

static int open_bench(void **state)
{
    struct bench *x = calloc(1, sizeof *x);
    void *inner = NULL;
    must(x);
    assert_int_equal(auth_bench_open(&inner), 0);
    x->b = inner;
    x->cx = x->b->cx;
    x->core = x->b->f->core;
    x->core->seal = seal_temporary();
    x->cx->slow = true;
    assert_int_equal(directory_by_id(x->cx, x->core, x->b->jane, &x->jane), OK);
    *state = x;
    return 0;
}

static int close_bench(void **state)
{
    struct bench *x = *state;
    void *inner = x->b;
    struct seal *seal = x->core->seal;
    assert_int_equal(auth_bench_close(&inner), 0);
    seal_close(seal);
    free(x);
    return 0;
}

/* The secret of a device, as the row has it. */
static struct str secret_of(struct bench *x, uint64_t id)
{
    struct totp_row *list;
    size_t count;
    struct str secret = {0};
    assert_int_equal(totp_row_list(x->cx, x->core, x->b->jane, &list, &count), OK);
    for (size_t i = 0; i < count; i++) {
        struct str about =
            str_printf(x->cx->arena, "totp %llu %llu", (unsigned long long)list[i].who,
                       (unsigned long long)list[i].id);
        if (list[i].id == id)
            assert_int_equal(seal_get(x->cx, x->core->seal, list[i].sealed, about, &secret), OK);
    }
    return secret;
}

/* The code of so many steps from now. */
static struct str code_of(struct bench *x, struct str secret, int ahead)
{
    uint64_t step = (uint64_t)(x->cx->now_ms / 1000 / OTP_STEP_S + ahead);
    return str_printf(x->cx->arena, "%06u", otp_hotp(secret, step, OTP_DIGITS));
}

static struct str device(struct bench *x, uint64_t *id)
{
    struct totp_new made;
    assert_int_equal(totp_begin(x->cx, x->core, &x->jane, STR("Telephone"), &made), OK);
    struct str secret = secret_of(x, made.id);
    assert_true(str_eq(otp_base32(x->cx->arena, secret), made.secret));
    assert_int_equal(totp_confirm(x->cx, x->core, &x->jane, made.id, code_of(x, secret, 0)), OK);
    *id = made.id;
    return secret;
}

static enum code try_with(struct bench *x, const char *password, struct str code,
                          struct signin_outcome *out)
{
    struct signin_claim claim = {.peer = &x->b->peer,
                                 .login = STR("jane@health.example"),
                                 .password = str_z(password),
                                 .code = code};
    *out = (struct signin_outcome){0};
    return signin_try(x->cx, x->b->auth, &claim, out);
}

static void a_device_counts_when_it_is_confirmed(void **state)
{
    struct bench *x = *state;
    struct signin_outcome out;
    struct totp_new made;
    uint64_t id;
    assert_int_equal(totp_begin(x->cx, x->core, &x->jane, STR("Telephone"), &made), OK);
    assert_int_equal(try_with(x, "pencil", STR(""), &out), OK);
    assert_int_equal(totp_confirm(x->cx, x->core, &x->jane, made.id, STR("12345")), E_DENIED);
    assert_int_equal(totp_confirm(x->cx, x->core, &x->jane, made.id + 1, STR("1")), E_NOT_FOUND);
    assert_int_equal(try_with(x, "pencil", STR(""), &out), OK);
    (void)device(x, &id);
    assert_int_equal(try_with(x, "pencil", STR(""), &out), E_CONFLICT);
    assert_int_equal(out.wanted, SECOND_TOTP);
    assert_int_equal(try_with(x, "wrong", STR(""), &out), E_DENIED);
    assert_int_equal(out.wanted, 0);
}

static void a_code_is_taken_once_and_none_before_it(void **state)
{
    struct bench *x = *state;
    struct signin_outcome out;
    uint64_t id;
    struct str secret = device(x, &id);
    assert_int_equal(try_with(x, "pencil", code_of(x, secret, 0), &out), E_DENIED);
    assert_int_equal(try_with(x, "pencil", code_of(x, secret, 1), &out), OK);
    assert_int_equal(out.how, SESSION_TOTP);
    assert_int_equal(try_with(x, "pencil", code_of(x, secret, 1), &out), E_DENIED);
    assert_int_equal(try_with(x, "pencil", code_of(x, secret, 0), &out), E_DENIED);
    x->cx->now_ms += 2 * OTP_STEP_S * 1000;
    assert_int_equal(try_with(x, "pencil", code_of(x, secret, -1), &out), E_DENIED);
    assert_int_equal(try_with(x, "pencil", code_of(x, secret, 0), &out), OK);
}

/* Another device whose code was never shown back: its secret may be in anybody's hands. */
static void a_device_that_is_not_confirmed_signs_nobody_in(void **state)
{
    struct bench *x = *state;
    struct signin_outcome out;
    struct totp_new made;
    uint64_t id;
    struct str secret = device(x, &id);
    assert_int_equal(totp_begin(x->cx, x->core, &x->jane, STR("Tablet"), &made), OK);
    x->cx->now_ms += OTP_STEP_S * 1000;
    struct str other = code_of(x, secret_of(x, made.id), 0);
    assert_int_equal(try_with(x, "pencil", other, &out), E_DENIED);
    assert_int_equal(try_with(x, "pencil", code_of(x, secret, 0), &out), OK);
}

/* Who knows the password does not get more guesses for it: nothing was a success yet. */
static void codes_are_locked_like_passwords(void **state)
{
    struct bench *x = *state;
    struct signin_outcome out;
    uint64_t id;
    (void)device(x, &id);
    int denied = 0;
    for (int i = 0; i < 3 * BENCH_FAILURES; i++) {
        enum code code = try_with(x, "pencil", str_printf(x->cx->arena, "%06d", i), &out);
        denied += code == E_DENIED;
    }
    assert_int_equal(denied, BENCH_FAILURES);
    assert_int_equal(try_with(x, "pencil", STR(""), &out), E_LIMIT);
}

static void recovery_codes_are_good_once(void **state)
{
    struct bench *x = *state;
    struct signin_outcome out;
    struct str codes[RECOVERY_CODES], fresh[RECOVERY_CODES];
    uint64_t id;
    assert_int_equal(recovery_make(x->cx, x->core, &x->jane, codes), E_DENIED);
    (void)device(x, &id);
    assert_int_equal(recovery_make(x->cx, x->core, &x->jane, codes), OK);
    assert_int_equal(try_with(x, "pencil", str_upper(x->cx->arena, codes[3]), &out), OK);
    assert_int_equal(out.how, SESSION_RECOVERY);
    assert_int_equal(try_with(x, "pencil", codes[3], &out), E_DENIED);
    assert_int_equal(recovery_make(x->cx, x->core, &x->jane, fresh), OK);
    assert_int_equal(try_with(x, "pencil", codes[4], &out), E_DENIED);
    assert_int_equal(try_with(x, "pencil", fresh[4], &out), OK);
    assert_int_equal(totp_end(x->cx, x->core, &x->jane, STR("jane"), id), OK);
    struct recovery left;
    assert_int_equal(recovery_get(x->cx, x->core, x->b->jane, &left), OK);
    assert_int_equal(left.count, 0);
    assert_int_equal(try_with(x, "pencil", STR(""), &out), OK);
}

static void a_disabled_person_is_not_asked_for_more(void **state)
{
    struct bench *x = *state;
    struct signin_outcome out;
    uint64_t id;
    (void)device(x, &id);
    x->jane.enabled = false;
    assert_int_equal(directory_set(x->cx, x->core, &x->jane), OK);
    assert_int_equal(try_with(x, "pencil", STR(""), &out), E_DENIED);
}

static void devices_are_few(void **state)
{
    struct bench *x = *state;
    struct totp_new made;
    char name[TOTP_NAME_MAX + 1];
    memset(name, 'x', sizeof name);
    assert_int_equal(totp_begin(x->cx, x->core, &x->jane, str_of(name, sizeof name), &made),
                     E_SYNTAX);
    assert_int_equal(totp_begin(x->cx, x->core, &x->jane, STR(""), &made), E_SYNTAX);
    for (int i = 0; i < TOTPS_MAX; i++)
        assert_int_equal(totp_begin(x->cx, x->core, &x->jane, STR("a"), &made), OK);
    assert_int_equal(totp_begin(x->cx, x->core, &x->jane, STR("a"), &made), E_LIMIT);
    x->cx->now_ms += TOTP_PENDING_MS; /* those that nobody confirmed give way */
    assert_int_equal(totp_begin(x->cx, x->core, &x->jane, STR("a"), &made), OK);
}

static struct passkey_row passkey(struct bench *x, const char *credential)
{
    return (struct passkey_row){.who = x->b->jane,
                                .id = passkey_row_id(str_z(credential)),
                                .credential = str_z(credential),
                                .key = STR("key"),
                                .host = STR("mail.example"),
                                .name = STR("Key")};
}

static void passkeys_are_few_and_each_known_once(void **state)
{
    struct bench *x = *state;
    struct factors f;
    size_t removed;
    struct passkey_row r = passkey(x, "0"), found;
    assert_int_equal(passkey_row_add(x->cx, x->core, &r), OK);
    r.who = x->b->joe;
    assert_int_equal(passkey_row_add(x->cx, x->core, &r), E_EXISTS);
    assert_int_equal(passkey_row_find(x->cx, x->core, STR("0"), &found), OK);
    assert_int_equal(found.who, x->b->jane);
    assert_int_equal(passkey_row_find(x->cx, x->core, STR("00"), &found), E_NOT_FOUND);
    for (int i = 1; i < PASSKEYS_MAX; i++) {
        r = passkey(x, str_printf(x->cx->arena, "%d", i).p);
        assert_int_equal(passkey_row_add(x->cx, x->core, &r), OK);
    }
    r = passkey(x, "one more");
    assert_int_equal(passkey_row_add(x->cx, x->core, &r), E_LIMIT);
    assert_int_equal(factor_counts(x->cx, x->core, x->b->jane, &f), OK);
    assert_int_equal(f.passkeys, PASSKEYS_MAX);
    assert_int_equal(second_reset(x->cx, x->core, &x->jane, STR("console"), &removed), OK);
    assert_int_equal(removed, PASSKEYS_MAX);
    assert_int_equal(factor_counts(x->cx, x->core, x->b->jane, &f), OK);
    assert_int_equal(f.passkeys, 0);
    assert_int_equal(passkey_row_find(x->cx, x->core, STR("0"), &found), E_NOT_FOUND);
}

/* WebAuthn level 2 section 7.2 step 21; a challenge is answered once. */
static void counters_grow_and_challenges_are_used_up(void **state)
{
    struct bench *x = *state;
    struct passkey_row r = passkey(x, "0"), found;
    struct challenge_mark one = {.until_ms = 10, .hash = {1}}, two = {.until_ms = 20, .hash = {2}};
    struct challenge_mark three = {.until_ms = 20, .hash = {3}};
    assert_int_equal(passkey_row_add(x->cx, x->core, &r), OK);
    assert_int_equal(passkey_row_use(x->cx, x->core, &r, &one), OK); /* one without a counter */
    assert_int_equal(passkey_row_use(x->cx, x->core, &r, &one), E_EXISTS);
    r.counter = 5;
    assert_int_equal(passkey_row_use(x->cx, x->core, &r, &two), OK);
    assert_int_equal(passkey_row_use(x->cx, x->core, &r, &three), E_DENIED);
    r.counter = 0;
    assert_int_equal(passkey_row_use(x->cx, x->core, &r, &three), E_DENIED);
    r.counter = 6;
    assert_int_equal(passkey_row_use(x->cx, x->core, &r, &three), OK);
    assert_int_equal(passkey_row_find(x->cx, x->core, STR("0"), &found), OK);
    assert_int_equal(found.counter, 6);
    x->cx->now_ms = 15;
    assert_int_equal(challenge_sweep(x->cx, x->core), OK);
    assert_int_equal(challenge_use(x->cx, x->core, &one), OK); /* forgotten: it is too old anyway */
    assert_int_equal(challenge_use(x->cx, x->core, &two), E_EXISTS);
}

static void a_secret_is_for_one_row(void **state)
{
    struct bench *x = *state;
    struct str sealed = seal_put(x->cx, x->core->seal, STR("secret"), STR("jane")), out;
    struct seal *other = seal_temporary();
    assert_true(str_find(sealed, STR("secret")) == SIZE_MAX);
    assert_int_equal(seal_get(x->cx, x->core->seal, sealed, STR("jane"), &out), OK);
    assert_true(str_eq(out, STR("secret")));
    assert_int_equal(seal_get(x->cx, x->core->seal, sealed, STR("joe"), &out), E_CORRUPT);
    assert_int_equal(seal_get(x->cx, other, sealed, STR("jane"), &out), E_CORRUPT);
    for (size_t n = 0; n < sealed.n; n++)
        assert_int_equal(seal_get(x->cx, x->core->seal, str_sub(sealed, 0, n), STR("jane"), &out),
                         E_CORRUPT);
    seal_close(other);
}

static void the_key_is_a_file(void **state)
{
    struct bench *x = *state;
    char path[] = "/tmp/postroad-seal-XXXXXX";
    struct seal *one, *two;
    struct stat st;
    struct str out;
    assert_non_null(mkdtemp(path));
    struct str file = str_printf(x->cx->arena, "%s/secrets.key", path);
    assert_int_equal(seal_open(x->cx, file, &one), OK);
    assert_int_equal(seal_open(x->cx, file, &two), OK);
    assert_int_equal(stat(file.p, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(st.st_size, SEAL_KEY_BYTES);
    struct str sealed = seal_put(x->cx, one, STR("a"), STR("b"));
    assert_int_equal(seal_get(x->cx, two, sealed, STR("b"), &out), OK);
    seal_close(one);
    seal_close(two);
    assert_int_equal(truncate(file.p, SEAL_KEY_BYTES - 1), 0);
    assert_int_equal(seal_open(x->cx, file, &one), E_CORRUPT);
    assert_int_equal(seal_open(x->cx, STR("/nowhere/secrets.key"), &one), E_IO);
    assert_int_equal(unlink(file.p), 0);
    assert_int_equal(rmdir(path), 0);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, open_bench, close_bench)
    const struct CMUnitTest tests[] = {
        CASE(a_device_counts_when_it_is_confirmed),
        CASE(a_code_is_taken_once_and_none_before_it),
        CASE(a_device_that_is_not_confirmed_signs_nobody_in),
        CASE(codes_are_locked_like_passwords),
        CASE(recovery_codes_are_good_once),
        CASE(a_disabled_person_is_not_asked_for_more),
        CASE(devices_are_few),
        CASE(passkeys_are_few_and_each_known_once),
        CASE(counters_grow_and_challenges_are_used_up),
        CASE(a_secret_is_for_one_row),
        CASE(the_key_is_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
