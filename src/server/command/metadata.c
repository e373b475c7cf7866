/* What mailboxes and the server are annotated with. */
#include "core/account.h"
#include "core/annotation/annotation.h"
#include "server/command/common.h"

static void print_row(struct json *j, struct str of, struct str reader,
                      const struct annotation *row)
{
    json_object(j);
    json_key(j, "of");
    json_str(j, of);
    json_key(j, "name");
    json_str(j, row->name);
    json_key(j, "whose");
    json_str(j, reader);
    json_key(j, "bytes");
    json_u64(j, row->value.n);
}

static enum code print_server(struct ctx *cx, struct command_call *call)
{
    struct annotations all;
    TRY(annotation_server_list(cx, call->server->core, &all));
    for (size_t i = 0; i < all.count; i++) {
        if (all.at[i].removed)
            continue;
        print_row(call->out, STR("server"), STR("shared"), &all.at[i]);
        json_key(call->out, "value");
        json_str(call->out, all.at[i].value);
        json_object_end(call->out);
    }
    return OK;
}

static struct str reader_name(struct ctx *cx, struct core *core, principal_id id)
{
    struct principal p;
    struct ctx own = {.arena = cx->arena, .now_ms = cx->now_ms};
    if (!id)
        return STR("shared");
    return directory_by_id(&own, core, id, &p) == OK
               ? p.address
               : str_printf(cx->arena, "#%llu", (unsigned long long)id);
}

/* The path of a folder, or the class itself. */
static struct str owner_name(const struct account_view *view, enum annotation_class class,
                             uint64_t id)
{
    const struct folder_facts *f =
        class == ANNOTATION_OF_FOLDER ? account_folder_by_id(view, (folder_id)id) : NULL;
    return f ? f->path : STR("account");
}

/* What people have written is not shown, only how much. */
static enum code print_class(struct ctx *cx, struct command_call *call, account_id account,
                             const struct account_view *view, enum annotation_class class)
{
    struct annotation row = {0};
    struct annotation_walk *w AUTO(annotation_walk_close) =
        annotation_walk(cx, call->server->core, account, class);
    while (annotation_next(w, &row)) {
        if (row.removed)
            continue;
        print_row(call->out, owner_name(view, class, row.owner),
                  reader_name(cx, call->server->core, row.reader), &row);
        json_object_end(call->out);
    }
    return annotation_walk_error(w);
}

static enum code metadata_list(struct ctx *cx, struct command_call *call)
{
    struct principal p;
    struct args ahead = call->args;
    struct str word;
    enum code code = OK;
    struct account_view *view AUTO(account_view_unref) = NULL;
    bool named = args_next(&ahead, &word);
    if (named)
        TRY(cmd_take_account(cx, call, &p, &view));
    TRY(args_done(cx, &call->args));
    json_array(call->out);
    if (!named)
        code = print_server(cx, call);
    if (named)
        code = print_class(cx, call, p.id, view, ANNOTATION_OF_ACCOUNT);
    if (named && code == OK)
        code = print_class(cx, call, p.id, view, ANNOTATION_OF_FOLDER);
    json_array_end(call->out);
    return code;
}

static enum code change(struct ctx *cx, struct command_call *call, bool remove)
{
    struct annotation_change c = {.remove = remove};
    TRY(args_take(cx, &call->args, "NAME", &c.name));
    if (!remove)
        TRY(args_take(cx, &call->args, "TEXT", &c.value));
    TRY(args_done(cx, &call->args));
    c.name = str_lower(cx->arena, c.name);
    TRY(annotation_server_set(cx, call->server->core, &c, 1));
    cmd_done(call, remove ? "entry removed" : "entry set", c.name);
    return OK;
}

static enum code metadata_set(struct ctx *cx, struct command_call *call)
{
    return change(cx, call, false);
}

static enum code metadata_remove(struct ctx *cx, struct command_call *call)
{
    return change(cx, call, true);
}

const struct command metadata_commands[] = {
    {.words = "metadata list",
     .usage = "[ADDRESS]",
     .summary = "IMAP's metadata: the server's, or an account's by name and size",
     .help = "What people keep with their mailboxes is theirs: its text is not shown.",
     .example = "postroad metadata list jane.roe@health.example",
     .run = metadata_list},
    {.words = "metadata set",
     .usage = "NAME TEXT",
     .summary = "what IMAP clients are told of the server: /comment, /admin",
     .help = "Clients read it as /shared/comment and /shared/admin (RFC 5464 section 6.2).",
     .example = "postroad metadata set /admin mailto:postmaster@health.example",
     .changes = true,
     .run = metadata_set},
    {.words = "metadata remove",
     .usage = "NAME",
     .summary = "take such an entry of the server away",
     .help = "",
     .example = "postroad metadata remove /comment",
     .changes = true,
     .run = metadata_remove},
    {0},
};
