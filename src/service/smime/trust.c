#include "service/smime/trust.h"
#include "base/buf.h"
#include "format/digest/digest.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static enum code add_file(struct ctx *cx, const char *path, struct buf *out)
{
    char block[16384];
    size_t n;
    FILE *f = fopen(path, "re");
    if (!f)
        return fail(cx, errno == ENOENT ? E_NOT_FOUND : E_IO, "%s: %s", path, strerror(errno));
    while ((n = fread(block, 1, sizeof block, f)) > 0)
        buf_add(out, str_of(block, n));
    bool bad = ferror(f) != 0;
    fclose(f);
    buf_byte(out, '\n');
    if (bad)
        return fail(cx, E_IO, "%s: cannot be read", path);
    return out->overflow ? fail(cx, E_LIMIT, "%s: more than %d bytes", path, SMIME_TRUST_MAX) : OK;
}

static bool is_wanted(struct str name)
{
    return !str_starts(name, STR(".")) &&
           (str_ends(name, STR(".pem")) || str_ends(name, STR(".crt")) ||
            str_ends(name, STR(".crl")));
}

static int by_name(const void *left, const void *right)
{
    const struct str *a = left, *b = right;
    return str_cmp(*a, *b);
}

static enum code add_folder(struct ctx *cx, struct str path, struct buf *out, size_t *files)
{
    struct str *names = ARENA_ARRAY(cx->arena, SMIME_TRUST_FILES_MAX, struct str);
    size_t count = 0;
    const struct dirent *e;
    DIR *d = opendir(path.p);
    if (!d)
        return fail(cx, E_IO, "%s: %s", path.p, strerror(errno));
    while (count < SMIME_TRUST_FILES_MAX && (e = readdir(d)))
        if (is_wanted(str_z(e->d_name)))
            names[count++] = str_dup(cx->arena, str_z(e->d_name));
    closedir(d);
    qsort(names, count, sizeof *names, by_name);
    for (size_t i = 0; i < count; i++) {
        struct str one = str_printf(cx->arena, "%.*s/%.*s", STR_ARG(path), STR_ARG(names[i]));
        TRY(add_file(cx, one.p, out));
    }
    *files = count;
    return OK;
}

static uint64_t number_of(struct arena *a, struct str bytes)
{
    struct str digest;
    uint64_t number = 0;
    must(digest_of(a, STR("sha-256"), bytes, &digest));
    struct cur c = cur_of(digest);
    must(cur_le64(&c, &number));
    return number;
}

enum code trust_read(struct ctx *cx, struct str path, struct trusted *out)
{
    struct buf b = buf_of(cx->arena, SMIME_TRUST_MAX);
    struct stat st;
    size_t files = 1;
    struct str z = str_dup(cx->arena, path);
    if (stat(z.p, &st) != 0)
        return fail(cx, errno == ENOENT ? E_NOT_FOUND : E_IO, "%s: %s", z.p, strerror(errno));
    TRY(S_ISDIR(st.st_mode) ? add_folder(cx, z, &b, &files) : add_file(cx, z.p, &b));
    *out = (struct trusted){buf_str(&b), number_of(cx->arena, buf_str(&b)), files};
    return OK;
}

size_t trust_blocks(struct str pem, struct str name)
{
    size_t n = 0, at;
    while ((at = str_find(pem, STR("-----BEGIN "))) != SIZE_MAX) {
        pem = str_from(pem, at + strlen("-----BEGIN "));
        n += str_starts(pem, name);
    }
    return n;
}
