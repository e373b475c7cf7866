/* AUTH (RFC 4954): SCRAM-SHA-256 where it is offered, else PLAIN, else LOGIN. */
#include "base/arena.h"
#include "base/random.h"
#include "format/base64.h"
#include "format/hex.h"
#include "service/transport/remote/session.h"

static void auth_failed(struct client *c, struct reply *r, struct str text)
{
    client_stop(c, CLIENT_REFUSED, STR("4.7.8"), text);
    client_quit(c, r);
}

/* Of TLS 1.3 alone: what older versions bind to differs from server to server. */
static bool can_bind(const struct client *c)
{
    const struct tls_facts *f = c->peer->tls;
    return f && f->has_exporter && str_eq(f->version, STR("TLSv1.3"));
}

static void say_scram(struct ctx *cx, struct client *c, struct reply *r)
{
    struct scram_client *x = &c->scram;
    unsigned char raw[(sizeof x->nonce - 1) / 2];
    bool plus = (c->offers & OFFERS_AUTH_SCRAM_PLUS) != 0;
    *x = (struct scram_client){.binding = !can_bind(c) ? SCRAM_BINDS_NOT
                                          : plus       ? SCRAM_BINDS
                                                       : SCRAM_COULD_BIND};
    random_bytes(cx->random, raw, sizeof raw);
    struct str nonce = hex_encode(cx->arena, str_of(raw, sizeof raw));
    snprintf(x->nonce, sizeof x->nonce, "%.*s", STR_ARG(nonce));
    if (x->binding == SCRAM_BINDS)
        for (size_t i = 0; i < sizeof x->exporter; i++)
            x->exporter[i] = c->peer->tls->exporter[i];
    struct str first = scram_client_first(cx, x, c->job->user);
    rope_printf(&r->out, "AUTH SCRAM-SHA-256%s %.*s\r\n", x->binding == SCRAM_BINDS ? "-PLUS" : "",
                STR_ARG(base64_encode(cx->arena, first)));
    c->phase = PHASE_SCRAM_FIRST;
}

/* -PLUS alone is of use to who can bind. */
static bool offers_scram(const struct client *c)
{
    bool plus = (c->offers & OFFERS_AUTH_SCRAM_PLUS) && can_bind(c);
    return !c->scram_failed && ((c->offers & OFFERS_AUTH_SCRAM) || plus);
}

void client_auth(struct ctx *cx, struct client *c, struct reply *r)
{
    const struct client_job *job = c->job;
    if (!c->peer->tls && !job->auth_in_clear) {
        client_stop(c, CLIENT_TLS_MISSING, STR("4.7.11"),
                    STR("a password is to be sent, and the connection is not encrypted"));
        client_quit(c, r);
    } else if (offers_scram(c)) {
        say_scram(cx, c, r);
    } else if (c->offers & OFFERS_AUTH_PLAIN) {
        struct str plain =
            str_printf(cx->arena, "%c%.*s%c%.*s", 0, STR_ARG(job->user), 0, STR_ARG(job->password));
        rope_printf(&r->out, "AUTH PLAIN %.*s\r\n", STR_ARG(base64_encode(cx->arena, plain)));
        c->phase = PHASE_AUTH;
    } else if (c->offers & OFFERS_AUTH_LOGIN) {
        rope_put(&r->out, STR("AUTH LOGIN\r\n"));
        c->phase = PHASE_AUTH_USER;
    } else {
        auth_failed(c, r, STR("AUTH SCRAM-SHA-256, PLAIN or LOGIN is not offered"));
    }
}

void client_auth_reply(struct ctx *cx, struct client *c, const struct heard *h, struct reply *r)
{
    if (h->code == 334 && c->phase != PHASE_AUTH) {
        struct str secret = c->phase == PHASE_AUTH_USER ? c->job->user : c->job->password;
        rope_printf(&r->out, "%.*s\r\n", STR_ARG(base64_encode(cx->arena, secret)));
        c->phase = c->phase == PHASE_AUTH_USER ? PHASE_AUTH_PASSWORD : PHASE_AUTH;
    } else if (h->code == 334) {
        rope_put(&r->out, STR("*\r\n")); /* it wants what we do not know: RFC 4954 section 4 */
    } else if (h->code == 235) {
        client_next(cx, c, r);
    } else {
        auth_failed(c, r, h->text);
    }
}

/* A server may offer SCRAM and have no keys for us. The password itself is then for a host alone
   that has proved who it is: else SCRAM would protect from nobody. */
static void scram_refused(struct ctx *cx, struct client *c, const struct heard *h, struct reply *r)
{
    bool other = (c->offers & (OFFERS_AUTH_PLAIN | OFFERS_AUTH_LOGIN)) != 0;
    c->scram_failed = true;
    if (h->code >= 500 && other && c->peer->tls && c->peer->tls->trust != TLS_TRUST_NONE)
        client_auth(cx, c, r);
    else
        auth_failed(c, r, h->text);
}

/* We break it off (RFC 4954 section 4); whatever is answered, it is over. */
static void scram_cancel(struct client *c, struct reply *r, struct str why)
{
    client_stop(c, CLIENT_REFUSED, STR("4.7.8"), why);
    rope_put(&r->out, STR("*\r\n"));
    c->phase = PHASE_AUTH;
}

/* What 334 carries. */
static bool challenge_of(struct ctx *cx, const struct heard *h, struct str *out)
{
    struct str line;
    return client_reply_line(h, 0, &line) && base64_decode_strict(cx, str_trim(line), out) == OK;
}

static void scram_answer(struct ctx *cx, struct client *c, struct str challenge, struct reply *r)
{
    struct str out;
    const struct client_job *job = c->job;
    enum code code = OK;
    if (c->phase == PHASE_SCRAM_FIRST)
        code = scram_client_final(cx, &c->scram, job->user, job->password, challenge, &out);
    else
        code = scram_client_check(cx, &c->scram, challenge);
    if (code != OK) {
        scram_cancel(c, r, str_z(cx->err.what));
    } else if (c->phase == PHASE_SCRAM_FIRST) {
        rope_printf(&r->out, "%.*s\r\n", STR_ARG(base64_encode(cx->arena, out)));
        c->phase = PHASE_SCRAM_FINAL;
    } else {
        rope_put(&r->out, STR("\r\n")); /* nothing more to say */
        c->phase = PHASE_SCRAM_PROVEN;
    }
}

void client_scram_reply(struct ctx *cx, struct client *c, const struct heard *h, struct reply *r)
{
    struct str text;
    if (h->code >= 400) {
        scram_refused(cx, c, h, r);
    } else if (h->code == 334 && c->phase != PHASE_SCRAM_PROVEN && challenge_of(cx, h, &text)) {
        scram_answer(cx, c, text, r);
    } else if (h->code == 235 && c->phase == PHASE_SCRAM_PROVEN) {
        client_next(cx, c, r);
    } else if (h->code == 334) {
        scram_cancel(c, r, STR("AUTH SCRAM-SHA-256: a challenge that is none"));
    } else {
        auth_failed(c, r, STR("AUTH SCRAM-SHA-256: it ended without the server's proof"));
    }
}
