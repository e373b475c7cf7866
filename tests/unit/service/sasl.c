/* SASL exchanges, played by a client written here and by GNU SASL's own. */
#include "auth_bench.h"

#include "base/cur.h"
#include "core/credential.h"
#include "core/credential/kdf.h"
#include "core/rights.h"
#include "core/signin/factor.h"
#include "format/base64.h"
#include <gsasl.h>

#define JANE "jane@health.example"

static void use_tls(struct auth_bench *b, bool exporter, bool unique)
{
    memset(b->tls.exporter, 0xE1, sizeof b->tls.exporter);
    memset(b->tls.unique, 0x11, sizeof b->tls.unique);
    b->tls.has_exporter = exporter;
    b->tls.unique_n = unique ? 12 : 0;
    b->peer.tls = &b->tls;
}

static void mechanisms_fit_the_connection(void **state)
{
    struct auth_bench *b = *state;
    b->peer.tls = NULL;
    assert_str(auth_mechanisms(b->cx, b->auth, &b->peer), STR("SCRAM-SHA-256 SCRAM-SHA-1"));
    struct sasl *x = NULL;
    assert_int_equal(sasl_open(b->cx, b->auth, &b->peer, STR("PLAIN"), &x), E_UNSUPPORTED);
    assert_int_equal(sasl_open(b->cx, b->auth, &b->peer, STR("SCRAM-SHA-256-PLUS"), &x),
                     E_UNSUPPORTED);
    assert_int_equal(sasl_open(b->cx, b->auth, &b->peer, STR("CRAM-MD5"), &x), E_UNSUPPORTED);
    assert_int_equal(sasl_open(b->cx, b->auth, &b->peer, STR(""), &x), E_UNSUPPORTED);
    assert_null(x);
    use_tls(b, false, false);
    assert_str(auth_mechanisms(b->cx, b->auth, &b->peer),
               STR("SCRAM-SHA-256 SCRAM-SHA-1 PLAIN LOGIN"));
    use_tls(b, true, false);
    assert_str(auth_mechanisms(b->cx, b->auth, &b->peer),
               STR("SCRAM-SHA-256-PLUS SCRAM-SHA-256 SCRAM-SHA-1-PLUS SCRAM-SHA-1 PLAIN LOGIN"));
}

struct line {
    struct str response;
    enum code wanted;
    const char *challenge; /* with OK and not done */
};

/* Plays lines; with OK at the last the exchange must be done. */
static void play(struct auth_bench *b, const char *mechanism, const struct line *lines, size_t n,
                 account_id account)
{
    struct sasl *x AUTO(sasl_close) = NULL;
    assert_int_equal(sasl_open(b->cx, b->auth, &b->peer, str_z(mechanism), &x), OK);
    for (size_t i = 0; i < n; i++) {
        struct str challenge = STR("untouched");
        bool done = false;
        struct auth_result r = {0};
        enum code code = sasl_step(b->cx, x, lines[i].response, &challenge, &done, &r);
        assert_int_equal(code, lines[i].wanted);
        if (lines[i].challenge)
            assert_str(challenge, str_z(lines[i].challenge));
        assert_int_equal(done, code == OK && i + 1 == n && account);
        if (done)
            assert_int_equal(r.account, account);
        if (code == E_DENIED)
            assert_int_equal(r.delay_ms, BENCH_DELAY_MS);
    }
}

#define PLAY(b, mechanism, account, ...)                                                           \
    play(b, mechanism, (const struct line[]){__VA_ARGS__},                                         \
         sizeof((const struct line[]){__VA_ARGS__}) / sizeof(struct line), account)

static void plain_takes_its_three_parts(void **state)
{
    struct auth_bench *b = *state;
    b->cx->slow = true;
    PLAY(b, "plain", b->jane, {STR("\0" JANE "\0pencil"), OK, NULL});
    PLAY(b, "PLAIN", b->jane, {STR(""), OK, ""}, {STR("\0" JANE "\0pencil"), OK, NULL});
    PLAY(b, "PLAIN", b->jane, {STR("JANE@health.example\0" JANE "\0pencil"), OK, NULL});
    PLAY(b, "PLAIN", 0, {STR("\0" JANE "\0wrong"), E_DENIED, NULL}, {STR("x"), E_SYNTAX, NULL});
    PLAY(b, "PLAIN", 0, {STR("\0" JANE "\0"), E_DENIED, NULL});
    PLAY(b, "PLAIN", 0, {STR("\0\0pencil"), E_SYNTAX, NULL});
    PLAY(b, "PLAIN", 0, {STR("\0" JANE "\0pencil\0"), E_SYNTAX, NULL});
    PLAY(b, "PLAIN", 0, {STR(JANE "\0pencil"), E_SYNTAX, NULL});
    PLAY(b, "PLAIN", 0, {STR("pencil"), E_SYNTAX, NULL});
    PLAY(b, "PLAIN", 0, {STR(""), OK, ""}, {STR(""), E_SYNTAX, NULL});
    PLAY(b, "PLAIN", 0, {STR("joe@works.example\0" JANE "\0pencil"), E_DENIED, NULL});
    PLAY(b, "PLAIN", 0, {STR("nobody\0" JANE "\0pencil"), E_DENIED, NULL});
}

static void login_asks_twice(void **state)
{
    struct auth_bench *b = *state;
    b->cx->slow = true;
    PLAY(b, "LOGIN", b->jane, {STR(""), OK, "Username:"}, {STR(JANE), OK, "Password:"},
         {STR("pencil"), OK, NULL});
    PLAY(b, "LOGIN", b->jane, {STR(JANE), OK, "Password:"}, {STR("pencil"), OK, NULL});
    PLAY(b, "LOGIN", 0, {STR(JANE), OK, "Password:"}, {STR("x"), E_DENIED, NULL},
         {STR("pencil"), E_SYNTAX, NULL});
    PLAY(b, "LOGIN", 0, {STR(""), OK, "Username:"}, {STR(""), OK, "Password:"},
         {STR("x"), E_DENIED, NULL});
}

/* The same response comes again in the slow lane, and is remembered for the fast one. */
static void a_slow_password_is_asked_for_once(void **state)
{
    struct auth_bench *b = *state;
    struct sasl *x AUTO(sasl_close) = NULL;
    struct str challenge;
    struct auth_result r;
    bool done = false;
    b->cx->slow = false;
    assert_int_equal(sasl_open(b->cx, b->auth, &b->peer, STR("LOGIN"), &x), OK);
    assert_int_equal(sasl_step(b->cx, x, STR(JANE), &challenge, &done, &r), OK);
    assert_int_equal(sasl_step(b->cx, x, STR("pencil"), &challenge, &done, &r), E_BUSY);
    assert_int_equal(sasl_step(b->cx, x, STR("pencil"), &challenge, &done, &r), E_BUSY);
    b->cx->slow = true;
    assert_int_equal(sasl_step(b->cx, x, STR("pencil"), &challenge, &done, &r), OK);
    assert_true(done);
    b->cx->slow = false;
    PLAY(b, "PLAIN", b->jane, {STR("\0" JANE "\0pencil"), OK, NULL});
}

/* ---- SCRAM (RFC 5802), the client's side ---- */

struct client {
    const char *mechanism, *header, *login, *password;
    struct str binding;    /* what follows the header in c= */
    const char *header2;   /* the header in c=, when it is another */
    const char *nonce_end; /* appended to the nonce in the last message */
    bool flip;             /* a bit of the proof */
    enum code first, last; /* wanted of the two steps */
};

static struct str client_last(struct ctx *cx, const struct client *c, struct str bare,
                              struct str server_first, struct str *server_signature)
{
    struct scram_keys k = {0};
    struct cur s = cur_of(server_first);
    struct str nonce = {0}, salt64 = {0}, salt, n;
    uint32_t iterations = 0;
    assert_true(cur_text(&s, STR("r=")) && cur_until(&s, ',', &nonce));
    assert_true(str_starts(nonce, STR("fyko+d2lbbFgONRv9qkxdawL")) && nonce.n > 40);
    assert_true(cur_text(&s, STR("s=")) && cur_until(&s, ',', &salt64));
    assert_true(cur_text(&s, STR("i=")) && cur_u32(&s, &iterations) && cur_end(&s));
    assert_int_equal(iterations, SCRAM_ITERATIONS);
    assert_int_equal(base64_decode_strict(cx, salt64, &salt), OK);
    k.iterations = iterations;
    k.salt_n = salt.n;
    assert_int_equal(salt.n, 16);
    memcpy(k.salt, salt.p, salt.n);

    /* SaltedPassword by way of what kdf_scram makes of it would hide the client's key: by hand. */
    unsigned char u[32], salted[32], client_key[32], stored[32], signature[32], server_key[32];
    const struct str one[] = {salt, STR("\0\0\0\1")};
    kdf_hmac_sha256(str_z(c->password), str_join(cx->arena, one, 2), u);
    memcpy(salted, u, 32);
    for (uint32_t i = 1; i < iterations; i++) {
        kdf_hmac_sha256(str_z(c->password), str_of(u, 32), u);
        for (int j = 0; j < 32; j++)
            salted[j] ^= u[j];
    }
    const struct str in_c[] = {str_z(c->header2 ? c->header2 : c->header), c->binding};
    n = str_printf(cx->arena, "c=%s,r=%.*s%s",
                   str_zdup(cx->arena, base64_encode(cx->arena, str_join(cx->arena, in_c, 2))),
                   STR_ARG(nonce), c->nonce_end ? c->nonce_end : "");
    const struct str parts[] = {bare, STR(","), server_first, STR(","), n};
    struct str message = str_join(cx->arena, parts, 5);
    kdf_hmac_sha256(str_of(salted, 32), STR("Client Key"), client_key);
    kdf_sha256(str_of(client_key, 32), stored);
    kdf_hmac_sha256(str_of(stored, 32), message, signature);
    for (int j = 0; j < 32; j++)
        client_key[j] ^= signature[j];
    client_key[31] ^= c->flip;
    kdf_hmac_sha256(str_of(salted, 32), STR("Server Key"), server_key);
    kdf_hmac_sha256(str_of(server_key, 32), message, signature);
    *server_signature = base64_encode(cx->arena, str_of(signature, 32));
    return str_printf(cx->arena, "%.*s,p=%s", STR_ARG(n),
                      str_zdup(cx->arena, base64_encode(cx->arena, str_of(client_key, 32))));
}

static void play_scram(struct auth_bench *b, const struct client *c, account_id account)
{
    struct sasl *x AUTO(sasl_close) = NULL;
    struct str challenge = {0}, signature;
    struct auth_result r = {0};
    bool done = false;
    b->cx->slow = false;
    assert_int_equal(sasl_open(b->cx, b->auth, &b->peer, str_z(c->mechanism), &x), OK);
    struct str bare = str_printf(b->cx->arena, "n=%s,r=fyko+d2lbbFgONRv9qkxdawL", c->login);
    const struct str parts[] = {str_z(c->header), bare};
    assert_int_equal(sasl_step(b->cx, x, str_join(b->cx->arena, parts, 2), &challenge, &done, &r),
                     c->first);
    assert_false(done);
    if (c->first != OK)
        return;
    struct str last = client_last(b->cx, c, bare, challenge, &signature);
    assert_int_equal(sasl_step(b->cx, x, last, &challenge, &done, &r), c->last);
    assert_int_equal(done, c->last == OK);
    if (c->last == E_DENIED)
        assert_int_equal(r.delay_ms, BENCH_DELAY_MS);
    if (!done)
        return;
    assert_int_equal(r.account, account);
    assert_int_equal(r.who.id, b->jane);
    assert_str(challenge, str_printf(b->cx->arena, "v=%.*s", STR_ARG(signature)));
}

static const unsigned char exporter[32] = {
    [0 ... 31] = 0xE1,
};
static const unsigned char unique[12] = {
    [0 ... 11] = 0x11,
};

static void scram_proves_and_binds(void **state)
{
    struct auth_bench *b = *state;
    const struct str none = {0}, ex = str_of(exporter, 32), un = str_of(unique, 12);
    const struct str other = STR("another channel, another channel");
    const char *plus = "SCRAM-SHA-256-PLUS", *simple = "SCRAM-SHA-256";
    const struct client rows[] = {
        {simple, "n,,", JANE, "pencil", none, NULL, NULL, false, OK, OK},
        {plus, "p=tls-exporter,,", JANE, "pencil", ex, NULL, NULL, false, OK, OK},
        {plus, "p=tls-unique,,", JANE, "pencil", un, NULL, NULL, false, OK, OK},
        {simple, "n,a=" JANE ",", JANE, "pencil", none, NULL, NULL, false, OK, OK},
        /* Wrong password, proof, nonce, binding. */
        {simple, "n,,", JANE, "pencils", none, NULL, NULL, false, OK, E_DENIED},
        {simple, "n,,", JANE, "pencil", none, NULL, NULL, true, OK, E_DENIED},
        {simple, "n,,", JANE, "pencil", none, NULL, "x", false, OK, E_DENIED},
        {plus, "p=tls-exporter,,", JANE, "pencil", other, NULL, NULL, false, OK, E_DENIED},
        {plus, "p=tls-exporter,,", JANE, "pencil", none, NULL, NULL, false, OK, E_DENIED},
        {plus, "p=tls-exporter,,", JANE, "pencil", un, NULL, NULL, false, OK, E_DENIED},
        /* The header of the first message comes again, or somebody changed it. */
        {simple, "n,,", JANE, "pencil", none, "y,,", NULL, false, OK, E_DENIED},
        /* A server that has bindings, and a client that was told otherwise (RFC 5802 section 6). */
        {simple, "y,,", JANE, "pencil", none, NULL, NULL, false, E_DENIED, OK},
        {plus, "n,,", JANE, "pencil", none, NULL, NULL, false, E_DENIED, OK},
        {plus, "p=tls-server-end-point,,", JANE, "pencil", ex, NULL, NULL, false, E_DENIED, OK},
        {simple, "p=tls-exporter,,", JANE, "pencil", ex, NULL, NULL, false, OK, E_DENIED},
        {simple, "n,a=joe@works.example,", JANE, "pencil", none, NULL, NULL, false, OK, E_DENIED},
        {simple, "n,,", "nobody@health.example", "pencil", none, NULL, NULL, false, OK, E_DENIED},
        {simple, "n,,", "desk@health.example", "pencil", none, NULL, NULL, false, OK, E_DENIED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        use_tls(b, true, true);
        play_scram(b, &rows[i], b->jane);
        b->cx->now_ms += 2 * BENCH_WINDOW_S * 1000;
    }
    use_tls(b, false, false);
    const struct client truly_without = {simple, "y,,", JANE,  "pencil", none,
                                         NULL,   NULL,  false, OK,       OK};
    play_scram(b, &truly_without, b->jane);
    use_tls(b, true, false);
    const struct client no_unique = {plus,  "p=tls-unique,,", JANE, "pencil", un, NULL, NULL,
                                     false, E_DENIED,         OK};
    play_scram(b, &no_unique, b->jane);
}

/* Where -PLUS is not listed, a client does right to think that there is none; one that knows better
   may ask for it. */
static void bindings_need_not_be_listed(void **state)
{
    struct auth_bench *b = *state;
    const struct str none = {0}, ex = str_of(exporter, 32);
    const char *plus = "SCRAM-SHA-256-PLUS", *simple = "SCRAM-SHA-256";
    const struct auth_config quiet = {.account_failures = 100,
                                      .address_failures = 100,
                                      .window_s = BENCH_WINDOW_S,
                                      .delay_ms = BENCH_DELAY_MS};
    struct auth *offering = b->auth;
    const struct client rows[] = {
        {simple, "y,,", JANE, "pencil", none, NULL, NULL, false, OK, OK},
        {plus, "p=tls-exporter,,", JANE, "pencil", ex, NULL, NULL, false, OK, OK},
        {plus, "p=tls-exporter,,", JANE, "pencil", none, NULL, NULL, false, OK, E_DENIED},
        {plus, "n,,", JANE, "pencil", none, NULL, NULL, false, E_DENIED, OK},
    };
    b->auth = auth_open(b->f->core, &quiet);
    use_tls(b, true, false);
    assert_str(auth_mechanisms(b->cx, b->auth, &b->peer),
               STR("SCRAM-SHA-256 SCRAM-SHA-1 PLAIN LOGIN"));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        play_scram(b, &rows[i], b->jane);
    auth_close(b->auth);
    b->auth = offering;
}

static void scram_refuses_what_is_malformed(void **state)
{
    struct auth_bench *b = *state;
    static const struct str firsts[] = {
        {"n,,n=,r=abc", 11},
        {"n,,r=abc", 8},
        {"x,,n=a,r=b", 10},
        {"n,,n=a", 6},
        {"n", 1},
        {",", 1},
        {"n,,n=a\0b,r=c", 12},
        {"n,,m=x,n=a,r=c", 14},
        {"n,,n=a=zz,r=c", 13},
        {"\xff\xff\xff", 3},
    };
    for (size_t i = 0; i < sizeof firsts / sizeof *firsts; i++) {
        struct sasl *x AUTO(sasl_close) = NULL;
        struct str challenge = {0};
        struct auth_result r = {0};
        bool done = false;
        assert_int_equal(sasl_open(b->cx, b->auth, &b->peer, STR("SCRAM-SHA-256"), &x), OK);
        assert_int_not_equal(sasl_step(b->cx, x, firsts[i], &challenge, &done, &r), OK);
        assert_int_equal(sasl_step(b->cx, x, STR("n,,n=a,r=b"), &challenge, &done, &r), E_SYNTAX);
    }
}

static void wrong_proofs_lock_like_wrong_passwords(void **state)
{
    struct auth_bench *b = *state;
    struct client c = {"SCRAM-SHA-256", "n,,", JANE, "x", {0}, NULL, NULL, false, OK, E_DENIED};
    use_tls(b, false, false);
    for (int i = 0; i < BENCH_FAILURES; i++)
        play_scram(b, &c, 0);
    c.first = E_LIMIT;
    c.password = "pencil";
    play_scram(b, &c, 0);
}

static enum code one_factor(struct ctx *cx, struct txn *t, void *arg)
{
    const struct auth_bench *b = arg;
    return factor_adjust(cx, t, b->jane, (struct factor_change){.passkeys = 1});
}

/* Knowing the main password is not enough then, whatever the mechanism. */
static void a_second_factor_is_not_passed_by_scram(void **state)
{
    struct auth_bench *b = *state;
    struct client c = {"SCRAM-SHA-256", "n,,", JANE, "pencil", {0}, NULL, NULL, false, OK, OK};
    use_tls(b, false, false);
    play_scram(b, &c, b->jane);
    assert_int_equal(store_update(b->cx, b->f->store, SIGNIN_PART, one_factor, b), OK);
    c.last = E_DENIED;
    play_scram(b, &c, 0);
}

/* ---- The same with GNU SASL as the client ---- */

static int client_property(Gsasl *g, Gsasl_session *s, Gsasl_property asked)
{
    const struct auth_bench *b = gsasl_session_hook_get(s);
    struct str binding = {0};
    (void)g;
    if (asked == GSASL_AUTHID)
        return gsasl_property_set(s, asked, JANE);
    if (asked == GSASL_PASSWORD)
        return gsasl_property_set(s, asked, "pencil");
    if (asked == GSASL_CB_TLS_EXPORTER && b->tls.has_exporter)
        binding = base64_encode(b->cx->arena, str_of(exporter, 32));
    if (asked == GSASL_CB_TLS_UNIQUE && b->tls.unique_n)
        binding = base64_encode(b->cx->arena, str_of(unique, 12));
    return binding.n ? gsasl_property_set_raw(s, asked, binding.p, binding.n) : GSASL_NO_CALLBACK;
}

static void another_client_agrees(void **state)
{
    struct auth_bench *b = *state;
    static const struct row {
        const char *mechanism;
        bool exporter, unique;
    } rows[] = {
        {"SCRAM-SHA-256", false, false},
        {"SCRAM-SHA-256-PLUS", true, false},
        {"SCRAM-SHA-256-PLUS", true, true},
        {"SCRAM-SHA-256-PLUS", false, true},
        {"SCRAM-SHA-1", false, false},
        {"SCRAM-SHA-1-PLUS", true, false},
        {"PLAIN", false, false},
        {"LOGIN", false, false},
    };
    Gsasl *g;
    assert_int_equal(gsasl_init(&g), GSASL_OK);
    gsasl_callback_set(g, client_property);
    b->cx->slow = true;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        use_tls(b, rows[i].exporter, rows[i].unique);
        struct sasl *x AUTO(sasl_close) = NULL;
        struct auth_result r = {0};
        struct str challenge = {0};
        bool done = false;
        Gsasl_session *s;
        assert_int_equal(gsasl_client_start(g, rows[i].mechanism, &s), GSASL_OK);
        gsasl_session_hook_set(s, b);
        assert_int_equal(sasl_open(b->cx, b->auth, &b->peer, str_z(rows[i].mechanism), &x), OK);
        if (strcmp(rows[i].mechanism, "LOGIN") == 0)
            assert_int_equal(sasl_step(b->cx, x, challenge, &challenge, &done, &r), OK);
        for (int step = 0; step < 4 && !done; step++) {
            char *out = NULL;
            size_t n = 0;
            int rc = gsasl_step(s, str_zdup(b->cx->arena, challenge), challenge.n, &out, &n);
            assert_true(rc == GSASL_OK || rc == GSASL_NEEDS_MORE);
            struct str response = str_dup(b->cx->arena, str_of(out, n));
            gsasl_free(out);
            assert_int_equal(sasl_step(b->cx, x, response, &challenge, &done, &r), OK);
        }
        assert_true(done);
        assert_int_equal(r.account, b->jane);
        if (challenge.n) {
            /* The server's proof holds, too. */
            char *out = NULL;
            size_t n = 0;
            assert_int_equal(
                gsasl_step(s, str_zdup(b->cx->arena, challenge), challenge.n, &out, &n), GSASL_OK);
            gsasl_free(out);
        }
        gsasl_finish(s);
    }
    gsasl_done(g);
}

static enum code let_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct grant g = {GRANTEE_PRINCIPAL, *(const principal_id *)arg,
                            RIGHT_LOOKUP | RIGHT_READ};
    return rights_grant(cx, t, 0, &g);
}

static void acting_as_a_shared_mailbox_needs_rights(void **state)
{
    struct auth_bench *b = *state;
    struct client c = {
        "SCRAM-SHA-256", "n,a=desk@health.example,", JANE, "pencil", {0}, NULL, NULL, false, OK,
        E_DENIED};
    struct str plain = STR("desk@health.example\0" JANE "\0pencil");
    b->cx->slow = true;
    use_tls(b, false, false);
    PLAY(b, "PLAIN", 0, {plain, E_DENIED, NULL});
    play_scram(b, &c, 0);
    assert_int_equal(account_update(b->cx, b->f->core, b->desk, let_in, &b->jane), OK);
    c.last = OK;
    play_scram(b, &c, b->desk);
    b->cx->slow = true;
    PLAY(b, "PLAIN", b->desk, {plain, OK, NULL});
}

#define ON_BENCH(test) cmocka_unit_test_setup_teardown(test, auth_bench_open, auth_bench_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BENCH(mechanisms_fit_the_connection),
        ON_BENCH(plain_takes_its_three_parts),
        ON_BENCH(login_asks_twice),
        ON_BENCH(a_slow_password_is_asked_for_once),
        ON_BENCH(scram_proves_and_binds),
        ON_BENCH(bindings_need_not_be_listed),
        ON_BENCH(scram_refuses_what_is_malformed),
        ON_BENCH(a_second_factor_is_not_passed_by_scram),
        ON_BENCH(wrong_proofs_lock_like_wrong_passwords),
        ON_BENCH(another_client_agrees),
        ON_BENCH(acting_as_a_shared_mailbox_needs_rights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
