/* Connections that we begin: which address wins, what is told when none does, and TLS. */
#include "io/out/dial.h"
#include "base/cur.h"
#include "echo.h"
#include "unit.h"
#include <arpa/inet.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* What one call was for, and what came of it. */
struct call {
    struct echo_env *told;    /* its lock and its bell */
    const char *const *lines; /* to say, one after each line heard; then "quit". "tls" secures */
    bool asks_tls;
    unsigned ends;
    char heard[2000], ended[200], failed[200];
    bool ended_in_tls, resumed;
    enum tls_trust trust;
    char trust_why[200];
    const struct peer *peer;
};

static void call_open(struct ctx *cx, void *session, void *env, const struct peer *peer,
                      struct reply *r)
{
    (void)cx, (void)r;
    *(struct call **)session = env;
    ((struct call *)env)->peer = peer;
}

static struct framing call_frame(void *session, struct str in, size_t seen)
{
    (void)session, (void)seen;
    size_t end = str_chr(in, '\n');
    return end == SIZE_MAX ? (struct framing){.what = FRAME_MORE}
                           : (struct framing){.what = FRAME_REQUEST, .n = end + 1};
}

static void say_next(struct call *c, struct reply *r)
{
    const char *line = *c->lines ? *c->lines++ : "quit";
    rope_printf(&r->out, "%s\n", line);
    c->asks_tls = strcmp(line, "tls") == 0;
}

static void call_run(struct ctx *cx, void *session, struct str request, struct reply *r)
{
    (void)cx;
    struct call *c = *(struct call **)session;
    size_t n = strlen(c->heard);
    snprintf(c->heard + n, sizeof c->heard - n, "%.*s", STR_ARG(request));
    if (str_eq(request, STR("bye\n")))
        r->close = true;
    else if (c->asks_tls)
        r->start_tls = true;
    else
        say_next(c, r);
    if (r->start_tls)
        c->asks_tls = false;
}

static void call_tls(struct ctx *cx, void *session, struct reply *r)
{
    (void)cx, (void)r;
    struct call *c = *(struct call **)session;
    const struct tls_facts *f = c->peer->tls;
    c->trust = f->trust;
    c->resumed = f->resumed;
    snprintf(c->trust_why, sizeof c->trust_why, "%.*s", STR_ARG(f->trust_why));
}

static void call_nothing(struct ctx *cx, void *session, struct reply *r)
{
    (void)cx, (void)session, (void)r;
}

static uint32_t call_timeout_ms(const void *session)
{
    (void)session;
    return 10000;
}

static void done(struct call *c)
{
    pthread_mutex_lock(&c->told->lock);
    c->ends++;
    pthread_cond_broadcast(&c->told->changed);
    pthread_mutex_unlock(&c->told->lock);
}

static void call_close(void *session)
{
    struct call *c = *(struct call **)session;
    snprintf(c->ended, sizeof c->ended, "%.*s", STR_ARG(c->peer->ended));
    c->ended_in_tls = c->peer->ended_in_tls;
    done(c);
}

static void call_failed(struct ctx *cx, void *env, struct str why)
{
    (void)cx;
    struct call *c = env;
    snprintf(c->failed, sizeof c->failed, "%.*s", STR_ARG(why));
    done(c);
}

static const struct engine call_engine = {
    .name = "call",
    .session_bytes = sizeof(struct call *),
    .request_max = 1000,
    .open = call_open,
    .frame = call_frame,
    .run = call_run,
    .tls = call_tls,
    .too_long = call_nothing,
    .timeout = call_nothing,
    .shutdown = call_nothing,
    .timeout_ms = call_timeout_ms,
    .close = call_close,
};

static struct io_calls calls_of(struct tls_client *tls)
{
    return (struct io_calls){.engine = &call_engine,
                             .tls = tls,
                             .role = STR("call"),
                             .connect_ms = 100,
                             .stagger_ms = 10};
}

/* A port that nobody listens on, as long as the socket lives; full: one that never answers. */
static uint16_t dead_port(int *fd, bool full, int *filler)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t n = sizeof a;
    *fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(*fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(getsockname(*fd, (struct sockaddr *)&a, &n), 0);
    if (full) {
        assert_int_equal(listen(*fd, 0), 0);
        *filler = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(connect(*filler, (struct sockaddr *)&a, sizeof a), 0);
    }
    return ntohs(a.sin_port);
}

static void call(struct echo_server *s, struct call *c, struct io_dial d)
{
    static const char *const nothing[] = {NULL};
    c->told = &s->env;
    c->lines = c->lines ? c->lines : nothing;
    d.env = c;
    d.failed = call_failed;
    io_dial(s->caller, &d);
    echo_await(&s->env, &c->ends, 1);
}

static void the_next_address_is_tried_at_once(void **state)
{
    (void)state;
    static const char *const lines[] = {"abc", NULL};
    struct io_calls calls = calls_of(NULL);
    struct echo_server s = {.calls = &calls};
    int closed;
    echo_start(&s, &(struct io_config){0}, false);
    struct io_target targets[] = {{STR("127.0.0.1"), dead_port(&closed, false, NULL)},
                                  {STR("nonsense"), 1},
                                  {STR("127.0.0.1"), s.port}};
    struct call c = {.lines = lines};
    call(&s, &c, (struct io_dial){.targets = targets, .count = 3});
    assert_string_equal(c.heard, "hello\nabc\nbye\n");
    assert_string_equal(c.ended, "");
    assert_string_equal(c.failed, "");
    close(closed);
    echo_stop(&s, 1000);
}

static void a_silent_address_delays_little(void **state)
{
    (void)state;
    struct io_calls calls = calls_of(NULL);
    struct echo_server s = {.calls = &calls};
    int full, filler;
    calls.connect_ms = 60000;
    echo_start(&s, &(struct io_config){0}, false);
    struct io_target targets[] = {{STR("127.0.0.1"), dead_port(&full, true, &filler)},
                                  {STR("127.0.0.1"), s.port}};
    struct call c = {0};
    call(&s, &c, (struct io_dial){.targets = targets, .count = 2});
    assert_string_equal(c.heard, "hello\nbye\n");
    close(full);
    close(filler);
    echo_stop(&s, 1000);
}

static void failure_is_told(void **state)
{
    (void)state;
    struct io_calls calls = calls_of(NULL);
    struct echo_server s = {.calls = &calls};
    int closed, full, filler;
    char wanted[100];
    echo_start(&s, &(struct io_config){0}, false);
    uint16_t port = dead_port(&closed, false, NULL);
    struct io_target target = {STR("127.0.0.1"), port};
    struct call refused = {0}, silent = {0}, nowhere = {0};
    call(&s, &refused, (struct io_dial){.targets = &target, .count = 1});
    snprintf(wanted, sizeof wanted, "127.0.0.1 port %u: Connection refused", port);
    assert_string_equal(refused.failed, wanted);
    target.port = dead_port(&full, true, &filler);
    call(&s, &silent, (struct io_dial){.targets = &target, .count = 1});
    snprintf(wanted, sizeof wanted, "127.0.0.1 port %u: no answer", target.port);
    assert_string_equal(silent.failed, wanted);
    call(&s, &nowhere, (struct io_dial){.targets = NULL, .count = 0});
    assert_string_equal(nowhere.failed, "no address to go to");
    assert_string_equal(nowhere.heard, "");
    close(closed);
    close(full);
    close(filler);
    echo_stop(&s, 1000);
}

/* Who waits long does not make others wait as long. */
static void each_caller_has_its_own_patience(void **state)
{
    (void)state;
    struct io_calls calls = calls_of(NULL), patient_calls = calls_of(NULL);
    struct echo_server s = {.calls = &calls, .patient_calls = &patient_calls};
    int full, filler;
    patient_calls.connect_ms = 60000;
    echo_start(&s, &(struct io_config){0}, false);
    struct io_target target = {STR("127.0.0.1"), dead_port(&full, true, &filler)};
    struct call patient = {.told = &s.env}, hurried = {0};
    io_dial(s.patient, &(struct io_dial){
                           .targets = &target, .count = 1, .env = &patient, .failed = call_failed});
    call(&s, &hurried, (struct io_dial){.targets = &target, .count = 1});
    assert_int_equal(hurried.ends, 1);
    assert_int_equal(patient.ends, 0);
    io_stop(s.io, 100);
    assert_int_equal(patient.ends, 1);
    close(full);
    close(filler);
    echo_stop(&s, 100);
}

static void our_own_address_is_bound(void **state)
{
    (void)state;
    struct io_calls calls = calls_of(NULL);
    struct echo_server s = {.calls = &calls};
    echo_start(&s, &(struct io_config){0}, false);
    struct io_target target = {STR("127.0.0.1"), s.port};
    struct call good = {0}, bad = {0};
    call(&s, &good, (struct io_dial){.targets = &target, .count = 1, .bind_v4 = STR("127.0.0.9")});
    assert_string_equal(good.heard, "hello\nbye\n");
    call(&s, &bad, (struct io_dial){.targets = &target, .count = 1, .bind_v4 = STR("192.0.2.1")});
    assert_non_null(strstr(bad.failed, "Cannot assign requested address"));
    echo_stop(&s, 1000);
}

/* The last that is tried is number DIAL_TARGETS_MAX. */
static void so_many_addresses_are_tried(void **state)
{
    (void)state;
    struct io_calls calls = calls_of(NULL);
    struct echo_server s = {.calls = &calls};
    struct io_target targets[DIAL_TARGETS_MAX + 1];
    int closed;
    echo_start(&s, &(struct io_config){0}, false);
    uint16_t port = dead_port(&closed, false, NULL);
    for (size_t i = 0; i < DIAL_TARGETS_MAX; i++)
        targets[i] = (struct io_target){STR("127.0.0.1"), port};
    targets[DIAL_TARGETS_MAX] = (struct io_target){STR("127.0.0.1"), s.port};
    struct call last = {0}, beyond = {0};
    call(&s, &last, (struct io_dial){.targets = targets + 1, .count = DIAL_TARGETS_MAX});
    assert_string_equal(last.heard, "hello\nbye\n");
    call(&s, &beyond, (struct io_dial){.targets = targets, .count = DIAL_TARGETS_MAX + 1});
    assert_string_equal(beyond.heard, "");
    assert_true(strlen(beyond.failed) > 0);
    close(closed);
    echo_stop(&s, 1000);
}

static void the_end_of_the_server_ends_calls(void **state)
{
    (void)state;
    struct io_calls calls = calls_of(NULL);
    struct echo_server s = {.calls = &calls};
    int full, filler;
    calls.connect_ms = 60000;
    echo_start(&s, &(struct io_config){0}, false);
    struct io_target target = {STR("127.0.0.1"), dead_port(&full, true, &filler)};
    struct call c = {.told = &s.env};
    const struct io_dial d = {.targets = &target, .count = 1, .env = &c, .failed = call_failed};
    io_dial(s.caller, &d);
    io_stop(s.io, 100);
    assert_int_equal(c.ends, 1);
    assert_string_equal(c.failed, "the server stops");
    close(full);
    close(filler);
    echo_stop(&s, 100);
}

/* TLS. */

struct files {
    char dir[64], cert[100], key[100];
    char spki[32]; /* SHA-256 of its public key */
};

static void make_files(struct files *f)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x = X509_new();
    snprintf(f->dir, sizeof f->dir, "%s", "/tmp/postroad-dial-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    snprintf(f->cert, sizeof f->cert, "%s/cert", f->dir);
    snprintf(f->key, sizeof f->key, "%s/key", f->dir);
    X509_set_version(x, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
    X509_gmtime_adj(X509_getm_notBefore(x), -60);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_set_pubkey(x, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
                               (const unsigned char *)"mx", -1, -1, 0);
    X509_set_issuer_name(x, X509_get_subject_name(x));
    X509_EXTENSION *san =
        X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "DNS:mx.example.org");
    X509_add_ext(x, san, -1);
    X509_EXTENSION_free(san);
    assert_true(X509_sign(x, key, EVP_sha256()) > 0);
    unsigned char *der = NULL;
    int n = i2d_PUBKEY(key, &der);
    unsigned digest_n;
    assert_int_equal(
        EVP_Digest(der, (size_t)n, (unsigned char *)f->spki, &digest_n, EVP_sha256(), NULL), 1);
    OPENSSL_free(der);
    FILE *out = fopen(f->cert, "w");
    assert_true(out && PEM_write_X509(out, x) == 1 && fclose(out) == 0);
    out = fopen(f->key, "w");
    assert_true(out && PEM_write_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL) == 1 &&
                fclose(out) == 0);
    X509_free(x);
    EVP_PKEY_free(key);
}

struct secure {
    struct files files;
    struct ctx cx;
    struct tls_client *client;
    struct io_calls calls;
    struct echo_server s;
    struct io_target target;
    uint32_t handshake_ms;
};

static void secure_start(struct secure *w, bool own_ca, bool at_once)
{
    make_files(&w->files);
    w->cx.arena = arena_open();
    struct tls_pair pair = {w->files.cert, w->files.key};
    struct tls_settings settings = {.pairs = &pair, .pair_count = 1};
    struct tls_client_settings client = {.ca_file = own_ca ? w->files.cert : NULL};
    assert_int_equal(tls_server_open(&w->cx, &settings, &w->s.tls), OK);
    assert_int_equal(tls_client_open(&w->cx, &client, &w->client), OK);
    w->calls = calls_of(w->client);
    w->calls.handshake_ms = w->handshake_ms;
    w->s.calls = &w->calls;
    echo_start(&w->s, &(struct io_config){0}, at_once);
    w->target = (struct io_target){STR("127.0.0.1"), w->s.port};
}

static void secure_stop(struct secure *w)
{
    echo_stop(&w->s, 1000);
    tls_client_close(w->client);
    tls_server_close(w->s.tls);
    unlink(w->files.cert);
    unlink(w->files.key);
    rmdir(w->files.dir);
    arena_close(w->cx.arena);
}

static struct call secured(struct secure *w, struct tls_ask ask)
{
    static const char *const lines[] = {"tls", "abc", NULL};
    struct call c = {.lines = lines};
    call(&w->s, &c, (struct io_dial){.targets = &w->target, .count = 1, .tls = ask});
    return c;
}

static void a_certificate_of_somebody_known(void **state)
{
    (void)state;
    struct secure w = {0};
    secure_start(&w, true, false);
    struct call c = secured(&w, (struct tls_ask){.server_name = STR("mx.example.org")});
    assert_string_equal(c.heard, "hello\ngo\nsecured TLSv1.3 mx.example.org\nabc\nbye\n");
    assert_int_equal(c.trust, TLS_TRUST_NAME);
    assert_false(c.resumed);
    c = secured(&w, (struct tls_ask){.server_name = STR("mx.example.org")});
    assert_int_equal(c.trust, TLS_TRUST_NAME);
    assert_true(c.resumed);
    c = secured(&w, (struct tls_ask){.server_name = STR("other.example.org")});
    assert_int_equal(c.trust, TLS_TRUST_NONE);
    assert_false(c.resumed);
    assert_string_equal(c.trust_why, "hostname mismatch");
    assert_string_equal(c.ended, "");
    c = secured(&w, (struct tls_ask){.server_name = STR("other.example.org"),
                                     .other_name = STR("mx.example.org")});
    assert_int_equal(c.trust, TLS_TRUST_NAME);
    secure_stop(&w);
}

static void a_certificate_of_nobody_known(void **state)
{
    (void)state;
    struct secure w = {0};
    secure_start(&w, false, false);
    struct call c = secured(&w, (struct tls_ask){.server_name = STR("mx.example.org")});
    assert_int_equal(c.trust, TLS_TRUST_NONE);
    assert_true(strlen(c.trust_why) > 0);
    assert_non_null(strstr(c.heard, "abc\nbye\n")); /* the engine is to decide */
    secure_stop(&w);
}

static void dane_names_the_key(void **state)
{
    (void)state;
    struct secure w = {0};
    secure_start(&w, false, false);
    struct dns_tlsa good = {3, 1, 1, str_of(w.files.spki, 32)}, bad = good, odd = good;
    struct tls_ask ask = {.server_name = STR("another.name"), .tlsa = &good, .tlsa_count = 1};
    bad.data = STR("0123456789abcdef0123456789abcdef");
    odd.matching = 99;
    struct call c = secured(&w, ask);
    assert_int_equal(c.trust, TLS_TRUST_DANE); /* whatever its name: RFC 7672 section 3.1.1 */
    c = secured(&w, ask);
    assert_true(c.resumed);
    assert_int_equal(c.trust, TLS_TRUST_DANE);
    ask.tlsa = &bad;
    c = secured(&w, ask);
    assert_false(c.resumed);
    assert_int_equal(c.trust, TLS_TRUST_NONE);
    struct dns_tlsa both[] = {bad, good};
    ask = (struct tls_ask){.server_name = STR("x.y"), .tlsa = both, .tlsa_count = 2};
    assert_int_equal(secured(&w, ask).trust, TLS_TRUST_DANE);
    ask = (struct tls_ask){.server_name = STR("mx.example.org"), .tlsa = &odd, .tlsa_count = 1};
    assert_int_equal(secured(&w, ask).trust, TLS_TRUST_NONE);
    secure_stop(&w);
}

/* The last record that is looked at is number TLS_RECORDS_MAX. */
static void so_many_records_are_looked_at(void **state)
{
    (void)state;
    struct secure w = {0};
    secure_start(&w, false, false);
    struct dns_tlsa all[TLS_RECORDS_MAX + 1];
    for (size_t i = 0; i < TLS_RECORDS_MAX; i++)
        all[i] = (struct dns_tlsa){3, 1, 1, STR("0123456789abcdef0123456789abcdef")};
    all[TLS_RECORDS_MAX] = (struct dns_tlsa){3, 1, 1, str_of(w.files.spki, 32)};
    struct tls_ask ask = {
        .server_name = STR("x.y"), .tlsa = all + 1, .tlsa_count = TLS_RECORDS_MAX};
    assert_int_equal(secured(&w, ask).trust, TLS_TRUST_DANE);
    ask =
        (struct tls_ask){.server_name = STR("x.y"), .tlsa = all, .tlsa_count = TLS_RECORDS_MAX + 1};
    assert_int_equal(secured(&w, ask).trust, TLS_TRUST_NONE);
    secure_stop(&w);
}

/* A server that says nothing once the handshake has begun. */
static void a_handshake_has_its_time(void **state)
{
    (void)state;
    static const char *const lines[] = {"tls", NULL};
    struct secure w = {.handshake_ms = 200};
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t n = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char byte;
    secure_start(&w, true, false);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &n), 0);
    struct io_target target = {STR("127.0.0.1"), ntohs(at.sin_port)};
    struct call c = {.told = &w.s.env, .lines = lines};
    io_dial(w.s.caller, &(struct io_dial){.targets = &target,
                                          .count = 1,
                                          .tls = {.server_name = STR("mx.example.org")},
                                          .env = &c,
                                          .failed = call_failed});
    int peer = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
    assert_true(peer >= 0);
    assert_int_equal(write(peer, "hello\n", 6), 6);
    do
        assert_int_equal(read(peer, &byte, 1), 1);
    while (byte != '\n');
    assert_int_equal(write(peer, "go\n", 3), 3);
    echo_await(&w.s.env, &c.ends, 1);
    assert_true(c.ended_in_tls);
    assert_true(strlen(c.ended) > 0);
    close(peer);
    close(fd);
    secure_stop(&w);
}

static void tls_at_once(void **state)
{
    (void)state;
    struct secure w = {0};
    secure_start(&w, true, true);
    struct call c = {0};
    struct io_dial d = {.targets = &w.target,
                        .count = 1,
                        .tls = {.server_name = STR("mx.example.org")},
                        .tls_at_once = true};
    call(&w.s, &c, d);
    assert_string_equal(c.heard, "hello\nbye\n");
    secure_stop(&w);
}

static void a_handshake_that_fails(void **state)
{
    (void)state;
    struct secure w = {0};
    secure_start(&w, true, false);
    struct call c = {0};
    struct io_dial d = {.targets = &w.target, .count = 1, .tls_at_once = true};
    call(&w.s, &c, d); /* it speaks in clear */
    assert_string_equal(c.heard, "");
    assert_string_equal(c.failed, "wrong version number");
    secure_stop(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_next_address_is_tried_at_once),
        cmocka_unit_test(a_silent_address_delays_little),
        cmocka_unit_test(failure_is_told),
        cmocka_unit_test(each_caller_has_its_own_patience),
        cmocka_unit_test(our_own_address_is_bound),
        cmocka_unit_test(so_many_addresses_are_tried),
        cmocka_unit_test(the_end_of_the_server_ends_calls),
        cmocka_unit_test(a_certificate_of_somebody_known),
        cmocka_unit_test(a_certificate_of_nobody_known),
        cmocka_unit_test(dane_names_the_key),
        cmocka_unit_test(so_many_records_are_looked_at),
        cmocka_unit_test(a_handshake_has_its_time),
        cmocka_unit_test(tls_at_once),
        cmocka_unit_test(a_handshake_that_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
