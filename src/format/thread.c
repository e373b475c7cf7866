#include "format/thread.h"
#include "base/buf.h"
#include "base/cur.h"

/* All runs of blanks become one space; s itself if there is nothing to do. */
static struct str squeezed(struct arena *a, struct str s)
{
    s = str_trim(s);
    bool plain = str_find(s, STR("  ")) == SIZE_MAX && str_chr(s, '\t') == SIZE_MAX;
    if (plain)
        return s;
    char *out = arena_alloc(a, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        bool blank = ascii_is_space(s.p[i]);
        if (blank && n && out[n - 1] == ' ')
            continue;
        out[n++] = blank ? ' ' : s.p[i];
    }
    return str_of(out, n);
}

/* subj-trailer: "(fwd)" and blanks, taken off the end. */
static bool drop_trailer(struct str *s)
{
    struct str t = str_trim(*s);
    if (t.n < 5 || !str_ieq(str_from(t, t.n - 5), STR("(fwd)")))
        return false;
    t.n -= 5;
    *s = str_trim(t);
    return true;
}

/* subj-blob: "[…]" without brackets inside, and the blanks behind it. */
static bool take_blob(struct cur *c)
{
    struct cur at = *c;
    if (!cur_char(&at, '['))
        return false;
    struct str inside = str_sub(at.rest, 0, str_chr(at.rest, '['));
    size_t end = str_chr(inside, ']');
    if (end == SIZE_MAX)
        return false;
    at.rest = str_from(at.rest, end + 1);
    cur_blanks(&at);
    *c = at;
    return true;
}

/* subj-leader: *subj-blob subj-refwd, "Re: ", "Fwd [list]: ". */
static bool drop_leader(struct str *s)
{
    struct cur c = cur_of(*s);
    while (take_blob(&c))
        ;
    if (!cur_word(&c, STR("re")) && !cur_word(&c, STR("fwd")) && !cur_word(&c, STR("fw")))
        return false;
    cur_blanks(&c);
    take_blob(&c);
    if (!cur_char(&c, ':'))
        return false;
    *s = str_trim(c.rest);
    return true;
}

/* All blobs in front (no leader follows them), save the last if nothing but it is there. */
static bool drop_blobs(struct str *s)
{
    struct cur c = cur_of(*s), last = c;
    struct cur before = c;
    while (take_blob(&c)) {
        last = before;
        before = c;
    }
    struct str rest = str_trim(c.rest).n ? str_trim(c.rest) : last.rest;
    bool dropped = rest.n < s->n;
    *s = rest;
    return dropped;
}

/* "[fwd: …]" around it all. */
static bool unwrap(struct str *s)
{
    if (!str_istarts(*s, STR("[fwd:")) || !str_ends(*s, STR("]")))
        return false;
    *s = str_trim(str_sub(*s, 5, s->n - 6));
    return true;
}

struct str thread_base_subject(struct arena *a, struct str subject, bool *reply)
{
    struct str s = squeezed(a, subject);
    bool is_reply = false, again = true;
    while (again) {
        while (drop_trailer(&s))
            is_reply = true;
        bool leader;
        while ((leader = drop_leader(&s)) || drop_blobs(&s))
            is_reply |= leader;
        again = unwrap(&s);
        is_reply |= again;
    }
    if (reply)
        *reply = is_reply;
    return s;
}

/* One round of multiply and fold over the halves of a 128-bit product. */
static uint64_t mix(uint64_t a, uint64_t b)
{
    __uint128_t product = (__uint128_t)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

uint64_t thread_key(struct str id)
{
    uint64_t key = 0x9e3779b97f4a7c15 ^ id.n;
    for (size_t i = 0; i < id.n;) {
        uint64_t word = 0;
        for (unsigned k = 0; k < 8 && i < id.n; k++, i++)
            word |= (uint64_t)(unsigned char)id.p[i] << (8 * k);
        key = mix(key ^ word, 0xd6e8feb86659fd93);
    }
    key = mix(key, 0xa0761d6478bd642f);
    return key ? key : 1;
}
