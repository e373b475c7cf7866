#include "base/arena.h"
#include "format/charset.h"
#include "format/ical/ical.h"
#include "format/mime.h"
#include "service/sieve/run/draft.h"
#include "service/sieve/run/vars.h"
#include "service/sieve/script/check.h"
#include "service/sieve/script/words.h"

/* processcalendar (RFC 9671). */

void sieve_processcalendar_check(struct sieve_check *k, struct sieve_node *n)
{
    sieve_check_addresses(k, sieve_tag(n, TAG_ADDRESSES));
    for (enum sieve_tag t = TAG_OUTCOME; t <= TAG_REASON; t++)
        if (sieve_tag(n, t))
            sieve_check_variable(k, sieve_tag(n, t));
}

static void answer(struct sieve_run *r, const struct sieve_arg *name, struct str value)
{
    if (name)
        sieve_var_set(r, str_lower(r->arena, name->strings[0]), str_dup(r->arena, value));
}

static bool is_calendar(const struct mime_part *p)
{
    return p->node.kind == MIME_LEAF && str_ieq(p->type.type, STR("text")) &&
           str_ieq(p->type.subtype, STR("calendar"));
}

/* The first object, or that of the part that a loop is at: the others of an alternative say the
   same. As UTF-8; empty when there is none. */
static struct str object_of(struct sieve_run *r)
{
    const struct mime *m = sieve_draft_mime(r);
    uint32_t first = r->loop ? r->loop->part : 0, end = r->loop ? first + 1 : m->count;
    for (uint32_t i = first; i < end; i++) {
        if (!is_calendar(&m->parts[i]))
            continue;
        struct str charset = header_param(&m->parts[i].type, STR("charset"));
        struct str text = mime_content(r->arena, m, i, ICAL_BYTES_MAX + 1);
        return charset.n && charset_known(charset) ? charset_to_utf8(r->arena, charset, text)
                                                   : text;
    }
    return (struct str){0};
}

enum sieve_flow sieve_processcalendar_run(struct sieve_run *r, const struct sieve_node *n)
{
    const struct sieve_world *w = r->world;
    const struct sieve_arg *addresses = sieve_tag(n, TAG_ADDRESSES);
    struct sieve_calendar x = {
        .allow_public = sieve_tag(n, TAG_ALLOWPUBLIC) != NULL,
        .updates_only = sieve_tag(n, TAG_UPDATESONLY) != NULL,
        .delete_cancelled = sieve_tag(n, TAG_DELETECANCELLED) != NULL,
        .addresses = addresses ? sieve_run_texts(r, addresses) : NULL,
        .address_count = addresses ? addresses->count : 0,
        .organizers = sieve_run_text(r, sieve_tag(n, TAG_ORGANIZERS), 0),
        .calendar_id = sieve_run_text(r, sieve_tag(n, TAG_CALENDARID), 0),
        .content = str_dup(r->cx->arena, object_of(r)),
        .outcome = STR("no_action"),
        .reason = STR("calendars are not kept here"),
    };
    if (w->ops && w->ops->calendar)
        w->ops->calendar(w->self, r->cx, &x);
    answer(r, sieve_tag(n, TAG_OUTCOME), x.outcome);
    answer(r, sieve_tag(n, TAG_REASON), x.reason);
    sieve_run_say(r, n->spot, "processcalendar: %.*s", STR_ARG(x.outcome));
    return r->failed ? SIEVE_FAILED : SIEVE_ON;
}
