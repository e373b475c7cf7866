/* Views: what they show, and that they show all of it whoever writes meanwhile. */
#include "model.h"
#include <pthread.h>

static struct view *view_of(struct model *m, folder_id folder)
{
    struct view *v = NULL;
    assert_ok(m, view_get(&m->cx, m->core, ACCOUNT, folder, 0, &v));
    return v;
}

static void view_shows_the_folder(void **state)
{
    struct model *m = *state;
    folder_id inbox = model_folder(m, ROLE_INBOX);
    struct view *empty AUTO(view_unref) = view_of(m, inbox);
    assert_int_equal(view_count(empty), 0);
    assert_int_equal(view_uid_next(empty), 1);
    assert_int_equal(view_find(empty, 1), 0);
    assert_int_equal(view_first_unseen(empty), 0);
    model_add(m, inbox, "a", FLAG_SEEN);
    model_add(m, inbox, "hidden", FLAG_HIDDEN);
    struct item_placed c = model_add(m, inbox, "c", 0);
    struct view *v AUTO(view_unref) = view_of(m, inbox);
    assert_int_equal(view_count(empty), 0);
    assert_int_equal(view_count(v), 2);
    assert_int_equal(view_unseen(v), 1);
    assert_int_equal(view_first_unseen(v), 1);
    assert_int_equal(view_uid_next(v), 4);
    assert_int_equal(view_uid_validity(v), c.uid_validity);
    assert_int_equal(view_modseq(v), c.modseq);
    assert_int_equal(view_folder(v), inbox);
    assert_int_equal(view_at(v, 1).uid, 3);
    assert_int_equal(view_at(v, 1).id, c.id);
    assert_int_equal(view_find(v, 2), 1);
    assert_int_equal(view_find(v, 4), 2);
    struct view *again AUTO(view_unref) = view_of(m, inbox);
    assert_ptr_equal(again, v);
    struct view *none = NULL;
    assert_int_equal(view_get(&m->cx, m->core, ACCOUNT, 999, 0, &none), E_NOT_FOUND);
    assert_int_equal(view_get(&m->cx, m->core, ACCOUNT + 9, inbox, 0, &none), E_NOT_FOUND);
}

static void recent_is_told_once(void **state)
{
    struct model *m = *state;
    folder_id inbox = model_folder(m, ROLE_INBOX);
    model_add(m, inbox, "a", 0);
    struct view *v AUTO(view_unref) = view_of(m, inbox);
    assert_int_equal(view_claim_recent(m->core, v), 1);
    assert_int_equal(view_claim_recent(m->core, v), 2);
    model_add(m, inbox, "b", 0);
    struct view *w AUTO(view_unref) = view_of(m, inbox);
    assert_int_equal(view_claim_recent(m->core, w), 2);
    assert_int_equal(view_claim_recent(m->core, v), 3);
}

static void difference_is_told(void **state)
{
    struct model *m = *state;
    folder_id inbox = model_folder(m, ROLE_INBOX);
    for (int i = 0; i < 1000; i++)
        model_add(m, inbox, "a", 0);
    struct view *old AUTO(view_unref) = view_of(m, inbox);
    assert_ok(m, model_flags(m, inbox, 300, FLAGS_ADD, FLAG_SEEN, NULL));
    assert_ok(m, model_remove(m, inbox, 1));
    assert_ok(m, model_remove(m, inbox, 600));
    assert_ok(m, model_remove(m, inbox, 1000));
    model_add(m, inbox, "b", 0);
    model_add(m, inbox, "c", 0);
    struct view *new AUTO(view_unref) = view_of(m, inbox);
    struct view_difference d;
    view_diff(&m->cx, old, new, &d);
    assert_int_equal(d.removed_count, 3);
    assert_int_equal(d.removed[0], 0);
    assert_int_equal(d.removed[1], 599);
    assert_int_equal(d.removed[2], 999);
    assert_int_equal(d.changed_count, 1);
    assert_int_equal(d.changed[0], 298);
    assert_int_equal(d.added, 997);
    assert_int_equal(view_count(new), 999);
    view_diff(&m->cx, new, new, &d);
    assert_int_equal(d.removed_count + d.changed_count, 0);
    assert_int_equal(d.added, 999);
}

/* Two views of one state must be equal, however they came to be. */
static void assert_same(const struct view *a, const struct view *b)
{
    assert_int_equal(view_count(a), view_count(b));
    assert_int_equal(view_unseen(a), view_unseen(b));
    assert_int_equal(view_first_unseen(a), view_first_unseen(b));
    assert_int_equal(view_uid_next(a), view_uid_next(b));
    assert_int_equal(view_modseq(a), view_modseq(b));
    for (uint32_t i = 0; i < view_count(a); i++) {
        struct view_row x = view_at(a, i), y = view_at(b, i);
        assert_memory_equal(&x, &y, sizeof x);
        assert_int_equal(view_find(a, x.uid), i);
    }
    for (uint32_t i = 0; i < view_count(a);) {
        struct view_row some[100];
        uint32_t n = view_rows(a, i, 100, some);
        assert_true(n >= 1 && n <= 100);
        for (uint32_t j = 0; j < n; j++, i++) {
            struct view_row y = view_at(b, i);
            assert_memory_equal(&some[j], &y, sizeof y);
        }
    }
}

/* What a session does with a difference: it must arrive at the new view. */
static void assert_diff_leads(struct model *m, const struct view *old, const struct view *new)
{
    struct view_difference d;
    view_diff(&m->cx, old, new, &d);
    struct view_row *rows =
        ARENA_ARRAY(m->cx.arena, view_count(old) + view_count(new) + 1, struct view_row);
    uint32_t n = 0, gone = 0;
    for (uint32_t i = 0; i < view_count(old); i++) {
        if (gone < d.removed_count && d.removed[gone] == i)
            gone++;
        else
            rows[n++] = view_at(old, i);
    }
    assert_int_equal(gone, d.removed_count);
    assert_int_equal(n, d.added);
    for (uint32_t i = 0; i < d.changed_count; i++)
        rows[d.changed[i]] = view_at(new, d.changed[i]);
    for (uint32_t i = d.added; i < view_count(new); i++)
        rows[n++] = view_at(new, i);
    assert_int_equal(n, view_count(new));
    for (uint32_t i = 0; i < n; i++) {
        struct view_row y = view_at(new, i);
        assert_memory_equal(&rows[i], &y, sizeof y);
    }
}

/* A view made from the rows alone. */
static struct view *rebuilt(struct model *m, folder_id folder)
{
    struct core parts = *m->core, *fresh;
    assert_ok(m, core_open(&m->cx, &parts, &fresh));
    struct view *v = NULL;
    enum code code = view_get(&m->cx, fresh, ACCOUNT, folder, 0, &v);
    core_close(fresh);
    assert_ok(m, code);
    return v;
}

static uint32_t some_uid(struct model *m, folder_id folder)
{
    struct view *v AUTO(view_unref) = view_of(m, folder);
    if (!view_count(v))
        return 0;
    return view_at(v, (uint32_t)(random_u64(&m->random) % view_count(v))).uid;
}

static struct item_placed put(struct model *m, folder_id folder, uint32_t flags)
{
    struct item_new new = {.folder = folder, .flags = flags};
    struct blob_new *blob;
    struct item_placed placed = {0};
    assert_ok(m, blob_prepare(&m->cx, m->store, STR("x"), &blob));
    assert_ok(m, model_add_new(m, &new, "x", &placed));
    return placed;
}

/* One random change; those that find nothing to change are fine. */
static void step(struct model *m, folder_id a, folder_id b)
{
    static const char *const words[] = {NULL, "red", "green", "Blue"};
    uint64_t dice = random_u64(&m->random);
    folder_id folder = dice & 1 ? a : b;
    uint32_t uid = some_uid(m, folder);
    struct item_placed placed;
    enum code code = OK;
    switch (dice >> 8 & 15) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
        put(m, folder, dice >> 16 & (FLAG_SEEN | FLAG_FLAGGED));
        break;
    case 5:
        put(m, folder, FLAG_HIDDEN);
        break;
    case 6:
    case 7:
        code = model_move(m, folder, uid, dice >> 20 & 1 ? a : b, &placed);
        break;
    case 8:
        code = model_copy(m, folder, uid, dice >> 20 & 1 ? a : b, &placed);
        break;
    case 9:
    case 10:
        code = model_remove(m, folder, uid);
        break;
    default:
        code = model_flags(m, folder, uid, (enum flag_change)(dice >> 24 & 1),
                           (uint32_t)(dice >> 32 & 31), words[dice >> 40 & 3]);
    }
    assert_true(code == OK || code == E_NOT_FOUND);
}

static void view_keeps_up_with_every_change(void **state)
{
    struct model *m = *state;
    folder_id inbox = model_folder(m, ROLE_INBOX), trash = model_folder(m, ROLE_TRASH);
    struct view *old AUTO(view_unref) = view_of(m, inbox);
    for (int i = 0; i < 700; i++)
        put(m, inbox, 0);
    for (int i = 0; i < 600; i++) {
        m->cx.arena = (arena_close(m->cx.arena), arena_open());
        step(m, inbox, trash);
        struct view *v AUTO(view_unref) = view_of(m, inbox);
        if (i % 8 == 0) {
            struct view *w AUTO(view_unref) = rebuilt(m, inbox);
            assert_same(v, w);
            assert_diff_leads(m, old, v);
            view_unref(old);
            old = view_of(m, inbox);
        }
    }
}

static void removing_most_leaves_a_sound_view(void **state)
{
    struct model *m = *state;
    folder_id inbox = model_folder(m, ROLE_INBOX);
    for (int i = 0; i < 3000; i++)
        put(m, inbox, 0);
    struct view *full AUTO(view_unref) = view_of(m, inbox);
    for (uint32_t uid = 1; uid <= 3000; uid++) {
        if (uid % 97 != 0)
            assert_ok(m, model_remove(m, inbox, uid));
        if (uid % 50 == 0)
            view_unref(view_of(m, inbox));
        if (uid % 500 == 0)
            m->cx.arena = (arena_close(m->cx.arena), arena_open());
    }
    struct view *v AUTO(view_unref) = view_of(m, inbox);
    struct view *w AUTO(view_unref) = rebuilt(m, inbox);
    assert_int_equal(view_count(v), 30);
    assert_same(v, w);
    assert_int_equal(view_count(full), 3000);
    assert_diff_leads(m, full, v);
}

enum { THREADS = 4, STEPS = 150 };

struct worker {
    struct model m;
    folder_id a, b;
    int steps;
};

static void *work(void *arg)
{
    struct worker *w = arg;
    for (int i = 0; i < w->steps; i++) {
        w->m.cx.arena = (arena_close(w->m.cx.arena), arena_open());
        step(&w->m, w->a, w->b);
    }
    return NULL;
}

static bool sound(const struct view *v)
{
    uint64_t highest = 0;
    uint32_t unseen = 0, last = 0;
    for (uint32_t i = 0; i < view_count(v); i++) {
        struct view_row row = view_at(v, i);
        if (row.uid <= last || row.uid >= view_uid_next(v))
            return false;
        last = row.uid;
        unseen += !(row.flags & FLAG_SEEN);
        highest = row.modseq > highest ? row.modseq : highest;
    }
    return highest <= view_modseq(v) && unseen == view_unseen(v);
}

/* Watches the folder while others change it: each view leads on from the one before. */
static void *watch_over(void *arg)
{
    struct worker *w = arg;
    struct view *old = view_of(&w->m, w->a);
    for (int i = 0; i < w->steps; i++) {
        w->m.cx.arena = (arena_close(w->m.cx.arena), arena_open());
        struct view *v = view_of(&w->m, w->a);
        must(sound(v));
        must(view_modseq(v) >= view_modseq(old));
        assert_diff_leads(&w->m, old, v);
        view_unref(old);
        old = v;
    }
    view_unref(old);
    return NULL;
}

static void threads_see_all(void **state)
{
    struct model *m = *state;
    folder_id inbox = model_folder(m, ROLE_INBOX), trash = model_folder(m, ROLE_TRASH);
    struct worker workers[THREADS + 1];
    pthread_t threads[THREADS + 1];
    for (int i = 0; i <= THREADS; i++) {
        struct worker *w = &workers[i];
        *w = (struct worker){.m = *m, .a = inbox, .b = trash, .steps = STEPS};
        w->m.cx.arena = arena_open();
        w->m.random.seed = (uint64_t)i + 5;
        w->m.cx.random = &w->m.random;
        must(pthread_create(&threads[i], NULL, i < THREADS ? work : watch_over, w) == 0);
    }
    for (int i = 0; i <= THREADS; i++) {
        pthread_join(threads[i], NULL);
        arena_close(workers[i].m.cx.arena);
    }
    folder_id both[] = {inbox, trash};
    for (int i = 0; i < 2; i++) {
        struct view *v AUTO(view_unref) = view_of(m, both[i]);
        struct view *w AUTO(view_unref) = rebuilt(m, both[i]);
        assert_same(v, w);
        assert_int_equal(view_count(v), model_folder_facts(m, both[i]).total);
        assert_int_equal(view_unseen(v), model_folder_facts(m, both[i]).unread);
    }
}

static void memory_is_bounded(void **state)
{
    struct model *m = *state;
    struct core parts = *m->core;
    parts.views_bytes = 20000;
    core_close(m->core);
    assert_ok(m, core_open(&m->cx, &parts, &m->core));
    folder_id inbox = model_folder(m, ROLE_INBOX), trash = model_folder(m, ROLE_TRASH);
    for (int i = 0; i < 300; i++)
        put(m, inbox, 0), put(m, trash, FLAG_SEEN);
    for (int i = 0; i < 20; i++) {
        struct view *v AUTO(view_unref) = view_of(m, inbox),
                       *w AUTO(view_unref) = view_of(m, trash);
        assert_int_equal(view_count(v) + view_count(w), 600);
    }
}

static enum code delete_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    return folder_delete(cx, t, *(folder_id *)arg);
}

static void deleted_folder_has_no_view(void **state)
{
    struct model *m = *state;
    folder_id work_folder;
    assert_ok(m, model_create(m, "Work", &work_folder));
    put(m, work_folder, 0);
    struct view *v AUTO(view_unref) = view_of(m, work_folder), *none = NULL;
    assert_ok(m, model_run(m, delete_in, &work_folder));
    for (int i = 0; i < 2; i++) {
        assert_int_equal(view_get(&m->cx, m->core, ACCOUNT, work_folder, 0, &none), E_NOT_FOUND);
        model_reopen(m);
    }
    assert_int_equal(view_count(v), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(view_shows_the_folder, model_open, model_close),
        cmocka_unit_test_setup_teardown(recent_is_told_once, model_open, model_close),
        cmocka_unit_test_setup_teardown(difference_is_told, model_open, model_close),
        cmocka_unit_test_setup_teardown(view_keeps_up_with_every_change, model_open, model_close),
        cmocka_unit_test_setup_teardown(removing_most_leaves_a_sound_view, model_open, model_close),
        cmocka_unit_test_setup_teardown(threads_see_all, model_open, model_close),
        cmocka_unit_test_setup_teardown(memory_is_bounded, model_open, model_close),
        cmocka_unit_test_setup_teardown(deleted_folder_has_no_view, model_open, model_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
