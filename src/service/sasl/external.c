/* EXTERNAL (RFC 4422 appendix A): a certificate that the listener's authorities have signed names
   the mail address or user principal name of an account, or is one that the directory knows. */
#include "core/directory/certificate.h"
#include "format/hex.h"
#include "service/sasl/mechanism.h"

/* Whom the directory says the certificate is; E_NOT_FOUND. */
static enum code keep_owner(struct ctx *cx, struct sasl *x)
{
    const struct tls_facts *tls = x->peer->tls;
    struct principal p;
    if (!tls->has_client)
        return fail(cx, E_NOT_FOUND, "sasl: no certificate");
    struct str print = hex_encode(cx->arena, str_of(tls->client_sha256, sizeof tls->client_sha256));
    TRY(certificate_owner(cx, auth_core(x->auth), print, &p));
    return sasl_keep_login(cx, x, p.address);
}

/* The first name that somebody here has; else the first, so that the attempt is noted under it. */
static enum code keep_name(struct ctx *cx, struct sasl *x)
{
    const struct tls_facts *tls = x->peer->tls;
    struct principal p;
    enum code owner = keep_owner(cx, x);
    if (owner != E_NOT_FOUND)
        return owner;
    if (!tls->client_name_count)
        return sasl_keep_login(cx, x, STR("certificate"));
    for (size_t i = 0; i < tls->client_name_count; i++) {
        enum code code = directory_by_login(cx, auth_core(x->auth), tls->client_names[i], &p);
        if (code == OK)
            return sasl_keep_login(cx, x, tls->client_names[i]);
        if (code != E_NOT_FOUND && code != E_SYNTAX)
            return code;
    }
    return sasl_keep_login(cx, x, tls->client_names[0]);
}

/* The response is whom to act as; empty, but there: whom the certificate names. */
enum code sasl_external(struct ctx *cx, struct sasl *x, struct str response, struct str *challenge,
                        bool *done, struct auth_result *result)
{
    (void)challenge;
    if (!response.p && !x->begun)
        return OK;
    if (str_chr(response, '\0') != SIZE_MAX)
        return fail(cx, E_SYNTAX, "sasl: NUL in EXTERNAL");
    TRY(keep_name(cx, x));
    TRY(sasl_keep_authorization(cx, x, response));
    TRY(sasl_proved(cx, x, true, result));
    *done = true;
    return OK;
}
