/* Certificates and keys for listeners. TLS 1.2 and 1.3; OpenSSL is behind tls.c alone. */
#ifndef IO_TLS_H
#define IO_TLS_H

#include "base/err.h"
#include "base/str.h"

/* PEM files: the certificate followed by its chain, and its key. Two for the same names with keys
   of different kinds (RSA beside ECDSA) are offered side by side. */
struct tls_pair {
    const char *cert_file, *key_file;
};

struct tls_settings {
    const struct tls_pair *pairs; /* the first serves names that no certificate holds */
    size_t pair_count;            /* at least 1; at most TLS_PAIRS_MAX */
    const struct str *alpn;       /* offered protocols, best first; may be none */
    size_t alpn_count;
    const char *client_ca_file; /* PEM: clients are asked for a certificate of these; may be NULL */
};

enum { TLS_PAIRS_MAX = 1000, TLS_ALPN_MAX = 8, TLS_CLIENT_NAMES_MAX = 16 };

/* Shared by all threads. */
struct tls_server;

/* Reads the files. Each certificate serves the DNS names in it; "*.a.example" serves one label.
   E_IO, E_SYNTAX (cx->err names the file), E_LIMIT. */
MUST_USE enum code tls_server_open(struct ctx *cx, const struct tls_settings *settings,
                                   struct tls_server **out);
/* Has no certificate, so that nobody can be offered TLS, until tls_server_reload brings one. */
MUST_USE enum code tls_server_open_later(struct ctx *cx, struct tls_server **out);
/* Has a certificate. Once it has, it always has. NULL: no. */
bool tls_server_is_ready(struct tls_server *s);
/* Reads all anew: handshakes that begin from now on use it, running sessions keep what they have.
   On failure everything stays as it was. Any thread. Errors as tls_server_open. */
MUST_USE enum code tls_server_reload(struct ctx *cx, struct tls_server *s,
                                     const struct tls_settings *settings);
/* Handshakes for name with the one protocol acme-tls/1 (RFC 8737) get this certificate, PEM with
   its key, until it is withdrawn; they are ended when they are done. All others are as before. Any
   thread. E_SYNTAX. */
MUST_USE enum code tls_server_present(struct ctx *cx, struct tls_server *s, struct str name,
                                      struct str pem);
void tls_server_withdraw(struct tls_server *s, struct str name);
/* After all connections ended. */
void tls_server_close(struct tls_server *s);
AUTO_OF(struct tls_server *, tls_server_close)

#endif
