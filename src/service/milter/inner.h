/* What the files of milter share. */
#ifndef SERVICE_MILTER_INNER_H
#define SERVICE_MILTER_INNER_H

#include "service/milter.h"
#include "service/milter/talk.h"
#include <stdatomic.h>

struct metric;

enum milter_result {
    RESULT_PASSED,
    RESULT_REFUSED,
    RESULT_DEFERRED,
    RESULT_DISCARDED,
    RESULT_FAILED,
    RESULT_COUNT,
};

/* One of the configuration. */
struct milter {
    const struct milter_config *config;
    _Atomic int64_t rest_until_ms; /* UTC */
    struct metric *results[RESULT_COUNT], *seconds;
};

struct milters {
    struct milter_parts parts;
    struct milter all[MILTERS_MAX];
    atomic_uint waiting;
};

/* Where a conversation stands. */
enum milter_state {
    STATE_NEW,      /* not called yet */
    STATE_GREETED,  /* has heard HELO, and no message is under way */
    STATE_MESSAGE,  /* has heard MAIL */
    STATE_CONTENT,  /* has no more to say of this message */
    STATE_ACCEPTED, /* has no more to say of this session */
    STATE_FAILED,   /* is not asked again in this session */
};

struct milter_line {
    struct milter *milter;
    struct milter_talk talk;
    enum milter_state state;
    bool discards; /* the message under way */
};

struct milter_visit {
    struct milters *milters;
    struct arena *arena; /* of helo */
    struct str helo;     /* as they were told */
    uint64_t connection;
    size_t count;
    struct milter_line lines[];
};

/* Calls the milter. out: its conversation. */
MUST_USE enum code milter_call(struct ctx *cx, struct milters *m, struct milter *x,
                               struct milter_talk *out);
/* The milter has failed: log, metric, its rest; what is said to the client, or NULL. */
const char *milter_failed(struct ctx *cx, struct milter_visit *v, struct milter_line *line,
                          const char *stage);
/* One question; the reply to the client, or NULL. Sets the line's state. */
const char *milter_ask(struct ctx *cx, struct milter_visit *v, struct milter_line *line,
                       const struct milter_ask *ask, const char *stage);
/* What an answer means for the client. */
const char *milter_meaning(struct ctx *cx, struct milter_visit *v, struct milter_line *line,
                           const struct milter_reply *reply, const char *stage);
/* Threads that wait: false when there are too many already. */
bool milter_wait_begin(struct milters *m);
void milter_wait_end(struct milters *m);

#endif
