/* A session of the IMAP engine, what it has selected, and one call of a command. */
#ifndef PROTO_IMAP_SESSION_H
#define PROTO_IMAP_SESSION_H

#include "base/buf.h"
#include "base/cur.h"
#include "core/view.h"
#include "format/collation/collation.h"
#include "proto/imap/imap.h"
#include "proto/imap/wire/frame.h"
#include "proto/imap/wire/seqset.h"
#include "service/language.h"

struct imap_command;
struct imap_context;
struct imap_job;
struct imap_search_job;
struct sasl;
struct imap_notify;
struct watch;

enum {
    IMAP_TAG_MAX = 128,                        /* bytes */
    IMAP_BAD_MAX = 20,                         /* BAD in a row: the session ends */
    IMAP_PORTION_BYTES = 256 * 1024,           /* of copied text in one portion of a reply */
    IMAP_PORTION_BLOB_BYTES = 4 * 1024 * 1024, /* of what is read of messages */
    IMAP_COPIES_MAX = 3,     /* the sections of one message hold so many of the largest message */
    IMAP_KEYWORDS_MAX = 100, /* in one list of flags */
};

/* Where a session stands (RFC 9051 section 3); bits, for the command table. */
enum imap_stage { IMAP_GREETED = 1, IMAP_LOGGED_IN = 2, IMAP_SELECTED = 4, IMAP_ENDED = 8 };

/* What is expected from the client when it is not a command. */
enum imap_mode {
    IMAP_COMMANDS,
    IMAP_IN_SASL,      /* a line of an exchange */
    IMAP_IN_SASL_LAST, /* the empty answer to what goes with a success */
    IMAP_IN_IDLE,      /* DONE */
};

enum { IMAP_LIMITED_SOMEWHERE = UINT32_MAX }; /* of imap_call.limited: in one of many mailboxes */

struct imap_selected {
    account_id account; /* whose the folder is */
    folder_id folder;
    uint32_t rights; /* of the session's user, when the client was told last */
    bool read_only;
    bool annotate;      /* SELECT (ANNOTATE): names of annotations that others change are told */
    struct view *view;  /* what the client was told: its message numbers are places in it */
    struct view *fresh; /* newer flags, while EXPUNGE may not be told; else NULL */
    struct imap_gone *gone; /* messages that fresh has no more, but an earlier one had; or NULL */
    struct imap_set recent; /* uids, on the heap: \Recent to this session (rev1) */
    struct imap_set saved;  /* uids, on the heap: "$" (RFC 9051 section 6.4.4.1) */
    unsigned keywords_told; /* so many names were in the last FLAGS */
    struct imap_context *contexts; /* searches whose changes are told (search/context.h) */
};

struct imap_session {
    const struct imap_env *env;
    const struct peer *peer;
    account_id account; /* names without a namespace are its mailboxes */
    principal_id reader;
    struct imap_selected *selected; /* NULL unless stage is IMAP_SELECTED */
    struct sasl *sasl;
    struct watch *watch;                /* while in IDLE */
    struct imap_notify *notify;         /* NOTIFY SET, or NULL */
    struct imap_job *job;               /* what more() goes on with */
    struct imap_search_job *search_job; /* the same, of a search */
    char *tag;                          /* on the heap: of IDLE, AUTHENTICATE and a job */
    struct imap_call *call;             /* the one that runs, or NULL */
    struct imap_frame frame;
    enum imap_stage stage;
    enum imap_mode mode;
    bool utf8;      /* ENABLE UTF8=ACCEPT: UTF-8 in names, quotes and headers (RFC 9755) */
    bool rev2;      /* ENABLE IMAP4rev2: UTF-8 names, ESEARCH, no \Recent */
    bool condstore; /* RFC 7162 section 3.1: MODSEQ in each FETCH that tells flags */
    bool qresync;   /* ENABLE QRESYNC: VANISHED instead of EXPUNGE */
    bool deflated;  /* COMPRESS=DEFLATE */
    bool uidonly;   /* ENABLE UIDONLY (RFC 9586): UIDFETCH, VANISHED, no message numbers */
    uint32_t bad_count;
    enum language language;   /* of texts for people (RFC 5255) */
    enum collation collation; /* of SEARCH, SORT and THREAD */
};

/* One run of a command. Text goes to text, blobs to rope after imap_flush. */
struct imap_call {
    const struct imap_command *command;
    struct str tag;
    struct cur arg; /* what follows the name, without the space and without the line end */
    bool uid;       /* "UID" came before the name */
    struct reply *reply;
    struct buf text;
    size_t flushed;         /* bytes of text that are in the rope */
    uint64_t held;          /* bytes of messages that were read or decoded for this portion */
    int64_t told_us;        /* when the client heard of it last: its begin, or INPROGRESS */
    struct str response;    /* response code of the tagged reply, without brackets; wins over the
                               table's */
    struct str said;        /* text of the tagged reply instead of "FETCH completed" */
    enum language language; /* of said and its kin */
    struct str referral; /* URLs of mailboxes on other servers: told with E_NOT_FOUND (RFC 2193) */
    uint32_t limited;    /* MESSAGELIMIT: the lowest uid that was worked on; 0: all were */
    bool untagged;       /* no tagged reply yet: IDLE, AUTHENTICATE, jobs */
    bool highest;        /* messages were removed: HIGHESTMODSEQ in the tagged reply (RFC 7162) */
};

/* Moves the text so far into the reply's rope. */
void imap_flush(struct imap_call *call);
/* Bytes in the reply up to now, blobs included. */
size_t imap_call_bytes(const struct imap_call *call);
/* Appends str to call->text; for literals of the program. */
void imap_say(struct imap_call *call, struct str s);

/* Says how far the command is, when the client has not heard of it for long: "* OK [INPROGRESS
   ("tag" done total)] …" (RFC 9585 section 4). what: "messages", for people. */
void imap_progress(const struct imap_session *s, struct imap_call *call, uint64_t done,
                   uint64_t total, const char *what);

/* Keeps a copy of the tag until imap_tag_drop. */
void imap_tag_keep(struct imap_session *s, struct str tag);
void imap_tag_drop(struct imap_session *s);

/* Leaves the selected state, if in it; tells nothing. */
void imap_unselect(struct imap_session *s);
/* Forgets who is logged in, what is selected and what was enabled (RFC 8437 section 3). */
void imap_session_reset(struct imap_session *s);
/* Ends IDLE's watch, if any. */
void imap_unwatch(struct imap_session *s);

/* What the session's user may do with a folder of that account (rights.h). */
MUST_USE enum code imap_rights(struct ctx *cx, const struct imap_session *s, account_id account,
                               folder_id folder, uint32_t *out);
/* OK, E_NOT_FOUND when not even lookup is granted, else E_DENIED. */
MUST_USE enum code imap_rights_check(struct ctx *cx, uint32_t rights, uint32_t needed);
/* The flags of messages (enum item_flag) that may be changed by these rights (RFC 4314 section 4);
   keywords go with RIGHT_WRITE. */
uint32_t imap_flags_of(uint32_t rights);
/* OK when the session's user may do so with a folder of that account (rights.h); E_NOT_FOUND or
   E_DENIED. */
MUST_USE enum code imap_may(struct ctx *cx, const struct imap_session *s, account_id account,
                            folder_id folder, uint32_t rights);

#endif
