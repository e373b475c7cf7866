/* Keys that the full-text index answers, in whole or in part. */
#ifndef PROTO_IMAP_SEARCH_INDEX_H
#define PROTO_IMAP_SEARCH_INDEX_H

#include "proto/imap/search/search.h"

/* Whether the full-text index can be asked first. */
bool imap_search_indexed(const struct imap_target *t, const struct imap_key *key);
/* Asks it: of among, what surely matches is added to out, and read are those that must be read. */
void imap_search_index(struct ctx *cx, const struct imap_target *t, const struct imap_key *key,
                       const struct imap_bits *among, struct imap_bits *out,
                       struct imap_bits *read);
/* Asks the index what comes near to a key of text: those of among that do are added to out, with
   their scores. Without an index, nothing. */
void imap_search_near(struct ctx *cx, const struct imap_target *t, const struct imap_key *key,
                      uint8_t *scores, const struct imap_bits *among, struct imap_bits *out);

#endif
