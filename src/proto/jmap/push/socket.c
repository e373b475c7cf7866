/* JMAP over WebSocket (RFC 8887). */
#include "base/engine.h"
#include "base/log.h"
#include "proto/http/ws/ws.h"
#include "proto/jmap/push/push.h"
#include "service/requests.h"
#include <stdlib.h>

enum { BEGIN_MAX = 8 * 1024 };

struct socket {
    struct jmap_push push;
    const struct peer *peer;
};

/* A response or a problem is an object already: what is of the message alone goes in front. */
static void say(struct ctx *cx, struct http_part *part, const char *type,
                const struct json_tree *id, struct rope *object)
{
    struct rope all = rope_of(cx->arena);
    struct buf begin = buf_of(cx->arena, BEGIN_MAX + (id ? id->text.n * 6 : 0));
    struct json j = json_to(&begin);
    json_object(&j);
    json_key(&j, "@type");
    json_str(&j, str_z(type));
    json_key(&j, "requestId");
    if (id)
        json_str(&j, id->text);
    else
        json_null(&j);
    buf_byte(&begin, ',');
    rope_eat(object, 1);
    rope_ref(&all, buf_str(&begin));
    rope_join(&all, object);
    ws_say(part, &all);
}

static enum code run(struct ctx *cx, struct socket *s, const struct json_tree *root,
                     const struct auth_result *who, struct http_response *a)
{
    const struct http_request q = {
        .who = who, .peer = s->peer, .session = s->push.person.session, .secure = true};
    if (requests_begin(cx, s->push.env->requests, who->who.id) != OK)
        return jmap_problem(cx, a, "limit", "maxConcurrentRequests");
    enum code code = jmap_request_run(cx, s->push.env, &q, root, a);
    requests_end(s->push.env->requests, who->who.id);
    return code;
}

static const struct json_tree *text_of(const struct json_tree *root, struct str name)
{
    const struct json_tree *v = json_tree_member(root, name);
    return json_tree_is(v, TREE_STRING) ? v : NULL;
}

static void say_changes(struct ctx *cx, struct socket *s, struct http_part *part)
{
    struct str changed;
    struct rope all = rope_of(cx->arena);
    enum code code = jmap_push_look(cx, &s->push, &changed);
    if (code == E_DENIED)
        ws_end(part, WS_POLICY, "signed out");
    else if (code != OK)
        ws_end(part, WS_FAILED, "the server cannot look");
    if (code != OK || !changed.n)
        return;
    struct str state = jmap_watched_id(cx->arena, s->push.watched);
    rope_printf(&all, "{\"@type\":\"StateChange\",\"changed\":%.*s,\"pushState\":\"%.*s\"}\r\n",
                STR_ARG(changed), STR_ARG(state));
    ws_say(part, &all);
}

/* Section 4.3.5.2. False: dataTypes is no list of names. */
static bool types_read(const struct json_tree *root, jmap_types *out)
{
    const struct json_tree *list = json_tree_member(root, STR("dataTypes"));
    *out = jmap_types_all();
    if (!list || list->kind == TREE_NULL)
        return true;
    *out = 0;
    for (size_t i = 0; list->kind == TREE_ARRAY && i < list->count; i++) {
        if (list->values[i].kind != TREE_STRING)
            return false;
        *out |= jmap_types_of(list->values[i].text);
    }
    return list->kind == TREE_ARRAY;
}

static enum code enable(struct ctx *cx, struct socket *s, const struct json_tree *root,
                        struct http_response *a, struct http_part *part)
{
    const struct json_tree *since = text_of(root, STR("pushState"));
    jmap_types types;
    if (!types_read(root, &types))
        return jmap_problem(cx, a, "notRequest", NULL);
    TRY(jmap_push_begin(cx, &s->push, s->peer->waker, types,
                        since ? since->text : (struct str){0}));
    say_changes(cx, s, part); /* what changed since then; or it is now that is begun from */
    return OK;
}

/* a: what is wrong, or the response. */
static enum code take_object(struct ctx *cx, struct socket *s, const struct json_tree *root,
                             const struct auth_result *who, struct http_response *a,
                             struct http_part *part)
{
    const struct json_tree *type = text_of(root, STR("@type"));
    struct str kind = type ? type->text : (struct str){0};
    if (str_eq(kind, STR("Request")))
        return run(cx, s, root, who, a);
    if (str_eq(kind, STR("WebSocketPushEnable")))
        return enable(cx, s, root, a, part);
    if (!str_eq(kind, STR("WebSocketPushDisable")))
        return jmap_problem(cx, a, "notRequest", NULL);
    jmap_push_end(&s->push);
    return OK;
}

static void failed(struct ctx *cx, const struct socket *s, enum code code, struct http_part *part)
{
    if (code == E_DENIED) {
        ws_end(part, WS_POLICY, "signed out");
        return;
    }
    log_event(s->push.env->log, LOG_WARN, "jmap.failed", "id=%llu method=- code=%s why=%s",
              (unsigned long long)s->peer->id, code_name(code),
              log_quote(cx->arena, str_z(cx->err.what)));
    ws_end(part, WS_FAILED, "the server failed");
}

static void take(struct ctx *cx, void *self, struct str text, struct http_part *part)
{
    struct socket *s = self;
    struct http_response a = {.status = 200, .body = rope_of(cx->arena)};
    const struct json_tree *root = NULL, *id = NULL;
    struct auth_result who;
    enum code code = jmap_person_still(cx, s->push.env, &s->push.person, &who);
    if (code == OK && jmap_request_read(cx, text, &root, &a)) {
        id = text_of(root, STR("id"));
        code = take_object(cx, s, root, &who, &a, part);
    }
    if (code != OK)
        failed(cx, s, code, part);
    else if (a.body.bytes)
        say(cx, part, a.status == 200 ? "Response" : "RequestError", id, &a.body);
}

static void wake(struct ctx *cx, void *self, struct http_part *part)
{
    say_changes(cx, self, part);
}

static uint32_t wake_ms(const void *self)
{
    const struct socket *s = self;
    return jmap_push_wake_ms(&s->push);
}

static void close_socket(void *self)
{
    struct socket *s = self;
    jmap_push_end(&s->push);
    jmap_person_drop(&s->push.person);
    free(s);
}

enum code jmap_socket(struct ctx *cx, void *self, const struct http_request *q,
                      struct http_response *a)
{
    struct jmap_env *e = self;
    bool taken;
    struct socket *s = calloc(1, sizeof *s);
    must(s);
    s->push.env = e;
    s->peer = q->peer;
    enum code code = jmap_person_keep(cx, e, q, &s->push.person);
    if (code == OK)
        code = ws_accept(cx, q, &e->socket, s, a, &taken);
    if (code != OK || !taken)
        close_socket(s);
    return code;
}

const struct ws_handler jmap_socket_handler = {.protocol = {"jmap", 4},
                                               .message_max = JMAP_REQUEST_MAX,
                                               .take = take,
                                               .wake = wake,
                                               .wake_ms = wake_ms,
                                               .close = close_socket};
