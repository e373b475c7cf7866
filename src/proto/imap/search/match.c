#include "core/objectid/objectid.h"
#include "format/summary.h"
#include "format/utf8.h"
#include "proto/imap/search/search.h"

static const int64_t day_ms = 24 * 60 * 60 * 1000;

static bool note(struct imap_candidate *m, enum code code)
{
    if (code == E_NOT_FOUND)
        m->gone = true;
    else if (code != OK && m->failure == OK)
        m->failure = code;
    return code == OK;
}

static bool item(struct imap_candidate *m)
{
    if (!m->has_item && !m->gone)
        m->has_item = note(m, imap_rows_get(m->cx, m->rows, m->place, &m->item));
    return m->has_item;
}

static int64_t day_of(int64_t ms)
{
    int64_t over = ms % day_ms;
    return ms - (over < 0 ? over + day_ms : over);
}

/* INTERNALDATE's day is that of UTC, since that is how it is shown. */
static bool facts_before(const struct column_facts *f, const struct imap_key *key)
{
    return day_of(f->received_ms) < (int64_t)key->number;
}

static bool facts_on(const struct column_facts *f, const struct imap_key *key)
{
    return day_of(f->received_ms) == (int64_t)key->number;
}

static bool facts_since(const struct column_facts *f, const struct imap_key *key)
{
    return day_of(f->received_ms) >= (int64_t)key->number;
}

static bool facts_younger(const struct column_facts *f, const struct imap_key *key)
{
    return f->received_ms >= (int64_t)key->number;
}

static bool facts_older(const struct column_facts *f, const struct imap_key *key)
{
    return f->received_ms <= (int64_t)key->number;
}

/* Without a Date field that can be read none of the three matches. */
static bool facts_sentbefore(const struct column_facts *f, const struct imap_key *key)
{
    return f->sent_day != INT64_MIN && f->sent_day < (int64_t)key->number;
}

static bool facts_senton(const struct column_facts *f, const struct imap_key *key)
{
    return f->sent_day != INT64_MIN && f->sent_day == (int64_t)key->number;
}

static bool facts_sentsince(const struct column_facts *f, const struct imap_key *key)
{
    return f->sent_day != INT64_MIN && f->sent_day >= (int64_t)key->number;
}

static bool facts_larger(const struct column_facts *f, const struct imap_key *key)
{
    return f->size > key->number;
}

static bool facts_smaller(const struct column_facts *f, const struct imap_key *key)
{
    return f->size < key->number;
}

static bool facts_savedbefore(const struct column_facts *f, const struct imap_key *key)
{
    return day_of(f->saved_ms) < (int64_t)key->number;
}

static bool facts_savedon(const struct column_facts *f, const struct imap_key *key)
{
    return day_of(f->saved_ms) == (int64_t)key->number;
}

static bool facts_savedsince(const struct column_facts *f, const struct imap_key *key)
{
    return day_of(f->saved_ms) >= (int64_t)key->number;
}

static bool match_facts(struct imap_candidate *m, const struct imap_key *key)
{
    if (!item(m))
        return false;
    if (!m->has_facts)
        m->has_facts = note(m, column_facts_of(m->cx, &m->item, &m->facts));
    return m->has_facts && imap_search_facts(key->op)(&m->facts, key);
}

bool imap_key_has(struct arena *a, const struct imap_key *key, struct str text)
{
    if (key->exact.n)
        return collation_has(a, key->collation, text, key->exact);
    if (!key->text.n)
        return true;
    if (str_ifind(text, key->text) != SIZE_MAX)
        return true;
    if (utf8_is_ascii(text))
        return false;
    return str_find(utf8_search(a, text), key->text) != SIZE_MAX;
}

/* Lines "f:name <address>", folded; other comparators need the field as it was written. */
static bool match_address(struct imap_candidate *m, const struct imap_key *key)
{
    struct str lines, line;
    if (!item(m))
        return false;
    if (key->exact.n)
        return imap_search_message(m, key);
    if (!note(m, summary_get(m->cx, m->item.summary, SUMMARY_ADDRESSES, &lines)))
        return false;
    struct cur c = cur_of(utf8_search(m->cx->arena, lines));
    while (cur_until(&c, '\n', &line))
        if (line.n > 2 && line.p[0] == key->letter &&
            (!key->text.n || str_find(str_from(line, 2), key->text) != SIZE_MAX))
            return true;
    return false;
}

static bool match_subject(struct imap_candidate *m, const struct imap_key *key)
{
    struct str subject;
    return item(m) && note(m, summary_get(m->cx, m->item.summary, SUMMARY_SUBJECT, &subject)) &&
           imap_key_has(m->cx->arena, key, subject);
}

static bool match_any_is(struct imap_candidate *m, const struct imap_key *first, bool any)
{
    for (const struct imap_key *k = first; k; k = k->next)
        if (imap_search_match(m, k) == any)
            return any;
    return !any;
}

bool imap_search_match_from(struct imap_candidate *m, const struct imap_key *key)
{
    return match_any_is(m, key, false);
}

static bool match_and(struct imap_candidate *m, const struct imap_key *key)
{
    return match_any_is(m, key->child, false);
}

static bool match_or(struct imap_candidate *m, const struct imap_key *key)
{
    return match_any_is(m, key->child, true);
}

static bool match_not(struct imap_candidate *m, const struct imap_key *key)
{
    return !imap_search_match(m, key->child) && !m->gone;
}

static bool row_all(const struct imap_target *t, const struct view_row *row,
                    const struct imap_key *key)
{
    (void)t, (void)row, (void)key;
    return true;
}

static bool row_recent(const struct imap_target *t, const struct view_row *row,
                       const struct imap_key *key)
{
    bool recent = t->recent && imap_set_has(t->recent, row->uid);
    return recent == key->wanted && !(row->flags & key->number); /* NEW: not seen either */
}

static bool row_flags(const struct imap_target *t, const struct view_row *row,
                      const struct imap_key *key)
{
    (void)t;
    return ((row->flags & key->number) != 0) == key->wanted;
}

static bool row_keywords(const struct imap_target *t, const struct view_row *row,
                         const struct imap_key *key)
{
    (void)t;
    return ((row->keywords & key->number) != 0) == key->wanted;
}

static bool row_modseq(const struct imap_target *t, const struct view_row *row,
                       const struct imap_key *key)
{
    (void)t;
    return row->modseq >= key->number;
}

static bool match_row(struct imap_candidate *m, const struct imap_key *key)
{
    return imap_search_row(key->op)(m->target, &m->row, key);
}

static bool match_places(struct imap_candidate *m, const struct imap_key *key)
{
    return imap_set_has(&key->places, m->place);
}

static bool match_id(struct imap_candidate *m, const struct imap_key *key)
{
    if (!item(m))
        return false;
    struct arena *a = m->cx->arena;
    struct str id =
        key->op == IMAP_SEARCH_EMAILID
            ? objectid_email(a, m->target->account, view_account(m->target->view), m->item.id)
            : objectid_thread(a, &m->item);
    return str_eq(id, key->text);
}

static bool match_message(struct imap_candidate *m, const struct imap_key *key)
{
    return item(m) && imap_search_message(m, key);
}

static const struct {
    bool (*match)(struct imap_candidate *m, const struct imap_key *key);
    enum imap_search_cost cost;
    imap_row_fn *row;
    imap_facts_fn *facts;
} ops[] = {
    [IMAP_SEARCH_AND] = {match_and, IMAP_COSTS_VIEW, NULL, NULL}, /* and what its children cost */
    [IMAP_SEARCH_OR] = {match_or, IMAP_COSTS_VIEW, NULL, NULL},
    [IMAP_SEARCH_FUZZY] = {match_and, IMAP_COSTS_VIEW, NULL, NULL}, /* as it stands */
    [IMAP_SEARCH_NOT] = {match_not, IMAP_COSTS_VIEW, NULL, NULL},
    [IMAP_SEARCH_ALL] = {match_row, IMAP_COSTS_VIEW, row_all, NULL},
    [IMAP_SEARCH_FLAGS] = {match_row, IMAP_COSTS_VIEW, row_flags, NULL},
    [IMAP_SEARCH_KEYWORDS] = {match_row, IMAP_COSTS_VIEW, row_keywords, NULL},
    [IMAP_SEARCH_RECENT] = {match_row, IMAP_COSTS_VIEW, row_recent, NULL},
    [IMAP_SEARCH_PLACES] = {match_places, IMAP_COSTS_VIEW, NULL, NULL},
    [IMAP_SEARCH_MODSEQ] = {match_row, IMAP_COSTS_VIEW, row_modseq, NULL},
    [IMAP_SEARCH_BEFORE] = {match_facts, IMAP_COSTS_ROW, NULL, facts_before},
    [IMAP_SEARCH_ON] = {match_facts, IMAP_COSTS_ROW, NULL, facts_on},
    [IMAP_SEARCH_SINCE] = {match_facts, IMAP_COSTS_ROW, NULL, facts_since},
    [IMAP_SEARCH_YOUNGER] = {match_facts, IMAP_COSTS_ROW, NULL, facts_younger},
    [IMAP_SEARCH_OLDER] = {match_facts, IMAP_COSTS_ROW, NULL, facts_older},
    [IMAP_SEARCH_SENTBEFORE] = {match_facts, IMAP_COSTS_ROW, NULL, facts_sentbefore},
    [IMAP_SEARCH_SENTON] = {match_facts, IMAP_COSTS_ROW, NULL, facts_senton},
    [IMAP_SEARCH_SENTSINCE] = {match_facts, IMAP_COSTS_ROW, NULL, facts_sentsince},
    [IMAP_SEARCH_SAVEDBEFORE] = {match_facts, IMAP_COSTS_ROW, NULL, facts_savedbefore},
    [IMAP_SEARCH_SAVEDON] = {match_facts, IMAP_COSTS_ROW, NULL, facts_savedon},
    [IMAP_SEARCH_SAVEDSINCE] = {match_facts, IMAP_COSTS_ROW, NULL, facts_savedsince},
    [IMAP_SEARCH_EMAILID] = {match_id, IMAP_COSTS_ROW, NULL, NULL},
    [IMAP_SEARCH_THREADID] = {match_id, IMAP_COSTS_ROW, NULL, NULL},
    [IMAP_SEARCH_LARGER] = {match_facts, IMAP_COSTS_ROW, NULL, facts_larger},
    [IMAP_SEARCH_SMALLER] = {match_facts, IMAP_COSTS_ROW, NULL, facts_smaller},
    [IMAP_SEARCH_ADDRESS] = {match_address, IMAP_COSTS_ROW, NULL, NULL},
    [IMAP_SEARCH_SUBJECT] = {match_subject, IMAP_COSTS_ROW, NULL, NULL},
    [IMAP_SEARCH_FIELD] = {match_message, IMAP_COSTS_HEADER, NULL, NULL},
    [IMAP_SEARCH_BODY] = {match_message, IMAP_COSTS_MESSAGE, NULL, NULL},
    [IMAP_SEARCH_TEXT] = {match_message, IMAP_COSTS_MESSAGE, NULL, NULL},
};

enum imap_search_cost imap_search_cost(enum imap_search_op op)
{
    return ops[op].cost;
}

imap_facts_fn *imap_search_facts(enum imap_search_op op)
{
    return ops[op].facts;
}

imap_row_fn *imap_search_row(enum imap_search_op op)
{
    return ops[op].row;
}

bool imap_search_match(struct imap_candidate *m, const struct imap_key *key)
{
    return ops[key->op].match(m, key);
}
