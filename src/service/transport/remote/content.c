/* The message: by BDAT as it lies there (RFC 3030), or by DATA with its dots doubled. The body is
   never copied: the reply refers to the blob. */
#include "base/arena.h"
#include "service/transport/remote/session.h"
#include "store/store.h"

enum {
    PART_BYTES = 256 * 1024, /* of one more() */
    PART_PIECES = 4000,      /* a message of dots makes many */
};

enum code client_content_open(struct ctx *cx, struct client *c)
{
    struct errand *e = c->e;
    TRY(blob_get(cx, c->job->env->store, &e->body, 0, SIZE_MAX, &c->body, &c->blob));
    return OK;
}

void client_content_close(struct client *c)
{
    if (c->blob)
        blob_unref(c->blob);
    client_unconvert(c);
    c->blob = NULL;
    c->body = c->left = (struct str){0};
}

/* What is before the next line that begins with a dot, and one dot: then it follows with its own.
   A lone LF counts as a line's end, so that nobody downstream finds an end in the message. */
static void put_dotted(struct client *c, struct reply *r)
{
    size_t bytes = 0;
    for (size_t pieces = 0; c->left.n && bytes < PART_BYTES && pieces < PART_PIECES; pieces++) {
        struct str part = str_sub(c->left, 0, PART_BYTES - bytes);
        /* One byte more is looked at, so that "\n" at the part's end finds its dot. */
        size_t at = str_find(str_sub(c->left, 0, part.n + 1), STR("\n."));
        if (at != SIZE_MAX)
            part.n = at + 1;
        rope_ref(&r->out, part);
        c->left = str_from(c->left, part.n);
        bytes += part.n;
        if (at != SIZE_MAX)
            rope_ref(&r->out, STR("."));
    }
}

static bool ends_a_line(const struct client *c)
{
    return str_ends(c->body.n ? c->body : c->trace, STR("\r\n"));
}

static void put_part(struct client *c, struct reply *r)
{
    if (c->dotted) {
        put_dotted(c, r);
    } else {
        struct str part = str_sub(c->left, 0, PART_BYTES);
        rope_ref(&r->out, part);
        c->left = str_from(c->left, part.n);
    }
    r->more = c->left.n > 0;
    if (!r->more && c->dotted)
        rope_ref(&r->out, ends_a_line(c) ? STR(".\r\n") : STR("\r\n.\r\n"));
}

void client_more(struct ctx *cx, void *session, struct reply *r)
{
    (void)cx;
    put_part(session, r);
}

/* The trace fields are ours: none of them begins with a dot. */
static void put_first(struct client *c, struct reply *r)
{
    rope_ref(&r->out, c->trace);
    c->left = c->body;
    if (c->dotted && str_starts(c->body, STR(".")))
        rope_ref(&r->out, STR("."));
    put_part(c, r);
    c->phase = PHASE_FINAL;
}

void client_content_ask(struct client *c, struct reply *r)
{
    if (c->dotted) {
        rope_put(&r->out, STR("DATA\r\n"));
        c->phase = PHASE_DATA;
        return;
    }
    rope_printf(&r->out, "BDAT %zu LAST\r\n", c->trace.n + c->body.n);
    put_first(c, r);
}

static void all_taken(struct client *c, const struct heard *h)
{
    for (size_t i = 0; i < c->e->to_count; i++)
        if (c->taken[i])
            client_one_result(c, &c->e->to[i], h, true);
}

void client_data_reply(struct ctx *cx, struct client *c, const struct heard *h, struct reply *r)
{
    if (h->code == 354 && c->nothing_to_say) {
        rope_put(&r->out, STR(".\r\n")); /* RFC 2920 section 3.1 */
        c->phase = PHASE_FINAL;
    } else if (h->code == 354) {
        put_first(c, r);
    } else {
        struct heard refusal = *h;
        if (refusal.code < 400) { /* it is out of step */
            refusal.code = 450;
            refusal.status = STR("4.5.0");
        }
        all_taken(c, &refusal);
        c->needs_rset = !c->mail_refused;
        client_settle(cx, c, r);
    }
}

/* LMTP: a reply for each recipient that was taken, in their order (RFC 2033 section 4.2). */
static bool one_of_many(struct client *c, const struct heard *h)
{
    size_t n = 0;
    for (size_t i = 0; i < c->e->to_count; i++)
        if (c->taken[i] && n++ == c->final)
            client_one_result(c, &c->e->to[i], h, true);
    return ++c->final == c->accepted;
}

void client_final_reply(struct ctx *cx, struct client *c, const struct heard *h, struct reply *r)
{
    if (c->job->lmtp && !one_of_many(c, h))
        return;
    if (!c->job->lmtp && !c->nothing_to_say)
        all_taken(c, h);
    c->needs_rset = !c->dotted && h->code >= 400; /* RFC 3030 section 2 */
    client_settle(cx, c, r);
}
