/* Named searches (RFC 5466): what a filter stands for. */
#ifndef PROTO_IMAP_FILTER_H
#define PROTO_IMAP_FILTER_H

#include "proto/imap/search/target.h"

/* The search keys that are kept under that name: in "/private/filters/values/NAME" of the server's
   metadata, else in "/shared/filters/values/NAME". In cx->arena. E_NOT_FOUND. */
MUST_USE enum code imap_filter_get(struct ctx *cx, const struct imap_target *t, struct str name,
                                   struct str *out);

#endif
