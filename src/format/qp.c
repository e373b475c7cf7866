#include "format/qp.h"
#include "base/arena.h"
#include "format/hex.h"

/* Length of a soft line end ("=", blanks, LF or CRLF) at in[i], or 0. */
static size_t soft_end(struct str in, size_t i)
{
    size_t at = i + 1;
    while (at < in.n && (in.p[at] == ' ' || in.p[at] == '\t'))
        at++;
    if (at < in.n && in.p[at] == '\r')
        at++;
    if (at < in.n && in.p[at] == '\n')
        return at + 1 - i;
    return at == in.n ? at - i : 0;
}

/* The byte that "=XX" at in[i] stands for, or -1. */
static int escaped(struct str in, size_t i)
{
    if (i + 2 >= in.n)
        return -1;
    int high = hex_digit(in.p[i + 1]), low = hex_digit(in.p[i + 2]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

/* Length of the run of blanks at in[i] if a line end (or the end) follows it, else 0. */
static size_t blanks_at_end(struct str in, size_t i)
{
    size_t at = i;
    while (at < in.n && (in.p[at] == ' ' || in.p[at] == '\t'))
        at++;
    bool ended = at == in.n || in.p[at] == '\n' || in.p[at] == '\r';
    return ended ? at - i : 0;
}

/* Decodes what stands at in[i], a "=", into *out; returns how many bytes of in were taken. */
static size_t equals(struct str in, size_t i, char *out, size_t *n)
{
    int byte = escaped(in, i);
    if (byte >= 0) {
        out[(*n)++] = (char)byte;
        return 3;
    }
    size_t soft = soft_end(in, i);
    if (soft)
        return soft;
    out[(*n)++] = '=';
    return 1;
}

/* Takes the blanks at in[i] whole, so that a long run is looked at once only. */
static size_t blanks(struct str in, size_t i, size_t max, char *out, size_t *n)
{
    size_t dropped = blanks_at_end(in, i);
    if (dropped)
        return dropped;
    size_t at = i;
    for (; at < in.n && (in.p[at] == ' ' || in.p[at] == '\t') && *n < max; at++)
        out[(*n)++] = in.p[at];
    return at - i;
}

struct str qp_decode(struct arena *a, struct str in, size_t max)
{
    char *out = arena_alloc(a, (in.n < max ? in.n : max) + 1);
    size_t n = 0;
    for (size_t i = 0; i < in.n && n < max;) {
        char c = in.p[i];
        if (c == '=')
            i += equals(in, i, out, &n);
        else if (c == ' ' || c == '\t')
            i += blanks(in, i, max, out, &n);
        else
            out[n++] = in.p[i++];
    }
    return str_of(out, n);
}

struct str qp_decode_word(struct arena *a, struct str in)
{
    char *out = arena_alloc(a, in.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < in.n; i++) {
        int byte = in.p[i] == '=' ? escaped(in, i) : -1;
        if (byte >= 0)
            i += 2;
        else
            byte = in.p[i] == '_' ? ' ' : in.p[i];
        out[n++] = (char)byte;
    }
    return str_of(out, n);
}
