/* DKIM keys of our own domains, and signing with them. Rows of the directory's partition; the keys
   of the moment are kept decoded until that moves. */
#ifndef SERVICE_MAILAUTH_SIGNER_H
#define SERVICE_MAILAUTH_SIGNER_H

#include "service/mailauth/arc.h"

struct core;
struct resolver;
struct signer; /* one for the server; safe for all threads */

enum { SIGNER_KEYS_MAX = 2000, SIGNER_SELECTOR_MAX = 63 };

/* Stored: append only. */
enum signer_state {
    SIGNER_STAGED = 1, /* published, or to be; not signed with yet */
    SIGNER_ACTIVE,
    SIGNER_RETIRED, /* mail on its way is still verified by it; not signed with any more */
};
/* "staged": as the command line shows it. */
struct str signer_state_name(enum signer_state state);

struct signer_key {
    struct str domain, selector; /* lower case, A-labels */
    enum signer_state state;
    enum sign_algorithm algorithm;
    unsigned bits;
    int64_t created_ms;
    struct str record; /* the TXT record at selector._domainkey.domain */
};

/* Keys are read when they are first wanted. */
struct signer *signer_open(struct core *c);
/* Nobody signs any more. */
void signer_close(struct signer *s);
AUTO_OF(struct signer *, signer_close)

/* A new pair, staged. selector empty: made of the date and the algorithm. out in cx->arena.
   E_SYNTAX, E_EXISTS, E_LIMIT. */
MUST_USE enum code signer_add(struct ctx *cx, struct signer *s, struct str domain,
                              struct str selector, enum sign_algorithm algorithm,
                              struct signer_key *out);
/* All keys of the domain, or of all (empty), by domain and selector. In cx->arena. */
MUST_USE enum code signer_list(struct ctx *cx, struct signer *s, struct str domain,
                               struct signer_key **out, size_t *count);
/* E_NOT_FOUND. Activating retires the active one of the same algorithm. */
MUST_USE enum code signer_set(struct ctx *cx, struct signer *s, struct str domain,
                              struct str selector, enum signer_state state);
/* E_NOT_FOUND; E_EXISTS while it is active. */
MUST_USE enum code signer_remove(struct ctx *cx, struct signer *s, struct str domain,
                                 struct str selector);
/* Whether the DNS has the key: OK; E_NOT_FOUND: nothing there; E_CONFLICT: another key; E_BUSY: no
   answer. */
MUST_USE enum code signer_published(struct ctx *cx, const struct resolver *r,
                                    const struct signer_key *key);

/* DKIM-Signature fields for a message whose author is of that domain (lower-case A-labels), one for
   each active key of the domain or of the nearest above it that has some; empty when none has. In
   cx->arena. */
MUST_USE enum code signer_sign(struct ctx *cx, struct signer *s, struct str from_domain,
                               struct str message, struct str *out);
/* What is to be sealed: a message, its chain so far, and what was found out of it now. */
struct signer_sealed {
    struct canon_message *message;
    const struct arc_answer *chain;
    struct str results; /* as arc_seal() takes them */
};
/* One more ARC set (RFC 8617) with an active key of the domain or the nearest above; empty when
   there is none, or nothing may be added. In cx->arena. */
MUST_USE enum code signer_seal(struct ctx *cx, struct signer *s, struct str domain,
                               const struct signer_sealed *what, struct str *out);

#endif
