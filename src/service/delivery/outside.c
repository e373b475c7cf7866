/* The part of a delivery that is for the queue. */
#include "core/item.h"
#include "format/header.h"
#include "format/utf8.h"
#include "service/admission/srs.h"
#include "service/delivery/parts.h"
#include "service/filter/mail.h"
#include "service/transport/queue.h"
#include "service/transport/routing.h"

/* Recipients elsewhere, each address once. Without a queue there is no routing either. */
struct list {
    struct queue_to *at;
    size_t count, room;
    struct map *seen;
    bool tls_optional; /* the message says so */
};

static struct queue_to *list_add(struct ctx *cx, struct list *l)
{
    if (l->count == l->room) {
        size_t more = l->room ? l->room * 4 : 1;
        l->at = arena_grow(cx->arena, l->at, l->room * sizeof *l->at, more * sizeof *l->at);
        l->room = more;
    }
    return &l->at[l->count++];
}

/* A rule that refuses counts as a failure of that recipient: the sender is told. */
static void refusal_set(struct ctx *cx, const struct routed *where, struct queue_to *to)
{
    bool moved = where->way == WAY_RELOCATED;
    struct str status = str_from(where->text, 4); /* "550 5.7.1 text" */
    to->status = moved ? STR("5.1.6") : str_sub(status, 0, str_chr(status, ' '));
    to->diagnostic = moved ? str_printf(cx->arena, "551 5.1.6 The recipient has moved to <%.*s>",
                                        STR_ARG(where->text))
                           : where->text;
}

static enum code address_add(struct ctx *cx, struct delivery *d, const struct delivery_message *m,
                             const struct delivery_recipient *to, struct str address,
                             struct list *l)
{
    struct routed where = {.address = address};
    bool itself = to->route.target_count == 0 && to->route.outside_count == 1;
    if (d->routing)
        TRY(routing_find(cx, d->routing, address, m->return_path, &where));
    if (map_get(l->seen, where.address))
        return OK;
    map_put(l->seen, where.address, l);
    struct queue_to *new = list_add(cx, l);
    *new = (struct queue_to){
        .address = where.address,
        .destination = l->tls_optional ? routing_tls_optional(cx, &where) : where.destination,
        .orcpt = to->orcpt,
        /* Of a group's members success is told as "expanded" (RFC 3461 section 5.2.7). */
        .notify = itself ? to->notify : to->notify & ~(uint32_t)NOTIFY_SUCCESS,
    };
    if (to->notify == NOTIFY_SUCCESS && !itself)
        new->notify = NOTIFY_NEVER;
    if (!new->orcpt.n && !str_eq(where.address, to->route.address) && itself)
        new->orcpt = str_join(cx->arena, (struct str[]){STR("rfc822;"), to->route.address}, 2);
    if (where.way == WAY_ERROR || where.way == WAY_RELOCATED)
        refusal_set(cx, &where, new);
    return OK;
}

/* RFC 8689 section 3: with REQUIRETLS the field says nothing. */
static bool is_tls_optional(const struct delivery_message *m)
{
    struct header_field f;
    return !m->require_tls && header_find(m->bytes, STR("TLS-Required"), &f) &&
           str_ieq(f.value, STR("No"));
}

static struct queue_new message_of(struct ctx *cx, struct delivery *d,
                                   const struct delivery_message *m, const struct item_new *item)
{
    struct queue_new new = {
        .body = item->blob,
        .delivery_id = item->delivery_id,
        .delivery_id_is_new = item->delivery_id_is_new,
        .return_path = m->return_path,
        .envid = m->envid,
        .trace = m->received,
        .sender = m->sender,
        .arrived_ms = m->received_ms,
        .release_ms = m->release_ms,
        .by_ms = m->by_ms,
        .priority = m->priority,
        .headers_only = m->headers_only,
        .whole = m->whole,
        .utf8 = m->utf8,
        .eight_bit = !utf8_is_ascii(m->bytes),
        .binary = m->binary,
        .require_tls = m->require_tls,
        .tls_optional = is_tls_optional(m),
        .held = m->held,
        .by_return = m->by_return,
    };
    struct principal p;
    if (m->sender && directory_by_id(cx, d->core, m->sender, &p) == OK)
        new.agency = p.domain;
    return new;
}

/* What somebody here passes on to the outside. Mail to an agency's own system is only on its way.
 */
static enum code forwarded_path(struct ctx *cx, struct delivery *d, const struct mailing *x,
                                struct str *path)
{
    for (size_t i = 0; i < x->count; i++) {
        const struct route *route = &x->to[i].route;
        if (route->kind == ROUTE_LOCAL && route->outside_count)
            return srs_forward(cx, d->srs, *path, route->address, path);
    }
    return OK;
}

enum code outside_prepare(struct ctx *cx, struct delivery *d, const struct mailing *x,
                          struct queue_adding **out)
{
    const struct delivery_recipient *to = x->to;
    struct map *seen AUTO(map_close) = NULL;
    struct list l = {.tls_optional = is_tls_optional(x->m)};
    for (size_t i = 0; i < x->count; i++) {
        if (x->later) {
            *list_add(cx, &l) = (struct queue_to){.address = to[i].route.address,
                                                  .destination = QUEUE_HERE,
                                                  .orcpt = to[i].orcpt,
                                                  .notify = to[i].notify};
            continue;
        }
        if (!to[i].route.outside_count)
            continue;
        if (!d->queue)
            return fail(cx, E_NOT_FOUND, "there is no queue for mail elsewhere");
        if (!seen)
            seen = map_open();
        l.seen = seen;
        for (size_t k = 0; k < to[i].route.outside_count; k++)
            TRY(address_add(cx, d, x->m, &to[i], to[i].route.outside[k], &l));
    }
    if (!l.count)
        return OK;
    struct queue_new new = message_of(cx, d, x->m, x->item);
    TRY(routing_sender(cx, d->routing, x->m->return_path, &new.return_path));
    if (d->srs && !x->m->sender && new.return_path.n)
        TRY(forwarded_path(cx, d, x, &new.return_path));
    *out = queue_adding_make(cx, d->queue, &new, l.at, l.count);
    return OK;
}

enum code outside_bounce(struct ctx *cx, struct delivery *d, const struct mailing *x,
                         const struct route_target *const *full, size_t count)
{
    struct list l = {0};
    if (!d->queue)
        return fail(cx, E_LIMIT, "a full mailbox, and no queue");
    if (!x->m->return_path.n)
        return OK;
    for (size_t i = 0; i < count; i++) {
        struct principal p;
        TRY(directory_by_id(cx, d->core, full[i]->who, &p));
        *list_add(cx, &l) = (struct queue_to){
            .address = p.address,
            .status = STR("5.2.2"),
            .diagnostic = STR("552 5.2.2 The mailbox is full"),
        };
    }
    struct queue_new new = message_of(cx, d, x->m, x->item);
    new.delivery_id = str_printf(cx->arena, "%.*s.full", STR_ARG(x->item->delivery_id));
    struct queue_adding *adding = queue_adding_make(cx, d->queue, &new, l.at, l.count);
    struct update *updates = ARENA_ARRAY(cx->arena, queue_adding_count(adding), struct update);
    queue_adding_updates(adding, updates);
    enum code code = store_update_all(d->core->store, updates, queue_adding_count(adding));
    enum code done = queue_adding_done(cx, adding, updates);
    return code != OK ? code : done;
}

/* Of what a script sends. */
struct leaving {
    bool tls_optional; /* in: what is passed on says so */
    bool leaves;       /* out: it is for elsewhere */
};

/* Where a message of ours goes: mailboxes here by the queue as well, so that it is one commit. */
static enum code send_to(struct ctx *cx, struct delivery *d, const struct filter_sent *what,
                         struct queue_to *to, struct leaving *out)
{
    struct route route = {0};
    out->leaves = false;
    *to = (struct queue_to){.address = what->to, .notify = what->notify};
    if (what->refusal.n) {
        to->status = STR("5.7.1");
        to->diagnostic = what->refusal;
        return OK;
    }
    enum code code = delivery_route(cx, d, what->to, 0, 0, &route);
    if (code == E_IO || code == E_BUSY || code == E_CORRUPT)
        return code;
    if (code != OK || route.kind == ROUTE_LOCAL || !d->routing) {
        to->destination = QUEUE_HERE; /* what is wrong with it is told from there */
        return OK;
    }
    struct routed where;
    out->leaves = route.kind == ROUTE_ELSEWHERE;
    TRY(routing_find(cx, d->routing, what->to, what->return_path, &where));
    to->address = where.address;
    to->destination = out->tls_optional ? routing_tls_optional(cx, &where) : where.destination;
    if (where.way == WAY_ERROR || where.way == WAY_RELOCATED)
        refusal_set(cx, &where, to);
    return OK;
}

enum code outside_send(struct ctx *cx, struct delivery *d, const struct mailing *x,
                       const struct filter_sent *what, struct str id, struct queue_adding **out)
{
    struct item_new item = *x->item;
    struct queue_to *to = ARENA_NEW(cx->arena, struct queue_to);
    struct leaving way = {.tls_optional = what->way == FILTER_REDIRECT && is_tls_optional(x->m)};
    if (!d->queue)
        return fail(cx, E_UNSUPPORTED, "there is no queue for what a script sends");
    item.blob = what->blob ? what->blob : x->item->blob;
    item.delivery_id =
        str_printf(cx->arena, "%.*s.%.*s", STR_ARG(x->item->delivery_id), STR_ARG(id));
    struct queue_new new = {
        .body = item.blob,
        .delivery_id = item.delivery_id,
        .delivery_id_is_new = item.delivery_id_is_new,
        .return_path = what->return_path,
        .trace = what->trace.n ? what->trace
                               : str_printf(cx->arena, "Received: by %.*s (Postroad) id %.*s\r\n",
                                            STR_ARG(d->core->host_name), STR_ARG(item.delivery_id)),
        .arrived_ms = x->m->received_ms,
        .by_ms = what->by_ms,
        .by_return = what->by_return,
        .headers_only = what->headers_only,
        .utf8 = what->utf8,
        .eight_bit = true,
        .require_tls = x->m->require_tls,
        .tls_optional = way.tls_optional,
    };
    TRY(send_to(cx, d, what, to, &way));
    TRY(routing_sender(cx, d->routing, what->return_path, &new.return_path));
    if (way.leaves && d->srs && !x->m->sender && what->way == FILTER_REDIRECT && new.return_path.n)
        TRY(srs_forward(cx, d->srs, new.return_path, what->forwarder, &new.return_path));
    *out = queue_adding_make(cx, d->queue, &new, to, 1);
    return OK;
}
