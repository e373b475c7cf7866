/* Email/set (RFC 8621 section 4.6): keywords, mailboxes, destroying. All of a call is one commit,
   or as few as fit. */
#include "proto/jmap/email/set.h"
#include "core/item.h"
#include "proto/jmap/email/event.h"
#include "proto/jmap/email/make.h"
#include "proto/jmap/email/shown.h"

/* What is wanted of one email. */
struct wish {
    struct jmap_email_place at;
    struct jmap_keywords set, add, remove;
    bool sets;                 /* all keywords are given */
    folder_id to;              /* 0: it stays */
    struct item_placed placed; /* where it came to */
};

static bool keyword_char(char c)
{
    return c > ' ' && c <= '~' && str_chr(STR("(){]%*\"\\"), c) == SIZE_MAX;
}

bool jmap_keyword_add(struct ctx *cx, struct jmap_keywords *all, struct str name)
{
    for (size_t i = 0; i < name.n; i++)
        if (!keyword_char(name.p[i]))
            return false;
    if (!name.n || name.n > ITEM_KEYWORD_MAX || all->count == FOLDER_KEYWORDS_MAX)
        return false;
    for (size_t i = 0; i < JMAP_FLAGS; i++)
        if (str_ieq(jmap_flags[i].name, name)) {
            all->flags |= jmap_flags[i].flag;
            return true;
        }
    if (!all->at)
        all->at = ARENA_ARRAY(cx->arena, FOLDER_KEYWORDS_MAX, struct str);
    all->at[all->count++] = str_lower(cx->arena, name);
    return true;
}

bool jmap_keywords_of(struct ctx *cx, const struct json_tree *set, struct jmap_keywords *out)
{
    for (size_t i = 0; set && i < set->count; i++)
        if (!jmap_keyword_add(cx, out, set->names[i]))
            return false;
    return true;
}

static enum code take_keywords(struct ctx *cx, struct jmap_set_one *x, struct wish *w)
{
    bool good = true;
    for (size_t i = 0; i < x->patch_count && good; i++) {
        const struct jmap_patch *p = &x->patches[i];
        if (!str_eq(p->property, STR("keywords")))
            continue;
        if (!p->depth) {
            w->sets = true;
            good = jmap_keywords_of(cx, p->value, &w->set);
        } else {
            bool off = p->value->kind == TREE_NULL;
            good = jmap_keyword_add(cx, off ? &w->remove : &w->add, p->path[0]);
        }
    }
    return good ? OK : jmap_set_invalid(cx, x, STR("keywords"), "not a keyword");
}

static bool has_name(const struct jmap_keywords *all, struct str name)
{
    for (size_t i = 0; i < all->count; i++)
        if (str_ieq(all->at[i], name))
            return true;
    return false;
}

/* What differs from the email as it is: flags, and keywords, of which there is room for twice
   FOLDER_KEYWORDS_MAX. */
static uint32_t difference(const struct wish *w, struct str *keywords, size_t *count)
{
    const struct jmap_email_place *at = &w->at;
    uint32_t all = FLAG_SEEN | FLAG_ANSWERED | FLAG_FLAGGED | FLAG_DRAFT;
    uint32_t flags = w->sets ? w->set.flags : (at->flags | w->add.flags) & ~w->remove.flags;
    const struct jmap_keywords *on = w->sets ? &w->set : &w->add;
    *count = 0;
    for (size_t i = 0; i < on->count; i++)
        if (!has_name(&at->keywords, on->at[i]))
            keywords[(*count)++] = on->at[i];
    for (size_t i = 0; i < at->keywords.count; i++)
        if (w->sets ? !has_name(&w->set, at->keywords.at[i])
                    : has_name(&w->remove, at->keywords.at[i]))
            keywords[(*count)++] = at->keywords.at[i];
    return (flags ^ at->flags) & all;
}

static enum code may_mark(struct jmap_call *call, struct jmap_set_one *x, const struct wish *w)
{
    uint32_t rights = jmap_rights(call, w->at.folder), needed = 0;
    struct str keywords[2 * FOLDER_KEYWORDS_MAX];
    size_t count;
    uint32_t flags = difference(w, keywords, &count);
    needed |= flags & FLAG_SEEN ? RIGHT_SEEN : 0;
    needed |= flags & ~(uint32_t)FLAG_SEEN || count ? RIGHT_WRITE : 0;
    if ((rights & needed) != needed)
        return jmap_set_refuse(x, "forbidden", "these keywords may not be set");
    return OK;
}

enum code jmap_one_mailbox(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x,
                           folder_id *out)
{
    const struct json_tree *boxes = json_tree_member(x->values, STR("mailboxIds"));
    if (!boxes || !boxes->count)
        return jmap_set_invalid(cx, x, STR("mailboxIds"), "it must lie in a mailbox");
    if (boxes->count > 1)
        return jmap_set_refuse(x, "tooManyMailboxes", "an email lies in one mailbox");
    if (!jmap_mailbox_of(call, boxes->names[0], out) || !jmap_folder(call, *out, 0))
        return jmap_set_invalid(cx, x, STR("mailboxIds"), "no such mailbox");
    return OK;
}

/* RFC 8621 section 2: mayRemoveItems here, mayAddItems there. */
static enum code take_mailbox(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x,
                              struct wish *w)
{
    folder_id to = 0;
    if (!json_tree_member(x->values, STR("mailboxIds")))
        return OK;
    TRY(jmap_one_mailbox(cx, call, x, &to));
    if (x->error || to == w->at.folder)
        return OK;
    if (!jmap_folder(call, w->at.folder, RIGHT_DELETE | RIGHT_EXPUNGE) ||
        !jmap_folder(call, to, RIGHT_INSERT))
        return jmap_set_refuse(x, "forbidden", "it may not be moved there");
    w->to = to;
    return OK;
}

static enum code update(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x)
{
    struct wish *w = ARENA_NEW(cx->arena, struct wish);
    jmap_email_place(cx, x->object, &w->at);
    x->own = w;
    TRY(take_keywords(cx, x, w));
    TRY(take_mailbox(cx, call, x, w));
    return x->error ? OK : may_mark(call, x, w);
}

static enum code destroy(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x)
{
    struct wish *w = ARENA_NEW(cx->arena, struct wish);
    jmap_email_place(cx, x->object, &w->at);
    x->own = w;
    if (!jmap_folder(call, w->at.folder, RIGHT_DELETE | RIGHT_EXPUNGE))
        return jmap_set_refuse(x, "forbidden", "it may not be removed");
    return OK;
}

/* As many as one commit takes. */
struct run {
    struct jmap_set_one *const *at;
    size_t count;
    principal_id reader;
    bool own;
    bool *missing; /* moved or removed by somebody else meanwhile */
};

/* IMAP's \Deleted is nobody's keyword: it stays. */
static enum code mark(struct ctx *cx, struct account_txn *t, const struct run *r,
                      const struct wish *w, enum flag_change how)
{
    const struct jmap_keywords *k = how == FLAGS_SET   ? &w->set
                                    : how == FLAGS_ADD ? &w->add
                                                       : &w->remove;
    struct item_flags change = {.how = how,
                                .flags = k->flags,
                                .keywords = k->at,
                                .keyword_count = k->count,
                                .unchanged_since = UINT64_MAX,
                                .reader = r->reader,
                                .kept = FLAG_DELETED};
    bool changed;
    uint64_t modseq;
    if (how != FLAGS_SET && !k->flags && !k->count)
        return OK;
    return item_set_flags(cx, t, w->at.folder, w->at.uid, &change, &changed, &modseq);
}

/* As read as it was for this reader. */
static enum code move(struct ctx *cx, struct account_txn *t, const struct run *r, struct wish *w)
{
    bool changed;
    uint64_t modseq;
    uint32_t seen = w->sets ? w->set.flags : (w->at.flags | w->add.flags) & ~w->remove.flags;
    TRY(item_move(cx, t, w->at.folder, w->at.uid, w->to, cx->now_ms, &w->placed));
    if (r->own)
        return OK;
    struct item_seen to = {r->reader, w->placed.folder, w->placed.uid, seen & FLAG_SEEN};
    return item_set_seen_for(cx, t, &to, &changed, &modseq);
}

static enum code apply(struct ctx *cx, struct account_txn *t, const struct run *r,
                       const struct jmap_set_one *x)
{
    struct wish *w = x->own;
    if (x->act == JMAP_DESTROY)
        return item_remove(cx, t, w->at.folder, w->at.uid, cx->now_ms);
    if (w->sets)
        TRY(mark(cx, t, r, w, FLAGS_SET));
    TRY(mark(cx, t, r, w, FLAGS_ADD));
    TRY(mark(cx, t, r, w, FLAGS_REMOVE));
    return w->to ? move(cx, t, r, w) : OK;
}

/* uids may have another item by now: never so, they are not used again. */
static enum code apply_run(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct run *r = arg;
    for (size_t i = 0; i < r->count; i++) {
        enum code code = apply(cx, t, r, r->at[i]);
        r->missing[i] = code == E_NOT_FOUND;
        if (code != E_NOT_FOUND)
            TRY(code);
    }
    return OK;
}

static void settle(struct jmap_set_one *x, enum code code)
{
    const struct wish *w = x->own;
    bool names = w->add.count || w->set.count || w->to;
    if (code == E_LIMIT && names)
        x->error = "tooManyKeywords";
    if (code == E_NOT_FOUND)
        x->again = true;
}

/* One by one where all at once is too much, and on with more. */
static enum code run_all(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *const *all,
                         size_t count)
{
    size_t most = count;
    struct run r = {.reader = call->who->who.id, .own = call->own};
    r.missing = ARENA_ARRAY(cx->arena, count + 1, bool);
    for (size_t from = 0; from < count; from += r.count) {
        r.at = all + from;
        r.count = count - from < most ? count - from : most;
        enum code code = jmap_commit(cx, call, apply_run, &r);
        if (code == E_LIMIT && r.count > 1) {
            most = r.count / 2;
            r.count = 0;
            continue;
        }
        if (code != OK && code != E_LIMIT)
            return code;
        for (size_t i = 0; i < r.count; i++) {
            settle(r.at[i], r.missing[i] ? E_NOT_FOUND : code);
            jmap_set_fail(cx, r.at[i], r.missing[i] ? OK : code);
        }
        most *= 2;
    }
    return OK;
}

/* Somebody else has moved it: it is looked for once more. */
static enum code look_again(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *x)
{
    x->again = false;
    enum code code = call->method->type->find(cx, call, x->id, &x->object);
    if (code != OK)
        return code;
    return x->act == JMAP_UPDATE ? update(cx, call, x) : destroy(cx, call, x);
}

static enum code commit(struct ctx *cx, struct jmap_call *call, struct jmap_set_one *const *all,
                        size_t count)
{
    struct jmap_set_one **left = ARENA_ARRAY(cx->arena, count + 1, struct jmap_set_one *);
    size_t left_count = 0;
    TRY(run_all(cx, call, all, count));
    for (size_t i = 0; i < count; i++)
        if (all[i]->again)
            left[left_count++] = all[i];
    if (!left_count)
        return OK;
    size_t found = 0;
    TRY(jmap_refresh(cx, call));
    for (size_t i = 0; i < left_count; i++) {
        jmap_set_fail(cx, left[i], look_again(cx, call, left[i]));
        if (!left[i]->error)
            left[found++] = left[i];
    }
    TRY(run_all(cx, call, left, found));
    for (size_t i = 0; i < found; i++)
        if (left[i]->again)
            jmap_set_fail(cx, left[i], E_NOT_FOUND);
    return OK;
}

/* What was moved is new in its mailbox; else the flags have changed. False: nothing has. */
static bool touched_of(struct ctx *cx, const struct wish *w, struct jmap_touched *out)
{
    struct str keywords[2 * FOLDER_KEYWORDS_MAX];
    size_t count;
    if (w->to) {
        *out = (struct jmap_touched){CAUSE_COPY, w->placed.folder, w->placed.uid, {0}};
        return true;
    }
    uint32_t flags = difference(w, keywords, &count);
    *out = (struct jmap_touched){CAUSE_FLAG, w->at.folder, w->at.uid,
                                 filter_event_flags(cx->arena, flags, keywords, count)};
    return out->flags.count > 0;
}

static enum code finish(struct ctx *cx, struct jmap_call *call, const struct jmap_set_one *all,
                        size_t count)
{
    const struct jmap_touched **list =
        ARENA_ARRAY(cx->arena, count + 1, const struct jmap_touched *);
    struct jmap_touched *changes = ARENA_ARRAY(cx->arena, count + 1, struct jmap_touched);
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        const struct jmap_set_one *x = &all[i];
        if (x->error || x->twice || !x->own)
            continue;
        if (x->act == JMAP_CREATE)
            list[n++] = x->own;
        else if (x->act == JMAP_UPDATE && touched_of(cx, x->own, &changes[i]))
            list[n++] = &changes[i];
    }
    jmap_email_events(cx, call, list, n);
    return OK;
}

static const struct jmap_settable settable[] = {
    {STR("mailboxIds"), JMAP_ALWAYS, JMAP_IS_IDS},
    {STR("keywords"), JMAP_ALWAYS, JMAP_IS_SET | JMAP_OR_EMPTY},
    {STR("receivedAt"), JMAP_ONCE, JMAP_IS_TEXT | JMAP_IS_NULL},
    {STR("messageId"), JMAP_ONCE, JMAP_IS_LIST | JMAP_IS_NULL},
    {STR("inReplyTo"), JMAP_ONCE, JMAP_IS_LIST | JMAP_IS_NULL},
    {STR("references"), JMAP_ONCE, JMAP_IS_LIST | JMAP_IS_NULL},
    {STR("sender"), JMAP_ONCE, JMAP_IS_LIST | JMAP_IS_NULL},
    {STR("from"), JMAP_ONCE, JMAP_IS_LIST | JMAP_IS_NULL},
    {STR("to"), JMAP_ONCE, JMAP_IS_LIST | JMAP_IS_NULL},
    {STR("cc"), JMAP_ONCE, JMAP_IS_LIST | JMAP_IS_NULL},
    {STR("bcc"), JMAP_ONCE, JMAP_IS_LIST | JMAP_IS_NULL},
    {STR("replyTo"), JMAP_ONCE, JMAP_IS_LIST | JMAP_IS_NULL},
    {STR("subject"), JMAP_ONCE, JMAP_IS_TEXT | JMAP_IS_NULL},
    {STR("sentAt"), JMAP_ONCE, JMAP_IS_TEXT | JMAP_IS_NULL},
    {STR("bodyStructure"), JMAP_ONCE, JMAP_IS_OBJECT},
    {STR("bodyValues"), JMAP_ONCE, JMAP_IS_OBJECT},
    {STR("textBody"), JMAP_ONCE, JMAP_IS_LIST},
    {STR("htmlBody"), JMAP_ONCE, JMAP_IS_LIST},
    {STR("attachments"), JMAP_ONCE, JMAP_IS_LIST},
};

const struct str jmap_email_told[JMAP_EMAIL_TOLD] = {STR("blobId"), STR("threadId"), STR("size")};

/* Which fields there can be is asked when they are written. */
static bool takes(struct str name)
{
    return str_starts(name, STR("header:"));
}

const struct jmap_setter jmap_email_setter = {
    .rows = settable,
    .count = sizeof settable / sizeof *settable,
    .takes = takes,
    .prepare = jmap_asked_read, /* bodies are written when a patch repeats them */
    .create = jmap_email_create,
    .update = update,
    .destroy = destroy,
    .commit = commit,
    .finish = finish,
    .told = jmap_email_told,
    .told_count = JMAP_EMAIL_TOLD,
};
