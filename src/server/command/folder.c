#include "core/folder.h"
#include "core/rights.h"
#include "server/command/common.h"
#include "service/sharing/notice.h"

static void print_folder(struct json *j, const struct folder_facts *f)
{
    json_object(j);
    json_key(j, "folder");
    json_str(j, f->path);
    json_key(j, "role");
    json_str(j, f->role ? role_row(f->role)->name : STR("-"));
    json_key(j, "total");
    json_u64(j, f->total);
    json_key(j, "unread");
    json_u64(j, f->unread);
    json_key(j, "bytes");
    json_u64(j, f->bytes);
    json_key(j, "uid_next");
    json_u64(j, f->uid_next);
    json_key(j, "uid_validity");
    json_u64(j, f->uid_validity);
    json_key(j, "id");
    json_u64(j, f->id);
    json_object_end(j);
}

static enum code folder_list(struct ctx *cx, struct command_call *call)
{
    struct principal who;
    struct account_view *view AUTO(account_view_unref) = NULL;
    bool all = args_flag(&call->args, "--all");
    TRY(cmd_take_account(cx, call, &who, &view));
    TRY(args_done(cx, &call->args));
    json_array(call->out);
    for (size_t i = 0; i < account_folder_count(view); i++)
        if (all || !account_folder(view, i)->hidden)
            print_folder(call->out, account_folder(view, i));
    json_array_end(call->out);
    return OK;
}

struct add_call {
    struct str path;
    enum role role;
};

static enum code add_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct add_call *a = arg;
    folder_id made;
    return folder_create(cx, t, a->path, KIND_MAIL, a->role, &made);
}

static enum code folder_add(struct ctx *cx, struct command_call *call)
{
    struct principal who;
    struct account_view *view AUTO(account_view_unref) = NULL;
    struct add_call a = {0};
    struct str role;
    if (args_value(&call->args, "--role", &role)) {
        a.role = role_by_name(role);
        if (a.role == ROLE_NONE)
            return fail(cx, E_SYNTAX, "there is no role %.*s", STR_ARG(role));
    }
    TRY(cmd_take_account(cx, call, &who, &view));
    TRY(args_take(cx, &call->args, "FOLDER", &a.path));
    TRY(args_done(cx, &call->args));
    TRY(account_update(cx, call->server->core, who.id, add_in, &a));
    cmd_done(call, "folder added", a.path);
    return OK;
}

enum code cmd_take_folder(struct ctx *cx, struct command_call *call,
                          const struct account_view *view, const struct folder_facts **out)
{
    struct str path;
    TRY(args_take(cx, &call->args, "FOLDER", &path));
    *out = account_folder_by_path(view, path);
    if (!*out)
        return fail(cx, E_NOT_FOUND, "there is no folder %.*s; see: postroad folder list",
                    STR_ARG(path));
    return OK;
}

static enum code remove_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    const folder_id *id = arg;
    return folder_delete(cx, t, *id);
}

static enum code folder_remove(struct ctx *cx, struct command_call *call)
{
    struct principal who;
    struct account_view *view AUTO(account_view_unref) = NULL;
    const struct folder_facts *folder;
    TRY(cmd_take_account(cx, call, &who, &view));
    TRY(cmd_take_folder(cx, call, view, &folder));
    TRY(args_done(cx, &call->args));
    folder_id id = folder->id;
    TRY(account_update(cx, call->server->core, who.id, remove_in, &id));
    cmd_done(call, "folder removed", folder->path);
    return OK;
}

/* RFC 4314's letters. */
static const struct {
    char letter;
    enum right right;
} letters[] = {
    {'l', RIGHT_LOOKUP}, {'r', RIGHT_READ},    {'s', RIGHT_SEEN},   {'w', RIGHT_WRITE},
    {'i', RIGHT_INSERT}, {'p', RIGHT_POST},    {'k', RIGHT_CREATE}, {'x', RIGHT_DELETE_FOLDER},
    {'t', RIGHT_DELETE}, {'e', RIGHT_EXPUNGE}, {'a', RIGHT_ADMIN},  {'n', RIGHT_ANNOTATE},
};

static enum code read_rights(struct ctx *cx, struct str word, uint32_t *out)
{
    *out = 0;
    for (size_t i = 0; i < word.n && !str_eq(word, STR("none")); i++) {
        uint32_t right = 0;
        for (size_t k = 0; k < sizeof letters / sizeof letters[0]; k++)
            if (letters[k].letter == word.p[i])
                right = letters[k].right;
        if (!right)
            return fail(cx, E_SYNTAX, "rights are letters of lrswipkxtean (RFC 4314), or none");
        *out |= right;
    }
    return OK;
}

static struct str rights_text(struct arena *a, uint32_t rights)
{
    struct buf b = buf_of(a, 16);
    for (size_t k = 0; k < sizeof letters / sizeof letters[0]; k++)
        if (rights & letters[k].right)
            buf_byte(&b, letters[k].letter);
    return buf_str(&b);
}

/* A folder, or "/": the account itself. */
static enum code take_granted(struct ctx *cx, struct command_call *call,
                              const struct account_view *view, struct str *path, folder_id *out)
{
    const struct folder_facts *folder;
    if (args_flag(&call->args, "/")) {
        *path = STR("/");
        *out = 0;
        return OK;
    }
    TRY(cmd_take_folder(cx, call, view, &folder));
    *path = folder->path;
    *out = folder->id;
    return OK;
}

static enum code take_grant(struct ctx *cx, struct command_call *call, struct grant *out)
{
    struct principal who;
    struct str name, rights;
    TRY(args_take(cx, &call->args, "WHO", &name));
    TRY(args_take(cx, &call->args, "RIGHTS", &rights));
    TRY(args_done(cx, &call->args));
    *out = (struct grant){.kind = GRANTEE_DEFAULT};
    TRY(read_rights(cx, rights, &out->rights));
    if (str_eq(name, STR("anyone")))
        return OK;
    TRY(directory_by_login(cx, call->server->core, name, &who));
    out->kind = who.kind == PRINCIPAL_GROUP ? GRANTEE_GROUP : GRANTEE_PRINCIPAL;
    out->who = who.id;
    return OK;
}

static enum code rights_set(struct ctx *cx, struct command_call *call)
{
    struct principal owner;
    struct account_view *view AUTO(account_view_unref) = NULL;
    struct core *core = call->server->core;
    bool all = args_flag(&call->args, "--all");
    folder_id folder;
    struct str path;
    struct grant grant;
    TRY(cmd_take_account(cx, call, &owner, &view));
    TRY(take_granted(cx, call, view, &path, &folder));
    TRY(take_grant(cx, call, &grant));
    if (all && folder)
        return fail(cx, E_SYNTAX, "--all goes with /, the mailbox as a whole");
    struct share_act act = {.account = owner.id, .folder = folder, .grant = grant};
    TRY(share_grant(cx, core, &act));
    for (size_t i = 0; all && i < account_folder_count(view); i++)
        if (!account_folder(view, i)->hidden) {
            act.folder = account_folder(view, i)->id;
            TRY(share_grant(cx, core, &act));
        }
    cmd_done(call, "rights set", path);
    return OK;
}

static enum code grantee_name(struct ctx *cx, struct core *c, const struct grant *g,
                              struct str *out)
{
    struct principal who;
    if (g->kind == GRANTEE_DEFAULT || g->kind == GRANTEE_ANONYMOUS) {
        *out = g->kind == GRANTEE_DEFAULT ? STR("anyone") : STR("anonymous");
        return OK;
    }
    enum code code = directory_by_id(cx, c, g->who, &who);
    *out = code == OK ? who.address : STR("(removed)");
    return code == E_NOT_FOUND ? OK : code;
}

static enum code rights_show(struct ctx *cx, struct command_call *call)
{
    struct principal owner;
    struct account_view *view AUTO(account_view_unref) = NULL;
    folder_id folder;
    struct str path;
    struct grant *grants;
    size_t count;
    TRY(cmd_take_account(cx, call, &owner, &view));
    TRY(take_granted(cx, call, view, &path, &folder));
    TRY(args_done(cx, &call->args));
    TRY(rights_list(cx, call->server->core, owner.id, folder, &grants, &count));
    json_array(call->out);
    for (size_t i = 0; i < count; i++) {
        struct str name;
        TRY(grantee_name(cx, call->server->core, &grants[i], &name));
        json_object(call->out);
        json_key(call->out, "who");
        json_str(call->out, name);
        json_key(call->out, "rights");
        json_str(call->out, rights_text(cx->arena, grants[i].rights));
        json_object_end(call->out);
    }
    json_array_end(call->out);
    return OK;
}

const struct command folder_commands[] = {
    {.words = "folder list",
     .usage = "ADDRESS [--all]",
     .summary = "folders of a mailbox; --all: hidden ones too",
     .help = "",
     .example = "postroad folder list jane.roe@health.example",
     .run = folder_list},
    {.words = "folder add",
     .usage = "ADDRESS FOLDER [--role R]",
     .summary = "make a folder",
     .help = "Levels are joined by /; missing ones are made.",
     .example = "postroad folder add jane.roe@health.example Projects/2026",
     .changes = true,
     .run = folder_add},
    {.words = "folder remove",
     .usage = "ADDRESS FOLDER",
     .summary = "remove a folder; its messages stay recoverable",
     .help = "",
     .example = "postroad folder remove jane.roe@health.example Projects/2026",
     .changes = true,
     .run = folder_remove},
    {.words = "rights set",
     .usage = "ADDRESS FOLDER WHO RIGHTS [--all]",
     .summary = "say what somebody may do with a folder",
     .help =
         "RIGHTS are letters of RFC 4314 (l lookup, r read, s seen, w flags, i insert, p post,\n"
         "k create, x delete folder, t delete, e expunge, a administer, n annotate), or none.\n"
         "WHO is an address, or anyone. FOLDER / is the mailbox itself: who may act as it, what\n"
         "new folders at its top start with; with --all each folder that it has gets the same.",
     .example = "postroad rights set helpdesk@health.example INBOX jane.roe@health.example lrswi",
     .changes = true,
     .run = rights_set},
    {.words = "rights list",
     .usage = "ADDRESS FOLDER",
     .summary = "who may do what with a folder",
     .help = "",
     .example = "postroad rights list helpdesk@health.example INBOX",
     .run = rights_show},
    {0},
};
