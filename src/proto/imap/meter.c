#include "base/metric.h"
#include "proto/imap/command.h"

struct imap_meter {
    struct metric *done[IMAP_COMMANDS_MAX], *failed[IMAP_COMMANDS_MAX], *took[IMAP_COMMANDS_MAX];
};

struct imap_meter *imap_meter_open(struct metrics *m)
{
    struct imap_meter *meter = calloc(1, sizeof *meter);
    must(meter);
    const struct imap_command *command;
    for (size_t i = 0; (command = imap_command_at(i)); i++) {
        char labels[64];
        const char *name = command->name.p;
        snprintf(labels, sizeof labels, "command=\"%s\",result=\"ok\"", name);
        meter->done[i] = metric_of(m, METRIC_COUNTER, "postroad_imap_commands_total", labels,
                                   "IMAP commands by name and result.");
        snprintf(labels, sizeof labels, "command=\"%s\",result=\"failed\"", name);
        meter->failed[i] = metric_of(m, METRIC_COUNTER, "postroad_imap_commands_total", labels,
                                     "IMAP commands by name and result.");
        snprintf(labels, sizeof labels, "command=\"%s\"", name);
        meter->took[i] = metric_of(m, METRIC_SECONDS, "postroad_imap_command_seconds", labels,
                                   "Time that IMAP commands took in the engine.");
    }
    return meter;
}

void imap_meter_close(struct imap_meter *meter)
{
    free(meter);
}

void imap_meter_count(struct imap_meter *meter, const struct imap_command *command, bool ok,
                      int64_t duration_us)
{
    if (!meter)
        return;
    size_t i = imap_command_index(command);
    metric_add(ok ? meter->done[i] : meter->failed[i], 1);
    metric_observe_us(meter->took[i], duration_us);
}
