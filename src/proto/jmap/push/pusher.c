#include "proto/jmap/push/pusher.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/web.h"
#include "core/push/subscription.h"
#include "core/signin/session.h"
#include "format/base64.h"
#include "proto/jmap/push/push.h"
#include "service/push/webpush.h"
#include <pthread.h>
#include <stdlib.h>

/* One subscription. In the hands of who runs, but for what the answers and watchers set. */
struct target {
    struct target *next;
    struct jmap_pusher *all;
    struct arena *arena; /* of s */
    struct push_subscription s;
    struct jmap_watched *watched; /* NULL until it is verified */
    bool listed;                  /* in the last list */
    bool verify;                  /* its code is to be sent */
    char *text;                   /* what is being told, until it was; malloc'ed */
    char *rest;                   /* what changed and did not fit into it; malloc'ed */
    int64_t next_ms, looked_ms;
    unsigned tries;
    atomic_bool in_flight, rang;
    atomic_uint status; /* of the answer; 0: there is none yet, 1: there was none */
};

struct jmap_pusher {
    struct jmap_pusher_config config;
    pthread_mutex_t work; /* one run at a time */
    pthread_mutex_t lock; /* of in_flight */
    pthread_cond_t landed;
    size_t in_flight;
    atomic_bool changed;
    uint64_t version; /* of their partition, when they were read: others change it, too */
    int64_t opened_ms;
    struct target *targets;
    struct metric *sent, *failed, *gone, *count;
};

enum { NO_ANSWER = 1, HEADERS_MAX = 5, CHANGED_BYTES_MAX = 64 * 1024 };

struct jmap_pusher *jmap_pusher_open(const struct jmap_pusher_config *config)
{
    static const char name[] = "postroad_web_push_total", help[] = "Messages to push services.";
    struct metrics *m = config->env->metrics;
    struct jmap_pusher *p = calloc(1, sizeof *p);
    must(p);
    p->config = *config;
    p->changed = true;
    must(pthread_mutex_init(&p->work, NULL) == 0 && pthread_mutex_init(&p->lock, NULL) == 0 &&
         pthread_cond_init(&p->landed, NULL) == 0);
    p->sent = metric_of(m, METRIC_COUNTER, name, "result=\"sent\"", help);
    p->failed = metric_of(m, METRIC_COUNTER, name, "result=\"failed\"", help);
    p->gone = metric_of(m, METRIC_COUNTER, name, "result=\"gone\"", help);
    p->count = metric_of(m, METRIC_GAUGE, "postroad_web_push_subscriptions", "",
                         "Subscriptions that are told of changes.");
    return p;
}

void jmap_pusher_changed(struct jmap_pusher *p)
{
    if (p)
        p->changed = true;
}

static void target_free(struct target *t)
{
    jmap_watched_close(t->watched);
    arena_close(t->arena);
    free(t->text);
    free(t->rest);
    free(t);
}

void jmap_pusher_close(struct jmap_pusher *p)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    while (p->in_flight)
        pthread_cond_wait(&p->landed, &p->lock);
    pthread_mutex_unlock(&p->lock);
    while (p->targets) {
        struct target *t = p->targets;
        p->targets = t->next;
        target_free(t);
    }
    pthread_cond_destroy(&p->landed);
    pthread_mutex_destroy(&p->lock);
    pthread_mutex_destroy(&p->work);
    free(p);
}

/* --- which there are --- */

static void subscription_copy(struct target *t, const struct push_subscription *s)
{
    struct arena *a = arena_open(), *old = t->arena;
    if (!t->s.verified && s->verified)
        t->looked_ms = 0; /* it is watched from now on */
    t->s = *s;
    t->s.id = str_dup(a, s->id);
    t->s.device = str_dup(a, s->device);
    t->s.url = str_dup(a, s->url);
    t->s.key = str_dup(a, s->key);
    t->s.auth = str_dup(a, s->auth);
    t->s.types = str_dup(a, s->types);
    t->s.code = str_dup(a, s->code);
    t->arena = a;
    arena_close(old);
}

static struct target *target_of(struct jmap_pusher *p, const struct push_subscription *s)
{
    for (struct target *t = p->targets; t; t = t->next)
        if (t->s.who == s->who && str_eq(t->s.id, s->id))
            return t;
    struct target *t = calloc(1, sizeof *t);
    must(t);
    t->all = p;
    t->verify = !s->verified && s->created_ms >= p->opened_ms;
    t->next = p->targets;
    p->targets = t;
    return t;
}

/* What is in flight ends later. */
static void forget_unlisted(struct jmap_pusher *p)
{
    for (struct target **at = &p->targets; *at;) {
        struct target *t = *at;
        if (t->listed || t->in_flight) {
            at = &t->next;
            continue;
        }
        *at = t->next;
        target_free(t);
    }
}

static enum code reload(struct ctx *cx, struct jmap_pusher *p)
{
    struct push_subscription *list;
    size_t count;
    TRY(push_subscription_list(cx, p->config.env->core, 0, &list, &count));
    for (struct target *t = p->targets; t; t = t->next)
        t->listed = false;
    for (size_t i = 0; i < count; i++) {
        struct target *t = target_of(p, &list[i]);
        t->listed = true;
        if (!t->in_flight)
            subscription_copy(t, &list[i]);
        else
            p->changed = true;
    }
    forget_unlisted(p);
    metric_set(p->count, (int64_t)count);
    return OK;
}

static enum code drop(struct ctx *cx, struct target *t, const char *why)
{
    const struct jmap_env *e = t->all->config.env;
    enum code code = push_subscription_drop(cx, e->core, t->s.who, t->s.id);
    log_event(e->log, LOG_INFO, "webpush.ended", "account=%ju id=%.*s why=%s", (uintmax_t)t->s.who,
              STR_ARG(t->s.id), why);
    t->all->changed = true;
    return code == E_NOT_FOUND ? OK : code;
}

/* --- sending --- */

static void landed(void *arg, const struct web_answer *answer)
{
    struct target *t = arg;
    struct jmap_pusher *p = t->all;
    t->status = answer->result == WEB_ANSWERED ? answer->status : NO_ANSWER;
    pthread_mutex_lock(&p->lock);
    t->in_flight = false;
    p->in_flight--;
    pthread_cond_broadcast(&p->landed);
    pthread_mutex_unlock(&p->lock);
}

static enum code send(struct ctx *cx, struct target *t, struct str text)
{
    struct jmap_pusher *p = t->all;
    struct str body = text, who;
    size_t n = 0;
    struct web_header headers[HEADERS_MAX];
    TRY(webpush_authorize(cx, p->config.env->core, t->s.url, &who));
    if (t->s.key.n)
        TRY(webpush_seal(cx, t->s.key, t->s.auth, text, NULL, &body));
    headers[n++] = (struct web_header){STR("Authorization"), who};
    headers[n++] = (struct web_header){STR("TTL"), str_printf(cx->arena, "%d", JMAP_PUSHER_KEEP_S)};
    headers[n++] = (struct web_header){STR("Urgency"), STR("normal")};
    if (t->s.key.n)
        headers[n++] = (struct web_header){STR("Content-Encoding"), STR("aes128gcm")};
    headers[n++] =
        (struct web_header){STR("Content-Type"),
                            t->s.key.n ? STR("application/octet-stream") : STR("application/json")};
    const struct web_question q = {.method = WEB_POST,
                                   .url = t->s.url,
                                   .headers = headers,
                                   .header_count = n,
                                   .body = body,
                                   .inside = p->config.inside};
    pthread_mutex_lock(&p->lock);
    t->in_flight = true;
    p->in_flight++;
    pthread_mutex_unlock(&p->lock);
    p->config.web->start(p->config.web->self, &q, landed, t);
    return OK;
}

static enum code tell(struct ctx *cx, struct target *t, struct str text)
{
    free(t->text);
    t->text = strndup(text.p, text.n);
    must(t->text);
    return send(cx, t, text);
}

static struct str verification(struct arena *a, const struct push_subscription *s)
{
    return str_printf(a,
                      "{\"@type\":\"PushVerification\",\"pushSubscriptionId\":\"%.*s\","
                      "\"verificationCode\":\"%.*s\"}",
                      STR_ARG(s->id), STR_ARG(s->code));
}

static int64_t retry_ms(unsigned tries)
{
    return (int64_t)JMAP_PUSHER_RETRY_MS << tries;
}

/* What became of the last message (RFC 8030 section 5). */
static enum code judge(struct ctx *cx, struct target *t, bool *over)
{
    unsigned status = t->status;
    t->status = 0;
    *over = false;
    if (status >= 200 && status < 300) {
        metric_add(t->all->sent, 1);
        t->tries = 0;
        free(t->text);
        t->text = NULL;
        return OK;
    }
    if (status == 404 || status == 410) {
        metric_add(t->all->gone, 1);
        *over = true;
        return drop(cx, t, "gone");
    }
    metric_add(t->all->failed, 1);
    log_event(t->all->config.env->log, LOG_WARN, "webpush.failed", "account=%ju id=%.*s status=%u",
              (uintmax_t)t->s.who, STR_ARG(t->s.id), status);
    t->next_ms = cx->now_ms + retry_ms(t->tries);
    if (++t->tries < JMAP_PUSHER_TRIES_MAX)
        return OK;
    t->tries = 0;
    free(t->text);
    t->text = NULL;
    return OK;
}

/* --- what changed --- */

static void ring(void *target, uint64_t version)
{
    struct target *t = target;
    (void)version;
    t->rang = true;
}

/* What of changed is left for the next message: those from the n-th account on. */
static void keep_rest(struct ctx *cx, struct target *t, const struct json_tree *changed, size_t n)
{
    struct json_tree left = *changed;
    struct buf b = buf_of(cx->arena, CHANGED_BYTES_MAX);
    struct json j = json_to(&b);
    free(t->rest);
    t->rest = NULL;
    if (n == changed->count)
        return;
    left.names += n;
    left.values += n;
    left.count -= n;
    jmap_tree_put(&j, &left);
    t->rest = strndup(b.p, b.n);
    must(t->rest);
}

/* Accounts in one message as many as fit; the own one is the first. */
static struct str state_change(struct ctx *cx, struct target *t, struct str changed)
{
    const struct json_tree *all;
    struct buf b = buf_of(cx->arena, WEBPUSH_TEXT_MAX), one = buf_of(cx->arena, WEBPUSH_TEXT_MAX);
    struct json j = json_to(&b);
    size_t i = 0;
    json_object(&j);
    json_key(&j, "@type");
    json_str(&j, STR("StateChange"));
    json_key(&j, "changed");
    json_object(&j);
    if (json_tree_read(cx, changed, &all) != OK)
        return (struct str){0};
    for (; i < all->count; i++) {
        struct json measure = json_to(&one);
        buf_reset(&one);
        jmap_key(&measure, all->names[i]);
        jmap_tree_put(&measure, &all->values[i]);
        if (!one.overflow && b.n + one.n + 8 > WEBPUSH_TEXT_MAX)
            break;
        if (one.overflow)
            continue; /* it fits into none */
        jmap_key(&j, all->names[i]);
        jmap_tree_put(&j, &all->values[i]);
    }
    json_object_end(&j);
    json_object_end(&j);
    keep_rest(cx, t, all, i);
    return buf_str(&b);
}

/* Who made it, by what it was made with: any token of a grant is as good as the one that did. */
static enum code person_still(struct ctx *cx, const struct target *t, struct auth_result *who)
{
    const struct push_credential *by = &t->s.by;
    struct session session = {.who = t->s.who, .id = by->session};
    const struct jmap_person person = {
        .id = t->s.who,
        .generation = t->s.generation,
        .session = by->session ? &session : NULL,
        .hold = {.app_password = by->app_password, .grant = by->grant, .token = UINT32_MAX}};
    return jmap_person_still(cx, t->all->config.env, &person, who);
}

static jmap_types types_of(const struct target *t)
{
    const struct push_credential *by = &t->s.by;
    jmap_types types = t->s.types.n ? jmap_types_read(t->s.types) : jmap_types_all();
    bool narrow = by->app_password || by->grant || by->foreign;
    return narrow ? types & ~jmap_types_with(JMAP_SIGNIN) : types;
}

static enum code look(struct ctx *cx, struct target *t)
{
    const struct jmap_env *e = t->all->config.env;
    struct auth_result who;
    bool any;
    if (t->looked_ms && !t->rang && cx->now_ms - t->looked_ms < JMAP_PUSH_LOOK_MS)
        return OK;
    t->looked_ms = cx->now_ms;
    enum code code = person_still(cx, t, &who);
    if (code == E_DENIED)
        return drop(cx, t, "the person may not be told");
    TRY(code);
    if (!t->s.verified)
        return OK;
    if (!t->watched)
        t->watched = jmap_watched_open(e, ring, t);
    TRY(jmap_watched_set(cx, t->watched, &who, (struct str){0}));
    t->rang = false;
    TRY(jmap_watched_rang(cx, t->watched, &any));
    if (!any)
        return OK;
    struct buf out = buf_of(cx->arena, CHANGED_BYTES_MAX);
    TRY(jmap_watched_look(cx, t->watched, &who, types_of(t), &out, &any));
    if (!any)
        return OK;
    t->next_ms = cx->now_ms + JMAP_PUSHER_GAP_MS;
    return tell(cx, t, state_change(cx, t, buf_str(&out)));
}

static enum code turn(struct ctx *cx, struct target *t)
{
    bool over = false;
    if (t->in_flight)
        return OK;
    if (t->status)
        TRY(judge(cx, t, &over));
    if (over)
        return OK;
    if (cx->now_ms >= t->s.expires_ms)
        return drop(cx, t, "expired");
    if (cx->now_ms < t->next_ms)
        return OK;
    if (t->text)
        return send(cx, t, str_z(t->text));
    if (t->verify) {
        t->verify = false;
        return tell(cx, t, verification(cx->arena, &t->s));
    }
    if (t->rest) {
        t->next_ms = cx->now_ms + JMAP_PUSHER_GAP_MS;
        return tell(cx, t, state_change(cx, t, str_dup(cx->arena, str_z(t->rest))));
    }
    return look(cx, t);
}

/* Also an administrator takes subscriptions away. */
static enum code read_anew(struct ctx *cx, struct jmap_pusher *p)
{
    uint64_t version;
    TRY(store_version(cx, p->config.env->core->store, PUSH_PART, &version));
    if (!atomic_exchange(&p->changed, false) && version == p->version)
        return OK;
    enum code code = reload(cx, p);
    p->changed |= code != OK;
    p->version = code == OK ? version : p->version;
    return code;
}

static enum code run(struct ctx *cx, struct jmap_pusher *p)
{
    if (!p->opened_ms)
        p->opened_ms = cx->now_ms;
    TRY(read_anew(cx, p));
    for (struct target *t = p->targets; t; t = t->next) {
        enum code code = turn(cx, t);
        if (code == OK)
            continue;
        t->next_ms = cx->now_ms + JMAP_PUSHER_RETRY_MS; /* the others have their turn */
        log_event(p->config.env->log, LOG_WARN, "webpush.error",
                  "account=%ju id=%.*s code=%s why=%s", (uintmax_t)t->s.who, STR_ARG(t->s.id),
                  code_name(code), log_quote(cx->arena, str_z(cx->err.what)));
    }
    return OK;
}

enum code jmap_pusher_run(struct ctx *cx, struct jmap_pusher *p)
{
    pthread_mutex_lock(&p->work);
    enum code code = run(cx, p);
    pthread_mutex_unlock(&p->work);
    return code;
}
