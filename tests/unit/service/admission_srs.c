/* SRS: the addresses, what is forged or too old, secrets that change, and what passes SPF. */
#include "../../world/dns_table.h"
#include "../../world/world.h"
#include "service/admission/policy.h"
#include "service/admission/srs.h"
#include "service/mailauth/spf.h"
#include "unit.h"

#define DAY (INT64_C(24) * 3600 * 1000)

static struct ctx context(struct arena *a)
{
    return (struct ctx){.arena = a, .now_ms = 1700000000000};
}

/* Hashes made with Python's hmac and SHA-256; the forms are those of the scheme's paper. */
static void addresses(void **state)
{
    static const struct {
        const char *sender, *domain;
        enum code wanted;
        const char *out;
    } rows[] = {
        {"bob@example.com", "example.net", OK, "SRS0=KKGRSQ=G3=example.com=bob@example.net"},
        {"SRS0=opaq=TT=x.org=al@example.net", "example.org", OK,
         "SRS1=YIKWGJ=example.net==opaq=TT=x.org=al@example.org"},
        /* The third host keeps the first one's part, and leaves the second out. */
        {"SRS1=HASH=example.net==opaq=TT=x.org=al@second.example", "example.org", OK,
         "SRS1=YIKWGJ=example.net==opaq=TT=x.org=al@example.org"},
        {"SRS1=HASH@second.example", "example.org", E_SYNTAX, NULL},
        {"SRS1=HASH=example.net=@second.example", "example.org", E_SYNTAX, NULL},
        {"SRS1=HASH==opaque@second.example", "example.org", E_SYNTAX, NULL},
        {"\"b b\"@example.com", "example.net", E_SYNTAX, NULL},
        {"nobody", "example.net", E_SYNTAX, NULL},
        {"a-local-part-that-is-long@a-domain-name-that-is-rather-long.example", "example.net",
         E_LIMIT, NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *a AUTO(arena_close) = arena_open();
        struct ctx cx = context(a);
        struct str out;
        enum code code =
            srs_encode(&cx, STR("secret"), str_z(rows[i].sender), str_z(rows[i].domain), &out);
        if (code != rows[i].wanted)
            fail_msg("%s: %s", rows[i].sender, code_name(code));
        if (code == OK)
            assert_str(out, str_z(rows[i].out));
    }
}

static void back_again(void **state)
{
    static const struct {
        const char *address;
        enum code wanted;
        const char *out;
    } rows[] = {
        {"SRS0=KKGRSQ=G3=example.com=bob@example.net", OK, "bob@example.com"},
        {"srs0=kkgrsq=g3=EXAMPLE.com=Bob@example.net", OK, "Bob@EXAMPLE.com"},
        {"SRS0+KKGRSQ=G3=example.com=bob@example.net", OK, "bob@example.com"},
        {"SRS0-KKGRSQ=G3=example.com=bob@example.net", OK, "bob@example.com"},
        {"SRS1=YIKWGJ=example.net==opaq=TT=x.org=al@example.org", OK,
         "SRS0=opaq=TT=x.org=al@example.net"},
        {"SRS0=KKGRSA=G3=example.com=bob@example.net", E_DENIED, NULL},
        {"SRS0=KKGRSQ=G4=example.com=bob@example.net", E_DENIED, NULL},
        {"SRS0=KKGRSQ=G3=example.com=bobby@example.net", E_DENIED, NULL},
        {"SRS0==G3=example.com=bob@example.net", E_DENIED, NULL},
        {"SRS0=KKGRS=G3=example.com=bob@example.net", E_DENIED, NULL},
        {"SRS0@example.net", E_SYNTAX, NULL},
        {"SRS2=KKGRSQ=G3=example.com=bob@example.net", E_SYNTAX, NULL},
        {"SRS0=KKGRSQ@example.net", E_SYNTAX, NULL},
        {"bob@example.net", E_SYNTAX, NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct arena *a AUTO(arena_close) = arena_open();
        struct ctx cx = context(a);
        static const struct str secrets[] = {STR("newer"), STR("secret")};
        struct str out;
        enum code code = srs_decode(&cx, secrets, 2, str_z(rows[i].address), &out);
        if (code != rows[i].wanted)
            fail_msg("%s: %s", rows[i].address, code_name(code));
        if (code == OK)
            assert_str(out, str_z(rows[i].out));
    }
}

static void days(void **state)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct ctx cx = context(a);
    static const struct str secret = STR("secret");
    struct str made, out;
    (void)state;
    for (int start = 0; start < 1030; start += 103) { /* the cycle of days ends in between */
        cx.now_ms = 1700000000000 + start * DAY;
        world_must(&cx, srs_encode(&cx, secret, STR("b@x.org"), STR("y.org"), &made), "encode");
        cx.now_ms += SRS_DAYS * DAY;
        assert_int_equal(srs_decode(&cx, &secret, 1, made, &out), OK);
        cx.now_ms += DAY;
        assert_int_equal(srs_decode(&cx, &secret, 1, made, &out), E_DENIED);
        cx.now_ms -= (SRS_DAYS + 2) * DAY;
        assert_int_equal(srs_decode(&cx, &secret, 1, made, &out), OK);
        cx.now_ms -= 2 * DAY;
        assert_int_equal(srs_decode(&cx, &secret, 1, made, &out), E_DENIED);
    }
}

struct place {
    struct dns_table dns;
    struct resolver resolver;
    struct world *w;
    struct srs *srs;
};

static const struct dns_row zone[] = {
    {.name = "outside.example", .type = DNS_TXT, .text = "v=spf1 ip4:198.51.100.1 -all"},
    {.name = "commonwealth.example", .type = DNS_TXT, .text = "v=spf1 ip4:192.0.2.25 -all"},
};

static void place_open(struct place *p)
{
    p->dns = (struct dns_table){.rows = zone, .count = sizeof zone / sizeof *zone};
    p->resolver = dns_table_resolver(&p->dns);
    static const struct queue_config queue;
    const struct world_config config = {
        .delivery = world_delivery, .queue = &queue, .resolver = &p->resolver};
    p->w = world_open(&config);
    p->srs = admission_srs(p->w->admission);
}

static void set(struct place *p, const char *name, const char *scope, const char *value)
{
    const struct policy_row row = {STR("set"), str_z(name), str_z(scope), str_z(value)};
    world_must(&p->w->cx, policy_put(&p->w->cx, admission_policy(p->w->admission), &row), name);
}

static struct str forwarded(struct place *p, const char *sender)
{
    struct str out;
    world_must(
        &p->w->cx,
        srs_forward(&p->w->cx, p->srs, str_z(sender), STR("mixed@commonwealth.example"), &out),
        "srs_forward");
    return out;
}

static enum spf_result spf(struct place *p, struct str sender)
{
    struct spf_question q = {.helo = STR("mail.example"), .sender = sender};
    struct spf_answer answer;
    assert_true(ip_parse(STR("192.0.2.25"), &q.client));
    spf_check(&p->w->cx, &p->resolver, &q, &answer);
    return answer.result;
}

static void who_is_rewritten(void **state)
{
    struct place p;
    bool found;
    struct str out;
    (void)state;
    place_open(&p);
    struct ctx *cx = &p.w->cx;
    assert_str(forwarded(&p, "a@outside.example"), STR("a@outside.example")); /* off */
    assert_int_equal(spf(&p, STR("a@outside.example")), SPF_FAIL);
    set(&p, "srs", "*", "on");
    struct str path = forwarded(&p, "a@outside.example");
    assert_true(str_ends(path, STR("=outside.example=a@commonwealth.example")));
    assert_int_equal(spf(&p, path), SPF_PASS);
    assert_str(forwarded(&p, "jane.roe@commonwealth.example"),
               STR("jane.roe@commonwealth.example"));
    assert_str(forwarded(&p, ""), STR(""));
    world_must(cx, srs_reverse(cx, p.srs, path, &found, &out), "reverse");
    assert_true(found);
    assert_str(out, STR("a@outside.example"));
    /* Another secret: the old one is believed, for a time. */
    cx->now_ms += DAY;
    world_must(cx, srs_rotate(cx, p.srs), "rotate");
    assert_false(str_eq(forwarded(&p, "a@outside.example"), path));
    cx->now_ms += (SRS_DAYS - 1) * DAY;
    assert_int_equal(srs_reverse(cx, p.srs, path, &found, &out), OK);
    cx->now_ms += 2 * DAY;
    assert_int_equal(srs_reverse(cx, p.srs, path, &found, &out), E_DENIED);
    /* A domain of its own, and one where it is off. */
    set(&p, "srs-domain", "commonwealth.example", "srs.example");
    path = forwarded(&p, "a@outside.example");
    assert_true(str_ends(path, STR("@srs.example")));
    world_must(cx, srs_reverse(cx, p.srs, path, &found, &out), "reverse");
    assert_true(found);
    set(&p, "srs", "commonwealth.example", "off");
    assert_str(forwarded(&p, "a@outside.example"), STR("a@outside.example"));
    assert_int_equal(
        srs_reverse(cx, p.srs, STR("srs0=somebody@commonwealth.example"), &found, &out), OK);
    assert_false(found); /* it may be somebody's address */
    assert_int_equal(srs_reverse(cx, p.srs, STR("SRS0=a=b=c@foreign.example"), &found, &out), OK);
    assert_false(found);
    world_close(p.w);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses),
        cmocka_unit_test(back_again),
        cmocka_unit_test(days),
        cmocka_unit_test(who_is_rewritten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
