/* DomainKeys Identified Mail (RFC 6376, 8301, 8463): verifying and signing. */
#ifndef SERVICE_MAILAUTH_DKIM_H
#define SERVICE_MAILAUTH_DKIM_H

#include "service/mailauth/signature.h"

enum { DKIM_SIGNATURES_MAX = 10 }; /* of one message; more are not looked at */

/* Strings are slices of the message, or literals. */
struct dkim_signature {
    struct verdict verdict;
    struct str domain, selector; /* empty where the signature is not well formed */
    struct str identity;         /* i= ("@example.org" when it is not said), decoded */
    struct str b;                /* the first 8 characters: header.b (RFC 6008) */
    enum sign_algorithm algorithm;
    unsigned key_bits;
    bool limited; /* l=: what stands behind is not signed */
    bool testing;
};

struct dkim_answer {
    struct dkim_signature *at;
    size_t count;
};

/* All signatures of the message. Asks until cx->deadline_ms. The array is in cx->arena. */
void dkim_verify(struct ctx *cx, const struct resolver *resolver, struct key_cache *keys,
                 struct canon_message *m, struct dkim_answer *out);

struct dkim_signing {
    const struct sign_key *key;
    struct str domain, selector;
    int64_t now_ms;
    uint32_t expires_s; /* x= so long after t=; 0: none */
};
/* A DKIM-Signature field, whole, ended by CRLF, in cx->arena. Signs the fields of section 5.4.1
   that are there; those that people read once more than they are there, so that none can be added
   (section 8.15). E_SYNTAX: no From, or too many fields. */
MUST_USE enum code dkim_sign(struct ctx *cx, struct canon_message *m,
                             const struct dkim_signing *how, struct str *out);
/* The TXT record that publishes the key: "v=DKIM1; k=...; p=...". */
struct str dkim_record(struct arena *a, const struct sign_key *key);

#endif
