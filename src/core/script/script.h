/* Sieve scripts (RFC 5228) as an account, a domain or the forest keeps them: named texts, of which
   an account has one active, a domain one that runs before and one that runs after those of its
   people. Rows: docs/STORE.md. */
#ifndef CORE_SCRIPT_SCRIPT_H
#define CORE_SCRIPT_SCRIPT_H

#include "core/account.h"

enum {
    SCRIPT_NAME_CHARS_MAX = 128, /* characters, RFC 5804 section 1.6; at most 512 bytes */
    SCRIPT_NAME_BYTES_MAX = 512,
    SCRIPT_BYTES_MAX = 1024 * 1024, /* whatever the settings say */
    SCRIPTS_MAX = 1000,             /* of one owner, whatever the settings say */
    SCRIPTS_SYSTEM_MAX = 20000,     /* domains with scripts that run by themselves */
    SCRIPT_COMPANION = -1,          /* as a number: the account's that has no name */
};

enum script_level { SCRIPT_OF_ACCOUNT = 1, SCRIPT_OF_DOMAIN };

struct script_owner {
    enum script_level level;
    uint64_t id; /* account_id; or domain, 0: the forest */
};

/* Where a script is active. Stored as positions: append only. */
enum script_place { SCRIPT_ACTIVE = 0, SCRIPT_BEFORE = 0, SCRIPT_AFTER = 1, SCRIPT_PLACES };

struct script {
    uint32_t number;
    struct str name; /* UTF-8, in cx->arena */
    uint64_t bytes;
    struct blob_id text; /* also the name of what it is compiled to */
    int64_t changed_ms;
    bool is_active[SCRIPT_PLACES]; /* an account's own have the first place alone */
};

/* What an owner may keep; 0 takes the constant above. */
struct script_limits {
    uint32_t scripts;
    uint64_t bytes;     /* of one */
    uint64_t all_bytes; /* of all together */
};

/* RFC 5804 section 1.6: UTF-8, not empty, none of the characters forbidden there. */
bool script_name_ok(struct str name);

/* All, in the order in which they came. */
MUST_USE enum code script_list(struct ctx *cx, struct core *c, const struct script_owner *owner,
                               struct script **out, size_t *count);
/* E_NOT_FOUND, also for what can be no name. */
MUST_USE enum code script_find(struct ctx *cx, struct core *c, const struct script_owner *owner,
                               struct str name, struct script *out);
/* The script that is active at a place; E_NOT_FOUND. One row is read. */
MUST_USE enum code script_active(struct ctx *cx, struct core *c, const struct script_owner *owner,
                                 enum script_place place, struct blob_id *out);
/* Its text, in cx->arena. */
MUST_USE enum code script_text(struct ctx *cx, struct core *c, const struct blob_id *text,
                               struct str *out);

/* Adds, or replaces the one of that name; an active one stays active. E_SYNTAX: the name;
   E_LIMIT: cx->err.what begins with the word RFC 5804 has for it (MAXSCRIPTS, MAXSIZE, or none);
   E_NOT_FOUND: no such account. Durable with OK, as all that follow. */
MUST_USE enum code script_put(struct ctx *cx, struct core *c, const struct script_owner *owner,
                              struct str name, struct str text, const struct script_limits *limits);
/* Would script_put take it? As script_put. */
MUST_USE enum code script_may_put(struct ctx *cx, struct core *c, const struct script_owner *owner,
                                  struct str name, uint64_t bytes,
                                  const struct script_limits *limits);
/* E_NOT_FOUND; E_DENIED while it is active. */
MUST_USE enum code script_remove(struct ctx *cx, struct core *c, const struct script_owner *owner,
                                 struct str name);
/* E_NOT_FOUND; E_EXISTS; E_SYNTAX. */
MUST_USE enum code script_rename(struct ctx *cx, struct core *c, const struct script_owner *owner,
                                 struct str from, struct str to);
/* An empty name: none is active there any more. E_NOT_FOUND. */
MUST_USE enum code script_activate(struct ctx *cx, struct core *c, const struct script_owner *owner,
                                   enum script_place place, struct str name);

/* Inside account_update: the script that the server makes for a person (out of office) and runs
   after the active one. It is in no list and counts for no limit; its place is SCRIPT_AFTER. text:
   prepared, or NULL: there is none any more. */
MUST_USE enum code script_companion_set(struct ctx *cx, struct account_txn *t,
                                        const struct blob_new *text, uint64_t bytes);

/* May scripts of a domain's people send mail on to the outside of the forest (P7)? Stored: append
   only. */
enum script_forward { FORWARD_INHERITED = 0, FORWARD_ALLOWED, FORWARD_REFUSED, FORWARD_END };
MUST_USE enum code script_set_forward(struct ctx *cx, struct core *c, uint64_t domain,
                                      enum script_forward forward);

/* What is set for a domain (0: the forest). */
struct script_system {
    uint64_t domain;
    enum script_forward forward;
    bool has[SCRIPT_PLACES];
    struct blob_id text[SCRIPT_PLACES];
};
/* All domains that have something set, by number. E_LIMIT past SCRIPTS_SYSTEM_MAX. */
MUST_USE enum code script_systems(struct ctx *cx, struct core *c, struct script_system **out,
                                  size_t *count);

#endif
