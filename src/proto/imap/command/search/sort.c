#include "proto/imap/sort/sort.h"
#include "proto/imap/command/handlers.h"
#include "proto/imap/command/search/command.h"
#include "proto/imap/sync/limit.h"
#include "proto/imap/wire/parse.h"

static enum code parse(struct ctx *cx, const struct imap_target *t, struct cur *c,
                       struct imap_sort *sort, struct imap_search *search)
{
    struct str charset;
    TRY(imap_sort_parse(cx, c, sort));
    if (!imap_sp(c) || !imap_astring(cx->arena, c, &charset) || !imap_sp(c))
        return fail(cx, E_SYNTAX, "charset and search keys expected");
    TRY(imap_search_keys(cx, t, c, charset, search));
    sort->search = search;
    for (unsigned i = 0; i < sort->count; i++)
        if (sort->by[i].relevancy && !search->scores)
            return fail(cx, E_SYNTAX, "RELEVANCY is of FUZZY");
    return OK;
}

/* The numbers of the first and last are those of the answer's order. */
static void note_ends(const struct imap_target *t, struct imap_found *f)
{
    f->first_modseq = imap_target_row(t, f->at[0]).modseq;
    f->last_modseq = imap_target_row(t, f->at[f->count - 1]).modseq;
}

enum code imap_sort(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct cur c = call->arg;
    struct imap_target target = imap_target_of(s);
    struct imap_search search = {0};
    struct imap_sort sort;
    struct imap_found found;
    enum code code = imap_search_returns(cx, &c, &search);
    struct str text = c.rest;
    if (code == OK)
        code = parse(cx, &target, &c, &sort, &search);
    search.whole =
        true; /* of what columns and ranks say; nothing reads messages beyond the limit */
    if (code == OK && search.key->cost >= IMAP_COSTS_HEADER)
        code = imap_limit_whole(cx, s, call, view_count(target.view));
    if (code == OK)
        code = imap_search_find(cx, s, &target, &search, &found);
    if (code == OK)
        code = imap_sort_run(cx, &target, &sort, &found);
    if (code != OK)
        return imap_search_failed(cx, s, call, &search, code);
    if (search.has_modseq && found.count)
        note_ends(&target, &found);
    struct imap_answer answer = {
        .target = &target, .search = &search, .found = &found, .name = STR("SORT")};
    imap_search_tell(cx, s, call, &answer, text);
    return OK;
}
