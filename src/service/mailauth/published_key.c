/* Keys in the DNS, and those decoded lately. */
#include "base/arena.h"
#include "base/map.h"
#include "base/resolver.h"
#include "format/base64.h"
#include "service/mailauth/signature.h"
#include <pthread.h>

enum { NAME_MAX_BYTES = 253, KEY_TEXT_MAX = 4096 };

/* A key in the cache. users: those who hold it, and the cache itself. */
struct key_row {
    struct sign_key *key;
    struct str name; /* what it is found by */
    unsigned users;
    struct key_row *newer, *older;
};

struct key_cache {
    pthread_mutex_t lock;
    struct map *rows;
    struct key_row ends; /* of the list, newest first: ends.older */
    size_t max;
};

static struct verdict broken(struct str reason)
{
    return (struct verdict){DKIM_PERMERROR, reason};
}

static const struct verdict good = {.result = DKIM_PASS};

struct key_cache *key_cache_open(size_t keys)
{
    struct key_cache *c = calloc(1, sizeof *c);
    must(c && pthread_mutex_init(&c->lock, NULL) == 0);
    c->rows = map_open();
    c->max = keys;
    c->ends.newer = c->ends.older = &c->ends;
    return c;
}

static void row_drop(struct key_row *row)
{
    if (--row->users)
        return;
    sign_key_close(row->key);
    free((void *)(uintptr_t)row->name.p);
    free(row);
}

static void row_unlink(struct key_row *row)
{
    row->newer->older = row->older;
    row->older->newer = row->newer;
}

static void row_to_front(struct key_cache *c, struct key_row *row)
{
    row->newer = &c->ends;
    row->older = c->ends.older;
    row->older->newer = row;
    c->ends.older = row;
}

void key_cache_close(struct key_cache *c)
{
    for (struct key_row *row = c->ends.older; row != &c->ends;) {
        struct key_row *older = row->older;
        row_drop(row);
        row = older;
    }
    map_close(c->rows);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

static struct key_row *row_new(struct sign_key *key, struct str name)
{
    struct key_row *row = calloc(1, sizeof *row);
    char *copy = malloc(name.n);
    must(row && copy);
    memcpy(copy, name.p, name.n);
    *row = (struct key_row){.key = key, .name = str_of(copy, name.n), .users = 1};
    return row;
}

static struct key_row *row_add(struct key_cache *c, struct str name, struct sign_key *key)
{
    struct key_row *row = map_get(c->rows, name);
    if (row) { /* another thread was quicker */
        sign_key_close(key);
        return row;
    }
    row = row_new(key, name);
    map_put(c->rows, row->name, row);
    row_to_front(c, row);
    if (map_count(c->rows) > c->max) {
        struct key_row *last = c->ends.newer;
        row_unlink(last);
        map_remove(c->rows, last->name);
        row_drop(last);
    }
    return row;
}

enum code key_cache_get(struct ctx *cx, struct key_cache *c, enum sign_algorithm algorithm,
                        struct str bytes, struct published_key *out)
{
    struct str name =
        str_printf(cx->arena, "%d:%.*s", (int)algorithm, STR_ARG(base64_encode(cx->arena, bytes)));
    pthread_mutex_lock(&c->lock);
    struct key_row *row = map_get(c->rows, name);
    if (!row) {
        struct sign_key *key;
        pthread_mutex_unlock(&c->lock);
        TRY(sign_key_public(cx, algorithm, bytes, &key));
        pthread_mutex_lock(&c->lock);
        row = row_add(c, name, key);
    } else {
        row_unlink(row);
        row_to_front(c, row);
    }
    row->users++;
    pthread_mutex_unlock(&c->lock);
    out->row = row;
    out->key = row->key;
    return OK;
}

void key_cache_release(struct key_cache *c, struct published_key *k)
{
    if (!k->row)
        return;
    pthread_mutex_lock(&c->lock);
    row_drop(k->row);
    pthread_mutex_unlock(&c->lock);
    *k = (struct published_key){0};
}

/* Whether a colon-separated list has the word; an absent list has all. */
static bool lists(const struct tags *t, struct str name, struct str word, struct str any)
{
    const struct tag *tag = tags_find(t, name);
    struct str list = tag ? tag->value : any;
    while (list.n) {
        size_t colon = str_chr(list, ':');
        struct str one = str_trim(str_sub(list, 0, colon));
        if (str_ieq(one, word) || str_eq(one, STR("*")))
            return true;
        list = colon == SIZE_MAX ? (struct str){0} : str_from(list, colon + 1);
    }
    return false;
}

struct verdict published_key_parse(struct ctx *cx, struct str text, enum sign_algorithm algorithm,
                                   struct published_key *out, struct str *key_bytes)
{
    struct tags t;
    if (text.n > KEY_TEXT_MAX || tags_parse(cx, text, &t) != OK)
        return broken(STR("malformed key record"));
    const struct tag *v = tags_find(&t, STR("v"));
    if (v && (v != t.at || !str_eq(v->value, STR("DKIM1"))))
        return broken(STR("key record of another version"));
    struct str kind = tags_find(&t, STR("k")) ? tags_get(&t, STR("k")) : STR("rsa");
    if (!str_eq(kind, algorithm == SIGN_RSA_SHA256 ? STR("rsa") : STR("ed25519")))
        return broken(STR("key of another kind"));
    if (!lists(&t, STR("h"), STR("sha256"), STR("*")) ||
        !lists(&t, STR("s"), STR("email"), STR("*")))
        return broken(STR("key not for this use"));
    struct str p = tags_squeezed(cx, &t, STR("p"));
    if (!tags_find(&t, STR("p")))
        return broken(STR("no key in the record"));
    if (p.n == 0)
        return broken(STR("key revoked"));
    if (base64_decode_strict(cx, p, key_bytes) != OK)
        return broken(STR("key is no base64"));
    out->testing = lists(&t, STR("t"), STR("y"), (struct str){0});
    out->strict = lists(&t, STR("t"), STR("s"), (struct str){0});
    return good;
}

struct verdict published_key_find(struct ctx *cx, const struct resolver *resolver,
                                  struct key_cache *keys, const struct signature *s,
                                  struct published_key *out)
{
    struct str name =
        str_printf(cx->arena, "%.*s._domainkey.%.*s", STR_ARG(s->selector), STR_ARG(s->domain));
    struct dns_answer txt = {.status = DNS_NO_NAME};
    struct str text, bytes;
    if (name.n <= NAME_MAX_BYTES)
        txt = resolver_ask(cx, resolver, (struct dns_question){name, DNS_TXT});
    if (txt.status == DNS_FAILED || txt.status == DNS_BOGUS)
        return (struct verdict){DKIM_TEMPERROR, STR("the DNS did not answer")};
    if (txt.count == 0 || !dns_txt(txt.records[0], cx->arena, &text))
        return broken(STR("no key for signature"));
    struct verdict v = published_key_parse(cx, text, s->algorithm, out, &bytes);
    if (v.result != DKIM_PASS)
        return v;
    enum code code = key_cache_get(cx, keys, s->algorithm, bytes, out);
    if (code == E_LIMIT)
        return broken(STR("key too small or too large"));
    return code == OK ? good : broken(STR("malformed key"));
}
