/* Making columns from summaries. */
#include "base/buf.h"
#include "core/columns/column.h"
#include "core/columns/key.h"
#include "core/objectid/thread.h"
#include "format/date.h"
#include "format/header.h"
#include "format/summary.h"
#include "format/thread.h"
#include "format/utf8.h"

enum { SLOTS = 4 * COLUMN_UIDS };

struct texts_build {
    struct buf bytes;
    uint32_t start[COLUMN_UIDS + 2];
    uint32_t count; /* different ones; the first is the empty one */
    uint16_t ref[COLUMN_UIDS];
    uint16_t slots[SLOTS]; /* by hash: which text, or 0 */
    bool any;              /* one that is not empty */
};

struct kind_build {
    uint16_t low[COLUMN_UIDS];
    uint32_t count;
    struct column_facts *facts;
    struct texts_build *texts;
    uint64_t *own, *refs;
    uint32_t *start;
    uint32_t refs_count, refs_room;
};

struct column_build {
    struct arena *arena, *scratch; /* scratch: of one row */
    uint32_t kinds, uid;
    struct kind_build *kind[COLUMN_KINDS];
};

static bool has_texts(enum column_kind kind)
{
    return kind != COLUMN_FACTS && kind != COLUMN_THREAD;
}

static bool has_keys(enum column_kind kind)
{
    return kind >= COLUMN_KEY_FROM || kind == COLUMN_BASE_SUBJECT;
}

static struct kind_build *kind_open(struct arena *a, enum column_kind kind)
{
    struct kind_build *k = ARENA_NEW(a, struct kind_build);
    if (kind == COLUMN_FACTS)
        k->facts = ARENA_ARRAY(a, COLUMN_UIDS, struct column_facts);
    if (kind == COLUMN_THREAD) {
        k->own = ARENA_ARRAY(a, COLUMN_UIDS, uint64_t);
        k->start = ARENA_ARRAY(a, COLUMN_UIDS + 1, uint32_t);
    }
    if (has_texts(kind)) {
        k->texts = ARENA_NEW(a, struct texts_build);
        k->texts->bytes = buf_of(a, SIZE_MAX / 2);
        k->texts->count = 1; /* the empty one */
    }
    return k;
}

struct column_build *column_build_open(struct arena *a, struct arena *scratch, uint32_t kinds,
                                       uint32_t uid)
{
    struct column_build *b = ARENA_NEW(a, struct column_build);
    *b = (struct column_build){.arena = a, .scratch = scratch, .kinds = kinds, .uid = uid};
    for (unsigned i = 0; i < COLUMN_KINDS; i++)
        if (kinds & 1U << i)
            b->kind[i] = kind_open(a, i);
    return b;
}

static struct str text_at(const struct texts_build *t, uint32_t i)
{
    return str_sub(buf_str(&t->bytes), t->start[i], t->start[i + 1] - t->start[i]);
}

/* The place of a text among the different ones, where it is put when it is new. */
static uint16_t text_put(struct texts_build *t, struct str s)
{
    if (!s.n)
        return 0;
    t->any = true;
    size_t slot = thread_key(s) % SLOTS;
    while (t->slots[slot] && !str_eq(text_at(t, t->slots[slot]), s))
        slot = (slot + 1) % SLOTS;
    if (!t->slots[slot]) {
        t->slots[slot] = (uint16_t)t->count++;
        buf_add(&t->bytes, s);
        t->start[t->count] = (uint32_t)t->bytes.n;
    }
    return t->slots[slot];
}

static void put_text(struct column_build *b, enum column_kind kind, struct str s)
{
    struct kind_build *k = b->kind[kind];
    if (s.n > COLUMN_TEXT_MAX && has_keys(kind))
        s = utf8_cut(s, COLUMN_TEXT_MAX);
    if (s.n > COLUMN_TEXT_MAX) {
        k->texts->any = true;
        k->texts->ref[k->count] = COLUMN_REF_LONG;
    } else {
        k->texts->ref[k->count] = text_put(k->texts, s);
    }
}

static void put_ref(struct arena *a, struct kind_build *k, uint64_t key)
{
    if (k->refs_count == k->refs_room) {
        uint32_t room = k->refs_room ? k->refs_room * 2 : COLUMN_UIDS;
        k->refs = arena_grow(a, k->refs, k->refs_room * sizeof key, room * sizeof key);
        k->refs_room = room;
    }
    k->refs[k->refs_count++] = key;
}

enum code column_facts_of(struct ctx *cx, const struct item_row *row, struct column_facts *out)
{
    struct summary_facts f;
    TRY(summary_facts(cx, row->summary, &f));
    bool dated = f.flags & SUMMARY_HAS_DATE;
    struct date sent = {f.sent_ms, f.sent_zone_minutes};
    *out = (struct column_facts){.received_ms = row->received_ms,
                                 .saved_ms = row->saved_ms,
                                 .sent_ms = dated ? f.sent_ms : row->received_ms,
                                 .sent_day = dated ? date_day_ms(sent) : INT64_MIN,
                                 .size = row->size,
                                 .thread = row->thread ? row->thread : thread_alone(row->id),
                                 .flags = f.flags};
    return OK;
}

static enum code build_facts(struct ctx *cx, struct column_build *b, const struct item_row *row)
{
    struct kind_build *k = b->kind[COLUMN_FACTS];
    return column_facts_of(cx, row, &k->facts[k->count]);
}

static const struct {
    enum column_kind kind;
    char letter;
} letters[] = {
    {COLUMN_FROM, 'f'}, {COLUMN_SENDER, 's'}, {COLUMN_REPLY_TO, 'r'},
    {COLUMN_TO, 't'},   {COLUMN_CC, 'c'},     {COLUMN_BCC, 'b'},
};

/* The lines of that letter, without it, joined. */
static struct str lines_of(struct arena *a, struct str lines, char letter)
{
    struct cur c = cur_of(lines);
    struct buf out = buf_of(a, lines.n);
    struct str line;
    while (cur_until(&c, '\n', &line)) {
        if (line.n < 3 || line.p[0] != letter)
            continue;
        if (out.n)
            buf_byte(&out, '\n');
        buf_add(&out, str_from(line, 2));
    }
    return buf_str(&out);
}

static enum code build_addresses(struct ctx *cx, struct column_build *b, const struct item_row *row)
{
    struct str lines = {0};
    TRY(summary_get(cx, row->summary, SUMMARY_ADDRESSES, &lines));
    lines = utf8_search(b->scratch, lines);
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
        if (b->kind[letters[i].kind])
            put_text(b, letters[i].kind, lines_of(b->scratch, lines, letters[i].letter));
    return OK;
}

static enum code build_keys(struct ctx *cx, struct column_build *b, const struct item_row *row)
{
    for (enum column_kind kind = COLUMN_KEY_FROM; kind <= COLUMN_DISPLAY_TO; kind++) {
        struct str key;
        if (!b->kind[kind])
            continue;
        TRY(column_key_text(cx, b->scratch, row, kind, &key));
        put_text(b, kind, utf8_casemap(b->scratch, key));
    }
    return OK;
}

static enum code build_subjects(struct ctx *cx, struct column_build *b, const struct item_row *row)
{
    struct str text;
    if (b->kind[COLUMN_SUBJECT]) {
        TRY(summary_get(cx, row->summary, SUMMARY_SUBJECT, &text));
        put_text(b, COLUMN_SUBJECT, utf8_search(b->scratch, text));
    }
    if (b->kind[COLUMN_BASE_SUBJECT]) {
        TRY(column_key_text(cx, b->scratch, row, COLUMN_BASE_SUBJECT, &text));
        put_text(b, COLUMN_BASE_SUBJECT, utf8_casemap(b->scratch, text));
    }
    return OK;
}

/* "<yes>", an answer to a question of git, joins nothing (RFC 5322 section 3.6.4 wants an "@"). */
static bool is_message_id(struct str id)
{
    return str_chr(id, '@') != SIZE_MAX;
}

static enum code build_thread(struct ctx *cx, struct column_build *b, const struct item_row *row)
{
    struct kind_build *k = b->kind[COLUMN_THREAD];
    struct str own, references, replied, id;
    TRY(summary_get(cx, row->summary, SUMMARY_MESSAGE_ID, &own));
    TRY(summary_get(cx, row->summary, SUMMARY_REFERENCES, &references));
    TRY(summary_get(cx, row->summary, SUMMARY_IN_REPLY_TO, &replied));
    k->own[k->count] = is_message_id(own) ? thread_key(own) : 0;
    struct cur c = cur_of(references), r = cur_of(replied);
    bool any = false;
    while (header_next_id(b->scratch, &c, &id)) {
        if (!is_message_id(id))
            continue;
        put_ref(b->arena, k, thread_key(id));
        any = true;
    }
    while (!any && header_next_id(b->scratch, &r, &id)) {
        any = is_message_id(id);
        if (any)
            put_ref(b->arena, k, thread_key(id));
    }
    k->start[k->count + 1] = k->refs_count;
    return OK;
}

static bool wants(const struct column_build *b, enum column_kind from, enum column_kind to)
{
    for (unsigned i = from; i <= (unsigned)to; i++)
        if (b->kind[i])
            return true;
    return false;
}

enum code column_build_row(struct ctx *cx, struct column_build *b, const struct item_row *row)
{
    arena_reset(b->scratch);
    if (b->kind[COLUMN_FACTS])
        TRY(build_facts(cx, b, row));
    if (wants(b, COLUMN_FROM, COLUMN_BCC))
        TRY(build_addresses(cx, b, row));
    TRY(build_subjects(cx, b, row));
    if (wants(b, COLUMN_KEY_FROM, COLUMN_DISPLAY_TO))
        TRY(build_keys(cx, b, row));
    if (b->kind[COLUMN_THREAD])
        TRY(build_thread(cx, b, row));
    for (unsigned i = 0; i < COLUMN_KINDS; i++)
        if (b->kind[i])
            b->kind[i]->low[b->kind[i]->count++] = (uint16_t)(row->uid - b->uid);
    return OK;
}

void column_build_take(struct column_build *b, const struct column *old)
{
    struct kind_build *k = b->kind[old->kind];
    for (uint32_t row = 0; row < old->count; row++) {
        if (k->facts)
            k->facts[row] = old->facts[row];
        if (k->texts && old->texts.ref && old->texts.ref[row] == COLUMN_REF_LONG) {
            k->texts->any = true;
            k->texts->ref[row] = COLUMN_REF_LONG;
        } else if (k->texts) {
            k->texts->ref[row] = text_put(k->texts, column_text(old, (uint16_t)row));
        }
        if (k->own) {
            struct column_links links = column_links(old, (uint16_t)row);
            k->own[row] = links.own;
            for (uint32_t i = 0; i < links.count; i++)
                put_ref(b->arena, k, links.refs[i]);
            k->start[row + 1] = k->refs_count;
        }
        k->low[row] = old->low[row];
    }
    k->count = old->count;
}

/* A copy on the heap, counted with the column. */
static void *kept(struct column *out, const void *from, size_t bytes)
{
    void *copy = malloc(bytes ? bytes : 1);
    must(copy);
    if (bytes)
        memcpy(copy, from, bytes);
    out->picture.bytes += bytes;
    return copy;
}

static void column_free(struct picture *p)
{
    struct column *k = (struct column *)p;
    free(k->low);
    free(k->facts);
    free(k->texts.start);
    free(k->texts.bytes);
    free(k->texts.ref);
    free(k->thread.own);
    free(k->thread.refs);
    free(k->thread.start);
    free(k);
}

static void keep_texts(struct column *out, const struct texts_build *t, uint32_t rows)
{
    out->texts.count = t->count;
    if (!t->any)
        return;
    out->texts.start = kept(out, t->start, (t->count + 1) * sizeof *t->start);
    out->texts.bytes = kept(out, t->bytes.p, t->bytes.n);
    out->texts.ref = kept(out, t->ref, rows * sizeof *t->ref);
}

struct column *column_build_close(struct column_build *b, enum column_kind kind, uint64_t upto)
{
    const struct kind_build *k = b->kind[kind];
    struct column *out = calloc(1, sizeof *out);
    must(out);
    atomic_init(&out->picture.refs, 1);
    out->picture.close = column_free;
    out->picture.bytes = sizeof *out;
    out->kind = kind;
    out->uid = b->uid;
    out->upto = upto;
    out->count = k->count;
    out->low = kept(out, k->low, k->count * sizeof *k->low);
    if (k->facts)
        out->facts = kept(out, k->facts, k->count * sizeof *k->facts);
    if (k->texts)
        keep_texts(out, k->texts, k->count);
    if (k->own) {
        out->thread.own = kept(out, k->own, k->count * sizeof *k->own);
        out->thread.refs = kept(out, k->refs, k->refs_count * sizeof *k->refs);
        out->thread.start = kept(out, k->start, (k->count + 1) * sizeof *k->start);
    }
    return out;
}
