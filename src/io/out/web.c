/* A question's way: its URL is read, its host's addresses are asked of our own resolver (both kinds
   side by side), then libcurl's thread calls one of them. */
#include "io/out/web.h"
#include "base/arena.h"
#include "base/banned.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/resolver.h"
#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

enum { POLL_MS = 1000, CONNECT_MS = 15000, ADDRESSES_MAX = 8, PORT_HTTPS = 443, IDLE_KEPT = 8 };

struct job {
    struct job *next;
    struct io_web *web;
    struct arena *arena; /* with the lock while the DNS is asked */
    pthread_mutex_t lock;
    struct web_question q;
    web_done_fn *done;
    void *arg;
    int64_t begun_ms;
    bool literal;
    const char *url;
    struct str host;
    long port;
    /* What the DNS says. */
    unsigned open;
    bool unsure;
    struct str addresses[ADDRESSES_MAX];
    size_t address_count;
    /* What the host says. */
    CURL *easy;
    struct curl_slist *names, *connects, *fields;
    struct buf body;
    size_t body_max, field_bytes;
    bool too_large, forbidden;
    char why[CURL_ERROR_SIZE];
};

struct io_web {
    struct web is;
    const struct resolver *resolver;
    struct arena *arena;
    struct str authorities, chain, key;
    bool inside, http2;
    uint16_t port;
    pthread_t thread;
    CURLM *multi;
    pthread_mutex_t lock; /* of the next four */
    struct job *ready;    /* to be called */
    size_t open;
    bool stopped;
    struct job *called; /* of the thread alone */
    struct log *log;
    struct metric *answers[WEB_RESULTS], *seconds, *open_now;
};

static void job_free(struct job *j)
{
    curl_slist_free_all(j->names);
    curl_slist_free_all(j->connects);
    curl_slist_free_all(j->fields);
    curl_easy_cleanup(j->easy);
    pthread_mutex_destroy(&j->lock);
    arena_close(j->arena);
    free(j);
}

/* Tells who asked, and ends the job. */
static void give(struct job *j, const struct web_answer *a)
{
    struct io_web *w = j->web;
    pthread_mutex_lock(&w->lock);
    metric_set(w->open_now, (int64_t)--w->open);
    pthread_mutex_unlock(&w->lock);
    metric_add(w->answers[a->result], 1);
    metric_observe_us(w->seconds, (clock_mono_ms() - j->begun_ms) * 1000);
    if (a->result != WEB_ANSWERED)
        log_event(w->log, LOG_INFO, "web.failed", "url=%s result=%s why=%s",
                  log_quote(j->arena, j->q.secret ? j->host : j->q.url), web_result_name(a->result),
                  log_quote(j->arena, a->why));
    j->done(j->arg, a);
    job_free(j);
}

static void give_failure(struct job *j, enum web_result result, struct str why)
{
    const struct web_answer a = {.result = result, .why = why};
    give(j, &a);
}

/* Addresses of this machine, of private networks, and those that mean no single host: RFC 6890. */
static bool is_inside_v4(const unsigned char *a)
{
    return a[0] == 0 || a[0] == 10 || a[0] == 127 || a[0] >= 224 ||
           (a[0] == 100 && (a[1] & 0xc0) == 64) || (a[0] == 169 && a[1] == 254) ||
           (a[0] == 172 && (a[1] & 0xf0) == 16) || (a[0] == 192 && a[1] == 168) ||
           (a[0] == 192 && a[1] == 0 && a[2] == 0) || (a[0] == 198 && (a[1] & 0xfe) == 18);
}

static bool is_inside_v6(const struct in6_addr *a)
{
    static const struct in6_addr none = IN6ADDR_ANY_INIT;
    static const unsigned char translated[12] = {0x00, 0x64, 0xff, 0x9b};
    const unsigned char *b = a->s6_addr;
    if (memcmp(b, none.s6_addr, 10) == 0 && (b[10] == 0xff || b[10] == 0))
        return b[10] == 0 || is_inside_v4(b + 12); /* ::, ::1, ::a.b.c.d; ::ffff:a.b.c.d */
    if (memcmp(b, translated, sizeof translated) == 0)
        return is_inside_v4(b + 12);
    return (b[0] & 0xfe) == 0xfc || (b[0] == 0xfe && (b[1] & 0x80) == 0x80) || b[0] == 0xff ||
           (b[0] == 0x20 && b[1] == 0x02 && is_inside_v4(b + 2));
}

static bool is_inside(const struct sockaddr *at)
{
    const void *any = at; /* aligned by libcurl */
    if (at->sa_family == AF_INET) {
        const struct sockaddr_in *v4 = any;
        const void *bytes = &v4->sin_addr;
        return is_inside_v4(bytes);
    }
    const struct sockaddr_in6 *v6 = any;
    return at->sa_family != AF_INET6 || is_inside_v6(&v6->sin6_addr);
}

/* The last word on whom we call: no name leads to a machine that only we can reach. */
static curl_socket_t on_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *at)
{
    struct job *j = arg;
    (void)purpose;
    if (!j->q.inside && !j->web->inside && is_inside(&at->addr)) {
        j->forbidden = true;
        return CURL_SOCKET_BAD;
    }
    return socket(at->family, at->socktype | SOCK_CLOEXEC, at->protocol);
}

static size_t on_body(char *bytes, size_t one, size_t n, void *arg)
{
    struct job *j = arg;
    (void)one;
    if (n > j->body_max - j->body.n) {
        j->too_large = true;
        return CURL_WRITEFUNC_ERROR;
    }
    buf_add(&j->body, str_of(bytes, n));
    return n;
}

/* Fields are read at the end; here they are only counted. */
static size_t on_field(char *bytes, size_t one, size_t n, void *arg)
{
    struct job *j = arg;
    (void)bytes;
    (void)one;
    j->field_bytes += n;
    if (j->field_bytes <= WEB_HEADER_BYTES)
        return n;
    j->too_large = true;
    return 0;
}

static void append(struct curl_slist **list, const char *text)
{
    struct curl_slist *longer = curl_slist_append(*list, text);
    must(longer);
    *list = longer;
}

static void set_fields(struct job *j)
{
    for (size_t i = 0; i < j->q.header_count; i++)
        append(&j->fields, str_printf(j->arena, "%.*s: %.*s", STR_ARG(j->q.headers[i].name),
                                      STR_ARG(j->q.headers[i].value))
                               .p);
    append(&j->fields, "Expect:"); /* no waiting for 100 */
    curl_easy_setopt(j->easy, CURLOPT_HTTPHEADER, j->fields);
}

/* libcurl finds the host's addresses in the list that it is given, and asks nobody. */
static void set_addresses(struct job *j)
{
    long port = j->web->port && j->port == PORT_HTTPS ? (long)j->web->port : j->port;
    struct buf names = buf_of(j->arena, 4096);
    if (port != j->port) {
        append(&j->connects, str_printf(j->arena, "%.*s:%ld:%.*s:%ld", STR_ARG(j->host), j->port,
                                        STR_ARG(j->host), port)
                                 .p);
        curl_easy_setopt(j->easy, CURLOPT_CONNECT_TO, j->connects);
    }
    if (j->literal)
        return;
    buf_printf(&names, "+%.*s:%ld:", STR_ARG(j->host), port);
    for (size_t i = 0; i < j->address_count; i++)
        buf_printf(&names, "%s%.*s", i ? "," : "", STR_ARG(j->addresses[i]));
    buf_byte(&names, 0);
    append(&j->names, buf_str(&names).p);
    curl_easy_setopt(j->easy, CURLOPT_RESOLVE, j->names);
}

static void set_method(struct job *j)
{
    switch (j->q.method) {
    case WEB_GET:
        curl_easy_setopt(j->easy, CURLOPT_HTTPGET, 1L);
        break;
    case WEB_HEAD:
        curl_easy_setopt(j->easy, CURLOPT_NOBODY, 1L);
        break;
    case WEB_POST:
        curl_easy_setopt(j->easy, CURLOPT_POST, 1L);
        curl_easy_setopt(j->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)j->q.body.n);
        curl_easy_setopt(j->easy, CURLOPT_POSTFIELDS, j->q.body.n ? j->q.body.p : "");
        break;
    }
}

static void set_all(struct job *j, long left_ms)
{
    CURL *e = j->easy;
    curl_easy_setopt(e, CURLOPT_URL, j->url);
    curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, j->q.clear ? "http,https" : "https");
    curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(e, CURLOPT_PROXY, "");
    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, left_ms);
    curl_easy_setopt(e, CURLOPT_USERAGENT, "Postroad");
    curl_easy_setopt(e, CURLOPT_ERRORBUFFER, j->why);
    curl_easy_setopt(e, CURLOPT_PRIVATE, j);
    curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(e, CURLOPT_WRITEDATA, j);
    curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_field);
    curl_easy_setopt(e, CURLOPT_HEADERDATA, j);
    curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, on_socket);
    curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, j);
    /* A connection that was kept is not asked about its address again. */
    if (!j->q.inside && !j->web->inside) {
        curl_easy_setopt(e, CURLOPT_FRESH_CONNECT, 1L);
        curl_easy_setopt(e, CURLOPT_FORBID_REUSE, 1L);
    }
    if (j->web->http2) {
        curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
        curl_easy_setopt(e, CURLOPT_PIPEWAIT, 1L); /* one connection for all */
    }
    if (j->web->chain.n) {
        curl_easy_setopt(e, CURLOPT_SSLCERT, j->web->chain.p);
        curl_easy_setopt(e, CURLOPT_SSLKEY, j->web->key.p);
    }
    if (j->web->authorities.n)
        curl_easy_setopt(e, CURLOPT_CAINFO, j->web->authorities.p);
}

/* On the thread. */
static void call(struct job *j)
{
    struct io_web *w = j->web;
    long left_ms = (long)(j->begun_ms + j->q.timeout_ms - clock_mono_ms());
    j->easy = curl_easy_init();
    must(j->easy);
    if (left_ms <= 0) {
        give_failure(j, WEB_TOO_LATE, STR("the DNS took all the time"));
        return;
    }
    set_all(j, left_ms);
    set_method(j);
    set_fields(j);
    set_addresses(j);
    j->next = w->called;
    w->called = j;
    must(curl_multi_add_handle(w->multi, j->easy) == CURLM_OK);
}

/* No longer of the thread. */
static void uncall(struct job *j)
{
    struct io_web *w = j->web;
    curl_multi_remove_handle(w->multi, j->easy);
    for (struct job **at = &w->called; *at; at = &(*at)->next)
        if (*at == j) {
            *at = j->next;
            return;
        }
}

static enum web_result result_of(const struct job *j, CURLcode code)
{
    if (j->too_large)
        return WEB_TOO_LARGE;
    switch ((int)code) { /* there are a hundred more */
    case CURLE_OK:
        return WEB_ANSWERED;
    case CURLE_COULDNT_CONNECT:
        return WEB_NO_CONNECTION;
    case CURLE_OPERATION_TIMEDOUT:
        return WEB_TOO_LATE;
    case CURLE_SSL_CONNECT_ERROR:
        return WEB_NO_TLS;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_ISSUER_ERROR:
        return WEB_NOT_TRUSTED;
    case CURLE_URL_MALFORMAT:
        return WEB_BAD_URL;
    default:
        return WEB_BROKEN;
    }
}

static void read_fields(struct job *j, struct web_answer *a)
{
    struct web_header *headers = NULL;
    size_t room = 0;
    struct curl_header *h = NULL;
    while ((h = curl_easy_nextheader(j->easy, CURLH_HEADER, -1, h))) {
        if (a->header_count == room) {
            size_t more = room ? room * 2 : 16;
            headers = arena_grow(j->arena, headers, room * sizeof *headers, more * sizeof *headers);
            room = more;
        }
        headers[a->header_count++] = (struct web_header){str_dup(j->arena, str_z(h->name)),
                                                         str_dup(j->arena, str_z(h->value))};
    }
    a->headers = headers;
}

static void called(struct job *j, CURLcode code)
{
    struct web_answer a = {.result = result_of(j, code)};
    long status = 0;
    if (a.result == WEB_ANSWERED) {
        curl_easy_getinfo(j->easy, CURLINFO_RESPONSE_CODE, &status);
        a.status = (unsigned)status;
        a.body = buf_str(&j->body);
        read_fields(j, &a);
    } else if (j->forbidden) {
        a.why = STR("the address is not a public one");
    } else {
        a.why = str_dup(j->arena, str_z(j->why[0] ? j->why : curl_easy_strerror(code)));
    }
    uncall(j);
    give(j, &a);
}

static struct job *take_ready(struct io_web *w, bool *stopped)
{
    pthread_mutex_lock(&w->lock);
    struct job *all = w->ready;
    w->ready = NULL;
    *stopped = w->stopped;
    pthread_mutex_unlock(&w->lock);
    return all;
}

static void refuse_all(struct job *list)
{
    for (struct job *j = list, *next; j; j = next) {
        next = j->next;
        give_failure(j, WEB_BROKEN, STR("the server stops"));
    }
}

static void *run(void *arg)
{
    struct io_web *w = arg;
    bool stopped = false;
    while (!stopped) {
        int n = 0;
        struct job *next;
        struct job *ready = take_ready(w, &stopped);
        for (struct job *j = ready; j && !stopped; j = next) {
            next = j->next;
            ready = next;
            call(j);
        }
        if (stopped) {
            refuse_all(ready);
            break;
        }
        curl_multi_perform(w->multi, &n);
        for (CURLMsg *m; (m = curl_multi_info_read(w->multi, &n));) {
            struct job *j = NULL;
            CURLcode code = m->data.result;
            curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &j);
            called(j, code);
        }
        curl_multi_poll(w->multi, NULL, 0, POLL_MS, NULL);
    }
    while (w->called) {
        struct job *j = w->called;
        uncall(j);
        give_failure(j, WEB_BROKEN, STR("the server stops"));
    }
    return NULL;
}

/* To the thread; or it ends here. */
static void submit(struct job *j)
{
    struct io_web *w = j->web;
    pthread_mutex_lock(&w->lock);
    bool stopped = w->stopped;
    if (!stopped) {
        j->next = w->ready;
        w->ready = j;
    }
    pthread_mutex_unlock(&w->lock);
    if (stopped)
        give_failure(j, WEB_BROKEN, STR("the server stops"));
    else
        curl_multi_wakeup(w->multi);
}

static void resolved(void *arg, const struct dns_answer *a)
{
    struct job *j = arg;
    pthread_mutex_lock(&j->lock);
    j->unsure |= a->status == DNS_FAILED || a->status == DNS_BOGUS;
    for (size_t i = 0; i < a->count && j->address_count < ADDRESSES_MAX; i++)
        if (dns_address(a->records[i], j->arena, &j->addresses[j->address_count]))
            j->address_count++;
    bool last = --j->open == 0;
    pthread_mutex_unlock(&j->lock);
    if (!last)
        return;
    if (j->address_count)
        submit(j);
    else if (j->unsure)
        give_failure(j, WEB_NO_DNS, STR("the DNS does not say where it is"));
    else
        give_failure(j, WEB_NO_HOST, STR("the DNS knows no address"));
}

static void resolve(struct job *j)
{
    const struct resolver *r = j->web->resolver;
    const struct str host = j->host; /* j may be gone with the last answer */
    j->open = 2;
    r->start(r->self, (struct dns_question){host, DNS_A}, resolved, j);
    r->start(r->self, (struct dns_question){host, DNS_AAAA}, resolved, j);
}

static bool has_only(struct str s, char low)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < (unsigned char)low || s.p[i] == 0x7f)
            return false;
    return true;
}

static struct str part_of(struct job *j, CURLU *u, CURLUPart part)
{
    char *text = NULL;
    struct str out = {0};
    if (curl_url_get(u, part, &text, CURLU_DEFAULT_PORT) == CURLUE_OK)
        out = str_dup(j->arena, str_z(text));
    curl_free(text);
    return out;
}

static bool is_literal(struct str host)
{
    struct in_addr v4;
    return str_starts(host, STR("[")) || (host.n && inet_aton(host.p, &v4));
}

static bool read_url(struct job *j)
{
    CURLU *u = curl_url();
    uint64_t port;
    must(u);
    bool good = curl_url_set(u, CURLUPART_URL, j->url, CURLU_DISALLOW_USER) == CURLUE_OK;
    struct str scheme = part_of(j, u, CURLUPART_SCHEME);
    j->host = part_of(j, u, CURLUPART_HOST);
    good = good && str_u64(part_of(j, u, CURLUPART_PORT), &port) && j->host.n;
    curl_url_cleanup(u);
    if (!good || !(str_ieq(scheme, STR("https")) || (j->q.clear && str_ieq(scheme, STR("http")))))
        return false;
    j->port = (long)port;
    j->literal = is_literal(j->host);
    return !j->literal || j->q.inside || j->web->inside;
}

/* A deep copy; false when something cannot be said by HTTP. */
static bool copy(struct job *j, const struct web_question *q)
{
    struct web_header *headers = ARENA_ARRAY(j->arena, q->header_count, struct web_header);
    bool good = q->url.n <= WEB_URL_MAX && has_only(q->url, '!') &&
                q->header_count <= WEB_HEADERS_MAX && q->method;
    j->q = *q;
    for (size_t i = 0; i < q->header_count; i++) {
        const struct web_header *h = &q->headers[i];
        good = good && h->name.n && has_only(h->name, '!') && has_only(h->value, ' ');
        headers[i] = (struct web_header){str_dup(j->arena, h->name), str_dup(j->arena, h->value)};
    }
    j->q.headers = headers;
    j->q.url = str_dup(j->arena, q->url);
    j->q.body = str_dup(j->arena, q->body);
    j->q.timeout_ms = q->timeout_ms ? q->timeout_ms : WEB_TIMEOUT_DEFAULT_MS;
    j->body_max = q->body_max ? q->body_max : WEB_BODY_DEFAULT;
    j->body = buf_of(j->arena, j->body_max);
    j->url = j->q.url.p;
    return good;
}

static void start(void *self, const struct web_question *q, web_done_fn *done, void *arg)
{
    struct io_web *w = self;
    struct job *j = calloc(1, sizeof *j);
    must(j);
    *j = (struct job){
        .web = w, .arena = arena_open(), .done = done, .arg = arg, .begun_ms = clock_mono_ms()};
    pthread_mutex_init(&j->lock, NULL);
    pthread_mutex_lock(&w->lock);
    bool room = w->open++ < WEB_OPEN_MAX;
    metric_set(w->open_now, (int64_t)w->open);
    pthread_mutex_unlock(&w->lock);
    bool good = copy(j, q) && read_url(j);
    if (!room)
        give_failure(j, WEB_BROKEN, STR("too many questions"));
    else if (!good)
        give_failure(j, WEB_BAD_URL, STR("no URL that may be asked"));
    else if (j->literal)
        submit(j);
    else
        resolve(j);
}

static void open_metrics(struct io_web *w, struct metrics *m)
{
    struct arena *arena AUTO(arena_close) = arena_open();
    for (int i = WEB_ANSWERED; i < WEB_RESULTS; i++) {
        struct str label = str_printf(arena, "result=\"%s\"", web_result_name((enum web_result)i));
        w->answers[i] = metric_of(m, METRIC_COUNTER, "postroad_web_answers_total", label.p,
                                  "Questions to web servers");
    }
    w->seconds = metric_of(m, METRIC_SECONDS, "postroad_web_seconds", "",
                           "Time until a web server answered");
    w->open_now = metric_of(m, METRIC_GAUGE, "postroad_web_questions_open", "",
                            "Questions to web servers without an answer yet");
}

enum code io_web_open(struct ctx *cx, const struct io_web_config *config, struct io_web **out)
{
    const char *file = str_zdup(cx->arena, config->authorities);
    if (config->authorities.n && access(file, R_OK) != 0)
        return fail(cx, E_SYNTAX, "web: authorities %s: %s", file, strerror(errno));
    must(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
    struct io_web *w = calloc(1, sizeof *w);
    must(w);
    w->is = (struct web){w, start};
    w->resolver = config->resolver;
    w->arena = arena_open();
    w->authorities = str_dup(w->arena, config->authorities);
    w->chain = str_dup(w->arena, config->chain);
    w->key = str_dup(w->arena, config->key);
    w->inside = config->inside;
    w->http2 = config->http2;
    w->port = config->port;
    w->log = config->log;
    pthread_mutex_init(&w->lock, NULL);
    w->multi = curl_multi_init();
    must(w->multi);
    curl_multi_setopt(w->multi, CURLMOPT_MAXCONNECTS, (long)IDLE_KEPT);
    open_metrics(w, config->metrics);
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&w->thread, NULL, run, w);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error) {
        w->stopped = true; /* no thread to wait for */
        io_web_close(w);
        return fail(cx, E_IO, "web: no thread: %s", strerror(error));
    }
    *out = w;
    return OK;
}

const struct web *io_web_of(const struct io_web *w)
{
    return &w->is;
}

void io_web_stop(struct io_web *w)
{
    pthread_mutex_lock(&w->lock);
    bool before = w->stopped;
    w->stopped = true;
    pthread_mutex_unlock(&w->lock);
    if (before)
        return;
    curl_multi_wakeup(w->multi);
    pthread_join(w->thread, NULL);
}

void io_web_close(struct io_web *w)
{
    if (!w)
        return;
    io_web_stop(w);
    must(w->open == 0);
    curl_multi_cleanup(w->multi);
    curl_global_cleanup();
    pthread_mutex_destroy(&w->lock);
    arena_close(w->arena);
    free(w);
}
