#include "service/mailauth/dkim.h"
#include "base/arena.h"
#include "base/buf.h"
#include "format/domain.h"

static struct verdict broken(struct str reason)
{
    return (struct verdict){DKIM_PERMERROR, reason};
}

static int hex_digit(char c)
{
    size_t at = str_chr(STR("0123456789ABCDEF"), ascii_upper(c));
    return at == SIZE_MAX ? -1 : (int)at;
}

/* dkim-quoted-printable (section 2.11). */
static struct str unquoted(struct arena *a, struct str in)
{
    struct buf b = buf_of(a, in.n + 1);
    for (size_t i = 0; i < in.n; i++) {
        if (in.p[i] == '=' && i + 2 < in.n && hex_digit(in.p[i + 1]) >= 0 &&
            hex_digit(in.p[i + 2]) >= 0) {
            buf_byte(&b, (char)(hex_digit(in.p[i + 1]) * 16 + hex_digit(in.p[i + 2])));
            i += 2;
        } else if (!ascii_is_space(in.p[i])) {
            buf_byte(&b, in.p[i]);
        }
    }
    return buf_str(&b);
}

/* i= must be in d= (section 3.5). */
static bool identity(struct ctx *cx, const struct signature *s, struct dkim_signature *out)
{
    const struct tag *i = tags_find(&s->tags, STR("i"));
    out->identity =
        i ? unquoted(cx->arena, i->value) : str_printf(cx->arena, "@%.*s", STR_ARG(s->domain));
    size_t at = str_rchr(out->identity, '@');
    return at != SIZE_MAX && domain_is_below(str_from(out->identity, at + 1), s->domain);
}

static bool signs(const struct signature *s, struct str name)
{
    for (size_t i = 0; i < s->name_count; i++)
        if (str_ieq(s->names[i], name))
            return true;
    return false;
}

/* q=: dns/txt must be among the ways to ask. */
static bool asks_dns(const struct signature *s)
{
    const struct tag *q = tags_find(&s->tags, STR("q"));
    return !q || str_find(q->value, STR("dns/txt")) != SIZE_MAX;
}

static struct verdict formed(struct ctx *cx, const struct signature *s, struct dkim_signature *out)
{
    if (!str_eq(tags_get(&s->tags, STR("v")), STR("1")))
        return broken(STR("another version"));
    if (!identity(cx, s, out))
        return broken(STR("i= is not within d="));
    if (!signs(s, STR("From")))
        return broken(STR("From is not signed"));
    if (!asks_dns(s))
        return broken(STR("key not in the DNS"));
    if (s->expires_s && s->expires_s < cx->now_ms / 1000)
        return (struct verdict){DKIM_FAIL, STR("signature expired")};
    return (struct verdict){.result = DKIM_PASS};
}

static struct verdict by_key(struct canon_message *m, const struct signature *s,
                             const struct published_key *key, struct dkim_signature *out)
{
    out->key_bits = sign_key_bits(key->key);
    out->testing = key->testing;
    if (key->strict) {
        size_t at = str_rchr(out->identity, '@');
        if (!str_ieq(str_from(out->identity, at + 1), s->domain))
            return broken(STR("i= is not the domain of d="));
    }
    return signature_verify(m, s, key->key);
}

struct checks {
    const struct resolver *resolver;
    struct key_cache *keys;
};

static void verify_one(struct ctx *cx, const struct checks *by, struct canon_message *m,
                       const struct header_field *field, struct dkim_signature *out)
{
    struct signature s;
    struct published_key key = {0};
    out->verdict = signature_parse(cx, field, CANON_SIMPLE, &s);
    if (out->verdict.result != DKIM_PASS)
        return;
    out->domain = s.domain;
    out->selector = s.selector;
    out->algorithm = s.algorithm;
    out->limited = s.limited;
    out->b = str_sub(tags_squeezed(cx, &s.tags, STR("b")), 0, 8);
    out->verdict = formed(cx, &s, out);
    if (out->verdict.result == DKIM_PASS)
        out->verdict = published_key_find(cx, by->resolver, by->keys, &s, &key);
    if (out->verdict.result == DKIM_PASS)
        out->verdict = by_key(m, &s, &key, out);
    key_cache_release(by->keys, &key);
}

void dkim_verify(struct ctx *cx, const struct resolver *resolver, struct key_cache *keys,
                 struct canon_message *m, struct dkim_answer *out)
{
    const struct checks by = {resolver, keys};
    out->at = ARENA_ARRAY(cx->arena, DKIM_SIGNATURES_MAX, struct dkim_signature);
    out->count = 0;
    for (size_t i = 0; i < m->count && out->count < DKIM_SIGNATURES_MAX; i++) {
        if (!str_ieq(m->fields[i].name, STR("DKIM-Signature")))
            continue;
        struct dkim_signature *signature = &out->at[out->count++];
        if (m->cut)
            signature->verdict = broken(STR("too many header fields"));
        else
            verify_one(cx, &by, m, &m->fields[i], signature);
    }
}
