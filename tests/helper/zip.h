/* Zip archives for tests: bombs, among others. */
#ifndef TESTS_HELPER_ZIP_H
#define TESTS_HELPER_ZIP_H

#include "base/buf.h"

/* Appends an entry, deflated; repeat: the content is given so many times over. */
void zip_add(struct buf *zip, const char *name, struct str content, size_t repeat);

#endif
