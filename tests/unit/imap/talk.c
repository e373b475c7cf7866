#include "talk.h"
#include "proto/imap/session.h"
#include <pthread.h>
#include <time.h>

enum { OUTPUT_MAX = 1 << 30 };

/* What io has: rung by a thread of the store. */
struct waker {
    pthread_mutex_t lock;
    pthread_cond_t rings;
    bool ringing;
};

void waker_ring(struct waker *w)
{
    pthread_mutex_lock(&w->lock);
    w->ringing = true;
    pthread_cond_signal(&w->rings);
    pthread_mutex_unlock(&w->lock);
}

static bool has_rung(struct waker *w)
{
    pthread_mutex_lock(&w->lock);
    bool rang = w->ringing;
    w->ringing = false;
    pthread_mutex_unlock(&w->lock);
    return rang;
}

struct imap_talk {
    struct imap_world *world;
    struct imap_session session;
    struct peer peer;
    struct waker waker;
    struct random random; /* its own: sessions of several threads share the world */
    struct arena *request, *output;
    struct buf said;
    char *input;
    size_t input_n, seen, largest, counted;
    bool closed, counts;
};

static struct ctx context(struct imap_talk *t)
{
    arena_reset(t->request);
    return (struct ctx){
        .arena = t->request, .now_ms = t->world->cx.now_ms, .random = &t->random, .slow = true};
}

static void take(struct imap_talk *t, struct reply *r)
{
    if (r->out.bytes > t->largest)
        t->largest = r->out.bytes;
    t->counted += r->out.bytes;
    for (struct rope_piece *p = r->out.first; p && !t->counts; p = p->next)
        buf_add(&t->said, p->bytes);
    rope_drop(&r->out);
    t->closed |= r->close;
}

static void take_all(struct imap_talk *t, struct reply *r)
{
    take(t, r);
    while (r->more) {
        struct ctx cx = context(t);
        *r = (struct reply){.out = rope_of(t->request)};
        imap_engine.more(&cx, &t->session, r);
        take(t, r);
    }
}

struct imap_talk *imap_talk_open(struct imap_world *w)
{
    struct imap_talk *t = calloc(1, sizeof *t);
    must(t);
    t->world = w;
    t->random.seed = random_u64(&w->random) | 1;
    must(pthread_mutex_init(&t->waker.lock, NULL) == 0);
    must(pthread_cond_init(&t->waker.rings, NULL) == 0);
    t->request = arena_open();
    t->output = arena_open();
    t->said = buf_of(t->output, OUTPUT_MAX);
    t->peer = (struct peer){
        .id = 1, .address = STR("192.0.2.1"), .role = STR("imap"), .waker = &t->waker};
    struct ctx cx = context(t);
    struct reply r = {.out = rope_of(t->request)};
    imap_engine.open(&cx, &t->session, &w->env, &t->peer, &r);
    take_all(t, &r);
    return t;
}

void imap_talk_close(struct imap_talk *t)
{
    imap_engine.close(&t->session);
    arena_close(t->request);
    arena_close(t->output);
    pthread_cond_destroy(&t->waker.rings);
    pthread_mutex_destroy(&t->waker.lock);
    free(t->input);
    free(t);
}

void imap_talk_enter(struct imap_talk *t, uint64_t who)
{
    t->session.account = t->session.reader = who;
    t->session.stage = IMAP_LOGGED_IN;
}

/* Runs the first request, if there is a whole one. */
static bool run_one(struct imap_talk *t)
{
    struct framing f = imap_engine.frame(&t->session, str_of(t->input, t->input_n), t->seen);
    t->seen = t->input_n;
    if (f.what == FRAME_TELL && !t->counts)
        buf_add(&t->said, f.tell);
    if (f.what != FRAME_REQUEST)
        return false;
    must(f.n && f.n <= t->input_n);
    char *request = malloc(f.n); /* of just this size, so that ASan sees a step too far */
    must(request);
    memcpy(request, t->input, f.n);
    memmove(t->input, t->input + f.n, t->input_n - f.n);
    t->input_n -= f.n;
    t->seen = 0;
    struct ctx cx = context(t);
    struct reply r = {.out = rope_of(t->request)};
    imap_engine.run(&cx, &t->session, str_of(request, f.n), &r);
    must(!r.slow);
    take_all(t, &r);
    free(request);
    return true;
}

static void run_input(struct imap_talk *t, struct str bytes)
{
    t->input = realloc(t->input, t->input_n + bytes.n + 1);
    must(t->input);
    if (bytes.n)
        memcpy(t->input + t->input_n, bytes.p, bytes.n);
    t->input_n += bytes.n;
    while (!t->closed && t->input_n && run_one(t))
        ;
    if (t->closed || !has_rung(&t->waker))
        return;
    struct ctx cx = context(t);
    struct reply r = {.out = rope_of(t->request)};
    imap_engine.wake(&cx, &t->session, &r);
    take_all(t, &r);
}

struct str imap_talk_send(struct imap_talk *t, struct str bytes)
{
    arena_reset(t->output);
    t->said = buf_of(t->output, OUTPUT_MAX);
    run_input(t, bytes);
    return buf_str(&t->said);
}

struct str imap_talk_say(struct imap_talk *t, const char *text)
{
    return imap_talk_send(t, str_z(text));
}

bool imap_talk_wait(struct imap_talk *t, unsigned wait_ms)
{
    struct timespec end;
    clock_gettime(CLOCK_REALTIME, &end);
    end.tv_sec += wait_ms / 1000;
    int problem = 0;
    pthread_mutex_lock(&t->waker.lock);
    while (!t->waker.ringing && !problem)
        problem = pthread_cond_timedwait(&t->waker.rings, &t->waker.lock, &end);
    bool rang = t->waker.ringing;
    pthread_mutex_unlock(&t->waker.lock);
    return rang;
}

bool imap_talk_is_closed(const struct imap_talk *t)
{
    return t->closed;
}

size_t imap_talk_largest(const struct imap_talk *t)
{
    return t->largest;
}

struct imap_session *imap_talk_session(struct imap_talk *t)
{
    return &t->session;
}

size_t imap_talk_count(struct imap_talk *t, const char *text)
{
    t->counts = true;
    t->counted = 0;
    imap_talk_say(t, text);
    t->counts = false;
    return t->counted;
}
