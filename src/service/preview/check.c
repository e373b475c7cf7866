#include "base/cur.h"
#include "format/json.h"
#include "format/utf8.h"
#include "service/preview/inner.h"
#include "service/preview/preview.h"

enum { POINTS_MAX = 100000, ROW_BYTES = 32 };

static const struct str tags[] = {
    STR("p"),  STR("br"),    STR("h1"), STR("h2"), STR("h3"), STR("h4"),
    STR("h5"), STR("h6"),    STR("b"),  STR("i"),  STR("u"),  STR("ul"),
    STR("li"), STR("table"), STR("tr"), STR("td"), STR("hr"), STR("s"),
};

static bool take_tag(struct cur *c)
{
    struct str name;
    cur_char(c, '/');
    if (!cur_until(c, '>', &name))
        return false;
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
        if (str_eq(name, tags[i]))
            return true;
    return false;
}

bool preview_html_ok(struct str html)
{
    struct cur c = cur_of(html);
    struct str text;
    while (cur_until(&c, '<', &text))
        if (!take_tag(&c))
            return false;
    return utf8_valid(html) && str_chr(html, '\0') == SIZE_MAX;
}

static bool take_size(struct cur *c, struct json *j)
{
    uint32_t width, height;
    if (!cur_u32(c, &width) || !cur_char(c, ' ') || !cur_u32(c, &height) || !cur_char(c, '\n') ||
        width > POINTS_MAX || height > POINTS_MAX)
        return false;
    json_array(j);
    json_u64(j, width);
    json_u64(j, height);
    json_array_end(j);
    return true;
}

bool preview_pages_json(struct arena *a, struct str said, struct str *out)
{
    struct cur c = cur_of(said);
    struct buf text = buf_of(a, (size_t)ROW_BYTES * (PREVIEW_PAGES_MAX + 2));
    struct json j = json_to(&text);
    uint32_t pages;
    if (!cur_u32(&c, &pages) || !cur_char(&c, '\n') || pages > PREVIEW_PAGES_MAX)
        return false;
    json_object(&j);
    json_key(&j, "pages");
    json_u64(&j, pages);
    json_key(&j, "sizes");
    json_array(&j);
    for (uint32_t i = 0; i < pages; i++)
        if (!take_size(&c, &j))
            return false;
    json_array_end(&j);
    json_object_end(&j);
    *out = buf_str(&text);
    return cur_end(&c) && !text.overflow;
}
