/* The official suite of RFC 7208, whole, and cases of our own. */
#include "service/mailauth/spf.h"
#include "base/buf.h"
#include "unit.h"
#include "yaml.h"
#include "zone.h"

enum { PIECES_MAX = 20 };

static void txt_add(struct suite *s, struct zone *z, struct str name, node value)
{
    struct str pieces[PIECES_MAX];
    size_t count = 0;
    for (node piece; (piece = node_item(s, value, count)) && count < PIECES_MAX;)
        pieces[count++] = node_text(piece);
    zone_add_txt(z, name, pieces, count);
}

static const struct {
    struct str name;
    enum dns_type type;
} plain_types[] = {
    {STR("A"), DNS_A}, {STR("AAAA"), DNS_AAAA}, {STR("PTR"), DNS_PTR}, {STR("CNAME"), DNS_CNAME}};

static void record_add(struct suite *s, struct zone *z, struct str name, struct str type,
                       node value)
{
    if (str_eq(type, STR("TXT"))) {
        txt_add(s, z, name, value);
        return;
    }
    if (str_eq(type, STR("MX"))) {
        struct str preference = node_text(node_item(s, value, 0));
        struct str host = node_text(node_item(s, value, 1));
        zone_add(z, name, DNS_MX,
                 str_printf(z->arena, "%.*s %.*s", STR_ARG(preference), STR_ARG(host)));
        return;
    }
    for (size_t i = 0; i < sizeof plain_types / sizeof *plain_types; i++) {
        if (str_eq(type, plain_types[i].name)) {
            zone_add(z, name, plain_types[i].type, node_text(value));
            return;
        }
    }
    fail_msg("a record of type %.*s", STR_ARG(type));
}

/* The suite says: an SPF record stands for a TXT record too, unless there is one ("NONE" says that
   there is none at all). */
static void name_add(struct suite *s, struct zone *z, struct str name, node records)
{
    bool has_txt = false;
    struct str type;
    node record, value;
    for (size_t i = 0; (record = node_item(s, records, i)); i++)
        if (node_pair(s, record, 0, &type, &value))
            has_txt |= str_eq(type, STR("TXT"));
    for (size_t i = 0; (record = node_item(s, records, i)); i++) {
        if (node_is_scalar(record)) {
            assert_str(node_text(record), STR("TIMEOUT"));
            zone_fail(z, name);
            continue;
        }
        assert_true(node_pair(s, record, 0, &type, &value));
        bool is_spf = str_eq(type, STR("SPF"));
        zone_add(z, name, 0, (struct str){0});
        if ((is_spf && has_txt) || str_eq(node_text(value), STR("NONE")))
            continue;
        record_add(s, z, name, is_spf ? STR("TXT") : type, value);
    }
}

static struct zone *zone_of(struct suite *s, struct arena *a, node data)
{
    struct zone *z = zone_open(a);
    struct str name;
    node records;
    for (size_t i = 0; node_pair(s, data, i, &name, &records); i++)
        name_add(s, z, name, records);
    return z;
}

static bool is_wanted(struct suite *s, node results, struct str got)
{
    node one;
    for (size_t i = 0; (one = node_item(s, results, i)); i++)
        if (str_eq(node_text(one), got))
            return true;
    return false;
}

/* Returns the number of faults. */
static int play(struct suite *s, struct zone *z, struct str name, node test)
{
    struct random random = {0};
    struct ctx cx = {.arena = z->arena, .random = &random, .now_ms = 1790000000000};
    struct spf_question q = {.helo = node_text(node_get(s, test, "helo")),
                             .sender = node_text(node_get(s, test, "mailfrom")),
                             .receiver = STR("receiver.example.net")};
    assert_true(ip_parse(node_text(node_get(s, test, "host")), &q.client));
    struct spf_answer answer;
    spf_check(&cx, &z->resolver, &q, &answer);
    struct str got = spf_result_name(answer.result);
    node explanation = node_get(s, test, "explanation");
    struct str text = node_text(explanation);
    bool good = is_wanted(s, node_get(s, test, "result"), got);
    if (explanation && str_eq(got, STR("fail")))
        good &= str_eq(text, STR("DEFAULT")) ? answer.explanation.n == 0
                                             : str_eq(text, answer.explanation);
    if (!good)
        print_error("%.*s: %.*s (%.*s) \"%.*s\", wanted \"%.*s\"\n", STR_ARG(name), STR_ARG(got),
                    STR_ARG(answer.problem), STR_ARG(answer.explanation), STR_ARG(text));
    return good ? 0 : 1;
}

static void the_official_suite_passes(void **state)
{
    (void)state;
    struct arena *a AUTO(arena_close) = arena_open();
    struct suite *s = suite_open("mail-auth/spf-rfc7208.tar.zst", "rfc7208-tests.yml");
    if (!s)
        skip();
    int faults = 0, played = 0;
    node root;
    while ((root = suite_next(s))) {
        struct zone *z = zone_of(s, a, node_get(s, root, "zonedata"));
        struct str name;
        node test;
        for (size_t i = 0; node_pair(s, node_get(s, root, "tests"), i, &name, &test); i++) {
            faults += play(s, z, name, test);
            played++;
        }
    }
    suite_close(s);
    print_message("%d cases\n", played);
    assert_true(played > 150);
    assert_int_equal(faults, 0);
}

static void records_have_limits(void **state)
{
    (void)state;
    struct arena *a AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = a};
    struct buf b = buf_of(a, 8192);
    struct spf_record record;
    buf_add(&b, STR("v=spf1"));
    for (int i = 0; i < SPF_TERMS_MAX; i++)
        buf_add(&b, STR(" ip4:192.0.2.1"));
    assert_int_equal(spf_parse(&cx, buf_str(&b), &record), OK);
    assert_int_equal(record.count, SPF_TERMS_MAX);
    buf_add(&b, STR(" -all"));
    assert_int_equal(spf_parse(&cx, buf_str(&b), &record), E_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_official_suite_passes),
        cmocka_unit_test(records_have_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
