/* Addresses in header fields (RFC 5322 section 3.4 with its obsolete forms, RFC 6532). */
#ifndef FORMAT_ADDRESS_H
#define FORMAT_ADDRESS_H

#include "base/arena.h"
#include "base/str.h"

enum { ADDRESS_LIST_MAX = 10000 };

enum address_kind { ADDRESS_MAILBOX, ADDRESS_GROUP_START, ADDRESS_GROUP_END };

struct address {
    enum address_kind kind;
    struct str name;   /* display name (of a group: its name), unquoted, unfolded, RFC 2047 words
                          still encoded: as ENVELOPE shows it. address_name() decodes it */
    struct str route;  /* obsolete "@a,@b", or empty */
    struct str local;  /* unquoted */
    struct str domain; /* as written, or empty when there was no "@" */
};

struct address_list {
    struct address *at;
    size_t count;
    bool cut; /* had more than ADDRESS_LIST_MAX */
};

/* A raw field value; takes anything, missing commas and brackets included. Never fails. */
struct address_list address_parse(struct arena *a, struct str raw);
/* The display name as UTF-8; falls back to nothing. */
struct str address_name(struct arena *a, const struct address *x);
/* "local@domain", the local part quoted where it must be; no name. UTF-8 (8-bit bytes that are not
   are taken as windows-1252). */
struct str address_spec(struct arena *a, const struct address *x);
/* True for a Mailbox of RFC 5321 section 4.1.2 with the UTF-8 of RFC 6531 (no route, no comments):
   local part (dot-string or quoted, at most 64 bytes) "@" domain (at most 255, labels at most 63)
   or address literal. */
bool address_valid(struct str addr);
/* Splits at the last "@" that is not quoted; false if there is none. */
bool address_split(struct str addr, struct str *local, struct str *domain);

#endif
