/* Object ids of messages, threads and mailboxes (RFC 8474), the same in every protocol. */
#ifndef CORE_OBJECTID_OBJECTID_H
#define CORE_OBJECTID_OBJECTID_H

#include "core/item.h"

/* Of a message's content (EMAILID): the same for its copies, another once the content was edited.
 * In a. */
struct str objectid_email(struct arena *a, const struct item_row *row);
/* Of the thread it belongs to (objectid/thread.h). */
struct str objectid_thread(struct arena *a, const struct item_row *row);
/* Of a mailbox; other people's mailboxes have other ids. */
struct str objectid_mailbox(struct arena *a, account_id account, folder_id folder);

#endif
