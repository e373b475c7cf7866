/* An account over a store in memory, for tests of the data model. */
#ifndef TESTS_CORE_MODEL_H
#define TESTS_CORE_MODEL_H

#include "base/arena.h"
#include "base/random.h"
#include "core/change.h"
#include "core/folder.h"
#include "core/view.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { ACCOUNT = 1000 };

struct model {
    struct ctx cx;
    struct random random;
    struct store *store;
    struct core *core;
};

/* With ACCOUNT made; time stands at MODEL_NOW. */
enum { MODEL_DAY_MS = 24 * 3600 * 1000 };
#define MODEL_NOW INT64_C(1790000000000)
int model_open(void **state);
int model_close(void **state);
/* Forgets all that the views hold, as a restart does. */
void model_reopen(struct model *m);

/* The folder of a role of the account as committed; must be there. */
folder_id model_folder(struct model *m, enum role role);
/* A copy of the account's facts, of a folder's (slices in the arena of the model). */
struct account_facts model_facts(struct model *m);
struct folder_facts model_folder_facts(struct model *m, folder_id folder);

/* Each in a transaction of its own; the code of it. */
enum code model_run(struct model *m, account_fn *fn, void *arg);
/* A message with that text (subject and all); the item must come out. */
struct item_placed model_add(struct model *m, folder_id folder, const char *text, uint32_t flags);
enum code model_add_new(struct model *m, struct item_new *new, const char *text,
                        struct item_placed *out);
enum code model_flags(struct model *m, folder_id folder, uint32_t uid, enum flag_change how,
                      uint32_t flags, const char *keyword);
enum code model_move(struct model *m, folder_id from, uint32_t uid, folder_id to,
                     struct item_placed *out);
enum code model_copy(struct model *m, folder_id from, uint32_t uid, folder_id to,
                     struct item_placed *out);
enum code model_remove(struct model *m, folder_id folder, uint32_t uid);
enum code model_create(struct model *m, const char *path, folder_id *out);

/* All changes since a number, in the arena; the code of change_scan. */
enum code model_changes(struct model *m, uint64_t since, folder_id folder, struct change **out,
                        size_t *count);
/* Raw rows, to break and to look at them. */
void model_row_put(struct model *m, struct str key, struct str value);
void model_row_delete(struct model *m, struct str key);
bool model_row_get(struct model *m, struct str key, struct str *value);
size_t model_rows(struct model *m, char family);

#define assert_ok(m, expr)                                                                         \
    do {                                                                                           \
        enum code got_ = (expr);                                                                   \
        if (got_ != OK)                                                                            \
            fail_msg("%s: %s: %s", #expr, code_name(got_), (m)->cx.err.what);                      \
    } while (0)
#define assert_str(s, text)                                                                        \
    do {                                                                                           \
        struct str s_ = (s);                                                                       \
        if (!str_eq(s_, str_z(text)))                                                              \
            fail_msg("%s is \"%.*s\", wanted \"%s\"", #s, STR_ARG(s_), text);                      \
    } while (0)

#endif
