/* Passwords that cost nothing: stands in for libsodium's Argon2 in fuzz targets that log in, since
   each log-in would take as long as a thousand inputs. The text that is kept has the length of the
   real one, and holds the password's plain hash. */
#include "base/str.h"
#include <errno.h>
#include <sodium.h>
#include <stdio.h>

static void text_of(const char *password, unsigned long long n, char out[crypto_pwhash_STRBYTES])
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    static const char head[] = "$argon2id$v=19$m=19456,t=2,p=1$";
    memset(out, 0, crypto_pwhash_STRBYTES);
    crypto_hash_sha256(hash, (const unsigned char *)password, n);
    memcpy(out, head, sizeof head - 1);
    for (size_t i = 0; i < sizeof hash; i++)
        snprintf(out + sizeof head - 1 + 2 * i, 3, "%02x", hash[i]);
}

int crypto_pwhash_str(char out[crypto_pwhash_STRBYTES], const char *const password,
                      unsigned long long n, unsigned long long passes, size_t bytes)
{
    (void)passes, (void)bytes;
    text_of(password, n, out);
    return 0;
}

int crypto_pwhash_str_verify(const char text[crypto_pwhash_STRBYTES], const char *const password,
                             unsigned long long n)
{
    char wanted[crypto_pwhash_STRBYTES];
    text_of(password, n, wanted);
    errno = EINVAL; /* it was computed */
    return strncmp(text, wanted, sizeof wanted) == 0 ? 0 : -1;
}

int crypto_pwhash_str_needs_rehash(const char text[crypto_pwhash_STRBYTES],
                                   unsigned long long passes, size_t bytes)
{
    (void)text, (void)passes, (void)bytes;
    return 0;
}
