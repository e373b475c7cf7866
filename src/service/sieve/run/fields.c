#include "service/sieve/run/fields.h"
#include "format/header.h"
#include "format/mime.h"
#include "service/sieve/run/draft.h"
#include "service/sieve/script/check.h"

struct walk {
    struct sieve_run *run;
    const struct sieve_node *node;
    const struct str *names;
    size_t count;
    sieve_field_fn *each;
    void *to;
    uint64_t index; /* wanted, from 1; 0: all */
    bool last;      /* counted from the end */
};

static uint64_t count_wanted(const struct walk *w, struct sieve_fields f)
{
    struct header_field field;
    uint64_t count = 0;
    while (sieve_fields_next(&f, &field))
        for (size_t i = 0; i < w->count; i++)
            count += str_ieq(w->names[i], field.name) ? 1 : 0;
    return count;
}

/* The fields of one name; at counts those of all names. False when the walk is over. */
static bool of_name(const struct walk *w, struct sieve_fields f, struct str name, uint64_t wanted,
                    uint64_t *at)
{
    struct header_field field;
    while (sieve_fields_next(&f, &field)) {
        if (!str_ieq(field.name, name) || (++*at != wanted && wanted))
            continue;
        if (!w->each(w->to, field.value))
            return false;
    }
    return true;
}

/* The fields of one entity; false when the walk is over. */
static bool entity(const struct walk *w, struct sieve_fields f)
{
    size_t bytes = f.trace.rest.n + f.header.rest.n;
    if (!sieve_run_spend(w->run, w->node->spot, bytes / 256 * w->count))
        return false;
    uint64_t wanted = w->index, at = 0;
    if (w->last) {
        uint64_t count = count_wanted(w, f);
        if (w->index > count)
            return true;
        wanted = count - w->index + 1;
    }
    for (size_t i = 0; i < w->count; i++)
        if (!of_name(w, f, w->names[i], wanted, &at))
            return false;
    return true;
}

static bool part(const struct walk *w, uint32_t number)
{
    if (number == 0)
        return entity(w, sieve_fields_of(w->run));
    struct str header = mime_header(sieve_draft_mime(w->run), number);
    return entity(w, (struct sieve_fields){cur_of((struct str){0}), cur_of(header)});
}

/* Parts come in the order of the message, so those in one follow it at once. */
static bool is_inside(const struct mime *m, uint32_t number, uint32_t root)
{
    while (number != root && number != MIME_NONE)
        number = m->parts[number].node.parent;
    return number == root;
}

void sieve_fields_walk(struct sieve_run *r, const struct sieve_node *n, const struct str *names,
                       size_t count, sieve_field_fn *each, void *to)
{
    struct walk w = {r, n, names, count, each, to, 0, sieve_tag(n, TAG_LAST) != NULL};
    w.index = sieve_tag(n, TAG_INDEX) ? sieve_tag(n, TAG_INDEX)->number : 0;
    bool mime = sieve_tag(n, TAG_MIME) != NULL;
    uint32_t root = mime && r->loop ? r->loop->part : 0;
    if (!part(&w, root) || !mime || !sieve_tag(n, TAG_ANYCHILD))
        return;
    const struct mime *m = sieve_draft_mime(r);
    for (uint32_t i = root + 1; i < m->count && is_inside(m, i, root); i++)
        if (!part(&w, i))
            return;
}

void sieve_fields_check(struct sieve_check *k, struct sieve_node *n)
{
    const struct sieve_arg *index = sieve_tag(n, TAG_INDEX);
    if (sieve_tag(n, TAG_LAST) && !index)
        sieve_report_at(k->report, n->spot, "\":last\" goes with \":index\" only");
    if (index && index->number == 0)
        sieve_report_at(k->report, index->spot, "fields are counted from 1");
    if (sieve_tag(n, TAG_ANYCHILD) && !sieve_tag(n, TAG_MIME))
        sieve_report_at(k->report, n->spot, "\":anychild\" goes with \":mime\" only");
}
