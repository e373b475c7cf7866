/* IMAP's ENVELOPE (RFC 9051 section 7.5.2), as text ready to send. */
#ifndef FORMAT_ENVELOPE_H
#define FORMAT_ENVELOPE_H

#include "base/buf.h"

struct mime_message;

/* "(date subject from sender reply-to to cc bcc in-reply-to message-id)"; encoded words stay
   encoded. message: of a parsed part. */
void envelope_put(struct buf *out, const struct mime_message *message);

/* An IMAP string: quoted when it is short 7-bit text, else a literal "{n}CRLF…"; NUL is dropped. */
void envelope_put_string(struct buf *out, struct str s);
/* As envelope_put_string; NIL for s.p == NULL. */
void envelope_put_nstring(struct buf *out, struct str s);

#endif
