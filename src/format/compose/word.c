/* Words of RFC 2047 and parameters of RFC 2231. */
#include "base/cur.h"
#include "format/base64.h"
#include "format/compose/compose.h"
#include "format/utf8.h"

enum {
    LINE = 76,
    WORD_TEXT_MAX = 45, /* bytes in base64: 60 characters, and 12 of "=?utf-8?B?" and "?=" */
    WORD_Q_MAX = 60,
    PARAM_MAX = 60, /* bytes of a value in one piece */
};

static void fold(struct buf *out, size_t *column)
{
    buf_add(out, STR("\r\n "));
    *column = 1;
}

/* RFC 2047 section 5 (3): what may stand in a phrase. */
static bool is_q_plain(char c)
{
    return ascii_is_alpha(c) || ascii_is_digit(c) || str_chr(STR("!*+-/"), c) != SIZE_MAX;
}

static size_t q_size(struct str text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++)
        n += is_q_plain(text.p[i]) || text.p[i] == ' ' ? 1 : 3;
    return n;
}

static void put_q(struct buf *out, struct str text)
{
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c == ' ')
            buf_byte(out, '_');
        else if (is_q_plain(c))
            buf_byte(out, c);
        else
            buf_printf(out, "=%02X", (unsigned)(unsigned char)c);
    }
}

/* As many whole characters as a word holds. */
static struct str word_take(struct str *rest, bool q)
{
    struct str word = utf8_cut(*rest, q ? WORD_Q_MAX : WORD_TEXT_MAX);
    while (q && q_size(word) > WORD_Q_MAX)
        word = utf8_cut(word, word.n - 1);
    *rest = str_from(*rest, word.n);
    return word;
}

void compose_words(struct buf *out, struct str text, size_t *column)
{
    bool q = q_size(text) <= text.n * 2;
    struct str rest = text;
    for (bool first = true; rest.n; first = false) {
        struct str word = word_take(&rest, q);
        struct str coded = q ? (struct str){0} : base64_encode(out->arena, word);
        size_t n = 12 + (q ? q_size(word) : coded.n);
        if (*column + 1 + n > LINE && *column > 1)
            fold(out, column);
        else if (!first || *column > 1)
            buf_byte(out, ' ');
        buf_add(out, q ? STR("=?utf-8?Q?") : STR("=?utf-8?B?"));
        if (q)
            put_q(out, word);
        else
            buf_add(out, coded);
        buf_add(out, STR("?="));
        *column += n + 1;
    }
}

static bool is_token(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] > '~' || str_chr(STR("()<>@,;:\\\"/[]?="), s.p[i]) != SIZE_MAX)
            return false;
    return s.n > 0;
}

static bool is_quotable(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < ' ' || s.p[i] > '~')
            return false;
    return s.n <= PARAM_MAX && str_find(s, STR("=?")) == SIZE_MAX;
}

static void put_quoted(struct buf *out, struct str s)
{
    buf_byte(out, '"');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"' || s.p[i] == '\\')
            buf_byte(out, '\\');
        buf_byte(out, s.p[i]);
    }
    buf_byte(out, '"');
}

/* RFC 2231 section 7: attribute-char. */
static bool is_attribute_char(char c)
{
    return ascii_is_alpha(c) || ascii_is_digit(c) || str_chr(STR("!#$&+-.^_`{|}~"), c) != SIZE_MAX;
}

static void put_percent(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (is_attribute_char(s.p[i]))
            buf_byte(out, s.p[i]);
        else
            buf_printf(out, "%%%02X", (unsigned)(unsigned char)s.p[i]);
}

static void begin(struct buf *out, size_t n, size_t *column)
{
    buf_byte(out, ';');
    if (*column + n + 2 > LINE)
        fold(out, column);
    else
        buf_byte(out, ' ');
    *column += n + 2;
}

/* In pieces: name*0*=utf-8''...; name*1*=... */
static void put_pieces(struct buf *out, struct str name, struct str value, size_t *column)
{
    struct str rest = value;
    bool one = value.n <= 16;
    for (unsigned i = 0; rest.n; i++) {
        struct str piece = utf8_cut(rest, 16);
        struct buf b = buf_of(out->arena, 512);
        rest = str_from(rest, piece.n);
        if (one)
            buf_printf(&b, "%.*s*=utf-8''", STR_ARG(name));
        else
            buf_printf(&b, "%.*s*%u*=%s", STR_ARG(name), i, i ? "" : "utf-8''");
        put_percent(&b, piece);
        begin(out, b.n, column);
        buf_add(out, buf_str(&b));
    }
}

void compose_param(struct buf *out, struct str name, struct str value, size_t *column)
{
    value = utf8_clean(out->arena, value);
    if (!is_quotable(value)) {
        put_pieces(out, name, value, column);
        return;
    }
    begin(out, name.n + 3 + value.n, column);
    buf_printf(out, "%.*s=", STR_ARG(name));
    if (is_token(value))
        buf_add(out, value);
    else
        put_quoted(out, value);
}
