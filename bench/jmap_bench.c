/* What a page asks of JMAP, request by request through jmap_api, as JSON: CPU of the first time and
   of later ones, for a mailbox in memory. jmap_bench [ITEMS]   default: 100000 */
#include "../tests/unit/jmap/said.h"
#include "base/arena.h"
#include "base/buf.h"
#include "core/columns/columns.h"
#include "core/folder.h"
#include "format/json.h"
#include "format/summary.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { BATCH = 400, TURNS = 20, SENDERS = 5000, THREADS_EACH = 8 };

#define QUERY(filter, sort, more)                                                                  \
    "[\"Email/query\",{\"accountId\":\"A%llx\",\"filter\":" filter                                 \
    ",\"sort\":[{\"property\":\"" sort "\",\"isAscending\":false}],\"limit\":50" more "},\"0\"]"
#define INBOX "{\"inMailbox\":\"F%llx-1\"}"
#define ROWS                                                                                       \
    ",[\"Email/get\",{\"accountId\":\"A%llx\",\"#ids\":{\"resultOf\":\"0\",\"name\":\"Email/"      \
    "query\","                                                                                     \
    "\"path\":\"/"                                                                                 \
    "ids\"},\"properties\":[\"id\",\"blobId\",\"threadId\",\"mailboxIds\",\"keywords\",\"from\","  \
    "\"to\",\"subject\",\"receivedAt\",\"size\",\"hasAttachment\",\"preview\"]},\"1\"]"

static const struct {
    const char *name, *calls;
} asked[] = {
    {"query by receivedAt", QUERY(INBOX, "receivedAt", "")},
    {"query by receivedAt, total", QUERY(INBOX, "receivedAt", ",\"calculateTotal\":true")},
    {"query by receivedAt, threads", QUERY(INBOX, "receivedAt", ",\"collapseThreads\":true")},
    {"query by from", QUERY(INBOX, "from", "")},
    {"query by subject", QUERY(INBOX, "subject", "")},
    {"query unread", QUERY("{\"notKeyword\":\"$seen\"}", "receivedAt", "")},
    {"query threads with $flagged",
     QUERY("{\"someInThreadHaveKeyword\":\"$flagged\"}", "receivedAt", "")},
    {"query from, in the column", QUERY("{\"from\":\"rare.name\"}", "receivedAt", "")},
    {"query text, rare", QUERY("{\"text\":\"rare.name\"}", "receivedAt", "")},
    {"query text, common", QUERY("{\"text\":\"number\"}", "receivedAt", "")},
    {"query text, two words", QUERY("{\"text\":\"budget roads\"}", "receivedAt", "")},
    {"query and get 50 rows", QUERY(INBOX, "receivedAt", "") ROWS},
    {"get mailboxes", "[\"Mailbox/get\",{\"accountId\":\"A%llx\",\"ids\":null},\"0\"]"},
};
enum { ASKED = sizeof asked / sizeof *asked };

static void check(const struct ctx *cx, enum code code)
{
    if (code == OK)
        return;
    fprintf(stderr, "jmap_bench: %s: %s\n", code_name(code), cx->err.what);
    exit(1);
}

static double cpu_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
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
        "Received: from mx.example.com (192.0.2.7) by mail.example.com with ESMTPS id %u;\r\n"
        " Thu, 1 Jan 2026 00:00:00 +0000\r\n"
        "From: %s %s %u <person.%u@dept%u.example.com>\r\nTo: Team %u <team%u@example.com>\r\n"
        "Date: %u %s 2025 %02u:%02u:%02u +0000\r\nSubject: %s%s of the %s %u\r\n"
        "Message-ID: <%u.%u@mail.example.com>\r\n%s%.*s%s\r\nText number %u.\r\n",
        n, who % 2500 == 3 ? "Rare.Name" : "Alice", words[who % 10], who, who, who % 50, n % 40,
        n % 40, n * 31 % 28 + 1, n % 3 ? "Mar" : "Apr", n % 24, n * 7 % 60, n * 13 % 60,
        at ? "Re: " : "", words[thread % 10], words[thread / 10 % 10], thread, thread, at,
        at ? "References:" : "", STR_ARG(buf_str(&refs)), at ? "\r\n" : "", n);
}

struct fill {
    struct item_new items[BATCH];
    uint32_t count;
};

static enum code add_some(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct fill *f = arg;
    struct item_placed placed;
    for (uint32_t i = 0; i < f->count; i++)
        TRY(item_add(cx, t, &f->items[i], &placed));
    return OK;
}

static void fill(struct imap_world *w, uint32_t count)
{
    for (uint32_t n = 0; n < count;) {
        struct arena *arena AUTO(arena_close) = arena_open();
        struct ctx cx = w->cx;
        struct fill f = {0};
        cx.arena = arena;
        for (; f.count < BATCH && n < count; n++, f.count++) {
            struct item_new *new = &f.items[f.count];
            struct str message = message_of(arena, n);
            struct blob_new *blob;
            check(&cx, blob_prepare(&cx, w->store, message, &blob));
            *new = (struct item_new){.folder = 1,
                                     .flags = n % 10    ? FLAG_SEEN
                                              : n % 500 ? 0
                                                        : FLAG_FLAGGED,
                                     .received_ms = cx.now_ms + n * 1000LL,
                                     .saved_ms = cx.now_ms,
                                     .blob = blob};
            check(&cx, summary_make(&cx, message, &new->summary));
        }
        check(&cx, account_update(&cx, w->core, w->jane, add_some, &f));
    }
}

static double ask(struct jmap_said *s, const char *calls)
{
    struct arena *arena AUTO(arena_close) = arena_open();
    struct arena *kept = s->w->cx.arena;
    unsigned long long a = s->w->jane;
    struct buf text = buf_of(arena, 65536);
    for (const char *p = calls; *p; p++) /* each "%llx" is the account */
        if (p[0] == '%') {
            buf_printf(&text, "%llx", a);
            p += 3;
        } else {
            buf_byte(&text, *p);
        }
    s->w->cx.arena = arena;
    double start = cpu_ms();
    struct str got = jmap_said(s, str_zdup(arena, buf_str(&text)));
    double end = cpu_ms();
    if (str_find(got, STR("[\"error\"")) != SIZE_MAX) {
        fprintf(stderr, "jmap_bench: %.*s\n", STR_ARG(got));
        exit(1);
    }
    s->w->cx.arena = kept;
    return end - start;
}

static void measure(struct jmap_said *s, struct json *j)
{
    for (size_t i = 0; i < ASKED; i++) {
        double first = ask(s, asked[i].calls), best = 1e9, sum = 0;
        for (int turn = 0; turn < TURNS; turn++) {
            double ms = ask(s, asked[i].calls);
            best = ms < best ? ms : best;
            sum += ms;
        }
        json_object(j);
        json_key(j, "asked");
        json_str(j, str_z(asked[i].name));
        json_key(j, "first_ms");
        json_double(j, first, 3);
        json_key(j, "mean_ms");
        json_double(j, sum / TURNS, 3);
        json_key(j, "best_ms");
        json_double(j, best, 3);
        json_object_end(j);
    }
}

int main(int argc, char **argv)
{
    uint64_t count = 100000;
    if (argc > 1 && !str_u64(str_z(argv[1]), &count))
        return 2;
    struct imap_world *w = imap_world_open();
    struct jmap_said s;
    fill(w, (uint32_t)count);
    imap_world_index(w, w->jane);
    jmap_said_open(&s, w, w->jane);
    struct buf out = buf_of(w->cx.arena, 1 << 20);
    struct json j = json_to(&out);
    json_object(&j);
    json_key(&j, "items");
    json_u64(&j, count);
    json_key(&j, "cpu");
    json_array(&j);
    measure(&s, &j);
    json_array_end(&j);
    json_object_end(&j);
    printf("%.*s\n", STR_ARG(buf_str(&out)));
    imap_world_close(w);
    return 0;
}
