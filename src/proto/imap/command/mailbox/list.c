#include "proto/imap/mailbox/list.h"
#include "core/rights.h"
#include "proto/imap/command/handlers.h"
#include "proto/imap/mailbox/acl.h"
#include "proto/imap/mailbox/mailbox.h"
#include "proto/imap/metadata/metadata.h"
#include "proto/imap/status.h"
#include "proto/imap/wire/parse.h"

enum option {
    SELECT_SUBSCRIBED = 1,
    SELECT_REMOTE = 2, /* those on other servers as well */
    SELECT_RECURSIVE = 4,
    SELECT_SPECIAL_USE = 8,
    RETURN_SUBSCRIBED = 16,
    RETURN_CHILDREN = 32,    /* always told */
    RETURN_SPECIAL_USE = 64, /* always told */
    RETURN_STATUS = 128,
    RETURN_MYRIGHTS = 256, /* RFC 8440 */
    RETURN_METADATA = 512, /* RFC 9590 */
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
    {STR("MYRIGHTS"), RETURN_MYRIGHTS},
    {STR("METADATA"), RETURN_METADATA},
    {{0}, 0},
};

struct query {
    uint32_t options, status;
    struct imap_patterns patterns;
    struct imap_meta_query *metadata;
    bool extended;
};

static uint32_t option_bit(const struct option_row *rows, struct str name)
{
    for (; rows->name.p; rows++)
        if (str_ieq(rows->name, name))
            return rows->bit;
    return 0;
}

/* What follows the name of an option. */
static enum code option_arguments(struct ctx *cx, struct imap_session *s, struct cur *c,
                                  uint32_t bit, struct query *q)
{
    if (bit != RETURN_STATUS && bit != RETURN_METADATA)
        return OK;
    if (!imap_sp(c))
        return fail(cx, E_SYNTAX, "%s expected", bit == RETURN_STATUS ? "status items" : "entries");
    if (bit == RETURN_STATUS)
        return imap_status_items(cx, s, c, &q->status);
    q->metadata = ARENA_NEW(cx->arena, struct imap_meta_query);
    q->metadata->size_max = UINT64_MAX;
    return imap_meta_names(cx, c, &q->metadata->names);
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
        TRY(option_arguments(cx, s, c, bit, q));
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
static bool is_selected(const struct imap_entry *e, uint32_t options)
{
    if (options & SELECT_SUBSCRIBED)
        return e->subscribed && (!(options & SELECT_SPECIAL_USE) || imap_entry_use(e).n > 0);
    return e->folder && (!(options & SELECT_SPECIAL_USE) || imap_entry_use(e).n > 0);
}

static bool any_below(const struct imap_entries *all, const struct imap_entry *e, uint32_t options)
{
    struct imap_below below = imap_entries_below(all, e->name);
    for (size_t i = below.first; i < below.end; i++)
        if (is_selected(all->sorted[i], options))
            return true;
    return false;
}

/* Names of subscriptions that are gone are nobody's children. */
static bool has_children(const struct imap_entries *all, const struct imap_entry *e)
{
    struct imap_below below = imap_entries_below(all, e->name);
    for (size_t i = below.first; i < below.end; i++)
        if (all->sorted[i]->folder)
            return true;
    return false;
}

static void put_attribute(struct buf *out, char *before, struct str name)
{
    buf_byte(out, *before);
    buf_add(out, name);
    *before = ' ';
}

static void put_attributes(struct imap_call *call, const struct query *q,
                           const struct imap_entries *all, const struct imap_entry *e)
{
    struct buf *out = &call->text;
    struct str use = imap_entry_use(e);
    bool lost = !e->folder && e->subscribed;
    char before = '(';
    if ((q->options & (SELECT_SUBSCRIBED | RETURN_SUBSCRIBED)) && e->subscribed)
        put_attribute(out, &before, STR("\\Subscribed"));
    if (!e->folder) /* RFC 5258 section 3; clients of RFC 3501 know the other word */
        put_attribute(out, &before, q->extended ? STR("\\NonExistent") : STR("\\Noselect"));
    if (has_children(all, e))
        put_attribute(out, &before, STR("\\HasChildren"));
    else if (!lost)
        put_attribute(out, &before, STR("\\HasNoChildren"));
    if (e->remote && q->extended) /* RFC 5258 section 3.1 */
        put_attribute(out, &before, STR("\\Remote"));
    if (use.n)
        put_attribute(out, &before, use);
    buf_byte(out, ')');
}

static void put_row(struct ctx *cx, const struct imap_session *s, struct imap_call *call,
                    const struct query *q, const struct imap_entries *all,
                    const struct imap_entry *e)
{
    imap_say(call, STR("* LIST "));
    put_attributes(call, q, all, e);
    imap_say(call, STR(" \"/\" "));
    imap_mailbox_put(cx, s, &call->text, e->name);
    if ((q->options & SELECT_RECURSIVE) && any_below(all, e, q->options))
        imap_say(call, q->options & SELECT_SUBSCRIBED ? STR(" (\"CHILDINFO\" (\"SUBSCRIBED\"))")
                                                      : STR(" (\"CHILDINFO\" (\"SPECIAL-USE\"))"));
    imap_say(call, STR("\r\n"));
}

/* What does not exist is told as a level above what does, where levels were asked for. */
static bool is_wanted(const struct query *q, const struct imap_entries *all,
                      const struct imap_entry *e)
{
    if (!imap_patterns_match(&q->patterns, e->name))
        return false;
    if ((q->options & SELECT_RECURSIVE) && any_below(all, e, q->options))
        return true;
    bool narrowed = q->options & (SELECT_SUBSCRIBED | SELECT_SPECIAL_USE);
    if (!e->folder && !narrowed)
        return has_children(all, e) && imap_patterns_match_level(&q->patterns, e->name);
    return is_selected(e, q->options);
}

static enum code put_metadata(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                              const struct query *q, const struct imap_entry *e)
{
    struct imap_box box = {e->account, e->view, e->folder, e->name, e->rights};
    struct imap_meta_of of = {.box = &box, .name = e->name};
    return imap_meta_put(cx, s, call, &of, q->metadata);
}

static enum code put_all(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                         const struct query *q, const struct imap_entries *all)
{
    for (size_t i = 0; i < all->count; i++) {
        const struct imap_entry *e = all->at[i];
        if (!is_wanted(q, all, e))
            continue;
        put_row(cx, s, call, q, all, e);
        if ((q->options & RETURN_MYRIGHTS) && e->folder)
            imap_myrights_put(cx, s, call, e->name, e->rights);
        if ((q->options & RETURN_STATUS) && (e->rights & RIGHT_READ) && !e->remote) {
            struct imap_box box = {e->account, e->view, e->folder, e->name, e->rights};
            TRY(imap_status_put(cx, s, call, &box, q->status));
        }
        if (q->metadata && e->folder && imap_meta_may(cx, e->rights) == OK)
            TRY(put_metadata(cx, s, call, q, e));
    }
    return OK;
}

static enum code list(struct ctx *cx, struct imap_session *s, struct imap_call *call, bool remote)
{
    struct query q = {0};
    TRY(parse(cx, s, call->arg, &q));
    if (remote && q.extended)
        return fail(cx, E_SYNTAX, "RLIST has no options");
    q.patterns.remote = remote || (q.options & SELECT_REMOTE);
    if (!q.extended && q.patterns.is_empty) { /* asks for the delimiter */
        imap_say(call, STR("* LIST (\\Noselect) \"/\" \"\"\r\n"));
        return OK;
    }
    struct imap_entries *all AUTO(imap_entries_close) = NULL;
    TRY(imap_entries_open(cx, s, &q.patterns, &all));
    return put_all(cx, s, call, &q, all);
}

/* RFC 9051 section 6.3.9, RFC 5258, RFC 5819, RFC 6154. */
enum code imap_list(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    return list(cx, s, call, false);
}

/* RFC 2193 section 5.1. */
enum code imap_rlist(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    return list(cx, s, call, true);
}
