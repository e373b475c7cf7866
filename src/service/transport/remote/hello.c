/* From the greeting on: EHLO, STARTTLS. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/cur.h"
#include "service/transport/remote/session.h"

static void say_hello(struct client *c, struct reply *r, enum phase phase)
{
    const char *verb = c->job->lmtp ? "LHLO" : phase == PHASE_EHLO ? "EHLO" : "HELO";
    rope_printf(&r->out, "%s %.*s\r\n", verb, STR_ARG(c->job->env->host_name));
    c->phase = phase;
}

/* Our own name, told to ourselves: RFC 5321 section 6.3, status 5.4.6 of RFC 3463. */
static bool is_ourselves(const struct client *c, const struct heard *h)
{
    struct str line;
    if (c->job->lmtp || !client_reply_line(h, 0, &line))
        return false;
    return str_ieq(str_sub(line, 0, str_chr(line, ' ')), c->job->env->host_name);
}

static void refused(struct client *c, const struct heard *h, struct reply *r)
{
    client_stop(c, h->code < 500 ? CLIENT_BUSY : CLIENT_REFUSED, h->status, h->text);
    client_quit(c, r);
}

void client_greeted(struct ctx *cx, struct client *c, const struct heard *h, struct reply *r)
{
    if (h->code != 220)
        refused(c, h, r);
    else if (c->peer->tls)
        client_secured(cx, c, r); /* from the start */
    else
        say_hello(c, r, PHASE_EHLO);
}

static void read_auth(struct client *c, struct str mechanisms)
{
    struct cur m = cur_of(mechanisms);
    while (cur_blanks(&m), !cur_end(&m)) {
        struct str word;
        if (!cur_until(&m, ' ', &word)) {
            word = m.rest;
            m.rest = (struct str){0};
        }
        if (str_ieq(word, STR("PLAIN")))
            c->offers |= OFFERS_AUTH_PLAIN;
        else if (str_ieq(word, STR("LOGIN")))
            c->offers |= OFFERS_AUTH_LOGIN;
        else if (str_ieq(word, STR("SCRAM-SHA-256")))
            c->offers |= OFFERS_AUTH_SCRAM;
        else if (str_ieq(word, STR("SCRAM-SHA-256-PLUS")))
            c->offers |= OFFERS_AUTH_SCRAM_PLUS;
    }
}

static void read_offer(struct client *c, struct str line)
{
    static const struct {
        struct str word;
        unsigned offer;
    } words[] = {
        {{"PIPELINING", 10}, OFFERS_PIPELINING},
        {{"SIZE", 4}, OFFERS_SIZE},
        {{"8BITMIME", 8}, OFFERS_8BITMIME},
        {{"SMTPUTF8", 8}, OFFERS_SMTPUTF8},
        {{"CHUNKING", 8}, OFFERS_CHUNKING},
        {{"BINARYMIME", 10}, OFFERS_BINARYMIME},
        {{"DSN", 3}, OFFERS_DSN},
        {{"DELIVERBY", 9}, OFFERS_DELIVERBY},
        {{"MT-PRIORITY", 11}, OFFERS_MT_PRIORITY},
        {{"REQUIRETLS", 10}, OFFERS_REQUIRETLS},
        {{"STARTTLS", 8}, OFFERS_STARTTLS},
        {{"ENHANCEDSTATUSCODES", 19}, OFFERS_ENHANCEDSTATUSCODES},
    };
    struct str word = str_sub(line, 0, str_chr(line, ' '));
    struct str rest = str_trim(str_from(line, word.n));
    uint64_t size;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (str_ieq(word, words[i].word))
            c->offers |= words[i].offer;
    if (str_ieq(word, STR("SIZE")) && str_u64(rest, &size))
        c->size_max = size;
    if (str_ieq(word, STR("AUTH")))
        read_auth(c, rest);
}

/* Encrypted as demanded, or not to be. */
static void ready(struct ctx *cx, struct client *c, struct reply *r)
{
    if (c->job->user.n)
        client_auth(cx, c, r);
    else
        client_next(cx, c, r);
}

static void tls_missing(struct client *c, struct reply *r, struct str why)
{
    client_stop(c, CLIENT_TLS_MISSING, STR("4.7.10"), why);
    client_quit(c, r);
}

static void greet_back(struct ctx *cx, struct client *c, struct reply *r)
{
    enum client_tls demand = c->job->tls;
    bool can = (c->offers & OFFERS_STARTTLS) && c->peer->can_start_tls;
    c->job->seen.missing = !can && !c->peer->tls && demand != CLIENT_TLS_NEVER;
    if (c->peer->tls || demand == CLIENT_TLS_NEVER) {
        ready(cx, c, r);
    } else if (can) {
        rope_put(&r->out, STR("STARTTLS\r\n"));
        c->phase = PHASE_STARTTLS;
    } else if (demand != CLIENT_TLS_OFFERED) {
        tls_missing(c, r, STR("TLS is demanded, and not offered"));
    } else {
        ready(cx, c, r);
    }
}

void client_hello(struct ctx *cx, struct client *c, const struct heard *h, struct reply *r)
{
    struct str line;
    if (c->phase == PHASE_EHLO && h->code >= 500 && !c->job->lmtp && !c->said_ehlo) {
        say_hello(c, r, PHASE_HELO);
        return;
    }
    if (h->code != 250) {
        refused(c, h, r);
        return;
    }
    if (is_ourselves(c, h)) {
        client_stop(c, CLIENT_LOOP, STR("5.4.6"), STR("mail loops back to this server"));
        client_quit(c, r);
        return;
    }
    c->offers = 0;
    c->size_max = 0;
    c->said_ehlo |= c->phase == PHASE_EHLO;
    for (size_t i = 1; c->phase == PHASE_EHLO && client_reply_line(h, i, &line); i++)
        read_offer(c, line);
    greet_back(cx, c, r);
}

void client_tls_reply(struct ctx *cx, struct client *c, const struct heard *h, struct reply *r)
{
    c->job->seen.missing = h->code != 220;
    if (h->code == 220)
        r->start_tls = true;
    else if (c->job->tls == CLIENT_TLS_OFFERED)
        ready(cx, c, r);
    else
        tls_missing(c, r, h->text);
}

/* What was offered in clear does not count any more (RFC 3207 section 4.2). */
void client_secured(struct ctx *cx, struct client *c, struct reply *r)
{
    const struct tls_facts *f = c->peer->tls;
    struct client_tls_seen *seen = &c->job->seen;
    c->offers = 0;
    seen->secured = true;
    seen->trust = f->trust;
    seen->doubt = f->doubt;
    snprintf(seen->why, sizeof seen->why, "%.*s", STR_ARG(f->trust_why));
    if (c->job->tls == CLIENT_TLS_TRUSTED && f->trust == TLS_TRUST_NONE)
        tls_missing(
            c, r,
            str_printf(cx->arena, "the certificate does not hold: %.*s", STR_ARG(f->trust_why)));
    else
        say_hello(c, r, PHASE_EHLO);
}
