/* Messages that come from clients: what APPEND and REPLACE share. */
#ifndef PROTO_IMAP_APPEND_APPEND_H
#define PROTO_IMAP_APPEND_APPEND_H

#include "core/item.h"
#include "format/mime.h"
#include "proto/imap/session.h"

enum {
    IMAP_CATENATE_PARTS_MAX = 1000, /* in one message */
};

struct imap_notes;

struct imap_append {
    account_id account;
    folder_id folder;
    struct item_new *items;
    struct imap_notes *notes; /* beside items: what each is annotated with */
    struct item_placed *placed;
    size_t count, cap;
};

/* Takes " (\Seen) "date" {n}…", or CATENATE or UTF8 in place of the literal, and adds what is to be
   stored. Sets call->response where an extension asks for it. E_SYNTAX; E_LIMIT; E_UNSUPPORTED. */
MUST_USE enum code imap_append_message(struct ctx *cx, struct imap_session *s,
                                       struct imap_call *call, struct cur *c,
                                       struct imap_append *a);
/* Takes the end, finds the mailbox, asks for the right to insert and makes room in a->placed. */
MUST_USE enum code imap_append_target(struct ctx *cx, struct imap_session *s,
                                      struct imap_call *call, struct str name,
                                      struct imap_append *a);
/* Adds all of them in the transaction. */
MUST_USE enum code imap_append_add(struct ctx *cx, struct account_txn *t,
                                   const struct imap_append *a);
/* "APPENDUID 38505 3955:3957" in the arena. */
struct str imap_append_uid(struct ctx *cx, const struct imap_append *a);

/* "(TEXT {n}… URL "…")" (RFC 4469). out: the parts one after the other, not copied. E_LIMIT above
   message_bytes, with TOOBIG; E_NOT_FOUND with BADURL. */
MUST_USE enum code imap_catenate(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                                 struct cur *c, struct rope *out);
/* The bytes that a URL names, as far as the session may read them: its own server's mailboxes. A
   relative URL stands beside the selected mailbox. E_NOT_FOUND; E_DENIED; E_SYNTAX. */
MUST_USE enum code imap_url_read(struct ctx *cx, struct imap_session *s, struct str url,
                                 struct rope *out);

struct urlauth_asker;
/* Checks that the URL was signed for the asker. as: a session of the user that it names, with whose
   rights it is read. E_NOT_FOUND; E_DENIED; E_SYNTAX. */
MUST_USE enum code imap_url_open(struct ctx *cx, const struct imap_env *env, struct str text,
                                 const struct urlauth_asker *asker, struct imap_session *as);
/* How the part that the URL names is encoded; headers and whole messages are not. */
MUST_USE enum code imap_url_encoding(struct ctx *cx, struct imap_session *s, struct str url,
                                     enum mime_encoding *out);
/* The BODYSTRUCTURE of what the URL names, in cx->arena. */
MUST_USE enum code imap_url_structure(struct ctx *cx, struct imap_session *s, struct str url,
                                      struct str *out);

/* Parts with NUL, which no other literal may hold, become base64 (RFC 3516 section 4.4); the same
   message when there are none. E_UNSUPPORTED when NUL lies where no part can be encoded. */
MUST_USE enum code imap_binary_encode(struct ctx *cx, struct str message, struct str *out);

#endif
