/* The words of a message, for previews and the index. */
#ifndef FORMAT_TEXT_H
#define FORMAT_TEXT_H

#include "base/buf.h"

struct mime;
struct mime_part;

enum { TEXT_PREVIEW_CHARS = 200 };

/* Appends the text of HTML (UTF-8): tags out, blocks on lines of their own, entities decoded;
   script, style, head and comments skipped. Takes any input; linear time; stops when out is full.
 */
void text_from_html(struct buf *out, struct str html);
/* Whether a part is for people to read as it is: text/..., and the reports of mail systems
   (message/delivery-status and its kin). */
bool text_is_readable(const struct mime_part *p);
/* The text of a readable part, as UTF-8 with LF line ends: decoded, HTML made
   plain, format=flowed joined (RFC 3676); empty for other parts. At most about max bytes. */
struct str text_of_part(struct arena *a, const struct mime *m, uint32_t part, size_t max);
/* The parts whose text a reader would see first, in order: of alternatives the plain one, else
   HTML; no attachments, no nested messages. Returns how many, at most max, in out. */
uint32_t text_parts(const struct mime *m, uint32_t *out, uint32_t max);
/* At most TEXT_PREVIEW_CHARS characters of what a reader would see, blanks joined (RFC 8970);
   quoted lines ("> …") are left out if anything else is there. */
struct str text_preview(struct arena *a, const struct mime *m);

#endif
