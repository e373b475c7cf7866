#include "proto/imap/mailbox/list.h"
#include "core/rights.h"
#include "proto/imap/command/handlers.h"
#include "proto/imap/mailbox/mailbox.h"
#include "proto/imap/status.h"
#include "proto/imap/wire/parse.h"

enum option {
    SELECT_SUBSCRIBED = 1,
    SELECT_REMOTE = 2, /* there are none; so it changes nothing */
    SELECT_RECURSIVE = 4,
    SELECT_SPECIAL_USE = 8,
    RETURN_SUBSCRIBED = 16,
    RETURN_CHILDREN = 32,    /* always told */
    RETURN_SPECIAL_USE = 64, /* always told */
    RETURN_STATUS = 128,
};

struct option_row {
    struct str name;
    enum option bit;
};

static const struct option_row select_options[] = {
    {STR("SUBSCRIBED"), SELECT_SUBSCRIBED},
    {STR("REMOTE"), SELECT_REMOTE},
    {STR("RECURSIVEMATCH"), SELECT_RECURSIVE},
    {STR("SPECIAL-USE"), SELECT_SPECIAL_USE},
    {{0}, 0},
};
static const struct option_row return_options[] = {
    {STR("SUBSCRIBED"), RETURN_SUBSCRIBED},
    {STR("CHILDREN"), RETURN_CHILDREN},
    {STR("SPECIAL-USE"), RETURN_SPECIAL_USE},
    {STR("STATUS"), RETURN_STATUS},
    {{0}, 0},
};

struct query {
    uint32_t options, status;
    struct imap_patterns patterns;
    bool extended;
};

static uint32_t option_bit(const struct option_row *rows, struct str name)
{
    for (; rows->name.p; rows++)
        if (str_ieq(rows->name, name))
            return rows->bit;
    return 0;
}

/* "(" [option *(SP option)] ")" */
static enum code options(struct ctx *cx, struct imap_session *s, struct cur *c,
                         const struct option_row *rows, struct query *q)
{
    if (!cur_char(c, '('))
        return fail(cx, E_SYNTAX, "options in brackets expected");
    if (cur_char(c, ')'))
        return OK;
    do {
        struct str name;
        uint32_t bit = imap_atom(c, &name) ? option_bit(rows, name) : 0;
        if (!bit)
            return fail(cx, E_SYNTAX, "no such option of LIST");
        q->options |= bit;
        if (bit == RETURN_STATUS) {
            if (!imap_sp(c))
                return fail(cx, E_SYNTAX, "status items expected");
            TRY(imap_status_items(cx, s, c, &q->status));
        }
    } while (imap_sp(c));
    return cur_char(c, ')') ? OK : fail(cx, E_SYNTAX, "closing bracket expected");
}

static enum code parse(struct ctx *cx, struct imap_session *s, struct cur c, struct query *q)
{
    struct str reference;
    if (cur_peek(&c) == '(') {
        q->extended = true;
        TRY(options(cx, s, &c, select_options, q));
        if (!imap_sp(&c))
            return fail(cx, E_SYNTAX, "reference expected");
        bool base = q->options & (SELECT_SUBSCRIBED | SELECT_SPECIAL_USE);
        if ((q->options & SELECT_RECURSIVE) && !base)
            return fail(cx, E_SYNTAX, "RECURSIVEMATCH wants another option beside it");
    }
    TRY(imap_mailbox(cx, s, &c, &reference));
    if (!imap_sp(&c))
        return fail(cx, E_SYNTAX, "pattern expected");
    q->extended |= cur_peek(&c) == '(';
    TRY(imap_patterns_parse(cx, s, &c, reference, &q->patterns));
    if (cur_word(&c, STR(" RETURN "))) {
        q->extended = true;
        TRY(options(cx, s, &c, return_options, q));
    }
    return cur_end(&c) ? OK : fail(cx, E_SYNTAX, "more after the pattern");
}

/* The selection options other than RECURSIVEMATCH. */
static bool is_selected(const struct folder_facts *f, uint32_t options)
{
    if ((options & SELECT_SUBSCRIBED) && !f->subscribed)
        return false;
    return !(options & SELECT_SPECIAL_USE) || role_row(f->role)->special_use.n > 0;
}

static bool any_below(const struct imap_folders *all, const struct folder_facts *f,
                      uint32_t options)
{
    struct imap_below below = imap_folders_below(all, f->path);
    for (size_t i = below.first; i < below.end; i++)
        if (is_selected(all->sorted[i], options))
            return true;
    return false;
}

static void put_attribute(struct buf *out, char *before, struct str name)
{
    buf_byte(out, *before);
    buf_add(out, name);
    *before = ' ';
}

static void put_row(struct ctx *cx, const struct imap_session *s, struct imap_call *call,
                    const struct imap_folders *all, const struct folder_facts *f, uint32_t options)
{
    struct buf *out = &call->text;
    struct imap_below below = imap_folders_below(all, f->path);
    struct str use = role_row(f->role)->special_use;
    char before = '(';
    imap_say(call, STR("* LIST "));
    if ((options & (SELECT_SUBSCRIBED | RETURN_SUBSCRIBED)) && f->subscribed)
        put_attribute(out, &before, STR("\\Subscribed"));
    put_attribute(out, &before,
                  below.first < below.end ? STR("\\HasChildren") : STR("\\HasNoChildren"));
    if (use.n)
        put_attribute(out, &before, use);
    imap_say(call, STR(") \"/\" "));
    imap_mailbox_put(cx, s, out, f->path);
    if ((options & SELECT_RECURSIVE) && any_below(all, f, options))
        imap_say(call, options & SELECT_SUBSCRIBED ? STR(" (\"CHILDINFO\" (\"SUBSCRIBED\"))")
                                                   : STR(" (\"CHILDINFO\" (\"SPECIAL-USE\"))"));
    imap_say(call, STR("\r\n"));
}

static enum code put_all(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                         const struct query *q, struct account_view *v,
                         const struct imap_folders *all)
{
    for (size_t i = 0; i < all->count; i++) {
        const struct folder_facts *f = all->at[i];
        if (!imap_patterns_match(&q->patterns, f->path))
            continue;
        bool parent = (q->options & SELECT_RECURSIVE) && any_below(all, f, q->options);
        if (!parent && !is_selected(f, q->options))
            continue;
        put_row(cx, s, call, all, f, q->options);
        if ((q->options & RETURN_STATUS) &&
            imap_may(&(struct ctx){.arena = cx->arena}, s, s->account, f->id, RIGHT_READ) == OK)
            TRY(imap_status_put(cx, s, call, &(struct imap_box){s->account, v, f, f->path},
                                q->status));
    }
    return OK;
}

/* RFC 9051 section 6.3.9, RFC 5258, RFC 5819, RFC 6154. */
enum code imap_list(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct query q = {0};
    TRY(parse(cx, s, call->arg, &q));
    if (!q.extended && q.patterns.is_empty) { /* asks for the delimiter */
        imap_say(call, STR("* LIST (\\Noselect) \"/\" \"\"\r\n"));
        return OK;
    }
    struct imap_folders all;
    struct account_view *v AUTO(account_view_unref) = NULL;
    TRY(account_view_get(cx, s->env->core, s->account, &v));
    imap_folders_of(cx, s, v, &all);
    return put_all(cx, s, call, &q, v, &all);
}
