/* The text of a policy (RFC 9989 section 4.7, RFC 7489 section 6.3). */
#include "base/arena.h"
#include "service/mailauth/dmarc.h"

struct str dmarc_policy_name(enum dmarc_policy policy)
{
    static const struct str names[] = {STR("none"), STR("quarantine"), STR("reject")};
    return names[policy];
}

/* False when the tag is there with another value. */
static bool policy_of(const struct tags *t, struct str name, enum dmarc_policy *out)
{
    const struct tag *tag = tags_find(t, name);
    if (!tag)
        return true;
    for (int i = DMARC_POLICY_NONE; i <= DMARC_POLICY_REJECT; i++)
        if (str_ieq(tag->value, dmarc_policy_name((enum dmarc_policy)i))) {
            *out = (enum dmarc_policy)i;
            return true;
        }
    return false;
}

static bool says(const struct tags *t, struct str name, struct str value)
{
    return str_ieq(tags_get(t, name), value);
}

/* RFC 7489 section 6.4: "10m", "1g", "500". RFC 9989 has dropped it; who still says it is heard. */
static uint64_t limit_of(struct str text)
{
    static const struct str units = STR("kmgt");
    uint64_t n, factor = 1;
    size_t unit = text.n ? str_chr(units, ascii_lower(text.p[text.n - 1])) : SIZE_MAX;
    if (unit != SIZE_MAX) {
        text.n--;
        factor = UINT64_C(1) << (10 * (unit + 1));
    }
    return str_u64(text, &n) && n < UINT64_MAX / factor ? n * factor : 0;
}

/* The addresses of a list of URIs, and how much each takes (may be NULL). */
static struct str *addresses(struct ctx *cx, struct str list, size_t *count, uint64_t *limits)
{
    struct str *at = ARENA_ARRAY(cx->arena, DMARC_ADDRESSES_MAX, struct str);
    *count = 0;
    while (list.n && *count < DMARC_ADDRESSES_MAX) {
        size_t comma = str_chr(list, ',');
        struct str uri = str_trim(str_sub(list, 0, comma));
        list = comma == SIZE_MAX ? (struct str){0} : str_from(list, comma + 1);
        if (!str_istarts(uri, STR("mailto:")))
            continue;
        struct str address = str_sub(str_from(uri, 7), 0, str_chr(str_from(uri, 7), '!'));
        if (!address.n)
            continue;
        if (limits)
            limits[*count] = limit_of(str_from(uri, 7 + address.n + 1));
        at[(*count)++] = address;
    }
    return at;
}

static enum dmarc_psd psd_of(const struct tags *t)
{
    return says(t, STR("psd"), STR("y"))   ? DMARC_PSD_YES
           : says(t, STR("psd"), STR("n")) ? DMARC_PSD_NO
                                           : DMARC_PSD_UNSAID;
}

static uint8_t percent_of(const struct tags *t)
{
    uint64_t percent;
    if (!str_u64(tags_get(t, STR("pct")), &percent) || percent > 100)
        return 100;
    return (uint8_t)percent;
}

enum code dmarc_parse(struct ctx *cx, struct str text, struct dmarc_record *out)
{
    struct dmarc_record r = {0};
    struct tags t;
    TRY(tags_parse(cx, text, &t));
    if (!str_eq(t.at[0].name, STR("v")) || !str_eq(t.at[0].value, STR("DMARC1")))
        return fail(cx, E_SYNTAX, "DMARC: no record of version 1");
    r.rua_max = ARENA_ARRAY(cx->arena, DMARC_ADDRESSES_MAX, uint64_t);
    r.rua = addresses(cx, tags_get(&t, STR("rua")), &r.rua_count, r.rua_max);
    r.ruf = addresses(cx, tags_get(&t, STR("ruf")), &r.ruf_count, NULL);
    bool usable = tags_find(&t, STR("p")) && policy_of(&t, STR("p"), &r.policy);
    r.subdomains = r.policy;
    usable &= policy_of(&t, STR("sp"), &r.subdomains);
    r.absent = r.subdomains;
    usable &= policy_of(&t, STR("np"), &r.absent);
    if (!usable) { /* who asks for reports is at least monitored (RFC 7489 section 6.6.3) */
        if (!r.rua_count)
            return fail(cx, E_SYNTAX, "DMARC: no usable policy");
        r.policy = r.subdomains = r.absent = DMARC_POLICY_NONE;
    }
    r.strict_dkim = says(&t, STR("adkim"), STR("s"));
    r.strict_spf = says(&t, STR("aspf"), STR("s"));
    r.testing = says(&t, STR("t"), STR("y"));
    r.percent = percent_of(&t);
    r.psd = psd_of(&t);
    r.report_all = str_chr(tags_get(&t, STR("fo")), '1') != SIZE_MAX;
    *out = r;
    return OK;
}
