/* The handlers of the command table, one file each; imap_command_fn says what they are given. */
#ifndef PROTO_IMAP_COMMAND_HANDLERS_H
#define PROTO_IMAP_COMMAND_HANDLERS_H

#include "proto/imap/command.h"

imap_command_fn imap_capability;
imap_command_fn imap_noop;
imap_command_fn imap_compress;
imap_command_fn imap_notify;
imap_command_fn imap_unauthenticate;
imap_command_fn imap_check;
imap_command_fn imap_logout;
imap_command_fn imap_id;
imap_command_fn imap_enable;
imap_command_fn imap_starttls;
imap_command_fn imap_authenticate;
imap_command_fn imap_login;
imap_command_fn imap_select;
imap_command_fn imap_examine;
imap_command_fn imap_close_mailbox;
imap_command_fn imap_unselect_mailbox;
imap_command_fn imap_create;
imap_command_fn imap_delete;
imap_command_fn imap_rename;
imap_command_fn imap_subscribe;
imap_command_fn imap_unsubscribe;
imap_command_fn imap_list;
imap_command_fn imap_lsub;
imap_command_fn imap_status;
imap_command_fn imap_append;
imap_command_fn imap_idle;
imap_command_fn imap_namespace;
imap_command_fn imap_expunge;
imap_command_fn imap_search;
imap_command_fn imap_uidbatches;
imap_command_fn imap_sort;
imap_command_fn imap_thread;
imap_command_fn imap_cancelupdate;
imap_command_fn imap_esearch;
imap_command_fn imap_fetch;
imap_command_fn imap_store;
imap_command_fn imap_copy;
imap_command_fn imap_move;
imap_command_fn imap_getquota;
imap_command_fn imap_getquotaroot;
imap_command_fn imap_setquota;
imap_command_fn imap_getacl;
imap_command_fn imap_setacl;
imap_command_fn imap_deleteacl;
imap_command_fn imap_listrights;
imap_command_fn imap_myrights;

#endif
