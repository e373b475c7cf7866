/* Reports on their way: of success to mailboxes here (RFC 3461 section 6), and all that the queue
   has to tell. service/transport/report writes them. */
#include "service/transport/report/report.h"
#include "base/arena.h"
#include "service/admission.h"
#include "service/delivery/parts.h"

static bool is_reported(const struct delivery_recipient *to)
{
    return to->notify & NOTIFY_SUCCESS && to->result == OK && to->route.target_count;
}

enum code report_send(struct ctx *cx, struct delivery *d, const struct report *r)
{
    struct delivery_recipient to = {.notify = NOTIFY_NEVER};
    TRY(delivery_route(cx, d, r->return_path, 0, 0, &to.route));
    for (size_t i = 0; i < to.route.target_count; i++)
        to.route.targets[i].over_quota_ok = true; /* nobody could be told that it was too much */
    for (size_t i = 0; r->kind == REPORT_FAILURE && i < to.route.target_count; i++)
        admission_bounced(cx, d->admission, to.route.targets[i].who);
    struct delivery_message m = {
        .received = str_printf(cx->arena, "Received: by %.*s (Postroad) id %.*s\r\n",
                               STR_ARG(d->core->host_name), STR_ARG(r->id)),
        .id = r->id,
        .received_ms = cx->now_ms,
        .utf8 = r->utf8,
        .require_tls = r->require_tls,
        .no_session = true,
    };
    TRY(report_write(cx, r, d->core->host_name, &m.bytes));
    return delivery_run(cx, d, &m, &to, 1);
}

enum code delivery_report(struct ctx *cx, struct delivery *d, const struct delivery_message *m,
                          const struct delivery_recipient *to, size_t count)
{
    struct report r = {
        .kind = REPORT_SUCCESS,
        .id = str_printf(cx->arena, "report.%.*s", STR_ARG(m->id)),
        .return_path = m->return_path,
        .envid = m->envid,
        .arrived_ms = m->received_ms,
        .message = m->bytes,
        .utf8 = m->utf8,
        .require_tls = m->require_tls,
        .to = ARENA_ARRAY(cx->arena, count ? count : 1, struct report_recipient),
    };
    for (size_t i = 0; i < count; i++) {
        /* What becomes of a group's members is not told to whom it may not concern. */
        bool group = to[i].route.target_count + to[i].route.outside_count > 1;
        if (is_reported(&to[i]))
            r.to[r.to_count++] = (struct report_recipient){
                .address = to[i].route.address,
                .orcpt = to[i].orcpt,
                .action = group ? REPORT_EXPANDED : REPORT_DELIVERED,
            };
    }
    if (r.to_count == 0 || m->return_path.n == 0)
        return OK;
    return report_send(cx, d, &r);
}
