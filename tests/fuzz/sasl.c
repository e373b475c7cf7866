/* SASL responses. The first byte chooses the mechanism and the channel; then come the responses,
   each ended by a line feed. "@" is replaced by the nonce of the last challenge, so that the
   second message of SCRAM is reached. Nobody may get in: the password is not in the seeds. */
#include "base/arena.h"
#include "base/cur.h"
#include "base/engine.h"
#include "base/random.h"
#include "core/credential.h"
#include "service/auth.h"
#include "service/sasl/token.h"

struct fixture {
    struct random random;
    struct ctx cx;
    struct store *store;
    struct core *core;
    struct auth *auth;
};

static void make_jane(struct fixture *f)
{
    struct domain d = {.name = STR("a.example"), .kind = DOMAIN_HOSTED, .enabled = true};
    struct principal p = {.kind = PRINCIPAL_PERSON, .name = STR("jane"), .enabled = true};
    principal_id id;
    must(directory_domain_add(&f->cx, f->core, &d, &p.domain) == OK);
    must(directory_add(&f->cx, f->core, &p, NULL, &id) == OK);
    must(credential_set_password(&f->cx, f->core, id, STR("not to be guessed 8c1f")) == OK);
}

static struct fixture *fixture(void)
{
    static struct fixture f;
    static const struct token_config keyless = {.issuer = STR("https://id.example")};
    struct tokens *tokens;
    struct auth_config config = {.delay_ms = 1, .window_s = 60, .plain_in_clear = true};
    const struct store_config store = {.engine = STR("memory")};
    if (f.auth)
        return &f;
    f.random.seed = 5;
    f.cx = (struct ctx){.arena = arena_open(), .random = &f.random, .now_ms = 1000};
    must(store_open(&f.cx, &store, &f.store) == OK);
    must(core_open(&f.cx, &(struct core){.store = f.store}, &f.core) == OK);
    make_jane(&f);
    must(tokens_open(&f.cx, &keyless, &tokens) == OK);
    config.tokens = tokens;
    f.auth = auth_open(f.core, &config);
    return &f;
}

static struct str with_nonce(struct arena *a, struct str response, struct str challenge)
{
    size_t at = str_chr(response, '@');
    struct str nonce = str_starts(challenge, STR("r=")) ? str_from(challenge, 2) : (struct str){0};
    size_t end = str_chr(nonce, ',');
    if (at == SIZE_MAX || end == SIZE_MAX)
        return response;
    const struct str parts[] = {str_sub(response, 0, at), str_sub(nonce, 0, end),
                                str_from(response, at + 1)};
    return str_join(a, parts, 3);
}

static void play(struct fixture *f, struct sasl *x, struct str script)
{
    struct cur c = cur_of(script);
    struct str response, challenge = {0};
    struct auth_result r = {0};
    bool done = false;
    enum code code = OK;
    while (code == OK && !done && cur_until(&c, '\n', &response)) {
        response = with_nonce(f->cx.arena, response, challenge);
        code = sasl_step(&f->cx, x, response, &challenge, &done, &r);
    }
    must(!done);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const struct str names[] = {
        {"PLAIN", 5},        {"LOGIN", 5},   {"SCRAM-SHA-256", 13}, {"SCRAM-SHA-256-PLUS", 18},
        {"OAUTHBEARER", 11}, {"XOAUTH2", 7}, {"SCRAM-SHA-1", 11},   {"SCRAM-SHA-1-PLUS", 16},
    };
    struct fixture *f = fixture();
    uint8_t choice = n ? data[0] : 0;
    struct tls_facts tls = {.has_exporter = choice & 4, .unique_n = choice & 8 ? 12 : 0};
    struct peer peer = {
        .address = STR("192.0.2.1"), .role = STR("imap"), .tls = choice & 16 ? NULL : &tls};
    struct sasl *x = NULL;
    arena_reset(f->cx.arena);
    if (n &&
        sasl_open(&f->cx, f->auth, &peer, names[(choice & 3) + (choice & 32 ? 4 : 0)], &x) == OK) {
        play(f, x, str_of(data + 1, n - 1));
        sasl_close(x);
    }
    return 0;
}
