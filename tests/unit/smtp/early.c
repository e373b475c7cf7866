/* Clients that do not wait (RFC 5321 section 4.3.1, RFC 2920 section 3.1): by setting the greeting
   comes late, and what comes before it, or behind EHLO before that is answered, ends the session.
   What may be told apart by how bytes arrive is here; the rest in tests/wire/smtp/early.dialog. */
#include "unit.h"

#include "../world/dns_table.h"
#include "../world/world.h"
#include "service/admission/policy.h"

#define GREETING "220 mail.example ESMTP Postroad\r\n"
#define REFUSAL "554 5.5.0 You did not wait for what we say; closing the connection\r\n"

struct place {
    struct dns_table dns;
    struct resolver resolver;
    struct world *world;
};

static void place_open(struct place *p, struct str delay)
{
    *p = (struct place){0};
    p->resolver = dns_table_resolver(&p->dns);
    const struct world_config config = {.delivery = world_delivery, .resolver = &p->resolver};
    p->world = world_open(&config);
    const struct policy_row row = {STR("set"), STR("greeting-delay-ms"), STR("*"), delay};
    world_must(&p->world->cx,
               policy_put(&p->world->cx, admission_policy(p->world->admission), &row), "policy");
}

static void who_waits_is_greeted(void **state)
{
    struct place p;
    (void)state;
    place_open(&p, STR("3000"));
    struct talk *t = talk_open(p.world, "mx");
    assert_str(talk_wake(t), STR(GREETING));
    assert_str(talk_wake(t), STR(""));
    assert_true(str_starts(talk_say(t, "EHLO a.example\r\n"), STR("250-")));
    /* Behind the answer any group may follow. */
    assert_str(talk_say(t, "NOOP\r\nNOOP\r\n"), STR("250 2.0.0 Ok\r\n250 2.0.0 Ok\r\n"));
    talk_close(t);
    world_close(p.world);
}

static void who_does_not_is_refused(void **state)
{
    static const char *const early[] = {"\r\n", "EHLO a.example\r\n", "x", "\x16\x03\x01"};
    struct place p;
    (void)state;
    place_open(&p, STR("3000"));
    for (size_t i = 0; i < sizeof early / sizeof *early; i++) {
        struct talk *t = talk_open(p.world, "mx");
        assert_str(talk_say(t, early[i]), STR(REFUSAL));
        assert_true(talk_is_closed(t));
        talk_close(t);
    }
    struct talk *t = talk_open(p.world, "mx");
    assert_str(talk_wake(t), STR(GREETING));
    assert_str(talk_say(t, "EHLO a.example\r\nMAIL FROM:<a@outside.example>\r\n"), STR(REFUSAL));
    assert_true(talk_is_closed(t));
    talk_close(t);
    world_close(p.world);
}

static void without_the_setting_all_is_well(void **state)
{
    struct place p;
    (void)state;
    place_open(&p, STR("0"));
    struct talk *t = talk_open(p.world, "mx");
    struct str said = talk_say(t, "EHLO a.example\r\nNOOP\r\n");
    assert_true(str_ends(said, STR("250 2.0.0 Ok\r\n")));
    talk_close(t);
    world_close(p.world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_waits_is_greeted),
        cmocka_unit_test(who_does_not_is_refused),
        cmocka_unit_test(without_the_setting_all_is_well),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
