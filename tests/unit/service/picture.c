/* Remote pictures: which URLs, which bytes, how many, how long. */
#include "../unit.h"

#include "../imap/people.h"
#include "../imap/world.h"
#include "base/clock.h"
#include "base/web.h"
#include "service/picture/inner.h"
#include "service/picture/picture.h"

static void urls_that_are_fetched(void **state)
{
    static const struct {
        struct str url;
        bool usual, any_port;
    } rows[] = {
        {STR("http://a.example/x.png"), true, true},
        {STR("https://a.example"), true, true},
        {STR("HTTPS://a.example:443/x"), true, true},
        {STR("http://a.example:80/x"), true, true},
        {STR("http://a.example:443/x"), false, true},
        {STR("https://a.example:25/x"), false, true},
        {STR("http://[::1]:6379/x"), false, true},
        {STR("http://u:p@a.example/x"), false, false},
        {STR("http://"), false, false},
        {STR("http://:80/"), false, false},
        {STR("ftp://a.example/x"), false, false},
        {STR("//a.example/x"), false, false},
        {STR("http://a.example/x y"), false, false},
        {STR("http://a.example/\r\nX: y"), false, false},
        {STR("http://a.example\\@b.example/"), false, false},
        {STR("http://\xc3\xa4.example/"), false, false},
        {STR("data:image/png;base64,AAAA"), false, false},
        {STR(""), false, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (picture_url_ok(rows[i].url, false) != rows[i].usual ||
            picture_url_ok(rows[i].url, true) != rows[i].any_port)
            fail_msg("%.*s", STR_ARG(rows[i].url));
}

/* RFC 3986 section 5.4, but for dot segments, which the other server resolves. */
static void where_redirects_lead(void **state)
{
    static const struct str base = {"http://a/b/c/d;p?q", 18};
    static const struct {
        struct str location, wanted;
    } rows[] = {
        {STR("g"), STR("http://a/b/c/g")},
        {STR("g/"), STR("http://a/b/c/g/")},
        {STR("/g"), STR("http://a/g")},
        {STR("//g"), STR("http://g")},
        {STR("?y"), STR("http://a/b/c/d;p?y")},
        {STR("g?y#s"), STR("http://a/b/c/g?y")},
        {STR(" https://b/x#y "), STR("https://b/x")},
        {STR("g:h"), STR("")},
        {STR("javascript:alert(1)"), STR("")},
        {STR("./g:h"), STR("http://a/b/c/./g:h")},
        {STR("#s"), STR("")},
        {STR(""), STR("")},
    };
    struct arena *a AUTO(arena_close) = arena_open();
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_str(picture_url_join(a, base, rows[i].location), rows[i].wanted);
    assert_str(picture_url_join(a, STR("https://a"), STR("g")), STR("https://a/g"));
    assert_str(picture_url_host(STR("https://a.example:8/b@c")), STR("a.example:8"));
}

static void types_by_first_bytes(void **state)
{
    static const struct {
        struct str bytes, wanted;
    } rows[] = {
        {STR("\x89PNG\r\n\x1a\n...."), STR("image/png")},
        {STR("\xff\xd8\xff\xe0...."), STR("image/jpeg")},
        {STR("GIF87a"), STR("image/gif")},
        {STR("RIFF\1\2\3\4WEBPVP8X"), STR("image/webp")},
        {STR("RIFF\1\2\3\4WAVEfmt "), STR("")},
        {STR("\0\0\0\x1c"
             "ftypavif"),
         STR("image/avif")},
        {STR("BM\1\2\3\4\0\0\0\0"), STR("image/bmp")},
        {STR("BM, a text"), STR("")},
        {STR("\0\0\1\0\1\0"), STR("image/x-icon")},
        {STR("<svg onload=alert(1)>"), STR("")},
        {STR("<!DOCTYPE html>"), STR("")},
        {STR("%PDF-1.7"), STR("")},
        {STR("GIF8"), STR("")},
        {STR(""), STR("")},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_str(picture_type(rows[i].bytes), rows[i].wanted);
}

enum { HELD_MAX = 256 };

/* Other servers, which answer when the test says so. */
struct far {
    struct web web;
    web_done_fn *done[HELD_MAX];
    void *arg[HELD_MAX];
    struct web_question asked;
    size_t held, questions;
    struct str url;
    struct arena *arena;
};

struct bench {
    struct imap_world *w;
    struct far far;
    struct pictures *pictures;
    struct str key;
};

static void start(void *self, const struct web_question *q, web_done_fn *done, void *arg)
{
    struct far *f = self;
    must(f->held < HELD_MAX);
    f->done[f->held] = done;
    f->arg[f->held++] = arg;
    f->asked = *q;
    f->url = str_dup(f->arena, q->url);
    f->questions++;
}

/* All questions that are open are answered so. */
static void answer(struct bench *b, const struct web_answer *a)
{
    size_t count = b->far.held;
    b->far.held = 0;
    for (size_t i = 0; i < count; i++)
        b->far.done[i](b->far.arg[i], a);
}

static void answer_picture(struct bench *b, size_t bytes)
{
    char *text = arena_alloc(b->w->cx.arena, bytes);
    memcpy(text, "GIF89a", sizeof "GIF89a" - 1);
    const struct web_answer a = {
        .result = WEB_ANSWERED, .status = 200, .body = str_of(text, bytes)};
    answer(b, &a);
}

static void answer_redirect(struct bench *b, const char *location)
{
    const struct web_header h = {STR("location"), str_z(location)};
    const struct web_answer a = {
        .result = WEB_ANSWERED, .status = 302, .headers = &h, .header_count = 1};
    answer(b, &a);
}

static void bench_open(struct bench *b)
{
    *b = (struct bench){.w = imap_world_open()};
    b->far.web = (struct web){&b->far, start};
    b->far.arena = b->w->cx.arena;
    const struct pictures_parts parts = {.core = b->w->core, .web = &b->far.web};
    b->pictures = pictures_open(&parts);
    assert_int_equal(picture_key(&b->w->cx, b->w->core, b->w->jane, &b->key), OK);
}

static void bench_close(struct bench *b)
{
    pictures_close(b->pictures);
    imap_world_close(b->w);
}

/* 'c': it comes; 'h': it is here; '-': there is none; 'x': denied. */
static char get(struct bench *b, const char *url)
{
    struct picture p;
    enum code code = picture_get(&b->w->cx, b->pictures, b->w->jane, b->key, str_z(url), &p);
    if (code != OK)
        return code == E_NOT_FOUND ? '-' : 'x';
    if (p.state == PICTURE_COMES)
        return 'c';
    assert_true(str_starts(p.bytes, STR("GIF89a")));
    assert_str(p.type, STR("image/gif"));
    picture_release(p.holder);
    return 'h';
}

static void kept_for_a_while(void **state)
{
    struct bench b;
    (void)state;
    bench_open(&b);
    assert_int_equal(get(&b, "http://a/1"), 'c');
    assert_int_equal(get(&b, "http://a/1"), 'c');
    assert_int_equal(b.far.questions, 1);
    assert_true(b.far.asked.secret && b.far.asked.clear && !b.far.asked.inside);
    answer_picture(&b, 100);
    assert_int_equal(get(&b, "http://a/1"), 'h');
    b.w->cx.now_ms += PICTURE_KEPT_MS;
    assert_int_equal(get(&b, "http://a/1"), 'c');
    assert_int_equal(b.far.questions, 2);
    const struct web_answer none = {.result = WEB_NO_HOST};
    answer(&b, &none);
    assert_int_equal(get(&b, "http://a/1"), '-');
    b.w->cx.now_ms += PICTURE_FAILED_MS;
    assert_int_equal(get(&b, "http://a/1"), 'c');
    answer_picture(&b, 100);
    bench_close(&b);
}

static void redirects_are_bounded(void **state)
{
    struct bench b;
    (void)state;
    bench_open(&b);
    assert_int_equal(get(&b, "http://a/x/1"), 'c');
    for (int i = 0; i < PICTURE_REDIRECTS_MAX; i++) {
        answer_redirect(&b, "2");
        assert_str(b.far.url, STR("http://a/x/2"));
    }
    answer_redirect(&b, "2");
    assert_int_equal(b.far.held, 0);
    assert_int_equal(get(&b, "http://a/x/1"), '-');
    assert_int_equal(get(&b, "http://a/y"), 'c');
    answer_redirect(&b, "http://a:22/");
    assert_int_equal(b.far.held, 0);
    assert_int_equal(get(&b, "http://a/y"), '-');
    bench_close(&b);
}

static void a_key_is_ones_own(void **state)
{
    struct bench b;
    struct str johns, again;
    struct picture p;
    (void)state;
    bench_open(&b);
    assert_int_equal(picture_key(&b.w->cx, b.w->core, b.w->john, &johns), OK);
    assert_int_equal(picture_key(&b.w->cx, b.w->core, b.w->jane, &again), OK);
    assert_str(again, b.key);
    assert_false(str_eq(johns, b.key));
    const struct str wrong[] = {johns, STR(""), str_sub(b.key, 0, b.key.n - 1)};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(
            picture_get(&b.w->cx, b.pictures, b.w->jane, wrong[i], STR("http://a/"), &p), E_DENIED);
    assert_int_equal(b.far.questions, 0);
    /* What one has loaded, another does not see. */
    assert_int_equal(get(&b, "http://a/1"), 'c');
    answer_picture(&b, 100);
    assert_int_equal(picture_get(&b.w->cx, b.pictures, b.w->john, johns, STR("http://a/1"), &p),
                     OK);
    assert_int_equal(p.state, PICTURE_COMES);
    answer_picture(&b, 100);
    bench_close(&b);
}

static void few_at_a_time_for_each(void **state)
{
    struct bench b;
    char url[] = "http://a/00";
    (void)state;
    bench_open(&b);
    for (int i = 0; i < PICTURE_EACH + 4; i++) {
        url[sizeof url - 3] = (char)('0' + i / 10);
        url[sizeof url - 2] = (char)('0' + i % 10);
        assert_int_equal(get(&b, url), 'c');
    }
    assert_int_equal(b.far.questions, PICTURE_EACH);
    answer_picture(&b, 100);
    assert_int_equal(get(&b, url), 'c');
    assert_int_equal(b.far.questions, PICTURE_EACH + 1);
    answer_picture(&b, 100);
    bench_close(&b);
}

/* However many people there are. */
static void so_many_at_a_time_for_all(void **state)
{
    enum { PEOPLE = PICTURE_ALL / PICTURE_EACH + 1 };
    struct bench b;
    struct picture p;
    (void)state;
    bench_open(&b);
    struct ctx *cx = &b.w->cx;
    for (uint64_t who = 0; who < PEOPLE; who++) {
        struct str name = str_printf(cx->arena, "p%u", (unsigned)who), key;
        uint64_t id = people_add(b.w, str_zdup(cx->arena, name), PRINCIPAL_PERSON);
        assert_int_equal(picture_key(cx, b.w->core, id, &key), OK);
        for (unsigned i = 0; i < PICTURE_EACH; i++) {
            struct str url = str_printf(cx->arena, "http://a/%u", i);
            assert_int_equal(picture_get(cx, b.pictures, id, key, url, &p), OK);
            assert_int_equal(p.state, PICTURE_COMES);
        }
    }
    assert_int_equal(b.far.questions, PICTURE_ALL);
    answer_picture(&b, 100);
    assert_int_equal(get(&b, "http://a/"), 'c');
    assert_int_equal(b.far.questions, PICTURE_ALL + 1);
    answer_picture(&b, 100);
    bench_close(&b);
}

/* From the first question to the last byte, redirects among it. */
static void time_is_bounded(void **state)
{
    struct bench b;
    (void)state;
    bench_open(&b);
    assert_int_equal(get(&b, "http://a/1"), 'c');
    uint32_t first_ms = b.far.asked.timeout_ms;
    assert_in_range(first_ms, 1, PICTURE_TIMEOUT_MS);
    for (int64_t until = clock_mono_ms() + 3; clock_mono_ms() < until;)
        ;
    answer_redirect(&b, "2");
    assert_int_equal(b.far.questions, 2);
    assert_in_range(b.far.asked.timeout_ms, 1, first_ms - 2);
    const struct web_answer late = {.result = WEB_TOO_LATE};
    answer(&b, &late);
    assert_int_equal(get(&b, "http://a/1"), '-');
    bench_close(&b);
}

static void so_many_are_kept(void **state)
{
    struct bench b;
    (void)state;
    bench_open(&b);
    for (unsigned i = 0; i <= PICTURE_KEPT; i++) {
        struct str url = str_printf(b.w->cx.arena, "http://a/%u", i);
        assert_int_equal(get(&b, str_zdup(b.w->cx.arena, url)), 'c');
        answer_picture(&b, 10);
    }
    assert_int_equal(get(&b, "http://a/2"), 'h');
    assert_int_equal(get(&b, "http://a/4096"), 'h');
    assert_int_equal(get(&b, "http://a/0"), 'c'); /* the oldest went */
    answer_picture(&b, 10);
    bench_close(&b);
}

/* The oldest go; one that is being sent stays whole. */
static void memory_is_bounded(void **state)
{
    enum { LARGE = PICTURE_BYTES_MAX, FIT = PICTURE_KEPT_BYTES / PICTURE_BYTES_MAX };
    struct bench b;
    struct picture held;
    char url[] = "http://a/0";
    (void)state;
    bench_open(&b);
    for (int i = 0; i < FIT + 1; i++) {
        url[sizeof url - 2] = (char)('0' + i);
        assert_int_equal(get(&b, url), 'c');
        answer_picture(&b, LARGE);
        if (i == 0)
            assert_int_equal(
                picture_get(&b.w->cx, b.pictures, b.w->jane, b.key, STR("http://a/0"), &held), OK);
    }
    assert_int_equal(b.far.asked.body_max, PICTURE_BYTES_MAX);
    assert_int_equal(get(&b, "http://a/1"), 'h');
    assert_int_equal(get(&b, "http://a/0"), 'c');
    answer_picture(&b, 100);
    assert_int_equal(held.bytes.n, LARGE);
    assert_true(str_starts(held.bytes, STR("GIF89a")));
    picture_release(held.holder);
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(urls_that_are_fetched),     cmocka_unit_test(where_redirects_lead),
        cmocka_unit_test(types_by_first_bytes),      cmocka_unit_test(kept_for_a_while),
        cmocka_unit_test(redirects_are_bounded),     cmocka_unit_test(a_key_is_ones_own),
        cmocka_unit_test(few_at_a_time_for_each),    cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(so_many_at_a_time_for_all), cmocka_unit_test(time_is_bounded),
        cmocka_unit_test(so_many_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
