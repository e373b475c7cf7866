/* The handlers of the rows, one for each; self: a struct oauth_env. */
#ifndef PROTO_OAUTH_ROWS_H
#define PROTO_OAUTH_ROWS_H

#include "proto/http/message.h"

/* As http_handler says. */
enum code oauth_authorize(struct ctx *cx, void *self, const struct http_request *q,
                          struct http_response *a);
enum code oauth_decision(struct ctx *cx, void *self, const struct http_request *q,
                         struct http_response *a);
enum code oauth_signin(struct ctx *cx, void *self, const struct http_request *q,
                       struct http_response *a);
enum code oauth_token(struct ctx *cx, void *self, const struct http_request *q,
                      struct http_response *a);
enum code oauth_revocation(struct ctx *cx, void *self, const struct http_request *q,
                           struct http_response *a);
enum code oauth_introspection(struct ctx *cx, void *self, const struct http_request *q,
                              struct http_response *a);
enum code oauth_device_authorization(struct ctx *cx, void *self, const struct http_request *q,
                                     struct http_response *a);
enum code oauth_activate(struct ctx *cx, void *self, const struct http_request *q,
                         struct http_response *a);
enum code oauth_userinfo(struct ctx *cx, void *self, const struct http_request *q,
                         struct http_response *a);
enum code oauth_registration(struct ctx *cx, void *self, const struct http_request *q,
                             struct http_response *a);
enum code oauth_end(struct ctx *cx, void *self, const struct http_request *q,
                    struct http_response *a);
enum code oauth_jwk_set(struct ctx *cx, void *self, const struct http_request *q,
                        struct http_response *a);
enum code oauth_style(struct ctx *cx, void *self, const struct http_request *q,
                      struct http_response *a);
enum code oauth_metadata(struct ctx *cx, void *self, const struct http_request *q,
                         struct http_response *a);
enum code oauth_openid(struct ctx *cx, void *self, const struct http_request *q,
                       struct http_response *a);
enum code oauth_resource(struct ctx *cx, void *self, const struct http_request *q,
                         struct http_response *a);

#endif
