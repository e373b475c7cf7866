#include "io/proxy/header.h"
#include "base/banned.h"
#include "base/cur.h"
#include "base/err.h"
#include <arpa/inet.h>

static const struct str v1_start = STR("PROXY ");
static const struct str v2_start = STR("\r\n\r\n\0\r\nQUIT\n");

enum {
    V2_FIXED = 16, /* signature, command, family, length */
    V2_COMMAND = 12,
    V2_LOCAL = 0x20, /* version 2, and the command below */
    V2_PROXY = 0x21,
    TLV_CRC32C = 0x03,
    UNIX_BYTES = 216,
    PORT_DIGITS = 5,
};

static struct proxy_header bad(const char *why)
{
    return (struct proxy_header){.kind = PROXY_BAD, .why = why};
}

/* One of both is the start of the other. */
static bool may_become(struct str in, struct str start)
{
    return in.n < start.n ? str_starts(start, in) : str_starts(in, start);
}

static bool address_take(struct cur *c, bool v6, struct proxy_end *out)
{
    char text[INET6_ADDRSTRLEN];
    struct str word;
    if (!cur_until(c, ' ', &word) || word.n >= sizeof text || str_chr(word, 0) != SIZE_MAX)
        return false;
    memcpy(text, word.p, word.n);
    text[word.n] = 0;
    out->v6 = v6;
    return inet_pton(v6 ? AF_INET6 : AF_INET, text, out->at) == 1;
}

/* Decimal, without zeros in front. */
static bool port_of(struct str word, uint16_t *out)
{
    uint64_t port;
    if (word.n > PORT_DIGITS || (word.n > 1 && word.p[0] == '0') || !str_u64(word, &port) ||
        port > UINT16_MAX)
        return false;
    *out = (uint16_t)port;
    return true;
}

/* Behind "PROXY ", without CRLF. */
static struct proxy_header v1_line(struct str line, size_t n)
{
    struct proxy_header h = {.kind = PROXY_FROM, .n = n};
    struct cur c = cur_of(line);
    struct str port;
    if (cur_text(&c, STR("UNKNOWN")) && (cur_end(&c) || cur_peek(&c) == ' ')) {
        h.kind = PROXY_LOCAL;
        return h;
    }
    c = cur_of(line);
    bool v4 = cur_text(&c, STR("TCP4 "));
    if (!v4 && !cur_text(&c, STR("TCP6 ")))
        return bad("no such protocol");
    if (!address_take(&c, !v4, &h.from) || !address_take(&c, !v4, &h.to))
        return bad("no address");
    if (!cur_until(&c, ' ', &port) || !port_of(port, &h.from.port) || !port_of(c.rest, &h.to.port))
        return bad("no port");
    return h;
}

static struct proxy_header v1_read(struct str in)
{
    size_t lf = str_chr(str_sub(in, 0, PROXY_V1_MAX), '\n');
    if (lf == SIZE_MAX)
        return in.n < PROXY_V1_MAX ? (struct proxy_header){.kind = PROXY_MORE}
                                   : bad("the line is too long");
    if (lf <= v1_start.n || in.p[lf - 1] != '\r')
        return bad("the line must end with CRLF");
    struct str line = str_sub(in, v1_start.n, lf - 1 - v1_start.n);
    if (str_chr(line, '\r') != SIZE_MAX)
        return bad("the line must end with CRLF");
    return v1_line(line, lf + 1);
}

static bool be16(struct cur *c, uint16_t *out)
{
    struct str two;
    if (!cur_bytes(c, 2, &two))
        return false;
    *out = (uint16_t)((uint8_t)two.p[0] << 8 | (uint8_t)two.p[1]);
    return true;
}

static uint32_t be32(struct str four)
{
    uint32_t value = 0;
    for (size_t i = 0; i < 4; i++)
        value = value << 8 | (uint8_t)four.p[i];
    return value;
}

static uint32_t crc32c_add(uint32_t crc, uint8_t byte)
{
    crc ^= byte;
    for (unsigned bit = 0; bit < 8; bit++)
        crc = crc >> 1 ^ (0x82F63B78u & (0u - (crc & 1)));
    return crc;
}

/* Of the whole header, its own field counted as zeros. */
static uint32_t header_crc(struct str header, size_t field)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < header.n; i++)
        crc = crc32c_add(crc, i >= field && i < field + 4 ? 0 : (uint8_t)header.p[i]);
    return ~crc;
}

/* NULL when all fields hold; those that we have no use for are passed over. */
static const char *fields_check(struct str header, struct cur c)
{
    while (!cur_end(&c)) {
        char type;
        uint16_t length;
        struct str value;
        if (!cur_byte(&c, &type) || !be16(&c, &length) || !cur_bytes(&c, length, &value))
            return "a field is longer than the header";
        if (type != TLV_CRC32C)
            continue;
        size_t field = header.n - c.rest.n - length;
        if (length != 4 || be32(value) != header_crc(header, field))
            return "the checksum does not hold";
    }
    return NULL;
}

static bool end_take(struct cur *c, size_t n, struct proxy_end *out)
{
    struct str bytes;
    if (!cur_bytes(c, n, &bytes))
        return false;
    memcpy(out->at, bytes.p, n);
    out->v6 = n == 16;
    return true;
}

static bool ends_take(struct cur *c, size_t n, struct proxy_header *h)
{
    return end_take(c, n, &h->from) && end_take(c, n, &h->to) && be16(c, &h->from.port) &&
           be16(c, &h->to.port);
}

/* The addresses of a family (its high half) over a transport (its low half). */
static const char *family_take(struct cur *c, uint8_t family, struct proxy_header *h)
{
    struct str paths;
    if ((family & 15) > 2 || family >> 4 > 3)
        return "no such family";
    switch (family) {
    case 0x11:
    case 0x12:
        return ends_take(c, 4, h) ? NULL : "the addresses are cut short";
    case 0x21:
    case 0x22:
        return ends_take(c, 16, h) ? NULL : "the addresses are cut short";
    case 0x31:
    case 0x32:
        /* A path on another machine says nothing of a host: as if the proxy itself called. */
        h->kind = PROXY_LOCAL;
        return cur_bytes(c, UNIX_BYTES, &paths) ? NULL : "the paths are cut short";
    default:
        h->kind = PROXY_LOCAL; /* unspecified: the proxy knows no address */
        return family >> 4 ? "no such family" : NULL;
    }
}

static struct proxy_header v2_read(struct str in)
{
    if (in.n < V2_FIXED)
        return (struct proxy_header){.kind = PROXY_MORE};
    struct cur c = cur_of(str_from(in, V2_COMMAND));
    char command, family;
    uint16_t length;
    must(cur_byte(&c, &command) && cur_byte(&c, &family) && be16(&c, &length));
    struct proxy_header h = {.kind = PROXY_FROM, .n = (size_t)V2_FIXED + length};
    if (command != V2_LOCAL && command != V2_PROXY)
        return bad("no such version or command");
    if (h.n > PROXY_HEADER_MAX)
        return bad("the header is too long");
    if (in.n < h.n)
        return (struct proxy_header){.kind = PROXY_MORE};
    struct str header = str_sub(in, 0, h.n);
    c = cur_of(str_from(header, V2_FIXED));
    if (command == V2_LOCAL) {
        h.kind = PROXY_LOCAL; /* the rest is to be passed over, whatever it is */
        return h;
    }
    const char *why = family_take(&c, (uint8_t)family, &h);
    if (!why)
        why = fields_check(header, c);
    return why ? bad(why) : h;
}

struct proxy_header proxy_header_read(struct str in)
{
    if (in.n && may_become(in, v2_start))
        return in.n < v2_start.n ? (struct proxy_header){.kind = PROXY_MORE} : v2_read(in);
    if (!may_become(in, v1_start))
        return bad("this is no header");
    return in.n < v1_start.n ? (struct proxy_header){.kind = PROXY_MORE} : v1_read(in);
}
