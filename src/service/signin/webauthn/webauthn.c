#include "service/signin/webauthn/webauthn.h"
#include "core/credential/kdf.h"
#include "core/signin/passkey.h"
#include "format/json/tree.h"
#include "service/signin/webauthn/cbor.h"
#include "service/signin/webauthn/key.h"

enum { PRESENT = 1, VERIFIED = 4, HAS_CREDENTIAL = 64, HAS_EXTENSIONS = 128, AAGUID_BYTES = 16 };

/* Section 6.1. */
struct data {
    struct str host_hash, credential, key;
    uint8_t flags;
    uint32_t counter;
};

static uint32_t big_endian(struct str s)
{
    uint32_t v = 0;
    for (size_t i = 0; i < s.n; i++)
        v = v << 8 | (unsigned char)s.p[i];
    return v;
}

/* Section 6.5.1. */
static bool credential_take(struct cur *c, struct data *d)
{
    struct str aaguid, length;
    return cur_bytes(c, AAGUID_BYTES, &aaguid) && cur_bytes(c, 2, &length) &&
           cur_bytes(c, big_endian(length), &d->credential) && d->credential.n &&
           d->credential.n <= PASSKEY_CREDENTIAL_MAX && cbor_any(c, &d->key) &&
           d->key.n <= PASSKEY_KEY_MAX;
}

static enum code data_parse(struct ctx *cx, struct str text, struct data *out)
{
    struct cur c = cur_of(text);
    struct data d = {0};
    struct str counter, extensions;
    bool good = text.n <= WEBAUTHN_DATA_MAX && cur_bytes(&c, KDF_BYTES, &d.host_hash) &&
                cur_le8(&c, &d.flags) && cur_bytes(&c, 4, &counter);
    if (good && (d.flags & HAS_CREDENTIAL))
        good = credential_take(&c, &d);
    if (good && (d.flags & HAS_EXTENSIONS))
        good = cbor_any(&c, &extensions);
    if (!good || !cur_end(&c))
        return fail(cx, E_SYNTAX, "passkey: no authenticator data");
    d.counter = big_endian(counter);
    *out = d;
    return OK;
}

static enum code data_check(struct ctx *cx, const struct webauthn_site *site, const struct data *d)
{
    unsigned char hash[KDF_BYTES];
    kdf_sha256(site->host, hash);
    if (!str_eq(d->host_hash, str_of(hash, sizeof hash)))
        return fail(cx, E_DENIED, "passkey: for another relying party");
    if (!(d->flags & PRESENT))
        return fail(cx, E_DENIED, "passkey: nobody was present");
    if (site->verified && !(d->flags & VERIFIED))
        return fail(cx, E_DENIED, "passkey: the person was not verified");
    return OK;
}

static enum code client_parse(struct ctx *cx, struct str client, const struct json_tree **out)
{
    if (client.n > WEBAUTHN_CLIENT_MAX)
        return fail(cx, E_SYNTAX, "passkey: clientDataJSON is too long");
    TRY(json_tree_read(cx, client, out));
    if ((*out)->kind != TREE_OBJECT)
        return fail(cx, E_SYNTAX, "passkey: clientDataJSON is no object");
    return OK;
}

enum code webauthn_challenge(struct ctx *cx, struct str client, struct str *out)
{
    const struct json_tree *root;
    TRY(client_parse(cx, client, &root));
    *out = json_tree_text(root, STR("challenge"));
    return OK;
}

/* Section 5.8.1. */
static enum code client_check(struct ctx *cx, const struct webauthn_site *site, struct str client,
                              struct str type)
{
    const struct json_tree *root;
    TRY(client_parse(cx, client, &root));
    if (!str_eq(json_tree_text(root, STR("type")), type))
        return fail(cx, E_DENIED, "passkey: made for something else");
    if (!str_ieq(json_tree_text(root, STR("origin")), site->origin))
        return fail(cx, E_DENIED, "passkey: made for another origin");
    if (json_tree_true(root, STR("crossOrigin")))
        return fail(cx, E_DENIED, "passkey: made inside of another site");
    return OK;
}

/* Section 6.5.4: a map of fmt, attStmt and authData. */
static bool object_parse(struct str text, struct str *data)
{
    struct cur c = cur_of(text);
    struct str name, other;
    size_t pairs;
    bool found = false;
    if (text.n > WEBAUTHN_DATA_MAX || !cbor_map(&c, &pairs))
        return false;
    for (size_t i = 0; i < pairs; i++) {
        if (!cbor_text(&c, &name))
            return false;
        bool is_it = str_eq(name, STR("authData"));
        if (is_it ? !cbor_bytes(&c, data) : !cbor_any(&c, &other))
            return false;
        found |= is_it;
    }
    return found && cur_end(&c);
}

enum code webauthn_register(struct ctx *cx, const struct webauthn_site *site, struct str client,
                            struct str object, struct webauthn_new *out)
{
    struct data d;
    struct str text, challenge;
    TRY(client_check(cx, site, client, STR("webauthn.create")));
    TRY(webauthn_challenge(cx, client, &challenge));
    if (!object_parse(object, &text))
        return fail(cx, E_SYNTAX, "passkey: no attestation object");
    TRY(data_parse(cx, text, &d));
    TRY(data_check(cx, site, &d));
    if (!(d.flags & HAS_CREDENTIAL))
        return fail(cx, E_SYNTAX, "passkey: no credential in it");
    TRY(webauthn_key_check(cx, d.key));
    *out = (struct webauthn_new){challenge, d.credential, d.key, d.counter};
    return OK;
}

enum code webauthn_assert(struct ctx *cx, const struct webauthn_site *site,
                          const struct webauthn_proof *proof, struct str key, uint32_t *counter)
{
    struct data d;
    unsigned char hash[KDF_BYTES];
    TRY(client_check(cx, site, proof->client, STR("webauthn.get")));
    TRY(data_parse(cx, proof->data, &d));
    TRY(data_check(cx, site, &d));
    if (proof->signature.n > WEBAUTHN_SIGNATURE_MAX)
        return fail(cx, E_SYNTAX, "passkey: the signature is too long");
    kdf_sha256(proof->client, hash);
    const struct str parts[] = {proof->data, str_of(hash, sizeof hash)};
    TRY(webauthn_key_verify(cx, key, str_join(cx->arena, parts, 2), proof->signature));
    *counter = d.counter;
    return OK;
}
