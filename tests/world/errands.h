/* A queue for tests: errands that are described in text, and what became of them. */
#ifndef TESTS_ERRANDS_H
#define TESTS_ERRANDS_H

#include "service/transport/remote/client.h"
#include "store/store.h"

enum { ERRANDS_MAX = 100, ERRAND_RESULTS_MAX = 1000 };

struct errands {
    struct slot slot; /* first: the queue's functions are given it */
    struct ctx *cx;   /* of the world; its arena lives as long */
    struct store *store;
    struct client_env env;
    struct client_shared shared;
    struct client_job job;
    struct errand *waiting[ERRANDS_MAX];
    size_t count, next;
    struct errand *given; /* and not settled */
    struct errand_recipient results[ERRAND_RESULTS_MAX];
    size_t result_count;
    bool over; /* the session has ended */
};

/* The job: plain SMTP to "mx.peer.example"; we are "ours.example". */
struct errands *errands_open(struct ctx *cx);
void errands_close(struct errands *w);

/* "errand from=a@b.example to=c@d.example ... body=...": an errand waits. Words, in any order, but
   body last ("\r\n" and "\xNN" in it are read): from, to (again for more), after a to its
   notify=NUMBER and orcpt=rfc822;..., trace, envid, priority, by=SECONDS, and alone: hdrs, utf8,
   8bit, binary, requiretls, return, loses (the store does not have its body). "job lmtp", "job tls
   never|encrypted|trusted", "job login NAME PASSWORD", "job secure-route", "job clear-auth", "job
   others convert". "result ADDRESS delivered|deferred|failed|none STATUS DIAGNOSTIC": one that must
   be; DIAGNOSTIC may be left out. "end done|refused|lost|busy|broken|missing|loop": so the session
   ended, or is about to. False: not so, or not understood. */
bool errands_set(struct errands *w, struct str line);

#endif
