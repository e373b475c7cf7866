/* A session of the POP3 engine, its maildrop, and one call of a command. */
#ifndef PROTO_POP3_SESSION_H
#define PROTO_POP3_SESSION_H

#include "base/cur.h"
#include "core/view.h"
#include "proto/pop3/pop3.h"
#include "service/auth.h"
#include "service/language.h"

enum {
    POP3_LINE_MAX = 512,                         /* a command with its line end */
    POP3_AUTH_LINE_MAX = SASL_RESPONSE_MAX + 64, /* an AUTH command, a response */
    POP3_USER_MAX = 320,                         /* bytes of the name in USER */
    POP3_BAD_MAX = 20,                           /* faulty commands in a row: the session ends */
    POP3_PORTION_BYTES = 1024 * 1024,            /* of a message in one portion of a reply */
};

/* RFC 1939 section 3; bits, for the command table. There is nothing to do in the state UPDATE. */
enum pop3_stage { POP3_AUTHORIZATION = 1, POP3_TRANSACTION = 2, POP3_OVER = 4 };

/* What the client's next line is. */
enum pop3_mode {
    POP3_COMMANDS,
    POP3_IN_SASL,      /* a line of an exchange */
    POP3_IN_SASL_LAST, /* the empty answer to what goes with a success */
};

/* The INBOX as it was at log-in. Message n of the client is place n - 1. */
struct pop3_maildrop {
    struct view *view;
    uint32_t count;
    uint32_t *sizes;        /* bytes as sent; NULL until asked for; POP3_GONE: not there any more */
    unsigned char *deleted; /* a byte for each place; NULL: none */
    uint32_t deleted_count;
    bool may_delete;
};
enum { POP3_GONE = UINT32_MAX };

struct pop3_job;

struct pop3_session {
    const struct pop3_env *env;
    const struct peer *peer;
    enum pop3_stage stage;
    enum pop3_mode mode;
    account_id account;
    principal_id reader;
    struct pop3_maildrop *drop; /* in TRANSACTION */
    struct sasl *sasl;
    struct pop3_job *job; /* a message being sent */
    char *user;           /* on the heap: of USER, until PASS */
    bool utf8;            /* UTF8 was said (RFC 6856) */
    enum language language;
    uint32_t bad_count;
};

/* One run of a command. */
struct pop3_call {
    const struct pop3_command *command; /* NULL: none was found */
    struct cur arg;                     /* what follows the name and its space */
    struct reply *reply;
    enum language language; /* of what is said */
    bool failed;            /* "-ERR" was said */
    bool faulty; /* ...for a fault of the client's program: counts towards POP3_BAD_MAX */
};

/* "+OK text", printed; cut at 500 bytes. */
void pop3_ok(struct pop3_call *call, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* "-ERR text"; returns OK, for the end of a handler that has refused. */
enum code pop3_refuse(struct pop3_call *call, const char *text);
/* "-ERR" with the response code and text of the table. */
void pop3_failed(const struct ctx *cx, struct pop3_call *call, enum code code);
/* The row of the table: "[SYS/TEMP] ...". Never NULL; a unit test looks for holes. */
const char *pop3_reply_text(enum code code);

/* Makes the maildrop of s->account for s->reader. E_NOT_FOUND, E_DENIED without the right to read.
 */
MUST_USE enum code pop3_maildrop_open(struct ctx *cx, struct pop3_session *s);
void pop3_maildrop_close(struct pop3_session *s);
/* Fills in sizes, if they are not there. One scan of the folder's summaries. */
MUST_USE enum code pop3_maildrop_sizes(struct ctx *cx, struct pop3_session *s);
/* Removes what is marked, durably; *failed: how many could not be. What is gone already is fine. */
MUST_USE enum code pop3_maildrop_update(struct ctx *cx, struct pop3_session *s);
/* Place of a message number (the next word of arg) that is neither marked nor gone. E_SYNTAX;
   E_NOT_FOUND. */
MUST_USE enum code pop3_message(struct ctx *cx, const struct pop3_session *s, struct cur *arg,
                                uint32_t *place);
bool pop3_is_deleted(const struct pop3_maildrop *d, uint32_t place);

/* Metrics. */
void pop3_count_session(const struct pop3_session *s, int change);
void pop3_count_command(const struct pop3_session *s, const struct pop3_call *call,
                        int64_t duration_us);
void pop3_count_message(const struct pop3_session *s, uint64_t bytes);
/* Notes a log-in of the account now; false when the last was less than LOGIN-DELAY ago. */
bool pop3_login_due(const struct pop3_session *s, int64_t now_ms);

#endif
