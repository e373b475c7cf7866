/* What milters thought of a message (RFC 5235). */
#ifndef SERVICE_FILTER_SCORE_H
#define SERVICE_FILTER_SCORE_H

#include "service/filter.h"

/* trace: the fields that delivery puts in front; those of the message itself are the sender's, and
   say nothing. 0 to 100, by the first number in the field; -1: no milter said anything. */
int score_spam(const struct filters_config *config, struct str trace);
/* 1: clean, 5: a virus; 0: no milter said anything. */
int score_virus(const struct filters_config *config, struct str trace);

#endif
