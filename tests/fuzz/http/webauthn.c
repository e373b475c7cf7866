/* What a browser hands over of a passkey. The input: which part it is, then its bytes. */
#include "service/signin/webauthn/webauthn.h"
#include "base/arena.h"
#include "format/hex.h"
#include "service/signin/webauthn/cbor.h"
#include "service/signin/webauthn/key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct webauthn_site site = {{"https://example.org", 19}, {"example.org", 11}, false};
static const struct str client = {
    "{\"type\":\"webauthn.create\",\"challenge\":\"x\",\"origin\":\"https://example.org\"}", 73};
static const struct str shown = {
    "{\"type\":\"webauthn.get\",\"challenge\":\"x\",\"origin\":\"https://example.org\"}", 70};

/* Whatever is skipped is taken whole, and taken again. */
static void any(struct str in)
{
    struct cur c = cur_of(in);
    struct str item;
    if (!cbor_any(&c, &item))
        return;
    must(item.n && item.n + c.rest.n == in.n);
    struct cur again = cur_of(item);
    must(cbor_any(&again, &item) && cur_end(&again));
}

static void object(struct ctx *cx, struct str in)
{
    struct webauthn_new made;
    if (webauthn_register(cx, &site, client, in, &made) != OK)
        return;
    must(made.credential.n && webauthn_key_check(cx, made.key) == OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = arena};
    struct str in = str_from(str_of(data, size), 1), challenge;
    struct webauthn_proof proof = {shown, in, STR("signature")};
    struct webauthn_new made;
    uint32_t counter;
    switch (size ? data[0] % 5 : 4) {
    case 0:
        any(in);
        break;
    case 1:
        object(&cx, in);
        break;
    case 2:
        (void)!webauthn_key_verify(&cx, in, STR("data"), STR("signature"));
        break;
    case 3:
        must(webauthn_assert(&cx, &site, &proof, STR("\xa0"), &counter) != OK);
        break;
    default:
        if (webauthn_challenge(&cx, in, &challenge) == OK)
            must(webauthn_register(&cx, &site, in, STR(""), &made) != OK);
    }
    return 0;
}
