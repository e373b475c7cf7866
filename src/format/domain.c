#include "format/domain.h"
#include "format/utf8.h"

enum { LABEL_MAX = 63, DOMAIN_MAX = 255 };

static bool is_letter(char c)
{
    return ascii_is_alpha(c) || ascii_is_digit(c) || (unsigned char)c >= 0x80;
}

static bool label_valid(struct str label)
{
    if (label.n == 0 || label.n > LABEL_MAX)
        return false;
    for (size_t i = 0; i < label.n; i++)
        if (!is_letter(label.p[i]) && label.p[i] != '-')
            return false;
    return label.p[0] != '-' && label.p[label.n - 1] != '-';
}

bool domain_valid(struct str domain)
{
    if (domain.n == 0 || domain.n > DOMAIN_MAX || !utf8_valid(domain))
        return false;
    for (size_t dot; (dot = str_chr(domain, '.')) != SIZE_MAX; domain = str_from(domain, dot + 1))
        if (!label_valid(str_sub(domain, 0, dot)))
            return false;
    return label_valid(domain);
}
