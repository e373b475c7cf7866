#include "format/domain.h"
#include "base/arena.h"
#include "format/utf8.h"
#include <idn2.h>

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

bool domain_is_below(struct str name, struct str domain)
{
    return str_ieq(name, domain) || (name.n > domain.n && name.p[name.n - domain.n - 1] == '.' &&
                                     str_ieq(str_from(name, name.n - domain.n), domain));
}

/* libidn2 gives out memory of its own. */
static enum code converted(struct ctx *cx, int result, char *made, struct str *out)
{
    if (result == IDN2_OK)
        *out = str_dup(cx->arena, str_z(made));
    idn2_free(made);
    return result == IDN2_OK ? OK : fail(cx, E_SYNTAX, "domain: %s", idn2_strerror_name(result));
}

enum code domain_to_ascii(struct ctx *cx, struct str domain, struct str *out)
{
    if (!domain_valid(domain))
        return fail(cx, E_SYNTAX, "domain: not a domain name");
    if (utf8_is_ascii(domain)) {
        *out = str_lower(cx->arena, domain);
        return OK;
    }
    char *made = NULL;
    struct str folded = utf8_nfc(cx->arena, domain);
    int result =
        idn2_to_ascii_8z(str_zdup(cx->arena, folded), &made,
                         IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL | IDN2_USE_STD3_ASCII_RULES);
    struct str ascii;
    TRY(converted(cx, result, made, &ascii));
    if (!domain_valid(ascii))
        return fail(cx, E_SYNTAX, "domain: too long as ASCII");
    *out = str_lower(cx->arena, ascii);
    return OK;
}

enum code domain_to_unicode(struct ctx *cx, struct str domain, struct str *out)
{
    char *made = NULL;
    struct str ascii;
    TRY(domain_to_ascii(cx, domain, &ascii));
    int result = idn2_to_unicode_8z8z(str_zdup(cx->arena, ascii), &made, IDN2_NONTRANSITIONAL);
    return converted(cx, result, made, out);
}
