/* A dialogue file as steps. tests/wire/README.md describes the lines. */
#ifndef TESTS_WIRE_DIALOG_H
#define TESTS_WIRE_DIALOG_H

#include "base/arena.h"
#include "base/str.h"

enum { WIRE_SESSIONS = 10 }; /* "C:" is session 1, "C2:" is session 2 */

enum step_kind {
    STEP_SEND,      /* bytes of the client */
    STEP_LINE,      /* the server's next line, exactly */
    STEP_MATCH,     /* the server's next line, by an expression */
    STEP_ANY_ORDER, /* one of the server's next lines; a run of these is a set */
    STEP_BYTES,     /* the server's next bytes, exactly */
    STEP_SKIP,      /* any lines up to one that the next step takes */
    STEP_CLOSED,    /* the server has closed */
    STEP_SILENT,    /* the server has said nothing more */
    STEP_CLOCK,     /* time goes on by ms */
    STEP_TLS,       /* the handshake that the server asked for */
    STEP_SHUTDOWN,  /* the server stops */
    STEP_SET,       /* for the fixture */
};

struct step {
    enum step_kind kind;
    int session; /* 1 to 9 */
    int line;    /* of the file */
    int64_t ms;
    struct str text; /* variables are still in it */
    bool raw;        /* no CRLF is added, escapes are read */
};

struct dialog {
    struct str name;
    struct str role, address; /* empty: the fixture's; 192.0.2.1 */
    bool tls;                 /* from the start */
    bool varies; /* replies differ from run to run, for the reason that the file gives */
    struct step *steps;
    size_t count;
};

/* E_SYNTAX with file and line. */
MUST_USE enum code dialog_parse(struct ctx *cx, struct str name, struct str text,
                                struct dialog *out);
/* "\r", "\n", "\t", "\\", "\xNN" as bytes; false for any other escape. */
bool dialog_unescape(struct arena *a, struct str text, struct str *out);
/* Bytes as the file would spell them, for messages; cut at some hundred. */
struct str dialog_escape(struct arena *a, struct str bytes);

#endif
