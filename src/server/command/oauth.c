/* The authorisation server: its keys, clients and grants. */
#include "server/command/common.h"
#include "service/oauth/client.h"
#include "service/oauth/grant.h"
#include "service/oauth/keys.h"
#include "service/oauth/scope.h"

static enum code oauth_of(struct ctx *cx, const struct command_call *call, struct oauth **out)
{
    *out = call->server->oauth;
    if (!*out)
        return fail(cx, E_UNSUPPORTED, "the configuration has no public_url in oauth_server");
    return OK;
}

static void text_put(struct json *j, const char *key, struct str text)
{
    json_key(j, key);
    json_str(j, text);
}

static enum code key_list(struct ctx *cx, struct command_call *call)
{
    struct oauth *o;
    struct oauth_key *all;
    size_t count;
    TRY(args_done(cx, &call->args));
    TRY(oauth_of(cx, call, &o));
    TRY(oauth_key_list(cx, o, &all, &count));
    json_array(call->out);
    for (size_t i = 0; i < count; i++) {
        json_object(call->out);
        text_put(call->out, "id", all[i].id);
        text_put(call->out, "algorithm", jose_algorithm_name(all[i].algorithm));
        text_put(call->out, "state", all[i].retired_ms ? STR("retired") : STR("signs"));
        text_put(call->out, "created", cmd_time(cx->arena, all[i].created_ms));
        json_object_end(call->out);
    }
    json_array_end(call->out);
    return OK;
}

static enum code key_rotate(struct ctx *cx, struct command_call *call)
{
    struct oauth *o;
    TRY(args_done(cx, &call->args));
    TRY(oauth_of(cx, call, &o));
    TRY(oauth_key_rotate(cx, o));
    cmd_done(call, "new keys sign", STR("ES256 RS256"));
    return OK;
}

static void client_put(struct ctx *cx, struct json *j, const struct oauth_client *c)
{
    text_put(j, "id", c->id);
    text_put(j, "name", c->name);
    text_put(j, "kind", c->secret_hash.n ? STR("confidential") : STR("public"));
    text_put(j, "scope", scope_text(cx->arena, c->scopes));
    text_put(j, "algorithm", jose_algorithm_name(c->id_algorithm));
    text_put(j, "registered", c->strange ? STR("by itself") : STR("here"));
    text_put(j, "created", cmd_time(cx->arena, c->created_ms));
    json_key(j, "redirects");
    json_array(j);
    for (size_t i = 0; i < c->redirect_count; i++)
        json_str(j, c->redirects[i]);
    json_array_end(j);
}

static enum code client_list(struct ctx *cx, struct command_call *call)
{
    struct oauth *o;
    struct oauth_client *all;
    size_t count;
    TRY(args_done(cx, &call->args));
    TRY(oauth_of(cx, call, &o));
    TRY(oauth_client_list(cx, o, &all, &count));
    json_array(call->out);
    for (size_t i = 0; i < count; i++) {
        json_object(call->out);
        client_put(cx, call->out, &all[i]);
        json_object_end(call->out);
    }
    json_array_end(call->out);
    return OK;
}

/* --redirect URI, any number of times. */
static enum code take_uris(struct ctx *cx, struct args *args, const char *option, struct str *out,
                           size_t *count)
{
    struct str uri;
    while (args_value(args, option, &uri)) {
        if (*count == CLIENT_REDIRECTS_MAX)
            return fail(cx, E_LIMIT, "%s: at most %d", option, CLIENT_REDIRECTS_MAX);
        out[(*count)++] = uri;
    }
    return OK;
}

static enum code client_options(struct ctx *cx, struct args *args, struct oauth_client *c)
{
    struct str scope = {0}, algorithm = STR("RS256");
    c->scopes = SCOPE_ALL;
    if (args_value(args, "--scope", &scope))
        TRY(scope_parse(cx, scope, &c->scopes));
    (void)args_value(args, "--algorithm", &algorithm);
    c->id_algorithm = str_eq(algorithm, STR("ES256")) ? JOSE_ES256 : JOSE_RS256;
    if (!str_eq(jose_algorithm_name(c->id_algorithm), algorithm))
        return fail(cx, E_SYNTAX, "--algorithm is RS256 or ES256");
    (void)args_value(args, "--id", &c->id);
    TRY(take_uris(cx, args, "--redirect", c->redirects, &c->redirect_count));
    return take_uris(cx, args, "--ending", c->endings, &c->ending_count);
}

static enum code client_add(struct ctx *cx, struct command_call *call)
{
    bool confidential = args_flag(&call->args, "--confidential");
    struct oauth_client c = {0};
    struct str secret;
    struct oauth *o;
    TRY(oauth_of(cx, call, &o));
    TRY(client_options(cx, &call->args, &c));
    TRY(args_take(cx, &call->args, "NAME", &c.name));
    TRY(args_done(cx, &call->args));
    TRY(oauth_client_add(cx, o, &c, confidential, &secret));
    json_object(call->out);
    client_put(cx, call->out, &c);
    if (confidential)
        text_put(call->out, "secret", secret);
    json_object_end(call->out);
    return OK;
}

static enum code client_remove(struct ctx *cx, struct command_call *call)
{
    struct oauth *o;
    struct str id;
    TRY(oauth_of(cx, call, &o));
    TRY(args_take(cx, &call->args, "ID", &id));
    TRY(args_done(cx, &call->args));
    enum code code = oauth_client_remove(cx, o, id);
    if (code == E_NOT_FOUND)
        return fail(cx, code, "there is no client %.*s; see postroad oauth client list",
                    STR_ARG(id));
    TRY(code);
    cmd_done(call, "client removed; its tokens are refused", id);
    return OK;
}

static void grant_put(struct ctx *cx, struct json *j, const struct oauth_grant *g,
                      struct str address, struct str client)
{
    json_object(j);
    text_put(j, "address", address);
    text_put(j, "grant", str_printf(cx->arena, "%016llx", (unsigned long long)g->id));
    text_put(j, "client", g->client);
    text_put(j, "name", client);
    text_put(j, "scope", scope_text(cx->arena, g->scopes));
    text_put(j, "created", cmd_time(cx->arena, g->created_ms));
    text_put(j, "used", cmd_time(cx->arena, g->used_ms));
    json_object_end(j);
}

static enum code grant_list(struct ctx *cx, struct command_call *call)
{
    struct principal who;
    struct oauth *o;
    struct oauth_grant *all;
    size_t count;
    TRY(oauth_of(cx, call, &o));
    TRY(cmd_take_principal(cx, call, "ADDRESS", &who));
    TRY(args_done(cx, &call->args));
    TRY(oauth_grant_list(cx, o, who.id, &all, &count));
    json_array(call->out);
    for (size_t i = 0; i < count; i++) {
        struct oauth_client c = {0};
        struct principal owner;
        if (oauth_grant_alive(cx, o, &all[i], &owner) != OK ||
            oauth_client_get(cx, o, all[i].client, &c) != OK)
            continue;
        grant_put(cx, call->out, &all[i], who.address, c.name);
    }
    json_array_end(call->out);
    return OK;
}

static enum code grant_revoke(struct ctx *cx, struct command_call *call)
{
    bool every = args_flag(&call->args, "--all");
    struct principal who;
    struct oauth *o;
    struct oauth_grant *all;
    struct str id = {0};
    size_t count, ended = 0;
    TRY(oauth_of(cx, call, &o));
    TRY(cmd_take_principal(cx, call, "ADDRESS", &who));
    if (!every)
        TRY(args_take(cx, &call->args, "GRANT", &id));
    TRY(args_done(cx, &call->args));
    TRY(oauth_grant_list(cx, o, who.id, &all, &count));
    for (size_t i = 0; i < count; i++) {
        struct str name = str_printf(cx->arena, "%016llx", (unsigned long long)all[i].id);
        if (!every && !str_ieq(name, id))
            continue;
        enum code code =
            oauth_grant_revoke(cx, o, who.id, all[i].id, STR("console"), "administrator");
        if (code != E_NOT_FOUND)
            TRY(code);
        ended++;
    }
    if (!ended && !every)
        return fail(cx, E_NOT_FOUND, "%.*s has no such grant; see postroad oauth grant list",
                    STR_ARG(who.address));
    cmd_done(call, "revoked; its tokens are refused", who.address);
    return OK;
}

const struct command oauth_commands[] = {
    {.words = "oauth key list",
     .usage = "",
     .summary = "keys that ID tokens are signed with, and those before them",
     .help = "A retired key stays in the key set for a week.",
     .example = "postroad oauth key list",
     .run = key_list},
    {.words = "oauth key rotate",
     .usage = "",
     .summary = "sign with new keys from now on",
     .help = "Clients find them by themselves. Once a year, or when somebody may have seen them.",
     .example = "postroad oauth key rotate",
     .slow = true,
     .changes = true,
     .run = key_rotate},
    {.words = "oauth client list",
     .usage = "",
     .summary = "programs that people may let in",
     .help = "",
     .example = "postroad oauth client list",
     .run = client_list},
    {.words = "oauth client add",
     .usage = "NAME [--id ID] [--confidential] [--redirect URI]... [--ending URI]...\n"
              "        [--scope \"openid imap...\"] [--algorithm RS256|ES256]",
     .summary = "a program that people may let in",
     .help =
         "NAME is shown to them. Without --confidential it is one that can keep no secret (on\n"
         "people's own machines). The secret is shown once and kept nowhere. --redirect: where\n"
         "the browser goes afterwards; for http://127.0.0.1/ the port may be any. --ending:\n"
         "where it may go after signing out. Without --redirect: devices alone (RFC 8628).",
     .example = "postroad oauth client add Thunderbird --redirect https://localhost/",
     .changes = true,
     .run = client_add},
    {.words = "oauth client remove",
     .usage = "ID",
     .summary = "let a program in no longer",
     .help = "What it was granted ends with it.",
     .example = "postroad oauth client remove 3xQ0p1rYb2m9",
     .changes = true,
     .run = client_remove},
    {.words = "oauth grant list",
     .usage = "ADDRESS",
     .summary = "programs that a person has let in",
     .help = "",
     .example = "postroad oauth grant list jane.roe@health.example",
     .run = grant_list},
    {.words = "oauth grant revoke",
     .usage = "ADDRESS GRANT | ADDRESS --all",
     .summary = "end what a person has granted: its tokens are refused at once",
     .help = "",
     .example = "postroad oauth grant revoke jane.roe@health.example 93c1f00d12ab34cd",
     .changes = true,
     .run = grant_revoke},
    {0},
};
