#include "format/digest/digest.h"
#include <openssl/evp.h>

static const struct {
    struct str name;
    const EVP_MD *(*method)(void);
} rows[] = {
    {STR("sha"), EVP_sha1},
    {STR("sha-256"), EVP_sha256},
    {STR("sha-512"), EVP_sha512},
};
enum { ROWS = sizeof rows / sizeof *rows };

struct str digest_name(size_t index)
{
    return index < ROWS ? rows[index].name : (struct str){0};
}

bool digest_of(struct arena *a, struct str name, struct str bytes, struct str *out)
{
    unsigned char *sum = arena_alloc(a, EVP_MAX_MD_SIZE);
    unsigned n = 0;
    for (size_t i = 0; i < ROWS; i++)
        if (str_eq(rows[i].name, name)) {
            must(EVP_Digest(bytes.p ? bytes.p : "", bytes.n, sum, &n, rows[i].method(), NULL));
            *out = str_of(sum, n);
            return true;
        }
    return false;
}
