/* The POP3 engine (RFC 1939) with its extensions; docs/PROTOCOLS.md lists them. */
#ifndef PROTO_POP3_POP3_H
#define PROTO_POP3_POP3_H

#include "base/engine.h"

struct auth;
struct core;
struct log;
struct metrics;
struct requests;
struct pop3_shared;

/* Settings. pop3_limits_default is what a server without any runs with. */
struct pop3_limits {
    uint32_t timeout_ms;       /* logged in; RFC 1939 section 3 asks for 10 minutes */
    uint32_t login_timeout_ms; /* before */
    uint32_t login_delay_s;    /* LOGIN-DELAY (RFC 2449 section 6.5): least time between two
                                  log-ins of an account; 0: any */
    uint32_t expire_days; /* EXPIRE (section 6.7): what the site says that it keeps; 0: NEVER */
    bool plain_in_clear;  /* tests and loopback only: PASS without TLS; as in auth_config */
};
/* 10 min, 60 s, no delay, for ever, no. */
extern const struct pop3_limits pop3_limits_default;

/* What all sessions of the server share; outlives them. */
struct pop3_env {
    struct core *core;
    struct auth *auth;
    struct log *log;           /* may be NULL, as metrics */
    struct metrics *metrics;   /* read by pop3_env_open alone */
    struct requests *requests; /* of requests_open (service/requests.h), or NULL: without limit */
    struct pop3_limits limits;
    struct pop3_shared *shared; /* pop3_env_open makes it */
};

/* Makes shared; the other members are set before. Once, at start-up. */
void pop3_env_open(struct pop3_env *e);
/* After the last session. */
void pop3_env_close(struct pop3_env *e);

/* env: a struct pop3_env. */
extern const struct engine pop3_engine;

#endif
