/* Annotations of messages (RFC 5257): how they are asked for, changed and told. */
#ifndef PROTO_IMAP_ANNOTATE_H
#define PROTO_IMAP_ANNOTATE_H

#include "core/annotation/annotation.h"
#include "proto/imap/search/target.h"

enum { IMAP_NOTES_MAX = 100 }; /* entries named in one command; values set in it */

enum imap_note_attribute {
    IMAP_NOTE_VALUE_PRIV = 1,
    IMAP_NOTE_VALUE_SHARED = 2,
    IMAP_NOTE_SIZE_PRIV = 4,
    IMAP_NOTE_SIZE_SHARED = 8,
};

/* Which entries, and what of them. */
struct imap_notes_ask {
    struct str *entries; /* in lower case; "*" and "%" as in LIST */
    size_t count;
    uint32_t attributes; /* enum imap_note_attribute */
};
/* Takes "(/comment value)", or lists of both. In cx->arena. E_SYNTAX; E_LIMIT. */
MUST_USE enum code imap_notes_ask(struct ctx *cx, struct cur *c, struct imap_notes_ask *out);
/* A copy in another arena. */
struct imap_notes_ask *imap_notes_ask_dup(struct arena *a, const struct imap_notes_ask *ask);

/* What STORE and APPEND bring. */
struct imap_notes {
    struct annotation_change *at;
    size_t count;
    bool shares; /* a shared value is among them */
};
/* Takes "(/comment (value.priv "x" value.shared NIL))". In cx->arena. E_SYNTAX; E_LIMIT, with the
   response code of RFC 5257 section 4.5. */
MUST_USE enum code imap_notes_parse(struct ctx *cx, const struct imap_session *s,
                                    struct imap_call *call, struct cur *c, struct imap_notes *out);

/* Appends "(/comment (value.priv "x"))" for an item of the selected mailbox. */
MUST_USE enum code imap_notes_put(struct ctx *cx, const struct imap_session *s, struct buf *out,
                                  item_id id, const struct imap_notes_ask *ask);
/* Appends " ANNOTATION (/comment)", the names of those that were changed after since; nothing when
   there are none. */
MUST_USE enum code imap_notes_put_changed(struct ctx *cx, const struct imap_session *s,
                                          struct buf *out, item_id id, uint64_t since);

/* Takes "/comment value "text"" of SEARCH. out: the places in the target's view that match, rising.
   lacks: those are meant that are not among them (NIL). */
MUST_USE enum code imap_notes_search(struct ctx *cx, const struct imap_target *t, struct cur *c,
                                     struct imap_set *out, bool *lacks);

/* A criterion of SORT: one entry's value. */
struct imap_notes_sort {
    struct str entry;
    bool shared;
};
/* Takes "/altsubject value.priv". E_SYNTAX. */
MUST_USE enum code imap_notes_sort_parse(struct ctx *cx, struct cur *c,
                                         struct imap_notes_sort *out);
/* Ranks by place in the view, from 0 to limit; what has no such value comes first. */
MUST_USE enum code imap_notes_ranks(struct ctx *cx, const struct imap_target *t,
                                    const struct imap_notes_sort *by, uint32_t **ranks,
                                    uint32_t *limit);

#endif
