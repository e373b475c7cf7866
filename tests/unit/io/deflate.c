/* Compressed connections: what is said is heard, however it is cut; bombs meet the limits; who is
   silent costs next to nothing. */
#include "echo.h"
#include <setjmp.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

/* cmocka.h wants the headers above */
#include <cmocka.h>

#include "base/random.h"
#include "io/deflate.h"
#include "io/lane.h"

/* The other end of a compressed connection. */
struct peer_end {
    z_stream out, in;
};

static void end_open(struct peer_end *p, int level)
{
    *p = (struct peer_end){0};
    assert_int_equal(deflateInit2(&p->out, level, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(inflateInit2(&p->in, -15), Z_OK);
}

static void end_close(struct peer_end *p)
{
    deflateEnd(&p->out);
    inflateEnd(&p->in);
}

static size_t end_squeeze(struct peer_end *p, const char *text, size_t n, char *out, size_t room)
{
    p->out.next_in = (Bytef *)(uintptr_t)text;
    p->out.avail_in = (uInt)n;
    p->out.next_out = (Bytef *)out;
    p->out.avail_out = (uInt)room;
    assert_int_equal(deflate(&p->out, Z_SYNC_FLUSH), Z_OK);
    assert_true(p->out.avail_out > 0);
    return room - p->out.avail_out;
}

static void end_say(struct peer_end *p, int fd, const char *text)
{
    char out[4096];
    say_bytes(fd, out, end_squeeze(p, text, strlen(text), out, sizeof out));
}

static void end_hear(struct peer_end *p, int fd, const char *wanted)
{
    char came[1], text[4096];
    size_t n = strlen(wanted), have = 0;
    while (have < n) {
        size_t got = hear_some(fd, came, 1);
        assert_int_equal(got, 1);
        p->in.next_in = (Bytef *)came;
        p->in.avail_in = 1;
        p->in.next_out = (Bytef *)text + have;
        p->in.avail_out = (uInt)(sizeof text - have);
        int result = inflate(&p->in, Z_SYNC_FLUSH);
        assert_true(result == Z_OK || result == Z_BUF_ERROR);
        have = sizeof text - p->in.avail_out;
    }
    assert_int_equal(have, n);
    assert_memory_equal(text, wanted, n);
}

static void talks_compressed(bool tail_at_once)
{
    struct echo_server s = {0};
    echo_start(&s, &(struct io_config){.reactors = 1, .workers = 2}, false);
    int fd = echo_connect(&s);
    struct peer_end p;
    end_open(&p, 6);
    hear(fd, "hello\n");
    if (tail_at_once) { /* a client that does not wait for the answer */
        char out[200] = "deflate\n";
        size_t n = end_squeeze(&p, "first\n", 6, out + 8, sizeof out - 8);
        say_bytes(fd, out, 8 + n);
        hear(fd, "go\n");
        end_hear(&p, fd, "first\n");
    } else {
        say(fd, "deflate\n");
        hear(fd, "go\n");
    }
    for (int i = 0; i < 50; i++) {
        char line[100];
        snprintf(line, sizeof line, "line %d of many that are much alike\n", i);
        end_say(&p, fd, line);
        end_hear(&p, fd, line);
    }
    end_say(&p, fd, "one\ntwo\nthree\n");
    end_hear(&p, fd, "one\ntwo\nthree\n");
    end_say(&p, fd, "lit 5\n"); /* what the engine tells before the request is whole */
    end_hear(&p, fd, "+");
    end_close(&p);
    close(fd);
    echo_stop(&s, 1000);
}

static void talks(void **state)
{
    (void)state;
    talks_compressed(false);
    talks_compressed(true);
}

static void ends_on_what_is_no_deflate(void **state)
{
    (void)state;
    struct echo_server s = {0};
    echo_start(&s, &(struct io_config){.reactors = 1, .workers = 2}, false);
    int fd = echo_connect(&s);
    hear(fd, "hello\n");
    say(fd, "deflate\n");
    hear(fd, "go\n");
    say_bytes(fd, "\xff\xff\xff\xff\xff\xff", 6);
    hear_end(fd);
    close(fd);
    echo_stop(&s, 1000);
}

/* TSan keeps several bytes for each that is touched. */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
enum { GROWTH_KB = 256 * 1024 };
#define HAS_GROWTH
#endif
#endif
#ifndef HAS_GROWTH
enum { GROWTH_KB = 32 * 1024 };
#endif

/* 64 MiB of the same byte are 64 KiB: no more of them is opened than the engine's limit. */
static void bombs_meet_the_limit(void **state)
{
    (void)state;
    enum { PLAIN = 64 * 1024 * 1024, ROOM = 200 * 1024 };
    struct echo_server s = {0};
    echo_start(&s, &(struct io_config){.reactors = 1, .workers = 2}, false);
    int fd = echo_connect(&s);
    struct peer_end p;
    end_open(&p, 9);
    char *text = malloc(PLAIN), *out = malloc(ROOM);
    memset(text, 'x', PLAIN);
    size_t n = end_squeeze(&p, text, PLAIN, out, ROOM);
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    hear(fd, "hello\n");
    say(fd, "deflate\n");
    hear(fd, "go\n");
    for (size_t at = 0; at < n;) {
        ssize_t sent = send(fd, out + at, n - at, MSG_NOSIGNAL);
        if (sent <= 0) /* it hung up before all was said: even better */
            break;
        at += (size_t)sent;
    }
    char rest[4096];
    while (recv(fd, rest, sizeof rest, 0) > 0) { /* up to its end */
    }
    getrusage(RUSAGE_SELF, &after);
    assert_in_range(after.ru_maxrss - before.ru_maxrss, 0, GROWTH_KB);
    free(text);
    free(out);
    end_close(&p);
    close(fd);
    echo_stop(&s, 1000);
}

/* --- one end by itself --- */

static size_t open_all(struct squeezed *z, struct lane *lane, char *out, size_t room)
{
    size_t n = 0;
    while (squeezed_has(z)) {
        struct str plain;
        assert_true(squeezed_next(z, lane, out + n, room - n, &plain));
        n += plain.n;
    }
    return n;
}

/* A stream in random pieces, with rests between them wherever one is possible. */
static void rests_anywhere(void **state)
{
    (void)state;
    struct random r = {.seed = 7};
    struct lane lane = lane_of(NULL, 1, false);
    char *out = malloc(1 << 20), *small = malloc(1 << 20), text[6000];
    for (int round = 0; round < 40; round++) {
        struct peer_end p;
        end_open(&p, round % 10);
        struct squeezed *z = squeezed_open((struct str){0});
        for (int i = 0; i < 60; i++) {
            size_t n = 1 + random_u64(&r) % sizeof text, have = 0;
            for (size_t k = 0; k < n; k++)
                text[k] = (char)('a' + random_u64(&r) % (1 + (unsigned)round));
            size_t bytes = end_squeeze(&p, text, n, small, 1 << 20);
            for (size_t at = 0; at < bytes;) {
                size_t piece = 1 + random_u64(&r) % 3000;
                piece = piece < bytes - at ? piece : bytes - at;
                squeezed_keep(z, str_of(small + at, piece));
                have += open_all(z, &lane, out + have, (1 << 20) - have);
                at += piece;
                if (random_u64(&r) % 2)
                    squeezed_rest(z, &lane);
            }
            assert_int_equal(have, n);
            assert_memory_equal(out, text, n);
            squeezed_rest(z, &lane);
            assert_false(squeezed_is_awake(z));
        }
        squeezed_close(z);
        end_close(&p);
    }
    free(out);
    free(small);
    lane_close(&lane);
}

static void costs_what_was_promised(void **state)
{
    (void)state;
    struct lane lane = lane_of(NULL, 1, false);
    struct peer_end p;
    end_open(&p, 6);
    struct squeezed *z = squeezed_open((struct str){0});
    char small[4096], out[4096];
    for (int i = 0; i < 2000; i++) { /* more than the window */
        char line[100];
        int n =
            snprintf(line, sizeof line, "a%d UID FETCH %d (FLAGS BODY.PEEK[HEADER])\r\n", i, i * 7);
        squeezed_keep(z, str_of(small, end_squeeze(&p, line, (size_t)n, small, sizeof small)));
        open_all(z, &lane, out, sizeof out);
    }
    assert_true(squeezed_bytes(z) <= 40 * 1024);
    squeezed_rest(z, &lane);
    assert_true(squeezed_bytes(z) <= 8 * 1024); /* what the peer may refer to, compressed */
    squeezed_close(z);
    z = squeezed_open((struct str){0});
    squeezed_keep(z, str_of(small, 0));
    squeezed_rest(z, &lane);
    assert_true(squeezed_bytes(z) <= 256);
    squeezed_close(z);
    end_close(&p);
    lane_close(&lane);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(talks),
        cmocka_unit_test(ends_on_what_is_no_deflate),
        cmocka_unit_test(bombs_meet_the_limit),
        cmocka_unit_test(rests_anywhere),
        cmocka_unit_test(costs_what_was_promised),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
