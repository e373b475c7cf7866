#include "service/filter.h"
#include "base/buf.h"
#include "base/metric.h"
#include "service/filter/parts.h"
#include <stdlib.h>

enum {
    SCRIPTS_DEFAULT = 64,
    BYTES_DEFAULT = 128 * 1024,
    ALL_BYTES_DEFAULT = 1024 * 1024,
    REDIRECTS_DEFAULT = 4,
    SPAM_AT_DEFAULT = 15,
    PROBLEM_TEXT_MAX = 16 * 1024,
};

static struct filters_config filled(struct filters_config c)
{
    c.scripts.scripts = c.scripts.scripts ? c.scripts.scripts : SCRIPTS_DEFAULT;
    c.scripts.bytes = c.scripts.bytes ? c.scripts.bytes : BYTES_DEFAULT;
    c.scripts.all_bytes = c.scripts.all_bytes ? c.scripts.all_bytes : ALL_BYTES_DEFAULT;
    c.redirects = c.redirects ? c.redirects : REDIRECTS_DEFAULT;
    c.spam_at = c.spam_at ? c.spam_at : SPAM_AT_DEFAULT;
    return c;
}

static void meter(struct filters *f, struct metrics *m)
{
    static const char *const results[] = {"ok", "failed"};
    static const char *const acts[] = {
        [SIEVE_KEEP] = "keep",         [SIEVE_FILEINTO] = "fileinto", [SIEVE_DISCARD] = "discard",
        [SIEVE_REDIRECT] = "redirect", [SIEVE_REJECT] = "reject",     [SIEVE_EREJECT] = "ereject",
        [SIEVE_VACATION] = "vacation", [SIEVE_NOTIFY] = "notify"};
    char label[64];
    for (size_t i = 0; i < FILTER_RESULTS; i++) {
        snprintf(label, sizeof label, "result=\"%s\"", results[i]);
        f->runs[i] = metric_of(m, METRIC_COUNTER, "postroad_sieve_runs_total", label,
                               "Sieve scripts run on messages that came.");
    }
    for (size_t i = 0; i <= SIEVE_NOTIFY; i++) {
        snprintf(label, sizeof label, "action=\"%s\"", acts[i]);
        f->actions[i] = metric_of(m, METRIC_COUNTER, "postroad_sieve_actions_total", label,
                                  "What Sieve scripts asked for.");
    }
    for (enum itip_outcome i = ITIP_NO_ACTION; i <= ITIP_ERROR; i++) {
        snprintf(label, sizeof label, "outcome=\"%s\"", itip_outcome_name(i).p);
        f->calendars[i] = metric_of(m, METRIC_COUNTER, "postroad_calendar_messages_total", label,
                                    "Messages that scripts gave to calendars.");
    }
    f->seconds = metric_of(m, METRIC_SECONDS, "postroad_sieve_seconds", "",
                           "Time that all scripts of a mailbox took for a message.");
}

struct filters *filters_open(struct core *c, const struct filters_config *config)
{
    struct filters *f = calloc(1, sizeof *f);
    must(f);
    f->core = c;
    f->config = filled(*config);
    f->options.redirects_max = f->config.redirects;
    f->programs = programs_open();
    must(pthread_mutex_init(&f->lock, NULL) == 0);
    meter(f, c->metrics);
    return f;
}

void filters_close(struct filters *f)
{
    systems_unref(f->systems);
    must(pthread_mutex_destroy(&f->lock) == 0);
    programs_close(f->programs);
    free(f);
}

void filters_set_converter(struct filters *f, struct converter *c)
{
    f->converter = c;
}

const struct filters_config *filters_config(const struct filters *f)
{
    return &f->config;
}

enum code filters_check(struct ctx *cx, struct filters *f, struct str text,
                        struct sieve_problems *problems)
{
    struct sieve_program *p AUTO(sieve_program_unref) = NULL;
    return sieve_compile(cx, text, &f->options, &p, problems);
}

struct str filters_problems(struct arena *a, const struct sieve_problems *problems)
{
    struct buf b = buf_of(a, PROBLEM_TEXT_MAX);
    for (size_t i = 0; i < problems->count; i++)
        buf_printf(&b, "%sline %u: %.*s", i ? "\r\n" : "", problems->at[i].line,
                   STR_ARG(problems->at[i].text));
    return buf_str(&b);
}

enum code filters_put(struct ctx *cx, struct filters *f, const struct script_owner *owner,
                      struct str name, struct str text, struct sieve_problems *problems)
{
    problems->count = 0;
    TRY(script_may_put(cx, f->core, owner, name, text.n, &f->config.scripts));
    TRY(filters_check(cx, f, text, problems));
    return script_put(cx, f->core, owner, name, text, &f->config.scripts);
}
