/* Emails (RFC 8621 section 4). */
#ifndef PROTO_JMAP_EMAIL_EMAIL_H
#define PROTO_JMAP_EMAIL_EMAIL_H

#include "format/address.h"
#include "format/header.h"
#include "proto/jmap/call.h"

enum jmap_form { JMAP_RAW, JMAP_TEXT, JMAP_ADDRESSES, JMAP_GROUPS, JMAP_IDS, JMAP_DATE, JMAP_URLS };

/* A header field as it is asked for. */
struct jmap_header {
    struct str name;
    enum jmap_form form;
    bool all; /* each of that name, not the last alone */
};
/* "header:Subject:asText:all"; false for what is none, or a form that does not fit the field. */
bool jmap_header_of(struct str property, struct jmap_header *out);
/* The fields of a header, looked for once. */
struct jmap_fields {
    struct header_field *at;
    size_t count;
};
struct jmap_fields jmap_fields_of(struct arena *a, struct str header);
/* Writes the value; null when there is no such field. */
void jmap_header_put(struct arena *a, const struct jmap_fields *fields,
                     const struct jmap_header *want, struct json *j);
/* All fields, in order: [{"name", "value" as Raw}]. */
void jmap_headers_put(struct arena *a, const struct jmap_fields *fields, struct json *j);

/* Keywords that are flags here (section 4.1.1). */
enum { JMAP_FLAGS = 4 };
struct jmap_flag {
    struct str name;
    uint32_t flag; /* of enum item_flag */
};
extern const struct jmap_flag jmap_flags[JMAP_FLAGS];

/* An email of the call's account, as the person sees it. E_NOT_FOUND also for what may not be
   read, and for hidden items. */
struct jmap_email {
    struct item_row row; /* slices are in cx->arena */
    folder_id folder;
    struct view *view; /* the call's */
    struct view_row state;
};
MUST_USE enum code jmap_email_load(struct ctx *cx, struct jmap_call *call, item_id id,
                                   struct jmap_email *out);

extern const struct jmap_type jmap_email_type;
jmap_method_fn jmap_email_query;
jmap_method_fn jmap_email_query_changes;
jmap_method_fn jmap_email_parse;
jmap_method_fn jmap_snippet_get;

#endif
