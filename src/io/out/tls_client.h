/* TLS as who begins the connection: whom to trust, and what was made of it. */
#ifndef IO_OUT_TLS_CLIENT_H
#define IO_OUT_TLS_CLIENT_H

#include "base/err.h"
#include "base/resolver.h"

/* All may be NULL. */
struct tls_client_settings {
    const char *ca_file;              /* PEM; NULL: those of the system */
    const char *cert_file, *key_file; /* our own certificate, shown to who asks */
};

enum { TLS_SESSIONS_MAX = 10000, TLS_RECORDS_MAX = 32 };

/* Shared by all threads. Keeps sessions, to be resumed. */
struct tls_client;

/* E_SYNTAX: a file cannot be used; cx->err names it. */
MUST_USE enum code tls_client_open(struct ctx *cx, const struct tls_client_settings *settings,
                                   struct tls_client **out);
/* After all connections ended. */
void tls_client_close(struct tls_client *c);
AUTO_OF(struct tls_client *, tls_client_close)

/* How one server is to be known. The handshake goes through in any case: tls_facts.trust tells
   whether it was, and the engine decides. */
struct tls_ask {
    struct str server_name;      /* for SNI, and the certificate should be for it */
    struct str other_name;       /* that it may be for instead; may be empty */
    const struct dns_tlsa *tlsa; /* of usage 2 and 3 (RFC 7672); then nothing else counts */
    size_t tlsa_count;           /* at most TLS_RECORDS_MAX; more are not looked at */
};

#endif
