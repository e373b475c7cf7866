#include "service/mailauth/signer.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/resolver.h"
#include "core/core.h"
#include "format/date.h"
#include "format/domain.h"
#include "service/mailauth/dkim.h"
#include "store/key.h"
#include <pthread.h>
#include <stdatomic.h>

enum { FAMILY_DKIM = 'y', ROW_VERSION = 1, SIGNED_WITH_MAX = 4 };

/* A row, decoded. */
struct own_key {
    struct signer_key shown;
    struct sign_key *key;
};

/* All keys of one version of the directory; shared, never changed. */
struct own_keys {
    struct arena *arena;
    uint64_t version;
    atomic_int refs;
    struct own_key *at;
    size_t count;
};

struct signer {
    struct core *core;
    pthread_mutex_t lock;
    struct own_keys *keys;
};

struct str signer_state_name(enum signer_state state)
{
    static const struct str names[] = {
        {0},
        STR("staged"),
        STR("active"),
        STR("retired"),
    };
    return names[state];
}

static void own_keys_unref(struct own_keys *keys)
{
    if (!keys || atomic_fetch_sub(&keys->refs, 1) != 1)
        return;
    for (size_t i = 0; i < keys->count; i++)
        sign_key_close(keys->at[i].key);
    arena_close(keys->arena);
    free(keys);
}
AUTO_OF(struct own_keys *, own_keys_unref)

struct signer *signer_open(struct core *c)
{
    struct signer *s = calloc(1, sizeof *s);
    must(s && pthread_mutex_init(&s->lock, NULL) == 0);
    s->core = c;
    return s;
}

void signer_close(struct signer *s)
{
    own_keys_unref(s->keys);
    must(pthread_mutex_destroy(&s->lock) == 0);
    free(s);
}

/* domain and selector are checked before: they fit. Empty ones make the start of a range. */
static struct key row_key(struct str domain, struct str selector)
{
    struct key k = key_of(FAMILY_DKIM);
    if (domain.n)
        key_text(&k, domain);
    if (selector.n)
        key_text(&k, selector);
    return k;
}

struct row {
    struct str domain, selector, pem;
    enum signer_state state;
    int64_t created_ms;
};

static struct str row_encode(struct arena *a, const struct row *row)
{
    struct buf b = buf_of(a, STORE_VALUE_MAX);
    buf_le8(&b, ROW_VERSION);
    buf_le8(&b, (uint8_t)row->state);
    buf_le64(&b, (uint64_t)row->created_ms);
    buf_le_str(&b, row->domain);
    buf_le_str(&b, row->selector);
    buf_le_str(&b, row->pem);
    must(!b.overflow);
    return buf_str(&b);
}

static enum code row_decode(struct ctx *cx, struct str value, struct row *out)
{
    struct cur c = cur_of(value);
    uint8_t version, state;
    uint64_t created;
    if (!cur_le8(&c, &version) || version != ROW_VERSION || !cur_le8(&c, &state) ||
        state < SIGNER_STAGED || state > SIGNER_RETIRED || !cur_le64(&c, &created) ||
        !cur_le_str(&c, &out->domain) || !cur_le_str(&c, &out->selector) ||
        !cur_le_str(&c, &out->pem) || !cur_end(&c))
        return fail(cx, E_CORRUPT, "directory: a broken DKIM key");
    out->state = (enum signer_state)state;
    out->created_ms = (int64_t)created;
    return OK;
}

static enum code key_open(struct ctx *cx, struct arena *a, const struct row *row,
                          struct own_key *out)
{
    TRY(sign_key_private(cx, row->pem, &out->key));
    out->shown = (struct signer_key){
        .domain = str_dup(a, row->domain),
        .selector = str_dup(a, row->selector),
        .state = row->state,
        .algorithm = sign_key_algorithm(out->key),
        .bits = sign_key_bits(out->key),
        .created_ms = row->created_ms,
        .record = dkim_record(a, out->key),
    };
    return OK;
}

static enum code rows_read(struct ctx *cx, struct signer *s, struct own_keys *keys)
{
    struct key from = row_key((struct str){0}, (struct str){0}), to = key_after(&from);
    struct scan *w AUTO(scan_close) =
        store_scan(cx, s->core->store, DIRECTORY_PART,
                   (struct range){.from = key_str(&from), .to = key_str(&to)});
    struct str name, value;
    keys->at = ARENA_ARRAY(keys->arena, SIGNER_KEYS_MAX, struct own_key);
    while (scan_next(w, &name, &value)) {
        struct row row;
        if (keys->count == SIGNER_KEYS_MAX)
            return fail(cx, E_LIMIT, "more than %d DKIM keys", SIGNER_KEYS_MAX);
        TRY(row_decode(cx, value, &row));
        TRY(key_open(cx, keys->arena, &row, &keys->at[keys->count]));
        keys->count++;
    }
    return scan_error(w);
}

static enum code keys_read(struct ctx *cx, struct signer *s, uint64_t version,
                           struct own_keys **out)
{
    struct own_keys *keys = calloc(1, sizeof *keys);
    must(keys);
    keys->arena = arena_open();
    keys->version = version;
    atomic_init(&keys->refs, 1);
    enum code code = rows_read(cx, s, keys);
    if (code == OK)
        *out = keys;
    else
        own_keys_unref(keys);
    return code;
}

/* As of now; to be given back. */
static enum code keys_get(struct ctx *cx, struct signer *s, struct own_keys **out)
{
    uint64_t version;
    enum code code = OK;
    TRY(store_version(cx, s->core->store, DIRECTORY_PART, &version));
    pthread_mutex_lock(&s->lock);
    if (!s->keys || s->keys->version != version) {
        struct own_keys *fresh;
        code = keys_read(cx, s, version, &fresh);
        if (code == OK) {
            own_keys_unref(s->keys);
            s->keys = fresh;
        }
    }
    if (code == OK) {
        *out = s->keys;
        atomic_fetch_add(&s->keys->refs, 1);
    }
    pthread_mutex_unlock(&s->lock);
    return code;
}

static void shown_copy(struct arena *a, const struct signer_key *from, struct signer_key *out)
{
    *out = *from;
    out->domain = str_dup(a, from->domain);
    out->selector = str_dup(a, from->selector);
    out->record = str_dup(a, from->record);
}

enum code signer_list(struct ctx *cx, struct signer *s, struct str domain, struct signer_key **out,
                      size_t *count)
{
    struct own_keys *keys AUTO(own_keys_unref) = NULL;
    TRY(keys_get(cx, s, &keys));
    *out = ARENA_ARRAY(cx->arena, keys->count + 1, struct signer_key);
    *count = 0;
    for (size_t i = 0; i < keys->count; i++)
        if (domain.n == 0 || str_ieq(domain, keys->at[i].shown.domain))
            shown_copy(cx->arena, &keys->at[i].shown, &(*out)[(*count)++]);
    return OK;
}

/* A label. */
static bool is_selector(struct str s)
{
    return s.n <= SIGNER_SELECTOR_MAX && str_chr(s, '.') == SIZE_MAX && domain_valid(s);
}

static struct str new_selector(struct ctx *cx, enum sign_algorithm algorithm)
{
    struct buf b = buf_of(cx->arena, 64);
    date_put_rfc3339(&b, (struct date){.utc_ms = cx->now_ms});
    struct str day = buf_str(&b); /* 2026-11-22T... */
    return str_printf(cx->arena, "%s%.4s%.2s%.2s", algorithm == SIGN_RSA_SHA256 ? "r" : "e", day.p,
                      day.p + 5, day.p + 8);
}

static enum code row_add(struct ctx *cx, struct txn *t, void *arg)
{
    const struct row *row = arg;
    struct key k = row_key(row->domain, row->selector);
    struct str before;
    enum code code = txn_get(cx, t, key_str(&k), &before);
    if (code == OK)
        return fail(cx, E_EXISTS, "%.*s has a key %.*s already", STR_ARG(row->domain),
                    STR_ARG(row->selector));
    if (code != E_NOT_FOUND)
        return code;
    txn_put(t, key_str(&k), row_encode(cx->arena, row));
    return OK;
}

enum code signer_add(struct ctx *cx, struct signer *s, struct str domain, struct str selector,
                     enum sign_algorithm algorithm, struct signer_key *out)
{
    struct own_keys *keys AUTO(own_keys_unref) = NULL;
    struct row row = {.state = SIGNER_STAGED, .created_ms = cx->now_ms};
    struct own_key made;
    TRY(domain_to_ascii(cx, domain, &row.domain));
    row.selector = selector.n ? str_lower(cx->arena, selector) : new_selector(cx, algorithm);
    if (!is_selector(row.selector))
        return fail(cx, E_SYNTAX, "a selector is one label: letters, digits, hyphens, at most %d",
                    SIGNER_SELECTOR_MAX);
    TRY(keys_get(cx, s, &keys));
    if (keys->count == SIGNER_KEYS_MAX)
        return fail(cx, E_LIMIT, "more than %d DKIM keys", SIGNER_KEYS_MAX);
    struct sign_key *pair AUTO(sign_key_close) = sign_key_make(algorithm);
    row.pem = sign_key_pem(cx->arena, pair);
    TRY(store_update(cx, s->core->store, DIRECTORY_PART, row_add, &row));
    TRY(key_open(cx, cx->arena, &row, &made));
    sign_key_close(made.key);
    *out = made.shown;
    return OK;
}

/* One change of state, or a removal (state 0). */
struct turn {
    struct str domain, selector;
    enum signer_state state;
    enum sign_algorithm algorithm;
    const struct own_keys *keys;
};

static enum code state_put(struct ctx *cx, struct txn *t, struct str domain, struct str selector,
                           enum signer_state state)
{
    struct key k = row_key(domain, selector);
    struct str value;
    struct row row;
    TRY(txn_get(cx, t, key_str(&k), &value));
    TRY(row_decode(cx, value, &row));
    row.state = state;
    txn_put(t, key_str(&k), row_encode(cx->arena, &row));
    return OK;
}

static enum code turn_run(struct ctx *cx, struct txn *t, void *arg)
{
    const struct turn *turn = arg;
    for (size_t i = 0; turn->state == SIGNER_ACTIVE && i < turn->keys->count; i++) {
        const struct signer_key *other = &turn->keys->at[i].shown;
        if (other->state == SIGNER_ACTIVE && other->algorithm == turn->algorithm &&
            str_eq(other->domain, turn->domain) && !str_eq(other->selector, turn->selector))
            TRY(state_put(cx, t, other->domain, other->selector, SIGNER_RETIRED));
    }
    if (turn->state)
        return state_put(cx, t, turn->domain, turn->selector, turn->state);
    struct key k = row_key(turn->domain, turn->selector);
    txn_delete(t, key_str(&k));
    return OK;
}

static enum code turn(struct ctx *cx, struct signer *s, struct str domain, struct str selector,
                      enum signer_state state)
{
    struct own_keys *keys AUTO(own_keys_unref) = NULL;
    TRY(keys_get(cx, s, &keys));
    for (size_t i = 0; i < keys->count; i++) {
        const struct signer_key *k = &keys->at[i].shown;
        if (!str_ieq(k->domain, domain) || !str_ieq(k->selector, selector))
            continue;
        if (!state && k->state == SIGNER_ACTIVE)
            return fail(cx, E_EXISTS,
                        "the key is signed with: activate another or retire it first");
        struct turn change = {k->domain, k->selector, state, k->algorithm, keys};
        return store_update(cx, s->core->store, DIRECTORY_PART, turn_run, &change);
    }
    return fail(cx, E_NOT_FOUND, "%.*s has no DKIM key %.*s", STR_ARG(domain), STR_ARG(selector));
}

enum code signer_set(struct ctx *cx, struct signer *s, struct str domain, struct str selector,
                     enum signer_state state)
{
    return turn(cx, s, domain, selector, state);
}

enum code signer_remove(struct ctx *cx, struct signer *s, struct str domain, struct str selector)
{
    return turn(cx, s, domain, selector, 0);
}

enum code signer_published(struct ctx *cx, const struct resolver *r, const struct signer_key *key)
{
    struct str name =
        str_printf(cx->arena, "%.*s._domainkey.%.*s", STR_ARG(key->selector), STR_ARG(key->domain));
    struct dns_answer txt = resolver_ask(cx, r, (struct dns_question){name, DNS_TXT});
    struct str text, wanted, found;
    struct published_key parsed = {0};
    if (txt.status == DNS_FAILED || txt.status == DNS_BOGUS)
        return fail(cx, E_BUSY, "the DNS did not answer for %.*s", STR_ARG(name));
    if (txt.count == 0)
        return fail(cx, E_NOT_FOUND, "nothing is published at %.*s", STR_ARG(name));
    if (txt.count == 1 && dns_txt(txt.records[0], cx->arena, &text) &&
        published_key_parse(cx, text, key->algorithm, &parsed, &found).result == DKIM_PASS &&
        published_key_parse(cx, key->record, key->algorithm, &parsed, &wanted).result ==
            DKIM_PASS &&
        str_eq(found, wanted))
        return OK;
    return fail(cx, E_CONFLICT, "%.*s has another record than ours", STR_ARG(name));
}

/* The active keys of exactly that domain. */
static size_t active_of(const struct own_keys *keys, struct str domain,
                        const struct own_key *out[static SIGNED_WITH_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < keys->count && count < SIGNED_WITH_MAX; i++)
        if (keys->at[i].shown.state == SIGNER_ACTIVE && str_eq(keys->at[i].shown.domain, domain))
            out[count++] = &keys->at[i];
    return count;
}

/* The active keys of the domain, or of the nearest above it that has some. */
static size_t nearest_of(const struct own_keys *keys, struct str domain,
                         const struct own_key *out[static SIGNED_WITH_MAX])
{
    size_t count = 0;
    while (domain.n && keys->count && !(count = active_of(keys, domain, out))) {
        size_t dot = str_chr(domain, '.');
        domain = dot == SIZE_MAX ? (struct str){0} : str_from(domain, dot + 1);
    }
    return count;
}

enum code signer_sign(struct ctx *cx, struct signer *s, struct str from_domain, struct str message,
                      struct str *out)
{
    struct own_keys *keys AUTO(own_keys_unref) = NULL;
    const struct own_key *with[SIGNED_WITH_MAX];
    struct str fields[SIGNED_WITH_MAX];
    TRY(keys_get(cx, s, &keys));
    size_t count = nearest_of(keys, from_domain, with);
    struct canon_message m;
    if (count)
        canon_open(cx->arena, message, &m);
    for (size_t i = 0; i < count; i++) {
        const struct dkim_signing how = {
            .key = with[i]->key,
            .domain = with[i]->shown.domain,
            .selector = with[i]->shown.selector,
            .now_ms = cx->now_ms,
        };
        TRY(dkim_sign(cx, &m, &how, &fields[i]));
    }
    *out = str_join(cx->arena, fields, count);
    return OK;
}

/* What a reader sees, and what other checks rest on. */
static const struct str sealed_fields[] = {
    STR("From"),         STR("To"),           STR("Cc"),
    STR("Subject"),      STR("Date"),         STR("Message-ID"),
    STR("Reply-To"),     STR("In-Reply-To"),  STR("References"),
    STR("MIME-Version"), STR("Content-Type"), STR("Content-Transfer-Encoding"),
    STR("List-Id"),      STR("List-Post"),    STR("DKIM-Signature"),
};
enum { SEALED_FIELD_COUNT = sizeof sealed_fields / sizeof *sealed_fields };

/* Each as often as it is there. */
static size_t names_of(const struct canon_message *m, struct str *names)
{
    size_t count = 0;
    for (size_t i = 0; i < m->count && count < SIGNED_FIELDS_MAX; i++)
        for (size_t k = 0; k < SEALED_FIELD_COUNT; k++)
            if (str_ieq(m->fields[i].name, sealed_fields[k])) {
                names[count++] = sealed_fields[k];
                break;
            }
    return count;
}

enum code signer_seal(struct ctx *cx, struct signer *s, struct str domain,
                      const struct signer_sealed *what, struct str *out)
{
    struct own_keys *keys AUTO(own_keys_unref) = NULL;
    const struct own_key *with[SIGNED_WITH_MAX];
    TRY(keys_get(cx, s, &keys));
    size_t count = nearest_of(keys, domain, with), chosen = 0;
    *out = (struct str){0};
    if (!count || what->message->cut)
        return OK;
    while (chosen + 1 < count && with[chosen]->shown.algorithm != SIGN_RSA_SHA256)
        chosen++; /* RSA, if there is one: not everybody reads Ed25519 */
    struct str *names = ARENA_ARRAY(cx->arena, SIGNED_FIELDS_MAX, struct str);
    const struct arc_sealing how = {
        .key = with[chosen]->key,
        .domain = with[chosen]->shown.domain,
        .selector = with[chosen]->shown.selector,
        .results = what->results,
        .names = names,
        .name_count = names_of(what->message, names),
        .now_ms = cx->now_ms,
    };
    *out = arc_seal(cx, what->message, what->chain, &how);
    return OK;
}
