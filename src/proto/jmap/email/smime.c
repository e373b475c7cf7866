#include "proto/jmap/email/smime.h"
#include "format/summary.h"
#include "proto/jmap/email/shown.h"
#include "service/smime/smime.h"

enum code jmap_smime_asked(struct ctx *cx, struct jmap_call *call)
{
    static const struct str names[] = {STR("smimeStatus"), STR("smimeStatusAtDelivery"),
                                       STR("smimeErrors"), STR("smimeVerifiedAt")};
    const struct json_tree *asked = json_tree_member(call->args, STR("properties"));
    (void)cx;
    for (size_t i = 0; asked && i < asked->count && !(call->using & JMAP_SMIME); i++)
        for (size_t k = 0; k < sizeof names / sizeof *names; k++)
            if (str_eq(asked->values[i].text, names[k]))
                return jmap_refuse(call, "invalidArguments", "properties");
    return OK;
}

/* Once for an email, whatever is asked of it. */
static enum code answer_of(struct ctx *cx, struct jmap_call *call, struct jmap_shown *e,
                           const struct smime_answer **out)
{
    struct smime_answer *a = ARENA_NEW(cx->arena, struct smime_answer);
    *out = e->smime;
    if (e->smime)
        return OK;
    if (call->env->smime && e->of.row.id)
        TRY(smime_of_item(cx, call->env->smime, call->account, &e->of.row, a));
    else if (call->env->smime && e->mime)
        TRY(smime_of_message(cx, call->env->smime, e->mime, a));
    e->smime = a;
    *out = a;
    return OK;
}

enum code jmap_put_smime_status(struct ctx *cx, struct jmap_call *call, void *object,
                                struct json *j)
{
    const struct smime_answer *a;
    TRY(answer_of(cx, call, object, &a));
    jmap_put_text(j, smime_status_word(a->now));
    return OK;
}

/* What was parsed out of a blob was not delivered. */
enum code jmap_put_smime_delivered(struct ctx *cx, struct jmap_call *call, void *object,
                                   struct json *j)
{
    const struct jmap_shown *e = object;
    const struct smime_answer *a;
    TRY(answer_of(cx, call, object, &a));
    jmap_put_text(j, e->of.row.id ? smime_status_word(a->then) : STR(""));
    return OK;
}

enum code jmap_put_smime_errors(struct ctx *cx, struct jmap_call *call, void *object,
                                struct json *j)
{
    const struct smime_answer *a;
    TRY(answer_of(cx, call, object, &a));
    if (a->now < SMIME_IS_VERIFIED) {
        json_null(j);
        return OK;
    }
    json_array(j);
    for (int f = 0; f < SMIME_FAULTS; f++)
        if (a->faults >> f & 1)
            json_str(j, smime_fault_text((enum smime_fault)f));
    json_array_end(j);
    return OK;
}

enum code jmap_put_smime_at(struct ctx *cx, struct jmap_call *call, void *object, struct json *j)
{
    const struct smime_answer *a;
    TRY(answer_of(cx, call, object, &a));
    jmap_put_text(j, a->now < SMIME_IS_VERIFIED ? STR("") : jmap_date(cx->arena, a->verified_ms));
    return OK;
}

enum code jmap_smime_fits(struct ctx *cx, struct jmap_call *call, const struct item_row *row,
                          enum jmap_smime what, bool *yes)
{
    struct smime_answer a = {0};
    *yes = false;
    if (!call->env->smime)
        return OK;
    if (!smime_of_memory(cx, call->env->smime, call->account, row, &a)) {
        if (call->smime_verified >= JMAP_SMIME_QUERY_MAX)
            return OK;
        TRY(smime_of_item(cx, call->env->smime, call->account, row, &a));
        call->smime_verified += a.fresh;
    }
    *yes = what == JMAP_SMIME_SIGNED     ? a.now != SMIME_IS_NONE
           : what == JMAP_SMIME_VERIFIED ? a.now == SMIME_IS_VERIFIED
                                         : a.then == SMIME_IS_VERIFIED;
    return OK;
}
