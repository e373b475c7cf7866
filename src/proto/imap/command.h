/* The table of commands: dispatch, capabilities, metrics and the fuzz dictionary read it. */
#ifndef PROTO_IMAP_COMMAND_H
#define PROTO_IMAP_COMMAND_H

#include "proto/imap/session.h"

/* Runs one command: text and blobs into the call. OK, or a code that imap_reply_row turns into a
   tagged reply. May set call->response, said and untagged. */
typedef enum code imap_command_fn(struct ctx *cx, struct imap_session *s, struct imap_call *call);

/* What may be told to the client after the command (RFC 9051 sections 5.5 and 7.5.1). */
enum imap_sync { IMAP_SYNC_NONE, IMAP_SYNC_KEEP, IMAP_SYNC_ALL }; /* KEEP: no EXPUNGE */

struct imap_command {
    struct str name;
    imap_command_fn *run;
    unsigned stages;       /* enum imap_stage */
    enum imap_sync sync;   /* without UID; with it, EXPUNGE may always be told */
    bool uid;              /* can have UID before it */
    bool bare;             /* takes no arguments */
    struct str capability; /* that says it is there, or empty for the base protocol */
};

/* Rows in no order; NULL past the last. */
const struct imap_command *imap_command_at(size_t index);
/* Case-blind; NULL when there is none. */
const struct imap_command *imap_command_find(struct str name);
/* Its row's place. */
size_t imap_command_index(const struct imap_command *command);

/* Appends " IMAP4rev2 IMAP4rev1 …", as they are offered to the session now. */
void imap_capabilities(struct ctx *cx, const struct imap_session *s, struct buf *out);
/* Further words that clients send: for the fuzz dictionary. NULL-p past the last. */
struct str imap_word_at(size_t index);

/* Counts one run of a command. meter may be NULL. */
void imap_meter_count(struct imap_meter *meter, const struct imap_command *command, bool ok,
                      int64_t duration_us);

/* The handlers. */
enum code imap_capability(struct ctx *cx, struct imap_session *s, struct imap_call *call);
enum code imap_noop(struct ctx *cx, struct imap_session *s, struct imap_call *call);
enum code imap_check(struct ctx *cx, struct imap_session *s, struct imap_call *call);
enum code imap_logout(struct ctx *cx, struct imap_session *s, struct imap_call *call);
enum code imap_id(struct ctx *cx, struct imap_session *s, struct imap_call *call);
enum code imap_enable(struct ctx *cx, struct imap_session *s, struct imap_call *call);
enum code imap_starttls(struct ctx *cx, struct imap_session *s, struct imap_call *call);
enum code imap_authenticate(struct ctx *cx, struct imap_session *s, struct imap_call *call);
enum code imap_login(struct ctx *cx, struct imap_session *s, struct imap_call *call);
enum code imap_select(struct ctx *cx, struct imap_session *s, struct imap_call *call);
enum code imap_examine(struct ctx *cx, struct imap_session *s, struct imap_call *call);
enum code imap_close_mailbox(struct ctx *cx, struct imap_session *s, struct imap_call *call);
enum code imap_unselect_mailbox(struct ctx *cx, struct imap_session *s, struct imap_call *call);
enum code imap_create(struct ctx *cx, struct imap_session *s, struct imap_call *call);
enum code imap_delete(struct ctx *cx, struct imap_session *s, struct imap_call *call);
enum code imap_rename(struct ctx *cx, struct imap_session *s, struct imap_call *call);
enum code imap_subscribe(struct ctx *cx, struct imap_session *s, struct imap_call *call);
enum code imap_unsubscribe(struct ctx *cx, struct imap_session *s, struct imap_call *call);
enum code imap_list(struct ctx *cx, struct imap_session *s, struct imap_call *call);
enum code imap_lsub(struct ctx *cx, struct imap_session *s, struct imap_call *call);
enum code imap_status(struct ctx *cx, struct imap_session *s, struct imap_call *call);
enum code imap_append(struct ctx *cx, struct imap_session *s, struct imap_call *call);
enum code imap_idle(struct ctx *cx, struct imap_session *s, struct imap_call *call);
enum code imap_namespace(struct ctx *cx, struct imap_session *s, struct imap_call *call);
enum code imap_expunge(struct ctx *cx, struct imap_session *s, struct imap_call *call);
enum code imap_search(struct ctx *cx, struct imap_session *s, struct imap_call *call);
enum code imap_fetch(struct ctx *cx, struct imap_session *s, struct imap_call *call);
enum code imap_store(struct ctx *cx, struct imap_session *s, struct imap_call *call);
enum code imap_copy(struct ctx *cx, struct imap_session *s, struct imap_call *call);
enum code imap_move(struct ctx *cx, struct imap_session *s, struct imap_call *call);
enum code imap_getquota(struct ctx *cx, struct imap_session *s, struct imap_call *call);
enum code imap_getquotaroot(struct ctx *cx, struct imap_session *s, struct imap_call *call);
enum code imap_setquota(struct ctx *cx, struct imap_session *s, struct imap_call *call);

#endif
