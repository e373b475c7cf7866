/* Header fields of messages and parts: finding them, and turning them into text. */
#ifndef FORMAT_HEADER_H
#define FORMAT_HEADER_H

#include "base/arena.h"
#include "base/cur.h"

enum { HEADER_PARAMS_MAX = 100 };

/* Slices of the header. */
struct header_field {
    struct str name;  /* "Subject", blanks before the colon are not in it */
    struct str value; /* raw, folds and all, without the blanks around it */
    struct str line;  /* the whole field with its line end: for copying fields out */
};

/* The fields that are looked at by name. */
enum header_id {
    HEADER_OTHER,
    HEADER_DATE,
    HEADER_SUBJECT,
    HEADER_FROM,
    HEADER_SENDER,
    HEADER_REPLY_TO,
    HEADER_TO,
    HEADER_CC,
    HEADER_BCC,
    HEADER_IN_REPLY_TO,
    HEADER_MESSAGE_ID,
    HEADER_REFERENCES,
    HEADER_LIST_ID,
    HEADER_AUTO_SUBMITTED,
    HEADER_PRECEDENCE,
    HEADER_IMPORTANCE,
    HEADER_PRIORITY,
    HEADER_X_PRIORITY,
    HEADER_CONTENT_TYPE,
    HEADER_CONTENT_TRANSFER_ENCODING,
    HEADER_CONTENT_DISPOSITION,
    HEADER_CONTENT_ID,
    HEADER_CONTENT_DESCRIPTION,
    HEADER_CONTENT_LANGUAGE,
    HEADER_CONTENT_LOCATION,
    HEADER_CONTENT_MD5,
    HEADER_ID_COUNT
};
enum header_id header_id(struct str name);

/* Takes the next field. Lines that are no field ("From " of an mbox, garbage) are skipped; false at
   the blank line or the end. Line ends are CRLF, LF or CR. */
bool header_next(struct cur *c, struct header_field *out);
/* The first (last) field of that name, case-blind; false if none. */
bool header_find(struct str header, struct str name, struct header_field *out);
bool header_find_last(struct str header, struct str name, struct header_field *out);
/* The fields whose names are in the list (or, with except, are not), as written, and a CRLF:
   IMAP's HEADER.FIELDS and HEADER.FIELDS.NOT. */
struct str header_pick(struct arena *a, struct str header, const struct str *names, size_t count,
                       bool except);

/* A raw value on one line: line ends taken out, the blanks after them kept; NUL dropped. raw itself
   if it has none. */
struct str header_unfold(struct arena *a, struct str raw);
/* A raw value of free text (Subject) as UTF-8: unfolded, RFC 2047 words decoded, 8-bit bytes taken
   as UTF-8 if they are, else as windows-1252; control characters are spaces; trimmed. */
struct str header_text(struct arena *a, struct str raw);
/* RFC 2047 words in one line of text decoded; words with a line of blanks between them are joined,
   characters split across them too; what is broken stays as it is. */
struct str header_decode_words(struct arena *a, struct str text);

/* One parameter after RFC 2231 continuations were joined. */
struct header_param {
    struct str name;  /* lower case, without "*" */
    struct str value; /* UTF-8, decoded (RFC 2231, and RFC 2047 as the wild does it) */
    struct str raw;   /* as BODYSTRUCTURE shows it: joined, unquoted, not decoded */
    bool extended;    /* raw is charset'language'percent-encoded (name is shown with "*") */
};
/* Of Content-Type and Content-Disposition. */
struct header_content {
    struct str type, subtype; /* lower case; subtype is empty for a disposition */
    struct header_param *params;
    size_t count;
};
/* Parses a raw Content-Type; false, with out all zero, when there is no usable type/subtype.
   Parameters past HEADER_PARAMS_MAX are dropped. */
bool header_content_type(struct arena *a, struct str raw, struct header_content *out);
/* Parses a raw Content-Disposition in the same way: out->type is "inline", "attachment" … */
bool header_disposition(struct arena *a, struct str raw, struct header_content *out);
/* The decoded value of the parameter (name in lower case), or empty. */
struct str header_param(const struct header_content *content, struct str name);
/* Takes one <id> from a raw Message-ID, In-Reply-To or References; out is without blanks and
   comments, with its brackets. False at the end. */
bool header_next_id(struct arena *a, struct cur *c, struct str *out);
/* Blanks and (nested, quoted) comments skipped. */
void header_skip_cfws(struct cur *c);

#endif
