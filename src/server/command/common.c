#include "server/command/common.h"
#include "core/account.h"
#include <time.h>

enum code cmd_take_principal(struct ctx *cx, struct command_call *call, const char *what,
                             struct principal *out)
{
    struct str address;
    TRY(args_take(cx, &call->args, what, &address));
    enum code code = directory_by_login(cx, call->server->core, address, out);
    if (code == E_NOT_FOUND)
        return fail(cx, E_NOT_FOUND, "nobody has the address %.*s", STR_ARG(address));
    return code;
}

enum code cmd_take_account(struct ctx *cx, struct command_call *call, struct principal *who,
                           struct account_view **out)
{
    TRY(cmd_take_principal(cx, call, "ADDRESS", who));
    if (!who->has_account)
        return fail(cx, E_NOT_FOUND, "%.*s has no mailbox", STR_ARG(who->address));
    return account_view_get(cx, call->server->core, who->id, out);
}

enum code cmd_take_domain(struct ctx *cx, struct command_call *call, struct domain *out)
{
    struct str name;
    TRY(args_take(cx, &call->args, "DOMAIN", &name));
    enum code code = directory_domain_by_name(cx, call->server->core, name, out);
    if (code == E_NOT_FOUND)
        return fail(cx, E_NOT_FOUND, "there is no domain %.*s; see: postroad domain list",
                    STR_ARG(name));
    return code;
}

enum code cmd_quota(struct ctx *cx, struct args *args, struct quota *out)
{
    uint64_t megabytes = UINT64_MAX;
    TRY(args_number(cx, args, "--quota-mb", &megabytes));
    if (megabytes == UINT64_MAX)
        return OK;
    if (megabytes > (uint64_t)1 << 40)
        return fail(cx, E_SYNTAX, "--quota-mb: too large");
    uint64_t bytes = megabytes * 1024 * 1024;
    out->warn_bytes = bytes / 10 * 9;
    out->send_bytes = out->receive_bytes = bytes;
    return OK;
}

void cmd_done(struct command_call *call, const char *what, struct str object)
{
    json_object(call->out);
    json_key(call->out, "done");
    json_str(call->out, str_z(what));
    json_key(call->out, "object");
    json_str(call->out, object);
    json_object_end(call->out);
}

const char *cmd_kind_name(enum principal_kind kind)
{
    switch (kind) {
    case PRINCIPAL_PERSON:
        return "person";
    case PRINCIPAL_SHARED_MAILBOX:
        return "shared";
    case PRINCIPAL_RESOURCE:
        return "resource";
    case PRINCIPAL_PUBLIC_TREE:
        return "public";
    case PRINCIPAL_GROUP:
        return "group";
    case PRINCIPAL_CONTACT:
        return "contact";
    }
    return "unknown";
}

struct str cmd_time(struct arena *a, int64_t ms)
{
    time_t seconds = (time_t)(ms / 1000);
    struct tm t;
    gmtime_r(&seconds, &t);
    return str_printf(a, "%04d-%02d-%02dT%02d:%02d:%02dZ", t.tm_year + 1900, t.tm_mon + 1,
                      t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec);
}
