#include "io/tls.h"
#include "base/arena.h"
#include "base/banned.h"
#include "base/map.h"
#include "io/tls_inner.h"
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdatomic.h>

/* AES-128 first: no known attack tells it from AES-256, and it takes a fifth less time. A client
   that prefers ChaCha20 (no AES in its processor) gets that. TLS 1.2: forward secrecy and AEAD
   alone. */
#define CIPHERS_13 "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
#define CIPHERS_12                                                                                 \
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"     \
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
#define EXPORTER_LABEL "EXPORTER-Channel-Binding" /* RFC 9266 */

enum { ALPN_BYTES = 256 };

/* What one load of the settings made. Immutable; lives as long as a handshake looks at it. */
struct certs {
    atomic_int refs;
    SSL_CTX *contexts[TLS_PAIRS_MAX];
    size_t count;
    struct map *names; /* lower case, also "*.a.example", to SSL_CTX */
    unsigned char alpn[ALPN_BYTES];
    unsigned alpn_n;
};

struct tls_server {
    pthread_mutex_t lock;
    struct certs *now;
    BIO_METHOD *wire;
    struct tls_challenges *challenges;
};

static void certs_unref(struct certs *c)
{
    if (!c || atomic_fetch_sub(&c->refs, 1) != 1)
        return;
    for (size_t i = 0; i < c->count; i++)
        SSL_CTX_free(c->contexts[i]);
    map_close(c->names);
    free(c);
}
AUTO_OF(struct certs *, certs_unref)

static enum code failed(struct ctx *cx, enum code code, const char *what, const char *file)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    fail(cx, code, "%s %s: %s", what, file, reason ? reason : "unusable");
    ERR_clear_error();
    return code;
}

/* A certificate's key is its own, also when the name was asked for: the server name picks the
 * context. */
static SSL_CTX *context_for(const struct certs *c, struct str name)
{
    char low[256];
    if (name.n == 0 || name.n >= sizeof low)
        return NULL;
    for (size_t i = 0; i < name.n; i++)
        low[i] = ascii_lower(name.p[i]);
    struct str exact = str_of(low, name.n);
    SSL_CTX *found = map_get(c->names, exact);
    size_t dot = str_chr(exact, '.');
    if (found || dot == SIZE_MAX || dot == 0)
        return found;
    low[dot - 1] = '*'; /* "mx.a.example" is served by "*.a.example" */
    return map_get(c->names, str_from(exact, dot - 1));
}

static int on_server_name(SSL *ssl, int *alert, void *arg)
{
    (void)alert;
    (void)arg;
    struct tls *t = SSL_get_app_data(ssl);
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    if (t->challenge)
        return SSL_TLSEXT_ERR_OK; /* it has its certificate */
    SSL_CTX *context = name && t->certs ? context_for(t->certs, str_z(name)) : NULL;
    if (context)
        SSL_set_SSL_CTX(ssl, context);
    return SSL_TLSEXT_ERR_OK; /* an unknown name gets the first certificate */
}

static int on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_n,
                   const unsigned char *in, unsigned in_n, void *arg)
{
    (void)arg;
    struct tls *t = SSL_get_app_data(ssl);
    unsigned char *chosen;
    if (!t->certs || SSL_select_next_proto(&chosen, out_n, t->certs->alpn, t->certs->alpn_n, in,
                                           in_n) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL; /* RFC 7301 section 3.2 */
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

static bool context_settings(SSL_CTX *x)
{
    SSL_CTX_set_options(x, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                               SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
                               SSL_OP_IGNORE_UNEXPECTED_EOF);
    /* Buffers are given back when empty: that is what an idle connection is made of. */
    SSL_CTX_set_mode(x, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                            SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_session_cache_mode(x, SSL_SESS_CACHE_OFF); /* tickets hold all, we hold nothing */
    SSL_CTX_set_num_tickets(x, 1);
    return SSL_CTX_set_min_proto_version(x, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_ciphersuites(x, CIPHERS_13) == 1 &&
           SSL_CTX_set_cipher_list(x, CIPHERS_12) == 1;
}

static enum code load_pair(struct ctx *cx, SSL_CTX *x, const struct tls_pair *pair)
{
    ERR_clear_error();
    if (SSL_CTX_use_certificate_chain_file(x, pair->cert_file) != 1)
        return failed(cx, E_SYNTAX, "certificate", pair->cert_file);
    if (SSL_CTX_use_PrivateKey_file(x, pair->key_file, SSL_FILETYPE_PEM) != 1)
        return failed(cx, E_SYNTAX, "key", pair->key_file);
    if (SSL_CTX_check_private_key(x) != 1)
        return failed(cx, E_SYNTAX, "key does not fit its certificate:", pair->key_file);
    return OK;
}

/* A client need not have a certificate, but one that it shows must be good. No tickets: who was
   taken out of the file is out at the next connection. */
static enum code load_client_ca(struct ctx *cx, SSL_CTX *x, const char *file)
{
    static const unsigned char context[] = "client";
    if (!file)
        return OK;
    ERR_clear_error();
    STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(file);
    if (!names || SSL_CTX_load_verify_file(x, file) != 1) {
        sk_X509_NAME_pop_free(names, X509_NAME_free);
        return failed(cx, E_SYNTAX, "certificates for clients", file);
    }
    SSL_CTX_set_client_CA_list(x, names); /* takes it */
    SSL_CTX_set_verify(x, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_options(x, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(x, 0);
    must(SSL_CTX_set_session_id_context(x, context, sizeof context - 1) == 1);
    return OK;
}

/* The first certificate with a name keeps it. */
static void add_name(struct certs *c, SSL_CTX *x, struct str name)
{
    char low[256];
    if (name.n == 0 || name.n >= sizeof low)
        return;
    for (size_t i = 0; i < name.n; i++)
        low[i] = ascii_lower(name.p[i]);
    struct str key = str_of(low, name.n);
    if (!map_get(c->names, key))
        map_put(c->names, key, x);
}

static struct str dns_name(const GENERAL_NAMES *names, int i)
{
    const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
    if (name->type != GEN_DNS)
        return (struct str){0};
    return str_of(ASN1_STRING_get0_data(name->d.dNSName),
                  (size_t)ASN1_STRING_length(name->d.dNSName));
}

static GENERAL_NAMES *names_of(SSL_CTX *x)
{
    return X509_get_ext_d2i(SSL_CTX_get0_certificate(x), NID_subject_alt_name, NULL, NULL);
}

static void add_names(struct certs *c, SSL_CTX *x)
{
    GENERAL_NAMES *names = names_of(x);
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++)
        add_name(c, x, dns_name(names, i));
    GENERAL_NAMES_free(names);
}

static bool has_all(const GENERAL_NAMES *names, const GENERAL_NAMES *wanted)
{
    for (int i = 0; i < sk_GENERAL_NAME_num(wanted); i++) {
        bool found = false;
        for (int k = 0; k < sk_GENERAL_NAME_num(names) && !found; k++)
            found = str_ieq(dns_name(names, k), dns_name(wanted, i));
        if (!found)
            return false;
    }
    return true;
}

static bool same_names(SSL_CTX *x, SSL_CTX *y)
{
    GENERAL_NAMES *a = names_of(x), *b = names_of(y);
    bool same = sk_GENERAL_NAME_num(a) > 0 && has_all(a, b) && has_all(b, a);
    GENERAL_NAMES_free(a);
    GENERAL_NAMES_free(b);
    return same;
}

/* A context for the same names with a key of another kind can hold both: the client's signature
   algorithms choose. */
static SSL_CTX *twin_of(const struct certs *c, SSL_CTX *x)
{
    int kind = EVP_PKEY_get_base_id(SSL_CTX_get0_privatekey(x));
    for (size_t i = 0; i < c->count; i++)
        if (EVP_PKEY_get_base_id(SSL_CTX_get0_privatekey(c->contexts[i])) != kind &&
            same_names(x, c->contexts[i]))
            return c->contexts[i];
    return NULL;
}

static enum code load_alpn(struct ctx *cx, struct certs *c, const struct tls_settings *s)
{
    if (s->alpn_count > TLS_ALPN_MAX)
        return fail(cx, E_LIMIT, "alpn: more than %d protocols", TLS_ALPN_MAX);
    for (size_t i = 0; i < s->alpn_count; i++) {
        struct str p = s->alpn[i];
        if (p.n == 0 || p.n > 255 || c->alpn_n + p.n + 1 > ALPN_BYTES)
            return fail(cx, E_SYNTAX, "alpn: \"%.*s\"", STR_ARG(p));
        c->alpn[c->alpn_n++] = (unsigned char)p.n;
        memcpy(c->alpn + c->alpn_n, p.p, p.n);
        c->alpn_n += (unsigned)p.n;
    }
    return OK;
}

static void free_context(SSL_CTX *const *x)
{
    SSL_CTX_free(*x);
}

static enum code add_pair(struct ctx *cx, struct certs *c, const struct tls_pair *pair,
                          const char *client_ca_file)
{
    SSL_CTX *x __attribute__((cleanup(free_context))) = SSL_CTX_new(TLS_server_method());
    must(x);
    if (!context_settings(x))
        return failed(cx, E_UNSUPPORTED, "tls:", "this OpenSSL lacks what is needed");
    TRY(load_pair(cx, x, pair));
    SSL_CTX *twin = twin_of(c, x);
    if (twin)
        return load_pair(cx, twin, pair);
    TRY(load_client_ca(cx, x, client_ca_file));
    SSL_CTX_set_tlsext_servername_callback(x, on_server_name);
    SSL_CTX_set_client_hello_cb(x, tls_challenge_hello, NULL);
    if (c->alpn_n)
        SSL_CTX_set_alpn_select_cb(x, on_alpn, NULL);
    add_names(c, x);
    c->contexts[c->count++] = x;
    x = NULL; /* not ours any more */
    return OK;
}

static enum code certs_load(struct ctx *cx, const struct tls_settings *s, struct certs **out)
{
    if (s->pair_count == 0 || s->pair_count > TLS_PAIRS_MAX)
        return fail(cx, E_LIMIT, "tls: %zu certificates, allowed are 1 to %d", s->pair_count,
                    TLS_PAIRS_MAX);
    struct certs *c AUTO(certs_unref) = calloc(1, sizeof *c);
    must(c);
    atomic_init(&c->refs, 1);
    c->names = map_open();
    TRY(load_alpn(cx, c, s));
    for (size_t i = 0; i < s->pair_count; i++)
        TRY(add_pair(cx, c, &s->pairs[i], s->client_ca_file));
    *out = c;
    c = NULL; /* not ours any more */
    return OK;
}

/* The wire: OpenSSL reads from t->in and writes to t->out. Both are memory, so a read of the socket
   feeds many records and a write takes many. */
static int wire_read(BIO *b, char *p, size_t room, size_t *n)
{
    struct tls *t = BIO_get_data(b);
    BIO_clear_retry_flags(b);
    if (!t->in || t->in->n == 0) {
        BIO_set_retry_read(b);
        return 0;
    }
    struct str s = str_sub(*t->in, 0, room);
    memcpy(p, s.p, s.n);
    *t->in = str_from(*t->in, s.n);
    *n = s.n;
    return 1;
}

static int wire_write(BIO *b, const char *p, size_t bytes, size_t *n)
{
    struct tls *t = BIO_get_data(b);
    BIO_clear_retry_flags(b);
    size_t room = t->out ? t->out->cap - t->out->n : 0;
    *n = bytes < room ? bytes : room;
    if (*n == 0) {
        BIO_set_retry_write(b);
        return 0;
    }
    memcpy(t->out->p + t->out->n, p, *n);
    t->out->n += *n;
    return 1;
}

static long wire_ctrl(BIO *b, int command, long number, void *p)
{
    (void)b, (void)number, (void)p;
    return command == BIO_CTRL_FLUSH;
}

struct bio_method_st *tls_wire_method(void)
{
    BIO_METHOD *wire = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "wire");
    must(wire && BIO_meth_set_read_ex(wire, wire_read) && BIO_meth_set_write_ex(wire, wire_write) &&
         BIO_meth_set_ctrl(wire, wire_ctrl));
    return wire;
}

enum code tls_server_open_later(struct ctx *cx, struct tls_server **out)
{
    struct tls_server *s = calloc(1, sizeof *s);
    (void)cx;
    must(s);
    pthread_mutex_init(&s->lock, NULL);
    s->wire = tls_wire_method();
    s->challenges = tls_challenges_open();
    *out = s;
    return OK;
}

enum code tls_server_open(struct ctx *cx, const struct tls_settings *settings,
                          struct tls_server **out)
{
    struct certs *c;
    TRY(certs_load(cx, settings, &c));
    TRY(tls_server_open_later(cx, out));
    (*out)->now = c;
    return OK;
}

bool tls_server_is_ready(struct tls_server *s)
{
    if (!s)
        return false;
    pthread_mutex_lock(&s->lock);
    bool ready = s->now != NULL;
    pthread_mutex_unlock(&s->lock);
    return ready;
}

enum code tls_server_reload(struct ctx *cx, struct tls_server *s,
                            const struct tls_settings *settings)
{
    struct certs *c, *old;
    TRY(certs_load(cx, settings, &c));
    pthread_mutex_lock(&s->lock);
    old = s->now;
    s->now = c;
    pthread_mutex_unlock(&s->lock);
    certs_unref(old);
    return OK;
}

void tls_server_close(struct tls_server *s)
{
    if (!s)
        return;
    certs_unref(s->now);
    tls_challenges_close(s->challenges);
    BIO_meth_free(s->wire);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

struct tls_challenges *tls_challenges_of(struct tls_server *s)
{
    return s->challenges;
}

struct tls *tls_over(struct ssl_st *ssl, struct bio_method_st *method)
{
    struct tls *t = calloc(1, sizeof *t);
    BIO *wire = BIO_new(method);
    must(t && ssl && wire);
    t->ssl = ssl;
    BIO_set_data(wire, t);
    BIO_set_init(wire, 1);
    SSL_set_bio(ssl, wire, wire); /* takes it */
    SSL_set_app_data(ssl, t);
    t->why = "";
    return t;
}

struct tls *tls_open(struct tls_server *s)
{
    pthread_mutex_lock(&s->lock);
    struct certs *certs = s->now;
    atomic_fetch_add(&certs->refs, 1);
    pthread_mutex_unlock(&s->lock);
    struct tls *t = tls_over(SSL_new(certs->contexts[0]), s->wire);
    t->certs = certs;
    t->challenges = s->challenges;
    SSL_set_accept_state(t->ssl);
    return t;
}

void tls_close(struct tls *t)
{
    if (t->client && SSL_is_init_finished(t->ssl)) /* else its session would be thrown away */
        SSL_set_shutdown(t->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(t->ssl);
    certs_unref(t->certs);
    for (size_t i = 0; i < t->client_name_count; i++)
        free((void *)(uintptr_t)t->client_names[i].p);
    free(t->client_names);
    free(t->session_key);
    free(t);
}

static enum tls_result result_of(struct tls *t, int returned)
{
    switch (SSL_get_error(t->ssl, returned)) {
    case SSL_ERROR_WANT_READ:
        return TLS_HUNGRY;
    case SSL_ERROR_WANT_WRITE:
        return TLS_FULL;
    case SSL_ERROR_ZERO_RETURN:
        return TLS_ENDED;
    default: {
        const char *why = ERR_reason_error_string(ERR_peek_error());
        t->why = why ? why : "broken off";
        return TLS_FAILED;
    }
    }
}

/* Errors lie in a queue of the thread: it must be empty before a call, or an old one is taken for
 * new. */
static void begin(struct tls *t, struct str *in, struct tls_out *out)
{
    ERR_clear_error();
    t->in = in;
    t->out = out;
}

static enum tls_result done(struct tls *t, int returned)
{
    enum tls_result result = returned > 0 ? TLS_OK : result_of(t, returned);
    ERR_clear_error();
    t->in = NULL;
    t->out = NULL;
    return result;
}

enum tls_result tls_handshake(struct tls *t, struct str *in, struct tls_out *out)
{
    begin(t, in, out);
    enum tls_result result = done(t, SSL_do_handshake(t->ssl));
    if (result == TLS_OK) {
        certs_unref(t->certs);
        t->certs = NULL;
    }
    return result;
}

enum tls_result tls_unseal(struct tls *t, struct str *in, char *plain, size_t *n,
                           struct tls_out *out)
{
    begin(t, in, out);
    return done(t, SSL_read_ex(t->ssl, plain, TLS_PLAIN_MAX, n));
}

bool tls_seal(struct tls *t, struct str plain, struct tls_out *out)
{
    must(plain.n && plain.n <= TLS_PLAIN_MAX && out->cap - out->n >= TLS_SEALED_MAX);
    begin(t, NULL, out);
    size_t n = 0;
    return done(t, SSL_write_ex(t->ssl, plain.p, plain.n, &n)) == TLS_OK && n == plain.n;
}

void tls_end(struct tls *t, struct tls_out *out)
{
    begin(t, NULL, out);
    (void)done(t, SSL_shutdown(t->ssl));
}

/* rfc822Name, or the user principal name of Microsoft's directories; NULL for anything else. */
static const ASN1_STRING *login_of(const GENERAL_NAME *name)
{
    if (name->type == GEN_EMAIL)
        return name->d.rfc822Name;
    if (name->type != GEN_OTHERNAME || OBJ_obj2nid(name->d.otherName->type_id) != NID_ms_upn ||
        name->d.otherName->value->type != V_ASN1_UTF8STRING)
        return NULL;
    return name->d.otherName->value->value.utf8string;
}

static void read_client_names(struct tls *t)
{
    X509 *x = SSL_get0_peer_certificate(t->ssl);
    if (!x || SSL_get_verify_result(t->ssl) != X509_V_OK || t->client_names)
        return;
    t->has_client = X509_digest(x, EVP_sha256(), t->client_sha256, NULL) == 1;
    GENERAL_NAMES *names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
    t->client_names = calloc(TLS_CLIENT_NAMES_MAX, sizeof *t->client_names);
    must(t->client_names);
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const ASN1_STRING *s = login_of(sk_GENERAL_NAME_value(names, i));
        size_t n = s ? (size_t)ASN1_STRING_length(s) : 0;
        if (n == 0 || t->client_name_count == TLS_CLIENT_NAMES_MAX)
            continue;
        char *copy = malloc(n);
        must(copy);
        memcpy(copy, ASN1_STRING_get0_data(s), n);
        t->client_names[t->client_name_count++] = str_of(copy, n);
    }
    GENERAL_NAMES_free(names);
}

void tls_facts_of(struct tls *t, struct tls_facts *out)
{
    SSL *ssl = t->ssl;
    if (!t->client)
        read_client_names(t);
    *out = (struct tls_facts){.version = str_z(SSL_get_version(ssl)),
                              .cipher = str_z(SSL_get_cipher_name(ssl)),
                              .server_name =
                                  str_z(SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name))};
    const unsigned char *alpn;
    unsigned alpn_n;
    SSL_get0_alpn_selected(ssl, &alpn, &alpn_n);
    out->alpn = str_of(alpn, alpn_n);
    out->client_names = t->client_names;
    out->client_name_count = t->client_name_count;
    out->has_client = t->has_client;
    memcpy(out->client_sha256, t->client_sha256, sizeof out->client_sha256);
    if (t->client)
        tls_client_facts(t, out);
    bool old = SSL_version(ssl) == TLS1_2_VERSION;
    /* In TLS 1.2 the exporter binds only with the extended master secret (RFC 7627). */
    out->has_exporter =
        (!old || SSL_get_extms_support(ssl) == 1) &&
        SSL_export_keying_material(ssl, out->exporter, sizeof out->exporter, EXPORTER_LABEL,
                                   sizeof EXPORTER_LABEL - 1, NULL, 0, 0) == 1;
    if (old) /* the first Finished message: the client's, or ours when a session is resumed */
        out->unique_n = SSL_session_reused(ssl)
                            ? SSL_get_finished(ssl, out->unique, sizeof out->unique)
                            : SSL_get_peer_finished(ssl, out->unique, sizeof out->unique);
}

const char *tls_why(const struct tls *t)
{
    return t->why;
}
