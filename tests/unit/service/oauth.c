/* The authorisation server: vectors of the RFCs, redirections, tokens and what ends them, keys, and
   the protocols that take tokens. */
#include "../imap/world.h"
#include "base/arena.h"
#include "core/credential.h"
#include "core/signin/seal.h"
#include "core/signin/session.h"
#include "service/oauth/code.h"
#include "service/oauth/device.h"
#include "service/oauth/keys.h"
#include "service/oauth/redirect.h"
#include "service/oauth/scope.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* */
#include <cmocka.h>

#define VERIFIER "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define CHALLENGE "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

static const struct oauth_config config = {
    .issuer = {"https://mail.example", 20}, .access_s = 600, .refresh_days = 30};

struct bench {
    struct imap_world *w;
    struct ctx *cx;
    struct oauth *o;
    struct auth *auth;
    struct tls_facts tls;
    struct oauth_client app;
};

static int bench_open(void **state)
{
    struct bench *b = calloc(1, sizeof *b);
    struct str secret;
    b->w = imap_world_open();
    b->cx = &b->w->cx;
    b->cx->now_ms = INT64_C(1700000000000);
    assert_int_equal(oauth_open(b->cx, b->w->core, NULL, &config, &b->o), OK);
    b->app = (struct oauth_client){.id = STR("app"),
                                   .name = STR("App"),
                                   .scopes = SCOPE_ALL,
                                   .redirect_count = 1,
                                   .redirects = {STR("http://127.0.0.1/")}};
    assert_int_equal(oauth_client_add(b->cx, b->o, &b->app, false, &secret), OK);
    const struct auth_config auth = {.account_failures = 3,
                                     .address_failures = 100,
                                     .window_s = 600,
                                     .lockout_s = 600,
                                     .delay_ms = 700,
                                     .oauth = b->o};
    b->auth = auth_open(b->w->core, &auth);
    *state = b;
    return 0;
}

static int bench_close(void **state)
{
    struct bench *b = *state;
    auth_close(b->auth);
    oauth_close(b->o);
    imap_world_close(b->w);
    free(b);
    return 0;
}

static void assert_text(struct str got, const char *wanted)
{
    if (!str_eq(got, str_z(wanted)))
        fail_msg("%.*s, wanted %s", STR_ARG(got), wanted);
}

static struct oauth_tokens allowed(struct bench *b, uint32_t scopes)
{
    const struct oauth_agreed agreed = {.client = STR("app"),
                                        .redirect = STR("http://127.0.0.1:5/"),
                                        .challenge = STR(CHALLENGE),
                                        .scopes = scopes,
                                        .who = b->w->jane,
                                        .auth_time_ms = b->cx->now_ms,
                                        .how = 1};
    struct oauth_redeem r = {.redirect = agreed.redirect, .verifier = STR(VERIFIER)};
    struct oauth_tokens t = {0};
    assert_int_equal(oauth_code_make(b->cx, b->o, &agreed, &r.code), OK);
    assert_int_equal(oauth_code_redeem(b->cx, b->o, &b->app, &r, &t), OK);
    return t;
}

/* RFC 7636 appendix B, RFC 7638 section 3.1, OpenID Connect Core appendix A.3. */
static void vectors(void **state)
{
    struct bench *b = *state;
    struct arena *a = b->cx->arena;
    assert_text(oauth_challenge(a, STR(VERIFIER)), CHALLENGE);
    assert_text(
        jose_thumbprint(
            a, STR("{\"e\":\"AQAB\",\"kty\":\"RSA\",\"n\":\"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2a"
                   "iAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMst"
                   "n64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAt"
                   "aSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6We"
                   "Zu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw\"}")),
        "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    assert_text(oauth_at_hash(a, STR("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y")),
                "77QmUPtjPfzWtF2AnpK9RQ");
}

static void verifiers_are_good_or_not(void **state)
{
    (void)state;
    char text[200];
    memset(text, 'a', sizeof text);
    assert_false(oauth_verifier_is_good(str_of(text, 42)));
    assert_true(oauth_verifier_is_good(str_of(text, 43)));
    assert_true(oauth_verifier_is_good(str_of(text, 128)));
    assert_false(oauth_verifier_is_good(str_of(text, 129)));
    text[7] = '+';
    assert_false(oauth_verifier_is_good(str_of(text, 43)));
}

static void redirections(void **state)
{
    (void)state;
    static const struct {
        const char *uri;
        bool good;
    } rows[] = {
        {"https://a.example/", true},
        {"https://a.example", true},
        {"https://a.example:8443/x?y=z", true},
        {"http://127.0.0.1/", true},
        {"http://127.0.0.1:5000/a", true},
        {"http://[::1]:5000/a", true},
        {"http://localhost:5000/", true},
        {"com.example.app:/oauth", true},
        {"com.example.app://callback", true},
        {"http://a.example/", false},
        {"http://127.0.0.1.example/", false},
        {"http://127.0.0.1@a.example/", false},
        {"https://", false},
        {"https:///x", false},
        {"https://u@a.example/", false},
        {"https://a.example/#f", false},
        {"https://a.example/ x", false},
        {"https://a.example\\@b.example/", false},
        {"https://a.example:0/", false},
        {"https://a.example:99999/", false},
        {"https://a.example:x/", false},
        {"javascript:alert(1)", false},
        {"data:text/html,x", false},
        {"app:/x", false},
        {"/x", false},
        {"", false},
        {"com.example.app:", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (redirect_is_good(str_z(rows[i].uri)) != rows[i].good)
            fail_msg("%s", rows[i].uri);
    char long_uri[REDIRECT_MAX + 10];
    memset(long_uri, 'a', sizeof long_uri);
    memcpy(long_uri, "https://a.example/", 18);
    assert_true(redirect_is_good(str_of(long_uri, REDIRECT_MAX)));
    assert_false(redirect_is_good(str_of(long_uri, REDIRECT_MAX + 1)));
}

static void redirections_fit_or_not(void **state)
{
    (void)state;
    static const struct {
        const char *registered, *asked;
        bool fits;
    } rows[] = {
        {"https://a.example/b", "https://a.example/b", true},
        {"https://a.example/b", "https://a.example/b/", false},
        {"https://a.example/b", "https://a.example/b?x=1", false},
        {"https://a.example/b", "https://A.example/b", false},
        {"https://a.example/b", "https://a.example:443/b", false},
        {"https://a.example/b", "http://a.example/b", false},
        {"http://127.0.0.1/b", "http://127.0.0.1:51004/b", true},
        {"http://127.0.0.1:80/b", "http://127.0.0.1:51004/b", true},
        {"http://[::1]/b", "http://[::1]:51004/b", true},
        {"http://127.0.0.1/b", "http://[::1]:51004/b", false},
        {"http://127.0.0.1/b", "http://127.0.0.1:51004/c", false},
        {"http://127.0.0.1/b", "https://127.0.0.1:51004/b", false},
        {"http://127.0.0.1/b", "http://127.0.0.1:51004@evil.example/b", false},
        {"http://127.0.0.1", "http://127.0.0.1.evil.example", false},
        {"http://127.0.0.1/b", "http://127.0.0.1:/b", false},
        {"http://localhost/b", "http://localhost:51004/b", false},
        {"com.example.app:/b", "com.example.app:/b", true},
        {"com.example.app:/b", "com.example.app:/b2", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (redirect_fits(str_z(rows[i].registered), str_z(rows[i].asked)) != rows[i].fits)
            fail_msg("%s for %s", rows[i].asked, rows[i].registered);
    assert_text(redirect_origin(STR("https://a.example:8443/x?y")), "https://a.example:8443");
    assert_text(redirect_origin(STR("com.example.app:/x")), "com.example.app:");
}

static void scopes(void **state)
{
    struct bench *b = *state;
    uint32_t got = 0;
    assert_int_equal(scope_parse(b->cx, STR("openid imap unknown imap"), &got), OK);
    assert_int_equal(got, SCOPE_OPENID | SCOPE_IMAP);
    assert_text(scope_text(b->cx->arena, SCOPE_ALL),
                "openid profile email offline_access imap pop smtp jmap sieve dav");
    assert_int_equal(scope_parse(b->cx, STR("imap  pop"), &got), OK);
    assert_int_equal(scope_parse(b->cx, STR("imap\tpop"), &got), E_SYNTAX);
    assert_int_equal(scope_parse(b->cx, STR("\"imap\""), &got), E_SYNTAX);
    char text[SCOPE_TEXT_MAX + 1];
    memset(text, 'a', sizeof text);
    assert_int_equal(scope_parse(b->cx, str_of(text, sizeof text - 1), &got), OK);
    assert_int_equal(scope_parse(b->cx, str_of(text, sizeof text), &got), E_LIMIT);
}

static void no_byte_of_a_token_may_change(void **state)
{
    struct bench *b = *state;
    struct oauth_tokens t = allowed(b, SCOPE_IMAP | SCOPE_OFFLINE);
    struct oauth_access x;
    assert_int_equal(oauth_access(b->cx, b->o, t.access, &x), OK);
    assert_int_equal(x.who.id, b->w->jane);
    assert_int_equal(oauth_access(b->cx, b->o, t.refresh, &x), E_DENIED);
    for (size_t i = 0; i < t.access.n; i++) {
        char *other = arena_alloc(b->cx->arena, t.access.n);
        memcpy(other, t.access.p, t.access.n);
        other[i] = other[i] == 'A' ? 'B' : 'A';
        assert_int_equal(oauth_access(b->cx, b->o, str_of(other, t.access.n), &x), E_DENIED);
        assert_int_equal(oauth_access(b->cx, b->o, str_sub(t.access, 0, i), &x), E_DENIED);
    }
    struct str longer = str_printf(b->cx->arena, "%.*sAAAA", STR_ARG(t.access));
    assert_int_equal(oauth_access(b->cx, b->o, longer, &x), E_DENIED);
}

/* The secret is the store's: tokens outlive a restart, and are nothing to another server. */
static void tokens_are_of_one_server(void **state)
{
    struct bench *b = *state;
    struct oauth_tokens t = allowed(b, SCOPE_IMAP);
    struct random other_random = {.seed = 99};
    struct oauth_access x;
    struct oauth *again, *other;
    struct imap_world *elsewhere = imap_world_open();
    assert_int_equal(oauth_open(b->cx, b->w->core, NULL, &config, &again), OK);
    assert_int_equal(oauth_access(b->cx, again, t.access, &x), OK);
    oauth_close(again);
    elsewhere->cx.random = &other_random;
    assert_int_equal(oauth_open(&elsewhere->cx, elsewhere->core, NULL, &config, &other), OK);
    assert_false(oauth_was_ours(&elsewhere->cx, other, t.access));
    assert_true(oauth_was_ours(b->cx, b->o, t.access));
    oauth_close(other);
    imap_world_close(elsewhere);
}

/* With the key beside the store, what is kept can be read; with another, or none, it cannot. */
static void secrets_are_sealed(void **state)
{
    (void)state;
    struct imap_world *w = imap_world_open();
    struct oauth *o;
    struct seal *old = w->core->seal, *key = seal_temporary(), *other = seal_temporary();
    w->cx.now_ms = 1;
    w->core->seal = key;
    assert_int_equal(oauth_open(&w->cx, w->core, NULL, &config, &o), OK);
    oauth_close(o);
    assert_int_equal(oauth_open(&w->cx, w->core, NULL, &config, &o), OK);
    oauth_close(o);
    w->core->seal = other;
    assert_int_equal(oauth_open(&w->cx, w->core, NULL, &config, &o), E_CORRUPT);
    w->core->seal = NULL;
    assert_int_equal(oauth_open(&w->cx, w->core, NULL, &config, &o), E_CORRUPT);
    w->core->seal = old;
    seal_close(key);
    seal_close(other);
    imap_world_close(w);
}

static void keys_sign_and_retire(void **state)
{
    struct bench *b = *state;
    static const enum jose_algorithm algorithms[] = {JOSE_ES256, JOSE_RS256};
    struct str token[2], claims;
    struct oauth_key *keys;
    size_t count;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(oauth_sign(b->cx, b->o, algorithms[i], STR("{\"a\":1}"), &token[i]), OK);
        assert_int_equal(oauth_verify(b->cx, b->o, token[i], &claims), OK);
        assert_text(claims, "{\"a\":1}");
        for (size_t k = 0; k < token[i].n; k += 7) {
            char *other = arena_alloc(b->cx->arena, token[i].n);
            memcpy(other, token[i].p, token[i].n);
            other[k] = other[k] == 'A' ? 'B' : 'A';
            assert_int_equal(oauth_verify(b->cx, b->o, str_of(other, token[i].n), &claims),
                             E_DENIED);
        }
    }
    b->cx->now_ms += 1000;
    assert_int_equal(oauth_key_rotate(b->cx, b->o), OK);
    assert_int_equal(oauth_key_list(b->cx, b->o, &keys, &count), OK);
    assert_true(count >= 3); /* the tests' RSA key is the same each time */
    assert_int_equal(oauth_verify(b->cx, b->o, token[0], &claims), OK);
    b->cx->now_ms += INT64_C(86400000) * OAUTH_KEY_RETIRED_DAYS;
    assert_int_equal(oauth_sweep(b->cx, b->o), OK);
    assert_int_equal(oauth_key_list(b->cx, b->o, &keys, &count), OK);
    assert_int_equal(count, 2);
    assert_int_equal(oauth_verify(b->cx, b->o, token[0], &claims), E_DENIED);
}

/* OpenID Connect Core section 2; RFC 8176. */
static void an_id_token_says_who_when_and_for_whom(void **state)
{
    struct bench *b = *state;
    static const struct {
        uint8_t how;
        const char *methods;
    } rows[] = {{SESSION_PASSWORD, "\"acr\":\"1\",\"amr\":[\"pwd\"]"},
                {SESSION_TOTP, "\"acr\":\"2\",\"amr\":[\"pwd\",\"otp\",\"mfa\"]"},
                {SESSION_RECOVERY, "\"acr\":\"2\",\"amr\":[\"pwd\",\"otp\",\"mfa\"]"},
                {SESSION_PASSKEY, "\"acr\":\"2\",\"amr\":[\"hwk\",\"mfa\"]"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct oauth_agreed agreed = {.client = STR("app"),
                                            .redirect = STR("http://127.0.0.1:5/"),
                                            .challenge = STR(CHALLENGE),
                                            .nonce = STR("n-0S6_WzA2Mj"),
                                            .scopes = SCOPE_OPENID,
                                            .who = b->w->jane,
                                            .auth_time_ms = b->cx->now_ms - 77000,
                                            .how = rows[i].how};
        struct oauth_redeem r = {.redirect = agreed.redirect, .verifier = STR(VERIFIER)};
        struct oauth_tokens t = {0};
        struct str claims, hash;
        int64_t now_s = b->cx->now_ms / 1000;
        assert_int_equal(oauth_code_make(b->cx, b->o, &agreed, &r.code), OK);
        assert_int_equal(oauth_code_redeem(b->cx, b->o, &b->app, &r, &t), OK);
        assert_int_equal(oauth_verify(b->cx, b->o, t.id, &claims), OK);
        hash = oauth_at_hash(b->cx->arena, t.access);
        assert_text(
            claims,
            str_printf(b->cx->arena,
                       "{\"iss\":\"https://mail.example\",\"sub\":\"P%llx\",\"aud\":\"app\","
                       "\"exp\":%lld,\"iat\":%lld,\"auth_time\":%lld,"
                       "\"nonce\":\"n-0S6_WzA2Mj\",\"at_hash\":\"%.*s\",%s}",
                       (unsigned long long)b->w->jane, (long long)now_s + 600, (long long)now_s,
                       (long long)now_s - 77, STR_ARG(hash), rows[i].methods)
                .p);
    }
}

static void keys_are_not_without_end(void **state)
{
    struct bench *b = *state;
    enum code code = OK;
    for (int i = 0; i < OAUTH_KEYS_MAX && code == OK; i++) {
        b->cx->now_ms++;
        code = oauth_key_rotate(b->cx, b->o);
    }
    assert_int_equal(code, E_LIMIT);
}

static void grants_are_not_without_end(void **state)
{
    struct bench *b = *state;
    struct oauth_tokens first = allowed(b, SCOPE_IMAP | SCOPE_OFFLINE), last = {0};
    struct oauth_access x;
    struct oauth_grant *all;
    size_t count;
    for (int i = 0; i < OAUTH_GRANTS_MAX; i++) {
        assert_int_equal(oauth_access(b->cx, b->o, first.access, &x), OK);
        b->cx->now_ms++;
        last = allowed(b, SCOPE_IMAP | SCOPE_OFFLINE);
    }
    assert_int_equal(oauth_access(b->cx, b->o, first.access, &x), E_DENIED);
    assert_int_equal(oauth_access(b->cx, b->o, last.access, &x), OK);
    assert_int_equal(oauth_grant_list(b->cx, b->o, b->w->jane, &all, &count), OK);
    assert_int_equal(count, OAUTH_GRANTS_MAX);
    assert_int_equal(oauth_grant_list(b->cx, b->o, b->w->john, &all, &count), OK);
    assert_int_equal(count, 0);
}

static enum code client_more(struct bench *b, bool strange)
{
    struct arena *arena AUTO(arena_close) = arena_open();
    struct ctx cx = *b->cx;
    struct str secret;
    struct oauth_client c = {.name = STR("C"), .scopes = SCOPE_ALL, .strange = strange};
    cx.arena = arena;
    return oauth_client_add(&cx, b->o, &c, false, &secret);
}

/* Strangers fill up their half, and leave the rest to those that are added here. */
static void clients_are_not_without_end(void **state)
{
    struct bench *b = *state;
    for (int i = 0; i < CLIENTS_STRANGE_MAX; i++)
        assert_int_equal(client_more(b, true), OK);
    assert_int_equal(client_more(b, true), E_LIMIT);
    for (int i = CLIENTS_STRANGE_MAX + 1; i < CLIENTS_MAX; i++) /* "app" is there as well */
        assert_int_equal(client_more(b, false), OK);
    assert_int_equal(client_more(b, false), E_LIMIT);
}

static void what_has_ended_is_swept(void **state)
{
    struct bench *b = *state;
    struct oauth_grant *all;
    struct oauth_client *clients;
    size_t count;
    struct str secret;
    struct oauth_client strange = {.name = STR("S"), .scopes = SCOPE_ALL, .strange = true};
    assert_int_equal(oauth_client_add(b->cx, b->o, &strange, true, &secret), OK);
    (void)allowed(b, SCOPE_IMAP);
    (void)allowed(b, SCOPE_IMAP | SCOPE_OFFLINE);
    b->cx->now_ms += 601 * 1000;
    assert_int_equal(oauth_sweep(b->cx, b->o), OK);
    assert_int_equal(oauth_grant_list(b->cx, b->o, 0, &all, &count), OK);
    assert_int_equal(count, 1);
    b->cx->now_ms += INT64_C(86400000) * 31;
    assert_int_equal(oauth_sweep(b->cx, b->o), OK);
    assert_int_equal(oauth_grant_list(b->cx, b->o, 0, &all, &count), OK);
    assert_int_equal(count, 0);
    assert_int_equal(oauth_client_list(b->cx, b->o, &clients, &count), OK);
    assert_int_equal(count, 1);
    assert_text(clients[0].id, "app");
}

static void attempts_are_counted(void **state)
{
    struct bench *b = *state;
    static const uint32_t most[OAUTH_ACTS] = {20, 10, 60, 30, 10};
    for (enum oauth_act act = 0; act < OAUTH_ACTS; act++) {
        for (uint32_t i = 0; i < most[act]; i++) {
            assert_int_equal(oauth_may(b->cx, b->o, act, STR("192.0.2.1")), OK);
            assert_int_equal(oauth_count(b->cx, b->o, act, STR("192.0.2.1")), OK);
        }
        assert_int_equal(oauth_may(b->cx, b->o, act, STR("192.0.2.1")), E_LIMIT);
        assert_int_equal(oauth_may(b->cx, b->o, act, STR("192.0.2.2")), OK);
    }
    b->cx->now_ms += 3600 * 1000;
    assert_int_equal(oauth_may(b->cx, b->o, OAUTH_REGISTER, STR("192.0.2.1")), OK);
}

/* One exchange of OAUTHBEARER: OK, or E_DENIED with the server's word in *said. */
static enum code by_sasl(struct bench *b, const char *role, struct str token, struct str *said)
{
    const struct peer peer = {.address = STR("192.0.2.1"), .role = str_z(role), .tls = &b->tls};
    struct sasl *x AUTO(sasl_close) = NULL;
    struct auth_result r = {0};
    bool done = false;
    struct str response = str_printf(
        b->cx->arena, "n,a=jane@example.com,\001auth=Bearer %.*s\001\001", STR_ARG(token));
    assert_int_equal(sasl_open(b->cx, b->auth, &peer, STR("OAUTHBEARER"), &x), OK);
    enum code code = sasl_step(b->cx, x, response, said, &done, &r);
    if (code == OK && !done)
        code = sasl_step(b->cx, x, STR("\001"), &(struct str){0}, &done, &r);
    if (code == OK)
        assert_int_equal(r.account, b->w->jane);
    return code;
}

static void a_token_opens_its_protocols_alone(void **state)
{
    struct bench *b = *state;
    static const struct {
        const char *role;
        uint32_t scope;
    } rows[] = {
        {"imap", SCOPE_IMAP}, {"imaps", SCOPE_IMAP},        {"pop3", SCOPE_POP},
        {"pop3s", SCOPE_POP}, {"submission", SCOPE_SMTP},   {"submissions", SCOPE_SMTP},
        {"mx", SCOPE_SMTP},   {"managesieve", SCOPE_SIEVE}, {"https", SCOPE_JMAP},
    };
    struct str said;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct oauth_tokens right = allowed(b, rows[i].scope);
        struct oauth_tokens wrong = allowed(b, SCOPE_PROTOCOLS & ~rows[i].scope);
        assert_int_equal(by_sasl(b, rows[i].role, right.access, &said), OK);
        assert_int_equal(by_sasl(b, rows[i].role, wrong.access, &said), E_DENIED);
    }
    assert_text(said,
                "{\"status\":\"insufficient_scope\",\"scope\":\"jmap\",\"openid-configuration\":"
                "\"https://mail.example/.well-known/openid-configuration\"}");
}

static struct str code_for(struct bench *b, const char *verifier)
{
    const struct oauth_agreed agreed = {.client = STR("app"),
                                        .redirect = STR("http://127.0.0.1:5/"),
                                        .challenge = oauth_challenge(b->cx->arena, str_z(verifier)),
                                        .scopes = SCOPE_IMAP | SCOPE_OFFLINE,
                                        .who = b->w->jane};
    struct str code = {0};
    assert_int_equal(oauth_code_make(b->cx, b->o, &agreed, &code), OK);
    return code;
}

/* What is one client's is nothing in the hands of another, and stays good for the first. */
static void codes_and_tokens_are_of_one_client(void **state)
{
    struct bench *b = *state;
    struct oauth_client other = {.id = STR("other"),
                                 .name = STR("Other"),
                                 .scopes = SCOPE_ALL,
                                 .redirect_count = 1,
                                 .redirects = {STR("http://127.0.0.1/")}};
    struct oauth_tokens t = {0}, again = {0};
    struct oauth_access x;
    struct str secret;
    assert_int_equal(oauth_client_add(b->cx, b->o, &other, false, &secret), OK);
    const struct oauth_redeem r = {.redirect = STR("http://127.0.0.1:5/"),
                                   .verifier = STR(VERIFIER),
                                   .code = code_for(b, VERIFIER)};
    assert_int_equal(oauth_code_redeem(b->cx, b->o, &other, &r, &t), E_DENIED);
    assert_int_equal(oauth_code_redeem(b->cx, b->o, &b->app, &r, &t), OK);
    assert_int_equal(oauth_refresh(b->cx, b->o, &other, t.refresh, 0, &again), E_DENIED);
    assert_int_equal(oauth_revoke(b->cx, b->o, &other, t.refresh), OK);
    assert_int_equal(oauth_revoke(b->cx, b->o, &other, t.access), OK);
    assert_int_equal(oauth_access(b->cx, b->o, t.access, &x), OK);
    assert_int_equal(oauth_refresh(b->cx, b->o, &b->app, t.refresh, 0, &again), OK);
}

/* Its own password, or the one that it was carried to; no third one. */
static void a_grant_is_of_one_password(void **state)
{
    struct bench *b = *state;
    struct oauth_access x;
    struct oauth_grant_step step = {.who = b->w->jane, .to = 77};
    imap_world_password(b->w, b->w->jane, "secret");
    assert_int_equal(credential_generation(b->cx, b->w->core, b->w->jane, &step.from), OK);
    struct oauth_tokens t = allowed(b, SCOPE_IMAP | SCOPE_OFFLINE);
    assert_int_equal(oauth_grant_carry(b->cx, b->o, &step), OK);
    assert_int_equal(step.count, 1);
    assert_int_equal(oauth_access(b->cx, b->o, t.access, &x), OK);
    assert_int_equal(credential_replace(b->cx, b->w->core, b->w->jane, STR("other"), 78), OK);
    assert_int_equal(oauth_access(b->cx, b->o, t.access, &x), E_DENIED);
    assert_int_equal(oauth_refresh(b->cx, b->o, &b->app, t.refresh, 0, &t), E_DENIED);
    assert_int_equal(credential_replace(b->cx, b->w->core, b->w->jane, STR("first"), 77), OK);
    assert_int_equal(oauth_access(b->cx, b->o, t.access, &x), OK);
    imap_world_password(b->w, b->w->jane, "third");
    assert_int_equal(oauth_access(b->cx, b->o, t.access, &x), E_DENIED);
}

static void a_disabled_domain_has_no_grants(void **state)
{
    struct bench *b = *state;
    struct oauth_tokens t = allowed(b, SCOPE_IMAP | SCOPE_OFFLINE);
    struct oauth_access x;
    struct domain d;
    assert_int_equal(oauth_access(b->cx, b->o, t.access, &x), OK);
    assert_int_equal(directory_domain_by_id(b->cx, b->w->core, x.who.domain, &d), OK);
    d.enabled = false;
    assert_int_equal(directory_domain_set(b->cx, b->w->core, &d), OK);
    assert_int_equal(oauth_access(b->cx, b->o, t.access, &x), E_DENIED);
    assert_int_equal(oauth_refresh(b->cx, b->o, &b->app, t.refresh, 0, &t), E_DENIED);
}

/* The token ends, its grant goes on. */
static void an_access_token_is_short_lived(void **state)
{
    struct bench *b = *state;
    struct oauth_tokens t = allowed(b, SCOPE_IMAP | SCOPE_OFFLINE);
    struct oauth_access x;
    b->cx->now_ms += (config.access_s - 1) * 1000;
    assert_int_equal(oauth_access(b->cx, b->o, t.access, &x), OK);
    b->cx->now_ms += 1000;
    assert_int_equal(oauth_access(b->cx, b->o, t.access, &x), E_DENIED);
    assert_int_equal(oauth_refresh(b->cx, b->o, &b->app, t.refresh, 0, &t), OK);
    assert_int_equal(oauth_access(b->cx, b->o, t.access, &x), OK);
}

/* A verifier that could be guessed proves nothing, though its hash is what was said (RFC 7636
   section 4.1). */
static void a_short_verifier_is_none(void **state)
{
    struct bench *b = *state;
    struct oauth_tokens t = {0};
    const char *const verifiers[] = {"", "short", "0123456789012345678901234567890123456789 1"};
    for (size_t i = 0; i < sizeof verifiers / sizeof *verifiers; i++) {
        const struct oauth_redeem r = {.redirect = STR("http://127.0.0.1:5/"),
                                       .verifier = str_z(verifiers[i]),
                                       .code = code_for(b, verifiers[i])};
        assert_int_equal(oauth_code_redeem(b->cx, b->o, &b->app, &r, &t), E_DENIED);
    }
}

/* A program that comes with an old token again and again is not locked out by it; who makes tokens
   up is. */
static void old_tokens_are_no_guesses(void **state)
{
    struct bench *b = *state;
    struct oauth_tokens t = allowed(b, SCOPE_IMAP);
    struct str said;
    b->cx->now_ms += 601 * 1000;
    for (int i = 0; i < 10; i++)
        assert_int_equal(by_sasl(b, "imap", t.access, &said), E_DENIED);
    assert_text(said, "{\"status\":\"invalid_token\",\"scope\":\"imap\",\"openid-configuration\":"
                      "\"https://mail.example/.well-known/openid-configuration\"}");
    t = allowed(b, SCOPE_IMAP);
    assert_int_equal(by_sasl(b, "imap", t.access, &said), OK);
    struct peer stranger = {.address = STR("198.51.100.1"), .role = STR("imap"), .tls = &b->tls};
    enum code code = OK;
    for (int i = 0; i < 4; i++) {
        struct auth_result r = {0};
        code = auth_bearer(b->cx, b->auth, &stranger, STR("pra-made-up"), &r);
    }
    assert_int_equal(code, E_LIMIT);
}

static void devices_end(void **state)
{
    struct bench *b = *state;
    struct oauth_device d;
    struct str code;
    enum oauth_poll poll;
    struct oauth_tokens t;
    assert_int_equal(oauth_device_begin(b->cx, b->o, &b->app, SCOPE_IMAP, &code, &d), OK);
    struct str small = str_lower(b->cx->arena, d.user_code);
    struct oauth_device found;
    assert_int_equal(oauth_device_find(b->cx, b->o, small, &found), OK);
    struct str bare = str_printf(b->cx->arena, " %.*s %.*s", 4, small.p, 4, small.p + 5);
    assert_int_equal(oauth_device_find(b->cx, b->o, bare, &found), OK);
    assert_int_equal(oauth_device_find(b->cx, b->o, STR("AAAA-AAAA"), &found), E_NOT_FOUND);
    struct oauth_client other = b->app;
    other.id = STR("other");
    assert_int_equal(oauth_device_poll(b->cx, b->o, &other, code, &poll, &t), OK);
    assert_int_equal(poll, POLL_WRONG);
    b->cx->now_ms += DEVICE_LIFE_S * 1000;
    assert_int_equal(oauth_device_find(b->cx, b->o, small, &found), E_NOT_FOUND);
}

static void issuers(void **state)
{
    struct bench *b = *state;
    static const char *const bad[] = {"http://mail.example",    "https://mail.example/",
                                      "https://mail.example?x", "https://",
                                      "mail.example",           "https://u@mail.example"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct oauth_config other = config;
        struct oauth *o;
        other.issuer = str_z(bad[i]);
        assert_int_equal(oauth_open(b->cx, b->w->core, NULL, &other, &o), E_SYNTAX);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_open, bench_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(vectors),
        TEST(verifiers_are_good_or_not),
        TEST(redirections),
        TEST(redirections_fit_or_not),
        TEST(scopes),
        TEST(no_byte_of_a_token_may_change),
        TEST(tokens_are_of_one_server),
        TEST(secrets_are_sealed),
        TEST(keys_sign_and_retire),
        TEST(an_id_token_says_who_when_and_for_whom),
        TEST(keys_are_not_without_end),
        TEST(grants_are_not_without_end),
        TEST(clients_are_not_without_end),
        TEST(what_has_ended_is_swept),
        TEST(attempts_are_counted),
        TEST(a_token_opens_its_protocols_alone),
        TEST(codes_and_tokens_are_of_one_client),
        TEST(a_grant_is_of_one_password),
        TEST(an_access_token_is_short_lived),
        TEST(a_disabled_domain_has_no_grants),
        TEST(a_short_verifier_is_none),
        TEST(old_tokens_are_no_guesses),
        TEST(devices_end),
        TEST(issuers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
