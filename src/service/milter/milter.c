/* The milters of the configuration: calling them, what their answers mean, and what it means when
   they do not answer. */
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "service/milter/inner.h"

static const char *const result_names[RESULT_COUNT] = {"passed", "refused", "deferred", "discarded",
                                                       "failed"};

struct milters *milters_open(const struct milter_parts *parts)
{
    char labels[120];
    struct milters *m = calloc(1, sizeof *m);
    must(m && parts->count <= MILTERS_MAX);
    m->parts = *parts;
    for (size_t i = 0; i < parts->count; i++) {
        struct milter *x = &m->all[i];
        struct str name = str_sub(parts->at[i].name, 0, 60);
        x->config = &parts->at[i];
        for (size_t k = 0; k < RESULT_COUNT; k++) {
            snprintf(labels, sizeof labels, "milter=\"%.*s\",result=\"%s\"", STR_ARG(name),
                     result_names[k]);
            x->results[k] = metric_of(parts->metrics, METRIC_COUNTER, "postroad_milter_total",
                                      labels, "What milters said, a message or a refusal each");
        }
        snprintf(labels, sizeof labels, "milter=\"%.*s\"", STR_ARG(name));
        x->seconds = metric_of(parts->metrics, METRIC_SECONDS, "postroad_milter_seconds", labels,
                               "How long milters looked at messages");
    }
    return m;
}

void milters_close(struct milters *m)
{
    free(m);
}

size_t milter_count(const struct milters *m)
{
    return m ? m->parts.count : 0;
}

const struct milter_config *milter_config_at(const struct milters *m, size_t index)
{
    return m->all[index].config;
}

int64_t milter_rests_until_ms(const struct milters *m, size_t index)
{
    return atomic_load(&m->all[index].rest_until_ms);
}

bool milter_wait_begin(struct milters *m)
{
    if (atomic_fetch_add(&m->waiting, 1) < m->parts.waiters)
        return true;
    atomic_fetch_sub(&m->waiting, 1);
    return false;
}

void milter_wait_end(struct milters *m)
{
    atomic_fetch_sub(&m->waiting, 1);
}

static enum code call(struct ctx *cx, struct milters *m, const struct milter_config *config,
                      struct milter_talk *out)
{
    struct stream *stream;
    const struct stream_dialer *dialer = m->parts.dialer;
    TRY(dialer->dial(cx, dialer->self, config->address, config->connect_ms, &stream));
    return milter_greet(cx, out, stream, config->command_ms);
}

enum code milter_call(struct ctx *cx, struct milters *m, struct milter *x, struct milter_talk *out)
{
    if (cx->now_ms < atomic_load(&x->rest_until_ms))
        return fail(cx, E_BUSY, "it did not answer a moment ago");
    return call(cx, m, x->config, out);
}

enum code milter_try(struct ctx *cx, struct milters *m, size_t index, struct str *out)
{
    struct milter_talk talk = {0};
    enum code code = call(cx, m, m->all[index].config, &talk);
    if (code == OK) {
        *out = str_printf(cx->arena, "version %u, actions 0x%x, protocol 0x%x", talk.version,
                          talk.actions, talk.protocol);
        atomic_store(&m->all[index].rest_until_ms, 0);
        milter_tell(cx, &talk, MILTER_QUIT);
    }
    milter_talk_close(&talk);
    return code;
}

const char *milter_failed(struct ctx *cx, struct milter_visit *v, struct milter_line *line,
                          const char *stage)
{
    struct milter *x = line->milter;
    bool was_called = line->talk.stream != NULL;
    log_event(v->milters->parts.log, LOG_WARN, "milter.failed",
              "milter=%.*s connection=%llu stage=%s code=%s what=%s", STR_ARG(x->config->name),
              (unsigned long long)v->connection, stage, code_name(cx->err.code),
              log_quote(cx->arena, str_z(cx->err.what)));
    metric_add(x->results[RESULT_FAILED], 1);
    milter_talk_close(&line->talk);
    line->state = STATE_FAILED;
    if (!was_called || cx->err.code == E_BUSY)
        atomic_store(&x->rest_until_ms, cx->now_ms + x->config->rest_ms);
    switch (x->config->on_failure) {
    case MILTER_FAILS_TEMPFAIL:
        return "451 4.7.1 A filter is out of order; try again later";
    case MILTER_FAILS_REJECT:
        return "550 5.7.1 A filter is out of order";
    case MILTER_FAILS_ACCEPT:
        break;
    }
    return NULL;
}

static const char *refused(struct ctx *cx, struct milter_visit *v, struct milter_line *line,
                           const char *text, const char *stage)
{
    struct milter *x = line->milter;
    metric_add(x->results[text[0] == '4' ? RESULT_DEFERRED : RESULT_REFUSED], 1);
    log_event(v->milters->parts.log, LOG_INFO, "milter.refused",
              "milter=%.*s connection=%llu stage=%s reply=%s", STR_ARG(x->config->name),
              (unsigned long long)v->connection, stage, log_quote(cx->arena, str_z(text)));
    return text;
}

const char *milter_meaning(struct ctx *cx, struct milter_visit *v, struct milter_line *line,
                           const struct milter_reply *reply, const char *stage)
{
    const char *text = NULL;
    switch (reply->kind) {
    case MILTER_ACCEPT:
        line->state = line->state == STATE_MESSAGE ? STATE_CONTENT : STATE_ACCEPTED;
        return NULL;
    case MILTER_DISCARD:
        line->discards = true;
        line->state = STATE_CONTENT;
        return NULL;
    case MILTER_REJECT:
        return refused(cx, v, line, "550 5.7.1 Refused by a filter", stage);
    case MILTER_TEMPFAIL:
        return refused(cx, v, line, "451 4.7.1 Deferred by a filter; try again later", stage);
    case MILTER_CONNECTION_FAIL:
    case MILTER_SHUTDOWN:
        return refused(cx, v, line, "421 4.7.0 Refused by a filter; closing the connection", stage);
    case MILTER_REPLY_CODE:
        if (milter_reply_text(cx, reply->name, &text) != OK)
            return milter_failed(cx, v, line, stage);
        return refused(cx, v, line, text, stage);
    default: /* CONTINUE, SKIP */
        return NULL;
    }
}

const char *milter_ask(struct ctx *cx, struct milter_visit *v, struct milter_line *line,
                       const struct milter_ask *ask, const char *stage)
{
    struct milter_reply reply;
    enum code code;
    if (milter_wait_begin(v->milters)) {
        code = milter_question(cx, &line->talk, ask, NULL, NULL, &reply);
        milter_wait_end(v->milters);
    } else {
        code = fail(cx, E_LIMIT, "too many wait for milters");
    }
    return code == OK ? milter_meaning(cx, v, line, &reply, stage)
                      : milter_failed(cx, v, line, stage);
}
