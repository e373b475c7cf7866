#include "format/host/ip.h"
#include "base/buf.h"
#include <arpa/inet.h>

enum { V4_BYTES = 4, V6_BYTES = 16, TEXT_MAX = INET6_ADDRSTRLEN };

static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};

bool ip_of_bytes(struct str bytes, struct ip *out)
{
    struct ip ip = {.v6 = bytes.n == V6_BYTES};
    if (bytes.n != V4_BYTES && bytes.n != V6_BYTES)
        return false;
    if (ip.v6 && memcmp(bytes.p, mapped, sizeof mapped) == 0) {
        ip.v6 = false;
        bytes = str_from(bytes, sizeof mapped);
    }
    memcpy(ip.at, bytes.p, bytes.n);
    *out = ip;
    return true;
}

bool ip_parse(struct str text, struct ip *out)
{
    char z[TEXT_MAX];
    uint8_t bytes[V6_BYTES];
    if (text.n == 0 || text.n >= sizeof z || memchr(text.p, 0, text.n))
        return false;
    memcpy(z, text.p, text.n);
    z[text.n] = 0;
    if (inet_pton(AF_INET, z, bytes) == 1)
        return ip_of_bytes(str_of(bytes, V4_BYTES), out);
    if (inet_pton(AF_INET6, z, bytes) == 1)
        return ip_of_bytes(str_of(bytes, V6_BYTES), out);
    return false;
}

struct str ip_text(struct arena *a, struct ip ip)
{
    char z[TEXT_MAX];
    must(inet_ntop(ip.v6 ? AF_INET6 : AF_INET, ip.at, z, sizeof z));
    return str_dup(a, str_z(z));
}

bool ip_in(struct ip ip, struct ip network, unsigned bits)
{
    if (ip.v6 != network.v6 || bits > (ip.v6 ? 128U : 32U))
        return false;
    size_t whole = bits / 8;
    unsigned rest = bits % 8;
    if (memcmp(ip.at, network.at, whole) != 0)
        return false;
    return rest == 0 || (ip.at[whole] ^ network.at[whole]) >> (8 - rest) == 0;
}

struct str ip_reversed(struct arena *a, struct ip ip)
{
    struct buf b = buf_of(a, 64);
    for (size_t i = ip.v6 ? V6_BYTES : V4_BYTES; i-- > 0;) {
        if (ip.v6)
            buf_printf(&b, "%x.%x", ip.at[i] & 15U, (unsigned)ip.at[i] >> 4);
        else
            buf_printf(&b, "%u", (unsigned)ip.at[i]);
        if (i > 0)
            buf_byte(&b, '.');
    }
    return buf_str(&b);
}

struct str ip_ptr_name(struct arena *a, struct ip ip)
{
    return str_printf(a, "%.*s.%s", STR_ARG(ip_reversed(a, ip)),
                      ip.v6 ? "ip6.arpa" : "in-addr.arpa");
}
