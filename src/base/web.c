#include "base/web.h"
#include "base/arena.h"
#include "base/banned.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

struct str web_header_of(const struct web_answer *answer, struct str name)
{
    for (size_t i = 0; i < answer->header_count; i++)
        if (str_ieq(answer->headers[i].name, name))
            return answer->headers[i].value;
    return (struct str){0};
}

const char *web_result_name(enum web_result result)
{
    static const char *const names[WEB_RESULTS] = {
        [WEB_ANSWERED] = "answered",
        [WEB_BAD_URL] = "bad_url",
        [WEB_NO_HOST] = "no_host",
        [WEB_NO_DNS] = "no_dns",
        [WEB_NO_CONNECTION] = "no_connection",
        [WEB_NO_TLS] = "no_tls",
        [WEB_NOT_TRUSTED] = "not_trusted",
        [WEB_TOO_LARGE] = "too_large",
        [WEB_TOO_LATE] = "too_late",
        [WEB_BROKEN] = "broken",
    };
    return result < WEB_RESULTS && names[result] ? names[result] : "unknown";
}

struct web_answer web_answer_dup(struct arena *arena, const struct web_answer *answer)
{
    struct web_answer copy = *answer;
    struct web_header *headers = ARENA_ARRAY(arena, answer->header_count, struct web_header);
    for (size_t i = 0; i < answer->header_count; i++)
        headers[i] = (struct web_header){str_dup(arena, answer->headers[i].name),
                                         str_dup(arena, answer->headers[i].value)};
    copy.headers = headers;
    copy.why = str_dup(arena, answer->why);
    copy.body = str_dup(arena, answer->body);
    return copy;
}

/* Shared by who waits and by who answers; the last of them frees it. */
struct ticket {
    pthread_mutex_t lock;
    pthread_cond_t done;
    atomic_int refs;
    bool answered;
    struct arena *arena;
    struct web_answer answer;
};

static struct ticket *ticket_open(void)
{
    struct ticket *t = calloc(1, sizeof *t);
    must(t);
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->done, NULL); /* of the clock that cx->deadline_ms is of */
    atomic_init(&t->refs, 2);
    t->arena = arena_open();
    return t;
}

static void ticket_unref(struct ticket *t)
{
    if (atomic_fetch_sub(&t->refs, 1) != 1)
        return;
    arena_close(t->arena);
    pthread_cond_destroy(&t->done);
    pthread_mutex_destroy(&t->lock);
    free(t);
}

static void answered(void *arg, const struct web_answer *answer)
{
    struct ticket *t = arg;
    pthread_mutex_lock(&t->lock);
    t->answer = web_answer_dup(t->arena, answer);
    t->answered = true;
    pthread_cond_signal(&t->done);
    pthread_mutex_unlock(&t->lock);
    ticket_unref(t);
}

/* With the lock. */
static void wait_for(struct ticket *t, int64_t deadline_ms)
{
    const struct timespec until = {deadline_ms / 1000, (deadline_ms % 1000) * 1000000};
    while (!t->answered) {
        if (!deadline_ms)
            pthread_cond_wait(&t->done, &t->lock);
        else if (pthread_cond_timedwait(&t->done, &t->lock, &until) != 0)
            return;
    }
}

struct web_answer web_ask(struct ctx *cx, const struct web *w, const struct web_question *q)
{
    struct ticket *t = ticket_open();
    struct web_answer answer = {.result = WEB_TOO_LATE, .why = STR("no time is left")};
    ctx_waits(cx);
    w->start(w->self, q, answered, t);
    pthread_mutex_lock(&t->lock);
    wait_for(t, cx->deadline_ms);
    if (t->answered)
        answer = web_answer_dup(cx->arena, &t->answer);
    pthread_mutex_unlock(&t->lock);
    ticket_unref(t);
    return answer;
}
