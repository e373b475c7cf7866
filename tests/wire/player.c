#include "player.h"
#include "base/buf.h"
#include "base/cur.h"
#include "base/random.h"
#include "match.h"

enum { HEARD_MAX = 256 * 1024 * 1024, PIECES = 300 };

struct inbox {
    struct buf all;
    size_t at; /* how far the dialogue took it */
    bool taken_since_send;
};

struct play {
    struct ctx *cx;
    const struct dialog *dialog;
    struct wire wire;
    unsigned cutting;
    struct random cuts;
    struct variables variables;
    struct inbox inboxes[WIRE_SESSIONS];
    size_t at; /* step */
};

static enum code differs(struct play *p, const struct step *s, const char *what, struct str wanted,
                         struct str got)
{
    struct arena *a = p->cx->arena;
    struct str w = dialog_escape(a, wanted), g = dialog_escape(a, got);
    static const char *const names[] = {"as written", "in bursts", "byte by byte", "cut in two"};
    const char *cut = names[p->cutting < CUT_IN_TWO ? p->cutting : CUT_IN_TWO];
    /* Longer than struct err holds, so it is printed here. */
    printf("%.*s:%d: %s (%s)\n  wanted %.*s\n  got    %.*s\n", STR_ARG(p->dialog->name), s->line,
           what, cut, STR_ARG(w), STR_ARG(g));
    return fail(p->cx, E_CONFLICT, "line %d: %s", s->line, what);
}

static struct str unread(const struct inbox *in)
{
    return str_from(buf_str(&in->all), in->at);
}

static struct inbox *listen(struct play *p, int session, bool wait)
{
    struct inbox *in = &p->inboxes[session];
    p->wire.ops->receive(p->wire.self, session, wait, &in->all);
    return in;
}

/* The next whole line, without its CRLF. false when none came; got is then what did. */
static bool next_line(struct play *p, int session, struct str *line, size_t *taken)
{
    struct inbox *in = &p->inboxes[session];
    for (bool waited = false;; waited = true) {
        struct cur c = cur_of(unread(in));
        size_t end = str_find(c.rest, STR("\r\n"));
        if (end != SIZE_MAX) {
            *line = str_sub(c.rest, 0, end);
            *taken = end + 2;
            return true;
        }
        size_t before = in->all.n;
        listen(p, session, waited);
        if (waited && in->all.n == before) {
            *line = unread(in);
            return false;
        }
    }
}

/* Whether the line is what the step wants; E_CONFLICT when not. */
static enum code compare(struct play *p, const struct step *s, struct str line)
{
    struct str wanted;
    TRY(variables_put(p->cx, &p->variables, s->text, s->kind == STEP_MATCH, &wanted));
    if (s->kind == STEP_MATCH)
        return line_match(p->cx, &p->variables, wanted, line);
    return str_eq(wanted, line) ? OK : E_CONFLICT;
}

static enum code expect_line(struct play *p, const struct step *s, bool skip)
{
    struct inbox *in = &p->inboxes[s->session];
    struct str line, first = {0};
    size_t taken;
    while (next_line(p, s->session, &line, &taken)) {
        enum code code = compare(p, s, line);
        if (code == OK) {
            in->at += taken;
            in->taken_since_send = true;
            return OK;
        }
        if (code != E_CONFLICT)
            return differs(p, s, p->cx->err.what, s->text, line);
        if (!skip)
            return differs(p, s, "the server says something else", s->text, line);
        first = first.n ? first : line;
        in->at += taken;
    }
    return differs(p, s,
                   p->wire.ops->is_closed(p->wire.self, s->session) ? "the server has closed"
                                                                    : "the server says nothing",
                   s->text, first.n ? first : line);
}

/* A run of S| lines: each is said, in any order. Leaves p->at on the last of them. */
static enum code expect_set(struct play *p)
{
    const struct step *first = &p->dialog->steps[p->at];
    size_t count = 0, left, taken;
    while (p->at + count < p->dialog->count && first[count].kind == STEP_ANY_ORDER &&
           first[count].session == first->session)
        count++;
    bool *seen = ARENA_ARRAY(p->cx->arena, count, bool);
    struct inbox *in = &p->inboxes[first->session];
    for (left = count; left; left--) {
        struct str line;
        size_t i = 0;
        if (!next_line(p, first->session, &line, &taken))
            return differs(p, first, "a line of the set is missing", first->text, line);
        while (i < count && (seen[i] || compare(p, &first[i], line) != OK))
            i++;
        if (i == count)
            return differs(p, first, "not a line of the set", first->text, line);
        seen[i] = true;
        in->at += taken;
    }
    in->taken_since_send = true;
    p->at += count - 1;
    return OK;
}

static enum code expect_bytes(struct play *p, const struct step *s)
{
    struct inbox *in = &p->inboxes[s->session];
    struct str wanted;
    TRY(variables_put(p->cx, &p->variables, s->text, false, &wanted));
    for (size_t before = SIZE_MAX; unread(in).n < wanted.n && before != in->all.n;) {
        before = in->all.n;
        listen(p, s->session, true);
    }
    if (!str_starts(unread(in), wanted))
        return differs(p, s, "the server says other bytes", wanted, unread(in));
    in->at += wanted.n;
    in->taken_since_send = true;
    return OK;
}

static void send_cut(struct play *p, int session, struct str bytes)
{
    const struct wire_ops *ops = p->wire.ops;
    if (p->cutting >= CUT_IN_TWO && bytes.n > 1) {
        size_t at = 1 + (size_t)(random_u64(&p->cuts) % (bytes.n - 1));
        ops->send(p->wire.self, session, str_sub(bytes, 0, at));
        ops->send(p->wire.self, session, str_from(bytes, at));
        return;
    }
    size_t piece = p->cutting == CUT_BYTES ? bytes.n / PIECES + 1 : bytes.n;
    for (; bytes.n; bytes = str_from(bytes, piece))
        ops->send(p->wire.self, session, str_sub(bytes, 0, piece));
}

/* A run of C lines of one session. Leaves p->at on the last of them. */
static enum code send_burst(struct play *p)
{
    const struct step *first = &p->dialog->steps[p->at];
    struct inbox *in = listen(p, first->session, false);
    if (in->taken_since_send && unread(in).n)
        return differs(p, first, "the server had said more before this", STR(""), unread(in));
    in->taken_since_send = false;
    size_t last = p->at;
    struct buf burst = buf_of(p->cx->arena, HEARD_MAX);
    for (; last < p->dialog->count; last++) {
        const struct step *s = &p->dialog->steps[last];
        struct str bytes;
        if (s->kind != STEP_SEND || s->session != first->session)
            break;
        if (variables_put(p->cx, &p->variables, s->text, false, &bytes) != OK)
            return differs(p, s, p->cx->err.what, s->text, (struct str){0});
        buf_add(&burst, bytes);
        if (!s->raw)
            buf_add(&burst, STR("\r\n"));
        if (p->cutting == CUT_LINES) {
            p->wire.ops->send(p->wire.self, s->session, buf_str(&burst));
            buf_reset(&burst);
        }
    }
    must(!burst.overflow);
    send_cut(p, first->session, buf_str(&burst));
    p->at = last - 1;
    return OK;
}

static enum code expect_closed(struct play *p, const struct step *s)
{
    struct inbox *in = listen(p, s->session, true);
    if (!p->wire.ops->is_closed(p->wire.self, s->session))
        return differs(p, s, "the server has not closed", STR("(closed)"), unread(in));
    return OK;
}

static enum code expect_silence(struct play *p, const struct step *s)
{
    struct inbox *in = listen(p, s->session, false);
    if (unread(in).n)
        return differs(p, s, "the server is not silent", STR(""), unread(in));
    return OK;
}

static enum code done_by_wire(struct play *p, const struct step *s)
{
    const struct wire_ops *ops = p->wire.ops;
    const char *why;
    if (s->kind == STEP_TLS)
        why = ops->tls(p->wire.self, s->session);
    else if (s->kind == STEP_CLOCK)
        why = ops->clock(p->wire.self, s->ms);
    else if (s->kind == STEP_SHUTDOWN)
        why = ops->shutdown(p->wire.self);
    else
        why = ops->set(p->wire.self, s->text);
    return why ? differs(p, s, why, s->text, (struct str){0}) : OK;
}

static enum code play_step(struct play *p)
{
    const struct step *s = &p->dialog->steps[p->at];
    switch (s->kind) {
    case STEP_SEND:
        return send_burst(p);
    case STEP_LINE:
    case STEP_MATCH:
        return expect_line(p, s, p->at > 0 && s[-1].kind == STEP_SKIP);
    case STEP_ANY_ORDER:
        return expect_set(p);
    case STEP_BYTES:
        return expect_bytes(p, s);
    case STEP_SKIP:
        return OK; /* the next step looks back */
    case STEP_CLOSED:
        return expect_closed(p, s);
    case STEP_SILENT:
        return expect_silence(p, s);
    case STEP_CLOCK:
    case STEP_TLS:
    case STEP_SHUTDOWN:
    case STEP_SET:
        return done_by_wire(p, s);
    }
    return OK;
}

/* At the end nobody has said more than the dialogue tells. */
static enum code play_end(struct play *p)
{
    const struct step *last = &p->dialog->steps[p->dialog->count - 1];
    for (int i = 0; i < WIRE_SESSIONS; i++) {
        struct inbox *in = &p->inboxes[i];
        if (!in->all.n)
            continue;
        listen(p, i, false);
        if (unread(in).n)
            return differs(p, last, "the server said more at the end", STR(""), unread(in));
    }
    return OK;
}

static enum code play_steps(struct play *p)
{
    for (p->at = 0; p->at < p->dialog->count; p->at++)
        TRY(play_step(p));
    return play_end(p);
}

enum code play(struct ctx *cx, const struct dialog *d, struct wire w, unsigned cutting,
               struct buf *transcript)
{
    struct play p = {.cx = cx,
                     .dialog = d,
                     .wire = w,
                     .cutting = cutting,
                     .cuts = {.seed = cutting + 1},
                     .variables = {.arena = cx->arena}};
    for (int i = 0; i < WIRE_SESSIONS; i++)
        p.inboxes[i].all = buf_of(cx->arena, HEARD_MAX);
    enum code code = play_steps(&p);
    w.ops->close(w.self);
    for (int i = 0; transcript && i < WIRE_SESSIONS; i++)
        buf_add(transcript, buf_str(&p.inboxes[i].all));
    return code;
}

/* Where two transcripts part, with some bytes before. */
static struct str parting(struct str a, struct str b)
{
    size_t at = 0;
    while (at < a.n && at < b.n && a.p[at] == b.p[at])
        at++;
    return str_sub(a, at < 40 ? 0 : at - 40, 120);
}

enum code play_all_cuttings(struct ctx *cx, const struct wire_fixture *f, const struct dialog *d)
{
    struct buf first = buf_of(cx->arena, HEARD_MAX);
    for (unsigned cutting = 0; cutting < CUTTINGS; cutting++) {
        struct arena *a AUTO(arena_close) = arena_open();
        struct ctx own = {.arena = a, .now_ms = cx->now_ms, .random = cx->random};
        struct buf heard = buf_of(a, HEARD_MAX);
        enum code code = play(&own, d, wire_memory(f, d), cutting, cutting ? &heard : &first);
        if (code != OK)
            return fail(cx, code, "%s", own.err.what);
        if (cutting == 0 || d->varies || str_eq(buf_str(&heard), buf_str(&first)))
            continue;
        struct str was = dialog_escape(a, parting(buf_str(&first), buf_str(&heard)));
        struct str is = dialog_escape(a, parting(buf_str(&heard), buf_str(&first)));
        printf("%.*s: cut otherwise (%u), the server says something else\n  at first %.*s\n"
               "  now      %.*s\n",
               STR_ARG(d->name), cutting, STR_ARG(was), STR_ARG(is));
        return fail(cx, E_CONFLICT, "cut otherwise, the server says something else");
    }
    return OK;
}
