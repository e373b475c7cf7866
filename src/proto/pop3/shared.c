/* What all sessions share: counters, and when accounts logged in last. */
#include "base/map.h"
#include "base/metric.h"
#include "proto/pop3/command.h"
#include <pthread.h>

enum { LOGINS = 64 * 1024 }; /* remembered for LOGIN-DELAY */

struct last_login {
    account_id account;
    int64_t at_ms;
};

struct pop3_shared {
    struct metric *done[POP3_COMMANDS_MAX], *failed[POP3_COMMANDS_MAX], *took[POP3_COMMANDS_MAX];
    struct metric *sessions, *bytes;
    pthread_mutex_t lock;
    struct last_login *logins; /* NULL without LOGIN-DELAY */
};

const struct pop3_limits pop3_limits_default = {
    .timeout_ms = 10 * 60 * 1000,
    .login_timeout_ms = 60 * 1000,
};

static void commands_meter(struct pop3_shared *x, struct metrics *m)
{
    const struct pop3_command *row;
    for (size_t i = 0; (row = pop3_command_at(i)); i++) {
        char labels[64];
        snprintf(labels, sizeof labels, "command=\"%s\",result=\"ok\"", row->name.p);
        x->done[i] = metric_of(m, METRIC_COUNTER, "postroad_pop3_commands_total", labels,
                               "POP3 commands by name and result.");
        snprintf(labels, sizeof labels, "command=\"%s\",result=\"failed\"", row->name.p);
        x->failed[i] = metric_of(m, METRIC_COUNTER, "postroad_pop3_commands_total", labels,
                                 "POP3 commands by name and result.");
        snprintf(labels, sizeof labels, "command=\"%s\"", row->name.p);
        x->took[i] = metric_of(m, METRIC_SECONDS, "postroad_pop3_command_seconds", labels,
                               "Time that POP3 commands took in the engine.");
    }
}

void pop3_env_open(struct pop3_env *e)
{
    struct pop3_shared *x = calloc(1, sizeof *x);
    must(x);
    commands_meter(x, e->metrics);
    x->sessions =
        metric_of(e->metrics, METRIC_GAUGE, "postroad_pop3_sessions", "", "Open POP3 sessions.");
    x->bytes = metric_of(e->metrics, METRIC_COUNTER, "postroad_pop3_message_bytes_total", "",
                         "Bytes of messages sent by RETR and TOP.");
    must(pthread_mutex_init(&x->lock, NULL) == 0);
    if (e->limits.login_delay_s) {
        x->logins = calloc(LOGINS, sizeof *x->logins);
        must(x->logins);
    }
    e->shared = x;
}

void pop3_env_close(struct pop3_env *e)
{
    must(pthread_mutex_destroy(&e->shared->lock) == 0);
    free(e->shared->logins);
    free(e->shared);
    e->shared = NULL;
}

void pop3_count_session(const struct pop3_session *s, int change)
{
    metric_add(s->env->shared->sessions, change);
}

void pop3_count_command(const struct pop3_session *s, const struct pop3_call *call,
                        int64_t duration_us)
{
    const struct pop3_shared *x = s->env->shared;
    if (!call->command)
        return;
    size_t i = pop3_command_index(call->command);
    metric_add(call->failed ? x->failed[i] : x->done[i], 1);
    metric_observe_us(x->took[i], duration_us);
}

void pop3_count_message(const struct pop3_session *s, uint64_t bytes)
{
    metric_add(s->env->shared->bytes, (int64_t)bytes);
}

/* Two accounts may share a place; the one that was there is then free to come at once. */
bool pop3_login_due(const struct pop3_session *s, int64_t now_ms)
{
    struct pop3_shared *x = s->env->shared;
    int64_t delay_ms = s->env->limits.login_delay_s * INT64_C(1000);
    if (!x->logins)
        return true;
    must(pthread_mutex_lock(&x->lock) == 0);
    struct last_login *last = &x->logins[hash_bytes(map_u64(&s->account)) % LOGINS];
    bool due = last->account != s->account || now_ms - last->at_ms >= delay_ms;
    if (due)
        *last = (struct last_login){s->account, now_ms};
    must(pthread_mutex_unlock(&x->lock) == 0);
    return due;
}
