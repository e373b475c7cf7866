#include "core/credential.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/cur.h"
#include "base/log.h"
#include "base/random.h"
#include "core/credential/kdf.h"
#include "core/directory/rows.h"

/* The version tells how a row was made; older ones are read as long as they can be checked, and a
   right password writes them anew. */
enum { VERSION = 2, ROW_MAX = 640, SECRET_BYTES = 32 };
enum { OLD_VERSION = 1, OLD_MAX = 1024 }; /* of the row of older passwords */

struct secret_row {
    uint64_t generation;
    int64_t set_ms;
    char argon2[ARGON2_TEXT_MAX];
    struct scram_keys scram[SCRAM_HASHES]; /* iterations 0: none, of a row of version 1 */
};

static size_t key_bytes(enum scram_hash hash)
{
    return hash == SCRAM_SHA_1 ? KDF_SHA1_BYTES : KDF_BYTES;
}

static bool cur_into(struct cur *c, void *out, size_t max, size_t *n)
{
    struct str s;
    if (!cur_le_str(c, &s) || s.n > max)
        return false;
    memcpy(out, s.p, s.n);
    *n = s.n;
    return true;
}

static bool parse_keys(struct cur *c, enum scram_hash hash, struct scram_keys *k)
{
    size_t stored, server;
    *k = (struct scram_keys){.hash = hash, .key_n = key_bytes(hash)};
    return cur_le32(c, &k->iterations) && cur_into(c, k->salt, sizeof k->salt, &k->salt_n) &&
           cur_into(c, k->stored_key, k->key_n, &stored) && stored == k->key_n &&
           cur_into(c, k->server_key, k->key_n, &server) && server == k->key_n;
}

static bool parse(struct str value, struct secret_row *row)
{
    struct cur c = cur_of(value);
    uint8_t version;
    uint64_t set_ms;
    size_t n;
    if (!cur_le8(&c, &version) || version < 1 || version > VERSION ||
        !cur_le64(&c, &row->generation) || !cur_le64(&c, &set_ms) ||
        !cur_into(&c, row->argon2, ARGON2_TEXT_MAX - 1, &n) ||
        !parse_keys(&c, SCRAM_SHA_256, &row->scram[SCRAM_SHA_256]))
        return false;
    row->set_ms = (int64_t)set_ms;
    return version == 1 || parse_keys(&c, SCRAM_SHA_1, &row->scram[SCRAM_SHA_1]);
}

static struct str encode(struct arena *a, const struct secret_row *row)
{
    struct buf b = buf_of(a, ROW_MAX);
    buf_le8(&b, VERSION);
    buf_le64(&b, row->generation);
    buf_le64(&b, (uint64_t)row->set_ms);
    buf_le_str(&b, str_z(row->argon2));
    for (size_t i = 0; i < SCRAM_HASHES; i++) {
        const struct scram_keys *k = &row->scram[i];
        buf_le32(&b, k->iterations);
        buf_le_str(&b, str_of(k->salt, k->salt_n));
        buf_le_str(&b, str_of(k->stored_key, k->key_n));
        buf_le_str(&b, str_of(k->server_key, k->key_n));
    }
    must(!b.overflow);
    return buf_str(&b);
}

static enum code read_row(struct ctx *cx, const struct rows *r, principal_id who,
                          struct secret_row *out)
{
    struct key k = rows_credential_key(who);
    struct secret_row row = {0};
    struct str value;
    TRY(rows_get(cx, r, &k, &value));
    if (!parse(value, &row))
        return fail(cx, E_CORRUPT, "credential: row of %llu", (unsigned long long)who);
    *out = row;
    return OK;
}

/* The older passwords, the last one first. */
struct old_row {
    struct str argon2[PASSWORDS_KEPT + 1];
    size_t count;
};

static enum code read_old(struct ctx *cx, const struct rows *r, principal_id who,
                          struct old_row *out)
{
    struct key k = rows_old_passwords_key(who);
    struct str value;
    uint8_t version, count;
    *out = (struct old_row){.count = 0};
    enum code code = rows_get(cx, r, &k, &value);
    if (code == E_NOT_FOUND)
        return OK;
    TRY(code);
    struct cur c = cur_of(value);
    bool good = cur_le8(&c, &version) && version == OLD_VERSION && cur_le8(&c, &count) &&
                count <= PASSWORDS_KEPT;
    for (size_t i = 0; good && i < count; i++)
        good = cur_le_str(&c, &out->argon2[i]) && out->argon2[i].n < ARGON2_TEXT_MAX;
    if (!good)
        return fail(cx, E_CORRUPT, "credential: older ones of %llu", (unsigned long long)who);
    out->count = count;
    return OK;
}

/* The password of now becomes the last of the older ones. */
static enum code keep_old(struct ctx *cx, struct txn *t, principal_id who)
{
    struct rows r = rows_in(t);
    struct key k = rows_old_passwords_key(who);
    struct secret_row now;
    struct old_row old;
    enum code code = read_row(cx, &r, who, &now);
    if (code == OK)
        code = read_old(cx, &r, who, &old);
    if (code == E_NOT_FOUND || code == E_CORRUPT) /* what cannot be read hinders no new one */
        return OK;
    TRY(code);
    struct buf b = buf_of(cx->arena, OLD_MAX);
    size_t count = old.count < PASSWORDS_KEPT ? old.count + 1 : PASSWORDS_KEPT;
    buf_le8(&b, OLD_VERSION);
    buf_le8(&b, (uint8_t)count);
    buf_le_str(&b, str_z(now.argon2));
    for (size_t i = 0; i + 1 < count; i++)
        buf_le_str(&b, old.argon2[i]);
    must(!b.overflow);
    txn_put(t, key_str(&k), buf_str(&b));
    return OK;
}

struct change {
    principal_id who;
    struct secret_row row;
    uint64_t only_generation; /* that one is renewed; or 0: whatever there is now is an older one */
};

static enum code write_row(struct ctx *cx, struct txn *t, void *arg)
{
    const struct change *a = arg;
    struct rows r = rows_in(t);
    struct key k = rows_credential_key(a->who);
    struct principal p;
    struct secret_row now;
    TRY(rows_living(cx, &r, a->who, &p));
    if (a->only_generation) {
        TRY(read_row(cx, &r, a->who, &now));
        if (now.generation != a->only_generation)
            return OK;
    } else {
        TRY(keep_old(cx, t, a->who));
    }
    txn_put(t, key_str(&k), encode(cx->arena, &a->row));
    return OK;
}

static void make_keys(struct ctx *cx, struct str prepared, enum scram_hash hash,
                      struct scram_keys *k)
{
    *k = (struct scram_keys){.hash = hash,
                             .key_n = key_bytes(hash),
                             .iterations = SCRAM_ITERATIONS,
                             .salt_n = sizeof k->salt};
    random_bytes(cx->random, k->salt, sizeof k->salt);
    kdf_scram(prepared, k);
}

enum code credential_set_password(struct ctx *cx, struct core *c, principal_id who,
                                  struct str password)
{
    uint64_t generation = 0;
    while (!generation)
        generation = random_u64(cx->random);
    return credential_replace(cx, c, who, password, generation);
}

enum code credential_replace(struct ctx *cx, struct core *c, principal_id who, struct str password,
                             uint64_t generation)
{
    struct change a = {.who = who, .row.set_ms = cx->now_ms, .row.generation = generation};
    struct rows r = rows_of(c);
    struct principal p;
    struct str prepared;
    if (password.n > PASSWORD_MAX)
        return fail(cx, E_LIMIT, "credential: password over %d bytes", PASSWORD_MAX);
    if (!password.n)
        return fail(cx, E_SYNTAX, "credential: the password is empty");
    TRY(rows_living(cx, &r, who, &p));
    TRY(kdf_prepare(cx, password, true, &prepared));
    TRY(kdf_argon2(cx, prepared, a.row.argon2));
    make_keys(cx, prepared, SCRAM_SHA_256, &a.row.scram[SCRAM_SHA_256]);
    make_keys(cx, prepared, SCRAM_SHA_1, &a.row.scram[SCRAM_SHA_1]);
    enum code code = store_update(cx, c->store, DIRECTORY_PART, write_row, &a);
    kdf_wipe(&a, sizeof a);
    return code;
}

static enum code delete_row(struct ctx *cx, struct txn *t, void *arg)
{
    const principal_id *who = arg;
    (void)cx;
    struct key k = rows_credential_key(*who);
    txn_delete(t, key_str(&k));
    return OK;
}

enum code credential_clear(struct ctx *cx, struct core *c, principal_id who)
{
    return store_update(cx, c->store, DIRECTORY_PART, delete_row, &who);
}

static bool is_old(const struct secret_row *row)
{
    return kdf_argon2_is_old(row->argon2) || !row->scram[SCRAM_SHA_1].iterations;
}

/* Today's parameters and keys for a password that was right under older ones. Not worth failing
   for: the next log-in tries again. */
static void renew(struct ctx *cx, struct core *c, principal_id who, struct str prepared,
                  const struct secret_row *row)
{
    struct change a = {.who = who, .row = *row, .only_generation = row->generation};
    enum code code = OK;
    if (kdf_argon2_is_old(row->argon2))
        code = kdf_argon2(cx, prepared, a.row.argon2);
    if (!row->scram[SCRAM_SHA_1].iterations)
        make_keys(cx, prepared, SCRAM_SHA_1, &a.row.scram[SCRAM_SHA_1]);
    if (code == OK)
        code = store_update(cx, c->store, DIRECTORY_PART, write_row, &a);
    if (code != OK)
        log_event(c->log, LOG_WARN, "credential.renew", "code=%s", code_name(code));
    kdf_wipe(&a, sizeof a);
}

enum code credential_check(struct ctx *cx, struct core *c, principal_id who, struct str password)
{
    struct rows r = rows_of(c);
    struct secret_row row = {0};
    struct str prepared;
    if (password.n > PASSWORD_MAX || kdf_prepare(cx, password, false, &prepared) != OK)
        return fail(cx, E_DENIED, "credential: no password looks like this");
    enum code code = read_row(cx, &r, who, &row);
    if (code != OK && code != E_NOT_FOUND)
        return code;
    bool known = code == OK;
    code = kdf_argon2_verify(cx, known ? row.argon2 : kdf_argon2_nobody(), prepared);
    if (code == OK && known && is_old(&row))
        renew(cx, c, who, prepared, &row);
    kdf_wipe(&row, sizeof row);
    return code == OK && !known ? fail(cx, E_DENIED, "credential: none") : code;
}

enum code credential_was_used(struct ctx *cx, struct core *c, principal_id who, struct str password,
                              bool *used)
{
    struct rows r = rows_of(c);
    struct old_row old;
    struct str prepared;
    enum code code = credential_check(cx, c, who, password);
    if (code == E_DENIED) {
        TRY(read_old(cx, &r, who, &old));
        TRY(kdf_prepare(cx, password, false, &prepared));
        for (size_t i = 0; i < old.count && code == E_DENIED; i++)
            code = kdf_argon2_verify(cx, str_zdup(cx->arena, old.argon2[i]), prepared);
    }
    if (code != E_DENIED)
        TRY(code);
    *used = code == OK;
    return OK;
}

enum code credential_generation(struct ctx *cx, struct core *c, principal_id who, uint64_t *out)
{
    struct rows r = rows_of(c);
    struct key k = rows_credential_key(who);
    struct str value;
    uint8_t version;
    enum code code = rows_get(cx, &r, &k, &value);
    if (code == E_NOT_FOUND) {
        *out = 0;
        return OK;
    }
    TRY(code);
    struct cur cur = cur_of(value);
    if (!cur_le8(&cur, &version) || !cur_le64(&cur, out))
        return fail(cx, E_CORRUPT, "credential: row of %llu", (unsigned long long)who);
    return OK;
}

/* Keeps what is there, so that two that make it at once agree. */
static enum code make_secret(struct ctx *cx, struct txn *t, void *arg)
{
    struct str *fresh = arg;
    struct key k = rows_setting_key(STR("login-secret"));
    struct str there;
    enum code code = txn_get(cx, t, key_str(&k), &there);
    if (code == E_NOT_FOUND)
        txn_put(t, key_str(&k), *fresh);
    return code == E_NOT_FOUND ? OK : code;
}

static enum code read_secret(struct ctx *cx, struct core *c, struct str *out)
{
    struct rows r = rows_of(c);
    struct key k = rows_setting_key(STR("login-secret"));
    enum code code = rows_get(cx, &r, &k, out);
    if (code != E_NOT_FOUND)
        return code;
    unsigned char bytes[SECRET_BYTES];
    random_bytes(cx->random, bytes, sizeof bytes);
    struct str fresh = str_of(bytes, sizeof bytes);
    TRY(store_update(cx, c->store, DIRECTORY_PART, make_secret, &fresh));
    return rows_get(cx, &r, &k, out);
}

static void derive(struct ctx *cx, struct str secret, const char *what, struct str name,
                   unsigned char out[KDF_BYTES])
{
    struct str text = str_printf(cx->arena, "%s %.*s", what, STR_ARG(name));
    kdf_hmac_sha256(secret, text, out);
}

/* All from one secret and the name that was asked for: the same answer each time. */
static enum code make_up(struct ctx *cx, struct core *c, struct str login, enum scram_hash hash,
                         struct scram_keys *out)
{
    struct scram_keys k = {.hash = hash,
                           .key_n = key_bytes(hash),
                           .iterations = SCRAM_ITERATIONS,
                           .salt_n = sizeof k.salt};
    bool sha1 = hash == SCRAM_SHA_1;
    unsigned char salt[KDF_BYTES];
    size_t slash = str_chr(login, '\\');
    struct str name = slash == SIZE_MAX ? login : str_from(login, slash + 1), secret;
    TRY(read_secret(cx, c, &secret));
    name = str_lower(cx->arena, name);
    derive(cx, secret, sha1 ? "salt-1" : "salt", name, salt);
    derive(cx, secret, sha1 ? "stored-1" : "stored", name, k.stored_key);
    derive(cx, secret, sha1 ? "server-1" : "server", name, k.server_key);
    memcpy(k.salt, salt, sizeof k.salt);
    *out = k;
    return OK;
}

enum code credential_scram(struct ctx *cx, struct core *c, struct str login, enum scram_hash hash,
                           struct scram_keys *out)
{
    struct rows r = rows_of(c);
    struct principal p;
    struct secret_row row = {0};
    enum code code = directory_by_login(cx, c, login, &p);
    if (code == OK)
        code = read_row(cx, &r, p.id, &row);
    if (code == OK && row.scram[hash].iterations) {
        *out = row.scram[hash];
        return OK;
    }
    if (code != OK && code != E_NOT_FOUND && code != E_SYNTAX)
        return code;
    return make_up(cx, c, login, hash, out);
}
