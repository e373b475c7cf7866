/* One TLS connection as a machine: bytes in, bytes out. It knows no socket. */
#ifndef IO_TLS_WIRE_H
#define IO_TLS_WIRE_H

#include "base/engine.h"
#include "io/tls.h"

struct tls;

/* Ciphertext is appended here; the caller sends it. */
struct tls_out {
    char *p;
    size_t n, cap;
};

enum {
    TLS_PLAIN_MAX = 16 * 1024,         /* clear bytes in a record */
    TLS_SEALED_MAX = 16 * 1024 + 1024, /* room that tls_seal() needs in out */
};

enum tls_result {
    TLS_OK,     /* done, or there were bytes */
    TLS_HUNGRY, /* all of in was taken, and more is needed */
    TLS_FULL,   /* out is full: send it, then call again */
    TLS_ENDED,  /* the peer said that it sends no more */
    TLS_FAILED, /* out may hold an alert; tls_why() says why */
};

/* The server's side of a new connection, with the certificates of this moment. */
struct tls *tls_open(struct tls_server *s);
/* The client's side of one: the first tls_handshake() wants no input. */
struct tls_client;
struct tls_ask;
struct tls *tls_connect(struct tls_client *c, const struct tls_ask *ask);
void tls_close(struct tls *t);

/* Goes on with the handshake; takes from in what it needs. */
enum tls_result tls_handshake(struct tls *t, struct str *in, struct tls_out *out);
/* Opens what in holds: TLS_OK with *n clear bytes in plain (room: TLS_PLAIN_MAX). */
enum tls_result tls_unseal(struct tls *t, struct str *in, char *plain, size_t *n,
                           struct tls_out *out);
/* Seals 1 to TLS_PLAIN_MAX bytes. False: the connection is broken. */
bool tls_seal(struct tls *t, struct str plain, struct tls_out *out);
/* Says that we send no more. */
void tls_end(struct tls *t, struct tls_out *out);

/* Once, after the handshake is done. Its strings live as long as t. */
void tls_facts_of(struct tls *t, struct tls_facts *out);
/* It was a question of a certificate authority (RFC 8737): it is over once the handshake is done.
 */
bool tls_is_challenge(const struct tls *t);
/* A constant text for the log. */
const char *tls_why(const struct tls *t);

#endif
