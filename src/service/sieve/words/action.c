#include "format/address.h"
#include "format/date.h"
#include "service/sieve/run/draft.h"
#include "service/sieve/run/run.h"
#include "service/sieve/script/check.h"
#include "service/sieve/script/words.h"

/* What becomes of the message: RFC 5228 section 4, with RFC 3894, 5429, 5490, 6009, 6134, 8579
   and 9042. */

/* A copy that outlives the run. */
static struct str own(struct sieve_run *r, struct str s)
{
    return str_dup(r->cx->arena, s);
}

enum { STORES = 1 << SIEVE_KEEP | 1 << SIEVE_FILEINTO | 1 << SIEVE_REDIRECT };
enum { REFUSES = 1 << SIEVE_REJECT | 1 << SIEVE_EREJECT };

/* RFC 5429 section 2.4, RFC 5230 section 4.7: who refuses a message does nothing else with it. */
static bool clashes(enum sieve_act a, enum sieve_act b)
{
    unsigned both = 1U << a | 1U << b;
    bool refuses = (both & REFUSES) != 0;
    if (refuses && a == b)
        return true;
    return refuses && (both & (STORES | 1U << SIEVE_VACATION) || (both & REFUSES) == REFUSES);
}

/* Room for one more at the end: most scripts have one or two. */
static struct sieve_action *more(struct sieve_run *r)
{
    struct sieve_outcome *out = r->out;
    size_t count = out->count++, size = sizeof *out->actions;
    if ((count & (count - 1)) == 0)
        out->actions =
            arena_grow(r->cx->arena, out->actions, count * size, (count ? 2 * count : 1) * size);
    return &out->actions[count];
}

struct sieve_action *sieve_run_act(struct sieve_run *r, const struct sieve_node *n,
                                   enum sieve_act act)
{
    struct sieve_outcome *out = r->out;
    if (out->count == SIEVE_ACTIONS_MAX) {
        sieve_run_fail(r, n->spot, true, "a script takes no more than %d actions",
                       SIEVE_ACTIONS_MAX);
        return NULL;
    }
    for (size_t i = 0; i < out->count; i++)
        if (clashes(out->actions[i].act, act)) {
            sieve_run_fail(r, n->spot, false, "\"%.*s\" may not go with what line %u does",
                           STR_ARG(n->name), out->actions[i].line);
            return NULL;
        }
    if (r->world->imap && (1U << act & (REFUSES | 1U << SIEVE_VACATION))) {
        sieve_run_fail(r, n->spot, false, "\"%.*s\" is for messages that are delivered",
                       STR_ARG(n->name));
        return NULL;
    }
    struct sieve_action *x = more(r);
    *x = (struct sieve_action){.act = act, .line = n->spot.line};
    if (1U << act & STORES)
        x->message = sieve_draft_message(r);
    sieve_run_say(r, n->spot, "%.*s", STR_ARG(n->name));
    return x;
}

struct sieve_list sieve_run_own(struct sieve_run *r, const struct str *at, size_t count)
{
    struct str *copy = ARENA_ARRAY(r->cx->arena, count + 1, struct str);
    for (size_t i = 0; i < count; i++)
        copy[i] = own(r, at[i]);
    return (struct sieve_list){copy, count};
}

static void set_flags(struct sieve_run *r, struct sieve_list flags, struct sieve_place *out)
{
    out->flags = sieve_run_own(r, flags.at, flags.count);
    out->flags_set = true;
}

void sieve_run_place(struct sieve_run *r, const struct sieve_node *n, struct sieve_place *out)
{
    *out = (struct sieve_place){0};
    const struct sieve_arg *flags = n ? sieve_tag(n, TAG_FLAGS) : NULL;
    if (flags)
        set_flags(r, sieve_flags_of(r, sieve_run_texts(r, flags), flags->count), out);
    else if (r->flags_touched)
        set_flags(r, sieve_flags_of(r, &r->flags, 1), out);
    if (!n)
        return;
    out->special_use = own(r, sieve_run_text(r, sieve_tag(n, TAG_SPECIALUSE), 0));
    out->mailbox_id = own(r, sieve_run_text(r, sieve_tag(n, TAG_MAILBOXID), 0));
    out->create = sieve_tag(n, TAG_CREATE) != NULL;
}

void sieve_place_check(struct sieve_check *k, struct sieve_node *n)
{
    if (sieve_tag(n, TAG_SPECIALUSE) && sieve_tag(n, TAG_MAILBOXID))
        sieve_report_at(k->report, n->spot,
                        "\":specialuse\" and \":mailboxid\" exclude each other");
}

void sieve_fileinto_check(struct sieve_check *k, struct sieve_node *n)
{
    const struct sieve_arg *folder = sieve_arg(n, 0);
    sieve_place_check(k, n);
    if (sieve_arg_constant(folder) && folder->strings[0].n == 0)
        sieve_report_at(k->report, folder->spot, "the name of a folder may not be empty");
}

enum sieve_flow sieve_keep_run(struct sieve_run *r, const struct sieve_node *n)
{
    struct sieve_action *x = sieve_run_act(r, n, SIEVE_KEEP);
    if (!x)
        return SIEVE_FAILED;
    sieve_run_place(r, n, &x->place);
    r->keep_cancelled = true;
    return SIEVE_ON;
}

enum sieve_flow sieve_discard_run(struct sieve_run *r, const struct sieve_node *n)
{
    sieve_run_say(r, n->spot, "discard");
    r->keep_cancelled = true;
    return SIEVE_ON;
}

enum sieve_flow sieve_fileinto_run(struct sieve_run *r, const struct sieve_node *n)
{
    struct str folder = sieve_run_text(r, sieve_arg(n, 0), 0);
    if (!folder.n)
        return sieve_run_fail(r, n->spot, false, "the name of a folder is empty");
    struct sieve_action *x = sieve_run_act(r, n, SIEVE_FILEINTO);
    if (!x)
        return SIEVE_FAILED;
    sieve_run_place(r, n, &x->place);
    x->place.folder = own(r, folder);
    x->copy = sieve_tag(n, TAG_COPY) != NULL;
    r->keep_cancelled |= !x->copy;
    return SIEVE_ON;
}

/* RFC 3461 section 4.1: NEVER, or SUCCESS, FAILURE, DELAY with commas. */
static bool is_notify(struct str s)
{
    if (str_ieq(s, STR("NEVER")))
        return true;
    struct cur c = cur_of(s);
    do {
        if (!cur_word(&c, STR("SUCCESS")) && !cur_word(&c, STR("FAILURE")) &&
            !cur_word(&c, STR("DELAY")))
            return false;
    } while (cur_char(&c, ','));
    return cur_end(&c);
}

static bool is_ret(struct str s)
{
    return str_ieq(s, STR("FULL")) || str_ieq(s, STR("HDRS"));
}

static bool is_mode(struct str s)
{
    return str_ieq(s, STR("notify")) || str_ieq(s, STR("return"));
}

/* RFC 3339, which RFC 6009 section 6 asks for. */
static bool is_time(struct str s, struct date *out)
{
    return s.n > 10 && (s.p[10] == 'T' || s.p[10] == 't') && ascii_is_digit(s.p[0]) &&
           date_parse(s, out);
}

static bool is_time_text(struct str s)
{
    struct date d;
    return is_time(s, &d);
}

static const struct choice {
    enum sieve_tag tag;
    bool (*is)(struct str s);
} choices[] = {
    {TAG_NOTIFY, is_notify},
    {TAG_RET, is_ret},
    {TAG_BY_MODE, is_mode},
    {TAG_BY_ABSOLUTE, is_time_text},
};

void sieve_redirect_check(struct sieve_check *k, struct sieve_node *n)
{
    if (!sieve_tag(n, TAG_REDIRECT_LIST))
        sieve_check_addresses(k, sieve_arg(n, 0));
    for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++) {
        const struct sieve_arg *arg = sieve_tag(n, choices[i].tag);
        if (arg && sieve_arg_constant(arg) && !choices[i].is(arg->strings[0]))
            sieve_report_at(k->report, arg->spot, "\"%.*s\" does not go with \":%.*s\"",
                            STR_ARG(arg->strings[0]), STR_ARG(arg->tag));
    }
    bool by = sieve_tag(n, TAG_BY_RELATIVE) || sieve_tag(n, TAG_BY_ABSOLUTE);
    if (!by && (sieve_tag(n, TAG_BY_MODE) || sieve_tag(n, TAG_BY_TRACE)))
        sieve_report_at(k->report, n->spot,
                        "\":bymode\" and \":bytrace\" go with a time for delivery only");
}

static bool set_dsn(struct sieve_run *r, const struct sieve_node *n, struct sieve_dsn *out)
{
    for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++) {
        const struct sieve_arg *arg = sieve_tag(n, choices[i].tag);
        struct str s = sieve_run_text(r, arg, 0);
        if (arg && !choices[i].is(s)) {
            sieve_run_fail(r, n->spot, false, "\"%.*s\" does not go with \":%.*s\"", STR_ARG(s),
                           STR_ARG(arg->tag));
            return false;
        }
    }
    out->notify = own(r, sieve_run_text(r, sieve_tag(n, TAG_NOTIFY), 0));
    out->ret = own(r, sieve_run_text(r, sieve_tag(n, TAG_RET), 0));
    const struct sieve_arg *relative = sieve_tag(n, TAG_BY_RELATIVE);
    const struct sieve_arg *absolute = sieve_tag(n, TAG_BY_ABSOLUTE);
    struct date when;
    if (relative)
        out->by_seconds = (int64_t)relative->number;
    else if (absolute && is_time(sieve_run_text(r, absolute, 0), &when))
        out->by_seconds = (when.utc_ms - r->cx->now_ms) / 1000;
    out->by_set = relative || absolute;
    bool returns = str_ieq(sieve_run_text(r, sieve_tag(n, TAG_BY_MODE), 0), STR("return"));
    out->by_mode = returns ? 'R' : 'N';
    out->by_trace = sieve_tag(n, TAG_BY_TRACE) != NULL;
    return true;
}

enum sieve_flow sieve_redirect_run(struct sieve_run *r, const struct sieve_node *n)
{
    struct str address = sieve_run_text(r, sieve_arg(n, 0), 0);
    bool list = sieve_tag(n, TAG_REDIRECT_LIST) != NULL;
    if (!list) {
        struct address_list parsed = address_parse(r->arena, address);
        address = parsed.count == 1 ? address_spec(r->arena, &parsed.at[0]) : (struct str){0};
        if (!address_valid(address))
            return sieve_run_fail(r, n->spot, false, "this is no mail address to redirect to");
    }
    if (r->redirects++ >= r->redirects_max)
        return sieve_run_fail(r, n->spot, true, "a script redirects no more than %u times",
                              r->redirects_max);
    struct sieve_action *x = sieve_run_act(r, n, SIEVE_REDIRECT);
    if (!x || !set_dsn(r, n, &x->dsn))
        return SIEVE_FAILED;
    x->address = own(r, address);
    x->list = list;
    x->copy = sieve_tag(n, TAG_COPY) != NULL;
    r->keep_cancelled |= !x->copy;
    return SIEVE_ON;
}

/* Each line end as CRLF. */
static struct str with_crlf(struct arena *a, struct str s)
{
    struct buf b = buf_of(a, 2 * s.n);
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\n' && (i == 0 || s.p[i - 1] != '\r'))
            buf_byte(&b, '\r');
        buf_byte(&b, s.p[i]);
    }
    return buf_str(&b);
}

void sieve_reject_check(struct sieve_check *k, struct sieve_node *n)
{
    n->extra = str_ieq(n->name, STR("ereject")) ? SIEVE_EREJECT : SIEVE_REJECT;
    (void)k;
}

enum sieve_flow sieve_reject_run(struct sieve_run *r, const struct sieve_node *n)
{
    struct sieve_action *x = sieve_run_act(r, n, (enum sieve_act)n->extra);
    if (!x)
        return SIEVE_FAILED;
    x->reason = with_crlf(r->cx->arena, sieve_run_text(r, sieve_arg(n, 0), 0));
    r->keep_cancelled = true;
    return SIEVE_ON;
}

static bool is_inbox(const struct sieve_action *x)
{
    return x->act == SIEVE_KEEP || (str_ieq(x->place.folder, STR("INBOX")) &&
                                    !x->place.special_use.n && !x->place.mailbox_id.n);
}

/* Whether both put the message into the same folder, or send it to the same address. */
static bool same_end(const struct sieve_action *a, const struct sieve_action *b)
{
    if (a->act == SIEVE_REDIRECT || b->act == SIEVE_REDIRECT)
        return a->act == b->act && a->list == b->list && str_ieq(a->address, b->address);
    bool stores = (1U << a->act & STORES) && (1U << b->act & STORES);
    if (!stores)
        return false;
    if (is_inbox(a) || is_inbox(b))
        return is_inbox(a) && is_inbox(b);
    return str_eq(a->place.folder, b->place.folder) &&
           str_ieq(a->place.special_use, b->place.special_use) &&
           str_eq(a->place.mailbox_id, b->place.mailbox_id);
}

/* One message goes to one place once (RFC 5228 section 2.10.3): as it was asked for last, where it
   was asked for first. */
static void unite(struct sieve_outcome *out)
{
    size_t kept = 0;
    for (size_t i = 0; i < out->count; i++) {
        size_t j = 0;
        while (j < kept && !same_end(&out->actions[j], &out->actions[i]))
            j++;
        if (j == kept) {
            out->actions[kept++] = out->actions[i];
            continue;
        }
        struct sieve_place place = out->actions[j].place;
        bool create = place.create || out->actions[i].place.create;
        if (out->actions[i].place.flags_set) {
            place.flags = out->actions[i].place.flags;
            place.flags_set = true;
        }
        place.create = create;
        out->actions[j].place = place;
        out->actions[j].message = out->actions[i].message;
    }
    out->count = kept;
}

/* The implicit keep; a copy into the inbox is the same, so that goes. */
static void keep_it(struct sieve_run *r, struct str message)
{
    struct sieve_outcome *out = r->out;
    struct sieve_action keep = {.act = SIEVE_KEEP, .implicit = true, .message = message};
    sieve_run_place(r, NULL, &keep.place);
    size_t kept = 0;
    for (size_t i = 0; i < out->count; i++)
        if (!same_end(&out->actions[i], &keep))
            out->actions[kept++] = out->actions[i];
    out->count = kept;
    *more(r) = keep;
    out->implicit_keep = true;
}

void sieve_run_finish(struct sieve_run *r)
{
    struct sieve_outcome *out = r->out;
    bool keeps = !r->failed && !r->keep_cancelled;
    struct str message = keeps ? sieve_draft_message(r) : (struct str){0};
    if (r->failed) {
        *out = (struct sieve_outcome){.error = out->error,
                                      .error_line = out->error_line,
                                      .error_is_limit = out->error_is_limit,
                                      .trace = out->trace,
                                      .trace_count = out->trace_count,
                                      .implicit_keep = true};
        r->action_room = 0;
        *more(r) = (struct sieve_action){.act = SIEVE_KEEP, .implicit = true};
        return;
    }
    unite(out);
    unsigned acts = 0;
    for (size_t i = 0; i < out->count; i++)
        acts |= 1U << out->actions[i].act;
    if (keeps)
        keep_it(r, message);
    else if (!(acts & (STORES | REFUSES)))
        *more(r) = (struct sieve_action){.act = SIEVE_DISCARD};
}
