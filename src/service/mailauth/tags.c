#include "service/mailauth/tags.h"
#include "base/buf.h"
#include "base/cur.h"

static bool is_name(char c)
{
    return ascii_is_alpha(c) || ascii_is_digit(c) || c == '_';
}

static bool is_no_semicolon(char c)
{
    return c != ';';
}

/* VALCHAR and white space: a value holds nothing else. */
static bool is_text(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!ascii_is_space(s.p[i]) && (s.p[i] < 0x21 || s.p[i] > 0x7e))
            return false;
    return true;
}

/* One tag, from cursor to before the ";". */
static bool tag_take(struct cur *c, struct tag *out)
{
    cur_while(c, ascii_is_space);
    struct tag tag = {.name = cur_while(c, is_name)};
    cur_while(c, ascii_is_space);
    if (tag.name.n == 0 || !ascii_is_alpha(tag.name.p[0]) || !cur_char(c, '='))
        return false;
    tag.raw = cur_while(c, is_no_semicolon);
    tag.value = str_trim(tag.raw);
    *out = tag;
    return is_text(tag.value);
}

enum code tags_parse(struct ctx *cx, struct str text, struct tags *out)
{
    struct tags tags = {.at = ARENA_ARRAY(cx->arena, TAGS_MAX, struct tag)};
    struct cur c = cur_of(text);
    for (;;) {
        struct tag tag;
        if (!tag_take(&c, &tag))
            return fail(cx, E_SYNTAX, "tag list: no tag where one must be");
        if (tags_find(&tags, tag.name))
            return fail(cx, E_SYNTAX, "tag list: a tag twice");
        if (tags.count == TAGS_MAX)
            return fail(cx, E_LIMIT, "tag list: more than %d tags", TAGS_MAX);
        tags.at[tags.count++] = tag;
        if (!cur_char(&c, ';') || str_trim(c.rest).n == 0)
            break;
    }
    *out = tags;
    return OK;
}

const struct tag *tags_find(const struct tags *t, struct str name)
{
    for (size_t i = 0; i < t->count; i++)
        if (str_eq(t->at[i].name, name))
            return &t->at[i];
    return NULL;
}

struct str tags_get(const struct tags *t, struct str name)
{
    const struct tag *tag = tags_find(t, name);
    return tag ? tag->value : (struct str){0};
}

struct str tags_squeezed(struct ctx *cx, const struct tags *t, struct str name)
{
    struct str value = tags_get(t, name);
    struct buf b = buf_of(cx->arena, value.n + 1);
    for (size_t i = 0; i < value.n; i++)
        if (!ascii_is_space(value.p[i]))
            buf_byte(&b, value.p[i]);
    return buf_str(&b);
}
