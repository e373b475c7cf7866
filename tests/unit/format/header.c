#include "format/format.h"

#include "format/header.h"

static void walks_fields(void **state)
{
    struct ctx *cx = *state;
    struct str h = lines(cx->arena, "From x Mon^A: 1^B : 2^ 3^garbage^Empty:^C: 4^\t5 ^^D: body");
    struct cur c = cur_of(h);
    static const struct {
        struct str name, value;
    } wanted[] = {{STR("A"), STR("1")},
                  {STR("B"), STR("2\r\n 3")},
                  {STR("Empty"), STR("")},
                  {STR("C"), STR("4\r\n\t5")}};
    struct header_field f;
    for (size_t i = 0; i < ROWS(wanted); i++) {
        assert_true(header_next(&c, &f));
        assert_str(f.name, wanted[i].name);
        assert_str(f.value, wanted[i].value);
        assert_non_null(f.value.p);
    }
    assert_false(header_next(&c, &f));
    assert_str(c.rest, STR("\r\nD: body"));
}

static void takes_all_line_ends(void **state)
{
    (void)state;
    static const struct str headers[] = {STR("A: 1\nB: 2\n 3\n\n"), STR("A: 1\rB: 2\r 3\r\r"),
                                         STR("A: 1\r\nB: 2\n 3"), STR("A: 1\nB: 2\r\n 3\r\n")};
    for (size_t i = 0; i < ROWS(headers); i++) {
        struct header_field f;
        assert_true(header_find(headers[i], STR("b"), &f));
        assert_true(str_starts(f.value, STR("2")) && str_ends(f.value, STR(" 3")));
    }
}

static void finds_and_picks(void **state)
{
    struct ctx *cx = *state;
    struct str h = lines(cx->arena, "To: a^X: 1^to: b^ c^Y: 2^^body");
    struct header_field f;
    assert_true(header_find(h, STR("TO"), &f));
    assert_str(f.value, STR("a"));
    assert_true(header_find_last(h, STR("To"), &f));
    assert_str(f.line, STR("to: b\r\n c\r\n"));
    assert_false(header_find(h, STR("body"), &f));
    struct str names[] = {STR("TO"), STR("y")};
    assert_str(header_pick(cx->arena, h, names, 2, false),
               lines(cx->arena, "To: a^to: b^ c^Y: 2^^"));
    assert_str(header_pick(cx->arena, h, names, 2, true), lines(cx->arena, "X: 1^^"));
    assert_str(header_pick(cx->arena, STR("A: 1"), names, 0, true), STR("A: 1\r\n\r\n"));
    assert_int_equal(header_id(STR("SUBJECT")), HEADER_SUBJECT);
    assert_int_equal(header_id(STR("Content-Transfer-Encoding")), HEADER_CONTENT_TRANSFER_ENCODING);
    assert_int_equal(header_id(STR("Subjekt")), HEADER_OTHER);
}

/* RFC 2047 section 8 and the wild. */
static const struct {
    struct str raw, text;
} texts[] = {
    {STR("plain"), STR("plain")},
    {STR("fol\r\n ded\tx"), STR("fol ded x")},
    {STR("=?ISO-8859-1?Q?a?="), STR("a")},
    {STR("=?ISO-8859-1?Q?a?= b"), STR("a b")},
    {STR("=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?="), STR("ab")},
    {STR("=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?="), STR("ab")},
    {STR("=?ISO-8859-1?Q?a?=\r\n    =?ISO-8859-1?Q?b?="), STR("ab")},
    {STR("=?ISO-8859-1?Q?a_b?="), STR("a b")},
    {STR("=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?="), STR("a b")},
    {STR("=?US-ASCII*EN?Q?Keith_Moore?="), STR("Keith Moore")}, /* RFC 2231 section 5 */
    {STR("=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=\r\n "
         "=?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?="),
     STR("If you can read this you understand the example.")},
    {STR("=?iso-8859-8?b?7eXs+SDv4SDp7Oj08A==?="),
     STR("\xd7\x9d\xd7\x95\xd7\x9c\xd7\xa9 \xd7\x9f\xd7\x91 "
         "\xd7\x99\xd7\x9c\xd7\x98\xd7\xa4\xd7\xa0")},
    {STR("=?utf-8?B?w?= =?utf-8?B?7w=?="), STR("\xef\xbf\xbd")}, /* not even base64 */
    {STR("=?utf-8?Q?=C3?= =?utf-8?Q?=BC?="), STR("\xc3\xbc")},   /* a split character */
    {STR("=?utf-8?B?ww==?= =?utf-8?Q?=BC?="), STR("\xc3\xbc")},
    {STR("=?utf-8?Q?broken"), STR("=?utf-8?Q?broken")},
    {STR("=?utf-8?X?a?="), STR("=?utf-8?X?a?=")},
    {STR("=??Q?a?="), STR("=??Q?a?=")},
    {STR("x=?utf-8?q?y?=z"), STR("xyz")},
    {STR("=?utf-8?Q?a b?="), STR("a b")},
    {STR("=?utf-8?Q?\?="), STR("")},
    {STR("caf\xe9"), STR("caf\xc3\xa9")},
    {STR("caf\xc3\xa9"), STR("caf\xc3\xa9")},
    {STR("\xe9 =?utf-8?Q?=C3=BC?="), STR("\xc3\xa9 \xc3\xbc")},
    {STR("a\0b\x01z"), STR("ab z")},
};

static void decodes_text(void **state)
{
    struct ctx *cx = *state;
    for (size_t i = 0; i < ROWS(texts); i++) {
        print_message("# %.*s\n", STR_ARG(texts[i].raw));
        assert_str(header_text(cx->arena, texts[i].raw), texts[i].text);
    }
}

/* A flood of starts that never end costs linear time: this would take minutes otherwise. */
static void survives_floods(void **state)
{
    struct ctx *cx = *state;
    static const struct str pieces[] = {STR("=?a?q? "), STR("=?"), STR("=?a?b?x?= "),
                                        STR("(\\"),     STR("<"),  STR("a;b*0*=")};
    for (size_t i = 0; i < ROWS(pieces); i++) {
        struct buf b = buf_of(cx->arena, 2 * 1024 * 1024);
        while (b.n < 1024 * 1024)
            buf_add(&b, pieces[i]);
        struct str all = buf_str(&b), id;
        struct header_content content;
        struct cur c = cur_of(all);
        (void)header_text(cx->arena, all);
        (void)header_content_type(cx->arena, all, &content);
        (void)header_disposition(cx->arena, all, &content);
        while (header_next_id(cx->arena, &c, &id))
            ;
        header_skip_cfws(&c);
    }
}

static const struct {
    struct str raw;
    const char *type, *params; /* "name=value;": decoded; with "*" when extended */
} types[] = {
    {STR("text/plain"), "text/plain", ""},
    {STR("TEXT/HTML; Charset=\"UTF-8\""), "text/html", "charset=UTF-8;"},
    {STR("text/plain; charset=us-ascii (Plain text)"), "text/plain", "charset=us-ascii;"},
    {STR("(c) text (d) / (e) plain ; (f) a (g) = (h) b (i)"), "text/plain", "a=b;"},
    {STR("text/plain charset=utf-8"), "text/plain", "charset=utf-8;"},
    {STR("text/plain; ; a=b;"), "text/plain", "a=b;"},
    {STR("text/plain; junk; a=\"b\\\"c\"; a=second"), "text/plain", "a=b\"c;"},
    {STR("x/y; name=with blanks.pdf; b=1"), "x/y", "name=with blanks.pdf;b=1;"},
    {STR("x/y; name=\"never ends"), "x/y", "name=never ends;"},
    {STR("text"), "/", ""},
    {STR("/plain"), "/", ""},
    {STR(""), "/", ""},
    /* RFC 2231 sections 3, 4 and 4.1. */
    {STR("message/external-body; access-type=URL;\r\n URL*0=\"ftp://\";\r\n "
         "URL*1=\"cs.utk.edu/pub/moore/bulk-mailer/bulk-mailer.tar\""),
     "message/external-body",
     "access-type=URL;url=ftp://cs.utk.edu/pub/moore/bulk-mailer/bulk-mailer.tar;"},
    {STR("application/x-stuff;\r\n title*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A"),
     "application/x-stuff", "title*=This is ***fun***;"},
    {STR("application/x-stuff;\r\n title*0*=us-ascii'en'This%20is%20even%20more%20;\r\n "
         "title*1*=%2A%2A%2Afun%2A%2A%2A%20;\r\n title*2=\"isn't it!\""),
     "application/x-stuff", "title*=This is even more ***fun*** isn't it!;"},
    {STR("x/y; name*1=b; name*0=a; name*3=lost"), "x/y", "name=ab;"},
    {STR("x/y; name*=utf-8''%C3%BC; name=u"), "x/y", "name*=\xc3\xbc;"},
    {STR("x/y; name=u; name*=utf-8''%C3%BC"), "x/y", "name*=\xc3\xbc;"},
    {STR("x/y; name*=no-quotes%41"), "x/y", "name*=no-quotesA;"},
    {STR("x/y; name=\"=?utf-8?Q?=C3=BC.txt?=\""), "x/y", "name=\xc3\xbc.txt;"},
    {STR("x/y; name=\"\xfc.txt\""), "x/y", "name=\xc3\xbc.txt;"},
};

static void parses_content_types(void **state)
{
    struct ctx *cx = *state;
    for (size_t i = 0; i < ROWS(types); i++) {
        struct header_content t;
        print_message("# %.*s\n", STR_ARG(types[i].raw));
        (void)header_content_type(cx->arena, types[i].raw, &t);
        assert_str(str_printf(cx->arena, "%.*s/%.*s", STR_ARG(t.type), STR_ARG(t.subtype)),
                   str_z(types[i].type));
        struct buf b = buf_of(cx->arena, 1000);
        for (size_t k = 0; k < t.count; k++)
            buf_printf(&b, "%.*s%s=%.*s;", STR_ARG(t.params[k].name),
                       t.params[k].extended ? "*" : "", STR_ARG(t.params[k].value));
        assert_str(buf_str(&b), str_z(types[i].params));
    }
}

static void keeps_parameters_raw(void **state)
{
    struct ctx *cx = *state;
    struct header_content d;
    assert_true(header_disposition(
        cx->arena, STR("Attachment; filename*0*=utf-8''%C3%BC; filename*1=\"x'y%\""), &d));
    assert_str(d.type, STR("attachment"));
    assert_str(d.params[0].raw, STR("utf-8''%C3%BCx%27y%25"));
    assert_str(header_param(&d, STR("filename")), STR("\xc3\xbcx'y%"));
    assert_str(header_param(&d, STR("size")), STR(""));
    assert_true(header_disposition(cx->arena, STR("filename=a.txt"), &d));
    assert_str(d.type, STR("attachment"));
    assert_str(header_param(&d, STR("filename")), STR("a.txt"));
    assert_false(header_disposition(cx->arena, STR(";"), &d));
}

/* Those past HEADER_PARAMS_MAX are dropped. */
static void parameters_are_few(void **state)
{
    struct ctx *cx = *state;
    struct header_content t;
    struct buf b = buf_of(cx->arena, 10000);
    buf_add(&b, STR("text/plain"));
    for (int i = 1; i <= HEADER_PARAMS_MAX + 1; i++)
        buf_printf(&b, "; p%d=%d", i, i);
    (void)header_content_type(cx->arena, buf_str(&b), &t);
    assert_int_equal(t.count, HEADER_PARAMS_MAX);
    assert_str(header_param(&t, STR("p100")), STR("100"));
    assert_str(header_param(&t, STR("p101")), STR(""));
}

static void takes_ids(void **state)
{
    struct ctx *cx = *state;
    struct cur c = cur_of(STR("(c) <a@b> junk <c\r\n d@e>,<f<g@h> <> <unended"));
    struct str id;
    static const struct str wanted[] = {STR("<a@b>"), STR("<cd@e>"), STR("<g@h>")};
    for (size_t i = 0; i < ROWS(wanted); i++) {
        assert_true(header_next_id(cx->arena, &c, &id));
        assert_str(id, wanted[i]);
    }
    assert_false(header_next_id(cx->arena, &c, &id));
}

int main(void)
{
    const struct CMUnitTest tests[] = {FORMAT_TEST(walks_fields),
                                       FORMAT_TEST(takes_all_line_ends),
                                       FORMAT_TEST(finds_and_picks),
                                       FORMAT_TEST(decodes_text),
                                       FORMAT_TEST(survives_floods),
                                       FORMAT_TEST(parses_content_types),
                                       FORMAT_TEST(keeps_parameters_raw),
                                       FORMAT_TEST(parameters_are_few),
                                       FORMAT_TEST(takes_ids)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
