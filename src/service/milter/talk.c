#include "service/milter/talk.h"
#include "base/clock.h"

enum { TELL_MS = 1000, PACKET_START = 5 };

static enum code packet_write(struct ctx *cx, struct milter_talk *t, enum milter_command command,
                              const struct str *parts, size_t count, uint32_t timeout_ms)
{
    size_t n = 16;
    for (size_t i = 0; i < count; i++)
        n += parts[i].n;
    struct buf b = buf_of(cx->arena, n);
    milter_put(&b, command, parts, count);
    return t->stream->ops->write(cx, t->stream, buf_str(&b), timeout_ms);
}

static enum code fill(struct ctx *cx, struct milter_talk *t, char *room, size_t n, int64_t until_ms)
{
    for (size_t have = 0; have < n;) {
        size_t got = 0;
        int64_t left_ms = until_ms - clock_mono_ms();
        if (left_ms <= 0)
            return fail(cx, E_BUSY, "no answer in time");
        TRY(t->stream->ops->read(cx, t->stream, room + have, n - have, &got, (uint32_t)left_ms));
        if (got == 0)
            return fail(cx, E_IO, "the milter has closed the connection");
        have += got;
    }
    return OK;
}

/* One packet, whole. */
static enum code packet_read(struct ctx *cx, struct milter_talk *t, uint32_t timeout_ms,
                             struct milter_reply *out)
{
    char start[PACKET_START], kind;
    struct str data;
    size_t n;
    int64_t until_ms = clock_mono_ms() + timeout_ms;
    TRY(fill(cx, t, start, sizeof start, until_ms));
    TRY(milter_take(cx, str_of(start, sizeof start), &kind, &data, &n));
    if (n)
        return milter_reply_read(cx, kind, data, out);
    /* Not whole: the length is good, so what is missing of it is known. */
    size_t length = 0;
    for (size_t i = 0; i < 4; i++)
        length = length << 8 | (uint8_t)start[i];
    char *rest = arena_alloc(cx->arena, length - 1);
    TRY(fill(cx, t, rest, length - 1, until_ms));
    return milter_reply_read(cx, start[4], str_of(rest, length - 1), out);
}

enum code milter_greet(struct ctx *cx, struct milter_talk *t, struct stream *stream,
                       uint32_t timeout_ms)
{
    char version[4], actions[4], protocol[4];
    struct milter_reply reply;
    *t = (struct milter_talk){.stream = stream};
    const struct str parts[] = {milter_u32(MILTER_VERSION, version),
                                milter_u32(ACTIONS_ALL, actions),
                                milter_u32(PROTOCOL_ALL, protocol)};
    TRY(packet_write(cx, t, MILTER_NEGOTIATE, parts, 3, timeout_ms));
    TRY(packet_read(cx, t, timeout_ms, &reply));
    if (reply.kind != MILTER_NEGOTIATE)
        return fail(cx, E_SYNTAX, "the milter does not negotiate");
    if (reply.version < MILTER_VERSION_MIN || reply.version > MILTER_VERSION)
        return fail(cx, E_UNSUPPORTED, "the milter has version %u", reply.version);
    if (reply.actions & ~(uint32_t)ACTIONS_ALL || reply.protocol & ~(uint32_t)PROTOCOL_ALL)
        return fail(cx, E_UNSUPPORTED, "the milter wants what was not offered");
    t->version = reply.version;
    t->actions = reply.actions;
    t->protocol = reply.protocol;
    return OK;
}

enum code milter_macros(struct ctx *cx, struct milter_talk *t, enum milter_command command,
                        const struct str *pairs, size_t count, uint32_t timeout_ms)
{
    struct str *parts = ARENA_ARRAY(cx->arena, count * 2 + 1, struct str);
    char letter = (char)command;
    parts[0] = str_of(&letter, 1);
    for (size_t i = 0; i < count; i++) {
        parts[2 * i + 1] = pairs[i];
        parts[2 * i + 2] = STR("\0");
    }
    return packet_write(cx, t, MILTER_MACRO, parts, count * 2 + 1, timeout_ms);
}

static bool ends(char kind)
{
    static const char kinds[] = {MILTER_ACCEPT,     MILTER_CONTINUE, MILTER_DISCARD,
                                 MILTER_REJECT,     MILTER_TEMPFAIL, MILTER_SKIP,
                                 MILTER_REPLY_CODE, MILTER_SHUTDOWN, MILTER_CONNECTION_FAIL};
    return str_chr(str_of(kinds, sizeof kinds), kind) != SIZE_MAX;
}

enum code milter_question(struct ctx *cx, struct milter_talk *t, const struct milter_ask *ask,
                          milter_change_fn *change, void *arg, struct milter_reply *out)
{
    struct milter_reply reply = {.kind = MILTER_CONTINUE};
    unsigned progress = 0, changes = 0;
    if (!(t->protocol & ask->no))
        TRY(packet_write(cx, t, ask->command, ask->parts, ask->count, ask->timeout_ms));
    if (t->protocol & (ask->no | ask->quiet)) {
        *out = reply;
        return OK;
    }
    for (;;) {
        TRY(packet_read(cx, t, ask->timeout_ms, &reply));
        if (ends(reply.kind))
            break;
        if (reply.kind == MILTER_PROGRESS) {
            if (++progress > MILTER_PROGRESS_MAX)
                return fail(cx, E_BUSY, "the milter works for too long");
            continue;
        }
        if (!change || reply.kind == MILTER_NEGOTIATE)
            return fail(cx, E_SYNTAX, "an answer that fits no question");
        if (++changes > MILTER_CHANGES_MAX)
            return fail(cx, E_LIMIT, "more than %d changes", MILTER_CHANGES_MAX);
        TRY(change(cx, arg, &reply));
    }
    *out = reply;
    return OK;
}

void milter_tell(struct ctx *cx, struct milter_talk *t, enum milter_command command)
{
    if (t->stream && packet_write(cx, t, command, NULL, 0, TELL_MS) != OK)
        milter_talk_close(t);
}

void milter_talk_close(struct milter_talk *t)
{
    if (t->stream)
        t->stream->ops->close(t->stream);
    t->stream = NULL;
}
