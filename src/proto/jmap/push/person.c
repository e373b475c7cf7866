/* Who is connected, and whether it may go on. */
#include "core/credential.h"
#include "core/directory.h"
#include "proto/jmap/push/push.h"
#include "service/signin/sessions.h"
#include <stdlib.h>

enum code jmap_person_keep(struct ctx *cx, const struct jmap_env *e, const struct http_request *q,
                           struct jmap_person *out)
{
    struct jmap_person p = {.id = q->who->who.id};
    TRY(credential_generation(cx, e->core, p.id, &p.generation));
    if (q->session) {
        p.session = malloc(sizeof *p.session);
        must(p.session);
        *p.session = *q->session;
    }
    *out = p;
    return OK;
}

enum code jmap_person_still(struct ctx *cx, const struct jmap_env *e, const struct jmap_person *p,
                            struct auth_result *who)
{
    struct auth_result now = {.account = p->id};
    uint64_t generation = 0;
    enum code code = directory_by_id(cx, e->core, p->id, &now.who);
    if (code == E_NOT_FOUND || (code == OK && !now.who.enabled))
        return fail(cx, E_DENIED, "the person is gone or disabled");
    TRY(code);
    if (p->session) /* which knows of passwords, too */
        TRY(sessions_still(cx, e->sessions, p->session));
    else
        TRY(credential_generation(cx, e->core, p->id, &generation));
    if (!p->session && generation != p->generation)
        return fail(cx, E_DENIED, "the password is another");
    *who = now;
    return OK;
}

void jmap_person_drop(struct jmap_person *p)
{
    free(p->session);
    p->session = NULL;
}
