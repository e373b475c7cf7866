/* Where copies of a message go in its mailbox. */
#include "core/folder.h"
#include "format/summary.h"
#include "format/utf8.h"
#include "service/filter/calendar.h"

struct making {
    struct str path;
};

static enum code folder_make_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct making *m = arg;
    folder_id id;
    enum code code = folder_create(cx, t, m->path, KIND_MAIL, ROLE_NONE, &id);
    if (code == E_EXISTS)
        return OK; /* somebody else has made it */
    TRY(code);
    return folder_subscribe(cx, t, id, true);
}

/* RFC 5490 section 3.2; what cannot be made is as what is not there. */
static enum code folder_make(struct filtering *x, struct str path)
{
    struct account_view *now = NULL;
    struct making m = {path};
    enum code code = account_update(x->cx, x->f->core, x->to->account, folder_make_in, &m);
    if (code != OK)
        return code == E_IO || code == E_BUSY ? code : OK;
    TRY(account_view_get(x->cx, x->f->core, x->to->account, &now));
    account_view_unref(x->view);
    x->view = now;
    return OK;
}

enum code place_find(struct filtering *x, const struct sieve_place *place, folder_id *out)
{
    const struct folder_facts *f = NULL;
    if (place->mailbox_id.n)
        f = folder_named(x, SIEVE_BY_ID, place->mailbox_id);
    if (!f && place->special_use.n)
        f = folder_named(x, SIEVE_BY_SPECIAL_USE, place->special_use);
    if (!f && place->folder.n)
        f = folder_named(x, SIEVE_BY_NAME, place->folder);
    if (!f && place->create && place->folder.n) {
        TRY(folder_make(x, place->folder));
        f = folder_named(x, SIEVE_BY_NAME, place->folder);
    }
    *out = f ? f->id : x->to->inbox;
    return OK;
}

void flags_set(struct filtering *x, const struct sieve_list *flags, struct filter_copy *out)
{
    static const struct {
        const char *name;
        uint32_t flag;
    } system[] = {{"\\Seen", FLAG_SEEN},
                  {"\\Answered", FLAG_ANSWERED},
                  {"\\Flagged", FLAG_FLAGGED},
                  {"\\Deleted", FLAG_DELETED},
                  {"\\Draft", FLAG_DRAFT}};
    struct str *words = ARENA_ARRAY(x->cx->arena, flags->count + 1, struct str);
    size_t n = 0;
    for (size_t i = 0; i < flags->count; i++) {
        struct str word = flags->at[i];
        uint32_t flag = 0;
        for (size_t k = 0; k < sizeof system / sizeof *system; k++)
            if (str_ieq(word, str_z(system[k].name)))
                flag = system[k].flag;
        out->flags |= flag;
        if (!flag && word.n && word.n <= ITEM_KEYWORD_MAX && word.p[0] != '\\')
            words[n++] = word;
    }
    out->keywords = (struct sieve_list){words, n};
}

/* The same message twice in one folder is one, with all flags. */
static struct filter_copy *same_place(struct filter_plan *plan, folder_id folder)
{
    for (size_t i = 0; i < plan->copy_count; i++)
        if (plan->copies[i].folder == folder && !plan->copies[i].blob)
            return &plan->copies[i];
    return NULL;
}

enum code copy_add(struct filtering *x, folder_id folder, const struct sieve_place *place,
                   struct str bytes, bool is_own)
{
    struct filter_plan *plan = x->plan;
    struct filter_copy new = {.folder = folder, .is_own = is_own};
    if (place->flags_set)
        flags_set(x, &place->flags, &new);
    struct filter_copy *same = bytes.p ? NULL : same_place(plan, folder);
    if (same) {
        same->flags |= new.flags;
        if (!same->keywords.count)
            same->keywords = new.keywords;
        return OK;
    }
    if (plan->copy_count == FILTER_COPIES_MAX)
        return fail(x->cx, E_LIMIT, "scripts want more than %d copies", FILTER_COPIES_MAX);
    if (bytes.p) {
        TRY(blob_of(x, bytes, &new.blob));
        TRY(summary_make(x->cx, bytes, &new.summary));
    }
    plan->copies = arena_grow(x->cx->arena, plan->copies, plan->copy_count * sizeof *plan->copies,
                              (plan->copy_count + 1) * sizeof *plan->copies);
    plan->copies[plan->copy_count++] = new;
    return OK;
}

/* Each copy has a delivery id of its own, where the message has one. */
static struct item_new item_of(struct ctx *cx, const struct filter_copy *copy, size_t n,
                               const struct item_new *item)
{
    struct item_new new = *item;
    new.folder = copy->folder;
    new.flags = copy->flags;
    new.keywords = copy->keywords.at;
    new.keyword_count = copy->keywords.count;
    if (copy->blob) {
        new.blob = copy->blob;
        new.summary = copy->summary;
    }
    if (copy->is_own)
        new.trace = (struct str){0};
    if (n && item->delivery_id.n)
        new.delivery_id =
            str_printf(cx->arena, "%.*s/%zu",
                       STR_ARG(str_sub(item->delivery_id, 0, ITEM_DELIVERY_ID_MAX - 8)), n);
    return new;
}

enum code filter_plan_apply(struct ctx *cx, struct account_txn *t, const struct filter_plan *plan,
                            const struct item_new *item, folder_id inbox,
                            struct item_placed *placed)
{
    for (size_t i = 0; i < plan->copy_count; i++) {
        struct item_new new = item_of(cx, &plan->copies[i], i, item);
        enum code code = item_add(cx, t, &new, placed);
        if (code == E_NOT_FOUND && new.folder != inbox) {
            new.folder = inbox; /* its folder went away meanwhile */
            code = item_add(cx, t, &new, placed);
        }
        if (code == E_LIMIT && new.keyword_count) {
            new.keyword_count = 0; /* the folder knows too many keywords */
            code = item_add(cx, t, &new, placed);
        }
        if (code != E_EXISTS)
            TRY(code);
    }
    TRY(calendar_carry_out(cx, t, plan));
    for (size_t i = 0; i < plan->memory_count; i++) {
        const struct filter_memory *m = &plan->memories[i];
        TRY(script_remember(cx, t, m->kind, m->key, m->seconds));
    }
    return OK;
}
