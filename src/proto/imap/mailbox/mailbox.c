#include "proto/imap/mailbox/mailbox.h"
#include "core/rights.h"
#include "core/share/sharing.h"
#include "format/imap_url.h"
#include "format/utf7.h"
#include "format/utf8.h"
#include "proto/imap/mailbox/space.h"
#include "proto/imap/wire/parse.h"
#include "proto/imap/wire/reply.h"

/* "inbox" and "Inbox/x" become "INBOX" and "INBOX/x". */
static struct str inbox_upper(struct arena *a, struct str path)
{
    struct str inbox = STR("INBOX");
    if (!str_istarts(path, inbox) || (path.n > inbox.n && path.p[inbox.n] != '/'))
        return path;
    struct str parts[] = {inbox, str_from(path, inbox.n)};
    return str_join(a, parts, 2);
}

enum code imap_mailbox_decode(struct ctx *cx, const struct imap_session *s, struct str wire,
                              struct str *out)
{
    struct str path = wire;
    if (s->rev2 || s->utf8) {
        if (!utf8_valid(wire))
            return fail(cx, E_SYNTAX, "the mailbox name is not UTF-8");
    } else if (utf7_decode(cx, wire, &path) != OK) {
        return fail(cx, E_SYNTAX, "the mailbox name is not modified UTF-7");
    }
    *out = inbox_upper(cx->arena, path);
    return OK;
}

enum code imap_mailbox(struct ctx *cx, const struct imap_session *s, struct cur *c, struct str *out)
{
    struct cur ahead = *c;
    struct str wire;
    if (!imap_astring(cx->arena, &ahead, &wire))
        return fail(cx, E_SYNTAX, "mailbox name expected");
    TRY(imap_mailbox_decode(cx, s, wire, out));
    *c = ahead;
    return OK;
}

void imap_mailbox_put(struct ctx *cx, const struct imap_session *s, struct buf *out,
                      struct str path)
{
    imap_put_string(out, s->rev2 || s->utf8 ? path : utf7_encode(cx->arena, path));
}

bool imap_folder_is_shown(const struct folder_facts *f)
{
    return f->kind == KIND_MAIL && !f->hidden;
}

/* Who was granted anything in that account is told where it is; to others it does not exist. */
static enum code refer(struct ctx *cx, const struct imap_session *s, const struct principal *owner,
                       struct str name)
{
    account_id *accounts;
    size_t count, i = 0;
    struct principal reader;
    struct imap_call *call = s->call;
    TRY(sharing_accounts(cx, s->env->core, s->reader, &accounts, &count));
    while (i < count && accounts[i] != owner->id)
        i++;
    if (call && i < count) {
        struct buf url = buf_of(cx->arena, 2 * IMAP_URL_MAX);
        TRY(directory_by_id(cx, s->env->core, s->reader, &reader));
        buf_add(&url, call->referral);
        if (url.n)
            buf_byte(&url, ' ');
        imap_url_put(&url, reader.address, owner->home, name);
        if (!url.overflow)
            call->referral = buf_str(&url);
    }
    return fail(cx, E_NOT_FOUND, "the mailbox is on another server");
}

enum code imap_place(struct ctx *cx, const struct imap_session *s, struct str name,
                     struct imap_place *out)
{
    struct imap_name parts = imap_name_of(name);
    struct principal owner;
    if (parts.space == IMAP_SPACE_OWN) {
        *out = (struct imap_place){.account = s->account, .path = name};
        return OK;
    }
    enum code code = directory_by_address(cx, s->env->core, parts.address, &owner);
    bool known = code == OK && owner.has_account && imap_space_of(owner.kind) == parts.space &&
                 str_eq(owner.address, parts.address) && owner.id != s->account;
    if (code == E_NOT_FOUND || code == E_SYNTAX || (code == OK && !known))
        return fail(cx, E_NOT_FOUND, "the name leads to nobody");
    TRY(code);
    if (owner.home.n)
        return refer(cx, s, &owner, name);
    *out = (struct imap_place){.account = owner.id, .path = parts.path, .prefix = parts.prefix};
    return OK;
}

enum code imap_may_create(struct ctx *cx, const struct imap_session *s,
                          const struct imap_place *place)
{
    struct account_view *v AUTO(account_view_unref) = NULL;
    const struct folder_facts *above = NULL;
    struct str path = place->path;
    TRY(account_view_get(cx, s->env->core, place->account, &v));
    for (size_t at = str_rchr(path, '/'); at != SIZE_MAX && !above; at = str_rchr(path, '/')) {
        path = str_sub(path, 0, at);
        above = account_folder_by_path(v, path);
    }
    return imap_may(cx, s, place->account, above ? above->id : 0, RIGHT_CREATE);
}

enum code imap_box_open(struct ctx *cx, const struct imap_session *s, struct str name,
                        uint32_t rights, struct imap_box **out)
{
    struct imap_place place;
    struct account_view *v AUTO(account_view_unref) = NULL;
    TRY(imap_place(cx, s, name, &place));
    TRY(account_view_get(cx, s->env->core, place.account, &v));
    const struct folder_facts *f = account_folder_by_path(v, place.path);
    if (!f || !imap_folder_is_shown(f))
        return fail(cx, E_NOT_FOUND, "no such mailbox");
    struct imap_box *box = ARENA_NEW(cx->arena, struct imap_box);
    const struct str parts[] = {place.prefix, f->path};
    *box = (struct imap_box){.account = place.account, .view = v, .folder = f};
    box->name = place.prefix.n ? str_join(cx->arena, parts, 2) : f->path;
    TRY(imap_rights(cx, s, place.account, f->id, &box->rights));
    TRY(imap_rights_check(cx, box->rights, rights));
    v = NULL; /* the box's */
    *out = box;
    return OK;
}

void imap_box_close(struct imap_box *box)
{
    account_view_unref(box->view);
}

/* Where to go on when the text does not fit: the last "*", and the last "%" behind it. A wildcard
   seen later makes those before it settled, so two places are enough. */
struct retreat {
    size_t pattern, path; /* SIZE_MAX: none */
};

static const struct retreat no_retreat = {SIZE_MAX, SIZE_MAX};

static bool retreat(struct retreat *star, struct retreat *level, struct str path, size_t *p,
                    size_t *n)
{
    if (level->pattern != SIZE_MAX && level->path < path.n && path.p[level->path] != '/') {
        *p = level->pattern;
        *n = ++level->path;
        return true;
    }
    if (star->pattern == SIZE_MAX || star->path >= path.n)
        return false;
    *level = no_retreat;
    *p = star->pattern;
    *n = ++star->path;
    return true;
}

bool imap_match(struct str pattern, struct str path)
{
    struct retreat star = no_retreat, level = no_retreat;
    size_t p = 0, n = 0;
    for (;;) {
        if (p < pattern.n && pattern.p[p] == '*') {
            star = (struct retreat){++p, n};
            level = no_retreat;
        } else if (p < pattern.n && pattern.p[p] == '%') {
            level = (struct retreat){++p, n};
        } else if (p < pattern.n && n < path.n && pattern.p[p] == path.p[n]) {
            p++;
            n++;
        } else if (p == pattern.n && n == path.n) {
            return true;
        } else if (!retreat(&star, &level, path, &p, &n)) {
            return false;
        }
    }
}

enum code imap_name_code(struct ctx *cx, enum code code)
{
    if (code == E_SYNTAX) /* well formed for IMAP, but no name for a folder */
        return fail(cx, E_UNSUPPORTED, "a mailbox cannot have this name");
    if (code == E_DENIED)
        return fail(cx, E_UNSUPPORTED, "this mailbox stays what it is");
    return code;
}
