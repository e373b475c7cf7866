#include "core/role.h"
#include "base/err.h"

#define VISIBLE(id, nm, dsp, knd, use, jmap, ews, eas, tag)                                        \
    [id] = {.name = STR(nm),                                                                       \
            .display = STR(dsp),                                                                   \
            .kind = knd,                                                                           \
            .special_use = STR(use),                                                               \
            .jmap_role = STR(jmap),                                                                \
            .ews_id = STR(ews),                                                                    \
            .eas_type = eas,                                                                       \
            .mapi_entryid_tag = tag}
#define HIDDEN(id, nm, knd, ews, tag)                                                              \
    [id] = {                                                                                       \
        .name = STR(nm), .kind = knd, .ews_id = STR(ews), .mapi_entryid_tag = tag, .hidden = true}

/* Tags: MS-OXPROPS. 0x36D8 and 0x36D9 hold several entry ids each. Names of folders that are made
   on demand come from who makes them. */
static const struct role_row rows[ROLE_COUNT] = {
    [ROLE_NONE] = {.name = STR("none"), .kind = KIND_MAIL},
    VISIBLE(ROLE_INBOX, "inbox", "INBOX", KIND_MAIL, "", "inbox", "inbox", 2, 0),
    VISIBLE(ROLE_DRAFTS, "drafts", "Drafts", KIND_MAIL, "\\Drafts", "drafts", "drafts", 3,
            0x36D70102),
    VISIBLE(ROLE_SENT, "sent", "Sent", KIND_MAIL, "\\Sent", "sent", "sentitems", 5, 0x35E40102),
    VISIBLE(ROLE_TRASH, "trash", "Trash", KIND_MAIL, "\\Trash", "trash", "deleteditems", 4,
            0x35E30102),
    VISIBLE(ROLE_JUNK, "junk", "Junk", KIND_MAIL, "\\Junk", "junk", "junkemail", 12, 0x36D81102),
    VISIBLE(ROLE_ARCHIVE, "archive", "Archive", KIND_MAIL, "\\Archive", "archive", "archive", 12,
            0x35FF0102),
    VISIBLE(ROLE_OUTBOX, "outbox", "", KIND_MAIL, "\\Scheduled", "scheduled", "outbox", 6,
            0x35E20102),
    VISIBLE(ROLE_CALENDAR, "calendar", "Calendar", KIND_CALENDAR, "", "", "calendar", 8,
            0x36D00102),
    VISIBLE(ROLE_CONTACTS, "contacts", "Contacts", KIND_CONTACTS, "", "", "contacts", 9,
            0x36D10102),
    VISIBLE(ROLE_TASKS, "tasks", "Tasks", KIND_TASKS, "", "", "tasks", 7, 0x36D40102),
    VISIBLE(ROLE_NOTES, "notes", "Notes", KIND_NOTES, "", "", "notes", 10, 0x36D30102),
    VISIBLE(ROLE_JOURNAL, "journal", "", KIND_HIDDEN, "", "", "journal", 11, 0x36D20102),
    HIDDEN(ROLE_ROOT, "root", KIND_HIDDEN, "root", 0),
    HIDDEN(ROLE_IPM_SUBTREE, "ipm-subtree", KIND_HIDDEN, "msgfolderroot", 0x35E00102),
    HIDDEN(ROLE_DEFERRED_ACTION, "deferred-action", KIND_HIDDEN, "", 0),
    HIDDEN(ROLE_SPOOLER, "spooler", KIND_HIDDEN, "", 0),
    HIDDEN(ROLE_SHORTCUTS, "shortcuts", KIND_HIDDEN, "", 0),
    HIDDEN(ROLE_FINDER, "finder", KIND_HIDDEN, "searchfolders", 0x35E70102),
    HIDDEN(ROLE_VIEWS, "views", KIND_HIDDEN, "", 0x35E50102),
    HIDDEN(ROLE_COMMON_VIEWS, "common-views", KIND_HIDDEN, "", 0x35E60102),
    HIDDEN(ROLE_SCHEDULE, "schedule", KIND_HIDDEN, "", 0),
    HIDDEN(ROLE_QUICK_CONTACTS, "quick-contacts", KIND_CONTACTS, "quickcontacts", 0x36D90102),
    HIDDEN(ROLE_IM_CONTACTS, "im-contacts", KIND_CONTACTS, "imcontactlist", 0x36D90102),
    HIDDEN(ROLE_GAL_CONTACTS, "gal-contacts", KIND_CONTACTS, "", 0x36D90102),
    HIDDEN(ROLE_RECIPIENT_CACHE, "recipient-cache", KIND_CONTACTS, "recipientcache", 0),
    HIDDEN(ROLE_LOCAL_FREEBUSY, "local-freebusy", KIND_HIDDEN, "freebusydata", 0x36E41102),
    HIDDEN(ROLE_SYNC_ISSUES, "sync-issues", KIND_MAIL, "syncissues", 0x36D81102),
    HIDDEN(ROLE_CONFLICTS, "conflicts", KIND_MAIL, "conflicts", 0x36D81102),
    HIDDEN(ROLE_LOCAL_FAILURES, "local-failures", KIND_MAIL, "localfailures", 0x36D81102),
    HIDDEN(ROLE_SERVER_FAILURES, "server-failures", KIND_MAIL, "serverfailures", 0x36D81102),
    HIDDEN(ROLE_CONVERSATION_ACTIONS, "conversation-actions", KIND_HIDDEN, "", 0x36D90102),
    HIDDEN(ROLE_CONVERSATION_HISTORY, "conversation-history", KIND_MAIL, "conversationhistory", 0),
    HIDDEN(ROLE_REMINDERS, "reminders", KIND_HIDDEN, "", 0x36D50102),
    HIDDEN(ROLE_TODO, "todo", KIND_HIDDEN, "todosearch", 0x36D90102),
    HIDDEN(ROLE_RECOVERABLE_ROOT, "recoverable-root", KIND_HIDDEN, "recoverableitemsroot", 0),
    HIDDEN(ROLE_RECOVERABLE_DELETIONS, "recoverable-deletions", KIND_HIDDEN,
           "recoverableitemsdeletions", 0),
    HIDDEN(ROLE_RECOVERABLE_VERSIONS, "recoverable-versions", KIND_HIDDEN,
           "recoverableitemsversions", 0),
    HIDDEN(ROLE_RECOVERABLE_PURGES, "recoverable-purges", KIND_HIDDEN, "recoverableitemspurges", 0),
};

const struct role_row *role_row(enum role role)
{
    must((size_t)role < ROLE_COUNT);
    return &rows[role];
}

enum role role_by_special_use(struct str attribute)
{
    for (size_t i = ROLE_NONE + 1; attribute.n && i < ROLE_COUNT; i++)
        if (str_ieq(rows[i].special_use, attribute))
            return (enum role)i;
    return ROLE_NONE;
}

enum role role_by_name(struct str name)
{
    for (size_t i = ROLE_NONE + 1; i < ROLE_COUNT; i++)
        if (str_eq(rows[i].name, name))
            return (enum role)i;
    return ROLE_NONE;
}
