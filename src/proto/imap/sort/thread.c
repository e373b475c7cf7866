#include "proto/imap/sort/thread.h"
#include "base/arena.h"
#include "core/columns/order.h"
#include "format/summary.h"
#include "proto/imap/sort/collate.h"

/* Where each message stands when all are sorted so: a number of its own, by node. */
static enum code stand(struct ctx *cx, const struct imap_target *t, enum column_order order,
                       const struct imap_found *found, uint32_t **out)
{
    uint32_t *ranks, limit;
    TRY(column_ranks(cx, t->core, t->view, order, &ranks, &limit));
    struct column_keyed *items = ARENA_ARRAY(cx->arena, found->count, struct column_keyed);
    struct column_keyed *spare = ARENA_ARRAY(cx->arena, found->count, struct column_keyed);
    for (uint32_t i = 0; i < found->count; i++)
        items[i] = (struct column_keyed){ranks[found->at[i]], i};
    column_sort(items, spare, found->count);
    uint32_t *stands = ARENA_ARRAY(cx->arena, found->count, uint32_t);
    for (uint32_t i = 0; i < found->count; i++)
        stands[items[i].at] = i;
    *out = stands;
    return OK;
}

static enum code subjects(struct ctx *cx, const struct imap_target *t,
                          const struct imap_found *found, struct imap_thread_facts *out)
{
    uint32_t *ranks;
    uint16_t rows[COLUMN_UIDS];
    TRY(imap_ranks(cx, t, ORDER_SUBJECT, found, &ranks, &out->subjects));
    out->subject = ARENA_ARRAY(cx->arena, found->count, uint32_t);
    out->bare = ARENA_ARRAY(cx->arena, found->count, bool);
    out->reply = ARENA_ARRAY(cx->arena, found->count, bool);
    for (uint32_t i = 0; i < found->count;) {
        struct column_span span = column_span(t->view, found->at[i]);
        struct column *text AUTO(column_unref) = NULL, *facts AUTO(column_unref) = NULL;
        TRY(column_get(cx, t->core, t->view, &span, COLUMN_BASE_SUBJECT, &text));
        TRY(column_get(cx, t->core, t->view, &span, COLUMN_FACTS, &facts));
        uint32_t first = i;
        column_rows(text, t->view, &span, rows);
        for (; i < found->count && found->at[i] < span.end; i++) {
            uint16_t row = rows[found->at[i] - span.first];
            out->subject[i] = ranks[found->at[i]];
            out->bare[i] = row == COLUMN_GONE || !column_text(text, row).n;
        }
        column_rows(facts, t->view, &span, rows);
        for (i = first; i < found->count && found->at[i] < span.end; i++) {
            uint16_t row = rows[found->at[i] - span.first];
            out->reply[i] =
                row != COLUMN_GONE && (column_facts(facts, row)->flags & SUMMARY_IS_REPLY);
        }
    }
    return OK;
}

/* Makes the lists of children from the parents, each in the order of at. */
static void hang(struct ctx *cx, struct imap_forest *f, const uint32_t *at)
{
    uint32_t *order = ARENA_ARRAY(cx->arena, f->messages, uint32_t);
    for (uint32_t i = 0; i < f->messages; i++)
        order[at[i]] = i;
    for (uint32_t i = 0; i < f->count; i++)
        f->child[i] = f->next[i] = IMAP_NO_NODE;
    for (uint32_t n = f->messages; n-- > 0;) { /* each comes before those that are there */
        uint32_t node = order[n], parent = f->parent[node];
        if (parent == IMAP_NO_NODE)
            continue;
        f->next[node] = f->child[parent];
        f->child[parent] = node;
    }
}

/* The roots in the order of at; one that is no message stands where its first child does. */
static void gather_roots(struct ctx *cx, struct imap_forest *f, const uint32_t *at)
{
    struct column_keyed *items = ARENA_ARRAY(cx->arena, f->count, struct column_keyed);
    struct column_keyed *spare = ARENA_ARRAY(cx->arena, f->count, struct column_keyed);
    f->root_count = 0;
    for (uint32_t i = 0; i < f->count; i++) {
        uint32_t who = i < f->messages ? i : f->child[i];
        if (f->parent[i] == IMAP_NO_NODE && who != IMAP_NO_NODE)
            items[f->root_count++] = (struct column_keyed){at[who], i};
    }
    column_sort(items, spare, f->root_count);
    f->roots = ARENA_ARRAY(cx->arena, f->root_count, uint32_t);
    for (uint32_t i = 0; i < f->root_count; i++)
        f->roots[i] = items[i].at;
}

/* By its latest message. Parents are not always before their children, so each way up ends where a
   later one was before. */
static void roots_by_latest(struct ctx *cx, struct imap_forest *f, const uint32_t *latest)
{
    uint32_t *last = ARENA_ARRAY(cx->arena, f->count, uint32_t);
    uint32_t *root = ARENA_ARRAY(cx->arena, f->count, uint32_t);
    for (uint32_t i = 0; i < f->count; i++)
        root[i] = f->parent[i] == IMAP_NO_NODE ? i : f->parent[i];
    for (uint32_t i = 0; i < f->messages; i++) {
        uint32_t top = i;
        while (root[top] != top)
            top = root[top];
        for (uint32_t at = i, above; at != top; at = above) {
            above = root[at];
            root[at] = top;
        }
        if (latest[i] > last[top])
            last[top] = latest[i];
    }
    struct column_keyed *items = ARENA_ARRAY(cx->arena, f->root_count, struct column_keyed);
    struct column_keyed *spare = ARENA_ARRAY(cx->arena, f->root_count, struct column_keyed);
    for (uint32_t i = 0; i < f->root_count; i++)
        items[i] = (struct column_keyed){last[f->roots[i]], f->roots[i]};
    column_sort(items, spare, f->root_count);
    for (uint32_t i = 0; i < f->root_count; i++)
        f->roots[i] = items[i].at;
}

/* RFC 5256 section 3, ORDEREDSUBJECT: the earliest message of a subject, and below it the others.
 */
static void by_subject(struct ctx *cx, const struct imap_thread_facts *facts, struct imap_forest *f)
{
    uint32_t *first = ARENA_ARRAY(cx->arena, facts->subjects, uint32_t);
    for (uint32_t i = 0; i < facts->subjects; i++)
        first[i] = IMAP_NO_NODE;
    for (uint32_t i = 0; i < f->messages; i++) {
        uint32_t *at = &first[facts->subject[i]];
        if (*at == IMAP_NO_NODE || facts->date[i] < facts->date[*at])
            *at = i;
    }
    for (uint32_t i = 0; i < f->messages; i++)
        if (first[facts->subject[i]] != i)
            f->parent[i] = first[facts->subject[i]];
}

static struct imap_forest forest_of(struct ctx *cx, uint32_t messages)
{
    size_t room = (size_t)messages * 2 + 1; /* nodes that are no messages have two children */
    struct imap_forest f = {.messages = messages,
                            .count = messages,
                            .parent = ARENA_ARRAY(cx->arena, room, uint32_t),
                            .child = ARENA_ARRAY(cx->arena, room, uint32_t),
                            .next = ARENA_ARRAY(cx->arena, room, uint32_t)};
    for (size_t i = 0; i < room; i++)
        f.parent[i] = IMAP_NO_NODE;
    return f;
}

enum code imap_thread_run(struct ctx *cx, const struct imap_target *t, enum imap_thread_how how,
                          const struct imap_found *found, struct imap_forest *out)
{
    struct imap_thread_facts facts = {0};
    struct imap_forest f = forest_of(cx, found->count);
    TRY(stand(cx, t, ORDER_DATE, found, &facts.date));
    if (how != IMAP_REFS)
        TRY(subjects(cx, t, found, &facts));
    if (how == IMAP_ORDEREDSUBJECT)
        by_subject(cx, &facts, &f);
    else
        TRY(imap_thread_link(cx, t, found, &f));
    hang(cx, &f, facts.date);
    gather_roots(cx, &f, facts.date);
    if (how == IMAP_REFERENCES) {
        imap_thread_join(cx, &facts, &f);
        hang(cx, &f, facts.date);
        gather_roots(cx, &f, facts.date);
    } else if (how == IMAP_REFS) {
        roots_by_latest(cx, &f, facts.date);
    }
    *out = f;
    return OK;
}

enum { CLOSE = IMAP_NO_NODE }; /* on the stack: a bracket */

struct stack {
    uint32_t *at;
    size_t count;
};

/* A node's number, and what comes below it: an only child behind it, several in brackets each. */
static void put_node(const struct imap_forest *f, const struct imap_answer *a, struct stack *s,
                     uint32_t node, struct buf *out)
{
    for (;; node = f->child[node]) {
        bool is_message = node < f->messages;
        if (is_message) {
            uint32_t place = a->found->at[node];
            if (out->p[out->n - 1] != '(')
                buf_byte(out, ' ');
            buf_u64(out, a->uid ? view_at(a->target->view, place).uid : place + 1);
        }
        uint32_t child = f->child[node];
        if (child == IMAP_NO_NODE)
            return;
        if (f->next[child] != IMAP_NO_NODE) {
            if (is_message)
                buf_byte(out, ' ');
            break;
        }
    }
    size_t first = s->count;
    for (uint32_t c = f->child[node]; c != IMAP_NO_NODE; c = f->next[c])
        s->at[s->count++] = c;
    for (size_t i = first, j = s->count; i + 1 < j; i++) { /* the first is taken first */
        uint32_t swap = s->at[i];
        s->at[i] = s->at[--j];
        s->at[j] = swap;
    }
}

void imap_thread_put(struct ctx *cx, const struct imap_forest *forest, const struct imap_answer *a,
                     struct buf *out)
{
    struct arena *arena AUTO(arena_close) = arena_open();
    struct stack s = {.at = ARENA_ARRAY(arena, (size_t)forest->count * 2 + 2, uint32_t)};
    (void)cx;
    for (uint32_t i = 0; i < forest->root_count; i++) {
        s.at[s.count++] = forest->roots[i];
        while (s.count) {
            uint32_t node = s.at[--s.count];
            if (node == CLOSE) {
                buf_byte(out, ')');
                continue;
            }
            buf_byte(out, '(');
            s.at[s.count++] = CLOSE;
            put_node(forest, a, &s, node, out);
        }
    }
}
