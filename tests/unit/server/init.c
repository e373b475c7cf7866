/* The first configuration: it can be read, and the world reaches it over IPv4 and IPv6. */
#include "unit.h"

#include "server/args.h"
#include "server/config.h"
#include "server/init.h"
#include <unistd.h>

/* Writes a configuration with one more word (none when empty) and reads it; the files go again. */
static void write_and_read(struct unit *u, const char *word, struct config *out)
{
    char dir[] = "/tmp/postroad-init-XXXXXX";
    assert_non_null(mkdtemp(dir));
    struct str file = str_printf(u->cx.arena, "%s/conf", dir);
    struct args args = {.words = {STR("--config"), file, STR("--host"), STR("mail.a.example"),
                                  STR("--data"), str_z(dir), str_z(word)},
                        .count = *word ? 7 : 6};
    assert_int_equal(init_run(&u->cx, &args), 0);
    assert_int_equal(config_read(&u->cx, u->cx.arena, file, out), OK);
    assert_int_equal(unlink(file.p), 0);
    assert_int_equal(rmdir(dir), 0);
}

static bool listens(const struct config *c, enum listen_role role, const char *address,
                    uint16_t port)
{
    for (size_t i = 0; i < c->listener_count; i++) {
        const struct config_listener *l = &c->listeners[i];
        if (l->role == role && str_eq(l->address, str_z(address)) && l->port == port)
            return true;
    }
    return false;
}

static void the_world_reaches_it_over_both(void **state)
{
    (void)state;
    struct unit u;
    unit_begin(&u);
    struct config c;
    write_and_read(&u, "", &c);
    assert_true(listens(&c, LISTEN_MX, "0.0.0.0", 25) && listens(&c, LISTEN_MX, "::", 25));
    assert_true(listens(&c, LISTEN_IMAP, "0.0.0.0", 143) && listens(&c, LISTEN_IMAP, "::", 143));
    assert_true(listens(&c, LISTEN_POP3, "0.0.0.0", 110) && listens(&c, LISTEN_POP3, "::", 110));
    assert_true(listens(&c, LISTEN_METRICS, "127.0.0.1", 9100));
    assert_true(listens(&c, LISTEN_MANAGESIEVE, "::", 4190));
    assert_int_equal(c.listener_count, 13); /* two each of six, and the metrics; no TLS at once */
    for (size_t i = 0; i < c.listener_count; i++)
        for (size_t j = 0; j < i; j++) /* names are what systemd's sockets are known by */
            assert_false(str_eq(c.listeners[i].name, c.listeners[j].name));
    assert_false(c.auth.plain_in_clear);
    unit_end(&u);
}

static void loopback_is_loopback_alone(void **state)
{
    (void)state;
    struct unit u;
    unit_begin(&u);
    struct config c;
    write_and_read(&u, "--loopback", &c);
    assert_int_equal(c.listener_count, 7);
    for (size_t i = 0; i < c.listener_count; i++)
        assert_true(str_eq(c.listeners[i].address, STR("127.0.0.1")));
    assert_true(c.auth.plain_in_clear);
    unit_end(&u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_world_reaches_it_over_both),
        cmocka_unit_test(loopback_is_loopback_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
