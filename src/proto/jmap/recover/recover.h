/* What was deleted and can be had back (S9), and what comes back by itself: docs/JMAP_MORE.md. */
#ifndef PROTO_JMAP_RECOVER_RECOVER_H
#define PROTO_JMAP_RECOVER_RECOVER_H

#include "proto/jmap/call.h"

enum { JMAP_RECOVERABLES_MAX = 20000 }; /* that are looked at */

extern const struct jmap_type jmap_recoverable_type, jmap_snooze_type;
jmap_method_fn jmap_recoverable_query;
jmap_method_fn jmap_recoverable_restore;

#endif
