#include "proto/jmap/capability.h"
#include "proto/jmap/setting/setting.h"
#include "proto/jmap/sieve/sieve.h"
#include "proto/jmap/submission/submission.h"
#include "proto/jmap/transfer/data.h"

static bool sends(const struct jmap_env *e)
{
    return e->submission;
}

static bool filters(const struct jmap_env *e)
{
    return e->filters;
}

static void submission(struct ctx *cx, const struct jmap_env *e, struct json *j)
{
    (void)cx, (void)e;
    jmap_submission_capability(j);
}

static bool signs_in(const struct jmap_env *e)
{
    return e->sessions;
}

static void blob(struct ctx *cx, const struct jmap_env *e, struct json *j)
{
    (void)cx, (void)e;
    jmap_blob_capability(j);
}

const struct jmap_capability_row jmap_more[] = {
    {STR("urn:ietf:params:jmap:blob"), JMAP_BLOB, true, blob, NULL},
    {STR("urn:ietf:params:jmap:quota"), JMAP_QUOTA, false, NULL, NULL},
    {STR("urn:ietf:params:jmap:submission"), JMAP_SUBMISSION, false, submission, sends},
    {STR("urn:ietf:params:jmap:vacationresponse"), JMAP_VACATION, false, NULL, filters},
    {STR("urn:ietf:params:jmap:sieve"), JMAP_SIEVE, false, jmap_sieve_capability, filters},
    {STR("https://postroad.org/jmap/signin"), JMAP_SIGNIN, false, NULL, signs_in},
    {STR("https://postroad.org/jmap/settings"), JMAP_SETTINGS, false, jmap_setting_capability,
     NULL},
    {.name = {0}},
};

static bool is_on(const struct jmap_capability_row *r, const struct jmap_env *e)
{
    return !r->is_on || r->is_on(e);
}

unsigned jmap_more_bit(const struct jmap_env *e, struct str name)
{
    for (const struct jmap_capability_row *r = jmap_more; r->name.n; r++)
        if (str_eq(r->name, name) && is_on(r, e))
            return r->bit;
    return 0;
}

static void put_nothing(struct json *j)
{
    json_object(j);
    json_object_end(j);
}

void jmap_more_put(const struct jmap_env *e, struct json *j)
{
    for (const struct jmap_capability_row *r = jmap_more; r->name.n; r++)
        if (is_on(r, e)) {
            jmap_key(j, r->name);
            put_nothing(j);
        }
}

void jmap_more_put_account(struct ctx *cx, const struct jmap_env *e, bool own, struct json *j)
{
    for (const struct jmap_capability_row *r = jmap_more; r->name.n; r++) {
        if (!is_on(r, e) || (!own && !r->others))
            continue;
        jmap_key(j, r->name);
        if (r->put)
            r->put(cx, e, j);
        else
            put_nothing(j);
    }
}

void jmap_more_put_primary(struct ctx *cx, const struct jmap_env *e, account_id own, struct json *j)
{
    for (const struct jmap_capability_row *r = jmap_more; r->name.n; r++)
        if (is_on(r, e)) {
            jmap_key(j, r->name);
            json_str(j, jmap_account_id(cx->arena, own));
        }
}
