/* The client of SMTP (RFC 5321) and LMTP (RFC 2033): an engine that hears replies and says
   commands. One session is one connection, for the errands of one slot. */
#ifndef SERVICE_TRANSPORT_REMOTE_CLIENT_H
#define SERVICE_TRANSPORT_REMOTE_CLIENT_H

#include "base/engine.h"
#include "service/transport/errand.h"
#include <stdatomic.h>

struct log;
struct metric;
struct metrics;
struct signer;

enum {
    REPLY_MAX = 64 * 1024, /* bytes of one reply, with all its lines */
    DIAGNOSTIC_MAX = 500,  /* kept of one */
    CLIENT_PIPED =
        100 * 1024, /* a message that is sent before its recipients are known to be good */
    CONVERT_BYTES_MAX = 512 * 1024 * 1024, /* of messages in 7 bits, of all sessions at a time */
    CONVERT_GROWTH = 3,                    /* such a message is so many times as large at most */
};

/* Silence that is borne, by RFC 5321 section 4.5.3.2; for tests, they can be changed. */
struct client_times {
    uint32_t greeting_ms, command_ms, data_ms, final_ms, quit_ms;
};
/* 5 min, 5 min, 2 min, 10 min, 5 s. */
extern const struct client_times client_times_default;

struct client_meters {
    struct metric *recipients[4]; /* by enum errand_result */
    struct metric *sessions, *failures, *seconds;
    struct metric *converted[2]; /* refused, converted */
};

/* What moves while sessions run. */
struct client_shared {
    _Atomic size_t converting; /* bytes */
};

/* What all sessions share. */
struct client_env {
    struct store *store;
    struct str host_name; /* in EHLO */
    struct log *log;      /* may be NULL */
    const struct client_times *times;
    struct signer *signer; /* of what is converted; or NULL */
    struct client_shared *shared;
    struct client_meters meters;
};

enum client_tls {
    CLIENT_TLS_OFFERED = 0, /* when it is offered, whoever answers */
    CLIENT_TLS_NEVER,
    CLIENT_TLS_ENCRYPTED, /* nothing in clear, whoever answers */
    CLIENT_TLS_TRUSTED,   /* and tls_facts.trust must not be NONE */
};

/* Why a session ended. */
enum client_end {
    CLIENT_DONE = 1,    /* nothing more to send */
    CLIENT_REFUSED,     /* no service here: another host may do */
    CLIENT_LOST,        /* cut off, silent, or not understood */
    CLIENT_BUSY,        /* 421, or 4xx to the session */
    CLIENT_TLS_BROKEN,  /* the handshake failed: in clear it may go */
    CLIENT_TLS_MISSING, /* what is demanded is not to be had */
    CLIENT_LOOP,        /* it is ourselves */
};

/* What became of TLS, for reports (RFC 8460). */
struct client_tls_seen {
    bool secured, missing; /* missing: STARTTLS was not to be had */
    enum tls_trust trust;
    enum tls_doubt doubt;
    char why[64], host_address[48], own_address[48];
};

/* One connection to be. Outlives the session. */
struct client_job {
    const struct client_env *env;
    struct slot *slot;
    struct str host; /* for the log and errand_recipient.next_hop */
    bool lmtp, auth_in_clear,
        tls_secure_route; /* secure_route: how the host was found is trusted */
    enum client_tls tls;
    struct str user, password; /* empty: no AUTH */
    struct errand *carried;    /* begun at another host; taken before the slot's next. NULL once it
                                  was taken */
    /* The session is over. Called from the engine's close(), which must not wait. */
    void (*ended)(struct client_job *job);
    void *owner;

    /* Out. */
    enum client_end end;
    char status[12], text[DIAGNOSTIC_MAX]; /* "4.4.2", why */
    struct errand *errand;                 /* begun and not settled: results that are set hold */
    bool movable;                          /* and this host has decided nothing of it */
    size_t settled;                        /* errands */
    struct client_tls_seen seen;
};

/* Its env is a struct client_job. */
extern const struct engine client_engine;

#endif
