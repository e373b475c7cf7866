/* Policies of our own domains: kept here, published by whoever serves them. */
#include "base/buf.h"
#include "service/transport/sts/row.h"

enum code sts_own_get(struct ctx *cx, struct core *c, struct str domain, struct sts_own *out)
{
    struct sts_kept kept;
    TRY(sts_row_get(cx, c, STS_FAMILY_OWN, domain, &kept));
    *out = (struct sts_own){kept.id, kept.policy};
    return OK;
}

enum code sts_own_set(struct ctx *cx, struct core *c, struct str domain,
                      const struct sts_policy *policy)
{
    const struct sts_kept kept = {
        .domain = domain,
        .id = str_printf(cx->arena, "%jd", (intmax_t)cx->now_ms),
        .policy = *policy,
        .fetched_ms = cx->now_ms,
    };
    return sts_row_put(cx, c, STS_FAMILY_OWN, &kept);
}

enum code sts_own_remove(struct ctx *cx, struct core *c, struct str domain)
{
    return sts_row_drop(cx, c, STS_FAMILY_OWN, domain);
}

struct str sts_own_text(struct ctx *cx, const struct sts_own *own)
{
    struct buf b = buf_of(cx->arena, STS_POLICY_MAX);
    buf_printf(&b, "version: STSv1\r\nmode: %.*s\r\n", STR_ARG(sts_mode_name(own->policy.mode)));
    for (size_t i = 0; i < own->policy.mx_count; i++)
        buf_printf(&b, "mx: %.*s\r\n", STR_ARG(own->policy.mx[i]));
    buf_printf(&b, "max_age: %u\r\n", own->policy.max_age_s);
    return buf_str(&b);
}
