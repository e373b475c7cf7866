/* The ManageSieve engine (RFC 5804): people put, list and activate their scripts. */
#ifndef PROTO_MANAGESIEVE_MANAGESIEVE_H
#define PROTO_MANAGESIEVE_MANAGESIEVE_H

#include "base/engine.h"

struct auth;
struct core;
struct filters;
struct log;
struct metrics;
struct requests;
struct managesieve_shared;

/* Settings. managesieve_limits_default is what a server without any runs with. */
struct managesieve_limits {
    uint32_t timeout_ms;       /* logged in; RFC 5804 section 1.2 asks for 30 minutes */
    uint32_t login_timeout_ms; /* before */
    bool plain_in_clear;       /* tests and loopback only: passwords without TLS */
};
/* 30 min, 60 s, no. */
extern const struct managesieve_limits managesieve_limits_default;

/* What all sessions of the server share; outlives them. */
struct managesieve_env {
    struct core *core;
    struct auth *auth;
    struct filters *filters;
    struct log *log;           /* may be NULL, as metrics */
    struct metrics *metrics;   /* read by managesieve_env_open alone */
    struct requests *requests; /* or NULL: without limit */
    struct managesieve_limits limits;
    struct managesieve_shared *shared; /* managesieve_env_open makes it */
};

/* Makes shared; the other members are set before. Once, at start-up. */
void managesieve_env_open(struct managesieve_env *e);
/* After the last session. */
void managesieve_env_close(struct managesieve_env *e);

/* env: a struct managesieve_env. */
extern const struct engine managesieve_engine;

#endif
