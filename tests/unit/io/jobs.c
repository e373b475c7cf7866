/* Jobs and timers. */
#include "echo.h"
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

/* cmocka.h wants the headers above */
#include <cmocka.h>

struct tally {
    struct echo_env *env; /* its lock and condition */
    struct io *io;
    struct io_timer *timer;
    unsigned runs, slow_runs;
};

static void add(struct tally *t, unsigned *what)
{
    pthread_mutex_lock(&t->env->lock);
    (*what)++;
    pthread_cond_broadcast(&t->env->changed);
    pthread_mutex_unlock(&t->env->lock);
}

static void run(struct ctx *cx, void *arg)
{
    struct tally *t = arg;
    assert_non_null(arena_alloc(cx->arena, 100));
    add(t, cx->slow ? &t->slow_runs : &t->runs);
}

static void jobs_run_on_their_lane(void **state)
{
    (void)state;
    struct echo_server s = {0};
    echo_start(&s, &(struct io_config){.reactors = 1, .workers = 2}, false);
    struct tally t = {.env = &s.env, .io = s.io};
    for (unsigned i = 0; i < 100; i++)
        io_post(s.io, run, &t, i % 2);
    echo_await(&s.env, &t.runs, 50);
    echo_await(&s.env, &t.slow_runs, 50);
    echo_stop(&s, 0);
}

static void posts_again(struct ctx *cx, void *arg)
{
    struct tally *t = arg;
    add(t, &t->runs);
    if (t->runs < 20)
        io_post(t->io, posts_again, t, !cx->slow);
}

static void jobs_of_the_last_moment_are_run(void **state)
{
    (void)state;
    struct echo_server s = {0};
    echo_start(&s, &(struct io_config){.reactors = 1, .workers = 1}, false);
    struct tally t = {.env = &s.env, .io = s.io};
    io_post(s.io, posts_again, &t, false);
    echo_stop(&s, 0);
    assert_int_equal(t.runs, 20);
}

static void timers_fire_once_or_again(void **state)
{
    (void)state;
    struct echo_server s = {0};
    echo_start(&s, &(struct io_config){.reactors = 2, .workers = 2}, false);
    struct tally once = {.env = &s.env}, often = {.env = &s.env}, never = {.env = &s.env};
    struct io_timer *far = io_timer(s.io, 3600000, 0, run, &never);
    struct io_timer *a = io_timer(s.io, 1, 0, run, &once);
    struct io_timer *b = io_timer(s.io, 1, 1, run, &often);
    echo_await(&s.env, &often.runs, 10);
    echo_await(&s.env, &once.runs, 1);
    io_timer_cancel(b);
    unsigned runs = often.runs; /* no lock: it does not run any more */
    io_timer_cancel(a);
    io_timer_cancel(far);
    echo_stop(&s, 0);
    assert_int_equal(often.runs, runs);
    assert_int_equal(once.runs, 1);
    assert_int_equal(never.runs, 0);
}

static void cancel_self(struct ctx *cx, void *arg)
{
    (void)cx;
    struct tally *t = arg;
    pthread_mutex_lock(&t->env->lock); /* t->timer was set under it */
    struct io_timer *timer = t->timer;
    pthread_mutex_unlock(&t->env->lock);
    io_timer_cancel(timer);
    add(t, &t->runs);
}

static void a_timer_may_cancel_itself(void **state)
{
    (void)state;
    struct echo_server s = {0};
    echo_start(&s, &(struct io_config){.reactors = 1, .workers = 2}, false);
    struct tally t = {.env = &s.env};
    pthread_mutex_lock(&s.env.lock);
    t.timer = io_timer(s.io, 0, 1, cancel_self, &t);
    pthread_mutex_unlock(&s.env.lock);
    echo_await(&s.env, &t.runs, 1);
    echo_stop(&s, 0);
    assert_int_equal(t.runs, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(jobs_run_on_their_lane),
        cmocka_unit_test(jobs_of_the_last_moment_are_run),
        cmocka_unit_test(timers_fire_once_or_again),
        cmocka_unit_test(a_timer_may_cancel_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
