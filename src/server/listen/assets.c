#include "server/listen/assets.h"
#include "base/arena.h"
#include "base/map.h"
#include "format/hex.h"
#include "proto/http/entity.h"
#include "service/mailauth/crypto.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { TAG_BYTES = 12 }; /* of the SHA-256 that is the entity tag */

struct assets {
    struct arena *arena;
    struct map *all; /* "/a/b.js" to struct http_entity */
    size_t bytes;
};

static const struct {
    struct str suffix, type;
} types[] = {
    {STR(".html"), STR("text/html; charset=utf-8")},
    {STR(".js"), STR("text/javascript; charset=utf-8")},
    {STR(".mjs"), STR("text/javascript; charset=utf-8")},
    {STR(".css"), STR("text/css; charset=utf-8")},
    {STR(".json"), STR("application/json")},
    {STR(".webmanifest"), STR("application/manifest+json")},
    {STR(".svg"), STR("image/svg+xml")},
    {STR(".png"), STR("image/png")},
    {STR(".ico"), STR("image/x-icon")},
    {STR(".webp"), STR("image/webp")},
    {STR(".woff2"), STR("font/woff2")},
    {STR(".wasm"), STR("application/wasm")},
    {STR(".txt"), STR("text/plain; charset=utf-8")},
};

static const struct {
    struct str suffix;
    enum http_coding coding;
} forms[] = {
    {STR(".br"), HTTP_BROTLI},
    {STR(".zst"), HTTP_ZSTD},
    {STR(".gz"), HTTP_GZIP},
};

static struct str type_of(struct str path)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (str_ends(path, types[i].suffix))
            return types[i].type;
    return STR("application/octet-stream");
}

static struct str cache_of(struct str path)
{
    return str_find(path, STR("/assets/")) != SIZE_MAX
               ? STR("public, max-age=31536000, immutable")
               : STR("no-cache"); /* to be asked for again, with its tag */
}

/* What the path is a form of. */
static enum http_coding coding_of(struct str *path)
{
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (str_ends(*path, forms[i].suffix)) {
            path->n -= forms[i].suffix.n;
            return forms[i].coding;
        }
    return HTTP_IDENTITY;
}

static enum code read_file(struct ctx *cx, struct assets *x, const char *file, size_t n,
                           struct str *out)
{
    if (n > ASSETS_BYTES_MAX - x->bytes)
        return fail(cx, E_LIMIT, "%s: over %d bytes in all", file, ASSETS_BYTES_MAX);
    FILE *f = fopen(file, "re");
    char *p = arena_alloc(x->arena, n + 1);
    bool whole = f && fread(p, 1, n, f) == n;
    if (f)
        fclose(f);
    if (!whole)
        return fail(cx, E_IO, "%s: %s", file, strerror(errno));
    x->bytes += n;
    *out = str_of(p, n);
    return OK;
}

static struct str tag_of(struct arena *a, struct str bytes)
{
    unsigned char hash[SHA256_BYTES];
    struct digest *d AUTO(digest_close) = digest_open();
    digest_add(d, bytes);
    digest_end(d, hash);
    return hex_encode(a, str_of(hash, TAG_BYTES));
}

static enum code add_file(struct ctx *cx, struct assets *x, const char *file, size_t n,
                          struct str path)
{
    struct str bytes, name = path;
    enum http_coding coding = coding_of(&name);
    TRY(read_file(cx, x, file, n, &bytes));
    struct http_entity *e = map_get(x->all, name);
    if (!e) {
        if (map_count(x->all) == ASSETS_MAX)
            return fail(cx, E_LIMIT, "%s: over %d files", file, ASSETS_MAX);
        e = ARENA_NEW(x->arena, struct http_entity);
        e->type = type_of(name);
        e->cache = cache_of(name);
        map_put(x->all, name, e);
    }
    e->bytes[coding] = bytes;
    if (coding == HTTP_IDENTITY)
        e->tag = tag_of(x->arena, bytes);
    return OK;
}

static void close_dir(DIR *const *d)
{
    if (*d)
        closedir(*d);
}

static enum code add_folder(struct ctx *cx, struct assets *x, struct str dir, struct str path,
                            int depth)
{
    DIR *d __attribute__((cleanup(close_dir))) = opendir(str_zdup(cx->arena, dir));
    const struct dirent *entry;
    struct stat is;
    if (!d)
        return fail(cx, E_NOT_FOUND, "%.*s: %s", STR_ARG(dir), strerror(errno));
    if (depth == ASSETS_DEPTH_MAX)
        return fail(cx, E_LIMIT, "%.*s: over %d folders deep", STR_ARG(dir), depth);
    while ((entry = readdir(d))) {
        if (entry->d_name[0] == '.')
            continue;
        struct str file = str_printf(cx->arena, "%.*s/%s", STR_ARG(dir), entry->d_name);
        struct str name = str_printf(cx->arena, "%.*s/%s", STR_ARG(path), entry->d_name);
        if (stat(file.p, &is) != 0)
            return fail(cx, E_IO, "%s: %s", file.p, strerror(errno));
        if (S_ISDIR(is.st_mode))
            TRY(add_folder(cx, x, file, name, depth + 1));
        else if (S_ISREG(is.st_mode))
            TRY(add_file(cx, x, file.p, (size_t)is.st_size, name));
    }
    return OK;
}

void assets_close(struct assets *x)
{
    if (!x)
        return;
    map_close(x->all);
    arena_close(x->arena);
    free(x);
}
AUTO_OF(struct assets *, assets_close)

enum code assets_open(struct ctx *cx, struct str dir, struct assets **out)
{
    struct assets *x AUTO(assets_close) = calloc(1, sizeof *x);
    must(x);
    x->arena = arena_open();
    x->all = map_open();
    TRY(add_folder(cx, x, dir, (struct str){0}, 0));
    *out = x;
    x = NULL; /* not ours any more */
    return OK;
}

size_t assets_count(const struct assets *x)
{
    return map_count(x->all);
}

/* The page runs nothing and fetches nothing that is not its own; nobody frames it. */
static const struct {
    struct str name, value;
} guards[] = {
    {STR("Content-Security-Policy"),
     STR("default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
         "font-src 'self'; connect-src 'self'; frame-src 'self' blob:; worker-src 'self'; "
         "manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'")},
    {STR("Referrer-Policy"), STR("no-referrer")},
    {STR("Cross-Origin-Opener-Policy"), STR("same-origin")},
    {STR("Cross-Origin-Resource-Policy"), STR("same-origin")},
    {STR("Permissions-Policy"), STR("camera=(), geolocation=(), microphone=(), payment=()")},
};

static void put_guards(struct http_response *a)
{
    for (size_t i = 0; i < sizeof guards / sizeof *guards; i++)
        http_answer_field(a, guards[i].name, guards[i].value);
}

static enum code asset(struct ctx *cx, void *self, const struct http_request *q,
                       struct http_response *a)
{
    const struct assets *x = self;
    struct str path = q->path;
    if (str_ends(path, STR("/")))
        path = str_printf(cx->arena, "%.*sindex.html", STR_ARG(path));
    const struct http_entity *e = map_get(x->all, path);
    if (!e || !e->tag.n)
        return fail(cx, E_NOT_FOUND, "no such file");
    put_guards(a);
    http_answer_entity(cx, q, e, a);
    return OK;
}

const struct http_route assets_routes[] = {
    {"web", STR("/"), HTTP_GET, HTTP_BY_TLS, HTTP_ANYBODY, 0, asset},
    {0},
};
