/* Searching, sorting and threading by the IMAP engine in memory, as JSON: the first time (columns
   are made) and again (warm), for folders of several sizes. search_bench [ITEMS...]   default: 1000
   10000 100000 */
#include "../tests/unit/imap/talk.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include "core/columns/columns.h"
#include "core/folder.h"
#include "format/json.h"
#include "format/summary.h"
#include "proto/imap/session.h"
#include <stdio.h>
#include <time.h>

enum { BATCH = 400, TURNS = 5, SENDERS = 5000, THREADS_EACH = 8 };

static const char *const commands[] = {
    "UID SEARCH FROM \"rare.name\"",
    "SEARCH FROM \"example\"",
    "SEARCH SUBJECT \"budget\"",
    "SEARCH SINCE 1-Jan-2025 LARGER 300",
    "SEARCH UNSEEN NOT FLAGGED",
    "SEARCH OR FROM \"alice\" (TO \"team\" SUBJECT \"report\")",
    "SORT (DATE) UTF-8 ALL",
    "SORT (SUBJECT) UTF-8 ALL",
    "SORT (REVERSE FROM SUBJECT DATE) UTF-8 ALL",
    "THREAD REFERENCES UTF-8 ALL",
    "THREAD ORDEREDSUBJECT UTF-8 ALL",
};

static void check(const struct ctx *cx, enum code code)
{
    if (code == OK)
        return;
    fprintf(stderr, "search_bench: %s: %s\n", code_name(code), cx->err.what);
    exit(1);
}

static double cpu_ms(void)
{
    struct timespec now; /* exact, while rusage counts in ticks */
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static long rss_kb(void)
{
    long pages = 0, all = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f || fscanf(f, "%ld %ld", &all, &pages) != 2)
        pages = 0;
    if (f)
        fclose(f);
    return pages * 4;
}

/* A thread of eight, then the next; senders and subjects that repeat as in a busy mailbox. */
static struct str message_of(struct arena *a, uint32_t n)
{
    static const char *const words[] = {"budget", "report", "meeting", "review", "draft",
                                        "roads",  "permit", "notes",   "travel", "audit"};
    uint32_t thread = n / THREADS_EACH, at = n % THREADS_EACH, who = n * 7919 % SENDERS;
    struct buf refs = buf_of(a, 4096);
    for (uint32_t i = 0; i < at; i++)
        buf_printf(&refs, " <%u.%u@mail.example.com>", thread, i);
    return str_printf(
        a,
        "From: %s %s %u <person.%u@dept%u.example.com>\r\nTo: Team %u <team%u@example.com>\r\n"
        "Date: %u %s 2025 %02u:%02u:%02u +0000\r\nSubject: %s%s of the %s %u\r\n"
        "Message-ID: <%u.%u@mail.example.com>\r\n%s%.*s%s\r\nText number %u.\r\n",
        who % 2500 == 3 ? "Rare.Name" : "Alice", words[who % 10], who, who, who % 50, n % 40,
        n % 40, n * 31 % 28 + 1, n % 3 ? "Mar" : "Apr", n % 24, n * 7 % 60, n * 13 % 60,
        at ? "Re: " : "", words[thread % 10], words[thread / 10 % 10], thread, thread, at,
        at ? "References:" : "", STR_ARG(buf_str(&refs)), at ? "\r\n" : "", n);
}

struct fill {
    struct imap_world *w;
    folder_id folder;
    uint32_t first, count;
};

static enum code add_some(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct fill *f = arg;
    struct item_placed placed;
    for (uint32_t i = 0; i < f->count; i++) {
        struct item_new new = {.folder = f->folder,
                               .received_ms = cx->now_ms + (int64_t)(f->first + i) * 1000,
                               .saved_ms = cx->now_ms};
        TRY(summary_make(cx, message_of(cx->arena, f->first + i), &new.summary));
        TRY(item_add(cx, t, &new, &placed));
    }
    return OK;
}

static void fill(struct imap_world *w, uint32_t items)
{
    struct arena *keep = w->cx.arena;
    struct account_view *v AUTO(account_view_unref) = NULL;
    check(&w->cx, account_view_get(&w->cx, w->core, w->jane, &v));
    struct fill f = {.w = w, .folder = account_folder_by_role(v, ROLE_INBOX)->id};
    struct arena *scratch AUTO(arena_close) = arena_open();
    w->cx.arena = scratch;
    for (; f.first < items; f.first += f.count) {
        f.count = items - f.first < BATCH ? items - f.first : BATCH;
        check(&w->cx, account_update(&w->cx, w->core, w->jane, add_some, &f));
        arena_reset(scratch);
    }
    w->cx.arena = keep;
}

static double run(struct imap_talk *t, const char *command, size_t *bytes)
{
    char line[300];
    snprintf(line, sizeof line, "a %s\r\n", command);
    double before = cpu_ms();
    *bytes = imap_talk_count(t, line);
    return cpu_ms() - before;
}

static void bench(struct json *j, uint32_t items)
{
    struct imap_world *w = imap_world_open();
    fill(w, items);
    struct imap_talk *t = imap_talk_open(w);
    imap_talk_enter(t, w->jane);
    long before = rss_kb();
    size_t bytes;
    json_object(j);
    json_key(j, "items");
    json_u64(j, items);
    json_key(j, "select_ms");
    json_double(j, run(t, "SELECT INBOX", &bytes), 3);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        double first = run(t, commands[i], &bytes), least = first;
        for (int turn = 0; turn < TURNS; turn++) {
            double again = run(t, commands[i], &bytes);
            least = again < least ? again : least;
        }
        json_key(j, commands[i]);
        json_object(j);
        json_key(j, "first_cpu_ms");
        json_double(j, first, 3);
        json_key(j, "warm_cpu_ms");
        json_double(j, least, 3);
        json_key(j, "answer_bytes");
        json_u64(j, bytes);
        json_key(j, "grown_kb");
        json_u64(j, (uint64_t)(rss_kb() > before ? rss_kb() - before : 0));
        json_object_end(j);
    }
    json_key(j, "columns_bytes");
    json_u64(j, columns_bytes(w->core));
    json_object_end(j);
    imap_talk_close(t);
    imap_world_close(w);
}

int main(int argc, char **argv)
{
    struct arena *a = arena_open();
    struct buf out = buf_of(a, 1 << 20);
    struct json j = json_to(&out);
    static const uint64_t usual[] = {1000, 10000, 100000};
    json_array(&j);
    for (int i = 1; i < argc || (argc == 1 && i <= 3); i++) {
        uint64_t items = argc == 1 ? usual[i - 1] : 0;
        if (argc > 1 && (!str_u64(str_z(argv[i]), &items) || !items || items > 10000000)) {
            fprintf(stderr, "search_bench [ITEMS...]\n");
            return 2;
        }
        bench(&j, (uint32_t)items);
    }
    json_array_end(&j);
    printf("%.*s\n", STR_ARG(buf_str(&out)));
    arena_close(a);
    return 0;
}
