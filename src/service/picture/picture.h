/* Remote pictures of messages, fetched by us when the reader asks: the sender of a message learns
   nothing of who reads, where, or with what. docs/HTTP.md. */
#ifndef SERVICE_PICTURE_PICTURE_H
#define SERVICE_PICTURE_PICTURE_H

#include "core/directory.h"

struct log;
struct metrics;
struct pictures; /* one for the server; safe for all threads */
struct web;

enum {
    PICTURE_BYTES_MAX = 8 * 1024 * 1024, /* of one picture */
    PICTURE_TIMEOUT_MS = 15 * 1000,      /* from the first question to the last byte */
    PICTURE_REDIRECTS_MAX = 5,
    PICTURE_EACH = 16,                     /* fetched for one person at a time */
    PICTURE_ALL = 128,                     /* fetched at a time; the web client's are twice that */
    PICTURE_KEPT_BYTES = 64 * 1024 * 1024, /* of all pictures that are kept */
    PICTURE_KEPT = 4096,
    PICTURE_KEPT_MS = 10 * 60 * 1000,
    PICTURE_FAILED_MS = 60 * 1000, /* a failure is remembered so long */
};

struct pictures_parts {
    struct core *core;
    const struct web *web;
    bool inside; /* as of the web client: any port will do, for sites without a public network */
    struct log *log;
    struct metrics *metrics; /* may be NULL, as log */
};

/* What parts points to outlives it. */
struct pictures *pictures_open(const struct pictures_parts *parts);
/* Nobody asks any more, and the web client is stopped. NULL is fine. */
void pictures_close(struct pictures *p);

/* What a person must show with each URL, so that nobody else can have us fetch anything: in
   hexadecimal, made of a key that is kept with the account. */
MUST_USE enum code picture_key(struct ctx *cx, struct core *c, principal_id who, struct str *out);

enum picture_state { PICTURE_COMES, PICTURE_HERE };
struct picture {
    enum picture_state state;
    struct str type, bytes; /* of PICTURE_HERE; until picture_release(holder) */
    void *holder;
};

/* PICTURE_COMES: it is being fetched, or has to wait for its turn: ask again soon. Never waits.
   E_DENIED: key is not who's; E_NOT_FOUND: there is no such picture, whatever the cause. */
MUST_USE enum code picture_get(struct ctx *cx, struct pictures *p, principal_id who, struct str key,
                               struct str url, struct picture *out);
/* As rope_own wants it. Any thread. */
void picture_release(void *holder);

#endif
