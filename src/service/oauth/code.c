#include "service/oauth/code.h"
#include "base/log.h"
#include "base/random.h"
#include "core/audit.h"
#include "core/credential.h"
#include "core/credential/kdf.h"
#include "format/base64.h"
#include "service/oauth/mint.h"
#include "service/oauth/scope.h"

enum { VALUE_MAX = 8192 };

struct code_row {
    struct str client, redirect, challenge;
    struct oauth_approval approval;
    int64_t expires_ms;
    uint64_t grant; /* 0: was not used */
};

struct str oauth_challenge(struct arena *a, struct str verifier)
{
    return jose_thumbprint(a, verifier); /* base64url of its SHA-256 */
}

bool oauth_verifier_is_good(struct str v)
{
    for (size_t i = 0; i < v.n; i++) {
        char c = v.p[i];
        if (!ascii_is_alpha(c) && !ascii_is_digit(c) && c != '-' && c != '.' && c != '_' &&
            c != '~')
            return false;
    }
    return v.n >= PKCE_MIN && v.n <= PKCE_MAX;
}

static struct str encode(struct arena *a, const struct code_row *r)
{
    struct buf b = buf_of(a, VALUE_MAX);
    buf_le8(&b, ROW_VERSION);
    buf_le64(&b, (uint64_t)r->expires_ms);
    buf_le64(&b, r->grant);
    buf_le_str(&b, r->client);
    buf_le_str(&b, r->redirect);
    buf_le_str(&b, r->challenge);
    approval_put(&b, &r->approval);
    must(!b.overflow);
    return buf_str(&b);
}

static enum code decode(struct ctx *cx, struct str value, struct code_row *out)
{
    struct cur c = cur_of(str_dup(cx->arena, value));
    uint8_t version;
    uint64_t expires;
    *out = (struct code_row){0};
    if (!cur_le8(&c, &version) || version != ROW_VERSION || !cur_le64(&c, &expires) ||
        !cur_le64(&c, &out->grant) || !cur_le_str(&c, &out->client) ||
        !cur_le_str(&c, &out->redirect) || !cur_le_str(&c, &out->challenge) ||
        !approval_take(&c, cx->arena, &out->approval))
        return fail(cx, E_CORRUPT, "oauth: the row of a code cannot be read");
    out->expires_ms = (int64_t)expires;
    return OK;
}

enum code oauth_granted(struct ctx *cx, struct oauth *o, const struct oauth_agreed *a,
                        const char *how)
{
    struct principal who;
    TRY(directory_by_id(cx, o->core, a->who, &who));
    const struct audit_entry entry = {
        .at_ms = cx->now_ms,
        .actor = who.address,
        .act = STR("oauth.grant"),
        .object = who.address,
        .detail = str_printf(cx->arena, "client=%.*s by=%s scope=%.*s", STR_ARG(a->client), how,
                             STR_ARG(scope_text(cx->arena, a->scopes))),
    };
    TRY(audit_add(cx, o->core, &entry));
    oauth_tell(o, OAUTH_GRANTED);
    log_event(o->core->log, LOG_INFO, "oauth.granted", "login=%s client=%s by=%s scope=%s",
              log_quote(cx->arena, who.address), log_quote(cx->arena, a->client), how,
              log_quote(cx->arena, scope_text(cx->arena, a->scopes)));
    return OK;
}

struct make {
    struct key key;
    struct code_row row;
};

static enum code make_in(struct ctx *cx, struct txn *t, void *arg)
{
    const struct make *m = arg;
    txn_put(t, key_str(&m->key), encode(cx->arena, &m->row));
    return OK;
}

enum code oauth_code_make(struct ctx *cx, struct oauth *o, const struct oauth_agreed *a,
                          struct str *out)
{
    unsigned char secret[OAUTH_SECRET_BYTES];
    struct make m = {.row = {
                         .client = a->client,
                         .redirect = a->redirect,
                         .challenge = a->challenge,
                         .approval = {.who = a->who,
                                      .session = a->session,
                                      .scopes = a->scopes,
                                      .auth_time_ms = a->auth_time_ms,
                                      .how = a->how,
                                      .nonce = a->nonce},
                         .expires_ms = cx->now_ms + OAUTH_CODE_S * 1000,
                     }};
    random_bytes(cx->random, secret, sizeof secret);
    struct str text = base64url_encode(cx->arena, str_of(secret, sizeof secret));
    m.key = row_hash_key(ROW_CODE, text);
    TRY(credential_generation(cx, o->core, a->who, &m.row.approval.generation));
    TRY(store_update(cx, o->core->store, OAUTH_PART, make_in, &m));
    TRY(oauth_granted(cx, o, a, "code"));
    *out = text;
    return OK;
}

/* What became of a code within the change. */
enum fate { FATE_GOOD, FATE_WRONG, FATE_REUSED };

struct redeem {
    struct oauth *o;
    const struct oauth_client *client;
    const struct oauth_redeem *asked;
    uint64_t grant_id;
    struct key key;
    struct code_row row;
    struct oauth_grant grant;
    enum fate fate;
};

static bool is_right(struct ctx *cx, const struct redeem *r)
{
    struct str challenge = oauth_challenge(cx->arena, r->asked->verifier);
    return r->row.expires_ms > cx->now_ms && str_eq(r->row.redirect, r->asked->redirect) &&
           challenge.n == r->row.challenge.n &&
           kdf_equal(challenge.p, r->row.challenge.p, challenge.n);
}

/* A code is good for one try: one that failed shows that somebody else may have it. */
static enum code redeem_in(struct ctx *cx, struct txn *t, void *arg)
{
    struct redeem *r = arg;
    struct str value;
    r->fate = FATE_WRONG;
    enum code code = txn_get(cx, t, key_str(&r->key), &value);
    if (code == E_NOT_FOUND)
        return OK;
    TRY(code);
    TRY(decode(cx, value, &r->row));
    if (!str_eq(r->row.client, r->client->id))
        return OK;
    if (r->row.grant) {
        r->fate = FATE_REUSED;
        r->grant = (struct oauth_grant){.who = r->row.approval.who, .client = r->client->id};
        grant_remove(t, r->row.approval.who, r->row.grant);
        return OK;
    }
    if (!is_right(cx, r)) {
        txn_delete(t, key_str(&r->key));
        return OK;
    }
    r->fate = FATE_GOOD;
    r->grant = grant_of(cx, r->o, &r->row.approval, r->client->id);
    r->grant.id = r->grant_id;
    TRY(grant_begin(cx, t, &r->grant));
    r->row.grant = r->grant_id;
    r->row.expires_ms = cx->now_ms + OAUTH_KEPT_S * 1000;
    txn_put(t, key_str(&r->key), encode(cx->arena, &r->row));
    return OK;
}

enum code oauth_code_redeem(struct ctx *cx, struct oauth *o, const struct oauth_client *client,
                            const struct oauth_redeem *asked, struct oauth_tokens *out)
{
    struct redeem r = {.o = o, .client = client, .asked = asked};
    struct principal who;
    if (!oauth_verifier_is_good(asked->verifier))
        return fail(cx, E_DENIED, "oauth: no code verifier");
    r.grant_id = random_u64(cx->random) | 1;
    r.key = row_hash_key(ROW_CODE, asked->code);
    TRY(store_update(cx, o->core->store, OAUTH_PART, redeem_in, &r));
    if (r.fate == FATE_REUSED)
        mint_reused(cx, o, &r.grant, "code");
    if (r.fate != FATE_GOOD)
        return fail(cx, E_DENIED, "oauth: the code is no good");
    TRY(oauth_grant_alive(cx, o, &r.grant, &who));
    const struct oauth_subject s = {
        .grant = &r.grant, .client = client, .nonce = r.row.approval.nonce};
    TRY(mint_tokens(cx, o, &s, r.grant.scopes, out));
    oauth_tell(o, OAUTH_ISSUED);
    return OK;
}

struct sweep {
    struct str *keys;
    size_t count;
};

static enum code sweep_in(struct ctx *cx, struct txn *t, void *arg)
{
    const struct sweep *s = arg;
    (void)cx;
    for (size_t i = 0; i < s->count; i++)
        txn_delete(t, s->keys[i]);
    return OK;
}

enum code oauth_code_sweep(struct ctx *cx, struct oauth *o)
{
    enum { PAGE = 1000 };
    struct sweep s = {.keys = ARENA_ARRAY(cx->arena, PAGE, struct str)};
    struct scan *w AUTO(scan_close) = row_family(cx, o, ROW_CODE);
    struct code_row row;
    struct str key, value;
    while (s.count < PAGE && scan_next(w, &key, &value)) {
        TRY(decode(cx, value, &row));
        if (row.expires_ms <= cx->now_ms)
            s.keys[s.count++] = str_dup(cx->arena, key);
    }
    TRY(scan_error(w));
    return s.count ? store_update(cx, o->core->store, OAUTH_PART, sweep_in, &s) : OK;
}
