/* A session of the ManageSieve engine, and one call of a command. */
#ifndef PROTO_MANAGESIEVE_SESSION_H
#define PROTO_MANAGESIEVE_SESSION_H

#include "base/cur.h"
#include "proto/managesieve/managesieve.h"
#include "service/auth.h"
#include "service/filter.h"

enum {
    MS_LINE_MAX = 16 * 1024,                  /* bytes of a command without its literals */
    MS_QUOTED_MAX = 1024,                     /* bytes of a quoted string, RFC 5804 section 4 */
    MS_LITERALS_MAX = 4,                      /* in one command */
    MS_LOGIN_LITERAL_MAX = SASL_RESPONSE_MAX, /* before log-in */
    MS_LITERAL_MAX = SCRIPT_BYTES_MAX,        /* afterwards; longer ones are read and thrown away */
    MS_SKIP_MAX = 64 * 1024 * 1024,           /* up to here; then the session ends */
    MS_BAD_MAX = 20,                          /* faulty commands in a row: the session ends */
};

/* Bits, for the table of commands. */
enum ms_stage { MS_GREETED = 1, MS_LOGGED_IN = 2, MS_OVER = 4 };

enum ms_refusal {
    MS_ACCEPTED,
    MS_LINE_TOO_LONG,
    MS_LITERAL_BAD, /* no number, one that waits for an answer, or too many in a command */
    MS_LITERAL_TOO_BIG,
};

/* What is known of a request that is not whole yet. */
struct ms_frame {
    size_t at;         /* bytes looked at */
    size_t line;       /* where the text after the last literal starts */
    size_t text;       /* bytes of text before it */
    size_t literal_to; /* end of the literal that is being read, or 0 */
    uint32_t literals;
    enum ms_refusal refusal;
};

struct ms_session {
    const struct managesieve_env *env;
    const struct peer *peer;
    enum ms_stage stage;
    account_id account;
    principal_id reader;
    char *owner;       /* on the heap: the primary address of the account */
    struct sasl *sasl; /* an exchange is under way */
    struct ms_frame frame;
    uint64_t skip;  /* bytes of a literal that are thrown away as they come */
    bool skip_line; /* then the rest of its line, and it is answered */
    uint32_t bad_count;
};

struct ms_command;

/* One run of a command. */
struct ms_call {
    const struct ms_command *command; /* NULL: none was found */
    struct cur arg;                   /* what follows the name */
    struct reply *reply;
    bool failed; /* "NO" was said */
    bool faulty; /* ...for a fault of the client's program: counts towards MS_BAD_MAX */
};

/* The engine's frame(). */
struct framing ms_frame(void *session, struct str in, size_t seen);

/* Reading arguments: a string (quoted or literal; a literal's bytes are in place), a number, the
   end. What they take is preceded by one space. */
bool ms_take_string(struct ctx *cx, struct cur *c, struct str *out);
bool ms_take_number(struct cur *c, uint64_t *out);
/* A string without the space: a client's line in an exchange. */
bool ms_string(struct ctx *cx, struct cur *c, struct str *out);

/* "OK", "NO", "BYE"; each with a response code ("QUOTA/MAXSIZE", may be empty) and a text (may be
   empty). */
void ms_ok(struct ms_call *call, struct str code, struct str text);
/* Returns OK, for the end of a handler that has refused. */
enum code ms_no(struct ms_call *call, struct str code, struct str text);
/* BYE, and the session ends. */
void ms_bye(struct ms_session *s, struct reply *r, struct str code, struct str text);
/* A string as it is sent: quoted where that can be, else a literal. */
void ms_put_string(struct rope *out, struct str s);
/* "NO" with the row of the table for a failure. */
void ms_failed(const struct ctx *cx, struct ms_call *call, enum code code);
struct ms_text {
    const char *code, *text; /* text empty: the error's own words */
};
/* Never NULL; a unit test looks for holes. */
const struct ms_text *ms_text_of(enum code code);

/* All capabilities, a line each (RFC 5804 section 1.7). */
void ms_capabilities(struct ctx *cx, const struct ms_session *s, struct rope *out);

/* Metrics. */
void ms_count_session(const struct ms_session *s, int change);
void ms_count_command(const struct ms_session *s, const struct ms_call *call, int64_t duration_us);

#endif
