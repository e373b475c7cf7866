/* What LIST and LSUB share: the folders that a session sees, and patterns of names. */
#ifndef PROTO_IMAP_LIST_H
#define PROTO_IMAP_LIST_H

#include "proto/imap/session.h"

enum { IMAP_PATTERNS_MAX = 100 };

struct imap_folders {
    const struct folder_facts **at;     /* in the account's order */
    const struct folder_facts **sorted; /* by the bytes of their paths */
    size_t count;
};
/* Those that are shown and may be looked up; in cx->arena, valid as long as v. */
void imap_folders_of(struct ctx *cx, const struct imap_session *s, const struct account_view *v,
                     struct imap_folders *out);

/* sorted[first] to sorted[end - 1] are all that lie below path. */
struct imap_below {
    size_t first, end;
};
struct imap_below imap_folders_below(const struct imap_folders *all, struct str path);

struct imap_patterns {
    struct str *at;
    size_t count;
    bool is_empty; /* a single pattern, and that empty */
};
/* Takes a pattern, or several in brackets; each comes behind reference. E_SYNTAX; E_LIMIT past
   IMAP_PATTERNS_MAX or IMAP_PATTERN_MAX. */
MUST_USE enum code imap_patterns_parse(struct ctx *cx, const struct imap_session *s, struct cur *c,
                                       struct str reference, struct imap_patterns *out);
/* Any of them; INBOX in any case. */
bool imap_patterns_match(const struct imap_patterns *patterns, struct str path);

#endif
