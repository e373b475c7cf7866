#include "match.h"
#include "base/buf.h"
#include "base/cur.h"
#include <regex.h>

enum { GROUPS_MAX = 16, PATTERN_MAX = 8192 };

void variable_set(struct variables *v, struct str name, struct str value)
{
    size_t i = 0;
    while (i < v->count && !str_eq(v->all[i].name, name))
        i++;
    must(i < VARIABLES_MAX);
    v->all[i].name = str_dup(v->arena, name);
    v->all[i].value = str_dup(v->arena, value);
    v->count += i == v->count;
}

static void put_value(struct buf *b, struct str value, bool as_pattern)
{
    for (size_t i = 0; i < value.n; i++) {
        if (as_pattern && strchr("\\^$.[]|()*+?{}", value.p[i]) && value.p[i])
            buf_byte(b, '\\');
        buf_byte(b, value.p[i]);
    }
}

enum code variables_put(struct ctx *cx, const struct variables *v, struct str text, bool as_pattern,
                        struct str *out)
{
    struct buf b = buf_of(cx->arena, text.n + VARIABLES_MAX * 4096);
    struct cur c = cur_of(text);
    char byte;
    while (!cur_end(&c)) {
        struct str name;
        if (!cur_text(&c, STR("${"))) {
            if (cur_byte(&c, &byte))
                buf_byte(&b, byte);
            continue;
        }
        if (!cur_until(&c, '}', &name))
            return fail(cx, E_SYNTAX, "${ without }");
        size_t i = 0;
        while (i < v->count && !str_eq(v->all[i].name, name))
            i++;
        if (i == v->count)
            return fail(cx, E_NOT_FOUND, "nothing has set ${%.*s}", STR_ARG(name));
        put_value(&b, v->all[i].value, as_pattern);
    }
    must(!b.overflow);
    *out = buf_str(&b);
    return OK;
}

/* The expression for regcomp, without the names of its groups, which go into names by number. */
static struct str take_names(struct arena *a, struct str pattern, struct str names[GROUPS_MAX])
{
    struct buf b = buf_of(a, PATTERN_MAX);
    struct cur c = cur_of(pattern);
    size_t group = 0;
    char byte;
    buf_add(&b, STR("^("));
    for (bool in_set = false; cur_byte(&c, &byte);) {
        buf_byte(&b, byte);
        if (byte == '\\') {
            if (cur_byte(&c, &byte))
                buf_byte(&b, byte);
        } else if (byte == '[') {
            in_set = true;
        } else if (byte == ']') {
            in_set = false;
        } else if (byte == '(' && !in_set) {
            group++;
            if (cur_text(&c, STR("?<")) && group + 1 < GROUPS_MAX)
                must(cur_until(&c, '>', &names[group + 1]));
        }
    }
    buf_add(&b, STR(")$"));
    must(!b.overflow);
    return buf_str(&b);
}

enum code line_match(struct ctx *cx, struct variables *v, struct str pattern, struct str line)
{
    struct str names[GROUPS_MAX] = {0};
    regmatch_t groups[GROUPS_MAX];
    regex_t compiled;
    struct str plain = take_names(cx->arena, pattern, names);
    if (regcomp(&compiled, str_zdup(cx->arena, plain), REG_EXTENDED) != 0)
        return fail(cx, E_SYNTAX, "no expression: %.*s", STR_ARG(pattern));
    groups[0] = (regmatch_t){.rm_so = 0, .rm_eo = (regoff_t)line.n}; /* a line may hold NUL */
    /* ASan reads up to a NUL, which a slice has not. */
    int differs = regexec(&compiled, str_zdup(cx->arena, line), GROUPS_MAX, groups, REG_STARTEND);
    regfree(&compiled);
    if (differs)
        return fail(cx, E_CONFLICT, "the line is not matched");
    for (size_t i = 0; i < GROUPS_MAX; i++)
        if (names[i].n && groups[i].rm_so >= 0)
            variable_set(v, names[i],
                         str_sub(line, (size_t)groups[i].rm_so,
                                 (size_t)(groups[i].rm_eo - groups[i].rm_so)));
    return OK;
}
