/* Types whose objects are rows of core/object: JSON objects, found by their id. They are the
   person's own; nobody sees another's. */
#ifndef PROTO_JMAP_OBJECT_OBJECT_H
#define PROTO_JMAP_OBJECT_OBJECT_H

#include "core/object/object.h"
#include "proto/jmap/changes.h"
#include "proto/jmap/set/set.h"

/* Refuses a call about somebody else's account (RFC 8620 section 3.6.2). */
MUST_USE enum code jmap_own_only(struct ctx *cx, struct jmap_call *call);

/* What a type's find hands out. */
struct jmap_object {
    struct str id;
    const struct json_tree *values; /* an object; NULL: nothing is stored */
};
/* E_NOT_FOUND. */
MUST_USE enum code jmap_object_find(struct ctx *cx, struct jmap_call *call, enum object_kind kind,
                                    struct str id, struct jmap_object *out);
/* Ids of all that are stored. */
MUST_USE enum code jmap_object_all(struct ctx *cx, struct jmap_call *call, enum object_kind kind,
                                   struct str **ids, size_t *count);
/* For jmap_type.changed and id_of. */
MUST_USE enum code jmap_object_changed(struct ctx *cx, struct jmap_call *call,
                                       enum object_kind kind, struct jmap_changed *out);
struct str jmap_object_id_of(struct arena *a, const struct jmap_call *call, uint64_t key);

/* Stores values, durably; id empty: a new one, of letter and a number, which it then is. most: how
   many there may be. Too large or too many refuse x. */
MUST_USE enum code jmap_object_save(struct ctx *cx, struct jmap_call *call, enum object_kind kind,
                                    struct jmap_set_one *x, const struct json_tree *values);
MUST_USE enum code jmap_object_drop(struct ctx *cx, struct jmap_call *call, enum object_kind kind,
                                    struct str id);
/* now with what x sets: its new value. now may be NULL. */
const struct json_tree *jmap_object_with(struct ctx *cx, const struct json_tree *now,
                                         const struct jmap_set_one *x);
/* How many objects of a kind an account may have. */
uint32_t jmap_object_most(enum object_kind kind);
/* The text that is kept. */
struct str jmap_object_text(struct ctx *cx, const struct json_tree *values);

/* The member, or null. */
void jmap_object_put(struct json *j, const struct json_tree *values, struct str name);
/* The member, or another value. */
void jmap_object_put_text(struct json *j, const struct json_tree *values, struct str name,
                          struct str otherwise);

#endif
