#include "service/smime/smime.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/rope.h"
#include "core/property.h"
#include "format/summary.h"
#include "service/smime/trust.h"
#include <pthread.h>
#include <stdlib.h>

enum { MEMORY_VERSION = 1 };

struct smime {
    struct smime_parts parts;
    struct metric *verified, *failed, *broken, *remembered;
    pthread_mutex_t lock; /* of what follows */
    struct arena *arena;  /* of trust */
    struct trusted trust;
    int64_t read_ms;
};

static const struct str words[] = {
    [SMIME_IS_NONE] = STR(""),
    [SMIME_IS_UNKNOWN] = STR("unknown"),
    [SMIME_IS_SIGNED] = STR("signed"),
    [SMIME_IS_VERIFIED] = STR("signed/verified"),
    [SMIME_IS_FAILED] = STR("signed/failed"),
};

struct str smime_status_word(enum smime_status status)
{
    return words[status];
}

bool smime_may_be(uint32_t summary_flags)
{
    return summary_flags & (SUMMARY_SIGNED | SUMMARY_ENCRYPTED);
}

static struct metric *counter(const struct smime_parts *p, const char *labels)
{
    return metric_of(p->metrics, METRIC_COUNTER, "postroad_smime_total", labels,
                     "Signatures of S/MIME that were asked for.");
}

/* Under the lock. What cannot be read leaves what was read before. */
static void read_trust(struct smime *s, int64_t now_ms)
{
    struct arena *fresh = arena_open();
    struct ctx cx = {.arena = fresh, .now_ms = now_ms};
    struct trusted trust;
    bool first = !s->arena;
    enum code code = trust_read(&cx, s->parts.trust, &trust);
    s->read_ms = now_ms;
    if (code != OK)
        log_event(s->parts.log, LOG_WARN, "smime.trust", "why=%s",
                  log_quote(fresh, str_z(cx.err.what)));
    else if (first || trust.number != s->trust.number)
        log_event(s->parts.log, LOG_INFO, "smime.trust", "path=%s certificates=%zu lists=%zu",
                  log_quote(fresh, s->parts.trust),
                  trust_blocks(trust.pem, STR("CERTIFICATE-----")),
                  trust_blocks(trust.pem, STR("X509 CRL-----")));
    if (code == OK || first) {
        if (s->arena)
            arena_close(s->arena);
        s->arena = fresh;
        s->trust = code == OK ? trust : (struct trusted){0};
    } else {
        arena_close(fresh);
    }
}

struct smime *smime_open(const struct smime_parts *parts)
{
    struct smime *s = calloc(1, sizeof *s);
    must(s);
    s->parts = *parts;
    s->verified = counter(parts, "result=\"verified\"");
    s->failed = counter(parts, "result=\"failed\"");
    s->broken = counter(parts, "result=\"error\"");
    s->remembered = counter(parts, "result=\"remembered\"");
    must(pthread_mutex_init(&s->lock, NULL) == 0);
    read_trust(s, 0);
    return s;
}

void smime_close(struct smime *s)
{
    if (!s)
        return;
    pthread_mutex_destroy(&s->lock);
    arena_close(s->arena);
    free(s);
}

/* In cx->arena: the files may be read anew meanwhile. */
static struct trusted trusted_now(struct ctx *cx, struct smime *s, bool with_text)
{
    must(pthread_mutex_lock(&s->lock) == 0);
    if (cx->now_ms - s->read_ms > SMIME_TRUST_FRESH_MS || cx->now_ms < s->read_ms)
        read_trust(s, cx->now_ms);
    struct trusted t = s->trust;
    t.pem = with_text ? str_dup(cx->arena, t.pem) : (struct str){0};
    must(pthread_mutex_unlock(&s->lock) == 0);
    return t;
}

void smime_trust_of(struct ctx *cx, struct smime *s, struct smime_trust *out)
{
    struct trusted t = trusted_now(cx, s, true);
    *out = (struct smime_trust){.path = s->parts.trust,
                                .files = t.files,
                                .certificates = trust_blocks(t.pem, STR("CERTIFICATE-----")),
                                .lists = trust_blocks(t.pem, STR("X509 CRL-----"))};
}

/* What is kept with an item. */
struct memory {
    struct blob_id blob; /* of which bytes it was said */
    int64_t received_ms, verified_ms;
    uint64_t trust;
    uint32_t now, then; /* faults */
    enum smime_status now_status, then_status;
};

static struct str memory_encode(struct arena *a, const struct memory *m)
{
    struct buf b = buf_of(a, 128);
    buf_le8(&b, MEMORY_VERSION);
    buf_add(&b, str_of(m->blob.bytes, sizeof m->blob.bytes));
    buf_le64(&b, (uint64_t)m->received_ms);
    buf_le64(&b, (uint64_t)m->verified_ms);
    buf_le64(&b, m->trust);
    buf_le32(&b, m->now);
    buf_le32(&b, m->then);
    buf_le8(&b, (uint8_t)m->now_status);
    buf_le8(&b, (uint8_t)m->then_status);
    must(!b.overflow);
    return buf_str(&b);
}

static bool memory_decode(struct str value, struct memory *out)
{
    struct cur c = cur_of(value);
    struct memory m = {0};
    struct str blob;
    uint8_t version, now, then;
    uint64_t received, verified;
    if (!cur_le8(&c, &version) || version != MEMORY_VERSION ||
        !cur_bytes(&c, sizeof m.blob.bytes, &blob) || !cur_le64(&c, &received) ||
        !cur_le64(&c, &verified) || !cur_le64(&c, &m.trust) || !cur_le32(&c, &m.now) ||
        !cur_le32(&c, &m.then) || !cur_le8(&c, &now) || !cur_le8(&c, &then) ||
        now > SMIME_IS_FAILED || then > SMIME_IS_FAILED)
        return false;
    memcpy(m.blob.bytes, blob.p, sizeof m.blob.bytes);
    m.received_ms = (int64_t)received;
    m.verified_ms = (int64_t)verified;
    m.now_status = (enum smime_status)now;
    m.then_status = (enum smime_status)then;
    *out = m;
    return true;
}

static bool is_of(const struct memory *m, const struct item_row *row)
{
    return m->received_ms == row->received_ms &&
           memcmp(m->blob.bytes, row->blob.bytes, sizeof m->blob.bytes) == 0;
}

/* False: nothing that is of this very message. */
static bool recall(struct ctx *cx, struct smime *s, account_id account, const struct item_row *row,
                   struct memory *out)
{
    const struct property_owner owner = {.class = PROPERTY_OF_ITEM, .id = row->id};
    struct property *all;
    size_t count = 0;
    if (property_list(cx, s->parts.core, account, &owner, &all, &count) != OK)
        return false;
    for (size_t i = 0; i < count; i++)
        if (all[i].tag == PROPERTY_SMIME && !all[i].is_blob)
            return memory_decode(all[i].value, out) && is_of(out, row);
    return false;
}

static struct smime_answer answer_of(const struct memory *m)
{
    return (struct smime_answer){.now = m->now_status,
                                 .then = m->then_status,
                                 .faults = m->now,
                                 .verified_ms = m->verified_ms};
}

/* Unsigned once is unsigned for ever. */
static bool is_good(const struct ctx *cx, const struct memory *m, uint64_t trust)
{
    return m->now_status <= SMIME_IS_UNKNOWN ||
           (m->trust == trust && m->verified_ms <= cx->now_ms &&
            cx->now_ms - m->verified_ms < SMIME_KEPT_MS);
}

bool smime_of_memory(struct ctx *cx, struct smime *s, account_id account,
                     const struct item_row *row, struct smime_answer *out)
{
    struct memory m;
    if (!recall(cx, s, account, row, &m) || !is_good(cx, &m, trusted_now(cx, s, false).number))
        return false;
    metric_add(s->remembered, 1);
    *out = answer_of(&m);
    return true;
}

/* What the cage says; OK also when it says nothing, with SIGNED. */
static void run(struct ctx *cx, struct smime *s, const struct smime_job *job, struct memory *m)
{
    struct smime_verdict v = {.is_signed = true};
    struct str out = {0};
    struct ctx own = *cx;
    enum code code = s->parts.run(&own, s->parts.self, smime_job_write(cx->arena, job), &out);
    if (code == E_IO || code == E_BUSY) {
        metric_add(s->broken, 1);
        log_event(s->parts.log, LOG_WARN, "smime.failed", "why=%s",
                  log_quote(cx->arena, str_z(own.err.what)));
        m->now_status = m->then_status = SMIME_IS_SIGNED;
        return;
    }
    if (code == E_LIMIT)
        v.now = v.then = 1u << SMIME_TOO_SLOW;
    else if (code != OK || !smime_verdict_read(out, &v))
        v.now = v.then = 1u << SMIME_UNREADABLE;
    if (!v.is_signed) {
        *m = (struct memory){
            .blob = m->blob, .received_ms = m->received_ms, .verified_ms = m->verified_ms};
        return;
    }
    m->now |= v.now;
    m->then |= v.then;
    m->now_status = m->now ? SMIME_IS_FAILED : SMIME_IS_VERIFIED;
    m->then_status = m->then ? SMIME_IS_FAILED : SMIME_IS_VERIFIED;
    metric_add(m->now ? s->failed : s->verified, 1);
}

static void verify(struct ctx *cx, struct smime *s, const struct mime *mime, struct memory *m)
{
    struct smime_found found;
    struct smime_job job = {.now_s = cx->now_ms / 1000, .then_s = m->received_ms / 1000};
    smime_find(cx->arena, mime, &found);
    m->verified_ms = cx->now_ms;
    if (found.kind == SMIME_NONE || found.kind == SMIME_FOREIGN) {
        m->now_status = m->then_status =
            found.kind == SMIME_NONE ? SMIME_IS_NONE : SMIME_IS_UNKNOWN;
        return;
    }
    smime_from_of(cx, mime, &found, &job.from);
    m->now = m->then = found.faults;
    m->now_status = m->then_status = SMIME_IS_FAILED;
    if (!found.signature.n) {
        if (!found.faults)
            m->now = m->then = 1u << SMIME_UNREADABLE;
        return;
    }
    if (found.faults & 1u << SMIME_TOO_LARGE)
        return;
    struct trusted trust = trusted_now(cx, s, true);
    m->trust = trust.number;
    job.detached = found.kind == SMIME_DETACHED;
    job.trust = trust.pem;
    job.signature = found.signature;
    job.content = found.content;
    run(cx, s, &job, m);
}

struct remember {
    item_id item;
    struct property_change change;
    bool told; /* others hear of it */
};

static enum code remember_in(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct remember *r = arg;
    const struct property_owner owner = {.class = PROPERTY_OF_ITEM, .id = r->item};
    return r->told ? property_set(cx, t, &owner, &r->change, 1)
                   : property_note(cx, t, r->item, &r->change);
}

/* An answer that cannot be kept is still one. */
static void keep(struct ctx *cx, struct smime *s, account_id account, item_id item,
                 const struct memory *new, const struct memory *old)
{
    struct remember r = {.item = item};
    struct ctx own = *cx;
    r.change =
        (struct property_change){.tag = PROPERTY_SMIME, .value = memory_encode(cx->arena, new)};
    r.told = old && (old->now_status != new->now_status || old->then_status != new->then_status ||
                     old->now != new->now);
    enum code code = account_update(&own, s->parts.core, account, remember_in, &r);
    if (code != OK && code != E_NOT_FOUND)
        log_event(s->parts.log, LOG_WARN, "smime.failed", "why=%s",
                  log_quote(cx->arena, str_z(own.err.what)));
}

static enum code verify_item(struct ctx *cx, struct smime *s, const struct item_row *row,
                             struct memory *m)
{
    struct rope bytes = rope_of(cx->arena);
    struct mime *mime;
    if (row->size > 2 * (uint64_t)SMIME_CONTENT_MAX) {
        m->now = m->then = 1u << SMIME_TOO_LARGE;
        m->now_status = m->then_status = SMIME_IS_FAILED;
        m->verified_ms = cx->now_ms;
        return OK;
    }
    TRY(item_bytes(cx, s->parts.core, row, row->trace.n, row->size, &bytes));
    struct str flat = rope_flatten(&bytes, cx->arena);
    rope_drop(&bytes);
    TRY(mime_parse(cx, flat, NULL, &mime));
    verify(cx, s, mime, m);
    return OK;
}

enum code smime_of_item(struct ctx *cx, struct smime *s, account_id account,
                        const struct item_row *row, struct smime_answer *out)
{
    struct arena *scratch AUTO(arena_close) = arena_open();
    struct ctx own = *cx;
    struct summary_facts facts;
    struct memory old, new = {.blob = row->blob, .received_ms = row->received_ms};
    TRY(summary_facts(cx, row->summary, &facts));
    *out = (struct smime_answer){0};
    if (!smime_may_be(facts.flags))
        return OK;
    own.arena = scratch;
    bool had = recall(&own, s, account, row, &old);
    if (had && is_good(cx, &old, trusted_now(&own, s, false).number)) {
        metric_add(s->remembered, 1);
        *out = answer_of(&old);
        return OK;
    }
    enum code code = verify_item(&own, s, row, &new);
    if (code != OK) {
        cx->err = own.err;
        return code;
    }
    if (had && old.then_status == SMIME_IS_VERIFIED) {
        new.then_status = SMIME_IS_VERIFIED;
        new.then = 0;
    }
    *out = answer_of(&new);
    out->fresh = true;
    if (new.now_status == SMIME_IS_SIGNED)
        out->verified_ms = 0;
    else
        keep(&own, s, account, row->id, &new, had ? &old : NULL);
    return OK;
}

enum code smime_of_message(struct ctx *cx, struct smime *s, const struct mime *m,
                           struct smime_answer *out)
{
    struct memory new = {.received_ms = cx->now_ms};
    verify(cx, s, m, &new);
    *out = answer_of(&new);
    out->fresh = true;
    if (new.now_status == SMIME_IS_SIGNED)
        out->verified_ms = 0;
    return OK;
}
