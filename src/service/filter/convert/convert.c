/* What conversions may cost, and what becomes of them. */
#include "service/filter/convert/convert.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "format/digest/digest.h"
#include "service/filter/convert/text.h"
#include "service/preview/preview.h"
#include "service/sieve/world.h"
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { KEY_MAX = 64 * 1024, MS_US = 1000 };

_Static_assert((int)CONVERT_TURNS <= (int)PREVIEW_ALL, "each turn finds a place");

struct converter {
    struct converter_parts parts;
    pthread_mutex_t lock;
    pthread_cond_t freed;
    bool taken[CONVERT_TURNS];
    struct metric *made, *kept, *failed, *seconds;
};

struct made {
    struct str key;
    enum code code;
    struct str out, charset;
};

struct conversions {
    struct arena *arena;
    int64_t spent_us;
    size_t count, bytes;
    struct made at[CONVERT_MOST];
};

struct conversions *conversions_open(struct arena *a)
{
    struct conversions *all = ARENA_NEW(a, struct conversions);
    all->arena = a;
    return all;
}

struct converter *converter_open(const struct converter_parts *parts)
{
    static const char name[] = "postroad_sieve_conversions_total";
    static const char help[] = "Parts that scripts wanted as another type.";
    struct converter *c = calloc(1, sizeof *c);
    pthread_condattr_t attr;
    must(c && pthread_mutex_init(&c->lock, NULL) == 0 && pthread_condattr_init(&attr) == 0);
    must(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0 &&
         pthread_cond_init(&c->freed, &attr) == 0);
    pthread_condattr_destroy(&attr);
    c->parts = *parts;
    c->parts.most_ms = parts->most_ms ? parts->most_ms : CONVERT_ALL_MS;
    c->made = metric_of(parts->metrics, METRIC_COUNTER, name, "result=\"made\"", help);
    c->kept = metric_of(parts->metrics, METRIC_COUNTER, name, "result=\"kept\"", help);
    c->failed = metric_of(parts->metrics, METRIC_COUNTER, name, "result=\"failed\"", help);
    c->seconds = metric_of(parts->metrics, METRIC_SECONDS, "postroad_sieve_conversion_seconds", "",
                           "How long a part took, with waiting for its turn in the cage.");
    return c;
}

void converter_close(struct converter *c)
{
    if (!c)
        return;
    pthread_cond_destroy(&c->freed);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

static size_t free_turn(const struct converter *c)
{
    size_t i = 0;
    while (i < CONVERT_TURNS && c->taken[i])
        i++;
    return i;
}

/* Waits for a turn in the cage until most_us from now; CONVERT_TURNS: none came free. */
static size_t turn_begin(struct converter *c, int64_t most_us)
{
    int64_t until_us = clock_mono_us() + most_us;
    const struct timespec until = {until_us / 1000000, until_us % 1000000 * 1000};
    int waited = 0;
    pthread_mutex_lock(&c->lock);
    size_t turn = free_turn(c);
    while (turn == CONVERT_TURNS && waited == 0) {
        waited = pthread_cond_timedwait(&c->freed, &c->lock, &until);
        turn = free_turn(c);
    }
    if (turn < CONVERT_TURNS)
        c->taken[turn] = true;
    pthread_mutex_unlock(&c->lock);
    return turn;
}

static void turn_end(struct converter *c, size_t turn)
{
    pthread_mutex_lock(&c->lock);
    c->taken[turn] = false;
    pthread_cond_signal(&c->freed);
    pthread_mutex_unlock(&c->lock);
}

static bool ask_of(const struct sieve_conversion *x, const struct convert_asked *asked,
                   struct preview_ask *out)
{
    static const struct {
        struct str to;
        struct preview_ask ask;
    } rows[] = {
        {STR("text/plain"), {.kind = PREVIEW_TEXT}},
        {STR("text/html"), {.kind = PREVIEW_HTML}},
        {STR("image/png"), {.kind = PREVIEW_PAGE, .page = 1}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (str_ieq(x->to, rows[i].to)) {
            *out = rows[i].ask;
            out->width = asked->width;
            out->height = asked->height;
            return true;
        }
    return false;
}

static enum code convert_document(struct ctx *cx, struct converter *c,
                                  const struct convert_asked *asked, int64_t most_us,
                                  struct sieve_conversion *x)
{
    struct preview_ask ask;
    struct preview made;
    if (!c->parts.previews || !ask_of(x, asked, &ask))
        return fail(cx, E_UNSUPPORTED, "no conversion of that into that");
    ctx_waits(cx);
    size_t turn = turn_begin(c, most_us);
    if (turn == CONVERT_TURNS)
        return fail(cx, E_BUSY, "too many are being converted");
    enum code code = preview_make(cx, c->parts.previews, turn + 1, &ask, x->content, &made);
    turn_end(c, turn);
    TRY(code);
    x->out = made.bytes;
    return str_istarts(x->to, STR("text/")) ? convert_settle(cx, asked, x) : OK;
}

/* RTF is a text as well: what the bytes are says which way they go. */
static enum code convert(struct ctx *cx, struct converter *c, int64_t most_us,
                         struct sieve_conversion *x)
{
    struct convert_asked asked;
    TRY(convert_asked_read(cx, x, &asked));
    bool text = str_istarts(x->from, STR("text/")) && !str_ieq(x->from, STR("text/rtf"));
    return text ? convert_text(cx, &asked, x) : convert_document(cx, c, &asked, most_us, x);
}

static bool key_of(struct arena *a, const struct sieve_conversion *x, struct str *out)
{
    struct buf b = buf_of(a, KEY_MAX);
    struct str sum;
    buf_le_str(&b, str_lower(a, x->from));
    buf_le_str(&b, str_lower(a, x->to));
    buf_le_str(&b, x->charset);
    for (size_t i = 0; i < x->parameter_count; i++)
        buf_le_str(&b, x->parameters[i]);
    if (!digest_of(a, STR("sha-256"), x->content, &sum))
        return false;
    buf_add(&b, sum);
    *out = buf_str(&b);
    return !b.overflow;
}

static struct made *find(struct conversions *of, struct str key)
{
    for (size_t i = 0; i < of->count; i++)
        if (str_eq(of->at[i].key, key))
            return &of->at[i];
    return NULL;
}

static enum code make(struct ctx *cx, struct converter *c, struct conversions *of,
                      struct sieve_conversion *x, struct made *to)
{
    int64_t most_us = (int64_t)c->parts.most_ms * MS_US - of->spent_us, begin_us = clock_mono_us();
    if (most_us <= 0)
        return fail(cx, E_LIMIT, "conversions of the message took too long");
    enum code code = convert(cx, c, most_us, x);
    int64_t took_us = clock_mono_us() - begin_us;
    metric_observe_us(c->seconds, took_us);
    of->spent_us += took_us;
    TRY(code);
    if (x->out.n > CONVERT_MADE_BYTES - of->bytes)
        return fail(cx, E_LIMIT, "more than %d bytes are made of the message", CONVERT_MADE_BYTES);
    of->bytes += x->out.n;
    to->out = str_dup(of->arena, x->out);
    to->charset = str_dup(of->arena, x->out_charset);
    return OK;
}

/* known: it was asked before. */
static enum code run(struct ctx *cx, struct converter *c, struct conversions *of,
                     struct sieve_conversion *x, bool *known)
{
    struct str key;
    if (x->content.n > CONVERT_PART_BYTES)
        return fail(cx, E_LIMIT, "a part of more than %d bytes", CONVERT_PART_BYTES);
    if (!key_of(cx->arena, x, &key))
        return fail(cx, E_LIMIT, "parameters that are too long");
    struct made *to = find(of, key);
    *known = to != NULL;
    if (!to) {
        if (of->count == CONVERT_MOST)
            return fail(cx, E_LIMIT, "more than %d conversions of the message", CONVERT_MOST);
        to = &of->at[of->count++];
        to->key = str_dup(of->arena, key);
        to->code = make(cx, c, of, x, to);
    }
    x->out = to->out;
    x->out_charset = to->charset;
    return to->code;
}

bool converter_run(struct ctx *cx, struct converter *c, struct conversions *of,
                   struct sieve_conversion *x)
{
    bool known = false;
    enum code code = run(cx, c, of, x, &known);
    if (code == OK || code == E_EXISTS) {
        metric_add(code != OK ? NULL : known ? c->kept : c->made, 1);
        return code == OK;
    }
    metric_add(c->failed, 1);
    if (!known)
        log_event(c->parts.log, LOG_INFO, "sieve.not_converted",
                  "from=%s to=%s bytes=%zu code=%s what=%s", log_quote(cx->arena, x->from),
                  log_quote(cx->arena, x->to), x->content.n, code_name(code),
                  log_quote(cx->arena, str_z(cx->err.what)));
    return false;
}
