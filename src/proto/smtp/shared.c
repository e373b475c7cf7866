/* What all sessions share: settings, counters, the budget for chunks. */
#include "base/metric.h"
#include "proto/smtp/command.h"
#include <stdatomic.h>

enum { COMMANDS_MAX = 32, OUTCOMES = 3 };

struct smtp_shared {
    atomic_llong gathered; /* bytes of messages in chunks */
    size_t command_count;
    struct metric *commands[COMMANDS_MAX][OUTCOMES];
    struct metric *taken, *refused, *bytes, *sessions;
};

const struct smtp_limits smtp_limits_default = {
    .message_bytes = 50 * 1024 * 1024,
    .bdat_bytes = 512 * 1024 * 1024,
    .recipients = 1000,
    .transactions = 1000,
    .errors = 20,
    .received = 100,
    .command_ms = 5 * 60 * 1000,
    .data_ms = 10 * 60 * 1000,
};

static void commands_count(struct smtp_shared *x, struct metrics *m)
{
    static const char *const outcomes[OUTCOMES] = {"done", "deferred", "refused"};
    const struct smtp_command *rows = smtp_commands(&x->command_count);
    must(x->command_count <= COMMANDS_MAX);
    for (size_t i = 0; i < x->command_count; i++) {
        for (size_t o = 0; o < OUTCOMES; o++) {
            char labels[80];
            snprintf(labels, sizeof labels, "verb=\"%.*s\",outcome=\"%s\"", STR_ARG(rows[i].name),
                     outcomes[o]);
            x->commands[i][o] = metric_of(m, METRIC_COUNTER, "postroad_smtp_commands_total", labels,
                                          "SMTP commands run");
        }
    }
}

void smtp_env_open(struct smtp_env *e)
{
    struct smtp_shared *x = calloc(1, sizeof *x);
    must(x);
    if (!e->limits)
        e->limits = &smtp_limits_default;
    must(e->limits->message_bytes <= BLOB_MAX);
    atomic_init(&x->gathered, 0);
    commands_count(x, e->metrics);
    x->taken = metric_of(e->metrics, METRIC_COUNTER, "postroad_smtp_messages_total",
                         "result=\"accepted\"", "Messages received by SMTP");
    x->refused = metric_of(e->metrics, METRIC_COUNTER, "postroad_smtp_messages_total",
                           "result=\"refused\"", "Messages received by SMTP");
    x->bytes = metric_of(e->metrics, METRIC_COUNTER, "postroad_smtp_message_bytes_total", "",
                         "Bytes of messages accepted by SMTP");
    x->sessions =
        metric_of(e->metrics, METRIC_GAUGE, "postroad_smtp_sessions", "", "Open SMTP sessions");
    e->shared = x;
}

void smtp_env_close(struct smtp_env *e)
{
    free(e->shared);
    e->shared = NULL;
}

void smtp_count_session(const struct smtp_session *s, int change)
{
    metric_add(s->env->shared->sessions, change);
}

void smtp_count_command(const struct smtp_session *s, size_t command, char outcome)
{
    size_t o = outcome == '5' ? 2 : outcome == '4' ? 1 : 0;
    metric_add(s->env->shared->commands[command][o], 1);
}

void smtp_count_message(const struct smtp_session *s, bool taken, uint64_t bytes)
{
    metric_add(taken ? s->env->shared->taken : s->env->shared->refused, 1);
    if (taken)
        metric_add(s->env->shared->bytes, (int64_t)bytes);
}

bool smtp_budget(const struct smtp_session *s, int64_t bytes)
{
    atomic_llong *gathered = &s->env->shared->gathered;
    if (bytes <= 0) {
        atomic_fetch_add(gathered, bytes);
        return true;
    }
    long long now = atomic_fetch_add(gathered, bytes) + bytes;
    if ((uint64_t)now <= s->env->limits->bdat_bytes)
        return true;
    atomic_fetch_add(gathered, -bytes);
    return false;
}
