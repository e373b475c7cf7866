/* What is searched: a mailbox as it is looked at, selected or not. */
#ifndef PROTO_IMAP_SEARCH_TARGET_H
#define PROTO_IMAP_SEARCH_TARGET_H

#include "proto/imap/session.h"

struct imap_target {
    struct core *core;
    principal_id reader;
    account_id account; /* that the session is logged in to: whose filters are meant */
    const struct view *view;
    const struct view *fresh;      /* newer flags, or NULL; see imap_selected */
    const struct imap_set *recent; /* uids, or NULL: not selected */
    const struct imap_set *saved;  /* uids of "$", or NULL */
    enum collation collation;      /* how texts are compared (RFC 5255) */
    uint64_t thread_steps;         /* struct imap_limits */
    bool utf8;                     /* no CHARSET is taken: RFC 9755 section 3 */
    bool uidonly;                  /* numbers as keys are E_DENIED: imap_uid_required */
};

/* The selected mailbox. */
struct imap_target imap_target_of(const struct imap_session *s);
/* The row at a place in the view, with its flags as they are known now. */
struct view_row imap_target_row(const struct imap_target *t, uint32_t place);
/* The names of flags: the view that knows the most of them. */
const struct view *imap_target_names(const struct imap_target *t);

#endif
