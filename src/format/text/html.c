/* HTML to text: a tokenizer that never looks back, so that any input costs linear time. */
#include "base/cur.h"
#include "format/text.h"
#include "format/utf8.h"

enum { NAME_LONGEST = 16, ENTITY_LONGEST = 12 };

/* What a tag does to the text. */
enum effect { NOTHING, BREAK, PARAGRAPH, CELL, SKIP };

static const struct {
    struct str name;
    enum effect effect;
} tags[] = {
    {STR("br"), BREAK},          {STR("p"), PARAGRAPH},     {STR("div"), BREAK},
    {STR("tr"), BREAK},          {STR("td"), CELL},         {STR("th"), CELL},
    {STR("li"), BREAK},          {STR("ul"), PARAGRAPH},    {STR("ol"), PARAGRAPH},
    {STR("h1"), PARAGRAPH},      {STR("h2"), PARAGRAPH},    {STR("h3"), PARAGRAPH},
    {STR("h4"), PARAGRAPH},      {STR("h5"), PARAGRAPH},    {STR("h6"), PARAGRAPH},
    {STR("hr"), PARAGRAPH},      {STR("table"), PARAGRAPH}, {STR("blockquote"), PARAGRAPH},
    {STR("pre"), PARAGRAPH},     {STR("dt"), BREAK},        {STR("dd"), BREAK},
    {STR("dl"), PARAGRAPH},      {STR("form"), PARAGRAPH},  {STR("section"), PARAGRAPH},
    {STR("article"), PARAGRAPH}, {STR("header"), BREAK},    {STR("footer"), BREAK},
    {STR("address"), BREAK},     {STR("center"), BREAK},    {STR("option"), BREAK},
    {STR("script"), SKIP},       {STR("style"), SKIP},      {STR("title"), SKIP},
    {STR("textarea"), SKIP},     {STR("noscript"), SKIP},   {STR("template"), SKIP},
};

static const struct {
    struct str name;
    uint32_t c;
} entities[] = {
    {STR("nbsp"), 0xa0},     {STR("amp"), '&'},       {STR("lt"), '<'},
    {STR("gt"), '>'},        {STR("quot"), '"'},      {STR("apos"), '\''},
    {STR("copy"), 0xa9},     {STR("reg"), 0xae},      {STR("trade"), 0x2122},
    {STR("hellip"), 0x2026}, {STR("mdash"), 0x2014},  {STR("ndash"), 0x2013},
    {STR("lsquo"), 0x2018},  {STR("rsquo"), 0x2019},  {STR("ldquo"), 0x201c},
    {STR("rdquo"), 0x201d},  {STR("sbquo"), 0x201a},  {STR("bdquo"), 0x201e},
    {STR("laquo"), 0xab},    {STR("raquo"), 0xbb},    {STR("bull"), 0x2022},
    {STR("middot"), 0xb7},   {STR("euro"), 0x20ac},   {STR("pound"), 0xa3},
    {STR("yen"), 0xa5},      {STR("cent"), 0xa2},     {STR("sect"), 0xa7},
    {STR("para"), 0xb6},     {STR("deg"), 0xb0},      {STR("plusmn"), 0xb1},
    {STR("times"), 0xd7},    {STR("divide"), 0xf7},   {STR("frac12"), 0xbd},
    {STR("frac14"), 0xbc},   {STR("frac34"), 0xbe},   {STR("sup1"), 0xb9},
    {STR("sup2"), 0xb2},     {STR("sup3"), 0xb3},     {STR("micro"), 0xb5},
    {STR("iexcl"), 0xa1},    {STR("iquest"), 0xbf},   {STR("shy"), 0xad},
    {STR("zwnj"), 0x200c},   {STR("zwj"), 0x200d},    {STR("ensp"), 0x2002},
    {STR("emsp"), 0x2003},   {STR("thinsp"), 0x2009}, {STR("dagger"), 0x2020},
    {STR("permil"), 0x2030}, {STR("lsaquo"), 0x2039}, {STR("rsaquo"), 0x203a},
    {STR("larr"), 0x2190},   {STR("uarr"), 0x2191},   {STR("rarr"), 0x2192},
    {STR("darr"), 0x2193},   {STR("minus"), 0x2212},  {STR("infin"), 0x221e},
    {STR("ne"), 0x2260},     {STR("le"), 0x2264},     {STR("ge"), 0x2265},
    {STR("ordf"), 0xaa},     {STR("ordm"), 0xba},     {STR("not"), 0xac},
    {STR("acute"), 0xb4},    {STR("cedil"), 0xb8},    {STR("uml"), 0xa8},
    {STR("OElig"), 0x152},   {STR("oelig"), 0x153},   {STR("Scaron"), 0x160},
    {STR("scaron"), 0x161},  {STR("Yuml"), 0x178},    {STR("fnof"), 0x192},
    {STR("circ"), 0x2c6},    {STR("tilde"), 0x2dc},   {STR("check"), 0x2713},
    {STR("hearts"), 0x2665},
};

/* Latin-1 letters, U+00C0 to U+00FF; two of them are signs, named above. */
static const char *const latin1[64] = {
    "Agrave", "Aacute", "Acirc",  "Atilde", "Auml",   "Aring",  "AElig", "Ccedil",
    "Egrave", "Eacute", "Ecirc",  "Euml",   "Igrave", "Iacute", "Icirc", "Iuml",
    "ETH",    "Ntilde", "Ograve", "Oacute", "Ocirc",  "Otilde", "Ouml",  "times",
    "Oslash", "Ugrave", "Uacute", "Ucirc",  "Uuml",   "Yacute", "THORN", "szlig",
    "agrave", "aacute", "acirc",  "atilde", "auml",   "aring",  "aelig", "ccedil",
    "egrave", "eacute", "ecirc",  "euml",   "igrave", "iacute", "icirc", "iuml",
    "eth",    "ntilde", "ograve", "oacute", "ocirc",  "otilde", "ouml",  "divide",
    "oslash", "ugrave", "uacute", "ucirc",  "uuml",   "yacute", "thorn", "yuml"};

struct reader {
    struct cur c;
    struct buf *out;
    bool gap;        /* a blank is due before the next word */
    unsigned breaks; /* line ends due before the next word */
    bool any, in_pre;
};

static bool is_name_char(char c)
{
    return ascii_is_alpha(c) || ascii_is_digit(c);
}

static bool named_entity(struct str name, uint32_t *out)
{
    for (size_t i = 0; i < sizeof entities / sizeof *entities; i++)
        if (str_eq(name, entities[i].name)) {
            *out = entities[i].c;
            return true;
        }
    for (uint32_t i = 0; i < 64; i++)
        if (str_eq(name, str_z(latin1[i]))) {
            *out = 0xc0 + i;
            return true;
        }
    return false;
}

static bool numbered_entity(struct str digits, uint32_t *out)
{
    bool hex = str_istarts(digits, STR("x"));
    uint32_t value = 0;
    for (size_t i = hex; i < digits.n; i++) {
        char c = ascii_lower(digits.p[i]);
        uint32_t digit = ascii_is_digit(c) ? (uint32_t)(c - '0') : (uint32_t)(c - 'a') + 10;
        if (digit >= (hex ? 16U : 10U) || value > 0x10ffff)
            return false;
        value = value * (hex ? 16 : 10) + digit;
    }
    *out = value;
    return digits.n > (hex ? 1U : 0U) && value != 0;
}

/* At "&": takes the entity, or the "&" alone. */
static uint32_t take_entity(struct cur *c)
{
    struct cur at = *c;
    uint32_t value = 0;
    cur_char(&at, '&');
    bool number = cur_char(&at, '#');
    struct str name = str_sub(at.rest, 0, ENTITY_LONGEST);
    size_t n = 0;
    while (n < name.n && is_name_char(name.p[n]))
        n++;
    name.n = n;
    c->rest = str_from(c->rest, 1);
    if (number ? !numbered_entity(name, &value) : !named_entity(name, &value))
        return '&';
    at.rest = str_from(at.rest, n);
    cur_char(&at, ';');
    *c = at;
    return value;
}

/* Writes the breaks and blanks that are due. */
static void begin_word(struct reader *r)
{
    if (r->any && r->breaks)
        buf_fill(r->out, '\n', r->breaks > 2 ? 2 : r->breaks);
    else if (r->any && r->gap)
        buf_byte(r->out, ' ');
    r->any = true;
    r->gap = false;
    r->breaks = 0;
}

/* Blanks that are shown as such, and characters that nobody sees. */
static void put_char(struct reader *r, uint32_t c)
{
    bool invisible =
        c == 0xad || (c >= 0x200b && c <= 0x200f) || c == 0x2060 || c == 0xfeff || c == 0x034f;
    if (c == 0xa0 || c == 0x3000 || (c >= 0x2000 && c <= 0x200a) || c < 0x20)
        r->gap = true;
    else if (!invisible) {
        begin_word(r);
        utf8_put(r->out, c);
    }
}

/* Runs of plain bytes; c stands on neither "<" nor "&". */
static void put_text(struct reader *r)
{
    struct str s = r->c.rest;
    size_t n = 0;
    while (n < s.n && s.p[n] != '<' && s.p[n] != '&' && (unsigned char)s.p[n] > ' ' &&
           (unsigned char)s.p[n] < 0x80)
        n++;
    if (n) {
        begin_word(r);
        buf_add(r->out, str_sub(s, 0, n));
        r->c.rest = str_from(s, n);
        return;
    }
    uint32_t c;
    if ((unsigned char)s.p[0] >= 0x80 && utf8_next(&r->c, &c)) {
        put_char(r, c);
        return;
    }
    if (r->in_pre && s.p[0] == '\n')
        r->breaks++;
    r->gap = true;
    r->c.rest = str_from(s, 1);
}

/* Skips up to behind the tag's ">", which may stand in quotes; a tag that does not end takes all.
 */
static void skip_attributes(struct cur *c)
{
    char quote = 0, byte, last = 0;
    while (cur_byte(c, &byte)) {
        if (quote)
            quote = byte == quote ? 0 : quote;
        else if ((byte == '"' || byte == '\'') && (last == '=' || ascii_is_space(last)))
            quote = byte;
        else if (byte == '>')
            return;
        last = byte;
    }
}

/* Skips what lies in a script and the like, with its end tag. */
static void skip_content(struct cur *c, struct str name)
{
    for (;;) {
        size_t at = str_find(c->rest, STR("</"));
        if (at == SIZE_MAX) {
            c->rest = (struct str){0};
            return;
        }
        c->rest = str_from(c->rest, at + 2);
        if (cur_word(c, name)) {
            skip_attributes(c);
            return;
        }
    }
}

static void apply(struct reader *r, struct str name, bool closing)
{
    if (str_ieq(name, STR("pre")))
        r->in_pre = !closing;
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
        if (!str_ieq(name, tags[i].name))
            continue;
        unsigned breaks = tags[i].effect == BREAK ? 1 : tags[i].effect == PARAGRAPH ? 2 : 0;
        if (str_ieq(name, STR("br")))
            r->breaks += breaks;
        else if (r->breaks < breaks)
            r->breaks = breaks;
        r->gap |= tags[i].effect == CELL;
        if (tags[i].effect == SKIP && !closing)
            skip_content(&r->c, tags[i].name);
        return;
    }
}

/* "<!-- … -->", "<!DOCTYPE …>", "<?xml …>"; c stands behind the "<". */
static void skip_declaration(struct cur *c)
{
    struct str ignored;
    if (!cur_text(c, STR("!--"))) {
        if (!cur_until(c, '>', &ignored))
            c->rest = (struct str){0};
        return;
    }
    /* "<!-->" is a whole comment too. */
    if (cur_text(c, STR(">")) || cur_text(c, STR("->")))
        return;
    size_t end = str_find(c->rest, STR("-->"));
    c->rest = end == SIZE_MAX ? (struct str){0} : str_from(c->rest, end + 3);
}

/* At "<": a tag, a comment, or just a sign. */
static void take_tag(struct reader *r)
{
    struct cur at = r->c;
    cur_char(&at, '<');
    int next = cur_peek(&at);
    if (next == '!' || next == '?') {
        skip_declaration(&at);
        r->c = at;
        return;
    }
    bool closing = cur_char(&at, '/');
    struct str name = cur_while(&at, is_name_char);
    if (name.n == 0 || !ascii_is_alpha(name.p[0])) {
        begin_word(r);
        buf_byte(r->out, '<');
        r->c.rest = str_from(r->c.rest, 1);
        return;
    }
    skip_attributes(&at);
    r->c = at;
    if (name.n <= NAME_LONGEST)
        apply(r, name, closing);
}

void text_from_html(struct buf *out, struct str html)
{
    struct reader r = {.c = cur_of(html), .out = out};
    while (!cur_end(&r.c) && !out->overflow) {
        int next = cur_peek(&r.c);
        if (next == '<')
            take_tag(&r);
        else if (next == '&')
            put_char(&r, take_entity(&r.c));
        else
            put_text(&r);
    }
}
