#include "proto/jmap/query/email.h"
#include "proto/jmap/email/email.h"

enum {
    ROWS = 256,
    THREAD_PART = 8, /* emails that are looked at for each thread that is wanted */
};

const struct jmap_flag jmap_flags[JMAP_FLAGS] = {
    {STR("$seen"), FLAG_SEEN},
    {STR("$answered"), FLAG_ANSWERED},
    {STR("$flagged"), FLAG_FLAGGED},
    {STR("$draft"), FLAG_DRAFT},
};

const char *jmap_email_find_read(struct ctx *cx, const struct jmap_call *call,
                                 struct jmap_email_find *out)
{
    const struct json_tree *filter, *sort, *collapse;
    if (!jmap_arg(call, STR("filter"), TREE_OBJECT, &filter) ||
        !jmap_arg(call, STR("sort"), TREE_ARRAY, &sort) ||
        !jmap_arg(call, STR("collapseThreads"), TREE_BOOL, &collapse))
        return "invalidArguments";
    out->collapse = collapse && collapse->truth;
    const char *error = jmap_filter_read(cx, call, filter, &out->filter);
    return error ? error : jmap_sorts_read(sort, &out->sorts);
}

/* What is found in documents may grow as they are read; what threads have changes with emails that
   do not change themselves. */
bool jmap_email_find_is_exact(const struct jmap_email_find *f)
{
    if (jmap_filter_has(f->filter, JMAP_ALL_IN_THREAD, JMAP_SOME_IN_THREAD) ||
        jmap_filter_has(f->filter, JMAP_IN_TEXT, JMAP_IN_TEXT) ||
        jmap_filter_has(f->filter, JMAP_HAS_SMIME, JMAP_HAS_SMIME))
        return false;
    for (size_t i = 0; i < f->sorts.count; i++)
        if (f->sorts.at[i].by >= JMAP_BY_ALL_IN_THREAD)
            return false;
    return true;
}

/* Whether nothing in the folder can fit. */
static bool is_outside(const struct jmap_filter *f, folder_id folder)
{
    bool in = false, any = false, all = true;
    for (size_t i = 0; i < f->folder_count; i++)
        in |= f->folders[i] == folder;
    for (const struct jmap_filter *c = f->child; c; c = c->next) {
        bool outside = is_outside(c, folder);
        any |= outside;
        all &= outside;
    }
    return f->op == JMAP_IN_MAILBOX   ? !in
           : f->op == JMAP_OTHER_THAN ? in
           : f->op == JMAP_AND        ? any
           : f->op == JMAP_OR         ? all
                                      : false;
}

/* Looks at threads once for each keyword. */
static enum code threads_of(struct ctx *cx, struct jmap_call *call, struct jmap_filter *f)
{
    if (f->op == JMAP_ALL_IN_THREAD || f->op == JMAP_SOME_IN_THREAD)
        TRY(jmap_threads_make(cx, call, f->text, &f->threads));
    for (struct jmap_filter *c = f->child; c; c = c->next)
        TRY(threads_of(cx, call, c));
    return OK;
}

static enum code threads_of_sorts(struct ctx *cx, struct jmap_call *call, struct jmap_sorts *sorts)
{
    for (size_t i = 0; i < sorts->count; i++)
        if (sorts->at[i].by >= JMAP_BY_ALL_IN_THREAD)
            TRY(jmap_threads_make(cx, call, sorts->at[i].keyword, &sorts->at[i].threads));
    return OK;
}

/* Takes all places that were found. */
static void take(struct jmap_hits *hits, uint32_t folder, const uint8_t *found)
{
    const struct jmap_place *p = &hits->places[folder];
    struct view_row rows[ROWS];
    uint32_t n;
    for (uint32_t place = 0; place < p->count; place += n) {
        n = view_rows(p->view, place, p->count - place < ROWS ? p->count - place : ROWS, rows);
        for (uint32_t i = 0; i < n; i++)
            if (found[place + i] && p->facts[place + i])
                hits->at[hits->count++] =
                    (struct jmap_hit){rows[i].id, p->facts[place + i], place + i, folder};
    }
}

static enum code look(struct ctx *cx, struct jmap_call *call, const struct jmap_filter *f,
                      struct jmap_hits *hits)
{
    for (uint32_t i = 0; i < hits->place_count; i++) {
        const struct jmap_place *p = &hits->places[i];
        uint8_t *among = ARENA_ARRAY(cx->arena, p->count + (size_t)1, uint8_t);
        uint8_t *found = ARENA_ARRAY(cx->arena, p->count + (size_t)1, uint8_t);
        memset(among, JMAP_YES, p->count);
        TRY(jmap_filter_ask(cx, call, p, f, among, found));
        take(hits, i, found);
    }
    return OK;
}

/* The folders that may hold something. */
static enum code open_places(struct ctx *cx, struct jmap_call *call, const struct jmap_filter *f,
                             struct jmap_hits *hits)
{
    size_t folders = account_folder_count(call->folders), room = 0;
    hits->places = ARENA_ARRAY(cx->arena, folders + 1, struct jmap_place);
    for (size_t i = 0; i < folders; i++) {
        folder_id id = account_folder(call->folders, i)->id;
        struct view *v;
        if (!jmap_folder(call, id, RIGHT_READ) || is_outside(f, id))
            continue;
        TRY(jmap_view(cx, call, id, &v));
        TRY(jmap_place_open(cx, call->env->core, v, &hits->places[hits->place_count]));
        room += hits->places[hits->place_count++].count;
    }
    hits->at = ARENA_ARRAY(cx->arena, room + 1, struct jmap_hit);
    return OK;
}

/* The first of each thread alone (RFC 8621 section 4.4.3), of the first so many hits. */
static size_t collapse(struct arena *a, struct jmap_hits *hits, size_t of, bool keep)
{
    struct jmap_set set = jmap_set_of(a, of + 1);
    size_t kept = 0;
    for (size_t i = 0; i < of; i++) {
        bool new;
        (void)jmap_set_add(&set, hits->at[i].facts->thread, &new);
        if (new &&keep)
            hits->at[kept] = hits->at[i];
        kept += new;
    }
    return kept;
}

static bool key_of(const struct jmap_call *call, struct str id, uint64_t *key)
{
    (void)call;
    return jmap_email_of(id, key);
}

/* Sorts as many as are wanted; of threads a few times as many, and all if that was too few.
 *known: so many are in order. */
static enum code arrange(struct ctx *cx, struct jmap_call *call, const struct jmap_email_find *f,
                         struct jmap_hits *hits, size_t *known)
{
    size_t all = hits->count, some = f->first < all ? f->first : all;
    if (f->collapse && some < all / THREAD_PART) {
        struct jmap_hits copy = *hits;
        copy.at = ARENA_ARRAY(cx->arena, all + 1, struct jmap_hit);
        memcpy(copy.at, hits->at, all * sizeof *copy.at);
        TRY(jmap_hits_sort(cx, call, &f->sorts, &copy, some * THREAD_PART));
        *known = collapse(cx->arena, &copy, some * THREAD_PART, true);
        if (*known >= some) {
            hits->at = copy.at;
            return OK;
        }
    }
    TRY(jmap_hits_sort(cx, call, &f->sorts, hits, f->collapse ? all : some));
    *known = f->collapse ? collapse(cx->arena, hits, all, true) : some;
    return OK;
}

static enum code find(struct ctx *cx, struct jmap_call *call, struct jmap_email_find *f,
                      struct jmap_hits *hits, struct jmap_results *out)
{
    TRY(threads_of(cx, call, f->filter));
    TRY(threads_of_sorts(cx, call, &f->sorts));
    TRY(open_places(cx, call, f->filter, hits));
    TRY(look(cx, call, f->filter, hits));
    out->total = hits->count;
    if (f->collapse && f->total)
        out->total = collapse(cx->arena, hits, hits->count, false);
    return arrange(cx, call, f, hits, &out->count);
}

enum code jmap_email_find(struct ctx *cx, struct jmap_call *call, const struct jmap_email_find *f,
                          struct jmap_results *out, const uint64_t **threads)
{
    struct jmap_hits hits = {0};
    struct jmap_email_find own = *f;
    struct jmap_results r = {.can_change = jmap_email_find_is_exact(f),
                             .key_of = key_of,
                             .id_of = jmap_email_type.id_of};
    enum code code = find(cx, call, &own, &hits, &r);
    uint64_t *ids = ARENA_ARRAY(cx->arena, r.count + 1, uint64_t);
    uint64_t *of = ARENA_ARRAY(cx->arena, r.count + 1, uint64_t);
    for (size_t i = 0; code == OK && i < r.count; i++) {
        ids[i] = hits.at[i].id;
        of[i] = hits.at[i].facts->thread;
    }
    for (size_t i = 0; i < hits.place_count; i++)
        jmap_place_close(&hits.places[i]);
    r.at = ids;
    *out = r;
    if (threads)
        *threads = of;
    return code;
}

enum code jmap_email_query(struct ctx *cx, struct jmap_call *call)
{
    struct jmap_email_find f;
    struct jmap_results results;
    struct jmap_page page;
    TRY(jmap_account_open(cx, call));
    if (call->error)
        return OK;
    const char *error = jmap_email_find_read(cx, call, &f);
    if (!error)
        error = jmap_page_read(call, &page);
    if (error)
        return jmap_refuse(call, error, NULL);
    f.first = jmap_page_first(&page);
    f.total = page.total;
    TRY(jmap_email_find(cx, call, &f, &results, NULL));
    return jmap_page_put(cx, call, &page, &results);
}
