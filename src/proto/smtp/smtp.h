/* The SMTP engine (RFC 5321): mail from other servers ("mx") and from people's programs
   ("submission", RFC 6409; "submissions", RFC 8314), and LMTP (RFC 2033). What it does is told in
   docs/SMTP.md. */
#ifndef PROTO_SMTP_SMTP_H
#define PROTO_SMTP_SMTP_H

#include "base/engine.h"
#include "core/identity.h"
#include "format/host/networks.h"

struct admission;
struct auth;
struct core;
struct delivery;
struct log;
struct mailauth;
struct metrics;
struct milters;
struct signer;
struct requests;
struct smtp_shared;

/* Settings; each has a test. */
struct smtp_limits {
    uint64_t message_bytes; /* SIZE; at most BLOB_MAX */
    uint64_t bdat_bytes;    /* of messages being gathered from chunks, all sessions together */
    uint32_t recipients;    /* of one transaction: RCPTMAX */
    uint32_t transactions;  /* of one session: MAILMAX */
    uint32_t errors;        /* bad commands, then 421 */
    uint32_t received;      /* Received fields: more is a loop */
    uint32_t command_ms;    /* silence while a command is awaited */
    uint32_t data_ms;       /* silence within a message */
};
/* 50 MiB, 512 MiB, 1000, 1000, 20, 100, 5 min, 10 min. */
extern const struct smtp_limits smtp_limits_default;

/* Where BURL's messages come from: who's own, by a URL that was made for who to submit.
   E_NOT_FOUND, E_DENIED, E_SYNTAX, E_UNSUPPORTED. */
struct smtp_urls {
    void *self;
    enum code (*read)(struct ctx *cx, void *self, struct str url, principal_id who,
                      struct rope *out);
};

/* What all sessions of the server share; outlives them. auth is unused by the role "mx". */
struct smtp_env {
    struct core *core;
    struct auth *auth;
    struct delivery *delivery;
    struct signer *signer;            /* NULL: what people send is not signed */
    struct mailauth *mailauth;        /* NULL: nobody asks who sent a message */
    struct admission *admission;      /* NULL: strangers are taken as they come */
    struct milters *milters;          /* NULL: no filters are asked */
    const struct smtp_urls *urls;     /* NULL: no BURL */
    struct log *log;                  /* may be NULL, as metrics */
    struct metrics *metrics;          /* may be NULL */
    const struct smtp_limits *limits; /* NULL: smtp_limits_default */
    struct requests *requests;        /* of requests_open, or NULL: without limit */
    struct str host_name;             /* in greetings and trace fields */
    struct ip_networks proxies;       /* who may say XCLIENT and XFORWARD */
    struct ip_networks lmtp_clients;  /* who may come to the role "lmtp" */
    struct smtp_shared *shared;       /* smtp_env_open makes it */
};

/* Fills in limits (if NULL) and shared; the other members are set before. Once, at start-up. */
void smtp_env_open(struct smtp_env *e);
/* After the last session. */
void smtp_env_close(struct smtp_env *e);

/* env: a struct smtp_env. Roles by peer->role: "submission" and "submissions"; "lmtp"; all else is
   "mx". */
extern const struct engine smtp_engine;

#endif
