/* Reading filters. */
#include "proto/jmap/query/filter.h"
#include "base/buf.h"
#include "format/date.h"
#include "format/utf8.h"

struct reading {
    struct ctx *cx;
    const struct jmap_call *call;
    unsigned nodes;
    const char *error;
};

static struct jmap_filter *refuse(struct reading *r, const char *error)
{
    r->error = error;
    return NULL;
}

static struct jmap_filter *node(struct reading *r, enum jmap_op op)
{
    if (++r->nodes > JMAP_FILTER_NODES_MAX)
        return refuse(r, "unsupportedFilter");
    struct jmap_filter *f = ARENA_NEW(r->cx->arena, struct jmap_filter);
    f->op = op;
    return f;
}

static bool is_quote(char c)
{
    return c == '"' || c == '\'';
}

/* A phrase: behind its opening quote, up to the same one. False when it has no end. */
static bool take_phrase(struct arena *a, struct cur *c, char quote, struct str *out)
{
    struct buf b = buf_of(a, c->rest.n);
    struct cur at = *c;
    char x;
    while (cur_byte(&at, &x) && x != quote) {
        if (x == '\\' && !cur_byte(&at, &x))
            return false;
        buf_byte(&b, x);
        x = 0;
    }
    if (x != quote)
        return false;
    *c = at;
    *out = buf_str(&b);
    return true;
}

bool jmap_word_next(struct arena *a, struct cur *c, struct str *out)
{
    for (;;) {
        while (!cur_end(c) && ascii_is_space((char)cur_peek(c)))
            c->rest = str_from(c->rest, 1);
        if (cur_end(c))
            return false;
        struct cur behind = {str_from(c->rest, 1)};
        char first = c->rest.p[0];
        if (is_quote(first) && take_phrase(a, &behind, first, out)) {
            *c = behind;
            if (out->n)
                return true;
            continue;
        }
        size_t n = 0;
        while (n < c->rest.n && !ascii_is_space(c->rest.p[n]))
            n++;
        return cur_bytes(c, n, out);
    }
}

/* All of the words, each of them a condition like the one given. */
static struct jmap_filter *words(struct reading *r, const struct jmap_filter *like, struct str text)
{
    struct jmap_filter *all = node(r, JMAP_AND);
    struct cur c = cur_of(text);
    struct str word;
    while (all && jmap_word_next(r->cx->arena, &c, &word)) {
        struct jmap_filter *f = node(r, like->op);
        if (!f)
            return NULL;
        struct jmap_filter *next = all->child;
        *f = *like;
        f->text = utf8_search(r->cx->arena, word);
        f->next = next;
        all->child = f;
    }
    return all;
}

typedef struct jmap_filter *condition_fn(struct reading *r, const struct json_tree *v,
                                         unsigned what);

/* A mailbox that is not there, or not to be read, holds nothing. */
static struct jmap_filter *in_mailbox(struct reading *r, const struct json_tree *v, unsigned what)
{
    struct jmap_filter *f = node(r, JMAP_IN_MAILBOX);
    folder_id *folder = ARENA_NEW(r->cx->arena, folder_id);
    (void)what;
    if (!f)
        return NULL;
    f->folder_count = jmap_mailbox_of(r->call, v->text, folder);
    f->folders = folder;
    return f;
}

static struct jmap_filter *other_than(struct reading *r, const struct json_tree *v, unsigned what)
{
    struct jmap_filter *f = node(r, JMAP_OTHER_THAN);
    folder_id *folders = ARENA_ARRAY(r->cx->arena, v->count + 1, folder_id);
    (void)what;
    for (size_t i = 0; f && i < v->count; i++) {
        if (v->values[i].kind != TREE_STRING)
            return refuse(r, "invalidArguments");
        if (jmap_mailbox_of(r->call, v->values[i].text, &folders[f->folder_count]))
            f->folder_count++;
    }
    if (f)
        f->folders = folders;
    return f;
}

static struct jmap_filter *date(struct reading *r, const struct json_tree *v, unsigned what)
{
    struct date d;
    if (!date_parse(v->text, &d))
        return refuse(r, "invalidArguments");
    struct jmap_filter *f = node(r, (enum jmap_op)what);
    if (f)
        f->number = d.utc_ms;
    return f;
}

static struct jmap_filter *size(struct reading *r, const struct json_tree *v, unsigned what)
{
    if (v->integer < 0)
        return refuse(r, "invalidArguments");
    struct jmap_filter *f = node(r, (enum jmap_op)what);
    if (f)
        f->number = v->integer;
    return f;
}

static struct jmap_filter *attachment(struct reading *r, const struct json_tree *v, unsigned what)
{
    struct jmap_filter *f = node(r, (enum jmap_op)what);
    if (f)
        f->number = v->truth;
    return f;
}

/* RFC 9219 section 4.2; what: of enum jmap_smime. */
static struct jmap_filter *smime(struct reading *r, const struct json_tree *v, unsigned what)
{
    if (!(r->call->using & JMAP_SMIME))
        return refuse(r, "unsupportedFilter");
    struct jmap_filter *f = node(r, JMAP_HAS_SMIME);
    if (f) {
        f->number = v->truth;
        f->smime = (enum jmap_smime)what;
    }
    return f;
}

enum { WITHOUT = 1 << 8 };

/* what: with WITHOUT it must not be so. */
static struct jmap_filter *keyword(struct reading *r, const struct json_tree *v, unsigned what)
{
    struct jmap_filter *f = node(r, (enum jmap_op)(what & ~(unsigned)WITHOUT));
    struct jmap_filter *outer = what & WITHOUT && f ? node(r, JMAP_NOT) : f;
    if (!outer)
        return NULL;
    f->text = v->text;
    if (outer != f)
        outer->child = f;
    return outer;
}

/* what: a column. */
static struct jmap_filter *in_column(struct reading *r, const struct json_tree *v, unsigned what)
{
    static const uint32_t where[COLUMN_KINDS] = {[COLUMN_FROM] = SEARCH_FROM,
                                                 [COLUMN_TO] = SEARCH_TO,
                                                 [COLUMN_CC] = SEARCH_CC,
                                                 [COLUMN_BCC] = SEARCH_BCC,
                                                 [COLUMN_SUBJECT] = SEARCH_SUBJECT};
    struct jmap_filter like = {
        .op = JMAP_IN_COLUMN, .column = (enum column_kind)what, .where = where[what]};
    return words(r, &like, v->text);
}

static struct jmap_filter *in_text(struct reading *r, const struct json_tree *v, unsigned what)
{
    struct jmap_filter like = {.op = JMAP_IN_TEXT, .where = what};
    return words(r, &like, v->text);
}

static struct jmap_filter *header(struct reading *r, const struct json_tree *v, unsigned what)
{
    struct jmap_filter like = {.op = JMAP_HAS_FIELD, .where = SEARCH_IN_HEADER | SEARCH_NOISE_TOO};
    (void)what;
    if (v->count < 1 || v->count > 2 || v->values[0].kind != TREE_STRING ||
        (v->count == 2 && v->values[1].kind != TREE_STRING) || !v->values[0].text.n)
        return refuse(r, "invalidArguments");
    like.field = v->values[0].text;
    if (v->count == 2)
        return words(r, &like, v->values[1].text);
    struct jmap_filter *f = node(r, JMAP_HAS_FIELD);
    if (f)
        *f = like;
    return f;
}

static const struct {
    struct str name;
    enum tree_kind kind;
    condition_fn *read;
    unsigned what;
} conditions[] = {
    {STR("inMailbox"), TREE_STRING, in_mailbox, 0},
    {STR("inMailboxOtherThan"), TREE_ARRAY, other_than, 0},
    {STR("before"), TREE_STRING, date, JMAP_BEFORE},
    {STR("after"), TREE_STRING, date, JMAP_AFTER},
    {STR("minSize"), TREE_INTEGER, size, JMAP_MIN_SIZE},
    {STR("maxSize"), TREE_INTEGER, size, JMAP_MAX_SIZE},
    {STR("allInThreadHaveKeyword"), TREE_STRING, keyword, JMAP_ALL_IN_THREAD},
    {STR("someInThreadHaveKeyword"), TREE_STRING, keyword, JMAP_SOME_IN_THREAD},
    {STR("noneInThreadHaveKeyword"), TREE_STRING, keyword, JMAP_SOME_IN_THREAD | WITHOUT},
    {STR("hasKeyword"), TREE_STRING, keyword, JMAP_HAS_KEYWORD},
    {STR("notKeyword"), TREE_STRING, keyword, JMAP_HAS_KEYWORD | WITHOUT},
    {STR("hasAttachment"), TREE_BOOL, attachment, JMAP_HAS_ATTACHMENT},
    {STR("text"), TREE_STRING, in_text, SEARCH_IN_TEXT},
    {STR("from"), TREE_STRING, in_column, COLUMN_FROM},
    {STR("to"), TREE_STRING, in_column, COLUMN_TO},
    {STR("cc"), TREE_STRING, in_column, COLUMN_CC},
    {STR("bcc"), TREE_STRING, in_column, COLUMN_BCC},
    {STR("subject"), TREE_STRING, in_column, COLUMN_SUBJECT},
    {STR("body"), TREE_STRING, in_text, SEARCH_IN_BODY},
    {STR("header"), TREE_ARRAY, header, 0},
    {STR("hasSmime"), TREE_BOOL, smime, JMAP_SMIME_SIGNED},
    {STR("hasVerifiedSmime"), TREE_BOOL, smime, JMAP_SMIME_VERIFIED},
    {STR("hasVerifiedSmimeAtDelivery"), TREE_BOOL, smime, JMAP_SMIME_DELIVERED},
};

static struct jmap_filter *condition(struct reading *r, struct str name, const struct json_tree *v)
{
    for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++)
        if (str_eq(conditions[i].name, name))
            return v->kind == conditions[i].kind ? conditions[i].read(r, v, conditions[i].what)
                                                 : refuse(r, "invalidArguments");
    return refuse(r, "unsupportedFilter");
}

/* What a condition costs to ask: cheap ones first, so that the others are asked of less. */
static int cost_of(const struct jmap_filter *f)
{
    int most = f->op == JMAP_HAS_SMIME                                       ? 10
               : f->op == JMAP_HAS_FIELD && !f->text.n                       ? 9
               : f->op == JMAP_HAS_FIELD                                     ? 8
               : f->op == JMAP_IN_TEXT                                       ? 7
               : f->op == JMAP_IN_COLUMN                                     ? 3
               : f->op == JMAP_ALL_IN_THREAD || f->op == JMAP_SOME_IN_THREAD ? 2
                                                                             : 1;
    for (const struct jmap_filter *c = f->child; c; c = c->next)
        most = cost_of(c) > most ? cost_of(c) : most;
    return most;
}

static void add(struct jmap_filter *to, struct jmap_filter *f)
{
    struct jmap_filter **at = &to->child;
    while (*at && cost_of(*at) <= cost_of(f))
        at = &(*at)->next;
    f->next = *at;
    *at = f;
}

/* False for what is none. */
static bool operator_of(const struct json_tree *in, enum jmap_op *out)
{
    static const struct {
        struct str name;
        enum jmap_op op;
    } rows[] = {{STR("AND"), JMAP_AND}, {STR("OR"), JMAP_OR}, {STR("NOT"), JMAP_NOT}};
    struct str name = json_tree_text(in, STR("operator"));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (str_eq(rows[i].name, name)) {
            *out = rows[i].op;
            return json_tree_is(json_tree_member(in, STR("conditions")), TREE_ARRAY);
        }
    return false;
}

static struct jmap_filter *read_filter(struct reading *r, const struct json_tree *in,
                                       unsigned depth)
{
    bool joins = json_tree_member(in, STR("operator"));
    const struct json_tree *from = joins ? json_tree_member(in, STR("conditions")) : in;
    enum jmap_op op = JMAP_AND;
    if (in->kind != TREE_OBJECT || (joins && !operator_of(in, &op)))
        return refuse(r, "invalidArguments");
    if (depth == JMAP_FILTER_DEPTH_MAX)
        return refuse(r, "unsupportedFilter");
    struct jmap_filter *f = node(r, op);
    for (size_t i = 0; f && i < from->count; i++) {
        struct jmap_filter *child = joins ? read_filter(r, &from->values[i], depth + 1)
                                          : condition(r, in->names[i], &in->values[i]);
        if (!child)
            return NULL;
        add(f, child);
    }
    return f;
}

const char *jmap_filter_read(struct ctx *cx, const struct jmap_call *call,
                             const struct json_tree *in, struct jmap_filter **out)
{
    struct reading r = {.cx = cx, .call = call};
    *out = in ? read_filter(&r, in, 0) : node(&r, JMAP_AND);
    return r.error;
}

bool jmap_filter_has(const struct jmap_filter *f, enum jmap_op first, enum jmap_op last)
{
    if (f->op >= first && f->op <= last)
        return true;
    for (const struct jmap_filter *c = f->child; c; c = c->next)
        if (jmap_filter_has(c, first, last))
            return true;
    return false;
}
