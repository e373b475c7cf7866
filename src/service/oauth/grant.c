#include "service/oauth/grant.h"
#include "base/log.h"
#include "base/random.h"
#include "core/audit.h"
#include "core/credential.h"
#include "service/oauth/client.h"
#include "service/oauth/inner.h"
#include "service/oauth/scope.h"
#include "service/signin/sessions.h"

enum { VALUE_MAX = 4096, DAY_S = 86400 };

static struct key grant_key(principal_id who, uint64_t id)
{
    struct key k = key_of(ROW_GRANT);
    if (who)
        key_u64(&k, who);
    if (id)
        key_u64(&k, id);
    return k;
}

void approval_put(struct buf *b, const struct oauth_approval *p)
{
    buf_le64(b, p->who);
    buf_le64(b, p->generation);
    buf_le64(b, p->session);
    buf_le32(b, p->scopes);
    buf_le64(b, (uint64_t)p->auth_time_ms);
    buf_le8(b, p->how);
    buf_le_str(b, p->nonce);
}

bool approval_take(struct cur *c, struct arena *a, struct oauth_approval *out)
{
    uint64_t auth_time;
    if (!cur_le64(c, &out->who) || !cur_le64(c, &out->generation) || !cur_le64(c, &out->session) ||
        !cur_le32(c, &out->scopes) || !cur_le64(c, &auth_time) || !cur_le8(c, &out->how) ||
        !cur_le_str(c, &out->nonce))
        return false;
    out->auth_time_ms = (int64_t)auth_time;
    out->nonce = str_dup(a, out->nonce);
    return true;
}

static struct str encode(struct arena *a, const struct oauth_grant *g)
{
    struct buf b = buf_of(a, VALUE_MAX);
    buf_le8(&b, ROW_VERSION);
    buf_le_str(&b, g->client);
    buf_le32(&b, g->scopes);
    buf_le64(&b, g->generation);
    buf_le64(&b, g->session);
    buf_le64(&b, (uint64_t)g->created_ms);
    buf_le64(&b, (uint64_t)g->used_ms);
    buf_le64(&b, (uint64_t)g->expires_ms);
    buf_le64(&b, (uint64_t)g->auth_time_ms);
    buf_le8(&b, g->how);
    buf_le32(&b, g->number);
    buf_le32(&b, g->refresh);
    buf_le32(&b, g->floor);
    buf_le64(&b, g->next);
    must(!b.overflow);
    return buf_str(&b);
}

static bool take_times(struct cur *c, struct oauth_grant *g)
{
    uint64_t created, used, expires, auth_time;
    if (!cur_le64(c, &created) || !cur_le64(c, &used) || !cur_le64(c, &expires) ||
        !cur_le64(c, &auth_time))
        return false;
    g->created_ms = (int64_t)created;
    g->used_ms = (int64_t)used;
    g->expires_ms = (int64_t)expires;
    g->auth_time_ms = (int64_t)auth_time;
    return true;
}

static enum code decode(struct ctx *cx, struct str key, struct str value, struct oauth_grant *out)
{
    struct cur k = cur_of(str_from(key, 1)), c = cur_of(value);
    uint8_t version;
    *out = (struct oauth_grant){0};
    if (!cur_key_u64(&k, &out->who) || !cur_key_u64(&k, &out->id) || !cur_le8(&c, &version) ||
        version != ROW_VERSION || !cur_le_str(&c, &out->client) || !cur_le32(&c, &out->scopes) ||
        !cur_le64(&c, &out->generation) || !cur_le64(&c, &out->session) || !take_times(&c, out) ||
        !cur_le8(&c, &out->how) || !cur_le32(&c, &out->number) || !cur_le32(&c, &out->refresh) ||
        !cur_le32(&c, &out->floor))
        return fail(cx, E_CORRUPT, "oauth: the row of a grant cannot be read");
    if (!cur_end(&c) && !cur_le64(&c, &out->next)) /* older rows end before it */
        return fail(cx, E_CORRUPT, "oauth: the row of a grant is cut off");
    out->client = str_dup(cx->arena, out->client);
    return OK;
}

static enum code take_all(struct ctx *cx, struct scan *w, struct oauth_grant **out, size_t *count)
{
    struct oauth_grant *list = NULL;
    size_t n = 0, room = 0;
    struct str key, value;
    while (scan_next(w, &key, &value)) {
        if (n == room) {
            size_t more = room ? room * 2 : 16;
            list = arena_grow(cx->arena, list, room * sizeof *list, more * sizeof *list);
            room = more;
        }
        TRY(decode(cx, key, value, &list[n]));
        n++;
    }
    *out = list;
    *count = n;
    return scan_error(w);
}

enum code grant_read(struct ctx *cx, struct txn *t, principal_id who, uint64_t id,
                     struct oauth_grant *out)
{
    struct key k = grant_key(who, id);
    struct str value;
    TRY(txn_get(cx, t, key_str(&k), &value));
    return decode(cx, key_str(&k), value, out);
}

void grant_write(struct ctx *cx, struct txn *t, const struct oauth_grant *g)
{
    struct key k = grant_key(g->who, g->id);
    txn_put(t, key_str(&k), encode(cx->arena, g));
}

void grant_remove(struct txn *t, principal_id who, uint64_t id)
{
    struct key k = grant_key(who, id);
    txn_delete(t, key_str(&k));
}

enum code grant_begin(struct ctx *cx, struct txn *t, const struct oauth_grant *g)
{
    struct key from = grant_key(g->who, 0), to = key_after(&from);
    const struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = txn_scan(cx, t, range);
    struct oauth_grant *list, *oldest = NULL;
    size_t count;
    TRY(take_all(cx, w, &list, &count));
    for (size_t i = 0; i < count; i++)
        if (!oldest || list[i].used_ms < oldest->used_ms)
            oldest = &list[i];
    if (count >= OAUTH_GRANTS_MAX)
        grant_remove(t, oldest->who, oldest->id);
    grant_write(cx, t, g);
    return OK;
}

struct oauth_grant grant_of(struct ctx *cx, const struct oauth *o, const struct oauth_approval *p,
                            struct str client)
{
    bool offline = p->scopes & SCOPE_OFFLINE;
    int64_t life_s = offline ? INT64_C(1) * o->config.refresh_days * DAY_S : o->config.access_s;
    return (struct oauth_grant){
        .who = p->who,
        .id = random_u64(cx->random) | 1,
        .client = client,
        .scopes = p->scopes,
        .generation = p->generation,
        .session = offline ? 0 : p->session,
        .created_ms = cx->now_ms,
        .used_ms = cx->now_ms,
        .expires_ms = cx->now_ms + life_s * 1000,
        .auth_time_ms = p->auth_time_ms,
        .how = p->how,
        .number = 1,
        .refresh = offline ? 1 : 0,
        .floor = 0,
    };
}

enum code oauth_grant_get(struct ctx *cx, struct oauth *o, principal_id who, uint64_t id,
                          struct oauth_grant *out)
{
    struct key k = grant_key(who, id);
    struct str value;
    if (!who || !id)
        return fail(cx, E_NOT_FOUND, "no such grant");
    TRY(store_get(cx, o->core->store, OAUTH_PART, key_str(&k), &value));
    return decode(cx, key_str(&k), value, out);
}

enum code oauth_grant_list(struct ctx *cx, struct oauth *o, principal_id who,
                           struct oauth_grant **out, size_t *count)
{
    struct key from = grant_key(who, 0), to = key_after(&from);
    const struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = store_scan(cx, o->core->store, OAUTH_PART, range);
    return take_all(cx, w, out, count);
}

/* Unknown and disabled are one thing to the outside: the grant has ended. */
static enum code ended(struct ctx *cx, enum code code)
{
    return code == E_NOT_FOUND ? fail(cx, E_DENIED, "oauth: the grant has ended") : code;
}

static enum code person_alive(struct ctx *cx, struct oauth *o, const struct oauth_grant *g,
                              struct principal *who)
{
    uint64_t generation;
    struct domain d;
    TRY(ended(cx, directory_by_id(cx, o->core, g->who, who)));
    TRY(ended(cx, directory_domain_by_id(cx, o->core, who->domain, &d)));
    TRY(credential_generation(cx, o->core, g->who, &generation));
    bool holds = generation == g->generation || (g->next && generation == g->next);
    if (!who->enabled || !d.enabled || !who->has_account || !holds)
        return fail(cx, E_DENIED, "oauth: the person is disabled or has another password");
    return OK;
}

enum code oauth_grant_alive(struct ctx *cx, struct oauth *o, const struct oauth_grant *g,
                            struct principal *who)
{
    struct oauth_client client;
    const struct session session = {.who = g->who, .id = g->session};
    if (g->expires_ms <= cx->now_ms)
        return fail(cx, E_DENIED, "oauth: the grant has expired");
    TRY(ended(cx, oauth_client_get(cx, o, g->client, &client)));
    TRY(person_alive(cx, o, g, who));
    if (g->session && o->sessions)
        TRY(sessions_still(cx, o->sessions, &session));
    return OK;
}

static enum code carry(struct ctx *cx, struct txn *t, void *arg)
{
    struct oauth_grant_step *step = arg;
    struct key from = grant_key(step->who, 0), to = key_after(&from);
    const struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = txn_scan(cx, t, range);
    struct oauth_grant *list;
    size_t count;
    TRY(take_all(cx, w, &list, &count));
    step->count = 0;
    for (size_t i = 0; i < count; i++) {
        struct oauth_grant *g = &list[i];
        if (g->generation != step->from && (!g->next || g->next != step->from))
            continue;
        g->generation = step->from;
        g->next = step->to;
        grant_write(cx, t, g);
        step->count++;
    }
    return OK;
}

enum code oauth_grant_carry(struct ctx *cx, struct oauth *o, struct oauth_grant_step *step)
{
    return store_update(cx, o->core->store, OAUTH_PART, carry, step);
}

struct revoke {
    principal_id who;
    uint64_t id;
    struct oauth_grant was;
};

static enum code revoke_in(struct ctx *cx, struct txn *t, void *arg)
{
    struct revoke *r = arg;
    TRY(grant_read(cx, t, r->who, r->id, &r->was));
    grant_remove(t, r->who, r->id);
    return OK;
}

enum code oauth_grant_revoke(struct ctx *cx, struct oauth *o, principal_id who, uint64_t id,
                             struct str by, const char *why)
{
    struct revoke r = {.who = who, .id = id};
    struct principal person = {0};
    TRY(store_update(cx, o->core->store, OAUTH_PART, revoke_in, &r));
    if (directory_by_id(cx, o->core, who, &person) != OK)
        person.address = str_printf(cx->arena, "#%llu", (unsigned long long)who);
    const struct audit_entry entry = {
        .at_ms = cx->now_ms,
        .actor = by,
        .act = STR("oauth.revoke"),
        .object = person.address,
        .detail = str_printf(cx->arena, "client=%.*s grant=%llx why=%s", STR_ARG(r.was.client),
                             (unsigned long long)id, why),
    };
    TRY(audit_add(cx, o->core, &entry));
    log_event(o->core->log, LOG_INFO, "oauth.revoked", "login=%s client=%s why=%s",
              log_quote(cx->arena, person.address), log_quote(cx->arena, r.was.client), why);
    oauth_tell(o, OAUTH_REVOKED);
    return OK;
}
