/* What LIST and LSUB share: the mailboxes that a session sees, and patterns of names. */
#ifndef PROTO_IMAP_LIST_H
#define PROTO_IMAP_LIST_H

#include "proto/imap/session.h"

enum { IMAP_PATTERNS_MAX = 100 };

struct imap_patterns {
    struct str *at;
    size_t count;
    bool is_empty; /* a single pattern, and that empty */
    bool remote;   /* set by the caller: mailboxes on other servers, too (RFC 2193) */
};

/* A name in a listing. */
struct imap_entry {
    struct str name; /* as the session names it */
    account_id account;
    struct account_view *view;
    const struct folder_facts *folder; /* NULL: no mailbox, but a level above one, or subscribed */
    uint32_t rights;
    bool subscribed, own;
    bool remote; /* it is on another server */
};

struct imap_entries {
    const struct imap_entry **at;     /* one's own in their account's order, then others' */
    const struct imap_entry **sorted; /* by the bytes of their names */
    size_t count;
    struct account_view **views; /* held */
    size_t view_count;
};
/* All that the session may look up, and the levels above; others' accounts only where a pattern can
   meet them. patterns may be NULL: everything. In cx->arena; to be closed. */
MUST_USE enum code imap_entries_open(struct ctx *cx, const struct imap_session *s,
                                     const struct imap_patterns *patterns,
                                     struct imap_entries **out);
void imap_entries_close(struct imap_entries *all);
AUTO_OF(struct imap_entries *, imap_entries_close)

/* Its special use (RFC 6154): in one's own account; empty for none. */
struct str imap_entry_use(const struct imap_entry *e);

/* sorted[first] to sorted[end - 1] are all that lie below name. */
struct imap_below {
    size_t first, end;
};
struct imap_below imap_entries_below(const struct imap_entries *all, struct str name);

/* Takes a pattern, or several in brackets; each comes behind reference. E_SYNTAX; E_LIMIT past
   IMAP_PATTERNS_MAX or IMAP_PATTERN_MAX. */
MUST_USE enum code imap_patterns_parse(struct ctx *cx, const struct imap_session *s, struct cur *c,
                                       struct str reference, struct imap_patterns *out);
/* Any of them; INBOX in any case. */
bool imap_patterns_match(const struct imap_patterns *patterns, struct str name);
/* Any that asks for levels: it ends in "%", or has no wildcard at all. */
bool imap_patterns_match_level(const struct imap_patterns *patterns, struct str name);
/* Whether something below the level could match. */
bool imap_patterns_reach(const struct imap_patterns *patterns, struct str level);

#endif
