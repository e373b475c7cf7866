/* Password/change: another main password, by who has shown a moment ago who it is. */
#include "service/signin/password.h"
#include "core/credential.h"
#include "proto/jmap/signin/signin.h"
#include "service/submission/submission.h"

static const struct {
    const char *type, *why;
} faults[PASSWORD_FAULTS] = {
    [PASSWORD_TOO_SHORT] = {"passwordTooShort", "less than 12 characters"},
    [PASSWORD_TOO_LONG] = {"passwordTooLong", "more than 256 bytes"},
    [PASSWORD_NOT_ALLOWED] = {"passwordNotAllowed", "a character that no password may have"},
    [PASSWORD_WEAK] = {"passwordWeak", "common words, names, years and runs make most of it"},
    [PASSWORD_REUSED] = {"passwordReused", "it is the password of now, or was one lately"},
};

/* A member that is true or false, or is not there: usual. False: it is something else. */
static bool flag(const struct jmap_call *call, struct str name, bool usual, bool *out)
{
    const struct json_tree *v;
    if (!jmap_arg(call, name, TREE_BOOL, &v))
        return false;
    *out = v ? v->truth : usual;
    return true;
}

static bool read(const struct jmap_call *call, struct password_wish *w)
{
    const struct json_tree *text;
    bool sessions, grants;
    if (!jmap_arg(call, STR("password"), TREE_STRING, &text) || !text ||
        !flag(call, STR("endSessions"), true, &sessions) ||
        !flag(call, STR("endGrants"), true, &grants) ||
        !flag(call, STR("endAppPasswords"), false, &w->end_app_passwords))
        return false;
    w->password = text->text;
    w->keep_sessions = !sessions;
    w->keep_grants = !grants;
    return true;
}

static void put(struct ctx *cx, struct jmap_call *call, const struct password_done *d)
{
    json_key(&call->out, "accountId");
    json_str(&call->out, jmap_account_id(cx->arena, call->account));
    json_key(&call->out, "endedSessions");
    json_u64(&call->out, d->sessions);
    json_key(&call->out, "endedGrants");
    json_u64(&call->out, d->grants);
    json_key(&call->out, "endedAppPasswords");
    json_u64(&call->out, d->app_passwords);
}

enum code jmap_password_change(struct ctx *cx, struct jmap_call *call)
{
    const struct jmap_env *e = call->env;
    struct password_env env = {.core = e->core, .sessions = e->sessions, .oauth = e->oauth};
    struct password_wish w = {
        .who = &call->who->who, .peer = call->peer, .session = call->request->session};
    enum password_fault fault;
    struct password_done done;
    env.delivery = e->submission ? e->submission->delivery : NULL;
    TRY(jmap_account_open(cx, call));
    if (!call->error)
        TRY(jmap_signin_change(cx, call));
    if (call->error)
        return OK;
    if (!read(call, &w))
        return jmap_refuse(call, "invalidArguments", "password, and which of the rest shall end");
    if (!cx->slow)
        return jmap_refuse(call, "forbidden", "a password is changed over HTTP alone");
    TRY(password_change(cx, &env, &w, &fault, &done));
    if (fault)
        return jmap_refuse(call, faults[fault].type, faults[fault].why);
    put(cx, call, &done);
    return OK;
}

bool jmap_password_among(const struct json_tree *calls)
{
    for (size_t i = 0; i < calls->count; i++)
        if (str_eq(calls->values[i].values[0].text, STR("Password/change")))
            return true;
    return false;
}

void jmap_signin_capability(struct ctx *cx, const struct jmap_env *e, account_id account,
                            struct json *j)
{
    (void)cx, (void)e, (void)account;
    json_object(j);
    json_key(j, "minPasswordChars");
    json_u64(j, PASSWORD_CHARS_MIN);
    json_key(j, "maxPasswordBytes");
    json_u64(j, PASSWORD_MAX);
    json_object_end(j);
}
