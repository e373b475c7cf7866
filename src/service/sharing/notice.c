#include "service/sharing/notice.h"
#include "base/buf.h"
#include "base/cur.h"
#include "base/log.h"
#include "core/directory.h"
#include "core/object/object.h"
#include "core/share/sharing.h"
#include <stdlib.h>

enum { NOTICE_VERSION = 1, NOTICE_BYTES_MAX = 8192, DROPS_MAX = 20, PAGE = 500, PAGES_MAX = 8 };
static const int64_t day_ms = INT64_C(86400000);

static struct str notice_write(struct arena *a, const struct notice *n)
{
    struct buf b = buf_of(a, NOTICE_BYTES_MAX);
    buf_le8(&b, NOTICE_VERSION);
    buf_le64(&b, (uint64_t)n->created_ms);
    buf_le64(&b, n->account);
    buf_le32(&b, n->folder);
    buf_le32(&b, n->old);
    buf_le32(&b, n->new);
    buf_le64(&b, n->by);
    buf_le_str(&b, n->name);
    buf_le_str(&b, n->by_name);
    buf_le_str(&b, n->by_address);
    return buf_str(&b);
}

enum code notice_read(struct ctx *cx, struct str value, struct notice *out)
{
    struct cur c = cur_of(value);
    struct notice n;
    uint8_t version;
    uint64_t created;
    if (!cur_le8(&c, &version) || version != NOTICE_VERSION || !cur_le64(&c, &created) ||
        !cur_le64(&c, &n.account) || !cur_le32(&c, &n.folder) || !cur_le32(&c, &n.old) ||
        !cur_le32(&c, &n.new) || !cur_le64(&c, &n.by) || !cur_le_str(&c, &n.name) ||
        !cur_le_str(&c, &n.by_name) || !cur_le_str(&c, &n.by_address))
        return fail(cx, E_CORRUPT, "a notice of sharing");
    n.created_ms = (int64_t)created;
    *out = n;
    return OK;
}

/* Members of a group that is too large for all to be told are not told. */
static enum code expand(struct ctx *cx, struct core *c, principal_id group,
                        struct share_before *out)
{
    enum code code = directory_expand(cx, c, group, &out->readers, &out->count);
    if (code == E_LIMIT || (code == OK && out->count > NOTICE_READERS_MAX))
        out->count = 0;
    return code == E_LIMIT ? OK : code;
}

static bool has_mailbox(const struct principal *p)
{
    return p->kind == PRINCIPAL_PERSON && p->enabled;
}

/* All people, or none when they are too many. */
static enum code everybody(struct ctx *cx, struct core *c, struct share_before *out)
{
    struct str after = {0};
    out->readers = ARENA_ARRAY(cx->arena, NOTICE_READERS_MAX, principal_id);
    for (int page = 0; page < PAGES_MAX; page++) {
        struct principal *list;
        size_t count;
        TRY(directory_list(cx, c, 0, after, PAGE, &list, &count));
        for (size_t i = 0; i < count && out->count <= NOTICE_READERS_MAX; i++) {
            if (has_mailbox(&list[i]) && out->count < NOTICE_READERS_MAX)
                out->readers[out->count] = list[i].id;
            out->count += has_mailbox(&list[i]);
        }
        if (count < PAGE && out->count <= NOTICE_READERS_MAX)
            return OK;
        if (count)
            after = list[count - 1].address;
    }
    out->count = 0;
    return OK;
}

/* Who may have other rights by it. */
static enum code readers_of(struct ctx *cx, struct core *c, const struct share_act *act, bool fresh,
                            struct share_before *out)
{
    *out = (struct share_before){0};
    if (!act->folder && !fresh)
        return OK; /* the account: no Mailbox */
    if (act->grant.kind == GRANTEE_DEFAULT) {
        TRY(everybody(cx, c, out));
    } else if (act->grant.kind == GRANTEE_GROUP) {
        TRY(expand(cx, c, act->grant.who, out));
    } else if (act->grant.kind == GRANTEE_PRINCIPAL) {
        out->readers = ARENA_NEW(cx->arena, principal_id);
        *out->readers = act->grant.who;
        out->count = 1;
    }
    out->rights = ARENA_ARRAY(cx->arena, out->count + 1, uint32_t);
    return OK;
}

enum code share_begin(struct ctx *cx, struct core *c, const struct share_act *act, bool fresh,
                      struct share_before *out)
{
    TRY(readers_of(cx, c, act, fresh, out));
    for (size_t i = 0; i < out->count && !fresh; i++)
        TRY(rights_of(cx, c, act->account, act->folder, out->readers[i], &out->rights[i]));
    return OK;
}

/* What makes room: those that are too old, and the oldest of too many. */
struct write {
    struct str value;
    struct str drop[DROPS_MAX];
    size_t drops;
};

static int by_age(const void *left, const void *right)
{
    const struct object *a = left, *b = right;
    return (a->created_modseq > b->created_modseq) - (a->created_modseq < b->created_modseq);
}

static enum code make_room(struct ctx *cx, struct core *c, principal_id reader, struct write *w)
{
    struct objects all;
    TRY(object_list(cx, c, reader, OBJECT_NOTICE, &all));
    if (all.count)
        qsort(all.at, all.count, sizeof *all.at, by_age);
    for (size_t i = 0; i < all.count && w->drops < DROPS_MAX; i++)
        if (all.count - i >= NOTICES_MAX ||
            all.at[i].changed_ms < cx->now_ms - NOTICE_DAYS * day_ms)
            w->drop[w->drops++] = all.at[i].name;
    return OK;
}

static enum code write_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct write *w = arg;
    for (size_t i = 0; i < w->drops; i++) {
        enum code code = object_remove(cx, t, OBJECT_NOTICE, w->drop[i]);
        if (code != OK && code != E_NOT_FOUND)
            return code;
    }
    struct object o = {.value = w->value};
    o.name = str_printf(cx->arena, "N%llx", (unsigned long long)object_number(t));
    enum code code = object_put(cx, t, OBJECT_NOTICE, &o, NOTICES_MAX, NULL);
    return code == E_LIMIT ? OK : code;
}

static enum code tell(struct ctx *cx, struct core *c, principal_id reader, const struct notice *n)
{
    struct principal who;
    struct write w = {.value = notice_write(cx->arena, n)};
    enum code code = directory_by_id(cx, c, reader, &who);
    if (code == E_NOT_FOUND || (code == OK && !who.has_account))
        return OK;
    TRY(code);
    TRY(make_room(cx, c, reader, &w));
    return account_update(cx, c, reader, write_in, &w);
}

void notice_tell(struct ctx *cx, struct core *c, principal_id reader, const struct notice *n)
{
    if (tell(cx, c, reader, n) != OK)
        log_event(c->log, LOG_WARN, "share.untold", "account=%llu code=%s why=%s",
                  (unsigned long long)reader, code_name(cx->err.code),
                  log_quote(cx->arena, str_z(cx->err.what)));
}

enum code notice_describe(struct ctx *cx, struct core *c, const struct share_act *act,
                          struct notice *n)
{
    struct account_view *v AUTO(account_view_unref) = NULL;
    struct principal by;
    *n = (struct notice){.created_ms = cx->now_ms,
                         .account = act->account,
                         .folder = act->folder,
                         .by = act->by,
                         .by_name = STR("Administration")};
    TRY(account_view_get(cx, c, act->account, &v));
    const struct folder_facts *f = account_folder_by_id(v, act->folder);
    n->name = f ? str_dup(cx->arena, f->name) : STR("");
    if (!act->by)
        return OK;
    TRY(directory_by_id(cx, c, act->by, &by));
    n->by_name = by.display.n ? by.display : by.name;
    n->by_address = by.address;
    return OK;
}

enum code share_end(struct ctx *cx, struct core *c, const struct share_act *act,
                    const struct share_before *before)
{
    struct notice n;
    if (!before->count)
        return OK;
    TRY(notice_describe(cx, c, act, &n));
    for (size_t i = 0; i < before->count; i++) {
        principal_id reader = before->readers[i];
        if (reader == act->account || reader == act->by)
            continue;
        n.old = before->rights[i];
        TRY(rights_of(cx, c, act->account, act->folder, reader, &n.new));
        if (n.new != n.old)
            notice_tell(cx, c, reader, &n);
    }
    return OK;
}

enum code share_grant(struct ctx *cx, struct core *c, const struct share_act *act)
{
    struct share_before before;
    TRY(share_begin(cx, c, act, false, &before));
    TRY(sharing_grant(cx, c, act->account, act->folder, &act->grant));
    return share_end(cx, c, act, &before);
}
