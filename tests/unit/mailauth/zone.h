/* A zone that grows as a test says: rows of tests/world/dns_table.h. */
#ifndef TESTS_MAILAUTH_ZONE_H
#define TESTS_MAILAUTH_ZONE_H

#include "../../world/dns_table.h"
#include "base/arena.h"

struct zone {
    struct arena *arena;
    struct dns_row *rows;
    struct dns_table table;
    struct resolver resolver;
};

/* Empty; lives in the arena. */
struct zone *zone_open(struct arena *a);
/* text as dns_row has it. type 0: the name is there. */
void zone_add(struct zone *z, struct str name, enum dns_type type, struct str text);
/* A TXT record of several strings. */
void zone_add_txt(struct zone *z, struct str name, const struct str *pieces, size_t count);
/* Questions of that name without a record of their type fail. */
void zone_fail(struct zone *z, struct str name);

#endif
