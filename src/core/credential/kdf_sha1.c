#include "core/credential.h"
#include "core/credential/kdf.h"
#include <openssl/evp.h>
#include <openssl/hmac.h>

static void hmac(const unsigned char key[KDF_SHA1_BYTES], struct str text,
                 unsigned char out[KDF_SHA1_BYTES])
{
    unsigned n = 0;
    must(HMAC(EVP_sha1(), key, KDF_SHA1_BYTES, (const unsigned char *)text.p, text.n, out, &n) &&
         n == KDF_SHA1_BYTES);
}

void kdf_hmac_sha1(struct str key, struct str in, unsigned char out[KDF_SHA1_BYTES])
{
    unsigned n = 0;
    must(key.n <= INT32_MAX &&
         HMAC(EVP_sha1(), key.p, (int)key.n, (const unsigned char *)in.p, in.n, out, &n));
    must(n == KDF_SHA1_BYTES);
}

/* SHA-1 is broken for signatures, not for this: what HMAC asks of it, it has. */
void kdf_scram_sha1(struct str password, struct scram_keys *keys)
{
    unsigned char salted[KDF_SHA1_BYTES], client[KDF_SHA1_BYTES];
    must(PKCS5_PBKDF2_HMAC(password.p, (int)password.n, keys->salt, (int)keys->salt_n,
                           (int)keys->iterations, EVP_sha1(), KDF_SHA1_BYTES, salted) == 1);
    keys->key_n = KDF_SHA1_BYTES;
    hmac(salted, STR("Client Key"), client);
    must(EVP_Digest(client, sizeof client, keys->stored_key, NULL, EVP_sha1(), NULL) == 1);
    hmac(salted, STR("Server Key"), keys->server_key);
    kdf_wipe(salted, sizeof salted);
    kdf_wipe(client, sizeof client);
}
