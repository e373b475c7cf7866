/* Accounts that behave as if taken over (P11): what each sends is compared with what it used to
   send. In memory for some thousands of accounts; their history is kept as rows. */
#ifndef SERVICE_ADMISSION_SUSPECT_H
#define SERVICE_ADMISSION_SUSPECT_H

#include "core/core.h"
#include "format/host/ip.h"

struct suspects; /* one for the server; safe for all threads */
struct log;

enum {
    SUSPECT_ACCOUNTS_MAX = 16384, /* in memory; those that were idle longest are forgotten */
    SUSPECT_NETWORKS_MAX = 8,     /* told apart in an hour */
    SUSPECT_FILTER_BYTES = 256,   /* of each of two filters of recipients known */
};

enum suspect_state { SUSPECT_NOT, SUSPECT_ALARMED, SUSPECT_HELD, SUSPECT_LOCKED, SUSPECT_END };
/* "well", "alarmed", "held", "locked". */
const char *suspect_state_name(enum suspect_state state);

/* What an account did within about an hour; and what is usual. */
struct suspect_facts {
    principal_id who;
    enum suspect_state state;
    uint32_t recipients, fresh, refused, bounces, networks; /* fresh: new to this account */
    uint32_t usual;                                         /* recipients in an hour of sending */
    uint32_t hours;                                         /* of history */
    uint32_t score;
    int64_t alarmed_ms; /* 0: never */
};
/* What the facts are worth; 0 below floor recipients an hour. Pure. */
uint32_t suspect_score(const struct suspect_facts *f, uint32_t floor);
/* "rate 120 (usually 4), new recipients 80 %": for people. */
struct str suspect_text(struct arena *a, const struct suspect_facts *f, uint32_t floor);

/* Nothing is known in memory yet. */
struct suspects *suspects_open(struct core *c);
/* What was not flushed is lost. */
void suspects_close(struct suspects *x);
/* What changed, to the store. */
MUST_USE enum code suspects_flush(struct ctx *cx, struct suspects *x);

/* One thing that an account did. */
enum suspect_act { ACT_RECIPIENT = 1, ACT_REFUSED, ACT_BOUNCE };
struct suspect_event {
    principal_id who;
    enum suspect_act act;
    const struct ip *client; /* of ACT_RECIPIENT, or NULL */
    struct str recipient;
    uint32_t floor, limit;    /* settings: below and from which */
    enum suspect_state state; /* what it becomes then */
};
/* Notes it. *alarm: it has become suspicious just now, and what was found. */
MUST_USE enum code suspect_note(struct ctx *cx, struct suspects *x, const struct suspect_event *e,
                                bool *alarm, struct suspect_facts *out);
/* E_IO. An account of which nothing is known is well. */
MUST_USE enum code suspect_show(struct ctx *cx, struct suspects *x, principal_id who,
                                struct suspect_facts *out);
/* Well again, and all that was counted is forgotten but its history. Durable. */
MUST_USE enum code suspect_clear(struct ctx *cx, struct suspects *x, principal_id who);
/* Those that are not well. In cx->arena. */
MUST_USE enum code suspect_list(struct ctx *cx, struct suspects *x, struct suspect_facts **out,
                                size_t *count);

#endif
