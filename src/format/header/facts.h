/* What the header section of a message has, before anybody parses the message. Pure. */
#ifndef FORMAT_HEADER_FACTS_H
#define FORMAT_HEADER_FACTS_H

#include "base/str.h"

enum { HEADER_SECTION_MAX = 1024 * 1024 }; /* bytes that a message may have of it */

struct header_facts {
    bool unended; /* no end of the header section within max bytes */
    bool garbage; /* a line that is no field */
    bool has_date, has_message_id;
    uint32_t received, from, sender;     /* how many of them */
    struct str from_value, sender_value; /* of the first, raw */
};
/* Walks the header section once. */
struct header_facts header_facts_of(struct str message, size_t max);

#endif
