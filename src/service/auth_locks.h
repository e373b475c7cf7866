/* Who has failed to log in too often lately. Memory only, and a fixed amount of it. */
#ifndef SERVICE_AUTH_LOCKS_H
#define SERVICE_AUTH_LOCKS_H

#include "base/str.h"

struct auth_config;
struct auth_lock;
struct auth_locks; /* safe for all threads */

/* Nobody is locked. What config says is copied. */
struct auth_locks *auth_locks_open(const struct auth_config *config);
void auth_locks_close(struct auth_locks *l);

/* Who tries: made once an attempt. */
struct auth_trier {
    uint64_t address, account, pair; /* keyed hashes */
};
/* address: IPv4 as it is, IPv6 by its /64, IPv4 in IPv6 as IPv4. account: any name for it that is
   always the same, also for accounts that do not exist. */
struct auth_trier auth_trier_of(struct str address, struct str account);

/* Whether the attempt is to be refused unseen: the address or the account is locked, and the two
   have not been seen together with a right password lately. */
bool auth_locks_refuse(struct auth_locks *l, const struct auth_trier *t, int64_t now_ms);
/* guess: a keyed hash of account and password, so that a device that repeats one wrong password
   counts once in a window; 0 when it is not known. */
void auth_locks_failed(struct auth_locks *l, const struct auth_trier *t, uint64_t guess,
                       int64_t now_ms);
void auth_locks_succeeded(struct auth_locks *l, const struct auth_trier *t, int64_t now_ms);

/* What is known of one side. */
struct auth_lock auth_locks_address(struct auth_locks *l, uint64_t tag, int64_t now_ms);
struct auth_lock auth_locks_account(struct auth_locks *l, uint64_t tag, int64_t now_ms);
/* Forgets the failures of an address and of an account (tags of auth_trier_of). */
void auth_locks_clear(struct auth_locks *l, const struct auth_trier *t);

#endif
