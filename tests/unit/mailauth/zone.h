/* A resolver that answers from a table. */
#ifndef TESTS_MAILAUTH_ZONE_H
#define TESTS_MAILAUTH_ZONE_H

#include "base/arena.h"
#include "base/resolver.h"

struct zone {
    struct arena *arena;
    struct zone_row *rows;
    size_t count, cap;
    unsigned asked; /* questions so far */
    struct resolver resolver;
};

/* Empty; lives in the arena. */
struct zone *zone_open(struct arena *a);
/* type 0 with empty rdata: the name is there. */
void zone_add(struct zone *z, struct str name, enum dns_type type, struct str rdata);
/* Questions of that name without a record of their type fail (type 0: any). */
void zone_fail(struct zone *z, struct str name, enum dns_type type);
/* Wire form. */
struct str rdata_name(struct arena *a, struct str name);
struct str rdata_mx(struct arena *a, unsigned preference, struct str host);
struct str rdata_txt(struct arena *a, const struct str *pieces, size_t count);
struct str rdata_address(struct arena *a, struct str text);

#endif
