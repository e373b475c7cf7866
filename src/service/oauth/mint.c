#include "service/oauth/mint.h"
#include "base/log.h"
#include "core/credential/kdf.h"
#include "format/base64.h"
#include "service/oauth/scope.h"

static const struct str prefixes[] = {
    [MINT_ACCESS] = {"pra-", 4},
    [MINT_REFRESH] = {"prr-", 4},
};
enum { BODY = 33 };

static struct str body_of(struct arena *a, const struct mint *m)
{
    struct buf b = buf_of(a, BODY);
    buf_le8(&b, (uint8_t)m->kind);
    buf_le64(&b, m->who);
    buf_le64(&b, m->grant);
    buf_le32(&b, m->number);
    buf_le32(&b, m->scopes);
    buf_le64(&b, (uint64_t)m->expires_ms);
    must(!b.overflow);
    return buf_str(&b);
}

struct str mint_text(struct ctx *cx, const struct oauth *o, const struct mint *m)
{
    unsigned char mac[KDF_BYTES];
    struct str body = body_of(cx->arena, m);
    kdf_hmac_sha256(str_of(o->secret, sizeof o->secret), body, mac);
    const struct str parts[] = {body, str_of(mac, sizeof mac)};
    struct str whole = base64url_encode(cx->arena, str_join(cx->arena, parts, 2));
    const struct str text[] = {prefixes[m->kind], whole};
    return str_join(cx->arena, text, 2);
}

static bool body_take(struct str body, struct mint *out)
{
    struct cur c = cur_of(body);
    uint8_t kind;
    uint64_t expires;
    if (!cur_le8(&c, &kind) || !cur_le64(&c, &out->who) || !cur_le64(&c, &out->grant) ||
        !cur_le32(&c, &out->number) || !cur_le32(&c, &out->scopes) || !cur_le64(&c, &expires))
        return false;
    out->kind = kind;
    out->expires_ms = (int64_t)expires;
    return true;
}

bool mint_read(struct ctx *cx, const struct oauth *o, struct str token, struct mint *out)
{
    unsigned char mac[KDF_BYTES];
    struct str all;
    if (!oauth_is_ours(token) ||
        base64url_decode(cx, str_from(token, prefixes[MINT_ACCESS].n), &all) != OK ||
        all.n != BODY + sizeof mac)
        return false;
    struct str body = str_sub(all, 0, BODY);
    kdf_hmac_sha256(str_of(o->secret, sizeof o->secret), body, mac);
    return kdf_equal(mac, str_from(all, BODY).p, sizeof mac) && body_take(body, out) &&
           (out->kind == MINT_ACCESS || out->kind == MINT_REFRESH) &&
           str_starts(token, prefixes[out->kind]);
}

bool oauth_is_ours(struct str token)
{
    return token.n <= OAUTH_TOKEN_MAX &&
           (str_starts(token, prefixes[MINT_ACCESS]) || str_starts(token, prefixes[MINT_REFRESH]));
}

enum code mint_tokens(struct ctx *cx, struct oauth *o, const struct oauth_subject *s,
                      uint32_t scopes, struct oauth_tokens *out)
{
    const struct oauth_grant *g = s->grant;
    struct oauth_subject subject = *s;
    struct oauth_tokens t = {.scopes = scopes, .expires_s = o->config.access_s};
    struct mint m = {.kind = MINT_ACCESS,
                     .who = g->who,
                     .grant = g->id,
                     .number = g->number,
                     .scopes = scopes,
                     .expires_ms = cx->now_ms + o->config.access_s * INT64_C(1000)};
    t.access = mint_text(cx, o, &m);
    m = (struct mint){
        .kind = MINT_REFRESH, .who = g->who, .grant = g->id, .number = g->number, .scopes = 0};
    if (g->refresh)
        t.refresh = mint_text(cx, o, &m);
    subject.access = t.access;
    if (scopes & SCOPE_OPENID)
        TRY(oauth_id_token(cx, o, &subject, &t.id));
    *out = t;
    return OK;
}

void mint_reused(struct ctx *cx, struct oauth *o, const struct oauth_grant *g, const char *what)
{
    oauth_tell(o, OAUTH_REUSED);
    log_event(o->core->log, LOG_WARN, "oauth.reused", "account=%llu client=%s what=%s",
              (unsigned long long)g->who, log_quote(cx->arena, g->client), what);
}
