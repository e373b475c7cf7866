/* The talk with one ACME server: directory, nonces, account, signed requests. One at a time. */
#ifndef SERVICE_ACME_CLIENT_H
#define SERVICE_ACME_CLIENT_H

#include "base/web.h"
#include "service/acme.h"
#include "service/acme/crypto.h"
#include "service/acme/json.h"

/* Lives for one attempt; all in cx->arena but the key. */
struct acme_client {
    const struct acme_config *config;
    const struct web *web;
    struct log *log;
    struct acme_directory directory;
    struct acme_key *key;
    struct str kid;        /* the account's URL */
    struct str nonce;      /* the next one, or empty */
    int64_t not_before_ms; /* the server wants to be asked no earlier; 0: it did not say */
    struct str problem;    /* type of the last problem document, or empty */
};

/* Reads the directory and the account from their places, makes the account when there is none.
   E_IO: no answer; E_BUSY: not now; E_DENIED: the server refuses; E_SYNTAX: it talks nonsense. */
MUST_USE enum code acme_client_open(struct ctx *cx, const struct acme_config *config,
                                    const struct web *web, struct log *log,
                                    struct acme_client *out);
void acme_client_close(struct acme_client *c);

/* What a signed request was answered. */
struct acme_answer {
    struct str body, location;
    int64_t retry_at_ms; /* Retry-After, or 0 */
};
/* payload empty: POST-as-GET. A nonce that is refused is tried with another. Errors as above;
   E_NOT_FOUND: 404. */
MUST_USE enum code acme_post(struct ctx *cx, struct acme_client *c, struct str url,
                             struct str payload, struct acme_answer *out);
/* A question without a signature. */
MUST_USE enum code acme_get(struct ctx *cx, struct acme_client *c, struct str url, struct str *out);

/* The account that is kept; empty when there is none for this directory. */
struct str acme_account_url(struct ctx *cx, const struct acme_config *config);
/* The account's key, made when there is none. E_IO. */
MUST_USE enum code acme_account_key(struct ctx *cx, const struct acme_config *config,
                                    struct acme_key **out);

#endif
