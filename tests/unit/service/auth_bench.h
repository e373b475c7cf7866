/* A forest with jane (password "pencil"), a log-in service, and a peer. */
#ifndef TESTS_SERVICE_AUTH_BENCH_H
#define TESTS_SERVICE_AUTH_BENCH_H

#include "../core/forest.h"
#include "service/auth.h"

struct auth_bench {
    struct forest *f;
    struct ctx *cx;
    struct auth *auth;
    struct tls_facts tls;
    struct peer peer;
    principal_id jane, joe, desk; /* joe has "brush"; desk is a shared mailbox */
};

enum { BENCH_FAILURES = 5, BENCH_ADDRESS_FAILURES = 20 };
enum { BENCH_WINDOW_S = 600, BENCH_LOCKOUT_S = 300, BENCH_REMEMBER_S = 120, BENCH_DELAY_MS = 700 };

/* cmocka's set-up and tear-down. */
int auth_bench_open(void **state);
int auth_bench_close(void **state);
/* One attempt from address, allowed to be slow. */
enum code auth_bench_try(struct auth_bench *b, const char *address, const char *login,
                         const char *password, struct auth_result *out);

#endif
