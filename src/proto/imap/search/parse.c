#include "proto/imap/wire/parse.h"
#include "format/charset.h"
#include "format/utf8.h"
#include "proto/imap/annotate/annotate.h"
#include "proto/imap/search/filter.h"
#include "proto/imap/search/search.h"

struct parser {
    struct ctx *cx;
    const struct imap_target *t;
    struct cur *c;
    struct str charset;
    struct imap_search *out;
    unsigned keys, reads;
};

enum argument {
    NOTHING,
    FLAG_ARGUMENT,
    STRING,
    DATE,
    NUMBER,
    SECONDS,
    FIELD_AND_STRING,
    UIDS,
    MODSEQ,
    OBJECT_ID,
    ONE_KEY,
    TWO_KEYS,
    FILTER_NAME,
    ANNOTATION
};

/* name, argument, op, wanted, bits, letter */
static const struct row {
    struct str name;
    enum argument argument;
    enum imap_search_op op;
    bool wanted;
    uint32_t bits;
    char letter;
} rows[] = {
    {STR("ALL"), NOTHING, IMAP_SEARCH_ALL, true, 0, 0},
    {STR("ANNOTATION"), ANNOTATION, IMAP_SEARCH_PLACES, true, 0, 0},
    {STR("ANSWERED"), NOTHING, IMAP_SEARCH_FLAGS, true, FLAG_ANSWERED, 0},
    {STR("BCC"), STRING, IMAP_SEARCH_ADDRESS, true, 0, 'b'},
    {STR("BEFORE"), DATE, IMAP_SEARCH_BEFORE, true, 0, 0},
    {STR("BODY"), STRING, IMAP_SEARCH_BODY, true, 0, 0},
    {STR("CC"), STRING, IMAP_SEARCH_ADDRESS, true, 0, 'c'},
    {STR("DELETED"), NOTHING, IMAP_SEARCH_FLAGS, true, FLAG_DELETED, 0},
    {STR("DRAFT"), NOTHING, IMAP_SEARCH_FLAGS, true, FLAG_DRAFT, 0},
    {STR("EMAILID"), OBJECT_ID, IMAP_SEARCH_EMAILID, true, 0, 0},
    {STR("FILTER"), FILTER_NAME, IMAP_SEARCH_AND, true, 0, 0},
    {STR("FLAGGED"), NOTHING, IMAP_SEARCH_FLAGS, true, FLAG_FLAGGED, 0},
    {STR("FROM"), STRING, IMAP_SEARCH_ADDRESS, true, 0, 'f'},
    {STR("FUZZY"), ONE_KEY, IMAP_SEARCH_FUZZY, true, 0, 0},
    {STR("HEADER"), FIELD_AND_STRING, IMAP_SEARCH_FIELD, true, 0, 0},
    {STR("KEYWORD"), FLAG_ARGUMENT, IMAP_SEARCH_KEYWORDS, true, 0, 0},
    {STR("LARGER"), NUMBER, IMAP_SEARCH_LARGER, true, 0, 0},
    {STR("MODSEQ"), MODSEQ, IMAP_SEARCH_MODSEQ, true, 0, 0},
    {STR("NEW"), NOTHING, IMAP_SEARCH_RECENT, true, FLAG_SEEN, 0},
    {STR("NOT"), ONE_KEY, IMAP_SEARCH_NOT, true, 0, 0},
    {STR("OLD"), NOTHING, IMAP_SEARCH_RECENT, false, 0, 0},
    {STR("OLDER"), SECONDS, IMAP_SEARCH_OLDER, true, 0, 0},
    {STR("ON"), DATE, IMAP_SEARCH_ON, true, 0, 0},
    {STR("OR"), TWO_KEYS, IMAP_SEARCH_OR, true, 0, 0},
    {STR("RECENT"), NOTHING, IMAP_SEARCH_RECENT, true, 0, 0},
    {STR("SAVEDATESUPPORTED"), NOTHING, IMAP_SEARCH_ALL, true, 0, 0},
    {STR("SAVEDBEFORE"), DATE, IMAP_SEARCH_SAVEDBEFORE, true, 0, 0},
    {STR("SAVEDON"), DATE, IMAP_SEARCH_SAVEDON, true, 0, 0},
    {STR("SAVEDSINCE"), DATE, IMAP_SEARCH_SAVEDSINCE, true, 0, 0},
    {STR("SEEN"), NOTHING, IMAP_SEARCH_FLAGS, true, FLAG_SEEN, 0},
    {STR("SENTBEFORE"), DATE, IMAP_SEARCH_SENTBEFORE, true, 0, 0},
    {STR("SENTON"), DATE, IMAP_SEARCH_SENTON, true, 0, 0},
    {STR("SENTSINCE"), DATE, IMAP_SEARCH_SENTSINCE, true, 0, 0},
    {STR("SINCE"), DATE, IMAP_SEARCH_SINCE, true, 0, 0},
    {STR("SMALLER"), NUMBER, IMAP_SEARCH_SMALLER, true, 0, 0},
    {STR("SUBJECT"), STRING, IMAP_SEARCH_SUBJECT, true, 0, 0},
    {STR("TEXT"), STRING, IMAP_SEARCH_TEXT, true, 0, 0},
    {STR("THREADID"), OBJECT_ID, IMAP_SEARCH_THREADID, true, 0, 0},
    {STR("TO"), STRING, IMAP_SEARCH_ADDRESS, true, 0, 't'},
    {STR("UID"), UIDS, IMAP_SEARCH_PLACES, true, 0, 0},
    {STR("UNANSWERED"), NOTHING, IMAP_SEARCH_FLAGS, false, FLAG_ANSWERED, 0},
    {STR("UNDELETED"), NOTHING, IMAP_SEARCH_FLAGS, false, FLAG_DELETED, 0},
    {STR("UNDRAFT"), NOTHING, IMAP_SEARCH_FLAGS, false, FLAG_DRAFT, 0},
    {STR("UNFLAGGED"), NOTHING, IMAP_SEARCH_FLAGS, false, FLAG_FLAGGED, 0},
    {STR("UNKEYWORD"), FLAG_ARGUMENT, IMAP_SEARCH_KEYWORDS, false, 0, 0},
    {STR("UNSEEN"), NOTHING, IMAP_SEARCH_FLAGS, false, FLAG_SEEN, 0},
    {STR("YOUNGER"), SECONDS, IMAP_SEARCH_YOUNGER, true, 0, 0},
};

static struct imap_key *key_new(struct parser *p, enum imap_search_op op)
{
    struct imap_key *key = ARENA_NEW(p->cx->arena, struct imap_key);
    *key = (struct imap_key){.op = op, .cost = imap_search_cost(op), .wanted = true};
    return key;
}

/* Into parent, behind all that cost no more. */
static void child_add(struct imap_key *parent, struct imap_key *child)
{
    struct imap_key **at = &parent->child;
    while (*at && (*at)->cost <= child->cost)
        at = &(*at)->next;
    child->next = *at;
    *at = child;
    if (parent->cost < child->cost)
        parent->cost = child->cost;
}

static enum code count_read(struct parser *p)
{
    return ++p->reads <= IMAP_SEARCH_READS_MAX
               ? OK
               : fail(p->cx, E_LIMIT, "more than %d search keys that read the message",
                      IMAP_SEARCH_READS_MAX);
}

static const struct {
    char letter;
    struct str name;
} address_fields[] = {{'f', STR("From")}, {'t', STR("To")}, {'c', STR("Cc")}, {'b', STR("Bcc")}};

/* With another comparator the field is read as it was written. */
static enum code exact_address(struct parser *p, struct imap_key *key)
{
    for (size_t i = 0; i < sizeof address_fields / sizeof *address_fields; i++)
        if (address_fields[i].letter == key->letter)
            key->name = address_fields[i].name;
    key->cost = IMAP_COSTS_HEADER;
    return count_read(p);
}

static enum code text(struct parser *p, struct imap_key *key)
{
    struct str raw;
    if (!imap_sp(p->c) || !imap_astring(p->cx->arena, p->c, &raw))
        return fail(p->cx, E_SYNTAX, "string expected");
    raw = charset_to_utf8(p->cx->arena, p->charset, raw);
    key->text = utf8_search(p->cx->arena, raw);
    key->collation = p->t->collation;
    if (key->collation != COLLATION_UNICODE_CASEMAP)
        key->exact = raw;
    return key->exact.n && key->op == IMAP_SEARCH_ADDRESS ? exact_address(p, key) : OK;
}

/* Fields that the summary has are read from there. */
static const struct {
    struct str name;
    enum imap_search_op op;
    char letter;
} summary_fields[] = {
    {STR("Subject"), IMAP_SEARCH_SUBJECT, 0}, {STR("From"), IMAP_SEARCH_ADDRESS, 'f'},
    {STR("To"), IMAP_SEARCH_ADDRESS, 't'},    {STR("Cc"), IMAP_SEARCH_ADDRESS, 'c'},
    {STR("Bcc"), IMAP_SEARCH_ADDRESS, 'b'},
};

static enum code field(struct parser *p, struct imap_key *key)
{
    if (!imap_sp(p->c) || !imap_astring(p->cx->arena, p->c, &key->name))
        return fail(p->cx, E_SYNTAX, "name of a field expected");
    TRY(text(p, key));
    if (!key->text.n || key->exact.n) /* asks whether there is one; is read */
        return OK;
    for (size_t i = 0; i < sizeof summary_fields / sizeof *summary_fields; i++) {
        if (!str_ieq(key->name, summary_fields[i].name))
            continue;
        key->op = summary_fields[i].op;
        key->letter = summary_fields[i].letter;
        key->cost = IMAP_COSTS_ROW;
    }
    return OK;
}

static enum code keyword(struct parser *p, struct imap_key *key)
{
    struct str name;
    if (!imap_sp(p->c) || !imap_atom(p->c, &name))
        return fail(p->cx, E_SYNTAX, "keyword expected");
    int bit = view_keyword_bit(imap_target_names(p->t), name);
    if (bit >= 0)
        key->number = (uint64_t)1 << bit;
    else if (key->wanted) /* nobody has it */
        *key = (struct imap_key){.op = IMAP_SEARCH_NOT, .child = key_new(p, IMAP_SEARCH_ALL)};
    else
        key->op = IMAP_SEARCH_ALL;
    return OK;
}

/* [SP entry-name SP entry-type] SP number: RFC 7162 section 3.1.5. What is changed is not told
   apart by entry. */
static enum code modseq(struct parser *p, struct imap_key *key)
{
    struct str entry, type;
    if (!imap_sp(p->c))
        return fail(p->cx, E_SYNTAX, "number expected");
    if (cur_peek(p->c) == '"' && (!imap_string(p->cx->arena, p->c, &entry) || !imap_sp(p->c) ||
                                  !imap_atom(p->c, &type) || !imap_sp(p->c)))
        return fail(p->cx, E_SYNTAX, "entry and type expected");
    if (!imap_modseq(p->c, &key->number))
        return fail(p->cx, E_SYNTAX, "number expected");
    p->out->has_modseq = true;
    return OK;
}

static enum code places(struct parser *p, struct imap_key *key, bool uid)
{
    struct imap_set set;
    const struct view *v = p->t->view;
    TRY(imap_seqset_parse(p->cx, p->c, &set));
    p->out->has_places |= !uid || set.is_saved;
    if (p->out->has_places && !p->t->saved)
        return fail(p->cx, E_SYNTAX, "message numbers are of the selected mailbox alone");
    if (set.is_saved)
        return imap_seqset_uids(p->cx, p->t->saved, v, &key->places);
    if (!uid && p->t->uidonly) /* the command says UIDREQUIRED */
        return fail(p->cx, E_DENIED, "message numbers");
    return uid ? imap_seqset_uids(p->cx, &set, v, &key->places)
               : imap_seqset_numbers(p->cx, &set, v, &key->places);
}

/* nz-number, of seconds back from now (RFC 5032 section 2). */
static enum code seconds(struct parser *p, struct imap_key *key)
{
    uint32_t n;
    if (!imap_sp(p->c) || !cur_u32(p->c, &n) || !n)
        return fail(p->cx, E_SYNTAX, "number of seconds expected");
    key->number = (uint64_t)(p->cx->now_ms - (int64_t)n * 1000);
    return OK;
}

static enum code parse_key(struct parser *p, unsigned depth, struct imap_key **out);

static enum code keys_of(struct parser *p, struct imap_key *key, unsigned depth, int count)
{
    for (int i = 0; i < count; i++) {
        struct imap_key *child;
        if (!imap_sp(p->c))
            return fail(p->cx, E_SYNTAX, "search key expected");
        TRY(parse_key(p, depth + 1, &child));
        child_add(key, child);
    }
    return OK;
}

static enum code parse_all(struct parser *p, unsigned depth, struct imap_key **out);

/* RFC 5466: the keys that are kept under the name, in UTF-8. What can be no search is as undefined
   as what is not there. */
static enum code filter(struct parser *p, unsigned depth, struct imap_key *key)
{
    struct str name, value;
    struct imap_key *child = NULL;
    if (!imap_sp(p->c) || !imap_atom(p->c, &name) || str_chr(name, '/') != SIZE_MAX)
        return fail(p->cx, E_SYNTAX, "name of a filter expected");
    enum code code = imap_filter_get(p->cx, p->t, name, &value);
    struct cur *outer = p->c, inner = cur_of(value);
    struct str charset = p->charset;
    p->c = &inner;
    p->charset = STR("UTF-8");
    if (code == OK)
        code = parse_all(p, depth + 1, &child);
    if (code == OK && !cur_end(&inner))
        code = fail(p->cx, E_SYNTAX, "more after the search keys");
    p->c = outer;
    p->charset = charset;
    if ((code == E_NOT_FOUND || code == E_SYNTAX) && !p->out->undefined.n)
        p->out->undefined = name;
    if (code == E_SYNTAX)
        return fail(p->cx, E_NOT_FOUND, "the filter is no search");
    TRY(code);
    child_add(key, child);
    return OK;
}

/* RFC 5257 section 4.8. */
static enum code annotation(struct parser *p, struct imap_key *key)
{
    bool lacks;
    TRY(imap_notes_search(p->cx, p->t, p->c, &key->places, &lacks));
    if (!lacks)
        return OK;
    struct imap_key *those = key_new(p, IMAP_SEARCH_PLACES);
    those->places = key->places;
    *key = (struct imap_key){.op = IMAP_SEARCH_NOT, .cost = key->cost, .child = those};
    return OK;
}

static enum code date(struct parser *p, struct imap_key *key)
{
    int64_t day;
    if (!imap_sp(p->c) || !imap_date(p->c, &day))
        return fail(p->cx, E_SYNTAX, "date expected");
    key->number = (uint64_t)day;
    return OK;
}

static enum code number(struct parser *p, struct imap_key *key)
{
    if (!imap_sp(p->c) || !imap_modseq(p->c, &key->number))
        return fail(p->cx, E_SYNTAX, "number expected");
    return OK;
}

static enum code argument(struct parser *p, const struct row *row, unsigned depth,
                          struct imap_key *key)
{
    switch (row->argument) {
    case NOTHING:
        key->number = row->bits;
        return OK;
    case FLAG_ARGUMENT:
        return keyword(p, key);
    case STRING:
        key->letter = row->letter;
        return text(p, key);
    case DATE:
        return date(p, key);
    case NUMBER:
        return number(p, key);
    case SECONDS:
        return seconds(p, key);
    case FIELD_AND_STRING:
        return field(p, key);
    case UIDS:
        return imap_sp(p->c) ? places(p, key, true) : fail(p->cx, E_SYNTAX, "uids expected");
    case MODSEQ:
        return modseq(p, key);
    case OBJECT_ID:
        if (!imap_sp(p->c) || !imap_atom(p->c, &key->text))
            return fail(p->cx, E_SYNTAX, "object id expected");
        return OK;
    case ONE_KEY:
        return keys_of(p, key, depth, 1);
    case TWO_KEYS:
        return keys_of(p, key, depth, 2);
    case FILTER_NAME:
        return filter(p, depth, key);
    case ANNOTATION:
        return annotation(p, key);
    }
    return OK;
}

/* key *(SP key), all of which have to match. */
static enum code parse_all(struct parser *p, unsigned depth, struct imap_key **out)
{
    struct imap_key *all = key_new(p, IMAP_SEARCH_AND), *key;
    do {
        TRY(parse_key(p, depth + 1, &key));
        child_add(all, key);
    } while (imap_sp(p->c));
    *out = all;
    return OK;
}

/* One array for all FUZZY keys of the search. */
static uint8_t *scores(struct parser *p)
{
    if (!p->out->scores)
        p->out->scores = ARENA_ARRAY(p->cx->arena, view_count(p->t->view), uint8_t);
    return p->out->scores;
}

static enum code named_key(struct parser *p, unsigned depth, struct imap_key **out)
{
    struct str name;
    if (!imap_atom(p->c, &name))
        return fail(p->cx, E_SYNTAX, "search key expected");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!str_ieq(name, rows[i].name))
            continue;
        *out = key_new(p, rows[i].op);
        if ((*out)->cost >= IMAP_COSTS_HEADER)
            TRY(count_read(p));
        (*out)->wanted = rows[i].wanted;
        if (rows[i].op == IMAP_SEARCH_FUZZY)
            (*out)->scores = scores(p);
        return argument(p, &rows[i], depth, *out);
    }
    return fail(p->cx, E_SYNTAX, "no such search key");
}

static enum code parse_key(struct parser *p, unsigned depth, struct imap_key **out)
{
    if (depth > IMAP_SEARCH_DEPTH_MAX || ++p->keys > IMAP_SEARCH_KEYS_MAX)
        return fail(p->cx, E_LIMIT, "too many search keys, or too deep");
    int next = cur_peek(p->c);
    if (cur_char(p->c, '(')) {
        TRY(parse_all(p, depth, out));
        return cur_char(p->c, ')') ? OK : fail(p->cx, E_SYNTAX, "closing bracket expected");
    }
    if (next == '*' || next == '$' || (next >= '0' && next <= '9')) {
        *out = key_new(p, IMAP_SEARCH_PLACES);
        return places(p, *out, false);
    }
    return named_key(p, depth, out);
}

enum code imap_search_keys(struct ctx *cx, const struct imap_target *t, struct cur *c,
                           struct str charset, struct imap_search *out)
{
    struct parser p = {.cx = cx, .t = t, .c = c, .out = out, .charset = charset};
    if (!charset_known(charset))
        return fail(cx, E_UNSUPPORTED, "no such charset");
    TRY(parse_all(&p, 0, &out->key));
    if (!out->scores && (out->returns & IMAP_RETURN_RELEVANCY))
        return fail(cx, E_SYNTAX, "RELEVANCY is of FUZZY");
    return cur_end(c) ? OK : fail(cx, E_SYNTAX, "more after the search keys");
}

enum code imap_search_criteria(struct ctx *cx, const struct imap_target *t, struct cur *c,
                               struct imap_search *out)
{
    struct str charset = STR("UTF-8");
    if (t->utf8 && cur_word(c, STR("CHARSET ")))
        return fail(cx, E_SYNTAX, "no CHARSET after ENABLE UTF8=ACCEPT");
    if (cur_word(c, STR("CHARSET ")) && (!imap_astring(cx->arena, c, &charset) || !imap_sp(c)))
        return fail(cx, E_SYNTAX, "charset and search keys expected");
    return imap_search_keys(cx, t, c, charset, out);
}
