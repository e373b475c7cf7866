/* vacation (RFC 5230, 6131): who gets an answer, and which. Never lists, robots, bounces or
   oneself (RFC 3834 section 2). */
#include "base/cur.h"
#include "format/address.h"
#include "format/header.h"
#include "service/filter/write.h"

/* Local parts that are no people; with "*" they end, or begin, so. */
static const char *const robots[] = {
    "mailer-daemon", "postmaster",  "listserv",      "majordomo", "owner-*",  "*-owner",
    "*-request",     "*-bounces",   "*-bounce",      "bounce-*",  "bounces*", "noreply*",
    "no-reply*",     "donotreply*", "do-not-reply*", "nobody",    "daemon",   "root",
};

static bool fits(struct str local, struct str pattern)
{
    if (str_ends(pattern, STR("*")))
        return str_istarts(local, str_sub(pattern, 0, pattern.n - 1));
    if (!str_starts(pattern, STR("*")))
        return str_ieq(local, pattern);
    struct str end = str_from(pattern, 1);
    return local.n >= end.n && str_ieq(str_from(local, local.n - end.n), end);
}

static bool is_robot(struct str address)
{
    struct str local, domain;
    if (!address_split(address, &local, &domain))
        return true;
    for (size_t i = 0; i < sizeof robots / sizeof *robots; i++)
        if (fits(local, str_z(robots[i])))
            return true;
    return false;
}

static bool has_word(struct str value, const char *word)
{
    return str_ifind(value, str_z(word)) != SIZE_MAX;
}

bool is_automatic(struct filtering *x)
{
    struct cur c = cur_of(mime_header(x->message->mime, 0));
    struct header_field f;
    while (header_next(&c, &f)) {
        if (str_istarts(f.name, STR("List-")))
            return true;
        if (str_ieq(f.name, STR("Auto-Submitted"))) {
            struct cur value = cur_of(f.value);
            header_skip_cfws(&value);
            if (!cur_word(&value, STR("no")))
                return true;
        }
        if (str_ieq(f.name, STR("Precedence")) &&
            (has_word(f.value, "bulk") || has_word(f.value, "list") || has_word(f.value, "junk")))
            return true;
        if (str_ieq(f.name, STR("X-Auto-Response-Suppress")) &&
            (has_word(f.value, "all") || has_word(f.value, "oof") ||
             has_word(f.value, "autoreply")))
            return true;
    }
    return false;
}

/* Any of the user's, without a sub-address. */
static bool is_own(struct filtering *x, const struct sieve_vacation *v, struct str address)
{
    struct principal who;
    struct str normal, wanted;
    if (directory_address_normal(x->cx, address, &normal) != OK)
        return false;
    if (directory_by_address(x->cx, x->f->core, normal, &who) == OK && who.id == x->to->who)
        return true;
    if (str_ieq(address, x->to->address) &&
        directory_by_address(x->cx, x->f->core, address, &who) == E_NOT_FOUND)
        return true; /* with its detail, as it was written */
    for (size_t i = 0; i < v->addresses.count; i++)
        if (directory_address_normal(x->cx, v->addresses.at[i], &wanted) == OK &&
            str_eq(normal, wanted))
            return true;
    return false;
}

/* RFC 5230 section 4.5: the user is named in the header. */
static bool is_addressed(struct filtering *x, const struct sieve_vacation *v)
{
    static const char *const names[] = {"To", "Cc", "Bcc", "Resent-To", "Resent-Cc", "Resent-Bcc"};
    struct cur c = cur_of(mime_header(x->message->mime, 0));
    struct header_field f;
    while (header_next(&c, &f)) {
        bool wanted = false;
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            wanted |= str_ieq(f.name, str_z(names[i]));
        struct address_list list = {0};
        if (wanted)
            list = address_parse(x->cx->arena, f.value);
        for (size_t i = 0; i < list.count; i++)
            if (list.at[i].kind == ADDRESS_MAILBOX &&
                is_own(x, v, address_spec(x->cx->arena, &list.at[i])))
                return true;
    }
    return false;
}

static bool is_wanted(struct filtering *x, const struct sieve_vacation *v)
{
    const struct delivery_message *m = x->message->m;
    return m->return_path.n && !m->junk && !is_robot(m->return_path) && !is_automatic(x) &&
           !is_own(x, v, m->return_path) && is_addressed(x, v);
}

static struct str subject_of(struct filtering *x, const struct sieve_vacation *v)
{
    struct arena *a = x->cx->arena;
    if (v->subject.n)
        return v->subject;
    struct str own = header_text(a, field_of(x, STR("Subject")));
    return str_join(a, (struct str[]){STR("Auto: "), own}, own.n ? 2 : 1);
}

/* ":from" has to be an address that the user may send as. */
static struct str from_of(struct filtering *x, const struct sieve_vacation *v)
{
    struct address_list list = address_parse(x->cx->arena, v->from);
    if (list.count == 1 && list.at[0].kind == ADDRESS_MAILBOX &&
        directory_may_send_as(x->cx, x->f->core, x->to->who,
                              address_spec(x->cx->arena, &list.at[0])) == OK)
        return made_line(x->cx->arena, v->from);
    return made_owner(x);
}

/* RFC 5230 section 5.8. */
static struct str references_of(struct filtering *x, struct str id)
{
    struct arena *a = x->cx->arena;
    struct str own = made_line(a, header_unfold(a, field_of(x, STR("References"))));
    struct str parts[] = {own, own.n && id.n ? STR(" ") : STR(""), id};
    return str_join(a, parts, 3);
}

static struct str answer_write(struct filtering *x, const struct sieve_vacation *v)
{
    struct arena *a = x->cx->arena;
    struct str id = made_line(a, header_unfold(a, field_of(x, STR("Message-ID"))));
    const struct made m = {
        .from = from_of(x, v),
        .to = str_printf(a, "<%.*s>", STR_ARG(x->message->m->return_path)),
        .subject = subject_of(x, v),
        .auto_submitted = STR("auto-replied (vacation)"),
        .in_reply_to = id,
        .references = references_of(x, id),
        .content = v->mime ? v->reason : made_text(a, v->reason),
    };
    return made_write(x, &m);
}

static enum code is_due(struct filtering *x, const struct sieve_vacation *v, bool *out)
{
    struct str key;
    bool known = false;
    struct str parts[] = {STR("vacation"), v->handle,
                          str_lower(x->cx->arena, x->message->m->return_path)};
    *out = true;
    if (!v->seconds)
        return OK;
    TRY(memory_key(x, parts, 3, &key));
    TRY(script_remembers(x->cx, x->f->core, x->to->account, REMEMBERED_ANSWER, key, &known));
    *out = !known;
    if (!known)
        memory_add(x, REMEMBERED_ANSWER, key, v->seconds);
    return OK;
}

enum code vacation_do(struct filtering *x, const struct sieve_action *a)
{
    const struct sieve_vacation *v = &a->vacation;
    struct filter_sent *sent;
    folder_id folder;
    bool due;
    if (!is_wanted(x, v))
        return OK;
    TRY(is_due(x, v, &due));
    if (!due)
        return OK;
    struct str bytes = answer_write(x, v);
    TRY(sent_add(x, FILTER_ANSWER, &sent));
    TRY(blob_of(x, bytes, &sent->blob));
    sent->to = x->message->m->return_path;
    if (!v->fcc.folder.n && !v->fcc.special_use.n && !v->fcc.mailbox_id.n)
        return OK;
    TRY(place_find(x, &v->fcc, &folder)); /* RFC 8580 */
    return copy_add(x, folder, &v->fcc, bytes, true);
}
