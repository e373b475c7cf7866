/* Scheduling for one calendar: what a message would change is found out when it is read, and
   carried out in whatever commit goes with it. */
#ifndef SERVICE_CALENDAR_SCHEDULE_H
#define SERVICE_CALENDAR_SCHEDULE_H

#include "core/calendar/event.h"
#include "service/calendar/itip.h"

struct schedule {
    struct core *core;
    account_id account;
    folder_id calendar;            /* of new events; 0: the default one */
    struct itip_question question; /* asked again when the event changed meanwhile */
    struct itip_answer answer;
    struct str uid;
    bool had; /* there was an event: base */
    struct blob_id base;
    const struct blob_new *blob; /* of answer.text, if there is one */
};

struct schedules {
    struct schedule *at;
    size_t count;
};

/* question->stored is looked up. done: what the same message has changed already; its latest change
   of that UID is what there is. out->answer tells what is to be; what cannot be read or kept is
   ITIP_ERROR. Fails only with E_IO. Everything lives in cx->arena, but question's texts, which stay
   the caller's. */
MUST_USE enum code schedule_make(struct ctx *cx, struct core *core, account_id account,
                                 const struct itip_question *question, const struct schedules *done,
                                 struct schedule *out);
/* Inside account_update. Not OK: nothing of it was done. */
MUST_USE enum code schedule_apply(struct ctx *cx, struct account_txn *t, const struct schedule *s);

#endif
