#include "service/acme/order.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "format/base64.h"
#include "format/json.h"
#include "service/acme/files.h"
#include "service/acme/jws.h"
#include "service/acme/tokens.h"

enum {
    ORDER_MS = 10 * 60 * 1000, /* for all of an order; it goes on with the next attempt */
    FIRST_PAUSE_MS = 250,
    LAST_PAUSE_MS = 10 * 1000,
    PAYLOAD_MAX = 64 * 1024,
};

/* One run over an order. */
struct running {
    struct ctx *cx;
    struct acme_client *c;
    const struct acme_want *want;
    const struct acme_keeping *keeping;
    struct acme_key *key;
    struct str url;
    int64_t until_ms;
    int64_t pause_ms;
};

struct str acme_certificate_path(struct arena *a, struct str dir, struct str name)
{
    return acme_path(a, dir, name, ".pem");
}

static struct str key_path(const struct running *r)
{
    return acme_path(r->cx->arena, r->c->config->dir, r->want->name, ".order.key");
}

static struct str order_path(const struct running *r)
{
    return acme_path(r->cx->arena, r->c->config->dir, r->want->name, ".order.json");
}

static struct str names_text(const struct running *r)
{
    struct buf b = buf_of(r->cx->arena, PAYLOAD_MAX);
    for (size_t i = 0; i < r->want->count; i++)
        buf_printf(&b, "%s%.*s", i ? " " : "", STR_ARG(r->want->names[i]));
    return buf_str(&b);
}

/* As the server asks, or longer and longer. E_BUSY: no time is left. */
static enum code pause_for(struct running *r, int64_t retry_at_ms)
{
    int64_t now_ms = clock_utc_ms();
    int64_t ms = retry_at_ms > now_ms ? retry_at_ms - now_ms : r->pause_ms;
    r->pause_ms = r->pause_ms * 2 < LAST_PAUSE_MS ? r->pause_ms * 2 : LAST_PAUSE_MS;
    if (now_ms + ms > r->until_ms)
        return fail(r->cx, E_BUSY, "the server is not done yet");
    return r->keeping->pause(r->keeping->self, ms) ? OK : fail(r->cx, E_BUSY, "we stop");
}

static enum code problem(struct running *r, const char *what, const struct acme_problem *p)
{
    return fail(r->cx, E_DENIED, "%s: %.*s: %.*s", what, STR_ARG(p->type), STR_ARG(p->detail));
}

struct str acme_renewal_id(struct arena *a, const struct acme_facts *f)
{
    if (!f->authority.n || !f->serial.n)
        return (struct str){0};
    const struct str parts[] = {base64url_encode(a, f->authority), STR("."),
                                base64url_encode(a, f->serial)};
    return str_join(a, parts, 3);
}

/* Which certificate the new one stands for (RFC 9773 section 5), when the server cares. */
static struct str replaced(struct running *r)
{
    struct acme_facts facts;
    struct str pem, path = acme_certificate_path(r->cx->arena, r->c->config->dir, r->want->name);
    if (!r->c->directory.renewal_info.n || acme_file_read(r->cx, path, &pem) != OK ||
        acme_facts_read(r->cx, pem, &facts) != OK)
        return (struct str){0};
    return acme_renewal_id(r->cx->arena, &facts);
}

static struct str order_payload(struct running *r, struct str replaces)
{
    struct buf b = buf_of(r->cx->arena, PAYLOAD_MAX);
    struct json j = json_to(&b);
    json_object(&j);
    json_key(&j, "identifiers");
    json_array(&j);
    for (size_t i = 0; i < r->want->count; i++) {
        json_object(&j);
        json_key(&j, "type");
        json_str(&j, STR("dns"));
        json_key(&j, "value");
        json_str(&j, r->want->names[i]);
        json_object_end(&j);
    }
    json_array_end(&j);
    if (replaces.n) {
        json_key(&j, "replaces");
        json_str(&j, replaces);
    }
    json_object_end(&j);
    return buf_str(&b);
}

static void forget(struct running *r)
{
    acme_file_remove(order_path(r));
    acme_file_remove(key_path(r));
}

/* Key and URL are durable before anything is done with the order. */
static enum code order_keep(struct running *r)
{
    struct buf b = buf_of(r->cx->arena, PAYLOAD_MAX);
    struct json j = json_to(&b);
    json_object(&j);
    json_key(&j, "order");
    json_str(&j, r->url);
    json_key(&j, "account");
    json_str(&j, r->c->kid);
    json_key(&j, "names");
    json_str(&j, names_text(r));
    json_object_end(&j);
    TRY(acme_file_write(r->cx, key_path(r), acme_key_pem(r->cx->arena, r->key)));
    return acme_file_write(r->cx, order_path(r), buf_str(&b));
}

static enum code order_new(struct running *r, struct acme_order *out)
{
    struct acme_answer a;
    struct str replaces = replaced(r), url = r->c->directory.new_order;
    enum code code = acme_post(r->cx, r->c, url, order_payload(r, replaces), &a);
    bool taken = str_eq(r->c->problem, STR("alreadyReplaced"));
    if (code != OK && replaces.n && (code == E_NOT_FOUND || taken)) /* it forgot the old one */
        code = acme_post(r->cx, r->c, url, order_payload(r, (struct str){0}), &a);
    TRY(code);
    if (!a.location.n)
        return fail(r->cx, E_SYNTAX, "the server gives the order no URL");
    r->url = a.location;
    r->key = acme_key_make();
    TRY(acme_read_order(r->cx, a.body, out));
    TRY(order_keep(r));
    log_event(r->c->log, LOG_INFO, "acme.ordered", "certificate=%s names=%s",
              log_quote(r->cx->arena, r->want->name), log_quote(r->cx->arena, names_text(r)));
    return OK;
}

/* The order of an attempt before, if it is still good for these names. */
static bool order_old(struct running *r, struct acme_order *out)
{
    struct str json, pem;
    struct acme_answer a;
    if (acme_file_read(r->cx, order_path(r), &json) != OK ||
        acme_file_read(r->cx, key_path(r), &pem) != OK)
        return false;
    r->url = acme_read_text(r->cx, json, "order");
    return str_eq(acme_read_text(r->cx, json, "names"), names_text(r)) &&
           str_eq(acme_read_text(r->cx, json, "account"), r->c->kid) &&
           acme_key_read(r->cx, pem, &r->key) == OK &&
           acme_post(r->cx, r->c, r->url, (struct str){0}, &a) == OK &&
           acme_read_order(r->cx, a.body, out) == OK && out->status != ACME_INVALID &&
           out->status != ACME_UNKNOWN;
}

static const struct acme_challenge *challenge_of(const struct running *r,
                                                 const struct acme_authorization *z)
{
    struct str type = r->c->config->proof == ACME_HTTP_01 ? STR("http-01") : STR("tls-alpn-01");
    for (size_t i = 0; i < z->challenge_count; i++)
        if (str_eq(z->challenges[i].type, type))
            return &z->challenges[i];
    return NULL;
}

/* Until the server has looked. */
static enum code authorization_wait(struct running *r, struct str url, struct acme_authorization *z)
{
    for (;;) {
        struct acme_answer a;
        TRY(acme_post(r->cx, r->c, url, (struct str){0}, &a));
        TRY(acme_read_authorization(r->cx, a.body, z));
        const struct acme_challenge *challenge = challenge_of(r, z);
        if (z->status == ACME_VALID)
            return OK;
        if (z->status != ACME_PENDING)
            return problem(r, "not proved",
                           challenge ? &challenge->problem : &(struct acme_problem){0});
        TRY(pause_for(r, a.retry_at_ms));
    }
}

static enum code authorization_prove(struct running *r, struct str url,
                                     struct acme_authorization *z)
{
    struct acme_answer a;
    const struct acme_challenge *found = challenge_of(r, z);
    if (!found)
        return fail(r->cx, E_UNSUPPORTED, "%.*s: the server does not offer that challenge",
                    STR_ARG(z->name));
    const struct acme_challenge challenge = *found;
    struct str name = z->name;
    if (!acme_token_is_good(challenge.token))
        return fail(r->cx, E_SYNTAX, "a challenge has no good token");
    const struct str parts[] = {challenge.token, STR("."),
                                acme_thumbprint(r->cx->arena, r->c->key)};
    TRY(r->keeping->prove(r->cx, r->keeping->self, name, challenge.token,
                          str_join(r->cx->arena, parts, 3)));
    enum code code = OK;
    if (challenge.status == ACME_PENDING)
        code = acme_post(r->cx, r->c, challenge.url, STR("{}"), &a);
    if (code == OK)
        code = authorization_wait(r, url, z);
    r->keeping->unprove(r->keeping->self, name, challenge.token);
    return code;
}

static enum code authorize(struct running *r, const struct acme_order *o)
{
    struct acme_authorization *z = ARENA_NEW(r->cx->arena, struct acme_authorization);
    for (size_t i = 0; i < o->authorization_count; i++) {
        struct acme_answer a;
        TRY(acme_post(r->cx, r->c, o->authorizations[i], (struct str){0}, &a));
        TRY(acme_read_authorization(r->cx, a.body, z));
        if (z->status == ACME_PENDING)
            TRY(authorization_prove(r, o->authorizations[i], z));
    }
    return OK;
}

static enum code finalize(struct running *r, const struct acme_order *o)
{
    struct buf b = buf_of(r->cx->arena, PAYLOAD_MAX);
    struct json j = json_to(&b);
    struct acme_answer a;
    json_object(&j);
    json_key(&j, "csr");
    json_str(&j, base64url_encode(r->cx->arena,
                                  acme_csr(r->cx->arena, r->key, r->want->names, r->want->count)));
    json_object_end(&j);
    if (b.overflow || !o->finalize.n)
        return fail(r->cx, E_SYNTAX, "the order cannot be finalized");
    return acme_post(r->cx, r->c, o->finalize, buf_str(&b), &a);
}

/* The key in front of the chain, so that one rename puts both in place. */
static enum code download(struct running *r, const struct acme_order *o)
{
    struct acme_answer a;
    TRY(acme_post(r->cx, r->c, o->certificate, (struct str){0}, &a));
    TRY(acme_chain_fits(r->cx, a.body, r->key, r->want->names, r->want->count));
    const struct str parts[] = {acme_key_pem(r->cx->arena, r->key), a.body};
    struct str path = acme_certificate_path(r->cx->arena, r->c->config->dir, r->want->name);
    TRY(acme_file_write(r->cx, path, str_join(r->cx->arena, parts, 2)));
    forget(r);
    return OK;
}

static enum code order_step(struct running *r, const struct acme_order *o)
{
    switch (o->status) {
    case ACME_PENDING:
        return authorize(r, o);
    case ACME_READY:
        return finalize(r, o);
    case ACME_INVALID:
        return problem(r, "the order failed", &o->problem);
    case ACME_PROCESSING:
        return OK;
    case ACME_VALID:
    case ACME_UNKNOWN:
        break;
    }
    return fail(r->cx, E_SYNTAX, "the order is in a state that is unknown");
}

static enum code order_go(struct running *r, struct acme_order *o)
{
    while (o->status != ACME_VALID) {
        struct acme_answer a;
        enum acme_status before = o->status;
        TRY(order_step(r, o));
        TRY(acme_post(r->cx, r->c, r->url, (struct str){0}, &a));
        TRY(acme_read_order(r->cx, a.body, o));
        if (o->status == before)
            TRY(pause_for(r, a.retry_at_ms));
    }
    return download(r, o);
}

enum code acme_order_run(struct ctx *cx, struct acme_client *c, const struct acme_want *want,
                         const struct acme_keeping *keeping)
{
    struct running r = {cx, c, want, keeping, NULL, {0}, clock_utc_ms() + ORDER_MS, FIRST_PAUSE_MS};
    struct acme_order *o = ARENA_NEW(cx->arena, struct acme_order);
    enum code code = OK;
    if (!order_old(&r, o)) {
        acme_key_close(r.key);
        r.key = NULL;
        forget(&r);
        code = order_new(&r, o);
    }
    if (code == OK)
        code = order_go(&r, o);
    if (code == E_DENIED || code == E_CONFLICT) /* nothing to go on with */
        forget(&r);
    acme_key_close(r.key);
    return code;
}
