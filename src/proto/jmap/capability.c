#include "proto/jmap/capability.h"
#include "proto/jmap/principal/principal.h"
#include "proto/jmap/setting/setting.h"
#include "proto/jmap/sieve/sieve.h"
#include "proto/jmap/signin/signin.h"
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

static bool verifies(const struct jmap_env *e)
{
    return e->smime;
}

static bool listed(const struct jmap_env *e)
{
    return e->book;
}

/* RFC 9670 section 1.4.1. */
static void principals(struct ctx *cx, const struct jmap_env *e, account_id account, struct json *j)
{
    (void)e;
    json_object(j);
    json_key(j, "currentUserPrincipalId");
    json_str(j, jmap_principal_id(cx->arena, account));
    json_object_end(j);
}

/* Section 1.4.2: whose account it is; principals are found in one's own. */
static void owner(struct ctx *cx, account_id account, account_id mine, struct json *j)
{
    json_object(j);
    json_key(j, "accountIdForPrincipal");
    json_str(j, jmap_account_id(cx->arena, mine));
    json_key(j, "principalId");
    json_str(j, jmap_principal_id(cx->arena, account));
    json_object_end(j);
}

static void submission(struct ctx *cx, const struct jmap_env *e, account_id account, struct json *j)
{
    (void)e, (void)account;
    jmap_submission_capability(cx, j);
}

static bool reports(const struct jmap_env *e)
{
    return e->phishing.n;
}

static void report(struct ctx *cx, const struct jmap_env *e, account_id account, struct json *j)
{
    (void)cx, (void)account;
    json_object(j);
    json_key(j, "phishing");
    json_str(j, e->phishing);
    json_object_end(j);
}

static bool signs_in(const struct jmap_env *e)
{
    return e->sessions;
}

static void blob(struct ctx *cx, const struct jmap_env *e, account_id account, struct json *j)
{
    (void)cx, (void)e, (void)account;
    jmap_blob_capability(j);
}

static const struct str owner_name = STR("urn:ietf:params:jmap:principals:owner");

const struct jmap_capability_row jmap_more[] = {
    {STR("urn:ietf:params:jmap:blob"), JMAP_BLOB, true, blob, NULL},
    {STR("urn:ietf:params:jmap:quota"), JMAP_QUOTA, false, NULL, NULL},
    {STR("urn:ietf:params:jmap:submission"), JMAP_SUBMISSION, false, submission, sends},
    {STR("urn:ietf:params:jmap:vacationresponse"), JMAP_VACATION, false, NULL, filters},
    {STR("urn:ietf:params:jmap:sieve"), JMAP_SIEVE, false, jmap_sieve_capability, filters},
    {STR("https://postroad.org/jmap/signin"), JMAP_SIGNIN, false, jmap_signin_capability, signs_in},
    {STR("urn:ietf:params:jmap:mdn"), JMAP_MDN, false, NULL, sends},
    {STR("https://postroad.org/jmap/settings"), JMAP_SETTINGS, false, jmap_setting_capability,
     NULL},
    {STR("urn:ietf:params:jmap:principals"), JMAP_PRINCIPALS, false, principals, listed},
    {STR("urn:ietf:params:jmap:principals:owner"), JMAP_PRINCIPALS, true, NULL, listed},
    {STR("https://postroad.org/jmap/recover"), JMAP_RECOVER, false, NULL, NULL},
    {STR("https://postroad.org/jmap/snooze"), JMAP_SNOOZE, false, NULL, NULL},
    {STR("https://postroad.org/jmap/report"), JMAP_REPORT, false, report, reports},
    {STR("urn:ietf:params:jmap:smimeverify"), JMAP_SMIME, true, NULL, verifies},
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

bool jmap_capability_on(const struct jmap_env *e, unsigned bit)
{
    for (const struct jmap_capability_row *r = jmap_more; r->name.n; r++)
        if (r->bit == bit)
            return is_on(r, e);
    return true;
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

void jmap_more_put_account(struct ctx *cx, const struct jmap_env *e, account_id account,
                           account_id mine, struct json *j)
{
    for (const struct jmap_capability_row *r = jmap_more; r->name.n; r++) {
        if (!is_on(r, e) || (account != mine && !r->others))
            continue;
        jmap_key(j, r->name);
        if (str_eq(r->name, owner_name))
            owner(cx, account, mine, j);
        else if (r->put)
            r->put(cx, e, account, j);
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
