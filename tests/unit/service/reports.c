/* Counters of reports, and the record that asks for them (RFC 8460 section 3). */
#include "service/reports/reports.h"
#include "base/buf.h"
#include "service/reports/dmarc.h"
#include "service/reports/tally.h"
#include "service/reports/tls.h"
#include "unit.h"

#include "../../world/world.h"

enum { DAY_MS = 86400 * 1000, DAY = 20000 };

static struct world *world;
static struct tally *tally;

static int set_up(void **state)
{
    (void)state;
    world = world_open(NULL);
    tally = tally_open(world->core);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    tally_close(tally);
    world_close(world);
    return 0;
}

static void add(int day, const char *domain, const char *cell, int times)
{
    for (int i = 0; i < times; i++)
        tally_add(tally, TALLY_TLS, (int64_t)(DAY + day) * DAY_MS, str_z(domain), str_z(cell));
}

static void flush(void)
{
    assert_int_equal(tally_flush(&world->cx, tally), OK);
}

static struct tally_day *days(uint32_t before, size_t *count)
{
    struct tally_day *all;
    const struct tally_range range = {.kind = TALLY_TLS, .before = before};
    assert_int_equal(tally_days(&world->cx, world->core, &range, &all, count), OK);
    return all;
}

static uint64_t times(const struct tally_day *day, const char *cell)
{
    struct tally_cell *all;
    size_t count;
    assert_int_equal(tally_cells(&world->cx, world->core, TALLY_TLS, day, &all, &count), OK);
    for (size_t i = 0; i < count; i++)
        if (str_eq(all[i].cell, str_z(cell)))
            return all[i].n;
    return 0;
}

static void what_is_counted_adds_up(void **state)
{
    size_t count;
    (void)state;
    add(0, "a.example", "good", 3);
    add(0, "b.example", "good", 1);
    add(1, "a.example", "good", 5);
    flush();
    add(0, "a.example", "good", 2);
    add(0, "a.example", "bad", 1);
    flush();
    flush();
    struct tally_day *d = days(DAY + 1, &count);
    assert_int_equal(count, 2);
    assert_str(d[0].domain, STR("a.example"));
    assert_int_equal(d[0].cells, 2);
    assert_int_equal(times(&d[0], "good"), 5);
    assert_int_equal(times(&d[0], "bad"), 1);
    assert_int_equal(times(&d[1], "good"), 1);
    assert_int_equal(tally_drop(&world->cx, world->core, TALLY_TLS, &d[0]), OK);
    assert_int_equal(times(&d[0], "good"), 0);
    d = days(DAY + 2, &count);
    assert_int_equal(count, 2);
    assert_int_equal(d[1].day, DAY + 1);
    assert_int_equal(times(&d[1], "good"), 5);
}

static void a_day_has_so_many_cells(void **state)
{
    size_t count;
    char name[40], longest[TALLY_CELL_MAX + 2];
    (void)state;
    for (int i = 0; i < TALLY_CELLS_MAX + 7; i++) {
        snprintf(name, sizeof name, "cell %d", i);
        add(0, "a.example", name, 2);
    }
    memset(longest, 'x', sizeof longest);
    longest[TALLY_CELL_MAX + 1] = 0;
    add(0, "b.example", longest, 1);
    longest[TALLY_CELL_MAX] = 0;
    add(0, "c.example", longest, 1);
    flush();
    struct tally_day *d = days(DAY + 1, &count);
    assert_int_equal(count, 2);
    assert_int_equal(d[0].cells, TALLY_CELLS_MAX);
    assert_int_equal(d[0].dropped, 14);
    assert_str(d[1].domain, STR("c.example"));
    assert_int_equal(tally_drop(&world->cx, world->core, TALLY_TLS, &d[0]), OK);
    (void)days(DAY + 1, &count);
    assert_int_equal(count, 1);
}

/* What waits for the next write: no more kinds of results; of those that wait, any number. */
static void so_many_results_wait(void **state)
{
    enum { LATER = 40, EACH = 1000 };
    size_t before, count;
    char domain[40], cell[40];
    (void)state;
    flush();
    (void)days(DAY + LATER + 1, &before);
    for (int i = 0; i < TALLY_WAITING_MAX; i++) {
        snprintf(domain, sizeof domain, "w%d.example", i / EACH);
        snprintf(cell, sizeof cell, "cell %d", i % EACH);
        add(LATER, domain, cell, 1);
    }
    add(LATER, "late.example", "cell", 1);
    add(LATER, "w7.example", "cell 7", 2);
    flush();
    struct tally_day *d = days(DAY + LATER + 1, &count);
    assert_int_equal(count - before, TALLY_WAITING_MAX / EACH);
    for (size_t i = 0; i < count; i++) {
        assert_false(str_eq(d[i].domain, STR("late.example")));
        if (str_eq(d[i].domain, STR("w7.example")))
            assert_int_equal(times(&d[i], "cell 7"), 3);
        if (d[i].day == DAY + LATER)
            assert_int_equal(tally_drop(&world->cx, world->core, TALLY_TLS, &d[i]), OK);
    }
}

static void records(void **state)
{
    static const struct {
        const char *text;
        size_t count; /* 0: none */
    } rows[] = {
        {"v=TLSRPTv1; rua=mailto:reports@example.com", 1}, /* section 3.1 */
        {"v=TLSRPTv1; rua=https://reporting.example.com/v1/tlsrpt", 1},
        {"v=TLSRPTv1;rua=mailto:a@example.com,https://b.example/;", 2},
        {"v=TLSRPTv1; x=1; rua=mailto:a@b.example; rua=mailto:c@d.example", 1},
        {"v=TLSRPTv1; rua=ftp://a.example, mailto:a@b.example", 1},
        {"v=TLSRPTv1; rua=http://a.example/", 0},
        {"v=TLSRPTv1; rua=", 0},
        {"v=TLSRPTv1", 0},
        {"v=TLSRPTv2; rua=mailto:a@b.example", 0},
        {"v=TLSRPTv1 rua=mailto:a@b.example", 0},
        {"rua=mailto:a@b.example; v=TLSRPTv1", 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str rua[TLS_RUA_MAX];
        size_t count = 0;
        bool good = tls_record_parse(str_z(rows[i].text), rua, &count);
        if (good != (rows[i].count > 0) || count != rows[i].count)
            fail_msg("\"%s\": %zu", rows[i].text, count);
    }
}

static void cells_come_back(void **state)
{
    const struct tls_session s = {
        .policy = TLS_POLICY_STS,
        .policy_text = STR("version: STSv1\nmode: enforce"),
        .mx_patterns = STR("a.example\n*.b.example"),
        .result = TLS_RESULT_EXPIRED,
        .host = STR("a.example"),
        .host_address = STR("192.0.2.1"),
        .reason = STR("old"),
    };
    struct tls_session t;
    struct str cell = tls_cell_write(world->cx.arena, &s);
    (void)state;
    assert_int_equal(tls_cell_read(&world->cx, cell, &t), OK);
    assert_int_equal(t.result, TLS_RESULT_EXPIRED);
    assert_str(t.policy_text, s.policy_text);
    assert_str(t.mx_patterns, s.mx_patterns);
    assert_str(t.host_address, s.host_address);
    for (size_t n = 0; n < cell.n; n++)
        assert_int_equal(tls_cell_read(&world->cx, str_sub(cell, 0, n), &t), E_CORRUPT);
}

static void xml_escapes_what_it_tells(void **state)
{
    struct dmarc_seen s = {.from_domain = STR("a<b>&\"c\x01.example"), .client = STR("192.0.2.1")};
    const uint64_t n = 7;
    struct dmarc_seen t;
    struct str cell = dmarc_cell_write(world->cx.arena, &s);
    (void)state;
    assert_int_equal(dmarc_cell_read(&world->cx, cell, &t), OK);
    const struct dmarc_xml x = {.domain = STR("a.example"), .seen = &t, .n = &n, .count = 1};
    struct str xml = dmarc_xml_write(&world->cx, &x);
    assert_true(str_find(xml, STR("<header_from>a&lt;b&gt;&amp;\"c?.example</header_from>")) !=
                SIZE_MAX);
    assert_true(str_find(xml, STR("<count>7</count>")) != SIZE_MAX);
    for (size_t i = 0; i < cell.n; i++)
        assert_int_equal(dmarc_cell_read(&world->cx, str_sub(cell, 0, i), &t), E_CORRUPT);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(what_is_counted_adds_up), TEST(a_day_has_so_many_cells),
        TEST(so_many_results_wait),    TEST(records),
        TEST(cells_come_back),         TEST(xml_escapes_what_it_tells),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
