#include "server/command/common.h"

static const char *kind_name(enum domain_kind kind)
{
    return kind == DOMAIN_ROUTED ? "routed" : "hosted";
}

static void print_domain(struct command_call *call, const struct domain *d, struct str parent)
{
    struct json *j = call->out;
    json_object(j);
    json_key(j, "domain");
    json_str(j, d->name);
    json_key(j, "title");
    json_str(j, d->title);
    json_key(j, "kind");
    json_str(j, str_z(kind_name(d->kind)));
    json_key(j, "below");
    json_str(j, parent);
    json_key(j, "enabled");
    json_bool(j, d->enabled);
    json_key(j, "app_passwords");
    json_str(j, d->password_alone ? STR("optional") : STR("demanded"));
    json_key(j, "quota_mb");
    json_u64(j, d->quota.receive_bytes / 1024 / 1024);
    json_key(j, "id");
    json_u64(j, d->id);
    json_object_end(j);
}

static enum code parent_name(struct ctx *cx, struct command_call *call, const struct domain *d,
                             struct str *out)
{
    struct domain parent = {0};
    if (d->parent)
        TRY(directory_domain_by_id(cx, call->server->core, d->parent, &parent));
    *out = parent.name;
    return OK;
}

static enum code read_kind(struct ctx *cx, struct args *args, enum domain_kind *out)
{
    struct str kind;
    if (!args_value(args, "--kind", &kind))
        return OK;
    if (str_eq(kind, STR("routed")))
        *out = DOMAIN_ROUTED;
    else if (str_eq(kind, STR("hosted")))
        *out = DOMAIN_HOSTED;
    else
        return fail(cx, E_SYNTAX, "--kind is hosted or routed");
    return OK;
}

static enum code domain_add(struct ctx *cx, struct command_call *call)
{
    struct domain new = {.kind = DOMAIN_HOSTED, .enabled = true}, parent;
    struct str below;
    args_value(&call->args, "--title", &new.title);
    TRY(read_kind(cx, &call->args, &new.kind));
    TRY(cmd_quota(cx, &call->args, &new.quota));
    if (args_value(&call->args, "--below", &below)) {
        TRY(directory_domain_by_name(cx, call->server->core, below, &parent));
        new.parent = parent.id;
    }
    TRY(args_take(cx, &call->args, "DOMAIN", &new.name));
    TRY(args_done(cx, &call->args));
    TRY(directory_domain_add(cx, call->server->core, &new, &new.id));
    cmd_done(call, "domain added", new.name);
    return OK;
}

/* --app-passwords demanded|optional. */
static enum code read_app_passwords(struct ctx *cx, struct args *args, struct str *out)
{
    if (args_value(args, "--app-passwords", out) && !str_eq(*out, STR("demanded")) &&
        !str_eq(*out, STR("optional")))
        return fail(cx, E_SYNTAX, "--app-passwords is demanded or optional");
    return OK;
}

static enum code domain_set(struct ctx *cx, struct command_call *call)
{
    struct domain d;
    bool enable = args_flag(&call->args, "--enable"), disable = args_flag(&call->args, "--disable");
    struct str title = {0};
    bool titled = args_value(&call->args, "--title", &title);
    struct quota quota = {0};
    struct str app_passwords = {0};
    TRY(cmd_quota(cx, &call->args, &quota));
    TRY(read_app_passwords(cx, &call->args, &app_passwords));
    TRY(cmd_take_domain(cx, call, &d));
    TRY(args_done(cx, &call->args));
    if (app_passwords.n)
        d.password_alone = str_eq(app_passwords, STR("optional"));
    if (titled)
        d.title = title;
    if (quota.receive_bytes)
        d.quota = quota;
    d.enabled = (d.enabled || enable) && !disable;
    TRY(directory_domain_set(cx, call->server->core, &d));
    cmd_done(call, "domain changed", d.name);
    return OK;
}

static enum code domain_remove(struct ctx *cx, struct command_call *call)
{
    struct domain d;
    TRY(cmd_take_domain(cx, call, &d));
    TRY(args_done(cx, &call->args));
    TRY(directory_domain_remove(cx, call->server->core, d.id));
    cmd_done(call, "domain removed", d.name);
    return OK;
}

static enum code domain_show(struct ctx *cx, struct command_call *call)
{
    struct domain d;
    struct str parent;
    TRY(cmd_take_domain(cx, call, &d));
    TRY(args_done(cx, &call->args));
    TRY(parent_name(cx, call, &d, &parent));
    print_domain(call, &d, parent);
    return OK;
}

static enum code domain_list(struct ctx *cx, struct command_call *call)
{
    TRY(args_done(cx, &call->args));
    struct domain *all;
    size_t count;
    TRY(directory_domains(cx, call->server->core, &all, &count));
    json_array(call->out);
    for (size_t i = 0; i < count; i++) {
        struct str parent;
        TRY(parent_name(cx, call, &all[i], &parent));
        print_domain(call, &all[i], parent);
    }
    json_array_end(call->out);
    return OK;
}

static enum code domain_default(struct ctx *cx, struct command_call *call)
{
    struct domain d;
    TRY(cmd_take_domain(cx, call, &d));
    TRY(args_done(cx, &call->args));
    TRY(directory_set_default_domain(cx, call->server->core, d.name));
    cmd_done(call, "default domain set", d.name);
    return OK;
}

const struct command domain_commands[] = {
    {.words = "domain add",
     .usage = "DOMAIN [--title T] [--below DOMAIN] [--kind hosted|routed] [--quota-mb N]",
     .summary = "add a domain to the forest",
     .help =
         "Without --below it is a root of the forest. A routed domain's mailboxes are in a mail\n"
         "system that its agency runs itself. --quota-mb is for new accounts.",
     .example = "postroad domain add health.example --title \"Secretariat of Health\" "
                "--below commonwealth.example",
     .changes = true,
     .run = domain_add},
    {.words = "domain list",
     .usage = "",
     .summary = "all domains, parents before children",
     .help = "",
     .example = "postroad domain list --json",
     .run = domain_list},
    {.words = "domain show",
     .usage = "DOMAIN",
     .summary = "one domain",
     .help = "",
     .example = "postroad domain show health.example",
     .run = domain_show},
    {.words = "domain set",
     .usage = "DOMAIN [--title T] [--quota-mb N] [--enable|--disable]"
              " [--app-passwords demanded|optional]",
     .summary = "change a domain",
     .help = "A disabled domain takes no mail. --app-passwords demanded: who has a second factor\n"
             "cannot open IMAP, POP3, SMTP, ManageSieve or HTTP with the main password.",
     .example = "postroad domain set health.example --quota-mb 1000",
     .changes = true,
     .run = domain_set},
    {.words = "domain default",
     .usage = "DOMAIN",
     .summary = "say which domain log-in names without one belong to",
     .help = "",
     .example = "postroad domain default commonwealth.example",
     .changes = true,
     .run = domain_default},
    {.words = "domain remove",
     .usage = "DOMAIN",
     .summary = "remove a domain that is empty",
     .help = "",
     .example = "postroad domain remove old.example",
     .changes = true,
     .run = domain_remove},
    {0},
};
