/* The global address list: who is found, who is not, and how soon. */
#include "service/book/book.h"
#include "../core/forest.h"
#include "base/clock.h"
#include "core/account.h"
#include <stdlib.h>

enum { MANY = 3000, FIND_US_MAX = 10000 };

struct found {
    struct book_found all;
    struct principal first;
};

static struct found find(struct forest *f, struct book *b, struct book_question q)
{
    struct found out = {0};
    const struct book_page page = {0, 10};
    assert_int_equal(book_find(&f->cx, b, &q, &page, &out.all), OK);
    if (out.all.count)
        assert_int_equal(directory_by_id(&f->cx, f->core, out.all.at[0], &out.first), OK);
    return out;
}

static size_t count(struct forest *f, struct book *b, const char *text)
{
    return find(f, b, (struct book_question){.text = str_z(text)}).all.total;
}

static principal_id contact(struct forest *f, const char *name, const char *display)
{
    const struct principal p = {.kind = PRINCIPAL_CONTACT,
                                .domain = f->health,
                                .name = str_z(name),
                                .display = str_z(display),
                                .forward = STR("x@elsewhere.example"),
                                .enabled = true};
    principal_id id;
    assert_int_equal(directory_add(&f->cx, f->core, &p, NULL, &id), OK);
    return id;
}

static void by_words(void **state)
{
    struct forest *f = forest_open("memory");
    struct book *b = book_open(f->core);
    (void)state;
    contact(f, "jose.ortiz", "Jos\xc3\xa9 Ortiz-Vega");
    contact(f, "ana", "Ana Rivera");
    contact(f, "xy", "Zo\xc3\xab");
    assert_int_equal(count(f, b, "jos"), 1);
    assert_int_equal(count(f, b, "JOSE vega"), 1);
    assert_int_equal(count(f, b, "Jos\xc3\x89"), 1);
    assert_int_equal(count(f, b, "ortiz ana"), 0);
    assert_int_equal(count(f, b, "rtiz"), 0); /* the beginnings of words */
    assert_int_equal(count(f, b, "ana@health.ex"), 1);
    assert_int_equal(count(f, b, "health"), 3);
    assert_int_equal(count(f, b, "zoe"), 1);
    assert_int_equal(count(f, b, " ,"), 0);
    assert_int_equal(count(f, b, ""), 3);
    assert_int_equal(find(f, b, (struct book_question){.name = STR("health")}).all.total, 0);
    assert_int_equal(find(f, b, (struct book_question){.email = STR("xy")}).all.total, 1);
    assert_int_equal(find(f, b, (struct book_question){.kinds = 1u << PRINCIPAL_GROUP}).all.total,
                     0);
    /* By name. */
    assert_str(find(f, b, (struct book_question){0}).first.name, STR("ana"));
    book_close(b);
    forest_close(f);
}

/* Not at once, but soon; and nobody of a domain that is off. */
static void it_is_made_anew(void **state)
{
    struct forest *f = forest_open("memory");
    struct book *b = book_open(f->core);
    struct domain d;
    (void)state;
    contact(f, "ana", "Ana");
    assert_int_equal(count(f, b, "ana"), 1);
    contact(f, "anabel", "Anabel");
    assert_int_equal(count(f, b, "ana"), 1);
    f->cx.now_ms += BOOK_FRESH_MS;
    assert_int_equal(count(f, b, "ana"), 2);
    assert_int_equal(directory_domain_by_id(&f->cx, f->core, f->health, &d), OK);
    d.enabled = false;
    assert_int_equal(directory_domain_set(&f->cx, f->core, &d), OK);
    f->cx.now_ms += BOOK_FRESH_MS;
    assert_int_equal(count(f, b, "ana"), 0);
    book_close(b);
    forest_close(f);
}

/* BOOK_PEOPLE=100000 measures the size that a state has. */
static void quick(void **state)
{
    struct forest *f = forest_open("memory");
    struct book *b = book_open(f->core);
    const char *said = getenv("BOOK_PEOPLE");
    int people = said ? (int)strtol(said, NULL, 10) : MANY;
    (void)state;
    for (int i = 0; i < people; i++) {
        char name[40], display[40];
        snprintf(name, sizeof name, "person.%d", i);
        snprintf(display, sizeof display, "Ana%d Rivera%d", i, people - i);
        contact(f, name, display);
    }
    int64_t made = clock_mono_us();
    assert_int_equal(count(f, b, "nobody"), 0);
    int64_t start = clock_mono_us();
    assert_int_equal(count(f, b, "ana1 rivera2") > 0, people > 12);
    int64_t narrow = clock_mono_us();
    assert_int_equal((int)count(f, b, "a"), people);
    int64_t wide = clock_mono_us();
    print_message("%d people: made in %lld us, two words %lld us, one letter %lld us\n", people,
                  (long long)(start - made), (long long)(narrow - start),
                  (long long)(wide - narrow));
    if (!said)
        assert_true(wide - narrow < FIND_US_MAX);
    book_close(b);
    forest_close(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(by_words),
                                       cmocka_unit_test(it_is_made_anew), cmocka_unit_test(quick)};
    return cmocka_run_group_tests_name("jmap/book", tests, NULL, NULL);
}
