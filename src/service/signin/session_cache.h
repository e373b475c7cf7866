/* Sessions that were found lately: of a fixed size, gone with the process. */
#ifndef SERVICE_SIGNIN_SESSION_CACHE_H
#define SERVICE_SIGNIN_SESSION_CACHE_H

#include "core/signin/session.h"

struct session_cache; /* safe for all threads */

/* What an entry was read from: the versions of both partitions before reading. */
struct session_stamp {
    uint64_t sessions, directory;
};

/* Empty; closed when nobody reads any more. */
struct session_cache *session_cache_open(void);
void session_cache_close(struct session_cache *c);
/* Without its texts. False when it is not known at that stamp. */
bool session_cache_get(struct session_cache *c, principal_id who, uint64_t id,
                       struct session_stamp stamp, struct session *out);
/* stamp: from before it was read. */
void session_cache_put(struct session_cache *c, const struct session *s,
                       struct session_stamp stamp);

#endif
