/* Objects of JMAP as tables, and the methods on them: get and set are written once over these. */
#ifndef PROTO_JMAP_TYPE_H
#define PROTO_JMAP_TYPE_H

#include "base/err.h"
#include "base/str.h"

struct arena;
struct jmap_call;
struct jmap_changed;
struct jmap_setter;
struct json;

/* OK: what it wrote is the response, unless jmap_refuse was called. Any other code is told as a
   method-level error by one table. */
typedef enum code jmap_method_fn(struct ctx *cx, struct jmap_call *call);
typedef enum code jmap_write_fn(struct ctx *cx, struct jmap_call *call, void *object,
                                struct json *j);

struct jmap_property {
    struct str name;
    bool shown; /* when "properties" is null */
    jmap_write_fn *write;
};

struct jmap_type {
    const struct jmap_property *properties; /* the first is "id" */
    size_t count;
    bool scratch; /* find and write get an arena that lives as long as their object */
    /* E_NOT_FOUND also for what may not be seen. */
    enum code (*find)(struct ctx *cx, struct jmap_call *call, struct str id, void **object);
    void (*done)(void *object); /* after each that was found; or NULL */
    /* For /changes: what changed, and the id of a thing that did; or NULL. */
    enum code (*changed)(struct ctx *cx, struct jmap_call *call, struct jmap_changed *out);
    struct str (*id_of)(struct arena *a, const struct jmap_call *call, uint64_t key);
    /* What "ids": null means; NULL: it is too much. */
    enum code (*all)(struct ctx *cx, struct jmap_call *call, struct str **ids, size_t *count);
    /* Properties that are no rows: "header:..."; or NULL. */
    bool (*takes)(struct str name);
    enum code (*extra)(struct ctx *cx, struct jmap_call *call, void *object, struct str name);
    /* Looks at arguments of its own; or NULL. */
    jmap_method_fn *prepare;
    /* NULL: jmap_state. */
    enum code (*state)(struct ctx *cx, struct jmap_call *call, struct str *out);
    /* What the state stands on beside the account's number: from one to another no changes lead.
       Or NULL. */
    enum code (*basis)(struct ctx *cx, struct jmap_call *call, uint64_t *out);
    bool elsewhere; /* state or basis are not rows of the account: pushes look once a minute */
    const struct jmap_setter *setter; /* set/set.h; NULL: nothing is set */
};

enum jmap_capability {
    JMAP_CORE = 1,
    JMAP_MAIL = 2,
    JMAP_SUBMISSION = 4, /* this and what follows: capability.h */
    JMAP_VACATION = 8,
    JMAP_SIEVE = 16,
    JMAP_SIGNIN = 1 << 20,
    JMAP_BLOB = 1 << 21,
    JMAP_QUOTA = 1 << 22,
    JMAP_SMIME = 1 << 23,
    JMAP_SETTINGS = 32,
    JMAP_PRINCIPALS = 64,
    JMAP_RECOVER = 128,
    JMAP_SNOOZE = 256,
    JMAP_MDN = 512,
    JMAP_REPORT = 1 << 24,
};

struct jmap_method {
    struct str name;
    unsigned capability;
    jmap_method_fn *run;
    const struct jmap_type *type; /* what get, set and changes work on; or NULL */
};

#endif
