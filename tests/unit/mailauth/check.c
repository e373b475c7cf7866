/* What mailauth_check tells of a whole message: the host's name (iprev, RFC 8601 section 3), and
   the logo of its author (BIMI), from a table as the DNS. */
#include "../../world/dns_table.h"
#include "service/mailauth.h"
#include "service/mailauth/bimi.h"
#include "unit.h"

static const struct dns_row rows[] = {
    /* Forward-confirmed; an alias; a name that leads elsewhere; the second of two. */
    {.name = "1.2.0.192.in-addr.arpa", .type = DNS_PTR, .text = "mx.brand.example"},
    {.name = "mx.brand.example", .type = DNS_A, .text = "192.0.2.1"},
    {.name = "2.2.0.192.in-addr.arpa", .type = DNS_PTR, .text = "mx.brand.example"},
    {.name = "3.2.0.192.in-addr.arpa", .type = DNS_PTR, .text = "gone.brand.example"},
    {.name = "3.2.0.192.in-addr.arpa", .type = DNS_PTR, .text = "two.brand.example"},
    {.name = "two.brand.example", .type = DNS_A, .text = "192.0.2.9"},
    {.name = "two.brand.example", .type = DNS_A, .text = "192.0.2.3"},
    {.name = "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
     .type = DNS_PTR,
     .text = "six.brand.example"},
    {.name = "six.brand.example", .type = DNS_AAAA, .text = "2001:db8::1"},
    {.name = "brand.example", .type = DNS_TXT, .text = "v=spf1 ip4:192.0.2.0/24 -all"},
    {.name = "_dmarc.brand.example", .type = DNS_TXT, .text = "v=DMARC1; p=reject"},
    {.name = "default._bimi.brand.example",
     .type = DNS_TXT,
     .text = "v=BIMI1; l=https://brand.example/logo.svg; a=https://brand.example/vmc.pem"},
    {.name = "winter._bimi.brand.example",
     .type = DNS_TXT,
     .text = "v=BIMI1; l=https://brand.example/winter.svg;"},
    {.name = "sub.brand.example", .type = DNS_TXT, .text = "v=spf1 ip4:192.0.2.0/24 -all"},
    {.name = "none.example", .type = DNS_TXT, .text = "v=spf1 ip4:192.0.2.0/24 -all"},
    {.name = "_dmarc.none.example", .type = DNS_TXT, .text = "v=DMARC1; p=none"},
    {.name = "default._bimi.none.example",
     .type = DNS_TXT,
     .text = "v=BIMI1; l=https://none.example/logo.svg"},
    {.name = "spf.example", .type = DNS_TXT, .text = "v=spf1 ip4:192.0.2.0/24 -all"},
    {.name = "shy.example", .type = DNS_TXT, .text = "v=spf1 ip4:192.0.2.0/24 -all"},
    {.name = "_dmarc.shy.example", .type = DNS_TXT, .text = "v=DMARC1; p=quarantine"},
    {.name = "default._bimi.shy.example", .type = DNS_TXT, .text = "v=BIMI1; l=; a="},
    {.name = "bad.example", .type = DNS_TXT, .text = "v=spf1 ip4:192.0.2.0/24 -all"},
    {.name = "_dmarc.bad.example", .type = DNS_TXT, .text = "v=DMARC1; p=reject"},
    {.name = "default._bimi.bad.example",
     .type = DNS_TXT,
     .text = "v=BIMI1; l=http://bad.example/logo.svg"},
    {.name = "slow.example", .type = DNS_TXT, .text = "v=spf1 ip4:192.0.2.0/24 -all"},
    {.name = "_dmarc.slow.example", .type = DNS_TXT, .text = "v=DMARC1; p=reject"},
    {.name = "default._bimi.slow.example", .type = DNS_TXT, .status = DNS_FAILED},
};

static struct mailauth_report checked(struct arena *arena, const char *client, const char *domain,
                                      const char *selector)
{
    struct dns_table dns = {.rows = rows, .count = sizeof rows / sizeof *rows};
    const struct resolver resolver = dns_table_resolver(&dns);
    const struct mailauth_config config = {0};
    const struct mailauth_parts parts = {
        .config = &config, .resolver = &resolver, .host_name = STR("mail.example")};
    struct ctx cx = {.arena = arena, .now_ms = 1700000000000};
    struct mailauth *a;
    assert_int_equal(mailauth_open(&cx, &parts, &a), OK);
    struct str from = str_printf(arena, " A <a@%s>", domain);
    const struct mailauth_message m = {
        .id = STR("id"),
        .client = str_z(client),
        .helo = STR("mx.example"),
        .mail_from = str_printf(arena, "a@%s", domain),
        .bytes = str_printf(arena, "From:%.*s\r\n%s\r\nHello.\r\n", STR_ARG(from), selector),
        .from_value = from,
        .bimi = true,
    };
    struct mailauth_report report;
    mailauth_check(&cx, a, &m, &report);
    mailauth_close(a);
    return report;
}

/* The fields that are put in front of a message, on one line. */
static struct str told(struct arena *arena, const char *client, const char *domain,
                       const char *selector)
{
    struct mailauth_report report = checked(arena, client, domain, selector);
    char *line = arena_alloc(arena, report.field.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < report.field.n; i++)
        if (report.field.p[i] != '\r' && report.field.p[i] != '\n')
            line[n++] = report.field.p[i];
    return str_of(line, n);
}

static void has(const char *client, const char *domain, const char *selector, const char *wanted)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct str field = told(a, client, domain, selector);
    if (str_find(field, str_z(wanted)) == SIZE_MAX)
        fail_msg("no \"%s\" in \"%.*s\"", wanted, STR_ARG(field));
}

static void has_not(const char *client, const char *domain, const char *unwanted)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct str field = told(a, client, domain, "");
    if (str_find(field, str_z(unwanted)) != SIZE_MAX)
        fail_msg("\"%s\" in \"%.*s\"", unwanted, STR_ARG(field));
}

static void names_that_lead_back(void **state)
{
    (void)state;
    has("192.0.2.1", "none.example", "", "iprev=pass policy.iprev=192.0.2.1;");
    has("192.0.2.2", "none.example", "", "iprev=fail policy.iprev=192.0.2.2;");
    has("192.0.2.3", "none.example", "", "iprev=pass policy.iprev=192.0.2.3;");
    has("192.0.2.4", "none.example", "", "iprev=fail policy.iprev=192.0.2.4;");
    has("2001:db8::1", "none.example", "", "iprev=pass policy.iprev=\"2001:db8::1\";");
    has("2001:db8::2", "none.example", "", "iprev=fail policy.iprev=\"2001:db8::2\";");
}

/* Whatever the policy says is to be done with it. */
static void forged(void **state)
{
    static const struct {
        const char *client, *domain;
        bool wanted;
    } cases[] = {
        {"192.0.2.1", "none.example", false}, {"198.51.100.1", "none.example", true},
        {"192.0.2.1", "shy.example", false},  {"198.51.100.1", "shy.example", true},
        {"192.0.2.1", "spf.example", false},  {"198.51.100.1", "spf.example", true},
        {"192.0.2.1", "mute.example", false},
    };
    struct arena *a AUTO(arena_close) = arena_open();
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (checked(a, cases[i].client, cases[i].domain, "").forged != cases[i].wanted)
            fail_msg("%s from %s", cases[i].domain, cases[i].client);
}

static void logos(void **state)
{
    (void)state;
    has("192.0.2.1", "brand.example", "",
        "bimi=pass header.d=brand.example header.selector=default policy.authority-uri="
        "\"https://brand.example/vmc.pem\"");
    has("192.0.2.1", "brand.example", "",
        "BIMI-Location: v=BIMI1; l=https://brand.example/logo.svg; "
        "a=https://brand.example/vmc.pem");
    has("192.0.2.1", "brand.example", "BIMI-Selector: v=BIMI1; s=Winter;\r\n",
        "header.selector=winter");
    has("192.0.2.1", "brand.example", "BIMI-Selector: v=BIMI1; s=Winter;\r\n",
        "BIMI-Location: v=BIMI1; l=https://brand.example/winter.svg");
    has("192.0.2.1", "brand.example", "BIMI-Selector: nonsense\r\n", "bimi=fail");
    has("192.0.2.1", "brand.example", "BIMI-Selector: v=BIMI1; s=no\r\n", "bimi=none");
    has("192.0.2.1", "sub.brand.example", "", "bimi=pass header.d=brand.example");
    has("192.0.2.1", "shy.example", "", "bimi=declined");
    has_not("192.0.2.1", "shy.example", "BIMI-Location");
    has("192.0.2.1", "bad.example", "", "bimi=fail");
    has_not("192.0.2.1", "bad.example", "BIMI-Location");
    has("192.0.2.1", "slow.example", "", "bimi=temperror");
    /* A policy that is not enforced; a message that DMARC does not prove. */
    has_not("192.0.2.1", "none.example", "bimi");
    has_not("198.51.100.1", "brand.example", "bimi");
}

static void texts_of_records(void **state)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = a};
    static const struct {
        const char *text;
        enum code wanted;
    } records[] = {
        {"v=BIMI1; l=https://a.example/l.svg", OK},
        {"v=BIMI1; l=; a=", OK},
        {"v=BIMI1; l=https://a.example/l.svg; a=https://a.example/x.pem; avp=brand", OK},
        {"v=BIMI2; l=https://a.example/l.svg", E_SYNTAX},
        {"l=https://a.example/l.svg; v=BIMI1", E_SYNTAX},
        {"v=BIMI1", E_SYNTAX},
        {"v=BIMI1; l=ftp://a.example/l.svg", E_SYNTAX},
        {"v=BIMI1; l=https://", E_SYNTAX},
        {"v=BIMI1; l=https://a.example/\"onload=x", E_SYNTAX},
        {"v=BIMI1; l=https://a.example/a b", E_SYNTAX},
        {"v=BIMI1; l=https://a.example/l.svg; a=javascript:x", E_SYNTAX},
        {"", E_SYNTAX},
    };
    (void)state;
    for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
        struct bimi_record r;
        enum code code = bimi_parse(&cx, str_z(records[i].text), &r);
        if (code != records[i].wanted)
            fail_msg("%s: %s", records[i].text, code_name(code));
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_that_lead_back),
        cmocka_unit_test(logos),
        cmocka_unit_test(forged),
        cmocka_unit_test(texts_of_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
