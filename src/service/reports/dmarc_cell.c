#include "base/arena.h"
#include "base/buf.h"
#include "base/cur.h"
#include "service/reports/dmarc.h"
#include "service/reports/parts.h"

enum { NAME_CUT = 160, FLAG_STRICT_DKIM = 1, FLAG_STRICT_SPF = 2, FLAG_TESTING = 4 };
enum { FLAG_DKIM = 8, FLAG_SPF = 16, FLAG_HELO = 32 };

struct str dmarc_override_name(enum dmarc_override why)
{
    static const struct str names[DMARC_OVERRIDE_COUNT] = {
        [DMARC_OVERRIDE_NONE] = {"", 0},
        [DMARC_OVERRIDE_LOCAL] = STR("local_policy"),
        [DMARC_OVERRIDE_FORWARDER] = STR("trusted_forwarder"),
        [DMARC_OVERRIDE_TESTING] = STR("policy_test_mode"),
        [DMARC_OVERRIDE_SAMPLED] = STR("sampled_out"),
    };
    return names[why];
}

static void put_name(struct buf *b, struct str s)
{
    buf_le_str(b, str_sub(s, 0, NAME_CUT));
}

struct str dmarc_cell_write(struct arena *a, const struct dmarc_seen *s)
{
    struct buf b = buf_of(a, TALLY_CELL_MAX);
    buf_le8(&b, (uint8_t)s->policy);
    buf_le8(&b, (uint8_t)s->subdomains);
    buf_le8(&b, (uint8_t)s->absent);
    buf_le8(&b, s->percent);
    buf_le8(&b, (uint8_t)((s->strict_dkim ? FLAG_STRICT_DKIM : 0) |
                          (s->strict_spf ? FLAG_STRICT_SPF : 0) | (s->testing ? FLAG_TESTING : 0) |
                          (s->dkim_aligned ? FLAG_DKIM : 0) | (s->spf_aligned ? FLAG_SPF : 0) |
                          (s->spf_helo ? FLAG_HELO : 0)));
    buf_le8(&b, (uint8_t)s->spf);
    buf_le8(&b, (uint8_t)s->done);
    buf_le8(&b, (uint8_t)s->why);
    put_name(&b, s->client);
    put_name(&b, s->from_domain);
    put_name(&b, s->mail_from_domain);
    put_name(&b, s->spf_domain);
    buf_le8(&b, (uint8_t)s->dkim_count);
    for (size_t i = 0; i < s->dkim_count; i++) {
        buf_le8(&b, (uint8_t)s->dkim[i].result);
        put_name(&b, s->dkim[i].domain);
        put_name(&b, s->dkim[i].selector);
    }
    must(!b.overflow);
    return buf_str(&b);
}

static bool read_signatures(struct cur *c, struct dmarc_seen *s)
{
    uint8_t count, result;
    if (!cur_le8(c, &count) || count > DMARC_SIGNATURES_MAX)
        return false;
    for (; s->dkim_count < count; s->dkim_count++) {
        struct dmarc_signature_seen *d = &s->dkim[s->dkim_count];
        if (!cur_le8(c, &result) || result >= DKIM_RESULT_COUNT || !cur_le_str(c, &d->domain) ||
            !cur_le_str(c, &d->selector))
            return false;
        d->result = (enum dkim_result)result;
    }
    return cur_end(c);
}

static bool is_policy(uint8_t n)
{
    return n <= DMARC_POLICY_REJECT;
}

enum code dmarc_cell_read(struct ctx *cx, struct str cell, struct dmarc_seen *out)
{
    struct dmarc_seen s = {0};
    struct cur c = cur_of(cell);
    uint8_t policy, subdomains, absent, flags, spf, done, why;
    if (!cur_le8(&c, &policy) || !cur_le8(&c, &subdomains) || !cur_le8(&c, &absent) ||
        !cur_le8(&c, &s.percent) || !cur_le8(&c, &flags) || !cur_le8(&c, &spf) ||
        !cur_le8(&c, &done) || !cur_le8(&c, &why) || !is_policy(policy) || !is_policy(subdomains) ||
        !is_policy(absent) || !is_policy(done) || spf >= SPF_RESULT_COUNT ||
        why >= DMARC_OVERRIDE_COUNT)
        return fail(cx, E_CORRUPT, "reports: a cell of DMARC");
    if (!cur_le_str(&c, &s.client) || !cur_le_str(&c, &s.from_domain) ||
        !cur_le_str(&c, &s.mail_from_domain) || !cur_le_str(&c, &s.spf_domain) ||
        !read_signatures(&c, &s))
        return fail(cx, E_CORRUPT, "reports: a cell of DMARC");
    s.policy = (enum dmarc_policy)policy;
    s.subdomains = (enum dmarc_policy)subdomains;
    s.absent = (enum dmarc_policy)absent;
    s.spf = (enum spf_result)spf;
    s.done = (enum dmarc_policy)done;
    s.why = (enum dmarc_override)why;
    s.strict_dkim = flags & FLAG_STRICT_DKIM;
    s.strict_spf = flags & FLAG_STRICT_SPF;
    s.testing = flags & FLAG_TESTING;
    s.dkim_aligned = flags & FLAG_DKIM;
    s.spf_aligned = flags & FLAG_SPF;
    s.spf_helo = flags & FLAG_HELO;
    *out = s;
    return OK;
}

bool dmarc_same_policy(const struct dmarc_seen *a, const struct dmarc_seen *b)
{
    return a->policy == b->policy && a->subdomains == b->subdomains && a->absent == b->absent &&
           a->percent == b->percent && a->strict_dkim == b->strict_dkim &&
           a->strict_spf == b->strict_spf && a->testing == b->testing;
}

void reports_count_dmarc(struct reports *r, int64_t now_ms, const struct dmarc_seen *s)
{
    if (!r || !r->config.from.n || r->config.no_dmarc)
        return;
    struct arena *arena AUTO(arena_close) = arena_open();
    tally_add(r->tally, TALLY_DMARC, now_ms, s->domain, dmarc_cell_write(arena, s));
}
