#include "service/auth.h"
#include "base/arena.h"
#include "base/log.h"
#include "base/map.h"
#include "base/metric.h"
#include "core/credential.h"
#include "core/rights.h"
#include "core/signin/factor.h"
#include "service/auth_attempt.h"
#include "service/auth_cache.h"
#include "service/sasl_gsasl.h"
#include "service/signin/app_passwords.h"

enum { LOGIN_MAX = 320 };

struct auth {
    struct core *core;
    struct auth_config config;
    struct auth_locks *locks;
    struct auth_cache *right, *wrong;
    struct sasl_library *sasl;
    struct metric *ok, *failed, *locked, *remembered, *apps;
};

static struct metric *counter(struct core *c, const char *labels)
{
    return metric_of(c->metrics, METRIC_COUNTER, "postroad_auth_total", labels,
                     "Attempts to log in, by their end.");
}

struct auth *auth_open(struct core *c, const struct auth_config *config)
{
    struct auth *a = calloc(1, sizeof *a);
    must(a);
    *a = (struct auth){.core = c, .config = *config, .sasl = sasl_library_open()};
    a->locks = auth_locks_open(config);
    a->right = auth_cache_open();
    a->wrong = auth_cache_open();
    a->ok = counter(c, "result=\"ok\"");
    a->failed = counter(c, "result=\"failed\"");
    a->locked = counter(c, "result=\"locked\"");
    a->remembered = metric_of(c->metrics, METRIC_COUNTER, "postroad_auth_remembered_total", "",
                              "Passwords that were verified without Argon2.");
    a->apps = metric_of(c->metrics, METRIC_COUNTER, "postroad_auth_app_passwords_total", "",
                        "Log-ins with an application password.");
    return a;
}

void auth_close(struct auth *a)
{
    sasl_library_close(a->sasl);
    auth_cache_close(a->right);
    auth_cache_close(a->wrong);
    auth_locks_close(a->locks);
    free(a);
}

struct core *auth_core(const struct auth *a)
{
    return a->core;
}

struct sasl_library *auth_sasl(const struct auth *a)
{
    return a->sasl;
}

const struct auth_config *auth_config_of(const struct auth *a)
{
    return &a->config;
}

static void log_attempt(struct ctx *cx, const struct auth *a, const struct auth_attempt *t,
                        enum log_level level, const char *event, const char *reason)
{
    if (log_wants(a->core->log, level))
        log_event(a->core->log, level, event,
                  "login=%s address=%.*s role=%.*s mechanism=%.*s reason=%s",
                  log_quote(cx->arena, str_sub(t->login, 0, LOGIN_MAX)), STR_ARG(t->peer->address),
                  STR_ARG(t->peer->role), STR_ARG(t->mechanism), reason);
}

/* The name that failures are counted under: accounts that do not exist have one, too.
   who: NULL when it is not known. */
static struct str account_name(struct ctx *cx, struct str login, const struct principal *who)
{
    struct str normal;
    if (who)
        return str_printf(cx->arena, "#%llu", (unsigned long long)who->id);
    if (directory_address_normal(cx, login, &normal) == OK)
        return normal;
    return str_lower(cx->arena, str_sub(login, 0, LOGIN_MAX));
}

enum code auth_attempt_begin(struct ctx *cx, struct auth *a, struct auth_attempt *t,
                             struct auth_result *out)
{
    enum code code = directory_by_login(cx, a->core, t->login, &t->who);
    if (code != OK && code != E_NOT_FOUND && code != E_SYNTAX)
        return code;
    t->known = code == OK;
    t->trier =
        auth_trier_of(t->peer->address, account_name(cx, t->login, t->known ? &t->who : NULL));
    if (!auth_locks_refuse(a->locks, &t->trier, cx->now_ms))
        return OK;
    metric_add(a->locked, 1);
    log_attempt(cx, a, t, LOG_WARN, "auth.failed", "locked");
    out->delay_ms = a->config.delay_ms;
    return fail(cx, E_LIMIT, "auth: locked out");
}

/* Whether it may log in at all; asked after the password, so that the answer costs the same. */
enum code auth_attempt_allowed(struct ctx *cx, const struct auth *a, const struct auth_attempt *t,
                               bool *out)
{
    struct domain d;
    TRY(directory_domain_by_id(cx, a->core, t->who.domain, &d));
    *out = d.enabled && t->who.enabled && t->who.has_account;
    return OK;
}

/* The account to act in. E_DENIED when the right to is missing, or there is no such account. */
static enum code act_as(struct ctx *cx, const struct auth *a, const struct auth_attempt *t,
                        account_id *out)
{
    struct principal other;
    *out = t->who.id;
    if (!t->authorization.n)
        return OK;
    enum code code = directory_by_login(cx, a->core, t->authorization, &other);
    if (code == OK && other.id == t->who.id)
        return OK;
    if (code == OK && (!other.has_account || other.home.n))
        code = E_NOT_FOUND;
    if (code == OK)
        code = rights_check(cx, a->core, other.id, 0, t->who.id, RIGHT_LOOKUP | RIGHT_READ);
    if (code == E_NOT_FOUND || code == E_SYNTAX || code == E_DENIED)
        return fail(cx, E_DENIED, "auth: may not act as the other");
    TRY(code);
    *out = other.id;
    return OK;
}

static enum code refuse(struct ctx *cx, struct auth *a, const struct auth_attempt *t,
                        const char *reason, struct auth_result *out)
{
    metric_add(a->failed, 1);
    log_attempt(cx, a, t, LOG_WARN, "auth.failed", reason);
    out->delay_ms = a->config.delay_ms;
    return fail(cx, E_DENIED, "auth: %s", reason);
}

/* With a second factor the main password alone is for the page, unless the domain says otherwise.
 */
static enum code is_enough(struct ctx *cx, const struct auth *a, const struct auth_attempt *t,
                           bool *out)
{
    struct factors f;
    struct domain d;
    *out = true;
    if (!t->main || t->page)
        return OK;
    TRY(factor_counts(cx, a->core, t->who.id, &f));
    if (!f.totps && !f.passkeys)
        return OK;
    TRY(directory_domain_by_id(cx, a->core, t->who.domain, &d));
    *out = d.password_alone;
    return OK;
}

static enum auth_how how_of(const struct auth_attempt *t)
{
    return t->app ? AUTH_APP_PASSWORD : t->main ? AUTH_PASSWORD : AUTH_OTHER;
}

static const char *reason_of(const struct auth_attempt *t, bool right, bool enough)
{
    if (!t->known)
        return "unknown";
    if (!right)
        return t->reason ? t->reason : "wrong";
    return enough ? "disabled" : "second-factor";
}

enum code auth_attempt_end(struct ctx *cx, struct auth *a, struct auth_attempt *t, bool right,
                           uint64_t guess, struct auth_result *out)
{
    struct auth_result result = {.who = t->who, .how = how_of(t), .hold = t->hold};
    bool allowed = false, enough = true;
    if (t->known && right)
        TRY(auth_attempt_allowed(cx, a, t, &allowed));
    if (allowed)
        TRY(is_enough(cx, a, t, &enough));
    if (t->known && t->who.home.n) { /* RFC 2221: its password need not be here */
        auth_locks_failed(a->locks, &t->trier, guess, cx->now_ms);
        out->who = t->who;
        out->home = t->who.home;
        return refuse(cx, a, t, "home", out);
    }
    if (!allowed || !enough) {
        auth_locks_failed(a->locks, &t->trier, guess, cx->now_ms);
        return refuse(cx, a, t, reason_of(t, right, enough), out);
    }
    enum code code = act_as(cx, a, t, &result.account);
    if (code == E_DENIED)
        return refuse(cx, a, t, "authorization", out);
    TRY(code);
    auth_locks_succeeded(a->locks, &t->trier, cx->now_ms);
    metric_add(a->ok, 1);
    log_attempt(cx, a, t, LOG_INFO, "auth.ok", "-");
    *out = result;
    return OK;
}

/* A password is looked up among those that were right or wrong a moment ago, or verified in the
   slow lane. Accounts that are not known go the whole way, too. */
enum code auth_attempt_verify(struct ctx *cx, struct auth *a, const struct auth_attempt *t,
                              struct str password, bool *right)
{
    uint64_t generation = 0, id = t->known ? t->who.id : t->trier.account;
    int64_t until_ms = cx->now_ms + a->config.remember_s * INT64_C(1000);
    if (t->known)
        TRY(credential_generation(cx, a->core, id, &generation));
    struct auth_tag tag = auth_cache_tag(a->right, id, generation, password);
    *right = generation && auth_cache_has(a->right, id, &tag, cx->now_ms);
    if (*right || auth_cache_has(a->wrong, id, &tag, cx->now_ms)) {
        metric_add(a->remembered, 1);
        return OK;
    }
    if (!cx->slow)
        return fail(cx, E_BUSY, "auth: for the slow lane");
    enum code code = credential_check(cx, a->core, t->known ? id : 0, password);
    if (code != OK && code != E_DENIED)
        return code;
    *right = code == OK;
    auth_cache_put(*right ? a->right : a->wrong, id, &tag, until_ms);
    return OK;
}

uint64_t auth_attempt_guess(struct ctx *cx, const struct auth_attempt *t, struct str secret)
{
    const struct str parts[] = {map_u64(&t->trier.account), secret};
    return hash_bytes(str_join(cx->arena, parts, 2));
}

/* What an application password has to be good for at a listener of that role. */
static enum app_scope scope_of(struct str role)
{
    static const struct {
        struct str start;
        enum app_scope scope;
    } roles[] = {{{"imap", 4}, APP_IMAP},
                 {{"pop3", 4}, APP_POP},
                 {{"http", 4}, APP_JMAP},
                 {{"managesieve", 11}, APP_SIEVE}};
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (str_starts(role, roles[i].start))
            return roles[i].scope;
    return APP_SMTP;
}

/* An application password is random, so looking it up is quick: it comes before the main one. */
static enum code look_up(struct ctx *cx, struct auth *a, struct auth_attempt *t,
                         struct str password)
{
    principal_id who = t->known ? t->who.id : 0;
    enum app_scope scope = scope_of(t->peer->role);
    TRY(app_passwords_check(cx, a->core, who, scope, password, &t->hold.app_password));
    t->app = t->hold.app_password;
    if (!t->app)
        return OK;
    t->mechanism = STR("app-password");
    app_passwords_used(cx, a->core, who, password, t->peer);
    metric_add(a->apps, 1);
    return OK;
}

enum code auth_attempt_password(struct ctx *cx, struct auth *a, struct auth_attempt *t,
                                struct str password, struct auth_result *out)
{
    bool right = true;
    TRY(auth_attempt_begin(cx, a, t, out));
    TRY(look_up(cx, a, t, password));
    t->main = !t->app;
    if (t->main)
        TRY(auth_attempt_verify(cx, a, t, password, &right));
    return auth_attempt_end(cx, a, t, right, auth_attempt_guess(cx, t, password), out);
}

enum code auth_password(struct ctx *cx, struct auth *a, const struct peer *peer, struct str login,
                        struct str password, struct auth_result *out)
{
    struct auth_attempt t = {.peer = peer, .mechanism = STR("password"), .login = login};
    return auth_attempt_password(cx, a, &t, password, out);
}

enum code auth_vouched(struct ctx *cx, struct auth *a, const struct peer *peer, struct str login,
                       struct auth_result *out)
{
    struct auth_attempt t = {.peer = peer, .mechanism = STR("proxy"), .login = login};
    TRY(auth_attempt_begin(cx, a, &t, out));
    return auth_attempt_end(cx, a, &t, true, 0, out);
}

/* Both readings of a name: an address has no "@" and is no login, so only one of them is ever met.
 */
static enum code trier_of(struct ctx *cx, struct auth *a, struct str name, struct auth_trier *out)
{
    struct principal who;
    enum code code = directory_by_login(cx, a->core, name, &who);
    if (code != OK && code != E_NOT_FOUND && code != E_SYNTAX)
        return code;
    *out = auth_trier_of(name, account_name(cx, name, code == OK ? &who : NULL));
    return OK;
}

enum code auth_lock_look(struct ctx *cx, struct auth *a, struct str name, struct auth_lock *out)
{
    struct auth_trier t;
    TRY(trier_of(cx, a, name, &t));
    *out = auth_locks_account(a->locks, t.account, cx->now_ms);
    struct auth_lock address = auth_locks_address(a->locks, t.address, cx->now_ms);
    if (address.failures > out->failures || address.locked_until_ms > out->locked_until_ms)
        *out = address;
    return OK;
}

enum code auth_lock_clear(struct ctx *cx, struct auth *a, struct str name)
{
    struct auth_trier t;
    TRY(trier_of(cx, a, name, &t));
    auth_locks_clear(a->locks, &t);
    return OK;
}
