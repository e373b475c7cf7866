/* Milters: filters of others that are asked about each message while it comes in (the protocol of
   libmilter, version 6). docs/SMTP.md tells what they may do here. */
#ifndef SERVICE_MILTER_H
#define SERVICE_MILTER_H

#include "base/engine.h"
#include "base/stream.h"

struct log;
struct metrics;
struct milters;      /* those of the configuration; safe for all threads */
struct milter_visit; /* the conversations of one SMTP session */

enum { MILTERS_MAX = 16, MILTER_WAITERS_MAX = 1000 };

/* What becomes of mail when the milter fails. */
enum milter_failure { MILTER_FAILS_TEMPFAIL, MILTER_FAILS_ACCEPT, MILTER_FAILS_REJECT };

struct milter_config {
    struct str name, address; /* "192.0.2.1:11332", "[::1]:11332", or the path of a unix socket */
    bool mx, submission;      /* whose mail it sees */
    enum milter_failure on_failure;
    uint32_t connect_ms, command_ms, message_ms; /* message_ms: for the end of a message */
    uint32_t rest_ms; /* who could not be reached is not called again so long */
};

struct milter_parts {
    const struct milter_config *at; /* outlives the result, as do all of these */
    size_t count;
    const struct stream_dialer *dialer;
    struct log *log;         /* may be NULL, as metrics */
    struct metrics *metrics; /* series by milter */
    struct str host_name;
    uint32_t waiters; /* threads that may wait for milters at a time; more: it has failed */
};

/* No milter is called yet. Closed after the last session. */
struct milters *milters_open(const struct milter_parts *parts);
/* m may be NULL. */
void milters_close(struct milters *m);

/* Says hello to the milter as at the start of a session, and goodbye: what it speaks, in
   cx->arena. index: of parts->at. E_IO and so on. */
MUST_USE enum code milter_try(struct ctx *cx, struct milters *m, size_t index, struct str *out);
size_t milter_count(const struct milters *m);
const struct milter_config *milter_config_at(const struct milters *m, size_t index);
/* When it is called again; 0: it may be now. */
int64_t milter_rests_until_ms(const struct milters *m, size_t index);

/* Of a session. NULL when no milter sees its mail (then nothing costs anything); all calls below
   take NULL. Nobody is called before the first MAIL. */
struct milter_visit *milter_visit_open(struct milters *m, bool submission);
void milter_visit_close(struct milter_visit *v);

/* Who speaks; valid during the call. */
struct milter_client {
    const struct peer *peer;
    struct str helo, login;
};
/* Each returns NULL to go on, or the reply: "550 5.7.1 ...", perhaps in several lines, perhaps 421;
   in cx->arena. params: "SIZE=1 BODY=8BITMIME", or empty. */
const char *milter_mail(struct ctx *cx, struct milter_visit *v, const struct milter_client *client,
                        struct str sender, struct str params);
const char *milter_rcpt(struct ctx *cx, struct milter_visit *v, struct str address,
                        struct str params);
const char *milter_data(struct ctx *cx, struct milter_visit *v);
/* A command that nobody knows. */
const char *milter_unknown(struct ctx *cx, struct milter_visit *v, struct str line);
/* The transaction ended without a message. */
void milter_reset(struct milter_visit *v);

/* What a message became. Strings in cx->arena. */
struct milter_outcome {
    const char *reply;        /* NULL: it goes on */
    bool discard;             /* taken, and thrown away */
    bool quarantine, changed; /* changed: bytes is not what came */
    struct str bytes;
    struct str fields; /* to be put in front, whole lines */
    bool has_sender;
    struct str sender;       /* the envelope's from now on */
    struct str *more, *less; /* recipients to be added, and to be taken out */
    size_t more_count, less_count;
};
/* bytes: the message, line ends CRLF, at most max after all changes. id: for macros and the log. */
void milter_message(struct ctx *cx, struct milter_visit *v, struct str id, struct str bytes,
                    size_t max, struct milter_outcome *out);

#endif
