/* The row that is kept beside each item, made once when its blob arrives. Layout: docs/MIME.md. */
#ifndef FORMAT_SUMMARY_H
#define FORMAT_SUMMARY_H

#include "format/mime.h"

enum { SUMMARY_VERSION = 1, SUMMARY_KEYS_MAX = 100, SUMMARY_ATTACHMENTS_MAX = 1000 };

/* Slices of the encoded summary. */
enum summary_field {
    SUMMARY_ENVELOPE,      /* IMAP text, ready to send */
    SUMMARY_BODYSTRUCTURE, /* IMAP text, ready to send; summary_body() makes BODY of it */
    SUMMARY_PARTS,         /* see summary_parts() */
    SUMMARY_SUBJECT,       /* decoded */
    SUMMARY_BASE_SUBJECT,  /* RFC 5256 section 2.1, for sorting and threads; not folded */
    SUMMARY_FROM_NAME,     /* of the first address, decoded; may be empty */
    SUMMARY_FROM_ADDRESS,  /* "local@domain" of the first address */
    SUMMARY_TO_NAME,
    SUMMARY_TO_ADDRESS,
    SUMMARY_CC_NAME,
    SUMMARY_CC_ADDRESS,
    SUMMARY_ADDRESSES,  /* for search: lines "f:name <local@domain>" LF, folded as by utf8_fold; the
                           letter says from, sender, reply-to (r), to, cc, bcc: f s r t c b */
    SUMMARY_MESSAGE_ID, /* "<…>" */
    SUMMARY_IN_REPLY_TO, /* "<…> <…>" */
    SUMMARY_REFERENCES,  /* "<…> <…>", blanks made one space */
    SUMMARY_KEYS,        /* see summary_keys() */
    SUMMARY_LIST_ID,     /* "list.example.com" */
    SUMMARY_ATTACHMENTS, /* see summary_next_attachment() */
    SUMMARY_PREVIEW,     /* at most TEXT_PREVIEW_CHARS characters (RFC 8970) */
    SUMMARY_FIELD_COUNT
};

enum summary_flags {
    SUMMARY_HAS_ATTACHMENT = 1,
    SUMMARY_AUTO_SUBMITTED = 2, /* RFC 3834: anything but "no"; or Precedence: bulk, junk, list */
    SUMMARY_FROM_LIST = 4,      /* has a List-Id */
    SUMMARY_HAS_DATE = 8,       /* sent is from a Date field that could be read */
    SUMMARY_IS_REPLY = 16,      /* the subject says reply or forward */
    SUMMARY_SIGNED = 32,        /* multipart/signed or an S/MIME part */
    SUMMARY_ENCRYPTED = 64,     /* multipart/encrypted or an S/MIME enveloped part */
    SUMMARY_CUT = 128,          /* a limit of mime_parse was met */
    SUMMARY_LOOSE_LINES = 256   /* an LF without CR, or no CRLF at the end: POP3 has to mend it */
};

enum summary_importance { SUMMARY_NORMAL, SUMMARY_LOW, SUMMARY_HIGH };

struct summary_facts {
    uint32_t flags; /* enum summary_flags */
    enum summary_importance importance;
    int64_t sent_ms; /* UTC; 0 without SUMMARY_HAS_DATE */
    int16_t sent_zone_minutes;
    uint32_t size, header_size, body_lines; /* of the blob */
};

/* Parses the message and makes its summary, in cx->arena. Any bytes do; E_LIMIT only past 4 GiB. */
MUST_USE enum code summary_make(struct ctx *cx, struct str message, struct str *encoded);
/* The same when the message has been parsed already. */
MUST_USE enum code summary_make_of(struct ctx *cx, const struct mime *m, struct str *encoded);

/* All that follow: E_CORRUPT when the bytes are no summary of a version known here. Constant time
   where not said otherwise; out: slices of encoded. */
MUST_USE enum code summary_get(struct ctx *cx, struct str encoded, enum summary_field field,
                               struct str *out);
MUST_USE enum code summary_facts(struct ctx *cx, struct str encoded, struct summary_facts *out);
/* The text of BODY, made from BODYSTRUCTURE; in cx->arena. */
MUST_USE enum code summary_body(struct ctx *cx, struct str encoded, struct str *out);

struct summary_part {
    struct mime_node node;
    struct str type;    /* "text/plain", lower case */
    struct str charset; /* as written, or empty */
    struct str id;      /* Content-ID with its brackets, or empty */
    bool attachment;
};
/* All parts, in the order of struct mime; in cx->arena. Linear in their number. */
MUST_USE enum code summary_parts(struct ctx *cx, struct str encoded, struct summary_part **out,
                                 uint32_t *count);
/* Where an IMAP section lies in the blob; see mime_section_find(). part may be NULL: what is known
   of the part that out->part names. */
MUST_USE enum code summary_section(struct ctx *cx, struct str encoded, struct str section,
                                   struct mime_section *out, struct summary_part *part);

/* thread_key()s: out[0] of Message-ID (0 if none), then those of References and In-Reply-To,
   oldest first, each once, at most SUMMARY_KEYS_MAX in all. */
MUST_USE enum code summary_keys(struct ctx *cx, struct str encoded, uint64_t **out, size_t *count);

struct summary_attachment {
    uint32_t part; /* index */
    struct str name, type;
    uint64_t size; /* decoded; an estimate within 3 bytes for base64, encoded size for others */
};
/* Start with c = cur_of(field SUMMARY_ATTACHMENTS). False at the end, or when it is corrupt. */
bool summary_next_attachment(struct cur *c, struct summary_attachment *out);

#endif
