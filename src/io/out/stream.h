/* base/stream.h over sockets. */
#ifndef IO_OUT_STREAM_H
#define IO_OUT_STREAM_H

#include "base/stream.h"

/* Whether dial understands it. */
bool stream_address_valid(struct str address);
extern const struct stream_dialer io_stream_dialer;

#endif
