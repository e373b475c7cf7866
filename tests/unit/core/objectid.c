/* Threads are settled when messages come, and ids are equal where contents are. */
#include "core/objectid/objectid.h"
#include "base/buf.h"
#include "core/objectid/thread.h"
#include "core/recover.h"
#include "core/row/row.h"
#include "core/upkeep/check.h"
#include "format/summary.h"
#include "model.h"

/* A message with these ids ("" for none); its uid. */
static uint32_t add(struct model *m, const char *own, const char *refs, const char *subject)
{
    struct buf b = buf_of(m->cx.arena, 4096);
    buf_printf(&b, "Subject: %s\r\n", subject);
    if (*own)
        buf_printf(&b, "Message-ID: %s\r\n", own);
    if (*refs)
        buf_printf(&b, "References: %s\r\n", refs);
    buf_printf(&b, "\r\nText of %s\r\n%c", own, 0);
    struct item_new new = {.folder = model_folder(m, ROLE_INBOX)};
    struct item_placed placed;
    assert_ok(m, summary_make(&m->cx, str_z(buf_str(&b).p), &new.summary));
    assert_ok(m, model_add_new(m, &new, buf_str(&b).p, &placed));
    return placed.uid;
}

static struct item_row row_of(struct model *m, enum role role, uint32_t uid)
{
    struct item_row row;
    assert_ok(m, item_get(&m->cx, m->core, ACCOUNT, model_folder(m, role), uid, &row));
    return row;
}

static uint64_t thread_of(struct model *m, uint32_t uid)
{
    return row_of(m, ROLE_INBOX, uid).thread;
}

static void messages_that_share_ids_and_subject_are_one_thread(void **state)
{
    struct model *m = *state;
    static const struct {
        const char *own, *refs, *subject;
        uint32_t with; /* the uid whose thread it has; 0: its own */
    } cases[] = {
        {"<a@x>", "", "Plan", 0},
        {"<b@x>", "<a@x>", "Re: plan", 1},
        {"<c@x>", "<b@x>", "Re: Plan", 1},          /* by its parent alone */
        {"<d@x>", "<a@x> <b@x> <c@x>", "Other", 0}, /* another subject */
        {"<e@x>", "<gone@x>", "Re: Lunch", 0},      /* what it answers never came */
        {"<f@x>", "<gone@x>", "Re: Lunch", 5},      /* two answers to that */
        {"<gone@x>", "", "Lunch", 5},               /* it comes late */
        {"", "", "Plan", 0},                        /* says nothing of itself */
        {"", "", "Plan", 0},                        /* nor does this one */
        {"<a@x>", "", "Plan", 1},                   /* the same again */
        {"<g@x>", "<r1@x> <r2@x>", "Deep", 0},      /* shares the root alone */
        {"<h@x>", "<r1@x> <r3@x>", "Deep", 11},
        {"<i@x>", "<zz@x> <r3@x> <r9@x>", "Deep", 12}, /* shares one in the middle */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t uid = add(m, cases[i].own, cases[i].refs, cases[i].subject);
        assert_int_equal(uid, i + 1);
        uint64_t thread = thread_of(m, uid);
        for (uint32_t other = 1; other < uid; other++) {
            bool same = cases[i].with && thread_of(m, cases[i].with) == thread_of(m, other);
            if (same != (thread == thread_of(m, other)))
                fail_msg("message %u and message %u", uid, other);
        }
    }
}

static size_t items_of(struct model *m, uint64_t thread, item_id first)
{
    item_id *items;
    size_t count;
    enum code code = thread_items(&m->cx, m->core, ACCOUNT, thread, &items, &count);
    if (code == E_NOT_FOUND)
        return 0;
    assert_ok(m, code);
    assert_int_equal(items[0], first);
    return count;
}

static void threads_know_their_items_and_end_with_them(void **state)
{
    struct model *m = *state;
    folder_id inbox = model_folder(m, ROLE_INBOX);
    struct item_placed placed;
    add(m, "<a@x>", "", "s");
    add(m, "<b@x>", "<a@x>", "Re: s");
    add(m, "", "", "alone");
    struct item_row a = row_of(m, ROLE_INBOX, 1), b = row_of(m, ROLE_INBOX, 2);
    struct item_row alone = row_of(m, ROLE_INBOX, 3);
    assert_int_equal(items_of(m, a.thread, a.id), 2);
    assert_int_equal(items_of(m, alone.thread, alone.id), 1);
    assert_int_equal(model_rows(m, ROW_THREAD), 2);
    /* a move keeps it, a copy joins it */
    assert_ok(m, model_move(m, inbox, 2, model_folder(m, ROLE_ARCHIVE), &placed));
    assert_int_equal(row_of(m, ROLE_ARCHIVE, placed.uid).thread, a.thread);
    assert_int_equal(items_of(m, a.thread, a.id), 2);
    assert_ok(m, model_copy(m, inbox, 1, model_folder(m, ROLE_ARCHIVE), &placed));
    assert_int_equal(row_of(m, ROLE_ARCHIVE, placed.uid).thread, a.thread);
    assert_int_equal(items_of(m, a.thread, a.id), 3);
    /* what is removed is recoverable, and a member until it is purged */
    assert_ok(m, model_remove(m, inbox, 1));
    assert_int_equal(items_of(m, a.thread, a.id), 3);
    folder_id bin = model_folder(m, ROLE_RECOVERABLE_DELETIONS);
    assert_ok(m, model_remove(m, bin, 1)); /* from there it is purged */
    assert_int_equal(items_of(m, a.thread, b.id), 2);
    /* its answers hold the thread: a late answer to it joins them */
    uint32_t late = add(m, "<c@x>", "<a@x>", "Re: s");
    assert_int_equal(thread_of(m, late), a.thread);
    /* the last one takes the rows along */
    folder_id archive = model_folder(m, ROLE_ARCHIVE);
    assert_ok(m, model_remove(m, archive, 1));
    assert_ok(m, model_remove(m, archive, 2));
    assert_ok(m, model_remove(m, inbox, late));
    for (uint32_t uid = 2; uid <= 4; uid++)
        assert_ok(m, model_remove(m, bin, uid));
    assert_int_equal(items_of(m, a.thread, 0), 0);
    assert_int_equal(model_rows(m, ROW_THREAD), 0);
}

static void a_full_thread_is_followed_by_another(void **state)
{
    struct model *m = *state;
    char own[40];
    add(m, "<root@x>", "", "s");
    uint64_t thread = thread_of(m, 1);
    for (uint32_t i = 2; i <= THREAD_ITEMS_MAX + 3; i++) {
        snprintf(own, sizeof own, "<%u@x>", i);
        add(m, own, "<root@x>", "s");
        arena_reset(m->cx.arena);
    }
    assert_int_equal(thread_of(m, THREAD_ITEMS_MAX), thread);
    uint64_t next = thread_of(m, THREAD_ITEMS_MAX + 1);
    assert_int_not_equal(next, thread);
    assert_int_equal(thread_of(m, THREAD_ITEMS_MAX + 3), next);
    assert_int_equal(items_of(m, next, row_of(m, ROLE_INBOX, THREAD_ITEMS_MAX + 1).id), 3);
}

static void the_check_repairs_threads(void **state)
{
    struct model *m = *state;
    add(m, "<a@x>", "", "s");
    add(m, "<b@x>", "<a@x>", "Re: s");
    struct item_row a = row_of(m, ROLE_INBOX, 1);
    struct key k = row_key(ROW_THREAD);
    key_u64(&k, a.thread);
    struct thread_row row = {.thread = a.thread, .holders = 1, .count = 2};
    item_id items[] = {a.id, 999};
    row.items = items;
    struct check_account out;
    model_row_put(m, key_str(&k), thread_row_encode(m->cx.arena, &row));
    assert_ok(m, core_check_account(&m->cx, m->core, ACCOUNT, true, NULL, NULL, &out));
    assert_int_equal(out.faults, 2);
    assert_int_equal(out.repaired, 2);
    for (int i = 0; i < 2; i++)
        assert_ok(m, core_check_account(&m->cx, m->core, ACCOUNT, true, NULL, NULL, &out));
    assert_int_equal(out.faults, 0);
    assert_int_equal(items_of(m, a.thread, a.id), 2);
}

/* RFC 8474 section 5.1, RFC 9698: it stays when the message moves; a copy is another one. */
static void email_ids_are_those_of_jmap(void **state)
{
    struct model *m = *state;
    struct item_placed placed;
    add(m, "<a@x>", "", "s");
    add(m, "<b@x>", "", "s");
    struct item_row a = row_of(m, ROLE_INBOX, 1), b = row_of(m, ROLE_INBOX, 2);
    struct arena *arena = m->cx.arena;
    assert_str(objectid_email(arena, ACCOUNT, ACCOUNT, a.id),
               str_zdup(arena, str_printf(arena, "E%llx", (unsigned long long)a.id)));
    assert_true(a.id != b.id);
    folder_id archive = model_folder(m, ROLE_ARCHIVE);
    assert_ok(m, model_copy(m, model_folder(m, ROLE_INBOX), 1, archive, &placed));
    struct item_row copy = row_of(m, ROLE_ARCHIVE, placed.uid);
    assert_true(a.id != copy.id);
    assert_str(objectid_email(arena, ACCOUNT, 255, 16), "Eff-10");
    assert_str(objectid_mailbox(arena, 255, 16), "Fff-10");
    assert_true(str_starts(objectid_thread(arena, &a), STR("T")));
}

static void rows_from_before_threads_are_read(void **state)
{
    struct model *m = *state;
    add(m, "<a@x>", "", "s");
    struct item_row a = row_of(m, ROLE_INBOX, 1), old = {0};
    struct str value = summary_row_encode(m->cx.arena, &a);
    struct buf b = buf_of(m->cx.arena, value.n);
    size_t bytes, thread_at = 1 + 40;
    buf_byte(&b, 1); /* version 1: without the nine bytes of the thread */
    buf_add(&b, str_sub(value, 1, thread_at - 1));
    buf_add(&b, str_from(value, thread_at + 9));
    assert_ok(m, summary_row_decode(&m->cx, buf_str(&b), &old, &bytes));
    assert_int_equal(old.id, a.id);
    assert_true(str_eq(old.summary, a.summary));
    assert_int_equal(old.thread, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(messages_that_share_ids_and_subject_are_one_thread,
                                        model_open, model_close),
        cmocka_unit_test_setup_teardown(threads_know_their_items_and_end_with_them, model_open,
                                        model_close),
        cmocka_unit_test_setup_teardown(a_full_thread_is_followed_by_another, model_open,
                                        model_close),
        cmocka_unit_test_setup_teardown(the_check_repairs_threads, model_open, model_close),
        cmocka_unit_test_setup_teardown(email_ids_are_those_of_jmap, model_open, model_close),
        cmocka_unit_test_setup_teardown(rows_from_before_threads_are_read, model_open, model_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
