/* SASLprep by ICU's profile of RFC 4013. */
#include "base/arena.h"
#include "core/credential.h"
#include "core/credential/kdf.h"
#include <unicode/usprep.h>
#include <unicode/ustring.h>

/* Prepared text may be longer: compatibility forms unfold to up to 18 characters. */
enum { UTF16_MAX = PASSWORD_MAX * 18, UTF8_MAX = UTF16_MAX * 3 };

static bool is_plain(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < ' ' || s.p[i] == 0x7f)
            return false;
    return true;
}

/* The length of the prepared UTF-16 in out, or -1. */
static int32_t profile(const UChar *in, int32_t n, bool stored, UChar *out)
{
    UErrorCode status = U_ZERO_ERROR;
    UStringPrepProfile *p = usprep_openByType(USPREP_RFC4013_SASLPREP, &status);
    if (U_FAILURE(status))
        return -1;
    int32_t made = usprep_prepare(p, in, n, out, UTF16_MAX,
                                  stored ? USPREP_DEFAULT : USPREP_ALLOW_UNASSIGNED, NULL, &status);
    usprep_close(p);
    return U_FAILURE(status) ? -1 : made;
}

enum code kdf_prepare(struct ctx *cx, struct str password, bool stored, struct str *out)
{
    UErrorCode status = U_ZERO_ERROR;
    int32_t n = 0, utf8_n = 0;
    if (is_plain(password)) {
        *out = password;
        return OK;
    }
    if (password.n > PASSWORD_MAX)
        return fail(cx, E_LIMIT, "credential: password over %d bytes", PASSWORD_MAX);
    UChar *wide = ARENA_ARRAY(cx->arena, PASSWORD_MAX, UChar);
    UChar *prepared = ARENA_ARRAY(cx->arena, UTF16_MAX, UChar);
    char *text = arena_alloc(cx->arena, UTF8_MAX);
    u_strFromUTF8(wide, PASSWORD_MAX, &n, password.p, (int32_t)password.n, &status);
    if (U_FAILURE(status) || (n = profile(wide, n, stored, prepared)) <= 0)
        return fail(cx, E_SYNTAX, "credential: characters that SASLprep does not take");
    u_strToUTF8(text, UTF8_MAX, &utf8_n, prepared, n, &status);
    if (U_FAILURE(status))
        return fail(cx, E_SYNTAX, "credential: not a text");
    *out = str_of(text, (size_t)utf8_n);
    return OK;
}
