#include "core/signin/seal.h"
#include "base/arena.h"
#include "base/random.h"
#include "core/credential/kdf.h"
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <unistd.h>

struct seal {
    unsigned char key[SEAL_KEY_BYTES];
};

struct seal *seal_temporary(void)
{
    struct seal *s = calloc(1, sizeof *s);
    must(s);
    random_system(s->key, sizeof s->key);
    return s;
}

void seal_close(struct seal *s)
{
    if (!s)
        return;
    kdf_wipe(s, sizeof *s);
    free(s);
}

static bool read_key(int fd, unsigned char key[SEAL_KEY_BYTES])
{
    unsigned char bytes[SEAL_KEY_BYTES + 1];
    bool whole = read(fd, bytes, sizeof bytes) == SEAL_KEY_BYTES;
    if (whole)
        memcpy(key, bytes, SEAL_KEY_BYTES);
    kdf_wipe(bytes, sizeof bytes);
    return whole;
}

static bool sync_folder(struct arena *a, const char *path)
{
    char *copy = arena_alloc(a, strlen(path) + 1);
    memcpy(copy, path, strlen(path));
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool done = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        (void)close(fd);
    return done;
}

/* Under another name first, so that there is never half a key. */
static enum code make_key(struct ctx *cx, const char *path, const struct seal *s)
{
    const char *fresh = str_printf(cx->arena, "%s.new", path).p;
    (void)unlink(fresh);
    int fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return fail(cx, E_IO, "%s: %s", fresh, strerror(errno));
    bool written = write(fd, s->key, sizeof s->key) == (ssize_t)sizeof s->key && fsync(fd) == 0;
    if (close(fd) != 0 || !written || rename(fresh, path) != 0 || !sync_folder(cx->arena, path))
        return fail(cx, E_IO, "%s: cannot be written", path);
    return OK;
}

enum code seal_open(struct ctx *cx, struct str file, struct seal **out)
{
    const char *path = str_zdup(cx->arena, file);
    struct seal *s = seal_temporary();
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    enum code code = OK;
    if (fd < 0 && errno == ENOENT)
        code = make_key(cx, path, s);
    else if (fd < 0)
        code = fail(cx, E_IO, "%s: %s", path, strerror(errno));
    else if (!read_key(fd, s->key))
        code = fail(cx, E_CORRUPT, "%s: is no key of %d bytes", path, SEAL_KEY_BYTES);
    if (fd >= 0)
        (void)close(fd);
    if (code == OK)
        *out = s;
    else
        seal_close(s);
    return code;
}

void seal_mac(const struct seal *s, struct str purpose, struct str text,
              unsigned char out[SEAL_MAC_BYTES])
{
    unsigned char inner[KDF_BYTES];
    kdf_hmac_sha256(str_of(s->key, sizeof s->key), purpose, inner);
    kdf_hmac_sha256(str_of(inner, sizeof inner), text, out);
    kdf_wipe(inner, sizeof inner);
}

/* What goes with a text. */
struct box {
    struct str about;
    unsigned char nonce[SEAL_NONCE_BYTES], tag[SEAL_TAG_BYTES];
};

/* One direction or the other; false: the tag does not fit. */
static bool run(const struct seal *s, bool encrypt, struct str in, struct box *b,
                unsigned char *out)
{
    unsigned char key[SEAL_MAC_BYTES];
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    int n = 0, end = 0;
    must(c && in.n < INT32_MAX && b->about.n < INT32_MAX);
    seal_mac(s, STR("seal"), STR("AES-256-GCM"), key);
    must(EVP_CipherInit_ex(c, EVP_aes_256_gcm(), NULL, key, b->nonce, encrypt));
    must(EVP_CipherUpdate(c, NULL, &n, (const unsigned char *)b->about.p, (int)b->about.n));
    must(EVP_CipherUpdate(c, out, &n, (const unsigned char *)in.p, (int)in.n) && n == (int)in.n);
    if (!encrypt)
        must(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, SEAL_TAG_BYTES, b->tag));
    bool good = EVP_CipherFinal_ex(c, out + n, &end) > 0;
    if (encrypt)
        must(EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, SEAL_TAG_BYTES, b->tag));
    EVP_CIPHER_CTX_free(c);
    kdf_wipe(key, sizeof key);
    return good;
}

struct str seal_put(struct ctx *cx, const struct seal *s, struct str plain, struct str about)
{
    struct box b = {.about = about};
    unsigned char *out = arena_alloc(cx->arena, plain.n + 1);
    random_system(b.nonce, sizeof b.nonce);
    must(run(s, true, plain, &b, out));
    const struct str parts[] = {str_of(b.nonce, sizeof b.nonce), str_of(b.tag, sizeof b.tag),
                                str_of(out, plain.n)};
    return str_join(cx->arena, parts, 3);
}

enum code seal_get(struct ctx *cx, const struct seal *s, struct str sealed, struct str about,
                   struct str *out)
{
    struct box b = {.about = about};
    if (sealed.n < sizeof b.nonce + sizeof b.tag)
        return fail(cx, E_CORRUPT, "seal: too short");
    memcpy(b.nonce, sealed.p, sizeof b.nonce);
    memcpy(b.tag, str_from(sealed, sizeof b.nonce).p, sizeof b.tag);
    struct str in = str_from(sealed, sizeof b.nonce + sizeof b.tag);
    unsigned char *plain = arena_alloc(cx->arena, in.n + 1);
    if (!run(s, false, in, &b, plain))
        return fail(cx, E_CORRUPT, "seal: made with another key, or changed");
    *out = str_of(plain, in.n);
    return OK;
}
