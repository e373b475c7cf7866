/* Lists of networks that a setting trusts. */
#ifndef FORMAT_HOST_NETWORKS_H
#define FORMAT_HOST_NETWORKS_H

#include "format/host/ip.h"

enum { NETWORKS_MAX = 64 };

struct ip_networks {
    struct {
        bool local; /* whoever comes by a unix socket */
        struct ip ip;
        unsigned bits;
    } at[NETWORKS_MAX];
    size_t count;
};

/* Adds "192.0.2.0/24", "2001:db8::1" or "unix". False: it is none of these, or there is no room. */
bool ip_networks_add(struct ip_networks *n, struct str text);
/* address: as in struct peer, "192.0.2.1", "2001:db8::1", or "unix" and "unix:USER". */
bool ip_networks_have(const struct ip_networks *n, struct str address);

#endif
