/* A script as it runs: what commands and tests see and do. */
#ifndef SERVICE_SIEVE_RUN_RUN_H
#define SERVICE_SIEVE_RUN_RUN_H

#include "base/buf.h"
#include "service/sieve/outcome.h"
#include "service/sieve/program.h"
#include "service/sieve/run/pattern.h"
#include "service/sieve/script/word.h"
#include "service/sieve/world.h"

struct map;
struct mime;

enum {
    SIEVE_STEPS_MAX = 1000000,           /* commands, tests, and comparisons by their size */
    SIEVE_MEMORY_MAX = 64 * 1024 * 1024, /* of a run; and SIEVE_MEMORY_TIMES the message's size */
    SIEVE_MEMORY_TIMES = 8,
    SIEVE_INCLUDES_MAX = 10, /* in each other (RFC 6609 section 3.2) */
    SIEVE_INCLUDED_MAX = 50, /* in all */
    SIEVE_TRACE_MAX = 2000
};

/* One script of those that include each other. */
struct sieve_frame {
    const struct sieve_program *program;
    struct map *values;  /* its variables: struct str * by name; NULL before the first */
    struct map *globals; /* names that "global" made its own; NULL before the first */
    struct str matched[SIEVE_MATCHED_MAX + 1];
    size_t matched_count;
    int depth;
    struct sieve_frame *up; /* which includes it; NULL: the first */
    struct str name;        /* by which it was included */
    bool global;
};

/* A script that was included; held until the run ends. */
struct sieve_include {
    struct sieve_program *program;
    struct str name;
    bool global;
};

/* Closes its maps: struct sieve_frame f AUTO(sieve_frame_end). */
void sieve_frame_end_auto(struct sieve_frame *f);

/* A loop over the parts of the message (RFC 5703 section 3). */
struct sieve_loop {
    uint32_t part;
    struct sieve_loop *up;
    const struct sieve_node *node;
};

struct sieve_run {
    struct ctx *cx;
    struct arena *arena; /* of the run; what goes into the outcome is copied from it */
    const struct sieve_world *world;
    struct sieve_outcome *out;
    struct sieve_frame *frame;
    struct map *globals; /* RFC 6609: struct str * by name; NULL before the first */
    uint64_t steps;
    size_t memory_max, message_size;
    size_t action_room; /* in out->actions */
    size_t told_size;   /* of the changed messages that actions have */
    uint32_t redirects, redirects_max, notifies, included;
    struct sieve_include includes[SIEVE_INCLUDED_MAX];
    bool keep_cancelled, failed;
    struct str flags; /* the internal variable of RFC 5232, by spaces */
    bool flags_touched;
    struct sieve_loop *loop;   /* the innermost, or NULL */
    struct str break_to;       /* name of the loop that "break" ends; empty: the innermost */
    struct sieve_draft *draft; /* draft.h: the message as it is by now */
    struct sieve_words *words; /* cache of body.c */
};

/* The run has gone wrong; only the first time is noted. Returns SIEVE_FAILED. */
enum sieve_flow sieve_run_fail(struct sieve_run *r, struct sieve_spot spot, bool limit,
                               const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Spends steps; false, and the run has failed, when none are left or the memory is used up. */
bool sieve_run_spend(struct sieve_run *r, struct sieve_spot spot, uint64_t steps);
/* A line of trace, if it is wanted. */
void sieve_run_say(struct sieve_run *r, struct sieve_spot spot, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Commands from the first on. */
enum sieve_flow sieve_run_block(struct sieve_run *r, const struct sieve_node *first);
/* False as well when the run has failed. */
bool sieve_run_test(struct sieve_run *r, const struct sieve_node *n);

/* The n-th string of an argument, its variables put in; empty when arg is NULL. */
struct str sieve_run_text(struct sieve_run *r, const struct sieve_arg *arg, size_t n);
/* All of them: arg->count. */
const struct str *sieve_run_texts(struct sieve_run *r, const struct sieve_arg *arg);

/* A new action at the end; NULL, and the run has failed, past SIEVE_ACTIONS_MAX. */
struct sieve_action *sieve_run_act(struct sieve_run *r, const struct sieve_node *n,
                                   enum sieve_act act);
/* action.c: the place that tags and flags tell, for fileinto and fcc. */
void sieve_run_place(struct sieve_run *r, const struct sieve_node *n, struct sieve_place *out);
/* vacation.c: the place that ":fcc" tells (RFC 8580). */
void sieve_run_fcc(struct sieve_run *r, const struct sieve_node *n, struct sieve_place *out);
/* Copies that outlive the run. */
struct sieve_list sieve_run_own(struct sieve_run *r, const struct str *at, size_t count);
/* action.c: what was asked for, as one list without double acts, and the implicit keep. */
void sieve_run_finish(struct sieve_run *r);
/* flags.c: canonical flags out of lists of lists (RFC 5232 section 2). */
struct sieve_list sieve_flags_of(struct sieve_run *r, const struct str *lists, size_t count);

#endif
