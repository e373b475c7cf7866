/* 8 bits to 7 (RFC 6152 section 3): each row a message, and what is sent instead. */
#include "format/format.h"

#include "format/compose/compose.h"
#include "format/seven/seven.h"

#define CTE "Content-Transfer-Encoding: "

static const struct {
    const char *what;
    struct str in, out; /* out empty: it cannot be done; equal: nothing is */
} rows[] = {
    {"7 bits stay", STR("A: b\r\n\r\nx\r\n"), STR("A: b\r\n\r\nx\r\n")},
    {"even when it says 8bit", STR(CTE "8bit\r\n\r\nx\r\n"), STR(CTE "8bit\r\n\r\nx\r\n")},
    {"few such bytes: quoted-printable",
     STR("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
         "content-transfer-encoding:\r\n 8bit\r\nX: y\r\n\r\nol\xc3\xa9 = \r\n.\r\n"
         "and more of the same, in ASCII\r\n"),
     STR("MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n" CTE
         "quoted-printable\r\nX: y\r\n\r\nol=C3=A9 =3D=20\r\n=2E\r\n"
         "and more of the same, in ASCII\r\n")},
    {"many: base64", STR("MIME-Version: 1.0\r\nContent-Type: a/b\r\n\r\n\xff\xfe\xfd\xfc\xfb\r\n"),
     STR("MIME-Version: 1.0\r\nContent-Type: a/b\r\n" CTE "base64\r\n\r\n//79/PsNCg==\r\n")},
    {"no MIME at all: RFC 1428", STR("A: b\r\n\r\nol\xc3\xa9, said ten people at once\r\n"),
     STR("A: b\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n" CTE
         "quoted-printable\r\n\r\nol=C3=A9, said ten people at once\r\n")},
    {"not UTF-8 either", STR("A: b\r\n\r\nol\xe9, said ten people at once\r\n"),
     STR("A: b\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=unknown-8bit\r\n" CTE
         "quoted-printable\r\n\r\nol=E9, said ten people at once\r\n")},
    {"all levels; a preamble; a part in a message in a part",
     STR("MIME-Version: 1.0\r\n" CTE "8bit\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
         "pr\xe9"
         "amble\r\n--b\r\n\r\nseven\r\n--b\r\n" CTE "8bit\r\n\r\nseven\r\n--b\r\n" CTE
         "8bit\r\nContent-Type: message/rfc822\r\n\r\nMIME-Version: 1.0\r\n"
         "Content-Type: multipart/mixed; boundary=c\r\n" CTE "8bit\r\n\r\n--c\r\n"
         "Content-Type: text/plain; charset=iso-8859-1\r\n\r\nol\xe9, said ten people at once"
         "\r\n--c--\r\n--b--\r\n"),
     STR("MIME-Version: 1.0\r\n" CTE "7bit\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
         "pr?amble\r\n--b\r\n\r\nseven\r\n--b\r\n" CTE "7bit\r\n\r\nseven\r\n--b\r\n" CTE
         "7bit\r\nContent-Type: message/rfc822\r\n\r\nMIME-Version: 1.0\r\n"
         "Content-Type: multipart/mixed; boundary=c\r\n" CTE "7bit\r\n\r\n--c\r\n"
         "Content-Type: text/plain; charset=iso-8859-1\r\n" CTE
         "quoted-printable\r\n\r\nol=E9, said ten people at once\r\n--c--\r\n--b--\r\n")},
    {"what is signed stays; it may stand beside what is changed",
     STR("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: multipart/signed; "
         "boundary=s\r\n\r\n--s\r\n" CTE "8bit\r\n\r\nx\r\n--s--\r\n--b\r\n\r\nol\xe9 and so on, "
         "and on\r\n--b--\r\n"),
     STR("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: multipart/signed; "
         "boundary=s\r\n\r\n--s\r\n" CTE "8bit\r\n\r\nx\r\n--s--\r\n--b\r\n" CTE
         "quoted-printable\r\n\r\nol=E9 and so on, and on\r\n--b--\r\n")},
    {"8 bits in what is signed: RFC 1847",
     STR("Content-Type: multipart/signed; boundary=s\r\n\r\n--s\r\n\r\n\xe9\r\n--s--\r\n"),
     {0}},
    {"8 bits in what is encrypted",
     STR("Content-Type: multipart/encrypted; boundary=s\r\n\r\n--s\r\n\r\n\xe9\r\n--s--\r\n"),
     {0}},
    {"a header", STR("Subject: \xc3\xa9\r\n\r\nx\r\n"), {0}},
    {"a header of a part",
     STR("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nX: \xe9\r\n\r\nx\r\n--b--\r\n"),
     {0}},
    {"a header of a message in it",
     STR("Content-Type: message/rfc822\r\n\r\nSubject: \xe9\r\n\r\nx\r\n"),
     {0}},
    {"which message/global may have (RFC 6532)",
     STR("MIME-Version: 1.0\r\nContent-Type: message/global\r\n" CTE "8bit\r\n\r\n"
         "Subject: ol\xc3\xa9, and so on\r\n\r\nx\r\n"),
     STR("MIME-Version: 1.0\r\nContent-Type: message/global\r\n" CTE "quoted-printable\r\n\r\n"
         "Subject: ol=C3=A9, and so on\r\n\r\nx\r\n")},
    {"what is no leaf is not encoded", STR("Content-Type: message/partial\r\n\r\n\xe9\r\n"), {0}},
    {"a multipart without parts",
     STR("Content-Type: multipart/mixed; boundary=b\r\n\r\n\xe9\r\n"),
     {0}},
    {"an encoding that nobody knows", STR(CTE "x-own\r\n\r\n\xe9\r\n"), {0}},
    {"quoted-printable that is none",
     STR("MIME-Version: 1.0\r\nContent-Type: text/html\r\n" CTE
         "quoted-printable\r\n\r\nol\xe9 and =E9, and so on, and on\r\n"),
     STR("MIME-Version: 1.0\r\nContent-Type: text/html\r\n" CTE
         "quoted-printable\r\n\r\nol=E9 and =E9, and so on, and on\r\n")},
    {"binary: RFC 3030",
     STR("MIME-Version: 1.0\r\nContent-Type: a/b\r\n" CTE "BINARY\r\n\r\na\0\n"),
     STR("MIME-Version: 1.0\r\nContent-Type: a/b\r\n" CTE "base64\r\n\r\nYQAK\r\n")},
    {"a lone LF in a header", STR("A: b\nC: d\r\n\r\nx\r\n"), {0}},
    {"a header without an end", STR("A: \r\n\xe9\r\n"), {0}},
    {"a header that the outer boundary cuts off",
     STR("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nol\xe9, said ten people\r\n"
         "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\nX: y\r\n--b--\r\n"),
     STR("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" CTE "quoted-printable\r\n\r\n"
         "ol=E9, said ten people\r\n"
         "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\nX: y\r\n--b--\r\n")},
};

static void converts(void **state)
{
    struct ctx *cx = *state;
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct str out = {0};
        print_message("%s\n", rows[i].what);
        enum code code = seven_bits(cx, rows[i].in, &out);
        assert_int_equal(code, rows[i].out.n ? OK : E_UNSUPPORTED);
        assert_str(out, rows[i].out);
    }
}

/* A long line of a converted message is encoded with it; where nothing else is to be done it stays.
 */
static void long_lines(void **state)
{
    struct ctx *cx = *state;
    char line[SEVEN_LINE_MAX + 1];
    struct str out, in;
    memset(line, 'x', sizeof line);
    in = str_printf(cx->arena,
                    "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" CTE
                    "binary\r\n\r\n%.*s\r\n--b\r\n\r\n\xe9\r\n--b--\r\n",
                    (int)sizeof line, line);
    assert_int_equal(seven_bits(cx, in, &out), OK);
    assert_true(str_find(out, str_of(line, 100)) == SIZE_MAX);
    in = str_printf(cx->arena, CTE "binary\r\n\r\n%.*s\r\n", (int)sizeof line, line);
    assert_int_equal(seven_bits(cx, in, &out), OK);
    assert_str(out, in);
}

/* A soft break brings no line that is a boundary. */
static void no_boundary_is_made(void **state)
{
    struct ctx *cx = *state;
    char head[76];
    memset(head, 'x', sizeof head);
    struct str in = str_printf(cx->arena, "%.*s--b and \xe9", 75, head);
    assert_true(str_find(compose_qp(cx->arena, in), STR("\r\n--b")) == SIZE_MAX);
    assert_true(str_find(compose_qp(cx->arena, in), STR("=\r\n=2D-b")) != SIZE_MAX);
}

static void headers(void **state)
{
    struct ctx *cx = *state;
    assert_true(seven_headers(cx, STR("A: b\r\n\r\n\xe9\r\n")));
    assert_false(seven_headers(cx, STR("A: \xe9\r\n\r\nx\r\n")));
    assert_false(
        seven_headers(cx, STR("Content-Type: message/rfc822\r\n\r\nSubject: \xe9\r\n\r\nx\r\n")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FORMAT_TEST(converts),
        FORMAT_TEST(long_lines),
        FORMAT_TEST(no_boundary_is_made),
        FORMAT_TEST(headers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
