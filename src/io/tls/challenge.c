/* Handshakes that are a question of a certificate authority (RFC 8737): whoever asks for a name
   with the one protocol "acme-tls/1" gets the certificate made for that name, and nothing else. */
#include "base/arena.h"
#include "base/banned.h"
#include "base/map.h"
#include "io/tls.h"
#include "io/tls_inner.h"
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <pthread.h>

#define PROTOCOL                                                                                   \
    "\x0a"                                                                                         \
    "acme-tls/1"

struct tls_challenges {
    pthread_mutex_t lock;
    struct map *contexts; /* name in lower case to SSL_CTX */
};

struct tls_challenges *tls_challenges_open(void)
{
    struct tls_challenges *c = calloc(1, sizeof *c);
    must(c && pthread_mutex_init(&c->lock, NULL) == 0);
    c->contexts = map_open();
    return c;
}

void tls_challenges_close(struct tls_challenges *c)
{
    size_t at = 0;
    struct str name;
    void *x;
    while (map_next(c->contexts, &at, &name, &x))
        SSL_CTX_free(x);
    map_close(c->contexts);
    must(pthread_mutex_destroy(&c->lock) == 0);
    free(c);
}

static int on_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_n,
                   const unsigned char *in, unsigned in_n, void *arg)
{
    (void)ssl, (void)arg;
    if (in_n != sizeof PROTOCOL - 1) /* seen already: it can be nothing else */
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = in + 1;
    *out_n = in[0];
    return SSL_TLSEXT_ERR_OK;
}

static bool load(SSL_CTX *x, struct str pem)
{
    BIO *certificate = BIO_new_mem_buf(pem.p, (int)pem.n);
    BIO *key = BIO_new_mem_buf(pem.p, (int)pem.n);
    X509 *c = PEM_read_bio_X509(certificate, NULL, NULL, NULL);
    EVP_PKEY *k = PEM_read_bio_PrivateKey(key, NULL, NULL, NULL);
    bool good = c && k && SSL_CTX_use_certificate(x, c) == 1 && SSL_CTX_use_PrivateKey(x, k) == 1;
    X509_free(c);
    EVP_PKEY_free(k);
    BIO_free(certificate);
    BIO_free(key);
    ERR_clear_error();
    return good;
}

enum code tls_server_present(struct ctx *cx, struct tls_server *s, struct str name, struct str pem)
{
    struct tls_challenges *c = tls_challenges_of(s);
    SSL_CTX *x = SSL_CTX_new(TLS_server_method());
    must(x);
    if (!load(x, pem) || SSL_CTX_set_min_proto_version(x, TLS1_2_VERSION) != 1) {
        SSL_CTX_free(x);
        return fail(cx, E_SYNTAX, "the certificate of a challenge cannot be used");
    }
    SSL_CTX_set_session_cache_mode(x, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(x, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(x, 0);
    SSL_CTX_set_alpn_select_cb(x, on_alpn, NULL);
    struct str key = str_lower(cx->arena, name);
    pthread_mutex_lock(&c->lock);
    SSL_CTX *old = map_put(c->contexts, key, x);
    pthread_mutex_unlock(&c->lock);
    SSL_CTX_free(old);
    return OK;
}

void tls_server_withdraw(struct tls_server *s, struct str name)
{
    struct tls_challenges *c = tls_challenges_of(s);
    struct arena *a AUTO(arena_close) = arena_open();
    pthread_mutex_lock(&c->lock);
    SSL_CTX *old = map_remove(c->contexts, str_lower(a, name));
    pthread_mutex_unlock(&c->lock);
    SSL_CTX_free(old);
}

/* An extension of the client's first message, as it came. */
static struct str extension(SSL *ssl, unsigned type)
{
    const unsigned char *p;
    size_t n;
    if (SSL_client_hello_get0_ext(ssl, type, &p, &n) != 1)
        return (struct str){0};
    return str_of(p, n);
}

/* server_name (RFC 6066 section 3): a list of one name. */
static struct str asked_name(SSL *ssl)
{
    enum { BEFORE = 5 }; /* the list's length, the kind of name, the name's length */
    struct str s = extension(ssl, TLSEXT_TYPE_server_name);
    if (s.n <= BEFORE || s.p[2] != TLSEXT_NAMETYPE_host_name)
        return (struct str){0};
    size_t n = (size_t)(unsigned char)s.p[3] << 8 | (unsigned char)s.p[4];
    return n == s.n - BEFORE ? str_from(s, BEFORE) : (struct str){0};
}

static bool is_challenge(SSL *ssl)
{
    return str_eq(extension(ssl, TLSEXT_TYPE_application_layer_protocol_negotiation),
                  STR("\0\x0b" PROTOCOL));
}

int tls_challenge_hello(struct ssl_st *ssl, int *alert, void *arg)
{
    struct tls *t = SSL_get_app_data(ssl);
    struct arena *a AUTO(arena_close) = arena_open();
    (void)arg;
    if (!is_challenge(ssl) || !t->challenges)
        return SSL_CLIENT_HELLO_SUCCESS;
    struct tls_challenges *c = t->challenges;
    struct str name = str_lower(a, asked_name(ssl));
    pthread_mutex_lock(&c->lock);
    SSL_CTX *x = map_get(c->contexts, name);
    t->challenge = x && SSL_set_SSL_CTX(ssl, x) == x; /* holds it from now on */
    pthread_mutex_unlock(&c->lock);
    if (t->challenge)
        return SSL_CLIENT_HELLO_SUCCESS;
    *alert = SSL_AD_NO_APPLICATION_PROTOCOL;
    return SSL_CLIENT_HELLO_ERROR;
}

bool tls_is_challenge(const struct tls *t)
{
    return t->challenge;
}
