/* What the reactor, the workers and TLS cost. One JSON object a line, over the loopback.
   io_bench [IDLE_CONNECTIONS] (default 5000). The server is a process of its own, so that its CPU
   time and memory are counted apart. */
#include "base/clock.h"
#include "base/engine.h"
#include "io/io.h"
#include "io/tls.h"
#include <arpa/inet.h>
#include <errno.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
    RUN_MS = 2000,
    RINGS = 1000,
    RING_ROUNDS = 20,
    HANDSHAKES = 2000,
    BULK_BYTES = 1 << 20,
    BULK_ROUNDS = 2000,
};

/* "big": a MiB. "ring": rings every other session. Else the line itself. */
struct hall {
    pthread_mutex_t lock;
    struct waker **wakers;
    size_t count, cap;
    char *big;
};

struct session {
    struct hall *hall;
    struct waker *waker;
};

static void open_session(struct ctx *cx, void *session, void *env, const struct peer *peer,
                         struct reply *r)
{
    (void)cx;
    struct session *s = session;
    struct hall *h = env;
    *s = (struct session){h, peer->waker};
    pthread_mutex_lock(&h->lock);
    if (h->count == h->cap) {
        h->cap = h->cap ? h->cap * 2 : 1024;
        h->wakers = realloc(h->wakers, h->cap * sizeof(struct waker *));
        must(h->wakers);
    }
    h->wakers[h->count++] = s->waker;
    pthread_mutex_unlock(&h->lock);
    rope_ref(&r->out, STR("hello\n"));
}

static struct framing frame(void *session, struct str in, size_t seen)
{
    (void)session, (void)seen;
    size_t at = str_chr(in, '\n');
    return at == SIZE_MAX ? (struct framing){0} : (struct framing){FRAME_REQUEST, at + 1, {0}};
}

static void ring_all(struct hall *h, const struct waker *but)
{
    pthread_mutex_lock(&h->lock);
    for (size_t i = 0; i < h->count; i++)
        if (h->wakers[i] != but)
            waker_ring(h->wakers[i]);
    pthread_mutex_unlock(&h->lock);
}

static void run(struct ctx *cx, void *session, struct str request, struct reply *r)
{
    (void)cx;
    struct session *s = session;
    if (str_eq(request, STR("big\n")))
        rope_ref(&r->out, str_of(s->hall->big, BULK_BYTES));
    else if (str_eq(request, STR("ring\n")))
        ring_all(s->hall, s->waker);
    rope_put(&r->out, request);
}

static void wake(struct ctx *cx, void *session, struct reply *r)
{
    (void)cx, (void)session;
    rope_ref(&r->out, STR("wake\n"));
}

static void say_nothing(struct ctx *cx, void *session, struct reply *r)
{
    (void)cx, (void)session, (void)r;
}

static uint32_t timeout_ms(const void *session)
{
    (void)session;
    return 1800 * 1000;
}

static void close_session(void *session)
{
    struct session *s = session;
    pthread_mutex_lock(&s->hall->lock);
    for (size_t i = 0; i < s->hall->count; i++)
        if (s->hall->wakers[i] == s->waker)
            s->hall->wakers[i] = s->hall->wakers[--s->hall->count];
    pthread_mutex_unlock(&s->hall->lock);
}

static const struct engine engine = {
    .name = "bench",
    .session_bytes = sizeof(struct session),
    .request_max = 1 << 20,
    .open = open_session,
    .frame = frame,
    .run = run,
    .wake = wake,
    .tls = say_nothing,
    .too_long = say_nothing,
    .timeout = say_nothing,
    .shutdown = say_nothing,
    .timeout_ms = timeout_ms,
    .close = close_session,
};

struct server {
    pid_t pid;
    uint16_t port, tls_port;
};

static void make_certificate(char *cert, char *key_file)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x = X509_new();
    X509_gmtime_adj(X509_getm_notBefore(x), -60);
    X509_gmtime_adj(X509_getm_notAfter(x), 3600);
    X509_set_pubkey(x, key);
    must(X509_sign(x, key, EVP_sha256()) > 0);
    must(mkstemp(cert) >= 0 && mkstemp(key_file) >= 0);
    FILE *f = fopen(cert, "w");
    must(f && PEM_write_X509(f, x) == 1 && fclose(f) == 0);
    f = fopen(key_file, "w");
    must(f && PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) == 1 && fclose(f) == 0);
    X509_free(x);
    EVP_PKEY_free(key);
}

static int bound(uint16_t *port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t n = sizeof a;
    must(fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof a) == 0 &&
         getsockname(fd, (struct sockaddr *)&a, &n) == 0);
    *port = ntohs(a.sin_port);
    return fd;
}

static void serve(int fd, int tls_fd, int ready_fd)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    struct ctx cx = {0};
    char cert[] = "/tmp/io-bench-cert-XXXXXX", key[] = "/tmp/io-bench-key-XXXXXX";
    make_certificate(cert, key);
    struct tls_pair pair = {cert, key};
    struct tls_server *tls;
    must(tls_server_open(&cx, &(struct tls_settings){.pairs = &pair, .pair_count = 1}, &tls) == OK);
    unlink(cert);
    unlink(key);
    static struct hall hall = {.lock = PTHREAD_MUTEX_INITIALIZER};
    hall.big = malloc(BULK_BYTES);
    must(hall.big);
    memset(hall.big, 'b', BULK_BYTES);
    const char *reactors = getenv("IO_BENCH_REACTORS");
    struct io *io = io_open(&(struct io_config){
        .per_address = 1 << 20, .reactors = reactors ? (unsigned)(reactors[0] - '0') : 0});
    struct io_listener l = {.fd = fd, .engine = &engine, .env = &hall, .role = STR("plain")};
    must(io_listen(&cx, io, &l) == OK);
    l.fd = tls_fd;
    l.tls = tls;
    l.tls_at_once = true;
    l.role = STR("tls");
    must(io_listen(&cx, io, &l) == OK && io_start(&cx, io) == OK);
    must(write(ready_fd, "r", 1) == 1);
    for (;;)
        pause();
}

static struct server start(void)
{
    struct server s;
    int ready[2], fd = bound(&s.port), tls_fd = bound(&s.tls_port);
    must(pipe(ready) == 0);
    s.pid = fork();
    if (s.pid == 0)
        serve(fd, tls_fd, ready[1]);
    char byte;
    must(read(ready[0], &byte, 1) == 1);
    close(ready[0]);
    close(ready[1]);
    close(fd);
    close(tls_fd);
    return s;
}

static void stop(struct server *s)
{
    kill(s->pid, SIGKILL);
    waitpid(s->pid, NULL, 0);
}

static double cpu_us(const struct server *s)
{
    clockid_t id;
    struct timespec t;
    must(clock_getcpuclockid(s->pid, &id) == 0 && clock_gettime(id, &t) == 0);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static long pss_bytes(const struct server *s)
{
    char path[64], line[200];
    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)s->pid);
    FILE *f = fopen(path, "r");
    must(f);
    long kib = 0;
    while (fgets(line, sizeof line, f))
        if (sscanf(line, "Pss: %ld kB", &kib) == 1)
            break;
    fclose(f);
    return kib * 1024;
}

static int dial(uint16_t port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in a = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    must(fd >= 0 && connect(fd, (struct sockaddr *)&a, sizeof a) == 0);
    return fd;
}

static void hear(int fd, size_t want)
{
    static char room[1 << 16];
    while (want) {
        ssize_t n = recv(fd, room, want < sizeof room ? want : sizeof room, 0);
        must(n > 0);
        want -= (size_t)n;
    }
}

static void round_trips(size_t connections, bool pipelined)
{
    struct server s = start();
    static const char one[] = "a request of some twenty bytes\n";
    char text[20 * sizeof one] = "";
    size_t per_round = pipelined ? 20 : 1, bytes = (sizeof one - 1) * per_round;
    for (size_t i = 0; i < per_round; i++)
        memcpy(text + i * (sizeof one - 1), one, sizeof one - 1);
    int epoll = epoll_create1(EPOLL_CLOEXEC), fds[64];
    for (size_t i = 0; i < connections; i++) {
        fds[i] = dial(s.port);
        hear(fds[i], 6);
        struct epoll_event e = {.events = EPOLLIN, .data.fd = fds[i]};
        must(epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &e) == 0);
        must(send(fds[i], text, bytes, 0) == (ssize_t)bytes);
    }
    double cpu = cpu_us(&s);
    int64_t begin_us = clock_mono_us(), now_us = begin_us;
    size_t rounds = 0;
    while ((now_us = clock_mono_us()) - begin_us < RUN_MS * 1000) {
        struct epoll_event e[64];
        int n = epoll_wait(epoll, e, 64, -1);
        for (int i = 0; i < n; i++) {
            hear(e[i].data.fd, bytes);
            must(send(e[i].data.fd, text, bytes, 0) == (ssize_t)bytes);
            rounds += per_round;
        }
    }
    cpu = cpu_us(&s) - cpu;
    printf("{\"bench\":\"io.round_trips\",\"connections\":%zu,\"pipelined\":%zu,"
           "\"requests_per_s\":%.0f,\"server_cpu_us_per_request\":%.2f}\n",
           connections, per_round, (double)rounds * 1e6 / (double)(now_us - begin_us),
           cpu / (double)rounds);
    for (size_t i = 0; i < connections; i++)
        close(fds[i]);
    close(epoll);
    stop(&s);
}

static SSL *shake(SSL_CTX *x, uint16_t port)
{
    SSL *ssl = SSL_new(x);
    SSL_set_fd(ssl, dial(port));
    must(SSL_connect(ssl) == 1);
    char hello[8];
    must(SSL_read(ssl, hello, 6) == 6); /* the session is open, the ticket came */
    return ssl;
}

static void hang_up(SSL *ssl)
{
    close(SSL_get_fd(ssl));
    SSL_free(ssl);
}

static void idle_memory(size_t connections)
{
    struct server s = start();
    int *fds = calloc(connections, sizeof *fds);
    SSL **ssls = calloc(connections, sizeof(SSL *));
    must(fds && ssls);
    SSL_CTX *x = SSL_CTX_new(TLS_client_method());
    hang_up(shake(x, s.tls_port)); /* what comes once is not a connection's */
    long before = pss_bytes(&s);
    for (size_t i = 0; i < connections; i++) {
        fds[i] = dial(s.port);
        hear(fds[i], 6);
    }
    long plain = pss_bytes(&s) - before;
    before = pss_bytes(&s);
    for (size_t i = 0; i < connections; i++)
        ssls[i] = shake(x, s.tls_port);
    long sealed = pss_bytes(&s) - before;
    printf("{\"bench\":\"io.idle_memory\",\"connections\":%zu,\"plain_bytes_each\":%ld,"
           "\"tls_bytes_each\":%ld}\n",
           connections, plain / (long)connections, sealed / (long)connections);
    for (size_t i = 0; i < connections; i++) {
        close(fds[i]);
        hang_up(ssls[i]);
    }
    SSL_CTX_free(x);
    free(fds);
    free(ssls);
    stop(&s);
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* From the ring to each session's bytes at the client. */
static void rings(void)
{
    struct server s = start();
    static int fds[RINGS];
    static int64_t us[RINGS * RING_ROUNDS];
    int epoll = epoll_create1(EPOLL_CLOEXEC), ringer = dial(s.port);
    hear(ringer, 6);
    for (size_t i = 0; i < RINGS; i++) {
        fds[i] = dial(s.port);
        hear(fds[i], 6);
        struct epoll_event e = {.events = EPOLLIN, .data.fd = fds[i]};
        must(epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &e) == 0);
    }
    size_t heard = 0;
    double cpu = cpu_us(&s);
    for (size_t round = 1; round <= RING_ROUNDS; round++) {
        int64_t then_us = clock_mono_us();
        must(send(ringer, "ring\n", 5, 0) == 5);
        while (heard < round * RINGS) {
            struct epoll_event e[64];
            int n = epoll_wait(epoll, e, 64, -1);
            for (int i = 0; i < n; i++) {
                hear(e[i].data.fd, 5);
                us[heard++] = clock_mono_us() - then_us;
            }
        }
        hear(ringer, 5);
    }
    cpu = cpu_us(&s) - cpu;
    qsort(us, heard, sizeof *us, by_size);
    printf("{\"bench\":\"io.rings\",\"sessions\":%d,\"median_ms\":%.2f,\"p99_ms\":%.2f,"
           "\"server_cpu_us_each\":%.2f}\n",
           RINGS, (double)us[heard / 2] / 1e3, (double)us[heard * 99 / 100] / 1e3,
           cpu / (double)heard);
    for (size_t i = 0; i < RINGS; i++)
        close(fds[i]);
    close(ringer);
    close(epoll);
    stop(&s);
}

static void handshakes(void)
{
    struct server s = start();
    SSL_CTX *x = SSL_CTX_new(TLS_client_method());
    double cpu = cpu_us(&s);
    int64_t then_us = clock_mono_us();
    for (size_t i = 0; i < HANDSHAKES; i++)
        hang_up(shake(x, s.tls_port));
    int64_t us = clock_mono_us() - then_us;
    printf("{\"bench\":\"io.handshakes\",\"one_client_per_s\":%.0f,\"server_cpu_us_each\":%.1f}\n",
           HANDSHAKES * 1e6 / (double)us, (cpu_us(&s) - cpu) / HANDSHAKES);
    SSL_CTX_free(x);
    stop(&s);
}

static void bulk(bool sealed)
{
    struct server s = start();
    SSL_CTX *x = SSL_CTX_new(TLS_client_method());
    SSL *ssl = sealed ? shake(x, s.tls_port) : NULL;
    int fd = sealed ? -1 : dial(s.port);
    if (!sealed)
        hear(fd, 6);
    static char room[1 << 16];
    double cpu = cpu_us(&s);
    int64_t then_us = clock_mono_us();
    for (size_t i = 0; i < BULK_ROUNDS; i++) {
        if (sealed)
            must(SSL_write(ssl, "big\n", 4) == 4);
        else
            must(send(fd, "big\n", 4, 0) == 4);
        for (size_t left = BULK_BYTES + 4; left;) {
            ssize_t n = sealed ? SSL_read(ssl, room, sizeof room) : recv(fd, room, sizeof room, 0);
            must(n > 0);
            left -= (size_t)n;
        }
    }
    double seconds = (double)(clock_mono_us() - then_us) / 1e6,
           bytes = (double)BULK_BYTES * BULK_ROUNDS;
    printf("{\"bench\":\"io.bulk\",\"tls\":%s,\"gb_per_s\":%.2f,\"server_cpu_us_per_mib\":%.0f}\n",
           sealed ? "true" : "false", bytes / seconds / 1e9, (cpu_us(&s) - cpu) / BULK_ROUNDS);
    if (sealed)
        hang_up(ssl);
    else
        close(fd);
    SSL_CTX_free(x);
    stop(&s);
}

int main(int argc, char **argv)
{
    uint64_t idle = 5000;
    if (argc > 1)
        must(str_u64(str_z(argv[1]), &idle) && idle > 0);
    setvbuf(stdout, NULL, _IOLBF, 0);
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    round_trips(1, false);
    round_trips(16, false);
    round_trips(64, false);
    round_trips(16, true);
    rings();
    handshakes();
    bulk(false);
    bulk(true);
    idle_memory((size_t)idle);
    return 0;
}
