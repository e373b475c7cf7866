#include "format/collation/collation.h"
#include "format/utf8.h"

static const struct str names[COLLATION_COUNT] = {
    [COLLATION_UNICODE_CASEMAP] = STR("i;unicode-casemap"),
    [COLLATION_ASCII_CASEMAP] = STR("i;ascii-casemap"),
    [COLLATION_OCTET] = STR("i;octet"),
};

struct str collation_name(enum collation collation)
{
    return names[collation];
}

/* At worst the product of the lengths, of which one is short. */
static bool fits(struct str pattern, struct str name)
{
    size_t star = SIZE_MAX, back = 0, p = 0, n = 0;
    while (n < name.n) {
        if (p < pattern.n && pattern.p[p] == '*') {
            star = p++;
            back = n;
        } else if (p < pattern.n && ascii_lower(pattern.p[p]) == ascii_lower(name.p[n])) {
            p++;
            n++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            n = ++back;
        } else {
            return false;
        }
    }
    while (p < pattern.n && pattern.p[p] == '*')
        p++;
    return p == pattern.n;
}

bool collation_is(enum collation collation, struct str wanted)
{
    return fits(wanted, names[collation]);
}

struct str collation_key(struct arena *a, enum collation collation, struct str s)
{
    switch (collation) {
    case COLLATION_ASCII_CASEMAP:
        return str_upper(a, s);
    case COLLATION_UNICODE_CASEMAP:
        return utf8_casemap(a, s);
    case COLLATION_OCTET:
    case COLLATION_COUNT:
        break;
    }
    return s;
}

bool collation_has(struct arena *a, enum collation collation, struct str text, struct str needle)
{
    switch (collation) {
    case COLLATION_ASCII_CASEMAP:
        return str_ifind(text, needle) != SIZE_MAX;
    case COLLATION_UNICODE_CASEMAP:
        return str_find(utf8_search(a, text), utf8_search(a, needle)) != SIZE_MAX;
    case COLLATION_OCTET:
    case COLLATION_COUNT:
        break;
    }
    return str_find(text, needle) != SIZE_MAX;
}
