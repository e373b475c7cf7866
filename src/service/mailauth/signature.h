/* What DKIM-Signature (RFC 6376) and ARC-Message-Signature (RFC 8617) have in common: a signature
   of chosen fields and of the body's hash, and a key in the DNS. */
#ifndef SERVICE_MAILAUTH_SIGNATURE_H
#define SERVICE_MAILAUTH_SIGNATURE_H

#include "service/mailauth/canon.h"
#include "service/mailauth/tags.h"

struct resolver;
struct key_cache;

enum { SIGNED_FIELDS_MAX = 200, SIGNATURE_BYTES_MAX = 1024 };

/* RFC 8601 section 2.7.1. */
enum dkim_result {
    DKIM_NONE,
    DKIM_PASS,
    DKIM_FAIL,
    DKIM_POLICY,
    DKIM_NEUTRAL,
    DKIM_TEMPERROR,
    DKIM_PERMERROR,
    DKIM_RESULT_COUNT
};
/* "pass": as in Authentication-Results. */
struct str dkim_result_name(enum dkim_result result);

/* How it went; reason: a literal, empty for a pass. */
struct verdict {
    enum dkim_result result;
    struct str reason;
};

/* Slices of the field but where said. */
struct signature {
    const struct header_field *field;
    struct tags tags;
    enum sign_algorithm algorithm;
    struct str bytes;     /* b=, decoded; in the arena, as is body_hash */
    struct str body_hash; /* bh= */
    struct str b;         /* b= as it stands: the hole */
    enum canon header_canon, body_canon;
    struct str domain, selector;
    struct str *names; /* h= */
    size_t name_count;
    uint64_t limit; /* l= */
    bool limited;
    int64_t made_s, expires_s; /* t=, x=; 0: not said */
};

/* The tags that both kinds have; unsaid: what holds without c=. What is wrong is a DKIM_PERMERROR;
   a pass is "well formed". */
struct verdict signature_parse(struct ctx *cx, const struct header_field *field, enum canon unsaid,
                               struct signature *out);

/* A key as published (RFC 6376 section 3.6.1, RFC 8463 section 4). */
struct published_key {
    struct sign_key *key; /* the cache's; holds until key_cache_release() */
    bool testing;         /* t=y */
    bool strict;          /* t=s: i= must name the very domain */
    struct key_row *row;
};
struct verdict published_key_find(struct ctx *cx, const struct resolver *resolver,
                                  struct key_cache *keys, const struct signature *s,
                                  struct published_key *out);
/* Text of a TXT record. DKIM_PERMERROR, with the reason. key_text: the bytes of p= */
struct verdict published_key_parse(struct ctx *cx, struct str text, enum sign_algorithm algorithm,
                                   struct published_key *out, struct str *key_bytes);

/* Keys that were decoded lately: decoding costs more than verifying. Safe for all threads. */
struct key_cache *key_cache_open(size_t keys);
void key_cache_close(struct key_cache *c);
AUTO_OF(struct key_cache *, key_cache_close)
/* bytes as sign_key_public() takes them. The same errors. Released by key_cache_release(). */
MUST_USE enum code key_cache_get(struct ctx *cx, struct key_cache *c, enum sign_algorithm algorithm,
                                 struct str bytes, struct published_key *out);
void key_cache_release(struct key_cache *c, struct published_key *k);

/* Body hash and signature of the fields, by the key. */
struct verdict signature_verify(struct canon_message *m, const struct signature *s,
                                const struct sign_key *key);
/* The hash that is signed: the fields of h= from the last upwards, then the signature's own. */
void signature_hash(const struct canon_message *m, const struct signature *s, unsigned char *out);

/* What a new signature says. Names and domain as they shall stand. */
struct signing {
    struct str field_name;      /* "DKIM-Signature" */
    struct str version;         /* of v=, or empty */
    struct str instance;        /* of i=, or empty */
    const struct sign_key *key; /* both halves */
    struct str domain, selector;
    const struct str *names; /* h= */
    size_t name_count;
    int64_t made_s, expires_s; /* t=, x=; 0: not said */
};
/* The whole field with its CRLF, relaxed/relaxed, tags in the order of their names. In cx->arena.
 */
struct str signature_make(struct ctx *cx, struct canon_message *m, const struct signing *how);

#endif
