/* Full-text search, as JSON: indexing a folder of messages of 4 KiB (reading them included), then
   asking for words. index_bench DIR [ITEMS [memory|rocksdb]]
   The words follow Zipf's law over a vocabulary of 30,000; each message has a word of its own. */
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/random.h"
#include "core/search.h"
#include "core/view.h"
#include "format/json.h"
#include "service/indexer.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ACCOUNT = 1000, BATCH = 200, WORDS = 30000, BODY_BYTES = 4096, ASKED = 15 };

struct run {
    struct ctx cx;
    struct random random;
    struct store *store;
    struct core *core;
    struct search *search;
    folder_id folder;
    struct str words[WORDS];
    double weight[WORDS]; /* of all words up to this one */
    int first, count;
};

/* Processor time of this thread: on a busy machine nothing else says something. */
static double used_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void check(struct run *r, enum code code)
{
    if (code == OK)
        return;
    fprintf(stderr, "index_bench: %s: %s\n", code_name(code), r->cx.err.what);
    exit(1);
}

static void vocabulary(struct run *r)
{
    double sum = 0;
    for (int i = 0; i < WORDS; i++) {
        char word[16];
        int n = 3 + (int)(random_u64(&r->random) % 7);
        for (int k = 0; k < n; k++)
            word[k] = (char)('a' + random_u64(&r->random) % 26);
        r->words[i] = str_dup(r->cx.arena, str_of(word, (size_t)n));
        r->weight[i] = sum += 1.0 / (i + 1);
    }
}

static struct str a_word(struct run *r)
{
    double at = (double)(random_u64(&r->random) >> 11) / 9007199254740992.0 * r->weight[WORDS - 1];
    int low = 0, high = WORDS - 1;
    while (low < high) {
        int middle = (low + high) / 2;
        if (r->weight[middle] < at)
            low = middle + 1;
        else
            high = middle;
    }
    return r->words[low];
}

static struct str message(struct run *r, struct arena *a, int number)
{
    struct buf b = buf_of(a, 2 * BODY_BYTES);
    buf_printf(&b,
               "From: writer%d@example.com\r\nTo: reader@example.com\r\nSubject: number %d\r\n"
               "Message-ID: <%d.x@example.com>\r\n\r\nrare%dword",
               number % 97, number, number, number);
    if (number % 2)
        buf_add(&b, STR(" everywhere"));
    while (b.n < BODY_BYTES) {
        buf_add(&b, random_u64(&r->random) % 12 ? STR(" ") : STR("\r\n"));
        buf_add(&b, a_word(r));
    }
    return buf_str(&b);
}

static enum code add(struct ctx *cx, struct account_txn *t, void *arg)
{
    struct run *r = arg;
    for (int i = r->first; i < r->first + BATCH && i < r->count; i++) {
        struct blob_new *blob;
        struct item_placed placed;
        r->random.seed = (uint64_t)i + 1; /* the same when it is run again */
        TRY(blob_prepare(cx, r->store, message(r, cx->arena, i), &blob));
        const struct item_new new = {.folder = r->folder, .blob = blob, .summary = STR("summary")};
        TRY(item_add(cx, t, &new, &placed));
    }
    return OK;
}

static void fill(struct run *r)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = a, .now_ms = clock_utc_ms(), .random = &r->random};
    for (r->first = 0; r->first < r->count; r->first += BATCH) {
        check(r, account_update(&cx, r->core, ACCOUNT, add, r));
        arena_reset(a);
    }
}

static void build(struct run *r, struct json *j)
{
    struct search_writer *w AUTO(search_writer_close) = NULL;
    struct search_step step = {.messages_max = INDEXER_STEP, .more = true};
    struct search_status status;
    double began_ms = used_ms();
    int64_t began_us = clock_mono_us();
    check(r, search_writer_open(&r->cx, r->search, ACCOUNT, &w));
    while (step.more)
        check(r, search_writer_step(&r->cx, w, &step));
    double cpu_s = (used_ms() - began_ms) / 1e3;
    check(r, search_status(&r->cx, r->search, ACCOUNT, &status));
    json_key(j, "messages");
    json_u64(j, status.messages);
    json_key(j, "messages_a_cpu_second");
    json_double(j, (double)r->count / cpu_s, 0);
    json_key(j, "cpu_seconds");
    json_double(j, cpu_s, 2);
    json_key(j, "seconds");
    json_double(j, (double)(clock_mono_us() - began_us) / 1e6, 2);
    json_key(j, "index_bytes_a_message");
    json_double(j, (double)status.bytes / r->count, 0);
}

static int by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

/* Median processor time of a question with its verdict on each message of the folder. */
static void ask(struct run *r, struct json *j, const char *name, struct str needle)
{
    double ms[ASKED];
    uint32_t found = 0;
    struct view *v AUTO(view_unref) = NULL;
    check(r, view_get(&r->cx, r->core, ACCOUNT, r->folder, 0, &v));
    for (int i = 0; i < ASKED; i++) {
        struct search_answer *a AUTO(search_answer_close) = NULL;
        double began_ms = used_ms();
        found = 0;
        check(r, search_ask(&r->cx, r->search, ACCOUNT, SEARCH_IN_BODY, needle, &a));
        for (uint32_t at = 0; at < view_count(v); at++)
            found += search_verdict(a, view_at(v, at).id) == SEARCH_YES;
        ms[i] = used_ms() - began_ms;
    }
    double first = ms[0];
    qsort(ms, ASKED, sizeof ms[0], by_value);
    json_key(j, name);
    json_object(j);
    json_key(j, "found");
    json_u64(j, found);
    json_key(j, "first_ms");
    json_double(j, first, 3);
    json_key(j, "median_ms");
    json_double(j, ms[ASKED / 2], 3);
    json_object_end(j);
}

int main(int count, char **words)
{
    struct run *r = calloc(1, sizeof *r);
    struct account_view *v AUTO(account_view_unref) = NULL;
    uint64_t items = 100000;
    if (count < 2 || (count > 2 && !str_u64(str_z(words[2]), &items)))
        return 2;
    must(r);
    r->random.seed = 1;
    r->cx = (struct ctx){.arena = arena_open(), .now_ms = clock_utc_ms(), .random = &r->random};
    r->count = (int)items;
    struct arena *a = r->cx.arena;
    const struct store_config store = {.engine = count > 3 ? str_z(words[3]) : STR("rocksdb"),
                                       .dir = str_printf(a, "%s/store", words[1]),
                                       .cache_bytes = 64 << 20,
                                       .blob_cache_bytes = 64 << 20};
    check(r, store_open(&r->cx, &store, &r->store));
    const struct core parts = {.store = r->store, .host_name = STR("bench.example")};
    check(r, core_open(&r->cx, &parts, &r->core));
    const struct search_config config = {.dir = str_printf(a, "%s/index", words[1])};
    r->search = search_open(r->core, &config);
    vocabulary(r);
    check(r, account_create(&r->cx, r->core, ACCOUNT, NULL));
    check(r, account_view_get(&r->cx, r->core, ACCOUNT, &v));
    r->folder = account_folder_by_role(v, ROLE_INBOX)->id;
    fill(r);
    struct buf out = buf_of(a, 65536);
    struct json j = json_to(&out);
    json_object(&j);
    build(r, &j);
    ask(r, &j, "rare", STR("rare777word"));
    ask(r, &j, "rare_piece", STR("are777wor"));
    ask(r, &j, "common", STR("everywhere"));
    ask(r, &j, "common_piece", STR("verywher"));
    ask(r, &j, "absent", STR("nowheretobefound"));
    ask(r, &j, "phrase", STR("rare777word everywhere"));
    ask(r, &j, "one_letter", STR("q"));
    json_object_end(&j);
    printf("%.*s\n", STR_ARG(buf_str(&out)));
    search_close(r->search);
    core_close(r->core);
    store_close(r->store);
    arena_close(a);
    free(r);
    return 0;
}
