/* The audit log: administrative acts, each with who, what and when; only ever added to. */
#ifndef CORE_AUDIT_H
#define CORE_AUDIT_H

#include "core/core.h"

struct audit_entry {
    uint64_t number; /* out */
    int64_t at_ms;
    struct str actor;  /* "console:root", "jane@..." */
    struct str act;    /* "account.create" */
    struct str object; /* address or name */
    struct str detail; /* no secrets */
};

/* Appends to the audit log; durable when it returns OK. E_IO, E_LIMIT. */
MUST_USE enum code audit_add(struct ctx *cx, struct core *c, const struct audit_entry *entry);
/* The newest limit entries with a number below before (0: from the end), newest first. */
MUST_USE enum code audit_list(struct ctx *cx, struct core *c, uint64_t before, size_t limit,
                              struct audit_entry **out, size_t *count);
/* Goes through all of it: each entry holds the SHA-256 of the one before, and the head that of the
   last. E_CORRUPT when one was changed, left out or put in; good: the last number before that, or
   of all. */
MUST_USE enum code audit_verify(struct ctx *cx, struct core *c, uint64_t *good);

#endif
