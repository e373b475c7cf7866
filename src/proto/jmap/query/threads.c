#include "proto/jmap/query/threads.h"
#include "base/random.h"
#include "proto/jmap/query/filter.h"
#include "proto/jmap/query/keyword.h"

enum { ROWS = 256 };

struct jmap_threads {
    struct jmap_set set;
    uint32_t *emails, *with; /* by place in set */
};

/* Multiply and shift with an odd number that nobody knows: threads have numbers that senders can
   choose. */
struct jmap_set jmap_set_of(struct arena *a, size_t room)
{
    struct jmap_set s = {.bits = 4};
    while ((size_t)1 << s.bits < room * 2)
        s.bits++;
    random_system(&s.odd, sizeof s.odd);
    s.odd |= 1;
    s.slots = ARENA_ARRAY(a, (size_t)1 << s.bits, uint64_t);
    s.at = ARENA_ARRAY(a, (size_t)1 << s.bits, uint32_t);
    return s;
}

static size_t slot_of(const struct jmap_set *s, uint64_t number)
{
    size_t mask = ((size_t)1 << s->bits) - 1, slot = (size_t)(number * s->odd >> (64 - s->bits));
    while (s->slots[slot] && s->slots[slot] != number)
        slot = (slot + 1) & mask;
    return slot;
}

uint32_t jmap_set_add(struct jmap_set *s, uint64_t number, bool *new)
{
    size_t slot = slot_of(s, number);
    *new = !s->slots[slot];
    if (*new) {
        must((size_t)s->count * 2 < (size_t)1 << s->bits);
        s->slots[slot] = number;
        s->at[slot] = s->count++;
    }
    return s->at[slot];
}

uint32_t jmap_set_find(const struct jmap_set *s, uint64_t number)
{
    size_t slot = slot_of(s, number);
    return s->slots[slot] ? s->at[slot] : UINT32_MAX;
}

static enum code add_folder(struct ctx *cx, struct jmap_call *call, struct view *v,
                            struct str keyword, struct jmap_threads *t)
{
    struct jmap_place p;
    struct jmap_keyword k = jmap_keyword_of(v, keyword);
    struct view_row rows[ROWS];
    uint32_t n;
    TRY(jmap_place_open(cx, call->env->core, v, &p));
    for (uint32_t place = 0; place < p.count; place += n) {
        n = view_rows(v, place, p.count - place < ROWS ? p.count - place : ROWS, rows);
        for (uint32_t i = 0; i < n; i++) {
            bool new;
            if (!p.facts[place + i])
                continue;
            uint32_t at = jmap_set_add(&t->set, p.facts[place + i]->thread, &new);
            t->emails[at]++;
            t->with[at] += jmap_keyword_has(&k, &rows[i]);
        }
    }
    jmap_place_close(&p);
    return OK;
}

enum code jmap_threads_make(struct ctx *cx, struct jmap_call *call, struct str keyword,
                            struct jmap_threads **out)
{
    struct jmap_threads *t = ARENA_NEW(cx->arena, struct jmap_threads);
    size_t folders = account_folder_count(call->folders), emails = 0;
    struct view **views = ARENA_ARRAY(cx->arena, folders + 1, struct view *);
    for (size_t i = 0; i < folders; i++) {
        folder_id id = account_folder(call->folders, i)->id;
        if (!jmap_folder(call, id, RIGHT_READ))
            continue;
        TRY(jmap_view(cx, call, id, &views[i]));
        emails += view_count(views[i]);
    }
    t->set = jmap_set_of(cx->arena, emails + 1);
    t->emails = ARENA_ARRAY(cx->arena, emails + 1, uint32_t);
    t->with = ARENA_ARRAY(cx->arena, emails + 1, uint32_t);
    for (size_t i = 0; i < folders; i++)
        if (views[i])
            TRY(add_folder(cx, call, views[i], keyword, t));
    *out = t;
    return OK;
}

bool jmap_threads_all(const struct jmap_threads *t, uint64_t thread)
{
    uint32_t at = jmap_set_find(&t->set, thread);
    return at != UINT32_MAX && t->with[at] == t->emails[at];
}

bool jmap_threads_some(const struct jmap_threads *t, uint64_t thread)
{
    uint32_t at = jmap_set_find(&t->set, thread);
    return at != UINT32_MAX && t->with[at];
}
