/* The directory: a forest of domains, and who and what is in them. */
#ifndef CORE_DIRECTORY_H
#define CORE_DIRECTORY_H

#include "core/account.h"

enum principal_kind {
    PRINCIPAL_PERSON = 1,
    PRINCIPAL_SHARED_MAILBOX,
    PRINCIPAL_RESOURCE,
    PRINCIPAL_PUBLIC_TREE,
    PRINCIPAL_GROUP,
    PRINCIPAL_CONTACT, /* an address elsewhere */
};

enum domain_kind {
    DOMAIN_HOSTED = 1, /* its mailboxes are here */
    DOMAIN_ROUTED, /* an agency runs a mail system of its own: see service/transport/routing.h */
};

struct domain {
    uint64_t id, parent; /* parent 0: the root of the forest */
    struct str name;     /* lower case, A-labels */
    struct str title;    /* "Secretariat of Health" */
    enum domain_kind kind;
    struct quota quota; /* for new accounts */
    bool enabled;
    bool password_alone; /* opens IMAP and such in spite of a second factor */
};

struct principal {
    principal_id id;
    enum principal_kind kind;
    uint64_t domain;
    struct str name;           /* local part of its login: "jane.roe" */
    struct str display;        /* "Jane Roe" */
    struct str address;        /* out: primary, name@domain, as shown */
    const struct str *aliases; /* further addresses, whole, in domains of the forest */
    size_t alias_count;
    bool enabled;       /* may log in and send; mail is received still */
    bool has_account;   /* out: items can be kept: all kinds but groups and contacts */
    struct str forward; /* contacts: the outside address */
    struct str home;    /* host that its mailbox is on, lower-case A-labels; empty: here */
    struct str roles;   /* administration: "owner", "domain-admin:ID"... separated by spaces */
};

/* Domains. Names are checked and turned into A-labels. E_SYNTAX, E_EXISTS, E_NOT_FOUND. */
MUST_USE enum code directory_domain_add(struct ctx *cx, struct core *c, const struct domain *new,
                                        uint64_t *id);
/* The name may change while the domain is empty; later it is E_UNSUPPORTED. */
MUST_USE enum code directory_domain_set(struct ctx *cx, struct core *c,
                                        const struct domain *changed);
/* E_EXISTS while it has domains below it, addresses, or addresses that are reserved still. */
MUST_USE enum code directory_domain_remove(struct ctx *cx, struct core *c, uint64_t id);
/* Any case, U- or A-labels. */
MUST_USE enum code directory_domain_by_name(struct ctx *cx, struct core *c, struct str name,
                                            struct domain *out);
MUST_USE enum code directory_domain_by_id(struct ctx *cx, struct core *c, uint64_t id,
                                          struct domain *out);
/* All, parents before children, in cx->arena. */
MUST_USE enum code directory_domains(struct ctx *cx, struct core *c, struct domain **out,
                                     size_t *count);
/* What is added to a bare name that somebody logs in with; empty: nothing. E_NOT_FOUND when the
   forest has no such domain. */
MUST_USE enum code directory_set_default_domain(struct ctx *cx, struct core *c, struct str name);
MUST_USE enum code directory_default_domain(struct ctx *cx, struct core *c, struct str *out);

/* The form in which addresses are kept and compared: the local part folded, the domain as
   lower-case A-labels. E_SYNTAX. */
MUST_USE enum code directory_address_normal(struct ctx *cx, struct str address, struct str *out);

/* Principals. Adding one that has an account makes the account too (quota: the domain's, unless
   given). Addresses are unique in the forest, groups' and aliases' included. */
MUST_USE enum code directory_add(struct ctx *cx, struct core *c, const struct principal *new,
                                 const struct quota *quota, principal_id *id);
/* All but id, kind and has_account may change; aliases are replaced. */
MUST_USE enum code directory_set(struct ctx *cx, struct core *c, const struct principal *changed);
/* From now on nobody can see it, and its address takes no mail; but for RECONNECT_DAYS its id,
   addresses, account and places in groups are kept for directory_restore. */
MUST_USE enum code directory_remove(struct ctx *cx, struct core *c, principal_id id);
enum { RECONNECT_DAYS = 30 };
MUST_USE enum code directory_restore(struct ctx *cx, struct core *c, principal_id id);
/* Who of the removed has that address, and since when; E_NOT_FOUND when it is of the living. */
MUST_USE enum code directory_removed(struct ctx *cx, struct core *c, struct str address,
                                     struct principal *out, int64_t *removed_ms);
/* Ends a removed principal and its account for good, now. Safe to repeat. */
MUST_USE enum code directory_purge(struct ctx *cx, struct core *c, principal_id id);
/* Purges what was removed RECONNECT_DAYS ago, and accounts that a crash left without a principal.
   To be run at the start and each day. */
MUST_USE enum code directory_sweep(struct ctx *cx, struct core *c);
MUST_USE enum code directory_by_id(struct ctx *cx, struct core *c, principal_id id,
                                   struct principal *out);
/* Whose address it is: any alias, any case, U- or A-labels; no sub-address. */
MUST_USE enum code directory_by_address(struct ctx *cx, struct core *c, struct str address,
                                        struct principal *out);
/* A login as people type it: an address, or a bare name where there is a default domain; a prefix
   "DOMAIN\" is skipped. */
MUST_USE enum code directory_by_login(struct ctx *cx, struct core *c, struct str login,
                                      struct principal *out);
/* Another one after each change to principals and domains; passwords, members and grants do not
   move it. */
MUST_USE enum code directory_stamp(struct ctx *cx, struct core *c, uint64_t *out);
/* Page through a domain (0: all) by address: at most limit with addresses above after. */
MUST_USE enum code directory_list(struct ctx *cx, struct core *c, uint64_t domain, struct str after,
                                  size_t limit, struct principal **out, size_t *count);

/* Groups: members are principals, groups among them. Adding one twice is nothing. E_NOT_FOUND;
   E_SYNTAX for what is no group, and for a group in itself. */
MUST_USE enum code directory_member_add(struct ctx *cx, struct core *c, principal_id group,
                                        principal_id member);
MUST_USE enum code directory_member_remove(struct ctx *cx, struct core *c, principal_id group,
                                           principal_id member);
MUST_USE enum code directory_members(struct ctx *cx, struct core *c, principal_id group,
                                     principal_id **out, size_t *count);
/* All that are in it, through nested groups, each once; cycles are cut. Not the groups themselves.
   E_LIMIT past GROUP_EXPAND_MAX. */
enum { GROUP_EXPAND_MAX = 20000 };
MUST_USE enum code directory_expand(struct ctx *cx, struct core *c, principal_id group,
                                    principal_id **out, size_t *count);
/* The groups that who is in, through others too; each once. */
MUST_USE enum code directory_groups_of(struct ctx *cx, struct core *c, principal_id who,
                                       principal_id **out, size_t *count);
MUST_USE enum code directory_is_member(struct ctx *cx, struct core *c, principal_id group,
                                       principal_id who, bool *out);

/* May who send with that address as author or envelope sender: its own addresses, or with the right
   to send as the other. OK or E_DENIED. */
MUST_USE enum code directory_may_send_as(struct ctx *cx, struct core *c, principal_id who,
                                         struct str address);
MUST_USE enum code directory_send_as_grant(struct ctx *cx, struct core *c, principal_id owner,
                                           principal_id who, bool on);
/* The grantees: principals, or groups whose members then have the right. */
MUST_USE enum code directory_send_as_list(struct ctx *cx, struct core *c, principal_id owner,
                                          principal_id **out, size_t *count);
/* The other way: whose addresses who may send with besides its own, by name or through a group;
   rising, each once. */
MUST_USE enum code directory_send_as_of(struct ctx *cx, struct core *c, principal_id who,
                                        principal_id **out, size_t *count);

/* May who change a domain and what is in it (0: the forest itself): owners everything, a
   domain-admin:ID that domain and all below it. OK or E_DENIED. */
MUST_USE enum code directory_may_administer(struct ctx *cx, struct core *c, principal_id who,
                                            uint64_t domain);

#endif
