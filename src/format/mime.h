/* The structure of a message (RFC 2045, 2046): a flat tree of parts with byte offsets. */
#ifndef FORMAT_MIME_H
#define FORMAT_MIME_H

#include "base/err.h"
#include "format/header.h"

enum { MIME_NONE = UINT32_MAX };
enum { MIME_BOUNDARY_MAX = 1024 }; /* bytes; what has a longer one is read as text */

/* Past a limit the rest is leaf data, and mime.cut is set. */
struct mime_limits {
    uint32_t depth;        /* of parts in parts, nested messages count too */
    uint32_t parts;        /* in all */
    uint32_t header_bytes; /* of one entity; what lies behind is taken as body */
    uint32_t fields;       /* of one entity; those behind are not looked at */
};
/* depth 100, parts 10,000, header 1 MiB, fields 10,000. */
extern const struct mime_limits mime_limits_default;

enum mime_encoding { MIME_7BIT, MIME_8BIT, MIME_BINARY, MIME_BASE64, MIME_QP, MIME_UNKNOWN };

enum mime_kind { MIME_LEAF, MIME_MULTIPART, MIME_MESSAGE };

/* Where a part lies: all that a section fetch needs (summaries keep this per part). */
struct mime_node {
    uint32_t parent, child, next; /* indexes; MIME_NONE. MIME_MESSAGE has one child: the root
                                     entity of the message in it */
    enum mime_kind kind;
    enum mime_encoding encoding;
    uint64_t start;       /* of its header, from the start of the bytes */
    uint64_t header_size; /* with the blank line */
    uint64_t
        body_size;  /* the body follows the header; the line end before a boundary is not in it */
    uint64_t lines; /* line ends in the body, as BODYSTRUCTURE counts them */
};

struct mime_part {
    struct mime_node node;
    struct header_content type; /* defaults filled in: text/plain, message/rfc822 in digest */
    struct header_content disposition; /* type is empty when absent or unusable */
    struct str encoding;               /* as written, lower case; "7bit" when absent */
    struct str id, description, language, location, md5; /* raw, unfolded, or empty */
    const struct mime_message
        *message; /* not NULL for the root and for what lies in MIME_MESSAGE */
};

/* The fields of a message's header, raw. */
struct mime_message {
    struct str field[HEADER_ID_COUNT]; /* the first of each name; .p is NULL when absent */
    const struct mime_more *more;      /* repeated address fields, in order; NULL if none */
};
struct mime_more {
    enum header_id id;
    struct str value;
    const struct mime_more *next;
};

struct mime {
    struct str bytes;
    struct mime_part *parts; /* in order of appearance; parts[0] is the message itself */
    uint32_t count;
    bool cut; /* a limit was met */
};

/* Parses in one pass; any bytes do. out: slices of bytes, and memory in cx->arena. limits may be
   NULL: the default. Fails only past UINT32_MAX bytes (E_LIMIT). */
MUST_USE enum code mime_parse(struct ctx *cx, struct str bytes, const struct mime_limits *limits,
                              struct mime **out);
/* As mime_parse, but only the root's header is read: no children. For what needs fields only. */
MUST_USE enum code mime_parse_header(struct ctx *cx, struct str bytes, struct mime **out);

/* The part's header fields as they lie in the message. */
struct str mime_header(const struct mime *m, uint32_t part);
/* The body as it lies in the message, encoded. */
struct str mime_body(const struct mime *m, uint32_t part);
/* The body decoded (base64, quoted-printable), at most max bytes. */
struct str mime_content(struct arena *a, const struct mime *m, uint32_t part, size_t max);
struct str mime_decode(struct arena *a, enum mime_encoding encoding, struct str body, size_t max);
/* "1.2.3" (RFC 9051 section 6.4.5); empty for a multipart that is the root of a message, which has
   no number of its own. */
struct str mime_path(struct arena *a, const struct mime *m, uint32_t part);
/* The part's file name (RFC 2183, else the name of RFC 2045) as UTF-8 on one line, or empty. */
struct str mime_name(const struct mime_part *p);
/* Leaf parts that a reader shows as attached files. */
bool mime_is_attachment(const struct mime *m, uint32_t part);

enum mime_section_kind {
    MIME_SECTION_BODY,
    MIME_SECTION_HEADER,
    MIME_SECTION_TEXT,
    MIME_SECTION_MIME
};

struct mime_section {
    enum mime_section_kind kind;
    uint32_t part; /* index; for HEADER and TEXT of a nested message its root entity */
    uint64_t start, size;
};

/* Finds an IMAP section: "", "1.2", "HEADER", "TEXT", "1.MIME", "2.HEADER", "2.TEXT" (case-blind;
   HEADER.FIELDS is HEADER and then header_pick). nodes: those of a tree, in its order. E_SYNTAX for
   what is no section; E_NOT_FOUND for a part that is not there. */
MUST_USE enum code mime_section_find(struct ctx *cx, const struct mime_node *nodes, uint32_t count,
                                     struct str section, struct mime_section *out);
/* The same on a parsed message. */
MUST_USE enum code mime_section(struct ctx *cx, const struct mime *m, struct str section,
                                struct mime_section *out);

#endif
