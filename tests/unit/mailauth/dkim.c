/* Signatures: the example of RFC 8463, what must fail, and what we sign ourselves. */
#include "service/mailauth/dkim.h"
#include "base/buf.h"
#include "unit.h"
#include "zone.h"

#define ED25519_KEY "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
#define RSA_KEY                                                                                    \
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/"   \
    "J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBf" \
    "O2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB"

/* RFC 8463 appendix A.3. */
#define EXAMPLE                                                                                    \
    "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n"                                \
    " d=football.example.com; i=@football.example.com;\r\n"                                        \
    " q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n"                                      \
    " subject : date : message-id : from : subject : date;\r\n"                                    \
    " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"                                        \
    " b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\r\n"                              \
    " Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==\r\n"                                                        \
    "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n"                                    \
    " d=football.example.com; i=@football.example.com;\r\n"                                        \
    " q=dns/txt; s=test; t=1528637909; h=from : to : subject :\r\n"                                \
    " date : message-id : from : subject : date;\r\n"                                              \
    " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n"                                        \
    " b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3\r\n"                              \
    " DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz\r\n"                              \
    " dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=\r\n"                              \
    "From: Joe SixPack <joe@football.example.com>\r\n"                                             \
    "To: Suzie Q <suzie@shopping.example.net>\r\n"                                                 \
    "Subject: Is dinner ready?\r\n"                                                                \
    "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n"                                              \
    "Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n"                             \
    "\r\n"                                                                                         \
    "Hi.\r\n"                                                                                      \
    "\r\n"                                                                                         \
    "We lost the game.  Are you hungry yet?\r\n"                                                   \
    "\r\n"                                                                                         \
    "Joe.\r\n"

struct fixture {
    struct arena *arena;
    struct ctx cx;
    struct random random;
    struct zone *zone;
    struct key_cache *keys;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->arena = arena_open();
    f->random.seed = 7;
    f->cx = (struct ctx){.arena = f->arena, .now_ms = 1530000000000, .random = &f->random};
    f->zone = zone_open(f->arena);
    f->keys = key_cache_open(2);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    key_cache_close(f->keys);
    arena_close(f->arena);
    free(f);
    return 0;
}

static void publish(struct fixture *f, const char *selector, struct str record)
{
    struct str name = str_printf(f->arena, "%s._domainkey.football.example.com", selector);
    zone_add_txt(f->zone, name, &record, 1);
}

static void publish_example(struct fixture *f)
{
    publish(f, "brisbane", STR("v=DKIM1; k=ed25519; p=" ED25519_KEY));
    publish(f, "test", STR("v=DKIM1; k=rsa; p=" RSA_KEY));
}

static struct dkim_answer verify(struct fixture *f, struct str message)
{
    struct canon_message m;
    struct dkim_answer answer;
    canon_open(f->arena, message, &m);
    dkim_verify(&f->cx, &f->zone->resolver, f->keys, &m, &answer);
    return answer;
}

static void the_example_verifies(void **state)
{
    struct fixture *f = *state;
    publish_example(f);
    struct dkim_answer answer = verify(f, STR(EXAMPLE));
    assert_int_equal(answer.count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(answer.at[i].verdict.result, DKIM_PASS);
        assert_str(answer.at[i].domain, STR("football.example.com"));
        assert_str(answer.at[i].identity, STR("@football.example.com"));
    }
    assert_str(answer.at[0].selector, STR("brisbane"));
    assert_str(answer.at[0].b, STR("/gCrinpc"));
    assert_int_equal(answer.at[1].key_bits, 1024);
}

/* In the text, the first what becomes with. */
static struct str changed(struct arena *a, struct str text, const char *what, const char *with)
{
    size_t at = str_find(text, str_z(what));
    assert_true(at != SIZE_MAX);
    return str_join(
        a, (struct str[]){str_sub(text, 0, at), str_z(with), str_from(text, at + strlen(what))}, 3);
}

static void what_was_changed_does_not_verify(void **state)
{
    static const struct {
        const char *what, *with;
        enum dkim_result result;
        const char *reason;
    } rows[] = {
        {"hungry", "thirsty", DKIM_FAIL, "body hash did not verify"},
        {"game.  Are", "game. Are", DKIM_PASS, ""},
        {"Joe.\r\n", "Joe.  \r\n\r\n\r\n", DKIM_PASS, ""},
        {"Subject: Is dinner", "Subject:   Is\r\n  dinner", DKIM_PASS, ""},
        {"Subject: Is", "Subject: is", DKIM_FAIL, "signature did not verify"},
        {"From: Joe", "From: Jim <jim@evil.example>\r\nFrom: Joe", DKIM_FAIL,
         "signature did not verify"},
        {"To: Suzie", "X-New: field\r\nTo: Suzie", DKIM_PASS, ""},
        {"v=1", "v=2", DKIM_PERMERROR, "another version"},
        {"a=ed25519-sha256", "a=rsa-sha1", DKIM_PERMERROR, "SHA-1 is not taken"},
        {"a=ed25519-sha256", "a=rsa-sha512", DKIM_PERMERROR, "unknown algorithm"},
        {"i=@football", "i=@soccer", DKIM_PERMERROR, "i= is not within d="},
        {"h=from : to :\r\n subject : date : message-id : from :", "h=to :", DKIM_PERMERROR,
         "From is not signed"},
        {"q=dns/txt", "q=http", DKIM_PERMERROR, "key not in the DNS"},
        {"t=1528637909", "t=1; x=1528637909", DKIM_FAIL, "signature expired"},
        {"t=1528637909", "t=9; x=8", DKIM_PERMERROR, "malformed t=, x= or l="},
        {"t=1528637909", "l=999999", DKIM_PERMERROR, "l= is longer than the body"},
        {"t=1528637909", "l=10", DKIM_FAIL, "body hash did not verify"},
        {"t=1528637909", "t=soon", DKIM_PERMERROR, "malformed t=, x= or l="},
        {"s=brisbane", "s=perth", DKIM_PERMERROR, "no key for signature"},
        {"s=brisbane", "s=gone", DKIM_PERMERROR, "key revoked"},
        {"s=brisbane", "s=slow", DKIM_TEMPERROR, "the DNS did not answer"},
        {"s=brisbane", "s=test", DKIM_PERMERROR, "key of another kind"},
        {"s=brisbane", "s=web", DKIM_PERMERROR, "key not for this use"},
        {"c=relaxed/relaxed", "c=sloppy", DKIM_PERMERROR, "unknown canonicalization"},
        {"c=relaxed/relaxed", "c=simple", DKIM_FAIL, NULL},
        {"bh=2jU", "bh=2jV", DKIM_FAIL, "body hash did not verify"},
        {"bh=2jU", "bh=", DKIM_PERMERROR, NULL},
        {" b=/gCr", " b=/gCs", DKIM_FAIL, "signature did not verify"},
        {"d=football.example.com;", "d=a b;", DKIM_PERMERROR, NULL},
        {"q=dns/txt;", "q=dns/txt; q=dns/txt;", DKIM_PERMERROR, "malformed tags"},
        {"q=dns/txt;", "=;", DKIM_PERMERROR, "malformed tags"},
    };
    struct fixture *f = *state;
    publish_example(f);
    publish(f, "gone", STR("v=DKIM1; k=ed25519; p="));
    publish(f, "web", STR("v=DKIM1; k=ed25519; s=web; p=" ED25519_KEY));
    zone_fail(f->zone, STR("slow._domainkey.football.example.com"));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct dkim_answer answer =
            verify(f, changed(f->arena, STR(EXAMPLE), rows[i].what, rows[i].with));
        struct verdict v = answer.at[0].verdict;
        if (v.result != rows[i].result ||
            (rows[i].reason && !str_eq(v.reason, str_z(rows[i].reason))))
            fail_msg("%s -> %s: %.*s (%.*s)", rows[i].what, rows[i].with,
                     STR_ARG(dkim_result_name(v.result)), STR_ARG(v.reason));
    }
}

static void a_strict_key_wants_the_very_domain(void **state)
{
    struct fixture *f = *state;
    publish(f, "brisbane", STR("v=DKIM1; t=y:s; k=ed25519; p=" ED25519_KEY));
    struct dkim_answer answer = verify(f, STR(EXAMPLE));
    assert_int_equal(answer.at[0].verdict.result, DKIM_PASS);
    assert_true(answer.at[0].testing);
    answer = verify(f, changed(f->arena, STR(EXAMPLE), "i=@football", "i=@sub.football"));
    assert_str(answer.at[0].verdict.reason, STR("i= is not the domain of d="));
}

static void keys_have_limits(void **state)
{
    static const struct {
        const char *record;
        enum dkim_result result;
    } rows[] = {
        {"v=DKIM1; p=" RSA_KEY, DKIM_PASS},
        {"p=" RSA_KEY, DKIM_PASS},
        {"p=" RSA_KEY "; v=DKIM1", DKIM_PERMERROR},
        {"v=DKIM2; p=" RSA_KEY, DKIM_PERMERROR},
        {"v=DKIM1; h=sha1:sha256; p=" RSA_KEY, DKIM_PASS},
        {"v=DKIM1; h=sha1; p=" RSA_KEY, DKIM_PERMERROR},
        {"v=DKIM1; p=AAAA", DKIM_PERMERROR},
        {"v=DKIM1; p=?", DKIM_PERMERROR},
        {"v=DKIM1", DKIM_PERMERROR},
        /* RSA of 512 bits */
        {"p=MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKj34GkxFhD90vcNLYLInFEX6Ppy1tPf9Cnzj4p4WGeKLs1Pt8Q"
         "uKUpRKfFLfRYC9AIKjbJTWit+CqvjWYzvQwECAwEAAQ==",
         DKIM_PERMERROR},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        f->zone->table.count = 0;
        publish(f, "test", str_z(rows[i].record));
        struct dkim_answer answer = verify(f, STR(EXAMPLE));
        if (answer.at[1].verdict.result != rows[i].result)
            fail_msg("%s: %.*s", rows[i].record, STR_ARG(answer.at[1].verdict.reason));
    }
}

static struct str signed_by(struct fixture *f, const struct sign_key *key, struct str message)
{
    struct canon_message m;
    struct str field = {0};
    const struct dkim_signing how = {
        .key = key,
        .domain = STR("football.example.com"),
        .selector = STR("own"),
        .now_ms = f->cx.now_ms,
        .expires_s = 86400,
    };
    canon_open(f->arena, message, &m);
    assert_int_equal(dkim_sign(&f->cx, &m, &how, &field), OK);
    return str_join(f->arena, (struct str[]){field, message}, 2);
}

static void publish_key(struct fixture *f, const struct sign_key *key)
{
    f->zone->table.count = 0;
    publish(f, "own", dkim_record(f->arena, key));
}

/* Any message: what is signed verifies, and a second From does not. */
static void what_is_signed_verifies(void **state)
{
    static const char letters[] = "ab \t\r\n.:";
    struct fixture *f = *state;
    for (int algorithm = SIGN_RSA_SHA256; algorithm <= SIGN_ED25519_SHA256; algorithm++) {
        struct sign_key *key AUTO(sign_key_close) = sign_key_make((enum sign_algorithm)algorithm);
        struct sign_key *again AUTO(sign_key_close) = NULL;
        assert_int_equal(sign_key_private(&f->cx, sign_key_pem(f->arena, key), &again), OK);
        publish_key(f, again);
        for (int round = 0; round < 200; round++) {
            struct str body = random_text(&f->random, f->arena, 60, letters);
            struct str message = str_printf(f->arena, "From: a@b\r\nSubject:%s\r\n x\r\n\r\n%.*s",
                                            round % 2 ? " s " : "", STR_ARG(body));
            struct str whole = signed_by(f, key, message);
            struct dkim_answer answer = verify(f, whole);
            assert_int_equal(answer.count, 1);
            if (answer.at[0].verdict.result != DKIM_PASS)
                fail_msg("%.*s\n%.*s", STR_ARG(answer.at[0].verdict.reason), STR_ARG(whole));
            answer = verify(f, str_join(f->arena, (struct str[]){STR("From: e@f\r\n"), whole}, 2));
            assert_int_equal(answer.at[0].verdict.result, DKIM_FAIL);
        }
    }
}

static void no_more_signatures_than_the_limit_are_looked_at(void **state)
{
    struct fixture *f = *state;
    struct buf b = buf_of(f->arena, 1U << 20);
    for (int i = 0; i < DKIM_SIGNATURES_MAX + 5; i++)
        buf_add(&b, STR("DKIM-Signature: v=1\r\n"));
    buf_add(&b, STR("\r\n"));
    assert_int_equal(verify(f, buf_str(&b)).count, DKIM_SIGNATURES_MAX);
    buf_reset(&b);
    buf_add(&b, STR("DKIM-Signature: v=1\r\n"));
    for (int i = 0; i < CANON_FIELDS_MAX; i++)
        buf_add(&b, STR("X: y\r\n"));
    buf_add(&b, STR("\r\n"));
    assert_str(verify(f, buf_str(&b)).at[0].verdict.reason, STR("too many header fields"));
}

static void lists_have_limits(void **state)
{
    struct fixture *f = *state;
    struct buf b = buf_of(f->arena, 65536);
    struct tags tags;
    for (int i = 0; i < TAGS_MAX; i++)
        buf_printf(&b, "t%d=x;", i);
    assert_int_equal(tags_parse(&f->cx, buf_str(&b), &tags), OK);
    buf_add(&b, STR("z=x"));
    assert_int_equal(tags_parse(&f->cx, buf_str(&b), &tags), E_LIMIT);
    buf_reset(&b);
    buf_add(&b, STR("h=from : to"));
    for (int i = 0; i < SIGNED_FIELDS_MAX; i++)
        buf_add(&b, STR(":x"));
    const char *many = str_zdup(f->arena, buf_str(&b));
    struct dkim_answer answer = verify(f, changed(f->arena, STR(EXAMPLE), "h=from : to", many));
    assert_str(answer.at[0].verdict.reason, STR("no list of fields in h="));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_example_verifies, setup, teardown),
        cmocka_unit_test_setup_teardown(what_was_changed_does_not_verify, setup, teardown),
        cmocka_unit_test_setup_teardown(a_strict_key_wants_the_very_domain, setup, teardown),
        cmocka_unit_test_setup_teardown(keys_have_limits, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_signed_verifies, setup, teardown),
        cmocka_unit_test_setup_teardown(no_more_signatures_than_the_limit_are_looked_at, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(lists_have_limits, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
