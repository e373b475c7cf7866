#include "server/args.h"

bool args_flag(struct args *a, const char *name)
{
    for (size_t i = 0; i < a->count; i++) {
        if (a->used[i] || !str_eq(a->words[i], str_z(name)))
            continue;
        a->used[i] = true;
        return true;
    }
    return false;
}

bool args_value(struct args *a, const char *name, struct str *out)
{
    struct str wanted = str_z(name);
    for (size_t i = 0; i < a->count; i++) {
        struct str word = a->words[i];
        if (a->used[i] || !str_starts(word, wanted))
            continue;
        if (word.n > wanted.n && word.p[wanted.n] == '=') {
            a->used[i] = true;
            *out = str_from(word, wanted.n + 1);
            return true;
        }
        if (word.n == wanted.n && i + 1 < a->count && !a->used[i + 1]) {
            a->used[i] = a->used[i + 1] = true;
            *out = a->words[i + 1];
            return true;
        }
    }
    return false;
}

enum code args_number(struct ctx *cx, struct args *a, const char *name, uint64_t *out)
{
    struct str value;
    if (!args_value(a, name, &value))
        return OK;
    if (!str_u64(value, out))
        return fail(cx, E_SYNTAX, "%s takes a whole number, not \"%.*s\"", name, STR_ARG(value));
    return OK;
}

bool args_next(struct args *a, struct str *out)
{
    for (size_t i = 0; i < a->count; i++) {
        if (a->used[i] || str_starts(a->words[i], STR("--")))
            continue;
        a->used[i] = true;
        *out = a->words[i];
        return true;
    }
    return false;
}

enum code args_take(struct ctx *cx, struct args *a, const char *what, struct str *out)
{
    if (args_next(a, out))
        return OK;
    return fail(cx, E_SYNTAX, "%s is missing", what);
}

enum code args_done(struct ctx *cx, const struct args *a)
{
    for (size_t i = 0; i < a->count; i++)
        if (!a->used[i])
            return fail(cx, E_SYNTAX, "\"%.*s\" is not understood here", STR_ARG(a->words[i]));
    return OK;
}
