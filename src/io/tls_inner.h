/* What tls.c and out/tls_client.c share. OpenSSL's types are named only. */
#ifndef IO_TLS_INNER_H
#define IO_TLS_INNER_H

#include "io/tls_wire.h"

struct ssl_st;
struct bio_method_st;
struct certs;
struct tls_client;
struct tls_challenges;
struct tls_server;

struct tls {
    struct ssl_st *ssl;
    struct certs *certs;               /* until the handshake is done */
    struct tls_challenges *challenges; /* of a server, or NULL */
    bool challenge;                    /* this is one */
    struct tls_client *client;         /* we called: where its session is kept, and as what */
    char *session_key;                 /* on the heap */
    bool dane;                         /* asked for TLSA records to hold */
    struct str *in;                    /* these two during a call only */
    struct tls_out *out;
    const char *why;
    struct str *client_names; /* of tls_facts_of, each on the heap */
    size_t client_name_count;
    unsigned char client_sha256[32];
    bool has_client;
};

/* tls/challenge.c */
struct tls_challenges *tls_challenges_open(void);
void tls_challenges_close(struct tls_challenges *c);
struct tls_challenges *tls_challenges_of(struct tls_server *s);
/* The callback that looks at a client's first message. */
int tls_challenge_hello(struct ssl_st *ssl, int *alert, void *arg);

/* How OpenSSL reads and writes: tls->in and tls->out. */
struct bio_method_st *tls_wire_method(void);
/* A connection over ssl, which it takes. */
struct tls *tls_over(struct ssl_st *ssl, struct bio_method_st *wire);
/* out/tls_client.c: fills in what is known of the server. */
void tls_client_facts(const struct tls *t, struct tls_facts *out);

#endif
