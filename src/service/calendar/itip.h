/* What a message of scheduling (iTIP, RFC 5546) makes of what a person's calendar has: texts in, a
   text out. Nothing is stored here, and nobody is answered. */
#ifndef SERVICE_CALENDAR_ITIP_H
#define SERVICE_CALENDAR_ITIP_H

#include "base/err.h"
#include "base/str.h"

/* Addresses, lower case. */
struct itip_people {
    const struct str *at;
    size_t count;
};

struct itip_question {
    struct str message;         /* the calendar object that came */
    struct str stored;          /* what the calendar has under its UID; empty: nothing */
    struct itip_people mine;    /* whose calendar it is */
    struct itip_people senders; /* whose message it is: From, and what else is theirs */
    bool allow_public;          /* PUBLISH, and objects without a method (RFC 9671 section 4.1) */
    bool updates_only;          /* nothing new */
    bool delete_cancelled;
};

/* Outcomes of RFC 9671 section 4.7. */
enum itip_outcome { ITIP_NO_ACTION, ITIP_ADDED, ITIP_UPDATED, ITIP_CANCELLED, ITIP_ERROR };

struct itip_answer {
    enum itip_outcome outcome;
    struct str reason;  /* of NO_ACTION and ERROR, for people */
    bool remove;        /* CANCELLED: it goes, there is no text */
    struct str text;    /* what is to be kept under the UID; of NO_ACTION and ERROR empty */
    struct str summary; /* of the event, for the item's row */
};

/* Who is asked for the UID before the calendar can be looked into, and who invites. */
struct itip_head {
    struct str uid;
    struct str organizer; /* or empty */
    struct str method;    /* upper case, or empty */
};

/* E_SYNTAX, E_LIMIT: no calendar object that can be applied; cx->err says why. */
MUST_USE enum code itip_head(struct ctx *cx, struct str message, struct itip_head *out);
/* Always answers. out in cx->arena. */
void itip_apply(struct ctx *cx, const struct itip_question *q, struct itip_answer *out);
/* "no_action", "added"... */
struct str itip_outcome_name(enum itip_outcome outcome);

#endif
