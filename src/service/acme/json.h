/* What ACME servers say (RFC 8555 section 7.1), read. Strings are in the arena; members that are
   missing are empty. */
#ifndef SERVICE_ACME_JSON_H
#define SERVICE_ACME_JSON_H

#include "base/err.h"
#include "base/str.h"

enum { ACME_NAMES_MAX = 100, ACME_CHALLENGES_MAX = 16 };

struct acme_directory {
    struct str new_nonce, new_account, new_order, revoke, renewal_info, terms;
    bool wants_binding; /* externalAccountRequired */
};

enum acme_status {
    ACME_UNKNOWN = 0,
    ACME_PENDING,
    ACME_READY,
    ACME_PROCESSING,
    ACME_VALID,
    ACME_INVALID,
};

/* A problem document (RFC 7807); type empty: none. */
struct acme_problem {
    struct str type, detail;
};

struct acme_order {
    enum acme_status status;
    struct str authorizations[ACME_NAMES_MAX];
    size_t authorization_count;
    struct str finalize, certificate;
    struct acme_problem problem;
};

struct acme_challenge {
    struct str type, url, token;
    enum acme_status status;
    struct acme_problem problem;
};

struct acme_authorization {
    enum acme_status status;
    struct str name; /* a wildcard's without "*." */
    struct acme_challenge challenges[ACME_CHALLENGES_MAX];
    size_t challenge_count;
};

/* Each: E_SYNTAX when it is no such object, E_LIMIT past the limits above. */
MUST_USE enum code acme_read_directory(struct ctx *cx, struct str json, struct acme_directory *out);
MUST_USE enum code acme_read_order(struct ctx *cx, struct str json, struct acme_order *out);
MUST_USE enum code acme_read_authorization(struct ctx *cx, struct str json,
                                           struct acme_authorization *out);
/* No problem document is an empty one. */
struct acme_problem acme_read_problem(struct ctx *cx, struct str json);
/* suggestedWindow of RFC 9773 section 4.2, as RFC 3339 times. E_SYNTAX. */
MUST_USE enum code acme_read_window(struct ctx *cx, struct str json, struct str *start,
                                    struct str *end);
/* Two texts that were kept as {"first": ..., "second": ...}: a member by its name, or empty. */
struct str acme_read_text(struct ctx *cx, struct str json, const char *member);

#endif
