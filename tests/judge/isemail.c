/* address_valid() against the expectations of the isemail corpus (arguments: its XML files). Valid
   there and for RFC 5321: the categories VALID, DNSWARN (well formed) and RFC5321 (unusual, but of
   its grammar). The others are folding, obsolete or only RFC 5322. */
#include "base/arena.h"
#include "base/cur.h"
#include "base/err.h"
#include "format/address.h"
#include "format/utf8.h"

/* Addresses on which we differ, and why. */
static const struct {
    const char *diagnosis, *why;
} differs[] = {
    {"ISEMAIL_RFC5321_IPV6DEPRECATED", "\"::\" for one group only: RFC 5321 says two or more"},
    {"ISEMAIL_RFC5321_TLD", "a domain of one label"},
    {"ISEMAIL_RFC5321_TLDNUMERIC", "a last label of digits is of the grammar"},
};

struct row {
    struct str address, category, diagnosis;
};

static bool take(struct cur *c, struct str open, struct str *out)
{
    size_t at = str_find(c->rest, open);
    if (at == SIZE_MAX)
        return false;
    c->rest = str_from(c->rest, at + open.n);
    return cur_until(c, '<', out);
}

/* XML's entities, and U+2400+n for the control character n. */
static struct str plain(struct arena *a, struct str s)
{
    static const struct {
        struct str name;
        char c;
    } names[] = {{STR("amp;"), '&'}, {STR("lt;"), '<'}, {STR("gt;"), '>'}, {STR("quot;"), '"'}};
    struct buf out = buf_of(a, s.n * 4 + 4);
    struct cur c = cur_of(s);
    uint32_t x;
    while (utf8_next(&c, &x)) {
        bool named = false;
        for (size_t i = 0; x == '&' && i < 4 && !named; i++)
            if ((named = cur_text(&c, names[i].name)))
                buf_byte(&out, names[i].c);
        if (x == '&' && cur_text(&c, STR("#x"))) {
            struct str digits;
            if (cur_until(&c, ';', &digits))
                x = (uint32_t)strtoul(str_zdup(a, digits), NULL, 16);
        }
        if (!named)
            utf8_put(&out, x >= 0x2400 && x < 0x2420 ? x - 0x2400 : x);
    }
    return buf_str(&out);
}

static bool is_explained(struct str diagnosis)
{
    for (size_t i = 0; i < sizeof differs / sizeof *differs; i++)
        if (str_eq(diagnosis, str_z(differs[i].diagnosis)))
            return true;
    return false;
}

struct judge {
    size_t rows, same, failures;
};

static void judge_file(struct judge *j, const char *path)
{
    struct arena *a AUTO(arena_close) = arena_open();
    FILE *f = fopen(path, "rb");
    must(f);
    char *bytes = arena_alloc(a, 1 << 20);
    struct cur c = cur_of(str_of(bytes, fread(bytes, 1, 1 << 20, f)));
    (void)fclose(f);
    struct row r;
    while (take(&c, STR("<address>"), &r.address) && take(&c, STR("<category>"), &r.category) &&
           take(&c, STR("<diagnosis>"), &r.diagnosis)) {
        bool wanted = str_eq(r.category, STR("ISEMAIL_VALID_CATEGORY")) ||
                      str_eq(r.category, STR("ISEMAIL_DNSWARN")) ||
                      str_eq(r.category, STR("ISEMAIL_RFC5321"));
        struct str address = plain(a, r.address);
        j->rows++;
        if (address_valid(address) == wanted) {
            j->same++;
        } else if (!is_explained(r.diagnosis)) {
            j->failures++;
            printf("%.*s: %.*s, we say %s\n", STR_ARG(address), STR_ARG(r.diagnosis),
                   wanted ? "invalid" : "valid");
        }
    }
}

int main(int argc, char **argv)
{
    struct judge j = {0};
    for (int i = 1; i < argc; i++)
        judge_file(&j, argv[i]);
    printf("%zu addresses, %zu alike, %zu differ without explanation\n", j.rows, j.same,
           j.failures);
    return j.rows < 100 || j.failures != 0;
}
