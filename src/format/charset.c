#include "format/charset.h"
#include "base/arena.h"
#include "base/cur.h"
#include "format/utf8.h"
#include <unicode/ucnv.h>
#include <unicode/uset.h>

enum { NAME_MAX_BYTES = 60, TEXT_MAX = INT32_MAX / 8 };

/* What mail means by a name, where ICU does not know it or takes it too narrowly: the charset that
   mail programs decode such text with. */
static const struct {
    struct str name;
    const char *means;
} aliases[] = {
    {STR("gb2312"), "gb18030"},
    {STR("gb_2312-80"), "gb18030"},
    {STR("gbk"), "gb18030"},
    {STR("x-gbk"), "gb18030"},
    {STR("euc-cn"), "gb18030"},
    {STR("gb2312_charset"), "gb18030"},
    {STR("ks_c_5601-1987"), "cp949"},
    {STR("ks_c_5601"), "cp949"},
    {STR("euc-kr"), "cp949"},
    {STR("ksc5601"), "cp949"},
    {STR("shift_jis"), "windows-31j"},
    {STR("shift-jis"), "windows-31j"},
    {STR("x-sjis"), "windows-31j"},
    {STR("sjis"), "windows-31j"},
    {STR("big5"), "big5-hkscs"},
    {STR("x-big5"), "big5-hkscs"},
    {STR("cn-big5"), "big5-hkscs"},
    {STR("iso-8859-8-i"), "iso-8859-8"},
    {STR("iso-8859-8-e"), "iso-8859-8"},
    {STR("iso-8859-9"), "windows-1254"},
    {STR("latin5"), "windows-1254"},
    {STR("iso-8859-11"), "windows-874"},
    {STR("tis-620"), "windows-874"},
    {STR("unicode-1-1-utf-7"), "utf-7"},
    {STR("iso-8859-6-i"), "iso-8859-6"},
    {STR("x-mac-roman"), "macintosh"},
    {STR("x-user-defined"), NULL},
    {STR("unknown-8bit"), NULL},
};

/* 0x80 to 0x9f of windows-1252; the five holes are the C1 controls, as browsers have it. */
static const uint16_t windows_1252[32] = {
    0x20ac, 0x81,   0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x8d,   0x017d, 0x8f,   0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d,   0x017e, 0x0178};

static struct str from_windows_1252(struct arena *a, struct str in)
{
    struct buf out = buf_of(a, in.n * 3 + 1);
    for (size_t i = 0; i < in.n; i++) {
        unsigned c = (unsigned char)in.p[i];
        utf8_put(&out, c >= 0x80 && c < 0xa0 ? windows_1252[c - 0x80] : c);
    }
    return buf_str(&out);
}

static bool is_one_of(struct str name, const struct str *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_ieq(name, names[i]))
            return true;
    return false;
}

static bool is_utf8_name(struct str name)
{
    return str_ieq(name, STR("utf-8")) || str_ieq(name, STR("utf8"));
}

static bool is_ascii_name(struct str name)
{
    static const struct str names[] = {STR("us-ascii"), STR("ascii"), STR("ansi_x3.4-1968")};
    return is_one_of(name, names, sizeof names / sizeof *names);
}

/* What calls itself Latin-1 is read as windows-1252, as every mail program does. */
static bool is_latin1_name(struct str name)
{
    static const struct str names[] = {STR("iso-8859-1"), STR("windows-1252"), STR("latin1"),
                                       STR("iso8859-1"),  STR("cp1252"),       STR("iso_8859-1")};
    return is_one_of(name, names, sizeof names / sizeof *names);
}

/* ICU's converter for the name, or NULL. ICU caches the tables by itself: opening is cheap. wide:
   for reading, what mail means by it. */
static UConverter *converter_open(struct str name, bool wide)
{
    char z[NAME_MAX_BYTES + 1] = {0};
    const char *known = z;
    if (name.n == 0 || name.n > NAME_MAX_BYTES)
        return NULL;
    for (size_t i = 0; i < name.n; i++) {
        /* A comma starts options of ICU's own, which no message may set. */
        if (name.p[i] <= ' ' || name.p[i] > '~' || name.p[i] == ',')
            return NULL;
        z[i] = name.p[i];
    }
    for (size_t i = 0; wide && i < sizeof aliases / sizeof *aliases; i++)
        if (str_ieq(name, aliases[i].name))
            known = aliases[i].means;
    UErrorCode status = U_ZERO_ERROR;
    UConverter *found = known ? ucnv_open(known, &status) : NULL;
    return U_SUCCESS(status) ? found : NULL;
}

bool charset_known(struct str name)
{
    if (is_utf8_name(name) || is_ascii_name(name) || is_latin1_name(name))
        return true;
    UConverter *found = converter_open(name, true);
    ucnv_close(found);
    return found != NULL;
}

/* Runs both converters; false when ICU gives up (then out may hold a part). */
static bool run(struct arena *a, UConverter *from, UConverter *to, struct str in, struct str *out)
{
    UErrorCode status;
    UChar pivot[512], *pivot_source = pivot, *pivot_target = pivot;
    struct buf b = buf_of(a, SIZE_MAX / 2);
    const char *source = in.p, *end = in.p + in.n;
    bool first = true;
    do {
        char piece[2048], *target = piece;
        status = U_ZERO_ERROR;
        ucnv_convertEx(to, from, &target, piece + sizeof piece, &source, end, pivot, &pivot_source,
                       &pivot_target, pivot + sizeof pivot / sizeof *pivot, first, true, &status);
        buf_add(&b, str_of(piece, (size_t)(target - piece)));
        first = false;
    } while (status == U_BUFFER_OVERFLOW_ERROR);
    *out = buf_str(&b);
    return U_SUCCESS(status);
}

static bool convert(struct arena *a, UConverter *from, struct str in, struct str *out)
{
    UErrorCode status = U_ZERO_ERROR;
    UConverter *utf8 = ucnv_open("UTF-8", &status);
    bool good = U_SUCCESS(status) && run(a, from, utf8, in, out);
    ucnv_close(utf8);
    return good;
}

struct str charset_to_utf8(struct arena *a, struct str name, struct str in)
{
    struct str out = {0};
    name = str_trim(name);
    if (is_latin1_name(name))
        return utf8_is_ascii(in) ? in : from_windows_1252(a, in);
    if (is_utf8_name(name))
        return utf8_clean(a, in);
    if (!is_ascii_name(name) && in.n < TEXT_MAX) {
        UConverter *from = converter_open(name, true);
        bool done = from && in.n && convert(a, from, in, &out);
        ucnv_close(from);
        if (done)
            return utf8_clean(a, out);
    }
    return utf8_valid(in) ? in : from_windows_1252(a, in);
}

/* What has a place in the charset stays; false: something has none, and no replacement that has. */
static bool fit(struct arena *a, const USet *has, struct str text, const struct str *replacement,
                struct str *out)
{
    struct buf b = buf_of(a, SIZE_MAX / 2);
    struct cur c = cur_of(text);
    uint32_t one;
    while (utf8_next(&c, &one)) {
        if (uset_contains(has, (UChar32)one))
            utf8_put(&b, one);
        else if (replacement)
            buf_add(&b, *replacement);
        else
            return false;
    }
    *out = buf_str(&b);
    return cur_end(&c);
}

static bool encode(struct arena *a, UConverter *to, struct str text, const struct str *replacement,
                   struct str *out)
{
    UErrorCode status = U_ZERO_ERROR;
    UConverter *utf8 = ucnv_open("UTF-8", &status);
    USet *has = uset_openEmpty();
    struct str letter, all, spare;
    ucnv_getUnicodeSet(to, has, UCNV_ROUNDTRIP_SET, &status);
    bool good =
        U_SUCCESS(status) && run(a, utf8, to, STR("A"), &letter) && str_eq(letter, STR("A"));
    good = good && (!replacement || fit(a, has, *replacement, NULL, &spare));
    good = good && fit(a, has, text, replacement, &all) && run(a, utf8, to, all, out);
    uset_close(has);
    ucnv_close(utf8);
    return good;
}

bool charset_from_utf8(struct arena *a, struct str name, struct str text,
                       const struct str *replacement, struct str *out)
{
    name = str_trim(name);
    if (is_utf8_name(name)) {
        *out = text;
        return !replacement || utf8_valid(*replacement);
    }
    if (text.n >= TEXT_MAX)
        return false;
    UConverter *to = converter_open(name, false);
    bool good = to && encode(a, to, text, replacement, out);
    ucnv_close(to);
    return good;
}

struct str charset_names(void)
{
    return STR("UTF-8 US-ASCII ISO-8859-1 ISO-8859-2 ISO-8859-5 ISO-8859-7 ISO-8859-15 UTF-16 UTF-7"
               " WINDOWS-1250 WINDOWS-1251 WINDOWS-1252 KOI8-R KOI8-U BIG5 EUC-JP EUC-KR GB18030"
               " GBK ISO-2022-JP SHIFT_JIS TIS-620");
}
