/* An email while it is shown: one of the account, or one that was parsed out of a blob. */
#ifndef PROTO_JMAP_EMAIL_SHOWN_H
#define PROTO_JMAP_EMAIL_SHOWN_H

#include "base/rope.h"
#include "format/mime.h"
#include "proto/jmap/email/email.h"

/* What Email/get and Email/parse are asked for of bodies (RFC 8621 section 4.2). */
struct jmap_asked {
    const struct json_tree *properties; /* "bodyProperties"; NULL: the usual ones */
    bool text, html, all;               /* which bodyValues */
    size_t value_bytes_max;             /* 0: whole */
};

/* Indexes of parts (section 4.1.4). */
struct jmap_list {
    uint32_t *at;
    size_t count, room;
};
struct jmap_lists {
    struct jmap_list text, html, attachments;
};

struct smime_answer;
struct jmap_shown {
    struct jmap_email of; /* all zero for one that was parsed */
    struct str blob;      /* its blobId */
    bool header_known;    /* trace fields and header */
    struct jmap_fields header;
    const struct mime *mime;          /* NULL: not yet */
    struct rope bytes;                /* mime's; held until it is not shown any more */
    struct jmap_lists *lists;         /* NULL: not yet */
    const struct smime_answer *smime; /* NULL: not yet */
};

/* Reads "bodyProperties" and the others; refuses what is wrong. */
jmap_method_fn jmap_asked_read;
/* Trace and header. */
MUST_USE enum code jmap_shown_header(struct ctx *cx, struct jmap_call *call, struct jmap_shown *e,
                                     struct jmap_fields *out);
/* The structure, with e->mime set. */
MUST_USE enum code jmap_shown_parse(struct ctx *cx, struct jmap_call *call, struct jmap_shown *e);
/* Which parts are text, which attachments; parsed before. */
const struct jmap_lists *jmap_shown_lists(struct arena *a, struct jmap_shown *e);
void jmap_shown_done(void *object);

/* Property writers. */
jmap_write_fn jmap_put_structure;
jmap_write_fn jmap_put_text_body;
jmap_write_fn jmap_put_html_body;
jmap_write_fn jmap_put_attachments;
jmap_write_fn jmap_put_values;
/* A part's value as a member: {"value", "isEncodingProblem", "isTruncated"}. */
void jmap_put_value(struct arena *a, const struct mime *m, uint32_t part, size_t max,
                    struct json *j);
/* "text/plain"; a multipart whose parts cannot be told is text. */
struct str jmap_part_type(struct arena *a, const struct mime_part *p);

#endif
