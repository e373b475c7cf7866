#include "core/object/sent.h"
#include "base/buf.h"
#include "base/cur.h"
#include "core/credential/kdf.h"
#include "format/hex.h"

/* Neither is seen by clients; a submission has two names and one record. */
enum { NAMES_MOST = 30000, RECORDS_MOST = 15000, RECORD_VERSION = 1 };

/* What is kept beside the row of a submission. */
struct record {
    struct str names[2]; /* under which OBJECT_SENT_NAME leads to it; or empty */
    struct sent_news *news;
    size_t count;
};

static struct str name_of_delivery(struct arena *a, struct str id)
{
    return id.n && id.n < OBJECT_NAME_MAX ? str_printf(a, "d%.*s", STR_ARG(id)) : (struct str){0};
}

/* A Message-ID may be long, so its hash stands for it. */
static struct str name_of_message(struct arena *a, struct str id)
{
    unsigned char hash[KDF_BYTES];
    struct str s = str_trim(id);
    if (str_starts(s, STR("<")) && str_ends(s, STR(">")))
        s = str_sub(s, 1, s.n - 2);
    if (!s.n)
        return s;
    kdf_sha256(s, hash);
    return str_printf(a, "m%.*s", STR_ARG(hex_encode(a, str_of(hash, sizeof hash))));
}

static struct str record_encode(struct arena *a, const struct record *r)
{
    struct buf b = buf_of(a, OBJECT_BYTES_MAX);
    buf_le8(&b, RECORD_VERSION);
    for (size_t i = 0; i < 2; i++)
        buf_le_str(&b, r->names[i]);
    buf_le32(&b, (uint32_t)r->count);
    for (size_t i = 0; i < r->count; i++) {
        const struct sent_news *n = &r->news[i];
        buf_le8(&b, (uint8_t)n->kind);
        buf_le8(&b, (uint8_t)n->delivered);
        buf_le8(&b, n->displayed);
        buf_le64(&b, n->item);
        buf_le_str(&b, n->address);
        buf_le_str(&b, n->reply);
    }
    return b.overflow ? (struct str){0} : buf_str(&b);
}

static bool news_decode(struct cur *c, struct sent_news *out)
{
    uint8_t kind, delivered, displayed;
    if (!cur_le8(c, &kind) || !cur_le8(c, &delivered) || !cur_le8(c, &displayed) ||
        !cur_le64(c, &out->item) || !cur_le_str(c, &out->address) || !cur_le_str(c, &out->reply))
        return false;
    out->kind = (enum sent_news_kind)kind;
    out->delivered = (enum sent_delivered)delivered;
    out->displayed = displayed;
    return kind <= SENT_MDN && delivered <= SENT_NO;
}

static enum code record_decode(struct ctx *cx, struct str value, struct record *out)
{
    struct cur c = cur_of(value);
    uint8_t version;
    uint32_t count = 0;
    bool ok = cur_le8(&c, &version) && version == RECORD_VERSION &&
              cur_le_str(&c, &out->names[0]) && cur_le_str(&c, &out->names[1]) &&
              cur_le32(&c, &count) && count <= SENT_NEWS_MAX;
    out->news = ARENA_ARRAY(cx->arena, (ok ? count : 0) + 1, struct sent_news);
    for (out->count = 0; ok && out->count < count; out->count++)
        ok = news_decode(&c, &out->news[out->count]);
    return ok ? OK : fail(cx, E_CORRUPT, "a record of what was sent cannot be read");
}

static enum code put(struct ctx *cx, struct account_txn *t, enum object_kind kind, struct str name,
                     struct str value)
{
    const struct object o = {.name = name, .value = value};
    return object_put(cx, t, kind, &o, kind == OBJECT_SENT_NAME ? NAMES_MOST : RECORDS_MOST, NULL);
}

enum code sent_names_put(struct ctx *cx, struct account_txn *t, struct str submission,
                         const struct sent_names *names)
{
    struct record r = {.names = {name_of_delivery(cx->arena, names->delivery_id),
                                 name_of_message(cx->arena, names->message_id)}};
    for (size_t i = 0; i < 2; i++)
        if (r.names[i].n)
            TRY(put(cx, t, OBJECT_SENT_NAME, r.names[i], submission));
    return put(cx, t, OBJECT_SENT_NEWS, submission, record_encode(cx->arena, &r));
}

/* A name leads to what was sent last under it, so it may be another's by now. */
static enum code name_end(struct ctx *cx, struct account_txn *t, struct str name,
                          struct str submission)
{
    struct object o;
    enum code code = object_txn_get(cx, t, OBJECT_SENT_NAME, name, &o);
    if (code == OK && str_eq(o.value, submission))
        return object_remove(cx, t, OBJECT_SENT_NAME, name);
    return code == E_NOT_FOUND ? OK : code;
}

enum code sent_end(struct ctx *cx, struct account_txn *t, struct str submission)
{
    struct object o;
    struct record r;
    enum code code = object_txn_get(cx, t, OBJECT_SENT_NEWS, submission, &o);
    if (code != OK)
        return code == E_NOT_FOUND ? OK : code;
    TRY(record_decode(cx, o.value, &r));
    for (size_t i = 0; i < 2; i++)
        TRY(name_end(cx, t, r.names[i], submission));
    return object_remove(cx, t, OBJECT_SENT_NEWS, submission);
}

enum code sent_news_get(struct ctx *cx, struct core *c, account_id account, struct str submission,
                        struct sent_news **out, size_t *count)
{
    struct object o;
    struct record r = {0};
    *count = 0;
    enum code code = object_get(cx, c, account, OBJECT_SENT_NEWS, submission, &o);
    if (code != OK)
        return code == E_NOT_FOUND ? OK : code;
    TRY(record_decode(cx, str_dup(cx->arena, o.value), &r));
    *out = r.news;
    *count = r.count;
    return OK;
}

struct report {
    struct str name, submission;
    const struct sent_news *news;
    size_t count;
};

/* E_NOT_FOUND: nothing was sent under that name. */
static enum code submission_find(struct ctx *cx, struct core *c, account_id account,
                                 struct str name, struct str *out)
{
    struct object o;
    if (!name.n)
        return E_NOT_FOUND;
    TRY(object_get(cx, c, account, OBJECT_SENT_NAME, name, &o));
    *out = str_dup(cx->arena, o.value);
    return OK;
}

static enum code touch_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct report *r = arg;
    enum code code = object_touch(cx, t, OBJECT_SUBMISSION, r->submission);
    return code == E_NOT_FOUND ? OK : code;
}

enum code sent_changed(struct ctx *cx, struct core *c, account_id account, struct str delivery_id)
{
    struct report r = {.name = name_of_delivery(cx->arena, delivery_id)};
    enum code code = submission_find(cx, c, account, r.name, &r.submission);
    if (code != OK)
        return code == E_NOT_FOUND ? OK : code;
    return account_update(cx, c, account, touch_in, &r);
}

static bool has(const struct record *r, const struct sent_news *news)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->news[i].item == news->item && str_eq(r->news[i].address, news->address))
            return true;
    return false;
}

static enum code report_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct report *r = arg;
    struct object o;
    struct record all;
    enum code code = object_txn_get(cx, t, OBJECT_SENT_NEWS, r->submission, &o);
    if (code != OK)
        return code == E_NOT_FOUND ? OK : code;
    TRY(record_decode(cx, o.value, &all));
    size_t had = all.count;
    struct sent_news *news = ARENA_ARRAY(cx->arena, had + r->count, struct sent_news);
    for (size_t i = 0; i < had; i++)
        news[i] = all.news[i];
    all.news = news;
    for (size_t i = 0; i < r->count && all.count < SENT_NEWS_MAX; i++)
        if (!has(&all, &r->news[i]))
            all.news[all.count++] = r->news[i];
    struct str value = record_encode(cx->arena, &all);
    if (all.count == had || !value.n)
        return OK; /* it is known, or there is no room for more */
    TRY(put(cx, t, OBJECT_SENT_NEWS, r->submission, value));
    return touch_in(cx, t, arg);
}

enum code sent_reported(struct ctx *cx, struct core *c, account_id account, struct str message_id,
                        const struct sent_news *news, size_t count)
{
    struct report r = {
        .name = name_of_message(cx->arena, message_id), .news = news, .count = count};
    enum code code = submission_find(cx, c, account, r.name, &r.submission);
    if (code != OK || !count)
        return code == E_NOT_FOUND ? OK : code;
    return account_update(cx, c, account, report_in, &r);
}
