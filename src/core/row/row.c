#include "core/row/row.h"
#include "base/buf.h"
#include "base/cur.h"
#include "base/le.h"

enum { ROW_VERSION = 1, PLACEMENT_BYTES = 52, SUMMARY_FIXED = 40 };
enum { SUMMARY_ROW_VERSION = 2, THREAD_BYTES = 9 }; /* version 1 had no thread */

uint64_t placement_modseq(const struct placement *p)
{
    return p->content_modseq > p->read_modseq ? p->content_modseq : p->read_modseq;
}

static struct buf row_begin(struct arena *a)
{
    struct buf b = buf_of(a, STORE_VALUE_MAX);
    buf_le8(&b, ROW_VERSION);
    return b;
}

static enum code version_check(struct ctx *cx, struct cur *c, const char *what)
{
    uint8_t version;
    if (!cur_le8(c, &version))
        return fail(cx, E_CORRUPT, "%s row is empty", what);
    if (version != ROW_VERSION)
        return fail(cx, E_CORRUPT, "%s row has version %u, known is %d: a newer server wrote it?",
                    what, version, ROW_VERSION);
    return OK;
}

static enum code cut_short(struct ctx *cx, const char *what)
{
    return fail(cx, E_CORRUPT, "%s row is cut short", what);
}

static void add_i64(struct buf *b, int64_t v)
{
    buf_le64(b, (uint64_t)v);
}

static bool take_i64(struct cur *c, int64_t *out)
{
    uint64_t v;
    if (!cur_le64(c, &v))
        return false;
    *out = (int64_t)v;
    return true;
}

static bool take_raw(struct cur *c, void *out, size_t n)
{
    struct str bytes;
    if (!cur_bytes(c, n, &bytes))
        return false;
    memcpy(out, bytes.p, n);
    return true;
}

/* Small numbers of an enum; what the number means is checked by who uses it. */
static bool take_u16(struct cur *c, uint32_t *out)
{
    uint16_t v;
    if (!cur_le16(c, &v))
        return false;
    *out = v;
    return true;
}

struct str account_row_encode(struct arena *a, const struct account_row *row)
{
    struct buf b = row_begin(a);
    const struct account_facts *f = &row->facts;
    buf_le64(&b, f->id);
    buf_add(&b, str_of(f->guid, sizeof f->guid));
    buf_add(&b, str_of(f->replica, sizeof f->replica));
    buf_le64(&b, f->modseq);
    buf_le64(&b, f->used_bytes);
    buf_le64(&b, f->items);
    buf_le64(&b, f->quota.warn_bytes);
    buf_le64(&b, f->quota.send_bytes);
    buf_le64(&b, f->quota.receive_bytes);
    buf_le64(&b, f->quota.items_max);
    add_i64(&b, f->created_ms);
    buf_le64(&b, row->next_id);
    buf_le32(&b, row->next_folder);
    buf_le32(&b, row->next_named);
    buf_le32(&b, row->last_uid_validity);
    buf_le32(&b, row->flags);
    buf_le64(&b, row->swept);
    buf_le64(&b, row->sweep_at);
    buf_le64(&b, f->annotation_bytes);
    buf_le64(&b, f->quota.annotation_bytes);
    return buf_str(&b);
}

/* Rows from before there were annotations end here. */
static bool take_annotations(struct cur *c, struct account_facts *f)
{
    f->annotation_bytes = f->quota.annotation_bytes = 0;
    return cur_end(c) ||
           (cur_le64(c, &f->annotation_bytes) && cur_le64(c, &f->quota.annotation_bytes));
}

enum code account_row_decode(struct ctx *cx, struct str value, struct account_row *out)
{
    struct cur c = cur_of(value);
    TRY(version_check(cx, &c, "account"));
    struct account_row row;
    struct account_facts *f = &row.facts;
    if (!cur_le64(&c, &f->id) || !take_raw(&c, f->guid, sizeof f->guid) ||
        !take_raw(&c, f->replica, sizeof f->replica) || !cur_le64(&c, &f->modseq) ||
        !cur_le64(&c, &f->used_bytes) || !cur_le64(&c, &f->items) ||
        !cur_le64(&c, &f->quota.warn_bytes) || !cur_le64(&c, &f->quota.send_bytes) ||
        !cur_le64(&c, &f->quota.receive_bytes) || !cur_le64(&c, &f->quota.items_max) ||
        !take_i64(&c, &f->created_ms) || !cur_le64(&c, &row.next_id) ||
        !cur_le32(&c, &row.next_folder) || !cur_le32(&c, &row.next_named) ||
        !cur_le32(&c, &row.last_uid_validity) || !cur_le32(&c, &row.flags) ||
        !cur_le64(&c, &row.swept) || !cur_le64(&c, &row.sweep_at) || !take_annotations(&c, f))
        return cut_short(cx, "account");
    f->filtered = row.flags & ACCOUNT_FILTERED;
    *out = row;
    return OK;
}

struct str folder_row_encode(struct arena *a, const struct folder_row *row)
{
    struct buf b = row_begin(a);
    buf_le32(&b, row->id);
    buf_le32(&b, row->parent);
    buf_le16(&b, (uint16_t)row->role);
    buf_le16(&b, (uint16_t)row->kind);
    buf_le32(&b, row->flags);
    buf_le64(&b, row->own_modseq);
    buf_le64(&b, row->created_modseq);
    buf_le64(&b, row->source);
    add_i64(&b, row->created_ms);
    add_i64(&b, row->removed_ms);
    buf_le_str(&b, row->name);
    buf_le16(&b, (uint16_t)row->keyword_count);
    for (size_t i = 0; i < row->keyword_count; i++)
        buf_le_str(&b, row->keywords[i]);
    if (row->order)
        buf_le32(&b, row->order);
    must(!b.overflow);
    return buf_str(&b);
}

enum code folder_row_decode(struct ctx *cx, struct str value, struct folder_row *out)
{
    struct cur c = cur_of(value);
    TRY(version_check(cx, &c, "folder"));
    uint32_t role, kind, keywords;
    if (!cur_le32(&c, &out->id) || !cur_le32(&c, &out->parent) || !take_u16(&c, &role) ||
        !take_u16(&c, &kind) || !cur_le32(&c, &out->flags) || !cur_le64(&c, &out->own_modseq) ||
        !cur_le64(&c, &out->created_modseq) || !cur_le64(&c, &out->source) ||
        !take_i64(&c, &out->created_ms) || !take_i64(&c, &out->removed_ms) ||
        !cur_le_str(&c, &out->name) || !take_u16(&c, &keywords))
        return cut_short(cx, "folder");
    if (role >= ROLE_COUNT || keywords > FOLDER_KEYWORDS_MAX)
        return fail(cx, E_CORRUPT, "folder row: role %u, %u keywords", role, keywords);
    out->role = (enum role)role;
    out->kind = (enum folder_kind)kind;
    out->keyword_count = keywords;
    for (size_t i = 0; i < keywords; i++)
        if (!cur_le_str(&c, &out->keywords[i]))
            return cut_short(cx, "folder");
    out->order = 0;
    return cur_end(&c) || cur_le32(&c, &out->order) ? OK : cut_short(cx, "folder");
}

struct str folder_counts_encode(struct arena *a, const struct folder_counts *counts)
{
    struct buf b = row_begin(a);
    buf_le8(&b, counts->uncounted);
    buf_le32(&b, counts->uid_validity);
    buf_le32(&b, counts->uid_next);
    buf_le32(&b, counts->total);
    buf_le32(&b, counts->unread);
    buf_le32(&b, counts->deleted);
    buf_le32(&b, counts->hidden_items);
    buf_le64(&b, counts->bytes);
    buf_le64(&b, counts->modseq);
    return buf_str(&b);
}

enum code folder_counts_decode(struct ctx *cx, struct str value, struct folder_counts *out)
{
    struct cur c = cur_of(value);
    TRY(version_check(cx, &c, "counts"));
    struct folder_counts f;
    uint8_t uncounted;
    if (!cur_le8(&c, &uncounted) || !cur_le32(&c, &f.uid_validity) || !cur_le32(&c, &f.uid_next) ||
        !cur_le32(&c, &f.total) || !cur_le32(&c, &f.unread) || !cur_le32(&c, &f.deleted) ||
        !cur_le32(&c, &f.hidden_items) || !cur_le64(&c, &f.bytes) || !cur_le64(&c, &f.modseq))
        return cut_short(cx, "counts");
    f.uncounted = uncounted;
    *out = f;
    return OK;
}

static void add_placement(struct buf *b, const struct placement *p)
{
    buf_le64(b, p->id);
    buf_le32(b, p->flags);
    buf_le64(b, p->keywords);
    buf_le64(b, p->content_modseq);
    buf_le64(b, p->read_modseq);
    buf_le64(b, p->created_modseq);
    buf_le64(b, p->placed_modseq);
}

static struct placement placement_at(struct str bytes)
{
    return (struct placement){.id = le64_at(bytes, 0),
                              .flags = le32_at(bytes, 8),
                              .keywords = le64_at(bytes, 12),
                              .content_modseq = le64_at(bytes, 20),
                              .read_modseq = le64_at(bytes, 28),
                              .created_modseq = le64_at(bytes, 36),
                              .placed_modseq = le64_at(bytes, 44)};
}

static bool take_placement(struct cur *c, struct placement *out)
{
    struct str bytes;
    if (!cur_bytes(c, PLACEMENT_BYTES, &bytes))
        return false;
    *out = placement_at(bytes);
    return true;
}

struct str placement_encode(struct arena *a, const struct placement *p)
{
    struct buf b = row_begin(a);
    add_placement(&b, p);
    return buf_str(&b);
}

/* Read by the hundred thousand when a folder is opened: fixed places, one check. */
enum code placement_decode(struct ctx *cx, struct str value, struct placement *out)
{
    struct cur c = cur_of(value);
    TRY(version_check(cx, &c, "placement"));
    if (c.rest.n < PLACEMENT_BYTES)
        return cut_short(cx, "placement");
    *out = placement_at(c.rest);
    return OK;
}

struct str item_home_encode(struct arena *a, const struct item_home *home)
{
    struct buf b = row_begin(a);
    buf_le32(&b, home->folder);
    buf_le32(&b, home->uid);
    buf_le32(&b, home->flags);
    buf_le64(&b, home->source);
    buf_le32(&b, home->origin);
    add_i64(&b, home->removed_ms);
    buf_le64(&b, home->parent);
    buf_le64(&b, home->identity_modseq);
    buf_le_str(&b, home->source_key);
    buf_le_str(&b, home->change_key);
    buf_le_str(&b, home->predecessors);
    must(!b.overflow);
    return buf_str(&b);
}

enum code item_home_decode(struct ctx *cx, struct str value, struct item_home *out)
{
    struct cur c = cur_of(value);
    TRY(version_check(cx, &c, "item"));
    if (!cur_le32(&c, &out->folder) || !cur_le32(&c, &out->uid) || !cur_le32(&c, &out->flags) ||
        !cur_le64(&c, &out->source) || !cur_le32(&c, &out->origin) ||
        !take_i64(&c, &out->removed_ms) || !cur_le64(&c, &out->parent) ||
        !cur_le64(&c, &out->identity_modseq) || !cur_le_str(&c, &out->source_key) ||
        !cur_le_str(&c, &out->change_key) || !cur_le_str(&c, &out->predecessors))
        return cut_short(cx, "item");
    return OK;
}

struct str change_row_encode(struct arena *a, const struct change_row *row)
{
    struct buf b = row_begin(a);
    buf_le8(&b, (uint8_t)row->what);
    buf_le8(&b, (uint8_t)row->how);
    buf_le32(&b, row->folder);
    buf_le32(&b, row->uid);
    if (row->what == CHANGE_ITEM) {
        add_placement(&b, &row->place);
        return buf_str(&b);
    }
    buf_le64(&b, row->place.id);
    add_i64(&b, row->at_ms);
    buf_le64(&b, row->reader);
    buf_le64(&b, row->folder_created);
    return buf_str(&b);
}

enum code change_row_decode(struct ctx *cx, struct str value, struct change_row *out)
{
    struct cur c = cur_of(value);
    TRY(version_check(cx, &c, "change"));
    uint8_t what, how;
    struct change_row row = {0};
    if (!cur_le8(&c, &what) || !cur_le8(&c, &how) || !cur_le32(&c, &row.folder) ||
        !cur_le32(&c, &row.uid))
        return cut_short(cx, "change");
    if (what < CHANGE_ITEM || what > CHANGE_GONE_FOLDER || how > GONE_REPLACED)
        return fail(cx, E_CORRUPT, "change row of kind %u, %u", what, how);
    row.what = (enum change_what)what;
    row.how = (enum gone_how)how;
    bool whole = row.what == CHANGE_ITEM
                     ? take_placement(&c, &row.place)
                     : cur_le64(&c, &row.place.id) && take_i64(&c, &row.at_ms) &&
                           cur_le64(&c, &row.reader) && cur_le64(&c, &row.folder_created);
    if (!whole)
        return cut_short(cx, "change");
    *out = row;
    return OK;
}

struct str delivery_row_encode(struct arena *a, const struct delivery_row *row)
{
    struct buf b = row_begin(a);
    buf_le64(&b, row->placed.id);
    buf_le32(&b, row->placed.folder);
    buf_le32(&b, row->placed.uid);
    buf_le32(&b, row->placed.uid_validity);
    buf_le64(&b, row->placed.modseq);
    add_i64(&b, row->at_ms);
    return buf_str(&b);
}

enum code delivery_row_decode(struct ctx *cx, struct str value, struct delivery_row *out)
{
    struct cur c = cur_of(value);
    TRY(version_check(cx, &c, "delivery"));
    if (!cur_le64(&c, &out->placed.id) || !cur_le32(&c, &out->placed.folder) ||
        !cur_le32(&c, &out->placed.uid) || !cur_le32(&c, &out->placed.uid_validity) ||
        !cur_le64(&c, &out->placed.modseq) || !take_i64(&c, &out->at_ms))
        return cut_short(cx, "delivery");
    return OK;
}

struct str summary_row_encode(struct arena *a, const struct item_row *row)
{
    struct buf b = buf_of(a, STORE_VALUE_MAX);
    buf_le8(&b, SUMMARY_ROW_VERSION);
    buf_le64(&b, row->id);
    add_i64(&b, row->received_ms);
    add_i64(&b, row->saved_ms);
    buf_le64(&b, row->size);
    buf_le64(&b, row->created_modseq);
    buf_le64(&b, row->thread);
    buf_le8(&b, row->thread_keys);
    buf_add(&b, str_of(row->blob.bytes, sizeof row->blob.bytes));
    buf_le_str(&b, row->trace);
    buf_le32(&b, (uint32_t)row->summary.n);
    buf_add(&b, str_sub(row->summary, 0, SUMMARY_INLINE_MAX));
    must(!b.overflow);
    return buf_str(&b);
}

enum code summary_row_decode(struct ctx *cx, struct str value, struct item_row *out,
                             size_t *summary_bytes)
{
    struct cur c = cur_of(value);
    bool has_thread = cur_peek(&c) == SUMMARY_ROW_VERSION;
    uint32_t all;
    struct str fixed, thread = {0};
    if (has_thread)
        c.rest = str_from(c.rest, 1);
    else
        TRY(version_check(cx, &c, "summary"));
    if (!cur_bytes(&c, SUMMARY_FIXED, &fixed) ||
        (has_thread && !cur_bytes(&c, THREAD_BYTES, &thread)) ||
        !take_raw(&c, out->blob.bytes, sizeof out->blob.bytes) || !cur_le_str(&c, &out->trace) ||
        !cur_le32(&c, &all) ||
        !cur_bytes(&c, all < SUMMARY_INLINE_MAX ? all : SUMMARY_INLINE_MAX, &out->summary))
        return cut_short(cx, "summary");
    out->id = le64_at(fixed, 0);
    out->received_ms = (int64_t)le64_at(fixed, 8);
    out->saved_ms = (int64_t)le64_at(fixed, 16);
    out->size = le64_at(fixed, 24);
    out->created_modseq = le64_at(fixed, 32);
    out->thread = has_thread ? le64_at(thread, 0) : 0;
    out->thread_keys = has_thread ? (uint8_t)thread.p[8] : 0;
    *summary_bytes = all;
    return OK;
}

struct str thread_row_encode(struct arena *a, const struct thread_row *row)
{
    struct buf b = row_begin(a);
    buf_le64(&b, row->thread);
    buf_le32(&b, row->holders);
    buf_le32(&b, (uint32_t)row->count);
    for (size_t i = 0; i < row->count; i++)
        buf_le64(&b, row->items[i]);
    must(!b.overflow);
    return buf_str(&b);
}

enum code thread_row_decode(struct ctx *cx, struct str value, struct thread_row *out)
{
    struct cur c = cur_of(value);
    struct thread_row row;
    uint32_t count;
    TRY(version_check(cx, &c, "thread"));
    if (!cur_le64(&c, &row.thread) || !cur_le32(&c, &row.holders) || !cur_le32(&c, &count) ||
        !row.thread || c.rest.n != (size_t)count * sizeof *row.items)
        return cut_short(cx, "thread");
    row.count = count;
    row.items = ARENA_ARRAY(cx->arena, count, item_id);
    for (size_t i = 0; i < count; i++)
        must(cur_le64(&c, &row.items[i]));
    *out = row;
    return OK;
}
