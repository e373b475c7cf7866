/* Parameters of MAIL that say when and how a message travels: DELIVERBY (RFC 2852), FUTURERELEASE
   (RFC 4865), MT-PRIORITY (RFC 6710), REQUIRETLS (RFC 8689). */
#include "format/date.h"
#include "proto/smtp/command.h"
#include "service/submission/submission.h"

enum { BY_DIGITS_MAX = 9, PRIORITY_MAX = 9 };

static bool digits_take(struct cur *c, uint64_t *out)
{
    struct str digits = cur_while(c, ascii_is_digit);
    return digits.n && digits.n <= BY_DIGITS_MAX && str_u64(digits, out);
}

enum code smtp_param_by(struct ctx *cx, struct smtp_session *s, struct str value)
{
    struct cur c = cur_of(value);
    bool past = cur_char(&c, '-');
    uint64_t seconds;
    if (!past)
        cur_char(&c, '+');
    if (!digits_take(&c, &seconds) || !cur_char(&c, ';'))
        return fail(cx, E_SYNTAX, "BY: no time");
    bool back = cur_word(&c, STR("R"));
    if (!back && !cur_word(&c, STR("N")))
        return fail(cx, E_SYNTAX, "BY: no mode");
    cur_word(&c, STR("T")); /* trace: nobody here passes by-time on for it */
    if (!cur_end(&c) || (back && (past || !seconds)))
        return fail(cx, E_SYNTAX, "BY: its mode or time");
    int64_t after_ms = (int64_t)seconds * 1000;
    s->t.by_ms = cx->now_ms + (past ? -after_ms : after_ms);
    s->t.by_return = back;
    return OK;
}

static enum code release_set(struct ctx *cx, struct smtp_session *s, int64_t at_ms)
{
    if (!s->submission || s->t.release_ms)
        return fail(cx, E_SYNTAX, "FUTURERELEASE: not here, or twice");
    if (at_ms < cx->now_ms || at_ms > cx->now_ms + (int64_t)SUBMISSION_DELAY_MAX_S * 1000)
        return fail(cx, E_SYNTAX, "FUTURERELEASE: in the past, or too late");
    s->t.release_ms = at_ms;
    return OK;
}

enum code smtp_param_hold_for(struct ctx *cx, struct smtp_session *s, struct str value)
{
    struct cur c = cur_of(value);
    uint64_t seconds;
    if (!digits_take(&c, &seconds) || !cur_end(&c) || !seconds)
        return fail(cx, E_SYNTAX, "HOLDFOR: no time");
    return release_set(cx, s, cx->now_ms + (int64_t)seconds * 1000);
}

/* An Internet date-time: what is lenient in date_parse is not taken here. */
enum code smtp_param_hold_until(struct ctx *cx, struct smtp_session *s, struct str value)
{
    enum { SHORTEST = sizeof "2026-01-01T00:00:00Z" - 1 };
    struct date d;
    bool formed = value.n >= SHORTEST && ascii_is_digit(value.p[0]) && value.p[4] == '-' &&
                  (value.p[10] == 'T' || value.p[10] == 't');
    if (!formed || !date_parse(value, &d))
        return fail(cx, E_SYNTAX, "HOLDUNTIL: no date and time");
    return release_set(cx, s, d.utc_ms);
}

enum code smtp_param_priority(struct ctx *cx, struct smtp_session *s, struct str value)
{
    struct cur c = cur_of(value);
    bool below = cur_char(&c, '-');
    uint64_t n;
    if (!digits_take(&c, &n) || !cur_end(&c) || n > PRIORITY_MAX || (below && n == 0))
        return fail(cx, E_SYNTAX, "MT-PRIORITY: -9 to 9");
    /* What strangers think urgent is what they send (section 7). */
    s->t.priority_lowered = !below && n > 0 && !s->submission;
    s->t.priority = s->t.priority_lowered ? 0 : (int8_t)(below ? -(int)n : (int)n);
    return OK;
}

enum code smtp_param_require_tls(struct ctx *cx, struct smtp_session *s, struct str value)
{
    if (value.p || !s->peer->tls)
        return fail(cx, E_SYNTAX, "REQUIRETLS: has a value, or comes in clear");
    s->t.require_tls = true;
    return OK;
}
