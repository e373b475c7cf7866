/* Framing: where one request ends, with its literals (RFC 5804 section 4). */
#include "proto/managesieve/command.h"

static struct framing request(size_t n)
{
    return (struct framing){.what = FRAME_REQUEST, .n = n};
}

static struct framing refused(struct ms_frame *f, enum ms_refusal why, size_t n)
{
    f->refusal = why;
    return request(n);
}

struct literal {
    uint64_t n;
    bool ok; /* a number that does not wait */
};

/* "{12+}" at the end of a line. False: it does not end so. */
static bool literal_at_end(struct str line, struct literal *out)
{
    size_t open = str_ends(line, STR("}")) ? str_rchr(line, '{') : SIZE_MAX;
    if (open == SIZE_MAX)
        return false;
    struct str digits = str_sub(line, open + 1, line.n - open - 2);
    bool waits = !str_ends(digits, STR("+"));
    if (!waits)
        digits.n--;
    out->ok = !waits && digits.n && str_u64(digits, &out->n) && out->n <= UINT32_MAX;
    return true;
}

static uint64_t literal_max(const struct ms_session *s)
{
    return s->stage == MS_LOGGED_IN ? MS_LITERAL_MAX : MS_LOGIN_LITERAL_MAX;
}

/* A line ended at end with a literal; *done: the request is over by it. */
static struct framing literal_begin(struct ms_session *s, const struct literal *l, size_t end,
                                    bool *done)
{
    struct ms_frame *f = &s->frame;
    *done = true;
    if (!l->ok || f->literals == MS_LITERALS_MAX)
        return refused(f, MS_LITERAL_BAD, end);
    if (l->n > literal_max(s)) {
        s->skip = l->n;
        return refused(f, MS_LITERAL_TOO_BIG, end);
    }
    *done = false;
    f->literals++;
    f->text += end - f->line;
    f->literal_to = end + (size_t)l->n;
    return (struct framing){0};
}

/* What is thrown away: the rest of a literal, then the rest of its line. */
static struct framing skipping(const struct ms_session *s, struct str in)
{
    if (!in.n)
        return (struct framing){.what = FRAME_MORE};
    if (s->skip)
        return request(s->skip < in.n ? (size_t)s->skip : in.n);
    size_t lf = str_chr(in, '\n');
    return request(lf == SIZE_MAX ? in.n : lf + 1);
}

/* Looks for the end of the line; true with its offset, behind the LF. */
static bool line_end(struct ms_frame *f, struct str in, size_t *end)
{
    size_t at = str_chr(str_from(in, f->at), '\n');
    f->at = at == SIZE_MAX ? in.n : f->at + at + 1;
    *end = f->at;
    return at != SIZE_MAX;
}

static struct str line_text(const struct ms_frame *f, struct str in, size_t end)
{
    struct str line = str_sub(in, f->line, end - f->line - 1);
    if (str_ends(line, STR("\r")))
        line.n--;
    return line;
}

struct framing ms_frame(void *session, struct str in, size_t seen)
{
    struct ms_session *s = session;
    struct ms_frame *f = &s->frame;
    if (s->skip || s->skip_line)
        return skipping(s, in);
    if (seen == 0)
        *f = (struct ms_frame){0};
    for (;;) {
        struct literal literal = {0};
        size_t end;
        bool done;
        if (f->literal_to > in.n)
            return (struct framing){.what = FRAME_MORE, .n = f->literal_to + 2};
        if (f->literal_to)
            f->line = f->at = f->literal_to;
        f->literal_to = 0;
        bool whole = line_end(f, in, &end);
        if (f->text + (f->at - f->line) > MS_LINE_MAX)
            return refused(f, MS_LINE_TOO_LONG, in.n);
        if (!whole)
            return (struct framing){.what = FRAME_MORE};
        if (!literal_at_end(line_text(f, in, end), &literal))
            return request(end);
        struct framing begun = literal_begin(s, &literal, end, &done);
        if (done)
            return begun;
    }
}
