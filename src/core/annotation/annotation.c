/* Listing and finding annotations. */
#include "core/annotation/annotation.h"
#include "base/arena.h"
#include "core/annotation/rows.h"

bool annotation_name_ok(struct str name)
{
    if (!name.n || name.n > ANNOTATION_NAME_MAX || name.p[0] != '/' || str_ends(name, STR("/")))
        return false;
    if (str_find(name, STR("//")) != SIZE_MAX)
        return false;
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] < 0x20 || name.p[i] >= 0x7f || name.p[i] == '*' || name.p[i] == '%')
            return false;
    return true;
}

/* The rows of one reader, behind those that are in out. */
static enum code collect(struct ctx *cx, struct scan *w, struct annotations *out, size_t *room)
{
    struct str key, value;
    while (scan_next(w, &key, &value)) {
        struct annotation_owner owner;
        bool is_sum;
        if (out->count == *room) {
            size_t more = *room ? *room * 2 : 8;
            out->at =
                arena_grow(cx->arena, out->at, *room * sizeof *out->at, more * sizeof *out->at);
            *room = more;
        }
        struct annotation *row = &out->at[out->count];
        TRY(annotation_key_decode(cx, str_dup(cx->arena, key), &owner, row, &is_sum));
        TRY(annotation_decode(cx, str_dup(cx->arena, value), row));
        out->count++;
    }
    return scan_error(w);
}

static enum code list(struct ctx *cx, struct core *c, part_id part,
                      const struct annotation_owner *owner, principal_id reader,
                      struct annotations *out)
{
    struct key sum = annotation_owner_key(owner);
    principal_id readers[] = {0, reader};
    struct str value;
    size_t room = 0;
    *out = (struct annotations){0};
    enum code code = store_get(cx, c->store, part, key_str(&sum), &value);
    if (code == E_NOT_FOUND) /* most have none */
        return OK;
    TRY(code);
    for (size_t i = 0; i < (reader ? 2 : 1); i++) {
        struct key from = annotation_reader_key(owner, readers[i]), to = key_after(&from);
        struct range range = {.from = key_str(&from), .to = key_str(&to)};
        struct scan *w AUTO(scan_close) = store_scan(cx, c->store, part, range);
        TRY(collect(cx, w, out, &room));
    }
    return OK;
}

enum code annotation_list(struct ctx *cx, struct core *c, account_id account,
                          const struct annotation_owner *owner, principal_id reader,
                          struct annotations *out)
{
    return list(cx, c, account, owner, reader, out);
}

enum code annotation_server_list(struct ctx *cx, struct core *c, struct annotations *out)
{
    struct annotation_owner server = {.class = ANNOTATION_OF_ACCOUNT};
    return list(cx, c, SERVER_PART, &server, 0, out);
}

const struct annotation *annotation_find(const struct annotations *all, principal_id reader,
                                         struct str name)
{
    for (size_t i = 0; i < all->count; i++)
        if (all->at[i].reader == reader && str_eq(all->at[i].name, name))
            return all->at[i].removed ? NULL : &all->at[i];
    return NULL;
}

struct annotation_walk {
    struct ctx *cx;
    struct scan *scan;
    enum code error;
};

struct annotation_walk *annotation_walk(struct ctx *cx, struct core *c, account_id account,
                                        enum annotation_class class)
{
    struct annotation_walk *w = ARENA_NEW(cx->arena, struct annotation_walk);
    struct key from = row_key(ROW_ANNOTATION);
    key_u32(&from, (uint32_t) class);
    struct key to = key_after(&from);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    w->cx = cx;
    w->scan = store_scan(cx, c->store, account, range);
    return w;
}

bool annotation_next(struct annotation_walk *w, struct annotation *out)
{
    struct str key, value;
    while (w->error == OK && scan_next(w->scan, &key, &value)) {
        struct annotation_owner owner;
        bool is_sum;
        w->error = annotation_key_decode(w->cx, key, &owner, out, &is_sum);
        if (w->error != OK || is_sum)
            continue;
        w->error = annotation_decode(w->cx, value, out);
        if (w->error == OK)
            return true;
    }
    return false;
}

enum code annotation_walk_error(const struct annotation_walk *w)
{
    return w->error == OK ? scan_error(w->scan) : w->error;
}

void annotation_walk_close(struct annotation_walk *w)
{
    scan_close(w->scan);
}
