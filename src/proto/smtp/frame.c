/* Framing: where a request ends. Cheap, and never looks twice at the same bytes. */
#include "proto/smtp/command.h"

static struct framing more(size_t n)
{
    return (struct framing){.what = FRAME_MORE, .n = n};
}

static struct framing request(size_t n)
{
    return (struct framing){.what = FRAME_REQUEST, .n = n};
}

/* A line ends at LF; whether it may is for run() to say. What is too long comes in pieces. */
static struct framing line(struct str in, size_t seen, size_t max)
{
    size_t lf = str_chr(str_from(in, seen), '\n');
    if (lf != SIZE_MAX)
        return request(seen + lf + 1);
    if (in.n <= max)
        return more(0);
    /* A CR at the end stays: it may be that of the line's end. */
    size_t n = in.p[in.n - 1] == '\r' ? in.n - 1 : in.n;
    return n ? request(n) : more(0);
}

size_t smtp_line_max(const struct smtp_session *s, struct str in)
{
    if (s->input == INPUT_SASL || str_istarts(in, STR("AUTH ")))
        return SMTP_AUTH_LINE_MAX;
    return str_istarts(in, STR("BURL ")) ? SMTP_BURL_LINE_MAX : SMTP_LINE_MAX;
}

/* Only CRLF "." CRLF ends a message; the first CRLF may be that of the DATA command. */
static struct framing content(const struct smtp_session *s, struct str in, size_t seen)
{
    static const struct str end = STR("\r\n.\r\n");
    bool rest = s->input == INPUT_DATA_REST;
    if (!rest && str_starts(in, STR(".\r\n")))
        return request(3);
    size_t from = seen > end.n - 1 ? seen - (end.n - 1) : 0;
    size_t at = str_find(str_from(in, from), end);
    if (at != SIZE_MAX)
        return request(from + at + end.n);
    /* Of what is thrown away the last bytes stay: they may be the start of the end. */
    if (in.n > end.n && (rest || in.n > smtp_wire_max(s)))
        return request(in.n - (end.n - 1));
    return more(0);
}

static struct framing chunk(const struct smtp_session *s, struct str in)
{
    uint64_t left = s->t.chunk_left;
    if (in.n >= left)
        return request((size_t)left);
    if (s->t.chunk_bad && in.n > 0)
        return request(in.n);
    return more(s->t.chunk_bad ? 0 : (size_t)left);
}

uint64_t smtp_wire_max(const struct smtp_session *s)
{
    uint64_t max = s->env->limits->message_bytes;
    return max + max / 2 + 1024; /* a dot for each ".", CRLF: a third more at worst */
}

/* RFC 2920 section 3.1: EHLO is the last of its group. */
static struct framing command(struct smtp_session *s, struct str in, size_t seen)
{
    struct framing f = line(in, seen, smtp_line_max(s, in));
    s->early |= s->greeting_ms && s->stage == STAGE_NEW && f.what == FRAME_REQUEST && f.n < in.n;
    return f;
}

struct framing smtp_frame(void *session, struct str in, size_t seen)
{
    struct smtp_session *s = session;
    switch (s->input) {
    case INPUT_EARLY:
        return in.n ? request(in.n) : more(0);
    case INPUT_COMMAND:
        return command(s, in, seen);
    case INPUT_SASL:
        return line(in, seen, smtp_line_max(s, in));
    case INPUT_LINE_REST:
        return line(in, seen, 0);
    case INPUT_DATA:
    case INPUT_DATA_REST:
        return content(s, in, seen);
    case INPUT_CHUNK:
        return chunk(s, in);
    case INPUT_OVER:
        break;
    }
    return more(0);
}
