/* The parts of domain.h that need IDNA's tables: libidn2, wrapped here. */
#include "base/arena.h"
#include "format/domain.h"
#include "format/utf8.h"
#include <idn2.h>

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
