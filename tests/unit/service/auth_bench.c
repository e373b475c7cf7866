#include "auth_bench.h"
#include "core/credential.h"

int auth_bench_open(void **state)
{
    const struct auth_config config = {.address_failures = BENCH_ADDRESS_FAILURES,
                                       .account_failures = BENCH_FAILURES,
                                       .window_s = BENCH_WINDOW_S,
                                       .lockout_s = BENCH_LOCKOUT_S,
                                       .remember_s = BENCH_REMEMBER_S,
                                       .offer_plus = true,
                                       .delay_ms = BENCH_DELAY_MS};
    struct auth_bench *b = calloc(1, sizeof *b);
    assert_non_null(b);
    b->f = forest_open("memory");
    b->cx = &b->f->cx;
    b->jane = forest_add(b->f, PRINCIPAL_PERSON, "jane", b->f->health);
    b->joe = forest_add(b->f, PRINCIPAL_PERSON, "joe", b->f->works);
    b->desk = forest_add(b->f, PRINCIPAL_SHARED_MAILBOX, "desk", b->f->health);
    assert_int_equal(credential_set_password(b->cx, b->f->core, b->jane, STR("pencil")), OK);
    assert_int_equal(credential_set_password(b->cx, b->f->core, b->joe, STR("brush")), OK);
    b->auth = auth_open(b->f->core, &config);
    b->peer =
        (struct peer){.id = 1, .address = STR("192.0.2.1"), .role = STR("imap"), .tls = &b->tls};
    *state = b;
    return 0;
}

int auth_bench_close(void **state)
{
    struct auth_bench *b = *state;
    auth_close(b->auth);
    forest_close(b->f);
    free(b);
    return 0;
}

enum code auth_bench_try(struct auth_bench *b, const char *address, const char *login,
                         const char *password, struct auth_result *out)
{
    struct peer peer = b->peer;
    peer.address = str_z(address);
    b->cx->slow = true;
    *out = (struct auth_result){0};
    return auth_password(b->cx, b->auth, &peer, str_z(login), str_z(password), out);
}
