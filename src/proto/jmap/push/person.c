/* Who is connected, and whether it may go on. */
#include "core/credential.h"
#include "core/directory.h"
#include "proto/jmap/push/push.h"
#include "service/oauth/grant.h"
#include "service/signin/app_passwords.h"
#include "service/signin/sessions.h"
#include <stdlib.h>

enum code jmap_person_keep(struct ctx *cx, const struct jmap_env *e, const struct http_request *q,
                           struct jmap_person *out)
{
    struct jmap_person p = {.id = q->who->who.id, .hold = q->who->hold};
    TRY(credential_generation(cx, e->core, p.id, &p.generation));
    if (q->session) {
        p.session = malloc(sizeof *p.session);
        must(p.session);
        *p.session = *q->session;
    }
    *out = p;
    return OK;
}

static enum code may_log_in(struct ctx *cx, const struct jmap_env *e, principal_id id,
                            struct principal *out)
{
    struct domain d;
    enum code code = directory_by_id(cx, e->core, id, out);
    if (code == E_NOT_FOUND)
        return fail(cx, E_DENIED, "the person is gone");
    TRY(code);
    TRY(directory_domain_by_id(cx, e->core, out->domain, &d));
    return out->enabled && d.enabled ? OK : fail(cx, E_DENIED, "the person is disabled");
}

/* What a grant stands on is the grant's to say: another password, the end of a session. */
static enum code grant_still(struct ctx *cx, const struct jmap_env *e, const struct jmap_person *p)
{
    struct principal who;
    struct oauth_grant g;
    if (!e->oauth)
        return fail(cx, E_DENIED, "no tokens are given out any more");
    enum code code = oauth_grant_get(cx, e->oauth, p->id, p->hold.grant, &g);
    if (code == E_NOT_FOUND)
        return fail(cx, E_DENIED, "the grant is gone");
    TRY(code);
    if (p->hold.token < g.floor)
        return fail(cx, E_DENIED, "the token is revoked");
    return oauth_grant_alive(cx, e->oauth, &g, &who);
}

static enum code app_password_still(struct ctx *cx, const struct jmap_env *e,
                                    const struct jmap_person *p)
{
    struct app_password row;
    enum code code = app_password_get(cx, e->core, p->id, p->hold.app_password, &row);
    return code == E_NOT_FOUND ? fail(cx, E_DENIED, "the application password is gone") : code;
}

static enum code password_still(struct ctx *cx, const struct jmap_env *e,
                                const struct jmap_person *p)
{
    uint64_t generation;
    TRY(credential_generation(cx, e->core, p->id, &generation));
    return generation == p->generation ? OK : fail(cx, E_DENIED, "the password is another");
}

enum code jmap_person_still(struct ctx *cx, const struct jmap_env *e, const struct jmap_person *p,
                            struct auth_result *who)
{
    struct auth_result now = {.account = p->id, .hold = p->hold};
    TRY(may_log_in(cx, e, p->id, &now.who));
    if (p->hold.until_ms && cx->now_ms >= p->hold.until_ms)
        return fail(cx, E_DENIED, "the token has expired");
    if (p->session && !e->sessions)
        return fail(cx, E_DENIED, "there are no sessions any more");
    if (p->session)
        TRY(sessions_still(cx, e->sessions, p->session));
    else if (p->hold.grant)
        TRY(grant_still(cx, e, p));
    else if (p->hold.app_password)
        TRY(app_password_still(cx, e, p));
    else
        TRY(password_still(cx, e, p));
    *who = now;
    return OK;
}

jmap_types jmap_person_types(const struct jmap_person *p, jmap_types types)
{
    const struct auth_hold *h = &p->hold;
    bool narrow = !p->session && (h->app_password || h->grant || h->until_ms);
    return narrow ? types & ~jmap_types_with(JMAP_SIGNIN) : types;
}

void jmap_person_drop(struct jmap_person *p)
{
    free(p->session);
    p->session = NULL;
}
