#include "service/mailauth/signature.h"
#include "base/arena.h"
#include "format/base64.h"

struct str dkim_result_name(enum dkim_result result)
{
    static const struct str names[DKIM_RESULT_COUNT] = {
        [DKIM_NONE] = STR("none"),           [DKIM_PASS] = STR("pass"),
        [DKIM_FAIL] = STR("fail"),           [DKIM_POLICY] = STR("policy"),
        [DKIM_NEUTRAL] = STR("neutral"),     [DKIM_TEMPERROR] = STR("temperror"),
        [DKIM_PERMERROR] = STR("permerror"),
    };
    return names[result];
}

static struct verdict broken(struct str reason)
{
    return (struct verdict){DKIM_PERMERROR, reason};
}

static const struct verdict good = {.result = DKIM_PASS};

static bool canon_of(struct str word, enum canon *out)
{
    if (str_ieq(word, STR("relaxed")))
        *out = CANON_RELAXED;
    else if (str_ieq(word, STR("simple")))
        *out = CANON_SIMPLE;
    else
        return false;
    return true;
}

/* c=: "relaxed/simple", or "relaxed" (and simple for the body). */
static bool canons(struct signature *s)
{
    const struct tag *tag = tags_find(&s->tags, STR("c"));
    if (!tag)
        return true;
    struct str value = tag->value;
    size_t slash = str_chr(value, '/');
    s->body_canon = CANON_SIMPLE;
    return canon_of(str_trim(str_sub(value, 0, slash)), &s->header_canon) &&
           (slash == SIZE_MAX || canon_of(str_trim(str_from(value, slash + 1)), &s->body_canon));
}

static bool names(struct ctx *cx, struct signature *s)
{
    struct str list = tags_get(&s->tags, STR("h"));
    s->names = ARENA_ARRAY(cx->arena, SIGNED_FIELDS_MAX, struct str);
    while (list.n) {
        size_t colon = str_chr(list, ':');
        struct str name = str_trim(str_sub(list, 0, colon));
        if (s->name_count == SIGNED_FIELDS_MAX)
            return false;
        if (name.n) /* an empty name signs nothing: ARC's suite takes it */
            s->names[s->name_count++] = name;
        list = colon == SIZE_MAX ? (struct str){0} : str_from(list, colon + 1);
    }
    return tags_find(&s->tags, STR("h")) != NULL;
}

/* A number of seconds or bytes; false when it is none. */
static bool number(const struct signature *s, struct str name, uint64_t *out)
{
    const struct tag *tag = tags_find(&s->tags, name);
    *out = 0;
    return !tag || (tag->value.n > 0 && str_u64(tag->value, out));
}

static bool numbers(struct signature *s)
{
    uint64_t made, expires;
    if (!number(s, STR("t"), &made) || !number(s, STR("x"), &expires) ||
        !number(s, STR("l"), &s->limit) || made > INT64_MAX / 1000 || expires > INT64_MAX / 1000)
        return false;
    s->limited = tags_find(&s->tags, STR("l")) != NULL;
    s->made_s = (int64_t)made;
    s->expires_s = (int64_t)expires;
    return !expires || !made || expires >= made;
}

static bool decoded(struct ctx *cx, const struct signature *s, struct str name, struct str *out)
{
    struct str text = tags_squeezed(cx, &s->tags, name);
    return text.n > 0 && text.n <= SIGNATURE_BYTES_MAX * 2 &&
           base64_decode_strict(cx, text, out) == OK;
}

/* a=: SHA-1 is not to be taken (RFC 8301 section 3.1). */
static struct verdict algorithm(struct signature *s)
{
    struct str a = tags_get(&s->tags, STR("a"));
    if (str_ieq(a, STR("rsa-sha256")))
        s->algorithm = SIGN_RSA_SHA256;
    else if (str_ieq(a, STR("ed25519-sha256")))
        s->algorithm = SIGN_ED25519_SHA256;
    else
        return broken(str_ieq(a, STR("rsa-sha1")) ? STR("SHA-1 is not taken")
                                                  : STR("unknown algorithm"));
    return good;
}

static bool is_domain(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!ascii_is_alpha(s.p[i]) && !ascii_is_digit(s.p[i]) &&
            str_chr(STR("-_."), s.p[i]) == SIZE_MAX)
            return false;
    return s.n > 0 && s.n <= 253;
}

struct verdict signature_parse(struct ctx *cx, const struct header_field *field, enum canon unsaid,
                               struct signature *out)
{
    struct signature s = {.field = field, .header_canon = unsaid, .body_canon = unsaid};
    if (tags_parse(cx, field->value, &s.tags) != OK)
        return broken(STR("malformed tags"));
    struct verdict v = algorithm(&s);
    if (v.result != DKIM_PASS)
        return v;
    if (!decoded(cx, &s, STR("b"), &s.bytes))
        return broken(STR("no signature in b="));
    if (!decoded(cx, &s, STR("bh"), &s.body_hash) || s.body_hash.n != SHA256_BYTES)
        return broken(STR("no hash in bh="));
    if (!canons(&s))
        return broken(STR("unknown canonicalization"));
    if (!names(cx, &s))
        return broken(STR("no list of fields in h="));
    if (!numbers(&s))
        return broken(STR("malformed t=, x= or l="));
    s.b = tags_find(&s.tags, STR("b"))->raw;
    s.domain = tags_get(&s.tags, STR("d"));
    s.selector = tags_get(&s.tags, STR("s"));
    if (!is_domain(s.domain) || !is_domain(s.selector))
        return broken(STR("no domain in d= or selector in s="));
    *out = s;
    return good;
}

/* The next field of that name above the one taken last: *at counts down, per name. */
static const struct header_field *upwards(const struct canon_message *m, struct str name,
                                          size_t *at)
{
    while (*at > 0) {
        const struct header_field *field = &m->fields[--*at];
        if (str_ieq(field->name, name))
            return field;
    }
    return NULL;
}

void signature_hash(const struct canon_message *m, const struct signature *s, unsigned char *out)
{
    struct digest *d AUTO(digest_close) = digest_open();
    size_t at[SIGNED_FIELDS_MAX];
    for (size_t i = 0; i < s->name_count; i++) {
        size_t same = i; /* goes on where the same name stopped */
        at[i] = m->count;
        while (same-- > 0)
            if (str_ieq(s->names[same], s->names[i])) {
                at[i] = at[same];
                break;
            }
        const struct header_field *field = upwards(m, s->names[i], &at[i]);
        if (field)
            canon_field_add(d, field, s->header_canon, (struct str){0}, true);
    }
    canon_field_add(d, s->field, s->header_canon, s->b, false);
    digest_end(d, out);
}

struct verdict signature_verify(struct canon_message *m, const struct signature *s,
                                const struct sign_key *key)
{
    unsigned char hash[SHA256_BYTES];
    const struct canon_body *body =
        canon_body_hash(m, s->body_canon, s->limited ? &s->limit : NULL);
    if (s->limited && body->size < s->limit)
        return broken(STR("l= is longer than the body"));
    if (memcmp(body->hash, s->body_hash.p, SHA256_BYTES) != 0)
        return (struct verdict){DKIM_FAIL, STR("body hash did not verify")};
    signature_hash(m, s, hash);
    if (!sign_verify(key, hash, s->bytes))
        return (struct verdict){DKIM_FAIL, STR("signature did not verify")};
    return good;
}
