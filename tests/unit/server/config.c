/* The configuration file: what is good is read, what is wrong is named with its line and cause. */
#include "unit.h"

#include "base/buf.h"
#include "server/config.h"
#include <unistd.h>

static const char good[] = "host_name = \"mail.a.example\"\n"
                           "data = \"/tmp\"\n"
                           "control = \"/tmp/control\"\n"
                           "listen \"imap\" { role = imap port = 143 }\n";

/* What reading the text says; a file of its own for each. */
static enum code read_text(struct unit *u, const char *text, struct config *out)
{
    char path[] = "/tmp/postroad-config-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    enum code code = config_read(&u->cx, u->cx.arena, str_z(path), out);
    unlink(path);
    return code;
}

static void a_short_file_has_good_defaults(void **state)
{
    (void)state;
    struct unit u;
    unit_begin(&u);
    struct config c;
    assert_int_equal(read_text(&u, good, &c), OK);
    assert_true(str_eq(c.host_name, STR("mail.a.example")));
    assert_true(str_eq(c.store.dir, STR("/tmp/store")));
    assert_int_equal(c.listener_count, 1);
    assert_int_equal(c.listeners[0].role, LISTEN_IMAP);
    assert_int_equal(c.listeners[0].port, 143);
    assert_true(str_eq(c.listeners[0].address, STR("127.0.0.1")));
    assert_int_equal(c.limits.message_bytes, 50 * 1024 * 1024);
    assert_false(c.auth.plain_in_clear);
    unit_end(&u);
}

static const struct {
    const char *name, *more, *said;
} wrong[] = {
    {"unknown setting", "frob = 1\n", "frob"},
    {"its line", "\n\nfrob = 1\n", ":7:"},
    {"its line below remarks", "# one\nworkers = 3 # \"two\n# three\nfrob = 1\n", ":8:"},
    {"a sign in quotes", "user = \"a#b\"\nfrob = 1\n", ":6:"},
    {"role", "listen \"x\" { role = pop9 port = 1 }\n", "must be one of mx, submission"},
    {"port", "listen \"x\" { role = imap port = 70000 }\n", "must be from 0 to 65535"},
    {"engine", "store { engine = paper }\n", "must be one of rocksdb, memory"},
    {"certificate without key", "certificate \"x\" { chain = \"/dev/null\" }\n", "has no key"},
    {"missing file", "certificate \"x\" { chain = \"/no/such\" key = \"/no\" }\n", "/no/such"},
    {"log level", "log { level = loud }\n", "must be one of error, warn, info, debug"},
    {"threads without end", "workers = 5000\n", "must be from 1 to 4096"},
    {"no number", "workers = many\n", "workers"},
    {"message size", "limits { message_mb = 100000 }\n", "message_mb"},
    {"stub", "resolver { stub = {\"example.org\"} }\n", "stub: for example"},
    {"DMARC", "mailauth { dmarc = perhaps }\n", "must be one of enforce, mark"},
    {"SPF", "mailauth { spf_fail = no }\n", "must be one of mark, refuse"},
    {"a push topic alone", "apple_push { topic = \"com.apple.x\" }\n", "belong together"},
    {"half a certificate", "remote { client_key = \"/k\" }\n", "belong together"},
    {"patience without end", "remote { final_timeout_s = 3601 }\n", "must be from 1 to 3600"},
    {"DNS for ever", "resolver { timeout_s = 601 }\n", "must be from 1 to 600"},
    {"servers", "resolver { forward = {1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17} }\n",
     "forward: more than 16"},
    {"separator", "delivery { sub_address_separator = \"++\" }\n", "one character"},
};

static void what_is_wrong_is_named(void **state)
{
    (void)state;
    struct unit u;
    unit_begin(&u);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct config c;
        struct str text = str_printf(u.cx.arena, "%s%s", good, wrong[i].more);
        enum code code = read_text(&u, text.p, &c);
        if (code == OK || !strstr(u.cx.err.what, wrong[i].said))
            fail_msg("%s: code %d, said: %s", wrong[i].name, code, u.cx.err.what);
    }
    unit_end(&u);
}

static void the_resolver_is_read(void **state)
{
    (void)state;
    struct unit u;
    unit_begin(&u);
    struct config c;
    struct str text =
        str_printf(u.cx.arena,
                   "%sresolver { forward = {\"192.0.2.1\", \"::1@54\"} trust_anchor = \"/k\"\n"
                   " stub = {\"a.example  192.0.2.3@53\"} timeout_s = 3 dns_cache_mb = 2 }\n",
                   good);
    assert_int_equal(read_text(&u, text.p, &c), OK);
    assert_int_equal(c.resolver.forward_count, 2);
    assert_true(str_eq(c.resolver.forward[1], STR("::1@54")));
    assert_int_equal(c.resolver.stub_count, 1);
    assert_true(str_eq(c.resolver.stubs[0].zone, STR("a.example")));
    assert_true(str_eq(c.resolver.stubs[0].server, STR("192.0.2.3@53")));
    assert_true(str_eq(c.resolver.trust_anchor_file, STR("/k")));
    assert_int_equal(c.resolver.timeout_ms, 3000);
    assert_int_equal(c.resolver.cache_bytes, 2 << 20);
    unit_end(&u);
}

static void the_checks_of_mail_are_read(void **state)
{
    (void)state;
    struct unit u;
    unit_begin(&u);
    struct config c;
    assert_int_equal(read_text(&u, good, &c), OK);
    assert_false(c.mailauth.off || c.mailauth.mark_only || c.mailauth.refuse_fails);
    assert_int_equal(c.mailauth.network_count, 2);
    assert_true(str_eq(c.mailauth.networks[0], STR("127.0.0.0/8")));
    struct buf b = buf_of(u.cx.arena, 65536);
    buf_printf(&b,
               "%smailauth { check = false dmarc = mark trusted_networks = {} "
               "trusted_sealers = {a.example",
               good);
    for (int i = 1; i < MAILAUTH_SEALERS_MAX; i++)
        buf_printf(&b, ", s%d.example", i);
    struct str most = buf_str(&b);
    assert_int_equal(read_text(&u, str_printf(u.cx.arena, "%.*s} }\n", STR_ARG(most)).p, &c), OK);
    assert_true(c.mailauth.off && c.mailauth.mark_only);
    assert_int_equal(c.mailauth.network_count, 0);
    assert_int_equal(c.mailauth.sealer_count, MAILAUTH_SEALERS_MAX);
    assert_int_equal(
        read_text(&u, str_printf(u.cx.arena, "%.*s, one.more} }\n", STR_ARG(most)).p, &c), E_LIMIT);
    unit_end(&u);
}

static void what_is_missing_is_named(void **state)
{
    (void)state;
    struct unit u;
    unit_begin(&u);
    struct config c;
    assert_int_equal(read_text(&u, "data = \"/tmp\"\ncontrol = \"/c\"\n", &c), E_SYNTAX);
    assert_non_null(strstr(u.cx.err.what, "host_name is missing"));
    assert_int_equal(read_text(&u, "host_name = \"a\"\ndata = \"/tmp\"\ncontrol = \"/c\"\n", &c),
                     E_SYNTAX);
    assert_non_null(strstr(u.cx.err.what, "nothing to listen on"));
    assert_int_equal(config_read(&u.cx, u.cx.arena, STR("/no/such/file"), &c), E_NOT_FOUND);
    unit_end(&u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_short_file_has_good_defaults),
        cmocka_unit_test(what_is_wrong_is_named),
        cmocka_unit_test(the_resolver_is_read),
        cmocka_unit_test(the_checks_of_mail_are_read),
        cmocka_unit_test(what_is_missing_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
