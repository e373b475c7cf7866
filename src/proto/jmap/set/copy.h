/* Creating alone: Foo/import, and Foo/copy (RFC 8620 section 5.4). The rows of what is created
   differ from those that /set takes, so they come with the call. */
#ifndef PROTO_JMAP_SET_COPY_H
#define PROTO_JMAP_SET_COPY_H

#include "proto/jmap/set/set.h"

/* ifInState, and objects under that argument; answers states, created and notCreated. The method's
   type finds what was made; setter: rows, create, told. */
MUST_USE enum code jmap_create(struct ctx *cx, struct jmap_call *call, struct str argument,
                               const struct jmap_setter *setter);
/* The same from another account, which is open as call->from; with ifFromInState, and
   onSuccessDestroyOriginal: a /set of that type follows. */
MUST_USE enum code jmap_copy(struct ctx *cx, struct jmap_call *call,
                             const struct jmap_setter *setter);
/* What the setter of a copy has as finish: what onSuccessDestroyOriginal says. */
MUST_USE enum code jmap_copy_finish(struct ctx *cx, struct jmap_call *call,
                                    const struct jmap_set_one *all, size_t count);

#endif
