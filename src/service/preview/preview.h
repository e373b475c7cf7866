/* What is in a document, for who looks at it without opening it: made by the helper in its cage,
   and looked at again here before anybody sees it. docs/PREVIEW.md. */
#ifndef SERVICE_PREVIEW_PREVIEW_H
#define SERVICE_PREVIEW_PREVIEW_H

#include "core/directory.h"

struct log;
struct metrics;
struct previews; /* one for the server; safe for all threads */

enum {
    PREVIEW_DOCUMENT_MAX = 50 * 1000 * 1000, /* bytes of a document that is looked at */
    PREVIEW_MADE_MAX = 16 * 1024 * 1024,     /* bytes of what is made of it */
    PREVIEW_WALL_MS = 20 * 1000,             /* that the helper has for one */
    PREVIEW_EACH = 2,                        /* made for one person at a time */
    PREVIEW_ALL = 4,          /* made at a time; half a GiB of memory each, at most */
    PREVIEW_PAGES_MAX = 2000, /* pages of a document that can be asked for */
};

struct previews_parts {
    const char *program; /* the helper: an absolute path */
    uint32_t wall_ms;    /* 0: PREVIEW_WALL_MS */
    struct log *log;     /* may be NULL, as metrics */
    struct metrics *metrics;
};
/* What parts points to outlives it. Starts no helper yet. */
struct previews *previews_open(const struct previews_parts *parts);
/* Nobody asks any more. NULL is fine. */
void previews_close(struct previews *p);

enum preview_kind {
    PREVIEW_TEXT,  /* what it says, in UTF-8 */
    PREVIEW_HTML,  /* its paragraphs, lists and tables, without any attribute */
    PREVIEW_PAGES, /* how many pages a PDF has, and their sizes in points, as JSON */
    PREVIEW_PAGE,  /* one of them, as a picture (PNG) */
};
struct preview_ask {
    enum preview_kind kind;
    uint32_t page;          /* from 1; of PREVIEW_PAGE */
    uint32_t width, height; /* of PREVIEW_PAGE: pixels that it has at most; 0: not said */
};
/* "text", "html", "pages", "page-12"; false for anything else. */
bool preview_ask_of(struct str word, struct preview_ask *out);

struct preview {
    struct str type, bytes; /* a media type; in cx->arena */
};
/* Waits for the helper. E_UNSUPPORTED: no document of which that can be made; E_SYNTAX: it cannot
   be read, or needs a password; E_LIMIT: too large, or it took too long; E_NOT_FOUND: no such page;
   E_BUSY: that many are being made, ask again. */
MUST_USE enum code preview_make(struct ctx *cx, struct previews *p, principal_id who,
                                const struct preview_ask *ask, struct str document,
                                struct preview *out);

#endif
