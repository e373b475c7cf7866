/* A resolver that answers from a table: for tests of what asks the DNS. */
#ifndef TESTS_DNS_TABLE_H
#define TESTS_DNS_TABLE_H

#include "base/resolver.h"

/* Rows of the same name and type are one answer, in their order. text, by type: "192.0.2.1",
   "2001:db8::1", "10 mx.example.org", "mx.example.org" (NS, CNAME, PTR), "3 1 1 00ff..." (TLSA); of
   TXT the text itself. A CNAME is followed. Type 0: the name is there and has nothing; with a
   status, that is the answer for all types that have no row. */
struct dns_row {
    const char *name;
    enum dns_type type;
    const char *text;       /* unused unless status is DNS_FOUND */
    bool secure;            /* of the whole answer, when all its rows and CNAMEs are */
    enum dns_status status; /* 0: DNS_FOUND. Else what is answered when no other row fits */
    struct str rdata;       /* in place of text, when it has bytes */
};

/* A name without rows is DNS_NO_NAME, one that has only others (or is above one) DNS_NO_DATA. */
struct dns_table {
    const struct dns_row *rows;
    size_t count;
    bool absence_secure;
    size_t questions; /* that were asked so far */
};

/* Answers before start() returns. t must outlive it; one thread. */
struct resolver dns_table_resolver(struct dns_table *t);
/* Rdata as the DNS has it; text that is none ends the process. */
struct str dns_table_rdata(struct arena *a, enum dns_type type, struct str text);

#endif
