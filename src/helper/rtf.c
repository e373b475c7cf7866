/* RTF: the text between its control words. */
#include "base/cur.h"
#include "format/charset.h"
#include "format/utf8.h"
#include "helper/readers.h"

enum { DEPTH_MAX = 200, WORD_MAX = 32, NUMBER_MAX = 10000000 };

struct rtf {
    struct buf *out;
    struct arena *arena;
    struct str charset;
    int depth;
    int skip_depth;                  /* groups from here on are not shown; 0: all are */
    int unicode_skip[DEPTH_MAX + 1]; /* characters behind \u that stand for it elsewhere */
    int to_skip;
    struct buf bytes; /* of the charset, not turned into text yet */
};

/* Groups that say nothing to a reader. */
static const struct str hidden[] = {
    STR("fonttbl"),   STR("colortbl"),     STR("stylesheet"),
    STR("pict"),      STR("object"),       STR("themedata"),
    STR("datastore"), STR("listtable"),    STR("listoverridetable"),
    STR("rsidtbl"),   STR("generator"),    STR("xmlnstbl"),
    STR("fldinst"),   STR("latentstyles"),
};

/* Control words that stand for characters. */
static const struct {
    struct str word;
    uint32_t character;
} characters[] = {
    {STR("par"), '\n'},         {STR("line"), '\n'},     {STR("tab"), '\t'},
    {STR("cell"), '\t'},        {STR("row"), '\n'},      {STR("sect"), '\n'},
    {STR("page"), '\n'},        {STR("emdash"), 0x2014}, {STR("endash"), 0x2013},
    {STR("lquote"), 0x2018},    {STR("rquote"), 0x2019}, {STR("ldblquote"), 0x201c},
    {STR("rdblquote"), 0x201d}, {STR("bullet"), 0x2022},
};

static void flush(struct rtf *r)
{
    if (r->bytes.n)
        buf_add(r->out, charset_to_utf8(r->arena, r->charset, buf_str(&r->bytes)));
    buf_reset(&r->bytes);
}

static bool is_shown(const struct rtf *r)
{
    return !r->skip_depth;
}

static void show_byte(struct rtf *r, char c)
{
    if (r->to_skip)
        r->to_skip--;
    else if (is_shown(r))
        buf_byte(&r->bytes, c);
}

static void show_character(struct rtf *r, uint32_t c)
{
    flush(r);
    if (is_shown(r))
        utf8_put(r->out, c);
}

static void hide(struct rtf *r)
{
    if (!r->skip_depth)
        r->skip_depth = r->depth;
}

static void word(struct rtf *r, struct str name, int number)
{
    if (str_eq(name, STR("ansicpg")))
        r->charset = str_printf(r->arena, "windows-%d", number);
    else if (str_eq(name, STR("uc")))
        r->unicode_skip[r->depth] = number < 0 || number > 10 ? 1 : number;
    else if (str_eq(name, STR("u"))) {
        show_character(r, (uint32_t)(number < 0 ? number + 65536 : number));
        r->to_skip = r->unicode_skip[r->depth];
    }
    for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++)
        if (str_eq(name, hidden[i]))
            hide(r);
    for (size_t i = 0; i < sizeof characters / sizeof characters[0]; i++)
        if (str_eq(name, characters[i].word))
            show_character(r, characters[i].character);
}

static bool is_letter(char c)
{
    return ascii_is_alpha(c);
}

static int hex_of(char c)
{
    if (ascii_is_digit(c))
        return c - '0';
    c = ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void hex_byte(struct rtf *r, struct cur *c)
{
    struct str digits;
    if (!cur_bytes(c, 2, &digits))
        return;
    int high = hex_of(digits.p[0]), low = hex_of(digits.p[1]);
    if (high >= 0 && low >= 0)
        show_byte(r, (char)(high << 4 | low));
}

static int number_at(struct cur *c)
{
    bool minus = cur_char(c, '-');
    int n = 0;
    char digit;
    while (cur_peek(c) >= '0' && cur_peek(c) <= '9' && cur_byte(c, &digit))
        if (n < NUMBER_MAX)
            n = n * 10 + (digit - '0');
    return minus ? -n : n;
}

/* Behind a backslash. */
static void control(struct rtf *r, struct cur *c)
{
    char symbol;
    struct str name = cur_while(c, is_letter);
    if (name.n) {
        int number = number_at(c);
        cur_char(c, ' ');
        if (str_eq(name, STR("bin")) && number > 0)
            c->rest = str_from(c->rest, (size_t)number);
        else if (name.n <= WORD_MAX)
            word(r, name, number);
        return;
    }
    if (!cur_byte(c, &symbol))
        return;
    if (symbol == '\'')
        hex_byte(r, c);
    else if (symbol == '*')
        hide(r);
    else if (symbol == '~')
        show_character(r, 0xa0);
    else if (symbol == '\n' || symbol == '\r')
        show_character(r, '\n');
    else if (symbol == '\\' || symbol == '{' || symbol == '}')
        show_byte(r, symbol);
}

static bool group(struct rtf *r, bool opens)
{
    flush(r);
    if (opens && r->depth == DEPTH_MAX)
        return false;
    if (opens) {
        r->unicode_skip[r->depth + 1] = r->unicode_skip[r->depth];
        r->depth++;
        return true;
    }
    if (r->skip_depth == r->depth)
        r->skip_depth = 0;
    r->depth--;
    return r->depth > 0;
}

bool reader_rtf(struct str document, struct buf *out)
{
    struct arena *arena AUTO(arena_close) = arena_open();
    struct rtf r = {.out = out, .arena = arena, .charset = STR("windows-1252")};
    struct cur c = cur_of(document);
    char byte;
    r.unicode_skip[0] = 1;
    r.bytes = buf_of(arena, READER_TEXT_MAX);
    if (!str_starts(document, STR("{\\rtf")))
        return false;
    while (!out->overflow && cur_byte(&c, &byte)) {
        if (byte == '\\')
            control(&r, &c);
        else if (byte == '{' || byte == '}') {
            if (!group(&r, byte == '{'))
                break;
        } else if (byte != '\r' && byte != '\n')
            show_byte(&r, byte);
    }
    flush(&r);
    return true;
}
