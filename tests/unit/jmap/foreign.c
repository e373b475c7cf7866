/* Nobody can see, count or guess another's blobs (RFC 8620 section 8.4): over every road an id of
   somebody else's says just what one says that nobody has. */
#include "../unit.h"
#include "proto/jmap/blob.h"
#include "proto/jmap/email/email.h"
#include "proto/jmap/transfer/transfer.h"
#include "said.h"
#include "service/delivery.h"
#include "service/filter.h"
#include "service/preview/preview.h"
#include "service/submission/submission.h"

#define MARK "nobody else may read this"
#define MESSAGE                                                                                    \
    "From: a@b.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n"                                     \
    "Content-Type: multipart/mixed; boundary=b\r\n\r\n"                                            \
    "--b\r\nContent-Type: text/plain\r\n\r\n" MARK "\r\n"                                          \
    "--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\n" MARK "\r\n--b--\r\n"

/* @A is the account, @F a mailbox in it where one may add, @O one's own account, @I the id; @E the
   same of an email; what begins with "/" is asked for by HTTP. */
static const char *const roads[] = {
    "[\"Blob/get\",{\"accountId\":\"@A\",\"ids\":[\"@I\"],\"properties\":"
    "[\"data:asText\",\"data:asBase64\",\"size\",\"digest:sha\"]},\"0\"]",
    "[\"Blob/lookup\",{\"accountId\":\"@A\",\"typeNames\":[\"Email\",\"Mailbox\",\"Thread\"],"
    "\"ids\":[\"@I\"]},\"0\"]",
    "[\"Blob/copy\",{\"fromAccountId\":\"@A\",\"accountId\":\"@O\",\"blobIds\":[\"@I\"]},\"0\"]",
    "[\"Blob/copy\",{\"fromAccountId\":\"@O\",\"accountId\":\"@A\",\"blobIds\":[\"@I\"]},\"0\"]",
    "[\"Blob/upload\",{\"accountId\":\"@A\",\"create\":{\"k\":{\"data\":[{\"blobId\":\"@I\"}]}}},"
    "\"0\"]",
    "[\"Email/import\",{\"accountId\":\"@A\",\"emails\":{\"k\":{\"blobId\":\"@I\",\"mailboxIds\":"
    "{\"@F\":true}}}},\"0\"]",
    "[\"Email/set\",{\"accountId\":\"@A\",\"create\":{\"k\":{\"mailboxIds\":{\"@F\":true},"
    "\"attachments\":[{\"blobId\":\"@I\",\"type\":\"text/plain\"}]}}},\"0\"]",
    "[\"Email/parse\",{\"accountId\":\"@A\",\"blobIds\":[\"@I\"]},\"0\"]",
    "[\"MDN/parse\",{\"accountId\":\"@A\",\"blobIds\":[\"@I\"]},\"0\"]",
    "[\"SieveScript/set\",{\"accountId\":\"@A\",\"create\":{\"k\":{\"name\":\"s\",\"blobId\":"
    "\"@I\"}}},\"0\"]",
    "[\"SieveScript/validate\",{\"accountId\":\"@A\",\"blobId\":\"@I\"},\"0\"]",
    "/jmap/download/@A/@I/x?accept=text/plain",
    "/jmap/preview/@A/@I/page-1",
    "/jmap/preview/@A/@I/text",
    "/jmap/zip/@A/@E",
};

struct bench {
    struct imap_world *w;
    struct jmap_said jane, john;
    struct submission_env submission;
    struct previews *previews;
    struct str mailbox[2]; /* where john may add: in his account, in hers */
};

static struct str replaced(struct arena *a, struct str text, struct str what, struct str by)
{
    struct buf b = buf_of(a, 1 << 20);
    for (size_t at; (at = str_find(text, what)) != SIZE_MAX; text = str_from(text, at + what.n)) {
        buf_add(&b, str_sub(text, 0, at));
        buf_add(&b, by);
    }
    buf_add(&b, text);
    assert_false(b.overflow);
    return buf_str(&b);
}

static void who_is(struct bench *b, struct jmap_said *s, uint64_t id)
{
    jmap_said_open(s, b->w, id);
    s->env.filters = b->w->filters;
    s->env.submission = &b->submission;
    s->env.previews = b->previews;
}

static struct bench bench_open(void)
{
    static const struct filters_config config;
    static const struct delivery_config delivery = {.sub_address_separator = '+'};
    static const struct previews_parts previews = {.program = "/nowhere/helper"};
    struct bench b = {.w = imap_world_open()};
    struct arena *a = b.w->cx.arena;
    b.w->filters = filters_open(b.w->core, &config);
    b.previews = previews_open(&previews);
    b.w->env.delivery = delivery_open(b.w->core, &delivery);
    b.submission = (struct submission_env){.core = b.w->core, .delivery = b.w->env.delivery};
    imap_world_deliver(b.w, b.w->jane, "INBOX", STR(MESSAGE), (struct str){0});
    /* something of hers is his to see and to fill: her account exists for him */
    people_folder(b.w, b.w->jane, STR("Shared"));
    people_grant(b.w, b.w->jane, STR("Shared"), STR("john"), STR("lrswipkxte"));
    struct account_view *v AUTO(account_view_unref) = NULL;
    assert_int_equal(account_view_get(&b.w->cx, b.w->core, b.w->jane, &v), OK);
    for (size_t i = 0; i < account_folder_count(v); i++)
        if (str_eq(account_folder(v, i)->path, STR("Shared")))
            b.mailbox[1] = str_printf(a, "F%llx-%x", (unsigned long long)b.w->jane,
                                      (unsigned)account_folder(v, i)->id);
    assert_true(b.mailbox[1].n > 0);
    b.mailbox[0] = str_printf(a, "F%llx-1", (unsigned long long)b.w->john);
    return b;
}

static struct str by_http(struct bench *b, struct jmap_said *s, struct str path)
{
    static const struct {
        struct str prefix;
        http_handler *run;
    } rows[] = {{STR("/jmap/download/"), jmap_download},
                {STR("/jmap/preview/"), jmap_preview},
                {STR("/jmap/zip/"), jmap_zip}};
    const struct peer peer = {.id = 1};
    size_t ask = str_chr(path, '?');
    struct http_request q = {.method = HTTP_GET,
                             .query = ask == SIZE_MAX ? (struct str){0} : str_from(path, ask + 1),
                             .peer = &peer,
                             .who = &s->who,
                             .secure = true};
    struct http_response a = {.status = 200, .body = rope_of(b->w->cx.arena)};
    enum code code = E_IO;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (str_starts(path, rows[i].prefix)) {
            q.rest = str_from(str_sub(path, 0, ask), rows[i].prefix.n);
            code = rows[i].run(&b->w->cx, &s->env, &q, &a);
        }
    struct str body = rope_flatten(&a.body, b->w->cx.arena);
    struct str text = str_printf(b->w->cx.arena, "%s %u %zu fields %.*s", code_name(code), a.status,
                                 a.field_count, STR_ARG(body));
    rope_drop(&a.body);
    return text;
}

static struct str ask(struct bench *b, struct jmap_said *s, const char *road, uint64_t account,
                      struct str id)
{
    struct arena *a = b->w->cx.arena;
    const struct str with[][2] = {
        {STR("@A"), jmap_account_id(a, account)},
        {STR("@O"), jmap_account_id(a, s->who.account)},
        {STR("@F"), b->mailbox[account == b->w->jane]},
        {STR("@I"), id},
        {STR("@E"), str_printf(a, "E%.*s", STR_ARG(str_from(id, 1)))},
    };
    struct str text = str_z(road);
    for (size_t i = 0; i < sizeof with / sizeof *with; i++)
        text = replaced(a, text, with[i][0], with[i][1]);
    if (road[0] == '/')
        return by_http(b, s, text);
    return jmap_said_body(
        s, str_printf(a,
                      "{\"using\":[\"urn:ietf:params:jmap:core\",\"urn:ietf:params:jmap:mail\","
                      "\"urn:ietf:params:jmap:blob\",\"urn:ietf:params:jmap:mdn\","
                      "\"urn:ietf:params:jmap:sieve\"],\"methodCalls\":[%.*s]}",
                      STR_ARG(text)));
}

/* What she has; and others like it, which nobody has. */
static void ids_of(struct bench *b, struct str real[3], struct str none[3])
{
    struct arena *a = b->w->cx.arena;
    struct item_row row;
    assert_int_equal(item_get(&b->w->cx, b->w->core, b->w->jane, 1, 1, &row), OK);
    struct str said =
        jmap_said_body(&b->jane, str_printf(a,
                                            "{\"using\":[\"urn:ietf:params:jmap:blob\"],"
                                            "\"methodCalls\":[[\"Blob/upload\",{\"accountId\":"
                                            "\"%.*s\",\"create\":{\"k\":{\"data\":"
                                            "[{\"data:asText\":\"" MARK "\"}]}}},\"0\"]]}",
                                            STR_ARG(jmap_account_id(a, b->w->jane))));
    size_t at = str_find(said, STR("\"id\":\"U"));
    assert_true(at != SIZE_MAX);
    struct str upload = str_from(said, at + 6);
    real[0] = jmap_blob_id(a, row.id, JMAP_BLOB_WHOLE);
    real[1] = jmap_blob_id(a, row.id, 1);
    real[2] = str_sub(upload, 0, str_chr(upload, '"'));
    none[0] = jmap_blob_id(a, row.id + 0x1000, JMAP_BLOB_WHOLE);
    none[1] = jmap_blob_id(a, row.id + 0x1000, 1);
    none[2] = str_printf(a, "%.*s%c", STR_ARG(str_sub(real[2], 0, real[2].n - 1)),
                         real[2].p[real[2].n - 1] == '1' ? '2' : '1');
}

static void each_road_says_nothing(void **state)
{
    struct bench b = bench_open();
    struct arena *a = b.w->cx.arena;
    struct str real[3], none[3];
    size_t told = 0;
    (void)state;
    who_is(&b, &b.jane, b.w->jane);
    who_is(&b, &b.john, b.w->john);
    ids_of(&b, real, none);
    const uint64_t accounts[] = {b.w->john, b.w->jane};
    for (size_t r = 0; r < sizeof roads / sizeof *roads; r++)
        for (size_t i = 0; i < 6; i++) {
            struct str is = real[i / 2], is_not = none[i / 2];
            struct str one = ask(&b, &b.john, roads[r], accounts[i % 2], is);
            struct str two = ask(&b, &b.john, roads[r], accounts[i % 2], is_not);
            if (!str_eq(replaced(a, one, is, STR("@")), replaced(a, two, is_not, STR("@"))) ||
                str_find(one, STR(MARK)) != SIZE_MAX)
                fail_msg("%s: %.*s tells: %.*s\nbut %.*s", roads[r], STR_ARG(is), STR_ARG(one),
                         STR_ARG(two));
        }
    /* she is told of hers by each road, by one of the three at least */
    for (size_t r = 0; r < sizeof roads / sizeof *roads; r++, told = 0) {
        for (size_t i = 0; i < 3; i++) {
            struct str one = ask(&b, &b.jane, roads[r], b.w->jane, real[i]);
            struct str two = ask(&b, &b.jane, roads[r], b.w->jane, none[i]);
            told +=
                !str_eq(replaced(a, one, real[i], STR("@")), replaced(a, two, none[i], STR("@")));
        }
        if (!told && !strstr(roads[r], "Blob/copy"))
            fail_msg("%s: she is told nothing, so it proves nothing", roads[r]);
    }
    previews_close(b.previews);
    imap_world_close(b.w);
}

/* Ids of uploads are random: those of hers are not to be found among a thousand tries. */
static void guesses_find_nothing(void **state)
{
    struct bench b = bench_open();
    struct random dice = {.seed = 42};
    (void)state;
    who_is(&b, &b.jane, b.w->jane);
    who_is(&b, &b.john, b.w->john);
    struct str real[3], none[3];
    ids_of(&b, real, none);
    for (int i = 0; i < 1000; i++) {
        uint64_t n = i % 2 ? random_u64(&dice) : random_u64(&dice) % 4096;
        struct str id =
            str_printf(b.w->cx.arena, "%c%llx", i % 3 ? 'U' : 'B', (unsigned long long)n);
        struct str said = ask(&b, &b.john, roads[0], i % 2 ? b.w->john : b.w->jane, id);
        assert_true(str_find(said, STR("\"list\":[]")) != SIZE_MAX);
    }
    previews_close(b.previews);
    imap_world_close(b.w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_road_says_nothing),
        cmocka_unit_test(guesses_find_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
