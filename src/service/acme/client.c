#include "service/acme/client.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "format/base64.h"
#include "format/date.h"
#include "format/json.h"
#include "service/acme/files.h"
#include "service/acme/jws.h"

enum {
    ANSWER_MAX = 1024 * 1024,
    ASK_MS = 30 * 1000,
    NONCES_MAX = 5,                /* that are refused, one after the other */
    RETRY_AFTER_S = 7 * 24 * 3600, /* no server makes us wait longer */
    PAYLOAD_MAX = 64 * 1024,
};

static struct str account_key_path(struct arena *a, const struct acme_config *config)
{
    return acme_path(a, config->dir, STR("account"), ".key");
}

static struct str account_path(struct arena *a, const struct acme_config *config)
{
    return acme_path(a, config->dir, STR("account"), ".json");
}

/* Whether it is JSON from the server or a page of some proxy: only what is there is told. */
static enum code refused(struct ctx *cx, struct acme_client *c, const struct web_answer *a)
{
    static const struct str prefix = {"urn:ietf:params:acme:error:", 27};
    struct acme_problem p = acme_read_problem(cx, a->body);
    c->problem = str_from(p.type, str_starts(p.type, prefix) ? prefix.n : 0);
    enum code code =
        a->status == 404 ? E_NOT_FOUND
        : a->status == 429 || a->status >= 500 || str_eq(c->problem, STR("rateLimited")) ? E_BUSY
                                                                                         : E_DENIED;
    return fail(cx, code, "the server says %u %.*s: %.*s", a->status, STR_ARG(c->problem),
                STR_ARG(p.detail));
}

static int64_t retry_at(const struct web_answer *a)
{
    struct str value = web_header_of(a, STR("Retry-After"));
    uint64_t s;
    struct date d;
    int64_t now_ms = clock_utc_ms(), latest_ms = now_ms + RETRY_AFTER_S * INT64_C(1000);
    int64_t at_ms = 0;
    if (str_u64(value, &s))
        at_ms = s < RETRY_AFTER_S ? now_ms + (int64_t)s * 1000 : latest_ms;
    else if (value.n && date_parse(value, &d))
        at_ms = d.utc_ms;
    return at_ms < latest_ms ? at_ms : latest_ms;
}

/* Keeps what every answer may bring: a nonce, a wish to be left alone. */
static void note(struct acme_client *c, const struct web_answer *a)
{
    struct str nonce = web_header_of(a, STR("Replay-Nonce"));
    if (nonce.n)
        c->nonce = nonce;
    if (a->status == 429 || a->status == 503)
        c->not_before_ms = retry_at(a);
}

static enum code ask(struct ctx *cx, struct acme_client *c, const struct web_question *q,
                     struct web_answer *out)
{
    struct web_question whole = *q;
    whole.body_max = ANSWER_MAX;
    whole.timeout_ms = ASK_MS;
    whole.inside = true; /* the operator named it: an authority of the house may be meant */
    cx->deadline_ms = clock_utc_ms() + ASK_MS + ASK_MS;
    *out = web_ask(cx, c->web, &whole);
    cx->deadline_ms = 0;
    if (out->result != WEB_ANSWERED)
        return fail(cx, E_IO, "%.*s: %s: %.*s", STR_ARG(q->url), web_result_name(out->result),
                    STR_ARG(out->why));
    note(c, out);
    return OK;
}

enum code acme_get(struct ctx *cx, struct acme_client *c, struct str url, struct str *out)
{
    const struct web_question q = {.method = WEB_GET, .url = url};
    struct web_answer a;
    TRY(ask(cx, c, &q, &a));
    if (a.status != 200)
        return refused(cx, c, &a);
    *out = a.body;
    return OK;
}

static enum code fresh_nonce(struct ctx *cx, struct acme_client *c, struct str *out)
{
    const struct web_question q = {.method = WEB_HEAD, .url = c->directory.new_nonce};
    struct web_answer a;
    if (!c->nonce.n)
        TRY(ask(cx, c, &q, &a));
    if (!c->nonce.n)
        return fail(cx, E_SYNTAX, "the server gives no nonce");
    *out = c->nonce;
    c->nonce = (struct str){0}; /* each is used once */
    return OK;
}

static enum code post_once(struct ctx *cx, struct acme_client *c, struct str url,
                           struct str payload, struct web_answer *out)
{
    static const struct web_header type = {{"Content-Type", 12}, {"application/jose+json", 21}};
    struct str nonce;
    TRY(fresh_nonce(cx, c, &nonce));
    const struct web_question q = {
        .method = WEB_POST,
        .url = url,
        .headers = &type,
        .header_count = 1,
        .body = acme_jws(cx->arena, c->key, c->kid, nonce, url, payload),
    };
    return ask(cx, c, &q, out);
}

enum code acme_post(struct ctx *cx, struct acme_client *c, struct str url, struct str payload,
                    struct acme_answer *out)
{
    struct web_answer a;
    for (int i = 0; i < NONCES_MAX; i++) {
        TRY(post_once(cx, c, url, payload, &a));
        if (a.status >= 200 && a.status < 300) {
            *out = (struct acme_answer){a.body, web_header_of(&a, STR("Location")), retry_at(&a)};
            return OK;
        }
        enum code code = refused(cx, c, &a);
        if (!str_eq(c->problem, STR("badNonce"))) /* RFC 8555 section 6.5: try again */
            return code;
    }
    return fail(cx, E_BUSY, "the server refuses every nonce of its own");
}

enum code acme_account_key(struct ctx *cx, const struct acme_config *config, struct acme_key **out)
{
    struct str path = account_key_path(cx->arena, config), pem;
    enum code code = acme_file_read(cx, path, &pem);
    if (code == OK)
        return acme_key_read(cx, pem, out);
    if (code != E_NOT_FOUND)
        return code;
    struct acme_key *k AUTO(acme_key_close) = acme_key_make();
    TRY(acme_file_write(cx, path, acme_key_pem(cx->arena, k)));
    *out = k;
    k = NULL; /* not ours any more */
    return OK;
}

struct str acme_account_url(struct ctx *cx, const struct acme_config *config)
{
    struct str json;
    if (acme_file_read(cx, account_path(cx->arena, config), &json) != OK ||
        !str_eq(acme_read_text(cx, json, "directory"), config->directory))
        return (struct str){0};
    return acme_read_text(cx, json, "account");
}

static enum code account_keep(struct ctx *cx, const struct acme_client *c)
{
    struct buf b = buf_of(cx->arena, PAYLOAD_MAX);
    struct json j = json_to(&b);
    json_object(&j);
    json_key(&j, "directory");
    json_str(&j, c->config->directory);
    json_key(&j, "account");
    json_str(&j, c->kid);
    json_object_end(&j);
    return acme_file_write(cx, account_path(cx->arena, c->config), buf_str(&b));
}

/* RFC 8555 section 7.3. The binding is a JSON object of its own, so it is put in as it is. */
static enum code account_payload(struct ctx *cx, const struct acme_client *c, struct str *out)
{
    const struct acme_config *config = c->config;
    struct buf b = buf_of(cx->arena, PAYLOAD_MAX);
    struct json j = json_to(&b);
    struct str hmac_key;
    json_object(&j);
    json_key(&j, "termsOfServiceAgreed");
    json_bool(&j, config->terms_agreed);
    json_key(&j, "contact");
    json_array(&j);
    for (size_t i = 0; i < config->contact_count; i++)
        json_str(&j, config->contacts[i]);
    json_array_end(&j);
    if (config->binding_id.n) {
        hmac_key = base64_decode(cx->arena, config->binding_key, PAYLOAD_MAX);
        json_key(&j, "externalAccountBinding");
        buf_add(&b, acme_binding(cx->arena, c->key, config->binding_id, hmac_key,
                                 c->directory.new_account));
        j.comma = true;
    }
    json_object_end(&j);
    if (b.overflow)
        return fail(cx, E_LIMIT, "acme: the account's contacts are too long");
    *out = buf_str(&b);
    return OK;
}

/* The server finds an account by its key, so a lost answer makes no second one. */
static enum code account_make(struct ctx *cx, struct acme_client *c)
{
    struct acme_answer a;
    struct str payload;
    if (c->directory.wants_binding && !c->config->binding_id.n)
        return fail(cx, E_DENIED, "the server asks for an external account binding");
    TRY(account_payload(cx, c, &payload));
    TRY(acme_post(cx, c, c->directory.new_account, payload, &a));
    if (!a.location.n)
        return fail(cx, E_SYNTAX, "the server gives the account no URL");
    c->kid = a.location;
    TRY(account_keep(cx, c));
    log_event(c->log, LOG_INFO, "acme.account", "url=%s", log_quote(cx->arena, c->kid));
    return OK;
}

enum code acme_client_open(struct ctx *cx, const struct acme_config *config, const struct web *web,
                           struct log *log, struct acme_client *out)
{
    struct str json;
    *out = (struct acme_client){.config = config, .web = web, .log = log};
    TRY(acme_get(cx, out, config->directory, &json));
    TRY(acme_read_directory(cx, json, &out->directory));
    TRY(acme_account_key(cx, config, &out->key));
    out->kid = acme_account_url(cx, config);
    return out->kid.n ? OK : account_make(cx, out);
}

void acme_client_close(struct acme_client *c)
{
    struct arena *a AUTO(arena_close) = arena_open();
    if (str_eq(c->problem, STR("accountDoesNotExist"))) /* it is made anew the next time */
        acme_file_remove(account_path(a, c->config));
    acme_key_close(c->key);
    c->key = NULL;
}
