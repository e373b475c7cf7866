/* A whole message, from one milter to the next: each sees what the one before made of it. */
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "format/hex.h"
#include "service/mailauth/crypto.h"
#include "service/milter/change.h"
#include "service/milter/inner.h"

/* One milter's look at it. */
struct look {
    struct milter_visit *v;
    struct milter_line *line;
    struct changes changes;
    struct milter_reply reply; /* the last answer */
};

static enum code ask(struct ctx *cx, struct look *k, struct milter_ask a)
{
    a.timeout_ms = k->line->milter->config->command_ms;
    return milter_question(cx, &k->line->talk, &a, NULL, NULL, &k->reply);
}

/* A value as libmilter has it: its lines end with LF. */
static struct str value_of(struct ctx *cx, const struct header_field *field, bool leading)
{
    size_t colon = str_chr(field->line, ':');
    struct str raw = str_from(field->line, colon == SIZE_MAX ? 0 : colon + 1);
    struct buf b = buf_of(cx->arena, raw.n);
    if (str_ends(raw, STR("\r\n")))
        raw.n -= 2;
    if (!leading && str_starts(raw, STR(" ")))
        raw = str_from(raw, 1);
    for (size_t i = 0; i < raw.n; i++)
        if (raw.p[i] != '\r' && raw.p[i] != 0)
            buf_byte(&b, raw.p[i]);
    return buf_str(&b);
}

static enum code say_headers(struct ctx *cx, struct look *k)
{
    const struct change_message *m = &k->changes.message;
    bool leading = k->line->talk.protocol & LEADING_SPACE;
    if (k->line->talk.protocol & NO_HEADERS)
        return OK;
    for (size_t i = 0; i < m->count && k->reply.kind == MILTER_CONTINUE; i++) {
        struct str parts[] = {m->fields[i].name, STR("\0"), value_of(cx, &m->fields[i], leading),
                              STR("\0")};
        TRY(ask(cx, k,
                (struct milter_ask){.command = MILTER_HEADER,
                                    .parts = parts,
                                    .count = 4,
                                    .no = NO_HEADERS,
                                    .quiet = QUIET_HEADER}));
    }
    return OK;
}

static enum code say_body(struct ctx *cx, struct look *k)
{
    struct str left = k->changes.message.body;
    while (left.n && k->reply.kind == MILTER_CONTINUE) {
        struct str chunk = str_sub(left, 0, MILTER_CHUNK);
        left = str_from(left, chunk.n);
        TRY(ask(cx, k,
                (struct milter_ask){.command = MILTER_BODY,
                                    .parts = &chunk,
                                    .count = 1,
                                    .no = NO_BODY,
                                    .quiet = QUIET_BODY}));
    }
    if (k->reply.kind == MILTER_SKIP)
        k->reply.kind = MILTER_CONTINUE;
    return OK;
}

static enum code say_end(struct ctx *cx, struct look *k, struct str id)
{
    const struct str pairs[] = {STR("i"), id};
    const struct milter_ask a = {.command = MILTER_BODY_END,
                                 .timeout_ms = k->line->milter->config->message_ms};
    TRY(milter_macros(cx, &k->line->talk, MILTER_BODY_END, pairs, 2, a.timeout_ms));
    changes_begin(cx, &k->changes);
    return milter_question(cx, &k->line->talk, &a, changes_take, &k->changes, &k->reply);
}

/* Until an answer other than "continue". */
static enum code say_all(struct ctx *cx, struct look *k, struct str id)
{
    k->reply.kind = MILTER_CONTINUE;
    TRY(say_headers(cx, k));
    if (k->reply.kind == MILTER_CONTINUE)
        TRY(ask(cx, k,
                (struct milter_ask){
                    .command = MILTER_HEADER_END, .no = NO_HEADER_END, .quiet = QUIET_HEADER_END}));
    if (k->reply.kind == MILTER_CONTINUE)
        TRY(say_body(cx, k));
    if (k->reply.kind != MILTER_CONTINUE)
        return OK;
    TRY(say_end(cx, k, id));
    bool good = k->reply.kind == MILTER_CONTINUE || k->reply.kind == MILTER_ACCEPT;
    return good ? changes_end(cx, &k->changes) : OK;
}

static void changed_log(struct ctx *cx, const struct look *k, struct str id, struct str before,
                        const struct milter_outcome *o)
{
    unsigned char hash[SHA256_BYTES];
    struct digest *d AUTO(digest_close) = digest_open();
    digest_add(d, before);
    digest_end(d, hash);
    log_event(k->v->milters->parts.log, LOG_INFO, "milter.changed",
              "milter=%.*s id=%.*s original_sha256=%.*s bytes=%zu now=%zu",
              STR_ARG(k->line->milter->config->name), STR_ARG(id),
              STR_ARG(hex_encode(cx->arena, str_of(hash, sizeof hash))), before.n, o->bytes.n);
}

/* One milter; *o becomes what it made, or stays as it was when it failed. */
static void look(struct ctx *cx, struct look *k, struct str id, size_t max,
                 struct milter_outcome *o)
{
    struct milter_outcome made = *o;
    struct milter *x = k->line->milter;
    int64_t started_us = clock_mono_us();
    enum code code = fail(cx, E_LIMIT, "too many wait for milters");
    k->changes = (struct changes){.actions = k->line->talk.actions,
                                  .leading_space = k->line->talk.protocol & LEADING_SPACE,
                                  .max = max,
                                  .out = &made};
    made.changed = false;
    if (milter_wait_begin(k->v->milters)) {
        code = change_open(cx, o->bytes, &k->changes.message);
        if (code == OK)
            code = say_all(cx, k, id);
        milter_wait_end(k->v->milters);
    }
    metric_observe_us(x->seconds, clock_mono_us() - started_us);
    if (code != OK) {
        o->reply = milter_failed(cx, k->v, k->line, "message");
        return;
    }
    k->line->state = STATE_MESSAGE; /* so that "accept" is of this message alone */
    o->reply = milter_meaning(cx, k->v, k->line, &k->reply, "message");
    if (o->reply || k->line->discards)
        return;
    metric_add(x->results[RESULT_PASSED], 1);
    if (made.changed)
        changed_log(cx, k, id, o->bytes, &made);
    made.changed |= o->changed;
    made.reply = NULL;
    *o = made;
}

void milter_message(struct ctx *cx, struct milter_visit *v, struct str id, struct str bytes,
                    size_t max, struct milter_outcome *out)
{
    *out = (struct milter_outcome){.bytes = bytes};
    for (size_t i = 0; v && i < v->count && !out->reply && !out->discard; i++) {
        struct look k = {.v = v, .line = &v->lines[i]};
        if (k.line->state == STATE_MESSAGE)
            look(cx, &k, id, max, out);
        if (k.line->discards) {
            metric_add(k.line->milter->results[RESULT_DISCARDED], 1);
            out->discard = true;
        }
    }
    /* Whoever has heard the end of a message awaits MAIL; the others are told that it is over. */
    for (size_t i = 0; v && i < v->count; i++)
        if (v->lines[i].state == STATE_MESSAGE || v->lines[i].state == STATE_CONTENT)
            milter_tell(cx, &v->lines[i].talk, MILTER_ABORT);
    for (size_t i = 0; v && i < v->count; i++) {
        struct milter_line *line = &v->lines[i];
        if (line->state == STATE_MESSAGE || line->state == STATE_CONTENT)
            line->state = line->talk.stream ? STATE_GREETED : STATE_NEW;
        line->discards = false;
    }
}
