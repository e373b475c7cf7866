/* What the files of the client share. */
#ifndef SERVICE_TRANSPORT_REMOTE_SESSION_H
#define SERVICE_TRANSPORT_REMOTE_SESSION_H

#include "service/sasl/scram_client.h"
#include "service/transport/remote/client.h"

struct blob;

/* What the next reply is the answer to. */
enum phase {
    PHASE_GREETING,
    PHASE_EHLO,
    PHASE_HELO,
    PHASE_STARTTLS,
    PHASE_AUTH,
    PHASE_AUTH_USER, /* AUTH LOGIN: the server asks for the name, then for the password */
    PHASE_AUTH_PASSWORD,
    PHASE_SCRAM_FIRST, /* AUTH SCRAM-SHA-256: its challenge, then its signature */
    PHASE_SCRAM_FINAL,
    PHASE_SCRAM_PROVEN, /* and 235 behind it */
    PHASE_RSET,
    PHASE_MAIL,
    PHASE_RCPT,
    PHASE_DATA,
    PHASE_FINAL, /* after the message */
    PHASE_QUIT,
    PHASE_OVER,
};

enum {
    OFFERS_PIPELINING = 1,
    OFFERS_SIZE = 2,
    OFFERS_8BITMIME = 4,
    OFFERS_SMTPUTF8 = 8,
    OFFERS_CHUNKING = 16,
    OFFERS_BINARYMIME = 32,
    OFFERS_DSN = 64,
    OFFERS_DELIVERBY = 128,
    OFFERS_MT_PRIORITY = 256,
    OFFERS_REQUIRETLS = 512,
    OFFERS_STARTTLS = 1024,
    OFFERS_ENHANCEDSTATUSCODES = 2048,
    OFFERS_AUTH_PLAIN = 4096,
    OFFERS_AUTH_LOGIN = 8192,
    OFFERS_AUTH_SCRAM = 16384,
    OFFERS_AUTH_SCRAM_PLUS = 32768,
};

struct client {
    struct client_job *job;
    const struct peer *peer;
    enum phase phase;
    unsigned offers;
    uint64_t size_max; /* 0: not said */
    bool said_ehlo;    /* the other side understands it */
    bool scram_failed; /* refused: another mechanism */
    struct scram_client scram;
    bool needs_rset; /* the last transaction did not end */

    /* The errand at hand. */
    struct errand *e;
    struct blob *blob;     /* its body */
    struct str body, left; /* left: of the body, still to be sent */
    /* What goes out of it: as it came, or converted for this host. */
    struct str trace;
    uint64_t size_bytes;
    size_t share; /* of what may be converted at a time */
    bool utf8, eight_bit, binary;
    bool dotted;         /* by DATA: lines that begin with a dot are sent with two */
    bool all_said;       /* DATA, or BDAT with the message, went out behind the recipients */
    bool nothing_to_say; /* no recipient was accepted: 354 is answered with an end */
    bool mail_refused;   /* what was piped behind it is answered, and does not count */
    bool *taken;         /* recipients whose RCPT was accepted */
    size_t rcpt_said, answered, accepted;
    size_t final; /* LMTP: recipients that have had their reply */
    int64_t begun_ms;
};

/* One reply as heard. */
struct heard {
    unsigned code;     /* 200 to 599 */
    struct str status; /* "5.1.1": of the reply, or made from its code */
    struct str text;   /* one line, code and all; printable */
    struct str lines;  /* as it came */
};

/* reply.c: how many bytes the first reply in in has; 0: not all of it is there yet. */
size_t client_reply_size(struct str in, size_t seen);
/* E_SYNTAX: that is no reply. */
MUST_USE enum code client_reply_parse(struct ctx *cx, struct str in, struct heard *out);
/* The n-th line without its code; false when there are fewer. */
bool client_reply_line(const struct heard *h, size_t n, struct str *out);

/* hello.c: all before the first message. */
void client_greeted(struct ctx *cx, struct client *c, const struct heard *h, struct reply *r);
void client_hello(struct ctx *cx, struct client *c, const struct heard *h, struct reply *r);
void client_tls_reply(struct ctx *cx, struct client *c, const struct heard *h, struct reply *r);
void client_secured(struct ctx *cx, struct client *c, struct reply *r);
/* login.c: AUTH, when TLS is as demanded. */
void client_auth(struct ctx *cx, struct client *c, struct reply *r);
void client_auth_reply(struct ctx *cx, struct client *c, const struct heard *h, struct reply *r);
void client_scram_reply(struct ctx *cx, struct client *c, const struct heard *h, struct reply *r);

/* mail.c: the envelope. Begins the next errand, or says QUIT. */
void client_next(struct ctx *cx, struct client *c, struct reply *r);
void client_rset_reply(struct ctx *cx, struct client *c, const struct heard *h, struct reply *r);
void client_mail_reply(struct ctx *cx, struct client *c, const struct heard *h, struct reply *r);
void client_rcpt_reply(struct ctx *cx, struct client *c, const struct heard *h, struct reply *r);
/* All recipients without a result get this one. */
void client_result(struct client *c, enum errand_result result, struct str status,
                   struct str diagnostic);
void client_one_result(struct client *c, struct errand_recipient *to, const struct heard *h,
                       bool delivered);
/* The errand is over: its results are made durable, and the next one begins. */
void client_settle(struct ctx *cx, struct client *c, struct reply *r);

/* convert.c: whether the open content can go to this host, converted perhaps; if not, its
   recipients are told. */
bool client_content_fits(struct ctx *cx, struct client *c);
/* Gives the share back. */
void client_unconvert(struct client *c);

/* content.c: the message. */
MUST_USE enum code client_content_open(struct ctx *cx, struct client *c);
void client_content_close(struct client *c);
/* Appends BDAT and the message; or DATA alone. */
void client_content_ask(struct client *c, struct reply *r);
void client_data_reply(struct ctx *cx, struct client *c, const struct heard *h, struct reply *r);
void client_more(struct ctx *cx, void *session, struct reply *r);
void client_final_reply(struct ctx *cx, struct client *c, const struct heard *h, struct reply *r);

/* engine.c: the session ends, because of this; once. */
void client_stop(struct client *c, enum client_end end, struct str status, struct str text);
/* The same, and says QUIT. */
void client_quit(struct client *c, struct reply *r);
const char *client_phase_name(enum phase phase);

#endif
