/* Mail for the queue that goes with the accounts of one commit. */
#include "base/arena.h"
#include "service/delivery/parts.h"
#include "service/transport/queue.h"
#include "store/store.h"

void bundle_add(struct ctx *cx, struct bundle *b, struct queue_adding *adding, enum code *result)
{
    b->parts = arena_grow(cx->arena, b->parts, b->part_count * sizeof *b->parts,
                          (b->part_count + 1) * sizeof *b->parts);
    b->parts[b->part_count++] =
        (struct bundle_part){.adding = adding, .result = result, .first = b->count};
    b->count += queue_adding_count(adding);
}

void bundle_close(struct ctx *cx, struct bundle *b)
{
    b->updates = ARENA_ARRAY(cx->arena, b->count ? b->count : 1, struct update);
    for (size_t i = 0; i < b->part_count; i++)
        queue_adding_updates(b->parts[i].adding, b->updates + b->parts[i].first);
}

void bundle_done(struct ctx *cx, struct bundle *b)
{
    for (size_t i = 0; i < b->part_count; i++) {
        const struct bundle_part *part = &b->parts[i];
        enum code code = queue_adding_done(cx, part->adding, b->updates + part->first);
        if (code != OK)
            *part->result = code;
    }
}
