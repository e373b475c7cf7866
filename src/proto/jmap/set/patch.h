/* PatchObjects (RFC 8620 section 5.3): values as trees, changed by making new ones. */
#ifndef PROTO_JMAP_SET_PATCH_H
#define PROTO_JMAP_SET_PATCH_H

#include "format/json/tree.h"

enum {
    JMAP_PATCH_DEPTH_MAX = 8, /* steps of a pointer */
    JMAP_PATCHES_MAX = 200,   /* pointers of one object */
};

/* One step of a PatchObject: "keywords/$seen": true. */
struct jmap_patch {
    struct str property;
    size_t depth; /* 0: the whole property */
    const struct str *path;
    const struct json_tree *value; /* null takes it away */
};

/* Splits pointers into patches, in cx->arena. E_SYNTAX: invalidPatch. */
MUST_USE enum code jmap_patch_read(struct ctx *cx, const struct json_tree *object,
                                   struct jmap_patch **out);
/* current with one step taken: a new value, in cx->arena. current may be NULL when depth is 0.
   E_SYNTAX: a part of the path is not there, or is an array. */
MUST_USE enum code jmap_patch_apply(struct ctx *cx, const struct json_tree *current,
                                    const struct jmap_patch *patch, const struct json_tree **out);
/* Two values are the same, whatever the order of names. */
bool jmap_tree_equal(const struct json_tree *a, const struct json_tree *b);
/* An object with one more member, or another value of it. */
const struct json_tree *jmap_tree_with(struct ctx *cx, const struct json_tree *object,
                                       struct str name, const struct json_tree *value);

/* "~1" is "/", "~0" is "~" (RFC 6901 section 3); false for any other "~", and for long ones. */
bool jmap_unescape(struct arena *a, struct str raw, struct str *out);

#endif
