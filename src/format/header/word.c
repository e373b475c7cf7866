/* Free text of fields: RFC 2047 words, raw 8-bit bytes. */
#include "base/buf.h"
#include "format/base64.h"
#include "format/charset.h"
#include "format/header.h"
#include "format/qp.h"
#include "format/utf8.h"

struct word {
    struct str charset, text;
    bool base64;
};

/* Neighbouring words of one charset are converted together, as they may split a character. */
struct words {
    struct arena *arena;
    struct buf out;
    struct buf bytes; /* decoded, not yet converted */
    struct str charset;
    bool open;  /* the last thing was an encoded word */
    size_t end; /* see word_end() */
};

static bool is_charset_char(char c)
{
    return c > ' ' && c < 0x7f && c != '?';
}

/* Where "?=" comes next; remembered, so that a flood of "=?" costs linear time. */
static size_t word_end(struct words *w, struct str text, size_t from)
{
    if (w->end == SIZE_MAX || w->end >= from)
        return w->end;
    size_t at = str_find(str_from(text, from), STR("?="));
    w->end = at == SIZE_MAX ? SIZE_MAX : from + at;
    return w->end;
}

/* Takes "=?charset?B?text?=" at text[i]; returns the offset behind it, or 0. Blanks and "?" inside
   the text are tolerated. */
static size_t take_word(struct words *w, struct str text, size_t i, struct word *out)
{
    struct cur c = cur_of(str_from(text, i + 2));
    char encoding;
    struct str charset = cur_while(&c, is_charset_char);
    if (charset.n == 0 || !cur_char(&c, '?') || !cur_byte(&c, &encoding) || !cur_char(&c, '?'))
        return 0;
    char kind = ascii_upper(encoding);
    size_t from = text.n - c.rest.n, end = word_end(w, text, from);
    if ((kind != 'B' && kind != 'Q') || end == SIZE_MAX)
        return 0;
    size_t language = str_chr(charset, '*');
    out->charset = language == SIZE_MAX ? charset : str_sub(charset, 0, language);
    out->text = str_sub(text, from, end - from);
    out->base64 = kind == 'B';
    return end + 2;
}

static void flush(struct words *w)
{
    if (w->open)
        buf_add(&w->out, charset_to_utf8(w->arena, w->charset, buf_str(&w->bytes)));
    w->bytes = buf_of(w->arena, SIZE_MAX / 2);
    w->open = false;
}

static void add_word(struct words *w, const struct word *word)
{
    if (w->open && !str_ieq(w->charset, word->charset))
        flush(w);
    w->charset = word->charset;
    w->open = true;
    buf_add(&w->bytes, word->base64 ? base64_decode(w->arena, word->text, SIZE_MAX)
                                    : qp_decode_word(w->arena, word->text));
}

/* Text between words; blanks alone between two of them are dropped. */
static void add_text(struct words *w, struct str text, bool before_word)
{
    if (text.n == 0 || (w->open && before_word && str_trim(text).n == 0))
        return;
    flush(w);
    buf_add(&w->out, charset_to_utf8(w->arena, STR(""), text));
}

struct str header_decode_words(struct arena *a, struct str text)
{
    if (str_find(text, STR("=?")) == SIZE_MAX)
        return charset_to_utf8(a, STR(""), text);
    struct words w = {.arena = a, .out = buf_of(a, SIZE_MAX / 2)};
    flush(&w);
    size_t from = 0, i = 0, next;
    while ((next = str_find(str_from(text, i), STR("=?"))) != SIZE_MAX) {
        struct word word;
        i += next;
        size_t behind = take_word(&w, text, i, &word);
        if (!behind) {
            i += 2;
            continue;
        }
        add_text(&w, str_sub(text, from, i - from), true);
        add_word(&w, &word);
        i = from = behind;
    }
    add_text(&w, str_from(text, from), false);
    flush(&w);
    return buf_str(&w.out);
}

static bool is_control(char c)
{
    return (unsigned char)c < ' ' || c == 0x7f;
}

struct str header_text(struct arena *a, struct str raw)
{
    struct str text = header_decode_words(a, header_unfold(a, raw));
    size_t i = 0;
    while (i < text.n && !is_control(text.p[i]))
        i++;
    if (i == text.n)
        return str_trim(text);
    char *out = arena_alloc(a, text.n + 1);
    for (i = 0; i < text.n; i++)
        out[i] = is_control(text.p[i]) ? ' ' : text.p[i];
    return str_trim(str_of(out, text.n));
}
