/* IMAP's ENVELOPE (RFC 9051 section 7.5.2), as text ready to send. */
#ifndef FORMAT_ENVELOPE_H
#define FORMAT_ENVELOPE_H

#include "base/buf.h"
#include "format/address.h"

struct mime_message;

/* The address fields, parsed; a field that came again is added to the first. */
struct envelope_lists {
    struct address_list from, sender, reply_to, to, cc, bcc;
};
/* Of a parsed part's message; in the arena. */
void envelope_parse(struct arena *a, const struct mime_message *message,
                    struct envelope_lists *out);

/* "(date subject from sender reply-to to cc bcc in-reply-to message-id)"; encoded words stay
   encoded. message: of a parsed part. */
void envelope_put(struct buf *out, const struct mime_message *message);
/* The same when the address fields were parsed already. */
void envelope_put_with(struct buf *out, const struct mime_message *message,
                       const struct envelope_lists *lists);

/* An IMAP string: quoted when it is short 7-bit text, else a literal "{n}CRLF…"; NUL is dropped. */
void envelope_put_string(struct buf *out, struct str s);
/* As envelope_put_string; NIL for s.p == NULL. */
void envelope_put_nstring(struct buf *out, struct str s);

#endif
