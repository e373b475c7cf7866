#include "core/directory/rows.h"
#include "base/buf.h"
#include "base/cur.h"
#include "core/directory/cache.h"

enum { FAMILY_SETTING = 'n', FAMILY_DOMAIN = 'd', FAMILY_DOMAIN_NAME = 'D' };
enum {
    FAMILY_PRINCIPAL = 'p',
    FAMILY_ADDRESS = 'a',
    FAMILY_LISTING = 'l',
    FAMILY_MEMBER = 'm',
    FAMILY_MEMBER_OF = 'r'
};
enum { FAMILY_SEND_AS = 's', FAMILY_MAY_SEND_AS = 'S', FAMILY_CREDENTIAL = 'k' };
enum { FAMILY_OLD_PASSWORDS = 'h' };
enum { FAMILY_REMOVED = 't', FAMILY_PENDING = 'w', FAMILY_SHARED = 'v', FAMILY_CERTIFICATE = 'x' };

enum { VERSION = 1, FLAG_ENABLED = 1, FLAG_HAS_ACCOUNT = 2, ROW_MAX = STORE_VALUE_MAX };
enum { FLAG_PASSWORD_ALONE = 2 }; /* of a domain */

struct rows rows_of(const struct core *c)
{
    return (struct rows){.store = c->store, .cache = c->directory};
}

struct rows rows_in(struct txn *t)
{
    return (struct rows){.txn = t};
}

enum code rows_get(struct ctx *cx, const struct rows *r, const struct key *k, struct str *value)
{
    if (r->txn)
        return txn_get(cx, r->txn, key_str(k), value);
    if (!r->cache)
        return store_get(cx, r->store, DIRECTORY_PART, key_str(k), value);
    uint64_t version;
    TRY(store_version(cx, r->store, DIRECTORY_PART, &version));
    if (directory_cache_get(r->cache, key_str(k), version, cx->arena, value))
        return OK;
    TRY(store_get(cx, r->store, DIRECTORY_PART, key_str(k), value));
    directory_cache_put(r->cache, key_str(k), version, *value);
    return OK;
}

struct scan *rows_scan(struct ctx *cx, const struct rows *r, const struct key *from,
                       const struct key *to)
{
    struct range range = {.from = key_str(from), .to = key_str(to)};
    return r->txn ? txn_scan(cx, r->txn, range) : store_scan(cx, r->store, DIRECTORY_PART, range);
}

static struct key text_key(char family, struct str text)
{
    struct key k = key_of(family);
    key_text(&k, text);
    return k;
}

static struct key number_key(char family, uint64_t a)
{
    struct key k = key_of(family);
    key_u64(&k, a);
    return k;
}

static struct key pair_key(char family, uint64_t a, uint64_t b)
{
    struct key k = number_key(family, a);
    if (b)
        key_u64(&k, b);
    return k;
}

struct key rows_setting_key(struct str name)
{
    return text_key(FAMILY_SETTING, name);
}

struct key rows_domain_key(uint64_t id)
{
    return id ? number_key(FAMILY_DOMAIN, id) : key_of(FAMILY_DOMAIN);
}

struct key rows_domain_name_key(struct str name)
{
    return text_key(FAMILY_DOMAIN_NAME, name);
}

struct key rows_principal_key(principal_id id)
{
    return number_key(FAMILY_PRINCIPAL, id);
}

struct key rows_address_key(struct str normal)
{
    return normal.n ? text_key(FAMILY_ADDRESS, normal) : key_of(FAMILY_ADDRESS);
}

struct key rows_listing_key(uint64_t domain, struct str normal)
{
    struct key k = number_key(FAMILY_LISTING, domain);
    if (normal.n)
        key_text(&k, normal);
    return k;
}

struct key rows_member_key(principal_id group, principal_id member)
{
    return pair_key(FAMILY_MEMBER, group, member);
}

struct key rows_member_of_key(principal_id member, principal_id group)
{
    return pair_key(FAMILY_MEMBER_OF, member, group);
}

struct key rows_send_as_key(principal_id owner, principal_id who)
{
    return pair_key(FAMILY_SEND_AS, owner, who);
}

struct key rows_may_send_as_key(principal_id who, principal_id owner)
{
    return pair_key(FAMILY_MAY_SEND_AS, who, owner);
}

struct key rows_shared_key(uint32_t kind, principal_id who)
{
    struct key k = key_of(FAMILY_SHARED);
    if (kind) {
        key_u32(&k, kind);
        key_u64(&k, who);
    }
    return k;
}

struct key rows_credential_key(principal_id id)
{
    return number_key(FAMILY_CREDENTIAL, id);
}

struct key rows_old_passwords_key(principal_id id)
{
    return number_key(FAMILY_OLD_PASSWORDS, id);
}

struct key rows_removed_key(int64_t removed_ms, principal_id id)
{
    return removed_ms ? pair_key(FAMILY_REMOVED, (uint64_t)removed_ms, id) : key_of(FAMILY_REMOVED);
}

struct key rows_certificate_key(struct str print)
{
    return print.n ? text_key(FAMILY_CERTIFICATE, print) : key_of(FAMILY_CERTIFICATE);
}

struct key rows_pending_key(principal_id id)
{
    return id ? number_key(FAMILY_PENDING, id) : key_of(FAMILY_PENDING);
}

static bool cur_flagged(struct cur *c, uint8_t *kind, uint8_t *flags)
{
    uint8_t version;
    return cur_le8(c, &version) && version == VERSION && cur_le8(c, kind) && cur_le8(c, flags);
}

static bool parse_domain(struct cur *c, struct domain *d)
{
    uint8_t kind, flags;
    struct quota *q = &d->quota;
    if (!cur_flagged(c, &kind, &flags) || !cur_le64(c, &d->parent) ||
        !cur_le64(c, &q->warn_bytes) || !cur_le64(c, &q->send_bytes) ||
        !cur_le64(c, &q->receive_bytes) || !cur_le64(c, &q->items_max) ||
        !cur_le_str(c, &d->name) || !cur_le_str(c, &d->title))
        return false;
    d->kind = (enum domain_kind)kind;
    d->enabled = flags & FLAG_ENABLED;
    d->password_alone = flags & FLAG_PASSWORD_ALONE;
    return true;
}

enum code rows_domain_parse(struct ctx *cx, struct str value, uint64_t id, struct domain *out)
{
    struct cur c = cur_of(value);
    struct domain d = {.id = id};
    if (!parse_domain(&c, &d))
        return fail(cx, E_CORRUPT, "directory: row of domain %llu", (unsigned long long)id);
    *out = d;
    return OK;
}

enum code rows_domain(struct ctx *cx, const struct rows *r, uint64_t id, struct domain *out)
{
    if (!id)
        return fail(cx, E_NOT_FOUND, "directory: no domain 0");
    struct key k = rows_domain_key(id);
    struct str value;
    TRY(rows_get(cx, r, &k, &value));
    return rows_domain_parse(cx, value, id, out);
}

enum code rows_domain_named(struct ctx *cx, const struct rows *r, struct str name,
                            struct domain *out)
{
    if (!name.n || name.n > DIRECTORY_DOMAIN_MAX)
        return fail(cx, E_NOT_FOUND, "directory: no such domain");
    struct key k = rows_domain_name_key(name);
    struct str value;
    TRY(rows_get(cx, r, &k, &value));
    struct cur c = cur_of(value);
    uint64_t id;
    if (!cur_le64(&c, &id))
        return fail(cx, E_CORRUPT, "directory: row of a domain's name");
    return rows_domain(cx, r, id, out);
}

static bool parse_aliases(struct cur *c, struct arena *a, struct principal *p)
{
    uint16_t count;
    if (!cur_le16(c, &count) || count > DIRECTORY_ALIASES_MAX)
        return false;
    struct str *aliases = ARENA_ARRAY(a, count, struct str);
    for (uint16_t i = 0; i < count; i++)
        if (!cur_le_str(c, &aliases[i]))
            return false;
    p->aliases = aliases;
    p->alias_count = count;
    return true;
}

static bool parse_principal(struct cur *c, struct arena *a, struct principal_row *row)
{
    uint8_t kind, flags;
    uint64_t created, removed;
    struct principal *p = &row->is;
    if (!cur_flagged(c, &kind, &flags) || !cur_le64(c, &p->domain) || !cur_le64(c, &created) ||
        !cur_le64(c, &removed) || !cur_le_str(c, &p->name) || !cur_le_str(c, &p->display) ||
        !cur_le_str(c, &p->address) || !cur_le_str(c, &p->forward) || !cur_le_str(c, &p->roles) ||
        !parse_aliases(c, a, p) || (!cur_end(c) && !cur_le_str(c, &p->home)))
        return false;
    p->kind = (enum principal_kind)kind;
    p->enabled = flags & FLAG_ENABLED;
    p->has_account = flags & FLAG_HAS_ACCOUNT;
    row->created_ms = (int64_t)created;
    row->removed_ms = (int64_t)removed;
    return true;
}

enum code rows_principal(struct ctx *cx, const struct rows *r, principal_id id,
                         struct principal_row *out)
{
    struct key k = rows_principal_key(id);
    struct str value;
    TRY(rows_get(cx, r, &k, &value));
    struct cur c = cur_of(value);
    struct principal_row row = {.is.id = id};
    if (!parse_principal(&c, cx->arena, &row))
        return fail(cx, E_CORRUPT, "directory: row of principal %llu", (unsigned long long)id);
    *out = row;
    return OK;
}

enum code rows_living(struct ctx *cx, const struct rows *r, principal_id id, struct principal *out)
{
    struct principal_row row;
    TRY(rows_principal(cx, r, id, &row));
    if (row.removed_ms)
        return fail(cx, E_NOT_FOUND, "directory: principal %llu is removed",
                    (unsigned long long)id);
    *out = row.is;
    return OK;
}

bool rows_address_parse(struct str value, struct address_row *out)
{
    struct cur c = cur_of(value);
    uint8_t version, primary;
    uint64_t id;
    if (!cur_le8(&c, &version) || version != VERSION || !cur_le8(&c, &primary) ||
        !cur_le64(&c, &id))
        return false;
    *out = (struct address_row){.id = id, .primary = primary};
    return true;
}

enum code rows_address(struct ctx *cx, const struct rows *r, struct str normal,
                       struct address_row *out)
{
    struct key k = rows_address_key(normal);
    struct str value;
    TRY(rows_get(cx, r, &k, &value));
    if (!rows_address_parse(value, out))
        return fail(cx, E_CORRUPT, "directory: row of an address");
    return OK;
}

bool rows_member_parse(struct str value, struct member_row *out)
{
    struct cur c = cur_of(value);
    uint8_t kind, removed;
    if (!cur_flagged(&c, &kind, &removed))
        return false;
    *out = (struct member_row){.kind = (enum principal_kind)kind, .removed = removed};
    return true;
}

void ids_add(struct arena *a, struct ids *ids, uint64_t id)
{
    if (ids->n == ids->room) {
        size_t more = ids->room ? ids->room * 2 : 16;
        ids->at = arena_grow(a, ids->at, ids->room * sizeof *ids->at, more * sizeof *ids->at);
        ids->room = more;
    }
    ids->at[ids->n++] = id;
}

enum code rows_seconds(struct ctx *cx, const struct rows *r, const struct key *prefix,
                       struct ids *out)
{
    struct key to = key_after(prefix);
    struct scan *w AUTO(scan_close) = rows_scan(cx, r, prefix, &to);
    struct str key, value;
    while (scan_next(w, &key, &value)) {
        struct cur c = cur_of(str_from(key, 1));
        uint64_t first, second;
        if (!cur_key_u64(&c, &first) || !cur_key_u64(&c, &second))
            return fail(cx, E_CORRUPT, "directory: key of a pair");
        if (out->n == IDS_MAX)
            return fail(cx, E_LIMIT, "directory: more than %d rows", IDS_MAX);
        ids_add(cx->arena, out, second);
    }
    return scan_error(w);
}

static struct buf row_begin(struct ctx *cx)
{
    struct buf b = buf_of(cx->arena, ROW_MAX);
    buf_le8(&b, VERSION);
    return b;
}

/* Moves the stamp of people on (directory_stamp). What cannot be read cannot be committed. */
static void stamp(struct ctx *cx, struct txn *t)
{
    struct key k = rows_setting_key(STR("people"));
    struct buf b = buf_of(cx->arena, sizeof(uint64_t));
    struct str value;
    uint64_t number = 0;
    if (txn_get(cx, t, key_str(&k), &value) == OK) {
        struct cur c = cur_of(value);
        (void)cur_le64(&c, &number);
    }
    buf_le64(&b, number + 1);
    txn_put(t, key_str(&k), buf_str(&b));
}

enum code directory_stamp(struct ctx *cx, struct core *c, uint64_t *out)
{
    struct rows r = rows_of(c);
    struct key k = rows_setting_key(STR("people"));
    struct str value;
    uint64_t number = 0;
    enum code code = rows_get(cx, &r, &k, &value);
    if (code != OK && code != E_NOT_FOUND)
        return code;
    struct cur now = cur_of(code == OK ? value : STR(""));
    (void)cur_le64(&now, &number);
    *out = number;
    return OK;
}

void rows_put_domain(struct ctx *cx, struct txn *t, const struct domain *d)
{
    struct buf b = row_begin(cx);
    buf_le8(&b, (uint8_t)d->kind);
    buf_le8(&b, (uint8_t)((d->enabled ? FLAG_ENABLED : 0) |
                          (d->password_alone ? FLAG_PASSWORD_ALONE : 0)));
    buf_le64(&b, d->parent);
    buf_le64(&b, d->quota.warn_bytes);
    buf_le64(&b, d->quota.send_bytes);
    buf_le64(&b, d->quota.receive_bytes);
    buf_le64(&b, d->quota.items_max);
    buf_le_str(&b, d->name);
    buf_le_str(&b, d->title);
    must(!b.overflow);
    struct key k = rows_domain_key(d->id), name = rows_domain_name_key(d->name);
    stamp(cx, t);
    txn_put(t, key_str(&k), buf_str(&b));
    buf_reset(&b);
    buf_le64(&b, d->id);
    txn_put(t, key_str(&name), buf_str(&b));
}

void rows_put_principal(struct ctx *cx, struct txn *t, const struct principal_row *row)
{
    const struct principal *p = &row->is;
    struct buf b = row_begin(cx);
    buf_le8(&b, (uint8_t)p->kind);
    buf_le8(&b,
            (uint8_t)((p->enabled ? FLAG_ENABLED : 0) | (p->has_account ? FLAG_HAS_ACCOUNT : 0)));
    buf_le64(&b, p->domain);
    buf_le64(&b, (uint64_t)row->created_ms);
    buf_le64(&b, (uint64_t)row->removed_ms);
    buf_le_str(&b, p->name);
    buf_le_str(&b, p->display);
    buf_le_str(&b, p->address);
    buf_le_str(&b, p->forward);
    buf_le_str(&b, p->roles);
    buf_le16(&b, (uint16_t)p->alias_count);
    for (size_t i = 0; i < p->alias_count; i++)
        buf_le_str(&b, p->aliases[i]);
    if (p->home.n)
        buf_le_str(&b, p->home);
    must(!b.overflow);
    struct key k = rows_principal_key(p->id);
    stamp(cx, t);
    txn_put(t, key_str(&k), buf_str(&b));
}

void rows_put_address(struct ctx *cx, struct txn *t, struct str normal, uint64_t domain,
                      struct address_row row)
{
    struct buf b = row_begin(cx);
    buf_le8(&b, row.primary);
    buf_le64(&b, row.id);
    struct key k = rows_address_key(normal), listing = rows_listing_key(domain, normal);
    txn_put(t, key_str(&k), buf_str(&b));
    txn_put(t, key_str(&listing), buf_str(&b));
}

void rows_delete_address(struct txn *t, struct str normal, uint64_t domain)
{
    struct key k = rows_address_key(normal), listing = rows_listing_key(domain, normal);
    txn_delete(t, key_str(&k));
    txn_delete(t, key_str(&listing));
}

void rows_put_member(struct ctx *cx, struct txn *t, principal_id group, principal_id member,
                     struct member_row row)
{
    struct buf b = row_begin(cx);
    buf_le8(&b, (uint8_t)row.kind);
    buf_le8(&b, row.removed);
    struct key k = rows_member_key(group, member), back = rows_member_of_key(member, group);
    txn_put(t, key_str(&k), buf_str(&b));
    rows_put_mark(t, &back);
}

void rows_put_mark(struct txn *t, const struct key *k)
{
    txn_put(t, key_str(k), STR("\x01"));
}

enum code rows_next_id(struct ctx *cx, struct txn *t, uint64_t *out)
{
    struct key k = rows_setting_key(STR("next-id"));
    struct str value;
    uint64_t next = PRINCIPAL_FIRST;
    enum code code = txn_get(cx, t, key_str(&k), &value);
    if (code == OK) {
        struct cur c = cur_of(value);
        if (!cur_le64(&c, &next))
            return fail(cx, E_CORRUPT, "directory: next-id");
    } else if (code != E_NOT_FOUND) {
        return code;
    }
    struct buf b = buf_of(cx->arena, sizeof next);
    buf_le64(&b, next + 1);
    txn_put(t, key_str(&k), buf_str(&b));
    *out = next;
    return OK;
}
