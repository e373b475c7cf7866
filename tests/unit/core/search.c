/* The index finds what the scan finds, no more and no less, whatever happened to the account. */
#include "model.h"

#include "../world/archive.h"
#include "base/buf.h"
#include "base/cur.h"
#include "base/rope.h"
#include "core/search.h"
#include "format/mime.h"
#include "format/utf8.h"
#include <fcntl.h>
#include <fts.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    MESSAGES_EACH = 90, /* of an archive */
    MESSAGE_MAX = 60 * 1024,
    MESSAGES_MAX = 1000,
    NEEDLES = 4000,
    FILE_MAX = 1 << 20,
    RUNS_MAX = 60000,
};

struct bench {
    struct model *m;
    struct search *search;
    char dir[64];
    folder_id inbox;
    struct item_placed placed[MESSAGES_MAX];
    size_t count;
};

static struct bench *bench_open(void **state)
{
    struct bench *b = calloc(1, sizeof *b);
    must(b);
    must(model_open(state) == 0);
    b->m = *state;
    snprintf(b->dir, sizeof b->dir, "/tmp/search-XXXXXX");
    must(mkdtemp(b->dir));
    b->search = search_open(b->m->core, &(struct search_config){.dir = str_z(b->dir)});
    b->inbox = model_folder(b->m, ROLE_INBOX);
    return b;
}

static void bench_close(void **state, struct bench *b)
{
    search_drop(b->search, ACCOUNT);
    search_close(b->search);
    rmdir(b->dir);
    free(b);
    model_close(state);
}

struct adding {
    struct item_new new;
    struct item_placed placed;
};

static enum code add_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    struct adding *a = arg;
    return item_add(cx, t, &a->new, &a->placed);
}

static struct item_placed put(struct bench *b, struct str message)
{
    struct blob_new *blob;
    struct adding a = {.new = {.folder = b->inbox,
                               .received_ms = b->m->cx.now_ms,
                               .saved_ms = b->m->cx.now_ms,
                               .summary = STR("summary")}};
    assert_ok(b->m, blob_prepare(&b->m->cx, b->m->store, message, &blob));
    a.new.blob = blob;
    assert_ok(b->m, model_run(b->m, add_in, &a));
    must(b->count < MESSAGES_MAX);
    b->placed[b->count++] = a.placed;
    return a.placed;
}

/* Follows the change log to its end; returns how many messages were read. */
static uint64_t update(struct bench *b, uint32_t each)
{
    struct search_writer *w AUTO(search_writer_close) = NULL;
    struct search_step step = {.messages_max = each, .more = true};
    uint64_t messages = 0;
    assert_ok(b->m, search_writer_open(&b->m->cx, b->search, ACCOUNT, &w));
    while (step.more) {
        assert_ok(b->m, search_writer_step(&b->m->cx, w, &step));
        assert_true(step.messages <= each);
        messages += step.messages;
    }
    return messages;
}

static enum search_verdict ask(struct bench *b, uint32_t where, const char *text, item_id id)
{
    struct search_answer *a AUTO(search_answer_close) = NULL;
    struct str needle = utf8_search(b->m->cx.arena, str_z(text));
    if (search_ask(&b->m->cx, b->search, ACCOUNT, where, needle, &a) != OK)
        return SEARCH_UNKNOWN;
    return search_verdict(a, id);
}

/* What a message says, as the scan reads it. */
struct said {
    size_t message;
    uint32_t where;
    struct str text;
};

struct all_said {
    struct arena *arena;
    struct said *runs;
    size_t count, message;
};

static bool keep(void *self, uint32_t where, struct str run)
{
    struct all_said *all = self;
    if (where < SEARCH_IN_TEXT + 1 && run.n) {
        must(all->count < RUNS_MAX);
        all->runs[all->count++] = (struct said){all->message, where, str_dup(all->arena, run)};
    }
    return true;
}

static struct mime *read_one(struct bench *b, const struct item_placed *p)
{
    struct item_row row;
    struct mime *m = NULL;
    struct rope bytes = rope_of(b->m->cx.arena);
    assert_ok(b->m, item_get(&b->m->cx, b->m->core, ACCOUNT, p->folder, p->uid, &row));
    assert_ok(b->m, item_bytes(&b->m->cx, b->m->core, &row, 0, row.size, &bytes));
    assert_ok(b->m, mime_parse(&b->m->cx, rope_flatten(&bytes, b->m->cx.arena), NULL, &m));
    rope_drop(&bytes);
    return m;
}

static struct all_said read_all(struct bench *b)
{
    struct all_said all = {.arena = b->m->cx.arena};
    all.runs = ARENA_ARRAY(all.arena, RUNS_MAX, struct said);
    for (; all.message < b->count; all.message++)
        assert_ok(b->m, search_runs(&b->m->cx, b->search, read_one(b, &b->placed[all.message]),
                                    SEARCH_IN_TEXT, keep, &all));
    return all;
}

static bool corpus_put(struct bench *b, const char *archive)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct str name, message;
    struct cur files;
    size_t count = 0;
    if (!archive_open(a, archive, &files))
        return false;
    while (count < MESSAGES_EACH && archive_next(&files, &name, &message)) {
        if (!message.n || message.n > MESSAGE_MAX || str_find(message, STR(": ")) == SIZE_MAX)
            continue;
        put(b, message);
        count++;
    }
    return true;
}

/* What the corpora have little of. */
static void made_put(struct bench *b)
{
    static const char *const made[] = {
        "Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe_aus_K=C3=B6ln?=\r\n\r\nStra\xc3\x9f"
        "e, na\xc3\xafve caf\xc3\xa9, \xce\xa3\xce\xaf\xcf\x83\xcf\x85\xcf\x86\xce\xbf\xcf\x82\r\n",
        "Content-Type: text/plain; charset=utf-8\r\n\r\n\xe6\x9d\xb1\xe4\xba\xac\xe9\x83\xbd"
        "\xe5\xba\x81 Tokyo\xe6\x9d\xb1\xe4\xba\xac "
        "\xe3\x82\xac\xe3\x82\xae\xe3\x82\xb3\xe3\x83\xbc"
        "\xe3\x83\x92 "
        "x\xe9\x83\xbdy\r\n\xe0\xb8\xa0\xe0\xb8\xb2\xe0\xb8\xa9\xe0\xb8\xb2\xe0\xb9\x84"
        "\xe0\xb8\x97\xe0\xb8\xa2 \xed\x95\x9c\xea\xb5\xad\xec\x96\xb4\r\n",
        "Subject: long words\r\n\r\n"
        "0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz"
        "0123456789abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz and after, foo_bar-baz.qux "
        "first.last@sub.example.org (555) 010-9999\r\n",
        "Subject: noise\r\nDKIM-Signature: v=1; b=TG9yZW0gaXBzdW0gZG9sb3Igc2l0IGFtZXQsIGNvbnNlY3Rl"
        "dHVyIGFkaXBpc2NpbmcgZWxpdC4g\r\n\r\nbefore "
        "U2VkIGRvIGVpdXNtb2QgdGVtcG9yIGluY2lkaWR1bnQgdXQgbGFib3JlIGV0IGRvbG9yZSBtYWduYQ"
        " after "
        "/usr/share/doc/packages/something/that/has/a/long/path/of/plain/words/in/it/all\r\n",
        "\r\n",
    };
    for (size_t i = 0; i < sizeof made / sizeof made[0]; i++)
        put(b, str_z(made[i]));
}

static struct str piece_of(struct random *r, struct arena *a, struct str text)
{
    size_t chars = 1 + (size_t)(random_u64(r) % (random_u64(r) % 4 ? 12 : 90));
    size_t at = (size_t)(random_u64(r) % text.n);
    while (at && ((unsigned char)text.p[at] & 0xc0) == 0x80)
        at--;
    struct str piece = utf8_cut_chars(str_from(text, at), chars);
    if (random_u64(r) % 8) /* mostly what is there, now and then what is almost there */
        return piece;
    char *copy = arena_alloc(a, piece.n + 1);
    memcpy(copy, piece.p, piece.n);
    copy[random_u64(r) % piece.n] = "ab e.-"[random_u64(r) % 6];
    return utf8_search(a, utf8_clean(a, str_of(copy, piece.n)));
}

static void compare(struct bench *b, const struct all_said *all, uint32_t where, struct str needle,
                    bool *has)
{
    struct search_answer *a AUTO(search_answer_close) = NULL;
    memset(has, 0, b->count * sizeof *has);
    for (size_t i = 0; i < all->count; i++)
        if ((all->runs[i].where & where) && !has[all->runs[i].message])
            has[all->runs[i].message] = str_find(all->runs[i].text, needle) != SIZE_MAX;
    assert_ok(b->m, search_ask(&b->m->cx, b->search, ACCOUNT, where, needle, &a));
    for (size_t i = 0; i < b->count; i++) {
        enum search_verdict verdict = search_verdict(a, b->placed[i].id);
        if (verdict == (has[i] ? SEARCH_YES : SEARCH_NO))
            continue;
        print_error("\"%.*s\" in %x of message %zu: scan %d, index %d\n", STR_ARG(needle), where, i,
                    has[i], verdict);
        fail();
    }
}

static void index_and_scan_agree(void **state)
{
    static const uint32_t wheres[] = {SEARCH_IN_BODY, SEARCH_IN_TEXT, SEARCH_SUBJECT,
                                      SEARCH_FROM | SEARCH_TO};
    struct bench *b = bench_open(state);
    bool *has = calloc(MESSAGES_MAX, sizeof *has);
    must(has);
    made_put(b);
    if (!corpus_put(b, "mail-formats/stalwart-mail-parser.tar.zst") ||
        !corpus_put(b, "mail-formats/apache-james.tar.zst") ||
        !corpus_put(b, "mail-formats/notmuch.tar.zst") ||
        !corpus_put(b, "mail-bulk/spamassassin-1.tar.zst"))
        print_message("SKIP most of it: no corpora in POSTROAD_CORPORA\n");
    assert_int_equal(update(b, 100), b->count);
    struct all_said all = read_all(b);
    struct random r = {.seed = 5};
    for (size_t i = 0; i < NEEDLES; i++) {
        struct arena *a AUTO(arena_close) = arena_open();
        struct str text = all.runs[random_u64(&r) % all.count].text;
        struct str needle = piece_of(&r, a, text);
        if (needle.n)
            compare(b, &all, wheres[i % 4], needle, has);
    }
    free(has);
    bench_close(state, b);
}

static void scan_reads_the_same(void **state)
{
    struct bench *b = bench_open(state);
    made_put(b);
    struct all_said all = read_all(b);
    assert_true(all.count > 5);
    for (size_t i = 0; i < all.count; i++) {
        bool has = false;
        assert_ok(b->m,
                  search_scan(&b->m->cx, b->search, read_one(b, &b->placed[all.runs[i].message]),
                              all.runs[i].where, all.runs[i].text, &has));
        assert_true(has);
    }
    bench_close(state, b);
}

static void noise_is_left_out(void **state)
{
    struct bench *b = bench_open(state);
    made_put(b);
    update(b, 100);
    item_id id = b->placed[3].id;
    assert_int_equal(ask(b, SEARCH_IN_TEXT, "before", id), SEARCH_YES);
    assert_int_equal(ask(b, SEARCH_IN_TEXT, "U2VkIGRv", id), SEARCH_NO);
    assert_int_equal(ask(b, SEARCH_IN_TEXT, "/packages/something/", id), SEARCH_YES);
    assert_int_equal(ask(b, SEARCH_IN_TEXT, "TG9yZW0", id), SEARCH_NO);
    assert_int_equal(ask(b, SEARCH_IN_HEADER | SEARCH_NOISE_TOO, "TG9yZW0", id), SEARCH_UNKNOWN);
    assert_int_equal(ask(b, SEARCH_IN_HEADER | SEARCH_NOISE_TOO, "TG9yZW0", b->placed[0].id),
                     SEARCH_NO);
    bench_close(state, b);
}

static void follows_the_account(void **state)
{
    struct bench *b = bench_open(state);
    struct item_placed one = put(b, STR("Subject: one\r\n\r\nlighthouse\r\n"));
    assert_int_equal(ask(b, SEARCH_IN_BODY, "house", one.id), SEARCH_UNKNOWN);
    assert_int_equal(update(b, 10), 1);
    assert_int_equal(ask(b, SEARCH_IN_BODY, "house", one.id), SEARCH_YES);
    struct item_placed two = put(b, STR("Subject: two\r\n\r\nwarehouse\r\n"));
    assert_int_equal(ask(b, SEARCH_IN_BODY, "house", two.id), SEARCH_UNKNOWN);
    assert_int_equal(ask(b, SEARCH_IN_BODY, "house", one.id), SEARCH_YES);
    assert_int_equal(update(b, 10), 1);
    assert_int_equal(ask(b, SEARCH_IN_BODY, "house", two.id), SEARCH_YES);
    /* Flags and moves change nothing that is searched. */
    struct item_placed moved;
    folder_id archive;
    assert_ok(b->m, model_create(b->m, "Old", &archive));
    assert_ok(b->m, model_flags(b->m, b->inbox, one.uid, FLAGS_ADD, FLAG_SEEN, NULL));
    assert_ok(b->m, model_move(b->m, b->inbox, two.uid, archive, &moved));
    assert_int_equal(ask(b, SEARCH_IN_BODY, "house", two.id), SEARCH_YES);
    assert_int_equal(update(b, 10), 0);
    assert_int_equal(ask(b, SEARCH_IN_BODY, "house", two.id), SEARCH_YES);
    /* What was removed leaves the index, though it can be recovered still. */
    assert_ok(b->m, model_remove(b->m, b->inbox, one.uid));
    assert_int_equal(update(b, 10), 0);
    assert_int_equal(ask(b, SEARCH_IN_BODY, "house", one.id), SEARCH_UNKNOWN);
    struct search_status status;
    assert_ok(b->m, search_status(&b->m->cx, b->search, ACCOUNT, &status));
    assert_int_equal(status.messages, 1);
    assert_int_equal(status.indexed_modseq, status.modseq);
    assert_true(status.bytes > 0);
    bench_close(state, b);
}

struct replacing {
    struct item_new new;
    folder_id folder;
    uint32_t uid;
    struct item_placed placed;
};

static enum code replace_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    struct replacing *r = arg;
    return item_replace(cx, t, r->folder, r->uid, &r->new, &r->placed);
}

static void an_edit_is_noticed(void **state)
{
    struct bench *b = bench_open(state);
    struct item_placed one = put(b, STR("Subject: draft\r\n\r\nmountain\r\n"));
    update(b, 10);
    struct blob_new *blob;
    struct replacing r = {.folder = b->inbox, .uid = one.uid, .new = {.summary = STR("summary")}};
    assert_ok(b->m,
              blob_prepare(&b->m->cx, b->m->store, STR("Subject: x\r\n\r\nriver\r\n"), &blob));
    r.new.blob = blob;
    assert_ok(b->m, model_run(b->m, replace_in, &r));
    assert_int_equal(r.placed.id, one.id);
    assert_int_equal(ask(b, SEARCH_IN_BODY, "mountain", one.id), SEARCH_UNKNOWN);
    assert_int_equal(update(b, 10), 1);
    assert_int_equal(ask(b, SEARCH_IN_BODY, "mountain", one.id), SEARCH_NO);
    assert_int_equal(ask(b, SEARCH_IN_BODY, "river", one.id), SEARCH_YES);
    bench_close(state, b);
}

static void too_long_a_text_is_read(void **state)
{
    struct bench *b = bench_open(state);
    struct buf text = buf_of(b->m->cx.arena, SEARCH_TEXT_MAX * 2);
    buf_add(&text, STR("Subject: long\r\n\r\n"));
    while (text.n < SEARCH_TEXT_MAX / 4 * 5)
        buf_add(&text, STR("a line of a text that does not end\r\n"));
    struct item_placed one = put(b, buf_str(&text));
    update(b, 10);
    assert_int_equal(ask(b, SEARCH_IN_BODY, "nowhere to be found", one.id), SEARCH_UNKNOWN);
    assert_int_equal(ask(b, SEARCH_IN_BODY, "nowhere", one.id), SEARCH_UNKNOWN);
    bench_close(state, b);
}

/* The same for each file of the account's index. */
static void each_file(struct bench *b, void (*act)(const char *path, const char *name))
{
    char path[600];
    snprintf(path, sizeof path, "%s/%d", b->dir, ACCOUNT);
    char *const roots[] = {path, NULL};
    FTS *files = fts_open(roots, FTS_PHYSICAL, NULL);
    FTSENT *entry;
    must(files);
    while ((entry = fts_read(files)))
        if (entry->fts_info == FTS_F)
            act(entry->fts_path, entry->fts_name);
    fts_close(files);
}

static void spoil(const char *path, const char *name)
{
    char noise[600];
    memset(noise, 'x', sizeof noise);
    int fd = strstr(name, "glass") ? open(path, O_WRONLY | O_TRUNC) : -1;
    if (fd < 0)
        return;
    must(write(fd, noise, sizeof noise) == sizeof noise);
    close(fd);
}

static void damage(struct bench *b)
{
    each_file(b, spoil);
}

static void a_damaged_index_is_begun_anew(void **state)
{
    struct bench *b = bench_open(state);
    struct item_placed one = put(b, STR("Subject: one\r\n\r\nlighthouse\r\n"));
    update(b, 10);
    search_close(b->search);
    b->search = search_open(b->m->core, &(struct search_config){.dir = str_z(b->dir)});
    damage(b);
    assert_int_equal(ask(b, SEARCH_IN_BODY, "house", one.id), SEARCH_UNKNOWN);
    assert_int_equal(update(b, 10), 1);
    assert_int_equal(ask(b, SEARCH_IN_BODY, "house", one.id), SEARCH_YES);
    search_drop(b->search, ACCOUNT);
    assert_int_equal(ask(b, SEARCH_IN_BODY, "house", one.id), SEARCH_UNKNOWN);
    assert_int_equal(update(b, 10), 1);
    assert_int_equal(ask(b, SEARCH_IN_BODY, "house", one.id), SEARCH_YES);
    bench_close(state, b);
}

/* As after a restore of an older store. */
static void an_index_from_the_future_is_begun_anew(void **state)
{
    struct bench *b = bench_open(state);
    struct item_placed one = put(b, STR("Subject: one\r\n\r\nlighthouse\r\n"));
    put(b, STR("Subject: two\r\n\r\nwarehouse\r\n"));
    update(b, 10);
    struct search *old = b->search;
    struct model *m = b->m;
    void *other = NULL;
    must(model_open(&other) == 0);
    b->m = other;
    b->inbox = model_folder(b->m, ROLE_INBOX);
    b->search = search_open(b->m->core, &(struct search_config){.dir = str_z(b->dir)});
    struct item_placed again = put(b, STR("Subject: three\r\n\r\nmountain\r\n"));
    assert_int_equal(again.id, one.id);
    assert_int_equal(ask(b, SEARCH_IN_BODY, "house", one.id), SEARCH_UNKNOWN);
    assert_int_equal(update(b, 10), 1);
    assert_int_equal(ask(b, SEARCH_IN_BODY, "house", one.id), SEARCH_NO);
    assert_int_equal(ask(b, SEARCH_IN_BODY, "mountain", one.id), SEARCH_YES);
    search_close(old);
    void *first = m;
    model_close(&first);
    bench_close(&other, b);
}

/* Messages with a word of their own each: "lighthouse0", "lighthouse1". */
static void put_many(struct bench *b, size_t count)
{
    for (size_t i = 0; i < count; i++)
        put(b, str_printf(b->m->cx.arena, "Subject: x\r\n\r\nlighthouse%zu keeper\r\n", b->count));
}

/* How many of them the index finds by their words; the others it must not know. */
static size_t found_of(struct bench *b)
{
    size_t found = 0;
    for (size_t i = 0; i < b->count; i++) {
        const char *word = str_printf(b->m->cx.arena, "house%zu keep", i).p;
        enum search_verdict verdict = ask(b, SEARCH_IN_BODY, word, b->placed[i].id);
        assert_int_not_equal(verdict, SEARCH_NO);
        found += verdict == SEARCH_YES;
    }
    return found;
}

static bool has_bytes(const char *path, struct str bytes)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct buf b = buf_of(a, FILE_MAX);
    char block[4096];
    ssize_t n;
    int fd = open(path, O_RDONLY);
    while (fd >= 0 && (n = read(fd, block, sizeof block)) > 0)
        buf_add(&b, str_of(block, (size_t)n));
    close(fd);
    return str_find(buf_str(&b), bytes) != SIZE_MAX;
}

static size_t files_named(struct bench *b, const char *wanted, struct str holds)
{
    char path[600];
    size_t count = 0;
    snprintf(path, sizeof path, "%s/%d", b->dir, ACCOUNT);
    char *const roots[] = {path, NULL};
    FTS *files = fts_open(roots, FTS_PHYSICAL, NULL);
    FTSENT *entry;
    must(files);
    while ((entry = fts_read(files)))
        if (entry->fts_info == FTS_F && strcmp(entry->fts_name, wanted) == 0)
            count += has_bytes(entry->fts_path, holds);
    fts_close(files);
    return count;
}

static void shards_are_joined(void **state)
{
    struct bench *b = bench_open(state);
    put_many(b, 80);
    assert_int_equal(update(b, 1), 80);
    assert_true(files_named(b, "words.body", STR("keeper")) <= 10);
    assert_int_equal(found_of(b), 80);
    /* What left is forgotten when a shard has lost half of it. */
    assert_int_equal(files_named(b, "words.body", STR("lighthouse7\0")), 1);
    for (size_t i = 0; i < 70; i++)
        assert_ok(b->m, model_remove(b->m, b->inbox, b->placed[i].uid));
    assert_int_equal(update(b, 1000), 0);
    assert_int_equal(found_of(b), 10);
    assert_int_equal(files_named(b, "words.body", STR("lighthouse7\0")), 0);
    assert_int_equal(files_named(b, "words.body", STR("lighthouse77\0")), 1);
    for (size_t i = 70; i < 80; i++)
        assert_ok(b->m, model_remove(b->m, b->inbox, b->placed[i].uid));
    assert_int_equal(update(b, 1000), 0);
    assert_int_equal(files_named(b, "words.body", STR("keeper")), 0);
    bench_close(state, b);
}

static void a_full_disk_is_caught_up_with(void **state)
{
    struct bench *b = bench_open(state);
    struct rlimit all, little;
    put_many(b, 20);
    assert_int_equal(update(b, 10), 20);
    put_many(b, 20);
    must(sigaction(SIGXFSZ, &(struct sigaction){.sa_handler = SIG_IGN}, NULL) == 0);
    must(getrlimit(RLIMIT_FSIZE, &all) == 0);
    little = all;
    for (rlim_t bytes = 1; bytes < 40000; bytes = bytes * 3 / 2 + 1) {
        struct search_writer *w AUTO(search_writer_close) = NULL;
        struct search_step step = {.messages_max = 10};
        little.rlim_cur = bytes; /* no file grows beyond it */
        must(setrlimit(RLIMIT_FSIZE, &little) == 0);
        enum code code = search_writer_open(&b->m->cx, b->search, ACCOUNT, &w);
        if (code == OK)
            code = search_writer_step(&b->m->cx, w, &step);
        must(setrlimit(RLIMIT_FSIZE, &all) == 0);
        if (bytes < 1000)
            assert_int_equal(code, E_IO);
        assert_true(found_of(b) >= 20);
    }
    update(b, 10);
    assert_int_equal(found_of(b), 40);
    bench_close(state, b);
}

/* The alarm ends the child wherever it is, as kill -9 would. */
static void write_until_killed(struct bench *b, long after_us)
{
    pid_t child = fork();
    must(child >= 0);
    if (child == 0) {
        const struct itimerval alarm_at = {.it_value = {0, after_us}};
        setitimer(ITIMER_REAL, &alarm_at, NULL);
        update(b, 3);
        _exit(0);
    }
    must(waitpid(child, NULL, 0) == child);
}

static void a_killed_writer_is_caught_up_with(void **state)
{
    struct bench *b = bench_open(state);
    struct random r = {.seed = 11};
    size_t before = 0;
    put_many(b, 200);
    for (int round = 0; round < 40; round++) {
        write_until_killed(b, 1 + (long)(random_u64(&r) % 60000));
        search_close(b->search);
        b->search = search_open(b->m->core, &(struct search_config){.dir = str_z(b->dir)});
        size_t found = found_of(b);
        assert_true(found >= before); /* what was committed stays */
        before = found;
    }
    update(b, 50);
    assert_int_equal(found_of(b), 200);
    assert_int_equal(files_named(b, "words.body", STR("lighthouse123\0")), 1);
    bench_close(state, b);
}

static size_t fuzzy(struct bench *b, const char *text, struct search_ranked **out)
{
    size_t count = 0;
    const struct search_fuzzy f = {.account = ACCOUNT,
                                   .where = SEARCH_IN_TEXT,
                                   .text = utf8_search(b->m->cx.arena, str_z(text)),
                                   .max = 10};
    assert_ok(b->m, search_fuzzy(&b->m->cx, b->search, &f, out, &count));
    return count;
}

static void fuzzy_finds_and_ranks(void **state)
{
    struct bench *b = bench_open(state);
    struct search_ranked *r = NULL;
    struct item_placed one =
        put(b, STR("Subject: meetings\r\n\r\nmeeting about the meetings of committees\r\n"));
    struct item_placed two = put(b, STR("Subject: other\r\n\r\nWe met, and one meeting was about "
                                        "something entirely different from what this is.\r\n"));
    put(b, STR("Subject: third\r\n\r\nnothing of that kind\r\n"));
    update(b, 10);
    assert_int_equal(fuzzy(b, "meet", &r), 2);
    assert_int_equal(r[0].id, one.id);
    assert_int_equal(r[1].id, two.id);
    assert_true(r[0].score > r[1].score && r[0].score <= 100 && r[1].score >= 1);
    assert_int_equal(fuzzy(b, "comittee", &r), 1); /* spelt wrong */
    assert_int_equal(r[0].id, one.id);
    assert_int_equal(fuzzy(b, "meeting differently", &r), 1);
    assert_int_equal(r[0].id, two.id);
    assert_int_equal(fuzzy(b, "zebra", &r), 0);
    assert_int_equal(fuzzy(b, "...", &r), 0);
    bench_close(state, b);
}

/* Words past SEARCH_FUZZY_WORDS_MAX are not looked for. */
static void fuzzy_takes_so_many_words(void **state)
{
    struct bench *b = bench_open(state);
    struct search_ranked *r = NULL;
    struct buf text = buf_of(b->m->cx.arena, 1000);
    for (int i = 0; i < SEARCH_FUZZY_WORDS_MAX - 1; i++)
        buf_printf(&text, "word%02d ", i);
    struct str all = buf_str(&text);
    put(b, str_printf(b->m->cx.arena, "Subject: many\r\n\r\n%.*sword99\r\n", STR_ARG(all)));
    update(b, 10);
    struct str last = str_printf(b->m->cx.arena, "%.*szebra", STR_ARG(all));
    struct str beyond = str_printf(b->m->cx.arena, "%.*sword99 zebra", STR_ARG(all));
    assert_int_equal(fuzzy(b, last.p, &r), 0);
    assert_int_equal(fuzzy(b, beyond.p, &r), 1);
    bench_close(state, b);
}

/* Words meet by the stems of the languages that the messages are in. */
static void fuzzy_knows_languages(void **state)
{
    static const struct {
        const char *text, *asked;
    } rows[] = {
        {"Die H\xc3\xa4user sind nicht alt, und ich wohne auf dem Lande mit den Katzen.", "katze"},
        {"Les chats sont dans une maison que vous avez vendue pour nous.", "maisons"},
        {"Los gatos est\xc3\xa1n en la casa con una ventana muy grande por las ma\xc3\xb1"
         "anas.",
         "ventanas"},
        {"\xd0\x9d\xd0\xb0 \xd0\xb4\xd0\xb2\xd0\xbe\xd1\x80\xd0\xb5 \xd0\xbd\xd0\xb5 "
         "\xd0\xb1\xd1\x8b\xd0\xbb\xd0\xbe \xd0\xba\xd0\xbd\xd0\xb8\xd0\xb3\xd0\xb8 "
         "\xd0\xb8 \xd0\xbe\xd0\xbd \xd1\x88\xd0\xbb\xd0\xb0 \xd0\xbd\xd0\xb0 "
         "\xd1\x83\xd0\xbb\xd0\xb8\xd1\x86\xd1\x83 \xd0\xb2 "
         "\xd0\xb3\xd0\xbe\xd1\x80\xd0\xbe\xd0\xb4",
         "\xd0\xba\xd0\xbd\xd0\xb8\xd0\xb3\xd0\xb0\xd0\xbc\xd0\xb8"},
        {"The meetings of the committees were not for you and that is it.", "meeting committee"},
    };
    enum { ROWS = sizeof rows / sizeof rows[0] };
    struct bench *b = bench_open(state);
    struct search_ranked *r = NULL;
    for (size_t i = 0; i < ROWS; i++)
        put(b, str_printf(b->m->cx.arena, "Content-Type: text/plain; charset=utf-8\r\n\r\n%s\r\n",
                          rows[i].text));
    update(b, 10);
    for (size_t i = 0; i < ROWS; i++) {
        if (fuzzy(b, rows[i].asked, &r) != 1 || r[0].id != b->placed[i].id)
            fail_msg("%s", rows[i].asked);
    }
    assert_int_equal(ask(b, SEARCH_IN_BODY, "maisons", b->placed[1].id), SEARCH_NO);
    bench_close(state, b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_killed_writer_is_caught_up_with), /* forks, so before others grow */
        cmocka_unit_test(index_and_scan_agree),
        cmocka_unit_test(scan_reads_the_same),
        cmocka_unit_test(noise_is_left_out),
        cmocka_unit_test(follows_the_account),
        cmocka_unit_test(an_edit_is_noticed),
        cmocka_unit_test(too_long_a_text_is_read),
        cmocka_unit_test(a_damaged_index_is_begun_anew),
        cmocka_unit_test(an_index_from_the_future_is_begun_anew),
        cmocka_unit_test(shards_are_joined),
        cmocka_unit_test(a_full_disk_is_caught_up_with),
        cmocka_unit_test(fuzzy_finds_and_ranks),
        cmocka_unit_test(fuzzy_takes_so_many_words),
        cmocka_unit_test(fuzzy_knows_languages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
