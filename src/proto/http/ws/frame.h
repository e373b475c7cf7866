/* Frames of WebSocket (RFC 6455 section 5), as a client sends them. */
#ifndef PROTO_HTTP_WS_FRAME_H
#define PROTO_HTTP_WS_FRAME_H

#include "base/rope.h"
#include "base/str.h"

enum ws_op { WS_MORE = 0, WS_TEXT = 1, WS_BINARY = 2, WS_CLOSE = 8, WS_PING = 9, WS_PONG = 10 };

/* Why a connection is closed (section 7.4.1, and RFC 6455's registry). */
enum ws_code {
    WS_NORMAL = 1000,
    WS_AWAY = 1001,
    WS_PROTOCOL = 1002,
    WS_UNSUPPORTED = 1003,
    WS_NO_UTF8 = 1007,
    WS_POLICY = 1008,
    WS_TOO_BIG = 1009,
    WS_FAILED = 1011,
    WS_LATER = 1013,
};

enum { WS_CONTROL_MAX = 125, WS_HEAD_MAX = 14 };

struct ws_frame {
    bool last; /* FIN */
    uint8_t op;
    unsigned char mask[4];
    size_t head_n, n; /* bytes of the head, and behind it */
};

enum ws_found { WS_SHORT, WS_FRAME, WS_BROKEN };

/* Reads the head of a frame. max: bytes that one of data may have. SHORT: the head is not whole.
   BROKEN: *code says why. */
enum ws_found ws_frame_read(struct str in, size_t max, struct ws_frame *out, enum ws_code *code);
/* The bytes behind the head, unmasked into to, which has room for f->n. */
void ws_frame_unmask(const struct ws_frame *f, struct str in, char *to);
/* Appends the head of a frame of ours, of n bytes, whole and not masked. */
void ws_frame_head(struct rope *out, enum ws_op op, size_t n);
/* What a peer may close with (section 7.4). */
bool ws_code_ok(unsigned code);

#endif
