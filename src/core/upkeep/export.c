#include "core/upkeep/export.h"
#include "base/buf.h"
#include "base/rope.h"
#include "core/annotation/annotation.h"
#include "core/view.h"
#include "format/base64.h"
#include "format/json.h"
#include "format/utf8.h"

enum { LINE_MAX = 64 * 1024 };

struct exporter {
    struct ctx *cx;
    struct core *c;
    account_id account;
    const struct export_sink *sink;
    struct export_report report;
    struct view *view;
    const char *suffix; /* of the folder's files */
    struct str dir;
};

/* Levels as names of files: '%' and a dot at the start are written as %25 and %2E. */
static struct str path_safe(struct arena *a, struct str path)
{
    struct buf b = buf_of(a, path.n * 3 + 1);
    for (size_t i = 0; i < path.n; i++) {
        bool first = i == 0 || path.p[i - 1] == '/';
        if (path.p[i] == '%')
            buf_add(&b, STR("%25"));
        else if (path.p[i] == '.' && first)
            buf_add(&b, STR("%2E"));
        else
            buf_byte(&b, path.p[i]);
    }
    return buf_str(&b);
}

static void flag_names(struct json *j, uint32_t flags)
{
    static const struct {
        uint32_t flag;
        struct str name;
    } names[] = {
        {FLAG_SEEN, STR("\\Seen")},       {FLAG_ANSWERED, STR("\\Answered")},
        {FLAG_FLAGGED, STR("\\Flagged")}, {FLAG_DELETED, STR("\\Deleted")},
        {FLAG_DRAFT, STR("\\Draft")},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (flags & names[i].flag)
            json_str(j, names[i].name);
}

static struct str item_line(struct exporter *e, const struct item_row *row,
                            const struct view_row *marks)
{
    struct buf b = buf_of(e->cx->arena, LINE_MAX);
    struct json j = json_to(&b);
    json_object(&j);
    json_key(&j, "uid");
    json_u64(&j, row->uid);
    json_key(&j, "id");
    json_u64(&j, row->id);
    json_key(&j, "received_ms");
    json_i64(&j, row->received_ms);
    json_key(&j, "saved_ms");
    json_i64(&j, row->saved_ms);
    json_key(&j, "size");
    json_u64(&j, row->size);
    json_key(&j, "sha256");
    json_str(&j, blob_id_hex(e->cx->arena, &row->blob));
    json_key(&j, "modseq");
    json_u64(&j, marks->modseq);
    json_key(&j, "flags");
    json_array(&j);
    flag_names(&j, marks->flags);
    for (unsigned bit = 0; bit < FOLDER_KEYWORDS_MAX; bit++)
        if (marks->keywords >> bit & 1)
            json_str(&j, view_keyword(e->view, bit));
    json_array_end(&j);
    json_object_end(&j);
    buf_byte(&b, '\n');
    return buf_str(&b);
}

static enum code item_write(struct exporter *e, const struct item_row *row)
{
    struct rope bytes = rope_of(e->cx->arena);
    enum code code = item_bytes(e->cx, e->c, row, 0, row->size, &bytes);
    if (code == E_NOT_FOUND || code == E_CORRUPT) {
        e->report.missing++;
        return OK;
    }
    TRY(code);
    struct str name = str_printf(e->cx->arena, "%.*s/%u.%s", STR_ARG(e->dir), row->uid, e->suffix);
    code = e->sink->file(e->cx, e->sink->self, name, &bytes);
    e->report.bytes += bytes.bytes;
    rope_drop(&bytes);
    return code;
}

/* Items that came or went since the view was taken are left to the next export. */
static enum code item_export(struct exporter *e, const struct item_row *row)
{
    uint32_t index = view_find(e->view, row->uid);
    if (index == view_count(e->view))
        return OK;
    struct view_row marks = view_at(e->view, index);
    if (marks.uid != row->uid)
        return OK;
    TRY(item_write(e, row));
    e->report.items++;
    struct str name = str_printf(e->cx->arena, "%.*s/items.jsonl", STR_ARG(e->dir));
    return e->sink->append(e->cx, e->sink->self, name, item_line(e, row, &marks));
}

static enum code items_export(struct exporter *e, folder_id folder)
{
    struct arena *per_item AUTO(arena_close) = arena_open();
    struct item_scan *w AUTO(item_scan_close) =
        item_scan(e->cx, e->c, e->account, folder, 1, UINT32_MAX);
    struct item_row row;
    enum code code = OK;
    struct arena *outer = e->cx->arena;
    while (code == OK && item_next(w, &row)) {
        e->cx->arena = per_item;
        code = item_export(e, &row);
        e->cx->arena = outer;
        arena_reset(per_item);
    }
    return code != OK ? code : item_scan_error(w);
}

static enum code folder_export(struct exporter *e, struct str top, const struct folder_facts *f)
{
    struct view *v AUTO(view_unref) = NULL;
    e->dir = str_printf(e->cx->arena, "%.*s/folders/%.*s", STR_ARG(top),
                        STR_ARG(path_safe(e->cx->arena, f->path)));
    TRY(e->sink->dir(e->cx, e->sink->self, e->dir));
    enum code code = view_get(e->cx, e->c, e->account, f->id, 0, &v);
    if (code == E_NOT_FOUND) /* removed since */
        return OK;
    TRY(code);
    e->view = v;
    e->suffix = f->kind == KIND_CALENDAR ? "ics" : "eml";
    e->report.folders++;
    return items_export(e, f->id);
}

static struct str account_line(struct arena *a, const struct account_view *v)
{
    const struct account_facts *f = account_facts(v);
    struct buf b = buf_of(a, LINE_MAX * 64);
    struct json j = json_to(&b);
    json_object(&j);
    json_key(&j, "account");
    json_u64(&j, f->id);
    json_key(&j, "modseq");
    json_u64(&j, f->modseq);
    json_key(&j, "folders");
    json_array(&j);
    for (size_t i = 0; i < account_folder_count(v); i++) {
        const struct folder_facts *folder = account_folder(v, i);
        json_object(&j);
        json_key(&j, "id");
        json_u64(&j, folder->id);
        json_key(&j, "path");
        json_str(&j, folder->path);
        json_key(&j, "role");
        json_str(&j, role_row(folder->role)->name);
        json_key(&j, "uid_validity");
        json_u64(&j, folder->uid_validity);
        json_key(&j, "subscribed");
        json_bool(&j, folder->subscribed);
        json_object_end(&j);
    }
    json_array_end(&j);
    json_object_end(&j);
    buf_byte(&b, '\n');
    return buf_str(&b);
}

static struct str annotation_line(struct arena *a, const char *of, const struct annotation *one)
{
    struct buf b = buf_of(a, ANNOTATION_VALUE_MAX * 6 + LINE_MAX); /* each byte may be escaped */
    struct json j = json_to(&b);
    bool text = utf8_valid(one->value);
    json_object(&j);
    json_key(&j, of);
    json_u64(&j, one->owner);
    if (one->reader) { /* whose own it is; else all see it */
        json_key(&j, "reader");
        json_u64(&j, one->reader);
    }
    json_key(&j, "name");
    json_str(&j, one->name);
    json_key(&j, text ? "value" : "base64");
    json_str(&j, text ? one->value : base64_encode(a, one->value));
    json_key(&j, "modseq");
    json_u64(&j, one->modseq);
    json_object_end(&j);
    buf_byte(&b, '\n');
    return buf_str(&b);
}

/* Metadata of the account and of its folders, annotations of messages: everybody's. */
static enum code annotations_export(struct exporter *e, struct str top)
{
    static const struct {
        enum annotation_class class;
        const char *of;
    } kinds[] = {{ANNOTATION_OF_ACCOUNT, "account"},
                 {ANNOTATION_OF_FOLDER, "folder"},
                 {ANNOTATION_OF_ITEM, "item"}};
    struct str name = str_printf(e->cx->arena, "%.*s/annotations.jsonl", STR_ARG(top));
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct annotation_walk *w AUTO(annotation_walk_close) =
            annotation_walk(e->cx, e->c, e->account, kinds[i].class);
        struct annotation one;
        while (annotation_next(w, &one)) {
            struct arena *line AUTO(arena_close) = arena_open();
            if (!one.removed)
                TRY(e->sink->append(e->cx, e->sink->self, name,
                                    annotation_line(line, kinds[i].of, &one)));
        }
        TRY(annotation_walk_error(w));
    }
    return OK;
}

enum code export_account(struct ctx *cx, struct core *c, account_id account, struct str top,
                         const struct export_sink *sink, struct export_report *out)
{
    struct account_view *v AUTO(account_view_unref) = NULL;
    TRY(account_view_get(cx, c, account, &v));
    struct exporter e = {.cx = cx, .c = c, .account = account, .sink = sink};
    TRY(sink->dir(cx, sink->self, str_printf(cx->arena, "%.*s/folders", STR_ARG(top))));
    TRY(sink->append(cx, sink->self, str_printf(cx->arena, "%.*s/account.json", STR_ARG(top)),
                     account_line(cx->arena, v)));
    for (size_t i = 0; i < account_folder_count(v); i++)
        if (!account_folder(v, i)->hidden)
            TRY(folder_export(&e, top, account_folder(v, i)));
    TRY(annotations_export(&e, top));
    *out = e.report;
    return OK;
}
