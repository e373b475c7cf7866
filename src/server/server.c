#include "server/server.h"
#include "base/clock.h"
#include "server/progress.h"
#include "service/auth.h"
#include "service/delivery.h"
#include "service/sasl/kerberos.h"

enum code server_open(struct ctx *cx, struct server *s)
{
    struct store_config store = s->config->store;
    store.log = s->log;
    store.metrics = s->metrics;
    s->board = board_open();
    TRY(store_open(cx, &store, &s->store));
    const struct core parts = {
        .store = s->store,
        .log = s->log,
        .metrics = s->metrics,
        .host_name = s->config->host_name,
    };
    TRY(core_open(cx, &parts, &s->core));
    struct auth_config auth = s->config->auth;
    if (s->config->tokens.key_count)
        TRY(tokens_open(cx, &s->config->tokens, &s->tokens));
    auth.tokens = s->tokens;
    if (s->config->keytab.n)
        TRY(kerberos_open(cx, s->config->keytab, &s->kerberos));
    auth.kerberos = s->kerberos;
    s->auth = auth_open(s->core, &auth);
    s->delivery = delivery_open(s->core, &s->config->delivery);
    s->started_ms = clock_utc_ms();
    return OK;
}

void server_close(struct server *s)
{
    delivery_close(s->delivery);
    if (s->auth)
        auth_close(s->auth);
    tokens_close(s->tokens);
    kerberos_close(s->kerberos);
    core_close(s->core);
    if (s->store)
        store_close(s->store);
    board_close(s->board);
}
