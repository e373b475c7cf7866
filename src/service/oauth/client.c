#include "service/oauth/client.h"
#include "base/random.h"
#include "core/credential/kdf.h"
#include "format/base64.h"
#include "format/utf8.h"
#include "service/oauth/inner.h"
#include "service/oauth/redirect.h"
#include "service/oauth/scope.h"

enum { VALUE_MAX = 32 * 1024, ID_BYTES = 12 };
enum { FLAG_STRANGE = 1 };

static struct key client_key(struct str id)
{
    struct key k = key_of(ROW_CLIENT);
    key_text(&k, id);
    return k;
}

static void texts_put(struct buf *b, const struct str *texts, size_t count)
{
    buf_le8(b, (uint8_t)count);
    for (size_t i = 0; i < count; i++)
        buf_le_str(b, texts[i]);
}

static bool texts_take(struct cur *c, struct arena *a, struct str *out, size_t *count)
{
    uint8_t n;
    if (!cur_le8(c, &n) || n > CLIENT_REDIRECTS_MAX)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!cur_le_str(c, &out[i]))
            return false;
        out[i] = str_dup(a, out[i]);
    }
    *count = n;
    return true;
}

static struct str encode(struct arena *a, const struct oauth_client *c)
{
    struct buf b = buf_of(a, VALUE_MAX);
    buf_le8(&b, ROW_VERSION);
    buf_le8(&b, c->strange ? FLAG_STRANGE : 0);
    buf_le8(&b, (uint8_t)c->id_algorithm);
    buf_le32(&b, c->scopes);
    buf_le64(&b, (uint64_t)c->created_ms);
    buf_le_str(&b, c->name);
    buf_le_str(&b, c->secret_hash);
    texts_put(&b, c->redirects, c->redirect_count);
    texts_put(&b, c->endings, c->ending_count);
    must(!b.overflow);
    return buf_str(&b);
}

static enum code decode(struct ctx *cx, struct str key, struct str value, struct oauth_client *out)
{
    struct cur k = cur_of(str_from(str_dup(cx->arena, key), 1)), c = cur_of(value);
    uint8_t version, flags, algorithm;
    uint64_t created;
    *out = (struct oauth_client){0};
    if (!cur_key_text(&k, cx->arena, &out->id) || !cur_le8(&c, &version) ||
        version != ROW_VERSION || !cur_le8(&c, &flags) || !cur_le8(&c, &algorithm) ||
        !cur_le32(&c, &out->scopes) || !cur_le64(&c, &created) || !cur_le_str(&c, &out->name) ||
        !cur_le_str(&c, &out->secret_hash) ||
        !texts_take(&c, cx->arena, out->redirects, &out->redirect_count) ||
        !texts_take(&c, cx->arena, out->endings, &out->ending_count))
        return fail(cx, E_CORRUPT, "oauth: the row of a client cannot be read");
    out->name = str_dup(cx->arena, out->name);
    out->secret_hash = str_dup(cx->arena, out->secret_hash);
    out->strange = flags & FLAG_STRANGE;
    out->id_algorithm = algorithm;
    out->created_ms = (int64_t)created;
    return OK;
}

static bool id_is_good(struct str id)
{
    for (size_t i = 0; i < id.n; i++) {
        char c = id.p[i];
        if (!ascii_is_alpha(c) && !ascii_is_digit(c) && c != '-' && c != '.' && c != '_')
            return false;
    }
    return id.n > 0 && id.n <= CLIENT_ID_MAX;
}

/* It is shown to people when they are asked: one line of text. */
static bool name_is_good(struct str name)
{
    for (size_t i = 0; i < name.n; i++)
        if ((unsigned char)name.p[i] < ' ' || name.p[i] == 127)
            return false;
    return name.n > 0 && name.n <= CLIENT_NAME_MAX && utf8_valid(name);
}

static enum code check(struct ctx *cx, const struct oauth_client *c)
{
    if (!id_is_good(c->id))
        return fail(cx, E_SYNTAX, "a client's id has letters, digits, '-', '.' and '_', up to %d",
                    CLIENT_ID_MAX);
    if (!name_is_good(c->name))
        return fail(cx, E_SYNTAX, "a client's name is a line of up to %d bytes", CLIENT_NAME_MAX);
    for (size_t i = 0; i < c->redirect_count + c->ending_count; i++) {
        bool ending = i >= c->redirect_count;
        struct str uri = ending ? c->endings[i - c->redirect_count] : c->redirects[i];
        if (!redirect_is_good(uri))
            return fail(cx, E_SYNTAX, "no URI to redirect to: %.*s", STR_ARG(str_sub(uri, 0, 100)));
    }
    return OK;
}

static struct str random_text(struct ctx *cx, size_t n)
{
    unsigned char *p = arena_alloc(cx->arena, n);
    random_bytes(cx->random, p, n);
    return base64url_encode(cx->arena, str_of(p, n));
}

static struct str hash_of(struct arena *a, struct str secret)
{
    unsigned char *hash = arena_alloc(a, KDF_BYTES);
    kdf_sha256(secret, hash);
    return str_of(hash, KDF_BYTES);
}

static enum code add_in(struct ctx *cx, struct txn *t, void *arg)
{
    const struct oauth_client *new = arg;
    struct key k = client_key(new->id);
    struct str there;
    enum code code = txn_get(cx, t, key_str(&k), &there);
    if (code == OK)
        return fail(cx, E_EXISTS, "there is a client %.*s", STR_ARG(new->id));
    if (code != E_NOT_FOUND)
        return code;
    txn_put(t, key_str(&k), encode(cx->arena, new));
    return OK;
}

static enum code room(struct ctx *cx, struct oauth *o, bool strange)
{
    struct oauth_client *all;
    size_t count, strangers = 0;
    TRY(oauth_client_list(cx, o, &all, &count));
    for (size_t i = 0; i < count; i++)
        strangers += all[i].strange;
    if (count >= CLIENTS_MAX || (strange && strangers >= CLIENTS_STRANGE_MAX))
        return fail(cx, E_LIMIT, "there are %zu clients", count);
    return OK;
}

enum code oauth_client_add(struct ctx *cx, struct oauth *o, struct oauth_client *new,
                           bool confidential, struct str *secret)
{
    struct str made = {0};
    if (!new->id.n)
        new->id = random_text(cx, ID_BYTES);
    if (!new->id_algorithm)
        new->id_algorithm = JOSE_RS256;
    new->created_ms = cx->now_ms;
    new->secret_hash = (struct str){0};
    TRY(check(cx, new));
    TRY(room(cx, o, new->strange));
    if (confidential) {
        made = random_text(cx, OAUTH_SECRET_BYTES);
        new->secret_hash = hash_of(cx->arena, made);
    }
    TRY(store_update(cx, o->core->store, OAUTH_PART, add_in, new));
    *secret = made;
    return OK;
}

static enum code remove_in(struct ctx *cx, struct txn *t, void *arg)
{
    const struct str *id = arg;
    struct key k = client_key(*id);
    struct str there;
    TRY(txn_get(cx, t, key_str(&k), &there));
    txn_delete(t, key_str(&k));
    return OK;
}

enum code oauth_client_remove(struct ctx *cx, struct oauth *o, struct str id)
{
    if (!id_is_good(id))
        return fail(cx, E_NOT_FOUND, "no such client");
    return store_update(cx, o->core->store, OAUTH_PART, remove_in, &id);
}

enum code oauth_client_get(struct ctx *cx, struct oauth *o, struct str id, struct oauth_client *out)
{
    struct str value;
    if (!id_is_good(id))
        return fail(cx, E_NOT_FOUND, "no such client");
    struct key k = client_key(id);
    TRY(store_get(cx, o->core->store, OAUTH_PART, key_str(&k), &value));
    return decode(cx, key_str(&k), value, out);
}

enum code oauth_client_list(struct ctx *cx, struct oauth *o, struct oauth_client **out,
                            size_t *count)
{
    struct scan *w AUTO(scan_close) = row_family(cx, o, ROW_CLIENT);
    struct oauth_client *list = NULL;
    size_t n = 0, room_n = 0;
    struct str key, value;
    while (scan_next(w, &key, &value)) {
        if (n == room_n) {
            size_t more = room_n ? room_n * 2 : 16;
            list = arena_grow(cx->arena, list, room_n * sizeof *list, more * sizeof *list);
            room_n = more;
        }
        TRY(decode(cx, key, value, &list[n]));
        n++;
    }
    *out = list;
    *count = n;
    return scan_error(w);
}

bool oauth_client_proves(const struct oauth_client *c, struct str secret)
{
    unsigned char hash[KDF_BYTES];
    kdf_sha256(secret, hash);
    return c->secret_hash.n == sizeof hash && kdf_equal(hash, c->secret_hash.p, sizeof hash);
}

bool oauth_client_redirects(const struct oauth_client *c, struct str uri)
{
    for (size_t i = 0; i < c->redirect_count; i++)
        if (redirect_fits(c->redirects[i], uri))
            return true;
    return false;
}
