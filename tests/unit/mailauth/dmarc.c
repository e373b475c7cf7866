/* Policies, the tree walk, alignment, and the field that tells of it all. */
#include "service/mailauth/results.h"
#include "unit.h"
#include "zone.h"

struct fixture {
    struct arena *arena;
    struct ctx cx;
    struct random random;
    struct zone *zone;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->arena = arena_open();
    f->random.seed = 11;
    f->cx = (struct ctx){.arena = f->arena, .random = &f->random};
    f->zone = zone_open(f->arena);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    arena_close(f->arena);
    free(f);
    return 0;
}

static void publish(struct fixture *f, const char *domain, const char *record)
{
    struct str text = str_z(record);
    zone_add_txt(f->zone, str_printf(f->arena, "_dmarc.%s", domain), &text, 1);
}

static void records_are_read(void **state)
{
    static const struct {
        const char *text;
        bool usable;
        enum dmarc_policy policy, subdomains, absent;
        size_t rua;
    } rows[] = {
        {"v=DMARC1; p=none", true, 0, 0, 0, 0},
        {"v=DMARC1;p=reject;", true, 2, 2, 2, 0},
        {"v=DMARC1; p=reject; sp=quarantine", true, 2, 1, 1, 0},
        {"v=DMARC1; p=reject; sp=none; np=reject", true, 2, 0, 2, 0},
        {"v=DMARC1; p=REJECT; rua=mailto:a@b.example,mailto:c@d.example!10m", true, 2, 2, 2, 2},
        {"v=DMARC1; rua=mailto:a@b.example", true, 0, 0, 0, 1},
        {"v=DMARC1; p=never; rua=mailto:a@b.example", true, 0, 0, 0, 1},
        {"v=DMARC1; p=reject; rua=https://b.example/", true, 2, 2, 2, 0},
        {"v=DMARC1; p=reject; new=thing", true, 2, 2, 2, 0},
        {"v=DMARC1", false, 0, 0, 0, 0},
        {"v=DMARC1; p=never", false, 0, 0, 0, 0},
        {"p=reject; v=DMARC1", false, 0, 0, 0, 0},
        {"v=DMARC2; p=reject", false, 0, 0, 0, 0},
        {"v=dmarc1; p=reject", false, 0, 0, 0, 0},
        {"v=DMARC1; p=reject; p=none", false, 0, 0, 0, 0},
        {"v=DMARC1 p=reject", false, 0, 0, 0, 0},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct dmarc_record r = {0};
        bool usable = dmarc_parse(&f->cx, str_z(rows[i].text), &r) == OK;
        if (usable != rows[i].usable || r.policy != rows[i].policy ||
            r.subdomains != rows[i].subdomains || r.absent != rows[i].absent ||
            r.rua_count != rows[i].rua)
            fail_msg("%s", rows[i].text);
    }
}

/* One signature of that domain, which passed. */
static struct dkim_answer signed_by(struct fixture *f, const char *domain)
{
    struct dkim_answer answer = {ARENA_NEW(f->arena, struct dkim_signature), 1};
    answer.at->verdict.result = DKIM_PASS;
    answer.at->domain = str_z(domain);
    return answer;
}

static struct dmarc_answer check(struct fixture *f, const char *from, const char *spf,
                                 const char *dkim)
{
    struct dkim_answer none = {0}, one = dkim ? signed_by(f, dkim) : none;
    struct dmarc_answer answer;
    const struct dmarc_question q = {
        .from_domain = str_z(from),
        .spf = spf ? SPF_PASS : SPF_FAIL,
        .spf_domain = str_z(spf),
        .dkim = &one,
    };
    dmarc_check(&f->cx, &f->zone->resolver, &q, &answer);
    return answer;
}

static void domains_are_aligned(void **state)
{
    static const struct {
        const char *from, *spf, *dkim;
        enum dmarc_result result;
        enum dmarc_policy disposition;
    } rows[] = {
        {"example.com", "example.com", NULL, DMARC_PASS, 0},
        {"example.com", NULL, "example.com", DMARC_PASS, 0},
        {"example.com", "bounce.example.com", NULL, DMARC_PASS, 0},
        {"mail.example.com", "example.com", NULL, DMARC_PASS, 0},
        {"a.b.example.com", NULL, "c.d.example.com", DMARC_PASS, 0},
        {"example.com", "example.org", "badexample.com", DMARC_FAIL, DMARC_POLICY_REJECT},
        {"example.com", NULL, NULL, DMARC_FAIL, DMARC_POLICY_REJECT},
        {"mail.example.com", NULL, NULL, DMARC_FAIL, DMARC_POLICY_QUARANTINE},
        {"nobody.example.com", NULL, NULL, DMARC_FAIL, DMARC_POLICY_REJECT},
        {"strict.example", "sub.strict.example", "sub.strict.example", DMARC_FAIL, 2},
        {"strict.example", NULL, "strict.example", DMARC_PASS, 0},
        {"testing.example", NULL, NULL, DMARC_FAIL, DMARC_POLICY_QUARANTINE},
        {"never.example", NULL, NULL, DMARC_FAIL, DMARC_POLICY_NONE},
        {"silent.example", "silent.example", NULL, DMARC_NONE, 0},
        {"twice.example", NULL, NULL, DMARC_NONE, 0},
        {"slow.example", NULL, NULL, DMARC_TEMPERROR, 0},
        {"", NULL, NULL, DMARC_PERMERROR, 0},
        /* below a public suffix (psd=y) others are strangers */
        {"one.bank", "two.bank", NULL, DMARC_FAIL, DMARC_POLICY_QUARANTINE},
        {"one.bank", "www.one.bank", NULL, DMARC_PASS, 0},
        {"two.bank", "two.bank", NULL, DMARC_PASS, 0},
        /* psd=n ends the walk */
        {"x.agency.example.com", "example.com", NULL, DMARC_FAIL, DMARC_POLICY_REJECT},
        {"x.agency.example.com", "y.agency.example.com", NULL, DMARC_PASS, 0},
        /* more than eight labels: the walk takes a short cut */
        {"a.b.c.d.e.f.g.h.i.example.com", "example.com", NULL, DMARC_PASS, 0},
    };
    struct fixture *f = *state;
    publish(f, "example.com", "v=DMARC1; p=reject; sp=quarantine; np=reject");
    publish(f, "agency.example.com", "v=DMARC1; p=reject; psd=n");
    publish(f, "strict.example", "v=DMARC1; p=reject; adkim=s; aspf=s");
    publish(f, "testing.example", "v=DMARC1; p=reject; t=y");
    publish(f, "never.example", "v=DMARC1; p=quarantine; pct=0");
    publish(f, "twice.example", "v=DMARC1; p=reject");
    publish(f, "twice.example", "v=DMARC1; p=none");
    publish(f, "bank", "v=DMARC1; p=quarantine; psd=y");
    zone_add(f->zone, STR("mail.example.com"), 0, (struct str){0});
    zone_fail(f->zone, STR("_dmarc.slow.example"));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct dmarc_answer got = check(f, rows[i].from, rows[i].spf, rows[i].dkim);
        if (got.result != rows[i].result || got.disposition != rows[i].disposition)
            fail_msg("%s by %s, %s: %.*s, %.*s", rows[i].from, rows[i].spf, rows[i].dkim,
                     STR_ARG(dmarc_result_name(got.result)),
                     STR_ARG(dmarc_policy_name(got.disposition)));
    }
}

static void a_walk_asks_at_most_eight_times(void **state)
{
    struct fixture *f = *state;
    (void)check(f, "a.b.c.d.e.f.g.h.i.j.k.l.m.n.example.com", NULL, NULL);
    assert_int_equal(f->zone->table.questions, DMARC_WALK_MAX);
}

static void part_of_the_mail_is_drawn(void **state)
{
    struct fixture *f = *state;
    int hit = 0;
    publish(f, "half.example", "v=DMARC1; p=quarantine; pct=50");
    for (int i = 0; i < 400; i++)
        hit += check(f, "half.example", NULL, NULL).disposition == DMARC_POLICY_QUARANTINE;
    assert_in_range(hit, 150, 250);
}

static void results_are_told(void **state)
{
    struct fixture *f = *state;
    struct ip client;
    assert_true(ip_parse(STR("192.0.2.1"), &client));
    struct dkim_answer dkim = signed_by(f, "example.com");
    dkim.at->selector = STR("s1");
    dkim.at->identity = STR("\"odd\nuser\"@example.com");
    dkim.at->b = STR("abc+/=12");
    dkim.at->key_bits = 2048;
    dkim.at->algorithm = SIGN_RSA_SHA256;
    const struct spf_answer spf = {.result = SPF_SOFTFAIL};
    const struct dmarc_answer dmarc = {
        .result = DMARC_PASS, .policy_domain = STR("example.com"), .policy = DMARC_POLICY_REJECT};
    const struct results r = {
        .server = STR("mx.example.net"),
        .client = client,
        .spf = &spf,
        .mail_from = STR("a@example.com"),
        .dkim = &dkim,
        .dmarc = &dmarc,
        .from_domain = STR("example.com"),
        .looked_host = true,
    };
    assert_str(results_text(f->arena, &r),
               STR("mx.example.net;\r\n iprev=fail policy.iprev=192.0.2.1;\r\n"
                   " spf=softfail smtp.mailfrom=a@example.com;\r\n"
                   " dkim=pass (2048-bit key) header.d=example.com"
                   " header.i=\"\\\"odduser\\\"@example.com\" header.s=s1 header.a=rsa-sha256"
                   " header.b=\"abc+/=12\";\r\n"
                   " dmarc=pass (p=reject dis=none) header.from=example.com"));
    const struct results nothing = {.server = STR("mx.example.net")};
    assert_str(results_text(f->arena, &nothing), STR("mx.example.net; none"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(records_are_read, setup, teardown),
        cmocka_unit_test_setup_teardown(domains_are_aligned, setup, teardown),
        cmocka_unit_test_setup_teardown(a_walk_asks_at_most_eight_times, setup, teardown),
        cmocka_unit_test_setup_teardown(part_of_the_mail_is_drawn, setup, teardown),
        cmocka_unit_test_setup_teardown(results_are_told, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
