/* Names of files in an archive: whoever sent them chose every byte. */
#include "base/arena.h"
#include "base/cur.h"
#include "format/utf8.h"
#include "format/zip/zip.h"

enum { ENDING_MAX = 16 };

/* Names that are devices where people unpack, whatever ending they have. */
static const struct str devices[] = {STR("con"), STR("prn"), STR("aux"), STR("nul")};
static const struct str numbered[] = {STR("com"), STR("lpt")};

static bool is_device(struct arena *a, struct str name)
{
    size_t dot = str_chr(name, '.');
    struct str stem = str_lower(a, str_trim(str_sub(name, 0, dot == SIZE_MAX ? name.n : dot)));
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++)
        if (str_eq(stem, devices[i]))
            return true;
    for (size_t i = 0; i < sizeof numbered / sizeof *numbered; i++)
        if (stem.n == numbered[i].n + 1 && str_starts(stem, numbered[i]) &&
            ascii_is_digit(stem.p[stem.n - 1]))
            return true;
    return false;
}

/* Controls, and what turns a line of text around or is not seen in it. */
static bool is_trick(uint32_t c)
{
    return c < ' ' || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c ||
           (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

static bool is_forbidden(uint32_t c)
{
    return c < 0x80 && str_chr(STR("\\/:*?\"<>|"), (char)c) != SIZE_MAX;
}

static struct str last_step(struct str path)
{
    size_t slash = str_rchr(path, '/'), back = str_rchr(path, '\\');
    if (slash != SIZE_MAX && (back == SIZE_MAX || slash > back))
        return str_from(path, slash + 1);
    return back == SIZE_MAX ? path : str_from(path, back + 1);
}

static struct str trimmed(struct str s)
{
    while (s.n && (s.p[0] == '.' || s.p[0] == ' '))
        s = str_from(s, 1);
    while (s.n && (s.p[s.n - 1] == '.' || s.p[s.n - 1] == ' '))
        s = str_sub(s, 0, s.n - 1);
    return s;
}

static struct str shortened(struct arena *a, struct str name)
{
    size_t dot = str_rchr(name, '.');
    struct str end =
        dot == SIZE_MAX || name.n - dot > ENDING_MAX ? (struct str){0} : str_from(name, dot);
    if (name.n <= ZIP_NAME_MAX)
        return name;
    struct str stem = trimmed(utf8_cut(str_sub(name, 0, name.n - end.n), ZIP_NAME_MAX - end.n));
    return str_printf(a, "%.*s%.*s", STR_ARG(stem), STR_ARG(end));
}

struct str zip_name(struct arena *a, struct str name)
{
    struct str step = last_step(utf8_clean(a, name));
    struct buf b = buf_of(a, step.n + 1);
    struct cur c = cur_of(step);
    uint32_t letter;
    while (utf8_next(&c, &letter))
        if (is_forbidden(letter))
            buf_byte(&b, '_');
        else if (!is_trick(letter))
            utf8_put(&b, letter);
    struct str plain = shortened(a, trimmed(buf_str(&b)));
    if (!plain.n)
        return STR("file");
    return is_device(a, plain) ? str_printf(a, "_%.*s", STR_ARG(plain)) : plain;
}
