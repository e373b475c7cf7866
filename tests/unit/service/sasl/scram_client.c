/* The client's side of SCRAM: RFC 7677 section 3, and what a server may not say. */
#include "unit.h"

#include "base/arena.h"
#include "service/sasl/scram_client.h"

#define NONCE "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"

/* The nonce of the example is as long as ours. */
static struct scram_client example(void)
{
    struct scram_client x = {.nonce = "rOprNGfwEbeRWgbNEkqO"};
    return x;
}

static void the_example_of_rfc_7677(void **state)
{
    struct ctx cx = {.arena = arena_open()};
    struct scram_client x = example();
    struct str out;
    (void)state;
    assert_str(scram_client_first(&cx, &x, STR("user")), STR("n,,n=user,r=rOprNGfwEbeRWgbNEkqO"));
    assert_int_equal(scram_client_final(&cx, &x, STR("user"), STR("pencil"),
                                        STR("r=" NONCE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"), &out),
                     OK);
    assert_str(out, STR("c=biws,r=" NONCE ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="));
    assert_int_equal(
        scram_client_check(&cx, &x, STR("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")), OK);
    assert_int_equal(
        scram_client_check(&cx, &x, STR("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G5=")),
        E_DENIED);
    arena_close(cx.arena);
}

static void what_is_refused(void **state)
{
    static const struct {
        struct str first;
        enum code code;
    } rows[] = {
        {STR(""), E_SYNTAX},
        {STR("e=other-error"), E_SYNTAX},
        {STR("m=ext,r=" NONCE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"), E_SYNTAX},
        {STR("r=" NONCE ",s=W22Z!,i=4096"), E_SYNTAX},
        {STR("r=" NONCE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=0"), E_SYNTAX},
        {STR("r=" NONCE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=-1"), E_SYNTAX},
        {STR("r=" NONCE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1000001"), E_LIMIT},
        {STR("r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"), E_SYNTAX},
        {STR("r=" NONCE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1,x=an extension"), OK},
    };
    struct ctx cx = {.arena = arena_open()};
    struct str out;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct scram_client x = example();
        assert_int_equal(
            scram_client_final(&cx, &x, STR("user"), STR("pencil"), rows[i].first, &out),
            rows[i].code);
    }
    char long_text[SCRAM_CLIENT_TEXT_MAX + 1];
    memset(long_text, 'x', sizeof long_text);
    struct scram_client x = example();
    assert_int_equal(scram_client_check(&cx, &x, str_of(long_text, sizeof long_text)), E_DENIED);
    arena_close(cx.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_example_of_rfc_7677),
                                       cmocka_unit_test(what_is_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
