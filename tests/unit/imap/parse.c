#include "proto/imap/wire/parse.h"
#include "../unit.h"
#include "core/item.h"
#include "proto/imap/mailbox/mailbox.h"
#include "proto/imap/session.h"

struct fixture {
    struct ctx cx;
};

static int open_fixture(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    must(f);
    f->cx.arena = arena_open();
    *state = f;
    return 0;
}

static int close_fixture(void **state)
{
    struct fixture *f = *state;
    arena_close(f->cx.arena);
    free(f);
    return 0;
}

/* in, what is taken (NULL: refused), what is left */
struct row {
    const char *in, *out, *rest;
};

static const struct row astrings[] = {
    {"INBOX x", "INBOX", " x"},
    {"a]b", "a]b", ""},
    {"\"a b\" c", "a b", " c"},
    {"\"a \\\"b\\\" \\\\\"", "a \"b\" \\", ""},
    {"\"\"", "", ""},
    {"{3}\r\na\r\nb", "a\r\n", "b"},
    {"{3+}\r\nabcd", "abc", "d"},
    {"{0}\r\n", "", ""},
    {"{3}\nabc", "abc", ""},
    {"", NULL, ""},
    {" a", NULL, " a"},
    {"\"a", NULL, "\"a"},
    {"\"a\\", NULL, "\"a\\"},
    {"\"a\\x\"", NULL, "\"a\\x\""},
    {"\"a\r\"", NULL, "\"a\r\""},
    {"{4}\r\nabc", NULL, "{4}\r\nabc"},
    {"{3}abc", NULL, "{3}abc"},
    {"{99999999999999999999}\r\n", NULL, "{99999999999999999999}\r\n"},
    {"(a)", NULL, "(a)"},
    {"%a", NULL, "%a"},
    {"\xc3\xa4", NULL, "\xc3\xa4"},
    {"~{1}\r\na", "~", "{1}\r\na"},
};

static void takes_astrings(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof astrings / sizeof *astrings; i++) {
        struct cur c = cur_of(str_z(astrings[i].in));
        struct str out;
        bool taken = imap_astring(f->cx.arena, &c, &out);
        assert_int_equal(taken, astrings[i].out != NULL);
        if (taken)
            assert_str(out, str_z(astrings[i].out));
        assert_str(c.rest, str_z(astrings[i].rest));
    }
}

static void takes_nil(void **state)
{
    struct fixture *f = *state;
    struct str out = STR("x");
    struct cur c = cur_of(STR("nil)"));
    assert_true(imap_nstring(f->cx.arena, &c, &out));
    assert_null(out.p);
    assert_str(c.rest, STR(")"));
    c = cur_of(STR("NILS"));
    assert_false(imap_nstring(f->cx.arena, &c, &out));
    c = cur_of(STR("\"NIL\""));
    assert_true(imap_nstring(f->cx.arena, &c, &out));
    assert_str(out, STR("NIL"));
}

static const struct row tags[] = {
    {"a1 x", "a1", " x"}, {"A]. x", "A].", " x"}, {"+ x", NULL, "+ x"},
    {"", NULL, ""},       {"a+b", "a", "+b"},     {"*", NULL, "*"},
};

static void takes_tags(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
        struct cur c = cur_of(str_z(tags[i].in));
        struct str out;
        bool taken = imap_tag(&c, &out);
        assert_int_equal(taken, tags[i].out != NULL);
        if (taken)
            assert_str(out, str_z(tags[i].out));
        assert_str(c.rest, str_z(tags[i].rest));
    }
    char too_long[IMAP_TAG_MAX + 2];
    memset(too_long, 'a', sizeof too_long);
    struct str out;
    struct cur c = cur_of(str_of(too_long, IMAP_TAG_MAX));
    assert_true(imap_tag(&c, &out));
    c = cur_of(str_of(too_long, IMAP_TAG_MAX + 1));
    assert_false(imap_tag(&c, &out));
}

static const struct {
    const char *in;
    bool bare_ok;
    enum code code;
    uint32_t flags;
    size_t keywords;
    bool recent;
} flag_lists[] = {
    {"()", false, OK, 0, 0, false},
    {"(\\Seen)", false, OK, FLAG_SEEN, 0, false},
    {"(\\sEEN \\Deleted $Junk \\Recent)", false, OK, FLAG_SEEN | FLAG_DELETED, 1, true},
    {"(Work work WORK)", false, OK, 0, 1, false},
    {"\\Flagged Work", true, OK, FLAG_FLAGGED, 1, false},
    {"\\Flagged", false, E_SYNTAX, 0, 0, false},
    {"(\\Seen", false, E_SYNTAX, 0, 0, false},
    {"(\\Seen )", false, E_SYNTAX, 0, 0, false},
    {"(\\*)", false, E_SYNTAX, 0, 0, false},
    {"(\\Other)", false, E_SYNTAX, 0, 0, false},
    {"(\"x\")", false, E_SYNTAX, 0, 0, false},
    {"", true, E_SYNTAX, 0, 0, false},
};

static void takes_flag_lists(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof flag_lists / sizeof *flag_lists; i++) {
        struct cur c = cur_of(str_z(flag_lists[i].in));
        struct imap_flags out = {0};
        assert_int_equal(imap_flag_list(&f->cx, &c, flag_lists[i].bare_ok, &out),
                         flag_lists[i].code);
        assert_int_equal(out.flags, flag_lists[i].flags);
        assert_int_equal(out.keyword_count, flag_lists[i].keywords);
        assert_int_equal(out.recent, flag_lists[i].recent);
        assert_int_equal(cur_end(&c), flag_lists[i].code == OK || !flag_lists[i].in[0]);
    }
}

static void bounds_flag_lists(void **state)
{
    struct fixture *f = *state;
    struct buf many = buf_of(f->cx.arena, 1 << 16), name = buf_of(f->cx.arena, 1 << 16);
    for (int i = 0; i <= IMAP_KEYWORDS_MAX; i++)
        buf_printf(&many, "%sk%d", i ? " " : "", i);
    struct cur c = cur_of(buf_str(&many));
    struct imap_flags out;
    assert_int_equal(imap_flag_list(&f->cx, &c, true, &out), E_LIMIT);
    buf_fill(&name, 'k', ITEM_KEYWORD_MAX + 1);
    c = cur_of(buf_str(&name));
    assert_int_equal(imap_flag_list(&f->cx, &c, true, &out), E_LIMIT);
}

static void takes_dates_and_numbers(void **state)
{
    (void)state;
    int64_t day;
    uint64_t n;
    struct cur c = cur_of(STR("1-Feb-1994 x"));
    assert_true(imap_date(&c, &day));
    assert_true(day == 760060800000);
    assert_str(c.rest, STR(" x"));
    c = cur_of(STR("\"01-Feb-1994\""));
    assert_true(imap_date(&c, &day));
    c = cur_of(STR("1-Nov-94"));
    assert_false(imap_date(&c, &day));
    c = cur_of(STR("9223372036854775807"));
    assert_true(imap_modseq(&c, &n));
    c = cur_of(STR("9223372036854775808"));
    assert_false(imap_modseq(&c, &n));
}

static const struct {
    const char *pattern, *path;
    bool matches;
} patterns[] = {
    {"*", "", true},
    {"*", "a/b", true},
    {"%", "a", true},
    {"%", "a/b", false},
    {"", "", true},
    {"", "a", false},
    {"a", "a", true},
    {"a", "A", false},
    {"%/%", "a/b", true},
    {"%/%", "a/b/c", false},
    {"*/c", "a/b/c", true},
    {"a*c", "abc/abc", true},
    {"a%c", "abc/abc", false},
    {"%c", "abcbc", true},
    {"*%", "a/b/c", true},
    {"%*", "a/b/c", true},
    {"a/%/c*", "a/b/cd/e", true},
    {"a/%/c*", "a/b/x/cd", false},
    {"%a%b%", "xaxbx", true},
    {"%a%b%", "xax/bx", false},
    {"*a/b%d", "ca/bca/bd", true},
    {"*a/b%d", "a/bc/d", false},
    {"**%%", "a/b", true},
};

static void matches_patterns(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++)
        if (imap_match(str_z(patterns[i].pattern), str_z(patterns[i].path)) != patterns[i].matches)
            fail_msg("\"%s\" on \"%s\"", patterns[i].pattern, patterns[i].path);
}

/* Says the same in the plainest way; takes for ever on long ones. */
static bool plainly_matches(struct str pattern, struct str path)
{
    if (!pattern.n)
        return !path.n;
    char p = pattern.p[0];
    if (p == '*' || p == '%') {
        if (plainly_matches(str_from(pattern, 1), path))
            return true;
        return path.n && (p == '*' || path.p[0] != '/') &&
               plainly_matches(pattern, str_from(path, 1));
    }
    return path.n && path.p[0] == p && plainly_matches(str_from(pattern, 1), str_from(path, 1));
}

static void matches_as_the_plain_way_does(void **state)
{
    struct fixture *f = *state;
    struct random r = {.seed = 4};
    unsigned matched = 0;
    for (int i = 0; i < 200000; i++) {
        struct str pattern = random_text(&r, f->cx.arena, 7, "ab/*%");
        struct str path = random_text(&r, f->cx.arena, 9, "ab/");
        bool wanted = plainly_matches(pattern, path);
        matched += wanted;
        if (imap_match(pattern, path) != wanted)
            fail_msg("\"%.*s\" on \"%.*s\"", STR_ARG(pattern), STR_ARG(path));
        arena_reset(f->cx.arena);
    }
    assert_true(matched > 1000);
}

/* What makes backtracking matchers run for ever. */
static void matches_hard_ones_soon(void **state)
{
    struct fixture *f = *state;
    struct buf pattern = buf_of(f->cx.arena, 2000), path = buf_of(f->cx.arena, 4000);
    for (int i = 0; i < 300; i++)
        buf_add(&pattern, i % 2 ? STR("*a") : STR("%a"));
    buf_byte(&pattern, 'b');
    buf_fill(&path, 'a', 3000);
    assert_false(imap_match(buf_str(&pattern), buf_str(&path)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_astrings),
        cmocka_unit_test(takes_nil),
        cmocka_unit_test(takes_tags),
        cmocka_unit_test(takes_flag_lists),
        cmocka_unit_test(bounds_flag_lists),
        cmocka_unit_test(takes_dates_and_numbers),
        cmocka_unit_test(matches_patterns),
        cmocka_unit_test(matches_as_the_plain_way_does),
        cmocka_unit_test(matches_hard_ones_soon),
    };
    return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
