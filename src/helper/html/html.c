#include "helper/html/html.h"
#include "base/cur.h"
#include "format/utf8.h"

enum { CLOSING_BYTES = 16 }; /* of an element, at most */

static const struct str names[HTML_TAGS] = {
    STR("p"),  STR("h1"),    STR("h2"), STR("h3"), STR("h4"), STR("h5"), STR("h6"), STR("ul"),
    STR("li"), STR("table"), STR("tr"), STR("td"), STR("b"),  STR("i"),  STR("u"),  STR("s"),
};

struct html html_to(struct buf *out)
{
    return (struct html){.out = out};
}

/* Room for so much, and for all that has to be closed behind it. */
static bool fits(struct html *h, size_t n)
{
    size_t closing = (h->depth + 2) * CLOSING_BYTES;
    if (h->out->n + n + closing > HTML_BYTES_MAX || h->elements > HTML_ELEMENTS_MAX)
        h->full = true;
    return !h->full;
}

static void put_tag(struct html *h, const char *before, enum html_tag tag)
{
    buf_add(h->out, str_z(before));
    buf_add(h->out, names[tag]);
    buf_byte(h->out, '>');
}

static bool push(struct html *h, enum html_tag tag)
{
    if (h->depth == HTML_DEPTH_MAX || !fits(h, CLOSING_BYTES))
        return false;
    put_tag(h, "<", tag);
    h->open[h->depth++] = tag;
    h->elements++;
    return true;
}

static void pop(struct html *h)
{
    put_tag(h, "</", h->open[--h->depth]);
}

/* Styles do not reach from one block into the next. */
static void plain(struct html *h)
{
    while (h->depth && h->open[h->depth - 1] >= HTML_B)
        pop(h);
    h->shown = 0;
}

void html_open(struct html *h, enum html_tag tag)
{
    plain(h);
    (void)push(h, tag);
}

bool html_is_open(const struct html *h, enum html_tag tag)
{
    for (size_t i = h->depth; i > 0; i--)
        if (h->open[i - 1] == tag)
            return true;
    return false;
}

void html_close(struct html *h, enum html_tag tag)
{
    if (!html_is_open(h, tag))
        return;
    plain(h);
    while (h->open[h->depth - 1] != tag)
        pop(h);
    pop(h);
}

static void dress(struct html *h)
{
    if (h->style == h->shown)
        return;
    plain(h);
    for (unsigned i = 0; i < HTML_TAGS - HTML_B; i++)
        if (h->style & 1u << i)
            (void)push(h, (enum html_tag)(HTML_B + i));
    h->shown = h->style;
}

static void put_character(struct html *h, uint32_t c)
{
    if (c == '<')
        buf_add(h->out, STR("&lt;"));
    else if (c == '>')
        buf_add(h->out, STR("&gt;"));
    else if (c == '&')
        buf_add(h->out, STR("&amp;"));
    else if (c >= ' ' || c == '\t' || c == '\n')
        utf8_put(h->out, c);
}

void html_text(struct html *h, struct str text)
{
    enum { CHARACTER_BYTES = 8 };
    struct cur c = cur_of(text);
    uint32_t letter;
    if (text.n && !h->full)
        dress(h);
    while (utf8_next(&c, &letter) && fits(h, CHARACTER_BYTES))
        put_character(h, letter);
}

void html_break(struct html *h)
{
    h->elements++;
    if (fits(h, CLOSING_BYTES))
        buf_add(h->out, STR("<br>"));
}

void html_rule(struct html *h)
{
    plain(h);
    h->elements++;
    if (fits(h, CLOSING_BYTES))
        buf_add(h->out, STR("<hr>"));
}

void html_end(struct html *h)
{
    while (h->depth)
        pop(h);
    h->shown = 0;
}
