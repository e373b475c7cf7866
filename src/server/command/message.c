#include "base/rope.h"
#include "core/item.h"
#include "core/recover.h"
#include "core/view.h"
#include "format/summary.h"
#include "server/command/common.h"

struct put_call {
    struct item_new new;
    struct item_placed placed;
};

static enum code put_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    struct put_call *p = arg;
    return item_add(cx, t, &p->new, &p->placed);
}

/* Files have bare LFs; messages have CRLF. */
static struct str with_crlf(struct arena *a, struct str file)
{
    struct buf out = buf_of(a, file.n * 2 + 1);
    for (size_t i = 0; i < file.n; i++) {
        if (file.p[i] == '\n' && (i == 0 || file.p[i - 1] != '\r'))
            buf_byte(&out, '\r');
        buf_byte(&out, file.p[i]);
    }
    return buf_str(&out);
}

static enum code prepare(struct ctx *cx, struct command_call *call, struct item_new *new)
{
    struct str bytes = with_crlf(cx->arena, call->input);
    if (bytes.n == 0)
        return fail(cx, E_SYNTAX, "the message is empty; write it to standard input");
    struct blob_new *blob;
    TRY(blob_prepare(cx, call->server->store, bytes, &blob));
    new->blob = blob;
    new->received_ms = new->saved_ms = cx->now_ms;
    return summary_make(cx, bytes, &new->summary);
}

static enum code message_put(struct ctx *cx, struct command_call *call)
{
    struct principal who;
    struct account_view *view AUTO(account_view_unref) = NULL;
    const struct folder_facts *folder;
    struct put_call p = {0};
    if (args_flag(&call->args, "--seen"))
        p.new.flags |= FLAG_SEEN;
    if (args_flag(&call->args, "--flagged"))
        p.new.flags |= FLAG_FLAGGED;
    TRY(cmd_take_account(cx, call, &who, &view));
    TRY(cmd_take_folder(cx, call, view, &folder));
    TRY(args_done(cx, &call->args));
    p.new.folder = folder->id;
    TRY(prepare(cx, call, &p.new));
    TRY(account_update(cx, call->server->core, who.id, put_in, &p));
    json_object(call->out);
    json_key(call->out, "folder");
    json_str(call->out, folder->path);
    json_key(call->out, "uid");
    json_u64(call->out, p.placed.uid);
    json_key(call->out, "id");
    json_u64(call->out, p.placed.id);
    json_object_end(call->out);
    return OK;
}

static enum code print_row(struct ctx *cx, struct json *j, const struct item_row *row)
{
    struct str subject, from;
    TRY(summary_get(cx, row->summary, SUMMARY_SUBJECT, &subject));
    TRY(summary_get(cx, row->summary, SUMMARY_FROM_ADDRESS, &from));
    json_object(j);
    json_key(j, "uid");
    json_u64(j, row->uid);
    json_key(j, "received");
    json_str(j, cmd_time(cx->arena, row->received_ms));
    json_key(j, "bytes");
    json_u64(j, row->size);
    json_key(j, "from");
    json_str(j, from);
    json_key(j, "subject");
    json_str(j, subject);
    json_key(j, "blob");
    json_str(j, str_sub(blob_id_hex(cx->arena, &row->blob), 0, 12));
    json_object_end(j);
    return OK;
}

static enum code message_list(struct ctx *cx, struct command_call *call)
{
    struct principal who;
    struct account_view *view AUTO(account_view_unref) = NULL;
    const struct folder_facts *folder;
    uint64_t limit = 100;
    TRY(args_number(cx, &call->args, "--limit", &limit));
    TRY(cmd_take_account(cx, call, &who, &view));
    TRY(cmd_take_folder(cx, call, view, &folder));
    TRY(args_done(cx, &call->args));
    struct item_scan *w AUTO(item_scan_close) =
        item_scan(cx, call->server->core, who.id, folder->id, 1, UINT32_MAX);
    struct item_row row;
    json_array(call->out);
    while (limit-- && item_next(w, &row))
        TRY(print_row(cx, call->out, &row));
    json_array_end(call->out);
    return item_scan_error(w);
}

static enum code message_show(struct ctx *cx, struct command_call *call)
{
    struct principal who;
    struct account_view *view AUTO(account_view_unref) = NULL;
    const struct folder_facts *folder;
    struct str uid_word;
    uint64_t uid;
    TRY(cmd_take_account(cx, call, &who, &view));
    TRY(cmd_take_folder(cx, call, view, &folder));
    TRY(args_take(cx, &call->args, "UID", &uid_word));
    TRY(args_done(cx, &call->args));
    if (!str_u64(uid_word, &uid) || uid == 0 || uid > UINT32_MAX)
        return fail(cx, E_SYNTAX, "UID is a whole number from 1");
    struct item_row row;
    TRY(item_get(cx, call->server->core, who.id, folder->id, (uint32_t)uid, &row));
    struct rope rope = rope_of(cx->arena);
    TRY(item_bytes(cx, call->server->core, &row, 0, UINT64_MAX, &rope));
    json_object(call->out);
    json_key(call->out, "uid");
    json_u64(call->out, row.uid);
    json_key(call->out, "bytes");
    json_u64(call->out, row.size);
    json_key(call->out, "blob");
    json_str(call->out, blob_id_hex(cx->arena, &row.blob));
    json_key(call->out, "message");
    json_str(call->out, rope_flatten(&rope, cx->arena));
    json_object_end(call->out);
    rope_drop(&rope);
    return OK;
}

static enum code message_removed(struct ctx *cx, struct command_call *call)
{
    struct principal who;
    struct account_view *view AUTO(account_view_unref) = NULL;
    uint64_t after = 0, limit = 100;
    TRY(args_number(cx, &call->args, "--after", &after));
    TRY(args_number(cx, &call->args, "--limit", &limit));
    TRY(cmd_take_account(cx, call, &who, &view));
    TRY(args_done(cx, &call->args));
    struct recoverables all;
    TRY(recoverable_list(cx, call->server->core, who.id, after, limit, &all));
    json_array(call->out);
    for (size_t i = 0; i < all.count; i++) {
        const struct folder_facts *origin = account_folder_by_id(view, all.at[i].origin);
        json_object(call->out);
        json_key(call->out, "id");
        json_u64(call->out, all.at[i].id);
        json_key(call->out, "removed");
        json_str(call->out, cmd_time(cx->arena, all.at[i].removed_ms));
        json_key(call->out, "was_in");
        json_str(call->out, origin ? origin->path : STR("(folder removed)"));
        json_key(call->out, "held");
        json_bool(call->out, all.at[i].held);
        json_object_end(call->out);
    }
    json_array_end(call->out);
    return OK;
}

struct recover_call {
    item_id id;
    struct item_placed placed;
};

static enum code recover_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    struct recover_call *r = arg;
    return item_recover(cx, t, r->id, 0, &r->placed);
}

static enum code message_recover(struct ctx *cx, struct command_call *call)
{
    struct principal who;
    struct account_view *view AUTO(account_view_unref) = NULL;
    struct recover_call r = {0};
    struct str id;
    TRY(cmd_take_account(cx, call, &who, &view));
    TRY(args_take(cx, &call->args, "ID", &id));
    TRY(args_done(cx, &call->args));
    if (!str_u64(id, &r.id))
        return fail(cx, E_SYNTAX, "ID is a number; see: postroad message removed");
    TRY(account_update(cx, call->server->core, who.id, recover_in, &r));
    const struct folder_facts *folder = account_folder_by_id(view, r.placed.folder);
    json_object(call->out);
    json_key(call->out, "folder");
    json_str(call->out, folder ? folder->path : STR("-"));
    json_key(call->out, "uid");
    json_u64(call->out, r.placed.uid);
    json_object_end(call->out);
    return OK;
}

const struct command message_commands[] = {
    {.words = "message put",
     .usage = "ADDRESS FOLDER [--seen] [--flagged] < FILE",
     .summary = "put a message from a file into a folder",
     .help = "",
     .example = "postroad message put jane.roe@health.example INBOX < welcome.eml",
     .input = INPUT_FILE,
     .changes = true,
     .run = message_put},
    {.words = "message list",
     .usage = "ADDRESS FOLDER [--limit N]",
     .summary = "messages of a folder",
     .help = "",
     .example = "postroad message list jane.roe@health.example INBOX",
     .run = message_list},
    {.words = "message show",
     .usage = "ADDRESS FOLDER UID",
     .summary = "one message, whole; looking is written to the audit log",
     .help = "",
     .example = "postroad message show jane.roe@health.example INBOX 3 --json",
     .changes = true,
     .run = message_show},
    {.words = "message removed",
     .usage = "ADDRESS [--limit N] [--after ID]",
     .summary = "deleted messages that can be brought back (21 days, S9)",
     .help = "",
     .example = "postroad message removed jane.roe@health.example",
     .run = message_removed},
    {.words = "message recover",
     .usage = "ADDRESS ID",
     .summary = "bring a deleted message back to where it was",
     .help = "",
     .example = "postroad message recover jane.roe@health.example 17",
     .changes = true,
     .run = message_recover},
    {0},
};
