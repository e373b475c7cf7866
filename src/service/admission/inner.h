/* What the files of admission share. */
#ifndef SERVICE_ADMISSION_INNER_H
#define SERVICE_ADMISSION_INNER_H

#include "core/core.h"
#include "service/admission.h"
#include "service/admission/greylist.h"
#include "service/admission/limits.h"
#include "service/admission/lists.h"
#include "service/admission/suspect.h"
#include <pthread.h>

enum { ADMISSION_PENDING_MAX = 64 }; /* alarms that nobody was told of yet */

struct admission {
    struct admission_parts parts;
    struct policy *policy;
    struct lists *lists;
    struct greylist *greylist;
    struct srs *srs;
    struct limits *limits;
    struct suspects *suspects;
    struct delivery *delivery; /* NULL: nobody is told; as queue */
    struct queue *queue;
    pthread_mutex_t lock; /* of the next two */
    struct suspect_facts pending[ADMISSION_PENDING_MAX];
    size_t pending_count;
    struct metric *alarms;
    struct metric *limited[PER_END];
    struct metric *grey_wait, *grey_spf;
    struct metric *listed_refused, *listed_junk;
    struct metric *early[2]; /* before the greeting; before the reply to EHLO */
};

struct visit {
    struct admission *in;
    struct policy_view *view;
    struct str address; /* of the client, in text */
    char address_text[64];
    struct ip ip;
    struct listing *listing; /* NULL: no lists */
    struct list_verdict verdict;
    bool judged; /* verdict is of this transaction */
    struct str helo, sender;
    /* Somebody who is logged in; 0: a stranger. */
    principal_id who;
    struct arena *arena; /* of the next two */
    struct str account, domain;
    bool has_ip, held; /* held: what is sent now waits for an administrator */
};

/* The settings of now, or NULL. What cannot be read is no reason to turn mail away. */
struct policy_view *admission_view(struct ctx *cx, const struct admission *a);

/* Notes what an account did, by the settings of its domain; raises the alarm. */
void admission_note(struct ctx *cx, struct admission *a, const struct policy_rules *rules,
                    struct str account, struct suspect_event e);
/* Letters to administrators about alarms since the last time. */
MUST_USE enum code admission_tell(struct ctx *cx, struct admission *a);

#endif
