/* The routing table: where mail for an address goes when it leaves this server. */
#ifndef SERVICE_TRANSPORT_ROUTING_H
#define SERVICE_TRANSPORT_ROUTING_H

#include "core/directory.h"

struct routing; /* one for the server; safe for all threads */

/* Stored as numbers: append only. */
enum way {
    WAY_MX = 1,    /* the MX records of the recipient's domain */
    WAY_HOSTS,     /* smart hosts: of the lowest preference first, by weight among equals */
    WAY_LMTP,      /* the same hosts, but LMTP (RFC 2033) */
    WAY_FILE,      /* a file a message into a directory */
    WAY_DISCARD,   /* taken and thrown away */
    WAY_ERROR,     /* refused with a text */
    WAY_RELOCATED, /* refused with the new address (551, 5.1.6) */
    WAY_ADDRESS,   /* read as another address: alias, virtual domain, catch-all */
    WAY_SENDER,    /* masquerading: senders of that domain show another one in the envelope */
    WAY_END
};

enum tls_demand {
    TLS_WHEN_OFFERED = 0, /* DANE and MTA-STS may demand more */
    TLS_ENCRYPTED,        /* no mail without it, whatever the certificate */
    TLS_VERIFIED,         /* the certificate is valid for the host, or for tls_name */
    TLS_NEVER,            /* the other side's is broken */
    TLS_DEMAND_END
};

enum { ROUTE_HOPS_MAX = 16, ROUTE_NAME_MAX = 64, ROUTES_MAX = 10000, ROUTE_TEXT_MAX = 400 };

struct hop {
    struct str host; /* a name, or an address literal without brackets; LMTP: or a path */
    uint16_t port;   /* 0: 25 (LMTP: 24) */
    uint16_t preference, weight;
};

/* One row of the table. */
struct route_rule {
    struct str name;
    /* Of recipients: "jane@x.example", "x.example", ".x.example" (below it), "agency:x.example"
       (that domain of the forest and all below it), "catchall:x.example" (addresses of a hosted
       domain that nobody has), "*". The narrowest wins. */
    struct str pattern;
    struct str sender; /* the same forms for the envelope sender, or empty: any */
    enum way way;
    struct hop hops[ROUTE_HOPS_MAX];
    size_t hop_count;
    struct str user, password; /* for AUTH to the hosts */
    enum tls_demand tls;
    struct str tls_name;
    uint32_t connections; /* at a time; 0: the default */
    uint32_t per_minute;  /* messages; 0: no limit */
    struct str text;      /* FILE: directory; ERROR: text; RELOCATED, ADDRESS, SENDER: new address,
                             or "@domain" to change the domain alone */
    bool enabled;
    bool etrn; /* its host may ask for its mail (RFC 1985) */
};

/* Reads nothing yet. The core outlives it. */
struct routing *routing_open(struct core *c);
void routing_close(struct routing *r);
AUTO_OF(struct routing *, routing_close)

/* Where one recipient goes. */
struct routed {
    enum way way;
    struct str address;     /* to be sent: rewritten, or as given */
    struct str destination; /* what the queue sorts by: "example.org", "route:NAME" or
                               "route:NAME/example.org" (a rule of WAY_MX); to be passed to
                               routing_destination. */
    struct str rule;        /* name, or empty: no rule said so */
    struct str text;        /* ERROR: the reply's text; RELOCATED: the new address */
};
/* address: "local@domain". sender: of the envelope, may be empty. WAY_ADDRESS is followed; out is
   never of that way or WAY_SENDER. E_SYNTAX; E_LIMIT: rules that lead in a circle. In cx->arena. */
MUST_USE enum code routing_find(struct ctx *cx, struct routing *r, struct str address,
                                struct str sender, struct routed *out);
/* Whether a rule says where mail for that domain of another system goes (any way that takes it). */
MUST_USE enum code routing_has(struct ctx *cx, struct routing *r, struct str domain, bool *out);
/* Another address for one of a hosted domain (WAY_ADDRESS, WAY_RELOCATED, WAY_ERROR rules for the
   address; catchall: of its domain). E_NOT_FOUND: no rule. */
MUST_USE enum code routing_address(struct ctx *cx, struct routing *r, struct str address,
                                   bool catchall, struct routed *out);
/* The envelope sender as the world sees it. */
MUST_USE enum code routing_sender(struct ctx *cx, struct routing *r, struct str sender,
                                  struct str *out);

/* How to get to a destination of the queue: for roads. */
struct destination {
    enum way way;           /* MX, HOSTS, LMTP, FILE, DISCARD */
    struct str domain;      /* WAY_MX: whose MX records; may be a literal "[192.0.2.1]" */
    struct route_rule rule; /* hops, credentials, TLS; all zero without a rule */
    bool tls_optional;      /* routing_tls_optional() made it */
};
/* E_NOT_FOUND: its rule is gone; the queue finds another way then. In cx->arena. */
MUST_USE enum code routing_destination(struct ctx *cx, struct routing *r, struct str name,
                                       struct destination *out);

/* The destination of messages that say "TLS-Required: No" (RFC 8689 section 3): what the
   recipient's domain asks of TLS is not asked for there, what a rule says is. The same destination
   where no domain is asked for anything. In cx->arena. */
struct str routing_tls_optional(struct ctx *cx, const struct routed *to);

/* Adds the hosts of "host:port/preference*weight,..." to the rule; IPv6 in brackets, for LMTP also
   the path of a socket. Slices of value. E_SYNTAX. */
MUST_USE enum code routing_hops_parse(struct ctx *cx, struct str value, struct route_rule *rule);

/* The table itself: stored in the directory's partition. E_SYNTAX; E_LIMIT; E_NOT_FOUND. */
MUST_USE enum code routing_list(struct ctx *cx, struct routing *r, struct route_rule **out,
                                size_t *count);
/* Adds the rule, or replaces the one of that name. */
MUST_USE enum code routing_set(struct ctx *cx, struct routing *r, const struct route_rule *rule);
MUST_USE enum code routing_delete(struct ctx *cx, struct routing *r, struct str name);

#endif
