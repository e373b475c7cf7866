/* Inside of proto/oauth. */
#ifndef PROTO_OAUTH_INNER_H
#define PROTO_OAUTH_INNER_H

#include "format/json.h"
#include "proto/http/form.h"
#include "proto/oauth/oauth.h"
#include "proto/oauth/rows.h"
#include "service/language.h"
#include "service/oauth/code.h"
#include "service/oauth/device.h"
#include "service/signin/sessions.h"

/* Where things are; the metadata says so. */
#define OAUTH_AUTHORIZE "/oauth/authorize"
#define OAUTH_DECISION "/oauth/decision"
#define OAUTH_SIGNIN "/oauth/signin"
#define OAUTH_TOKEN "/oauth/token"
#define OAUTH_REVOKE "/oauth/revoke"
#define OAUTH_INTROSPECT "/oauth/introspect"
#define OAUTH_DEVICE_BEGIN "/oauth/device"
#define OAUTH_ACTIVATE "/oauth/activate"
#define OAUTH_USERINFO "/oauth/userinfo"
#define OAUTH_REGISTRATION "/oauth/register"
#define OAUTH_END "/oauth/end"
#define OAUTH_JWKS "/oauth/jwks"
#define OAUTH_STYLE "/oauth/style.css"

/* Answers for programs (answer.c). */

/* The text as JSON that nobody keeps. */
void answer_json(struct http_response *a, unsigned status, const struct buf *text);
/* RFC 6749 section 5.2: {"error": ..., "error_description": ...}; literals. */
enum code answer_error(struct ctx *cx, struct http_response *a, unsigned status, const char *error,
                       const char *why);
/* RFC 6750 section 3.1: with a challenge. scope: what is missing, or empty. */
enum code answer_bearer(struct ctx *cx, const struct oauth_env *e, struct http_response *a,
                        unsigned status, const char *error, struct str scope);
/* Sends the browser elsewhere (303). */
void answer_redirect(struct http_response *a, struct str uri);
/* The client that shows who it is (RFC 6749 section 2.3), or names itself if it is public. False: a
   is the answer. */
bool answer_client(struct ctx *cx, const struct oauth_env *e, const struct http_request *q,
                   const struct http_form *f, struct oauth_client *out, struct http_response *a);

/* Who is signed in at the page. */
struct visitor {
    struct principal who;
    struct session session;
    struct str mark; /* names the session in what is sealed */
};
/* False: nobody. */
bool visitor_find(struct ctx *cx, const struct oauth_env *e, const struct http_request *q,
                  struct visitor *out);
/* What names its session in seals: nobody else knows it. */
struct str visitor_mark(struct ctx *cx, const struct session *s);
/* A form of ours that a visitor sent: not another site's doing, and with the seal that its page
   had. */
bool visitor_sent(struct ctx *cx, const struct oauth_env *e, const struct http_request *q,
                  const struct visitor *v, const char *purpose, const struct http_form *f);

/* Pages for people (page.c). */
struct page {
    struct buf out;
    enum language language;
};
/* title: English, of the table of languages, as all texts of pages. */
struct page page_begin(struct ctx *cx, const struct http_request *q, struct str title);
void page_markup(struct page *p, struct str html);
/* A text of the table; one that is shown as it is, escaped. */
void page_text(struct page *p, struct str english);
void page_plain(struct page *p, struct str text);
void page_paragraph(struct page *p, struct str english);
/* Something went wrong: told to screen readers at once. */
void page_alert(struct page *p, struct str english);
void page_hidden(struct page *p, const char *name, struct str value);
/* form_to: where its forms may lead besides ourselves (Content-Security-Policy), or empty. */
void page_end(struct ctx *cx, struct page *p, struct str form_to, unsigned status,
              struct http_response *a);
/* A page that says one thing. */
enum code page_notice(struct ctx *cx, const struct http_request *q, struct http_response *a,
                      unsigned status, struct str title, struct str english);

/* Somebody has to sign in before going on at to (path and query of ours). why: English, or empty.
   hint: the name to begin with, or empty. */
enum code signin_page(struct ctx *cx, const struct http_request *q, struct http_response *a,
                      struct str to, struct str hint, struct str why);
/* What a person is asked: may the client have the scopes? */
struct question {
    const struct oauth_client *client;
    const struct visitor *visitor;
    uint32_t scopes;
    struct str user_code;           /* of a device, or empty */
    struct str redirect;            /* where the answer goes, or empty */
    struct str action, value, seal; /* the form: its target, what it brings back */
};
enum code consent_page(struct ctx *cx, const struct http_request *q, const struct question *ask,
                       struct http_response *a);

/* An authorization request (RFC 6749 section 4.1.1, OpenID Connect Core section 3.1.2.1). */
struct asked {
    struct oauth_client client;
    struct str redirect, state, challenge, nonce, hint;
    struct str query; /* to come back with: without what we have added */
    uint32_t scopes;
    bool none, login, consent; /* prompt */
    bool has_age;
    uint64_t max_age_s;
    struct str fresh;        /* the person has just signed in for it */
    bool again;              /* came from our own page */
    const char *error, *why; /* told to the client by redirection; NULL: good */
};
/* OK, also when error is set. E_SYNTAX, E_NOT_FOUND: no client or none of its URIs; nobody is sent
   anywhere. */
MUST_USE enum code request_parse(struct ctx *cx, const struct oauth_env *e, struct str query,
                                 struct asked *out);
/* Back to the client (RFC 6749 sections 4.1.2 and 4.1.2.1, RFC 9207). */
void request_fail(struct ctx *cx, const struct oauth_env *e, const struct asked *r,
                  const char *error, const char *why, struct http_response *a);
void request_answer(struct ctx *cx, const struct oauth_env *e, const struct asked *r,
                    struct str code, struct http_response *a);

#endif
