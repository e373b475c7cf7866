/* What scripts have done to calendars (RFC 9671). */
#ifndef SERVICE_FILTER_CALENDAR_H
#define SERVICE_FILTER_CALENDAR_H

#include "service/calendar/schedule.h"
#include "service/filter/parts.h"

/* Finds out what the message would change, puts that into the plan, and answers. */
void calendar_process(struct filtering *x, struct sieve_calendar *c);
/* Whether a list of extlists has the address; a list that is not known has nobody. */
bool calendar_list_has(struct filtering *x, struct str list, struct str address);
/* Inside account_update: the plan's changes. A calendar that cannot be changed is logged, and costs
   the mail nothing: fails only where the commit as a whole does. */
MUST_USE enum code calendar_carry_out(struct ctx *cx, struct account_txn *t,
                                      const struct filter_plan *plan);

#endif
