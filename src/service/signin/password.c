#include "service/signin/password.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/engine.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/random.h"
#include "core/audit.h"
#include "core/credential.h"
#include "format/date.h"
#include "service/delivery.h"
#include "service/oauth/grant.h"
#include "service/signin/app_passwords.h"
#include "service/signin/sessions.h"

enum { NOTE_MAX = 4096 };

const char *password_fault_name(enum password_fault fault)
{
    static const char *const names[PASSWORD_FAULTS] = {
        [PASSWORD_IS_GOOD] = "changed",   [PASSWORD_TOO_SHORT] = "too-short",
        [PASSWORD_TOO_LONG] = "too-long", [PASSWORD_NOT_ALLOWED] = "not-allowed",
        [PASSWORD_WEAK] = "weak",         [PASSWORD_REUSED] = "reused",
    };
    return names[fault];
}

static void count(struct core *c, enum password_fault fault)
{
    static const char *const labels[PASSWORD_FAULTS] = {
        [PASSWORD_IS_GOOD] = "result=\"changed\"",
        [PASSWORD_TOO_SHORT] = "result=\"too-short\"",
        [PASSWORD_TOO_LONG] = "result=\"too-long\"",
        [PASSWORD_NOT_ALLOWED] = "result=\"not-allowed\"",
        [PASSWORD_WEAK] = "result=\"weak\"",
        [PASSWORD_REUSED] = "result=\"reused\"",
    };
    metric_add(metric_of(c->metrics, METRIC_COUNTER, "postroad_password_changes_total",
                         labels[fault],
                         "New passwords that people asked for, by what became of it."),
               1);
}

/* What goes on knows the new password's generation before there is one, so nobody finds a session
   ended that is not. */
static enum code carry(struct ctx *cx, const struct password_env *e, const struct password_wish *w,
                       uint64_t from, uint64_t to)
{
    const struct session_step step = {
        .who = w->who->id,
        .id = w->keep_sessions || !w->session ? 0 : w->session->id,
        .from = from,
        .to = to,
    };
    struct oauth_grant_step grants = {.who = w->who->id, .from = from, .to = to};
    if (w->session || w->keep_sessions)
        TRY(session_carry(cx, e->core, &step));
    return e->oauth && w->keep_grants ? oauth_grant_carry(cx, e->oauth, &grants) : OK;
}

static enum code end_app_passwords(struct ctx *cx, const struct password_env *e,
                                   const struct password_wish *w, size_t *ended)
{
    struct app_password *list;
    size_t n;
    TRY(app_password_list(cx, e->core, w->who->id, &list, &n));
    for (size_t i = 0; i < n; i++) {
        enum code code = app_passwords_end(cx, e->core, w->who, w->who->address, list[i].id);
        if (code != E_NOT_FOUND)
            TRY(code);
        *ended += code == OK;
    }
    return OK;
}

/* Those that the old password had and the new one has not: they are refused from now on; their rows
   go, and each is told of. */
static enum code end_rest(struct ctx *cx, const struct password_env *e,
                          const struct password_wish *w, struct password_done *out)
{
    const struct session_end by = {w->who->address, "new password"};
    struct oauth_grant *grants = NULL;
    size_t n = 0;
    if (e->sessions && !w->keep_sessions)
        TRY(sessions_end_all(cx, e->sessions, w->who, w->session ? w->session->id : 0, by,
                             &out->sessions));
    if (e->oauth && !w->keep_grants)
        TRY(oauth_grant_list(cx, e->oauth, w->who->id, &grants, &n));
    for (size_t i = 0; i < n; i++) {
        enum code code = oauth_grant_revoke(cx, e->oauth, w->who->id, grants[i].id, w->who->address,
                                            "new-password");
        if (code != E_NOT_FOUND)
            TRY(code);
        out->grants += code == OK;
    }
    return w->end_app_passwords ? end_app_passwords(cx, e, w, &out->app_passwords) : OK;
}

static struct str note_text(struct ctx *cx, const struct password_env *e,
                            const struct password_wish *w, struct str id)
{
    struct str host = e->core->host_name, to = w->who->address;
    struct buf b = buf_of(cx->arena, NOTE_MAX);
    const struct date now = {.utc_ms = cx->now_ms};
    buf_printf(&b, "From: Mail service <postmaster@%.*s>\r\nTo: <%.*s>\r\n", STR_ARG(host),
               STR_ARG(to));
    buf_add(&b, STR("Subject: Your password was changed\r\nDate: "));
    date_put_rfc5322(&b, now);
    buf_printf(&b, "\r\nMessage-ID: <%.*s@%.*s>\r\n", STR_ARG(id), STR_ARG(host));
    buf_add(&b, STR("Auto-Submitted: auto-generated\r\nImportance: high\r\nMIME-Version: 1.0\r\n"
                    "Content-Type: text/plain; charset=utf-8\r\n"
                    "Content-Transfer-Encoding: 8bit\r\n\r\n"));
    buf_printf(&b, "The password of %.*s was changed.\r\n\r\nWhen: ", STR_ARG(to));
    date_put_rfc5322(&b, now);
    buf_printf(&b, "\r\nFrom the address: %.*s\r\n\r\n", STR_ARG(w->peer->address));
    buf_add(&b, STR("If it was you, there is nothing to do. If not, tell your administrator at "
                    "once:\r\nsomebody else can read your mail.\r\n"));
    must(!b.overflow);
    return buf_str(&b);
}

static enum code note_send(struct ctx *cx, const struct password_env *e,
                           const struct password_wish *w)
{
    struct str id = str_printf(cx->arena, "password.%llu.%llx", (unsigned long long)w->who->id,
                               (unsigned long long)random_u64(cx->random));
    struct route_target target = {.who = w->who->id, .account = w->who->id, .over_quota_ok = true};
    struct delivery_recipient to = {
        .route = {.kind = ROUTE_LOCAL,
                  .address = w->who->address,
                  .targets = &target,
                  .target_count = 1},
    };
    const struct delivery_message m = {
        .bytes = note_text(cx, e, w, id),
        .received = str_printf(cx->arena, "Received: by %.*s (Postroad) id %.*s\r\n",
                               STR_ARG(e->core->host_name), STR_ARG(id)),
        .id = id,
        .received_ms = cx->now_ms,
        .no_session = true,
    };
    return delivery_run(cx, e->delivery, &m, &to, 1);
}

static enum code tell(struct ctx *cx, const struct password_env *e, const struct password_wish *w,
                      const struct password_done *d)
{
    struct str what = str_printf(cx->arena, "sessions=%zu grants=%zu app-passwords=%zu",
                                 d->sessions, d->grants, d->app_passwords);
    const struct audit_entry entry = {
        .at_ms = cx->now_ms,
        .actor = w->who->address,
        .act = STR("password.change"),
        .object = w->who->address,
        .detail = str_printf(cx->arena, "from %.*s, ended %.*s", STR_ARG(w->peer->address),
                             STR_ARG(what)),
    };
    log_event(e->core->log, LOG_INFO, "password.changed", "login=%s address=%.*s %.*s",
              log_quote(cx->arena, w->who->address), STR_ARG(w->peer->address), STR_ARG(what));
    return audit_add(cx, e->core, &entry);
}

static enum code refused(struct ctx *cx, const struct password_env *e,
                         const struct password_wish *w, enum password_fault fault)
{
    count(e->core, fault);
    log_event(e->core->log, LOG_INFO, "password.refused", "login=%s address=%.*s why=%s",
              log_quote(cx->arena, w->who->address), STR_ARG(w->peer->address),
              password_fault_name(fault));
    return OK;
}

enum code password_change(struct ctx *cx, const struct password_env *e,
                          const struct password_wish *w, enum password_fault *fault,
                          struct password_done *out)
{
    uint64_t from, to = 0;
    bool used = false;
    *out = (struct password_done){0};
    *fault = password_rule(cx, w->password, w->who);
    if (!*fault)
        TRY(credential_was_used(cx, e->core, w->who->id, w->password, &used));
    if (used)
        *fault = PASSWORD_REUSED;
    if (*fault)
        return refused(cx, e, w, *fault);
    TRY(credential_generation(cx, e->core, w->who->id, &from));
    while (!to || to == from)
        to = random_u64(cx->random);
    TRY(carry(cx, e, w, from, to));
    TRY(credential_replace(cx, e->core, w->who->id, w->password, to));
    count(e->core, PASSWORD_IS_GOOD);
    TRY(end_rest(cx, e, w, out));
    TRY(tell(cx, e, w, out));
    enum code code = e->delivery ? note_send(cx, e, w) : OK;
    if (code != OK)
        log_event(e->core->log, LOG_WARN, "password.not_told", "login=%s code=%s",
                  log_quote(cx->arena, w->who->address), code_name(code));
    return OK;
}
