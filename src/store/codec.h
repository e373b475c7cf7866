/* Hashing and compression, with contexts that are lent out and reused: they are dear to make. */
#ifndef STORE_CODEC_H
#define STORE_CODEC_H

#include "store/blob.h"

struct codec;
struct codecs;

/* Empty: contexts are made when they are first wanted. */
struct codecs *codecs_open(void);
/* None may be lent out. */
void codecs_close(struct codecs *c);

/* The id of these bytes. */
void codec_sha256(struct codecs *c, struct str bytes, struct blob_id *out);
/* The same in pieces. */
struct codec *codec_hash_begin(struct codecs *c);
void codec_hash_add(struct codec *x, struct str bytes);
void codec_hash_end(struct codecs *c, struct codec *x, struct blob_id *out);

enum { METHOD_RAW = 0, METHOD_ZSTD = 1, METHOD_FRAMES = 2 };

/* Appends head and the bytes, compressed if that gains 30 % or more, to room that it makes in the
   arena; the method goes into the byte at method_at. plain: at most 1 MiB. */
struct str codec_pack(struct codecs *c, struct arena *a, struct str head, size_t method_at,
                      struct str plain);
/* Fills exactly n bytes at out. False if that is not what packed holds. */
bool codec_unpack(struct codecs *c, int method, struct str packed, char *out, size_t n);

#endif
