/* What administrators have set for mail at the door: settings of the forest and of domains, DNS
   lists, limits, secrets. Rows of the directory's partition, in memory until that moves. */
#ifndef SERVICE_ADMISSION_POLICY_H
#define SERVICE_ADMISSION_POLICY_H

#include "base/err.h"
#include "base/str.h"

struct core;
struct policy; /* one for the server; safe for all threads */

enum {
    POLICY_ROWS_MAX = 20000,
    POLICY_NAME_MAX = 64,
    POLICY_SCOPE_MAX = 190,
    POLICY_VALUE_MAX = 1000,
};

/* Order of the table in setting.c. */
enum setting {
    SET_LIST_WAIT_MS,
    SET_LIST_REFUSE,
    SET_LIST_GREYLIST,
    SET_LIST_JUNK,
    SET_LIST_MARK,
    SET_GREYLIST,
    SET_GREYLIST_DELAY_S,
    SET_GREYLIST_WINDOW_H,
    SET_GREYLIST_KEEP_D,
    SET_GREYLIST_NETWORKS,
    SET_GREYLIST_SPF,
    SET_GREYLIST_KNOWN,
    SET_SRS,
    SET_SRS_DOMAIN,
    SET_SUSPECT,
    SET_SUSPECT_SCORE,
    SET_SUSPECT_FLOOR,
    SET_BIMI,
    SET_HELLO_OURS,
    SET_HELLO_STRICT,
    SET_GREETING_DELAY_MS,
    SETTING_COUNT
};

enum setting_kind { SETTING_NUMBER, SETTING_WORD, SETTING_DOMAIN };
enum { SETTING_WORDS_MAX = 6 };

struct setting_row {
    const char *name;
    enum setting_kind kind;
    bool of_domains; /* may differ between domains; else the forest's alone */
    int64_t usual, least, most;
    const char *words[SETTING_WORDS_MAX]; /* of SETTING_WORD: the number is the place */
    const char *help;
};
/* NULL past the last. */
const struct setting_row *setting_at(size_t which);
/* E_SYNTAX: there is no such setting, or it cannot have that value. */
MUST_USE enum code setting_find(struct ctx *cx, struct str name, enum setting *out);
MUST_USE enum code setting_parse(struct ctx *cx, enum setting which, struct str value,
                                 int64_t *number);

/* What holds for the forest or for one domain. */
struct limit;
struct policy_rules {
    const struct limit **limits; /* the narrowest of each name */
    size_t limit_count;
    int64_t number[SETTING_COUNT];
    struct str text[SETTING_COUNT]; /* of SETTING_DOMAIN: lower-case A-labels, or empty */
};

/* One row: kind is "set", "list", "limit" or "srs"; scope "*", a domain or an address. */
struct policy_row {
    struct str kind, name, scope, value;
};

/* Reads nothing yet. The core outlives it. */
struct policy *policy_open(struct core *c);
/* Views that somebody holds stay. */
void policy_close(struct policy *p);
AUTO_OF(struct policy *, policy_close)

/* The table as it stands at one moment; shared, never changed. */
struct list_zone;
struct policy_view;
MUST_USE enum code policy_get(struct ctx *cx, struct policy *p, struct policy_view **out);
struct policy_view *policy_view_ref(struct policy_view *v);
void policy_view_unref(struct policy_view *v);
AUTO_OF(struct policy_view *, policy_view_unref)

/* What holds for the forest. */
const struct policy_rules *policy_forest(const struct policy_view *v);
/* What holds for a domain: its own settings, then those of the domains above it. Valid as long as
   the view. A domain that is not of the forest has the forest's. E_IO. */
MUST_USE enum code policy_domain(struct ctx *cx, struct policy_view *v, struct str domain,
                                 const struct policy_rules **out);
/* DNS lists, by name. */
const struct list_zone *policy_lists(const struct policy_view *v, size_t *count);

/* Another limit of that name for an address, or NULL. */
const struct limit *policy_own_limit(struct ctx *cx, const struct policy_view *v, struct str name,
                                     struct str address);
/* The secrets of SRS, the oldest first. */
const struct policy_row *policy_srs(const struct policy_view *v, size_t *count);
/* Whether somebody named that domain as srs-domain. */
bool policy_is_srs_domain(struct ctx *cx, const struct policy_view *v, struct str domain);

/* The rows of a kind, or all (empty), by kind, name and scope. In cx->arena. */
MUST_USE enum code policy_rows(struct ctx *cx, struct policy *p, struct str kind,
                               struct policy_row **out, size_t *count);
/* Adds or replaces; the value has been checked. E_SYNTAX, E_LIMIT. */
MUST_USE enum code policy_put(struct ctx *cx, struct policy *p, const struct policy_row *row);
/* E_NOT_FOUND. */
MUST_USE enum code policy_drop(struct ctx *cx, struct policy *p, const struct policy_row *row);

#endif
