/* Messages made of properties (RFC 8621 section 4.6), and put into a mailbox. */
#ifndef PROTO_JMAP_EMAIL_MAKE_H
#define PROTO_JMAP_EMAIL_MAKE_H

#include "proto/jmap/email/set.h"

struct compose_part;
struct jmap_blob;

enum {
    JMAP_ATTACHMENTS_MAX = 50 * 1000 * 1000, /* bytes of blobs: maxSizeAttachmentsPerEmail */
    JMAP_MESSAGE_MAX = 80 * 1000 * 1000,     /* bytes of a message that is made */
    JMAP_FIELDS_MAX = 256 * 1024,            /* bytes of a header that is made */
    JMAP_PARTS_MAX = 1000,                   /* of a message that is made */
};

/* One email while it is made. What is large lies in cx's arena, which ends with it. */
struct jmap_making {
    struct ctx *cx;    /* of this email */
    struct ctx *outer; /* of the call */
    struct jmap_call *call;
    struct jmap_set_one *x;
    const struct json_tree *values; /* "bodyValues" */
    struct jmap_blob *blobs;        /* that its parts point into */
    size_t blob_count, parts;
    uint64_t blob_bytes;
    struct str missing[JMAP_BAD_MAX]; /* blobs that are not there */
    size_t missing_count;
};

/* Appends the header fields that the properties of v name. outermost: an Email, else a part of
   one. Refuses x. */
MUST_USE enum code jmap_make_fields(struct jmap_making *m, const struct json_tree *v,
                                    bool outermost, struct buf *out);
/* The tree of parts that bodyStructure, or textBody, htmlBody and attachments say. Refuses x. */
MUST_USE enum code jmap_make_parts(struct jmap_making *m, struct compose_part *out);

/* What is put into a mailbox. */
struct jmap_letter {
    folder_id folder;
    struct jmap_keywords keywords;
    int64_t received_ms;
    struct str bytes;
};
/* mailboxIds, keywords and receivedAt of x->values, and whether these may be set there; refuses. */
MUST_USE enum code jmap_letter_read(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x,
                                    struct jmap_letter *out);
/* Adds it in a commit of its own; x->id is set. */
MUST_USE enum code jmap_letter_add(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x,
                                   const struct jmap_letter *letter);

jmap_set_fn jmap_email_create;
jmap_method_fn jmap_email_import;
jmap_method_fn jmap_email_copy;

#endif
