/* The table of commands: dispatch, capabilities, metrics and the fuzz dictionary read it. */
#ifndef PROTO_IMAP_COMMAND_H
#define PROTO_IMAP_COMMAND_H

#include "proto/imap/session.h"

enum { IMAP_COMMANDS_MAX = 100 }; /* rows in the table */

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

#endif
