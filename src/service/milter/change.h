/* What a milter wants changed of a message, gathered and then done at once. Pure. */
#ifndef SERVICE_MILTER_CHANGE_H
#define SERVICE_MILTER_CHANGE_H

#include "format/header.h"
#include "service/milter.h"
#include "service/milter/packet.h"

enum {
    MILTER_FIELDS_MAX = 10000,
    MILTER_FIELD_MAX = 64 * 1024,
    MILTER_RCPTS_MAX = 1000,
    MILTER_ADDED_MAX = 1000,
    MILTER_ADDED_BYTES = 1024 * 1024
};

/* A message as fields and body. */
struct change_message {
    struct str bytes, body;
    struct header_field *fields;
    size_t count;
};
/* E_LIMIT past MILTER_FIELDS_MAX. */
MUST_USE enum code change_open(struct ctx *cx, struct str bytes, struct change_message *out);

struct changes {
    struct change_message message;
    uint32_t actions;    /* that were agreed on */
    bool leading_space;  /* so was LEADING_SPACE */
    size_t max;          /* bytes of the message afterwards */
    struct str *lines;   /* of message's fields; empty: taken out */
    bool header_changed; /* lines are not all as they came */
    /* Fields to be added: those for the start of the header, the last one first; then the others.
     */
    struct str *first, *last;
    size_t first_count, last_count, added_bytes;
    bool has_body;
    struct buf body;
    struct milter_outcome *out;
};
void changes_begin(struct ctx *cx, struct changes *c);
/* One answer, as milter_change_fn; arg: a struct changes. E_DENIED: not agreed on; E_SYNTAX;
   E_LIMIT. */
MUST_USE enum code changes_take(struct ctx *cx, void *arg, const struct milter_reply *reply);
/* Puts them into c->out. E_LIMIT: too large now. */
MUST_USE enum code changes_end(struct ctx *cx, struct changes *c);

#endif
