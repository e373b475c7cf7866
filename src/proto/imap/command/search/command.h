/* What SEARCH, SORT and THREAD share. */
#ifndef PROTO_IMAP_COMMAND_SEARCH_COMMAND_H
#define PROTO_IMAP_COMMAND_SEARCH_COMMAND_H

#include "proto/imap/command.h"
#include "proto/imap/search/answer.h"

/* Finds what matches, in turn with others where messages have to be read. E_LIMIT and E_BUSY as
   imap_turn_take. */
MUST_USE enum code imap_search_find(struct ctx *cx, struct imap_session *s,
                                    const struct imap_target *t, const struct imap_search *search,
                                    struct imap_found *out);
/* Leaves those that one command may look at: the last ones (RFC 9738). */
void imap_search_most(struct ctx *cx, const struct imap_session *s, const struct imap_target *t,
                      struct imap_bits *places);
/* After a failure: the response code for a charset, and what SAVE asks for then. Returns code. */
enum code imap_search_failed(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                             const struct imap_search *search, enum code code);
/* Keeps and tells what was found. text: what follows RETURN (…), for UPDATE. */
void imap_search_tell(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                      struct imap_answer *answer, struct str text);

#endif
