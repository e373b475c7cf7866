/* Devices are told of new mail: once in a while, of the mailboxes that they named. */
#include "../unit.h"

#include "../imap/world.h"
#include "base/web.h"
#include "core/account.h"
#include "service/push/push.h"
#include <stdlib.h>
#include <time.h>

enum { GAP_MS = 10000, RETRY_MS = 60000, PATIENCE = 10000, GLANCE_NS = 1000000, POSTS_MAX = 20 };

/* md5sum of the names */
#define INBOX_HASH "7e33429f656f1e6e9d79b29c3f82c57e"
#define NOTES_HASH "f4c6f851b00d5518bf888815de279aba"

/* A push service that keeps what it is sent, and answers as it is told. */
struct service {
    struct arena *arena;
    struct str url[POSTS_MAX], topic[POSTS_MAX], body[POSTS_MAX];
    size_t posts;
    struct web_answer answer;
};

static void start(void *self, const struct web_question *q, web_done_fn *done, void *arg)
{
    struct service *s = self;
    must(s->posts < POSTS_MAX && q->method == WEB_POST);
    s->url[s->posts] = str_dup(s->arena, q->url);
    s->body[s->posts] = str_dup(s->arena, q->body);
    for (size_t i = 0; i < q->header_count; i++)
        if (str_eq(q->headers[i].name, STR("apns-topic")))
            s->topic[s->posts] = str_dup(s->arena, q->headers[i].value);
    s->posts++;
    done(arg, &s->answer);
}

struct bench {
    struct imap_world *w;
    struct service service;
    struct web web;
    struct push *push;
};

static void push_start(struct bench *b)
{
    const struct push_config config = {.topic = STR("com.apple.mail.XServer.1"),
                                       .url = STR("https://push.example"),
                                       .gap_ms = GAP_MS,
                                       .retry_ms = RETRY_MS,
                                       .web = &b->web};
    b->push = push_open(b->w->core, &config);
    assert_int_equal(push_run(&b->w->cx, b->push), OK);
}

static struct bench *bench_open(void)
{
    struct bench *b = calloc(1, sizeof *b);
    must(b);
    b->w = imap_world_open();
    b->service.arena = arena_open();
    b->service.answer = (struct web_answer){.result = WEB_ANSWERED, .status = 200};
    b->web = (struct web){.self = &b->service, .start = start};
    push_start(b);
    return b;
}

static void bench_close(struct bench *b)
{
    push_close(b->push);
    arena_close(b->service.arena);
    imap_world_close(b->w);
    free(b);
}

static folder_id folder_of(struct bench *b, const char *path)
{
    struct account_view *v AUTO(account_view_unref) = NULL;
    assert_int_equal(account_view_get(&b->w->cx, b->w->core, b->w->jane, &v), OK);
    return account_folder_by_path(v, str_z(path))->id;
}

static void add(struct bench *b, const char *token)
{
    struct push_mailbox boxes[] = {{folder_of(b, "INBOX"), STR("INBOX")},
                                   {folder_of(b, "Drafts"), STR("Notes")}};
    struct push_device d = {.account = b->w->jane,
                            .token = str_z(token),
                            .id = STR("A-1"),
                            .subtopic = STR("com.apple.mobilemail"),
                            .registered_ms = b->w->cx.now_ms,
                            .mailboxes = boxes,
                            .mailbox_count = 2};
    assert_int_equal(push_register(&b->w->cx, b->push, &d), OK);
}

static void deliver(struct bench *b, const char *folder)
{
    imap_world_deliver(b->w, b->w->jane, folder, STR("Subject: x\r\n\r\ny\r\n"), (struct str){0});
}

/* Runs until so many notes were sent: the store tells of a commit when it comes to it. */
static bool comes_to(struct bench *b, size_t posts)
{
    const struct timespec glance = {0, GLANCE_NS};
    for (int i = 0; i < PATIENCE && b->service.posts < posts; i++) {
        assert_int_equal(push_run(&b->w->cx, b->push), OK);
        nanosleep(&glance, NULL);
    }
    return b->service.posts == posts;
}

static void wants(const struct bench *b, size_t at, const char *url, const char *hashes)
{
    char body[300];
    snprintf(body, sizeof body, "{\"aps\":{\"account-id\":\"A-1\",\"m\":[%s]}}", hashes);
    assert_string_equal(b->service.url[at].p, url);
    assert_string_equal(b->service.body[at].p, body);
    assert_string_equal(b->service.topic[at].p, "com.apple.mail.XServer.1");
}

static void new_mail_is_told_by_mailbox(void **state)
{
    (void)state;
    struct bench *b = bench_open();
    add(b, "0a0b");
    deliver(b, "Sent"); /* nobody asked for it */
    deliver(b, "INBOX");
    assert_true(comes_to(b, 1));
    wants(b, 0, "https://push.example/3/device/0a0b", "\"" INBOX_HASH "\"");
    b->w->cx.now_ms += GAP_MS;
    deliver(b, "Drafts");
    assert_true(comes_to(b, 2));
    wants(b, 1, "https://push.example/3/device/0a0b", "\"" NOTES_HASH "\"");
    bench_close(b);
}

static void much_mail_is_one_note(void **state)
{
    (void)state;
    struct bench *b = bench_open();
    add(b, "0a0b");
    deliver(b, "INBOX");
    assert_true(comes_to(b, 1));
    deliver(b, "Drafts");
    deliver(b, "INBOX");
    for (int i = 0; i < 50; i++) { /* its time has not come */
        const struct timespec glance = {0, GLANCE_NS};
        b->w->cx.now_ms += GAP_MS / 100;
        assert_int_equal(push_run(&b->w->cx, b->push), OK);
        nanosleep(&glance, NULL);
    }
    assert_int_equal(b->service.posts, 1);
    b->w->cx.now_ms += GAP_MS;
    assert_true(comes_to(b, 2));
    wants(b, 1, "https://push.example/3/device/0a0b", "\"" INBOX_HASH "\",\"" NOTES_HASH "\"");
    bench_close(b);
}

static void a_bad_token_is_dropped(void **state)
{
    (void)state;
    static const struct {
        unsigned status;
        const char *body;
    } rows[] = {{410, "{\"reason\":\"Unregistered\"}"}, {400, "{\"reason\":\"BadDeviceToken\"}"}};
    for (size_t i = 0; i < 2; i++) {
        struct bench *b = bench_open();
        struct push_device *list;
        size_t count = 1;
        b->service.answer.status = rows[i].status;
        b->service.answer.body = str_z(rows[i].body);
        add(b, "0a0b");
        deliver(b, "INBOX");
        assert_true(comes_to(b, 1));
        assert_int_equal(push_run(&b->w->cx, b->push), OK);
        assert_int_equal(push_device_list(&b->w->cx, b->w->core, 0, &list, &count), OK);
        assert_int_equal(count, 0);
        bench_close(b);
    }
}

static void what_failed_is_told_again(void **state)
{
    (void)state;
    struct bench *b = bench_open();
    b->service.answer = (struct web_answer){.result = WEB_NO_CONNECTION};
    add(b, "0a0b");
    deliver(b, "INBOX");
    assert_true(comes_to(b, 1));
    b->service.answer = (struct web_answer){.result = WEB_ANSWERED, .status = 200};
    assert_int_equal(push_run(&b->w->cx, b->push), OK);
    b->w->cx.now_ms += RETRY_MS - 1;
    assert_int_equal(push_run(&b->w->cx, b->push), OK);
    assert_int_equal(b->service.posts, 1);
    b->w->cx.now_ms += 1;
    assert_int_equal(push_run(&b->w->cx, b->push), OK);
    assert_int_equal(b->service.posts, 2);
    wants(b, 1, "https://push.example/3/device/0a0b", "\"" INBOX_HASH "\"");
    bench_close(b);
}

static void devices_are_known_after_a_start_until_they_are_forgotten(void **state)
{
    (void)state;
    struct bench *b = bench_open();
    size_t removed;
    add(b, "0a0b");
    add(b, "0c0d");
    push_close(b->push);
    push_start(b);
    assert_int_equal(push_forget(&b->w->cx, b->push, b->w->jane, STR("0a0b"), &removed), OK);
    assert_int_equal(removed, 1);
    deliver(b, "INBOX");
    assert_true(comes_to(b, 1));
    wants(b, 0, "https://push.example/3/device/0c0d", "\"" INBOX_HASH "\"");
    b->w->cx.now_ms += INT64_C(86400000) * PUSH_DAYS;
    assert_int_equal(push_sweep(&b->w->cx, b->push), OK);
    deliver(b, "INBOX");
    for (int i = 0; i < 20; i++) {
        const struct timespec glance = {0, GLANCE_NS};
        assert_int_equal(push_run(&b->w->cx, b->push), OK);
        nanosleep(&glance, NULL);
    }
    assert_int_equal(b->service.posts, 1);
    bench_close(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_mail_is_told_by_mailbox),
        cmocka_unit_test(much_mail_is_one_note),
        cmocka_unit_test(a_bad_token_is_dropped),
        cmocka_unit_test(what_failed_is_told_again),
        cmocka_unit_test(devices_are_known_after_a_start_until_they_are_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
