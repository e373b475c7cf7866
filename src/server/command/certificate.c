/* Client certificates, by their SHA-256: who logs in with them (SASL EXTERNAL). */
#include "core/directory/certificate.h"
#include "server/command/common.h"

static enum code take_print(struct ctx *cx, struct command_call *call, struct str *out)
{
    struct str print;
    TRY(args_take(cx, &call->args, "SHA256", &print));
    return certificate_print(cx, print, out);
}

static enum code add(struct ctx *cx, struct command_call *call)
{
    struct principal p;
    struct str print;
    TRY(cmd_take_principal(cx, call, "ADDRESS", &p));
    TRY(take_print(cx, call, &print));
    TRY(args_done(cx, &call->args));
    if (!p.has_account)
        return fail(cx, E_SYNTAX, "%.*s cannot log in", STR_ARG(p.address));
    TRY(certificate_add(cx, call->server->core, print, p.id));
    cmd_done(call, "certificate added", p.address);
    return OK;
}

static enum code drop(struct ctx *cx, struct command_call *call)
{
    struct str print;
    TRY(take_print(cx, call, &print));
    TRY(args_done(cx, &call->args));
    TRY(certificate_remove(cx, call->server->core, print));
    cmd_done(call, "certificate removed", print);
    return OK;
}

static enum code list(struct ctx *cx, struct command_call *call)
{
    struct str after = {0};
    struct certificate *all;
    size_t count;
    if (args_value(&call->args, "--after", &after))
        TRY(certificate_print(cx, after, &after));
    TRY(args_done(cx, &call->args));
    TRY(certificate_list(cx, call->server->core, after, &all, &count));
    json_array(call->out);
    for (size_t i = 0; i < count; i++) {
        struct principal p = {.address = STR("-")};
        enum code code = directory_by_id(cx, call->server->core, all[i].who, &p);
        if (code != E_NOT_FOUND)
            TRY(code);
        json_object(call->out);
        json_key(call->out, "sha256");
        json_str(call->out, all[i].print);
        json_key(call->out, "address");
        json_str(call->out, p.address);
        json_object_end(call->out);
    }
    json_array_end(call->out);
    return OK;
}

const struct command certificate_commands[] = {
    {.words = "certificate add",
     .usage = "ADDRESS SHA256",
     .summary = "let a client certificate log in as ADDRESS, whatever names it has",
     .help = "SHA256 is what openssl x509 -noout -fingerprint -sha256 shows. An authority of the\n"
             "listener has to have signed it all the same.",
     .example = "postroad certificate add jane.roe@health.example"
                " 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
     .changes = true,
     .run = add},
    {.words = "certificate remove",
     .usage = "SHA256",
     .summary = "end that",
     .help = "",
     .example = "postroad certificate remove"
                " 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
     .changes = true,
     .run = drop},
    {.words = "certificate list",
     .usage = "[--after SHA256]",
     .summary = "certificates that were added, and whose they are",
     .help = "A thousand at most; go on with --after. \"-\": its owner was removed.",
     .example = "postroad certificate list",
     .run = list},
    {0},
};
