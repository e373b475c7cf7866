#include "service/sieve/script/check.h"
#include "format/address.h"
#include "service/sieve/program.h"
#include "service/sieve/run/vars.h"

bool sieve_check_has(const struct sieve_check *k, enum sieve_ext ext)
{
    return ext == EXT_NONE || k->required >> ext & 1;
}

bool sieve_check_require(struct sieve_check *k, struct str name)
{
    enum sieve_ext ext = sieve_ext_find(name);
    if (ext == EXT_NONE || k->refused >> ext & 1)
        return false;
    k->required |= UINT64_C(1) << ext;
    if (ext == EXT_SPAMTESTPLUS)
        k->required |= UINT64_C(1) << EXT_SPAMTEST; /* RFC 5235 section 2.2.3 */
    if (ext == EXT_VACATION_SECONDS)
        k->required |= UINT64_C(1) << EXT_VACATION; /* RFC 6131 section 2 */
    return true;
}

void sieve_check_missing(struct sieve_check *k, struct sieve_node *n, struct str text)
{
    if (!sieve_check_has(k, EXT_IHAVE)) {
        sieve_report_at(k->report, n->spot, "%.*s", STR_ARG(text));
        return;
    }
    n->word = NULL;
    if (!n->fault.n)
        n->fault = text;
}

void sieve_check_lacks(struct sieve_check *k, struct sieve_node *n, struct str what,
                       enum sieve_ext ext)
{
    sieve_check_missing(k, n,
                        str_printf(k->arena, "\"%.*s\" needs: require \"%.*s\"", STR_ARG(what),
                                   STR_ARG(sieve_ext_name(ext))));
}

bool sieve_arg_constant(const struct sieve_arg *arg)
{
    return !arg->texts;
}

bool sieve_check_constant(struct sieve_check *k, const struct sieve_arg *arg, const char *what)
{
    if (sieve_arg_constant(arg))
        return true;
    sieve_report_at(k->report, arg->spot, "%s may not depend on variables", what);
    return false;
}

static bool is_variable(struct str name)
{
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        if (!ascii_is_alpha(c) && c != '_' && !(i && ascii_is_digit(c)))
            return false;
    }
    return name.n > 0 && name.n <= SIEVE_NAME_MAX;
}

bool sieve_check_variable(struct sieve_check *k, const struct sieve_arg *arg)
{
    if (!sieve_check_constant(k, arg, "the name of a variable"))
        return false;
    for (size_t i = 0; i < arg->count; i++) {
        struct str name = arg->strings[i];
        if (str_istarts(name, STR("global.")) && sieve_check_has(k, EXT_INCLUDE))
            name = str_from(name, 7);
        if (!is_variable(name)) {
            sieve_report_at(k->report, arg->spot, "\"%.*s\" is no name of a variable",
                            STR_ARG(arg->strings[i]));
            return false;
        }
    }
    return true;
}

void sieve_check_addresses(struct sieve_check *k, const struct sieve_arg *arg)
{
    for (size_t i = 0; arg && sieve_arg_constant(arg) && i < arg->count; i++) {
        struct address_list list = address_parse(k->arena, arg->strings[i]);
        bool one = list.count == 1 && list.at[0].kind == ADDRESS_MAILBOX;
        if (!one || !address_valid(address_spec(k->arena, &list.at[0])))
            sieve_report_at(k->report, arg->spot, "\"%.*s\" is no mail address",
                            STR_ARG(arg->strings[i]));
    }
}

bool sieve_is_field_name(struct str name)
{
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] < '!' || name.p[i] > '~' || name.p[i] == ':')
            return false;
    return name.n > 0;
}

void sieve_check_names(struct sieve_check *k, const struct sieve_arg *arg)
{
    for (size_t i = 0; sieve_arg_constant(arg) && i < arg->count; i++)
        if (!sieve_is_field_name(arg->strings[i]))
            sieve_report_at(k->report, arg->spot, "\"%.*s\" is no name of a header field",
                            STR_ARG(arg->strings[i]));
}

/* The tag of that name among those that the word takes. */
static enum sieve_tag find_tag(const struct sieve_word *word, struct str name)
{
    for (const unsigned char *t = word->tags; t && *t != TAG_NONE; t++)
        if (str_ieq(sieve_tag_row((enum sieve_tag) * t)->name, name))
            return (enum sieve_tag) * t;
    return TAG_NONE;
}

static bool fits(const struct sieve_arg *arg, char takes)
{
    if (takes == 'n')
        return arg->kind == SIEVE_ARG_NUMBER;
    if (arg->kind != SIEVE_ARG_STRINGS || arg->count == 0)
        return false;
    return takes == 'l' || (!arg->list && arg->count == 1);
}

static const char *kind_name(char takes)
{
    return takes == 'n' ? "a number" : takes == 's' ? "a string" : "a string or a list of strings";
}

/* One tag and its value, which is the argument behind it. Returns how many arguments these are; 0
   when something is wrong. */
static size_t take_tag(struct sieve_check *k, struct sieve_node *n, size_t at,
                       struct sieve_arg *out)
{
    const struct sieve_arg *arg = &n->args[at];
    const struct sieve_word *word = n->word;
    enum sieve_tag tag = find_tag(word, arg->tag);
    if (tag == TAG_NONE) {
        sieve_check_missing(k, n,
                            str_printf(k->arena, "\"%.*s\" has no argument \":%.*s\"",
                                       STR_ARG(n->name), STR_ARG(arg->tag)));
        return 0;
    }
    const struct sieve_tag_row *row = sieve_tag_row(tag);
    if (!sieve_check_has(k, row->ext)) {
        sieve_check_lacks(k, n, str_printf(k->arena, ":%.*s", STR_ARG(arg->tag)), row->ext);
        return 0;
    }
    *out = (struct sieve_arg){.tag = arg->tag, .tag_id = tag, .spot = arg->spot};
    if (!row->takes)
        return 1;
    const struct sieve_arg *value = at + 1 < n->arg_count ? &n->args[at + 1] : NULL;
    if (!value || value->tag.n || !fits(value, row->takes)) {
        sieve_report_at(k->report, arg->spot, "behind \":%.*s\" %s must follow", STR_ARG(arg->tag),
                        kind_name(row->takes));
        return 0;
    }
    *out = *value;
    out->tag = arg->tag;
    out->tag_id = tag;
    return 2;
}

static bool clashes(struct sieve_check *k, const struct sieve_arg *args, size_t count,
                    const struct sieve_arg *with)
{
    char group = sieve_tag_row((enum sieve_tag)with->tag_id)->group;
    for (size_t i = 0; i < count; i++) {
        if (args[i].tag_id == TAG_NONE ||
            sieve_tag_row((enum sieve_tag)args[i].tag_id)->group != group)
            continue;
        if (args[i].tag_id == with->tag_id)
            sieve_report_at(k->report, with->spot, "\":%.*s\" is there twice", STR_ARG(with->tag));
        else
            sieve_report_at(k->report, with->spot, "\":%.*s\" and \":%.*s\" exclude each other",
                            STR_ARG(args[i].tag), STR_ARG(with->tag));
        return true;
    }
    return false;
}

/* How many of the word's positions want a string or a number. */
static size_t positions(const char *takes, size_t *optional)
{
    size_t count = 0;
    *optional = 0;
    for (; *takes; takes++) {
        if (*takes == '?')
            ++*optional;
        else if (*takes == 's' || *takes == 'l' || *takes == 'n')
            count++;
    }
    return count;
}

/* Fits the arguments without tags (count of them from args on) to the word's positions; what was
   left out is put in as an argument of no kind. */
static bool place(struct sieve_check *k, struct sieve_node *n, struct sieve_arg *args, size_t count)
{
    size_t optional, wanted = positions(n->word->takes, &optional);
    if (count > wanted || count + optional < wanted) {
        sieve_report_at(k->report, n->spot, "\"%.*s\" takes %zu argument%s without a tag, not %zu",
                        STR_ARG(n->name), wanted, wanted == 1 ? "" : "s", count);
        return false;
    }
    size_t spare = wanted - count;
    struct sieve_arg given[8];
    must(wanted <= 8);
    for (size_t i = 0; i < count; i++)
        given[i] = args[i];
    size_t next = 0, at = 0;
    for (const char *t = n->word->takes; *t; t++) {
        bool may_lack = *t == '?';
        t += may_lack ? 1 : 0;
        if (*t != 's' && *t != 'l' && *t != 'n')
            continue;
        if (may_lack && spare) {
            spare--;
            args[at++] = (struct sieve_arg){.spot = n->spot};
            continue;
        }
        if (!fits(&given[next], *t)) {
            sieve_report_at(k->report, given[next].spot, "\"%.*s\" wants %s here", STR_ARG(n->name),
                            kind_name(*t));
            return false;
        }
        args[at++] = given[next++];
    }
    return true;
}

/* Sorts what was written: tags with their values, then the rest in order. */
static bool sort_args(struct sieve_check *k, struct sieve_node *n)
{
    struct sieve_arg *args = ARENA_ARRAY(k->arena, n->arg_count + 8, struct sieve_arg);
    size_t tags = 0, at = 0, optional;
    while (at < n->arg_count && n->args[at].tag.n) {
        struct sieve_arg arg;
        size_t took = take_tag(k, n, at, &arg);
        if (!took || clashes(k, args, tags, &arg))
            return false;
        args[tags++] = arg;
        at += took;
    }
    size_t count = n->arg_count - at;
    for (size_t i = 0; i < count; i++) {
        args[tags + i] = n->args[at + i];
        if (args[tags + i].tag.n) {
            sieve_report_at(k->report, args[tags + i].spot,
                            "\":%.*s\" must stand before the arguments without a tag",
                            STR_ARG(args[tags + i].tag));
            return false;
        }
    }
    if (!place(k, n, args + tags, count))
        return false;
    n->args = args;
    n->arg_count = tags + positions(n->word->takes, &optional);
    return true;
}

static bool find_word(struct sieve_check *k, struct sieve_node *n, bool test)
{
    n->word = test ? sieve_test_find(n->name) : sieve_command_find(n->name);
    if (!n->word || (k->refused >> n->word->ext & 1)) {
        const char *why = test ? "is no test" : "is no command";
        if (!n->word && (test ? sieve_command_find(n->name) : sieve_test_find(n->name)))
            why = test ? "is a command, not a test" : "is a test, not a command";
        sieve_check_missing(k, n, str_printf(k->arena, "\"%.*s\" %s", STR_ARG(n->name), why));
        n->word = NULL;
        return false;
    }
    if (!sieve_check_has(k, n->word->ext)) {
        sieve_check_lacks(k, n, n->name, n->word->ext);
        n->word = NULL;
        return false;
    }
    return true;
}

/* Tests and block, as the word wants them. */
static bool check_shape(struct sieve_check *k, const struct sieve_node *n, bool test)
{
    bool wants_test = false, wants_tests = false, wants_block = false;
    for (const char *t = n->word->takes; *t; t++) {
        wants_test |= *t == 't';
        wants_tests |= *t == 'T';
        wants_block |= *t == 'b';
    }
    const char *why = NULL;
    if (!wants_test && !wants_tests && n->tests)
        why = "takes no test";
    else if (wants_test && (!n->tests || n->test_list))
        why = "wants one test";
    else if (wants_tests && (!n->tests || !n->test_list))
        why = "wants a list of tests in parentheses";
    else if (wants_block && !n->has_block)
        why = "wants a block in braces";
    else if (!wants_block && n->has_block && !test)
        why = "takes no block";
    if (why)
        sieve_report_at(k->report, n->spot, "\"%.*s\" %s", STR_ARG(n->name), why);
    return !why;
}

static void check_node(struct sieve_check *k, struct sieve_node *n, bool test);

static void check_tests(struct sieve_check *k, struct sieve_node *first)
{
    for (; first; first = first->next)
        check_node(k, first, true);
}

static void check_node(struct sieve_check *k, struct sieve_node *n, bool test)
{
    if (find_word(k, n, test) && check_shape(k, n, test) && sort_args(k, n)) {
        for (size_t i = 0; i < n->arg_count; i++)
            sieve_check_texts(k, &n->args[i]);
        if (find_tag(n->word, STR("comparator")) != TAG_NONE)
            sieve_check_match(k, n);
        if (n->word && n->word->check)
            n->word->check(k, n);
    }
    check_tests(k, n->tests);
}

void sieve_check_block(struct sieve_check *k, struct sieve_node *first)
{
    bool after_if = false;
    for (struct sieve_node *n = first; n; n = n->next) {
        k->after_if = after_if;
        check_node(k, n, false);
        bool require = str_ieq(n->name, STR("require"));
        k->begun |= !require;
        after_if = str_ieq(n->name, STR("if")) || (after_if && str_ieq(n->name, STR("elsif")));
        unsigned loops = k->loop_count;
        if (n->block && n->word && n->word->command && str_ieq(n->name, STR("foreverypart")) &&
            loops < SIEVE_LOOPS_MAX) {
            const struct sieve_arg *name = sieve_tag(n, TAG_NAME);
            k->loops[k->loop_count++] = name ? name->strings[0] : (struct str){0};
        }
        sieve_check_block(k, n->block);
        k->loop_count = loops;
    }
}
