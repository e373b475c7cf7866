/* A small forest over a fresh store, for tests of what mail passes through. What cannot be made
   ends the process. */
#ifndef TESTS_WORLD_H
#define TESTS_WORLD_H

#include "base/random.h"
#include "core/directory.h"
#include "proto/smtp/smtp.h"
#include "service/admission.h"
#include "service/auth.h"
#include "service/delivery.h"
#include "service/filter.h"
#include "service/transport/queue.h"
#include "service/transport/routing.h"

/* hosted: commonwealth.example (no parent), health.example below it, closed.example (disabled);
   routed: agency.example. People of commonwealth.example: jane.roe (alias jane@health.example),
   john.doe, full (its quota is 1,000 bytes); password "secret" where a test set it. Groups: staff
   (jane.roe, john.doe), ring-a and ring-b (in each other, with jane.roe and john.doe), mixed
   (jane.roe and a contact elsewhere), empty. clerk@health.example; postmaster is jane.roe. */
struct world {
    struct ctx cx; /* cx.now_ms is the clock; its arena lives as long as the world */
    struct random random;
    struct metrics *metrics;
    struct store *store;
    struct core *core;
    struct auth *auth;
    struct filters *filters;
    struct delivery *delivery;
    struct routing *routing; /* both NULL unless config->queue */
    struct queue *queue;
    const struct queue_config *queue_config;
    const struct road *road;
    struct admission *admission; /* NULL unless config->resolver */
    struct smtp_limits limits;
    struct smtp_env env;
    uint64_t commonwealth, health;
    principal_id jane, john, full, clerk;
};

struct world_config {
    const char *engine; /* NULL: "memory" */
    const char *dir;    /* of an engine that needs one; the caller removes it */
    struct delivery_config delivery;
    const struct queue_config *queue; /* NULL: no queue */
    const struct road *road;          /* of the queue; NULL: nothing leaves */
    const struct resolver *resolver;  /* NULL: nobody looks at strangers at the door */
};

extern const struct delivery_config world_delivery; /* '+', FOLDER, DEFER, jane.roe */

/* config may be NULL. */
struct world *world_open(const struct world_config *config);
void world_close(struct world *w);
/* Closes the queue and opens it again from what the store has, as a restart does. */
void world_queue_again(struct world *w);
/* Gives the person a password; slow. */
void world_password(struct world *w, principal_id who, const char *password);
principal_id world_person(struct world *w, uint64_t domain, const char *name,
                          const struct quota *quota);
/* Ends the process unless code is OK. */
void world_must(const struct ctx *cx, enum code code, const char *what);

/* The value of a counter or gauge without labels. */
int64_t world_metric(struct world *w, const char *name);

/* Stores a script for the person and makes it the active one; it must be right. */
void world_script(struct world *w, principal_id who, const char *text);
/* The same for a domain (0: the forest). */
void world_domain_script(struct world *w, uint64_t domain, enum script_place place,
                         const char *text);

/* Messages in a folder of an account; 0 when there is no such folder. */
uint32_t world_count(struct world *w, account_id account, const char *path);
/* The newest one, whole, in w->cx.arena. */
struct str world_newest(struct world *w, account_id account, const char *path);
void world_folder(struct world *w, account_id account, const char *path);

/* A client on a session of the SMTP engine, with io played. */
struct talk;
struct talk *talk_open(struct world *w, const char *role);
void talk_close(struct talk *t);
/* Pretends a TLS handshake from now on (or at once, for "submissions": before talk_send). */
void talk_tls(struct talk *t);
/* Bytes are given to the engine at most so many at a time; 0: all. */
void talk_cut(struct talk *t, size_t piece);
/* Sends the bytes and returns all that the server says to them (without the greeting); valid until
   talk_close. */
struct str talk_send(struct talk *t, struct str bytes);
/* The same for text; the first id of a message in what the server says is "ID". */
struct str talk_say(struct talk *t, const char *text);
/* The engine is woken; what it says. */
struct str talk_wake(struct talk *t);
bool talk_is_closed(const struct talk *t);
uint32_t talk_delay_ms(const struct talk *t);

#endif
