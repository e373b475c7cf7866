/* What is told to a connection, and when. */
#include "proto/jmap/push/push.h"
#include "base/engine.h"
#include "base/metric.h"

enum { CHANGED_MAX = 64 * 1024 };

/* From a thread of the store. */
static void ring(void *waker, uint64_t version)
{
    (void)version;
    waker_ring(waker);
}

void jmap_push_end(struct jmap_push *p)
{
    jmap_watched_close(p->watched);
    p->watched = NULL;
}

enum code jmap_push_begin(struct ctx *cx, struct jmap_push *p, struct waker *waker,
                          jmap_types types, struct str since)
{
    struct auth_result who;
    TRY(jmap_person_still(cx, p->env, &p->person, &who));
    jmap_push_end(p);
    p->watched = jmap_watched_open(p->env, ring, waker);
    p->types = types;
    p->looked_ms = cx->now_ms;
    p->told_ms = cx->now_ms - JMAP_PUSH_GAP_MS;
    p->waits = false;
    enum code code = jmap_watched_set(cx, p->watched, &who, since);
    if (code != OK)
        jmap_push_end(p);
    return code;
}

static bool is_over(int64_t now_ms, int64_t since_ms, int64_t gap_ms)
{
    return now_ms - since_ms >= gap_ms || now_ms < since_ms; /* the clock was set back */
}

/* The person and the accounts are looked at anew now and then. */
static enum code look_around(struct ctx *cx, struct jmap_push *p, struct auth_result *who)
{
    if (!is_over(cx->now_ms, p->looked_ms, JMAP_PUSH_LOOK_MS))
        return OK;
    p->looked_ms = cx->now_ms;
    TRY(jmap_person_still(cx, p->env, &p->person, who));
    return p->watched ? jmap_watched_set(cx, p->watched, who, (struct str){0}) : OK;
}

enum code jmap_push_look(struct ctx *cx, struct jmap_push *p, struct str *changed)
{
    struct auth_result who;
    bool any;
    *changed = (struct str){0};
    TRY(look_around(cx, p, &who));
    if (!p->watched)
        return OK;
    TRY(jmap_watched_rang(cx, p->watched, &any));
    p->waits = any && !is_over(cx->now_ms, p->told_ms, JMAP_PUSH_GAP_MS);
    if (!any || p->waits)
        return OK;
    struct buf out = buf_of(cx->arena, CHANGED_MAX);
    TRY(jmap_person_still(cx, p->env, &p->person, &who));
    TRY(jmap_watched_look(cx, p->watched, &who, jmap_person_types(&p->person, p->types), &out,
                          &any));
    if (!any)
        return OK;
    p->told_ms = cx->now_ms;
    *changed = buf_str(&out);
    metric_add(p->env->pushed, 1);
    return OK;
}

uint32_t jmap_push_wake_ms(const struct jmap_push *p)
{
    return p->waits ? JMAP_PUSH_GAP_MS : JMAP_PUSH_LOOK_MS;
}
