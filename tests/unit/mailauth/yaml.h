/* The test suites for SPF and ARC are YAML: what is needed to walk them. */
#ifndef TESTS_MAILAUTH_YAML_H
#define TESTS_MAILAUTH_YAML_H

#include "base/str.h"

struct suite;
struct yaml_node_s;
typedef struct yaml_node_s *node; /* NULL: nothing */

/* Opens an archive of the corpora and the file in it. NULL, after saying why it is skipped, when
   there are no corpora. */
struct suite *suite_open(const char *archive, const char *file);
void suite_close(struct suite *s);
/* The next document's root, or NULL. What came before stays valid. */
node suite_next(struct suite *s);

/* Of a mapping by its key, or NULL. */
node node_get(struct suite *s, node mapping, const char *key);
/* The i-th pair of a mapping; false past the end. */
bool node_pair(struct suite *s, node mapping, size_t i, struct str *key, node *value);
/* The i-th of a sequence; a scalar is a sequence of itself; NULL past the end. */
node node_item(struct suite *s, node sequence, size_t i);
/* The text of a scalar, or empty. */
struct str node_text(node scalar);
bool node_is_scalar(node n);

#endif
