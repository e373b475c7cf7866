/* The parts of utf8.h that need Unicode's tables: ICU's normalizers, wrapped here. */
#include "base/arena.h"
#include "format/utf8.h"
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/uscript.h>
#include <unicode/ustring.h>

/* ICU counts in int32_t; text that long is left as it is. */
enum { TEXT_MAX = INT32_MAX / 8 };

/* Applies the normalizer; s itself if ICU finds nothing to do or fails. */
static struct str normalized(struct arena *a, const UNormalizer2 *how, struct str s)
{
    UErrorCode status = U_ZERO_ERROR;
    int32_t n = 0;
    if (!how || s.n > TEXT_MAX)
        return s;
    UChar *wide = arena_array(a, s.n + 1, sizeof *wide);
    u_strFromUTF8(wide, (int32_t)s.n + 1, &n, s.p, (int32_t)s.n, &status);
    if (U_FAILURE(status) || unorm2_isNormalized(how, wide, n, &status))
        return s;
    status = U_ZERO_ERROR;
    int32_t need = unorm2_normalize(how, wide, n, NULL, 0, &status);
    if (status != U_BUFFER_OVERFLOW_ERROR || need > TEXT_MAX)
        return s;
    status = U_ZERO_ERROR;
    UChar *formed = arena_array(a, (size_t)need + 1, sizeof *formed);
    unorm2_normalize(how, wide, n, formed, need + 1, &status);
    size_t room = (size_t)need * 3 + 1;
    char *out = arena_alloc(a, room);
    u_strToUTF8(out, (int32_t)room, &n, formed, need, &status);
    return U_FAILURE(status) ? s : str_of(out, (size_t)n);
}

struct str utf8_fold(struct arena *a, struct str s)
{
    if (!utf8_is_ascii(s)) {
        UErrorCode status = U_ZERO_ERROR;
        return normalized(a, unorm2_getNFKCCasefoldInstance(&status), s);
    }
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] >= 'A' && s.p[i] <= 'Z')
            return str_lower(a, s);
    return s;
}

/* The simple mapping, character by character, as UnicodeData has it. */
static struct str titled(struct arena *a, struct str s)
{
    struct cur c = cur_of(s);
    struct buf out = buf_of(a, s.n * 3 + 3); /* at worst a character of one byte becomes three */
    uint32_t point;
    while (utf8_next(&c, &point))
        utf8_put(&out, (uint32_t)u_totitle((UChar32)point));
    return buf_str(&out);
}

struct str utf8_casemap(struct arena *a, struct str s)
{
    if (!utf8_is_ascii(s)) {
        UErrorCode status = U_ZERO_ERROR;
        return normalized(a, unorm2_getNFKDInstance(&status), titled(a, s));
    }
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] >= 'a' && s.p[i] <= 'z')
            return str_upper(a, s);
    return s;
}

struct str utf8_search(struct arena *a, struct str s)
{
    UErrorCode status = U_ZERO_ERROR;
    if (utf8_is_ascii(s))
        return utf8_fold(a, s);
    struct str folded = normalized(a, unorm2_getNFKCCasefoldInstance(&status), titled(a, s));
    return normalized(a, unorm2_getNFKDInstance(&status), folded);
}

struct str utf8_nfc(struct arena *a, struct str s)
{
    UErrorCode status = U_ZERO_ERROR;
    return utf8_is_ascii(s) ? s : normalized(a, unorm2_getNFCInstance(&status), s);
}

enum utf8_kind utf8_kind(uint32_t c)
{
    static const UScriptCode dense[] = {USCRIPT_HAN,    USCRIPT_HIRAGANA, USCRIPT_KATAKANA,
                                        USCRIPT_THAI,   USCRIPT_LAO,      USCRIPT_KHMER,
                                        USCRIPT_MYANMAR};
    UErrorCode status = U_ZERO_ERROR;
    if (c == 0x3099 || c == 0x309a) /* marks of kana, which belong to no script */
        return UTF8_DENSE;
    if (!(U_MASK(u_charType((UChar32)c)) & (U_GC_L_MASK | U_GC_M_MASK | U_GC_N_MASK)))
        return UTF8_GAP;
    UScriptCode script = c < 0xe00 ? USCRIPT_COMMON : uscript_getScript((UChar32)c, &status);
    for (size_t i = 0; i < sizeof dense / sizeof dense[0]; i++)
        if (script == dense[i])
            return UTF8_DENSE;
    return UTF8_WORD;
}
