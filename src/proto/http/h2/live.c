/* Answers that go on, by HTTP/2. What is said lies in the stream's arena until the client has let
   it go; nothing more is taken or said before. */
#include "base/arena.h"
#include "proto/http/h2/inner.h"

enum { REST_MIN = 64 * 1024 };

static void absorb(struct h2 *h, struct h2_stream *st, struct http_part *part)
{
    st->live.bytes += part->out.bytes;
    st->out = part->out;
    st->ended |= part->end;
    if (!st->out.bytes && st->arena) {
        arena_close(st->arena);
        st->arena = NULL;
    }
    if (st->out.bytes || st->ended)
        h2_resume(h, st);
}

typedef void call_fn(struct ctx *cx, void *self, struct http_part *part);

static void call(struct h2 *h, struct h2_stream *st, call_fn *fn)
{
    struct ctx cx = *h->cx;
    st->arena = arena_open();
    cx.arena = st->arena;
    struct http_part part = {.out = rope_of(st->arena)};
    fn(&cx, st->live.self, &part);
    absorb(h, st, &part);
}

void h2_live_sent(struct h2_stream *st)
{
    rope_drop(&st->out);
    arena_close(st->arena);
    st->arena = NULL;
}

void h2_live_begin(struct h2 *h, struct h2_stream *st, struct http_response *a)
{
    http_live_begin(h->s, a, st->event.route, &st->live);
    h->live_count++;
    st->head = NULL; /* the request's memory goes with what is said first */
    st->event = (struct http_event){0};
    if (!st->out.bytes)
        h2_live_sent(st);
}

/* Gives back what was taken: all of it, or so much that moving the rest is worth it. */
static void forget_taken(struct h2_stream *st)
{
    struct str rest = str_from(buf_str(&st->body), st->taken);
    if (rest.n && (st->taken < REST_MIN || st->taken < rest.n))
        return;
    struct arena *old = st->in_arena;
    st->taken = 0;
    st->in_arena = rest.n ? arena_open() : NULL;
    st->body = buf_of(st->in_arena, HTTP_BODY_MAX);
    if (rest.n)
        buf_add(&st->body, rest);
    arena_close(old);
}

static void take_unit(struct h2 *h, struct h2_stream *st, struct str unit)
{
    struct ctx cx = *h->cx;
    st->arena = arena_open();
    cx.arena = st->arena;
    struct http_part part = {.out = rope_of(st->arena)};
    st->live.ops->take(&cx, st->live.self, unit, &part);
    absorb(h, st, &part);
}

/* Takes all that is whole, as long as nothing waits to be sent. */
static void take_units(struct h2 *h, struct h2_stream *st)
{
    while (!st->out.bytes && !st->ended && st->taken < st->body.n) {
        size_t least = 0;
        struct str rest = str_from(buf_str(&st->body), st->taken);
        size_t n = st->live.ops->frame(st->live.self, rest, &least);
        if (!n)
            break;
        take_unit(h, st, str_sub(rest, 0, n));
        st->taken += n;
        h2_bodies_give(h, n);
    }
    if (st->taken)
        forget_taken(st);
    if (!st->out.bytes && st->owed) {
        h2_give_room(h, st, st->owed);
        st->owed = 0;
    }
}

bool h2_live_heard(struct h2 *h, struct h2_stream *st, struct str bytes)
{
    st->owed += bytes.n;
    if (!st->live.ops->frame || st->ended) { /* nobody listens */
        h2_give_room(h, st, st->owed);
        st->owed = 0;
        return true;
    }
    if (!h2_bodies_take(h, bytes.n))
        return false;
    if (!st->in_arena) {
        st->in_arena = arena_open();
        st->body = buf_of(st->in_arena, HTTP_BODY_MAX);
    }
    buf_add(&st->body, bytes);
    take_units(h, st);
    return true;
}

void h2_live_wake(struct h2 *h)
{
    for (struct h2_stream *st = h->streams; st; st = st->next) {
        if (!st->live.ops || st->ended)
            continue;
        st->missed = st->out.bytes != 0;
        if (!st->missed)
            call(h, st, st->live.ops->wake);
    }
}

void h2_live_goodbye(struct h2 *h)
{
    for (struct h2_stream *st = h->streams; st; st = st->next)
        if (st->live.ops && !st->ended && !st->out.bytes) {
            call(h, st, st->live.ops->goodbye);
            st->ended = true;
            h2_resume(h, st);
        }
}

bool h2_live_pump(struct h2 *h)
{
    bool any = false;
    for (struct h2_stream *st = h->streams; st; st = st->next) {
        if (!st->live.ops || st->out.bytes)
            continue;
        if (st->ended) { /* its end was sent; the client need not say more either */
            h2_live_drop(h, st);
            h2_reset(h, st);
            any = true;
            continue;
        }
        if (st->missed) {
            st->missed = false;
            call(h, st, st->live.ops->wake);
        }
        if (st->live.ops->frame && (st->owed || st->taken < st->body.n))
            take_units(h, st);
        any |= st->out.bytes || st->ended;
    }
    return any;
}

void h2_live_drop(struct h2 *h, struct h2_stream *st)
{
    if (!st->live.ops)
        return;
    h->live_count--;
    h2_bodies_give(h, st->body.n - st->taken);
    http_live_end(h->s, &st->live);
    arena_close(st->in_arena);
    st->in_arena = NULL;
    st->body = (struct buf){0};
    st->taken = 0;
}
