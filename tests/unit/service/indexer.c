/* The indexer follows what happens to accounts, by itself. */
#include "unit.h"

#include "../world/world.h"
#include "core/view.h"
#include "format/utf8.h"
#include "service/indexer.h"
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

enum { PATIENCE_MS = 20000, GLANCE_NS = 2000000 };

struct bench {
    struct world *w;
    struct search *search;
    struct indexer *indexer;
    char dir[64];
};

static struct bench bench_open(void)
{
    struct bench b = {.w = world_open(NULL)};
    snprintf(b.dir, sizeof b.dir, "/tmp/indexer-XXXXXX");
    must(mkdtemp(b.dir));
    return b;
}

static void start(struct bench *b)
{
    const struct search_config config = {.dir = str_z(b->dir)};
    const struct indexer_config quick = {.wait_ms = 1, .list_ms = 10};
    b->search = search_open(b->w->core, &config);
    b->indexer = indexer_open(b->w->core, b->search, &quick);
}

static void stop(struct bench *b)
{
    indexer_close(b->indexer);
    search_close(b->search);
}

static void bench_close(struct bench *b)
{
    const principal_id who[] = {b->w->jane, b->w->john, b->w->full, b->w->clerk};
    stop(b);
    start(b);
    indexer_close(b->indexer);
    for (size_t i = 0; i < sizeof who / sizeof who[0]; i++)
        search_drop(b->search, who[i]);
    search_close(b->search);
    rmdir(b->dir);
    world_close(b->w);
}

static void deliver(struct bench *b, const char *to, const char *text)
{
    struct talk *t = talk_open(b->w, "mx");
    struct str all = str_printf(b->w->cx.arena,
                                "EHLO client.example\r\nMAIL FROM:<a@outside.example>\r\n"
                                "RCPT TO:<%s>\r\nDATA\r\nSubject: x\r\n\r\n%s\r\n.\r\n",
                                to, text);
    talk_send(t, all);
    talk_close(t);
}

/* Waits until the account's index has that many messages and is not behind. */
static bool comes_to(struct bench *b, account_id account, uint64_t messages)
{
    const struct timespec glance = {0, GLANCE_NS};
    for (int ms = 0; ms < PATIENCE_MS; ms += GLANCE_NS / 1000000) {
        struct search_status status;
        world_must(&b->w->cx, search_status(&b->w->cx, b->search, account, &status), "status");
        if (status.messages == messages && status.indexed_modseq == status.modseq)
            return true;
        nanosleep(&glance, NULL);
    }
    return false;
}

static item_id item_at(struct bench *b, account_id account, uint32_t place)
{
    struct account_view *a AUTO(account_view_unref) = NULL;
    struct view *v AUTO(view_unref) = NULL;
    world_must(&b->w->cx, account_view_get(&b->w->cx, b->w->core, account, &a), "account");
    folder_id inbox = account_folder_by_role(a, ROLE_INBOX)->id;
    world_must(&b->w->cx, view_get(&b->w->cx, b->w->core, account, inbox, 0, &v), "view");
    must(place < view_count(v));
    return view_at(v, place).id;
}

/* Whether the message at that place of the inbox has it. */
static bool has(struct bench *b, account_id account, const char *needle, uint32_t place)
{
    struct search_answer *a AUTO(search_answer_close) = NULL;
    world_must(&b->w->cx,
               search_ask(&b->w->cx, b->search, account, SEARCH_IN_BODY, str_z(needle), &a), "ask");
    return search_verdict(a, item_at(b, account, place)) == SEARCH_YES;
}

static void mail_is_indexed_as_it_comes(void **state)
{
    struct bench b = bench_open();
    (void)state;
    deliver(&b, "jane.roe@commonwealth.example", "before the indexer");
    start(&b);
    assert_true(comes_to(&b, b.w->jane, 1));
    assert_true(has(&b, b.w->jane, "befor", 0));
    deliver(&b, "jane.roe@commonwealth.example", "while it runs");
    deliver(&b, "john.doe@commonwealth.example", "somebody else");
    assert_true(comes_to(&b, b.w->jane, 2));
    assert_true(comes_to(&b, b.w->john, 1));
    assert_true(has(&b, b.w->jane, "while it", 1));
    assert_false(has(&b, b.w->jane, "somebody", 0));
    assert_true(has(&b, b.w->john, "somebody", 0));
    assert_int_equal(world_metric(b.w, "postroad_index_messages_total"), 3);
    bench_close(&b);
}

static void a_rebuild_reads_all_again(void **state)
{
    struct bench b = bench_open();
    (void)state;
    deliver(&b, "jane.roe@commonwealth.example", "one");
    start(&b);
    assert_true(comes_to(&b, b.w->jane, 1));
    assert_int_equal(indexer_rebuild(&b.w->cx, b.indexer, 1), E_NOT_FOUND);
    assert_int_equal(indexer_rebuild(&b.w->cx, b.indexer, b.w->jane), OK);
    const struct timespec glance = {0, GLANCE_NS};
    for (int ms = 0; ms < PATIENCE_MS && world_metric(b.w, "postroad_index_messages_total") < 2;
         ms += GLANCE_NS / 1000000)
        nanosleep(&glance, NULL);
    assert_int_equal(world_metric(b.w, "postroad_index_messages_total"), 2);
    assert_true(comes_to(&b, b.w->jane, 1));
    bench_close(&b);
}

static void new_accounts_are_found(void **state)
{
    struct bench b = bench_open();
    (void)state;
    start(&b);
    principal_id ada = world_person(b.w, b.w->commonwealth, "ada", NULL);
    deliver(&b, "ada@commonwealth.example", "a new account");
    assert_true(comes_to(&b, ada, 1));
    search_drop(b.search, ada);
    bench_close(&b);
}

struct told {
    atomic_ullong calls, done, total;
};

static void note_progress(void *self, account_id account, uint64_t done, uint64_t total)
{
    struct told *t = self;
    (void)account;
    assert_true(done <= total);
    atomic_fetch_add(&t->calls, 1);
    atomic_store(&t->done, done);
    atomic_store(&t->total, total);
}

/* The wait after a change is long here: who searches does not have to sit it out. */
static void who_searches_comes_next(void **state)
{
    enum { MESSAGES = INDEXER_STEP + 20 };
    struct bench b = bench_open();
    struct told told = {0};
    const struct search_config config = {.dir = str_z(b.dir)};
    const struct indexer_config patient = {
        .wait_ms = 3600000, .list_ms = 10, .report = note_progress, .report_self = &told};
    (void)state;
    deliver(&b, "jane.roe@commonwealth.example", "before the indexer");
    b.search = search_open(b.w->core, &config);
    b.indexer = indexer_open(b.w->core, b.search, &patient);
    assert_true(comes_to(&b, b.w->jane, 1));
    for (int i = 1; i < MESSAGES; i++)
        deliver(&b, "jane.roe@commonwealth.example", "while it waits");
    assert_true(has(&b, b.w->jane, "before the", 0));
    assert_true(comes_to(&b, b.w->jane, MESSAGES));
    stop(&b);
    assert_int_equal(atomic_load(&told.calls), 2);
    assert_int_equal(atomic_load(&told.done), MESSAGES - 1);
    assert_int_equal(atomic_load(&told.total), MESSAGES - 1);
    start(&b);
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mail_is_indexed_as_it_comes),
        cmocka_unit_test(a_rebuild_reads_all_again),
        cmocka_unit_test(new_accounts_are_found),
        cmocka_unit_test(who_searches_comes_next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
