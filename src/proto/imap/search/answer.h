/* Telling what a search found: SEARCH and SORT, plain and as ESEARCH (RFC 9051 section 7.3.4). */
#ifndef PROTO_IMAP_SEARCH_ANSWER_H
#define PROTO_IMAP_SEARCH_ANSWER_H

#include "proto/imap/search/search.h"

/* Places of a view in the order of the answer, and the numbers of their last changes. */
struct imap_found {
    uint32_t *at;
    uint32_t count;
    uint64_t modseq, first_modseq, last_modseq; /* the highest; those of the first and last */
};
/* Rising places; in cx->arena. The numbers are looked up only if the search asks for them. */
struct imap_found imap_found_of(struct ctx *cx, const struct imap_target *t,
                                const struct imap_search *search, const struct imap_bits *places);

struct imap_answer {
    const struct imap_target *target;
    const struct imap_search *search;
    const struct imap_found *found;
    struct str name; /* of the plain answer: "SEARCH" */
    struct str tag;
    bool uid;
};
/* "* SEARCH 1 2 3". */
void imap_answer_plain(const struct imap_answer *a, struct buf *out);
/* "* ESEARCH (TAG "a") COUNT 3". */
void imap_answer_extended(struct ctx *cx, const struct imap_answer *a, struct buf *out);
/* The score of a message that was found by FUZZY, 1 to 100. */
uint8_t imap_score_of(const struct imap_search *search, uint32_t place);
/* What SAVE keeps as "$" (RFC 5182 section 2.1); uids on the heap. */
struct imap_set imap_answer_saved(const struct imap_answer *a);

#endif
