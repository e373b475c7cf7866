/* What a message is looked at for before it is taken. Pure. */
#ifndef PROTO_SMTP_CONTENT_H
#define PROTO_SMTP_CONTENT_H

#include "base/arena.h"
#include "base/str.h"

struct content_lines {
    bool bare; /* a CR or LF that is not part of CRLF */
    bool nul;
    bool too_long; /* a line above max */
    bool dots;     /* a line starts with "." */
};

/* Looks at every line once. */
struct content_lines smtp_content_lines(struct str content, size_t max);
/* The content without the dots that the client put before lines with one (RFC 5321 4.5.2). */
struct str smtp_content_undot(struct arena *a, struct str content);

#endif
