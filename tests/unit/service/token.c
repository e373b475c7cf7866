/* Bearer tokens: made here with OpenSSL, in three kinds of keys, and every way to be no good; and
   the two mechanisms that carry them. */
#include "auth_bench.h"

#include "format/base64.h"
#include "service/sasl/token.h"
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <unistd.h>

#define ISSUER "https://id.example"
#define JANE "jane@health.example"

enum { NOW_S = 1700000000, BY_RSA = 0, BY_EC, BY_ED, BY_OTHER, KEYS };

struct issuer {
    struct auth_bench *bench;
    struct arena *arena;
    struct auth *plain; /* the bench's own */
    EVP_PKEY *keys[KEYS];
    char files[KEYS][40];
    struct token_config config;
    struct tokens *tokens;
};

static void write_key(struct issuer *is, size_t i)
{
    snprintf(is->files[i], sizeof is->files[i], "/tmp/postroad-token-XXXXXX");
    int fd = mkstemp(is->files[i]);
    assert_true(fd >= 0);
    FILE *f = fdopen(fd, "w");
    assert_int_equal(PEM_write_PUBKEY(f, is->keys[i]), 1);
    fclose(f);
}

static int open_issuer(void **state)
{
    struct issuer *is = calloc(1, sizeof *is);
    void *bench;
    auth_bench_open(&bench);
    is->bench = bench;
    is->arena = arena_open();
    is->bench->cx->now_ms = NOW_S * INT64_C(1000);
    is->keys[BY_RSA] = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
    is->keys[BY_EC] = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    is->keys[BY_ED] = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    is->keys[BY_OTHER] = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    is->config = (struct token_config){
        .issuer = STR(ISSUER), .audience = STR("postroad"), .claim = STR("email")};
    for (size_t i = 0; i < KEYS; i++)
        write_key(is, i);
    for (size_t i = 0; i < BY_OTHER; i++)
        is->config.key_files[is->config.key_count++] = str_z(is->files[i]);
    assert_int_equal(tokens_open(is->bench->cx, &is->config, &is->tokens), OK);
    const struct auth_config config = {.account_failures = BENCH_FAILURES,
                                       .address_failures = BENCH_ADDRESS_FAILURES,
                                       .window_s = BENCH_WINDOW_S,
                                       .lockout_s = BENCH_LOCKOUT_S,
                                       .delay_ms = BENCH_DELAY_MS,
                                       .tokens = is->tokens};
    is->plain = is->bench->auth;
    is->bench->auth = auth_open(is->bench->f->core, &config);
    is->bench->peer.tls = &is->bench->tls;
    *state = is;
    return 0;
}

static int close_issuer(void **state)
{
    struct issuer *is = *state;
    void *bench = is->bench;
    auth_close(is->bench->auth);
    is->bench->auth = is->plain;
    tokens_close(is->tokens);
    for (size_t i = 0; i < KEYS; i++) {
        unlink(is->files[i]);
        EVP_PKEY_free(is->keys[i]);
    }
    arena_close(is->arena);
    auth_bench_close(&bench);
    free(is);
    return 0;
}

static struct str url64(struct arena *a, struct str in)
{
    struct str text = base64_encode(a, in);
    char *out = arena_alloc(a, text.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < text.n && text.p[i] != '='; i++)
        out[n++] = text.p[i] == '+' ? '-' : text.p[i] == '/' ? '_' : text.p[i];
    return str_of(out, n);
}

/* JWS has r and s of 32 bytes each. */
static struct str raw_of(struct arena *a, const unsigned char *der, size_t n)
{
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)n);
    unsigned char *raw = arena_alloc(a, 64);
    assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, 32), 32);
    assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + 32, 32), 32);
    ECDSA_SIG_free(sig);
    return str_of(raw, 64);
}

static struct str token_of(struct issuer *is, size_t key, const char *header, const char *claims)
{
    struct arena *a = is->arena;
    bool ed = key == BY_ED || key == BY_OTHER;
    struct str text = str_printf(a, "%s.%s", str_zdup(a, url64(a, str_z(header))),
                                 str_zdup(a, url64(a, str_z(claims))));
    unsigned char signature[512];
    size_t n = sizeof signature;
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestSignInit(c, NULL, ed ? NULL : EVP_sha256(), NULL, is->keys[key]), 1);
    assert_int_equal(EVP_DigestSign(c, signature, &n, (const unsigned char *)text.p, text.n), 1);
    EVP_MD_CTX_free(c);
    struct str raw = key == BY_EC ? raw_of(a, signature, n) : str_of(signature, n);
    return str_printf(a, "%.*s.%s", STR_ARG(text), str_zdup(a, url64(a, raw)));
}

#define HEADER(alg) "{\"alg\":\"" alg "\",\"typ\":\"JWT\"}"
#define CLAIMS(more) "{\"iss\":\"" ISSUER "\",\"email\":\"" JANE "\"," more "}"
#define GOOD CLAIMS("\"aud\":\"postroad\",\"exp\":1700000100")

static const struct row {
    size_t key;
    const char *header, *claims;
    enum code wanted;
} rows[] = {
    {BY_RSA, HEADER("RS256"), GOOD, OK},
    {BY_EC, HEADER("ES256"), GOOD, OK},
    {BY_ED, HEADER("EdDSA"), GOOD, OK},
    {BY_ED, HEADER("EdDSA"), CLAIMS("\"aud\":[\"x\",\"postroad\"],\"exp\":1700000100.5"), OK},
    {BY_ED, HEADER("EdDSA"), CLAIMS("\"aud\":\"postroad\",\"exp\":1699999950"), OK},
    {BY_ED, HEADER("EdDSA"), CLAIMS("\"aud\":\"postroad\",\"exp\":1700000100,\"nbf\":1700000050"),
     OK},
    /* The key decides, not the header. */
    {BY_OTHER, HEADER("EdDSA"), GOOD, E_DENIED},
    {BY_RSA, HEADER("ES256"), GOOD, E_DENIED},
    {BY_RSA, HEADER("HS256"), GOOD, E_DENIED},
    {BY_RSA, HEADER("none"), GOOD, E_DENIED},
    {BY_ED, "{\"alg\":\"EdDSA\",\"crit\":[\"exp\"]}", GOOD, E_DENIED},
    {BY_ED, "{\"typ\":\"JWT\"}", GOOD, E_DENIED},
    {BY_ED, "[]", GOOD, E_DENIED},
    /* Time, issuer, audience, whose. */
    {BY_ED, HEADER("EdDSA"), CLAIMS("\"aud\":\"postroad\",\"exp\":1699999940"), E_DENIED},
    {BY_ED, HEADER("EdDSA"), CLAIMS("\"aud\":\"postroad\",\"exp\":\"1700000100\""), E_DENIED},
    {BY_ED, HEADER("EdDSA"), CLAIMS("\"aud\":\"postroad\",\"exp\":1e300"), E_DENIED},
    {BY_ED, HEADER("EdDSA"), CLAIMS("\"aud\":\"postroad\""), E_DENIED},
    {BY_ED, HEADER("EdDSA"), CLAIMS("\"aud\":\"postroad\",\"exp\":1700000100,\"nbf\":1700000061"),
     E_DENIED},
    {BY_ED, HEADER("EdDSA"), CLAIMS("\"aud\":\"others\",\"exp\":1700000100"), E_DENIED},
    {BY_ED, HEADER("EdDSA"), CLAIMS("\"aud\":[\"others\"],\"exp\":1700000100"), E_DENIED},
    {BY_ED, HEADER("EdDSA"), CLAIMS("\"exp\":1700000100"), E_DENIED},
    {BY_ED, HEADER("EdDSA"),
     "{\"iss\":\"https://evil.example\",\"email\":\"" JANE
     "\",\"aud\":\"postroad\",\"exp\":1700000100}",
     E_DENIED},
    {BY_ED, HEADER("EdDSA"), "{\"iss\":\"" ISSUER "\",\"aud\":\"postroad\",\"exp\":1700000100}",
     E_DENIED},
    {BY_ED, HEADER("EdDSA"), CLAIMS("\"aud\":\"postroad\",\"exp\":1700000100,\"email\":\"x@y\""),
     E_DENIED}, /* twice */
    {BY_ED, HEADER("EdDSA"), "no json", E_DENIED},
};

static void tokens_are_good_or_not(void **state)
{
    struct issuer *is = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str login = {0};
        int64_t until_ms = 0;
        struct str token = token_of(is, rows[i].key, rows[i].header, rows[i].claims);
        enum code code = token_check(is->bench->cx, is->tokens, token, &login, &until_ms);
        if (code != rows[i].wanted)
            fail_msg("row %zu: %s", i, code_name(code));
        if (code == OK)
            assert_str(login, STR(JANE));
        assert_int_equal(until_ms > is->bench->cx->now_ms, code == OK);
    }
}

static void no_byte_of_it_may_change(void **state)
{
    struct issuer *is = *state;
    struct str token = token_of(is, BY_EC, HEADER("ES256"), GOOD), login;
    int64_t until_ms;
    for (size_t i = 0; i < token.n; i++) {
        char *other = arena_alloc(is->arena, token.n);
        memcpy(other, token.p, token.n);
        other[i] = other[i] == 'A' ? 'B' : 'A';
        assert_int_equal(
            token_check(is->bench->cx, is->tokens, str_of(other, token.n), &login, &until_ms),
            E_DENIED);
        assert_int_equal(
            token_check(is->bench->cx, is->tokens, str_sub(token, 0, i), &login, &until_ms),
            E_DENIED);
    }
}

static void only_known_kinds_of_keys_are_read(void **state)
{
    struct issuer *is = *state;
    struct token_config c = {.key_count = 1, .key_files = {STR("/nonexistent")}};
    struct tokens *t = NULL;
    assert_int_equal(tokens_open(is->bench->cx, &c, &t), E_NOT_FOUND);
    c.key_files[0] = STR("meson.build");
    assert_int_equal(tokens_open(is->bench->cx, &c, &t), E_SYNTAX);
    EVP_PKEY_free(is->keys[BY_OTHER]);
    is->keys[BY_OTHER] = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)1024);
    unlink(is->files[BY_OTHER]);
    write_key(is, BY_OTHER);
    c.key_files[0] = str_z(is->files[BY_OTHER]);
    assert_int_equal(tokens_open(is->bench->cx, &c, &t), E_UNSUPPORTED);
    assert_null(t);
}

struct said {
    enum code code;
    bool done;
    struct str challenge;
    struct auth_result result;
};

static struct said say(struct issuer *is, struct sasl *x, struct str response)
{
    struct said s = {0};
    s.code = sasl_step(is->bench->cx, x, response, &s.challenge, &s.done, &s.result);
    return s;
}

static struct sasl *begin(struct issuer *is, const char *mechanism)
{
    struct sasl *x = NULL;
    assert_int_equal(
        sasl_open(is->bench->cx, is->bench->auth, &is->bench->peer, str_z(mechanism), &x), OK);
    return x;
}

/* RFC 7628 section 4.1, and the same by XOAUTH2. */
static void both_mechanisms_carry_it(void **state)
{
    struct issuer *is = *state;
    struct str token = token_of(is, BY_RSA, HEADER("RS256"), GOOD);
    static const struct {
        const char *mechanism;
        const char *before;
    } forms[] = {
        {"OAUTHBEARER", "n,a=" JANE ",\1host=server.example.com\1port=143\1auth=Bearer "},
        {"OAUTHBEARER", "n,,\1auth=bearer "},
        {"OAUTHBEARER", "y,a=" JANE ",\1auth=Bearer "},
        {"XOAUTH2", "user=" JANE "\1auth=Bearer "},
    };
    for (size_t i = 0; i < 4; i++) {
        struct sasl *x AUTO(sasl_close) = begin(is, forms[i].mechanism);
        const struct str parts[] = {str_z(forms[i].before), token, STR("\1\1")};
        struct said s = say(is, x, str_join(is->arena, parts, 3));
        assert_int_equal(s.code, OK);
        assert_true(s.done);
        assert_int_equal(s.result.account, is->bench->jane);
        assert_int_equal(s.challenge.n, 0);
    }
}

/* RFC 7628 section 3.2.2: why, one empty answer, and the end; it counts like a wrong password. */
static void a_bad_token_is_told_of_and_counts(void **state)
{
    struct issuer *is = *state;
    struct str token = token_of(is, BY_OTHER, HEADER("EdDSA"), GOOD);
    struct str bad = str_printf(is->arena, "n,a=" JANE ",\1auth=Bearer %.*s\1\1", STR_ARG(token));
    for (int i = 0; i < BENCH_FAILURES; i++) {
        struct sasl *x AUTO(sasl_close) = begin(is, "OAUTHBEARER");
        struct said s = say(is, x, bad);
        assert_int_equal(s.code, OK);
        assert_false(s.done);
        assert_str(s.challenge,
                   STR("{\"status\":\"invalid_token\",\"openid-configuration\":\"" ISSUER
                       "/.well-known/openid-configuration\"}"));
        s = say(is, x, STR("\1"));
        assert_int_equal(s.code, E_DENIED);
        assert_int_equal(s.result.delay_ms, BENCH_DELAY_MS);
        assert_int_equal(say(is, x, bad).code, E_SYNTAX);
    }
    struct sasl *x AUTO(sasl_close) = begin(is, "OAUTHBEARER");
    assert_int_equal(say(is, x, bad).code, E_LIMIT);
}

static void whom_to_act_as_needs_rights(void **state)
{
    struct issuer *is = *state;
    struct str token = token_of(is, BY_ED, HEADER("EdDSA"), GOOD);
    struct sasl *x AUTO(sasl_close) = begin(is, "XOAUTH2");
    struct str joe =
        str_printf(is->arena, "user=joe@works.example\1auth=Bearer %.*s\1\1", STR_ARG(token));
    assert_int_equal(say(is, x, joe).code, E_DENIED);
}

static void malformed_responses_end_it(void **state)
{
    static const char *const bad[] = {"n,,",
                                      "n,,\1",
                                      "n,,\1\1",
                                      "n,,\1auth=Bearer \1\1",
                                      "p=tls-exporter,,\1auth=Bearer x\1\1",
                                      "n,b=x,\1auth=Bearer x\1\1",
                                      "n,a=x=,\1auth=Bearer x\1\1",
                                      "n,,\1auth=Basic x\1\1",
                                      "n,,\1auth=Bearer x\1",
                                      "n,,\1auth=Bearer x\1auth=Bearer y\1\1",
                                      "n,,\1auth=Bearer x\1\1more",
                                      "\1\1"};
    struct issuer *is = *state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct sasl *x AUTO(sasl_close) = begin(is, "OAUTHBEARER");
        assert_int_equal(say(is, x, str_z(bad[i])).code, E_SYNTAX);
        struct sasl *y AUTO(sasl_close) = begin(is, "XOAUTH2");
        assert_int_equal(say(is, y, str_z(bad[i])).code, E_SYNTAX);
    }
}

/* A token is a secret as a password is. */
static void not_in_clear_and_not_without_keys(void **state)
{
    struct issuer *is = *state;
    struct sasl *x = NULL;
    struct auth_bench *b = is->bench;
    assert_str(auth_mechanisms(b->cx, b->auth, &b->peer),
               STR("SCRAM-SHA-256 SCRAM-SHA-1 OAUTHBEARER XOAUTH2 PLAIN LOGIN"));
    assert_int_equal(sasl_open(b->cx, is->plain, &b->peer, STR("XOAUTH2"), &x), E_UNSUPPORTED);
    b->peer.tls = NULL;
    assert_int_equal(sasl_open(b->cx, b->auth, &b->peer, STR("OAUTHBEARER"), &x), E_UNSUPPORTED);
    assert_str(auth_mechanisms(b->cx, b->auth, &b->peer), STR("SCRAM-SHA-256 SCRAM-SHA-1"));
}

#define OF_ISSUER(test) cmocka_unit_test_setup_teardown(test, open_issuer, close_issuer)

int main(void)
{
    const struct CMUnitTest tests[] = {
        OF_ISSUER(tokens_are_good_or_not),
        OF_ISSUER(no_byte_of_it_may_change),
        OF_ISSUER(only_known_kinds_of_keys_are_read),
        OF_ISSUER(both_mechanisms_carry_it),
        OF_ISSUER(a_bad_token_is_told_of_and_counts),
        OF_ISSUER(whom_to_act_as_needs_rights),
        OF_ISSUER(malformed_responses_end_it),
        OF_ISSUER(not_in_clear_and_not_without_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
