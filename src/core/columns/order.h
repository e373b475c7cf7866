/* The messages of a folder in order, as ranks: kept in memory beside columns, made anew when
   messages have come. */
#ifndef CORE_COLUMNS_ORDER_H
#define CORE_COLUMNS_ORDER_H

#include "core/columns/columns.h"

enum column_order {
    ORDER_ARRIVAL, /* received */
    ORDER_DATE,    /* sent, see column_facts */
    ORDER_SIZE,
    ORDER_SUBJECT, /* by i;unicode-casemap, as all that follow */
    ORDER_FROM,
    ORDER_TO,
    ORDER_CC,
    ORDER_DISPLAY_FROM,
    ORDER_DISPLAY_TO,
    ORDERS
};

/* By place of the view: equal keys have equal ranks, from 0 on, below *limit. What is not there any
   more comes last. In cx->arena. */
MUST_USE enum code column_ranks(struct ctx *cx, struct core *c, const struct view *v,
                                enum column_order order, uint32_t **ranks, uint32_t *limit);

/* Things with keys, sorted by them; equal ones stay as they are. spare: room for as many. */
struct column_keyed {
    uint64_t key;
    uint32_t at;
};
void column_sort(struct column_keyed *items, struct column_keyed *spare, size_t count);

#endif
