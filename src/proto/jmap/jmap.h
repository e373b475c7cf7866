/* JMAP (RFC 8620, RFC 8621): the rows of the router; docs/JMAP.md. */
#ifndef PROTO_JMAP_JMAP_H
#define PROTO_JMAP_JMAP_H

#include "proto/http/message.h"
#include "proto/http/ws/ws.h"

struct core;
struct book;
struct filters;
struct jmap_pusher;
struct log;
struct previews;
struct metric;
struct metrics;
struct oauth;
struct requests;
struct sessions;
struct smime;
struct submission_env;

/* The session object says them (RFC 8620 section 2). */
enum {
    JMAP_REQUEST_MAX = 10 * 1000 * 1000, /* bytes of a request: maxSizeRequest */
    JMAP_UPLOAD_MAX = 50 * 1000 * 1000,  /* bytes of a file: maxSizeUpload */
    JMAP_CALLS_MAX = 32,                 /* method calls of a request */
    JMAP_GET_MAX = 500,                  /* ids of a /get */
    JMAP_QUERY_MAX = 5000,               /* ids of a page of a /query, changes of a /queryChanges */
    JMAP_VALUES_MAX = 200 * 1000,        /* of JSON in a request, and in what is referred to */
    JMAP_ANSWER_MAX = 32 * 1024 * 1024,  /* bytes of all responses of a request */
    JMAP_CREATED_IDS_MAX = 1000,         /* in "createdIds" */
    JMAP_POINTER_MAX = 1000,             /* bytes of the path of a back-reference */
    JMAP_REFERENCE_VALUES_MAX = 10000,   /* values that a "*" may gather */
};

enum { JMAP_METHODS_MAX = 128 };
struct jmap_meter {
    struct metric *seconds, *errors;
};

/* What all requests share; outlives them. */
struct jmap_env {
    struct core *core;
    struct requests *requests;               /* how many of a person may run; NULL: any number */
    struct jmap_pusher *pusher;              /* NULL: nobody is told by push services */
    struct sessions *sessions;               /* by cookie; NULL: there are none */
    struct oauth *oauth;                     /* NULL: no tokens are given out */
    const struct submission_env *submission; /* NULL: nothing is sent from here */
    struct book *book;                       /* the global address list; NULL: there is none */
    struct filters *filters;                 /* NULL: there are no scripts */
    struct previews *previews;               /* NULL: documents are not shown */
    struct smime *smime;                     /* NULL: signatures are not verified */
    struct log *log;                         /* may be NULL, as metrics */
    struct metrics *metrics;
    struct str url;      /* the setting jmap_url, which the session's addresses follow; or empty */
    struct str phishing; /* the setting report_phishing: where it is reported to, or empty */
    struct metric *calls, *errors, *pushed, *uploads, *downloads; /* jmap_env_open makes them */
    struct metric *zips;
    struct jmap_meter meters[JMAP_METHODS_MAX]; /* by the place in the table of methods; the same */
    struct ws_handler socket;                   /* and this; the env stays where it is */
    atomic_size_t gathered;                     /* bytes of messages that come in pieces */
};

/* Makes the metrics; the other members are set before. Once, at start-up. */
void jmap_env_open(struct jmap_env *e);

/* self: a struct jmap_env. */
extern const struct http_route jmap_routes[];

#endif
