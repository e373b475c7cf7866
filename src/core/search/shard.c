#include "core/search/shard.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/cur.h"
#include "core/search/files.h"
#include "core/search/language.h"
#include "core/search/shard_row.h"
#include "store/codec.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void shard_close(struct shard *s)
{
    for (int i = 0; i < WORDS_FILES; i++)
        words_close(&s->words[i]);
    xdb_close(s->db);
    files_unmap(s->texts);
    pthread_mutex_destroy(&s->lock);
    files_unmap(s->rows);
    bits_free(&s->cut);
    bits_free(&s->noisy);
    free(s->items);
    free((void *)(uintptr_t)s->dir);
    free(s);
}

struct shard *shard_ref(struct shard *s)
{
    atomic_fetch_add(&s->refs, 1);
    return s;
}

void shard_unref(struct shard *s)
{
    if (atomic_fetch_sub(&s->refs, 1) == 1)
        shard_close(s);
}

static const char *file_of(struct arena *a, const struct shard *s, const char *file)
{
    return str_printf(a, "%s/%s", s->dir, file).p;
}

struct shard_doc shard_doc(const struct shard *s, uint32_t doc)
{
    struct shard_doc out = {0};
    struct cur c = cur_of(str_sub(s->rows, (size_t)doc * SHARD_ROW, SHARD_ROW));
    must(cur_le32(&c, &out.item) && cur_le32(&c, &out.flags) && cur_le64(&c, &out.text_at) &&
         cur_le64(&c, &out.text_n));
    return out;
}

/* Each row points into the texts. */
static bool rows_take(struct shard *s)
{
    if (s->rows.n != (size_t)s->count * SHARD_ROW)
        return false;
    s->items = calloc((size_t)s->count + 1, sizeof *s->items);
    must(s->items);
    for (uint32_t i = 0; i < s->count; i++) {
        const struct shard_doc doc = shard_doc(s, i);
        if (doc.text_n > s->texts.n || doc.text_at > s->texts.n - doc.text_n)
            return false;
        s->items[i] = doc.item;
        if (doc.flags & SHARD_CUT)
            bits_set(&s->cut, i);
        uint32_t language = doc.flags >> SHARD_LANGUAGE_AT;
        if (language && language <= LANGUAGES)
            s->languages |= 1U << (language - 1);
        if (doc.flags & SHARD_NOISY)
            bits_set(&s->noisy, i);
    }
    return true;
}

static enum code load(struct ctx *cx, struct shard *s)
{
    TRY(xdb_open(cx, s->dir, &s->db));
    if (!files_map(file_of(cx->arena, s, SHARD_TEXTS), &s->texts) ||
        !files_map(file_of(cx->arena, s, SHARD_ROWS), &s->rows))
        return fail(cx, E_CORRUPT, "index: %s: %s", s->dir, strerror(errno));
    bool good = rows_take(s);
    for (int i = 0; i < WORDS_FILES && good; i++)
        good = words_open(file_of(cx->arena, s, words_names[i]), &s->words[i]);
    return good ? OK : fail(cx, E_CORRUPT, "index: %s is not whole", s->dir);
}

enum code shard_open(struct ctx *cx, const char *index, uint64_t name, uint32_t docs,
                     struct shard **out)
{
    struct shard *s = calloc(1, sizeof *s);
    must(s);
    struct str dir = str_printf(cx->arena, "%s/%llu", index, (unsigned long long)name);
    s->name = name;
    s->count = docs;
    s->dir = strndup(dir.p, dir.n);
    must(s->dir && pthread_mutex_init(&s->lock, NULL) == 0);
    atomic_init(&s->refs, 1);
    enum code code = load(cx, s);
    if (code == OK)
        *out = s;
    else
        shard_close(s);
    return code;
}

static void live_first(const struct shard *s, struct bits *out)
{
    for (uint32_t i = s->count; i-- > 0;)
        if (s->items[i])
            bits_set(out, i);
}

enum code shard_live(struct ctx *cx, const struct shard *s, struct bits *out)
{
    struct str dead;
    uint32_t doc;
    live_first(s, out);
    if (!files_map(file_of(cx->arena, s, SHARD_DEAD), &dead))
        return errno == ENOENT ? OK : fail(cx, E_CORRUPT, "index: %s", strerror(errno));
    struct cur c = cur_of(dead); /* a number cut off by a full disk is no number */
    while (cur_le32(&c, &doc))
        bits_clear(out, doc);
    files_unmap(dead);
    return OK;
}

enum code shard_bury(struct ctx *cx, const struct shard *s, const uint32_t *docs, size_t count)
{
    struct buf b = buf_of(cx->arena, count * sizeof *docs);
    for (size_t i = 0; i < count; i++)
        buf_le32(&b, docs[i]);
    if (!files_append(file_of(cx->arena, s, SHARD_DEAD), buf_str(&b)))
        return fail(cx, E_IO, "index: %s: %s", SHARD_DEAD, strerror(errno));
    return OK;
}

/* The text's pieces: a length, then what codec_pack makes. */
static bool unpack(struct ctx *cx, struct codecs *c, struct str packed, struct str *out)
{
    struct cur at = cur_of(packed);
    struct str piece;
    uint8_t method = 0;
    uint32_t n = 0, total;
    if (!cur_le32(&at, &total) || total > SHARD_TEXT_MAX)
        return false;
    char *text = arena_alloc(cx->arena, (size_t)total + 1);
    for (size_t done = 0; done < total; done += n) {
        if (!cur_le32(&at, &n) || !n || n > total - done || !cur_le_str(&at, &piece))
            return false;
        struct cur inner = cur_of(piece);
        if (!cur_le8(&inner, &method) || !codec_unpack(c, method, inner.rest, text + done, n))
            return false;
    }
    *out = str_of(text, total);
    return true;
}

enum code shard_text(struct ctx *cx, const struct shard *s, struct codecs *c, uint32_t doc,
                     struct str *out)
{
    const struct shard_doc row = shard_doc(s, doc);
    if (!unpack(cx, c, str_sub(s->texts, (size_t)row.text_at, (size_t)row.text_n), out))
        return fail(cx, E_CORRUPT, "index: a text in %s", s->dir);
    return OK;
}
