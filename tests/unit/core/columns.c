/* Columns: what they find is what looking at each message finds. */
#include "base/buf.h"
#include "core/columns/order.h"
#include "format/summary.h"
#include "format/utf8.h"
#include "model.h"

static struct view *view_of(struct model *m, folder_id folder)
{
    struct view *v = NULL;
    assert_ok(m, view_get(&m->cx, m->core, ACCOUNT, folder, 0, &v));
    return v;
}

static void add(struct model *m, folder_id folder, struct str text)
{
    struct item_new new = {.folder = folder, .received_ms = m->cx.now_ms};
    struct item_placed placed;
    assert_ok(m, summary_make(&m->cx, text, &new.summary));
    assert_ok(m, model_add_new(m, &new, str_zdup(m->cx.arena, text), &placed));
}

static void add_subject(struct model *m, folder_id folder, const char *subject)
{
    add(m, folder,
        str_printf(m->cx.arena, "From: a@x.example\r\nSubject: %s\r\n\r\ntext\r\n", subject));
}

/* What a column says of the place. */
static uint8_t says(struct model *m, const struct view *v, uint32_t place, struct str needle)
{
    struct column *k AUTO(column_unref) = NULL;
    uint8_t match[COLUMN_UIDS];
    uint16_t rows[COLUMN_UIDS];
    struct column_span span = column_span(v, place);
    assert_ok(m, column_get(&m->cx, m->core, v, &span, COLUMN_SUBJECT, &k));
    column_rows(k, v, &span, rows);
    column_match(k, needle, match);
    uint16_t row = rows[place - span.first];
    return row == COLUMN_GONE ? COLUMN_NO : match[row];
}

static struct str subject_of(struct model *m, folder_id folder, uint32_t uid)
{
    struct item_row row;
    struct str subject = {0};
    assert_ok(m, item_get(&m->cx, m->core, ACCOUNT, folder, uid, &row));
    assert_ok(m, summary_get(&m->cx, row.summary, SUMMARY_SUBJECT, &subject));
    return utf8_search(m->cx.arena, subject);
}

static void texts_do_not_run_together(void **state)
{
    struct model *m = *state;
    folder_id inbox = model_folder(m, ROLE_INBOX);
    static const char *const subjects[] = {"ab", "ca", "bab", "", "b", "abab", "ab", "aab", "c"};
    enum { COUNT = sizeof subjects / sizeof *subjects };
    static const char *const needles[] = {"a", "b", "ab", "ba", "abc", "bca", "aba", "cab", "bb"};
    for (int i = 0; i < COUNT; i++)
        add_subject(m, inbox, subjects[i]);
    struct view *v AUTO(view_unref) = view_of(m, inbox);
    for (size_t n = 0; n < sizeof needles / sizeof *needles; n++)
        for (uint32_t i = 0; i < COUNT; i++)
            assert_int_equal(says(m, v, i, str_z(needles[n])),
                             strstr(subjects[i], needles[n]) ? COLUMN_YES : COLUMN_NO);
}

/* Random texts of few letters, over several runs; some go, some come. */
static void finds_what_is_there(void **state)
{
    struct model *m = *state;
    folder_id inbox = model_folder(m, ROLE_INBOX);
    uint32_t seed = 7;
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 700; i++) {
            char text[9] = {0};
            for (size_t c = 0; c < (seed >> 8) % 8; c++)
                text[c] = (char)('a' + ((seed = seed * 1103515245 + 12345) >> 16) % 3);
            seed = seed * 1103515245 + 12345;
            add_subject(m, inbox, text);
        }
        struct view *v AUTO(view_unref) = view_of(m, inbox);
        uint32_t uid = view_at(v, (uint32_t)round * 11).uid;
        assert_ok(m, model_remove(m, inbox, uid));
        struct view *now AUTO(view_unref) = view_of(m, inbox);
        for (uint32_t i = 0; i < view_count(now); i += 13) {
            struct str subject = subject_of(m, inbox, view_at(now, i).uid);
            assert_int_equal(says(m, now, i, STR("ab")), str_find(subject, STR("ab")) != SIZE_MAX);
            assert_int_equal(says(m, now, i, STR("cc")), str_find(subject, STR("cc")) != SIZE_MAX);
        }
    }
    assert_true(columns_bytes(m->core) > 0);
}

static void long_texts_are_asked_for(void **state)
{
    struct model *m = *state;
    folder_id inbox = model_folder(m, ROLE_INBOX);
    struct column *k AUTO(column_unref) = NULL;
    struct buf b = buf_of(m->cx.arena, 100000);
    buf_add(&b, STR("To: "));
    for (int i = 0; i < 400; i++)
        buf_printf(&b, "person%d@x.example,\r\n ", i);
    buf_add(&b, STR("last@x.example\r\n\r\ntext\r\n"));
    add(m, inbox, buf_str(&b));
    add_subject(m, inbox, "short");
    struct view *v AUTO(view_unref) = view_of(m, inbox);
    struct column_span span = column_span(v, 0);
    uint8_t match[COLUMN_UIDS];
    assert_ok(m, column_get(&m->cx, m->core, v, &span, COLUMN_TO, &k));
    column_match(k, STR("last@"), match);
    assert_int_equal(match[0], COLUMN_LONG);
    assert_int_equal(match[1], COLUMN_NO);
}

static void ranks_follow_what_comes(void **state)
{
    struct model *m = *state;
    folder_id inbox = model_folder(m, ROLE_INBOX);
    uint32_t *ranks, limit;
    add_subject(m, inbox, "pear");
    add_subject(m, inbox, "Re: Apple");
    add_subject(m, inbox, "apple");
    struct view *v AUTO(view_unref) = view_of(m, inbox);
    assert_ok(m, column_ranks(&m->cx, m->core, v, ORDER_SUBJECT, &ranks, &limit));
    assert_int_equal(ranks[1], ranks[2]);
    assert_true(ranks[0] > ranks[1] && ranks[0] < limit);
    add_subject(m, inbox, "banana");
    struct view *now AUTO(view_unref) = view_of(m, inbox);
    assert_ok(m, column_ranks(&m->cx, m->core, now, ORDER_SUBJECT, &ranks, &limit));
    assert_true(ranks[3] > ranks[1] && ranks[3] < ranks[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(texts_do_not_run_together, model_open, model_close),
        cmocka_unit_test_setup_teardown(finds_what_is_there, model_open, model_close),
        cmocka_unit_test_setup_teardown(long_texts_are_asked_for, model_open, model_close),
        cmocka_unit_test_setup_teardown(ranks_follow_what_comes, model_open, model_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
