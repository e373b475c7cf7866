/* JSON values that were read, written again; dates; ids. */
#include "core/objectid/objectid.h"
#include "format/date.h"
#include "format/hex.h"
#include "proto/jmap/call.h"

enum { HEX_DIGITS_MAX = 16, DATE_MAX = 32, REAL_DIGITS = 9 };

void jmap_key(struct json *j, struct str key)
{
    json_str(j, key);
    buf_byte(j->out, ':');
    j->comma = false;
}

void jmap_put_text(struct json *j, struct str text)
{
    if (text.n)
        json_str(j, text);
    else
        json_null(j);
}

void jmap_tree_put(struct json *j, const struct json_tree *v)
{
    switch (v->kind) {
    case TREE_NULL:
        json_null(j);
        break;
    case TREE_BOOL:
        json_bool(j, v->truth);
        break;
    case TREE_INTEGER:
        json_i64(j, v->integer);
        break;
    case TREE_REAL:
        json_double(j, v->real, REAL_DIGITS);
        break;
    case TREE_STRING:
        json_str(j, v->text);
        break;
    case TREE_ARRAY:
        json_array(j);
        for (size_t i = 0; i < v->count; i++)
            jmap_tree_put(j, &v->values[i]);
        json_array_end(j);
        break;
    case TREE_OBJECT:
        json_object(j);
        for (size_t i = 0; i < v->count; i++) {
            jmap_key(j, v->names[i]);
            jmap_tree_put(j, &v->values[i]);
        }
        json_object_end(j);
        break;
    }
}

bool jmap_values_ok(struct str json)
{
    size_t values = 1;
    bool quoted = false;
    for (size_t i = 0; i < json.n; i++) {
        char c = json.p[i];
        if (quoted && c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == ',' || c == '[' || c == '{'))
            values++;
    }
    return values <= JMAP_VALUES_MAX;
}

struct str jmap_date(struct arena *a, int64_t utc_ms)
{
    struct buf b = buf_of(a, DATE_MAX);
    date_put_rfc3339(&b, (struct date){.utc_ms = utc_ms});
    return buf_str(&b);
}

bool jmap_take_hex(struct cur *c, uint64_t *out)
{
    uint64_t value = 0;
    size_t digits = 0;
    for (; cur_peek(c) >= 0 && hex_digit((char)cur_peek(c)) >= 0; digits++) {
        char digit;
        (void)cur_byte(c, &digit);
        if (digits == HEX_DIGITS_MAX || (digit >= 'A' && digit <= 'F'))
            return false;
        value = value << 4 | (unsigned)hex_digit(digit);
    }
    *out = value;
    return digits > 0;
}

/* An id has one spelling. */
static bool whole(struct str id, char letter, uint64_t *out)
{
    struct cur c = cur_of(id);
    return cur_char(&c, letter) && cur_peek(&c) != '0' && jmap_take_hex(&c, out) && cur_end(&c);
}

struct str jmap_account_id(struct arena *a, account_id account)
{
    return str_printf(a, "A%llx", (unsigned long long)account);
}

bool jmap_account_of(struct str id, account_id *out)
{
    return whole(id, 'A', out);
}

struct str jmap_email_id(struct arena *a, item_id item)
{
    return str_printf(a, "E%llx", (unsigned long long)item);
}

bool jmap_email_of(struct str id, item_id *out)
{
    return whole(id, 'E', out);
}

struct str jmap_thread_id(struct arena *a, uint64_t thread)
{
    return str_printf(a, "T%llx", (unsigned long long)thread);
}

bool jmap_thread_of(struct str id, uint64_t *out)
{
    return whole(id, 'T', out);
}

bool jmap_mailbox_of(const struct jmap_call *call, struct str id, folder_id *out)
{
    struct cur c = cur_of(id);
    uint64_t account, folder;
    if (!cur_char(&c, 'F') || cur_peek(&c) == '0' || !jmap_take_hex(&c, &account) ||
        !cur_char(&c, '-') || cur_peek(&c) == '0' || !jmap_take_hex(&c, &folder) || !cur_end(&c) ||
        account != call->account || folder > UINT32_MAX)
        return false;
    *out = (folder_id)folder;
    return true;
}
