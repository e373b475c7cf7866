/* Variables of a dialogue, and lines compared with what is expected. */
#ifndef TESTS_WIRE_MATCH_H
#define TESTS_WIRE_MATCH_H

#include "base/arena.h"
#include "base/str.h"

enum { VARIABLES_MAX = 40 };

struct variables {
    struct arena *arena;
    size_t count;
    struct {
        struct str name, value;
    } all[VARIABLES_MAX];
};

void variable_set(struct variables *v, struct str name, struct str value);
/* text with each ${name} replaced; as_pattern: its value stands for itself in an expression.
   E_NOT_FOUND for a name that nothing has set. */
MUST_USE enum code variables_put(struct ctx *cx, const struct variables *v, struct str text,
                                 bool as_pattern, struct str *out);

/* Whether the whole line is matched by a POSIX extended expression; (?<name>...) sets a variable.
   E_SYNTAX when it is none, E_CONFLICT when the line differs. */
MUST_USE enum code line_match(struct ctx *cx, struct variables *v, struct str pattern,
                              struct str line);

#endif
