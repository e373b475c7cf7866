/* One method call: whose account, what it may see there, and what it answers. */
#ifndef PROTO_JMAP_CALL_H
#define PROTO_JMAP_CALL_H

#include "base/cur.h"
#include "core/rights.h"
#include "core/view.h"
#include "format/json.h"
#include "format/json/tree.h"
#include "proto/jmap/jmap.h"
#include "proto/jmap/type.h"
#include "service/auth.h"

struct jmap_names;
struct jmap_states;
struct jmap_counts;
struct jmap_views;
struct subscription;
struct subscription_marks;

struct jmap_call {
    const struct jmap_env *env;
    const struct auth_result *who;
    const struct peer *peer;
    const struct http_request *request;
    const struct jmap_method *method;
    const struct json_tree *args; /* an object, references resolved */
    struct json out;              /* in the object of the response's arguments */
    const char *error, *why;      /* literals; NULL: none */
    account_id account;
    bool own;
    struct account_view *folders; /* of the account; NULL for methods without one */
    const struct folder_rights *rights;
    size_t right_count;
    uint64_t basis;                              /* of the method's type; 0: it has none */
    const struct subscription_marks *subscribed; /* what one changed there; NULL: the own account */
    struct subscription *subscriptions;          /* mailbox.h; NULL: not asked for yet */
    size_t subscription_count;
    struct jmap_views *views;
    struct arena *arena;        /* lives as long as the call */
    struct jmap_counts *counts; /* query/counts.h; NULL: not asked for yet */
    void *asked;                /* what a type's prepare has read */
    struct jmap_names *names;
    const struct jmap_setter *setter; /* of a call that sets */
    struct jmap_call *from;           /* Foo/copy: the account that is copied from */
    struct jmap_states *states;       /* set/state.h, as names */
    unsigned using;                   /* capabilities that the request named */
    unsigned smime_verified;          /* by a condition of this call: email/smime.h */
    struct str next; /* the method of a call that follows from this one; empty: none */
    const struct json_tree *next_args;
};

/* The call ends with that error (RFC 8620 section 3.6.2). Returns OK. */
MUST_USE enum code jmap_refuse(struct jmap_call *call, const char *error, const char *why);

/* Finds the account of "accountId" and what the person may see in it, once a call; refuses when
   there is none. */
MUST_USE enum code jmap_account_open(struct ctx *cx, struct jmap_call *call);
/* The same for an account that is named elsewhere ("A3e9", in the path of a download); needs env
   and who of call. E_NOT_FOUND. */
MUST_USE enum code jmap_account_enter(struct ctx *cx, struct jmap_call *call, struct str id);
/* When this call is done that one is run, and answered under the same id (RFC 8620 section 5.4, RFC
   8621 section 7.5). method: a literal. */
void jmap_then(struct jmap_call *call, struct str method, const struct json_tree *args);
/* Lets go of views; after each call. */
void jmap_call_close(struct jmap_call *call);
/* What the person may do with a folder. */
uint32_t jmap_rights(const struct jmap_call *call, folder_id folder);
/* A folder of mail that is shown and on which right was granted; else NULL. */
const struct folder_facts *jmap_folder(const struct jmap_call *call, folder_id id, uint32_t right);
/* The folder as the person sees it; held until the call ends. */
MUST_USE enum code jmap_view(struct ctx *cx, struct jmap_call *call, folder_id folder,
                             struct view **out);

/* Ids as clients see them; in a. Reading them back: false for what is no such id. */
struct str jmap_account_id(struct arena *a, account_id account);
bool jmap_account_of(struct str id, account_id *out);
struct str jmap_email_id(struct arena *a, item_id item);
bool jmap_email_of(struct str id, item_id *out);
struct str jmap_thread_id(struct arena *a, uint64_t thread);
bool jmap_thread_of(struct str id, uint64_t *out);
/* Of the call's account. */
bool jmap_mailbox_of(const struct jmap_call *call, struct str id, folder_id *out);
/* Digits of hexadecimal, at most 16, up to the end or stop. */
bool jmap_take_hex(struct cur *c, uint64_t *out);
/* The state of everything in the account, for this person (changes.h). */
struct str jmap_state(struct arena *a, const struct jmap_call *call);
/* "1994-02-01T22:59:59Z" */
struct str jmap_date(struct arena *a, int64_t utc_ms);

/* A key that is no literal. */
void jmap_key(struct json *j, struct str key);
/* null when it is empty. */
void jmap_put_text(struct json *j, struct str text);
void jmap_tree_put(struct json *j, const struct json_tree *v);
/* An argument that must be of that kind when it is there and not null; out: NULL when it is not.
   False: it is of another kind. */
bool jmap_arg(const struct jmap_call *call, struct str name, enum tree_kind kind,
              const struct json_tree **out);

/* Whether a text may be read: a value costs many times the two bytes that it may be written in. */
bool jmap_values_ok(struct str json);
/* Replaces "#name" in args by what an earlier response has (RFC 8620 section 3.7). out: the
   arguments. E_SYNTAX: "#name" and "name" are both there; E_NOT_FOUND: the reference leads nowhere.
 */
struct jmap_result {
    struct str name, id;
    struct str text; /* of the arguments; parsed when somebody refers to it */
    const struct json_tree *tree;
};
MUST_USE enum code jmap_resolve(struct ctx *cx, struct jmap_result *results, size_t count,
                                const struct json_tree *args, const struct json_tree **out);

/* names: NULL, or an array; true when every one is a text, and a property of the type. */
bool jmap_properties_ok(const struct jmap_type *t, const struct json_tree *names);
/* Those properties of an object of the method's type, but for its id, as members. */
MUST_USE enum code jmap_properties_put(struct ctx *cx, struct jmap_call *call, void *object,
                                       const struct json_tree *names);

extern const struct jmap_type jmap_mailbox_type, jmap_thread_type;
/* The only list of methods. */
extern const struct jmap_method jmap_methods[];
jmap_method_fn jmap_echo;
jmap_method_fn jmap_get;
jmap_method_fn jmap_changes;
jmap_method_fn jmap_set;
/* A request as its JSON (RFC 8620 section 3.3), whatever it came by. False: a says what is wrong.
 */
bool jmap_request_read(struct ctx *cx, struct str text, const struct json_tree **root,
                       struct http_response *a);
/* The metrics of all methods; and what a call that is done adds to its own. */
void jmap_meters_open(struct jmap_env *e);
void jmap_meter(const struct jmap_call *call, int64_t start_us);
/* Runs it for q->who: a is the response, an object. requests_begin was called. */
MUST_USE enum code jmap_request_run(struct ctx *cx, const struct jmap_env *e,
                                    const struct http_request *q, const struct json_tree *root,
                                    struct http_response *a);
/* An error of a request (section 3.6.1), an object. limit: its name for the type "limit", or NULL.
   Returns OK. */
enum code jmap_problem(struct ctx *cx, struct http_response *a, const char *type,
                       const char *limit);
/* Handlers of the rows: a batch of method calls; the session object. */
enum code jmap_api(struct ctx *cx, void *self, const struct http_request *q,
                   struct http_response *a);
enum code jmap_session(struct ctx *cx, void *self, const struct http_request *q,
                       struct http_response *a);

#endif
