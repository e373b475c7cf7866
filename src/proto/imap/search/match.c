#include "format/date.h"
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

/* The day, in UTC, since that is how dates are shown. */
static int64_t day_of(int64_t ms)
{
    int64_t over = ms % day_ms;
    return ms - (over < 0 ? over + day_ms : over);
}

static bool sent_day(struct imap_candidate *m, int64_t *out)
{
    struct summary_facts facts;
    if (!note(m, summary_facts(m->cx, m->item.summary, &facts)) ||
        !(facts.flags & SUMMARY_HAS_DATE))
        return false;
    *out = date_day_ms((struct date){facts.sent_ms, facts.sent_zone_minutes});
    return true;
}

static bool match_date(struct imap_candidate *m, const struct imap_key *key)
{
    int64_t asked = (int64_t)key->number, day = 0;
    bool sent = key->op == IMAP_SEARCH_SENTBEFORE || key->op == IMAP_SEARCH_SENTON ||
                key->op == IMAP_SEARCH_SENTSINCE;
    if (!item(m) || (sent && !sent_day(m, &day)))
        return false;
    if (!sent)
        day = day_of(m->item.received_ms);
    if (key->op == IMAP_SEARCH_BEFORE || key->op == IMAP_SEARCH_SENTBEFORE)
        return day < asked;
    if (key->op == IMAP_SEARCH_ON || key->op == IMAP_SEARCH_SENTON)
        return day == asked;
    return day >= asked;
}

static bool match_saved(struct imap_candidate *m, const struct imap_key *key)
{
    int64_t asked = (int64_t)key->number;
    if (!item(m))
        return false;
    int64_t day = day_of(m->item.saved_ms);
    if (key->op == IMAP_SEARCH_SAVEDBEFORE)
        return day < asked;
    return key->op == IMAP_SEARCH_SAVEDON ? day == asked : day >= asked;
}

bool imap_text_has(struct arena *a, struct str text, struct str needle)
{
    if (!needle.n)
        return true;
    if (str_ifind(text, needle) != SIZE_MAX)
        return true;
    if (utf8_is_ascii(text))
        return false;
    return str_find(utf8_fold(a, text), needle) != SIZE_MAX;
}

/* Lines "f:name <address>", folded. */
static bool match_address(struct imap_candidate *m, const struct imap_key *key)
{
    struct str lines, line;
    if (!item(m) || !note(m, summary_get(m->cx, m->item.summary, SUMMARY_ADDRESSES, &lines)))
        return false;
    if (key->text.n && str_find(lines, key->text) == SIZE_MAX)
        return false;
    struct cur c = cur_of(lines);
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
           imap_text_has(m->cx->arena, subject, key->text);
}

static bool match_children(struct imap_candidate *m, const struct imap_key *key, bool any)
{
    for (const struct imap_key *k = key->child; k; k = k->next)
        if (imap_search_match(m, k) == any)
            return any;
    return !any;
}

static bool match_recent(struct imap_candidate *m, const struct imap_key *key)
{
    bool recent = imap_set_has(&m->session->selected->recent, m->row.uid);
    return recent == key->wanted && !(m->row.flags & key->number); /* NEW: not seen either */
}

static bool match_and(struct imap_candidate *m, const struct imap_key *key)
{
    return match_children(m, key, false);
}

static bool match_or(struct imap_candidate *m, const struct imap_key *key)
{
    return match_children(m, key, true);
}

static bool match_not(struct imap_candidate *m, const struct imap_key *key)
{
    return !imap_search_match(m, key->child) && !m->gone;
}

static bool match_all(struct imap_candidate *m, const struct imap_key *key)
{
    (void)m, (void)key;
    return true;
}

static bool match_flags(struct imap_candidate *m, const struct imap_key *key)
{
    return ((m->row.flags & key->number) != 0) == key->wanted;
}

static bool match_keywords(struct imap_candidate *m, const struct imap_key *key)
{
    return ((m->row.keywords & key->number) != 0) == key->wanted;
}

static bool match_places(struct imap_candidate *m, const struct imap_key *key)
{
    return imap_set_has(&key->places, m->place);
}

static bool match_modseq(struct imap_candidate *m, const struct imap_key *key)
{
    return m->row.modseq >= key->number;
}

static bool match_larger(struct imap_candidate *m, const struct imap_key *key)
{
    return item(m) && m->item.size > key->number;
}

static bool match_smaller(struct imap_candidate *m, const struct imap_key *key)
{
    return item(m) && m->item.size < key->number;
}

static bool match_message(struct imap_candidate *m, const struct imap_key *key)
{
    return item(m) && imap_search_message(m, key);
}

static const struct {
    bool (*match)(struct imap_candidate *m, const struct imap_key *key);
    enum imap_search_cost cost;
} ops[] = {
    [IMAP_SEARCH_AND] = {match_and, IMAP_COSTS_VIEW}, /* and what its children cost */
    [IMAP_SEARCH_OR] = {match_or, IMAP_COSTS_VIEW},
    [IMAP_SEARCH_NOT] = {match_not, IMAP_COSTS_VIEW},
    [IMAP_SEARCH_ALL] = {match_all, IMAP_COSTS_VIEW},
    [IMAP_SEARCH_FLAGS] = {match_flags, IMAP_COSTS_VIEW},
    [IMAP_SEARCH_KEYWORDS] = {match_keywords, IMAP_COSTS_VIEW},
    [IMAP_SEARCH_RECENT] = {match_recent, IMAP_COSTS_VIEW},
    [IMAP_SEARCH_PLACES] = {match_places, IMAP_COSTS_VIEW},
    [IMAP_SEARCH_MODSEQ] = {match_modseq, IMAP_COSTS_VIEW},
    [IMAP_SEARCH_BEFORE] = {match_date, IMAP_COSTS_ROW},
    [IMAP_SEARCH_ON] = {match_date, IMAP_COSTS_ROW},
    [IMAP_SEARCH_SINCE] = {match_date, IMAP_COSTS_ROW},
    [IMAP_SEARCH_SENTBEFORE] = {match_date, IMAP_COSTS_ROW},
    [IMAP_SEARCH_SENTON] = {match_date, IMAP_COSTS_ROW},
    [IMAP_SEARCH_SENTSINCE] = {match_date, IMAP_COSTS_ROW},
    [IMAP_SEARCH_SAVEDBEFORE] = {match_saved, IMAP_COSTS_ROW},
    [IMAP_SEARCH_SAVEDON] = {match_saved, IMAP_COSTS_ROW},
    [IMAP_SEARCH_SAVEDSINCE] = {match_saved, IMAP_COSTS_ROW},
    [IMAP_SEARCH_LARGER] = {match_larger, IMAP_COSTS_ROW},
    [IMAP_SEARCH_SMALLER] = {match_smaller, IMAP_COSTS_ROW},
    [IMAP_SEARCH_ADDRESS] = {match_address, IMAP_COSTS_ROW},
    [IMAP_SEARCH_SUBJECT] = {match_subject, IMAP_COSTS_ROW},
    [IMAP_SEARCH_FIELD] = {match_message, IMAP_COSTS_HEADER},
    [IMAP_SEARCH_BODY] = {match_message, IMAP_COSTS_MESSAGE},
    [IMAP_SEARCH_TEXT] = {match_message, IMAP_COSTS_MESSAGE},
};

enum imap_search_cost imap_search_cost(enum imap_search_op op)
{
    return ops[op].cost;
}

bool imap_search_match(struct imap_candidate *m, const struct imap_key *key)
{
    return ops[key->op].match(m, key);
}
