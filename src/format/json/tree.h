/* JSON texts read whole (RFC 8259), as strict as I-JSON (RFC 7493): UTF-8, no name twice in an
   object, integers that fit. Writing is json.h's. */
#ifndef FORMAT_JSON_TREE_H
#define FORMAT_JSON_TREE_H

#include "base/err.h"
#include "base/str.h"

enum tree_kind {
    TREE_NULL = 1,
    TREE_BOOL,
    TREE_INTEGER,
    TREE_REAL, /* a number with a fraction or an exponent */
    TREE_STRING,
    TREE_ARRAY,
    TREE_OBJECT,
};

/* A value and all below it. */
struct json_tree {
    enum tree_kind kind;
    bool truth;                     /* BOOL */
    int64_t integer;                /* INTEGER */
    double real;                    /* REAL; of an INTEGER as well */
    struct str text;                /* STRING: UTF-8, may hold NUL */
    size_t count;                   /* of what follows */
    const struct json_tree *values; /* ARRAY, OBJECT: in the order they came in */
    const struct str *names;        /* OBJECT: one for each value */
};

enum { JSON_TREE_DEPTH_MAX = 128 };

/* All of it lies in cx->arena; who reads what a stranger wrote bounds the text. E_SYNTAX: no JSON,
   or none of I-JSON; cx->err says where. E_LIMIT: nested deeper than JSON_TREE_DEPTH_MAX. */
MUST_USE enum code json_tree_read(struct ctx *cx, struct str text, const struct json_tree **out);

/* A member of an object; NULL when there is none, or when it is no object (or NULL itself). */
const struct json_tree *json_tree_member(const struct json_tree *object, struct str name);
/* The text of a member that is a string, else empty. */
struct str json_tree_text(const struct json_tree *object, struct str name);
/* Whether a member is there and true. */
bool json_tree_true(const struct json_tree *object, struct str name);
/* True when it is there (not NULL) and of that kind. */
bool json_tree_is(const struct json_tree *v, enum tree_kind kind);
/* An integer that every reader holds exactly: up to 2^53-1 and down to its opposite (RFC 7493
   section 2.2; Int of RFC 8620 section 1.3). */
bool json_tree_is_int(const struct json_tree *v);

#endif
