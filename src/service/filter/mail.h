/* The scripts of a mailbox run on a message: what is to be done comes back as a plan, which who
   delivers carries out in one commit. */
#ifndef SERVICE_FILTER_MAIL_H
#define SERVICE_FILTER_MAIL_H

#include "core/item.h"
#include "core/script/memory.h"
#include "service/delivery.h"
#include "service/filter.h"
#include "service/sieve/outcome.h"

struct conversions;
struct mime;
struct schedules;

enum {
    FILTER_COPIES_MAX = SIEVE_ACTIONS_MAX, /* in folders, of one message and mailbox */
    FILTER_SCHEDULES_MAX = 32,             /* changes of calendars, of one message and mailbox */
    FILTER_SENT_MAX = 32,     /* messages sent on or made, of one message and mailbox */
    FILTER_HOPS_MAX = 10,     /* times that a message may have been sent on by scripts before */
    FILTER_LISTS_MAX = 100,   /* Received fields; more are a loop */
    FILTER_REPEAT_S = 43200,  /* the same message is not sent on to the same address again */
    FILTER_TROUBLE_S = 86400, /* between two notes to an owner whose script fails */
};

/* A message on its way; the same for all its mailboxes. */
struct filter_message {
    const struct delivery_message *m;
    struct str trace;                /* fields that go in front of it in a mailbox */
    struct mime *mime;               /* of its bytes: before filters_run */
    struct conversions *conversions; /* for all its mailboxes; NULL: nothing is converted */
};

/* A mailbox that it is for. */
struct filter_for {
    account_id account;
    principal_id who;
    uint64_t domain;
    struct str address; /* as in RCPT */
    struct str orcpt;   /* as in struct delivery_recipient, as notify */
    uint32_t notify;
    folder_id inbox, keep; /* keep: where it goes unless a script says otherwise */
};

/* A copy in the mailbox. */
struct filter_copy {
    folder_id folder;
    uint32_t flags;
    struct sieve_list keywords;
    const struct blob_new *blob; /* other bytes than those that came, or NULL */
    struct str summary;          /* of blob */
    bool is_own;                 /* of a message that the script has made: without trace */
};

enum filter_way {
    FILTER_REDIRECT = 1,
    FILTER_ANSWER,
    FILTER_NOTICE,
    FILTER_REFUSAL,
    FILTER_BOUNCE
};

/* A message for the queue. */
struct filter_sent {
    enum filter_way way;
    const struct blob_new *blob; /* NULL: the message as it came */
    struct str trace;            /* REDIRECT: in front of it */
    struct str return_path;      /* empty: the null path */
    struct str to;               /* address */
    struct str forwarder;        /* REDIRECT: whose script it was */
    uint32_t notify;             /* enum delivery_notify; 0: not said */
    struct str refusal;          /* BOUNCE: why; return_path is told so by a report */
    int64_t by_ms;               /* RFC 6009, as in delivery_message */
    bool by_return, headers_only, utf8;
};

struct filter_memory {
    enum script_memory kind;
    struct str key;
    uint32_t seconds;
};

struct filter_plan {
    struct filter_copy *copies;
    struct filter_sent *sent;
    struct filter_memory *memories;
    struct schedules *schedules; /* NULL: calendars stay as they are */
    size_t copy_count, sent_count, memory_count;
    /* The script refuses the message: alone, in the session, or by what is in sent. */
    bool refused;
    struct str refusal; /* ASCII, lines end with CRLF; empty: not to be said in a session */
};

/* Whether any script is to run for a mailbox: costs no reading. view: as it was seen last. */
MUST_USE enum code filters_want(struct ctx *cx, struct filters *f, const struct account_view *view,
                                uint64_t domain, bool *out);
/* Runs them all: those of the forest and the domains above that come before, the mailbox's own,
   those that come after. out is in cx->arena. What goes wrong in a script is logged, and the
   message is kept. Makes folders where a script says so. Fails only where delivery would. */
MUST_USE enum code filters_run(struct ctx *cx, struct filters *f, struct filter_message *m,
                               const struct filter_for *to, struct filter_plan **out);
/* Inside account_update: carries out what is for the mailbox. item: as it would be kept; placed: of
   the last copy. As item_add. */
MUST_USE enum code filter_plan_apply(struct ctx *cx, struct account_txn *t,
                                     const struct filter_plan *plan, const struct item_new *item,
                                     folder_id inbox, struct item_placed *placed);

#endif
