#include "errands.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/cur.h"
#include "format/hex.h"
#include <stdlib.h>

static bool next(struct ctx *cx, struct slot *s, struct errand **out)
{
    struct errands *w = (struct errands *)s; /* its first member */
    (void)cx;
    must(!w->given);
    if (w->next == w->count)
        return false;
    w->given = *out = w->waiting[w->next++];
    return true;
}

static void settle(struct ctx *cx, struct slot *s, struct errand *e)
{
    struct errands *w = (struct errands *)s; /* its first member */
    struct arena *a = w->cx->arena;
    (void)cx;
    must(e == w->given);
    w->given = NULL;
    for (size_t i = 0; i < e->to_count && w->result_count < ERRAND_RESULTS_MAX; i++) {
        struct errand_recipient to = e->to[i];
        to.address = str_dup(a, to.address);
        to.status = str_dup(a, to.status);
        to.diagnostic = str_dup(a, to.diagnostic);
        w->results[w->result_count++] = to;
    }
    arena_close(e->arena);
}

static void end(struct ctx *cx, struct slot *s, enum slot_end how, struct str status,
                struct str text)
{
    (void)cx, (void)s, (void)how, (void)status, (void)text;
}

static void ended(struct client_job *job)
{
    struct errands *w = job->owner;
    must(job->end && !w->over);
    w->over = true;
    if (job->errand)
        settle(w->cx, &w->slot, job->errand);
}

struct errands *errands_open(struct ctx *cx)
{
    struct errands *w = calloc(1, sizeof *w);
    must(w);
    const struct store_config config = {.engine = STR("memory")};
    must(store_open(cx, &config, &w->store) == OK);
    w->cx = cx;
    w->slot.destination = STR("peer.example");
    w->slot.next = next;
    w->slot.settle = settle;
    w->slot.end = end;
    w->env = (struct client_env){.store = w->store,
                                 .host_name = STR("ours.example"),
                                 .times = &client_times_default,
                                 .shared = &w->shared};
    w->job = (struct client_job){.env = &w->env,
                                 .slot = &w->slot,
                                 .host = STR("mx.peer.example"),
                                 .ended = ended,
                                 .owner = w};
    return w;
}

void errands_close(struct errands *w)
{
    if (w->given)
        arena_close(w->given->arena);
    for (; w->next < w->count; w->next++)
        arena_close(w->waiting[w->next]->arena);
    store_close(w->store);
    free(w);
}

static struct str unescaped(struct arena *a, struct str s)
{
    struct buf b = buf_of(a, s.n);
    struct ctx cx = {.arena = a};
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        struct str byte;
        if (c == '\\' && i + 1 < s.n) {
            c = s.p[++i];
            c = c == 'r' ? '\r' : c == 'n' ? '\n' : c;
            if (c == 'x' && hex_decode(&cx, str_sub(s, i + 1, 2), &byte) == OK && byte.n == 1) {
                c = byte.p[0];
                i += 2;
            }
        }
        buf_byte(&b, c);
    }
    return buf_str(&b);
}

static enum code keep(struct ctx *cx, struct txn *t, void *arg)
{
    (void)cx;
    txn_blob_put(t, arg, STR("errand"));
    return OK;
}

static void put_body(struct errands *w, struct errand *e, struct str body)
{
    struct blob_new *blob;
    must(blob_prepare(w->cx, w->store, body, &blob) == OK);
    must(store_update(w->cx, w->store, 1, keep, blob) == OK);
    e->body = *blob_new_id(blob);
    e->size_bytes = e->trace.n + body.n;
}

static bool flag(struct errand *e, struct str word)
{
    static const struct {
        const char *word;
        size_t at;
    } flags[] = {{"hdrs", offsetof(struct errand, headers_only)},
                 {"utf8", offsetof(struct errand, utf8)},
                 {"8bit", offsetof(struct errand, eight_bit)},
                 {"binary", offsetof(struct errand, binary)},
                 {"requiretls", offsetof(struct errand, require_tls)},
                 {"return", offsetof(struct errand, by_return)}};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        if (str_eq(word, str_z(flags[i].word))) {
            *(bool *)((char *)e + flags[i].at) = true;
            return true;
        }
    return false;
}

static bool word(struct errands *w, struct errand *e, struct str name, struct str value)
{
    struct errand_recipient *last = e->to_count ? &e->to[e->to_count - 1] : NULL;
    uint64_t n = 0;
    bool negative = str_starts(value, STR("-"));
    bool number = str_u64(str_from(value, negative), &n);
    if (str_eq(name, STR("from")))
        e->return_path = unescaped(e->arena, value);
    else if (str_eq(name, STR("to")))
        e->to[e->to_count++].address = unescaped(e->arena, value);
    else if (str_eq(name, STR("notify")) && last && number)
        last->notify = (uint32_t)n;
    else if (str_eq(name, STR("orcpt")) && last)
        last->orcpt = value;
    else if (str_eq(name, STR("trace")))
        e->trace = unescaped(e->arena, value);
    else if (str_eq(name, STR("envid")))
        e->envid = unescaped(e->arena, value);
    else if (str_eq(name, STR("priority")) && number)
        e->priority = (int8_t)(negative ? -(int)n : (int)n);
    else if (str_eq(name, STR("by")) && number)
        e->by_ms = w->cx->now_ms + (int64_t)n * 1000;
    else
        return false;
    return true;
}

static bool add(struct errands *w, struct cur c)
{
    struct arena *a = arena_open();
    struct errand *e = ARENA_NEW(a, struct errand);
    bool loses = false;
    must(w->count < ERRANDS_MAX);
    e->arena = a;
    e->id = w->count + 1;
    e->to = ARENA_ARRAY(a, 100, struct errand_recipient);
    w->waiting[w->count++] = e;
    c = cur_of(str_dup(a, c.rest));
    while (!cur_word(&c, STR("body="))) {
        struct str s, name;
        if (!cur_until(&c, ' ', &s))
            return false;
        struct cur parts = cur_of(s);
        if (str_eq(s, STR("loses")))
            loses = true;
        else if (!flag(e, s) && (!cur_until(&parts, '=', &name) || !word(w, e, name, parts.rest)))
            return false;
    }
    put_body(w, e, unescaped(w->cx->arena, c.rest));
    e->body.bytes[0] ^= loses;
    return true;
}

static bool set_job(struct errands *w, struct cur c)
{
    struct client_job *job = &w->job;
    if (str_eq(c.rest, STR("lmtp")))
        job->lmtp = true;
    else if (str_eq(c.rest, STR("secure-route")))
        job->tls_secure_route = true;
    else if (str_eq(c.rest, STR("clear-auth")))
        job->auth_in_clear = true;
    else if (str_eq(c.rest, STR("others convert")))
        w->shared.converting = CONVERT_BYTES_MAX;
    else if (str_eq(c.rest, STR("tls never")))
        job->tls = CLIENT_TLS_NEVER;
    else if (str_eq(c.rest, STR("tls encrypted")))
        job->tls = CLIENT_TLS_ENCRYPTED;
    else if (str_eq(c.rest, STR("tls trusted")))
        job->tls = CLIENT_TLS_TRUSTED;
    else if (cur_word(&c, STR("login ")) && cur_until(&c, ' ', &job->user))
        job->password = c.rest;
    else
        return false;
    return true;
}

static bool result_is(const struct errand_recipient *to, struct cur c)
{
    static const char *const names[] = {"none", "delivered", "deferred", "failed"};
    struct str how, status;
    if (!cur_until(&c, ' ', &how)) {
        how = c.rest;
        c.rest = (struct str){0};
    }
    if (!cur_until(&c, ' ', &status)) {
        status = c.rest;
        c.rest = (struct str){0};
    }
    bool same = str_eq(how, str_z(names[to->result])) &&
                (!status.n || str_eq(status, to->status)) &&
                (!c.rest.n || str_eq(c.rest, to->diagnostic));
    if (!same)
        printf("%.*s: %s %.*s %.*s\n", STR_ARG(to->address), names[to->result], STR_ARG(to->status),
               STR_ARG(to->diagnostic));
    return same;
}

/* The last one of that address. */
static bool check_result(struct errands *w, struct cur c)
{
    struct str address;
    if (!cur_until(&c, ' ', &address))
        return false;
    for (size_t i = w->given ? w->given->to_count : 0; i > 0; i--)
        if (str_eq(w->given->to[i - 1].address, address))
            return result_is(&w->given->to[i - 1], c);
    for (size_t i = w->result_count; i > 0; i--)
        if (str_eq(w->results[i - 1].address, address))
            return result_is(&w->results[i - 1], c);
    printf("%.*s: nothing is settled\n", STR_ARG(address));
    return false;
}

static bool check_end(const struct errands *w, struct str name)
{
    static const char *const names[] = {"open", "done",   "refused", "lost",
                                        "busy", "broken", "missing", "loop"};
    bool same = str_eq(name, str_z(names[w->job.end]));
    if (!same)
        printf("%s %s %s\n", names[w->job.end], w->job.status, w->job.text);
    return same;
}

bool errands_set(struct errands *w, struct str line)
{
    struct cur c = cur_of(str_dup(w->cx->arena, line));
    if (cur_word(&c, STR("errand ")))
        return add(w, c);
    if (cur_word(&c, STR("job ")))
        return set_job(w, c);
    if (cur_word(&c, STR("result ")))
        return check_result(w, c);
    return cur_word(&c, STR("end ")) && check_end(w, c.rest);
}
