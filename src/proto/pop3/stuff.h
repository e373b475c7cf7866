/* A message on its way to the wire (RFC 1939 section 3): lines end with CRLF, and one that begins
   with a dot gets another. Bytes that need neither are not copied. */
#ifndef PROTO_POP3_STUFF_H
#define PROTO_POP3_STUFF_H

#include "base/rope.h"

/* Begin with pop3_stuff_of. */
struct pop3_stuff {
    size_t line_bytes;   /* of the line that has begun */
    bool after_cr;       /* the last of them was a CR */
    bool all;            /* RETR */
    bool in_header;      /* TOP: before the blank line */
    bool done;           /* TOP: all that was asked for is there */
    uint32_t lines_left; /* TOP: of the body */
};

/* all: the whole message; else its header and so many lines of its body. */
struct pop3_stuff pop3_stuff_of(bool all, uint32_t lines);
/* Appends what bytes (which outlive the rope) look like on the wire. */
void pop3_stuff_add(struct pop3_stuff *s, struct str bytes, struct rope *out);
/* Appends the end: the last line's, if it had none, and the dot. */
void pop3_stuff_end(struct pop3_stuff *s, struct rope *out);

/* The octets of a message as sent, without the dots of stuffing: what LIST tells. */
uint64_t pop3_stuff_size(const struct rope *message);

#endif
