/* The Sender Rewriting Scheme: what is passed on to the outside gets a return path of ours, which
   passes SPF there and brings its reports back here. Whoever passes mail on asks srs_forward:
   groups, contacts, Sieve's redirect. */
#ifndef SERVICE_ADMISSION_SRS_H
#define SERVICE_ADMISSION_SRS_H

#include "base/err.h"
#include "base/str.h"

struct core;
struct policy;

enum {
    SRS_DAYS = 21,    /* a return path is good so long */
    SRS_KEYS_MAX = 8, /* secrets that are still believed */
    SRS_SECRET_BYTES = 32,
    SRS_LOCAL_MAX = 64,   /* RFC 5321 section 4.5.3.1.1: what would be longer stays as it is */
    SRS_HASH_LETTERS = 6, /* of base32: 30 bits */
};

/* Pure. sender: "local@domain", foreign; domain: of ours. out: an SRS0 address, or an SRS1 address
   when the sender is one of another host's. E_LIMIT: it would be too long; E_SYNTAX: the sender's
   local part is quoted, or there is none. In cx->arena. */
MUST_USE enum code srs_encode(struct ctx *cx, struct str secret, struct str sender,
                              struct str domain, struct str *out);
/* Whether the local part of an address looks like SRS0 or SRS1, whatever its hash. */
bool srs_looks_like(struct str address);
/* Pure. out: who sent it, or the SRS0 address of the host before. E_DENIED: forged or too old;
   E_SYNTAX: no such address. */
MUST_USE enum code srs_decode(struct ctx *cx, const struct str *secrets, size_t count,
                              struct str address, struct str *out);

struct srs; /* one for the server; safe for all threads */
struct srs *srs_open(struct core *c, struct policy *p);
/* Nobody asks any more. */
void srs_close(struct srs *s);

/* The return path of what `through` (an address of ours) passes on to the outside. out stays the
   sender where SRS is off for that domain, where the sender is of a domain of ours or the null
   path, and where it cannot be rewritten. Makes the first secret. In cx->arena. */
MUST_USE enum code srs_forward(struct ctx *cx, struct srs *s, struct str sender, struct str through,
                               struct str *out);
/* A recipient: is it a return path of ours? OK with *found false: it is none. E_DENIED: forged, or
   too old. */
MUST_USE enum code srs_reverse(struct ctx *cx, struct srs *s, struct str address, bool *found,
                               struct str *out);

/* A new secret; those before are believed for SRS_DAYS more. */
MUST_USE enum code srs_rotate(struct ctx *cx, struct srs *s);
struct srs_key {
    struct str name; /* when it was made, in milliseconds */
    int64_t made_ms;
    bool signs; /* the newest */
};
MUST_USE enum code srs_keys(struct ctx *cx, struct srs *s, struct srs_key **out, size_t *count);

#endif
