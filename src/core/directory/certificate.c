#include "core/directory/certificate.h"
#include "base/buf.h"
#include "base/cur.h"
#include "core/core.h"
#include "core/directory/rows.h"
#include "format/hex.h"

enum { VERSION = 1 };

struct change {
    struct str print;
    principal_id who;
};

enum code certificate_print(struct ctx *cx, struct str print, struct str *out)
{
    struct buf digits = buf_of(cx->arena, 2 * CERTIFICATE_PRINT_BYTES);
    for (size_t i = 0; i < print.n; i++)
        if (print.p[i] != ':')
            buf_byte(&digits, ascii_lower(print.p[i]));
    struct str raw;
    if (digits.overflow || hex_decode(cx, buf_str(&digits), &raw) != OK ||
        raw.n != CERTIFICATE_PRINT_BYTES)
        return fail(cx, E_SYNTAX, "the SHA-256 of a certificate has %d hexadecimal digits",
                    2 * CERTIFICATE_PRINT_BYTES);
    *out = buf_str(&digits);
    return OK;
}

static enum code read(struct ctx *cx, const struct rows *r, struct str print, principal_id *out)
{
    struct key k = rows_certificate_key(print);
    struct str value;
    uint8_t version;
    TRY(rows_get(cx, r, &k, &value));
    struct cur c = cur_of(value);
    if (!cur_le8(&c, &version) || version != VERSION || !cur_le64(&c, out))
        return fail(cx, E_CORRUPT, "directory: row of a certificate");
    return OK;
}

static enum code add(struct ctx *cx, struct txn *t, void *arg)
{
    const struct change *a = arg;
    struct rows r = rows_in(t);
    struct key k = rows_certificate_key(a->print);
    struct principal owner;
    principal_id there;
    enum code code = read(cx, &r, a->print, &there);
    if (code == OK && there != a->who && rows_living(cx, &r, there, &owner) == OK)
        return fail(cx, E_EXISTS, "the certificate is %.*s's", STR_ARG(owner.address));
    if (code != E_NOT_FOUND)
        TRY(code);
    struct buf b = buf_of(cx->arena, 16);
    buf_le8(&b, VERSION);
    buf_le64(&b, a->who);
    txn_put(t, key_str(&k), buf_str(&b));
    return OK;
}

enum code certificate_add(struct ctx *cx, struct core *c, struct str print, principal_id who)
{
    struct change a = {print, who};
    return store_update(cx, c->store, DIRECTORY_PART, add, &a);
}

static enum code drop(struct ctx *cx, struct txn *t, void *arg)
{
    const struct change *a = arg;
    struct rows r = rows_in(t);
    struct key k = rows_certificate_key(a->print);
    principal_id there;
    TRY(read(cx, &r, a->print, &there));
    txn_delete(t, key_str(&k));
    return OK;
}

enum code certificate_remove(struct ctx *cx, struct core *c, struct str print)
{
    struct change a = {.print = print};
    return store_update(cx, c->store, DIRECTORY_PART, drop, &a);
}

enum code certificate_owner(struct ctx *cx, struct core *c, struct str print, struct principal *out)
{
    struct rows r = rows_of(c);
    principal_id who;
    TRY(read(cx, &r, print, &who));
    return rows_living(cx, &r, who, out);
}

enum code certificate_list(struct ctx *cx, struct core *c, struct str after,
                           struct certificate **out, size_t *count)
{
    struct rows r = rows_of(c);
    struct key all = rows_certificate_key((struct str){0}), to = key_after(&all);
    struct key from = rows_certificate_key(after);
    struct certificate *found = ARENA_ARRAY(cx->arena, CERTIFICATES_LISTED_MAX, struct certificate);
    struct scan *w AUTO(scan_close) = rows_scan(cx, &r, &from, &to);
    struct str key, value;
    size_t n = 0;
    while (n < CERTIFICATES_LISTED_MAX && scan_next(w, &key, &value)) {
        struct cur c_key = cur_of(str_from(key, 1)), c_value = cur_of(str_from(value, 1));
        struct str print;
        if (!cur_key_text(&c_key, cx->arena, &print) || !cur_le64(&c_value, &found[n].who))
            return fail(cx, E_CORRUPT, "directory: row of a certificate");
        if (str_eq(print, after))
            continue;
        found[n++].print = print;
    }
    *out = found;
    *count = n;
    return scan_error(w);
}
