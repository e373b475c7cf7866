#include "base/str.h"
#include "base/arena.h"
#include <stdarg.h>

struct str str_z(const char *z)
{
    return (struct str){z, z ? strlen(z) : 0};
}

struct str str_of(const void *p, size_t n)
{
    return (struct str){p, n};
}

bool str_eq(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static int compare_lengths(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

int str_cmp(struct str a, struct str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n ? memcmp(a.p, b.p, n) : 0;
    return order ? order : compare_lengths(a.n, b.n);
}

int str_icmp(struct str a, struct str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    for (size_t i = 0; i < n; i++) {
        int order = (unsigned char)ascii_lower(a.p[i]) - (unsigned char)ascii_lower(b.p[i]);
        if (order)
            return order;
    }
    return compare_lengths(a.n, b.n);
}

bool str_ieq(struct str a, struct str b)
{
    return a.n == b.n && str_icmp(a, b) == 0;
}

bool str_starts(struct str s, struct str prefix)
{
    return s.n >= prefix.n && str_eq(str_sub(s, 0, prefix.n), prefix);
}

bool str_istarts(struct str s, struct str prefix)
{
    return s.n >= prefix.n && str_ieq(str_sub(s, 0, prefix.n), prefix);
}

bool str_ends(struct str s, struct str suffix)
{
    return s.n >= suffix.n && str_eq(str_from(s, s.n - suffix.n), suffix);
}

struct str str_sub(struct str s, size_t off, size_t n)
{
    s = str_from(s, off);
    if (n < s.n)
        s.n = n;
    return s;
}

struct str str_from(struct str s, size_t off)
{
    if (off >= s.n)
        return (struct str){0};
    return (struct str){s.p + off, s.n - off};
}

struct str str_trim(struct str s)
{
    while (s.n && ascii_is_space(s.p[0]))
        s = str_from(s, 1);
    while (s.n && ascii_is_space(s.p[s.n - 1]))
        s.n--;
    return s;
}

size_t str_chr(struct str s, char c)
{
    const char *hit = s.n ? memchr(s.p, c, s.n) : NULL;
    return hit ? (size_t)(hit - s.p) : SIZE_MAX;
}

size_t str_rchr(struct str s, char c)
{
    const char *hit = s.n ? memrchr(s.p, c, s.n) : NULL;
    return hit ? (size_t)(hit - s.p) : SIZE_MAX;
}

size_t str_find(struct str s, struct str word)
{
    if (word.n == 0)
        return 0;
    const char *hit = s.n ? memmem(s.p, s.n, word.p, word.n) : NULL;
    return hit ? (size_t)(hit - s.p) : SIZE_MAX;
}

/* Knuth, Morris, Pratt: each byte of s is looked at twice at most, whatever it and word hold. */
static size_t ifind_linear(struct str s, struct str word)
{
    size_t *back = calloc(word.n, sizeof *back); /* how much of word's start ends here again */
    must(back);
    for (size_t i = 1, n = 0; i < word.n; i++) {
        while (n && ascii_lower(word.p[i]) != ascii_lower(word.p[n]))
            n = back[n - 1];
        n += ascii_lower(word.p[i]) == ascii_lower(word.p[n]);
        back[i] = n;
    }
    size_t have = 0, at = 0;
    for (; at < s.n && have < word.n; at++) {
        while (have && ascii_lower(s.p[at]) != ascii_lower(word.p[have]))
            have = back[have - 1];
        have += ascii_lower(s.p[at]) == ascii_lower(word.p[have]);
    }
    free(back);
    return have == word.n ? at - word.n : SIZE_MAX;
}

static size_t common_start(const char *p, struct str word)
{
    size_t n = 0;
    while (n < word.n && ascii_lower(p[n]) == ascii_lower(word.p[n]))
        n++;
    return n;
}

size_t str_ifind(struct str s, struct str word)
{
    if (word.n == 0)
        return 0;
    char lower = ascii_lower(word.p[0]), upper = ascii_upper(word.p[0]);
    size_t tries = s.n + 1024; /* compared in vain; who made more than that fail made them to */
    for (size_t at = 0; at + word.n <= s.n; at++) { /* most places fail at their first letter */
        if (s.p[at] != lower && s.p[at] != upper)
            continue;
        size_t n = common_start(s.p + at, word);
        if (n == word.n)
            return at;
        if (n > tries) {
            size_t rest = ifind_linear(str_from(s, at), word);
            return rest == SIZE_MAX ? SIZE_MAX : at + rest;
        }
        tries -= n;
    }
    return SIZE_MAX;
}

bool str_u64(struct str s, uint64_t *out)
{
    uint64_t value = 0;
    if (s.n == 0)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (!ascii_is_digit(s.p[i]))
            return false;
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(s.p[i] - '0'), &value))
            return false;
    }
    *out = value;
    return true;
}

struct str str_dup(struct arena *a, struct str s)
{
    char *copy = arena_alloc(a, s.n + 1);
    if (s.n)
        memcpy(copy, s.p, s.n);
    copy[s.n] = 0;
    return (struct str){copy, s.n};
}

const char *str_zdup(struct arena *a, struct str s)
{
    return str_dup(a, s).p;
}

struct str str_lower(struct arena *a, struct str s)
{
    char *copy = arena_alloc(a, s.n + 1);
    for (size_t i = 0; i < s.n; i++)
        copy[i] = ascii_lower(s.p[i]);
    copy[s.n] = 0;
    return (struct str){copy, s.n};
}

struct str str_upper(struct arena *a, struct str s)
{
    char *copy = arena_alloc(a, s.n + 1);
    for (size_t i = 0; i < s.n; i++)
        copy[i] = ascii_upper(s.p[i]);
    copy[s.n] = 0;
    return (struct str){copy, s.n};
}

struct str str_join(struct arena *a, const struct str *parts, size_t count)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        n += parts[i].n;
    char *all = arena_alloc(a, n + 1);
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].n)
            memcpy(all + at, parts[i].p, parts[i].n);
        at += parts[i].n;
    }
    all[n] = 0;
    return (struct str){all, n};
}

struct str str_printf(struct arena *a, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    must(n >= 0);
    char *text = arena_alloc(a, (size_t)n + 1);
    va_start(args, format);
    vsnprintf(text, (size_t)n + 1, format, args);
    va_end(args);
    return (struct str){text, (size_t)n};
}

char ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

char ascii_upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
}

bool ascii_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool ascii_is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool ascii_is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}
