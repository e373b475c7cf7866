/* What a Sieve script is run on, and what it may ask of the account. */
#ifndef SERVICE_SIEVE_WORLD_H
#define SERVICE_SIEVE_WORLD_H

#include "base/err.h"
#include "base/str.h"

struct mime;
struct sieve_program;

struct sieve_pair {
    struct str name, value;
};

/* How mailbox_exists names a folder. */
enum sieve_naming {
    SIEVE_BY_NAME,        /* RFC 5490: there, and the user may put messages into it */
    SIEVE_BY_SPECIAL_USE, /* RFC 8579: "\\Junk"; any folder of the user's with this use */
    SIEVE_BY_ID           /* RFC 9042: an OBJECTID */
};

/* RFC 9671. What the script asked of the calendar, and what came of it. */
struct sieve_calendar {
    bool allow_public, updates_only, delete_cancelled;
    const struct str *addresses;
    size_t address_count;
    struct str organizers;  /* name of a list, or empty */
    struct str calendar_id; /* or empty: the default calendar */
    struct str content;     /* the calendar object, UTF-8; empty: the message has none */
    struct str outcome;     /* answered: "no_action", "added", "updated", "cancelled", "error" */
    struct str reason;      /* answered; may be empty */
};

/* RFC 6558. A part, and what is to come of it. */
struct sieve_conversion {
    struct str from, to;          /* media types */
    const struct str *parameters; /* "name=value" (RFC 5259 section 7) */
    size_t parameter_count;
    struct str content;     /* decoded */
    struct str charset;     /* that the part names, or empty */
    struct str out;         /* answered: what it has become */
    struct str out_charset; /* answered: its charset, when it is a text */
};

/* Each may be NULL: then nothing is there, nothing is known. cx is that of the run; what is handed
   back lives in cx->arena. */
struct sieve_ops {
    bool (*mailbox_exists)(void *self, struct ctx *cx, enum sieve_naming by, struct str name);
    /* RFC 8579: whether this folder (by name) has this use. */
    bool (*mailbox_has_use)(void *self, struct ctx *cx, struct str name, struct str use);
    /* RFC 5490: an annotation ("/private/comment") of a folder, or of the server when mailbox is
       empty. False: none, or no such folder. */
    bool (*metadata)(void *self, struct ctx *cx, struct str mailbox, struct str name,
                     struct str *value);
    /* RFC 7352: whether the key was remembered and has not run out. Remembers nothing itself. */
    bool (*duplicate)(void *self, struct ctx *cx, struct str key);
    /* RFC 6134: whether there is such a list (name: absolute URI); whether it has the value. */
    bool (*list_known)(void *self, struct ctx *cx, struct str list);
    bool (*list_has)(void *self, struct ctx *cx, struct str list, struct str value);
    /* RFC 6609: a script to include. A reference for the run, or E_NOT_FOUND; E_SYNTAX: it is
       there, but wrong. */
    enum code (*script)(void *self, struct ctx *cx, bool global, struct str name,
                        struct sieve_program **out);
    /* RFC 5435: "online" of a notification URI: "yes", "no" or "maybe". */
    struct str (*notify_capability)(void *self, struct ctx *cx, struct str uri, struct str name);
    /* RFC 9671; fills the last two of x. */
    void (*calendar)(void *self, struct ctx *cx, struct sieve_calendar *x);
    /* RFC 5260: the local time zone then, in minutes east of UTC. Without: UTC. */
    int16_t (*zone)(void *self, struct ctx *cx, int64_t utc_ms);
    /* RFC 6558; fills the last two of x. False: it stays as it is. */
    bool (*convert)(void *self, struct ctx *cx, struct sieve_conversion *x);
};

struct sieve_world {
    const struct mime *mime; /* the message as received, parsed */
    struct str trace;        /* header fields that delivery put in front of it, each with CRLF */

    /* The envelope (RFC 5228 section 5.4, RFC 6009 sections 3, 4); .p is NULL where not given.
       Names are those of the envelope test: "from" (empty: the null sender), "to", "auth",
       "orcpt", "notify", "ret", "envid", "bytimeabsolute", "bytimerelative", "bymode", "bytrace".
       "from" may not be missing where mail comes by SMTP. */
    const struct sieve_pair *envelope;
    size_t envelope_count;
    /* The environment (RFC 5183, RFC 6785): "domain", "host", "location", "name", "phase",
       "remote-host", "remote-ip", "version", "imap.user", "imap.email", "imap.cause",
       "imap.mailbox", "imap.changedflags". */
    const struct sieve_pair *environment;
    size_t environment_count;

    struct str notify_methods; /* schemes that can be sent by, by spaces; empty: "mailto" */
    int spam_percent;          /* 0 to 100; below 0: not tested (RFC 5235) */
    int virus;                 /* 0: not tested, else 1 (clean) to 5; cx->now_ms is the time */

    bool imap;               /* run by an IMAP event (RFC 6785): keep leaves it where it is */
    const struct str *flags; /* then: the message's */
    size_t flag_count;

    bool trace_wanted; /* tell in out->trace what was asked and answered */
    const struct sieve_ops *ops;
    void *self;
};

#endif
