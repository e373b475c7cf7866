#include "io/out/tls_client.h"
#include "base/arena.h"
#include "base/banned.h"
#include "base/buf.h"
#include "base/map.h"
#include "io/tls_inner.h"
#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>

/* A weak cipher is better than mail in clear; who demands more looks at tls_facts.trust. */
#define CIPHERS "DEFAULT:!aNULL:@SECLEVEL=1"

enum { KEY_MAX = 16 * 1024 };

struct kept {
    SSL_SESSION *session;
    char *key;
};

struct tls_client {
    SSL_CTX *context;
    BIO_METHOD *wire;
    pthread_mutex_t lock;
    struct map *sessions; /* key to struct kept */
    struct kept kept[TLS_SESSIONS_MAX];
    size_t next; /* overwritten next: the oldest */
};

static enum code failed(struct ctx *cx, const char *what, const char *file)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    fail(cx, E_SYNTAX, "%s %s: %s", what, file, reason ? reason : "unusable");
    ERR_clear_error();
    return E_SYNTAX;
}

static void forget(struct tls_client *c, struct kept *k)
{
    if (!k->key)
        return;
    map_remove(c->sessions, str_z(k->key));
    SSL_SESSION_free(k->session);
    free(k->key);
    *k = (struct kept){0};
}

/* OpenSSL's call: keeps the session (returns 1: the reference is ours). */
static int on_session(SSL *ssl, SSL_SESSION *session)
{
    struct tls *t = SSL_get_app_data(ssl);
    struct tls_client *c = t->client;
    if (!t->session_key)
        return 0;
    pthread_mutex_lock(&c->lock);
    struct kept *k = map_get(c->sessions, str_z(t->session_key));
    if (k) {
        SSL_SESSION_free(k->session);
        k->session = session;
    } else {
        k = &c->kept[c->next];
        c->next = (c->next + 1) % TLS_SESSIONS_MAX;
        forget(c, k);
        *k = (struct kept){session, strdup(t->session_key)};
        must(k->key);
        map_put(c->sessions, str_z(k->key), k);
    }
    pthread_mutex_unlock(&c->lock);
    return 1;
}

static enum code load(struct ctx *cx, SSL_CTX *x, const struct tls_client_settings *s)
{
    ERR_clear_error();
    if (s->ca_file ? SSL_CTX_load_verify_file(x, s->ca_file) != 1
                   : SSL_CTX_set_default_verify_paths(x) != 1)
        return failed(cx, "certificates of authorities", s->ca_file ? s->ca_file : "");
    if (!s->cert_file)
        return OK;
    if (SSL_CTX_use_certificate_chain_file(x, s->cert_file) != 1)
        return failed(cx, "certificate", s->cert_file);
    if (SSL_CTX_use_PrivateKey_file(x, s->key_file, SSL_FILETYPE_PEM) != 1)
        return failed(cx, "key", s->key_file);
    return OK;
}

enum code tls_client_open(struct ctx *cx, const struct tls_client_settings *settings,
                          struct tls_client **out)
{
    struct tls_client *c AUTO(tls_client_close) = calloc(1, sizeof *c);
    must(c);
    pthread_mutex_init(&c->lock, NULL);
    c->sessions = map_open();
    c->wire = tls_wire_method();
    c->context = SSL_CTX_new(TLS_client_method());
    must(c->context && SSL_CTX_dane_enable(c->context) == 1);
    SSL_CTX_set_options(c->context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                        SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(c->context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                     SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_session_cache_mode(c->context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(c->context, on_session);
    must(SSL_CTX_dane_set_flags(c->context, DANE_FLAG_NO_DANE_EE_NAMECHECKS) == 0);
    if (SSL_CTX_set_min_proto_version(c->context, TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_cipher_list(c->context, CIPHERS) != 1)
        return failed(cx, "tls:", "this OpenSSL lacks what is needed");
    TRY(load(cx, c->context, settings));
    *out = c;
    c = NULL; /* not ours any more */
    return OK;
}

void tls_client_close(struct tls_client *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < TLS_SESSIONS_MAX; i++)
        forget(c, &c->kept[i]);
    map_close(c->sessions);
    SSL_CTX_free(c->context);
    BIO_meth_free(c->wire);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

/* All that trust follows from, so that no session is resumed that would not be trusted anew. NULL:
   too much of it. */
static char *key_of(const struct tls_ask *ask)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct buf b = buf_of(a, KEY_MAX);
    buf_printf(&b, "%.*s %.*s", STR_ARG(ask->server_name), STR_ARG(ask->other_name));
    for (size_t i = 0; i < ask->tlsa_count; i++) {
        const struct dns_tlsa *t = &ask->tlsa[i];
        buf_printf(&b, " %u %u %u ", t->usage, t->selector, t->matching);
        for (size_t k = 0; k < t->data.n; k++)
            buf_printf(&b, "%02x", (unsigned char)t->data.p[k]);
    }
    return b.overflow || !ask->server_name.n ? NULL : strndup(b.p, b.n);
}

static void resume(struct tls_client *c, struct tls *t)
{
    if (!t->session_key)
        return;
    pthread_mutex_lock(&c->lock);
    struct kept *k = map_get(c->sessions, str_z(t->session_key));
    if (k)
        SSL_set_session(t->ssl, k->session);
    pthread_mutex_unlock(&c->lock);
}

static bool is_address(const char *name)
{
    unsigned char raw[16];
    return inet_pton(AF_INET, name, raw) == 1 || inet_pton(AF_INET6, name, raw) == 1;
}

static void set_names(struct tls *t, const struct tls_ask *ask, const char *name, const char *other)
{
    if (is_address(name)) {
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(t->ssl), name);
        return;
    }
    SSL_set_hostflags(t->ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    t->dane = ask->tlsa_count > 0;
    if (t->dane && SSL_dane_enable(t->ssl, name) > 0) {
        for (size_t i = 0; i < ask->tlsa_count && i < TLS_RECORDS_MAX; i++) {
            const struct dns_tlsa *r = &ask->tlsa[i];
            const void *data = r->data.p;
            (void)SSL_dane_tlsa_add(t->ssl, r->usage, r->selector, r->matching, data, r->data.n);
        }
    } else {
        SSL_set1_host(t->ssl, name);
        /* the macro of OpenSSL drops the const, which clang complains of */
        SSL_ctrl(t->ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                 (void *)(uintptr_t)name);
    }
    if (*other)
        SSL_add1_host(t->ssl, other);
}

struct tls *tls_connect(struct tls_client *c, const struct tls_ask *ask)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct tls *t = tls_over(SSL_new(c->context), c->wire);
    t->client = c;
    t->session_key = key_of(ask);
    SSL_set_connect_state(t->ssl);
    SSL_set_verify(t->ssl, SSL_VERIFY_NONE, NULL); /* checked all the same */
    if (ask->server_name.n)
        set_names(t, ask, str_zdup(a, ask->server_name), str_zdup(a, ask->other_name));
    resume(c, t);
    ERR_clear_error();
    return t;
}

static enum tls_doubt doubt_of(long result)
{
    switch (result) {
    case X509_V_OK:
        return TLS_DOUBT_NONE;
    case X509_V_ERR_HOSTNAME_MISMATCH:
        return TLS_DOUBT_NAME;
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return TLS_DOUBT_EXPIRED;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_UNTRUSTED:
        return TLS_DOUBT_ISSUER;
    default:
        return TLS_DOUBT_OTHER;
    }
}

void tls_client_facts(const struct tls *t, struct tls_facts *out)
{
    long result = SSL_get_verify_result(t->ssl);
    bool dane = SSL_get0_dane_authority(t->ssl, NULL, NULL) >= 0;
    out->resumed = SSL_session_reused(t->ssl) == 1;
    out->server_name = str_z(SSL_get_servername(t->ssl, TLSEXT_NAMETYPE_host_name));
    out->doubt = doubt_of(result);
    if (result != X509_V_OK)
        out->trust_why = str_z(X509_verify_cert_error_string(result));
    else if (!t->session_key)
        out->trust_why = STR("no name to check");
    else
        out->trust = t->dane ? TLS_TRUST_DANE : TLS_TRUST_NAME;
    /* A resumed session was made under the same records: they are in its key. */
    if (out->trust == TLS_TRUST_DANE && !dane && !out->resumed) {
        out->trust = TLS_TRUST_NONE;
        out->trust_why = STR("no usable TLSA record");
    }
    if (out->trust == TLS_TRUST_NONE && !out->doubt)
        out->doubt = TLS_DOUBT_OTHER;
}
