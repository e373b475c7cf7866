/* Rows of a router for tests: each shows what reached it. */
#ifndef TESTS_WIRE_HTTP_ROWS_H
#define TESTS_WIRE_HTTP_ROWS_H

#include "proto/http/http.h"

enum { HTTP_TEST_BODY_MAX = 1000, HTTP_TEST_MESSAGE_MAX = 70000 };

/* /hello.txt (GET), /echo/ (GET, POST: tells path, query, host and body), /both (any way), /secure
   (by TLS alone), /fail/CODE, /large (a million bytes in pieces), /page (with a tag and a
   compressed form). */
extern const struct http_route http_test_rows[];

#endif
