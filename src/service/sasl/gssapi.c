/* GSSAPI (RFC 4752) and GSS-SPNEGO: a ticket for this server shows who it is. No security layer is
   offered: that is what TLS is for. */
#include "service/sasl/kerberos.h"
#include "service/sasl/mechanism.h"

enum { LAYER_NONE = 1, LAYER_BYTES = 4 };

static enum code refuse(struct ctx *cx, struct sasl *x, struct auth_result *result)
{
    return sasl_proved(cx, x, false, result);
}

/* One token; *stands: the context does now, and the login is kept. */
static enum code accept_token(struct ctx *cx, struct sasl *x, struct str response,
                              struct str *challenge, bool *stands, struct auth_result *result)
{
    struct str login;
    if (!cx->slow)
        return fail(cx, E_BUSY, "sasl: a ticket for the slow lane");
    if (!x->gss)
        x->gss = kerberos_begin(auth_config_of(x->auth)->kerberos);
    enum code code = kerberos_accept(cx, x->gss, response, challenge, stands);
    if (code == OK && *stands)
        code = kerberos_login(cx, x->gss, &login);
    if (code == E_DENIED)
        return refuse(cx, x, result);
    TRY(code);
    return *stands ? sasl_keep_login(cx, x, login) : OK;
}

/* RFC 4752 section 3.1: which layers we can do, and how much we take at a time. */
static enum code offer_layers(struct ctx *cx, struct sasl *x, struct str *challenge)
{
    static const char layers[LAYER_BYTES] = {LAYER_NONE, 0, 0, 0};
    x->gss_state = SASL_GSS_OFFERED;
    return kerberos_seal(cx, x->gss, str_of(layers, LAYER_BYTES), challenge);
}

/* What the client has chosen, and whom it wants to act as. */
static enum code take_choice(struct ctx *cx, struct sasl *x, struct str response,
                             struct auth_result *result)
{
    struct str choice;
    if (kerberos_unseal(cx, x->gss, response, &choice) != OK || choice.n < LAYER_BYTES ||
        choice.p[0] != LAYER_NONE)
        return refuse(cx, x, result);
    struct str who = str_from(choice, LAYER_BYTES);
    if (str_chr(who, '\0') != SIZE_MAX)
        return fail(cx, E_SYNTAX, "sasl: NUL in GSSAPI");
    TRY(sasl_keep_authorization(cx, x, who));
    return sasl_proved(cx, x, true, result);
}

enum code sasl_gssapi(struct ctx *cx, struct sasl *x, struct str response, struct str *challenge,
                      bool *done, struct auth_result *result)
{
    bool stands = false;
    if (!response.n && !x->begun)
        return OK;
    if (x->gss_state == SASL_GSS_OFFERED) {
        TRY(take_choice(cx, x, response, result));
        *done = true;
        return OK;
    }
    if (x->gss_state == SASL_GSS_STANDS)
        return response.n ? fail(cx, E_SYNTAX, "sasl: GSSAPI") : offer_layers(cx, x, challenge);
    TRY(accept_token(cx, x, response, challenge, &stands, result));
    if (!stands)
        return OK;
    x->gss_state = SASL_GSS_STANDS;
    return challenge->n ? OK : offer_layers(cx, x, challenge);
}

enum code sasl_gss_spnego(struct ctx *cx, struct sasl *x, struct str response,
                          struct str *challenge, bool *done, struct auth_result *result)
{
    bool stands = false;
    if (!response.n && !x->begun)
        return OK;
    TRY(accept_token(cx, x, response, challenge, &stands, result));
    if (!stands)
        return OK;
    TRY(sasl_proved(cx, x, true, result));
    *done = true;
    return OK;
}
