/* Searches and sorts whose changes are told until the mailbox is left (RFC 5267: UPDATE). */
#ifndef PROTO_IMAP_SEARCH_CONTEXT_H
#define PROTO_IMAP_SEARCH_CONTEXT_H

#include "proto/imap/search/answer.h"

enum {
    IMAP_CONTEXTS_MAX = 8,             /* of one session */
    IMAP_CONTEXT_FOUND_MAX = 200000,   /* messages in one */
    IMAP_CONTEXT_READS_MAX = 1000,     /* messages read again because something changed */
    IMAP_CONTEXT_TEXT_MAX = 64 * 1024, /* bytes of its command */
};

/* Keeps a search that was just answered; text: what follows RETURN (…), of SORT or SEARCH. When it
   cannot be kept, the client is told NOUPDATE. */
void imap_context_keep(struct imap_session *s, struct imap_call *call,
                       const struct imap_answer *answer, struct str text);
/* CANCELUPDATE; false when there is none of that tag. */
bool imap_context_cancel(struct imap_selected *sel, struct str tag);
void imap_contexts_drop(struct imap_selected *sel);

/* While news are told, the numbers still those of the view before: REMOVEFROM. now: the view that
   comes. */
void imap_contexts_before(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                          const struct view *now);
/* And once the new numbers are told: ADDTO. */
void imap_contexts_after(struct imap_session *s, struct imap_call *call);

#endif
