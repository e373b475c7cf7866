/* Message disposition notifications (RFC 8098): read receipts, written and read. Pure. */
#ifndef SERVICE_RECEIPT_RECEIPT_H
#define SERVICE_RECEIPT_RECEIPT_H

#include "base/err.h"
#include "base/str.h"

enum { RECEIPT_FIELDS_MAX = 50, RECEIPT_TEXT_MAX = 64 * 1024 };

struct receipt_field {
    struct str name, value;
};

struct receipt {
    struct str from, to, subject; /* field values in UTF-8, on one line */
    struct str text;              /* for people */
    struct str reporting_ua, gateway, original_recipient, final_recipient, original_id, error;
    struct str action, sending, type; /* "manual-action", "mdn-sent-manually", "displayed" */
    struct str references;            /* raw, or empty */
    struct receipt_field more[RECEIPT_FIELDS_MAX];
    size_t more_count;
    struct str original; /* its header, or all of it; empty: not told */
    bool whole;          /* original is the whole message */
};

/* The message, lines by CRLF, header in ASCII; without Date and Message-ID. id: makes the boundary.
   In cx->arena. E_SYNTAX: a value has a line end or another control character. */
MUST_USE enum code receipt_write(struct ctx *cx, const struct receipt *r, struct str id,
                                 struct str *out);
/* What a message says; E_SYNTAX: it is no notification. Slices are in cx->arena. */
MUST_USE enum code receipt_read(struct ctx *cx, struct str message, struct receipt *out);

#endif
