/* Host addresses: IPv4 and IPv6. */
#ifndef FORMAT_HOST_IP_H
#define FORMAT_HOST_IP_H

#include "base/arena.h"
#include "base/str.h"

/* IPv4 in the first four bytes. What is 4 mapped into 6 (::ffff:192.0.2.1) is IPv4. */
struct ip {
    bool v6;
    uint8_t at[16];
};

/* "192.0.2.1" or "2001:db8::1", without brackets; nothing around it. */
bool ip_parse(struct str text, struct ip *out);
/* rdata of A (4 bytes) or AAAA (16); any other length is false. */
bool ip_of_bytes(struct str bytes, struct ip *out);
struct str ip_text(struct arena *a, struct ip ip);
/* The first bits of both are alike; false when one is IPv4 and the other IPv6. */
bool ip_in(struct ip ip, struct ip network, unsigned bits);
/* "1.2.0.192", or the 32 nibbles of IPv6 in reverse with dots between: for names below in-addr.arpa
   and ip6.arpa, and below DNS lists. */
struct str ip_reversed(struct arena *a, struct ip ip);
/* The name whose PTR records tell the host's names. */
struct str ip_ptr_name(struct arena *a, struct ip ip);

#endif
