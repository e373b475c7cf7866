/* Devices that want to be told of new mail by a push service, as they registered. They lie in a
   partition of their own (PUSH_PART), so that all are found without asking each account. */
#ifndef CORE_PUSH_DEVICE_H
#define CORE_PUSH_DEVICE_H

#include "core/core.h"

enum {
    PUSH_DEVICES_MAX = 20,    /* of one account: one more ends the one that was silent longest */
    PUSH_MAILBOXES_MAX = 100, /* of one device */
    PUSH_NAMES_MAX = 50000,   /* bytes of their names */
    PUSH_TOKEN_MAX = 100,     /* bytes of a token, of an id, of a subtopic */
    PUSH_DAYS = 30,           /* a device that does not register again is forgotten */
};

struct push_mailbox {
    folder_id folder;
    struct str name; /* as the device calls it, byte for byte */
};

struct push_device {
    account_id account;    /* whose mailboxes */
    struct str token;      /* of the push service: hexadecimal digits in lower case */
    struct str id;         /* what the device calls the account: letters, digits, "-" */
    struct str subtopic;   /* of its program: letters, digits, "-", "." */
    int64_t registered_ms; /* last */
    struct push_mailbox *mailboxes;
    size_t mailbox_count;
};

/* Keeps the device, or what it says now: one row for each account, token and id. E_SYNTAX for words
   that cannot be; E_LIMIT past PUSH_MAILBOXES_MAX and PUSH_NAMES_MAX. */
MUST_USE enum code push_device_set(struct ctx *cx, struct core *c,
                                   const struct push_device *device);
/* Ends all registrations of the account (0: of any) with that token. removed: how many. */
MUST_USE enum code push_device_drop(struct ctx *cx, struct core *c, account_id account,
                                    struct str token, size_t *removed);
/* Those of an account (0: of all), by account and token, in cx->arena. */
MUST_USE enum code push_device_list(struct ctx *cx, struct core *c, account_id account,
                                    struct push_device **out, size_t *count);
/* Ends registrations that are PUSH_DAYS old. */
MUST_USE enum code push_device_sweep(struct ctx *cx, struct core *c, size_t *removed);

#endif
