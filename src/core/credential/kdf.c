#include "core/credential/kdf.h"
#include "base/arena.h"
#include "core/credential.h"
#include <errno.h>
#include <sodium.h>

_Static_assert(KDF_BYTES == crypto_auth_hmacsha256_BYTES, "HMAC-SHA-256");
_Static_assert(ARGON2_TEXT_MAX == crypto_pwhash_STRBYTES, "libsodium's text form");

static const size_t argon2_bytes = (size_t)ARGON2_KIB * 1024;

/* The library wants an address even of nothing. */
static const char *bytes_of(struct str password)
{
    return password.n ? password.p : "";
}

enum code kdf_argon2(struct ctx *cx, struct str password, char out[ARGON2_TEXT_MAX])
{
    must(sodium_init() >= 0);
    if (crypto_pwhash_str(out, bytes_of(password), password.n, ARGON2_PASSES, argon2_bytes) != 0)
        return fail(cx, E_IO, "credential: no memory for Argon2");
    return OK;
}

enum code kdf_argon2_verify(struct ctx *cx, const char *text, struct str password)
{
    must(sodium_init() >= 0);
    errno = 0;
    if (crypto_pwhash_str_verify(text, bytes_of(password), password.n) == 0)
        return OK;
    /* The library's one sign that it did compute, and the result differs. */
    if (errno == EINVAL)
        return fail(cx, E_DENIED, "credential: wrong");
    return fail(cx, E_IO, "credential: Argon2 could not be computed");
}

bool kdf_argon2_is_old(const char *text)
{
    return crypto_pwhash_str_needs_rehash(text, ARGON2_PASSES, argon2_bytes) != 0;
}

const char *kdf_argon2_nobody(void)
{
    /* As long as libsodium's prototype says that it may read. */
    static const char nobody[ARGON2_TEXT_MAX] =
        "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA"
        "$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    return nobody;
}

void kdf_sha256(struct str in, unsigned char out[KDF_BYTES])
{
    crypto_hash_sha256(out, (const unsigned char *)in.p, in.n);
}

void kdf_hmac_sha256(struct str key, struct str in, unsigned char out[KDF_BYTES])
{
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, (const unsigned char *)key.p, key.n);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)in.p, in.n);
    crypto_auth_hmacsha256_final(&state, out);
    sodium_memzero(&state, sizeof state);
}

bool kdf_equal(const void *a, const void *b, size_t n)
{
    return sodium_memcmp(a, b, n) == 0;
}

void kdf_wipe(void *p, size_t n)
{
    sodium_memzero(p, n);
}

/* Hi() of RFC 5802: PBKDF2 with one block. The key's pads are hashed once. */
static void salted_password(struct str password, struct str salt, uint32_t iterations,
                            unsigned char out[KDF_BYTES])
{
    crypto_auth_hmacsha256_state keyed, state;
    unsigned char u[KDF_BYTES];
    crypto_auth_hmacsha256_init(&keyed, (const unsigned char *)bytes_of(password), password.n);
    state = keyed;
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)salt.p, salt.n);
    crypto_auth_hmacsha256_update(&state, (const unsigned char[]){0, 0, 0, 1}, 4);
    crypto_auth_hmacsha256_final(&state, u);
    memcpy(out, u, KDF_BYTES);
    for (uint32_t i = 1; i < iterations; i++) {
        state = keyed;
        crypto_auth_hmacsha256_update(&state, u, KDF_BYTES);
        crypto_auth_hmacsha256_final(&state, u);
        for (size_t j = 0; j < KDF_BYTES; j++)
            out[j] ^= u[j];
    }
    sodium_memzero(&keyed, sizeof keyed);
}

void kdf_scram_client(struct str password, struct str salt, uint32_t iterations,
                      unsigned char client_key[KDF_BYTES], unsigned char server_key[KDF_BYTES])
{
    unsigned char salted[KDF_BYTES];
    salted_password(password, salt, iterations, salted);
    kdf_hmac_sha256(str_of(salted, KDF_BYTES), STR("Client Key"), client_key);
    kdf_hmac_sha256(str_of(salted, KDF_BYTES), STR("Server Key"), server_key);
    sodium_memzero(salted, sizeof salted);
}

void kdf_scram(struct str password, struct scram_keys *keys)
{
    unsigned char client[KDF_BYTES];
    if (keys->hash == SCRAM_SHA_1) {
        kdf_scram_sha1(password, keys);
        return;
    }
    keys->key_n = KDF_BYTES;
    kdf_scram_client(password, str_of(keys->salt, keys->salt_n), keys->iterations, client,
                     keys->server_key);
    kdf_sha256(str_of(client, KDF_BYTES), keys->stored_key);
    sodium_memzero(client, sizeof client);
}
