/* Pages that need no script: HTML made here, in the language that the browser asks for. */
#include "base/cur.h"
#include "proto/oauth/inner.h"

enum { PAGE_MAX = 64 * 1024, RANGES_MAX = 20 };

static const struct str style = STR(
    ":root{color-scheme:light dark;--line:#767676;--act:#0b57d0;--on:#fff;--bad:#b3261e}\n"
    "@media(prefers-color-scheme:dark){:root{--act:#a8c7fa;--on:#062e6f;--bad:#f2b8b5}}\n"
    "*{box-sizing:border-box}\n"
    "body{font:1rem/1.5 system-ui,sans-serif;margin:0;padding:1rem;background:Canvas;"
    "color:CanvasText}\n"
    "main{max-width:28rem;margin:2rem auto}\n"
    "h1{font-size:1.5rem;line-height:1.25}\n"
    "label{display:block;margin:1rem 0 .25rem}\n"
    "input:not([type=hidden]){width:100%;font:inherit;padding:.625rem;border:1px solid "
    "var(--line);border-radius:.375rem}\n"
    "button,.button{display:inline-block;font:inherit;padding:.625rem 1.25rem;margin:1.25rem .5rem "
    "0 0;border:1px solid var(--act);border-radius:.375rem;background:none;color:var(--act);"
    "text-decoration:none;cursor:pointer;min-height:2.75rem}\n"
    "button.first,.button{background:var(--act);color:var(--on)}\n"
    ":focus-visible{outline:3px solid var(--act);outline-offset:2px}\n"
    ".bad{color:var(--bad);border-left:4px solid var(--bad);padding-left:.75rem}\n"
    ".code{font:600 1.5rem/1.5 ui-monospace,monospace;letter-spacing:.1em}\n"
    "small{display:block;margin-top:1.5rem}\n");

enum code oauth_style(struct ctx *cx, void *self, const struct http_request *q,
                      struct http_response *a)
{
    (void)cx;
    (void)self;
    (void)q;
    http_answer_field(a, STR("Cache-Control"), STR("max-age=3600"));
    http_answer_text(a, STR("text/css; charset=utf-8"), style);
    return OK;
}

/* The first range that is spoken here (RFC 9110 section 12.5.4): browsers send the best first. */
static enum language language_of(const struct http_request *q)
{
    struct str value, range;
    enum language language = LANGUAGE_EN;
    if (!http_field_of(q, STR("Accept-Language"), &value))
        return language;
    struct cur c = cur_of(value);
    for (size_t i = 0; i < RANGES_MAX && !cur_end(&c); i++) {
        if (!cur_until(&c, ',', &range)) {
            range = c.rest;
            c.rest = (struct str){0};
        }
        range = str_trim(str_sub(range, 0, str_chr(range, ';')));
        if (!str_eq(range, STR("*")) && language_find(range, &language))
            return language;
    }
    return LANGUAGE_EN;
}

void page_markup(struct page *p, struct str html)
{
    buf_add(&p->out, html);
}

void page_plain(struct page *p, struct str text)
{
    for (size_t i = 0; i < text.n; i++) {
        switch (text.p[i]) {
        case '&':
            buf_add(&p->out, STR("&amp;"));
            break;
        case '<':
            buf_add(&p->out, STR("&lt;"));
            break;
        case '>':
            buf_add(&p->out, STR("&gt;"));
            break;
        case '"':
            buf_add(&p->out, STR("&quot;"));
            break;
        case '\'':
            buf_add(&p->out, STR("&#39;"));
            break;
        default:
            buf_byte(&p->out, text.p[i]);
        }
    }
}

void page_text(struct page *p, struct str english)
{
    page_plain(p, language_text(p->language, english));
}

void page_paragraph(struct page *p, struct str english)
{
    page_markup(p, STR("<p>"));
    page_text(p, english);
    page_markup(p, STR("</p>\r\n"));
}

void page_alert(struct page *p, struct str english)
{
    page_markup(p, STR("<p role=\"alert\" class=\"bad\">"));
    page_text(p, english);
    page_markup(p, STR("</p>\r\n"));
}

void page_hidden(struct page *p, const char *name, struct str value)
{
    buf_printf(&p->out, "<input type=\"hidden\" name=\"%s\" value=\"", name);
    page_plain(p, value);
    page_markup(p, STR("\">\r\n"));
}

struct page page_begin(struct ctx *cx, const struct http_request *q, struct str title)
{
    struct page p = {.out = buf_of(cx->arena, PAGE_MAX), .language = language_of(q)};
    buf_printf(&p.out,
               "<!doctype html>\r\n<html lang=\"%.*s\">\r\n<head>\r\n<meta charset=\"utf-8\">\r\n",
               STR_ARG(language_tag(p.language)));
    page_markup(&p,
                STR("<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\r\n"
                    "<link rel=\"stylesheet\" href=\"" OAUTH_STYLE "\">\r\n<title>"));
    page_text(&p, title);
    page_markup(&p, STR("</title>\r\n</head>\r\n<body>\r\n<main>\r\n<h1>"));
    page_text(&p, title);
    page_markup(&p, STR("</h1>\r\n"));
    return p;
}

void page_end(struct ctx *cx, struct page *p, struct str form_to, unsigned status,
              struct http_response *a)
{
    page_markup(p, STR("</main>\r\n</body>\r\n</html>\r\n"));
    must(!p->out.overflow);
    a->status = status;
    http_answer_field(a, STR("Cache-Control"), STR("no-store"));
    http_answer_field(a, STR("Content-Security-Policy"),
                      str_printf(cx->arena,
                                 "default-src 'none'; style-src 'self'; base-uri 'none'; "
                                 "frame-ancestors 'none'; form-action 'self'%s%.*s",
                                 form_to.n ? " " : "", STR_ARG(form_to)));
    http_answer_field(a, STR("X-Frame-Options"), STR("DENY"));
    http_answer_field(a, STR("Referrer-Policy"), STR("same-origin"));
    http_answer_text(a, STR("text/html; charset=utf-8"), buf_str(&p->out));
}

enum code page_notice(struct ctx *cx, const struct http_request *q, struct http_response *a,
                      unsigned status, struct str title, struct str english)
{
    struct page p = page_begin(cx, q, title);
    if (status >= 400)
        page_alert(&p, english);
    else
        page_paragraph(&p, english);
    page_end(cx, &p, (struct str){0}, status, a);
    return OK;
}
