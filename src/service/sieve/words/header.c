#include "format/header.h"
#include "format/mime.h"
#include "service/sieve/run/draft.h"
#include "service/sieve/run/fields.h"
#include "service/sieve/run/match.h"
#include "service/sieve/script/check.h"
#include "service/sieve/script/words.h"

/* The tests header, exists and size (RFC 5228 section 5), with :mime (RFC 5703 section 4.1). */

/* What of a Content-Type or Content-Disposition is compared. */
struct look {
    struct sieve_matcher matcher;
    enum sieve_tag option; /* TAG_TYPE ... TAG_PARAM, or none: the text */
    const struct sieve_arg *params;
};

static bool value(struct look *l, struct str s)
{
    return !sieve_match_value(&l->matcher, s);
}

static bool parameters(struct look *l, const struct header_content *content)
{
    struct sieve_run *r = l->matcher.run;
    const struct str *names = sieve_run_texts(r, l->params);
    for (size_t i = 0; i < content->count; i++)
        for (size_t j = 0; j < l->params->count; j++)
            if (str_ieq(content->params[i].name, names[j]) && !value(l, content->params[i].value))
                return false;
    return true;
}

/* A structured value: "type/subtype; parameters", or "disposition; parameters". */
static bool structured(struct look *l, struct str raw)
{
    struct arena *a = l->matcher.run->arena;
    struct header_content content;
    if (!header_content_type(a, raw, &content) && !header_disposition(a, raw, &content))
        return true;
    if (l->option == TAG_PARAM)
        return parameters(l, &content);
    if (l->option == TAG_TYPE)
        return value(l, content.type);
    if (l->option == TAG_SUBTYPE)
        return !content.subtype.n || value(l, content.subtype);
    struct str both[] = {content.type, content.subtype.n ? STR("/") : STR(""), content.subtype};
    return value(l, str_join(a, both, 3));
}

static bool field(void *to, struct str raw)
{
    struct look *l = to;
    if (l->option != TAG_NONE)
        return structured(l, raw);
    return value(l, header_text(l->matcher.run->arena, raw));
}

bool sieve_header_test(struct sieve_run *r, const struct sieve_node *n)
{
    struct look l = {.params = sieve_tag(n, TAG_PARAM)};
    for (enum sieve_tag t = TAG_TYPE; t <= TAG_PARAM; t++)
        if (sieve_tag(n, t))
            l.option = t;
    const struct sieve_arg *names = sieve_arg(n, 0);
    sieve_match_begin(&l.matcher, r, n, sieve_arg(n, 1));
    sieve_fields_walk(r, n, sieve_run_texts(r, names), names->count, field, &l);
    return sieve_match_end(&l.matcher);
}

void sieve_header_check(struct sieve_check *k, struct sieve_node *n)
{
    sieve_check_names(k, sieve_arg(n, 0));
    sieve_fields_check(k, n);
    for (enum sieve_tag t = TAG_TYPE; t <= TAG_PARAM; t++)
        if (sieve_tag(n, t) && !sieve_tag(n, TAG_MIME))
            sieve_report_at(k->report, n->spot, "\":%.*s\" goes with \":mime\" only",
                            STR_ARG(sieve_tag_row(t)->name));
}

static bool found(void *to, struct str raw)
{
    (void)raw;
    *(bool *)to = true;
    return false;
}

bool sieve_exists_test(struct sieve_run *r, const struct sieve_node *n)
{
    const struct sieve_arg *arg = sieve_arg(n, 0);
    const struct str *names = sieve_run_texts(r, arg);
    for (size_t i = 0; i < arg->count; i++) {
        bool there = false;
        sieve_fields_walk(r, n, &names[i], 1, found, &there);
        if (!there)
            return false;
    }
    return true;
}

void sieve_exists_check(struct sieve_check *k, struct sieve_node *n)
{
    sieve_check_names(k, sieve_arg(n, 0));
    sieve_fields_check(k, n);
}

bool sieve_size_test(struct sieve_run *r, const struct sieve_node *n)
{
    uint64_t limit = sieve_arg(n, 0)->number;
    return sieve_tag(n, TAG_OVER) ? r->message_size > limit : r->message_size < limit;
}

void sieve_size_check(struct sieve_check *k, struct sieve_node *n)
{
    if (!sieve_tag(n, TAG_OVER) && !sieve_tag(n, TAG_UNDER))
        sieve_report_at(k->report, n->spot, "\"size\" wants \":over\" or \":under\"");
}
