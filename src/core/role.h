/* Roles of folders: one table for what each protocol calls them. */
#ifndef CORE_ROLE_H
#define CORE_ROLE_H

#include "base/str.h"

/* Stored as numbers: append only. All that Outlook expects are reserved (reference: MS-OXOSFLD). */
enum role {
    ROLE_NONE = 0,
    ROLE_INBOX,
    ROLE_DRAFTS,
    ROLE_SENT,
    ROLE_TRASH,
    ROLE_JUNK,
    ROLE_ARCHIVE,
    ROLE_OUTBOX,
    ROLE_CALENDAR,
    ROLE_CONTACTS,
    ROLE_TASKS,
    ROLE_NOTES,
    ROLE_JOURNAL,
    ROLE_ROOT, /* hidden from here on */
    ROLE_IPM_SUBTREE,
    ROLE_DEFERRED_ACTION,
    ROLE_SPOOLER,
    ROLE_SHORTCUTS,
    ROLE_FINDER,
    ROLE_VIEWS,
    ROLE_COMMON_VIEWS,
    ROLE_SCHEDULE,
    ROLE_QUICK_CONTACTS,
    ROLE_IM_CONTACTS,
    ROLE_GAL_CONTACTS,
    ROLE_RECIPIENT_CACHE,
    ROLE_LOCAL_FREEBUSY,
    ROLE_SYNC_ISSUES,
    ROLE_CONFLICTS,
    ROLE_LOCAL_FAILURES,
    ROLE_SERVER_FAILURES,
    ROLE_CONVERSATION_ACTIONS,
    ROLE_CONVERSATION_HISTORY,
    ROLE_REMINDERS,
    ROLE_TODO,
    ROLE_RECOVERABLE_ROOT,
    ROLE_RECOVERABLE_DELETIONS,
    ROLE_RECOVERABLE_VERSIONS,
    ROLE_RECOVERABLE_PURGES,
    ROLE_COUNT
};

enum folder_kind {
    KIND_MAIL = 1,
    KIND_CALENDAR,
    KIND_CONTACTS,
    KIND_TASKS,
    KIND_NOTES,
    KIND_FILES,
    KIND_CHAT,
    KIND_HIDDEN, /* of Outlook's own use */
};

struct role_row {
    struct str name;    /* "drafts": command line, logs */
    struct str display; /* name of the folder when an account is made; empty: made on demand */
    enum folder_kind kind;
    struct str special_use;    /* RFC 6154 "\\Drafts", or empty */
    struct str jmap_role;      /* RFC 8621, or empty */
    struct str ews_id;         /* distinguished folder id, or empty */
    uint8_t eas_type;          /* ActiveSync folder type, 0 for none */
    uint32_t mapi_entryid_tag; /* property that names it on inbox or root, 0 for none */
    bool hidden;               /* not shown by IMAP and JMAP */
};

/* The only table; rows[role]. */
const struct role_row *role_row(enum role role);
/* By RFC 6154 attribute ("\\Drafts", case-blind) or by name; ROLE_NONE when unknown. */
enum role role_by_special_use(struct str attribute);
enum role role_by_name(struct str name);

#endif
