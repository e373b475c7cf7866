#include "server/table.h"
#include <jansson.h>

enum { COLUMNS_MAX = 24, WIDTH_MAX = 60 };

static void json_close(json_t *j)
{
    json_decref(j);
}
AUTO_OF(json_t *, json_close)

static struct str cell_text(struct arena *a, json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_STRING:
        return str_dup(a, str_of(json_string_value(value), json_string_length(value)));
    case JSON_INTEGER:
        return str_printf(a, "%lld", (long long)json_integer_value(value));
    case JSON_REAL:
        return str_printf(a, "%.3f", json_real_value(value));
    case JSON_TRUE:
        return STR("yes");
    case JSON_FALSE:
        return STR("no");
    case JSON_NULL:
        return STR("-");
    case JSON_ARRAY:
    case JSON_OBJECT:
        break;
    }
    struct buf all = buf_of(a, 1024 * 1024);
    size_t i;
    json_t *item;
    const char *key;
    json_array_foreach(value, i, item)
    {
        if (i)
            buf_add(&all, STR(", "));
        buf_add(&all, cell_text(a, item));
    }
    json_object_foreach(value, key, item)
    {
        buf_printf(&all, "%s%s=", all.n ? " " : "", key);
        buf_add(&all, cell_text(a, item));
    }
    return buf_str(&all);
}

/* Characters, as a terminal counts most of them. */
static size_t columns_of(struct str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++)
        n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
    return n;
}

/* Control characters of whatever was stored must not reach a terminal. */
static void add_cell(struct buf *out, struct str s, size_t width, bool last)
{
    for (size_t i = 0; i < s.n; i++)
        buf_byte(out, (unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f ? ' ' : s.p[i]);
    size_t used = columns_of(s);
    if (!last && used < width)
        buf_fill(out, ' ', width - used);
    buf_add(out, last ? STR("\n") : STR("  "));
}

static void print_object(struct arena *a, json_t *object, struct buf *out)
{
    const char *key;
    json_t *value;
    size_t width = 0;
    json_object_foreach(object, key, value) if (strlen(key) > width) width = strlen(key);
    json_object_foreach(object, key, value)
    {
        add_cell(out, str_z(key), width, false);
        add_cell(out, cell_text(a, value), 0, true);
    }
}

static size_t headings(json_t *rows, const char *keys[COLUMNS_MAX])
{
    size_t count = 0;
    const char *key;
    json_t *value;
    json_object_foreach(json_array_get(rows, 0), key, value)
    {
        if (count < COLUMNS_MAX)
            keys[count++] = key;
    }
    return count;
}

static void print_rows(struct arena *a, json_t *rows, struct buf *out)
{
    const char *keys[COLUMNS_MAX];
    size_t widths[COLUMNS_MAX];
    size_t count = headings(rows, keys), i;
    json_t *row;
    for (size_t k = 0; k < count; k++) {
        widths[k] = strlen(keys[k]);
        json_array_foreach(rows, i, row)
        {
            size_t width = columns_of(cell_text(a, json_object_get(row, keys[k])));
            if (width > widths[k])
                widths[k] = width < WIDTH_MAX ? width : WIDTH_MAX;
        }
    }
    for (size_t k = 0; k < count; k++)
        add_cell(out, str_upper(a, str_z(keys[k])), widths[k], k + 1 == count);
    json_array_foreach(rows, i, row)
    {
        for (size_t k = 0; k < count; k++)
            add_cell(out, cell_text(a, json_object_get(row, keys[k])), widths[k], k + 1 == count);
    }
}

enum code table_print(struct ctx *cx, struct str json, struct buf *out)
{
    json_error_t why;
    json_t *root AUTO(json_close) = json_loadb(json.p, json.n, 0, &why);
    if (!root)
        return fail(cx, E_CORRUPT, "the server's answer is not JSON: %s", why.text);
    if (json_is_object(root))
        print_object(cx->arena, root, out);
    else if (json_array_size(root) == 0)
        buf_add(out, STR("(none)\n"));
    else
        print_rows(cx->arena, root, out);
    return OK;
}

bool table_first(struct ctx *cx, struct str json, const char *key, struct str *out)
{
    json_t *root AUTO(json_close) = json_loadb(json.p, json.n, 0, NULL);
    json_t *row = json_is_array(root) ? json_array_get(root, 0) : root;
    json_t *value = json_object_get(row, key);
    if (!value)
        return false;
    *out = cell_text(cx->arena, value);
    return true;
}
