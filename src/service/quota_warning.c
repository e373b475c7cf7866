#include "service/quota_warning.h"
#include "core/account.h"
#include "format/date.h"
#include "service/delivery.h"
#include <stdlib.h>

enum { TEXT_MAX = 16 * 1024 };

#define MIB (UINT64_C(1024) * 1024)
static const int64_t period_ms = QUOTA_WARNING_DAYS * INT64_C(24) * 3600 * 1000;

static int by_bytes(const void *a, const void *b)
{
    const struct folder_facts *x = *(const struct folder_facts *const *)a;
    const struct folder_facts *y = *(const struct folder_facts *const *)b;
    return (x->bytes < y->bytes) - (x->bytes > y->bytes);
}

static void put_folders(struct ctx *cx, struct buf *b, const struct account_view *v)
{
    size_t count = account_folder_count(v), shown = 0;
    const struct folder_facts **all = arena_alloc(cx->arena, (count + 1) * sizeof *all);
    for (size_t i = 0; i < count; i++)
        if (!account_folder(v, i)->hidden)
            all[shown++] = account_folder(v, i);
    qsort(all, shown, sizeof *all, by_bytes);
    buf_add(b, STR("\r\nYour largest folders:\r\n\r\n"));
    for (size_t i = 0; i < shown && i < QUOTA_WARNING_FOLDERS; i++)
        buf_printf(b, "  %8.1f MB  %6u messages  %.*s\r\n", (double)all[i]->bytes / (double)MIB,
                   all[i]->total, STR_ARG(all[i]->path));
}

static void put_limit(struct buf *b, const char *what, uint64_t bytes)
{
    if (bytes)
        buf_printf(b, "At %ju MB %s.\r\n", (uintmax_t)(bytes / MIB), what);
}

static void put_header(struct ctx *cx, struct buf *b, struct str host, struct str to, struct str id,
                       unsigned percent)
{
    buf_printf(b, "From: Mail service <postmaster@%.*s>\r\nTo: <%.*s>\r\n", STR_ARG(host),
               STR_ARG(to));
    buf_printf(b, "Subject: Your mailbox is %u%% full\r\nDate: ", percent);
    date_put_rfc5322(b, (struct date){.utc_ms = cx->now_ms});
    buf_printf(b, "\r\nMessage-ID: <%.*s@%.*s>\r\n", STR_ARG(id), STR_ARG(host));
    buf_add(b, STR("Auto-Submitted: auto-generated\r\nImportance: high\r\nMIME-Version: 1.0\r\n"
                   "Content-Type: text/plain; charset=utf-8\r\n"
                   "Content-Transfer-Encoding: 8bit\r\n\r\n"));
}

static struct str warning_make(struct ctx *cx, const struct core *c, const struct account_view *v,
                               struct str to, struct str id)
{
    const struct account_facts *f = account_facts(v);
    const struct quota *q = &f->quota;
    uint64_t full = q->receive_bytes ? q->receive_bytes : q->send_bytes;
    if (!full)
        full = q->warn_bytes;
    struct buf b = buf_of(cx->arena, TEXT_MAX);
    put_header(cx, &b, c->host_name, to, id, (unsigned)(f->used_bytes * 100 / full));
    buf_printf(&b, "Your mailbox %.*s holds %.1f MB of %ju MB.\r\n\r\n", STR_ARG(to),
               (double)f->used_bytes / (double)MIB, (uintmax_t)(full / MIB));
    put_limit(&b, "you cannot send any more", q->send_bytes);
    put_limit(&b, "mail to you is turned away", q->receive_bytes);
    buf_add(&b, STR("Please delete what is not needed, or ask for a larger mailbox.\r\n"));
    put_folders(cx, &b, v);
    return buf_str(&b);
}

enum code quota_warning_send(struct ctx *cx, struct core *c, struct delivery *d,
                             const struct principal *who, bool *due)
{
    struct account_view *v AUTO(account_view_unref) = NULL;
    TRY(account_view_get(cx, c, who->id, &v));
    const struct account_facts *f = account_facts(v);
    *due = f->quota.warn_bytes && f->used_bytes >= f->quota.warn_bytes;
    if (!*due)
        return OK;
    /* The account knows a delivery's id for as long as this one stays the same. */
    struct str id = str_printf(cx->arena, "quota.%ju.%jd", (uintmax_t)who->id,
                               (intmax_t)(cx->now_ms / period_ms));
    struct route_target target = {.who = who->id, .account = who->id, .over_quota_ok = true};
    struct delivery_recipient to = {
        .route = {.kind = ROUTE_LOCAL,
                  .address = who->address,
                  .targets = &target,
                  .target_count = 1},
    };
    const struct delivery_message m = {
        .bytes = warning_make(cx, c, v, who->address, id),
        .received = str_printf(cx->arena, "Received: by %.*s (Postroad) id %.*s\r\n",
                               STR_ARG(c->host_name), STR_ARG(id)),
        .id = id,
        .received_ms = cx->now_ms,
        .no_session = true,
    };
    return delivery_run(cx, d, &m, &to, 1);
}
