/* Delivery: from an address to mailboxes, and a message into all of them with one sync. */
#ifndef SERVICE_DELIVERY_H
#define SERVICE_DELIVERY_H

#include "core/directory.h"

struct delivery; /* one for the server */

enum sub_address_policy { SUB_ADDRESS_INBOX, SUB_ADDRESS_FOLDER }; /* jane+lists@: where it goes */
enum over_quota_policy { OVER_QUOTA_DEFER, OVER_QUOTA_REFUSE };    /* 4xx or 5xx */

struct delivery_config {
    char sub_address_separator; /* '+'; 0: none */
    enum sub_address_policy sub_address;
    enum over_quota_policy over_quota;
};

struct delivery *delivery_open(struct core *c, const struct delivery_config *config);
void delivery_close(struct delivery *d);
AUTO_OF(struct delivery *, delivery_close)

enum route_kind {
    ROUTE_LOCAL = 1, /* mailboxes of this server: targets */
    ROUTE_ELSEWHERE, /* a domain that is not hosted here, or a contact: the queue's (later issue) */
};

struct route_target {
    principal_id who;
    account_id account;
    struct str detail; /* of the sub-address, or empty */
};

struct route {
    enum route_kind kind;
    struct str address;           /* as given by the client, for the reply and the trace */
    struct route_target *targets; /* LOCAL: groups expanded, each account once */
    size_t target_count;
};

/* Where mail for an address goes. sender: who is logged in, 0 for none (groups may refuse outsiders
   later). E_NOT_FOUND: a hosted domain, no such address; E_LIMIT: over quota (see
   over_quota_policy; size_bytes as announced, 0 unknown); E_DENIED: disabled domain; E_SYNTAX. */
MUST_USE enum code delivery_route(struct ctx *cx, struct delivery *d, struct str address,
                                  principal_id sender, uint64_t size_bytes, struct route *out);
enum over_quota_policy delivery_over_quota(const struct delivery *d);

struct delivery_message {
    struct str bytes;       /* as received, line ends CRLF */
    struct str return_path; /* envelope sender without <>, empty for the null path */
    struct str received;    /* the Received field, whole, ended by CRLF */
    struct str id;          /* unique for the transaction: repeats are found by it */
    principal_id sender;    /* logged in, or 0 */
    int64_t received_ms;
};

struct delivery_recipient {
    struct route route;
    enum code result; /* out: of the worst of its targets */
};

/* Puts the message into all mailboxes of all recipients: hashed, compressed and summarised once,
   one sync for all; each account gets it once. Returns OK when every recipient's result is OK. */
MUST_USE enum code delivery_run(struct ctx *cx, struct delivery *d,
                                const struct delivery_message *m, struct delivery_recipient *to,
                                size_t count);

#endif
