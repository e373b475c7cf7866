#include "format/format.h"

#include "format/address.h"
#include "format/domain.h"

/* Printed as "name|route|local|domain;", groups as "{name;" and "};". */
static const struct {
    struct str raw;
    const char *list;
} lists[] = {
    {STR(""), ""},
    {STR("john@example.com"), "||john|example.com;"},
    {STR("John Doe <jdoe@machine.example>"), "John Doe||jdoe|machine.example;"},
    /* RFC 5322 appendix A */
    {STR("Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>"),
     "Mary Smith||mary|x.test;||jdoe|example.org;Who?||one|y.test;"},
    {STR("<boss@nil.test>, \"Giant; \\\"Big\\\" Box\" <sysservices@example.net>"),
     "||boss|nil.test;Giant; \"Big\" Box||sysservices|example.net;"},
    {STR("A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;"),
     "{A Group;Ed Jones||c|a.test;||joe|where.test;John||jdoe|one.test;};"},
    {STR("Undisclosed recipients:;"), "{Undisclosed recipients;};"},
    {STR("Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>"),
     "Pete||pete|silly.test;"},
    {STR("A Group(Some people)\r\n     :Chris Jones <c@(Chris's host.)public.example>,\r\n         "
         "joe@example.org,\r\n  John <jdoe@one.test> (my dear friend); (the end of the group)"),
     "{A Group;Chris Jones||c|public.example;||joe|example.org;John||jdoe|one.test;};"},
    {STR("(Empty list)(start)Hidden recipients  :(nobody(that I know))  ;"),
     "{Hidden recipients;};"},
    {STR("Joe Q. Public <john.q.public@example.com>"), "Joe Q. Public||john.q.public|example.com;"},
    {STR("Mary Smith <@node.test,@b.test:mary@example.net>, , jdoe@test . example"),
     "Mary Smith|@node.test,@b.test|mary|example.net;||jdoe|test.example;"},
    {STR("John Doe <jdoe@machine(comment).  example>"), "John Doe||jdoe|machine.example;"},
    /* quoted local parts, literals, comments as names */
    {STR("\"a b\"@c.test"), "||a b|c.test;"},
    {STR("a . b @ c . d"), "||a.b|c.d;"},
    {STR("x@[127.0.0.1]"), "||x|[127.0.0.1];"},
    {STR("user@host (Full Name)"), "Full Name||user|host;"},
    {STR("\"quoted\" plain <a@b>"), "quoted plain||a|b;"},
    /* the wild */
    {STR("a@b c@d"), "||a|b;||c|d;"},
    {STR("a@b <a@b>"), "a@b||a|b;"},
    {STR("a@b;c@d"), "||a|b;||c|d;"},
    {STR("Name <a@b"), "Name||a|b;"},
    {STR("Name <a@b, c@d"), "Name||a|b;||c|d;"},
    {STR("<<a@b>>"), "||a|b;"},
    {STR("<>"), "|||;"},
    {STR("root"), "||root|;"},
    {STR("a@b@c"), "||a@b|c;"},
    {STR("=?utf-8?Q?Doe,_J?= <j@d>"), "Doe, J||j|d;"},
    {STR("=?utf-8?Q?Doe, J?= <j@d>"), "||=?utf-8?Q?Doe|;J?=||j|d;"},
    {STR("J\xc3\xbcrgen <j\xc3\xbcrgen@b\xc3\xbc\x63her.example>"),
     "J\xc3\xbcrgen||j\xc3\xbcrgen|b\xc3\xbc\x63her.example;"},
    {STR("\"Doe, John\" <j@d> \"Roe\" <r@d>"), "Doe, John||j|d;Roe||r|d;"},
    {STR("<Jo Doe/Office@Domain>"), "||Jo Doe/Office|Domain;"},
    {STR("fol\r\n ded <a@b>"), "fol ded||a|b;"},
    {STR(",,;:,"), "{;};"},
};

static void parses_lists(void **state)
{
    struct ctx *cx = *state;
    for (size_t i = 0; i < ROWS(lists); i++) {
        struct buf b = buf_of(cx->arena, 1000);
        print_message("# %.*s\n", STR_ARG(lists[i].raw));
        struct address_list l = address_parse(cx->arena, lists[i].raw);
        for (size_t k = 0; k < l.count; k++) {
            const struct address *x = &l.at[k];
            struct str name = address_name(cx->arena, x);
            if (x->kind == ADDRESS_GROUP_START)
                buf_printf(&b, "{%.*s;", STR_ARG(name));
            else if (x->kind == ADDRESS_GROUP_END)
                buf_printf(&b, "};");
            else
                buf_printf(&b, "%.*s|%.*s|%.*s|%.*s;", STR_ARG(name), STR_ARG(x->route),
                           STR_ARG(x->local), STR_ARG(x->domain));
        }
        assert_str(buf_str(&b), str_z(lists[i].list));
    }
}

static void writes_specs(void **state)
{
    struct ctx *cx = *state;
    static const struct {
        struct address x;
        struct str spec;
    } rows[] = {
        {{.local = STR("a.b"), .domain = STR("c")}, STR("a.b@c")},
        {{.local = STR("a b\"c\\"), .domain = STR("d")}, STR("\"a b\\\"c\\\\\"@d")},
        {{.local = STR(".a"), .domain = STR("d")}, STR("\".a\"@d")},
        {{.local = STR("a..b"), .domain = STR("d")}, STR("\"a..b\"@d")},
        {{.local = STR("root")}, STR("root")},
        {{.local = STR("\xfc"), .domain = STR("d")}, STR("\xc3\xbc@d")},
        {{.kind = ADDRESS_GROUP_END}, STR("")},
    };
    for (size_t i = 0; i < ROWS(rows); i++)
        assert_str(address_spec(cx->arena, &rows[i].x), rows[i].spec);
}

static void survives_floods(void **state)
{
    struct ctx *cx = *state;
    static const struct str pieces[] = {STR("<@"), STR("a@"), STR("("),     STR("\""),
                                        STR("a,"), STR("a:"), STR("a <b>"), STR("=?a?q?"),
                                        STR("<"),  STR("[")};
    for (size_t i = 0; i < ROWS(pieces); i++) {
        struct buf b = buf_of(cx->arena, 2 * 1024 * 1024);
        while (b.n < 512 * 1024)
            buf_add(&b, pieces[i]);
        struct address_list l = address_parse(cx->arena, buf_str(&b));
        assert_true(l.count <= ADDRESS_LIST_MAX + 1);
        arena_reset(cx->arena);
    }
}

static const struct {
    struct str addr;
    bool valid;
} mailboxes[] = {
    {STR("a@b"), true},
    {STR("first.last@example.com"), true},
    {STR("\"a b\"@c.test"), true},
    {STR("\"a\\\"b\"@c.test"), true},
    {STR("\"a\"b\"@c.test"), false},
    {STR("\"\"@c.test"), true},
    {STR("\"\"~\"@\"@c"), false},
    {STR("\"\\\\\"@c"), true},
    {STR("\"a\\\"@c.test"), false},
    {STR("u@[192.0.2.1]"), true},
    {STR("u@[192.0.2.256]"), false},
    {STR("u@[IPv6:2001:db8::1]"), true},
    {STR("u@[IPv6:::1]"), true},
    {STR("u@[IPv6:1:2:3:4:5:6:7:8]"), true},
    {STR("u@[IPv6:1:2:3:4:5:6:7]"), false},
    {STR("u@[IPv6:1:2:3:4:5:6:7::]"), false}, /* "::" is two groups at least */
    {STR("u@[IPv6:1::2::3]"), false},
    {STR("u@[IPv6:::192.0.2.1]"), true},
    {STR("u@[IPv6:12345::]"), false},
    {STR("u@[tag:content]"), false}, /* no such tag is registered */
    {STR("u@[tag-:content]"), false},
    {STR("u@[]"), false},
    {STR("j\xc3\xbcrgen@b\xc3\xbc\x63her.example"), true},
    {STR("j\xfcrgen@example.com"), false},
    {STR(""), false},
    {STR("@b"), false},
    {STR("a@"), false},
    {STR("a"), false},
    {STR("a b@c"), false},
    {STR(".a@b"), false},
    {STR("a.@b"), false},
    {STR("a..b@c"), false},
    {STR("a@-b"), false},
    {STR("a@b-"), false},
    {STR("a@b..c"), false},
    {STR("a@b."), false},
    {STR("a@b_c"), false},
    {STR("a@b\n"), false},
    {STR("a@(c)b"), false},
    {STR("\"a@b\""), false},
    {STR("\"a@b\"@c"), true},
    {STR("1234567890123456789012345678901234567890123456789012345678901234@c"), true},
    {STR("12345678901234567890123456789012345678901234567890123456789012345@c"), false},
    {STR("a@123456789012345678901234567890123456789012345678901234567890123.c"), true},
    {STR("a@1234567890123456789012345678901234567890123456789012345678901234.c"), false},
};

static void validates(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROWS(mailboxes); i++) {
        print_message("# %.*s\n", STR_ARG(mailboxes[i].addr));
        assert_int_equal(address_valid(mailboxes[i].addr), mailboxes[i].valid);
    }
}

static void converts_domains(void **state)
{
    struct ctx *cx = *state;
    struct str out;
    assert_int_equal(domain_to_ascii(cx, STR("B\xc3\xbc\x63her.Example"), &out), OK);
    assert_str(out, STR("xn--bcher-kva.example"));
    assert_int_equal(domain_to_ascii(cx, STR("Plain.Example"), &out), OK);
    assert_str(out, STR("plain.example"));
    assert_int_equal(domain_to_unicode(cx, STR("xn--bcher-kva.example"), &out), OK);
    assert_str(out, STR("b\xc3\xbc\x63her.example"));
    assert_int_equal(domain_to_ascii(cx, STR("stra\xc3\x9f\x65.example"), &out), OK);
    assert_str(out, STR("xn--strae-oqa.example")); /* nontransitional */
    static const struct str bad[] = {STR(""),     STR("."),
                                     STR("a..b"), STR("a b"),
                                     STR("-a"),   STR("\xff.example"),
                                     STR("a\0b"), STR("\xe2\x80\x8d.example")};
    for (size_t i = 0; i < ROWS(bad); i++)
        assert_int_equal(domain_to_ascii(cx, bad[i], &out), E_SYNTAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {FORMAT_TEST(parses_lists), FORMAT_TEST(writes_specs),
                                       FORMAT_TEST(survives_floods), FORMAT_TEST(validates),
                                       FORMAT_TEST(converts_domains)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
