/* What a Sieve script decided about a message. */
#ifndef SERVICE_SIEVE_OUTCOME_H
#define SERVICE_SIEVE_OUTCOME_H

#include "base/str.h"

enum {
    SIEVE_ACTIONS_MAX = 64,  /* of one run, vacation and notifications with them */
    SIEVE_REDIRECTS_MAX = 8, /* of one run, where options do not say otherwise */
    SIEVE_NOTIFIES_MAX = 8
};

enum sieve_act {
    SIEVE_KEEP,     /* into the inbox */
    SIEVE_FILEINTO, /* into folder */
    SIEVE_DISCARD,  /* only ever alone, and only when nothing else keeps the message */
    SIEVE_REDIRECT,
    SIEVE_REJECT,  /* RFC 5429: refuse in the session, or a disposition notice */
    SIEVE_EREJECT, /* RFC 5429: refuse in the session, else a bounce */
    SIEVE_VACATION,
    SIEVE_NOTIFY
};

struct sieve_list {
    const struct str *at;
    size_t count;
};

/* Where a message goes: fileinto, and "fcc" of what vacation and notify send (RFC 8580). */
struct sieve_place {
    struct str folder;       /* name, UTF-8; empty: the inbox (for fcc: nothing is kept) */
    struct str special_use;  /* RFC 8579: "\\Junk": goes before the name when there is such a one */
    struct str mailbox_id;   /* RFC 9042: goes before the name when there is such a one */
    bool create;             /* RFC 5490: the folder is made when it is not there */
    struct sieve_list flags; /* with flags_set: these keywords and flags, canonical */
    bool flags_set;
};

/* RFC 6009. */
struct sieve_dsn {
    struct str notify; /* as in RCPT's NOTIFY=, or empty */
    struct str ret;    /* as in MAIL's RET=, or empty */
    bool by_set;
    int64_t by_seconds; /* from now; below 0 is over already */
    char by_mode;       /* 'N' or 'R' */
    bool by_trace;
};

/* RFC 5230, 6131. */
struct sieve_vacation {
    struct str reason; /* with mime: a MIME entity, header and body */
    bool mime;
    struct str subject; /* UTF-8; empty: "Auto: " and the message's own */
    struct str from;    /* an address with or without a name; empty: the user's */
    struct sieve_list addresses;
    uint32_t seconds;  /* between two answers to one sender; 0 (seconds only): each is answered */
    struct str handle; /* what is the same answer: from :handle, else made from its arguments */
    struct sieve_place fcc;
};

/* RFC 5435. */
struct sieve_notify {
    struct str method;         /* the URI */
    struct str message;        /* UTF-8; empty: the method's own words */
    struct str from;           /* or empty */
    char importance;           /* '1' (high) to '3' */
    struct sieve_list options; /* "name=value" */
    struct sieve_place fcc;
};

struct sieve_action {
    enum sieve_act act;
    bool copy;     /* fileinto, redirect: with :copy (RFC 3894) */
    bool implicit; /* keep: nobody asked for it, nobody cancelled it */
    uint32_t line;
    /* The message as the script had changed it by then (RFC 5293, 5703), without trace fields;
       .p is NULL when it is as it came. */
    struct str message;
    struct sieve_place place; /* KEEP, FILEINTO */
    struct str address;       /* REDIRECT: whereto; with list: the name of a list (RFC 6134) */
    bool list;
    struct sieve_dsn dsn;
    struct str reason; /* REJECT, EREJECT; UTF-8, lines end with CRLF */
    struct sieve_vacation vacation;
    struct sieve_notify notify;
};

/* RFC 7352: to be remembered when the outcome was carried out. */
struct sieve_seen {
    struct str key; /* handle and value, of no more than SIEVE_SEEN_KEY_MAX bytes */
    uint32_t seconds;
    bool last; /* known already: its time starts anew */
};
enum { SIEVE_SEEN_KEY_MAX = 64 };

/* One line of "why": what a person reads who looks for the fault in a script. */
struct sieve_trace {
    uint32_t line;
    struct str text;
};

struct sieve_outcome {
    struct sieve_action *actions; /* in the order in which they were asked for */
    size_t count;
    bool implicit_keep; /* the implicit keep is among the actions */
    struct sieve_seen *seen;
    size_t seen_count;
    struct sieve_trace *trace; /* with world->trace_wanted */
    size_t trace_count;
    uint64_t steps;
    struct str error; /* not empty: it went wrong while running; the one action is a keep */
    uint32_t error_line;
    bool error_is_limit; /* a limit of docs/SIEVE.md */
};

/* "fileinto \"Work\" flags (\\Seen)": one action on one line, for logs of tests and `sieve test`.
   Not for the server's log: it holds what a script says. */
struct str sieve_action_text(struct arena *a, const struct sieve_action *x);

#endif
