#include "base/resolver.h"
#include "base/arena.h"
#include "base/banned.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/cur.h"
#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

enum { NAME_MAX_BYTES = 253, LABEL_MAX_BYTES = 63 };

bool dns_name_fits(struct str name)
{
    if (str_ends(name, STR(".")))
        name.n--;
    if (name.n == 0 || name.n > NAME_MAX_BYTES)
        return false;
    size_t label = 0;
    for (size_t i = 0; i <= name.n; i++) {
        if (i < name.n && name.p[i] != '.') {
            label++;
            continue;
        }
        if (label == 0 || label > LABEL_MAX_BYTES)
            return false;
        label = 0;
    }
    return true;
}

struct dns_answer dns_answer_dup(struct arena *arena, const struct dns_answer *answer)
{
    struct dns_answer copy = *answer;
    copy.canonical = str_dup(arena, answer->canonical);
    copy.records = ARENA_ARRAY(arena, answer->count, struct str);
    for (size_t i = 0; i < answer->count; i++)
        copy.records[i] = str_dup(arena, answer->records[i]);
    return copy;
}

/* Shared by who waits and by who answers; the last of them frees it. */
struct ticket {
    pthread_mutex_t lock;
    pthread_cond_t done;
    atomic_int refs;
    bool answered;
    struct arena *arena;
    struct dns_answer answer;
};

static struct ticket *ticket_open(void)
{
    struct ticket *t = calloc(1, sizeof *t);
    must(t);
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->done, NULL); /* of the clock that cx->deadline_ms is of */
    atomic_init(&t->refs, 2);
    t->arena = arena_open();
    return t;
}

static void ticket_unref(struct ticket *t)
{
    if (atomic_fetch_sub(&t->refs, 1) != 1)
        return;
    arena_close(t->arena);
    pthread_cond_destroy(&t->done);
    pthread_mutex_destroy(&t->lock);
    free(t);
}

static void answered(void *arg, const struct dns_answer *answer)
{
    struct ticket *t = arg;
    pthread_mutex_lock(&t->lock);
    t->answer = dns_answer_dup(t->arena, answer);
    t->answered = true;
    pthread_cond_signal(&t->done);
    pthread_mutex_unlock(&t->lock);
    ticket_unref(t);
}

/* With the lock. */
static void wait_for(struct ticket *t, int64_t deadline_ms)
{
    const struct timespec until = {deadline_ms / 1000, (deadline_ms % 1000) * 1000000};
    while (!t->answered) {
        if (!deadline_ms)
            pthread_cond_wait(&t->done, &t->lock);
        else if (pthread_cond_timedwait(&t->done, &t->lock, &until) != 0)
            return;
    }
}

struct dns_answer resolver_ask(struct ctx *cx, const struct resolver *r, struct dns_question q)
{
    struct ticket *t = ticket_open();
    r->start(r->self, q, answered, t);
    pthread_mutex_lock(&t->lock);
    if (!t->answered) {
        pthread_mutex_unlock(&t->lock);
        ctx_waits(cx);
        pthread_mutex_lock(&t->lock);
        wait_for(t, cx->deadline_ms);
    }
    struct dns_answer answer = {.status = DNS_FAILED};
    if (t->answered)
        answer = dns_answer_dup(cx->arena, &t->answer);
    pthread_mutex_unlock(&t->lock);
    ticket_unref(t);
    return answer;
}

static bool u8(struct cur *c, uint8_t *out)
{
    char byte;
    if (!cur_byte(c, &byte))
        return false;
    *out = (uint8_t)byte;
    return true;
}

static bool plain_label(struct str label)
{
    for (size_t i = 0; i < label.n; i++) {
        unsigned char c = (unsigned char)label.p[i];
        if (c <= ' ' || c >= 0x7f || c == '.' || c == '\\')
            return false;
    }
    return true;
}

static bool read_name(struct cur c, struct arena *arena, struct str *name)
{
    struct buf out = buf_of(arena, NAME_MAX_BYTES);
    uint8_t n = 1;
    while (u8(&c, &n) && n != 0) {
        struct str label;
        if (n > LABEL_MAX_BYTES || !cur_bytes(&c, n, &label) || !plain_label(label))
            return false;
        if (out.n)
            buf_byte(&out, '.');
        buf_add(&out, label);
        if (cur_end(&c))
            return false; /* the root's label is missing */
    }
    if (out.overflow || !cur_end(&c) || n != 0)
        return false;
    *name = str_lower(arena, buf_str(&out));
    return true;
}

bool dns_name(struct str rdata, struct arena *arena, struct str *name)
{
    return rdata.n && read_name(cur_of(rdata), arena, name);
}

bool dns_mx(struct str rdata, struct arena *arena, uint16_t *preference, struct str *host)
{
    struct cur c = cur_of(rdata);
    uint8_t high, low;
    if (!u8(&c, &high) || !u8(&c, &low) || !dns_name(c.rest, arena, host))
        return false;
    *preference = (uint16_t)(high << 8 | low);
    return true;
}

bool dns_txt(struct str rdata, struct arena *arena, struct str *text)
{
    struct buf out = buf_of(arena, rdata.n);
    struct cur c = cur_of(rdata);
    if (cur_end(&c))
        return false;
    uint8_t n;
    while (u8(&c, &n)) {
        struct str part;
        if (!cur_bytes(&c, n, &part))
            return false;
        buf_add(&out, part);
    }
    *text = buf_str(&out);
    return true;
}

bool dns_tlsa(struct str rdata, struct dns_tlsa *out)
{
    struct cur c = cur_of(rdata);
    struct dns_tlsa t;
    if (!u8(&c, &t.usage) || !u8(&c, &t.selector) || !u8(&c, &t.matching) || cur_end(&c))
        return false;
    t.data = c.rest;
    *out = t;
    return true;
}

bool dns_address(struct str rdata, struct arena *arena, struct str *text)
{
    char out[INET6_ADDRSTRLEN];
    if (rdata.n != 4 && rdata.n != 16)
        return false;
    must(inet_ntop(rdata.n == 4 ? AF_INET : AF_INET6, rdata.p, out, sizeof out));
    *text = str_dup(arena, str_z(out));
    return true;
}
