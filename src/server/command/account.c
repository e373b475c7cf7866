#include "core/account.h"
#include "core/credential.h"
#include "format/domain.h"
#include "server/command/common.h"

static enum code read_kind(struct ctx *cx, struct args *args, struct principal *new)
{
    static const enum principal_kind kinds[] = {PRINCIPAL_PERSON, PRINCIPAL_SHARED_MAILBOX,
                                                PRINCIPAL_RESOURCE, PRINCIPAL_PUBLIC_TREE,
                                                PRINCIPAL_CONTACT};
    struct str kind = STR("person");
    args_value(args, "--kind", &kind);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (!str_eq(kind, str_z(cmd_kind_name(kinds[i]))))
            continue;
        new->kind = kinds[i];
        new->has_account = kinds[i] != PRINCIPAL_CONTACT;
        return OK;
    }
    return fail(cx, E_SYNTAX, "--kind is person, shared, resource, public or contact");
}

static enum code split_address(struct ctx *cx, struct command_call *call, struct str address,
                               struct principal *new)
{
    struct domain domain;
    size_t at = str_rchr(address, '@');
    if (at == SIZE_MAX)
        return fail(cx, E_SYNTAX, "%.*s is not an address", STR_ARG(address));
    struct str name = str_from(address, at + 1);
    enum code code = directory_domain_by_name(cx, call->server->core, name, &domain);
    if (code == E_NOT_FOUND)
        return fail(cx, E_NOT_FOUND, "there is no domain %.*s; add it first", STR_ARG(name));
    TRY(code);
    new->domain = domain.id;
    new->name = str_sub(address, 0, at);
    new->address = address;
    return OK;
}

static enum code account_add(struct ctx *cx, struct command_call *call)
{
    struct principal new = {.enabled = true};
    struct quota quota = {0};
    struct str address;
    TRY(read_kind(cx, &call->args, &new));
    args_value(&call->args, "--name", &new.display);
    args_value(&call->args, "--forward", &new.forward);
    args_value(&call->args, "--roles", &new.roles);
    TRY(cmd_quota(cx, &call->args, &quota));
    TRY(args_take(cx, &call->args, "ADDRESS", &address));
    TRY(args_done(cx, &call->args));
    if ((new.kind == PRINCIPAL_CONTACT) != (new.forward.n > 0))
        return fail(cx, E_SYNTAX, "--forward goes with --kind contact, and only with it");
    TRY(split_address(cx, call, address, &new));
    TRY(directory_add(cx, call->server->core, &new, quota.receive_bytes ? &quota : NULL, &new.id));
    cmd_done(call, "account added", address);
    return OK;
}

static void print_principal(struct json *j, const struct principal *p)
{
    json_key(j, "address");
    json_str(j, p->address);
    json_key(j, "name");
    json_str(j, p->display);
    json_key(j, "kind");
    json_str(j, str_z(cmd_kind_name(p->kind)));
    json_key(j, "enabled");
    json_bool(j, p->enabled);
}

static enum code account_list(struct ctx *cx, struct command_call *call)
{
    struct domain domain = {0};
    struct str after = {0}, name;
    uint64_t limit = 1000;
    args_value(&call->args, "--after", &after);
    TRY(args_number(cx, &call->args, "--limit", &limit));
    if (args_value(&call->args, "--domain", &name))
        TRY(directory_domain_by_name(cx, call->server->core, name, &domain));
    TRY(args_done(cx, &call->args));
    struct principal *all;
    size_t count;
    TRY(directory_list(cx, call->server->core, domain.id, after, limit, &all, &count));
    json_array(call->out);
    for (size_t i = 0; i < count; i++) {
        json_object(call->out);
        print_principal(call->out, &all[i]);
        json_object_end(call->out);
    }
    json_array_end(call->out);
    return OK;
}

static void print_account(struct json *j, const struct account_view *view)
{
    const struct account_facts *facts = account_facts(view);
    json_key(j, "items");
    json_u64(j, facts->items);
    json_key(j, "used_bytes");
    json_u64(j, facts->used_bytes);
    json_key(j, "quota_bytes");
    json_u64(j, facts->quota.receive_bytes);
    json_key(j, "annotation_bytes");
    json_u64(j, facts->annotation_bytes);
    json_key(j, "folders");
    json_u64(j, account_folder_count(view));
    json_key(j, "change_number");
    json_u64(j, facts->modseq);
}

static enum code account_show(struct ctx *cx, struct command_call *call)
{
    struct principal p;
    TRY(cmd_take_principal(cx, call, "ADDRESS", &p));
    TRY(args_done(cx, &call->args));
    struct account_view *view AUTO(account_view_unref) = NULL;
    if (p.has_account)
        TRY(account_view_get(cx, call->server->core, p.id, &view));
    struct json *j = call->out;
    json_object(j);
    print_principal(j, &p);
    json_key(j, "id");
    json_u64(j, p.id);
    if (p.home.n) {
        json_key(j, "home");
        json_str(j, p.home);
    }
    json_key(j, "aliases");
    json_array(j);
    for (size_t i = 0; i < p.alias_count; i++)
        json_str(j, p.aliases[i]);
    json_array_end(j);
    if (view)
        print_account(j, view);
    json_object_end(j);
    return OK;
}

struct quota_change {
    struct quota sizes;        /* receive_bytes UINT64_MAX: stay as they are */
    uint64_t annotation_bytes; /* UINT64_MAX: the same */
};

static enum code quota_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct quota_change *change = arg;
    struct quota is = account_txn_facts(t)->quota, quota = is;
    if (change->sizes.receive_bytes != UINT64_MAX) {
        quota = change->sizes;
        quota.annotation_bytes = is.annotation_bytes;
    }
    if (change->annotation_bytes != UINT64_MAX)
        quota.annotation_bytes = change->annotation_bytes;
    return account_set_quota(cx, t, &quota);
}

/* --annotations-mb N */
static enum code annotations_limit(struct ctx *cx, struct args *args, uint64_t *out)
{
    uint64_t megabytes = UINT64_MAX;
    TRY(args_number(cx, args, "--annotations-mb", &megabytes));
    if (megabytes == UINT64_MAX)
        return OK;
    if (megabytes > (uint64_t)1 << 40)
        return fail(cx, E_SYNTAX, "--annotations-mb: too large");
    *out = megabytes * 1024 * 1024;
    return OK;
}

static enum code account_set(struct ctx *cx, struct command_call *call)
{
    struct principal p;
    struct str name = {0}, roles = {0}, home = {0};
    bool enable = args_flag(&call->args, "--enable"), disable = args_flag(&call->args, "--disable");
    bool named = args_value(&call->args, "--name", &name);
    bool with_roles = args_value(&call->args, "--roles", &roles);
    bool with_home = args_value(&call->args, "--home", &home);
    bool here = args_flag(&call->args, "--here");
    struct quota_change quota = {.sizes.receive_bytes = UINT64_MAX, .annotation_bytes = UINT64_MAX};
    TRY(cmd_quota(cx, &call->args, &quota.sizes));
    TRY(annotations_limit(cx, &call->args, &quota.annotation_bytes));
    TRY(cmd_take_principal(cx, call, "ADDRESS", &p));
    TRY(args_done(cx, &call->args));
    bool sized = quota.sizes.receive_bytes != UINT64_MAX || quota.annotation_bytes != UINT64_MAX;
    if (sized && !p.has_account)
        return fail(cx, E_SYNTAX, "%.*s has no mailbox, so no quota", STR_ARG(p.address));
    if (named)
        p.display = name;
    if (with_roles)
        p.roles = roles;
    if (with_home)
        TRY(domain_to_ascii(cx, home, &p.home));
    if (here)
        p.home = (struct str){0};
    p.enabled = (p.enabled || enable) && !disable;
    TRY(directory_set(cx, call->server->core, &p));
    if (sized)
        TRY(account_update(cx, call->server->core, p.id, quota_in, &quota));
    cmd_done(call, "account changed", p.address);
    return OK;
}

static enum code account_remove(struct ctx *cx, struct command_call *call)
{
    struct principal p;
    TRY(cmd_take_principal(cx, call, "ADDRESS", &p));
    TRY(args_done(cx, &call->args));
    TRY(directory_remove(cx, call->server->core, p.id));
    cmd_done(call, "account removed", p.address);
    return OK;
}

/* Who of the removed had the address that comes next. */
static enum code take_removed(struct ctx *cx, struct command_call *call, struct principal *out)
{
    struct str address;
    int64_t removed_ms;
    TRY(args_take(cx, &call->args, "ADDRESS", &address));
    TRY(args_done(cx, &call->args));
    enum code code = directory_removed(cx, call->server->core, address, out, &removed_ms);
    if (code == E_NOT_FOUND)
        return fail(cx, E_NOT_FOUND, "nobody who was removed in the last %d days had %.*s",
                    RECONNECT_DAYS, STR_ARG(address));
    return code;
}

static enum code account_restore(struct ctx *cx, struct command_call *call)
{
    struct principal p;
    TRY(take_removed(cx, call, &p));
    TRY(directory_restore(cx, call->server->core, p.id));
    cmd_done(call, "account restored", p.address);
    return OK;
}

static enum code account_purge(struct ctx *cx, struct command_call *call)
{
    struct principal p;
    TRY(take_removed(cx, call, &p));
    TRY(directory_purge(cx, call->server->core, p.id));
    cmd_done(call, "account purged", p.address);
    return OK;
}

static enum code change_alias(struct ctx *cx, struct command_call *call, bool add)
{
    struct principal p;
    struct str alias;
    TRY(cmd_take_principal(cx, call, "ADDRESS", &p));
    TRY(args_take(cx, &call->args, "ALIAS", &alias));
    TRY(args_done(cx, &call->args));
    struct str *aliases = ARENA_ARRAY(cx->arena, p.alias_count + 1, struct str);
    size_t count = 0;
    for (size_t i = 0; i < p.alias_count; i++)
        if (!str_ieq(p.aliases[i], alias))
            aliases[count++] = p.aliases[i];
    if (add == (count < p.alias_count))
        return fail(cx, add ? E_EXISTS : E_NOT_FOUND, "%.*s %s the alias %.*s", STR_ARG(p.address),
                    add ? "has already" : "does not have", STR_ARG(alias));
    if (add)
        aliases[count++] = alias;
    p.aliases = aliases;
    p.alias_count = count;
    TRY(directory_set(cx, call->server->core, &p));
    cmd_done(call, add ? "alias added" : "alias removed", alias);
    return OK;
}

static enum code alias_add(struct ctx *cx, struct command_call *call)
{
    return change_alias(cx, call, true);
}

static enum code alias_remove(struct ctx *cx, struct command_call *call)
{
    return change_alias(cx, call, false);
}

static enum code password_set(struct ctx *cx, struct command_call *call)
{
    struct principal p;
    TRY(cmd_take_principal(cx, call, "ADDRESS", &p));
    TRY(args_done(cx, &call->args));
    TRY(credential_set_password(cx, call->server->core, p.id, call->input));
    cmd_done(call, "password set", p.address);
    return OK;
}

static enum code password_clear(struct ctx *cx, struct command_call *call)
{
    struct principal p;
    TRY(cmd_take_principal(cx, call, "ADDRESS", &p));
    TRY(args_done(cx, &call->args));
    TRY(credential_clear(cx, call->server->core, p.id));
    cmd_done(call, "password taken away", p.address);
    return OK;
}

static enum code password_check(struct ctx *cx, struct command_call *call)
{
    struct principal p;
    TRY(cmd_take_principal(cx, call, "ADDRESS", &p));
    TRY(args_done(cx, &call->args));
    enum code code = credential_check(cx, call->server->core, p.id, call->input);
    if (code == E_DENIED)
        return fail(cx, E_DENIED, "that is not the password of %.*s", STR_ARG(p.address));
    TRY(code);
    cmd_done(call, "password is right", p.address);
    return OK;
}

static enum code send_as(struct ctx *cx, struct command_call *call, bool on)
{
    struct principal owner, who;
    TRY(cmd_take_principal(cx, call, "OWNER", &owner));
    TRY(cmd_take_principal(cx, call, "WHO", &who));
    TRY(args_done(cx, &call->args));
    TRY(directory_send_as_grant(cx, call->server->core, owner.id, who.id, on));
    cmd_done(call, on ? "may send as" : "may no longer send as", owner.address);
    return OK;
}

static enum code send_as_grant(struct ctx *cx, struct command_call *call)
{
    return send_as(cx, call, true);
}

static enum code send_as_revoke(struct ctx *cx, struct command_call *call)
{
    return send_as(cx, call, false);
}

const struct command account_commands[] = {
    {.words = "account add",
     .usage = "ADDRESS [--name N] [--kind K] [--quota-mb N] [--roles R] [--forward ADDRESS]",
     .summary = "add a person, shared mailbox, resource, public tree or contact",
     .help = "--kind is person (default), shared, resource, public or contact; a contact is an\n"
             "address elsewhere, given by --forward. The domain's quota holds unless one is given.",
     .example = "postroad account add jane.roe@health.example --name \"Jane Roe\"",
     .changes = true,
     .run = account_add},
    {.words = "account list",
     .usage = "[--domain DOMAIN] [--limit N] [--after ADDRESS]",
     .summary = "who is in the directory, by address",
     .help = "",
     .example = "postroad account list --domain health.example",
     .run = account_list},
    {.words = "account show",
     .usage = "ADDRESS",
     .summary = "one account: aliases, use, quota",
     .help = "",
     .example = "postroad account show jane.roe@health.example",
     .run = account_show},
    {.words = "account set",
     .usage = "ADDRESS [--name N] [--roles R] [--quota-mb N] [--annotations-mb N]"
              " [--enable|--disable] [--home HOST|--here]",
     .summary = "change an account",
     .help =
         "A disabled account cannot log in or send; it still receives. --quota-mb 0: no limit.\n"
         "--annotations-mb: of what clients annotate messages and mailboxes with; 0: 64.\n"
         "--home: its mailbox is on that server, to which IMAP sends people; --here ends that.",
     .example = "postroad account set jane.roe@health.example --disable",
     .changes = true,
     .run = account_set},
    {.words = "account remove",
     .usage = "ADDRESS",
     .summary = "remove an account",
     .help = "It can be brought back for 30 days.",
     .example = "postroad account remove jane.roe@health.example",
     .changes = true,
     .run = account_remove},
    {.words = "account restore",
     .usage = "ADDRESS",
     .summary = "bring a removed account back, mailbox and all (S24)",
     .help = "",
     .example = "postroad account restore jane.roe@health.example",
     .changes = true,
     .run = account_restore},
    {.words = "account purge",
     .usage = "ADDRESS",
     .summary = "end a removed account for good, before its 30 days are over",
     .help = "",
     .example = "postroad account purge jane.roe@health.example",
     .slow = true,
     .changes = true,
     .run = account_purge},
    {.words = "alias add",
     .usage = "ADDRESS ALIAS",
     .summary = "give an account one more address",
     .help = "",
     .example = "postroad alias add jane.roe@health.example jroe@health.example",
     .changes = true,
     .run = alias_add},
    {.words = "alias remove",
     .usage = "ADDRESS ALIAS",
     .summary = "take an address away",
     .help = "",
     .example = "postroad alias remove jane.roe@health.example jroe@health.example",
     .changes = true,
     .run = alias_remove},
    {.words = "password set",
     .usage = "ADDRESS",
     .summary = "set a password",
     .help = "",
     .example = "echo 'correct horse' | postroad password set jane.roe@health.example",
     .input = INPUT_PASSWORD,
     .slow = true,
     .changes = true,
     .run = password_set},
    {.words = "password clear",
     .usage = "ADDRESS",
     .summary = "take the password away: nobody can log in until one is set",
     .help = "",
     .example = "postroad password clear jane.roe@health.example",
     .changes = true,
     .run = password_clear},
    {.words = "password check",
     .usage = "ADDRESS",
     .summary = "tell whether a password is right (exit status 0) or not (5)",
     .help = "",
     .example = "postroad password check jane.roe@health.example",
     .input = INPUT_PASSWORD,
     .slow = true,
     .run = password_check},
    {.words = "sendas grant",
     .usage = "OWNER WHO",
     .summary = "let WHO send with OWNER's addresses",
     .help = "",
     .example = "postroad sendas grant helpdesk@health.example jane.roe@health.example",
     .changes = true,
     .run = send_as_grant},
    {.words = "sendas revoke",
     .usage = "OWNER WHO",
     .summary = "end that",
     .help = "",
     .example = "postroad sendas revoke helpdesk@health.example jane.roe@health.example",
     .changes = true,
     .run = send_as_revoke},
    {0},
};
