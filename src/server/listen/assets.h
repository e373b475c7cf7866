/* Files that do not change while the server runs: the page. They are read at the start, with what
   was compressed when they were built (NAME.br, NAME.zst, NAME.gz), and served from memory. */
#ifndef SERVER_LISTEN_ASSETS_H
#define SERVER_LISTEN_ASSETS_H

#include "proto/http/message.h"

struct assets;

enum {
    ASSETS_MAX = 2000,                    /* files, without their compressed forms */
    ASSETS_BYTES_MAX = 256 * 1024 * 1024, /* of all */
    ASSETS_DEPTH_MAX = 8,                 /* of folders */
};

/* Reads all below dir; names that begin with a dot are left out. E_NOT_FOUND, E_LIMIT, E_IO. */
MUST_USE enum code assets_open(struct ctx *cx, struct str dir, struct assets **out);
void assets_close(struct assets *x);
/* How many there are. */
size_t assets_count(const struct assets *x);

/* "/" and all below, by TLS; "index.html" for a folder. What lies in a folder "assets" has its hash
   in its name and is kept for ever by who got it. self: a struct assets. */
extern const struct http_route assets_routes[];

#endif
