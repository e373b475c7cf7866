/* A store in memory with two people, for the tests of IMAP. What cannot be made ends the process.
 */
#ifndef TESTS_IMAP_WORLD_H
#define TESTS_IMAP_WORLD_H

#include "base/random.h"
#include "proto/imap/imap.h"
#include "service/auth.h"

/* jane@example.com and john@example.com; PLAIN and LOGIN are possible in clear. */
struct imap_world {
    struct ctx cx; /* cx.now_ms is the clock; its arena lives as long as the world */
    struct random random;
    struct store *store;
    struct core *core;
    struct auth *auth;
    struct imap_env env;
    struct filters *filters; /* and env.delivery: once somebody has made them; closed with it */
    uint64_t domain;
    struct search *search; /* once imap_world_index was called; in search_dir */
    char search_dir[40];
    uint64_t jane, john; /* principals, and so their accounts */
};

struct imap_world *imap_world_open(void);
void imap_world_close(struct imap_world *w);
/* Gives the person a password. Slow. */
void imap_world_password(struct imap_world *w, uint64_t who, const char *password);
/* Limits what the person's account may hold. */
void imap_world_quota(struct imap_world *w, uint64_t who, uint64_t bytes, uint64_t items);
/* A message into a folder, as a delivery does it; received now. */
void imap_world_deliver(struct imap_world *w, uint64_t who, const char *folder, struct str message,
                        struct str trace);
/* So many small messages "message 1", "message 2"... */
void imap_world_fill(struct imap_world *w, uint64_t who, const char *folder, uint32_t count);

/* Brings the person's full-text index up to date; from the first time on searches ask it. */
void imap_world_index(struct imap_world *w, uint64_t who);

#endif
