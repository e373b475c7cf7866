#include "service/filter/event.h"
#include "base/random.h"
#include "core/annotation/annotation.h"
#include "core/view.h"
#include "service/filter/parts.h"

#define SCRIPT_ENTRY STR("/imapsieve/script")

static bool entry_of(const struct annotations *all, struct str *name)
{
    const struct annotation *a = annotation_find(all, 0, SCRIPT_ENTRY);
    if (a && a->value.n)
        *name = a->value;
    return a && a->value.n;
}

/* RFC 6785 section 2.3.1: the mailbox's own goes before the server's. */
static enum code name_find(struct ctx *cx, struct filters *f, const struct filter_event *e,
                           struct str *name)
{
    const struct annotation_owner owner = {.class = ANNOTATION_OF_FOLDER, .id = e->folder};
    struct account_view *v AUTO(account_view_unref) = NULL;
    struct annotations all;
    uint64_t version;
    TRY(account_view_get(cx, f->core, e->account, &v));
    if (account_facts(v)->annotation_bytes) {
        TRY(annotation_list(cx, f->core, e->account, &owner, 0, &all));
        if (entry_of(&all, name))
            return OK;
    }
    TRY(store_version(cx, f->core->store, SERVER_PART, &version));
    if (version) {
        TRY(annotation_server_list(cx, f->core, &all));
        if (entry_of(&all, name))
            return OK;
    }
    return E_NOT_FOUND;
}

enum code filters_event_script(struct ctx *cx, struct filters *f, const struct filter_event *e,
                               struct blob_id *out)
{
    const struct script_owner owner = {.level = SCRIPT_OF_ACCOUNT, .id = e->account};
    struct script script;
    struct str name;
    TRY(name_find(cx, f, e, &name));
    TRY(script_find(cx, f->core, &owner, name, &script));
    *out = script.text;
    return OK;
}

struct sieve_list filter_event_flags(struct arena *a, uint32_t flags, const struct str *keywords,
                                     size_t count)
{
    static const struct {
        uint32_t flag;
        const char *name;
    } names[] = {{FLAG_SEEN, "\\Seen"},
                 {FLAG_ANSWERED, "\\Answered"},
                 {FLAG_FLAGGED, "\\Flagged"},
                 {FLAG_DELETED, "\\Deleted"},
                 {FLAG_DRAFT, "\\Draft"}};
    struct str *list = ARENA_ARRAY(a, sizeof names / sizeof *names + count, struct str);
    size_t n = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (flags & names[i].flag)
            list[n++] = str_z(names[i].name);
    for (size_t i = 0; i < count; i++)
        list[n++] = str_dup(a, keywords[i]);
    return (struct sieve_list){list, n};
}

/* Those that a message has. */
static enum code flags_of(struct filtering *x, const struct filter_event *e, uint32_t uid)
{
    const struct folder_facts *facts = account_folder_by_id(x->view, e->folder);
    struct view *v AUTO(view_unref) = NULL;
    TRY(view_get(x->cx, x->f->core, e->account, e->folder, 0, &v));
    uint32_t at = view_find(v, uid);
    if (at == UINT32_MAX || !facts)
        return fail(x->cx, E_NOT_FOUND, "the message is gone");
    struct view_row row = view_at(v, at);
    struct str keywords[FOLDER_KEYWORDS_MAX];
    size_t n = 0;
    for (size_t i = 0; i < facts->keyword_count; i++)
        if (row.keywords >> i & 1)
            keywords[n++] = facts->keywords[i];
    x->flags = filter_event_flags(x->cx->arena, row.flags, keywords, n);
    return OK;
}

static struct str without_return_path(struct str trace)
{
    size_t end = str_istarts(trace, STR("Return-Path:")) ? str_chr(trace, '\n') : SIZE_MAX;
    return end == SIZE_MAX ? trace : str_from(trace, end + 1);
}

/* The message as what scripts know: one that came. */
static enum code message_of(struct filtering *x, const struct filter_event *e, uint32_t uid,
                            struct filter_event_plan *out)
{
    struct ctx *cx = x->cx;
    struct str bytes;
    struct blob *blob = NULL;
    TRY(item_get(cx, x->f->core, e->account, e->folder, uid, &out->row));
    TRY(blob_get(cx, x->f->core->store, &out->row.blob, 0, SIZE_MAX, &bytes, &blob));
    bytes = str_dup(cx->arena, bytes);
    blob_unref(blob);
    out->message = ARENA_NEW(cx->arena, struct delivery_message);
    *out->message = (struct delivery_message){
        .bytes = bytes,
        .return_path = x->owner.address,
        .received = without_return_path(out->row.trace),
        .id = str_printf(cx->arena, "imap.%ju.%u.%u.%016jx", (uintmax_t)e->account, e->folder, uid,
                         (uintmax_t)random_u64(cx->random)),
        .received_ms = cx->now_ms,
        .no_session = true,
        .id_is_new = true,
    };
    x->message->m = out->message;
    x->message->trace = out->row.trace;
    x->bytes = bytes;
    TRY(mime_parse(cx, bytes, NULL, &x->message->mime));
    x->mime = x->message->mime;
    return OK;
}

static enum code run_it(struct filtering *x, const struct blob_id *script,
                        struct filter_event_plan *out)
{
    struct chain chain;
    TRY(systems_chain(x->cx, x->f, x->to->domain, &chain));
    x->forward = chain.forward;
    TRY(script_run(x, script, true));
    out->plan = x->plan;
    out->keeps = x->keeps;
    if (x->keeps && x->edited) { /* what is kept has other bytes, so it is another message */
        out->keeps = false;
        return copy_add(x, x->to->keep, &x->keep.place, x->bytes, false);
    }
    if (x->keeps && x->keep.place.flags_set) {
        struct filter_copy flags = {0};
        out->sets = true;
        flags_set(x, &x->keep.place.flags, &flags);
        out->flags = flags.flags;
        out->keywords = flags.keywords;
    }
    return OK;
}

enum code filters_event_run(struct ctx *cx, struct filters *f, const struct filter_event *e,
                            const struct blob_id *script, uint32_t uid,
                            struct filter_event_plan *out)
{
    struct filter_message message = {.conversions = e->conversions};
    struct filter_for to = {.account = e->account, .who = e->account, .keep = e->folder};
    struct filtering x = {.cx = cx,
                          .f = f,
                          .message = &message,
                          .to = &to,
                          .event = e,
                          .plan = ARENA_NEW(cx->arena, struct filter_plan)};
    *out = (struct filter_event_plan){0};
    TRY(directory_by_id(cx, f->core, e->account, &x.owner));
    TRY(directory_by_id(cx, f->core, e->by, &x.by));
    TRY(account_view_get(cx, f->core, e->account, &x.view));
    to.domain = x.owner.domain;
    to.address = x.owner.address;
    const struct folder_facts *inbox = account_folder_by_role(x.view, ROLE_INBOX);
    to.inbox = inbox ? inbox->id : e->folder;
    enum code code = flags_of(&x, e, uid);
    if (code == OK)
        code = message_of(&x, e, uid, out);
    if (code == OK)
        code = run_it(&x, script, out);
    account_view_unref(x.view);
    return code;
}
