/* Searches that read many messages go on slice by slice, and say how far they are (RFC 9585). */
#ifndef PROTO_IMAP_COMMAND_SEARCH_PROGRESS_H
#define PROTO_IMAP_COMMAND_SEARCH_PROGRESS_H

#include "proto/imap/command/search/command.h"

/* Is it one of these: it reads messages, more of them than a slice has, without an index? */
bool imap_search_is_long(const struct imap_session *s, const struct imap_target *t,
                         const struct imap_search *search);
/* Asks the key of as many messages from *next on as a slice has: adds to found, moves *next. */
MUST_USE enum code imap_search_slice(struct ctx *cx, const struct imap_session *s,
                                     const struct imap_target *t, const struct imap_key *key,
                                     uint32_t *next, struct imap_bits *found);
/* Runs it. search: as it was parsed; text: the keys that it was parsed from. */
MUST_USE enum code imap_search_begin(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                                     const struct imap_search *search, struct str text);
/* The engine's more(), while s->search_job is there. */
MUST_USE enum code imap_search_more(struct ctx *cx, struct imap_session *s, struct imap_call *call);
void imap_search_job_drop(struct imap_session *s);

#endif
