/* MTA-STS: policies of other domains as they are kept, and our own. */
#include "service/transport/sts/sts.h"
#include "base/buf.h"
#include "format/domain.h"
#include "server/command/common.h"

enum { LIST_SHOWN = 1000, AGE_USUAL_S = 7 * 86400, AGE_LEAST_S = 3600, TEXT_MAX = 20000 };

static struct str hosts_of(struct ctx *cx, const struct sts_policy *p)
{
    struct buf b = buf_of(cx->arena, TEXT_MAX);
    for (size_t i = 0; i < p->mx_count; i++)
        buf_printf(&b, "%s%.*s", i ? "," : "", STR_ARG(p->mx[i]));
    return buf_str(&b);
}

static enum code list(struct ctx *cx, struct command_call *call)
{
    struct sts_kept *all;
    struct str after = {0};
    size_t count;
    (void)args_value(&call->args, "--after", &after);
    TRY(args_done(cx, &call->args));
    TRY(sts_list(cx, call->server->sts, after, LIST_SHOWN, &all, &count));
    json_array(call->out);
    for (size_t i = 0; i < count; i++) {
        json_object(call->out);
        json_key(call->out, "domain");
        json_str(call->out, all[i].domain);
        json_key(call->out, "mode");
        json_str(call->out, sts_mode_name(all[i].policy.mode));
        json_key(call->out, "mx");
        json_str(call->out, hosts_of(cx, &all[i].policy));
        json_key(call->out, "id");
        json_str(call->out, all[i].id);
        json_key(call->out, "fetched");
        json_str(call->out, cmd_time(cx->arena, all[i].fetched_ms));
        json_key(call->out, "expires");
        json_str(call->out, cmd_time(cx->arena, all[i].expires_ms));
        json_object_end(call->out);
    }
    json_array_end(call->out);
    return OK;
}

static enum code forget(struct ctx *cx, struct command_call *call)
{
    struct str name, domain;
    TRY(args_take(cx, &call->args, "DOMAIN", &name));
    TRY(args_done(cx, &call->args));
    TRY(domain_to_ascii(cx, name, &domain));
    TRY(sts_forget(cx, call->server->sts, domain));
    cmd_done(call, "the policy is fetched anew when there is mail", domain);
    return OK;
}

/* What is to be put into the DNS and onto the web server. */
static void own_show(struct ctx *cx, struct command_call *call, struct str domain,
                     const struct sts_own *own)
{
    json_object(call->out);
    json_key(call->out, "domain");
    json_str(call->out, domain);
    json_key(call->out, "name");
    json_str(call->out, str_printf(cx->arena, "_mta-sts.%.*s.", STR_ARG(domain)));
    json_key(call->out, "txt");
    json_str(call->out, str_printf(cx->arena, "v=STSv1; id=%.*s;", STR_ARG(own->id)));
    json_key(call->out, "url");
    json_str(call->out, str_printf(cx->arena, "https://mta-sts.%.*s/.well-known/mta-sts.txt",
                                   STR_ARG(domain)));
    json_key(call->out, "policy");
    json_str(call->out, sts_own_text(cx, own));
    json_object_end(call->out);
}

static enum code take_hosts(struct ctx *cx, struct str list, struct sts_policy *p)
{
    struct buf b = buf_of(cx->arena, TEXT_MAX);
    struct sts_policy whole;
    for (struct str rest = list; rest.n;) {
        size_t comma = str_chr(rest, ',');
        buf_printf(&b, "mx: %.*s\n", STR_ARG(str_trim(str_sub(rest, 0, comma))));
        rest = comma == SIZE_MAX ? (struct str){0} : str_from(rest, comma + 1);
    }
    buf_printf(&b, "version: STSv1\nmode: %.*s\nmax_age: %u\n", STR_ARG(sts_mode_name(p->mode)),
               p->max_age_s);
    TRY(sts_policy_parse(cx, buf_str(&b), &whole)); /* what we say, others must be able to read */
    *p = whole;
    return OK;
}

static enum code set(struct ctx *cx, struct command_call *call)
{
    struct sts_policy p = {0};
    struct sts_own own;
    struct domain d;
    struct str mode, hosts = call->server->config->host_name;
    uint64_t age_s = AGE_USUAL_S;
    (void)args_value(&call->args, "--mx", &hosts);
    TRY(args_number(cx, &call->args, "--max-age", &age_s));
    TRY(cmd_take_domain(cx, call, &d));
    TRY(args_take(cx, &call->args, "MODE", &mode));
    TRY(args_done(cx, &call->args));
    for (int m = STS_ENFORCE; m <= STS_NONE; m++)
        if (str_eq(mode, sts_mode_name((enum sts_mode)m)))
            p.mode = (enum sts_mode)m;
    if (!p.mode)
        return fail(cx, E_SYNTAX, "MODE is testing, enforce or none");
    if (age_s < AGE_LEAST_S || age_s > STS_AGE_MAX_S)
        return fail(cx, E_SYNTAX, "--max-age is %d to %d seconds", AGE_LEAST_S, STS_AGE_MAX_S);
    p.max_age_s = (uint32_t)age_s;
    TRY(take_hosts(cx, hosts, &p));
    TRY(sts_own_set(cx, call->server->core, d.name, &p));
    TRY(sts_own_get(cx, call->server->core, d.name, &own));
    own_show(cx, call, d.name, &own);
    return OK;
}

static enum code show(struct ctx *cx, struct command_call *call)
{
    struct sts_own own;
    struct domain d;
    TRY(cmd_take_domain(cx, call, &d));
    TRY(args_done(cx, &call->args));
    if (sts_own_get(cx, call->server->core, d.name, &own) != OK)
        return fail(cx, E_NOT_FOUND, "%.*s has no policy; see postroad sts set", STR_ARG(d.name));
    own_show(cx, call, d.name, &own);
    return OK;
}

static enum code drop(struct ctx *cx, struct command_call *call)
{
    struct domain d;
    TRY(cmd_take_domain(cx, call, &d));
    TRY(args_done(cx, &call->args));
    TRY(sts_own_remove(cx, call->server->core, d.name));
    cmd_done(call, "policy removed; publish mode none first, for max_age", d.name);
    return OK;
}

const struct command sts_commands[] = {
    {.words = "sts list",
     .usage = "[--after DOMAIN]",
     .summary = "policies of other domains (MTA-STS) as they are kept",
     .help = "A policy is fetched with the first mail to its domain, and once a day from then on.",
     .example = "postroad sts list --json",
     .run = list},
    {.words = "sts forget",
     .usage = "DOMAIN",
     .summary = "forget another domain's policy",
     .help = "For a domain that broke its own: the next mail has it fetched anew.",
     .example = "postroad sts forget agency.example",
     .changes = true,
     .run = forget},
    {.words = "sts set",
     .usage = "DOMAIN testing|enforce|none [--mx HOST,HOST] [--max-age SECONDS]",
     .summary = "set a policy of ours, and show what to publish",
     .help = "Others then send to DOMAIN only by TLS with a certificate that holds for one of the\n"
             "hosts (*.example.org stands for one label). Begin with testing. Publish the policy\n"
             "at its url first, then txt at name. --mx: this host; --max-age: a week.",
     .example = "postroad sts set health.example testing --mx mx1.health.example",
     .changes = true,
     .run = set},
    {.words = "sts show",
     .usage = "DOMAIN",
     .summary = "what to publish for a domain of ours",
     .help = "",
     .example = "postroad sts show health.example",
     .run = show},
    {.words = "sts remove",
     .usage = "DOMAIN",
     .summary = "forget a policy of ours",
     .help = "Set mode none first, and wait for the max_age of what was published before.",
     .example = "postroad sts remove health.example",
     .changes = true,
     .run = drop},
    {0},
};
