/* IMAP's BODY and BODYSTRUCTURE (RFC 9051 section 7.5.2), as text ready to send. */
#ifndef FORMAT_BODYSTRUCTURE_H
#define FORMAT_BODYSTRUCTURE_H

#include "base/buf.h"
#include "base/err.h"

struct mime;

/* Of the whole message: BODYSTRUCTURE, or BODY (without extension data) when not extended. */
void bodystructure_put(struct buf *out, const struct mime *m, bool extended);
/* Makes BODY out of a text that bodystructure_put made with extended. E_CORRUPT if it is no such
   text. out: in cx->arena. */
MUST_USE enum code bodystructure_to_body(struct ctx *cx, struct str bodystructure, struct str *out);

#endif
