/* The keys that URLs of a mailbox are signed with (RFC 4467): each user of a mailbox has one. */
#ifndef CORE_ACCESS_URLKEY_H
#define CORE_ACCESS_URLKEY_H

#include "core/account.h"

enum { URL_KEY_BYTES = 32 };

/* Whose key for which mailbox. */
struct url_key_of {
    account_id account;
    folder_id folder;
    principal_id user;
};
/* make: one is made, durably, when there is none; else E_NOT_FOUND. */
MUST_USE enum code url_key_get(struct ctx *cx, struct core *c, const struct url_key_of *of,
                               bool make, unsigned char out[URL_KEY_BYTES]);
/* Drops it, and with it every URL that was signed with it; folder 0: those of all mailboxes of the
   account. None is no error. */
MUST_USE enum code url_key_reset(struct ctx *cx, struct core *c, const struct url_key_of *of);

#endif
