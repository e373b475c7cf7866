/* Passkeys shown at the door: which challenges are answered, whose they are, and for which host; by
   an authenticator in software (Ed25519). */
#include "../auth_bench.h"

#include "base/buf.h"
#include "core/credential/kdf.h"
#include "core/signin/seal.h"
#include "service/signin/passkeys.h"
#include "service/signin/signin.h"
#include <sodium.h>

#define ORIGIN "https://mail.example"
#define HOST "mail.example"

enum { PRESENT = 1, VERIFIED = 4 };

struct device {
    struct auth_bench *b;
    struct seal *seal;
    unsigned char public[crypto_sign_PUBLICKEYBYTES], secret[crypto_sign_SECRETKEYBYTES];
    struct passkey_row row;
};

/* What may be wrong with an answer; all empty: nothing is. */
struct answer {
    const char *type, *origin, *host, *handle;
    bool inside, unverified, absent;
    uint32_t counter;
};

static struct device open_device(struct auth_bench *b)
{
    static const char cose[] = "\xa4\x01\x01\x03\x27\x20\x06\x21\x58\x20";
    struct device d = {.b = b, .seal = seal_temporary()};
    b->f->core->seal = d.seal;
    assert_int_equal(crypto_sign_keypair(d.public, d.secret), 0);
    struct buf key = buf_of(b->cx->arena, 100);
    buf_add(&key, str_of(cose, sizeof cose - 1));
    buf_add(&key, str_of(d.public, sizeof d.public));
    d.row = (struct passkey_row){.who = b->jane,
                                 .id = passkey_row_id(STR("credential")),
                                 .credential = STR("credential"),
                                 .key = buf_str(&key),
                                 .host = STR(HOST),
                                 .counter = 7,
                                 .name = STR("Key")};
    assert_int_equal(passkey_row_add(b->cx, b->f->core, &d.row), OK);
    return d;
}

static void close_device(struct device *d)
{
    d->b->f->core->seal = NULL;
    seal_close(d->seal);
}

static struct str challenge(struct device *d, enum challenge_for what, principal_id subject)
{
    struct str out;
    assert_int_equal(passkeys_challenge(d->b->cx, d->b->f->core, what, subject, &out), OK);
    return out;
}

static struct str or_else(const char *said, const char *usual)
{
    return str_z(said ? said : usual);
}

static struct passkey_show shown(struct device *d, struct str asked, const struct answer *is)
{
    struct arena *a = d->b->cx->arena;
    unsigned char hash[KDF_BYTES], signature[crypto_sign_BYTES];
    struct str client = str_printf(
        a, "{\"type\":\"%s\",\"challenge\":\"%.*s\",\"origin\":\"%s\",\"crossOrigin\":%s}",
        is->type ? is->type : "webauthn.get", STR_ARG(asked), is->origin ? is->origin : ORIGIN,
        is->inside ? "true" : "false");
    struct buf data = buf_of(a, 100), all = buf_of(a, 200);
    kdf_sha256(or_else(is->host, HOST), hash);
    buf_add(&data, str_of(hash, sizeof hash));
    buf_byte(&data, (char)((is->absent ? 0 : PRESENT) | (is->unverified ? 0 : VERIFIED)));
    uint32_t counter = is->counter ? is->counter : 8;
    for (int shift = 24; shift >= 0; shift -= 8)
        buf_byte(&data, (char)(counter >> shift & 0xff));
    kdf_sha256(client, hash);
    buf_add(&all, buf_str(&data));
    buf_add(&all, str_of(hash, sizeof hash));
    struct str text = buf_str(&all);
    assert_int_equal(
        crypto_sign_detached(signature, NULL, (const unsigned char *)text.p, text.n, d->secret), 0);
    return (struct passkey_show){
        .site = {STR(ORIGIN), or_else(is->host, HOST), true},
        .credential = STR("credential"),
        .handle = str_z(is->handle ? is->handle : ""),
        .proof = {client, buf_str(&data), str_dup(a, str_of(signature, sizeof signature))}};
}

static enum code show(struct device *d, struct str asked, enum challenge_for what,
                      const struct answer *is)
{
    const struct passkey_show it = shown(d, asked, is);
    struct passkey_row row;
    assert_int_equal(passkey_row_find(d->b->cx, d->b->f->core, STR("credential"), &row), OK);
    return passkeys_check(d->b->cx, d->b->f->core, &it, what, &row);
}

static void what_is_wrong_is_refused(void **state)
{
    struct device d = open_device(*state);
    static const struct answer wrong[] = {
        {.type = "webauthn.create"},
        {.origin = "https://evil.example"},
        {.host = "evil.example"},
        {.handle = "AAAA"},
        {.inside = true},
        {.unverified = true},
        {.absent = true},
        {.counter = 7},
        {.counter = 1},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct str asked = challenge(&d, CHALLENGE_ALONE, 0);
        if (show(&d, asked, CHALLENGE_ALONE, &wrong[i]) != E_DENIED)
            fail_msg("answer %zu is taken", i);
    }
    struct str handle;
    assert_int_equal(passkeys_handle(d.b->cx, d.b->f->core, d.b->jane, &handle), OK);
    const struct answer good = {.handle = str_zdup(d.b->cx->arena, handle)};
    assert_int_equal(show(&d, challenge(&d, CHALLENGE_ALONE, 0), CHALLENGE_ALONE, &good), OK);
    close_device(&d);
}

static void a_challenge_is_for_one_thing(void **state)
{
    struct device d = open_device(*state);
    const struct answer good = {.type = NULL};
    const principal_id jane = d.b->jane, joe = d.b->joe;
    const struct {
        enum challenge_for made;
        principal_id subject;
        enum challenge_for shown;
        enum code wanted;
    } rows[] = {
        {CHALLENGE_SECOND, jane, CHALLENGE_ALONE, E_DENIED},
        {CHALLENGE_ALONE, 0, CHALLENGE_SECOND, E_DENIED},
        {CHALLENGE_SECOND, joe, CHALLENGE_SECOND, E_DENIED},
        {CHALLENGE_REGISTER, jane, CHALLENGE_SECOND, E_DENIED},
        {CHALLENGE_SECOND, jane, CHALLENGE_SECOND, OK},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(
            show(&d, challenge(&d, rows[i].made, rows[i].subject), rows[i].shown, &good),
            rows[i].wanted);
    close_device(&d);
}

static void a_challenge_is_ours_young_and_answered_once(void **state)
{
    struct device d = open_device(*state);
    struct answer good = {.type = NULL};
    struct str asked = challenge(&d, CHALLENGE_ALONE, 0), old = asked;
    char other[200];
    memcpy(other, asked.p, asked.n);
    other[3] = other[3] == 'A' ? 'B' : 'A';
    assert_int_equal(show(&d, str_of(other, asked.n), CHALLENGE_ALONE, &good), E_DENIED);
    assert_int_equal(show(&d, STR(""), CHALLENGE_ALONE, &good), E_DENIED);
    assert_int_equal(show(&d, asked, CHALLENGE_ALONE, &good), OK);
    good.counter = 9;
    assert_int_equal(show(&d, asked, CHALLENGE_ALONE, &good), E_DENIED);
    asked = challenge(&d, CHALLENGE_ALONE, 0);
    old = challenge(&d, CHALLENGE_ALONE, 0);
    d.b->cx->now_ms += CHALLENGE_MS - 1;
    assert_int_equal(show(&d, asked, CHALLENGE_ALONE, &good), OK);
    d.b->cx->now_ms += 1;
    good.counter = 10;
    assert_int_equal(show(&d, old, CHALLENGE_ALONE, &good), E_DENIED);
    close_device(&d);
}

/* Beside a password: the passkey has to be of whom the password is, whoever it is good for. */
static void it_is_of_its_person(void **state)
{
    struct device d = open_device(*state);
    struct answer good = {.type = NULL};
    struct signin_outcome out = {0};
    struct passkey_row joes = d.row;
    d.b->cx->slow = true;
    joes.who = d.b->joe;
    joes.credential = STR("of joe");
    joes.id = passkey_row_id(joes.credential);
    assert_int_equal(passkey_row_add(d.b->cx, d.b->f->core, &joes), OK);
    struct passkey_show of_jane = shown(&d, challenge(&d, CHALLENGE_SECOND, d.b->jane), &good);
    struct signin_claim claim = {.peer = &d.b->peer,
                                 .login = STR("joe@works.example"),
                                 .password = STR("brush"),
                                 .passkey = &of_jane};
    assert_int_equal(signin_try(d.b->cx, d.b->auth, &claim, &out), E_DENIED);
    struct passkey_show of_joe = shown(&d, challenge(&d, CHALLENGE_SECOND, d.b->joe), &good);
    claim.passkey = &of_joe; /* with his challenge, but still her passkey */
    assert_int_equal(signin_try(d.b->cx, d.b->auth, &claim, &out), E_DENIED);
    claim = (struct signin_claim){.peer = &d.b->peer,
                                  .login = STR("jane@health.example"),
                                  .password = STR("pencil"),
                                  .passkey = &of_jane};
    assert_int_equal(signin_try(d.b->cx, d.b->auth, &claim, &out), OK);
    assert_int_equal(out.who.who.id, d.b->jane);
    good.counter = 9;
    struct passkey_show alone = shown(&d, challenge(&d, CHALLENGE_ALONE, 0), &good);
    claim = (struct signin_claim){.peer = &d.b->peer, .passkey = &alone};
    assert_int_equal(signin_try(d.b->cx, d.b->auth, &claim, &out), OK);
    assert_int_equal(out.who.who.id, d.b->jane);
    assert_int_equal(out.how, SESSION_PASSKEY);
    close_device(&d);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, auth_bench_open, auth_bench_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(what_is_wrong_is_refused),
        WITH(a_challenge_is_for_one_thing),
        WITH(a_challenge_is_ours_young_and_answered_once),
        WITH(it_is_of_its_person),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
