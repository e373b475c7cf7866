/* Header fields made of properties: the forms of RFC 8621 section 4.1.2, written. */
#include "base/random.h"
#include "format/compose/compose.h"
#include "proto/jmap/email/make.h"

enum { FIELDS_EACH_MAX = 500 }; /* fields of an entity */

static const struct {
    struct str property, field;
    enum jmap_form form;
} shorts[] = {
    {STR("sentAt"), STR("Date"), JMAP_DATE},
    {STR("from"), STR("From"), JMAP_ADDRESSES},
    {STR("sender"), STR("Sender"), JMAP_ADDRESSES},
    {STR("replyTo"), STR("Reply-To"), JMAP_ADDRESSES},
    {STR("to"), STR("To"), JMAP_ADDRESSES},
    {STR("cc"), STR("Cc"), JMAP_ADDRESSES},
    {STR("bcc"), STR("Bcc"), JMAP_ADDRESSES},
    {STR("subject"), STR("Subject"), JMAP_TEXT},
    {STR("messageId"), STR("Message-ID"), JMAP_IDS},
    {STR("inReplyTo"), STR("In-Reply-To"), JMAP_IDS},
    {STR("references"), STR("References"), JMAP_IDS},
};
enum { SHORTS = sizeof shorts / sizeof *shorts };

static bool texts_of(struct ctx *cx, const struct json_tree *v, struct str **out)
{
    struct str *all = ARENA_ARRAY(cx->arena, v->count + 1, struct str);
    for (size_t i = 0; i < v->count; i++) {
        if (v->values[i].kind != TREE_STRING)
            return false;
        all[i] = v->values[i].text;
    }
    *out = all;
    return v->kind == TREE_ARRAY;
}

/* [{"name", "email"}]; a name that is null is none. */
static bool addresses_of(struct ctx *cx, const struct json_tree *v, struct compose_group *out)
{
    struct compose_address *all = ARENA_ARRAY(cx->arena, v->count + 1, struct compose_address);
    if (v->kind != TREE_ARRAY)
        return false;
    for (size_t i = 0; i < v->count; i++) {
        const struct json_tree *one = &v->values[i];
        const struct json_tree *name = json_tree_member(one, STR("name"));
        if (one->kind != TREE_OBJECT || !json_tree_text(one, STR("email")).n ||
            (name && name->kind != TREE_NULL && name->kind != TREE_STRING))
            return false;
        all[i] = (struct compose_address){json_tree_text(one, STR("name")),
                                          json_tree_text(one, STR("email"))};
    }
    out->at = all;
    out->count = v->count;
    return true;
}

static bool groups_of(struct ctx *cx, const struct json_tree *v, struct compose_group **out)
{
    struct compose_group *all = ARENA_ARRAY(cx->arena, v->count + 1, struct compose_group);
    if (v->kind != TREE_ARRAY)
        return false;
    for (size_t i = 0; i < v->count; i++) {
        const struct json_tree *list = json_tree_member(&v->values[i], STR("addresses"));
        all[i].name = json_tree_text(&v->values[i], STR("name"));
        all[i].named = json_tree_is(json_tree_member(&v->values[i], STR("name")), TREE_STRING);
        if (!list || !addresses_of(cx, list, &all[i]))
            return false;
    }
    *out = all;
    return true;
}

static bool put_addresses(struct ctx *cx, const struct json_tree *v, struct str name,
                          struct buf *out)
{
    struct compose_group g = {0};
    return addresses_of(cx, v, &g) && (!g.count || compose_addresses(out, name, &g, 1));
}

static bool put_groups(struct ctx *cx, const struct json_tree *v, struct str name, struct buf *out)
{
    struct compose_group *all;
    return groups_of(cx, v, &all) && (!v->count || compose_addresses(out, name, all, v->count));
}

static bool put_form(struct ctx *cx, const struct jmap_header *h, const struct json_tree *v,
                     struct buf *out)
{
    struct str *list;
    struct date date;
    bool text = v->kind == TREE_STRING;
    switch (h->form) {
    case JMAP_RAW:
        return text && compose_raw(out, h->name, v->text);
    case JMAP_TEXT:
        return text && compose_text(out, h->name, v->text);
    case JMAP_ADDRESSES:
        return put_addresses(cx, v, h->name, out);
    case JMAP_GROUPS:
        return put_groups(cx, v, h->name, out);
    case JMAP_IDS:
        return texts_of(cx, v, &list) && (!v->count || compose_ids(out, h->name, list, v->count));
    case JMAP_DATE:
        return text && date_parse(v->text, &date) && compose_date(out, h->name, date);
    case JMAP_URLS:
        return texts_of(cx, v, &list) && (!v->count || compose_urls(out, h->name, list, v->count));
    }
    return false;
}

/* null is no field; with ":all" there are as many as values. */
static bool put_field(struct ctx *cx, const struct jmap_header *h, const struct json_tree *v,
                      struct buf *out)
{
    bool good = !h->all || v->kind == TREE_ARRAY || v->kind == TREE_NULL;
    if (v->kind == TREE_NULL)
        return good;
    if (!h->all)
        return put_form(cx, h, v, out);
    for (size_t i = 0; i < v->count && good; i++)
        good = put_form(cx, h, &v->values[i], out);
    return good;
}

/* What a property is a field of; false: of none. */
static bool header_of(struct str property, bool outermost, struct jmap_header *out)
{
    for (size_t i = 0; outermost && i < SHORTS; i++)
        if (str_eq(shorts[i].property, property)) {
            *out = (struct jmap_header){shorts[i].field, shorts[i].form, false};
            return true;
        }
    return str_starts(property, STR("header:")) && jmap_header_of(property, out);
}

/* Fields of content are properties of parts (RFC 8621 section 4.6). */
static bool is_taken(struct str name, bool outermost)
{
    static const struct str own[] = {
        STR("Content-Type"), STR("Content-Transfer-Encoding"), STR("Content-Disposition"),
        STR("Content-ID"),   STR("Content-Language"),          STR("Content-Location"),
        STR("MIME-Version"),
    };
    if (outermost && str_istarts(name, STR("Content-")))
        return true;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (str_ieq(own[i], name))
            return true;
    return false;
}

static bool is_twice(struct str *names, size_t *count, struct str name)
{
    for (size_t i = 0; i < *count; i++)
        if (str_ieq(names[i], name))
            return true;
    if (*count < FIELDS_EACH_MAX)
        names[(*count)++] = name;
    return false;
}

static struct str host_of(const struct jmap_making *m)
{
    struct str address = m->call->who->who.address;
    size_t at = str_rchr(address, '@');
    return at == SIZE_MAX ? STR("localhost") : str_from(address, at + 1);
}

/* What is missing of Date and Message-ID (RFC 8621 section 4.6). */
static void put_missing(struct jmap_making *m, struct str *names, size_t count, struct buf *out)
{
    struct str id = str_printf(m->cx->arena, "%016llx%016llx@%.*s",
                               (unsigned long long)random_u64(m->cx->random),
                               (unsigned long long)random_u64(m->cx->random), STR_ARG(host_of(m)));
    if (!is_twice(names, &count, STR("Date")))
        (void)compose_date(out, STR("Date"), (struct date){.utc_ms = m->cx->now_ms});
    if (!is_twice(names, &count, STR("Message-ID")))
        (void)compose_ids(out, STR("Message-ID"), &id, 1);
}

enum code jmap_make_fields(struct jmap_making *m, const struct json_tree *v, bool outermost,
                           struct buf *out)
{
    struct str *names = ARENA_ARRAY(m->cx->arena, FIELDS_EACH_MAX + 2, struct str);
    size_t count = 0;
    for (size_t i = 0; i < v->count; i++) {
        struct str property = v->names[i];
        struct jmap_header h;
        if (!header_of(property, outermost, &h)) {
            if (str_starts(property, STR("header:")))
                TRY(jmap_set_invalid(m->outer, m->x, property, "not a header field"));
            continue;
        }
        if (!outermost && str_eq(property, STR("header:Content-Type")))
            continue; /* the part's type: tree.c */
        if (is_taken(h.name, outermost) || count == FIELDS_EACH_MAX ||
            is_twice(names, &count, h.name))
            TRY(jmap_set_invalid(m->outer, m->x, property, "a field that is told otherwise"));
        else if (!put_field(m->cx, &h, &v->values[i], out))
            TRY(jmap_set_invalid(m->outer, m->x, property, "a value that cannot be written"));
        else if (v->values[i].kind == TREE_NULL || (h.form != JMAP_RAW && h.form != JMAP_TEXT &&
                                                    h.form != JMAP_DATE && !v->values[i].count))
            count--; /* null, or an empty list: there is no such field */
    }
    if (outermost && !m->x->error)
        put_missing(m, names, count, out);
    if (out->overflow)
        return jmap_set_refuse(m->x, "tooLarge", "the header is too long");
    return OK;
}
