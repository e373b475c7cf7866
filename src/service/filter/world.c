/* What a script sees: the message, its envelope, the mailbox and what is remembered. */
#include "base/buf.h"
#include "base/cur.h"
#include "core/annotation/annotation.h"
#include "core/objectid/objectid.h"
#include "core/role.h"
#include "service/filter/calendar.h"
#include "service/filter/convert/convert.h"
#include "service/filter/score.h"

/* Lists that extlists knows: "urn:postroad:group:ADDRESS", "urn:postroad:domain:NAME". */
#define LIST_GROUP STR("urn:postroad:group:")
#define LIST_DOMAIN STR("urn:postroad:domain:")

static const struct folder_facts *folder_of_use(const struct filtering *x, struct str use)
{
    enum role role = role_by_special_use(use);
    return role == ROLE_NONE ? NULL : account_folder_by_role(x->view, role);
}

static const struct folder_facts *folder_of_id(const struct filtering *x, struct str id)
{
    for (size_t i = 0; i < account_folder_count(x->view); i++) {
        const struct folder_facts *f = account_folder(x->view, i);
        if (str_eq(objectid_mailbox(x->cx->arena, x->to->account, f->id), id))
            return f;
    }
    return NULL;
}

/* Folders of the server's own use and those for other things than mail take no messages. */
static bool takes_mail(const struct folder_facts *f)
{
    return f && f->kind == KIND_MAIL && !f->hidden;
}

const struct folder_facts *folder_named(const struct filtering *x, enum sieve_naming by,
                                        struct str name)
{
    const struct folder_facts *f = NULL;
    switch (by) {
    case SIEVE_BY_NAME:
        f = account_folder_by_path(x->view, name);
        break;
    case SIEVE_BY_SPECIAL_USE:
        f = folder_of_use(x, name);
        break;
    case SIEVE_BY_ID:
        f = folder_of_id(x, name);
        break;
    }
    return takes_mail(f) ? f : NULL;
}

static bool mailbox_exists(void *self, struct ctx *cx, enum sieve_naming by, struct str name)
{
    (void)cx;
    return folder_named(self, by, name) != NULL;
}

static bool mailbox_has_use(void *self, struct ctx *cx, struct str name, struct str use)
{
    const struct filtering *x = self;
    const struct folder_facts *f = folder_named(x, SIEVE_BY_NAME, name);
    (void)cx;
    return f && f == folder_of_use(x, use);
}

/* RFC 5490: "/private/" is the owner's own, "/shared/" everybody's (RFC 5464). */
static bool metadata(void *self, struct ctx *cx, struct str mailbox, struct str name,
                     struct str *value)
{
    struct filtering *x = self;
    struct annotation_owner owner = {.class = ANNOTATION_OF_ACCOUNT};
    struct annotations all;
    struct str lower = str_lower(cx->arena, name);
    bool private = str_starts(lower, STR("/private/"));
    size_t prefix = STR("/private").n - (private ? 0 : 1);
    if (!private && !str_starts(lower, STR("/shared/")))
        return false;
    principal_id reader = private ? x->to->who : 0;
    if (mailbox.n) {
        const struct folder_facts *f = folder_named(x, SIEVE_BY_NAME, mailbox);
        if (!f)
            return false;
        owner = (struct annotation_owner){.class = ANNOTATION_OF_FOLDER, .id = f->id};
    }
    enum code code = mailbox.n || private
                         ? annotation_list(cx, x->f->core, x->to->account, &owner, reader, &all)
                         : annotation_server_list(cx, x->f->core, &all);
    const struct annotation *found =
        code == OK ? annotation_find(&all, reader, str_from(lower, prefix)) : NULL;
    if (found)
        *value = found->value;
    return found != NULL;
}

static bool duplicate(void *self, struct ctx *cx, struct str key)
{
    const struct filtering *x = self;
    bool is = false;
    return script_remembers(cx, x->f->core, x->to->account, REMEMBERED_DUPLICATE, key, &is) == OK &&
           is;
}

static bool group_has(struct filtering *x, struct str group, struct str address)
{
    struct principal g, who;
    bool is = false;
    return directory_by_address(x->cx, x->f->core, group, &g) == OK && g.kind == PRINCIPAL_GROUP &&
           directory_by_address(x->cx, x->f->core, address, &who) == OK &&
           directory_is_member(x->cx, x->f->core, g.id, who.id, &is) == OK && is;
}

static bool list_known(void *self, struct ctx *cx, struct str list)
{
    struct filtering *x = self;
    struct principal g;
    struct domain d;
    if (str_starts(list, LIST_GROUP))
        return directory_by_address(cx, x->f->core, str_from(list, LIST_GROUP.n), &g) == OK &&
               g.kind == PRINCIPAL_GROUP;
    return str_starts(list, LIST_DOMAIN) &&
           directory_domain_by_name(cx, x->f->core, str_from(list, LIST_DOMAIN.n), &d) == OK;
}

static bool list_has(void *self, struct ctx *cx, struct str list, struct str value)
{
    size_t at = str_rchr(value, '@');
    (void)cx;
    if (str_starts(list, LIST_GROUP))
        return group_has(self, str_from(list, LIST_GROUP.n), value);
    return str_starts(list, LIST_DOMAIN) && at != SIZE_MAX &&
           str_ieq(str_from(value, at + 1), str_from(list, LIST_DOMAIN.n));
}

/* RFC 6609: ":global" scripts are those of the domain, or of the nearest one above that has it. */
static enum code script_named(struct filtering *x, bool global, struct str name, struct script *out)
{
    struct script_owner owner = {.level = SCRIPT_OF_ACCOUNT, .id = x->to->account};
    struct lineage up;
    if (!global)
        return script_find(x->cx, x->f->core, &owner, name, out);
    TRY(domains_above(x->cx, x->f, x->to->domain, &up));
    for (size_t i = 0; i < up.count; i++) {
        owner = (struct script_owner){.level = SCRIPT_OF_DOMAIN, .id = up.at[i]};
        enum code code = script_find(x->cx, x->f->core, &owner, name, out);
        if (code != E_NOT_FOUND)
            return code;
    }
    return fail(x->cx, E_NOT_FOUND, "there is no script of that name");
}

static enum code script(void *self, struct ctx *cx, bool global, struct str name,
                        struct sieve_program **out)
{
    struct filtering *x = self;
    struct script found;
    TRY(script_named(x, global, name, &found));
    return program_get(cx, x->f, &found.text, out);
}

/* Whoever gets mail may be looking or not. */
static struct str notify_capability(void *self, struct ctx *cx, struct str uri, struct str name)
{
    (void)self, (void)cx, (void)uri, (void)name;
    return STR("maybe");
}

bool calendar_list_has(struct filtering *x, struct str list, struct str address)
{
    return list_known(x, x->cx, list) && list_has(x, x->cx, list, address);
}

static void calendar(void *self, struct ctx *cx, struct sieve_calendar *c)
{
    struct filtering *x = self;
    (void)cx;
    calendar_process(x, c);
}

static bool convert(void *self, struct ctx *cx, struct sieve_conversion *c)
{
    const struct filtering *x = self;
    struct conversions *of = x->message->conversions;
    return x->f->converter && of && converter_run(cx, x->f->converter, of, c);
}

static int16_t zone(void *self, struct ctx *cx, int64_t utc_ms)
{
    (void)cx;
    return filter_zone(self, utc_ms);
}

static const struct sieve_ops ops = {
    .mailbox_exists = mailbox_exists,
    .mailbox_has_use = mailbox_has_use,
    .metadata = metadata,
    .duplicate = duplicate,
    .list_known = list_known,
    .list_has = list_has,
    .script = script,
    .notify_capability = notify_capability,
    .calendar = calendar,
    .convert = convert,
    .zone = zone,
};

static struct str notify_words(struct arena *a, uint32_t notify)
{
    static const struct {
        uint32_t bit;
        const char *word;
    } words[] = {{NOTIFY_SUCCESS, "SUCCESS"}, {NOTIFY_FAILURE, "FAILURE"}, {NOTIFY_DELAY, "DELAY"}};
    struct buf b = buf_of(a, 64);
    if (notify & NOTIFY_NEVER)
        return STR("NEVER");
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (notify & words[i].bit)
            buf_printf(&b, "%s%s", b.n ? "," : "", words[i].word);
    return buf_str(&b);
}

enum { ENVELOPE_MAX = 12 };

static void pair_add(struct sieve_pair *pairs, size_t *count, const char *name, struct str value)
{
    pairs[(*count)++] = (struct sieve_pair){str_z(name), value};
}

static size_t envelope_of(const struct filtering *x, struct sieve_pair pairs[ENVELOPE_MAX])
{
    const struct delivery_message *m = x->message->m;
    const struct filter_for *to = x->to;
    size_t n = 0;
    pair_add(pairs, &n, "from", m->return_path.p ? m->return_path : STR(""));
    pair_add(pairs, &n, "to", to->address);
    if (to->orcpt.n)
        pair_add(pairs, &n, "orcpt", to->orcpt);
    if (to->notify)
        pair_add(pairs, &n, "notify", notify_words(x->cx->arena, to->notify));
    if (m->headers_only || m->whole)
        pair_add(pairs, &n, "ret", m->whole ? STR("FULL") : STR("HDRS"));
    if (m->envid.n)
        pair_add(pairs, &n, "envid", m->envid);
    if (m->by_ms) {
        int64_t left_s = (m->by_ms - x->cx->now_ms) / 1000;
        pair_add(pairs, &n, "bytimerelative", str_printf(x->cx->arena, "%jd", (intmax_t)left_s));
        pair_add(pairs, &n, "bymode", m->by_return ? STR("R") : STR("N"));
    }
    return n;
}

/* RFC 6785 section 5. */
static size_t event_pairs(const struct filtering *x, struct sieve_pair pairs[ENVELOPE_MAX])
{
    static const char *const causes[] = {
        [CAUSE_APPEND] = "APPEND", [CAUSE_COPY] = "COPY", [CAUSE_FLAG] = "FLAG"};
    const struct folder_facts *f = account_folder_by_id(x->view, x->event->folder);
    struct buf flags = buf_of(x->cx->arena, 64 * 1024);
    size_t n = 0;
    for (size_t i = 0; i < x->event->flags.count; i++)
        buf_printf(&flags, "%s%.*s", i ? " " : "", STR_ARG(x->event->flags.at[i]));
    pair_add(pairs, &n, "imap.user", x->by.address);
    pair_add(pairs, &n, "imap.email", x->by.address);
    pair_add(pairs, &n, "imap.cause", str_z(causes[x->event->cause]));
    pair_add(pairs, &n, "imap.mailbox", f ? f->path : STR(""));
    pair_add(pairs, &n, "imap.changedflags", buf_str(&flags));
    pair_add(pairs, &n, "location", STR("MS"));
    pair_add(pairs, &n, "phase", STR("post"));
    return n;
}

static size_t environment_of(const struct filtering *x, struct sieve_pair pairs[ENVELOPE_MAX])
{
    size_t at = str_rchr(x->owner.address, '@'), n = 0;
    if (x->event)
        n = event_pairs(x, pairs);
    pair_add(pairs, &n, "domain", at == SIZE_MAX ? STR("") : str_from(x->owner.address, at + 1));
    pair_add(pairs, &n, "host", x->f->core->host_name);
    pair_add(pairs, &n, "name", STR("Postroad"));
    pair_add(pairs, &n, "version", STR("1"));
    if (x->event)
        return n;
    pair_add(pairs, &n, "location", STR("MDA"));
    pair_add(pairs, &n, "phase", STR("during"));
    return n;
}

enum code world_run(struct filtering *x, const struct sieve_program *p, struct sieve_outcome *out)
{
    struct sieve_pair envelope[ENVELOPE_MAX], environment[ENVELOPE_MAX];
    const struct sieve_world world = {
        .mime = x->mime,
        .trace = x->message->trace,
        .envelope = envelope,
        .envelope_count = x->event ? 0 : envelope_of(x, envelope),
        .environment = environment,
        .environment_count = environment_of(x, environment),
        .spam_percent = score_spam(&x->f->config, x->message->trace),
        .virus = score_virus(&x->f->config, x->message->trace),
        .imap = x->event != NULL,
        .flags = x->flags.at,
        .flag_count = x->flags.count,
        .ops = &ops,
        .self = x,
    };
    sieve_run(x->cx, p, &world, out);
    return OK;
}
