#include "service/signin/sessions.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/cur.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/random.h"
#include "core/audit.h"
#include "core/credential.h"
#include "core/credential/kdf.h"
#include "core/directory.h"
#include "core/signin/passkey.h"
#include "format/base64.h"
#include "service/auth.h"
#include "service/signin/rate.h"
#include "service/signin/session_cache.h"
#include <stdlib.h>

enum { TOKEN_BYTES = 8 + SESSION_SECRET_BYTES, REFUSED_LOGIN_MAX = 320 };

struct sessions {
    struct core *core;
    struct sessions_config config;
    struct session_cache *cache;
    struct rate *refusals;
    struct metric *begun, *ended, *remembered, *read, *refused;
};

static struct metric *lookups(struct core *c, const char *labels)
{
    return metric_of(c->metrics, METRIC_COUNTER, "postroad_session_lookups_total", labels,
                     "Requests by cookie, by where their session was found.");
}

struct sessions *sessions_open(struct core *c, const struct sessions_config *config)
{
    struct sessions *s = calloc(1, sizeof *s);
    must(s);
    *s = (struct sessions){.core = c, .config = *config, .cache = session_cache_open()};
    s->refusals = rate_open(REFUSALS_AUDITED_MAX);
    s->begun = metric_of(c->metrics, METRIC_COUNTER, "postroad_sessions_begun_total", "",
                         "Sessions by cookie that were begun.");
    s->ended = metric_of(c->metrics, METRIC_COUNTER, "postroad_sessions_ended_total", "",
                         "Sessions by cookie that somebody ended.");
    s->remembered = lookups(c, "result=\"remembered\"");
    s->read = lookups(c, "result=\"read\"");
    s->refused = lookups(c, "result=\"refused\"");
    return s;
}

void sessions_close(struct sessions *s)
{
    if (!s)
        return;
    session_cache_close(s->cache);
    rate_close(s->refusals);
    free(s);
}

const char *session_how_name(uint8_t how)
{
    switch ((enum session_how)how) {
    case SESSION_PASSWORD:
        return "password";
    case SESSION_TOTP:
        return "totp";
    case SESSION_PASSKEY:
        return "passkey";
    case SESSION_RECOVERY:
        return "recovery";
    }
    return "other";
}

/* The hash, of which the first bytes are the session's number. */
static uint64_t token_hash(struct str bytes, unsigned char hash[SESSION_HASH_BYTES])
{
    uint64_t id = 0;
    kdf_sha256(bytes, hash);
    struct cur c = cur_of(str_of(hash, SESSION_HASH_BYTES));
    must(cur_le64(&c, &id));
    return id;
}

static struct str token_make(struct ctx *cx, principal_id who, struct str *bytes)
{
    struct buf b = buf_of(cx->arena, TOKEN_BYTES);
    unsigned char secret[SESSION_SECRET_BYTES];
    random_bytes(cx->random, secret, sizeof secret);
    buf_le64(&b, who);
    buf_add(&b, str_of(secret, sizeof secret));
    kdf_wipe(secret, sizeof secret);
    *bytes = buf_str(&b);
    return base64url_encode(cx->arena, *bytes);
}

static enum code audit(struct ctx *cx, struct sessions *s, struct str actor, const char *act,
                       struct str object, struct str detail)
{
    struct audit_entry entry = {
        .at_ms = cx->now_ms, .actor = actor, .act = str_z(act), .object = object, .detail = detail};
    return audit_add(cx, s->core, &entry);
}

enum code sessions_begin(struct ctx *cx, struct sessions *s, const struct auth_result *who,
                         struct session_start by, struct str *token, struct session *out)
{
    const struct peer *peer = by.peer;
    struct session x = {.who = who->who.id,
                        .created_ms = cx->now_ms,
                        .used_ms = cx->now_ms,
                        .expires_ms = cx->now_ms + s->config.life_s * INT64_C(1000),
                        .proved_ms = cx->now_ms,
                        .how = (uint8_t)by.how,
                        .address = str_sub(peer->address, 0, SESSION_ADDRESS_MAX),
                        .agent = str_sub(by.agent, 0, SESSION_AGENT_MAX)};
    struct str bytes, text = token_make(cx, x.who, &bytes);
    x.id = token_hash(bytes, x.hash);
    TRY(credential_generation(cx, s->core, x.who, &x.generation));
    TRY(session_add(cx, s->core, &x));
    metric_add(s->begun, 1);
    const char *name = session_how_name(x.how);
    log_event(s->core->log, LOG_INFO, "session.begun",
              "login=%s address=%.*s session=%016llx how=%s",
              log_quote(cx->arena, who->who.address), STR_ARG(peer->address),
              (unsigned long long)x.id, name);
    TRY(audit(cx, s, who->who.address, "session.begin", who->who.address,
              str_printf(cx->arena, "%016llx by %s from %.*s", (unsigned long long)x.id, name,
                         STR_ARG(peer->address))));
    *token = text;
    *out = x;
    return OK;
}

void sessions_refused(struct ctx *cx, struct sessions *s, const struct peer *peer, struct str login)
{
    struct str who = str_sub(login, 0, REFUSED_LOGIN_MAX);
    if (!rate_take(s->refusals, STR("0.0.0.0"), cx->now_ms))
        return;
    enum code code = audit(cx, s, STR("-"), "session.refuse", who.n ? who : STR("-"),
                           str_printf(cx->arena, "from %.*s", STR_ARG(peer->address)));
    if (code != OK)
        log_event(s->core->log, LOG_WARN, "session.not_audited", "code=%s", code_name(code));
}

static bool goes_on(const struct sessions *s, const struct session *x, int64_t now_ms)
{
    return now_ms < x->expires_ms && now_ms < x->used_ms + s->config.idle_s * INT64_C(1000);
}

/* Whether its person may be signed in, with this password still. */
static enum code owner_check(struct ctx *cx, const struct sessions *s, const struct session *x)
{
    struct principal p;
    struct domain d;
    uint64_t generation;
    enum code code = directory_by_id(cx, s->core, x->who, &p);
    if (code == E_NOT_FOUND)
        return fail(cx, E_DENIED, "session: its person is gone");
    TRY(code);
    TRY(directory_domain_by_id(cx, s->core, p.domain, &d));
    TRY(credential_generation(cx, s->core, x->who, &generation));
    bool holds = generation == x->generation || (x->next && generation == x->next);
    if (!p.enabled || !d.enabled || !p.has_account || p.home.n || !holds)
        return fail(cx, E_DENIED, "session: its person is disabled or has a new password");
    return OK;
}

static enum code stamp_now(struct ctx *cx, const struct sessions *s, struct session_stamp *out)
{
    TRY(store_version(cx, s->core->store, SIGNIN_PART, &out->sessions));
    return store_version(cx, s->core->store, DIRECTORY_PART, &out->directory);
}

/* By number: remembered, or read and judged anew. E_DENIED. */
static enum code find(struct ctx *cx, struct sessions *s, principal_id who, uint64_t id,
                      struct session *out)
{
    struct session_stamp stamp;
    TRY(stamp_now(cx, s, &stamp));
    if (session_cache_get(s->cache, who, id, stamp, out)) {
        metric_add(s->remembered, 1);
        return OK;
    }
    enum code code = session_get(cx, s->core, who, id, out);
    if (code == E_NOT_FOUND)
        return fail(cx, E_DENIED, "session: there is no such");
    TRY(code);
    TRY(owner_check(cx, s, out));
    metric_add(s->read, 1);
    session_cache_put(s->cache, out, stamp);
    return OK;
}

/* A lifetime shorter than SESSION_TOUCH_MS is followed more closely. */
static bool touch_is_due(const struct sessions *s, const struct session *x, int64_t now_ms)
{
    int64_t gap_ms = s->config.idle_s * INT64_C(1000) / 4;
    gap_ms = gap_ms < SESSION_TOUCH_MS ? gap_ms : SESSION_TOUCH_MS;
    return now_ms - x->used_ms >= gap_ms;
}

static enum code token_read(struct ctx *cx, struct str token, principal_id *who,
                            struct session *out)
{
    struct str bytes = base64_decode(cx->arena, token, TOKEN_BYTES + 1);
    struct cur c = cur_of(bytes);
    if (token.n != SESSION_TOKEN_CHARS || bytes.n != TOKEN_BYTES || !cur_le64(&c, who))
        return fail(cx, E_DENIED, "session: no token looks like this");
    out->id = token_hash(bytes, out->hash);
    return OK;
}

static enum code find_token(struct ctx *cx, struct sessions *s, struct str token,
                            struct session *out)
{
    principal_id who = 0;
    struct session asked = {0}, x;
    TRY(token_read(cx, token, &who, &asked));
    TRY(find(cx, s, who, asked.id, &x));
    if (!kdf_equal(asked.hash, x.hash, sizeof x.hash) || !goes_on(s, &x, cx->now_ms))
        return fail(cx, E_DENIED, "session: another token, or it has ended");
    *out = x;
    return OK;
}

enum code sessions_find(struct ctx *cx, struct sessions *s, struct str token,
                        struct auth_result *who, struct session *out)
{
    enum code code = find_token(cx, s, token, out);
    if (code == E_DENIED)
        metric_add(s->refused, 1);
    TRY(code);
    code = directory_by_id(cx, s->core, out->who, &who->who);
    if (code == E_NOT_FOUND) /* removed since it was judged */
        return fail(cx, E_DENIED, "session: its person is gone");
    TRY(code);
    who->account = who->who.id;
    who->how = AUTH_SESSION;
    if (!touch_is_due(s, out, cx->now_ms))
        return OK;
    out->used_ms = cx->now_ms;
    if (session_touch(cx, s->core, out) == E_NOT_FOUND)
        return fail(cx, E_DENIED, "session: ended just now");
    return OK; /* a disk that is full shuts nobody out */
}

enum code sessions_proved(struct ctx *cx, struct sessions *s, const struct session *x)
{
    struct session now = *x;
    now.proved_ms = now.used_ms = cx->now_ms;
    return session_touch(cx, s->core, &now);
}

enum code sessions_still(struct ctx *cx, struct sessions *s, const struct session *x)
{
    struct session now;
    TRY(find(cx, s, x->who, x->id, &now));
    return goes_on(s, &now, cx->now_ms) ? OK : fail(cx, E_DENIED, "session: it has ended");
}

static enum code note_end(struct ctx *cx, struct sessions *s, const struct principal *who,
                          struct str what, struct session_end by)
{
    log_event(s->core->log, LOG_INFO, "session.ended", "login=%s session=%.*s by=%s why=%s",
              log_quote(cx->arena, who->address), STR_ARG(what), log_quote(cx->arena, by.actor),
              by.why);
    return audit(cx, s, by.actor, "session.end", who->address,
                 str_printf(cx->arena, "%.*s: %s", STR_ARG(what), by.why));
}

enum code sessions_end(struct ctx *cx, struct sessions *s, const struct principal *who, uint64_t id,
                       struct session_end by)
{
    TRY(session_drop(cx, s->core, who->id, id));
    metric_add(s->ended, 1);
    return note_end(cx, s, who, str_printf(cx->arena, "%016llx", (unsigned long long)id), by);
}

enum code sessions_end_all(struct ctx *cx, struct sessions *s, const struct principal *who,
                           uint64_t keep, struct session_end by, size_t *ended)
{
    TRY(session_drop_all(cx, s->core, who->id, keep, ended));
    metric_add(s->ended, (int64_t)*ended);
    return *ended ? note_end(cx, s, who, str_printf(cx->arena, "%zu", *ended), by) : OK;
}

enum code sessions_list(struct ctx *cx, struct sessions *s, principal_id who, struct session **out,
                        size_t *count)
{
    struct session *all;
    size_t n, left = 0;
    TRY(session_list(cx, s->core, who, &all, &n));
    for (size_t i = 0; i < n; i++) {
        if (!goes_on(s, &all[i], cx->now_ms))
            continue;
        enum code code = owner_check(cx, s, &all[i]);
        if (code == OK)
            all[left++] = all[i];
        else if (code != E_DENIED)
            return code;
    }
    *out = all;
    *count = left;
    return OK;
}

/* One page; next: behind which to go on. */
static enum code sweep_page(struct ctx *cx, struct sessions *s, struct session *next, bool *more)
{
    struct session *page;
    size_t count;
    TRY(session_page(cx, s->core, next->who, next->id, &page, &count));
    for (size_t i = 0; i < count; i++) {
        enum code code = goes_on(s, &page[i], cx->now_ms) ? owner_check(cx, s, &page[i]) : E_DENIED;
        if (code == E_DENIED)
            code = session_drop(cx, s->core, page[i].who, page[i].id);
        if (code != E_NOT_FOUND)
            TRY(code);
    }
    *more = count == SESSION_PAGE_MAX;
    if (count)
        *next = page[count - 1];
    return OK;
}

enum code sessions_sweep(struct ctx *cx, struct sessions *s)
{
    struct session next = {0};
    bool more = true;
    while (more) {
        struct arena *arena AUTO(arena_close) = arena_open();
        struct ctx own = *cx;
        own.arena = arena;
        enum code code = sweep_page(&own, s, &next, &more);
        if (code != OK) {
            cx->err = own.err;
            return code;
        }
    }
    return challenge_sweep(cx, s->core);
}
