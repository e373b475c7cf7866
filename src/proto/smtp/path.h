/* Paths and parameters of MAIL and RCPT (RFC 5321 section 4.1.2, RFC 6531, RFC 3461). Pure. */
#ifndef PROTO_SMTP_PATH_H
#define PROTO_SMTP_PATH_H

#include "base/cur.h"
#include "base/err.h"

enum path_kind { PATH_REVERSE, PATH_FORWARD };

/* Takes "<...>" from the start of c, blanks before it too. out: the mailbox as written, without the
   brackets and without a source route; empty for "<>" (PATH_REVERSE), "postmaster" in any case for
   "<postmaster>" (PATH_FORWARD). E_SYNTAX: c is left where it was. */
MUST_USE enum code smtp_path_take(struct ctx *cx, struct cur *c, enum path_kind kind,
                                  struct str *out);

struct smtp_param {
    struct str name, value; /* value.p is NULL when there is no "=" */
};
/* Takes the next " KEYWORD[=VALUE]". OK with name empty at the end; E_SYNTAX. */
MUST_USE enum code smtp_param_take(struct ctx *cx, struct cur *c, struct smtp_param *out);

/* xtext (RFC 3461 section 4) decoded; bytes above 0x7f are taken as they are when utf8.
   E_SYNTAX. */
MUST_USE enum code smtp_xtext(struct ctx *cx, struct str in, bool utf8, struct str *out);
/* NOTIFY's value as enum delivery_notify. E_SYNTAX. */
MUST_USE enum code smtp_notify(struct ctx *cx, struct str in, uint32_t *out);
/* ORCPT's value: type ";" xtext, as type ";" address. E_SYNTAX, E_LIMIT. */
MUST_USE enum code smtp_orcpt(struct ctx *cx, struct str in, bool utf8, struct str *out);
/* What HELO and EHLO may say: anything that looks like a name or a literal (lenient). */
bool smtp_helo_valid(struct str name);

#endif
