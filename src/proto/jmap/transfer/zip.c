/* All attachments of an email as one archive: GET /jmap/zip/A3e9/E1f. What was attached is packed
   already, as a rule, so it is stored as it is and goes out from where it was decoded. */
#include "format/zip/zip.h"
#include "base/metric.h"
#include "format/summary.h"
#include "proto/jmap/email/shown.h"
#include "proto/jmap/transfer/transfer.h"
#include "service/requests.h"

/* Files that came without a name. */
static const struct {
    struct str type, name;
} unnamed[] = {
    {STR("message/rfc822"), STR("message.eml")}, {STR("text/plain"), STR("text.txt")},
    {STR("text/html"), STR("page.html")},        {STR("text/calendar"), STR("event.ics")},
    {STR("image/png"), STR("picture.png")},      {STR("image/jpeg"), STR("picture.jpg")},
    {STR("image/gif"), STR("picture.gif")},      {STR("application/pdf"), STR("document.pdf")},
};

static struct str name_of(struct arena *a, const struct mime_part *p)
{
    struct str name = mime_name(p), type = jmap_part_type(a, p);
    for (size_t i = 0; !name.n && i < sizeof unnamed / sizeof *unnamed; i++)
        if (str_eq(type, unnamed[i].type))
            name = unnamed[i].name;
    return name;
}

static enum code pack(struct ctx *cx, struct jmap_shown *e, struct rope *out)
{
    const struct jmap_list *list = &jmap_shown_lists(cx->arena, e)->attachments;
    struct zip z = zip_open(out, ZIP_BYTES_MAX, e->of.row.received_ms);
    if (!list->count)
        return fail(cx, E_NOT_FOUND, "nothing is attached");
    for (size_t i = 0; i < list->count; i++)
        TRY(zip_add(cx, &z, name_of(cx->arena, &e->mime->parts[list->at[i]]),
                    mime_content(cx->arena, e->mime, list->at[i], SIZE_MAX)));
    zip_close(cx, &z);
    return OK;
}

static void release(void *held)
{
    rope_drop(held);
}

/* The archive points into the message, and gives it back when all of it has gone out. */
static void hold(struct ctx *cx, struct jmap_shown *e, struct rope *body)
{
    struct rope *held = ARENA_NEW(cx->arena, struct rope);
    *held = e->bytes;
    rope_own(body, (struct str){0}, release, held);
}

/* "Minutes of Monday.zip"; a subject has no folders. */
static enum code archive_name(struct ctx *cx, const struct jmap_shown *e, struct str *out)
{
    struct str subject;
    TRY(summary_get(cx, e->of.row.summary, SUMMARY_SUBJECT, &subject));
    subject = subject.n ? subject : STR("attachments");
    struct buf b = buf_of(cx->arena, subject.n + sizeof ".zip");
    for (size_t i = 0; i < subject.n; i++)
        buf_byte(&b, subject.p[i] == '/' || subject.p[i] == '\\' ? '_' : subject.p[i]);
    buf_add(&b, STR(".zip"));
    *out = zip_name(cx->arena, buf_str(&b));
    return OK;
}

static enum code answer(struct ctx *cx, struct jmap_call *call, const struct http_request *q,
                        struct http_response *a)
{
    struct jmap_shown e = {0};
    struct cur c = cur_of(q->rest);
    struct str account, name;
    item_id item;
    if (!cur_until(&c, '/', &account) || !jmap_email_of(c.rest, &item))
        return fail(cx, E_NOT_FOUND, "not a path of an email");
    TRY(jmap_account_enter(cx, call, account));
    TRY(jmap_email_load(cx, call, item, &e.of));
    TRY(archive_name(cx, &e, &name));
    enum code code = jmap_shown_parse(cx, call, &e);
    if (code == OK)
        code = pack(cx, &e, &a->body);
    if (code != OK) {
        rope_drop(&a->body);
        jmap_shown_done(&e);
        return code;
    }
    hold(cx, &e, &a->body);
    a->type = STR("application/zip");
    http_answer_field(a, STR("Content-Disposition"), jmap_disposition(cx->arena, name));
    http_answer_field(a, STR("Cache-Control"), STR("no-store"));
    jmap_answer_harmless(a);
    metric_add(call->env->zips, 1);
    return OK;
}

enum code jmap_zip(struct ctx *cx, void *self, const struct http_request *q,
                   struct http_response *a)
{
    const struct jmap_env *e = self;
    struct jmap_call call = {.env = e, .who = q->who};
    TRY(requests_begin(cx, e->requests, q->who->who.id));
    enum code code = answer(cx, &call, q, a);
    jmap_call_close(&call);
    requests_end(e->requests, q->who->who.id);
    return code;
}
