/* Writes messages (RFC 5322, 2045 to 2047, 2231, 6532): the same bytes for the same input. Texts
   are UTF-8; what is not becomes U+FFFD. */
#ifndef FORMAT_COMPOSE_H
#define FORMAT_COMPOSE_H

#include "base/buf.h"
#include "base/err.h"
#include "format/date.h"

enum {
    COMPOSE_LINE_MAX = 998, /* bytes of a line without CRLF (RFC 5322 section 2.1.1) */
    COMPOSE_DEPTH_MAX = 20, /* parts in parts */
};

/* Fields: each appends "Name: value" CRLF, folded; false, and nothing appended, for what cannot be
   written. name: a field's name. */
bool compose_name_ok(struct str name);
/* Free text: words of RFC 2047 where it is not plain ASCII. Control characters become blanks. */
bool compose_text(struct buf *out, struct str name, struct str text);
/* As it is, behind the colon: line ends must be folds, lines not too long. */
bool compose_raw(struct buf *out, struct str name, struct str raw);
bool compose_date(struct buf *out, struct str name, struct date date);
/* "<id> <id>", "<url>, <url>". */
bool compose_ids(struct buf *out, struct str name, const struct str *ids, size_t count);
bool compose_urls(struct buf *out, struct str name, const struct str *urls, size_t count);

struct compose_address {
    struct str name, email; /* name may be empty; email may hold UTF-8 (RFC 6532) */
};
struct compose_group {
    bool named; /* "name: a, b;" */
    struct str name;
    const struct compose_address *at;
    size_t count;
};
bool compose_addresses(struct buf *out, struct str name, const struct compose_group *groups,
                       size_t count);

struct compose_part {
    struct str type;                   /* "text/plain" */
    const struct header_param *params; /* of the type, besides the ones below: "method" */
    size_t param_count;
    struct str charset;                         /* of content that is bytes; empty: not said */
    struct str name, disposition, id, location; /* empty: none */
    const struct str *languages;
    size_t language_count;
    struct str fields; /* further ones, each ended by CRLF */
    bool is_text;      /* content is text: its line ends become CRLF, its charset is told by it */
    struct str content;
    const struct compose_part *parts; /* of a multipart, which has no content */
    size_t count;
};

/* fields: of the message, each ended by CRLF; MIME-Version and those of the content are added.
   seed: what boundaries are made from. out: in cx->arena. E_SYNTAX: a type, an id and such that
   cannot be written; E_LIMIT past max bytes. */
MUST_USE enum code compose_message(struct ctx *cx, struct str fields,
                                   const struct compose_part *root, struct str seed, size_t max,
                                   struct str *out);

/* Parts of the above, for tests and each other. Appends words of RFC 2047 for text, each at most
   75 bytes and such that they may stand in a display name, folded. column: where the line is. */
void compose_words(struct buf *out, struct str text, size_t *column);
/* Appends "; name=value", quoted or as RFC 2231 has it, folded. */
void compose_param(struct buf *out, struct str name, struct str value, size_t *column);
/* The content of a part of that type as it is written, and the encoding's name, chosen by what it
   holds; itself when it needs none. */
struct str compose_content(struct arena *a, struct str type, struct str content,
                           struct str *encoding);
/* Lines of at most 76 bytes; line ends of in are CRLF and stay. */
struct str compose_qp(struct arena *a, struct str in);
/* Line ends CRLF. */
struct str compose_lines(struct arena *a, struct str text);

#endif
