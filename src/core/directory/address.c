#include "core/directory/rows.h"
#include "format/domain.h"
#include "format/utf8.h"

static bool is_ascii(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] >= 0x80)
            return false;
    return true;
}

static bool has_controls(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
            return true;
    return false;
}

/* "jane.roe" with its quotes is jane.roe without them. */
static struct str unquote(struct arena *a, struct str local)
{
    if (local.n < 2 || local.p[0] != '"' || local.p[local.n - 1] != '"')
        return local;
    struct buf b = buf_of(a, local.n);
    for (size_t i = 1; i + 1 < local.n; i++) {
        if (local.p[i] == '\\' && i + 2 < local.n)
            i++;
        buf_byte(&b, local.p[i]);
    }
    return buf_str(&b);
}

static enum code fold(struct ctx *cx, struct str local, struct str *out)
{
    if (is_ascii(local)) {
        *out = str_lower(cx->arena, local);
        return OK;
    }
    if (!utf8_valid(local))
        return fail(cx, E_SYNTAX, "address: not UTF-8");
    *out = utf8_fold(cx->arena, local);
    return OK;
}

enum code rows_domain_fold(struct ctx *cx, struct str name, struct str *out)
{
    if (!is_ascii(name))
        return domain_to_ascii(cx, name, out);
    *out = str_lower(cx->arena, name);
    return OK;
}

enum code directory_address_normal(struct ctx *cx, struct str address, struct str *out)
{
    size_t at = str_rchr(address, '@');
    if (at == SIZE_MAX || at == 0 || at + 1 == address.n || address.n > DIRECTORY_ADDRESS_MAX ||
        has_controls(address))
        return fail(cx, E_SYNTAX, "address: not local@domain");
    struct str parts[3] = {unquote(cx->arena, str_sub(address, 0, at)), STR("@")};
    TRY(fold(cx, parts[0], &parts[0]));
    TRY(rows_domain_fold(cx, str_from(address, at + 1), &parts[2]));
    struct str normal = str_join(cx->arena, parts, 3);
    if (!parts[0].n || !parts[2].n || normal.n > DIRECTORY_ADDRESS_MAX)
        return fail(cx, E_SYNTAX, "address: a part is empty or too long");
    *out = normal;
    return OK;
}
