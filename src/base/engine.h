/* A protocol engine: takes bytes, returns bytes. io drives it, proto implements it, server joins
   them. A session is in the hands of one thread at a time, so engines need no locks for it. Engines
   never wait on a socket; they may wait for the store. */
#ifndef BASE_ENGINE_H
#define BASE_ENGINE_H

#include "base/err.h"
#include "base/rope.h"
#include "base/str.h"

struct waker;

/* Whether the server that we called is who it should be. */
enum tls_trust {
    TLS_TRUST_NONE = 0, /* encrypted, but to whom: trust_why tells what was wrong */
    TLS_TRUST_NAME,     /* a certificate for its name, signed by somebody known */
    TLS_TRUST_DANE,     /* one that its TLSA records name (RFC 7672) */
};

/* Why it is not. */
enum tls_doubt {
    TLS_DOUBT_NONE = 0,
    TLS_DOUBT_NAME,    /* the certificate is for another host */
    TLS_DOUBT_EXPIRED, /* or not valid yet */
    TLS_DOUBT_ISSUER,  /* nobody known has signed it */
    TLS_DOUBT_OTHER,   /* no TLSA record names it, no name to check, ... */
};

/* What TLS agreed on; constant for the session afterwards. Strings live as long as the connection.
 */
struct tls_facts {
    struct str version, cipher; /* "TLSv1.3", "TLS_AES_128_GCM_SHA256" */
    struct str server_name;     /* SNI, or empty */
    struct str alpn;            /* the protocol that was agreed on (RFC 7301), or empty */
    unsigned char exporter[32]; /* tls-exporter channel binding (RFC 9266) */
    bool has_exporter;
    /* Whom a client certificate names that a CA of the listener has signed: mail addresses and user
       principal names. */
    const struct str *client_names;
    size_t client_name_count;
    unsigned char client_sha256[32]; /* of that certificate, its DER form */
    bool has_client;
    unsigned char unique[64]; /* tls-unique, for TLS 1.2 alone */
    size_t unique_n;
    enum tls_trust trust; /* these two when we called */
    struct str trust_why;
    enum tls_doubt doubt;
    bool resumed;
};

struct peer {
    uint64_t id;        /* of the connection, for the log */
    struct str address; /* "192.0.2.1" or "2001:db8::1", without brackets; "unix:0": a user id */
    uint16_t port;
    struct str local_address;
    uint16_t local_port;
    struct str role;             /* what the listener is for: "mx", "submission", "imap"... */
    const struct tls_facts *tls; /* NULL while in clear; set before the engine's tls() is called */
    bool can_start_tls;          /* the listener has a certificate */
    struct waker *waker;         /* valid until the engine's close() */
    /* In close(): why the connection ended when the engine did not ask for it; else empty. */
    struct str ended;
    bool ended_in_tls; /* in a handshake, or by a fault of TLS */
};

/* Asks for the session's wake() to be run soon. Any thread, any number of times; never blocks. */
void waker_ring(struct waker *w);

enum frame {
    FRAME_MORE,    /* not a whole request yet */
    FRAME_REQUEST, /* a whole request: the first n bytes */
    FRAME_TELL,    /* send tell at once, then ask again when more has come (IMAP's "+ OK") */
};

struct framing {
    enum frame what;
    size_t n;        /* REQUEST: its bytes. MORE, TELL: the least bytes that a request will need in
                        all, when known (a literal's length): io then spills to a file in time */
    struct str tell; /* a constant, or in the session */
};

/* What a call hands back. All zero but out is "nothing special". */
struct reply {
    /* Pieces are released on any thread, all before close(); that must not wait. */
    struct rope out;
    bool close;     /* after out was written */
    bool start_tls; /* after out was written; input that came before the handshake is thrown away */
    bool start_deflate; /* after out was written; what follows is compressed both ways (RFC 4978) */
    bool more;          /* out is only a part: call more() when it was written (bounded memory) */
    bool slow; /* nothing was done: run the same request again in the slow lane (cx->slow) */
    uint32_t delay_ms; /* hold out back so long, with no worker waiting (wrong passwords) */
    /* Set by io; NULL: nobody can hear before the end. A request that takes long may call it: what
       out holds is sent at once, as far as the peer reads, and out is empty then. Never waits. */
    void (*tell)(struct reply *r);
    void *teller; /* io's */
};

struct engine {
    const char *name;     /* "imap"; literal */
    size_t session_bytes; /* io gives so much zeroed memory to open() */
    size_t request_max;   /* bytes of input that frame() may ask to gather; above: too_long() */
    /* A connection came. peer stays valid until close(). r->out: the greeting. */
    void (*open)(struct ctx *cx, void *session, void *env, const struct peer *peer,
                 struct reply *r);
    /* Looks whether in starts with a whole request. seen: what frame() was shown before without
       success (0 after a request), so that it need not look again from the start. Quick; no store.
     */
    struct framing (*frame)(void *session, struct str in, size_t seen);
    /* Runs one request. It is valid until the reply was written, and may be a mapped file. */
    void (*run)(struct ctx *cx, void *session, struct str request, struct reply *r);
    /* Goes on with what run() left with reply.more. NULL if it never does. Its cx->arena lives
       until this part was written; what run() put into its own lives until the last part was. */
    void (*more)(struct ctx *cx, void *session, struct reply *r);
    /* The waker rang, and no request is being run. NULL if never rung. */
    void (*wake)(struct ctx *cx, void *session, struct reply *r);
    /* wake() comes as well when so long has passed since the last request or wake; 0: it does not.
       NULL: never. What the peer is silent for is timeout_ms(). */
    uint32_t (*wake_ms)(const void *session);
    /* A TLS handshake that the session asked for is done; peer->tls is set. Forget what came
     * before. */
    void (*tls)(struct ctx *cx, void *session, struct reply *r);
    /* The input passed request_max: say so. The connection is closed afterwards. */
    void (*too_long)(struct ctx *cx, void *session, struct reply *r);
    /* Nothing came for timeout_ms(): say goodbye. The connection is closed afterwards. */
    void (*timeout)(struct ctx *cx, void *session, struct reply *r);
    /* The server stops: say goodbye. The connection is closed afterwards. */
    void (*shutdown)(struct ctx *cx, void *session, struct reply *r);
    /* How long the peer may be silent now; 0 is for ever. */
    uint32_t (*timeout_ms)(const void *session);
    /* The last call. Gives back all that the session holds; unregisters its waker from everywhere.
     */
    void (*close)(void *session);
};

#endif
