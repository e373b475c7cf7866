/* DKIM keys of our domains: made, published, signed with, retired. */
#include "base/resolver.h"
#include "io/out/resolver.h"
#include "server/command/common.h"
#include "service/mailauth/signer.h"

static void key_show(struct ctx *cx, struct json *j, const struct signer_key *k)
{
    json_object(j);
    json_key(j, "domain");
    json_str(j, k->domain);
    json_key(j, "selector");
    json_str(j, k->selector);
    json_key(j, "state");
    json_str(j, signer_state_name(k->state));
    json_key(j, "algorithm");
    json_str(j, sign_algorithm_name(k->algorithm));
    json_key(j, "bits");
    json_u64(j, k->bits);
    json_key(j, "created");
    json_str(j, cmd_time(cx->arena, k->created_ms));
    json_key(j, "name");
    json_str(j, str_printf(cx->arena, "%.*s._domainkey.%.*s.", STR_ARG(k->selector),
                           STR_ARG(k->domain)));
    json_key(j, "txt");
    json_str(j, k->record);
    json_object_end(j);
}

static enum code add(struct ctx *cx, struct command_call *call)
{
    struct str selector = {0}, algorithm = STR("rsa");
    struct domain d;
    struct signer_key key;
    (void)args_value(&call->args, "--selector", &selector);
    (void)args_value(&call->args, "--algorithm", &algorithm);
    TRY(cmd_take_domain(cx, call, &d));
    TRY(args_done(cx, &call->args));
    bool is_rsa = str_eq(algorithm, STR("rsa"));
    if (!is_rsa && !str_eq(algorithm, STR("ed25519")))
        return fail(cx, E_SYNTAX, "--algorithm is rsa or ed25519");
    TRY(signer_add(cx, call->server->signer, d.name, selector,
                   is_rsa ? SIGN_RSA_SHA256 : SIGN_ED25519_SHA256, &key));
    key_show(cx, call->out, &key);
    return OK;
}

/* DOMAIN SELECTOR */
static enum code take_key(struct ctx *cx, struct command_call *call, struct signer_key *out)
{
    struct domain d;
    struct str selector;
    struct signer_key *all;
    size_t count;
    TRY(cmd_take_domain(cx, call, &d));
    TRY(args_take(cx, &call->args, "SELECTOR", &selector));
    TRY(args_done(cx, &call->args));
    TRY(signer_list(cx, call->server->signer, d.name, &all, &count));
    for (size_t i = 0; i < count; i++)
        if (str_ieq(all[i].selector, selector)) {
            *out = all[i];
            return OK;
        }
    return fail(cx, E_NOT_FOUND, "%.*s has no DKIM key %.*s; see postroad dkim list",
                STR_ARG(d.name), STR_ARG(selector));
}

static enum code list(struct ctx *cx, struct command_call *call)
{
    struct str name = {0};
    struct domain d = {0};
    struct signer_key *all;
    size_t count;
    if (args_next(&call->args, &name))
        TRY(directory_domain_by_name(cx, call->server->core, name, &d));
    TRY(args_done(cx, &call->args));
    TRY(signer_list(cx, call->server->signer, d.name, &all, &count));
    json_array(call->out);
    for (size_t i = 0; i < count; i++)
        key_show(cx, call->out, &all[i]);
    json_array_end(call->out);
    return OK;
}

static enum code published(struct ctx *cx, struct command_call *call, const struct signer_key *key)
{
    return signer_published(cx, io_resolver_of(call->server->resolver), key);
}

static enum code check(struct ctx *cx, struct command_call *call)
{
    struct signer_key key;
    TRY(take_key(cx, call, &key));
    TRY(published(cx, call, &key));
    cmd_done(call, "published as it must be", key.selector);
    return OK;
}

static enum code activate(struct ctx *cx, struct command_call *call)
{
    bool force = args_flag(&call->args, "--force");
    struct signer_key key;
    TRY(take_key(cx, call, &key));
    if (!force)
        TRY(published(cx, call, &key));
    TRY(signer_set(cx, call->server->signer, key.domain, key.selector, SIGNER_ACTIVE));
    cmd_done(call, "mail is signed with it", key.selector);
    return OK;
}

static enum code retire(struct ctx *cx, struct command_call *call)
{
    struct signer_key key;
    TRY(take_key(cx, call, &key));
    TRY(signer_set(cx, call->server->signer, key.domain, key.selector, SIGNER_RETIRED));
    cmd_done(call, "no longer signed with", key.selector);
    return OK;
}

static enum code drop(struct ctx *cx, struct command_call *call)
{
    struct signer_key key;
    TRY(take_key(cx, call, &key));
    TRY(signer_remove(cx, call->server->signer, key.domain, key.selector));
    cmd_done(call, "key removed; take its record out of the DNS", key.selector);
    return OK;
}

const struct command dkim_commands[] = {
    {.words = "dkim add",
     .usage = "DOMAIN [--selector S] [--algorithm rsa|ed25519]",
     .summary = "make a key for a domain, and show the record to publish",
     .help = "The key is staged: publish \"txt\" at \"name\", then activate it. rsa is understood\n"
             "by everybody; ed25519 beside it is shorter. Subdomains sign with it too.",
     .example = "postroad dkim add health.example",
     .slow = true,
     .changes = true,
     .run = add},
    {.words = "dkim list",
     .usage = "[DOMAIN]",
     .summary = "keys, their states and their records",
     .help = "",
     .example = "postroad dkim list health.example",
     .run = list},
    {.words = "dkim check",
     .usage = "DOMAIN SELECTOR",
     .summary = "whether the DNS has the key",
     .help = "",
     .example = "postroad dkim check health.example r20261122",
     .run = check},
    {.words = "dkim activate",
     .usage = "DOMAIN SELECTOR [--force]",
     .summary = "sign with the key; the one before of its kind retires",
     .help = "Refused while the DNS does not have it; --force does it all the same. To rotate:\n"
             "dkim add, publish, dkim activate; a week later dkim remove the retired one.",
     .example = "postroad dkim activate health.example r20261122",
     .changes = true,
     .run = activate},
    {.words = "dkim retire",
     .usage = "DOMAIN SELECTOR",
     .summary = "sign with it no longer, but keep it",
     .help = "",
     .example = "postroad dkim retire health.example r20261122",
     .changes = true,
     .run = retire},
    {.words = "dkim remove",
     .usage = "DOMAIN SELECTOR",
     .summary = "forget a key that is not signed with",
     .help = "",
     .example = "postroad dkim remove health.example r20260522",
     .changes = true,
     .run = drop},
    {0},
};
