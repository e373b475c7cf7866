/* Framing: where one request ends, with its literals (RFC 9051 section 4.3, RFC 7888). */
#ifndef PROTO_IMAP_FRAME_H
#define PROTO_IMAP_FRAME_H

#include "base/engine.h"

struct imap_session;

enum {
    IMAP_LINE_MAX = 64 * 1024,       /* bytes of a command without its literals */
    IMAP_LOGIN_LINE_MAX = 16 * 1024, /* before login: AUTHENTICATE with RFC 4954's 12,288 */
    IMAP_LITERAL_MAX = 1024 * 1024,  /* of commands other than APPEND */
    IMAP_LOGIN_LITERAL_MAX = 4096,   /* before login */
    IMAP_LITERALS_MAX = 2000,        /* in one command */
};

/* Why a request is answered without being run. */
enum imap_refusal {
    IMAP_ACCEPTED,
    IMAP_LINE_TOO_LONG, /* ends the session */
    IMAP_LITERAL_BAD,   /* its length is no number */
    IMAP_LITERAL_TOO_BIG,
    IMAP_LITERALS_TOO_MANY,
    IMAP_REFUSAL_COUNT
};

/* What is known of a request that is not whole yet. */
struct imap_frame {
    size_t at;         /* bytes looked at; no line end lies between line and at */
    size_t line;       /* where the stretch of text after the last literal starts */
    size_t text;       /* bytes of text in the stretches before it */
    size_t literal_to; /* end of the literal that is being read, or 0 */
    uint32_t literals;
    uint32_t owed; /* "+ OK" that run() has to send first: the client did not wait for it */
    enum imap_refusal refusal;
    bool ends; /* the refusal ends the session: what follows cannot be told from a literal */
};

/* The engine's frame(). */
struct framing imap_frame(void *session, struct str in, size_t seen);

/* Reads the end of a line: "{12}", "{12+}" or "~{12}" before it. line is without its line end.
   False when it does not end so. number_ok: the digits were a number. */
struct imap_literal {
    uint64_t n;
    bool number_ok, waits; /* waits: the client waits for "+" */
};
bool imap_literal_at_end(struct str line, struct imap_literal *out);

#endif
