#include "format/json.h"
#include "format/utf8.h"
#include <math.h>

struct json json_to(struct buf *out)
{
    return (struct json){.out = out};
}

static void begin(struct json *j)
{
    if (j->comma)
        buf_byte(j->out, ',');
    j->comma = true;
}

static void open(struct json *j, char bracket)
{
    begin(j);
    buf_byte(j->out, bracket);
    j->comma = false;
}

static void end(struct json *j, char bracket)
{
    buf_byte(j->out, bracket);
    j->comma = true;
}

void json_object(struct json *j)
{
    open(j, '{');
}

void json_object_end(struct json *j)
{
    end(j, '}');
}

void json_array(struct json *j)
{
    open(j, '[');
}

void json_array_end(struct json *j)
{
    end(j, ']');
}

void json_key(struct json *j, const char *key)
{
    json_str(j, str_z(key));
    buf_byte(j->out, ':');
    j->comma = false;
}

void json_str(struct json *j, struct str s)
{
    begin(j);
    buf_byte(j->out, '"');
    json_escape(j->out, s);
    buf_byte(j->out, '"');
}

void json_i64(struct json *j, int64_t value)
{
    begin(j);
    buf_printf(j->out, "%lld", (long long)value);
}

void json_u64(struct json *j, uint64_t value)
{
    begin(j);
    buf_u64(j->out, value);
}

void json_double(struct json *j, double value, int digits)
{
    begin(j);
    if (isfinite(value))
        buf_printf(j->out, "%.*f", digits, value);
    else
        buf_add(j->out, STR("null"));
}

void json_bool(struct json *j, bool value)
{
    begin(j);
    buf_add(j->out, value ? STR("true") : STR("false"));
}

void json_null(struct json *j)
{
    begin(j);
    buf_add(j->out, STR("null"));
}

static void escape(struct buf *out, char c)
{
    static const char named[] = "\b\f\n\r\t", letters[] = "bfnrt";
    size_t at = c ? str_chr(str_z(named), c) : SIZE_MAX;
    if (c == '"' || c == '\\')
        buf_printf(out, "\\%c", c);
    else if (at != SIZE_MAX)
        buf_printf(out, "\\%c", letters[at]);
    else
        buf_printf(out, "\\u%04x", (unsigned)(unsigned char)c);
}

void json_escape(struct buf *out, struct str s)
{
    s = utf8_clean(out->arena, s);
    size_t from = 0;
    for (size_t i = 0; i < s.n; i++) {
        if ((unsigned char)s.p[i] >= 0x20 && s.p[i] != '"' && s.p[i] != '\\' && s.p[i] != 0x7f)
            continue;
        buf_add(out, str_sub(s, from, i - from));
        escape(out, s.p[i]);
        from = i + 1;
    }
    buf_add(out, str_from(s, from));
}
