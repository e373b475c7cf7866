/* TLS: the handshake at once and by STARTTLS, names, reload, channel bindings. */
#include "echo.h"
#include "service/acme/crypto.h"
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* cmocka.h wants the headers above */
#include <cmocka.h>

struct files {
    char dir[64], cert[2][128], key[2][128];
};

static void write_pair(const char *cert_file, const char *key_file, const char *names, bool rsa)
{
    EVP_PKEY *key = rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
    X509 *x = X509_new();
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), -60);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_set_version(x, 2);
    X509_set_pubkey(x, key);
    X509_NAME *subject = X509_get_subject_name(x);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)names, -1, -1,
                               0);
    X509_set_issuer_name(x, subject);
    X509_EXTENSION *san = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, names);
    assert_non_null(san);
    X509_add_ext(x, san, -1);
    X509_EXTENSION_free(san);
    assert_true(X509_sign(x, key, EVP_sha256()) > 0);
    FILE *f = fopen(cert_file, "w");
    assert_true(f && PEM_write_X509(f, x) == 1 && fclose(f) == 0);
    f = fopen(key_file, "w");
    assert_true(f && PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) == 1 &&
                fclose(f) == 0);
    X509_free(x);
    EVP_PKEY_free(key);
}

static void make_files(struct files *f)
{
    snprintf(f->dir, sizeof f->dir, "%s", "/tmp/postroad-tls-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    static const char *const names[] = {"DNS:first.example",
                                        "DNS:second.example,DNS:*.wild.example"};
    for (size_t i = 0; i < 2; i++) {
        snprintf(f->cert[i], sizeof f->cert[i], "%s/%zu.cert", f->dir, i);
        snprintf(f->key[i], sizeof f->key[i], "%s/%zu.key", f->dir, i);
        write_pair(f->cert[i], f->key[i], names[i], false);
    }
}

static void remove_files(const struct files *f)
{
    for (size_t i = 0; i < 2; i++) {
        unlink(f->cert[i]);
        unlink(f->key[i]);
    }
    rmdir(f->dir);
}

static void start(struct echo_server *s, const struct files *f, const struct io_config *config,
                  bool at_once)
{
    struct tls_pair pairs[2] = {{f->cert[0], f->key[0]}, {f->cert[1], f->key[1]}};
    static const struct str alpn[] = {{"imap", 4}, {"echo", 4}};
    struct tls_settings settings = {.pairs = pairs, .pair_count = 2, .alpn = alpn, .alpn_count = 2};
    struct ctx cx = {0};
    assert_int_equal(tls_server_open(&cx, &settings, &s->tls), OK);
    echo_start(s, config, at_once);
}

static void stop(struct echo_server *s)
{
    echo_stop(s, 1000);
    tls_server_close(s->tls);
}

struct client {
    SSL_CTX *context;
    SSL *ssl;
    int fd;
};

/* name, max_version (0: any) and alpn ("\4imap") may be left out. */
static bool client_begin_with(struct client *c, int fd, const char *name, int max_version,
                              const char *alpn, const char *algorithms)
{
    c->fd = fd;
    c->context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_min_proto_version(c->context, TLS1_VERSION);
    SSL_CTX_set_security_level(c->context, 0);
    SSL_CTX_set_max_proto_version(c->context, max_version);
    if (algorithms) /* a macro that casts */
        assert_int_equal(SSL_CTX_set1_sigalgs_list(c->context, (char *)(uintptr_t)algorithms), 1);
    c->ssl = SSL_new(c->context);
    SSL_set_fd(c->ssl, fd);
    if (name)
        SSL_set_tlsext_host_name(c->ssl, (char *)(uintptr_t)name);
    if (alpn)
        SSL_set_alpn_protos(c->ssl, (const unsigned char *)alpn, (unsigned)strlen(alpn));
    return SSL_connect(c->ssl) == 1;
}

static bool client_begin(struct client *c, int fd, const char *name, int max_version,
                         const char *alpn)
{
    return client_begin_with(c, fd, name, max_version, alpn, NULL);
}

static void client_end(struct client *c)
{
    ERR_clear_error();
    SSL_free(c->ssl);
    SSL_CTX_free(c->context);
    close(c->fd);
}

static void tsay(struct client *c, const char *text)
{
    assert_int_equal(SSL_write(c->ssl, text, (int)strlen(text)), (int)strlen(text));
}

static void thear(struct client *c, const char *text)
{
    char got[4096];
    size_t n = 0, want = strlen(text);
    while (n < want) {
        int k = SSL_read(c->ssl, got + n, (int)(want - n));
        if (k <= 0)
            break;
        n += (size_t)k;
    }
    got[n] = 0;
    assert_string_equal(got, text);
}

static void served_by(struct client *c, const char *common_name)
{
    X509 *x = SSL_get1_peer_certificate(c->ssl);
    char name[256];
    X509_NAME_get_text_by_NID(X509_get_subject_name(x), NID_commonName, name, sizeof name);
    X509_free(x);
    assert_string_equal(name, common_name);
}

static const struct io_config small = {.reactors = 2, .workers = 4};

static void at_once(void **state)
{
    struct echo_server s = {0};
    start(&s, *state, &small, true);
    struct client c;
    assert_true(client_begin(&c, echo_connect(&s), "first.example", 0, NULL));
    thear(&c, "hello\n");
    tsay(&c, "one\n");
    thear(&c, "one\n");
    unsigned char binding[32];
    assert_int_equal(
        SSL_export_keying_material(c.ssl, binding, 32, "EXPORTER-Channel-Binding", 24, NULL, 0, 0),
        1);
    char want[100];
    snprintf(want, sizeof want, "TLSv1.3 first.example 1 0 %016llx\n",
             (unsigned long long)echo_hash(str_of(binding, 32)));
    tsay(&c, "facts\n");
    thear(&c, want);
    tsay(&c, "quit\n");
    thear(&c, "bye\n");
    char byte;
    assert_int_equal(SSL_read(c.ssl, &byte, 1), 0);
    assert_int_equal(SSL_get_error(c.ssl, 0), SSL_ERROR_ZERO_RETURN); /* it said so */
    client_end(&c);
    assert_int_equal(echo_metric(&s, "postroad_tls_handshakes_total", ""), 1);
    stop(&s);
}

static void tls_1_2_binds_to_its_finished_message(void **state)
{
    struct echo_server s = {0};
    start(&s, *state, &small, true);
    struct client c;
    assert_true(client_begin(&c, echo_connect(&s), NULL, TLS1_2_VERSION, NULL));
    thear(&c, "hello\n");
    tsay(&c, "facts\n");
    thear(&c, "TLSv1.2  1 12 ");
    client_end(&c);
    assert_false(client_begin(&c, echo_connect(&s), NULL, TLS1_1_VERSION, NULL));
    client_end(&c);
    stop(&s);
}

static void the_name_chooses_the_certificate(void **state)
{
    static const struct {
        const char *name, *served;
    } rows[] = {
        {NULL, "DNS:first.example"},
        {"first.example", "DNS:first.example"},
        {"SECOND.example", "DNS:second.example,DNS:*.wild.example"},
        {"mx.wild.example", "DNS:second.example,DNS:*.wild.example"},
        {"a.mx.wild.example", "DNS:first.example"}, /* a star is one label */
        {"wild.example", "DNS:first.example"},
        {"unknown.example", "DNS:first.example"},
    };
    struct echo_server s = {0};
    start(&s, *state, &small, true);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct client c;
        assert_true(client_begin(&c, echo_connect(&s), rows[i].name, 0, NULL));
        served_by(&c, rows[i].served);
        client_end(&c);
    }
    stop(&s);
}

/* A client that knows RSA alone is served beside those that know ECDSA. */
static void two_kinds_of_keys_serve_one_name(void **state)
{
    const struct files *f = *state;
    static const struct {
        const char *algorithms;
        int kind;
    } rows[] = {{"RSA-PSS+SHA256:RSA+SHA256", EVP_PKEY_RSA}, {"ECDSA+SHA256", EVP_PKEY_EC}};
    write_pair(f->cert[1], f->key[1], "DNS:first.example", true);
    struct echo_server s = {0};
    start(&s, f, &small, true);
    for (size_t i = 0; i < 2; i++) {
        struct client c;
        assert_true(
            client_begin_with(&c, echo_connect(&s), "first.example", 0, NULL, rows[i].algorithms));
        X509 *x = SSL_get1_peer_certificate(c.ssl);
        assert_int_equal(EVP_PKEY_get_base_id(X509_get0_pubkey(x)), rows[i].kind);
        X509_free(x);
        client_end(&c);
    }
    stop(&s);
    write_pair(f->cert[1], f->key[1], "DNS:second.example,DNS:*.wild.example", false);
}

static void the_protocol_is_agreed_on(void **state)
{
    struct echo_server s = {0};
    start(&s, *state, &small, true);
    struct client c;
    assert_true(client_begin(&c, echo_connect(&s), NULL, 0, "\4smtp\4echo"));
    const unsigned char *chosen;
    unsigned n;
    SSL_get0_alpn_selected(c.ssl, &chosen, &n);
    assert_int_equal(n, 4);
    assert_memory_equal(chosen, "echo", 4);
    client_end(&c);
    assert_false(client_begin(&c, echo_connect(&s), NULL, 0, "\4http"));
    client_end(&c);
    stop(&s);
}

static void starttls_forgets_what_came_in_clear(void **state)
{
    struct echo_server s = {0};
    start(&s, *state, &small, false);
    int fd = echo_connect(&s);
    hear(fd, "hello\n");
    say(fd, "before\ntls\ninjected\nmore injec"); /* in one packet */
    hear(fd, "before\ngo\n");
    struct client c;
    assert_true(client_begin(&c, fd, "second.example", 0, NULL));
    thear(&c, "secured TLSv1.3 second.example\n");
    tsay(&c, "ted\n");
    thear(&c, "ted\n");
    tsay(&c, "tls\nagain\n"); /* not twice */
    thear(&c, "go\nagain\n");
    client_end(&c);

    fd = echo_connect(&s); /* what is sent in clear later is no handshake */
    hear(fd, "hello\n");
    say(fd, "tls\n");
    hear(fd, "go\n");
    say(fd, "injected\n");
    char got[100];
    size_t n = hear_some(fd, got, sizeof got);
    assert_true(n == 0 || got[0] == 0x15); /* an alert at most */
    close(fd);
    echo_await(&s.env, &s.env.closed, 2);
    assert_int_equal(echo_metric(&s, "postroad_tls_failures_total", ""), 1);
    assert_int_equal(echo_metric(&s, "postroad_requests_total", ""), 6);
    stop(&s);
}

static void a_reload_is_for_newcomers(void **state)
{
    const struct files *f = *state;
    struct echo_server s = {0};
    start(&s, f, &small, true);
    struct client old, new;
    assert_true(client_begin(&old, echo_connect(&s), NULL, 0, NULL));
    served_by(&old, "DNS:first.example");
    struct ctx cx = {0};
    struct tls_pair other = {f->cert[1], f->key[1]}, mixed = {f->cert[1], f->key[0]},
                    absent = {"/nonexistent/cert", f->key[0]};
    assert_int_equal(
        tls_server_reload(&cx, s.tls, &(struct tls_settings){.pairs = &mixed, .pair_count = 1}),
        E_SYNTAX);
    assert_int_equal(
        tls_server_reload(&cx, s.tls, &(struct tls_settings){.pairs = &absent, .pair_count = 1}),
        E_SYNTAX);
    assert_non_null(strstr(cx.err.what, "/nonexistent/cert"));
    assert_true(client_begin(&new, echo_connect(&s), NULL, 0, NULL));
    served_by(&new, "DNS:first.example"); /* a failed reload changes nothing */
    client_end(&new);
    assert_int_equal(
        tls_server_reload(&cx, s.tls, &(struct tls_settings){.pairs = &other, .pair_count = 1}),
        OK);
    assert_true(client_begin(&new, echo_connect(&s), NULL, 0, NULL));
    served_by(&new, "DNS:second.example,DNS:*.wild.example");
    client_end(&new);
    thear(&old, "hello\n");
    tsay(&old, "still\n");
    thear(&old, "still\n");
    client_end(&old);
    stop(&s);
}

static void large_answers_and_requests(void **state)
{
    struct echo_server s = {0};
    start(&s, *state, &small, true);
    struct client c;
    assert_true(client_begin(&c, echo_connect(&s), NULL, 0, NULL));
    thear(&c, "hello\n");
    tsay(&c, "big 20000000\nparts 100\n");
    static char room[1 << 16];
    for (size_t left = 20000001 + (size_t)100 * ECHO_PART_BYTES; left;) {
        int n = SSL_read(c.ssl, room, (int)(left < sizeof room ? left : sizeof room));
        assert_true(n > 0);
        left -= (size_t)n;
    }
    enum { N = 3 << 20 };
    char *bytes = malloc(N), want[100];
    for (size_t i = 0; i < N; i++)
        bytes[i] = (char)(i * 2654435761u >> 11);
    snprintf(want, sizeof want, "+\nlit %d %016llx\n", N,
             (unsigned long long)echo_hash(str_of(bytes, N)));
    tsay(&c, "lit 3145728\n");
    thear(&c, "+\n");
    assert_int_equal(SSL_write(c.ssl, bytes, N), N);
    thear(&c, want + 2);
    free(bytes);
    client_end(&c);
    stop(&s);
}

static void wakes_and_pipelines_under_tls(void **state)
{
    struct echo_server s = {0};
    start(&s, *state, &small, true);
    struct client c;
    assert_true(client_begin(&c, echo_connect(&s), NULL, 0, NULL));
    thear(&c, "hello\n");
    echo_ring_all(&s.env);
    thear(&c, "wake\n");
    char all[100 * 8 + 1] = "";
    for (size_t i = 0; i < 100; i++)
        snprintf(all + i * 8, 9, "line%03zu\n", i);
    tsay(&c, all);
    char got[sizeof all];
    assert_int_equal(SSL_read(c.ssl, got, sizeof got), sizeof all - 1); /* one record */
    assert_memory_equal(got, all, sizeof all - 1);
    client_end(&c);
    stop(&s);
}

static void a_handshake_has_its_time(void **state)
{
    struct echo_server s = {0};
    struct io_config config = small;
    config.handshake_ms = 60;
    start(&s, *state, &config, true);
    int fd = echo_connect(&s), slow = echo_connect(&s);
    say_bytes(slow, "\x16\x03\x01", 3); /* a record's beginning */
    hear_end(fd);
    char byte;
    (void)recv(slow, &byte, 1, 0); /* end or reset */
    close(slow);
    assert_int_equal(s.env.opened, 0);
    assert_true(echo_metric(&s, "postroad_timeouts_total", "") >= 1);
    stop(&s);
}

static void noise_is_no_handshake(void **state)
{
    struct echo_server s = {0};
    start(&s, *state, &small, true);
    for (unsigned i = 0; i < 20; i++) {
        int fd = echo_connect(&s);
        char noise[200];
        for (size_t k = 0; k < sizeof noise; k++)
            noise[k] = (char)((k + 1) * 2654435761u >> (i % 20));
        say_bytes(fd, noise, sizeof noise);
        shutdown(fd, SHUT_WR);
        char got[100];
        while (recv(fd, got, sizeof got, 0) > 0)
            ;
        close(fd);
    }
    struct client c;
    assert_true(client_begin(&c, echo_connect(&s), NULL, 0, NULL));
    thear(&c, "hello\n");
    client_end(&c);
    assert_int_equal(s.env.opened, 1);
    stop(&s);
}

/* RFC 8737: who asks with that protocol alone sees the challenge's certificate and nothing more, in
   both versions; who asks for another one too is a client like all others. */
static void a_challenge_is_answered_and_over(void **state)
{
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    struct echo_server s = {0};
    struct arena *a AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = a};
    struct client c;
    char byte;
    start(&s, *state, &small, true);
    const struct str names[] = {STR("asked.example")};
    struct str pem = acme_self_signed(a, names, 1, NULL);
    assert_int_equal(tls_server_present(&cx, s.tls, STR("Asked.Example"), STR("no PEM")), E_SYNTAX);
    assert_int_equal(tls_server_present(&cx, s.tls, STR("Asked.Example"), pem), OK);
    for (size_t i = 0; i < 2; i++) {
        assert_true(
            client_begin(&c, echo_connect(&s), "asked.EXAMPLE", versions[i], "\012acme-tls/1"));
        served_by(&c, "postroad");
        assert_int_equal(SSL_read(c.ssl, &byte, 1), 0);
        client_end(&c);
        assert_false(
            client_begin(&c, echo_connect(&s), "first.example", versions[i], "\012acme-tls/1"));
        client_end(&c);
        assert_true(client_begin(&c, echo_connect(&s), "asked.example", versions[i],
                                 "\012acme-tls/1\4echo"));
        served_by(&c, "DNS:first.example");
        thear(&c, "hello\n");
        client_end(&c);
    }
    assert_int_equal(s.env.opened, 2);
    tls_server_withdraw(s.tls, STR("asked.example"));
    assert_false(client_begin(&c, echo_connect(&s), "asked.example", 0, "\012acme-tls/1"));
    client_end(&c);
    stop(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_challenge_is_answered_and_over),
        cmocka_unit_test(at_once),
        cmocka_unit_test(tls_1_2_binds_to_its_finished_message),
        cmocka_unit_test(the_name_chooses_the_certificate),
        cmocka_unit_test(two_kinds_of_keys_serve_one_name),
        cmocka_unit_test(the_protocol_is_agreed_on),
        cmocka_unit_test(starttls_forgets_what_came_in_clear),
        cmocka_unit_test(a_reload_is_for_newcomers),
        cmocka_unit_test(large_answers_and_requests),
        cmocka_unit_test(wakes_and_pipelines_under_tls),
        cmocka_unit_test(a_handshake_has_its_time),
        cmocka_unit_test(noise_is_no_handshake),
    };
    struct files f;
    make_files(&f);
    struct CMUnitTest with_files[sizeof tests / sizeof *tests];
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
        with_files[i] = tests[i];
        with_files[i].initial_state = &f;
    }
    int failed = cmocka_run_group_tests(with_files, NULL, NULL);
    remove_files(&f);
    return failed;
}
