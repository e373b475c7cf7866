/* Mail at the door: settings and DNS lists. */
#include "service/admission.h"
#include "base/cur.h"
#include "server/command/common.h"
#include "service/admission/limits.h"
#include "service/admission/lists.h"
#include "service/admission/srs.h"
#include "service/admission/suspect.h"

static struct policy *policy_of(const struct command_call *call)
{
    return admission_policy(call->server->admission);
}

/* --for DOMAIN: its name, or "*". */
static enum code take_scope(struct ctx *cx, struct command_call *call, struct str *out)
{
    struct str name;
    struct domain d;
    *out = STR("*");
    if (!args_value(&call->args, "--for", &name) || str_eq(name, STR("*")))
        return OK;
    TRY(directory_domain_by_name(cx, call->server->core, name, &d));
    *out = d.name;
    return OK;
}

static enum code set(struct ctx *cx, struct command_call *call)
{
    struct policy_row row = {.kind = STR("set")};
    enum setting which;
    int64_t number;
    TRY(take_scope(cx, call, &row.scope));
    TRY(args_take(cx, &call->args, "NAME", &row.name));
    TRY(args_take(cx, &call->args, "VALUE", &row.value));
    TRY(args_done(cx, &call->args));
    TRY(setting_find(cx, row.name, &which));
    TRY(setting_parse(cx, which, row.value, &number));
    if (!setting_at(which)->of_domains && !str_eq(row.scope, STR("*")))
        return fail(cx, E_SYNTAX, "%s holds for the whole forest", setting_at(which)->name);
    TRY(policy_put(cx, policy_of(call), &row));
    cmd_done(call, "set", row.name);
    return OK;
}

static enum code unset(struct ctx *cx, struct command_call *call)
{
    struct policy_row row = {.kind = STR("set")};
    TRY(take_scope(cx, call, &row.scope));
    TRY(args_take(cx, &call->args, "NAME", &row.name));
    TRY(args_done(cx, &call->args));
    TRY(policy_drop(cx, policy_of(call), &row));
    cmd_done(call, "unset", row.name);
    return OK;
}

static void put(struct json *j, const char *key, struct str value)
{
    json_key(j, key);
    json_str(j, value);
}

static struct str value_text(struct ctx *cx, const struct policy_rules *rules, size_t which)
{
    const struct setting_row *row = setting_at(which);
    if (row->kind == SETTING_DOMAIN)
        return rules->text[which];
    if (row->kind == SETTING_WORD)
        return str_z(row->words[rules->number[which]]);
    return str_printf(cx->arena, "%jd", (intmax_t)rules->number[which]);
}

static enum code show(struct ctx *cx, struct command_call *call)
{
    struct policy_view *v AUTO(policy_view_unref) = NULL;
    const struct policy_rules *rules;
    struct str scope;
    TRY(take_scope(cx, call, &scope));
    TRY(args_done(cx, &call->args));
    TRY(policy_get(cx, policy_of(call), &v));
    rules = policy_forest(v);
    bool all = str_eq(scope, STR("*"));
    if (!all)
        TRY(policy_domain(cx, v, scope, &rules));
    json_array(call->out);
    for (size_t i = 0; setting_at(i); i++) {
        const struct setting_row *row = setting_at(i);
        if (!all && !row->of_domains)
            continue;
        json_object(call->out);
        put(call->out, "setting", str_z(row->name));
        put(call->out, "value", value_text(cx, rules, i));
        put(call->out, "of", row->of_domains ? STR("domain") : STR("forest"));
        put(call->out, "meaning", str_z(row->help));
        json_object_end(call->out);
    }
    json_array_end(call->out);
    return OK;
}

static enum code list_add(struct ctx *cx, struct command_call *call)
{
    struct policy_row row = {.kind = STR("list"), .scope = STR("*")};
    struct str weight = STR("10"), answers = STR("*");
    struct list_zone zone;
    bool names = args_flag(&call->args, "--names");
    args_value(&call->args, "--weight", &weight);
    args_value(&call->args, "--answers", &answers);
    TRY(args_take(cx, &call->args, "ZONE", &row.name));
    TRY(args_done(cx, &call->args));
    row.value = str_printf(cx->arena, "%s %.*s %.*s", names ? "names" : "addresses",
                           STR_ARG(weight), STR_ARG(answers));
    TRY(list_zone_parse(cx, cx->arena, row.name, row.value, &zone));
    row.name = zone.zone;
    TRY(policy_put(cx, policy_of(call), &row));
    cmd_done(call, "asked from now on", row.name);
    return OK;
}

static enum code list_remove(struct ctx *cx, struct command_call *call)
{
    struct policy_row row = {.kind = STR("list"), .scope = STR("*")};
    TRY(args_take(cx, &call->args, "ZONE", &row.name));
    TRY(args_done(cx, &call->args));
    row.name = str_lower(cx->arena, row.name);
    TRY(policy_drop(cx, policy_of(call), &row));
    cmd_done(call, "asked no longer", row.name);
    return OK;
}

static enum code lists_show(struct ctx *cx, struct command_call *call, bool asks)
{
    struct policy_view *v AUTO(policy_view_unref) = NULL;
    struct policy_row *rows;
    size_t count, zone_count;
    struct lists *lists = admission_lists(call->server->admission);
    TRY(args_done(cx, &call->args));
    TRY(policy_get(cx, policy_of(call), &v));
    if (asks)
        lists_check(cx, lists, v, NULL);
    TRY(policy_rows(cx, policy_of(call), STR("list"), &rows, &count));
    const struct list_zone *zones = policy_lists(v, &zone_count);
    json_array(call->out);
    for (size_t i = 0; i < zone_count && i < count; i++) {
        struct list_state state = lists_state(lists, zones[i].zone);
        struct str value = rows[i].value;
        json_object(call->out);
        put(call->out, "zone", zones[i].zone);
        put(call->out, "of", zones[i].kind == LIST_OF_NAMES ? STR("names") : STR("addresses"));
        json_key(call->out, "weight");
        json_i64(call->out, zones[i].weight);
        put(call->out, "answers", str_from(value, str_rchr(value, ' ') + 1));
        put(call->out, "state", str_z(state.off ? "off" : "on"));
        put(call->out, "why", str_z(state.why));
        json_object_end(call->out);
    }
    json_array_end(call->out);
    return OK;
}

static enum code list_list(struct ctx *cx, struct command_call *call)
{
    return lists_show(cx, call, false);
}

static enum code list_check(struct ctx *cx, struct command_call *call)
{
    return lists_show(cx, call, true);
}

/* --for DOMAIN or ADDRESS: as it is kept, or "*". */
static enum code take_subject(struct ctx *cx, struct command_call *call, struct str *out)
{
    struct str name;
    struct domain d;
    struct principal p;
    *out = STR("*");
    if (!args_value(&call->args, "--for", &name) || str_eq(name, STR("*")))
        return OK;
    bool is_address = str_chr(name, '@') != SIZE_MAX;
    if (is_address)
        TRY(directory_by_address(cx, call->server->core, name, &p));
    else
        TRY(directory_domain_by_name(cx, call->server->core, name, &d));
    *out = is_address ? p.address : d.name;
    return OK;
}

/* "90", "90s", "15m", "1h", "2d" */
static enum code take_window(struct ctx *cx, struct command_call *call, uint64_t *out)
{
    static const struct {
        char unit;
        uint32_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 24 * 3600}};
    struct str text = STR("1h");
    struct cur c;
    uint32_t n, unit = 1;
    args_value(&call->args, "--window", &text);
    c = cur_of(text);
    bool good = cur_u32(&c, &n) && n <= LIMIT_WINDOW_MAX_S;
    for (size_t i = 0; good && i < sizeof units / sizeof *units; i++)
        if (cur_char(&c, units[i].unit))
            unit = units[i].seconds;
    if (!good || !cur_end(&c))
        return fail(cx, E_SYNTAX, "--window: for example 90s, 15m, 1h or 1d");
    *out = (uint64_t)n * unit;
    return OK;
}

/* An exception of one account needs a rule that it is one of. */
static enum code limit_is_known(struct ctx *cx, struct command_call *call,
                                const struct policy_row *new)
{
    struct policy_row *rows;
    size_t count;
    TRY(policy_rows(cx, policy_of(call), STR("limit"), &rows, &count));
    for (size_t i = 0; i < count; i++)
        if (str_eq(rows[i].name, new->name) && str_chr(rows[i].scope, '@') == SIZE_MAX)
            return OK;
    return fail(cx, E_NOT_FOUND, "set the limit %.*s for the forest or a domain first",
                STR_ARG(new->name));
}

static enum code limit_set(struct ctx *cx, struct command_call *call)
{
    struct policy_row row = {.kind = STR("limit")};
    struct str per = {0}, of = {0};
    uint64_t max = UINT64_MAX, window_s = 0;
    struct limit limit;
    TRY(take_subject(cx, call, &row.scope));
    args_value(&call->args, "--per", &per);
    args_value(&call->args, "--of", &of);
    TRY(args_number(cx, &call->args, "--max", &max));
    TRY(take_window(cx, call, &window_s));
    TRY(args_take(cx, &call->args, "NAME", &row.name));
    TRY(args_done(cx, &call->args));
    if (max == UINT64_MAX)
        return fail(cx, E_SYNTAX, "--max: how many; 0: no limit");
    row.value = str_printf(cx->arena, "%.*s %.*s %ju %ju", STR_ARG(per), STR_ARG(of),
                           (uintmax_t)max, (uintmax_t)window_s);
    TRY(limit_parse(cx, row.name, row.scope, row.value, &limit));
    if (str_chr(row.scope, '@') != SIZE_MAX)
        TRY(limit_is_known(cx, call, &row));
    TRY(policy_put(cx, policy_of(call), &row));
    cmd_done(call, "limit set", row.name);
    return OK;
}

static enum code limit_unset(struct ctx *cx, struct command_call *call)
{
    struct policy_row row = {.kind = STR("limit")};
    TRY(take_subject(cx, call, &row.scope));
    TRY(args_take(cx, &call->args, "NAME", &row.name));
    TRY(args_done(cx, &call->args));
    TRY(policy_drop(cx, policy_of(call), &row));
    cmd_done(call, "limit unset", row.name);
    return OK;
}

static enum code limit_list(struct ctx *cx, struct command_call *call)
{
    struct policy_row *rows;
    size_t count;
    struct limit l;
    TRY(args_done(cx, &call->args));
    TRY(policy_rows(cx, policy_of(call), STR("limit"), &rows, &count));
    json_array(call->out);
    for (size_t i = 0; i < count; i++) {
        TRY(limit_parse(cx, rows[i].name, rows[i].scope, rows[i].value, &l));
        json_object(call->out);
        put(call->out, "limit", l.name);
        put(call->out, "for", l.scope);
        put(call->out, "per", str_z(limit_per_name(l.per)));
        put(call->out, "of", str_z(limit_of_name(l.of)));
        json_key(call->out, "max");
        json_u64(call->out, l.max);
        json_key(call->out, "window_s");
        json_u64(call->out, l.window_s);
        json_object_end(call->out);
    }
    json_array_end(call->out);
    return OK;
}

static struct suspects *suspects_of(const struct command_call *call)
{
    return admission_suspects(call->server->admission);
}

static void number(struct json *j, const char *key, uint64_t value)
{
    json_key(j, key);
    json_u64(j, value);
}

static void suspect_put(struct ctx *cx, struct json *j, struct str address,
                        const struct suspect_facts *f)
{
    json_object(j);
    put(j, "account", address);
    put(j, "state", str_z(suspect_state_name(f->state)));
    put(j, "since", f->alarmed_ms ? cmd_time(cx->arena, f->alarmed_ms) : STR(""));
    number(j, "score", f->score);
    number(j, "recipients", f->recipients);
    number(j, "usual", f->usual);
    number(j, "new", f->fresh);
    number(j, "refused", f->refused);
    number(j, "bounces", f->bounces);
    number(j, "networks", f->networks);
    number(j, "hours", f->hours);
    json_object_end(j);
}

static enum code suspects_list(struct ctx *cx, struct command_call *call)
{
    struct suspect_facts *all;
    size_t count;
    TRY(args_done(cx, &call->args));
    TRY(suspect_list(cx, suspects_of(call), &all, &count));
    json_array(call->out);
    for (size_t i = 0; i < count; i++) {
        struct principal p = {.address = STR("-")};
        if (directory_by_id(cx, call->server->core, all[i].who, &p) != OK)
            continue;
        suspect_put(cx, call->out, p.address, &all[i]);
    }
    json_array_end(call->out);
    return OK;
}

static enum code suspects_show(struct ctx *cx, struct command_call *call)
{
    struct principal p;
    struct suspect_facts f;
    TRY(cmd_take_principal(cx, call, "ADDRESS", &p));
    TRY(args_done(cx, &call->args));
    TRY(suspect_show(cx, suspects_of(call), p.id, &f));
    suspect_put(cx, call->out, p.address, &f);
    return OK;
}

static enum code suspects_clear(struct ctx *cx, struct command_call *call)
{
    struct principal p;
    TRY(cmd_take_principal(cx, call, "ADDRESS", &p));
    TRY(args_done(cx, &call->args));
    TRY(admission_clear(cx, call->server->admission, &p));
    cmd_done(call, "may send again", p.address);
    return OK;
}

static enum code srs_list(struct ctx *cx, struct command_call *call)
{
    struct srs_key *keys;
    size_t count;
    TRY(args_done(cx, &call->args));
    TRY(srs_keys(cx, admission_srs(call->server->admission), &keys, &count));
    json_array(call->out);
    for (size_t i = 0; i < count; i++) {
        json_object(call->out);
        put(call->out, "secret", keys[i].name);
        put(call->out, "made", cmd_time(cx->arena, keys[i].made_ms));
        put(call->out, "state", keys[i].signs ? STR("signs") : STR("believed"));
        json_object_end(call->out);
    }
    json_array_end(call->out);
    return OK;
}

static enum code srs_renew(struct ctx *cx, struct command_call *call)
{
    TRY(args_done(cx, &call->args));
    TRY(srs_rotate(cx, admission_srs(call->server->admission)));
    cmd_done(call, "a new secret", STR("srs"));
    return OK;
}

const struct command admission_commands[] = {
    {.words = "admission show",
     .usage = "[--for DOMAIN]",
     .summary = "settings of mail at the door, as they hold",
     .help = "For the forest, or for a domain with what it takes from those above it.",
     .example = "postroad admission show --for health.example",
     .run = show},
    {.words = "admission set",
     .usage = "NAME VALUE [--for DOMAIN]",
     .summary = "change a setting of the forest, or of a domain and those below it",
     .help = "`admission show` lists names and values.",
     .example = "postroad admission set list-refuse 20",
     .changes = true,
     .run = set},
    {.words = "admission unset",
     .usage = "NAME [--for DOMAIN]",
     .summary = "what was set counts no longer",
     .help = "The usual value holds again, or that of the domain above.",
     .example = "postroad admission unset list-refuse",
     .changes = true,
     .run = unset},
    {.words = "limit set",
     .usage = "NAME --per account|domain|sender|address|network|recipient "
              "--of messages|recipients|bytes|unknown --max N [--window 1h] "
              "[--for DOMAIN|ADDRESS]",
     .summary = "limit a rate, or make an exception for a domain or an account",
     .help = "account and domain count what people here send; the others count strangers. The\n"
             "narrowest row of a NAME holds; --max 0 is no limit. unknown: recipients that\n"
             "nobody here has. What is over is answered 450, with how long to wait.",
     .example = "postroad limit set daily --per account --of recipients --max 500 --window 1d",
     .changes = true,
     .run = limit_set},
    {.words = "limit unset",
     .usage = "NAME [--for DOMAIN|ADDRESS]",
     .summary = "a limit, or an exception from it, holds no longer",
     .help = "",
     .example = "postroad limit unset daily --for jane.roe@health.example",
     .changes = true,
     .run = limit_unset},
    {.words = "limit list",
     .usage = "",
     .summary = "limits of rate and their exceptions",
     .help = "",
     .example = "postroad limit list",
     .run = limit_list},
    {.words = "suspect list",
     .usage = "",
     .summary = "accounts that behave as if taken over",
     .help = "",
     .example = "postroad suspect list",
     .run = suspects_list},
    {.words = "suspect show",
     .usage = "ADDRESS",
     .summary = "what an account sent within an hour, and what it usually does",
     .help =
         "recipients, refused, bounces, networks: of about the last hour. new: to whom it never\n"
         "wrote. usual: in an hour in which it sends. hours: of history.",
     .example = "postroad suspect show jane.roe@health.example",
     .run = suspects_show},
    {.words = "suspect clear",
     .usage = "ADDRESS",
     .summary = "the account is in good hands again: it may send, and what was held goes",
     .help = "Set a new password first.",
     .example = "postroad suspect clear jane.roe@health.example",
     .changes = true,
     .run = suspects_clear},
    {.words = "srs list",
     .usage = "",
     .summary = "the secrets of rewritten return paths, without showing them",
     .help = "",
     .example = "postroad srs list",
     .run = srs_list},
    {.words = "srs rotate",
     .usage = "",
     .summary = "make a new secret for rewritten return paths",
     .help = "Those of before are believed for 21 days more, so nothing on its way is lost.",
     .example = "postroad srs rotate",
     .changes = true,
     .run = srs_renew},
    {.words = "dnslist add",
     .usage = "ZONE [--names] [--weight N] [--answers PATTERN,...]",
     .summary = "ask a DNS list about clients, or change how it counts",
     .help = "--names: a list of domain names, asked for EHLO, the sender's domain and the "
             "client's\n"
             "name; else one of addresses. --weight: 10 unless given; below 0 it is a list of the\n"
             "welcome, which overrides all others. --answers: those that count, like\n"
             "127.0.0.2-11 or 127.0.*.3; all unless given. The weights of the lists that a client "
             "is\n"
             "on are summed: see list-refuse and its kin in `admission show`.",
     .example = "postroad dnslist add zen.example.net --answers 127.0.0.2-11",
     .changes = true,
     .run = list_add},
    {.words = "dnslist remove",
     .usage = "ZONE",
     .summary = "ask a list no longer",
     .help = "",
     .example = "postroad dnslist remove zen.example.net",
     .changes = true,
     .run = list_remove},
    {.words = "dnslist list",
     .usage = "",
     .summary = "the DNS lists, and whether they are well",
     .help = "",
     .example = "postroad dnslist list",
     .run = list_list},
    {.words = "dnslist check",
     .usage = "",
     .summary = "ask each list for the entries that every list has (RFC 5782)",
     .help = "One that lists everything or answers nonsense is off until it is well again. The\n"
             "server does the same each hour.",
     .example = "postroad dnslist check",
     .slow = true,
     .run = list_check},
    {0},
};
