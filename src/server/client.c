#include "server/client.h"
#include "base/cur.h"
#include "base/random.h"
#include "server/control.h"
#include "server/table.h"
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { ANSWER_MAX = 128 * 1024 * 1024, WATCH_MS = 500 };

/* Who waits at a terminal. */
struct watcher {
    struct str socket_path;
    uint64_t ticket;
    bool shown;
};

static void close_fd(const int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

static enum code connect_to(struct ctx *cx, struct str path, int *out)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (path.n >= sizeof address.sun_path)
        return fail(cx, E_LIMIT, "the socket's path is too long: %.*s", STR_ARG(path));
    memcpy(address.sun_path, path.p, path.n);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(fd >= 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        int why = errno;
        close(fd);
        return fail(cx, E_BUSY, "no server answers at %.*s (%s); start it with: postroad serve",
                    STR_ARG(path), strerror(why));
    }
    *out = fd;
    return OK;
}

static enum code send_all(struct ctx *cx, int fd, struct str s)
{
    while (s.n) {
        ssize_t n = send(fd, s.p, s.n, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return fail(cx, E_IO, "the server closed the connection: %s", strerror(errno));
        s = str_from(s, (size_t)n);
    }
    return OK;
}

static enum code send_question(struct ctx *cx, int fd, const struct question *q, uint64_t ticket)
{
    struct buf body = buf_of(cx->arena, CONTROL_REQUEST_MAX + 65536), all = body;
    buf_le32(&body, (uint32_t)q->count);
    for (size_t i = 0; i < q->count; i++)
        buf_le_str(&body, q->words[i]);
    buf_le_str(&body, q->input);
    buf_le64(&body, ticket);
    buf_le_str(&all, buf_str(&body));
    return send_all(cx, fd, buf_str(&all));
}

/* Takes what there is of the answer. E_NOT_FOUND: not whole yet. */
static enum code receive(struct ctx *cx, int fd, struct buf *in, struct str *out)
{
    char chunk[65536];
    ssize_t n = read(fd, chunk, sizeof chunk);
    if (n < 0 && errno == EINTR)
        return E_NOT_FOUND;
    if (n <= 0)
        return fail(cx, E_IO, "the server closed the connection before it answered");
    buf_add(in, str_of(chunk, (size_t)n));
    struct cur c = cur_of(buf_str(in));
    return cur_le_str(&c, out) ? OK : E_NOT_FOUND;
}

static enum code ask_once(struct ctx *cx, struct str path, const struct question *q,
                          struct watcher *watcher, struct answer *out);

/* One line, written over each time: "store check: 12000 of 40000 accounts, 31 s". */
static void watch(struct watcher *w)
{
    struct arena *arena AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = arena};
    const struct str words[] = {STR("task"), STR("list"), STR("--ticket"),
                                str_printf(arena, "%ju", (uintmax_t)w->ticket)};
    struct question q = {.words = words, .count = sizeof words / sizeof words[0]};
    struct answer answer;
    struct str line;
    if (ask_once(&cx, w->socket_path, &q, NULL, &answer) != OK || !answer.json)
        return;
    if (!table_first(&cx, answer.text, "progress", &line))
        return;
    fprintf(stderr, "\r\033[K%.*s", STR_ARG(line));
    w->shown = true;
}

static enum code wait_for(struct ctx *cx, int fd, struct watcher *watcher, struct str *out)
{
    struct buf in = buf_of(cx->arena, ANSWER_MAX);
    enum code code = E_NOT_FOUND;
    while (code == E_NOT_FOUND) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (watcher && poll(&p, 1, WATCH_MS) == 0)
            watch(watcher);
        else
            code = receive(cx, fd, &in, out);
    }
    if (watcher && watcher->shown)
        fputs("\r\033[K", stderr);
    return code;
}

static enum code ask_once(struct ctx *cx, struct str path, const struct question *q,
                          struct watcher *watcher, struct answer *out)
{
    int fd __attribute__((cleanup(close_fd))) = -1;
    struct str bytes;
    TRY(connect_to(cx, path, &fd));
    TRY(send_question(cx, fd, q, watcher ? watcher->ticket : 0));
    TRY(wait_for(cx, fd, watcher, &bytes));
    if (bytes.n < 2)
        return fail(cx, E_IO, "the server's answer is cut short");
    *out = (struct answer){(unsigned char)bytes.p[0], bytes.p[1] == 'j', str_from(bytes, 2)};
    return OK;
}

enum code client_ask(struct ctx *cx, struct str socket_path, const struct question *q,
                     struct answer *out)
{
    struct watcher watcher = {.socket_path = socket_path, .ticket = random_u64(cx->random)};
    return ask_once(cx, socket_path, q, q->watched ? &watcher : NULL, out);
}
