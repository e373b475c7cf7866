#include "proto/imap/sort/sort.h"
#include "base/arena.h"
#include "proto/imap/sort/collate.h"
#include "proto/imap/wire/parse.h"

static const struct {
    struct str name;
    enum column_order order;
} criteria[] = {
    {STR("ARRIVAL"), ORDER_ARRIVAL},
    {STR("CC"), ORDER_CC},
    {STR("DATE"), ORDER_DATE},
    {STR("DISPLAYFROM"), ORDER_DISPLAY_FROM},
    {STR("DISPLAYTO"), ORDER_DISPLAY_TO},
    {STR("FROM"), ORDER_FROM},
    {STR("SIZE"), ORDER_SIZE},
    {STR("SUBJECT"), ORDER_SUBJECT},
    {STR("TO"), ORDER_TO},
};

static bool criterion(struct str name, enum column_order *out)
{
    for (size_t i = 0; i < sizeof criteria / sizeof *criteria; i++) {
        if (!str_ieq(name, criteria[i].name))
            continue;
        *out = criteria[i].order;
        return true;
    }
    return false;
}

enum code imap_sort_parse(struct ctx *cx, struct cur *c, struct imap_sort *out)
{
    struct imap_sort sort = {0};
    if (!cur_char(c, '('))
        return fail(cx, E_SYNTAX, "sort criteria expected");
    do {
        struct str name = {0};
        bool reverse = cur_word(c, STR("REVERSE "));
        enum column_order order = ORDER_ARRIVAL;
        bool relevancy = imap_atom(c, &name) && str_ieq(name, STR("RELEVANCY"));
        struct imap_notes_sort notes = {0};
        if (str_ieq(name, STR("ANNOTATION")))
            TRY(imap_notes_sort_parse(cx, c, &notes));
        else if (!relevancy && (!name.n || !criterion(name, &order)))
            return fail(cx, E_SYNTAX, "no such sort criterion");
        if (sort.count == IMAP_SORT_MAX)
            return fail(cx, E_LIMIT, "more than %d sort criteria", IMAP_SORT_MAX);
        sort.by[sort.count].order = order;
        sort.by[sort.count].notes = notes;
        sort.by[sort.count].relevancy = relevancy;
        sort.by[sort.count++].reverse = reverse;
    } while (imap_sp(c));
    if (!cur_char(c, ')'))
        return fail(cx, E_SYNTAX, "closing bracket expected after sort criteria");
    *out = sort;
    return OK;
}

/* From the last criterion to the first: each sort leaves equal ones as they are. */
enum code imap_sort_run(struct ctx *cx, const struct imap_target *t, const struct imap_sort *sort,
                        struct imap_found *found)
{
    struct arena *arena AUTO(arena_close) = arena_open();
    struct ctx own = *cx;
    own.arena = arena;
    struct column_keyed *items = ARENA_ARRAY(arena, found->count, struct column_keyed);
    struct column_keyed *spare = ARENA_ARRAY(arena, found->count, struct column_keyed);
    for (uint32_t i = 0; i < found->count; i++)
        items[i].at = found->at[i];
    for (unsigned n = sort->count; n-- > 0 && found->count;) {
        uint32_t *ranks = NULL, limit = IMAP_SCORE_EXACT;
        enum code code = OK;
        if (sort->by[n].notes.entry.n)
            code = imap_notes_ranks(&own, t, &sort->by[n].notes, &ranks, &limit);
        else if (!sort->by[n].relevancy)
            code = imap_ranks(&own, t, sort->by[n].order, found, &ranks, &limit);
        cx->err = own.err;
        TRY(code);
        for (uint32_t i = 0; i < found->count; i++) {
            uint32_t at = items[i].at;
            uint32_t rank = ranks ? ranks[at] : limit - imap_score_of(sort->search, at);
            items[i].key = sort->by[n].reverse ? limit - rank : rank;
        }
        column_sort(items, spare, found->count);
    }
    for (uint32_t i = 0; i < found->count; i++)
        found->at[i] = items[i].at;
    return OK;
}
