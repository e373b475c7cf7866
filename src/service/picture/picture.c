/* What is fetched and what is kept. A question is begun and nobody waits for it: whoever wants the
   picture asks again. */
#include "service/picture/picture.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"
#include "base/metric.h"
#include "base/web.h"
#include "core/access/urlkey.h"
#include "core/credential/kdf.h"
#include "format/hex.h"
#include "service/picture/inner.h"
#include <pthread.h>
#include <stdlib.h>

enum { STATUS_OK = 200, KEY_SHOWN = 16 };
enum outcome { OUT_KEPT, OUT_SHOWN, OUT_NO_PICTURE, OUT_REFUSED, OUT_FAILED, OUTCOMES };

/* One picture of one person. The lock of pictures holds for all members but bytes and type, which
   stand still once it is here. */
struct entry {
    struct pictures *of;
    struct arena *arena; /* of everything, with itself */
    struct entry *older, *newer;
    struct str name; /* person and URL: the key in the map */
    principal_id who;
    struct str url; /* that is asked now */
    int64_t until_ms, ends_mono_ms;
    unsigned refs, redirects;
    bool open; /* being fetched */
    struct str type, bytes;
};

struct pictures {
    struct pictures_parts is;
    pthread_mutex_t lock;
    struct map *all;
    struct entry *oldest, *newest;
    size_t bytes, open;
    struct metric *outcomes[OUTCOMES], *kept_bytes;
};

static struct str key_of(struct ctx *cx, const unsigned char key[URL_KEY_BYTES])
{
    unsigned char mac[KDF_BYTES];
    kdf_hmac_sha256(str_of(key, URL_KEY_BYTES), STR("pictures"), mac);
    return hex_encode(cx->arena, str_of(mac, KEY_SHOWN));
}

enum code picture_key(struct ctx *cx, struct core *c, principal_id who, struct str *out)
{
    const struct url_key_of of = {.account = who, .user = who};
    unsigned char key[URL_KEY_BYTES];
    TRY(url_key_get(cx, c, &of, true, key));
    *out = key_of(cx, key);
    kdf_wipe(key, sizeof key);
    return OK;
}

/* Under the lock, as all that follow. */
static void unref(struct entry *e)
{
    if (--e->refs == 0)
        arena_close(e->arena);
}

void picture_release(void *holder)
{
    struct entry *e = holder;
    struct pictures *p = e->of;
    pthread_mutex_lock(&p->lock);
    unref(e);
    pthread_mutex_unlock(&p->lock);
}

static void forget(struct pictures *p, struct entry *e)
{
    must(map_remove(p->all, e->name) == e);
    *(e->older ? &e->older->newer : &p->oldest) = e->newer;
    *(e->newer ? &e->newer->older : &p->newest) = e->older;
    p->bytes -= e->bytes.n;
    metric_set(p->kept_bytes, (int64_t)p->bytes);
    unref(e);
}

/* Makes room: what is too old, then the oldest. What is being fetched stays. */
static void tidy(struct pictures *p, int64_t now_ms, size_t coming)
{
    for (struct entry *e = p->oldest, *next; e; e = next) {
        next = e->newer;
        bool full = p->bytes + coming > PICTURE_KEPT_BYTES || map_count(p->all) >= PICTURE_KEPT;
        if (!e->open && (e->until_ms <= now_ms || full))
            forget(p, e);
    }
}

static size_t open_for(const struct pictures *p, principal_id who)
{
    size_t n = 0;
    for (const struct entry *e = p->newest; e; e = e->older)
        n += e->open && e->who == who;
    return n;
}

static struct entry *begin(struct ctx *cx, struct pictures *p, principal_id who, struct str name,
                           struct str url)
{
    struct arena *arena = arena_open();
    struct entry *e = ARENA_NEW(arena, struct entry);
    *e = (struct entry){.of = p,
                        .arena = arena,
                        .older = p->newest,
                        .name = str_dup(arena, name),
                        .who = who,
                        .url = str_dup(arena, url),
                        .until_ms = cx->now_ms + PICTURE_KEPT_MS,
                        .ends_mono_ms = clock_mono_ms() + PICTURE_TIMEOUT_MS,
                        .refs = 2, /* the map's, and that of who fetches */
                        .open = true};
    *(p->newest ? &p->newest->newer : &p->oldest) = e;
    p->newest = e;
    must(!map_put(p->all, e->name, e));
    p->open++;
    return e;
}

/* It is here, or it will not come. */
static void end(struct entry *e, enum outcome how, struct str type, struct str bytes)
{
    struct pictures *p = e->of;
    metric_add(p->outcomes[how], 1);
    if (how != OUT_SHOWN)
        log_event(p->is.log, LOG_INFO, "picture.none", "host=%s redirects=%u why=%s",
                  log_quote(e->arena, picture_url_host(e->url)), e->redirects,
                  how == OUT_NO_PICTURE ? "no_picture"
                  : how == OUT_REFUSED  ? "refused"
                                        : "failed");
    pthread_mutex_lock(&p->lock);
    if (how == OUT_SHOWN) {
        tidy(p, 0, bytes.n);
        e->type = type;
        e->bytes = str_dup(e->arena, bytes);
        p->bytes += bytes.n;
        metric_set(p->kept_bytes, (int64_t)p->bytes);
    } else {
        e->until_ms += PICTURE_FAILED_MS - PICTURE_KEPT_MS;
    }
    e->open = false;
    p->open--;
    unref(e);
    pthread_mutex_unlock(&p->lock);
}

static void ask(struct entry *e);

static bool is_redirect(unsigned status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

static void answered(void *arg, const struct web_answer *a)
{
    struct entry *e = arg;
    if (a->result != WEB_ANSWERED) {
        end(e, a->result == WEB_BAD_URL ? OUT_REFUSED : OUT_FAILED, a->body, a->body);
    } else if (is_redirect(a->status) && ++e->redirects <= PICTURE_REDIRECTS_MAX) {
        e->url = str_dup(e->arena,
                         picture_url_join(e->arena, e->url, web_header_of(a, STR("location"))));
        ask(e);
    } else {
        struct str type = picture_type(a->body);
        bool good = a->status == STATUS_OK && type.n;
        end(e, good ? OUT_SHOWN : OUT_NO_PICTURE, type, a->body);
    }
}

/* Without a cookie, a referrer, or a word on who we are. */
static void ask(struct entry *e)
{
    static const struct web_header headers[] = {
        {STR("Accept"), STR("image/avif,image/webp,image/png,image/jpeg,image/gif,image/*;q=0.5")},
        {STR("User-Agent"), STR("Mozilla/5.0")},
    };
    const struct web *w = e->of->is.web;
    int64_t left_ms = e->ends_mono_ms - clock_mono_ms();
    if (left_ms <= 0 || !picture_url_ok(e->url, e->of->is.inside)) {
        end(e, left_ms <= 0 ? OUT_FAILED : OUT_REFUSED, (struct str){0}, (struct str){0});
        return;
    }
    const struct web_question q = {
        .method = WEB_GET,
        .url = e->url,
        .headers = headers,
        .header_count = sizeof headers / sizeof *headers,
        .body_max = PICTURE_BYTES_MAX,
        .timeout_ms = (uint32_t)left_ms,
        .clear = true,
        .secret = true,
    };
    w->start(w->self, &q, answered, e);
}

static enum code look(struct ctx *cx, struct pictures *p, struct entry *e, struct picture *out)
{
    if (e->open) {
        *out = (struct picture){.state = PICTURE_COMES};
        return OK;
    }
    metric_add(p->outcomes[OUT_KEPT], 1);
    if (!e->type.n)
        return fail(cx, E_NOT_FOUND, "there is no such picture");
    e->refs++;
    *out = (struct picture){PICTURE_HERE, e->type, e->bytes, e};
    return OK;
}

static enum code find_or_begin(struct ctx *cx, struct pictures *p, principal_id who, struct str url,
                               struct picture *out, struct entry **begun)
{
    struct str name = str_printf(cx->arena, "%llx %.*s", (unsigned long long)who, STR_ARG(url));
    struct entry *e = map_get(p->all, name);
    if (e && !e->open && e->until_ms <= cx->now_ms) {
        forget(p, e);
        e = NULL;
    }
    if (e)
        return look(cx, p, e, out);
    tidy(p, cx->now_ms, 0);
    *out = (struct picture){.state = PICTURE_COMES};
    if (p->open < PICTURE_ALL && open_for(p, who) < PICTURE_EACH)
        *begun = begin(cx, p, who, name, url);
    return OK;
}

enum code picture_get(struct ctx *cx, struct pictures *p, principal_id who, struct str key,
                      struct str url, struct picture *out)
{
    struct str wanted;
    struct entry *begun = NULL;
    TRY(picture_key(cx, p->is.core, who, &wanted));
    if (key.n != wanted.n || !kdf_equal(key.p, wanted.p, wanted.n))
        return fail(cx, E_DENIED, "the picture's key is another's");
    if (!picture_url_ok(url, p->is.inside))
        return fail(cx, E_NOT_FOUND, "no URL of a picture");
    pthread_mutex_lock(&p->lock);
    enum code code = find_or_begin(cx, p, who, url, out, &begun);
    pthread_mutex_unlock(&p->lock);
    if (begun) /* outside of the lock, since it may be answered at once */
        ask(begun);
    return code;
}

static void open_metrics(struct pictures *p, struct metrics *m)
{
    static const char *const labels[OUTCOMES] = {
        [OUT_KEPT] = "result=\"kept\"",       [OUT_SHOWN] = "result=\"fetched\"",
        [OUT_NO_PICTURE] = "result=\"none\"", [OUT_REFUSED] = "result=\"refused\"",
        [OUT_FAILED] = "result=\"failed\"",
    };
    for (int i = 0; i < OUTCOMES; i++)
        p->outcomes[i] = metric_of(m, METRIC_COUNTER, "postroad_pictures_total", labels[i],
                                   "Remote pictures of messages that readers asked for");
    p->kept_bytes = metric_of(m, METRIC_GAUGE, "postroad_picture_bytes", "",
                              "Bytes of remote pictures that are kept for a while");
}

struct pictures *pictures_open(const struct pictures_parts *parts)
{
    struct pictures *p = calloc(1, sizeof *p);
    must(p);
    p->is = *parts;
    pthread_mutex_init(&p->lock, NULL);
    p->all = map_open();
    open_metrics(p, parts->metrics);
    return p;
}

void pictures_close(struct pictures *p)
{
    if (!p)
        return;
    must(p->open == 0);
    while (p->oldest)
        forget(p, p->oldest);
    map_close(p->all);
    pthread_mutex_destroy(&p->lock);
    free(p);
}
