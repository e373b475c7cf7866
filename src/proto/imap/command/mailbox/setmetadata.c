#include "core/audit.h"
#include "core/directory.h"
#include "core/folder.h"
#include "core/rights.h"
#include "proto/imap/command/handlers.h"
#include "proto/imap/metadata/metadata.h"
#include "proto/imap/wire/parse.h"

struct setting {
    struct annotation_owner owner;
    struct annotation_change *own;    /* /private, and /shared of a mailbox */
    struct annotation_change *shared; /* /shared of the server */
    size_t own_count, shared_count;
    bool shares, uses; /* a /shared entry, and /private/specialuse, are among them */
    enum role use;
};

static enum code too_big(struct ctx *cx, struct imap_call *call, size_t bytes)
{
    call->response = str_printf(cx->arena, "METADATA MAXSIZE %d", ANNOTATION_VALUE_MAX);
    return fail(cx, E_LIMIT, "a value of %zu bytes", bytes);
}

/* RFC 6154 section 4: a mailbox has one use at most. */
static enum code use_of(struct ctx *cx, struct imap_call *call, struct str value,
                        struct setting *out)
{
    out->uses = true;
    out->use = value.n ? role_by_special_use(value) : ROLE_NONE;
    if (!value.n || out->use != ROLE_NONE)
        return OK;
    call->response = STR("USEATTR");
    return fail(cx, E_UNSUPPORTED, "a mailbox cannot have this use");
}

static enum code entry(struct ctx *cx, const struct imap_session *s, struct imap_call *call,
                       struct cur *c, bool server, struct setting *out)
{
    struct imap_meta_name name;
    struct annotation_change change = {0};
    TRY(imap_meta_name(cx, c, &name));
    if (!name.name.n || !imap_sp(c) ||
        !imap_meta_value(cx->arena, c, &change.value, &change.remove))
        return fail(cx, E_SYNTAX, "an entry and its value expected");
    if (change.value.n > ANNOTATION_VALUE_MAX)
        return too_big(cx, call, change.value.n);
    change.name = name.name;
    change.reader = name.shared ? 0 : s->reader;
    out->shares |= name.shared;
    if (!server && !name.shared && str_eq(name.name, IMAP_META_USE))
        return use_of(cx, call, change.value, out);
    if (server && name.shared)
        out->shared[out->shared_count++] = change;
    else
        out->own[out->own_count++] = change;
    return OK;
}

static enum code entries(struct ctx *cx, const struct imap_session *s, struct imap_call *call,
                         struct cur *c, bool server, struct setting *out)
{
    out->own = ARENA_ARRAY(cx->arena, IMAP_META_ENTRIES_MAX, struct annotation_change);
    out->shared = ARENA_ARRAY(cx->arena, IMAP_META_ENTRIES_MAX, struct annotation_change);
    if (!imap_sp(c) || !cur_char(c, '('))
        return fail(cx, E_SYNTAX, "entries in brackets expected");
    size_t count = 0;
    do {
        if (count++ == IMAP_META_ENTRIES_MAX)
            return fail(cx, E_LIMIT, "more than %d entries", IMAP_META_ENTRIES_MAX);
        TRY(entry(cx, s, call, c, server, out));
    } while (imap_sp(c));
    if (!cur_char(c, ')') || !cur_end(c))
        return fail(cx, E_SYNTAX, "closing bracket expected");
    return OK;
}

static enum code set_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct setting *x = arg;
    TRY(annotation_set(cx, t, &x->owner, x->own, x->own_count));
    return x->uses ? folder_set_role(cx, t, (folder_id)x->owner.id, x->use) : OK;
}

/* What the store has refused, in the words of RFC 5464 section 4.3 and RFC 6154 section 4. */
static enum code refused(const struct setting *x, struct imap_call *call, enum code code)
{
    if (code == E_LIMIT)
        call->response = STR("METADATA TOOMANY");
    if ((code == E_EXISTS || code == E_DENIED) && x->uses) {
        call->response = STR("USEATTR");
        call->said = STR("Another mailbox has this use, or this one keeps its own");
    }
    return code;
}

/* Everybody reads the server's; who sets it administers the forest. */
static enum code set_server(struct ctx *cx, const struct imap_session *s, const struct setting *x)
{
    struct principal me;
    if (!x->shared_count)
        return OK;
    TRY(directory_may_administer(cx, s->env->core, s->reader, 0));
    TRY(directory_by_id(cx, s->env->core, s->reader, &me));
    struct buf names = buf_of(cx->arena, (size_t)IMAP_META_ENTRIES_MAX * (ANNOTATION_NAME_MAX + 1));
    for (size_t i = 0; i < x->shared_count; i++) {
        if (i)
            buf_byte(&names, ' ');
        buf_add(&names, x->shared[i].name);
    }
    struct audit_entry note = {.at_ms = cx->now_ms,
                               .actor = me.address,
                               .act = STR("metadata.set"),
                               .object = STR("server"),
                               .detail = buf_str(&names)};
    TRY(audit_add(cx, s->env->core, &note));
    return annotation_server_set(cx, s->env->core, x->shared, x->shared_count);
}

static enum code set_box(struct ctx *cx, const struct imap_session *s, struct str name,
                         struct setting *x, account_id *account)
{
    struct imap_box *box AUTO(imap_box_close) = NULL;
    TRY(imap_box_open(cx, s, name, 0, &box));
    TRY(imap_meta_may(cx, box->rights));
    if (x->shares)
        TRY(imap_rights_check(cx, box->rights, RIGHT_WRITE));
    if (x->uses && box->account != s->account)
        return fail(cx, E_DENIED, "uses are for one's own mailboxes");
    x->owner = (struct annotation_owner){.class = ANNOTATION_OF_FOLDER, .id = box->folder->id};
    *account = box->account;
    return OK;
}

/* RFC 5464 section 4.3. */
enum code imap_setmetadata(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct cur c = call->arg;
    struct str name;
    struct setting x = {.owner.class = ANNOTATION_OF_ACCOUNT};
    account_id account = s->account;
    TRY(imap_mailbox(cx, s, &c, &name));
    TRY(entries(cx, s, call, &c, !name.n, &x));
    if (name.n)
        TRY(set_box(cx, s, name, &x, &account));
    enum code code = set_server(cx, s, &x);
    if (code == OK && (x.own_count || x.uses))
        code = account_update(cx, s->env->core, account, set_in, &x);
    return refused(&x, call, code);
}
