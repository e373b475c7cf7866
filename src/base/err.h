/* What can go wrong, and how it is told: one code for programs, one line for the log. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>
#include <stdint.h>

struct arena;
struct random;

/* Each protocol has one table from these to its replies. */
enum code {
    OK = 0,
    E_SYNTAX,      /* what came in breaks its grammar */
    E_LIMIT,       /* over a named limit or a quota */
    E_NOT_FOUND,   /* no such thing, or none that may be seen */
    E_EXISTS,      /* there already */
    E_DENIED,      /* known, but not allowed */
    E_CONFLICT,    /* changed in between; try again */
    E_BUSY,        /* not now: overload, or work for the slow lane */
    E_IO,          /* disk or network failed */
    E_CORRUPT,     /* stored data breaks an invariant */
    E_UNSUPPORTED, /* well formed, but not something that is done here */
    CODE_COUNT
};

struct err {
    enum code code;
    char what[200]; /* for the log: never message content; NUL-terminated, cut */
};

/* All that one request may use; first parameter of what can fail. */
struct ctx {
    struct arena *arena; /* dies with the request */
    struct err err;
    int64_t now_ms, deadline_ms; /* UTC; deadline 0 is none */
    struct random *random;
    bool slow;                   /* runs where slow work (password hashing) is allowed */
    void (*waits)(void *thread); /* see ctx_waits; may be NULL */
    void *thread;
};

/* Before the request waits for long (for a commit, say), on its own thread: what else that thread
   was to do goes to another one. Any number of times. */
static inline void ctx_waits(const struct ctx *cx)
{
    if (cx->waits)
        cx->waits(cx->thread);
}

#define MUST_USE __attribute__((warn_unused_result))

/* Notes the error in cx and returns its code: return fail(cx, E_LIMIT, "RCPT: more than %d", N); */
enum code fail(struct ctx *cx, enum code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* "limit" for E_LIMIT and so on: for logs and metrics. */
const char *code_name(enum code code);

/* Returns from the function with the code of expr if that is not OK. */
#define TRY(expr)                                                                                  \
    do {                                                                                           \
        enum code try_code = (expr);                                                               \
        if (try_code != OK)                                                                        \
            return try_code;                                                                       \
    } while (0)

/* An invariant. When it does not hold the process ends, and its supervisor starts it again. */
#define must(x) ((x) ? (void)0 : must_failed(#x, __FILE__, __LINE__))
void must_failed(const char *what, const char *file, int line) __attribute__((noreturn));

/* struct txn *t AUTO(txn_abort) = ...; runs txn_abort(t) at the end of the scope.
   The pair's header says AUTO_OF(struct txn *, txn_abort) once. */
#define AUTO(closer) __attribute__((cleanup(closer##_auto)))
#define AUTO_OF(type, closer)                                                                      \
    static inline void closer##_auto(type *thing)                                                  \
    {                                                                                              \
        if (*thing)                                                                                \
            closer(*thing);                                                                        \
    }

#endif
