/* Telling people that their mailbox fills (S1). */
#ifndef SERVICE_QUOTA_WARNING_H
#define SERVICE_QUOTA_WARNING_H

#include "core/directory.h"

struct delivery;

enum { QUOTA_WARNING_DAYS = 7, QUOTA_WARNING_FOLDERS = 5 };

/* Puts a message into who's mailbox when it holds more than its quota's warn_bytes: how full it is,
   what will stop at what size, the largest folders. Once in QUOTA_WARNING_DAYS, however often this
   is called. *due: whether the mailbox is above its warning level. who must have an account. */
MUST_USE enum code quota_warning_send(struct ctx *cx, struct core *c, struct delivery *d,
                                      const struct principal *who, bool *due);

#endif
