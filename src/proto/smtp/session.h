/* One SMTP session, as the engine's own files see it. */
#ifndef PROTO_SMTP_SESSION_H
#define PROTO_SMTP_SESSION_H

#include "base/cur.h"
#include "format/imap_url.h"
#include "proto/smtp/client/told.h"
#include "proto/smtp/smtp.h"
#include "service/auth.h"
#include "service/delivery.h"

enum {
    SMTP_LINE_MAX = 2048,                        /* a command with its CRLF */
    SMTP_AUTH_LINE_MAX = SASL_RESPONSE_MAX + 64, /* an AUTH command, a response */
    SMTP_BURL_LINE_MAX = IMAP_URL_MAX + 16,
    SMTP_LINE_SKIP_MAX = 64 * 1024, /* of an over-long line, then 421 */
    SMTP_HELO_MAX = 255,
    SMTP_TARGETS_MAX = 2 * GROUP_EXPAND_MAX, /* mailboxes of one transaction */
    SMTP_REJECTED_MAX = 100,                 /* refused recipients without a message taken */
    SMTP_ENVID_MAX = 100,                    /* RFC 3461 section 4.4, encoded */
    SMTP_ORCPT_MAX = 500,                    /* section 4.2, encoded */
    SMTP_CONTENT_LINE_MAX = 64 * 1024,       /* bytes of a line of a message */
    SMTP_ETRN_MAX = 10,                      /* of a session */
};

/* Where a session stands; a set in the command table. */
enum smtp_stage {
    STAGE_NEW = 1,   /* before HELO or EHLO */
    STAGE_READY = 2, /* no transaction */
    STAGE_MAIL = 4,  /* has a sender */
    STAGE_RCPT = 8,  /* has recipients */
    STAGE_BDAT = 16, /* has chunks */
};
enum { STAGE_ANY = 31, STAGE_GREETED = 30, STAGE_MESSAGE = 28 };

/* What the next bytes are. */
enum smtp_input {
    INPUT_COMMAND,
    INPUT_EARLY,     /* nothing may come before the greeting */
    INPUT_LINE_REST, /* of a command that was too long */
    INPUT_SASL,
    INPUT_DATA,
    INPUT_DATA_REST, /* of a message that is too big */
    INPUT_CHUNK,     /* BDAT */
    INPUT_OVER,      /* goodbye was said */
};

enum smtp_body { BODY_7BIT, BODY_8BITMIME, BODY_BINARYMIME };

/* Bytes gathered from chunks, within the server's budget. */
struct smtp_gather {
    char *p;
    size_t n, cap;
};

struct smtp_transaction {
    struct str sender; /* without <> */
    uint64_t size;     /* as announced; 0: not */
    enum smtp_body body;
    bool utf8, headers_only, whole, has_size, has_ret;
    bool by_return, require_tls, priority_lowered;
    int8_t priority;
    int64_t by_ms, release_ms; /* 0: none */
    struct str envid;
    struct delivery_recipient *to;
    size_t to_count, to_cap, target_count;
    uint32_t refused; /* recipients */
    bool has_body;
    bool data_told; /* filters know that a message begins */
    /* BDAT */
    uint64_t chunk_left;
    bool chunk_last, chunk_bad; /* bad: thrown away; the reply was chosen by chunk_code */
    bool chunk_more;            /* a chunk is being run that is not the last */
    const char *chunk_reply;
    struct smtp_gather gather;
    uint64_t skipped; /* bytes of an over-sized message */
};

struct milter_visit;
struct visit;
struct smtp_session {
    const struct smtp_env *env;
    const struct peer *peer;   /* the client: socket, or as a proxy told */
    const struct peer *socket; /* who really calls */
    struct told *told;         /* by XCLIENT, or NULL */
    struct told *forwarded;    /* by XFORWARD, for the next message, or NULL */
    struct arena *arena;       /* of the session: made when first needed */
    struct arena *tx;          /* of the transaction: likewise */
    enum smtp_stage stage;
    enum smtp_input input;
    bool submission, lmtp;
    bool extended;        /* said EHLO, LHLO */
    bool early;           /* said more than EHLO before it was answered */
    uint32_t greeting_ms; /* it had to wait for the greeting; 0: it may speak when it likes */
    struct str helo;
    /* log-in */
    bool logged_in, auth_done; /* auth_done: waits for the client's empty last response */
    principal_id who;
    account_id account;
    struct str login;
    struct sasl *sasl;
    uint32_t transactions, errors, rejected, etrns;
    uint64_t line_skipped;
    char outcome;                /* first digit of the last reply */
    struct visit *visit;         /* of a stranger (service/admission.h), or NULL */
    struct milter_visit *filter; /* what filters are told of the session, or NULL */
    struct smtp_transaction t;
};

/* One reply line (without its CRLF); notes its outcome. text must be constant. */
void smtp_say(struct smtp_session *s, struct reply *r, const char *text);
/* The same, printed; cut at 511 bytes. */
void smtp_sayf(struct smtp_session *s, struct reply *r, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* smtp_say and OK, for the end of a handler that has refused. */
enum code smtp_refuse(struct smtp_session *s, struct reply *r, const char *text);
/* Says text (421) and closes. */
void smtp_goodbye(struct smtp_session *s, struct reply *r, const char *text);

/* Which column of the table of replies. */
enum smtp_case { CASE_COMMAND, CASE_RECIPIENT, CASE_MESSAGE, CASE_AUTH, CASE_COUNT };
/* The reply to a failure: the only table. Never NULL. */
const char *smtp_reply_text(enum smtp_case where, enum code code);
/* smtp_reply_text, but for what the policy for full mailboxes says. */
const char *smtp_recipient_text(const struct smtp_session *s, enum code code);

/* To DATA and BDAT without a recipient. */
const char *smtp_nobody_text(const struct smtp_session *s);

/* Ends the transaction and frees what it held. */
void smtp_reset(struct smtp_session *s);
/* The arenas, made on the first call. */
struct arena *smtp_session_arena(struct smtp_session *s);
struct arena *smtp_tx_arena(struct smtp_session *s);
/* Room for at most bytes in all; E_LIMIT past the server's budget. */
MUST_USE enum code smtp_gather_add(struct ctx *cx, struct smtp_session *s, struct str chunk);

/* The Received field (RFC 5321 section 4.4), ended by CRLF. */
struct str smtp_received(struct ctx *cx, const struct smtp_session *s, struct str id);

/* Counting; shared may be of an environment without metrics. */
void smtp_count_session(const struct smtp_session *s, int change);
void smtp_count_command(const struct smtp_session *s, size_t command, char outcome);
void smtp_count_message(const struct smtp_session *s, bool taken, uint64_t bytes);
/* Takes bytes (or gives them back, below 0) of the budget for chunks; false when it is used up. */
bool smtp_budget(const struct smtp_session *s, int64_t bytes);

#endif
