#include "format/format.h"

#include "format/bodystructure.h"
#include "format/envelope.h"
#include "format/mime.h"

static const struct {
    const char *message, *envelope;
} envelopes[] = {
    /* RFC 9051 section 8 */
    {"Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)^From: Terry Gray <gray@cac.washington.edu>^"
     "Subject: IMAP4rev2 WG mtg summary and minutes^To: imap@cac.washington.edu^"
     "cc: minutes@CNRI.Reston.VA.US, John Klensin <KLENSIN@MIT.EDU>^"
     "Message-Id: <B27397-0100000@cac.washington.edu>^^",
     "(\"Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\" \"IMAP4rev2 WG mtg summary and minutes\" "
     "((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) "
     "((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) "
     "((\"Terry Gray\" NIL \"gray\" \"cac.washington.edu\")) "
     "((NIL NIL \"imap\" \"cac.washington.edu\")) "
     "((NIL NIL \"minutes\" \"CNRI.Reston.VA.US\")"
     "(\"John Klensin\" NIL \"KLENSIN\" \"MIT.EDU\")) NIL NIL "
     "\"<B27397-0100000@cac.washington.edu>\")"},
    {"", "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"},
    {"Subject:^From:^Sender: s@t^^",
     "(NIL \"\" NIL ((NIL NIL \"s\" \"t\")) NIL NIL NIL NIL NIL NIL)"},
    {"To: G: a@b;, root^Bcc: c@d^^",
     "(NIL NIL NIL NIL NIL ((NIL NIL \"G\" NIL)(NIL NIL \"a\" \"b\")(NIL NIL NIL NIL)"
     "(NIL NIL \"root\" \"\")) NIL ((NIL NIL \"c\" \"d\")) NIL NIL)"},
    {"To: <@r:c@d>^To: e@f^^",
     "(NIL NIL NIL NIL NIL ((NIL \"@r\" \"c\" \"d\")(NIL NIL \"e\" \"f\")) NIL NIL NIL NIL)"},
    {"Subject: a \"q\" \\ b^In-Reply-To: x^ y^^",
     "(NIL \"a \\\"q\\\" \\\\ b\" NIL NIL NIL NIL NIL NIL \"x y\" NIL)"},
    {"Subject: =?utf-8?Q?=C3=BC?=^^",
     "(NIL \"=?utf-8?Q?=C3=BC?=\" NIL NIL NIL NIL NIL NIL NIL NIL)"},
    {"Subject: \xc3\xbc^^", "(NIL {2}^\xc3\xbc NIL NIL NIL NIL NIL NIL NIL NIL)"},
};

static void renders_envelopes(void **state)
{
    struct ctx *cx = *state;
    for (size_t i = 0; i < ROWS(envelopes); i++) {
        struct mime *m;
        struct buf b = buf_of(cx->arena, 4000);
        assert_int_equal(mime_parse(cx, lines(cx->arena, envelopes[i].message), NULL, &m), OK);
        envelope_put(&b, m->parts[0].message);
        assert_str(buf_str(&b), lines(cx->arena, envelopes[i].envelope));
    }
}

static void renders_strings(void **state)
{
    struct ctx *cx = *state;
    struct buf b = buf_of(cx->arena, 9000);
    envelope_put_string(&b, STR("a\0\xff"));
    envelope_put_nstring(&b, (struct str){0});
    envelope_put_nstring(&b, STR(""));
    assert_str(buf_str(&b), STR("{2}\r\na\xffNIL\"\""));
    buf_reset(&b);
    struct buf large = buf_of(cx->arena, 2000);
    buf_fill(&large, 'x', 1025);
    envelope_put_string(&b, buf_str(&large));
    assert_true(str_starts(buf_str(&b), STR("{1025}\r\nxxx")));
}

static const struct {
    const char *message, *structure, *body;
} structures[] = {
    {"Content-Type: TEXT/PLAIN; CHARSET=US-ASCII^^a^b^",
     "(\"text\" \"plain\" (\"charset\" \"US-ASCII\") NIL NIL \"7bit\" 6 2 NIL NIL NIL NIL)",
     "(\"text\" \"plain\" (\"charset\" \"US-ASCII\") NIL NIL \"7bit\" 6 2)"},
    {"^", "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 0 0 NIL NIL NIL NIL)",
     "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 0 0)"},
    {"Content-Type: image/png; name*=utf-8''%C3%BC^Content-Id: <i>^Content-Description: d^"
     "Content-Transfer-Encoding: BASE64^Content-MD5: m^Content-Language: en, de^"
     "Content-Location: l^Content-Disposition: inline; filename=\"a b\"^^xx",
     "(\"image\" \"png\" (\"name*\" \"utf-8''%C3%BC\") \"<i>\" \"d\" \"base64\" 2 \"m\" "
     "(\"inline\" "
     "(\"filename\" \"a b\")) (\"en\" \"de\") \"l\")",
     "(\"image\" \"png\" (\"name*\" \"utf-8''%C3%BC\") \"<i>\" \"d\" \"base64\" 2)"},
    {"Content-Type: multipart/mixed; boundary=b^Content-Language: en^^--b^^x^--b^"
     "Content-Type: message/rfc822^^Subject: (s)^^in^--b--^",
     "((\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 1 0 NIL NIL NIL NIL)"
     "(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 18 (NIL \"(s)\" NIL NIL NIL NIL NIL NIL NIL "
     "NIL) "
     "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 2 0 NIL NIL NIL NIL) 2 NIL "
     "NIL NIL NIL) \"mixed\" (\"boundary\" \"b\") NIL \"en\" NIL)",
     "((\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 1 0)"
     "(\"message\" \"rfc822\" NIL NIL NIL \"7bit\" 18 (NIL \"(s)\" NIL NIL NIL NIL NIL NIL NIL "
     "NIL) "
     "(\"text\" \"plain\" (\"charset\" \"us-ascii\") NIL NIL \"7bit\" 2 0) 2) \"mixed\")"},
};

static void renders_structures(void **state)
{
    struct ctx *cx = *state;
    for (size_t i = 0; i < ROWS(structures); i++) {
        struct mime *m;
        struct str body;
        struct buf full = buf_of(cx->arena, 4000), plain = buf_of(cx->arena, 4000);
        assert_int_equal(mime_parse(cx, lines(cx->arena, structures[i].message), NULL, &m), OK);
        bodystructure_put(&full, m, true);
        assert_str(buf_str(&full), str_z(structures[i].structure));
        bodystructure_put(&plain, m, false);
        assert_str(buf_str(&plain), str_z(structures[i].body));
        assert_int_equal(bodystructure_to_body(cx, buf_str(&full), &body), OK);
        assert_str(body, buf_str(&plain));
    }
}

/* Every text cut short, and every text with one byte changed, is refused or makes some list. */
static void refuses_broken_structures(void **state)
{
    struct ctx *cx = *state;
    struct str good = str_z(structures[3].structure), body;
    for (size_t i = 0; i < good.n; i++)
        assert_int_equal(bodystructure_to_body(cx, str_sub(good, 0, i), &body), E_CORRUPT);
    for (size_t i = 0; i < good.n; i++) {
        char changed[1000];
        memcpy(changed, good.p, good.n);
        changed[i] = changed[i] == '(' ? '"' : '(';
        (void)!bodystructure_to_body(cx, str_of(changed, good.n), &body);
    }
    struct buf b = buf_of(cx->arena, 1000000);
    buf_fill(&b, '(', 500000);
    assert_int_equal(bodystructure_to_body(cx, buf_str(&b), &body), E_CORRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {FORMAT_TEST(renders_envelopes), FORMAT_TEST(renders_strings),
                                       FORMAT_TEST(renders_structures),
                                       FORMAT_TEST(refuses_broken_structures)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
