/* The words of one command: options, values and names. */
#ifndef SERVER_ARGS_H
#define SERVER_ARGS_H

#include "base/err.h"
#include "base/str.h"

enum { ARGS_MAX = 64 };

/* Take the options first, then the names, then call args_done. */
struct args {
    struct str words[ARGS_MAX];
    bool used[ARGS_MAX];
    size_t count;
};

/* "--force": true if it is there. */
bool args_flag(struct args *a, const char *name);
/* "--name VALUE" or "--name=VALUE". */
bool args_value(struct args *a, const char *name, struct str *out);
/* As args_value, a number; out stays when it is not there. E_SYNTAX. */
MUST_USE enum code args_number(struct ctx *cx, struct args *a, const char *name, uint64_t *out);
/* The next word that is no option. E_SYNTAX "ADDRESS is missing". */
MUST_USE enum code args_take(struct ctx *cx, struct args *a, const char *what, struct str *out);
/* The next word that is no option, if any. */
bool args_next(struct args *a, struct str *out);
/* E_SYNTAX when something was not understood. */
MUST_USE enum code args_done(struct ctx *cx, const struct args *a);

#endif
