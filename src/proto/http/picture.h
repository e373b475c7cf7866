/* The row of remote pictures: /proxy/picture?key=KEY&url=URL. */
#ifndef PROTO_HTTP_PICTURE_H
#define PROTO_HTTP_PICTURE_H

#include "proto/http/message.h"

/* self: a struct pictures (service/picture/picture.h). 202: it comes, ask again. */
extern const struct http_route http_picture_routes[];

#endif
