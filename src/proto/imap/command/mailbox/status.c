#include "proto/imap/status.h"
#include "core/objectid/objectid.h"
#include "core/rights.h"
#include "proto/imap/command/handlers.h"
#include "proto/imap/wire/parse.h"

enum item {
    MESSAGES = 1,
    UIDNEXT = 2,
    UIDVALIDITY = 4,
    UNSEEN = 8,
    RECENT = 16,
    DELETED = 32,
    SIZE = 64,
    HIGHESTMODSEQ = 128,
    APPENDLIMIT = 256,
    DELETED_STORAGE = 512,
    MAILBOXID = 1024,
};

static const struct {
    struct str name;
    enum item bit;
} items[] = {
    {STR("MESSAGES"), MESSAGES},
    {STR("UIDNEXT"), UIDNEXT},
    {STR("UIDVALIDITY"), UIDVALIDITY},
    {STR("UNSEEN"), UNSEEN},
    {STR("RECENT"), RECENT},
    {STR("DELETED"), DELETED},
    {STR("SIZE"), SIZE},
    {STR("HIGHESTMODSEQ"), HIGHESTMODSEQ},
    {STR("APPENDLIMIT"), APPENDLIMIT},
    {STR("DELETED-STORAGE"), DELETED_STORAGE},
    {STR("MAILBOXID"), MAILBOXID},
};
enum { ITEMS = sizeof items / sizeof *items };

static uint32_t item_bit(struct str name)
{
    for (size_t i = 0; i < ITEMS; i++)
        if (str_ieq(name, items[i].name))
            return items[i].bit;
    return 0;
}

enum code imap_status_items(struct ctx *cx, struct imap_session *s, struct cur *c, uint32_t *out)
{
    struct cur ahead = *c;
    uint32_t bits = 0;
    if (!cur_char(&ahead, '('))
        return fail(cx, E_SYNTAX, "status items in brackets expected");
    do {
        struct str name;
        uint32_t bit = imap_atom(&ahead, &name) ? item_bit(name) : 0;
        if (!bit)
            return fail(cx, E_SYNTAX, "no such status item");
        bits |= bit;
    } while (imap_sp(&ahead));
    if (!cur_char(&ahead, ')'))
        return fail(cx, E_SYNTAX, "closing bracket expected");
    if (bits & HIGHESTMODSEQ)
        s->condstore = true; /* RFC 7162 section 3.1 */
    *out = bits;
    *c = ahead;
    return OK;
}

/* RFC 9208 section 4.1.4: bytes of what is marked. The only item that has to look at messages. */
static enum code deleted_bytes(struct ctx *cx, struct imap_session *s, const struct imap_box *box,
                               uint64_t *out)
{
    const struct folder_facts *f = box->folder;
    *out = 0;
    if (!f->deleted)
        return OK;
    struct view *v AUTO(view_unref) = NULL;
    TRY(view_get(cx, s->env->core, box->account, f->id, s->reader, &v));
    for (uint32_t i = 0; i < view_count(v); i++) {
        struct view_row row = view_at(v, i);
        struct item_row item;
        if (!(row.flags & FLAG_DELETED))
            continue;
        enum code code = item_get(cx, s->env->core, box->account, f->id, row.uid, &item);
        if (code == E_NOT_FOUND)
            continue;
        TRY(code);
        *out += item.size;
    }
    return OK;
}

static uint64_t view_unseen_count(const struct view *v)
{
    return view_unseen(v);
}

/* The folder keeps it for its owner; for other readers their view of it does. */
static enum code of_reader(struct ctx *cx, struct imap_session *s, const struct imap_box *box,
                           uint64_t (*fact)(const struct view *v), uint64_t kept, uint64_t *out)
{
    *out = kept;
    if (box->account == s->reader || !box->folder->per_reader)
        return OK;
    struct view *v AUTO(view_unref) = NULL;
    TRY(view_get(cx, s->env->core, box->account, box->folder->id, s->reader, &v));
    *out = fact(v);
    return OK;
}

static enum code value_of(struct ctx *cx, struct imap_session *s, const struct imap_box *box,
                          enum item item, uint64_t *out)
{
    const struct folder_facts *f = box->folder;
    switch (item) {
    case MESSAGES:
        *out = f->total;
        break;
    case UIDNEXT:
        *out = f->uid_next;
        break;
    case UIDVALIDITY:
        *out = f->uid_validity;
        break;
    case UNSEEN:
        return of_reader(cx, s, box, view_unseen_count, f->unread, out);
    case RECENT: /* whose they are is settled by SELECT alone */
        *out = 0;
        break;
    case DELETED:
        *out = f->deleted;
        break;
    case SIZE:
        *out = f->bytes;
        break;
    case HIGHESTMODSEQ:
        return of_reader(cx, s, box, view_modseq, f->modseq, out);
    case APPENDLIMIT:
        *out = s->env->limits.message_bytes;
        break;
    case DELETED_STORAGE:
        return deleted_bytes(cx, s, box, out);
    case MAILBOXID: /* no number */
        break;
    }
    return OK;
}

enum code imap_status_put(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                          const struct imap_box *box, uint32_t bits)
{
    struct buf *out = &call->text;
    TRY(imap_rights_check(cx, box->rights, RIGHT_READ));
    imap_say(call, STR("* STATUS "));
    imap_mailbox_put(cx, s, out, box->name);
    char before = '(';
    buf_byte(out, ' ');
    for (size_t i = 0; i < ITEMS; i++) {
        uint64_t value = 0;
        if (!(bits & items[i].bit))
            continue;
        TRY(value_of(cx, s, box, items[i].bit, &value));
        buf_byte(out, before);
        buf_add(out, items[i].name);
        buf_byte(out, ' ');
        if (items[i].bit == MAILBOXID) /* RFC 8474 section 4.3 */
            buf_printf(out, "(%.*s)",
                       STR_ARG(objectid_mailbox(cx->arena, box->account, box->folder->id)));
        else
            buf_u64(out, value);
        before = ' ';
    }
    imap_say(call, STR(")\r\n"));
    return OK;
}

enum code imap_status(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct cur c = call->arg;
    struct str path;
    uint32_t bits;
    TRY(imap_mailbox(cx, s, &c, &path));
    if (!imap_sp(&c))
        return fail(cx, E_SYNTAX, "STATUS wants a mailbox and items");
    TRY(imap_status_items(cx, s, &c, &bits));
    if (!cur_end(&c))
        return fail(cx, E_SYNTAX, "more after the items");
    struct imap_box *box AUTO(imap_box_close) = NULL;
    TRY(imap_box_open(cx, s, path, RIGHT_READ, &box));
    return imap_status_put(cx, s, call, box, bits);
}
