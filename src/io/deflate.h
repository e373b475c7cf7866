/* COMPRESS=DEFLATE (RFC 4978) of one connection; zlib is behind deflate.c alone. What is sent is
   compressed a reply at a time, without looking back, by the thread's own compressor, so a session
   has none. What comes may look back 32 KiB: an idle session keeps these, compressed themselves. */
#ifndef IO_DEFLATE_H
#define IO_DEFLATE_H

#include "base/rope.h"

enum { DEFLATE_REST_MS = 2000 }; /* silence after which a session counts as idle */

struct lane;
struct squeezed;   /* of a connection */
struct compressor; /* of a thread */

/* came: what the peer sent already behind the command. */
struct squeezed *squeezed_open(struct str came);
void squeezed_close(struct squeezed *z);

/* Keeps a copy of what came, until squeezed_next. At most one read is kept, since nobody reads
   while something is kept. */
void squeezed_keep(struct squeezed *z, struct str came);
bool squeezed_has(const struct squeezed *z);
/* Opens some of what is kept into room (size bytes); plain: what came out, maybe nothing. False: it
   is no deflate stream. */
bool squeezed_next(struct squeezed *z, struct lane *lane, char *room, size_t size,
                   struct str *plain);
/* Gives back what an idle session does not need, when nothing is half read. */
void squeezed_rest(struct squeezed *z, struct lane *lane);
/* It holds what an idle session does not need. */
bool squeezed_is_awake(const struct squeezed *z);
/* Bytes that it holds, for tests. */
size_t squeezed_bytes(const struct squeezed *z);

/* Compresses all of plain, which is dropped; the rope is of plain's arena. */
struct rope squeeze(struct lane *lane, struct rope *plain);
void compressor_close(struct compressor *c);

#endif
