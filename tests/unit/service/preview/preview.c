/* What is asked for, and what is believed of what the cage says. */
#include "service/preview/preview.h"
#include "../../unit.h"
#include "service/preview/inner.h"

static void what_is_asked_for(void **state)
{
    static const struct {
        struct str word;
        enum preview_kind kind;
        uint32_t page;
    } good[] = {
        {STR("text"), PREVIEW_TEXT, 0},
        {STR("html"), PREVIEW_HTML, 0},
        {STR("pages"), PREVIEW_PAGES, 0},
        {STR("page-1"), PREVIEW_PAGE, 1},
        {STR("page-4294967295"), PREVIEW_PAGE, UINT32_MAX},
    };
    static const char *const bad[] = {"",       "Text",    "texts",   "page",    "page-",
                                      "page-0", "page-1x", "page-01", "page--1", "page-4294967296"};
    struct preview_ask ask;
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(preview_ask_of(good[i].word, &ask));
        assert_int_equal(ask.kind, good[i].kind);
        assert_int_equal(ask.page, good[i].page);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (preview_ask_of(str_z(bad[i]), &ask))
            fail_msg("%s is nothing to ask for", bad[i]);
}

/* A reader that somebody has taken over still cannot say this. */
static void html_is_of_known_tags(void **state)
{
    static const char *const good[] = {
        "",
        "text & more > less",
        "<p>a<b>b</b><br></p>",
        "<table><tr><td>1</td></tr></table>",
        "<h1>x</h1><ul><li>&lt;script&gt;</li></ul><hr>",
    };
    static const char *const bad[] = {
        "<script>", "<p onclick=x>", "<p >",       "<P>",     "<",    "<p",
        "</p",      "< p>",          "<!-- -->",   "<img>",   "<a>",  "<//p>",
        "<p/>",     "<svg>",         "<p><style>", "<?xml?>", "\xff", "<td colspan=2>",
    };
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (!preview_html_ok(str_z(good[i])))
            fail_msg("%s is fine", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (preview_html_ok(str_z(bad[i])))
            fail_msg("%s was let through", bad[i]);
    assert_false(preview_html_ok(STR("a\0b")));
}

static void sizes_become_json(void **state)
{
    static const char *const bad[] = {
        "",
        "x",
        "1",
        "1\n",
        "1\n1\n",
        "1\n1 2",
        "1\n1 2\n3 4\n",
        "2\n1 2\n",
        "1\n-1 2\n",
        "1\n1 100001\n",
        "2001\n",
        "1\n1 2\n\"",
    };
    struct arena *a AUTO(arena_close) = arena_open();
    struct str out;
    (void)state;
    assert_true(preview_pages_json(a, STR("2\n595 842\n842 595\n"), &out));
    assert_str(out, STR("{\"pages\":2,\"sizes\":[[595,842],[842,595]]}"));
    assert_true(preview_pages_json(a, STR("0\n"), &out));
    assert_str(out, STR("{\"pages\":0,\"sizes\":[]}"));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (preview_pages_json(a, str_z(bad[i]), &out))
            fail_msg("%s was taken", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_asked_for),
        cmocka_unit_test(html_is_of_known_tags),
        cmocka_unit_test(sizes_become_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
