#include "proto/imap/search/turns.h"
#include <pthread.h>

struct imap_turns {
    pthread_mutex_t lock;
    size_t count;
    principal_id taken[IMAP_TURNS_MAX]; /* by whom; as often as he has one */
};

struct imap_turns *imap_turns_open(void)
{
    struct imap_turns *t = calloc(1, sizeof *t);
    must(t);
    must(pthread_mutex_init(&t->lock, NULL) == 0);
    return t;
}

void imap_turns_close(struct imap_turns *t)
{
    if (!t)
        return;
    pthread_mutex_destroy(&t->lock);
    free(t);
}

static size_t turns_of(const struct imap_turns *t, principal_id who)
{
    size_t n = 0;
    for (size_t i = 0; i < t->count; i++)
        n += t->taken[i] == who;
    return n;
}

enum code imap_turn_take(struct ctx *cx, struct imap_turns *t, principal_id who)
{
    enum code code = OK;
    pthread_mutex_lock(&t->lock);
    if (turns_of(t, who) == IMAP_TURNS_EACH)
        code = E_LIMIT;
    else if (t->count == IMAP_TURNS_MAX)
        code = E_BUSY;
    else
        t->taken[t->count++] = who;
    pthread_mutex_unlock(&t->lock);
    if (code == E_LIMIT)
        return fail(cx, code, "%d searches of this user are under way", IMAP_TURNS_EACH);
    return code == OK ? OK : fail(cx, code, "%d searches are under way", IMAP_TURNS_MAX);
}

void imap_turn_give(struct imap_turns *t, principal_id who)
{
    pthread_mutex_lock(&t->lock);
    size_t at = 0;
    while (at < t->count && t->taken[at] != who)
        at++;
    must(at < t->count);
    t->taken[at] = t->taken[--t->count];
    pthread_mutex_unlock(&t->lock);
}
