#include "said.h"

void jmap_said_open(struct jmap_said *s, struct imap_world *w, uint64_t who)
{
    *s = (struct jmap_said){.w = w, .env = {.core = w->core}, .who = {.account = who}};
    s->who.who.id = who;
    s->who.who.name = STR("somebody");
    jmap_env_open(&s->env);
}

struct str jmap_said_body(struct jmap_said *s, struct str body)
{
    struct http_field type = {STR("Content-Type"), STR("application/json")};
    struct peer peer = {.id = 1};
    struct http_request q = {.method = HTTP_POST,
                             .body = body,
                             .fields = &type,
                             .field_count = 1,
                             .peer = &peer,
                             .who = &s->who,
                             .secure = true};
    struct http_response a = {.status = 200, .body = rope_of(s->w->cx.arena)};
    must(jmap_api(&s->w->cx, &s->env, &q, &a) == OK);
    struct str text = rope_flatten(&a.body, s->w->cx.arena);
    rope_drop(&a.body);
    return text;
}

struct str jmap_said(struct jmap_said *s, const char *calls)
{
    return jmap_said_body(
        s, str_printf(s->w->cx.arena,
                      "{\"using\":[\"urn:ietf:params:jmap:core\",\"urn:ietf:params:jmap:mail\"],"
                      "\"methodCalls\":[%s]}",
                      calls));
}

struct jmap_call jmap_said_call(struct jmap_said *s, uint64_t account)
{
    struct jmap_call call = {.env = &s->env, .who = &s->who};
    must(jmap_account_enter(&s->w->cx, &call, jmap_account_id(s->w->cx.arena, account)) == OK);
    return call;
}
