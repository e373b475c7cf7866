/* New shards: of messages, or of shards. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/map.h"
#include "core/search/files.h"
#include "core/search/inner.h"
#include "core/search/shard_row.h"
#include "store/codec.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ROWS_MAX = 0x7fffffff, ROOM_FIRST = 256 };

/* The files beside Xapian's. */
struct sides {
    const char *dir; /* on the heap */
    struct words_writer *words[WORDS_FILES];
    struct shard_doc *docs;
    uint32_t count, room;
    int texts;
    uint64_t texts_n;
};

struct shard_maker {
    uint64_t name;
    struct sides sides;
    struct xdb *db;
    struct codecs *codecs;
};

static const char *file_of(struct arena *a, const struct sides *s, const char *file)
{
    return str_printf(a, "%s/%s", s->dir, file).p;
}

static enum code broken(struct ctx *cx, const struct sides *s)
{
    return fail(cx, E_IO, "index: %s: %s", s->dir, strerror(errno));
}

static enum code sides_open(struct ctx *cx, const char *index, uint64_t name, struct sides *s)
{
    struct str dir = str_printf(cx->arena, "%s/%llu", index, (unsigned long long)name);
    *s = (struct sides){.dir = strndup(dir.p, dir.n)};
    must(s->dir);
    for (int i = 0; i < WORDS_FILES; i++)
        s->words[i] = words_writer_open();
    mkdir(s->dir, 0700);
    s->texts =
        open(file_of(cx->arena, s, SHARD_TEXTS), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    return s->texts < 0 ? broken(cx, s) : OK;
}

static void sides_close(struct sides *s)
{
    for (int i = 0; i < WORDS_FILES; i++)
        words_writer_close(s->words[i]);
    if (s->texts >= 0)
        close(s->texts);
    free(s->docs);
    free((void *)(uintptr_t)s->dir);
}

static void doc_add(struct sides *s, struct shard_doc doc)
{
    if (s->count == s->room) {
        s->room = s->room ? s->room * 2 : ROOM_FIRST;
        s->docs = realloc(s->docs, s->room * sizeof *s->docs);
        must(s->docs);
    }
    s->docs[s->count++] = doc;
}

static enum code texts_add(struct ctx *cx, struct sides *s, struct str bytes)
{
    if (!files_write(s->texts, bytes))
        return broken(cx, s);
    s->texts_n += bytes.n;
    return OK;
}

static struct str rows_of(struct arena *a, const struct sides *s)
{
    struct buf b = buf_of(a, ROWS_MAX);
    for (uint32_t i = 0; i < s->count; i++) {
        buf_le32(&b, s->docs[i].item);
        buf_le32(&b, s->docs[i].flags);
        buf_le64(&b, s->docs[i].text_at);
        buf_le64(&b, s->docs[i].text_n);
    }
    must(!b.overflow);
    return buf_str(&b);
}

/* Writes what is in memory; then all the directory holds is on the disk. */
static enum code sides_finish(struct ctx *cx, struct sides *s)
{
    struct arena *arena AUTO(arena_close) = arena_open();
    bool done = files_put(file_of(arena, s, SHARD_ROWS), rows_of(arena, s));
    for (int i = 0; i < WORDS_FILES && done; i++)
        done = files_put(file_of(arena, s, words_names[i]), words_written(s->words[i]));
    return done && files_sync(s->dir) ? OK : broken(cx, s);
}

enum code shard_maker_open(struct ctx *cx, const char *index, uint64_t name, struct codecs *c,
                           struct shard_maker **out)
{
    struct shard_maker *m = calloc(1, sizeof *m);
    must(m);
    m->codecs = c;
    m->name = name;
    enum code code = sides_open(cx, index, name, &m->sides);
    if (code == OK)
        code = xdb_make(cx, m->sides.dir, &m->db);
    if (code == OK)
        *out = m;
    else
        shard_maker_close(m);
    return code;
}

void shard_maker_close(struct shard_maker *m)
{
    xdb_close(m->db);
    sides_close(&m->sides);
    free(m);
}

/* As struct shard has it: the length of it all, then pieces. */
static struct str packed(struct arena *a, struct codecs *c, struct str text)
{
    static const char method[1] = {0};
    struct buf b = buf_of(a, SHARD_TEXT_MAX * 2);
    buf_le32(&b, (uint32_t)text.n);
    while (text.n) {
        struct str piece = str_sub(text, 0, SHARD_PIECE);
        buf_le32(&b, (uint32_t)piece.n);
        buf_le_str(&b, codec_pack(c, a, str_of(method, sizeof method), 0, piece));
        text = str_from(text, piece.n);
    }
    must(!b.overflow);
    return buf_str(&b);
}

static void words_put(struct sides *s, const struct shard_new *doc)
{
    for (size_t i = 0; i < doc->count; i++)
        words_add(s->words[words_file(doc->terms[i].text)], doc->terms[i].text, doc->terms[i].hash);
}

enum code shard_put(struct ctx *cx, struct shard_maker *m, const struct shard_new *doc)
{
    struct sides *s = &m->sides;
    struct str text = packed(cx->arena, m->codecs, doc->text);
    TRY(xdb_put(cx, m->db, doc->terms, doc->count));
    words_put(s, doc);
    doc_add(s,
            (struct shard_doc){
                .item = doc->item, .flags = doc->flags, .text_at = s->texts_n, .text_n = text.n});
    return texts_add(cx, s, text);
}

void shard_drop(struct shard_maker *m, uint32_t item)
{
    for (uint32_t i = 0; i < m->sides.count; i++)
        if (m->sides.docs[i].item == item)
            m->sides.docs[i].item = 0;
}

uint32_t shard_docs(const struct shard_maker *m)
{
    return m->sides.count;
}

uint64_t shard_name(const struct shard_maker *m)
{
    return m->name;
}

enum code shard_finish(struct ctx *cx, struct shard_maker *m)
{
    TRY(xdb_finish(cx, m->db));
    xdb_close(m->db);
    m->db = NULL;
    return sides_finish(cx, &m->sides);
}

static void word_add(struct sides *s, struct str term)
{
    words_add(s->words[words_file(term)], term, hash_bytes(term));
}

static bool word_again(void *self, struct str term)
{
    word_add(self, term);
    return true;
}

static enum code sides_add(struct ctx *cx, struct sides *s, const struct shard_part *part)
{
    const struct shard *from = part->shard;
    uint64_t base = s->texts_n;
    for (uint32_t i = 0; i < from->count; i++) {
        struct shard_doc doc = shard_doc(from, i);
        doc.text_at += base;
        doc.item = bits_has(&part->live, i) ? doc.item : 0;
        doc_add(s, doc);
    }
    for (int i = 0; i < WORDS_FILES; i++)
        words_each(&from->words[i], str_of(SEARCH_LETTER, SEARCH_LETTERS), word_again, s);
    return texts_add(cx, s, from->texts);
}

static enum code merge_into(struct ctx *cx, const struct shard_part *const *parts, size_t count,
                            struct sides *s)
{
    const char **dirs = ARENA_ARRAY(cx->arena, count, const char *);
    for (size_t i = 0; i < count; i++)
        dirs[i] = parts[i]->shard->dir;
    TRY(xdb_merge(cx, dirs, count, s->dir));
    for (size_t i = 0; i < count; i++)
        TRY(sides_add(cx, s, parts[i]));
    return sides_finish(cx, s);
}

enum code shard_merge(struct ctx *cx, const struct shard_part *const *parts, size_t count,
                      const char *index, uint64_t name)
{
    struct sides s;
    enum code code = sides_open(cx, index, name, &s);
    if (code == OK)
        code = merge_into(cx, parts, count, &s);
    sides_close(&s);
    return code;
}
