/* The PROXY protocol (HAProxy's proxy-protocol.txt): the header's two versions, and connections
   that begin with one. */
#include "echo.h"
#include "io/proxy/header.h"
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* cmocka.h wants the headers above */
#include <cmocka.h>

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define FROM_TO_4 "\xc0\x00\x02\x07\xc6\x33\x64\x01\xc8\x22\x00\x19" /* 192.0.2.7, port 51234 */
#define FROM_TO_6                                                                                  \
    "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x07\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"         \
    "\xc8\x22\x00\x19"
#define PATHS_7 "/a\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define PATHS PATHS_7 PATHS_7 PATHS_7 PATHS_7 PATHS_7 PATHS_7 PATHS_7 PATHS_7
/* ALPN "h2", an authority, and the checksum of it all */
#define CHECKED                                                                                    \
    SIGNATURE "\x21\x21\x00\x39" FROM_TO_6 "\x01\x00\x02h2\x02\x00\x06mail.e\x03\x00\x04"
#define CHECKSUM "\x21\x0f\x98\xe5"

static const struct {
    const char *name;
    struct str in;
    enum proxy_kind kind;
    size_t behind; /* bytes that are the client's */
    const char *from;
    uint16_t port;
} headers[] = {
    {"tcp4", STR("PROXY TCP4 192.0.2.7 198.51.100.1 51234 25\r\nEHLO"), PROXY_FROM, 4, "192.0.2.7",
     51234},
    {"tcp6", STR("PROXY TCP6 2001:db8::7 2001:db8::1 0 65535\r\n"), PROXY_FROM, 0, "2001:db8::7",
     0},
    {"unknown", STR("PROXY UNKNOWN\r\n"), PROXY_LOCAL, 0, NULL, 0},
    {"unknown with addresses", STR("PROXY UNKNOWN ffff:f::f ffff::f 65535 65535\r\nx"), PROXY_LOCAL,
     1, NULL, 0},
    {"no line yet", STR("PROXY TCP4 192.0.2.7 198."), PROXY_MORE, 0, NULL, 0},
    {"nothing yet", STR(""), PROXY_MORE, 0, NULL, 0},
    {"a client", STR("EHLO client.example\r\n"), PROXY_BAD, 0, NULL, 0},
    {"lower case", STR("proxy TCP4 192.0.2.7 198.51.100.1 1 2\r\n"), PROXY_BAD, 0, NULL, 0},
    {"bare LF", STR("PROXY TCP4 192.0.2.7 198.51.100.1 1 2\n"), PROXY_BAD, 0, NULL, 0},
    {"CR within", STR("PROXY UNKNOWN \r x\r\n"), PROXY_BAD, 0, NULL, 0},
    {"UNKNOWNS", STR("PROXY UNKNOWNS\r\n"), PROXY_BAD, 0, NULL, 0},
    {"two blanks", STR("PROXY TCP4  192.0.2.7 198.51.100.1 1 2\r\n"), PROXY_BAD, 0, NULL, 0},
    {"blank behind", STR("PROXY TCP4 192.0.2.7 198.51.100.1 1 2 \r\n"), PROXY_BAD, 0, NULL, 0},
    {"zero in front", STR("PROXY TCP4 192.0.2.7 198.51.100.1 01 2\r\n"), PROXY_BAD, 0, NULL, 0},
    {"port", STR("PROXY TCP4 192.0.2.7 198.51.100.1 65536 2\r\n"), PROXY_BAD, 0, NULL, 0},
    {"no port", STR("PROXY TCP4 192.0.2.7 198.51.100.1 1\r\n"), PROXY_BAD, 0, NULL, 0},
    {"octet", STR("PROXY TCP4 192.0.2.07 198.51.100.1 1 2\r\n"), PROXY_BAD, 0, NULL, 0},
    {"mixed", STR("PROXY TCP4 2001:db8::7 198.51.100.1 1 2\r\n"), PROXY_BAD, 0, NULL, 0},
    {"UDP4", STR("PROXY UDP4 192.0.2.7 198.51.100.1 1 2\r\n"), PROXY_BAD, 0, NULL, 0},
    {"v2", STR(SIGNATURE "\x21\x11\0\x0c" FROM_TO_4 "EHLO"), PROXY_FROM, 4, "192.0.2.7", 51234},
    {"v2, cut", STR(SIGNATURE "\x21\x11\0\x0c\xc0\0\x02\x07"), PROXY_MORE, 0, NULL, 0},
    {"v2, IPv6 and checked", STR(CHECKED CHECKSUM "x"), PROXY_FROM, 1, "2001:db8::7", 51234},
    {"v2, wrong checksum", STR(CHECKED "\x21\x0f\x98\xe4"), PROXY_BAD, 0, NULL, 0},
    {"v2, short checksum", STR(SIGNATURE "\x21\x11\0\x11" FROM_TO_4 "\x03\0\x02\0\0"), PROXY_BAD, 0,
     NULL, 0},
    {"v2, unknown field", STR(SIGNATURE "\x21\x11\0\x10" FROM_TO_4 "\xee\0\x01x"), PROXY_FROM, 0,
     "192.0.2.7", 51234},
    {"v2, field too long", STR(SIGNATURE "\x21\x11\0\x10" FROM_TO_4 "\xee\0\x02x"), PROXY_BAD, 0,
     NULL, 0},
    {"v2, half a field", STR(SIGNATURE "\x21\x11\0\x0e" FROM_TO_4 "\xee\0"), PROXY_BAD, 0, NULL, 0},
    {"v2, LOCAL", STR(SIGNATURE "\x20\0\0\0EHLO"), PROXY_LOCAL, 4, NULL, 0},
    {"v2, LOCAL with what it likes", STR(SIGNATURE "\x20\xff\0\x03xyz"), PROXY_LOCAL, 0, NULL, 0},
    {"v2, unspecified", STR(SIGNATURE "\x21\0\0\x03\x04\0\0"), PROXY_LOCAL, 0, NULL, 0},
    {"v2, paths", STR(SIGNATURE "\x21\x31\0\xd8" PATHS), PROXY_LOCAL, 0, NULL, 0},
    {"v2, half the paths", STR(SIGNATURE "\x21\x31\0\x04/a\0\0"), PROXY_BAD, 0, NULL, 0},
    {"v2, short addresses", STR(SIGNATURE "\x21\x11\0\x08\0\0\0\0\0\0\0\0"), PROXY_BAD, 0, NULL, 0},
    {"v2, family", STR(SIGNATURE "\x21\x41\0\0"), PROXY_BAD, 0, NULL, 0},
    {"v2, transport", STR(SIGNATURE "\x21\x13\0\x0c" FROM_TO_4), PROXY_BAD, 0, NULL, 0},
    {"v2, version", STR(SIGNATURE "\x31\x11\0\x0c" FROM_TO_4), PROXY_BAD, 0, NULL, 0},
    {"v2, command", STR(SIGNATURE "\x22\x11\0\x0c" FROM_TO_4), PROXY_BAD, 0, NULL, 0},
    {"v2, too long", STR(SIGNATURE "\x21\x11\x0f\xf1"), PROXY_BAD, 0, NULL, 0},
    {"v2, as long as may be", STR(SIGNATURE "\x21\x11\x0f\xf0"), PROXY_MORE, 0, NULL, 0},
};

static void reads_headers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        struct proxy_header h = proxy_header_read(headers[i].in);
        char text[INET6_ADDRSTRLEN] = "";
        if (h.kind != headers[i].kind)
            fail_msg("%s: %d, %s", headers[i].name, (int)h.kind, h.why ? h.why : "");
        if (h.kind == PROXY_BAD || h.kind == PROXY_MORE)
            continue;
        if (h.n != headers[i].in.n - headers[i].behind)
            fail_msg("%s: %zu bytes", headers[i].name, h.n);
        if (!headers[i].from)
            continue;
        inet_ntop(h.from.v6 ? AF_INET6 : AF_INET, h.from.at, text, sizeof text);
        assert_string_equal(text, headers[i].from);
        assert_int_equal(h.from.port, headers[i].port);
    }
}

static void a_line_may_have_107_bytes(void **state)
{
    (void)state;
    char line[PROXY_V1_MAX + 1] = "PROXY UNKNOWN ";
    memset(line + 14, 'x', sizeof line - 14);
    assert_int_equal(proxy_header_read(str_of(line, PROXY_V1_MAX - 1)).kind, PROXY_MORE);
    assert_int_equal(proxy_header_read(str_of(line, PROXY_V1_MAX)).kind, PROXY_BAD);
    line[PROXY_V1_MAX - 2] = '\r';
    line[PROXY_V1_MAX - 1] = '\n';
    assert_int_equal(proxy_header_read(str_of(line, PROXY_V1_MAX)).kind, PROXY_LOCAL);
}

static bool from_loopback(const void *env, struct str address)
{
    (void)env;
    return str_eq(address, STR("127.0.0.1"));
}

static bool from_nobody(const void *env, struct str address)
{
    (void)env;
    (void)address;
    return false;
}

static const struct io_config small = {.reactors = 1, .workers = 2, .per_address = 2};

static void the_client_is_whom_the_proxy_names(void **state)
{
    (void)state;
    struct echo_server s = {.may_proxy = from_loopback};
    echo_start(&s, &small, false);
    int fd = echo_connect(&s);
    say(fd, "PROXY TCP4 192.0.2.7 198.51.");
    say(fd, "100.1 51234 25\r\nends\n");
    hear(fd, "hello\n192.0.2.7 51234 to 198.51.100.1 25\n");
    int local = echo_connect(&s);
    say_bytes(local, SIGNATURE "\x20\0\0\0", 16);
    say(local, "x\n");
    hear(local, "hello\nx\n");
    assert_int_equal(echo_metric(&s, "postroad_proxy_headers_total", ""), 2);
    close(fd);
    close(local);
    echo_stop(&s, 1000);
}

/* The proxy itself has as many as it likes; each of its clients so many as if he had come alone. */
static void the_clients_address_is_what_counts(void **state)
{
    static const char line[] = "PROXY TCP4 192.0.2.7 198.51.100.1 51234 25\r\n";
    static const char other[] = "PROXY TCP4 192.0.2.8 198.51.100.1 51234 25\r\n";
    (void)state;
    struct echo_server s = {.may_proxy = from_loopback};
    echo_start(&s, &small, false);
    int fds[4];
    for (size_t i = 0; i < 4; i++)
        fds[i] = echo_connect(&s);
    for (size_t i = 0; i < 2; i++) {
        say(fds[i], line);
        hear(fds[i], "hello\n");
    }
    say(fds[2], line);
    hear(fds[2], "busy\n");
    hear_end(fds[2]);
    say(fds[3], other);
    hear(fds[3], "hello\n");
    say(fds[0], "quit\n");
    hear(fds[0], "bye\n");
    hear_end(fds[0]);
    close(fds[0]);
    echo_await(&s.env, &s.env.closed, 1);
    int again = echo_connect(&s);
    say(again, line);
    hear(again, "hello\n");
    for (size_t i = 1; i < 4; i++)
        close(fds[i]);
    close(again);
    echo_stop(&s, 1000);
}

static void others_are_not_heard(void **state)
{
    (void)state;
    struct echo_server s = {.may_proxy = from_nobody};
    echo_start(&s, &small, false);
    int fd = echo_connect(&s);
    hear_end(fd);
    close(fd);
    assert_int_equal(echo_metric(&s, "postroad_proxy_refused_total", ""), 1);
    echo_stop(&s, 1000);
}

/* Ended, or reset since what it said was not read. */
static void gone(int fd)
{
    char byte;
    assert_true(recv(fd, &byte, 1, 0) <= 0);
    close(fd);
}

static void without_a_header_nothing_is_said(void **state)
{
    (void)state;
    struct echo_server s = {.may_proxy = from_loopback};
    struct io_config config = small;
    config.proxy_ms = 50;
    echo_start(&s, &config, false);
    int client = echo_connect(&s), silent = echo_connect(&s), half = echo_connect(&s);
    say(half, "PROXY TC");
    say(client, "ends\n");
    gone(client);
    gone(silent);
    gone(half);
    assert_int_equal(echo_metric(&s, "postroad_timeouts_total", ""), 2);
    assert_int_equal(echo_metric(&s, "postroad_proxy_refused_total", ""), 1);
    echo_stop(&s, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_headers),
        cmocka_unit_test(a_line_may_have_107_bytes),
        cmocka_unit_test(the_client_is_whom_the_proxy_names),
        cmocka_unit_test(the_clients_address_is_what_counts),
        cmocka_unit_test(others_are_not_heard),
        cmocka_unit_test(without_a_header_nothing_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
