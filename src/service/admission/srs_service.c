/* SRS of this server: for whom, with which secrets. */
#include "base/arena.h"
#include "base/random.h"
#include "core/directory.h"
#include "format/address.h"
#include "format/hex.h"
#include "service/admission/policy.h"
#include "service/admission/srs.h"
#include <stdlib.h>

#define KEEP_MS ((SRS_DAYS + 2) * INT64_C(24) * 3600 * 1000)

struct srs {
    struct core *core;
    struct policy *policy;
};

struct srs *srs_open(struct core *c, struct policy *p)
{
    struct srs *s = calloc(1, sizeof *s);
    must(s);
    *s = (struct srs){c, p};
    return s;
}

void srs_close(struct srs *s)
{
    free(s);
}

/* The newest first; those that were replaced too long ago are left out. */
struct secrets {
    struct srs_key keys[SRS_KEYS_MAX];
    struct str at[SRS_KEYS_MAX];
    size_t count;
};

static void secrets_of(struct ctx *cx, struct policy_view *v, struct secrets *out)
{
    size_t count;
    const struct policy_row *rows = policy_srs(v, &count);
    int64_t replaced_ms = INT64_MAX;
    for (size_t i = count; i-- > 0 && out->count < SRS_KEYS_MAX;) {
        uint64_t made_ms;
        struct str secret;
        if (!str_u64(rows[i].name, &made_ms) || hex_decode(cx, rows[i].value, &secret) != OK)
            continue;
        if (replaced_ms != INT64_MAX && cx->now_ms - replaced_ms > KEEP_MS)
            return;
        replaced_ms = (int64_t)made_ms;
        out->keys[out->count] =
            (struct srs_key){str_dup(cx->arena, rows[i].name), replaced_ms, out->count == 0};
        out->at[out->count++] = secret;
    }
}

enum code srs_rotate(struct ctx *cx, struct srs *s)
{
    unsigned char secret[SRS_SECRET_BYTES];
    if (cx->random)
        random_bytes(cx->random, secret, sizeof secret);
    else
        random_system(secret, sizeof secret);
    const struct policy_row row = {
        .kind = STR("srs"),
        .name = str_printf(cx->arena, "%015jd", (intmax_t)cx->now_ms),
        .scope = STR("*"),
        .value = hex_encode(cx->arena, str_of(secret, sizeof secret)),
    };
    return policy_put(cx, s->policy, &row);
}

enum code srs_keys(struct ctx *cx, struct srs *s, struct srs_key **out, size_t *count)
{
    struct policy_view *v AUTO(policy_view_unref) = NULL;
    struct secrets *x = ARENA_NEW(cx->arena, struct secrets);
    TRY(policy_get(cx, s->policy, &v));
    secrets_of(cx, v, x);
    *out = x->keys;
    *count = x->count;
    return OK;
}

static enum code is_own(struct ctx *cx, const struct srs *s, struct str domain, bool *own)
{
    struct domain d;
    enum code code = directory_domain_by_name(cx, s->core, domain, &d);
    *own = code == OK && d.kind == DOMAIN_HOSTED;
    return code == E_NOT_FOUND || code == E_SYNTAX ? OK : code;
}

static enum code forward(struct ctx *cx, struct srs *s, struct str sender, struct str ours,
                         struct str *out)
{
    struct secrets secrets = {0};
    for (int i = 0; !secrets.count && i < 2; i++) {
        struct policy_view *v AUTO(policy_view_unref) = NULL;
        if (i)
            TRY(srs_rotate(cx, s));
        TRY(policy_get(cx, s->policy, &v));
        secrets_of(cx, v, &secrets);
    }
    must(secrets.count);
    enum code code = srs_encode(cx, secrets.at[0], sender, ours, out);
    return code == E_SYNTAX || code == E_LIMIT ? OK : code;
}

enum code srs_forward(struct ctx *cx, struct srs *s, struct str sender, struct str through,
                      struct str *out)
{
    struct policy_view *v AUTO(policy_view_unref) = NULL;
    const struct policy_rules *rules;
    struct str local, domain, foreign;
    bool own;
    *out = sender;
    if (!sender.n || !address_split(through, &local, &domain) ||
        !address_split(sender, &local, &foreign))
        return OK;
    TRY(policy_get(cx, s->policy, &v));
    TRY(policy_domain(cx, v, domain, &rules));
    if (!rules->number[SET_SRS])
        return OK;
    TRY(is_own(cx, s, foreign, &own));
    if (own)
        return OK;
    struct str set = rules->text[SET_SRS_DOMAIN];
    return forward(cx, s, sender, set.n ? set : domain, out);
}

enum code srs_reverse(struct ctx *cx, struct srs *s, struct str address, bool *found,
                      struct str *out)
{
    struct policy_view *v AUTO(policy_view_unref) = NULL;
    const struct policy_rules *rules;
    struct str local, domain;
    struct secrets secrets = {0};
    bool own;
    *found = false;
    if (!srs_looks_like(address) || !address_split(address, &local, &domain))
        return OK;
    TRY(policy_get(cx, s->policy, &v));
    TRY(policy_domain(cx, v, domain, &rules));
    TRY(is_own(cx, s, domain, &own));
    bool named = policy_is_srs_domain(cx, v, domain);
    if (!own && !named)
        return OK;
    secrets_of(cx, v, &secrets);
    enum code code = srs_decode(cx, secrets.at, secrets.count, address, out);
    /* Somebody's address may look so where nothing is rewritten. */
    if (code != OK && !named && !rules->number[SET_SRS])
        return OK;
    *found = code == OK;
    return code == OK ? OK : fail(cx, E_DENIED, "SRS: a return path that is not ours");
}
