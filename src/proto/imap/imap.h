/* IMAP4rev1 (RFC 3501) and IMAP4rev2 (RFC 9051) with extensions; docs/PROTOCOLS.md lists them. */
#ifndef PROTO_IMAP_IMAP_H
#define PROTO_IMAP_IMAP_H

#include "base/engine.h"
#include "core/identity.h"

struct auth;
struct delivery;
struct core;
struct imap_meter;
struct log;
struct metrics;
struct push;
struct requests;

enum {
    IMAP_REQUEST_MAX = 300 * 1024 * 1024, /* bytes of one command with all its literals */
    IMAP_REPLY_MAX = 64 * 1024 * 1024,    /* of copied text in one reply */
};

/* Settings. imap_limits_default is what a server without any runs with. */
struct imap_limits {
    uint64_t message_bytes; /* of one appended message: APPENDLIMIT (RFC 7889); at most BLOB_MAX */
    uint32_t request_bytes; /* of a command with its literals; at most IMAP_REQUEST_MAX */
    uint32_t reply_bytes;   /* of copied text in one answer; at most IMAP_REPLY_MAX */
    uint32_t context_messages; /* in a search whose changes are told (RFC 5267) */
    uint64_t thread_steps;     /* up trees, to see that links make no ring */
    uint32_t timeout_ms; /* logged in, IDLE included; RFC 9051 section 5.4 asks for 30 minutes */
    uint32_t login_timeout_ms; /* before */
    uint32_t messages;         /* that one command works on: MESSAGELIMIT (RFC 9738); 0: no limit */
    uint32_t progress_messages; /* a long search is looked at so many messages at a time; */
    uint32_t progress_ms;       /* and says where it is after so long (RFC 9585) */
    uint32_t change_messages;   /* changed by one commit; at most ITEM_CHANGE_MAX */
    uint32_t saves;             /* that one command saves: SAVELIMIT; 0: no limit */
    bool plain_in_clear; /* tests and loopback only: LOGIN without TLS; as in struct auth_config */
};
extern const struct imap_limits imap_limits_default;

/* What open() is given. Lives as long as the engine's sessions. */
struct imap_env {
    struct core *core;
    struct auth *auth;
    struct log *log;           /* may be NULL, as metrics */
    struct metrics *metrics;   /* read by imap_meter_open alone */
    struct imap_meter *meter;  /* of imap_meter_open, or NULL: nothing is counted */
    struct requests *requests; /* of requests_open (service/requests.h), or NULL: without limit */
    struct imap_turns *turns;  /* of imap_turns_open (search/turns.h), or NULL: without limit */
    struct push *push;         /* of push_open (service/push/push.h), or NULL: none is offered */
    struct delivery *delivery; /* runs scripts of mailboxes (RFC 6785), or NULL: none are run */
    struct str sieve_host;     /* of ManageSieve (RFC 6785); empty: no IMAPSIEVE */
    struct str jmap_url;       /* of the JMAP session resource (RFC 9698); empty: none is offered */
    struct imap_limits limits;
};

/* The series of all commands (imap_commands_total, imap_command_seconds), made once at start-up.
   m may be NULL. Safe for all threads; closed after the last session. */
struct imap_meter *imap_meter_open(struct metrics *m);
void imap_meter_close(struct imap_meter *m);

/* The bytes of a URL that was signed for who's submission (RFC 4468); for SMTP. E_NOT_FOUND;
   E_DENIED; E_SYNTAX; E_UNSUPPORTED. */
MUST_USE enum code imap_url_submit(struct ctx *cx, const struct imap_env *env, struct str url,
                                   principal_id who, struct rope *out);

extern const struct engine imap_engine;

#endif
