/* THREAD (RFC 5256 section 4): messages as trees. */
#ifndef PROTO_IMAP_SORT_THREAD_H
#define PROTO_IMAP_SORT_THREAD_H

#include "proto/imap/search/answer.h"

enum imap_thread_how {
    IMAP_ORDEREDSUBJECT,
    IMAP_REFERENCES,
    IMAP_REFS, /* REFERENCES without a look at subjects; the thread that was written to last is last
                */
    IMAP_THREAD_HOWS
};

enum { IMAP_NO_NODE = UINT32_MAX };

/* Steps up trees to see that a link makes no ring. A mailbox that needs more was made for it; links
   that cannot be looked at any more are left out. */
enum { IMAP_THREAD_STEPS_MAX = 50 * 1000 * 1000 };

/* Nodes 0 to messages - 1 are the messages in the order found, those behind it stand for messages
   that are not among them. */
struct imap_forest {
    uint32_t messages, count; /* of nodes */
    uint32_t *parent;         /* by node, or IMAP_NO_NODE */
    uint32_t *child, *next;   /* by node: its first child, and its brother; in their order */
    uint32_t *roots;
    uint32_t root_count;
};

/* Makes trees of the messages found, which are rising; in cx->arena. */
MUST_USE enum code imap_thread_run(struct ctx *cx, const struct imap_target *t,
                                   enum imap_thread_how how, const struct imap_found *found,
                                   struct imap_forest *out);
/* "(2)(3 6 (4 23)(44 7 96))". */
void imap_thread_put(struct ctx *cx, const struct imap_forest *forest, const struct imap_answer *a,
                     struct buf *out);

/* Parts. What is known of each message, by node. */
struct imap_thread_facts {
    uint32_t *date;    /* where it stands by its sent date */
    uint32_t *subject; /* equal base subjects have equal numbers */
    bool *bare;        /* its base subject is empty */
    bool *reply;       /* its subject says reply or forward */
    uint32_t subjects; /* above all numbers */
};
/* Sets parents by message ids; adds nodes for ids that no message has, and drops what it does not
   need of them. */
MUST_USE enum code imap_thread_link(struct ctx *cx, const struct imap_target *t,
                                    const struct imap_found *found, struct imap_forest *f);
/* Joins trees of one subject (RFC 5256 section 4, REFERENCES step 5). order: roots by date. */
void imap_thread_join(struct ctx *cx, const struct imap_thread_facts *facts, struct imap_forest *f);

#endif
