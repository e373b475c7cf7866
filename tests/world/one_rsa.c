/* RSA keys that cost nothing: stands in for OpenSSL's generator in tests that begin many servers,
   since each key would take some tenths of a second. One is made; all get that one. */
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdarg.h>
#include <string.h>

static EVP_PKEY *make(OSSL_LIB_CTX *library, const char *query, const char *type, const char *group)
{
    EVP_PKEY *made = NULL;
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(library, type, query);
    if (c && EVP_PKEY_keygen_init(c) == 1 &&
        (group ? EVP_PKEY_CTX_set_group_name(c, group) : EVP_PKEY_CTX_set_rsa_keygen_bits(c, 2048)))
        (void)EVP_PKEY_generate(c, &made);
    EVP_PKEY_CTX_free(c);
    return made;
}

EVP_PKEY *EVP_PKEY_Q_keygen(OSSL_LIB_CTX *library, const char *query, const char *type, ...)
{
    static EVP_PKEY *one;
    va_list args;
    va_start(args, type);
    const char *group = strcmp(type, "EC") == 0 ? va_arg(args, const char *) : NULL;
    va_end(args);
    if (group)
        return make(library, query, type, group);
    if (!one)
        one = make(library, query, type, NULL);
    EVP_PKEY_up_ref(one);
    return one;
}
