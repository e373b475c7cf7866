#include "proto/imap/command/handlers.h"

enum {
    ANY = IMAP_GREETED | IMAP_LOGGED_IN | IMAP_SELECTED,
    IN = IMAP_LOGGED_IN | IMAP_SELECTED,
};

/* name, run, stages, sync, uid, bare, capability */
static const struct imap_command commands[] = {
    {STR("CAPABILITY"), imap_capability, ANY, IMAP_SYNC_ALL, false, true, STR("")},
    {STR("NOOP"), imap_noop, ANY, IMAP_SYNC_ALL, false, true, STR("")},
    {STR("LOGOUT"), imap_logout, ANY, IMAP_SYNC_NONE, false, true, STR("")},
    {STR("LANGUAGE"), imap_language, ANY, IMAP_SYNC_ALL, false, false, STR("LANGUAGE")},
    {STR("ID"), imap_id, ANY, IMAP_SYNC_ALL, false, false, STR("ID")},
    {STR("ENABLE"), imap_enable, IN, IMAP_SYNC_ALL, false, false, STR("ENABLE")},
    {STR("STARTTLS"), imap_starttls, IMAP_GREETED, IMAP_SYNC_NONE, false, true, STR("")},
    {STR("AUTHENTICATE"), imap_authenticate, IMAP_GREETED, IMAP_SYNC_NONE, false, false,
     STR("SASL-IR")},
    {STR("LOGIN"), imap_login, IMAP_GREETED, IMAP_SYNC_NONE, false, false, STR("")},
    {STR("SELECT"), imap_select, IN, IMAP_SYNC_NONE, false, false, STR("")},
    {STR("EXAMINE"), imap_examine, IN, IMAP_SYNC_NONE, false, false, STR("")},
    {STR("CREATE"), imap_create, IN, IMAP_SYNC_ALL, false, false, STR("")},
    {STR("DELETE"), imap_delete, IN, IMAP_SYNC_ALL, false, false, STR("")},
    {STR("RENAME"), imap_rename, IN, IMAP_SYNC_ALL, false, false, STR("")},
    {STR("SUBSCRIBE"), imap_subscribe, IN, IMAP_SYNC_ALL, false, false, STR("")},
    {STR("UNSUBSCRIBE"), imap_unsubscribe, IN, IMAP_SYNC_ALL, false, false, STR("")},
    {STR("LIST"), imap_list, IN, IMAP_SYNC_ALL, false, false, STR("LIST-EXTENDED")},
    {STR("LSUB"), imap_lsub, IN, IMAP_SYNC_ALL, false, false, STR("")},
    {STR("RLIST"), imap_rlist, IN, IMAP_SYNC_ALL, false, false, STR("MAILBOX-REFERRALS")},
    {STR("RLSUB"), imap_rlsub, IN, IMAP_SYNC_ALL, false, false, STR("")},
    {STR("NAMESPACE"), imap_namespace, IN, IMAP_SYNC_ALL, false, true, STR("NAMESPACE")},
    {STR("STATUS"), imap_status, IN, IMAP_SYNC_ALL, false, false, STR("STATUS=SIZE")},
    {STR("APPEND"), imap_append, IN, IMAP_SYNC_ALL, false, false, STR("MULTIAPPEND")},
    {STR("IDLE"), imap_idle, IN, IMAP_SYNC_ALL, false, true, STR("IDLE")},
    {STR("GETQUOTA"), imap_getquota, IN, IMAP_SYNC_ALL, false, false, STR("QUOTA")},
    {STR("GETQUOTAROOT"), imap_getquotaroot, IN, IMAP_SYNC_ALL, false, false, STR("")},
    {STR("SETQUOTA"), imap_setquota, IN, IMAP_SYNC_ALL, false, false, STR("QUOTASET")},
    {STR("GETMETADATA"), imap_getmetadata, IN, IMAP_SYNC_ALL, false, false, STR("METADATA")},
    {STR("SETMETADATA"), imap_setmetadata, IN, IMAP_SYNC_ALL, false, false, STR("")},
    {STR("NOTIFY"), imap_notify, IN, IMAP_SYNC_ALL, false, false, STR("NOTIFY")},
    {STR("COMPRESS"), imap_compress, IN, IMAP_SYNC_ALL, false, false, STR("COMPRESS=DEFLATE")},
    {STR("UNAUTHENTICATE"), imap_unauthenticate, IN, IMAP_SYNC_NONE, false, true,
     STR("UNAUTHENTICATE")},
    {STR("GETACL"), imap_getacl, IN, IMAP_SYNC_ALL, false, false, STR("ACL")},
    {STR("SETACL"), imap_setacl, IN, IMAP_SYNC_ALL, false, false, STR("RIGHTS=kxten")},
    {STR("DELETEACL"), imap_deleteacl, IN, IMAP_SYNC_ALL, false, false, STR("")},
    {STR("LISTRIGHTS"), imap_listrights, IN, IMAP_SYNC_ALL, false, false, STR("")},
    {STR("MYRIGHTS"), imap_myrights, IN, IMAP_SYNC_ALL, false, false, STR("")},
    {STR("GENURLAUTH"), imap_genurlauth, IN, IMAP_SYNC_ALL, false, false, STR("URLAUTH")},
    {STR("RESETKEY"), imap_resetkey, IN, IMAP_SYNC_ALL, false, false, STR("")},
    {STR("URLFETCH"), imap_urlfetch, IN, IMAP_SYNC_ALL, false, false, STR("URLAUTH=BINARY")},
    {STR("GETJMAPACCESS"), imap_getjmapaccess, IN, IMAP_SYNC_ALL, false, true, STR("")},
    {STR("XAPPLEPUSHSERVICE"), imap_xapplepushservice, IN, IMAP_SYNC_ALL, false, false, STR("")},
    {STR("CHECK"), imap_check, IMAP_SELECTED, IMAP_SYNC_ALL, false, true, STR("")},
    {STR("CLOSE"), imap_close_mailbox, IMAP_SELECTED, IMAP_SYNC_NONE, false, true, STR("")},
    {STR("UNSELECT"), imap_unselect_mailbox, IMAP_SELECTED, IMAP_SYNC_NONE, false, true,
     STR("UNSELECT")},
    {STR("EXPUNGE"), imap_expunge, IMAP_SELECTED, IMAP_SYNC_ALL, true, false, STR("UIDPLUS")},
    {STR("UIDBATCHES"), imap_uidbatches, IMAP_SELECTED, IMAP_SYNC_ALL, false, false,
     STR("UIDBATCHES")},
    {STR("SEARCH"), imap_search, IMAP_SELECTED, IMAP_SYNC_KEEP, true, false, STR("ESEARCH")},
    {STR("SORT"), imap_sort, IMAP_SELECTED, IMAP_SYNC_KEEP, true, false, STR("SORT")},
    {STR("THREAD"), imap_thread, IMAP_SELECTED, IMAP_SYNC_KEEP, true, false,
     STR("THREAD=REFERENCES")},
    {STR("CANCELUPDATE"), imap_cancelupdate, IMAP_SELECTED, IMAP_SYNC_KEEP, false, false,
     STR("CONTEXT=SEARCH")},
    {STR("ESEARCH"), imap_esearch, IN, IMAP_SYNC_KEEP, false, false, STR("MULTISEARCH")},
    {STR("COMPARATOR"), imap_comparator, IN, IMAP_SYNC_ALL, false, false, STR("I18NLEVEL=2")},
    {STR("FETCH"), imap_fetch, IMAP_SELECTED, IMAP_SYNC_KEEP, true, false, STR("BINARY")},
    {STR("STORE"), imap_store, IMAP_SELECTED, IMAP_SYNC_KEEP, true, false, STR("CONDSTORE")},
    {STR("COPY"), imap_copy, IMAP_SELECTED, IMAP_SYNC_ALL, true, false, STR("")},
    {STR("MOVE"), imap_move, IMAP_SELECTED, IMAP_SYNC_ALL, true, false, STR("MOVE")},
    {STR("REPLACE"), imap_replace, IMAP_SELECTED, IMAP_SYNC_ALL, true, false, STR("REPLACE")},
};
enum { COMMANDS = sizeof commands / sizeof *commands };
_Static_assert((size_t)COMMANDS <= (size_t)IMAP_COMMANDS_MAX, "the meter has a place for each");

const struct imap_command *imap_command_at(size_t index)
{
    return index < COMMANDS ? &commands[index] : NULL;
}

const struct imap_command *imap_command_find(struct str name)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (commands[i].name.n == name.n && str_ieq(commands[i].name, name))
            return &commands[i];
    return NULL;
}

size_t imap_command_index(const struct imap_command *command)
{
    return (size_t)(command - commands);
}
