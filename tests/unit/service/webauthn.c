/* Passkeys: the vectors of WebAuthn level 3 section 16.2 (ES256, no attestation), and what is wrong
   with them when a byte is another. */
#include "../unit.h"

#include "base/arena.h"
#include "base/random.h"
#include "format/hex.h"
#include "service/signin/webauthn/cbor.h"
#include "service/signin/webauthn/key.h"
#include "service/signin/webauthn/webauthn.h"

/* Registration. */
static const char created_client[] = "7b2274797065223a22776562617574686e2e637265617465222c226368616"
                                     "c6c656e6765223a22414d4d507434557878"
                                     "475453746e63647134313759447742466938767049612d7077386f4f75565"
                                     "7345441222c226f726967696e223a226874"
                                     "7470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696"
                                     "e223a66616c73652c226578747261446174"
                                     "61223a22636c69656e74446174614a534f4e206d617920626520657874656"
                                     "e6465642077697468206164646974696f6e"
                                     "616c206669656c647320696e20746865206675747572652c2073756368206"
                                     "17320746869733a20426b5165446a646354"
                                     "427258426941774a544c453551227d";
static const char created_object[] = "a363666d74646e6f6e656761747453746d74a068617574684461746158a4b"
                                     "fabc37432958b063360d3ad6461c9c4735a"
                                     "e7f8edd46592a5e0f01452b2e4b559000000008446ccb9ab1db374750b236"
                                     "7ff6f3a1f0020f91f391db4c9b2fde0ea70"
                                     "189cba3fb63f579ba6122b33ad94ff3ec330084be4a501020326200121582"
                                     "0afefa16f97ca9b2d23eb86ccb64098d20d"
                                     "b90856062eb249c33a9b672f26df61225820930a56b87a2fca66334b03458"
                                     "abf879717c12cc68ed73290af2e2664796b"
                                     "9220";
static const char created_key[] = "a5010203262001215820afefa16f97ca9b2d23eb86ccb64098d20db90856062e"
                                  "b249c33a9b672f26df61225820930a56"
                                  "b87a2fca66334b03458abf879717c12cc68ed73290af2e2664796b9220";
static const char credential_id[] =
    "f91f391db4c9b2fde0ea70189cba3fb63f579ba6122b33ad94ff3ec330084be4";
/* Authentication. */
static const char shown_client[] =
    "7b2274797065223a22776562617574686e2e676574222c226368616c6c656e6765223a224f63446e5568515875"
    "6c5455506f334a5558543049393770767a7a59425039745a63685879617630314167222c226f726967696e223a2268"
    "747470733a2f2f6578616d706c652e6f7267222c2263726f73734f726967696e223a66616c73657d";
static const char shown_data[] =
    "bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b51900000000";
static const char shown_signature[] =
    "3046022100f50a4e2e4409249c4a853ba361282f09841df4dd4547a13a87780218deffcd380221008480ac0f0b9353"
    "8174f575bf11a1dd5d78c6e486013f937295ea13653e331e87";

struct bench {
    struct ctx cx;
    struct webauthn_site site;
};

static int open_bench(void **state)
{
    struct bench *b = calloc(1, sizeof *b);
    must(b);
    b->cx.arena = arena_open();
    b->site = (struct webauthn_site){STR("https://example.org"), STR("example.org"), false};
    *state = b;
    return 0;
}

static int close_bench(void **state)
{
    struct bench *b = *state;
    arena_close(b->cx.arena);
    free(b);
    return 0;
}

static struct str bytes(struct bench *b, const char *hex)
{
    struct str out = {0};
    assert_int_equal(hex_decode(&b->cx, str_z(hex), &out), OK);
    return out;
}

/* With one byte another. */
static struct str spoiled(struct bench *b, struct str s, size_t at)
{
    char *copy = arena_alloc(b->cx.arena, s.n);
    memcpy(copy, s.p, s.n);
    copy[at] ^= 1;
    return str_of(copy, s.n);
}

static struct webauthn_proof proof_of(struct bench *b)
{
    return (struct webauthn_proof){bytes(b, shown_client), bytes(b, shown_data),
                                   bytes(b, shown_signature)};
}

static void a_registration_is_read(void **state)
{
    struct bench *b = *state;
    struct webauthn_new made = {0};
    assert_int_equal(webauthn_register(&b->cx, &b->site, bytes(b, created_client),
                                       bytes(b, created_object), &made),
                     OK);
    assert_true(str_eq(made.credential, bytes(b, credential_id)));
    assert_true(str_eq(made.key, bytes(b, created_key)));
    assert_true(str_eq(made.challenge, STR("AMMPt4UxxGTStncdq417YDwBFi8vpIa-pw8oOuVW4TA")));
    assert_int_equal(made.counter, 0);
}

static void an_assertion_is_verified(void **state)
{
    struct bench *b = *state;
    struct webauthn_proof proof = proof_of(b);
    uint32_t counter = 7;
    struct str key = bytes(b, created_key), challenge;
    assert_int_equal(webauthn_assert(&b->cx, &b->site, &proof, key, &counter), OK);
    assert_int_equal(counter, 0);
    assert_int_equal(webauthn_challenge(&b->cx, proof.client, &challenge), OK);
    assert_true(str_eq(challenge, STR("OcDnUhQXulTUPo3JUXT0I97pvzzYBP9tZchXyav01Ag")));
}

/* Any other byte of what is signed, of the key or of the signature: no. */
static void each_byte_counts(void **state)
{
    struct bench *b = *state;
    const struct webauthn_proof good = proof_of(b);
    struct str key = bytes(b, created_key);
    uint32_t counter;
    for (size_t i = 0; i < good.client.n; i++) {
        struct webauthn_proof p = good;
        p.client = spoiled(b, good.client, i);
        assert_int_not_equal(webauthn_assert(&b->cx, &b->site, &p, key, &counter), OK);
    }
    for (size_t i = 0; i < good.data.n; i++) {
        struct webauthn_proof p = good;
        p.data = spoiled(b, good.data, i);
        assert_int_not_equal(webauthn_assert(&b->cx, &b->site, &p, key, &counter), OK);
    }
    for (size_t i = 0; i < good.signature.n; i++) {
        struct webauthn_proof p = good;
        p.signature = spoiled(b, good.signature, i);
        assert_int_not_equal(webauthn_assert(&b->cx, &b->site, &p, key, &counter), OK);
    }
    for (size_t i = 0; i < key.n; i++)
        assert_int_not_equal(webauthn_assert(&b->cx, &b->site, &good, spoiled(b, key, i), &counter),
                             OK);
}

static void it_is_for_one_site(void **state)
{
    struct bench *b = *state;
    struct webauthn_proof proof = proof_of(b);
    struct webauthn_new made;
    uint32_t counter;
    static const struct webauthn_site others[] = {
        {{"https://example.com", 19}, {"example.org", 11}, false},
        {{"http://example.org", 18}, {"example.org", 11}, false},
        {{"https://example.org:8443", 24}, {"example.org", 11}, false},
        {{"https://example.org", 19}, {"example.com", 11}, false},
        {{"https://example.org", 19}, {"example.org", 11}, true}, /* nobody was verified */
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        assert_int_equal(
            webauthn_assert(&b->cx, &others[i], &proof, bytes(b, created_key), &counter), E_DENIED);
        assert_int_equal(webauthn_register(&b->cx, &others[i], bytes(b, created_client),
                                           bytes(b, created_object), &made),
                         E_DENIED);
    }
    proof.client = bytes(b, created_client); /* made for the other purpose */
    assert_int_equal(webauthn_assert(&b->cx, &b->site, &proof, bytes(b, created_key), &counter),
                     E_DENIED);
    assert_int_equal(webauthn_register(&b->cx, &b->site, bytes(b, shown_client),
                                       bytes(b, created_object), &made),
                     E_DENIED);
}

/* Section 16.4: a ceremony inside of another site. */
static void inside_of_another_site_is_refused(void **state)
{
    struct bench *b = *state;
    struct webauthn_new made;
    struct str client = STR("{\"type\":\"webauthn.create\",\"challenge\":\"x\","
                            "\"origin\":\"https://example.org\",\"crossOrigin\":true}");
    assert_int_equal(webauthn_register(&b->cx, &b->site, client, bytes(b, created_object), &made),
                     E_DENIED);
}

static void what_is_cut_short_is_refused(void **state)
{
    struct bench *b = *state;
    struct webauthn_new made;
    struct str client = bytes(b, created_client), object = bytes(b, created_object);
    struct webauthn_proof proof = proof_of(b);
    uint32_t counter;
    for (size_t n = 0; n < object.n; n++)
        assert_int_not_equal(
            webauthn_register(&b->cx, &b->site, client, str_sub(object, 0, n), &made), OK);
    for (size_t n = 0; n < proof.data.n; n++) {
        struct webauthn_proof p = proof;
        p.data = str_sub(proof.data, 0, n);
        assert_int_not_equal(webauthn_assert(&b->cx, &b->site, &p, bytes(b, created_key), &counter),
                             OK);
    }
}

static void limits_hold(void **state)
{
    struct bench *b = *state;
    struct webauthn_new made;
    struct webauthn_proof proof = proof_of(b);
    uint32_t counter;
    char *large = arena_alloc(b->cx.arena, 20000);
    memset(large, ' ', 20000);
    struct str client = bytes(b, created_client), object = bytes(b, created_object);
    memcpy(large, client.p, client.n);
    assert_int_equal(
        webauthn_register(&b->cx, &b->site, str_of(large, WEBAUTHN_CLIENT_MAX), object, &made), OK);
    assert_int_equal(
        webauthn_register(&b->cx, &b->site, str_of(large, WEBAUTHN_CLIENT_MAX + 1), object, &made),
        E_SYNTAX);
    assert_int_equal(
        webauthn_register(&b->cx, &b->site, client, str_of(large, WEBAUTHN_DATA_MAX + 1), &made),
        E_SYNTAX);
    proof.signature = str_of(large, WEBAUTHN_SIGNATURE_MAX + 1);
    assert_int_equal(webauthn_assert(&b->cx, &b->site, &proof, bytes(b, created_key), &counter),
                     E_SYNTAX);
}

/* RFC 8949 appendix A, as far as authenticators write such things. */
static void cbor_is_that_of_the_rfc(void **state)
{
    struct bench *b = *state;
    static const struct {
        const char *hex;
        int64_t value;
    } numbers[] = {{"00", 0},
                   {"01", 1},
                   {"0a", 10},
                   {"17", 23},
                   {"1818", 24},
                   {"1864", 100},
                   {"1903e8", 1000},
                   {"1a000f4240", 1000000},
                   {"20", -1},
                   {"29", -10},
                   {"3863", -100},
                   {"3903e7", -1000},
                   {"1b000000e8d4a51000", 1000000000000}};
    static const char *const whole[] = {"f4",
                                        "f6",
                                        "4401020304",
                                        "6449455446",
                                        "80",
                                        "83010203",
                                        "8301820203820405",
                                        "a0",
                                        "a201020304",
                                        "a26161016162820203",
                                        "826161a161626163"};
    static const char *const broken[] = {"",
                                         "18",
                                         "1c",
                                         "1f",
                                         "5f",
                                         "ff",
                                         "c0",
                                         "d8",
                                         "f9",
                                         "fb",
                                         "44010203",
                                         "830102",
                                         "a101",
                                         "9f",
                                         "bf",
                                         "f8",
                                         "9a00100000",
                                         "5bffffffffffffffff",
                                         "818181818181818181818180"};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        struct cur c = cur_of(bytes(b, numbers[i].hex));
        int64_t value;
        assert_true(cbor_int(&c, &value));
        assert_int_equal(value, numbers[i].value);
        assert_true(cur_end(&c));
    }
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) {
        struct cur c = cur_of(bytes(b, whole[i]));
        struct str out;
        assert_true(cbor_any(&c, &out));
        assert_true(cur_end(&c));
    }
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        struct cur c = cur_of(bytes(b, broken[i]));
        struct str out;
        assert_false(cbor_any(&c, &out));
        assert_int_equal(c.rest.n, strlen(broken[i]) / 2);
    }
}

/* Ed25519: RFC 8032 section 7.1, test 2. */
static void other_keys_are_verified(void **state)
{
    struct bench *b = *state;
    struct str key = bytes(b, "a4010103272006215820"
                              "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    struct str signature =
        bytes(b, "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                 "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
    assert_int_equal(webauthn_key_verify(&b->cx, key, STR("\x72"), signature), OK);
    assert_int_equal(webauthn_key_verify(&b->cx, key, STR("\x73"), signature), E_DENIED);
    /* not on the curve; another algorithm; no key */
    struct str good = bytes(b, created_key);
    assert_int_equal(webauthn_key_check(&b->cx, good), OK);
    assert_int_equal(webauthn_key_check(&b->cx, spoiled(b, good, good.n - 1)), E_SYNTAX);
    assert_int_equal(webauthn_key_check(&b->cx, spoiled(b, good, 4)), E_UNSUPPORTED);
    assert_int_equal(webauthn_key_check(&b->cx, str_sub(good, 0, good.n - 1)), E_SYNTAX);
    assert_int_equal(webauthn_key_check(&b->cx, STR("\xa0")), E_UNSUPPORTED);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, open_bench, close_bench)
    const struct CMUnitTest tests[] = {
        CASE(a_registration_is_read),
        CASE(an_assertion_is_verified),
        CASE(each_byte_counts),
        CASE(it_is_for_one_site),
        CASE(inside_of_another_site_is_refused),
        CASE(what_is_cut_short_is_refused),
        CASE(limits_hold),
        CASE(cbor_is_that_of_the_rfc),
        CASE(other_keys_are_verified),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
