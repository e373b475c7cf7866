/* A web client that answers from a table: for tests of what asks web servers. */
#ifndef TESTS_WEB_TABLE_H
#define TESTS_WEB_TABLE_H

#include "base/web.h"

struct web_row {
    const char *url;
    unsigned status; /* 0: result is told instead */
    enum web_result result;
    const char *content_type; /* may be NULL */
    const char *body;
    const char *location; /* of a redirect; may be NULL */
};

/* A URL without a row is WEB_NO_HOST. */
struct web_table {
    const struct web_row *rows;
    size_t count;
    size_t questions; /* that were asked so far */
};

/* Answers before start() returns. t must outlive it; one thread. */
struct web web_table_web(struct web_table *t);

#endif
