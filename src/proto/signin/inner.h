/* What the rows of signing in share. */
#ifndef PROTO_SIGNIN_INNER_H
#define PROTO_SIGNIN_INNER_H

#include "format/json.h"
#include "format/json/tree.h"
#include "proto/signin/signin.h"
#include "service/signin/passkeys.h"
#include "service/signin/signin.h"

enum { SIGNIN_ANSWER_MAX = 64 * 1024 };

/* Signing in, who one is, and signing out. */
enum code signin_session(struct ctx *cx, void *self, const struct http_request *q,
                         struct http_response *a);
/* What a passkey is asked with, for signing in by it alone. */
enum code signin_passkey(struct ctx *cx, void *self, const struct http_request *q,
                         struct http_response *a);
/* Showing again who one is; and with what one may. */
enum code signin_proof(struct ctx *cx, void *self, const struct http_request *q,
                       struct http_response *a);

/* A POST that anybody may send, of our own page, of JSON, not too often: OK and its tree; else
 *told and a is the answer, or E_SYNTAX. */
MUST_USE enum code signin_body(struct ctx *cx, const struct signin_env *e,
                               const struct http_request *q, struct http_response *a,
                               const struct json_tree **root);
/* What is shown: of username, password, code and passkey those that are there. E_SYNTAX. */
MUST_USE enum code signin_claim_read(struct ctx *cx, const struct http_request *q,
                                     const struct json_tree *root, struct signin_claim *out);
/* A member of an object as bytes, from base64url; empty when it is not there. */
struct str signin_bytes(struct ctx *cx, const struct json_tree *object, struct str name,
                        size_t max);
/* What the request was sent to, as a relying party. */
struct webauthn_site signin_site(struct ctx *cx, const struct http_request *q, bool verified);
/* The answer is the text of b, as JSON. E_LIMIT when it did not fit. */
MUST_USE enum code signin_answer(struct ctx *cx, struct http_response *a, struct buf *b);
/* "totp" and so on, as an array. */
void signin_methods_put(struct json *j, unsigned methods);
/* PublicKeyCredentialRequestOptionsJSON (WebAuthn level 3 section 5.10.2): for the passkeys of who
   (0: any that the authenticator has). */
MUST_USE enum code signin_options_put(struct ctx *cx, const struct signin_env *e,
                                      const struct http_request *q, principal_id who,
                                      struct json *j);

#endif
