/* Certificates by ACME (RFC 8555): ordered, proved, installed and renewed by a thread of its own.
   docs/ACME.md. */
#ifndef SERVICE_ACME_H
#define SERVICE_ACME_H

#include "base/err.h"
#include "base/str.h"

struct acme;
struct core;
struct log;
struct metrics;
struct web;

enum {
    ACME_CONTACTS_MAX = 8,
    ACME_LABELS_MAX = 8,
    ACME_HOST_NAMES_MAX = 32,
    ACME_CERTIFICATES_MAX = 900, /* of TLS_PAIRS_MAX */
};

enum acme_proof {
    ACME_HTTP_01 = 1, /* a file at port 80 (RFC 8555 section 8.3) */
    ACME_TLS_ALPN_01, /* a certificate at port 443 (RFC 8737) */
};

/* Settings. */
struct acme_config {
    struct str directory;                   /* URL; empty: there is no ACME */
    struct str contacts[ACME_CONTACTS_MAX]; /* "mailto:..." */
    size_t contact_count;
    bool terms_agreed;
    enum acme_proof proof;
    struct str names[ACME_HOST_NAMES_MAX]; /* of the certificate "host" */
    size_t name_count;
    struct str labels[ACME_LABELS_MAX]; /* LABEL.DOMAIN of each domain: a certificate DOMAIN */
    size_t label_count;
    struct str binding_id, binding_key; /* External Account Binding; the key in base64url */
    uint32_t retry_s;                   /* after the first failure; doubled each time */
    struct str dir;                     /* where keys and certificates are kept */
};

/* What happens around it. Called by its thread. */
struct acme_hooks {
    void *self;
    /* The PEM answers handshakes for name with ALPN acme-tls/1, until withdraw. */
    enum code (*present)(struct ctx *cx, void *self, struct str name, struct str pem);
    void (*withdraw)(void *self, struct str name);
    /* Files of acme_files() changed. */
    void (*install)(void *self);
};

struct acme_parts {
    const struct acme_config *config; /* outlives it, as all here */
    struct core *core;
    const struct web *web;
    struct log *log;
    struct metrics *metrics;
};

/* Makes the directory, and a certificate signed by ourselves when none is there, so that TLS can
   begin. E_IO. */
MUST_USE enum code acme_open(struct ctx *cx, const struct acme_parts *parts, struct acme **out);
/* Its thread begins. */
void acme_start(struct acme *x, const struct acme_hooks *hooks);
/* Asks nobody any more; waits for the thread. web answers at once by now. */
void acme_stop(struct acme *x);
void acme_close(struct acme *x);

/* The key authorization of a token that a server was told to fetch; false: of no such. In
   cx->arena. */
bool acme_token(struct ctx *cx, struct acme *x, struct str token, struct str *out);
/* Files with a chain and its key each, "host" first; the self-signed one when there is no other. In
   cx->arena. */
MUST_USE enum code acme_files(struct ctx *cx, struct acme *x, struct str **out, size_t *count);

enum acme_state {
    ACME_WANTED = 1, /* no certificate yet */
    ACME_GOOD,
    ACME_DUE,      /* to be renewed */
    ACME_ORDERING, /* at this moment */
    ACME_FAILING,  /* the last attempt failed; the old one, if any, is served */
};
const char *acme_state_name(enum acme_state state);

struct acme_certificate {
    struct str name; /* "host" or a domain */
    const struct str *names;
    size_t name_count;
    enum acme_state state;
    int64_t not_after_ms, renew_at_ms; /* 0: no certificate */
    int64_t next_try_ms;               /* when FAILING */
    unsigned failures;
    struct str why;
};
/* All of them, in cx->arena. */
MUST_USE enum code acme_list(struct ctx *cx, struct acme *x, struct acme_certificate **out,
                             size_t *count);
/* Orders a new one now, whatever its age, also when it is failing. E_NOT_FOUND. */
MUST_USE enum code acme_renew(struct ctx *cx, struct acme *x, struct str name);
/* Looks whether something is due. Any thread. */
void acme_look(struct acme *x);

struct acme_account {
    struct str url, thumbprint; /* empty: none yet */
};
MUST_USE enum code acme_account_show(struct ctx *cx, struct acme *x, struct acme_account *out);

/* Between when and when the first certificate of a PEM file holds. E_SYNTAX, E_NOT_FOUND. */
MUST_USE enum code acme_file_dates(struct ctx *cx, struct str path, int64_t *from_ms,
                                   int64_t *to_ms);

#endif
