/* Object ids of messages, threads and mailboxes (RFC 8474), the same in every protocol. */
#ifndef CORE_OBJECTID_OBJECTID_H
#define CORE_OBJECTID_OBJECTID_H

#include "core/item.h"

/* Of a message (EMAILID): JMAP's id of the Email. It stays when the message is moved; a copy is
   another one. home: the account that the client is at home in; of another account's message the id
   says which, since items are numbered by account. In a. */
struct str objectid_email(struct arena *a, account_id home, account_id account, item_id item);
/* Of the thread it belongs to (objectid/thread.h). */
struct str objectid_thread(struct arena *a, const struct item_row *row);
/* Of a mailbox; other people's mailboxes have other ids. */
struct str objectid_mailbox(struct arena *a, account_id account, folder_id folder);

#endif
