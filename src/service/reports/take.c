/* The mailbox that others' reports come to: each new mail is looked through for packed reports,
   which are read in the cage. The mail stays where it is. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/cur.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/rope.h"
#include "core/directory.h"
#include "core/item.h"
#include "format/domain.h"
#include "format/mime.h"
#include "io/process/cage.h"
#include "service/reports/parts.h"
#include "service/reports/taken.h"
#include "store/key.h"

enum { FAMILY_PLACE = 'u', ROW_VERSION = 1, MAILS_TOGETHER = 200, MAIL_BYTES_MAX = 32 << 20 };

/* How far the mailbox was read. */
struct place {
    account_id account;
    uint32_t uid_validity, uid;
};

static struct key place_key(void)
{
    return key_of(FAMILY_PLACE);
}

static enum code place_read(struct ctx *cx, struct core *c, struct place *out)
{
    struct key k = place_key();
    struct str value;
    struct place p = {0};
    uint8_t version;
    enum code code = store_get(cx, c->store, REPORTS_PART, key_str(&k), &value);
    *out = p;
    if (code == E_NOT_FOUND)
        return OK;
    TRY(code);
    struct cur v = cur_of(value);
    if (!cur_le8(&v, &version) || version != ROW_VERSION || !cur_le64(&v, &p.account) ||
        !cur_le32(&v, &p.uid_validity) || !cur_le32(&v, &p.uid))
        return fail(cx, E_CORRUPT, "reports: the mailbox's place");
    *out = p;
    return OK;
}

static enum code place_put(struct ctx *cx, struct txn *t, void *arg)
{
    const struct place *p = arg;
    struct key k = place_key();
    struct buf b = buf_of(cx->arena, 32);
    buf_le8(&b, ROW_VERSION);
    buf_le64(&b, p->account);
    buf_le32(&b, p->uid_validity);
    buf_le32(&b, p->uid);
    txn_put(t, key_str(&k), buf_str(&b));
    return OK;
}

/* Which reader a part is for; NULL: it holds no report. Types are often wrong, names less so. */
static const char *reader_of(struct arena *a, const struct mime_part *p)
{
    struct str type = p->type.subtype, name = str_lower(a, mime_name(p));
    if (str_starts(type, STR("tlsrpt")) || str_ends(name, STR(".json.gz")) ||
        str_ends(name, STR(".json")))
        return "tlsrpt";
    if (str_ends(name, STR(".xml")) || str_ends(name, STR(".xml.gz")) ||
        str_ends(name, STR(".zip")) || str_ends(name, STR(".gz")) || str_eq(type, STR("gzip")) ||
        str_eq(type, STR("x-gzip")) || str_eq(type, STR("zip")) ||
        str_eq(type, STR("x-zip-compressed")) ||
        (str_eq(type, STR("xml")) && !str_eq(p->type.type, STR("image"))))
        return "dmarc";
    return NULL;
}

static enum code read_report(struct ctx *cx, struct reports *r, const char *reader,
                             struct str bytes)
{
    struct report_data data;
    struct domain ours;
    struct str stream, domain;
    TRY(cage_host_run(cx, r->cage, reader, bytes, &stream));
    TRY(report_data_read(cx, stream, &data));
    TRY(domain_to_ascii(cx, data.domain, &domain));
    if (directory_domain_by_name(cx, r->is.core, domain, &ours) != OK)
        return fail(cx, E_DENIED, "it is of another's domain");
    data.domain = domain;
    TRY(taken_add(cx, r->is.core, &data));
    metric_add(r->taken[data.about], 1);
    log_event(r->is.core->log, LOG_INFO, "report.taken",
              "kind=%s domain=%s organization=%s rows=%zu",
              data.about == REPORT_TLS ? "tls" : "dmarc", log_quote(cx->arena, data.domain),
              log_quote(cx->arena, data.organization), data.count);
    return OK;
}

/* E_NOT_FOUND: no report in it. A disk that fails is the caller's matter, a report that is broken
   is not. */
static enum code read_mail(struct ctx *cx, struct reports *r, struct str bytes)
{
    enum code result = fail(cx, E_NOT_FOUND, "no report in it");
    struct mime *m;
    TRY(mime_parse(cx, bytes, NULL, &m));
    for (uint32_t i = 0; i < m->count; i++) {
        const char *reader =
            m->parts[i].node.kind == MIME_LEAF ? reader_of(cx->arena, &m->parts[i]) : NULL;
        if (!reader)
            continue;
        struct str content = mime_content(cx->arena, m, i, MAIL_BYTES_MAX);
        enum code code = read_report(cx, r, reader, content);
        if (code == E_IO || code == E_CORRUPT)
            return code;
        if (result != OK)
            result = code;
    }
    return result;
}

static enum code read_item(struct ctx *cx, struct reports *r, const struct item_row *row)
{
    struct rope whole = rope_of(cx->arena);
    if (row->size > MAIL_BYTES_MAX)
        return fail(cx, E_LIMIT, "the mail is over %d bytes", MAIL_BYTES_MAX);
    TRY(item_bytes(cx, r->is.core, row, 0, row->size, &whole));
    struct str bytes = rope_flatten(&whole, cx->arena);
    rope_drop(&whole);
    return read_mail(cx, r, bytes);
}

/* One mail, in memory of its own. */
static enum code take_one(struct ctx *cx, struct reports *r, const struct item_row *row)
{
    struct arena *arena AUTO(arena_close) = arena_open();
    struct ctx own = *cx;
    own.arena = arena;
    enum code code = read_item(&own, r, row);
    if (code == OK)
        return OK;
    if (code == E_IO || code == E_CORRUPT || code == E_BUSY) {
        cx->err = own.err;
        return code;
    }
    metric_add(r->broken, 1);
    log_event(r->is.core->log, LOG_INFO, "report.unreadable", "uid=%u code=%s why=%s", row->uid,
              code_name(code), log_quote(arena, str_z(own.err.what)));
    return OK;
}

static enum code find_mailbox(struct ctx *cx, struct reports *r, struct principal *who,
                              struct folder_facts *inbox)
{
    struct account_view *v AUTO(account_view_unref) = NULL;
    TRY(directory_by_address(cx, r->is.core, r->config.mailbox, who));
    TRY(account_view_get(cx, r->is.core, who->id, &v));
    const struct folder_facts *found = account_folder_by_role(v, ROLE_INBOX);
    if (!found)
        return fail(cx, E_NOT_FOUND, "reports_mailbox has no inbox");
    *inbox = *found;
    return OK;
}

static enum code take_some(struct ctx *cx, struct reports *r, struct place *at, folder_id inbox,
                           size_t *count)
{
    struct item_scan *w AUTO(item_scan_close) =
        item_scan(cx, r->is.core, at->account, inbox, at->uid + 1, UINT32_MAX);
    struct item_row row;
    for (*count = 0; *count < MAILS_TOGETHER && item_next(w, &row); ++*count) {
        TRY(take_one(cx, r, &row));
        at->uid = row.uid;
    }
    return item_scan_error(w);
}

enum code reports_take(struct ctx *cx, struct reports *r)
{
    struct principal who;
    struct folder_facts inbox = {0};
    struct place at;
    size_t count = MAILS_TOGETHER;
    if (!r->cage)
        return OK;
    TRY(find_mailbox(cx, r, &who, &inbox));
    TRY(place_read(cx, r->is.core, &at));
    if (at.account != who.id || at.uid_validity != inbox.uid_validity)
        at = (struct place){.account = who.id, .uid_validity = inbox.uid_validity};
    while (count == MAILS_TOGETHER) {
        TRY(take_some(cx, r, &at, inbox.id, &count));
        if (count)
            TRY(store_update(cx, r->is.core->store, REPORTS_PART, place_put, &at));
    }
    return OK;
}

enum code reports_sweep(struct ctx *cx, struct reports *r)
{
    return taken_sweep(cx, r->is.core, cx->now_ms / 1000 - REPORTS_KEEP_DAYS * INT64_C(86400));
}
