/* Foo/set (RFC 8620 section 5.3), once for all types.

   A type joins by a table of what clients may set, and a function for each of the three verbs:

       static const struct jmap_settable settable[] = {
           {STR("name"), JMAP_ALWAYS, JMAP_IS_TEXT},
           {STR("email"), JMAP_ONCE, JMAP_IS_TEXT},
           {STR("bcc"), JMAP_ALWAYS, JMAP_IS_NULL | JMAP_IS_LIST},
       };
       static const struct jmap_setter setter = {
           .rows = settable, .count = sizeof settable / sizeof *settable,
           .create = create, .update = update, .destroy = destroy,
       };
       const struct jmap_type jmap_identity_type = {..., .setter = &setter};
       {STR("Identity/set"), JMAP_SUBMISSION, jmap_set, &jmap_identity_type},     in api.c

   Each function has one change in hand, checked: only names of the type are in x->values, nothing
   that the server sets, values of the kinds that the row takes, "#id" replaced by what was created,
   patches applied. Whether a text makes sense is the function's to say:

       static enum code create(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x)
       {
           struct str name = json_tree_text(x->values, STR("name"));
           if (name.n > NAME_MAX)
               return jmap_set_invalid(cx, x, STR("name"), "too long");
           TRY(account_update(cx, ...));   it is durable when the function returns
           x->id = ...;
           return OK;
       }

   What was created or updated is read again by type->find to be told; so find must see it. A type
   that is one object for ever says singleton; one whose objects lie elsewhere than in the rows of
   the account has a state of its own (jmap_type.state). */
#ifndef PROTO_JMAP_SET_SET_H
#define PROTO_JMAP_SET_SET_H

#include "core/account.h"
#include "proto/jmap/call.h"
#include "proto/jmap/set/patch.h"

enum {
    JMAP_SET_MAX = 500, /* objects of a /set, import, copy: maxObjectsInSet */
    JMAP_BAD_MAX = 16,  /* properties that a SetError names */
};

/* When a client may set it; properties without a row are the server's. */
enum jmap_when { JMAP_ONCE = 1 /* at creation */, JMAP_ALWAYS };

/* Kinds of values that a property takes. */
enum jmap_kind {
    JMAP_IS_NULL = 1,
    JMAP_IS_BOOL = 2,
    JMAP_IS_UINT = 4,
    JMAP_IS_TEXT = 8,
    JMAP_IS_LIST = 16,
    JMAP_IS_OBJECT = 32,
    JMAP_IS_ID = 64,     /* a text; "#x" names what was created in this request */
    JMAP_IS_IDS = 128,   /* an object: the ids, "#x" as well, and true */
    JMAP_IS_SET = 256,   /* an object: texts, and true */
    JMAP_OR_EMPTY = 512, /* null in a patch sets it to "", 0 or {} */
};

struct jmap_settable {
    struct str name;
    enum jmap_when when;
    unsigned takes; /* of enum jmap_kind */
};

enum jmap_act { JMAP_CREATE, JMAP_UPDATE, JMAP_DESTROY };

/* One object of the call. */
struct jmap_set_one {
    enum jmap_act act;
    struct str key;                 /* as the client named it: a creation id, an id, "#id" */
    struct str id;                  /* the object's; of a new one: the function sets it */
    void *object;                   /* UPDATE, DESTROY: what find gave; not valid after a commit */
    const struct json_tree *values; /* CREATE, UPDATE: an object: properties and new values */
    const struct jmap_patch *patches; /* UPDATE: the same as steps, of what changes alone */
    size_t patch_count;
    void *own; /* the type's */
    /* What became of it. */
    const char *error, *why; /* literals; NULL: done */
    struct str bad[JMAP_BAD_MAX];
    size_t bad_count;
    struct str more; /* of the SetError: further members, "\"existingId\":\"E1\""; or empty */
    struct str told; /* of an update: a JSON object that the client cannot know; or empty */
    const struct json_tree *given; /* as it came */
    bool again;        /* refused for a reason that other changes of the call may lift */
    bool twice;        /* the same one is destroyed before */
    struct str failed; /* for the log */
};

typedef enum code jmap_set_fn(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x);

struct jmap_setter {
    const struct jmap_settable *rows;
    size_t count;
    /* Properties that are no rows, at creation; or NULL. */
    bool (*takes)(struct str name);
    /* Arguments of its own; may refuse. Or NULL. */
    jmap_method_fn *prepare;
    /* One change. OK: done, or refused by the calls below; other codes become SetErrors by one
       table. NULL: that verb is "forbidden". */
    jmap_set_fn *create, *update, *destroy;
    /* NULL: update and destroy make it durable themselves. Else they only look, and all that they
       left without an error is done here, in one commit if it can be. */
    enum code (*commit)(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *const *all,
                        size_t count);
    /* After all was done, before it is answered; or NULL. */
    enum code (*done)(struct ctx *cx, struct jmap_call *call, const struct jmap_set_one *all,
                      size_t count);
    /* After all was done: calls that follow from it (jmap_then). Or NULL. */
    enum code (*finish)(struct ctx *cx, struct jmap_call *call, const struct jmap_set_one *all,
                        size_t count);
    /* What is told of a new object; NULL: all that is shown and was not given. */
    const struct str *told;
    size_t told_count;
    bool singleton;
    bool stateless; /* its answers tell no states */
};

/* The change ends with that SetError. Returns OK. */
MUST_USE enum code jmap_set_refuse(struct jmap_set_one *x, const char *error, const char *why);
/* "invalidProperties"; may be called for one property after the other. Returns OK. */
MUST_USE enum code jmap_set_invalid(struct ctx *cx, struct jmap_set_one *x, struct str property,
                                    const char *why);
/* By the table of codes. */
void jmap_set_fail(struct ctx *cx, struct jmap_set_one *x, enum code code);
/* Writes the SetError of x. */
void jmap_set_error_put(struct json *j, const struct jmap_set_one *x);

/* A commit to the call's account: the states that the answer tells come from it, and ifInState is
   asked inside the first one. E_CONFLICT: it did not hold; the call was refused. */
MUST_USE enum code jmap_commit(struct ctx *cx, struct jmap_call *call, account_fn *fn, void *arg);
/* What may be seen of the account now: pictures taken before a commit are let go of. */
MUST_USE enum code jmap_refresh(struct ctx *cx, struct jmap_call *call);
/* ifInState and oldState; refuses. Before the first jmap_commit. */
MUST_USE enum code jmap_states_open(struct ctx *cx, struct jmap_call *call, struct str argument);
/* Writes oldState and newState. */
MUST_USE enum code jmap_states_put(struct ctx *cx, struct jmap_call *call);

/* The value of an object's property as it is now; of the call's type. */
MUST_USE enum code jmap_property_read(struct ctx *cx, struct jmap_call *call, void *object,
                                      struct str name, const struct json_tree **out);
/* The real id behind "#x"; any other text is itself. False: nothing was created by that name. */
bool jmap_created(const struct jmap_call *call, struct str id, struct str *out);
/* Notes what was created, for this request. */
void jmap_created_add(struct ctx *cx, struct jmap_call *call, struct str name, struct str id);

#endif
