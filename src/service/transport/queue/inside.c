/* Destinations that need no road: mailboxes here that wait for their time, files, nowhere. */
#include "base/log.h"
#include "service/transport/admin.h"
#include "service/transport/queue/inner.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static void result_set(struct errand_recipient *to, enum errand_result result, struct str status,
                       struct str text)
{
    to->result = result;
    to->status = status;
    to->diagnostic = text;
}

static void errand_set(struct errand *e, enum errand_result result, struct str status,
                       struct str text)
{
    for (size_t i = 0; i < e->to_count; i++)
        result_set(&e->to[i], result, status, text);
}

static bool write_all(int fd, struct str s)
{
    while (s.n) {
        ssize_t n = write(fd, s.p, s.n);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        s = str_from(s, (size_t)n);
    }
    return true;
}

/* Whole and synced under its name, or not there. */
static enum code file_write(struct ctx *cx, const struct errand *e, struct str dir,
                            struct str bytes)
{
    struct str path = str_printf(cx->arena, "%.*s/%ju.eml", STR_ARG(dir), (uintmax_t)e->id);
    struct str part = str_printf(cx->arena, "%.*s.part", STR_ARG(path));
    struct str to = str_printf(cx->arena, "Return-Path: <%.*s>\r\n", STR_ARG(e->return_path));
    int fd = open(part.p, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return fail(cx, E_IO, "%.*s: %s", STR_ARG(part), strerror(errno));
    bool good = write_all(fd, to);
    for (size_t i = 0; good && i < e->to_count; i++)
        good = write_all(
            fd, str_printf(cx->arena, "Delivered-To: %.*s\r\n", STR_ARG(e->to[i].address)));
    good = good && write_all(fd, e->trace) && write_all(fd, bytes) && fsync(fd) == 0;
    good = close(fd) == 0 && good;
    if (!good || rename(part.p, path.p) != 0)
        return fail(cx, E_IO, "%.*s: %s", STR_ARG(path), strerror(errno));
    int folder = open(str_zdup(cx->arena, dir), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    good = folder >= 0 && fsync(folder) == 0;
    if (folder >= 0)
        close(folder);
    return good ? OK : fail(cx, E_IO, "%.*s: %s", STR_ARG(dir), strerror(errno));
}

/* The mailboxes get it as if it came now. */
static enum code here_deliver(struct ctx *cx, struct queue *q, const struct errand *e, size_t i,
                              struct str bytes)
{
    struct delivery_recipient to = {.orcpt = e->to[i].orcpt, .notify = e->to[i].notify};
    TRY(delivery_route(cx, q->delivery, e->to[i].address, 0, 0, &to.route));
    if (to.route.kind == ROUTE_REFUSED)
        return fail(cx, E_DENIED, "%.*s", STR_ARG(to.route.refusal));
    const struct delivery_message m = {
        .bytes = bytes,
        .return_path = e->return_path,
        .received = e->trace,
        .id = str_printf(cx->arena, "here.%ju.%zu", (uintmax_t)e->id, i),
        .received_ms = cx->now_ms,
        .envid = e->envid,
        .headers_only = e->headers_only,
        .utf8 = e->utf8,
        .require_tls = e->require_tls,
        .priority = e->priority,
        .no_session = true,
    };
    return delivery_run(cx, q->delivery, &m, &to, 1);
}

static void here_result(struct ctx *cx, enum code code, struct errand_recipient *to)
{
    struct str what = str_dup(cx->arena, str_z(cx->err.what));
    if (code == OK)
        result_set(to, ERRAND_DELIVERED, STR("2.1.5"), STR("delivered here"));
    else if (code == E_NOT_FOUND || code == E_DENIED || code == E_SYNTAX)
        result_set(to, ERRAND_FAILED, STR("5.1.1"), what);
    else
        result_set(to, ERRAND_DEFERRED, code == E_LIMIT ? STR("4.2.2") : STR("4.3.0"), what);
}

static void errand_run(struct ctx *cx, struct queue *q, const struct destination *d,
                       struct errand *e)
{
    struct blob *owner = NULL;
    struct str bytes;
    struct ctx own = *cx;
    own.arena = e->arena;
    if (d->way == WAY_DISCARD) {
        errand_set(e, ERRAND_DELIVERED, STR("2.0.0"), STR("thrown away, as its route says"));
        return;
    }
    enum code code = blob_get(&own, q->core->store, &e->body, 0, SIZE_MAX, &bytes, &owner);
    if (code == OK && d->way == WAY_FILE)
        code = file_write(&own, e, d->rule.text, bytes);
    if (code != OK)
        errand_set(e, ERRAND_DEFERRED, STR("4.3.0"), str_dup(e->arena, str_z(own.err.what)));
    else if (d->way == WAY_FILE)
        errand_set(e, ERRAND_DELIVERED, STR("2.0.0"), STR("written to its file"));
    for (size_t i = 0; code == OK && d->way != WAY_FILE && i < e->to_count; i++) {
        own.err.what[0] = 0;
        here_result(&own, here_deliver(&own, q, e, i, bytes), &e->to[i]);
    }
    if (owner)
        blob_unref(owner);
}

static void slot_run(struct ctx *cx, struct queue *q, struct own_slot *x)
{
    struct destination d = {0};
    struct errand *e;
    bool here = str_eq(x->s.destination, QUEUE_HERE);
    bool lost = !here && routing_destination(cx, q->routing, x->s.destination, &d) == E_NOT_FOUND;
    struct str name = str_dup(cx->arena, x->s.destination);
    uint64_t moved;
    while ((here || d.way) && x->s.next(cx, &x->s, &e)) {
        errand_run(cx, q, &d, e);
        x->s.settle(cx, &x->s, e);
    }
    x->s.end(cx, &x->s, SLOT_DONE, STR(""), STR(""));
    /* Its rule is gone: another way is found. */
    const struct queue_filter all = {.destination = name};
    if (lost && queue_act(cx, q, &all, QUEUE_REROUTE, &moved) != OK)
        log_event(q->core->log, LOG_WARN, "queue.chore_failed", "id=0 code=%s what=%s",
                  code_name(cx->err.code), log_quote(cx->arena, str_z(cx->err.what)));
}

void queue_inside_run(struct ctx *cx, struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    struct own_slot *x = q->inside;
    q->inside = NULL;
    pthread_mutex_unlock(&q->lock);
    while (x) {
        struct own_slot *next = x->next;
        struct arena *arena AUTO(arena_close) = arena_open();
        struct ctx own = *cx;
        own.arena = arena;
        slot_run(&own, q, x);
        x = next;
    }
}
