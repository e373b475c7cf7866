#include "base/arena.h"
#include "base/cur.h"
#include "core/directory/rows.h"

enum { LIST_MAX = 10000 };

enum code directory_by_id(struct ctx *cx, struct core *c, principal_id id, struct principal *out)
{
    struct rows r = rows_of(c);
    return rows_living(cx, &r, id, out);
}

enum code directory_by_address(struct ctx *cx, struct core *c, struct str address,
                               struct principal *out)
{
    struct rows r = rows_of(c);
    struct str normal;
    struct address_row a;
    TRY(directory_address_normal(cx, address, &normal));
    TRY(rows_address(cx, &r, normal, &a));
    return rows_living(cx, &r, a.id, out);
}

enum code directory_by_login(struct ctx *cx, struct core *c, struct str login,
                             struct principal *out)
{
    size_t slash = str_chr(login, '\\');
    struct str parts[3] = {slash == SIZE_MAX ? login : str_from(login, slash + 1), STR("@")};
    if (str_chr(parts[0], '@') != SIZE_MAX)
        return directory_by_address(cx, c, parts[0], out);
    TRY(directory_default_domain(cx, c, &parts[2]));
    if (!parts[0].n || parts[0].n > DIRECTORY_LOCAL_MAX || !parts[2].n)
        return fail(cx, E_NOT_FOUND, "directory: a bare name, and no default domain");
    return directory_by_address(cx, c, str_join(cx->arena, parts, 3), out);
}

/* Where a page starts: behind the address after, or at the start. */
static enum code page_start(struct ctx *cx, uint64_t domain, struct str after, struct key *from)
{
    struct str normal = {0};
    if (after.n)
        TRY(directory_address_normal(cx, after, &normal));
    *from = domain ? rows_listing_key(domain, normal) : rows_address_key(normal);
    if (after.n)
        *from = key_after(from);
    return OK;
}

enum code directory_list(struct ctx *cx, struct core *c, uint64_t domain, struct str after,
                         size_t limit, struct principal **out, size_t *count)
{
    struct rows r = rows_of(c);
    struct key from;
    TRY(page_start(cx, domain, after, &from));
    struct key all =
        domain ? rows_listing_key(domain, (struct str){0}) : rows_address_key((struct str){0});
    struct key to = key_after(&all);
    struct scan *w AUTO(scan_close) = rows_scan(cx, &r, &from, &to);
    limit = limit < LIST_MAX ? limit : LIST_MAX;
    struct principal *page = ARENA_ARRAY(cx->arena, limit, struct principal);
    struct str key, value;
    size_t n = 0;
    while (n < limit && scan_next(w, &key, &value)) {
        struct address_row a;
        if (!rows_address_parse(value, &a))
            return fail(cx, E_CORRUPT, "directory: row of a listing");
        if (!a.primary)
            continue;
        enum code code = rows_living(cx, &r, a.id, &page[n]);
        if (code == OK)
            n++;
        else if (code != E_NOT_FOUND)
            return code;
    }
    TRY(scan_error(w));
    *out = page;
    *count = n;
    return OK;
}
