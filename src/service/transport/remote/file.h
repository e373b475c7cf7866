/* The road into a directory: a file for each message. */
#ifndef SERVICE_TRANSPORT_REMOTE_FILE_H
#define SERVICE_TRANSPORT_REMOTE_FILE_H

#include "service/transport/errand.h"

/* Writes trace and body to a new file "ID-RANDOM.eml" of the directory, durable when it returns OK.
   E_IO. */
MUST_USE enum code file_deliver(struct ctx *cx, struct store *store, struct str directory,
                                const struct errand *e);

#endif
