#include "base/buf.h"
#include "service/sieve/run/match.h"
#include "service/sieve/run/vars.h"
#include "service/sieve/script/check.h"
#include "service/sieve/script/words.h"

/* IMAP flags and keywords (RFC 5232): in the internal variable, or in one of RFC 5229's. */

enum { FLAGS_MAX = 256 /* in one variable */ };

/* RFC 9051: a flag that a client may set, or a keyword. */
static bool is_flag(struct str s)
{
    static const struct str system[] = {STR("\\Seen"), STR("\\Answered"), STR("\\Flagged"),
                                        STR("\\Deleted"), STR("\\Draft")};
    if (s.n && s.p[0] == '\\') {
        for (size_t i = 0; i < sizeof system / sizeof system[0]; i++)
            if (str_ieq(s, system[i]))
                return true;
        return false;
    }
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= ' ' || s.p[i] > '~' || str_chr(STR("(){%*\"\\]"), s.p[i]) != SIZE_MAX)
            return false;
    return s.n > 0;
}

static size_t find(const struct str *flags, size_t count, struct str flag)
{
    size_t i = 0;
    while (i < count && !str_ieq(flags[i], flag))
        i++;
    return i;
}

struct sieve_list sieve_flags_of(struct sieve_run *r, const struct str *lists, size_t count)
{
    struct str *flags = ARENA_ARRAY(r->arena, FLAGS_MAX, struct str);
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        struct cur c = cur_of(lists[i]);
        for (;;) {
            cur_while(&c, ascii_is_space);
            size_t blank = 0;
            while (blank < c.rest.n && !ascii_is_space(c.rest.p[blank]))
                blank++;
            struct str flag;
            if (!blank || !cur_bytes(&c, blank, &flag))
                break;
            if (n < FLAGS_MAX && is_flag(flag) && find(flags, n, flag) == n)
                flags[n++] = flag;
        }
    }
    return (struct sieve_list){flags, n};
}

static struct str joined(struct sieve_run *r, struct sieve_list list)
{
    struct buf b = buf_of(r->arena, SIEVE_VALUE_MAX);
    for (size_t i = 0; i < list.count; i++) {
        buf_add(&b, i ? STR(" ") : STR(""));
        buf_add(&b, list.at[i]);
    }
    return buf_str(&b);
}

void sieve_flags_check(struct sieve_check *k, struct sieve_node *n)
{
    const struct sieve_arg *name = &n->args[n->arg_count - 2];
    if (name->kind == SIEVE_ARG_NONE)
        return;
    if (!sieve_check_has(k, EXT_VARIABLES))
        sieve_check_lacks(k, n, STR("name of a variable"), EXT_VARIABLES);
    else
        sieve_check_variable(k, name);
}

/* The variable's name; empty: the internal one. */
static struct str variable(struct sieve_run *r, const struct sieve_node *n)
{
    const struct sieve_arg *name = &n->args[n->arg_count - 2];
    return name->kind == SIEVE_ARG_NONE ? (struct str){0} : str_lower(r->arena, name->strings[0]);
}

static struct str get(struct sieve_run *r, struct str name)
{
    return name.n ? sieve_var_get(r, name) : r->flags;
}

static void put(struct sieve_run *r, const struct sieve_node *n, struct str name,
                struct sieve_list list)
{
    struct str value = joined(r, list);
    sieve_run_say(r, n->spot, "%.*s: %.*s", STR_ARG(n->name), STR_ARG(value));
    if (name.n) {
        sieve_var_set(r, name, value);
        return;
    }
    r->flags = value;
    r->flags_touched = true;
}

static struct sieve_list given(struct sieve_run *r, const struct sieve_node *n)
{
    const struct sieve_arg *arg = &n->args[n->arg_count - 1];
    return sieve_flags_of(r, sieve_run_texts(r, arg), arg->count);
}

enum sieve_flow sieve_setflag_run(struct sieve_run *r, const struct sieve_node *n)
{
    put(r, n, variable(r, n), given(r, n));
    return SIEVE_ON;
}

enum sieve_flow sieve_addflag_run(struct sieve_run *r, const struct sieve_node *n)
{
    struct str name = variable(r, n);
    struct str lists[2] = {get(r, name), joined(r, given(r, n))};
    put(r, n, name, sieve_flags_of(r, lists, 2));
    return SIEVE_ON;
}

enum sieve_flow sieve_removeflag_run(struct sieve_run *r, const struct sieve_node *n)
{
    struct str name = variable(r, n), before = get(r, name);
    struct sieve_list had = sieve_flags_of(r, &before, 1), gone = given(r, n);
    struct str *left = ARENA_ARRAY(r->arena, had.count + 1, struct str);
    size_t count = 0;
    for (size_t i = 0; i < had.count; i++)
        if (find(gone.at, gone.count, had.at[i]) == gone.count)
            left[count++] = had.at[i];
    put(r, n, name, (struct sieve_list){left, count});
    return SIEVE_ON;
}

/* A key may have several flags, by spaces: then each is one (RFC 5232 section 4). */
static struct sieve_arg split_keys(struct sieve_run *r, const struct sieve_arg *keys)
{
    const struct str *lists = sieve_run_texts(r, keys);
    size_t most = keys->count;
    for (size_t i = 0; i < keys->count; i++)
        most += lists[i].n / 2;
    struct sieve_arg out = {.spot = keys->spot, .kind = SIEVE_ARG_STRINGS, .list = true};
    out.strings = ARENA_ARRAY(r->arena, most, struct str);
    for (size_t i = 0; i < keys->count; i++) {
        struct str rest = str_trim(lists[i]);
        if (!rest.n)
            out.strings[out.count++] = rest;
        while (rest.n) {
            size_t blank = str_chr(rest, ' ');
            out.strings[out.count++] = str_sub(rest, 0, blank);
            rest = blank == SIZE_MAX ? (struct str){0} : str_trim(str_from(rest, blank));
        }
    }
    return out;
}

bool sieve_hasflag_test(struct sieve_run *r, const struct sieve_node *n)
{
    const struct sieve_arg *names = &n->args[n->arg_count - 2];
    bool plain = n->match.how == SIEVE_COUNT || n->match.how == SIEVE_REGEX;
    struct sieve_arg keys = plain ? names[1] : split_keys(r, names + 1);
    size_t count = names->kind == SIEVE_ARG_NONE ? 1 : names->count;
    struct str *lists = ARENA_ARRAY(r->arena, count, struct str);
    for (size_t i = 0; i < count; i++)
        lists[i] = names->kind == SIEVE_ARG_NONE
                       ? r->flags
                       : sieve_var_get(r, str_lower(r->arena, names->strings[i]));
    struct sieve_list flags = sieve_flags_of(r, lists, count);
    struct sieve_matcher m;
    sieve_match_begin(&m, r, n, &keys);
    for (size_t i = 0; i < flags.count; i++)
        if (sieve_match_value(&m, flags.at[i]))
            break;
    return sieve_match_end(&m);
}
