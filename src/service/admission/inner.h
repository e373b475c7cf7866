/* What the files of admission share. */
#ifndef SERVICE_ADMISSION_INNER_H
#define SERVICE_ADMISSION_INNER_H

#include "core/core.h"
#include "service/admission.h"
#include "service/admission/greylist.h"
#include "service/admission/limits.h"
#include "service/admission/lists.h"

struct admission {
    struct admission_parts parts;
    struct policy *policy;
    struct lists *lists;
    struct greylist *greylist;
    struct srs *srs;
    struct limits *limits;
    struct metric *limited[PER_END];
    struct metric *grey_wait, *grey_spf;
    struct metric *listed_refused, *listed_junk;
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
};

/* The settings of now, or NULL. What cannot be read is no reason to turn mail away. */
struct policy_view *admission_view(struct ctx *cx, const struct admission *a);

#endif
