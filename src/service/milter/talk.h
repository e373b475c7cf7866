/* One conversation with one milter: what is asked, and the answer that ends each question. */
#ifndef SERVICE_MILTER_TALK_H
#define SERVICE_MILTER_TALK_H

#include "base/stream.h"
#include "service/milter/packet.h"

enum { MILTER_PROGRESS_MAX = 100, MILTER_CHANGES_MAX = 10000 };

struct milter_talk {
    struct stream *stream;
    uint32_t version, actions, protocol;
};

/* A question. */
struct milter_ask {
    enum milter_command command;
    const struct str *parts;
    size_t count;
    uint32_t no, quiet; /* enum milter_protocol: not sent to those; not answered by those */
    uint32_t timeout_ms;
};

/* Agrees on version and protocol over a stream that was just made; the stream is t's, also when it
   fails. E_SYNTAX, E_LIMIT, E_UNSUPPORTED, E_BUSY, E_IO. */
MUST_USE enum code milter_greet(struct ctx *cx, struct milter_talk *t, struct stream *stream,
                                uint32_t timeout_ms);
/* Sends macros for the command that comes next: name, value, name, value. */
MUST_USE enum code milter_macros(struct ctx *cx, struct milter_talk *t, enum milter_command command,
                                 const struct str *pairs, size_t count, uint32_t timeout_ms);
/* Asks and awaits the answer; CONTINUE where none comes. Answers of kinds that end no question are
   given to change (NULL: they are a fault). E_SYNTAX, E_LIMIT, E_BUSY, E_IO. */
typedef enum code milter_change_fn(struct ctx *cx, void *arg, const struct milter_reply *reply);
MUST_USE enum code milter_question(struct ctx *cx, struct milter_talk *t,
                                   const struct milter_ask *ask, milter_change_fn *change,
                                   void *arg, struct milter_reply *out);
/* Says without an answer; whether it arrives is no matter. */
void milter_tell(struct ctx *cx, struct milter_talk *t, enum milter_command command);
void milter_talk_close(struct milter_talk *t);

#endif
