#include "format/address.h"
#include "service/sieve/run/fields.h"
#include "service/sieve/run/match.h"
#include "service/sieve/script/check.h"
#include "service/sieve/script/words.h"

/* The tests address and envelope: RFC 5228 sections 5.1 and 5.4, RFC 5233, RFC 6009. */

static enum sieve_tag part_of(const struct sieve_node *n)
{
    for (enum sieve_tag t = TAG_ALL; t <= TAG_DETAIL; t++)
        if (sieve_tag(n, t))
            return t;
    return TAG_ALL;
}

/* One part of an address to the keys; false when the answer stands. No detail: nothing is compared
   (RFC 5233 section 4). */
static bool give(struct sieve_matcher *m, enum sieve_tag part, struct str local, struct str domain,
                 struct str whole)
{
    size_t plus = str_chr(local, '+');
    struct str s = whole;
    if (part == TAG_LOCALPART)
        s = local;
    else if (part == TAG_DOMAIN)
        s = domain;
    else if (part == TAG_USER)
        s = str_sub(local, 0, plus);
    else if (part == TAG_DETAIL && plus == SIZE_MAX)
        return true;
    else if (part == TAG_DETAIL)
        s = str_from(local, plus + 1);
    return !sieve_match_value(m, s);
}

struct look {
    struct sieve_matcher matcher;
    enum sieve_tag part;
};

static bool field(void *to, struct str raw)
{
    struct look *l = to;
    struct arena *a = l->matcher.run->arena;
    struct address_list list = address_parse(a, raw);
    for (size_t i = 0; i < list.count; i++) {
        const struct address *x = &list.at[i];
        bool whole = l->part == TAG_ALL || x->domain.n; /* what is no address has no parts */
        if (x->kind == ADDRESS_MAILBOX && whole &&
            !give(&l->matcher, l->part, x->local, x->domain, address_spec(a, x)))
            return false;
    }
    return true;
}

bool sieve_address_test(struct sieve_run *r, const struct sieve_node *n)
{
    struct look l = {.part = part_of(n)};
    const struct sieve_arg *names = sieve_arg(n, 0);
    sieve_match_begin(&l.matcher, r, n, sieve_arg(n, 1));
    sieve_fields_walk(r, n, sieve_run_texts(r, names), names->count, field, &l);
    return sieve_match_end(&l.matcher);
}

void sieve_address_check(struct sieve_check *k, struct sieve_node *n)
{
    static const struct str with_addresses[] = {
        STR("from"),
        STR("to"),
        STR("cc"),
        STR("bcc"),
        STR("sender"),
        STR("reply-to"),
        STR("resent-from"),
        STR("resent-to"),
        STR("resent-cc"),
        STR("resent-bcc"),
        STR("resent-sender"),
        STR("resent-reply-to"),
        STR("return-path"),
        STR("delivered-to"),
        STR("x-original-to"),
        STR("errors-to"),
        STR("envelope-to"),
        STR("disposition-notification-to"),
        STR("return-receipt-to"),
        STR("apparently-to"),
        STR("mail-followup-to"),
        STR("x-envelope-to"),
        STR("x-envelope-from"),
        STR("mail-reply-to"),
        STR("original-recipient"),
        STR("list-post"),
        STR("x-forwarded-to"),
        STR("approved"),
        STR("delivered-from"),
        STR("x-delivered-to"),
        STR("x-sender"),
    };
    const struct sieve_arg *arg = sieve_arg(n, 0);
    sieve_check_names(k, arg);
    sieve_fields_check(k, n);
    bool any = sieve_tag(n, TAG_MIME) != NULL; /* RFC 5703 section 4.3 */
    for (size_t i = 0; !any && sieve_arg_constant(arg) && i < arg->count; i++) {
        size_t j = 0, all = sizeof with_addresses / sizeof with_addresses[0];
        while (j < all && !str_ieq(arg->strings[i], with_addresses[j]))
            j++;
        if (j == all)
            sieve_report_at(k->report, arg->spot, "\"%.*s\" is no field with addresses",
                            STR_ARG(arg->strings[i]));
    }
}

enum envelope_kind { PLAIN, ADDRESS };

static const struct envelope_part {
    struct str name;
    enum sieve_ext ext;
    enum envelope_kind kind;
} envelope_parts[] = {
    {STR("from"), EXT_NONE, ADDRESS},
    {STR("to"), EXT_NONE, ADDRESS},
    {STR("auth"), EXT_NONE, PLAIN},
    {STR("notify"), EXT_ENVELOPE_DSN, PLAIN},
    {STR("orcpt"), EXT_ENVELOPE_DSN, PLAIN},
    {STR("ret"), EXT_ENVELOPE_DSN, PLAIN},
    {STR("envid"), EXT_ENVELOPE_DSN, PLAIN},
    {STR("bytimeabsolute"), EXT_ENVELOPE_BY, PLAIN},
    {STR("bytimerelative"), EXT_ENVELOPE_BY, PLAIN},
    {STR("bymode"), EXT_ENVELOPE_BY, PLAIN},
    {STR("bytrace"), EXT_ENVELOPE_BY, PLAIN},
};

static const struct envelope_part *envelope_part(struct str name)
{
    for (size_t i = 0; i < sizeof envelope_parts / sizeof envelope_parts[0]; i++)
        if (str_ieq(envelope_parts[i].name, name))
            return &envelope_parts[i];
    return NULL;
}

void sieve_envelope_check(struct sieve_check *k, struct sieve_node *n)
{
    const struct sieve_arg *arg = sieve_arg(n, 0);
    for (size_t i = 0; sieve_arg_constant(arg) && i < arg->count; i++) {
        const struct envelope_part *part = envelope_part(arg->strings[i]);
        if (!part)
            sieve_report_at(k->report, arg->spot, "\"%.*s\" is no part of an envelope",
                            STR_ARG(arg->strings[i]));
        else if (!sieve_check_has(k, part->ext))
            sieve_check_lacks(k, n, arg->strings[i], part->ext);
        else if (part->kind == PLAIN && part_of(n) != TAG_ALL)
            sieve_report_at(k->report, arg->spot, "\"%.*s\" is no address, so it has no parts",
                            STR_ARG(arg->strings[i]));
    }
}

/* The null sender is empty in all its parts (RFC 5228 section 5.4). */
static bool one(struct look *l, const struct envelope_part *part, struct str s)
{
    if (part->kind == PLAIN)
        return !sieve_match_value(&l->matcher, s);
    struct str local = {0}, domain = {0};
    if (s.n && !address_split(s, &local, &domain))
        local = s;
    struct address_list list = address_parse(l->matcher.run->arena, s);
    if (list.count == 1 && list.at[0].kind == ADDRESS_MAILBOX && list.at[0].domain.n)
        local = list.at[0].local; /* without quotes */
    return give(&l->matcher, l->part, local, domain, s);
}

bool sieve_envelope_test(struct sieve_run *r, const struct sieve_node *n)
{
    const struct sieve_world *w = r->world;
    struct look l = {.part = part_of(n)};
    const struct sieve_arg *names = sieve_arg(n, 0);
    const struct str *name = sieve_run_texts(r, names);
    sieve_match_begin(&l.matcher, r, n, sieve_arg(n, 1));
    for (size_t i = 0; i < names->count; i++) {
        const struct envelope_part *part = envelope_part(name[i]);
        for (size_t j = 0; part && j < w->envelope_count; j++) {
            const struct sieve_pair *x = &w->envelope[j];
            if (str_ieq(x->name, part->name) && x->value.p && !one(&l, part, x->value))
                return sieve_match_end(&l.matcher);
        }
    }
    return sieve_match_end(&l.matcher);
}
