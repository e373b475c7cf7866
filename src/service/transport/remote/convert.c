/* What is sent to a host that does not take the message as it is: the same in 7 bits, where that
   can be done, and our own signature made anew over what goes out. */
#include "base/arena.h"
#include "base/log.h"
#include "base/metric.h"
#include "format/header.h"
#include "format/seven/seven.h"
#include "format/utf8.h"
#include "service/mailauth/signer.h"
#include "service/mailauth/tags.h"
#include "service/transport/remote/session.h"

static bool addresses_are_ascii(const struct errand *e)
{
    bool ascii = utf8_is_ascii(e->return_path) && utf8_is_ascii(e->trace);
    for (size_t i = 0; i < e->to_count; i++)
        ascii &= utf8_is_ascii(e->to[i].address) && utf8_is_ascii(e->to[i].orcpt);
    return ascii;
}

/* Takes its share of what all sessions may convert at a time; given back by client_unconvert(). */
static bool take_share(struct client *c)
{
    struct client_shared *shared = c->job->env->shared;
    size_t share = c->body.n * CONVERT_GROWTH;
    if (atomic_fetch_add(&shared->converting, share) + share > CONVERT_BYTES_MAX) {
        atomic_fetch_sub(&shared->converting, share);
        return false;
    }
    c->share = share;
    return true;
}

void client_unconvert(struct client *c)
{
    if (c->share)
        atomic_fetch_sub(&c->job->env->shared->converting, c->share);
    c->share = 0;
}

/* Whose signature it is: d= of the first DKIM-Signature among our trace fields; empty when we have
   not signed. */
static struct str signed_for(struct ctx *cx, struct str trace)
{
    struct header_field f;
    struct tags t;
    if (!header_find(trace, STR("DKIM-Signature"), &f) ||
        tags_parse(cx, header_unfold(cx->arena, f.value), &t) != OK)
        return (struct str){0};
    return tags_get(&t, STR("d"));
}

/* Fields in front are all ours; a signature over the bytes that came says nothing any more. */
static enum code sign_anew(struct ctx *cx, struct client *c)
{
    static const struct str name = STR("DKIM-Signature");
    struct str domain = signed_for(cx, c->trace), fields = {0};
    if (!domain.n)
        return OK;
    if (c->job->env->signer)
        TRY(signer_sign(cx, c->job->env->signer, domain, c->body, &fields));
    struct str rest = header_pick(cx->arena, c->trace, &name, 1, true);
    rest = str_sub(rest, 0, rest.n - 2); /* its blank line */
    c->trace = str_join(cx->arena, (struct str[]){fields, rest}, 2);
    return OK;
}

static void note(struct ctx *cx, const struct client *c, enum code code)
{
    const struct errand *e = c->e;
    bool done = code == OK;
    metric_add(c->job->env->meters.converted[done], 1);
    log_event(c->job->env->log, LOG_INFO, "remote.converted",
              "id=%llu host=%s result=%s bytes=%llu sent=%llu what=%s", (unsigned long long)e->id,
              log_quote(cx->arena, c->job->host), done ? "converted" : code_name(code),
              (unsigned long long)e->size_bytes, (unsigned long long)c->size_bytes,
              log_quote(cx->arena, done ? STR("") : str_z(cx->err.what)));
}

/* In the errand's arena: what is made lives as long as it. */
static bool convert(struct ctx *cx, struct client *c)
{
    struct ctx own = *cx;
    own.arena = c->e->arena;
    if (!take_share(c)) {
        client_result(c, ERRAND_DEFERRED, STR("4.3.1"),
                      STR("too much is converted for other hosts at the moment"));
        return false;
    }
    enum code code = seven_bits(&own, c->body, &c->body);
    if (code == OK && !utf8_is_ascii(c->trace))
        code = fail(&own, E_UNSUPPORTED, "a trace field is not of 7 bits");
    bool possible = code == OK;
    if (possible)
        code = sign_anew(&own, c);
    c->size_bytes = c->trace.n + c->body.n;
    note(&own, c, code);
    if (!possible)
        client_result(c, ERRAND_FAILED, STR("5.6.3"),
                      STR("the next host takes 7 bits only, and the message cannot be converted"));
    else if (code != OK)
        client_result(c, ERRAND_DEFERRED, STR("4.3.0"), STR("it cannot be signed anew"));
    c->eight_bit = c->binary = false;
    return code == OK;
}

/* RFC 6531 section 3.2 with 3.6: what turns out to be in ASCII, but for content, may go without. */
static bool goes_without_utf8(struct ctx *cx, struct client *c)
{
    struct ctx own = *cx;
    own.arena = c->e->arena;
    if (addresses_are_ascii(c->e) && seven_headers(&own, c->body)) {
        c->utf8 = false;
        return true;
    }
    client_result(c, ERRAND_FAILED, STR("5.6.7"),
                  STR("the next host does not take addresses and headers in UTF-8"));
    return false;
}

static bool takes_binary(const struct client *c)
{
    return (c->offers & OFFERS_BINARYMIME) && (c->offers & OFFERS_CHUNKING);
}

bool client_content_fits(struct ctx *cx, struct client *c)
{
    const struct errand *e = c->e;
    c->trace = e->trace;
    c->size_bytes = e->size_bytes;
    c->utf8 = e->utf8;
    c->binary = e->binary;
    c->eight_bit = e->eight_bit;
    if (c->utf8 && !(c->offers & OFFERS_SMTPUTF8) && !goes_without_utf8(cx, c))
        return false;
    bool as_it_is =
        c->binary ? takes_binary(c) : !c->eight_bit || (c->offers & OFFERS_8BITMIME) != 0;
    return as_it_is || convert(cx, c);
}
