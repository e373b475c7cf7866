#include "base/arena.h"
#include "base/cur.h"
#include "core/credential.h"
#include "core/credential/kdf.h"
#include "service/auth.h"
#include "service/sasl/kerberos.h"
#include "service/sasl/mechanism.h"
#include "service/sasl_gsasl.h"

/* The only list. */
struct mechanism {
    struct str name;
    sasl_step_fn *step;
    bool shows_secret; /* a password or a token: under TLS alone */
    bool scram, sha1, plus;
    bool (*possible)(const struct auth *a, const struct peer *peer); /* NULL: always */
};

static enum code keep(struct ctx *cx, char *to, size_t *to_n, struct str name)
{
    if (name.n > SASL_NAME_MAX)
        return fail(cx, E_SYNTAX, "sasl: a name over %d bytes", SASL_NAME_MAX);
    if (name.n)
        memcpy(to, name.p, name.n);
    *to_n = name.n;
    return OK;
}

enum code sasl_keep_login(struct ctx *cx, struct sasl *x, struct str name)
{
    return keep(cx, x->login, &x->login_n, name);
}

enum code sasl_keep_authorization(struct ctx *cx, struct sasl *x, struct str name)
{
    return keep(cx, x->authorization, &x->authorization_n, name);
}

struct auth_attempt sasl_attempt(const struct sasl *x)
{
    return (struct auth_attempt){.peer = x->peer,
                                 .main = x->mechanism->scram,
                                 .mechanism = x->mechanism->name,
                                 .login = str_of(x->login, x->login_n),
                                 .hold = x->hold,
                                 .authorization = str_of(x->authorization, x->authorization_n)};
}

/* The steps of an exchange have arenas of their own: who it is, is looked up at its end. */
enum code sasl_proved(struct ctx *cx, struct sasl *x, bool right, struct auth_result *result)
{
    struct auth_attempt t = sasl_attempt(x);
    TRY(auth_attempt_begin(cx, x->auth, &t, result));
    return auth_attempt_end(cx, x->auth, &t, right, 0, result);
}

static enum code password_step(struct ctx *cx, struct sasl *x, struct str password, bool *done,
                               struct auth_result *result)
{
    struct auth_attempt t = sasl_attempt(x);
    TRY(auth_attempt_password(cx, x->auth, &t, password, result));
    *done = true;
    return OK;
}

/* RFC 4616: authorization NUL login NUL password. */
static enum code plain(struct ctx *cx, struct sasl *x, struct str response, struct str *challenge,
                       bool *done, struct auth_result *result)
{
    struct cur c = cur_of(response);
    struct str authorization, login;
    if (!response.n && !x->begun) {
        *challenge = (struct str){0};
        return OK;
    }
    if (!cur_until(&c, '\0', &authorization) || !cur_until(&c, '\0', &login) || !login.n ||
        str_chr(c.rest, '\0') != SIZE_MAX)
        return fail(cx, E_SYNTAX, "sasl: PLAIN response");
    TRY(sasl_keep_login(cx, x, login));
    TRY(sasl_keep_authorization(cx, x, authorization));
    return password_step(cx, x, c.rest, done, result);
}

/* draft-murchison-sasl-login, with the prompts that old clients wait for. */
static enum code login(struct ctx *cx, struct sasl *x, struct str response, struct str *challenge,
                       bool *done, struct auth_result *result)
{
    if (x->has_login)
        return password_step(cx, x, response, done, result);
    if (!response.n && !x->begun) {
        *challenge = STR("Username:");
        return OK;
    }
    TRY(sasl_keep_login(cx, x, response));
    x->has_login = true;
    *challenge = STR("Password:");
    return OK;
}

static enum code scram_keys(struct ctx *cx, void *self, struct str name, struct str authorization,
                            struct scram_keys *out)
{
    struct sasl *x = self;
    TRY(sasl_keep_login(cx, x, name));
    TRY(sasl_keep_authorization(cx, x, authorization));
    struct auth_attempt t = sasl_attempt(x);
    TRY(auth_attempt_begin(cx, x->auth, &t, x->refused));
    return credential_scram(cx, auth_core(x->auth), name,
                            x->mechanism->sha1 ? SCRAM_SHA_1 : SCRAM_SHA_256, out);
}

static enum code scram(struct ctx *cx, struct sasl *x, struct str response, struct str *challenge,
                       bool *done, struct auth_result *result)
{
    bool finished = false;
    x->refused = result;
    enum code code = sasl_scram_step(cx, x->scram, response, challenge, &finished);
    x->refused = NULL;
    if (code == OK && finished)
        TRY(sasl_proved(cx, x, true, result));
    else if (code == E_DENIED)
        return sasl_proved(cx, x, false, result);
    TRY(code);
    *done = finished;
    return OK;
}

static bool takes_tokens(const struct auth *a, const struct peer *peer)
{
    (void)peer;
    return auth_config_of(a)->tokens || auth_config_of(a)->oauth;
}

static bool has_certificate(const struct auth *a, const struct peer *peer)
{
    (void)a;
    return peer->tls && (peer->tls->client_name_count || peer->tls->has_client);
}

static bool takes_tickets(const struct auth *a, const struct peer *peer)
{
    (void)peer;
    return auth_config_of(a)->kerberos != NULL;
}

/* Best first. */
static const struct mechanism mechanisms[] = {
    {.name = {"EXTERNAL", 8}, .step = sasl_external, .possible = has_certificate},
    {.name = {"GSS-SPNEGO", 10}, .step = sasl_gss_spnego, .possible = takes_tickets},
    {.name = {"GSSAPI", 6}, .step = sasl_gssapi, .possible = takes_tickets},
    {.name = {"SCRAM-SHA-256-PLUS", 18}, .step = scram, .scram = true, .plus = true},
    {.name = {"SCRAM-SHA-256", 13}, .step = scram, .scram = true},
    {.name = {"SCRAM-SHA-1-PLUS", 16}, .step = scram, .scram = true, .sha1 = true, .plus = true},
    {.name = {"SCRAM-SHA-1", 11}, .step = scram, .scram = true, .sha1 = true},
    {.name = {"OAUTHBEARER", 11},
     .step = sasl_oauthbearer,
     .shows_secret = true,
     .possible = takes_tokens},
    {.name = {"XOAUTH2", 7}, .step = sasl_xoauth2, .shows_secret = true, .possible = takes_tokens},
    {.name = {"PLAIN", 5}, .step = plain, .shows_secret = true},
    {.name = {"LOGIN", 5}, .step = login, .shows_secret = true},
};

enum { MECHANISMS = sizeof mechanisms / sizeof *mechanisms };

static bool can_bind(const struct peer *peer)
{
    return peer->tls && (peer->tls->has_exporter || peer->tls->unique_n);
}

static bool is_possible(const struct auth *a, const struct peer *peer, const struct mechanism *m)
{
    if (m->possible && !m->possible(a, peer))
        return false;
    if (m->plus)
        return can_bind(peer);
    return !m->shows_secret || peer->tls || auth_config_of(a)->plain_in_clear;
}

/* Where -PLUS is not listed, it can be asked for by its name all the same. */
static bool is_offered(const struct auth *a, const struct peer *peer, const struct mechanism *m)
{
    return is_possible(a, peer, m) && (!m->plus || auth_config_of(a)->offer_plus);
}

struct str auth_mechanisms(struct ctx *cx, const struct auth *a, const struct peer *peer)
{
    struct str parts[2 * MECHANISMS];
    size_t n = 0;
    for (size_t i = 0; i < MECHANISMS; i++) {
        if (!is_offered(a, peer, &mechanisms[i]))
            continue;
        if (n)
            parts[n++] = STR(" ");
        parts[n++] = mechanisms[i].name;
    }
    return str_join(cx->arena, parts, n);
}

enum code sasl_open(struct ctx *cx, struct auth *a, const struct peer *peer, struct str mechanism,
                    struct sasl **out)
{
    const struct mechanism *m = NULL;
    for (size_t i = 0; i < MECHANISMS; i++)
        if (str_ieq(mechanism, mechanisms[i].name) && is_possible(a, peer, &mechanisms[i]))
            m = &mechanisms[i];
    if (!m)
        return fail(cx, E_UNSUPPORTED, "sasl: mechanism not offered");
    struct sasl *x = calloc(1, sizeof *x);
    must(x);
    *x = (struct sasl){.auth = a, .peer = peer, .mechanism = m};
    /* A client that knows of bindings may say that we have none where we told it of none. */
    const struct sasl_scram_kind kind = {
        m->name.p, m->plus || auth_config_of(a)->offer_plus ? peer->tls : NULL};
    if (m->scram)
        x->scram = sasl_scram_open(auth_sasl(a), &kind, scram_keys, x);
    *out = x;
    return OK;
}

enum code sasl_step(struct ctx *cx, struct sasl *x, struct str response, struct str *challenge,
                    bool *done, struct auth_result *result)
{
    struct str send = {0};
    bool finished = false;
    if (x->ended || response.n > SASL_RESPONSE_MAX)
        return fail(cx, E_SYNTAX, "sasl: too long, or after the end");
    enum code code = x->mechanism->step(cx, x, response, &send, &finished, result);
    x->begun = true;
    x->ended = finished || (code != OK && code != E_BUSY);
    TRY(code);
    *challenge = send;
    *done = finished;
    return OK;
}

void sasl_close(struct sasl *x)
{
    if (x->scram)
        sasl_scram_close(x->scram);
    if (x->gss)
        kerberos_end(x->gss);
    kdf_wipe(x, sizeof *x);
    free(x);
}
