/* Filters of Email/query (RFC 8621 section 4.4.1): read once, then asked of a folder's messages
   condition by condition. */
#ifndef PROTO_JMAP_QUERY_FILTER_H
#define PROTO_JMAP_QUERY_FILTER_H

#include "core/columns/columns.h"
#include "core/search.h"
#include "proto/jmap/call.h"
#include "proto/jmap/email/smime.h"
#include "proto/jmap/query/threads.h"

enum {
    JMAP_FILTER_DEPTH_MAX = 16,
    JMAP_FILTER_NODES_MAX = 200, /* conditions, operators and words in all */
};

enum jmap_op {
    JMAP_AND,
    JMAP_OR,
    JMAP_NOT, /* of any child */
    JMAP_IN_MAILBOX,
    JMAP_OTHER_THAN,
    JMAP_BEFORE,
    JMAP_AFTER,
    JMAP_MIN_SIZE,
    JMAP_MAX_SIZE,
    JMAP_HAS_ATTACHMENT,
    JMAP_HAS_KEYWORD,
    JMAP_ALL_IN_THREAD,
    JMAP_SOME_IN_THREAD,
    JMAP_IN_COLUMN, /* a word in From, To, Cc, Bcc, Subject */
    JMAP_IN_TEXT,   /* a word anywhere, or in the body */
    JMAP_HAS_FIELD, /* a header field, with text empty: any value */
    JMAP_HAS_SMIME, /* email/smime.h; number: whether it must be so; smime: which */
};

struct jmap_filter {
    enum jmap_op op;
    struct jmap_filter *child, *next;
    struct str text;  /* a needle as utf8_search makes it; a keyword */
    struct str field; /* HAS_FIELD */
    int64_t number;
    const folder_id *folders;
    size_t folder_count;
    enum column_kind column; /* IN_COLUMN */
    enum jmap_smime smime;   /* HAS_SMIME */
    uint32_t where;          /* enum search_where: IN_COLUMN, IN_TEXT, HAS_FIELD */
    struct jmap_threads *threads;
};

/* in: "filter"; NULL: everything. Returns NULL, or the error to refuse with. */
const char *jmap_filter_read(struct ctx *cx, const struct jmap_call *call,
                             const struct json_tree *in, struct jmap_filter **out);
/* Whether it, or any below it, is one of those from first to last. */
bool jmap_filter_has(const struct jmap_filter *f, enum jmap_op first, enum jmap_op last);
/* The words and phrases of a text, one by one; as they were written (section 4.4.1). False at the
   end. */
bool jmap_word_next(struct arena *a, struct cur *c, struct str *out);

/* All that is known of a folder's messages without reading them. */
struct jmap_place {
    struct view *view;
    uint32_t count;                    /* of places */
    const struct column_facts **facts; /* by place; NULL: gone meanwhile */
    struct column **held;
    size_t held_count;
};
MUST_USE enum code jmap_place_open(struct ctx *cx, struct core *c, struct view *v,
                                   struct jmap_place *out);
void jmap_place_close(struct jmap_place *p);

/* By place; MAYBE is within a condition. */
enum { JMAP_NO, JMAP_MAYBE, JMAP_YES };
/* out: by place YES or NO; among: NO for those that are not asked. Reads messages of which neither
   columns nor the index know. */
MUST_USE enum code jmap_filter_ask(struct ctx *cx, struct jmap_call *call,
                                   const struct jmap_place *p, const struct jmap_filter *f,
                                   const uint8_t *among, uint8_t *out);
/* Of one condition (IN_COLUMN, IN_TEXT, HAS_FIELD): settles each MAYBE by reading the message. */
MUST_USE enum code jmap_filter_settle(struct ctx *cx, struct jmap_call *call,
                                      const struct jmap_place *p, const struct jmap_filter *f,
                                      uint8_t *out);

#endif
