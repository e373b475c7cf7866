/* Exchanges that take more than one line: SASL and IDLE. */
#ifndef PROTO_IMAP_LOGIN_H
#define PROTO_IMAP_LOGIN_H

#include "proto/imap/session.h"

struct auth_result;

/* The session is that user's from now on; the tagged reply brings the capabilities. */
void imap_logged_in(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                    const struct auth_result *result);
/* A log-in that failed: code as it came from service/auth; returns what the command returns. */
enum code imap_login_failed(struct ctx *cx, struct imap_call *call,
                            const struct auth_result *result, enum code code);

/* Passwords may be sent as they are: under TLS, or where the settings say so. */
bool imap_password_ok(const struct imap_session *s);

/* One line of a SASL exchange that is under way. */
MUST_USE enum code imap_sasl_line(struct ctx *cx, struct imap_session *s, struct str line,
                                  struct imap_call *call);
/* Ends the exchange, if any. */
void imap_sasl_drop(struct imap_session *s);

/* The line that ends IDLE. */
MUST_USE enum code imap_idle_line(struct ctx *cx, struct imap_session *s, struct str line,
                                  struct imap_call *call);

#endif
