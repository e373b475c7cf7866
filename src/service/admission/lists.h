/* DNS lists (RFC 5782): who a client is said to be, by address and by name. All lists are asked
   side by side when it connects; who needs the answer waits for those that are late. */
#ifndef SERVICE_ADMISSION_LISTS_H
#define SERVICE_ADMISSION_LISTS_H

#include "format/host/ip.h"
#include "service/admission/policy.h"

struct log;
struct metrics;
struct resolver;

enum {
    LIST_CODES_MAX = 8,     /* patterns of one list */
    LIST_WEIGHT_MAX = 1000, /* and -1000 */
    LIST_ZONES_MAX = 32,    /* that are asked */
    LIST_PROBES_MAX = 256,  /* questions of one session */
    LIST_HITS_MAX = 16,     /* that are told */
    LIST_TEXT_MAX = 200,    /* bytes of a list's own text in a reply */
};

enum list_kind { LIST_OF_ADDRESSES = 1, LIST_OF_NAMES };

/* Answers that count: each octet between two bounds. */
struct list_code {
    uint8_t least[4], most[4];
};

struct list_zone {
    struct str zone; /* lower-case A-labels */
    enum list_kind kind;
    int weight; /* below 0: a list of the welcome, which overrides all others */
    struct list_code codes[LIST_CODES_MAX];
    size_t code_count; /* 0: any */
};

/* value: "addresses 10 127.0.0.2-11,127.0.*.4", "names -5 *": kind, weight, codes. Strings in the
   arena a. E_SYNTAX, E_LIMIT. */
MUST_USE enum code list_zone_parse(struct ctx *cx, struct arena *a, struct str zone,
                                   struct str value, struct list_zone *out);
bool list_zone_means(const struct list_zone *zone, const uint8_t code[static 4]);

struct lists; /* one for the server; safe for all threads */
/* log and metrics may be NULL; all outlive it. */
struct lists *lists_open(const struct resolver *r, struct log *log, struct metrics *metrics);
/* No listing is open any more, and nothing is asked. */
void lists_close(struct lists *x);

/* Asks each list for the entries that every list has or must not have (RFC 5782 section 5). One
   that lists everything or answers nonsense is not asked until a later check finds it well; the log
   tells. Waits for the DNS. */
struct list_state {
    struct str zone;
    bool off;
    const char *why; /* a constant: "well", "lists everything"... */
};
void lists_check(struct ctx *cx, struct lists *x, const struct policy_view *v,
                 struct list_state *out);
/* What is known of a list without asking. */
struct list_state lists_state(struct lists *x, struct str zone);

/* What the lists say of one client; for one session. */
struct listing;
/* Asks; NULL when there are no lists. */
struct listing *listing_open(struct lists *x, struct policy_view *v, struct ip client);
void listing_close(struct listing *l);
/* Asks for names as well: of HELO, and of the sender's domain; those of an earlier transaction do
   not count any more. */
void listing_names(struct ctx *cx, struct listing *l, struct str helo, struct str domain);

struct list_hit {
    const struct list_zone *zone;
    struct str name; /* that was asked for: what is listed, and the zone */
    uint8_t code[4];
};
struct list_verdict {
    int weight; /* 0 when welcome */
    bool welcome;
    size_t late; /* questions without an answer */
    struct list_hit hits[LIST_HITS_MAX];
    size_t count;
    const struct list_hit *worst; /* of hits, or NULL */
};
/* Waits until cx->deadline_ms. hits are valid until listing_close. */
void listing_wait(struct ctx *cx, struct listing *l, struct list_verdict *out);
/* What the list itself says about a hit: printable ASCII, cut; may be empty. Asks, until
   cx->deadline_ms. In cx->arena. */
struct str listing_text(struct ctx *cx, struct listing *l, const struct list_hit *hit);

#endif
