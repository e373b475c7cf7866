/* Mail at the door: whether a client's mail is taken, by what is known of the client before the
   message is. Settings are those of the directory (admission/policy.h). See docs/ADMISSION.md. */
#ifndef SERVICE_ADMISSION_H
#define SERVICE_ADMISSION_H

#include "core/core.h"

struct admission; /* one for the server; safe for all threads */
struct lists;
struct log;
struct mailauth;
struct metrics;
struct policy;
struct resolver;
struct srs;
struct suspects;

struct admission_parts {
    struct core *core;
    const struct resolver *resolver;
    const struct mailauth *mailauth; /* whose trusted networks are not looked at; may be NULL */
    struct log *log;                 /* may be NULL, as metrics */
    struct metrics *metrics;
};
/* What parts points to outlives it. Reads nothing yet. */
struct admission *admission_open(const struct admission_parts *parts);
/* No visit is open, and nothing is asked of the resolver any more. */
void admission_close(struct admission *a);
AUTO_OF(struct admission *, admission_close)

/* What it works with. */
struct policy *admission_policy(const struct admission *a);
/* Likewise. */
struct srs *admission_srs(const struct admission *a);
/* Likewise. */
struct suspects *admission_suspects(const struct admission *a);
/* Likewise. */
struct lists *admission_lists(const struct admission *a);
/* Looks whether the DNS lists are well; waits for the DNS. */
MUST_USE enum code admission_check(struct ctx *cx, struct admission *a);

/* What is remembered, from the store and to it: at the start, each minute, at the end. */
MUST_USE enum code admission_load(struct ctx *cx, struct admission *a);
MUST_USE enum code admission_flush(struct ctx *cx, struct admission *a);

/* Who brings letters to administrators, and whose mail is held; before there are sessions. */
struct delivery;
struct queue;
void admission_join(struct admission *a, struct delivery *d, struct queue *q);
/* A report of failure came back to an account. a may be NULL. */
void admission_bounced(struct ctx *cx, struct admission *a, principal_id who);
/* An account is in good hands again: it may send, and what was held goes. */
struct principal;
MUST_USE enum code admission_clear(struct ctx *cx, struct admission *a, const struct principal *p);

/* A stranger's stay: one session of another mail server. In one thread's hands at a time. */
struct visit;
/* A client came: asks the lists about it. NULL when there is nothing to look at: a trusted network,
   or a = NULL. All calls below take a NULL visit and do nothing then. */
struct visit *visit_open(struct ctx *cx, struct admission *a, struct str address);
/* For how long it is to wait for the greeting; 0: it is greeted at once. Who has to wait and speaks
   before the greeting, or before the reply to EHLO, is told with visit_early(). */
uint32_t visit_greeting_ms(const struct visit *v);
void visit_early(struct ctx *cx, struct visit *v, bool greeted);
/* What a stranger calls itself: NULL, or the reply that refuses it. */
const char *visit_hello(struct ctx *cx, struct visit *v, struct str helo);
/* Somebody is logged in: the visit before if it is that one's, else another one. NULL for nobody.
 */
struct visit *visit_login(struct ctx *cx, struct admission *a, struct visit *before,
                          principal_id who, struct str address);
/* Whether what is sent now is to wait in the queue for an administrator. */
bool visit_is_held(const struct visit *v);
void visit_close(struct visit *v);
/* A transaction begins. helo and sender stay until the next one does. NULL, or the reply that puts
   it off (a limit), in cx->arena. */
const char *visit_mail(struct ctx *cx, struct visit *v, struct str helo, struct str sender);
/* A recipient is named, before anybody looks who that is. NULL, or the reply that refuses it; in
   cx->arena. Waits for the lists. */
const char *visit_rcpt(struct ctx *cx, struct visit *v, struct str address);
/* The same for one that is known to be served here: whether the client has to come again. */
const char *visit_taken(struct ctx *cx, struct visit *v, struct str address);
/* A recipient was nobody's. */
void visit_unknown(struct ctx *cx, struct visit *v);
/* A message of so many bytes is here: NULL, or the reply that puts it off. */
const char *visit_bytes(struct ctx *cx, struct visit *v, uint64_t bytes);
/* Whether the logo of its author is to be looked for (mailauth/bimi.h). */
bool visit_wants_bimi(const struct visit *v);
/* The message is here. Fields for its trace, each ended by CRLF; *junk is set if it belongs there.
   In cx->arena. */
struct str visit_message(struct ctx *cx, struct visit *v, bool *junk);

#endif
