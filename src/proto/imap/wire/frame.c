#include "proto/imap/wire/frame.h"
#include "base/cur.h"
#include "proto/imap/session.h"
#include "proto/imap/wire/parse.h"
#include "service/auth.h"

bool imap_literal_at_end(struct str line, struct imap_literal *out)
{
    if (!str_ends(line, STR("}")))
        return false;
    size_t open = str_rchr(line, '{');
    if (open == SIZE_MAX)
        return false;
    struct str digits = str_sub(line, open + 1, line.n - open - 2);
    out->waits = !str_ends(digits, STR("+"));
    if (!out->waits)
        digits.n--;
    for (size_t i = 0; i < digits.n; i++)
        if (!ascii_is_digit(digits.p[i]))
            return false;
    if (!digits.n)
        return false;
    out->number_ok = str_u64(digits, &out->n) && out->n <= INT64_MAX;
    return true;
}

static struct framing more(size_t least)
{
    return (struct framing){.what = FRAME_MORE, .n = least};
}

static struct framing request(size_t n)
{
    return (struct framing){.what = FRAME_REQUEST, .n = n};
}

static struct framing refused(struct imap_frame *f, enum imap_refusal why, bool ends, size_t n)
{
    f->refusal = why;
    f->ends = ends;
    return request(n);
}

/* Messages come with it. The command's name is the second word of its first line, or the third. */
static bool is_append(struct str in)
{
    struct cur c = cur_of(in);
    struct str tag, name;
    if (!imap_tag(&c, &tag) || !imap_sp(&c))
        return false;
    (void)cur_word(&c, STR("UID "));
    return imap_atom(&c, &name) && (str_ieq(name, STR("APPEND")) || str_ieq(name, STR("REPLACE")));
}

static uint64_t literal_max(const struct imap_session *s, struct str in)
{
    if (s->stage == IMAP_GREETED)
        return IMAP_LOGIN_LITERAL_MAX;
    return is_append(in) ? s->env->limits.message_bytes : IMAP_LITERAL_MAX;
}

static enum imap_refusal literal_refusal(const struct imap_session *s, struct str in,
                                         const struct imap_literal *literal, size_t end)
{
    if (!literal->number_ok)
        return IMAP_LITERAL_BAD;
    if (s->frame.literals == IMAP_LITERALS_MAX)
        return IMAP_LITERALS_TOO_MANY;
    if (literal->n > literal_max(s, in) ||
        literal->n > s->env->limits.request_bytes - IMAP_LINE_MAX - end)
        return IMAP_LITERAL_TOO_BIG;
    return IMAP_ACCEPTED;
}

/* A line ended at end with a literal. True when the client has to be told that it may send it. */
static bool literal_begin(struct imap_frame *f, const struct imap_literal *literal, size_t end,
                          size_t have)
{
    f->literals++;
    f->text += end - f->line;
    f->literal_to = end + (size_t)literal->n;
    if (!literal->waits)
        return false;
    if (have < f->literal_to)
        return true;
    f->owed++; /* it did not wait; so nothing may ever come that would let us tell */
    return false;
}

static size_t line_max(const struct imap_session *s)
{
    if (s->mode != IMAP_COMMANDS)
        return SASL_RESPONSE_MAX + 2;
    return s->stage == IMAP_GREETED ? IMAP_LOGIN_LINE_MAX : IMAP_LINE_MAX;
}

/* Looks for the end of the line; true with its offset, behind the LF. */
static bool line_end(struct imap_frame *f, struct str in, size_t *end)
{
    size_t at = str_chr(str_from(in, f->at), '\n');
    if (at == SIZE_MAX) {
        f->at = in.n;
        return false;
    }
    *end = f->at + at + 1;
    f->at = *end;
    return true;
}

/* The line without its line end. */
static struct str line_text(const struct imap_frame *f, struct str in, size_t end)
{
    struct str line = str_sub(in, f->line, end - f->line - 1);
    if (str_ends(line, STR("\r")))
        line.n--;
    return line;
}

/* Goes past a literal that is all there. False when it is not. */
static bool literal_pass(struct imap_frame *f, size_t have)
{
    if (have < f->literal_to)
        return false;
    if (f->literal_to)
        f->line = f->at = f->literal_to;
    f->literal_to = 0;
    return true;
}

struct framing imap_frame(void *session, struct str in, size_t seen)
{
    struct imap_session *s = session;
    struct imap_frame *f = &s->frame;
    if (seen == 0)
        *f = (struct imap_frame){0};
    for (;;) {
        size_t end = 0;
        struct imap_literal literal;
        if (!literal_pass(f, in.n))
            return more(f->literal_to + 2);
        bool whole = line_end(f, in, &end);
        if (f->text + (f->at - f->line) > line_max(s))
            return refused(f, IMAP_LINE_TOO_LONG, true, in.n);
        if (!whole)
            return more(0);
        if (s->mode != IMAP_COMMANDS || !imap_literal_at_end(line_text(f, in, end), &literal))
            return request(end);
        enum imap_refusal why = literal_refusal(s, in, &literal, end);
        if (why != IMAP_ACCEPTED)
            return refused(f, why, !literal.waits, end);
        if (literal_begin(f, &literal, end, in.n))
            return (struct framing){FRAME_TELL, f->literal_to + 2, STR("+ OK\r\n")};
    }
}
