#include "server/progress.h"
#include <pthread.h>
#include <stdlib.h>

struct progress {
    struct board *board;
    bool taken;
    struct progress_row row;
};

struct board {
    pthread_mutex_t lock;
    struct progress places[PROGRESS_PLACES];
};

struct board *board_open(void)
{
    struct board *b = calloc(1, sizeof *b);
    must(b);
    must(pthread_mutex_init(&b->lock, NULL) == 0);
    for (size_t i = 0; i < PROGRESS_PLACES; i++)
        b->places[i].board = b;
    return b;
}

void board_close(struct board *b)
{
    if (!b)
        return;
    must(pthread_mutex_destroy(&b->lock) == 0);
    free(b);
}

static void lock(struct board *b)
{
    must(pthread_mutex_lock(&b->lock) == 0);
}

static void unlock(struct board *b)
{
    must(pthread_mutex_unlock(&b->lock) == 0);
}

static void copy_text(char out[PROGRESS_TEXT_MAX], struct str text)
{
    snprintf(out, PROGRESS_TEXT_MAX, "%.*s", STR_ARG(text));
}

struct progress *progress_open(struct board *b, uint64_t ticket, struct str what, struct str who,
                               int64_t now_ms)
{
    struct progress *p = NULL;
    lock(b);
    for (size_t i = 0; i < PROGRESS_PLACES && !p; i++)
        if (!b->places[i].taken)
            p = &b->places[i];
    if (p) {
        p->taken = true;
        p->row = (struct progress_row){.ticket = ticket, .unit = "", .started_ms = now_ms};
        copy_text(p->row.what, what);
        copy_text(p->row.who, who);
    }
    unlock(b);
    return p;
}

void progress_step(struct progress *p, const char *unit, uint64_t done, uint64_t total)
{
    if (!p)
        return;
    lock(p->board);
    p->row.unit = unit;
    p->row.done = done;
    p->row.total = total;
    unlock(p->board);
}

void progress_close(struct progress *p)
{
    if (!p)
        return;
    lock(p->board);
    p->taken = false;
    unlock(p->board);
}

static int by_start(const void *a, const void *b)
{
    const struct progress_row *x = a, *y = b;
    return (x->started_ms > y->started_ms) - (x->started_ms < y->started_ms);
}

size_t board_rows(struct board *b, struct progress_row out[PROGRESS_PLACES])
{
    size_t count = 0;
    lock(b);
    for (size_t i = 0; i < PROGRESS_PLACES; i++)
        if (b->places[i].taken)
            out[count++] = b->places[i].row;
    unlock(b);
    qsort(out, count, sizeof *out, by_start);
    return count;
}
