/* A mechanism and its exchange, inside of service/sasl. */
#ifndef SERVICE_SASL_MECHANISM_H
#define SERVICE_SASL_MECHANISM_H

#include "service/auth_attempt.h"

enum { SASL_NAME_MAX = 320 }; /* bytes of a login or an authorization id */

struct gss_exchange;
struct mechanism;
struct sasl_scram;

/* Where GSSAPI stands: tokens go back and forth; the context stands; layers were offered. */
enum sasl_gss_state { SASL_GSS_TOKENS, SASL_GSS_STANDS, SASL_GSS_OFFERED };

struct sasl {
    struct auth *auth;
    const struct peer *peer;
    const struct mechanism *mechanism;
    bool begun, ended, has_login;
    bool narrow; /* the token is good, but not for this protocol */
    bool spent;  /* it is one of ours that has ended: no guess */
    bool lost;   /* OAUTHBEARER, XOAUTH2: the error was told, the client's empty answer comes */
    uint32_t lost_delay_ms;
    struct auth_hold hold; /* of a token */
    struct sasl_scram *scram;
    struct gss_exchange *gss;
    enum sasl_gss_state gss_state;
    struct auth_result *refused; /* SCRAM: where the delay goes, during a step */
    size_t login_n, authorization_n;
    char login[SASL_NAME_MAX], authorization[SASL_NAME_MAX];
};

/* What sasl_step says of it, but that challenge and *done are empty and false before. */
typedef enum code sasl_step_fn(struct ctx *cx, struct sasl *x, struct str response,
                               struct str *challenge, bool *done, struct auth_result *result);

/* RFC 7628, and the form that was there before it. */
sasl_step_fn sasl_oauthbearer;
sasl_step_fn sasl_xoauth2;
/* RFC 4422 appendix A: who the client's certificate says it is. */
sasl_step_fn sasl_external;
/* RFC 4752; and SPNEGO (RFC 4178), as Microsoft's programs speak it. */
sasl_step_fn sasl_gssapi;
sasl_step_fn sasl_gss_spnego;

/* Keeps a name for the attempt. E_SYNTAX past SASL_NAME_MAX. */
MUST_USE enum code sasl_keep_login(struct ctx *cx, struct sasl *x, struct str name);
MUST_USE enum code sasl_keep_authorization(struct ctx *cx, struct sasl *x, struct str name);
/* The attempt of the names that were kept. */
struct auth_attempt sasl_attempt(const struct sasl *x);
/* The whole end of an attempt that showed no password: right says whether the proof was. */
MUST_USE enum code sasl_proved(struct ctx *cx, struct sasl *x, bool right,
                               struct auth_result *result);

#endif
