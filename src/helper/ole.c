/* Word, Excel and PowerPoint files of 97 to 2003: the runs of letters in them, as one byte a letter
   (windows-1252) or two (UTF-16), wherever they stand. Enough to find a document by its words;
   nothing is followed, so nothing can lead astray. */
#include "base/cur.h"
#include "format/charset.h"
#include "format/utf8.h"
#include "helper/readers.h"

enum { RUN_MIN = 4 };

/* Bytes that text in windows-1252 is made of. */
static bool is_text(unsigned char c)
{
    return (c >= ' ' && c < 0x7f) || c == '\t' || c == '\r' || c == '\n' || c >= 0xc0 ||
           c == 0x91 || c == 0x92 || c == 0x93 || c == 0x94 || c == 0x96 || c == 0x97;
}

static unsigned char byte_at(struct str s, size_t i)
{
    return (unsigned char)s.p[i];
}

/* A UTF-16 unit of letters that are in use: all but controls, surrogates and private ones. */
static bool is_unit(uint32_t c)
{
    return c < 0x100 ? is_text((unsigned char)c)
                     : utf8_kind(c) != UTF8_GAP || (c >= 0x2010 && c < 0x2030);
}

static size_t run_of_bytes(struct str s, size_t at)
{
    size_t n = 0;
    while (at + n < s.n && is_text(byte_at(s, at + n)))
        n++;
    return n;
}

static uint32_t unit_at(struct str s, size_t i)
{
    return (uint32_t)byte_at(s, i) | (uint32_t)byte_at(s, i + 1) << 8;
}

/* Units, most of which are Latin: of others any bytes could be made. */
static size_t run_of_units(struct str s, size_t at)
{
    size_t n = 0, latin = 0;
    while (at + 2 * n + 1 < s.n && is_unit(unit_at(s, at + 2 * n)))
        latin += unit_at(s, at + 2 * n++) < 0x600;
    return latin * 2 > n ? n : 0;
}

static void put_units(struct str s, size_t at, size_t n, struct buf *out)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t c = unit_at(s, at + 2 * i);
        utf8_put(out, c == '\r' ? '\n' : c);
    }
    buf_byte(out, '\n');
}

static void put_bytes(struct str run, struct buf *out)
{
    struct arena *a AUTO(arena_close) = arena_open();
    buf_add(out, charset_to_utf8(a, STR("windows-1252"), run));
    buf_byte(out, '\n');
}

bool reader_ole(struct str document, struct buf *out)
{
    static const char magic[] = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
    if (!str_starts(document, str_of(magic, sizeof magic - 1)))
        return false;
    for (size_t at = 0; at < document.n && !out->overflow;) {
        size_t bytes = run_of_bytes(document, at);
        size_t units = bytes >= RUN_MIN ? 0 : run_of_units(document, at);
        if (bytes >= RUN_MIN)
            put_bytes(str_sub(document, at, bytes), out);
        else if (units >= RUN_MIN)
            put_units(document, at, units, out);
        at += bytes >= RUN_MIN ? bytes : units >= RUN_MIN ? 2 * units : 1;
    }
    return true;
}
