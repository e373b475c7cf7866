/* Words of the grammar (RFC 9051 section 9). Each takes what it names and returns true, or returns
 * false and changes nothing. Strings with escapes are copied into the arena, the rest are slices.
 */
#ifndef PROTO_IMAP_PARSE_H
#define PROTO_IMAP_PARSE_H

#include "base/cur.h"
#include "base/err.h"

/* One space. */
bool imap_sp(struct cur *c);
bool imap_atom(struct cur *c, struct str *out);
/* atom, with "]" too: what astring and tags are made of. */
bool imap_astring(struct arena *a, struct cur *c, struct str *out);
/* quoted or literal. */
bool imap_string(struct arena *a, struct cur *c, struct str *out);
/* As imap_string; NIL gives a NULL-p slice. */
bool imap_nstring(struct arena *a, struct cur *c, struct str *out);
/* "{n}", "{n+}" or "~{n}", a line end, and the n bytes. */
bool imap_literal(struct cur *c, struct str *out);
/* A tag: atom characters and "]", no "+"; at most IMAP_TAG_MAX bytes. */
bool imap_tag(struct cur *c, struct str *out);
/* A pattern of LIST: as astring, with "%" and "*". */
bool imap_pattern(struct arena *a, struct cur *c, struct str *out);
/* "\Seen", "\*", "$Forwarded"; the backslash is part of it. */
bool imap_flag(struct cur *c, struct str *out);
/* Quoted or bare date ("1-Feb-1994"): its first moment as UTC milliseconds. */
bool imap_date(struct cur *c, int64_t *out);
/* mod-sequence-value, or with zero allowed mod-sequence-valzer: below 2^63. */
bool imap_modseq(struct cur *c, uint64_t *out);

/* No blanks, controls, brackets, quotes, wildcards, backslash or 8-bit bytes. */
bool imap_is_atom_char(char c);

/* Flags as STORE and APPEND take them. */
struct imap_flags {
    uint32_t flags; /* enum item_flag */
    struct str *keywords;
    size_t keyword_count;
    bool recent; /* \Recent was among them */
};
/* "(\Seen $Work)", or, with bare_ok, the same without brackets up to the end. E_SYNTAX; E_LIMIT for
   too many keywords or too long ones. */
MUST_USE enum code imap_flag_list(struct ctx *cx, struct cur *c, bool bare_ok,
                                  struct imap_flags *out);

/* "\Seen" and kin to its bit, 0 for others; case-blind. */
uint32_t imap_flag_bit(struct str name);

#endif
