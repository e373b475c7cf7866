/* Questions to web servers. io/out/web.c asks the world; tests answer from a table. */
#ifndef BASE_WEB_H
#define BASE_WEB_H

#include "base/err.h"
#include "base/str.h"

enum web_method { WEB_GET = 1, WEB_HEAD, WEB_POST };

struct web_header {
    struct str name, value;
};

enum {
    WEB_URL_MAX = 2048,
    WEB_HEADERS_MAX = 32,         /* of a question */
    WEB_HEADER_BYTES = 64 * 1024, /* of all header fields of an answer */
    WEB_BODY_DEFAULT = 64 * 1024, /* of an answer, when the question names no limit */
    WEB_TIMEOUT_DEFAULT_MS = 30 * 1000,
};

/* Whatever is 0 takes the default. No redirect is followed, no cookie kept, no password file read,
   no proxy of the environment used; TLS is 1.2 or later and the certificate must hold. */
struct web_question {
    enum web_method method;
    struct str url;                   /* "https://..." */
    const struct web_header *headers; /* of the question; values without CR, LF and NUL */
    size_t header_count;
    struct str body;     /* of POST */
    size_t body_max;     /* bytes of the answer's body; more is WEB_TOO_LARGE */
    uint32_t timeout_ms; /* from the first question to the DNS to the last byte */
    bool secret;         /* the URL is a reader's business: the log has its host alone */
    bool clear;          /* "http://" will do */
    bool inside;         /* named by the operator: addresses of loopback and of private
                            networks will do, and so does an address in place of a name */
};

enum web_result {
    WEB_ANSWERED = 1, /* with any status */
    WEB_BAD_URL,      /* no URL, or none that may be asked */
    WEB_NO_HOST,      /* the DNS knows no address, and that is certain */
    WEB_NO_DNS,       /* the DNS does not say */
    WEB_NO_CONNECTION,
    WEB_NO_TLS,      /* the handshake failed */
    WEB_NOT_TRUSTED, /* the certificate is not for the host, or nobody trusted vouches for it */
    WEB_TOO_LARGE,
    WEB_TOO_LATE,
    WEB_BROKEN, /* anything else */
    WEB_RESULTS
};

struct web_answer {
    enum web_result result;
    struct str why; /* for the log, when there is no answer */
    unsigned status;
    const struct web_header *headers;
    size_t header_count;
    struct str body;
};

/* answer holds until done() returns. Any thread; quick. */
typedef void web_done_fn(void *arg, const struct web_answer *answer);

struct web {
    void *self;
    /* Asks, and calls done once, perhaps before start() returns. Everything is copied. */
    void (*start)(void *self, const struct web_question *q, web_done_fn *done, void *arg);
};

/* Asks and waits, at most until cx->deadline_ms (then WEB_TOO_LATE). The answer is in cx->arena. */
struct web_answer web_ask(struct ctx *cx, const struct web *w, const struct web_question *q);

/* The value of the first field of that name, empty if there is none. */
struct str web_header_of(const struct web_answer *answer, struct str name);
/* "not_trusted" and so on: for logs and metrics. */
const char *web_result_name(enum web_result result);
/* A deep copy of the answer. */
struct web_answer web_answer_dup(struct arena *arena, const struct web_answer *answer);

#endif
