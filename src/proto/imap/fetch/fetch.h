/* FETCH: what was asked for, and how far the answer has come. */
#ifndef PROTO_IMAP_FETCH_FETCH_H
#define PROTO_IMAP_FETCH_FETCH_H

#include "proto/imap/session.h"
#include "proto/imap/wire/partial.h"

struct imap_notes_ask;

enum {
    IMAP_SECTIONS_MAX = 100, /* in one FETCH */
    IMAP_FIELDS_MAX = 500,   /* in one HEADER.FIELDS */
};

enum imap_fetch_item {
    IMAP_FETCH_UID = 1,
    IMAP_FETCH_FLAGS = 2,
    IMAP_FETCH_MODSEQ = 4,
    IMAP_FETCH_INTERNALDATE = 8,
    IMAP_FETCH_SIZE = 16,
    IMAP_FETCH_ENVELOPE = 32,
    IMAP_FETCH_BODY = 64,
    IMAP_FETCH_BODYSTRUCTURE = 128,
    IMAP_FETCH_PREVIEW = 256,
    IMAP_FETCH_SAVEDATE = 512,
    IMAP_FETCH_EMAILID = 1024,
    IMAP_FETCH_THREADID = 2048,
    IMAP_FETCH_ANNOTATION = 4096,
};
/* Those that the folder's view has; the rest is read from the item's row. */
enum {
    IMAP_FETCH_OF_VIEW =
        IMAP_FETCH_UID | IMAP_FETCH_FLAGS | IMAP_FETCH_MODSEQ | IMAP_FETCH_ANNOTATION
};

enum imap_section_kind { IMAP_SECTION_BODY, IMAP_SECTION_BINARY, IMAP_SECTION_BINARY_SIZE };

struct imap_section {
    enum imap_section_kind kind;
    struct str label;   /* what it is called in the answer: "BODY[1.HEADER]<0>" */
    struct str section; /* for summary_section(): "1.HEADER" */
    bool picks, except; /* HEADER.FIELDS, HEADER.FIELDS.NOT */
    struct str *fields;
    size_t field_count;
    bool partial;
    uint64_t from, count;
};

struct imap_fetch {
    uint32_t items; /* enum imap_fetch_item */
    struct imap_section *sections;
    size_t section_count;
    struct imap_notes_ask *notes; /* of ANNOTATION (annotate/annotate.h) */
    bool sets_seen;
    uint64_t changed_since; /* 0: all */
    bool vanished;          /* those that are gone, too (RFC 7162 section 3.2.6) */
    struct imap_partial page;
    struct imap_set places; /* in selected->view */
};

/* An answer under way. */
struct imap_job {
    struct arena *arena; /* what fetch lives in; NULL on the first portion */
    struct imap_fetch fetch;
    const struct imap_command *command;
    struct str response; /* a constant: of the tagged reply, when all went well */
    bool uid;
    int64_t told_us;  /* when the client heard last how far it is */
    uint32_t limited; /* see imap_call */
    size_t range;     /* index in fetch.places, and the place in it that comes next */
    uint32_t place;
    uint32_t seen_end;      /* places before it have been marked as seen */
    struct imap_set marked; /* on the heap: the last places that were */
    bool missing;           /* some messages were gone */
    enum code failure;      /* of some section; the rest was sent */
};

/* Takes "(FLAGS BODY[])" or one item or macro, then modifiers. Slices of the argument and memory in
   cx->arena. E_SYNTAX; E_LIMIT. */
MUST_USE enum code imap_fetch_parse(struct ctx *cx, struct imap_session *s, bool uid, struct cur *c,
                                    struct imap_fetch *out);
/* Takes "(FLAGS BODY[])" or one item or macro alone, and adds it to f. */
MUST_USE enum code imap_fetch_items(struct ctx *cx, struct cur *c, struct imap_fetch *f);
/* Takes " (CHANGEDSINCE 5 VANISHED PARTIAL 1:10)", or nothing at the end of the line. uid: of a UID
   FETCH. E_SYNTAX. */
MUST_USE enum code imap_fetch_modifiers(struct ctx *cx, const struct imap_session *s, bool uid,
                                        struct cur *c, struct imap_fetch *f);
/* Takes what follows "BODY", "BODY.PEEK", "BINARY"...: "[1.2]<0.100>". out: its kind is set. */
MUST_USE enum code imap_section_parse(struct ctx *cx, struct cur *c, struct imap_section *out);

/* Appends "BODY[1] {5}…". E_NOT_FOUND, E_IO, E_CORRUPT: NIL was put instead. E_UNSUPPORTED: an
   encoding that is not known (BINARY). */
MUST_USE enum code imap_section_put(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                                    const struct item_row *row, const struct imap_section *section);

/* The section's bytes to out, for URLs; of BODY sections alone. E_NOT_FOUND. */
MUST_USE enum code imap_section_read(struct ctx *cx, struct imap_session *s,
                                     const struct item_row *row, const struct imap_section *section,
                                     struct rope *out);

/* Appends what before says, a bracket or a space, and the name with the space behind it. */
void imap_fetch_name(struct buf *out, char *before, struct str name);
/* Appends those of items that extensions brought: PREVIEW, SAVEDATE, EMAILID, THREADID. */
MUST_USE enum code imap_fetch_put_extra(struct ctx *cx, const struct imap_session *s,
                                        struct buf *out, uint32_t items, const struct item_row *row,
                                        char *before);

/* Sends what job->fetch asks for, the first portion now and the rest by imap_fetch_more. job lives
   as long as the call; what it points to is copied when there is more. */
MUST_USE enum code imap_job_start(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                                  struct imap_job *job);
/* Sends one portion of it, and leaves the rest. */
MUST_USE enum code imap_fetch_once(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                                   const struct imap_fetch *f);
/* The engine's more(). */
MUST_USE enum code imap_fetch_more(struct ctx *cx, struct imap_session *s, struct imap_call *call);
void imap_job_drop(struct imap_session *s);

#endif
