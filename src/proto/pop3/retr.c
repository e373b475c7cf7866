/* RETR and TOP (RFC 1939 sections 5 and 7): trace fields and blob, in portions, without copying. */
#include "format/header/downgrade.h"
#include "format/summary.h"
#include "format/utf8.h"
#include "proto/pop3/command.h"
#include "proto/pop3/stuff.h"

struct pop3_job {
    struct arena *arena; /* of message */
    struct rope message; /* holds the blob until all was written */
    const struct rope_piece *piece;
    size_t at; /* in it */
    struct pop3_stuff stuff;
    bool surrogate; /* it is not what LIST told the size of */
};

/* As a rope's release: the last portion was written. */
static void job_free(void *arg)
{
    struct pop3_job *j = arg;
    rope_drop(&j->message);
    arena_close(j->arena);
    free(j);
}

void pop3_job_drop(struct pop3_session *s)
{
    if (s->job)
        job_free(s->job);
    s->job = NULL;
}

static bool is_ascii(const struct rope *bytes, uint64_t n)
{
    for (const struct rope_piece *p = bytes->first; p && n; p = p->next) {
        struct str part = str_sub(p->bytes, 0, n < p->bytes.n ? (size_t)n : p->bytes.n);
        if (!utf8_is_ascii(part))
            return false;
        n -= part.n;
    }
    return true;
}

/* RFC 6856 section 5: without UTF8 a header in UTF-8 is sent as RFC 6858 makes it ASCII. */
static enum code downgrade(struct ctx *cx, const struct pop3_session *s, const struct item_row *row,
                           struct pop3_job *j)
{
    struct summary_facts facts;
    TRY(summary_facts(cx, row->summary, &facts));
    uint64_t n = row->trace.n + (uint64_t)facts.header_size;
    if (is_ascii(&j->message, n))
        return OK;
    struct rope head = rope_of(j->arena);
    TRY(item_bytes(cx, s->env->core, row, 0, n, &head));
    struct str header = rope_flatten(&head, j->arena);
    rope_drop(&head);
    if (!downgrade_is_needed(header))
        return OK;
    rope_drop(&j->message);
    j->message = rope_of(j->arena);
    j->surrogate = true;
    rope_ref(&j->message, downgrade_header(j->arena, header));
    return item_bytes(cx, s->env->core, row, n, UINT64_MAX, &j->message);
}

static enum code job_open(struct ctx *cx, struct pop3_session *s, uint32_t place,
                          struct pop3_stuff stuff)
{
    struct item_row row;
    const struct view *v = s->drop->view;
    TRY(item_get(cx, s->env->core, s->account, view_folder(v), view_at(v, place).uid, &row));
    struct pop3_job *j = calloc(1, sizeof *j);
    must(j);
    j->arena = arena_open();
    j->message = rope_of(j->arena);
    j->stuff = stuff;
    enum code code = item_bytes(cx, s->env->core, &row, 0, UINT64_MAX, &j->message);
    if (code == OK && !s->utf8)
        code = downgrade(cx, s, &row, j);
    j->piece = j->message.first;
    if (code == OK)
        s->job = j;
    else
        job_free(j);
    return code;
}

/* Up to POP3_PORTION_BYTES more of the message. */
static void portion(struct pop3_job *j, struct rope *out)
{
    size_t room = POP3_PORTION_BYTES;
    while (j->piece && room && !j->stuff.done) {
        struct str part = str_sub(j->piece->bytes, j->at, room);
        pop3_stuff_add(&j->stuff, part, out);
        room -= part.n;
        j->at += part.n;
        if (j->at == j->piece->bytes.n) {
            j->piece = j->piece->next;
            j->at = 0;
        }
    }
}

void pop3_more(struct ctx *cx, struct pop3_session *s, struct reply *r)
{
    struct pop3_job *j = s->job;
    (void)cx;
    portion(j, &r->out);
    r->more = j->piece && !j->stuff.done;
    if (r->more)
        return;
    pop3_stuff_end(&j->stuff, &r->out);
    pop3_count_message(s, j->message.bytes);
    s->job = NULL;
    rope_own(&r->out, STR(""), job_free, j);
}

enum code pop3_retr(struct ctx *cx, struct pop3_session *s, struct pop3_call *call)
{
    struct cur arg = call->arg;
    uint32_t place;
    TRY(pop3_message(cx, s, &arg, &place));
    if (!cur_end(&arg))
        return fail(cx, E_SYNTAX, "RETR wants one number");
    TRY(job_open(cx, s, place, pop3_stuff_of(true, 0)));
    if (s->drop->sizes && !s->job->surrogate)
        pop3_ok(call, "%u octets", s->drop->sizes[place]);
    else
        pop3_ok(call, "Message follows");
    pop3_more(cx, s, call->reply);
    return OK;
}

enum code pop3_top(struct ctx *cx, struct pop3_session *s, struct pop3_call *call)
{
    struct cur arg = call->arg;
    uint32_t place, lines;
    TRY(pop3_message(cx, s, &arg, &place));
    if (!cur_u32(&arg, &lines) || !cur_end(&arg))
        return fail(cx, E_SYNTAX, "TOP wants a message and a number of lines");
    TRY(job_open(cx, s, place, pop3_stuff_of(false, lines)));
    pop3_ok(call, "Top of the message follows");
    pop3_more(cx, s, call->reply);
    return OK;
}
