/* What the files of filters share. */
#ifndef SERVICE_FILTER_PARTS_H
#define SERVICE_FILTER_PARTS_H

#include "format/mime.h"
#include "service/calendar/itip.h"
#include "service/filter/event.h"
#include "service/filter/mail.h"
#include "service/sieve/world.h"
#include <pthread.h>
#include <stdatomic.h>

struct converter;
struct metric;
struct programs;
struct systems;

enum filter_result { FILTER_DONE, FILTER_TROUBLE, FILTER_RESULTS };

struct filters {
    struct core *core;
    struct filters_config config;
    struct sieve_options options;
    struct programs *programs;
    struct converter *converter; /* NULL: nothing is converted */
    _Atomic uint64_t none_at;    /* version of the directory, with no domain that has scripts */
    pthread_mutex_t lock;        /* of systems */
    struct systems *systems;     /* scripts of domains as of a version of the directory, or NULL */
    struct metric *runs[FILTER_RESULTS], *actions[SIEVE_NOTIFY + 1], *seconds;
    struct metric *calendars[ITIP_ERROR + 1];
};

/* Domains' scripts. */
MUST_USE enum code systems_get(struct ctx *cx, struct filters *f, struct systems **out);
void systems_unref(struct systems *s);
AUTO_OF(struct systems *, systems_unref)
bool systems_are_empty(const struct systems *s);
/* The same without a lock; false when it is not known at once. */
bool systems_are_none(struct ctx *cx, const struct filters *f);
/* NULL: nothing is set. */
const struct script_system *systems_find(const struct systems *s, uint64_t domain);

/* A domain, those above it, and 0, the forest. */
enum { LINEAGE_MAX = 65 };
struct lineage {
    uint64_t at[LINEAGE_MAX];
    size_t count;
};
MUST_USE enum code domains_above(struct ctx *cx, struct filters *f, uint64_t domain,
                                 struct lineage *out);

/* What runs for the people of a domain, besides their own. */
struct chain {
    struct blob_id before[LINEAGE_MAX], after[LINEAGE_MAX];
    size_t before_count, after_count;
    enum script_forward forward;
};
MUST_USE enum code systems_chain(struct ctx *cx, struct filters *f, uint64_t domain,
                                 struct chain *out);

/* One mailbox's run. */
struct filtering {
    struct ctx *cx;
    struct filters *f;
    struct filter_message *message;
    const struct filter_for *to;
    struct filter_plan *plan;
    struct principal owner;
    const struct filter_event *event; /* or NULL: the message is being delivered */
    struct principal by;              /* of an event */
    struct sieve_list flags;          /* of an event's message */
    struct account_view *view;
    enum script_forward forward;
    struct mime *mime; /* as the scripts before have left it */
    struct str bytes;  /* as mime */
    bool edited;       /* bytes are not those that came */
    struct sieve_action keep;
    bool keeps;
    bool own;          /* the script that runs is the owner's */
    bool zone_known;   /* zone was looked for */
    struct zone *zone; /* that the owner has chosen, or NULL */
};

/* Empty; closing gives back all programs. */
struct programs *programs_open(void);
/* The last call. */
void programs_close(struct programs *p);
/* A program by the id of its text; compiled once. E_SYNTAX: it is there, but wrong. */
MUST_USE enum code program_get(struct ctx *cx, struct filters *f, const struct blob_id *text,
                               struct sieve_program **out);
/* Runs a script and takes over what comes of it; one that cannot be run keeps. own: its owner is
   told of trouble. */
MUST_USE enum code script_run(struct filtering *x, const struct blob_id *text, bool own);
/* Runs one program on what is seen of the message and the mailbox. */
MUST_USE enum code world_run(struct filtering *x, const struct sieve_program *p,
                             struct sieve_outcome *out);

/* The local zone of the script that runs, then, in minutes east of UTC: what its owner has chosen
   in the page, else the server's; of scripts of domains and the forest the server's. */
int16_t filter_zone(struct filtering *x, int64_t utc_ms);

/* A folder that takes mail, or NULL. */
struct folder_facts;
const struct folder_facts *folder_named(const struct filtering *x, enum sieve_naming by,
                                        struct str name);

/* The folder of a place; made when it says so. Where there is none, the inbox. */
MUST_USE enum code place_find(struct filtering *x, const struct sieve_place *place, folder_id *out);
/* Puts a copy into the plan: bytes NULL are the message as it is. */
MUST_USE enum code copy_add(struct filtering *x, folder_id folder, const struct sieve_place *place,
                            struct str bytes, bool is_own);

/* Flags as a script has them: system flags by name, all else keywords. */
void flags_set(struct filtering *x, const struct sieve_list *flags, struct filter_copy *out);
/* The message as the action means it; .p NULL: as it came. */
struct str bytes_of(const struct filtering *x, const struct sieve_action *a);

/* The actions that send something. */
MUST_USE enum code redirect_do(struct filtering *x, const struct sieve_action *a);
MUST_USE enum code vacation_do(struct filtering *x, const struct sieve_action *a);
MUST_USE enum code notify_do(struct filtering *x, const struct sieve_action *a);
MUST_USE enum code reject_do(struct filtering *x, const struct sieve_action *a);
/* A script failed: the owner is told, once a day. */
MUST_USE enum code trouble_tell(struct filtering *x, struct str what);

/* A place in the plan; E_LIMIT past FILTER_SENT_MAX. */
MUST_USE enum code sent_add(struct filtering *x, enum filter_way way, struct filter_sent **out);
/* A message that was made: blob of it. */
MUST_USE enum code blob_of(struct filtering *x, struct str bytes, const struct blob_new **out);
void memory_add(struct filtering *x, enum script_memory kind, struct str key, uint32_t seconds);
/* A key for the memory of any texts: their SHA-256, in hexadecimal. */
MUST_USE enum code memory_key(struct filtering *x, const struct str *parts, size_t count,
                              struct str *out);
/* Whether an address may be written to from here: of the forest, or forwarding is allowed. */
MUST_USE enum code may_leave(struct filtering *x, struct str address, bool *out);
/* Is it an answer of a machine, or from a list (RFC 3834 section 2, RFC 5230 section 4.6)? */
bool is_automatic(struct filtering *x);
/* First field of that name of the message, raw, or empty with .p NULL. */
struct str field_of(const struct filtering *x, struct str name);

#endif
