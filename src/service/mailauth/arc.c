#include "service/mailauth/arc.h"
#include "base/arena.h"
#include "format/base64.h"

struct str arc_result_name(enum arc_result result)
{
    static const struct str names[ARC_RESULT_COUNT] = {
        [ARC_NONE] = STR("none"),
        [ARC_PASS] = STR("pass"),
        [ARC_FAIL] = STR("fail"),
    };
    return names[result];
}

struct chain {
    struct ctx *cx;
    const struct resolver *resolver;
    struct key_cache *keys;
    struct canon_message *message;
    struct arc_answer *answer;
};

static bool failed(struct chain *k, struct str reason)
{
    k->answer->reason = reason;
    return false;
}

/* 1 to ARC_SETS_MAX, without a sign or leading zeros; 0 for anything else. */
static size_t instance_of(struct str text)
{
    uint64_t n;
    if (text.n == 0 || text.n > 2 || text.p[0] == '0' || !str_u64(text, &n) || n > ARC_SETS_MAX)
        return 0;
    return (size_t)n;
}

/* "i=1; authserv-id..." */
static size_t results_instance(struct str value)
{
    struct cur c = cur_of(value);
    struct str name, number;
    if (!cur_until(&c, '=', &name) || !str_eq(str_trim(name), STR("i")) ||
        !cur_until(&c, ';', &number))
        return 0;
    return instance_of(str_trim(number));
}

static size_t tagged_instance(struct ctx *cx, struct str value)
{
    struct tags tags;
    if (tags_parse(cx, value, &tags) != OK)
        return 0;
    return instance_of(tags_get(&tags, STR("i")));
}

/* Puts the field into its set; false when there is no such place, or it is taken. */
static bool place(struct chain *k, size_t instance, const struct header_field *field, int which)
{
    if (instance == 0)
        return failed(k, STR("a field without an instance"));
    struct arc_set *set = &k->answer->sets[instance - 1];
    const struct header_field **at = which == 0   ? &set->seal
                                     : which == 1 ? &set->signature
                                                  : &set->results;
    if (*at)
        return failed(k, STR("an instance twice"));
    *at = field;
    if (instance > k->answer->count)
        k->answer->count = instance;
    return true;
}

/* Section 5.2 steps 1 and 2. */
static bool collect(struct chain *k)
{
    for (size_t i = 0; i < k->message->count; i++) {
        const struct header_field *field = &k->message->fields[i];
        size_t instance = 0;
        int which = str_ieq(field->name, STR("ARC-Seal"))                     ? 0
                    : str_ieq(field->name, STR("ARC-Message-Signature"))      ? 1
                    : str_ieq(field->name, STR("ARC-Authentication-Results")) ? 2
                                                                              : 3;
        if (which == 3)
            continue;
        instance =
            which == 2 ? results_instance(field->value) : tagged_instance(k->cx, field->value);
        if (!place(k, instance, field, which))
            return false;
    }
    for (size_t i = 0; i < k->answer->count; i++) {
        const struct arc_set *set = &k->answer->sets[i];
        if (!set->seal || !set->signature || !set->results)
            return failed(k, STR("a set that is not whole"));
    }
    return true;
}

static bool verified(struct chain *k, struct verdict v)
{
    if (v.result == DKIM_TEMPERROR)
        k->answer->temporary = true;
    return v.result == DKIM_PASS || failed(k, v.reason);
}

/* The AMS of an instance (section 5.2 steps 3 and 5). */
static bool message_signature(struct chain *k, size_t instance)
{
    struct signature s;
    struct published_key key = {0};
    struct verdict v =
        signature_parse(k->cx, k->answer->sets[instance - 1].signature, CANON_RELAXED, &s);
    if (v.result == DKIM_PASS && tags_find(&s.tags, STR("v")))
        v = (struct verdict){DKIM_PERMERROR, STR("a version in ARC-Message-Signature")};
    for (size_t i = 0; v.result == DKIM_PASS && i < s.name_count; i++)
        if (str_ieq(s.names[i], STR("ARC-Seal")))
            v = (struct verdict){DKIM_PERMERROR, STR("ARC-Seal in h=")};
    if (v.result == DKIM_PASS)
        v = published_key_find(k->cx, k->resolver, k->keys, &s, &key);
    if (v.result == DKIM_PASS)
        v = signature_verify(k->message, &s, key.key);
    key_cache_release(k->keys, &key);
    return verified(k, v);
}

/* Adds what a seal of that instance covers: all sets up to it, its own b= empty (section 5.1.1). */
static void sealed_add(struct digest *d, const struct arc_set *sets, size_t instance, struct str b)
{
    const struct str none = {0};
    for (size_t i = 0; i < instance; i++) {
        bool last = i + 1 == instance;
        canon_field_add(d, sets[i].results, CANON_RELAXED, none, true);
        canon_field_add(d, sets[i].signature, CANON_RELAXED, none, true);
        canon_field_add(d, sets[i].seal, CANON_RELAXED, last ? b : none, !last);
    }
}

/* The tags of a seal: a signature without body and fields. */
static struct verdict seal_parse(struct chain *k, const struct arc_set *set, struct signature *s)
{
    static const struct str no_seal = STR("malformed ARC-Seal");
    const struct verdict broken = {DKIM_PERMERROR, no_seal};
    *s = (struct signature){.field = set->seal};
    if (tags_parse(k->cx, set->seal->value, &s->tags) != OK || tags_find(&s->tags, STR("h")) ||
        !tags_find(&s->tags, STR("b")))
        return broken;
    struct str a = tags_get(&s->tags, STR("a"));
    if (!str_ieq(a, STR("rsa-sha256")) && !str_ieq(a, STR("ed25519-sha256")))
        return broken;
    s->algorithm = str_ieq(a, STR("rsa-sha256")) ? SIGN_RSA_SHA256 : SIGN_ED25519_SHA256;
    s->domain = tags_get(&s->tags, STR("d"));
    s->selector = tags_get(&s->tags, STR("s"));
    s->b = tags_find(&s->tags, STR("b"))->raw;
    if (s->domain.n == 0 || s->selector.n == 0 ||
        base64_decode_strict(k->cx, tags_squeezed(k->cx, &s->tags, STR("b")), &s->bytes) != OK)
        return broken;
    return (struct verdict){.result = DKIM_PASS};
}

static bool seal(struct chain *k, size_t instance)
{
    struct arc_set *set = &k->answer->sets[instance - 1];
    struct signature s;
    struct published_key key = {0};
    unsigned char hash[SHA256_BYTES];
    struct verdict v = seal_parse(k, set, &s);
    if (v.result == DKIM_PASS)
        v = published_key_find(k->cx, k->resolver, k->keys, &s, &key);
    if (v.result == DKIM_PASS) {
        struct digest *d AUTO(digest_close) = digest_open();
        sealed_add(d, k->answer->sets, instance, s.b);
        digest_end(d, hash);
        if (!sign_verify(key.key, hash, s.bytes))
            v = (struct verdict){DKIM_FAIL, STR("a seal did not verify")};
    }
    key_cache_release(k->keys, &key);
    set->sealer = s.domain;
    return verified(k, v);
}

/* Section 5.2 step 2: cv= of the first set is none, of the others pass. */
static bool chain_values(struct chain *k)
{
    for (size_t i = 0; i < k->answer->count; i++) {
        struct tags tags;
        if (tags_parse(k->cx, k->answer->sets[i].seal->value, &tags) != OK)
            return failed(k, STR("malformed ARC-Seal"));
        struct str wanted = i == 0 ? STR("none") : STR("pass");
        if (!str_ieq(tags_get(&tags, STR("cv")), wanted))
            return failed(k, STR("cv= does not fit"));
    }
    return true;
}

static bool holds(struct chain *k)
{
    struct arc_answer *answer = k->answer;
    if (k->message->cut)
        return failed(k, STR("too many header fields"));
    if (!collect(k) || !chain_values(k) || !message_signature(k, answer->count))
        return false;
    for (size_t i = answer->count; i > 0; i--)
        if (!seal(k, i))
            return false;
    return true;
}

static bool has_any(const struct canon_message *m)
{
    for (size_t i = 0; i < m->count; i++)
        if (str_ieq(m->fields[i].name, STR("ARC-Seal")) ||
            str_ieq(m->fields[i].name, STR("ARC-Message-Signature")) ||
            str_ieq(m->fields[i].name, STR("ARC-Authentication-Results")))
            return true;
    return false;
}

/* Section 5.2 step 5: how far back the message is as it was. */
static size_t oldest_pass(struct chain *k)
{
    size_t instance = k->answer->count;
    while (instance > 1 && message_signature(k, instance - 1))
        instance--;
    k->answer->reason = (struct str){0};
    k->answer->temporary = false;
    return instance == 1 ? 0 : instance;
}

void arc_verify(struct ctx *cx, const struct resolver *resolver, struct key_cache *keys,
                struct canon_message *m, struct arc_answer *out)
{
    *out = (struct arc_answer){.result = ARC_NONE};
    if (!has_any(m))
        return;
    out->sets = ARENA_ARRAY(cx->arena, ARC_SETS_MAX, struct arc_set);
    struct chain k = {cx, resolver, keys, m, out};
    out->result = holds(&k) ? ARC_PASS : ARC_FAIL;
    if (out->result == ARC_PASS)
        out->oldest_pass = oldest_pass(&k);
}

/* The newest seal says itself that the chain is broken: nobody adds to it (section 5.1.2). */
static bool is_closed(struct ctx *cx, const struct arc_answer *chain)
{
    struct tags tags;
    if (chain->count == 0)
        return false;
    const struct header_field *newest = chain->sets[chain->count - 1].seal;
    return !newest || tags_parse(cx, newest->value, &tags) != OK ||
           str_ieq(tags_get(&tags, STR("cv")), STR("fail"));
}

static struct header_field field_of(struct str line)
{
    size_t colon = str_chr(line, ':');
    return (struct header_field){
        .name = str_sub(line, 0, colon),
        .value = str_trim(str_from(line, colon + 1)),
        .line = line,
    };
}

static struct str seal_text(struct ctx *cx, const struct arc_sealing *how, struct str instance,
                            struct str cv, struct str b)
{
    struct str algorithm = sign_algorithm_name(sign_key_algorithm(how->key));
    return str_printf(cx->arena,
                      "ARC-Seal: a=%.*s;\r\n b=%.*s;\r\n cv=%.*s; d=%.*s; i=%.*s; s=%.*s; "
                      "t=%lld\r\n",
                      STR_ARG(algorithm), STR_ARG(b), STR_ARG(cv), STR_ARG(how->domain),
                      STR_ARG(instance), STR_ARG(how->selector), (long long)(how->now_ms / 1000));
}

struct str arc_seal(struct ctx *cx, struct canon_message *m, const struct arc_answer *chain,
                    const struct arc_sealing *how)
{
    if (is_closed(cx, chain) || chain->count == ARC_SETS_MAX)
        return (struct str){0};
    size_t instance = chain->count + 1;
    struct str i = str_printf(cx->arena, "%zu", instance);
    const struct signing signing = {
        .field_name = STR("ARC-Message-Signature"),
        .instance = i,
        .key = how->key,
        .domain = how->domain,
        .selector = how->selector,
        .names = how->names,
        .name_count = how->name_count,
        .made_s = how->now_ms / 1000,
    };
    struct str ams = signature_make(cx, m, &signing);
    struct str aar = str_printf(cx->arena, "ARC-Authentication-Results: i=%zu; %.*s\r\n", instance,
                                STR_ARG(how->results));
    struct str cv = arc_result_name(chain->result);
    const struct header_field results = field_of(aar), signature = field_of(ams);
    const struct header_field draft = field_of(seal_text(cx, how, i, cv, (struct str){0}));
    struct arc_set *sets = ARENA_ARRAY(cx->arena, instance, struct arc_set);
    /* A broken chain is not signed along: the seal covers its own set alone (section 5.1.2). */
    size_t before = chain->result == ARC_FAIL ? 0 : chain->count;
    for (size_t at = 0; at < before; at++)
        sets[at] = chain->sets[at];
    sets[before] = (struct arc_set){.seal = &draft, .signature = &signature, .results = &results};
    struct digest *d AUTO(digest_close) = digest_open();
    unsigned char hash[SHA256_BYTES];
    sealed_add(d, sets, before + 1, (struct str){0});
    digest_end(d, hash);
    struct str b = base64_encode(cx->arena, sign_make(cx->arena, how->key, hash));
    return str_join(cx->arena, (struct str[]){seal_text(cx, how, i, cv, b), ams, aar}, 3);
}
