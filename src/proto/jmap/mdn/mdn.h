/* Read receipts (RFC 9007). */
#ifndef PROTO_JMAP_MDN_MDN_H
#define PROTO_JMAP_MDN_MDN_H

#include "proto/jmap/call.h"

jmap_method_fn jmap_mdn_send;
jmap_method_fn jmap_mdn_parse;

#endif
