#include "proto/imap/sync/limit.h"
#include "proto/imap/command.h"

void imap_limit_places(struct ctx *cx, const struct imap_session *s, struct imap_call *call,
                       struct imap_set *places)
{
    uint64_t most = s->env->limits.messages, size = imap_set_size(places);
    struct imap_set kept = {0};
    if (!most || size <= most)
        return;
    uint64_t skip = size - most;
    for (size_t i = 0; i < places->count; i++) {
        struct imap_range r = places->at[i];
        uint64_t n = (uint64_t)r.last - r.first + 1;
        if (skip >= n) {
            skip -= n;
            continue;
        }
        r.first += (uint32_t)skip;
        skip = 0;
        imap_set_add_range(cx->arena, &kept, r);
    }
    *places = kept;
    call->limited = view_at(s->selected->view, kept.at[0].first).uid;
}

enum code imap_limit_saves(struct ctx *cx, const struct imap_session *s, struct imap_call *call,
                           uint64_t count)
{
    const struct imap_limits *limits = &s->env->limits;
    uint32_t most = limits->messages ? limits->messages : limits->saves;
    if (!most || count <= most)
        return OK;
    call->response = str_printf(cx->arena, "MESSAGELIMIT %u", most);
    return fail(cx, E_LIMIT, "more than %u messages at once", most);
}

enum code imap_limit_whole(struct ctx *cx, const struct imap_session *s, struct imap_call *call,
                           uint32_t count)
{
    uint32_t most = s->env->limits.messages;
    if (!most || count <= most)
        return OK;
    call->response = str_printf(cx->arena, "MESSAGELIMIT %u", most);
    return fail(cx, E_LIMIT, "the mailbox has more than %u messages", most);
}

void imap_limit_tell(struct ctx *cx, const struct imap_session *s, struct imap_call *call)
{
    if (!call->limited)
        return;
    struct str code =
        call->limited == IMAP_LIMITED_SOMEWHERE
            ? str_printf(cx->arena, "MESSAGELIMIT %u", s->env->limits.messages)
            : str_printf(cx->arena, "MESSAGELIMIT %u %u", s->env->limits.messages, call->limited);
    if (call->response.n) {
        buf_printf(&call->text, "* OK [%.*s] These were the last messages\r\n", STR_ARG(code));
        return;
    }
    call->response = code;
    call->said =
        str_printf(cx->arena, "%s%.*s completed with %u partial results", call->uid ? "UID " : "",
                   STR_ARG(call->command->name), s->env->limits.messages);
}
