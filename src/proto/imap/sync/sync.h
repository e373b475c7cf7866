/* Telling a session what changed in its folder since it was told last. */
#ifndef PROTO_IMAP_SYNC_H
#define PROTO_IMAP_SYNC_H

#include "proto/imap/command.h"

/* Looks at the folder as it is now and appends EXISTS, EXPUNGE, FETCH and FLAGS responses for what
   the client does not know (RFC 9051 section 7.5.1). how KEEP: when something was removed, tells
   flags alone and keeps the numbers. quiet: places in selected->view whose flags need not be told,
   or NULL. A folder that is gone ends the session with BYE. */
MUST_USE enum code imap_sync(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                             enum imap_sync how, const struct imap_set *quiet);

/* "* 5 FETCH " for a place in selected->view; "* 25996 UIDFETCH " when UIDONLY is on. */
void imap_put_fetch(const struct imap_session *s, struct buf *out, uint32_t place, uint32_t uid);

/* Is the selected mailbox the user's to read still? Ends the session with BYE when it is not, as if
   it were deleted; tells the flags anew when the rights changed. To be asked before a command. */
MUST_USE enum code imap_selected_check(struct ctx *cx, struct imap_session *s,
                                       struct imap_call *call);

/* The row at a place in selected->view, with its flags as they are known now. */
struct view_row imap_row(const struct imap_selected *sel, uint32_t index);

/* The name of a keyword's bit in the newest view; NULL-p when it has none. */
struct str imap_keyword(const struct imap_selected *sel, unsigned bit);

/* "(\Seen $Work)" with the brackets. */
void imap_put_flags(struct buf *out, const struct imap_selected *sel, const struct view_row *row);
/* " UID 5" and " MODSEQ (7)" with a leading space where the session wants them beside flags. */
void imap_put_flag_facts(struct imap_session *s, struct buf *out, const struct view_row *row,
                         bool uid);
/* "* FLAGS (…)" with the folder's keywords, and notes that they were told. */
void imap_put_folder_flags(struct imap_session *s, struct buf *out);

/* Makes the session select the view (which it takes) and claims what is \Recent. */
void imap_selected_open(struct imap_session *s, account_id account, struct view *v, bool read_only);

#endif
