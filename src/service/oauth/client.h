/* Clients: programs that people may allow to act for them (RFC 6749 section 2, RFC 7591). */
#ifndef SERVICE_OAUTH_CLIENT_H
#define SERVICE_OAUTH_CLIENT_H

#include "service/oauth/jose.h"
#include "service/oauth/oauth.h"

enum {
    CLIENT_ID_MAX = 100, /* bytes; letters, digits, "-", ".", "_" */
    CLIENT_NAME_MAX = 100,
    CLIENT_REDIRECTS_MAX = 10,
    CLIENTS_MAX = 2000,         /* of all */
    CLIENTS_STRANGE_MAX = 1000, /* that registered themselves */
    CLIENT_STRANGE_DAYS = 30,   /* one of those without a grant is forgotten then */
};

struct oauth_client {
    struct str id, name;
    struct str secret_hash; /* SHA-256 of its secret; empty: a public client */
    struct str redirects[CLIENT_REDIRECTS_MAX];
    size_t redirect_count;
    struct str endings[CLIENT_REDIRECTS_MAX]; /* post_logout_redirect_uris */
    size_t ending_count;
    uint32_t scopes;                  /* that it may ask for */
    enum jose_algorithm id_algorithm; /* of ID tokens */
    bool strange;                     /* registered itself (RFC 7591) */
    int64_t created_ms;
};

/* id empty: made up. confidential: *secret is made, too, in cx->arena; it is kept nowhere. E_SYNTAX
   for what cannot be, E_EXISTS, E_LIMIT. new->secret_hash is not looked at. */
MUST_USE enum code oauth_client_add(struct ctx *cx, struct oauth *o, struct oauth_client *new,
                                    bool confidential, struct str *secret);
/* Its grants end with it. E_NOT_FOUND. */
MUST_USE enum code oauth_client_remove(struct ctx *cx, struct oauth *o, struct str id);
/* E_NOT_FOUND. Strings in cx->arena. */
MUST_USE enum code oauth_client_get(struct ctx *cx, struct oauth *o, struct str id,
                                    struct oauth_client *out);
/* All, by id. */
MUST_USE enum code oauth_client_list(struct ctx *cx, struct oauth *o, struct oauth_client **out,
                                     size_t *count);
/* Whether that is its secret, in a time that does not tell. */
bool oauth_client_proves(const struct oauth_client *c, struct str secret);
/* Whether the browser may be sent there; one that is registered fits. */
bool oauth_client_redirects(const struct oauth_client *c, struct str uri);

#endif
