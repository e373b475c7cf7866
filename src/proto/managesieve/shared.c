/* What all sessions share: counters. */
#include "base/metric.h"
#include "proto/managesieve/command.h"

struct managesieve_shared {
    struct metric *done[MS_COMMANDS_MAX], *failed[MS_COMMANDS_MAX], *took[MS_COMMANDS_MAX];
    struct metric *sessions;
};

const struct managesieve_limits managesieve_limits_default = {
    .timeout_ms = 30 * 60 * 1000,
    .login_timeout_ms = 60 * 1000,
};

void managesieve_env_open(struct managesieve_env *e)
{
    struct managesieve_shared *x = calloc(1, sizeof *x);
    const struct ms_command *row;
    must(x);
    for (size_t i = 0; (row = ms_command_at(i)); i++) {
        char labels[80];
        snprintf(labels, sizeof labels, "command=\"%s\",result=\"ok\"", row->name.p);
        x->done[i] = metric_of(e->metrics, METRIC_COUNTER, "postroad_managesieve_commands_total",
                               labels, "ManageSieve commands by name and result.");
        snprintf(labels, sizeof labels, "command=\"%s\",result=\"failed\"", row->name.p);
        x->failed[i] = metric_of(e->metrics, METRIC_COUNTER, "postroad_managesieve_commands_total",
                                 labels, "ManageSieve commands by name and result.");
        snprintf(labels, sizeof labels, "command=\"%s\"", row->name.p);
        x->took[i] = metric_of(e->metrics, METRIC_SECONDS, "postroad_managesieve_command_seconds",
                               labels, "Time that ManageSieve commands took in the engine.");
    }
    x->sessions = metric_of(e->metrics, METRIC_GAUGE, "postroad_managesieve_sessions", "",
                            "Open ManageSieve sessions.");
    e->shared = x;
}

void managesieve_env_close(struct managesieve_env *e)
{
    free(e->shared);
    e->shared = NULL;
}

void ms_count_session(const struct ms_session *s, int change)
{
    metric_add(s->env->shared->sessions, change);
}

void ms_count_command(const struct ms_session *s, const struct ms_call *call, int64_t duration_us)
{
    const struct managesieve_shared *x = s->env->shared;
    if (!call->command)
        return;
    size_t i = ms_command_index(call->command);
    metric_add(call->failed ? x->failed[i] : x->done[i], 1);
    metric_observe_us(x->took[i], duration_us);
}
