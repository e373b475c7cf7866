/* Mailbox of RFC 5321 section 4.1.2, strictly, with the UTF-8 of RFC 6531. */
#include "base/cur.h"
#include "format/address.h"
#include "format/domain.h"
#include "format/hex.h"
#include "format/utf8.h"

enum { LOCAL_MAX = 64, PATH_MAX_BYTES = 254, GROUPS = 8 };

static bool is_atext(char c)
{
    return ascii_is_alpha(c) || ascii_is_digit(c) || (unsigned char)c >= 0x80 ||
           (c && memchr("!#$%&'*+-/=?^_`{|}~", c, 19));
}

static bool is_dot_string(struct str s)
{
    bool after_dot = true;
    for (size_t i = 0; i < s.n; i++) {
        bool dot = s.p[i] == '.';
        if (dot ? after_dot : !is_atext(s.p[i]))
            return false;
        after_dot = dot;
    }
    return !after_dot;
}

/* Between the quotes: printable ASCII, UTF-8, or a backslash and a printable character. */
static bool is_quoted_content(struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        bool escaped = s.p[i] == '\\';
        if (escaped && ++i == s.n)
            return false;
        unsigned char c = (unsigned char)s.p[i];
        if (c < ' ' || c == 0x7f || (escaped ? c >= 0x80 : c == '"'))
            return false;
    }
    return true;
}

static bool local_valid(struct str s)
{
    if (s.n == 0 || s.n > LOCAL_MAX)
        return false;
    if (s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"')
        return is_quoted_content(str_sub(s, 1, s.n - 2));
    return is_dot_string(s);
}

static bool is_ipv4(struct str s)
{
    struct cur c = cur_of(s);
    for (int i = 0; i < 4; i++) {
        struct str digits = cur_while(&c, ascii_is_digit);
        uint64_t value;
        if (digits.n > 3 || !str_u64(digits, &value) || value > 255)
            return false;
        if (i < 3 && !cur_char(&c, '.'))
            return false;
    }
    return cur_end(&c);
}

static bool is_hex(char c)
{
    return hex_digit(c) >= 0;
}

/* IPv6-addr of RFC 5321 section 4.1.3. "::" stands for at least two groups there. */
static bool is_ipv6(struct str s)
{
    struct cur c = cur_of(s);
    int groups = 0;
    bool gap = cur_text(&c, STR("::"));
    while (!cur_end(&c)) {
        struct cur before = c;
        struct str digits = cur_while(&c, is_hex);
        if (cur_peek(&c) == '.') {
            groups += 2;
            return is_ipv4(before.rest) && (gap ? groups <= GROUPS - 2 : groups == GROUPS);
        }
        if (digits.n == 0 || digits.n > 4)
            return false;
        groups++;
        if (cur_end(&c))
            break;
        if (cur_text(&c, STR("::"))) {
            if (gap)
                return false;
            gap = true;
        } else if (!cur_char(&c, ':') || cur_end(&c)) {
            return false;
        }
    }
    return gap ? groups <= GROUPS - 2 : groups == GROUPS;
}

/* Of the kinds that IANA might register (RFC 5321 section 4.1.3) there is only IPv6. */
static bool literal_valid(struct str s)
{
    if (s.n < 3 || s.p[s.n - 1] != ']')
        return false;
    s = str_sub(s, 1, s.n - 2);
    if (str_istarts(s, STR("IPv6:")))
        return is_ipv6(str_from(s, 5));
    return is_ipv4(s);
}

bool address_split(struct str addr, struct str *local, struct str *domain)
{
    size_t at = str_rchr(addr, '@');
    if (at == SIZE_MAX)
        return false;
    /* An "@" inside quotes: the address ends with the quote, so it has no domain. */
    if (addr.p[0] == '"' && addr.p[addr.n - 1] == '"' && addr.n > 1)
        return false;
    *local = str_sub(addr, 0, at);
    *domain = str_from(addr, at + 1);
    return true;
}

bool address_valid(struct str addr)
{
    struct str local, domain;
    if (addr.n > PATH_MAX_BYTES || !address_split(addr, &local, &domain) || !utf8_valid(addr))
        return false;
    if (!local_valid(local) || domain.n == 0)
        return false;
    return domain.p[0] == '[' ? literal_valid(domain) : domain_valid(domain);
}
