/* Scripts that run when a mailbox is changed by IMAP or JMAP (RFC 6785): the annotation
   /shared/imapsieve/script of the mailbox, or else of the server, names one of its owner's. */
#ifndef SERVICE_FILTER_EVENT_H
#define SERVICE_FILTER_EVENT_H

#include "service/filter/mail.h"

enum filter_cause { CAUSE_APPEND = 1, CAUSE_COPY, CAUSE_FLAG };

enum { FILTER_EVENT_MAX = 1000 }; /* messages of one command; what comes behind runs nothing */

struct filter_event {
    enum filter_cause cause;
    account_id account;
    folder_id folder;
    const uint32_t *uids;
    size_t count;
    principal_id by;                 /* who did it */
    struct sieve_list flags;         /* FLAG: names of those that changed */
    struct conversions *conversions; /* of all its messages; NULL: nothing is converted */
};

/* Names of flags and keywords, as scripts know them. */
struct sieve_list filter_event_flags(struct arena *a, uint32_t flags, const struct str *keywords,
                                     size_t count);

/* The script that runs for it; E_NOT_FOUND: none. Reads nothing for accounts without annotations.
 */
MUST_USE enum code filters_event_script(struct ctx *cx, struct filters *f,
                                        const struct filter_event *e, struct blob_id *out);

/* What it wants done with one message. */
struct filter_event_plan {
    struct filter_plan *plan; /* copies without a blob are copies of the message */
    struct delivery_message *message;
    struct item_row row;
    bool keeps;     /* else it is marked as deleted */
    bool sets;      /* flags and keywords become these */
    uint32_t flags; /* enum item_flag */
    struct sieve_list keywords;
};
/* E_NOT_FOUND: the message is gone. out in cx->arena. */
MUST_USE enum code filters_event_run(struct ctx *cx, struct filters *f,
                                     const struct filter_event *e, const struct blob_id *script,
                                     uint32_t uid, struct filter_event_plan *out);

#endif
