/* The rows of the directory's partition: keys, values, and reading them in or out of a change.
   docs/DIRECTORY.md lists them. For the files of core/directory and core/credential alone. */
#ifndef CORE_DIRECTORY_ROWS_H
#define CORE_DIRECTORY_ROWS_H

#include "core/directory.h"
#include "store/key.h"

enum {
    DIRECTORY_ADDRESS_MAX = 240, /* bytes of a normalised address; it is part of keys */
    DIRECTORY_DOMAIN_MAX = 170,  /* bytes of a domain's name: leaves room for a local part */
    DIRECTORY_LOCAL_MAX = 64,    /* RFC 5321 section 4.5.3.1.1 */
    DIRECTORY_TEXT_MAX = 1000,   /* bytes of titles, display names, roles */
    DIRECTORY_ALIASES_MAX = 200,
    DIRECTORY_DEPTH_MAX = 20, /* domains above a domain */
};

/* Reading: from the last commit, or inside a change. */
struct rows {
    struct store *store;
    struct txn *txn;               /* or NULL */
    struct directory_cache *cache; /* or NULL; not for changes */
};

/* Of the last commit; of a change. */
struct rows rows_of(const struct core *c);
struct rows rows_in(struct txn *t);
/* As store_get and txn_get. */
MUST_USE enum code rows_get(struct ctx *cx, const struct rows *r, const struct key *k,
                            struct str *value);
/* Walks all keys between two; both must outlive the walk. */
struct scan *rows_scan(struct ctx *cx, const struct rows *r, const struct key *from,
                       const struct key *to);

/* Keys. */
struct key rows_setting_key(struct str name);
struct key rows_domain_key(uint64_t id);
struct key rows_domain_name_key(struct str name);
struct key rows_principal_key(principal_id id);
struct key rows_address_key(struct str normal);
/* Every address of a domain, aliases too, in their order. normal may be empty: the first. */
struct key rows_listing_key(uint64_t domain, struct str normal);
/* group, member; and the other way round. 0 as the second makes the prefix. */
struct key rows_member_key(principal_id group, principal_id member);
struct key rows_member_of_key(principal_id member, principal_id group);
struct key rows_send_as_key(principal_id owner, principal_id who);
struct key rows_may_send_as_key(principal_id who, principal_id owner);
struct key rows_credential_key(principal_id id);
struct key rows_old_passwords_key(principal_id id);
struct key rows_removed_key(int64_t removed_ms, principal_id id);
struct key rows_pending_key(principal_id id);
/* By its print; empty: the prefix of all. */
struct key rows_certificate_key(struct str print);
/* The prefix of the index of grants (core/share/sharing.h); kind 0: of all of it. */
struct key rows_shared_key(uint32_t kind, principal_id who);

struct principal_row {
    struct principal is;
    int64_t created_ms, removed_ms; /* removed_ms 0: it lives */
};

struct address_row {
    principal_id id;
    bool primary;
};

struct member_row {
    enum principal_kind kind; /* of the member, so that groups expand without reading each */
    bool removed;             /* the member is, and may come back */
};

/* What rows hold. Reading: E_NOT_FOUND; E_CORRUPT. Slices are in cx->arena. */
MUST_USE enum code rows_domain(struct ctx *cx, const struct rows *r, uint64_t id,
                               struct domain *out);
MUST_USE enum code rows_domain_named(struct ctx *cx, const struct rows *r, struct str name,
                                     struct domain *out);
MUST_USE enum code rows_domain_parse(struct ctx *cx, struct str value, uint64_t id,
                                     struct domain *out);
MUST_USE enum code rows_principal(struct ctx *cx, const struct rows *r, principal_id id,
                                  struct principal_row *out);
/* As rows_principal, but the removed are E_NOT_FOUND. */
MUST_USE enum code rows_living(struct ctx *cx, const struct rows *r, principal_id id,
                               struct principal *out);
MUST_USE enum code rows_address(struct ctx *cx, const struct rows *r, struct str normal,
                                struct address_row *out);
/* Lower-case A-labels, quickly for what is ASCII: what is no domain name is not in the directory
   either. E_SYNTAX. */
MUST_USE enum code rows_domain_fold(struct ctx *cx, struct str name, struct str *out);
bool rows_address_parse(struct str value, struct address_row *out);
bool rows_member_parse(struct str value, struct member_row *out);

/* The second numbers of all pairs that start as prefix does, at most IDS_MAX; in cx->arena. */
struct ids {
    uint64_t *at;
    size_t n, room;
};
enum { IDS_MAX = 100000 };
void ids_add(struct arena *a, struct ids *ids, uint64_t id);
MUST_USE enum code rows_seconds(struct ctx *cx, const struct rows *r, const struct key *prefix,
                                struct ids *out);

/* Writing, inside a change. */
void rows_put_domain(struct ctx *cx, struct txn *t, const struct domain *d);
void rows_put_principal(struct ctx *cx, struct txn *t, const struct principal_row *p);
void rows_put_address(struct ctx *cx, struct txn *t, struct str normal, uint64_t domain,
                      struct address_row row);
void rows_delete_address(struct txn *t, struct str normal, uint64_t domain);
void rows_put_member(struct ctx *cx, struct txn *t, principal_id group, principal_id member,
                     struct member_row row);
/* A row whose key says all. */
void rows_put_mark(struct txn *t, const struct key *k);
/* The next number that was never given out. */
MUST_USE enum code rows_next_id(struct ctx *cx, struct txn *t, uint64_t *out);

#endif
