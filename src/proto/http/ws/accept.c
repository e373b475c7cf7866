/* The opening handshake (RFC 6455 section 4.2; RFC 8441 section 5). */
#include "format/base64.h"
#include "proto/http/session.h"
#include "proto/http/ws/session.h"
#include <stdlib.h>

enum { KEY_BYTES = 16 };

/* Whether a list of tokens has one, over all fields of that name. */
static bool lists(const struct http_request *q, struct str name, struct str wanted)
{
    for (size_t i = 0; i < q->field_count; i++) {
        if (!str_ieq(q->fields[i].name, name))
            continue;
        struct cur c = cur_of(q->fields[i].value);
        while (!cur_end(&c)) {
            struct str one;
            if (!cur_until(&c, ',', &one)) {
                one = c.rest;
                c.rest = (struct str){0};
            }
            if (str_ieq(str_trim(one), wanted))
                return true;
        }
    }
    return false;
}

static bool by_h2(const struct http_request *q)
{
    return q->peer->tls && str_eq(q->peer->tls->alpn, STR("h2"));
}

/* It asks for no WebSocket, or for one of another version: what it might ask for is told. */
static enum code upgrade_required(struct ctx *cx, const struct http_request *q,
                                  struct http_response *a, const char *why)
{
    http_answer_fault(cx, a, q->method == HTTP_CONNECT ? 501 : 426, why);
    if (!by_h2(q)) { /* which knows no such fields */
        http_answer_field(a, STR("Upgrade"), STR("websocket"));
        http_answer_field(a, STR("Connection"), STR("Upgrade"));
    }
    http_answer_field(a, STR("Sec-WebSocket-Version"), STR("13"));
    return OK;
}

static bool asks(const struct http_request *q)
{
    if (q->method == HTTP_CONNECT)
        return str_ieq(q->protocol, STR("websocket"));
    return q->method == HTTP_GET && !q->old && lists(q, STR("Upgrade"), STR("websocket")) &&
           lists(q, STR("Connection"), STR("Upgrade"));
}

static bool version_ok(const struct http_request *q)
{
    struct str version;
    return http_field_of(q, STR("Sec-WebSocket-Version"), &version) && str_eq(version, STR("13"));
}

static bool key_ok(struct ctx *cx, const struct http_request *q, struct str *key)
{
    struct str bytes;
    return http_field_of(q, STR("Sec-WebSocket-Key"), key) &&
           base64_decode_strict(cx, *key, &bytes) == OK && bytes.n == KEY_BYTES;
}

static void answer(struct ctx *cx, const struct http_request *q, struct str key,
                   struct http_response *a)
{
    a->status = 200;
    if (q->method == HTTP_CONNECT)
        return;
    a->status = 101;
    http_answer_field(a, STR("Upgrade"), STR("websocket"));
    http_answer_field(a, STR("Connection"), STR("Upgrade"));
    http_answer_field(a, STR("Sec-WebSocket-Accept"), ws_key_answer(cx->arena, key));
}

enum code ws_accept(struct ctx *cx, const struct http_request *q, const struct ws_handler *handler,
                    void *self, struct http_response *a, bool *taken)
{
    struct str key = {0};
    *taken = false;
    if (!asks(q))
        return upgrade_required(cx, q, a, "a WebSocket is served here");
    if (!version_ok(q))
        return upgrade_required(cx, q, a, "version 13 is spoken");
    if (q->method == HTTP_GET && !key_ok(cx, q, &key))
        return fail(cx, E_SYNTAX, "Sec-WebSocket-Key is no 16 bytes");
    if (!lists(q, STR("Sec-WebSocket-Protocol"), handler->protocol))
        return fail(cx, E_SYNTAX, "the protocol is not offered");
    answer(cx, q, key, a);
    http_answer_field(a, STR("Sec-WebSocket-Protocol"), handler->protocol);
    struct ws *w = calloc(1, sizeof *w);
    must(w);
    *w = (struct ws){.handler = handler, .self = self, .heard_ms = cx->now_ms};
    a->live = &ws_live;
    a->live_self = w;
    *taken = true;
    return OK;
}
