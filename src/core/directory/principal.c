#include "core/directory/rows.h"
#include "format/domain.h"
#include "format/utf8.h"

struct change {
    struct principal_row row;
    bool pending; /* the account is to be made first: reserve its number */
};

static bool is_atom(char c)
{
    return ascii_is_alpha(c) || ascii_is_digit(c) || (unsigned char)c >= 0x80 ||
           (c && memchr("!#$%&'*+-/=?^_`{|}~", c, 19));
}

/* A dot-string of RFC 5321 section 4.1.2, with the UTF-8 of RFC 6531. */
static bool is_local_part(struct str s)
{
    bool dot = true;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '.' ? dot : !is_atom(s.p[i]))
            return false;
        dot = s.p[i] == '.';
    }
    return s.n && s.n <= DIRECTORY_LOCAL_MAX && !dot && utf8_valid(s);
}

static bool is_text(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f)
            return false;
    return s.n <= DIRECTORY_TEXT_MAX && utf8_valid(s);
}

static enum code check_aliases(struct ctx *cx, const struct principal *p)
{
    if (p->alias_count > DIRECTORY_ALIASES_MAX)
        return fail(cx, E_LIMIT, "directory: more than %d aliases", DIRECTORY_ALIASES_MAX);
    for (size_t i = 0; i < p->alias_count; i++) {
        size_t at = str_rchr(p->aliases[i], '@');
        struct str normal;
        if (at == SIZE_MAX || !is_local_part(str_sub(p->aliases[i], 0, at)))
            return fail(cx, E_SYNTAX, "directory: alias %zu", i + 1);
        TRY(directory_address_normal(cx, p->aliases[i], &normal));
    }
    return OK;
}

static bool kind_has_account(enum principal_kind kind)
{
    return kind != PRINCIPAL_GROUP && kind != PRINCIPAL_CONTACT;
}

static enum code check(struct ctx *cx, const struct principal *p)
{
    struct str normal;
    if (p->kind < PRINCIPAL_PERSON || p->kind > PRINCIPAL_CONTACT)
        return fail(cx, E_SYNTAX, "directory: kind %d", (int)p->kind);
    if (!is_local_part(p->name))
        return fail(cx, E_SYNTAX, "directory: the name is no local part");
    if (!is_text(p->display) || !is_text(p->roles))
        return fail(cx, E_SYNTAX, "directory: display name or roles");
    if (p->kind == PRINCIPAL_CONTACT)
        TRY(directory_address_normal(cx, p->forward, &normal));
    else if (p->forward.n)
        return fail(cx, E_SYNTAX, "directory: only contacts have an address elsewhere");
    if (p->home.n && (!domain_valid(p->home) || !utf8_is_ascii(p->home)))
        return fail(cx, E_SYNTAX, "directory: the home is no host name");
    if (p->home.n && !kind_has_account(p->kind))
        return fail(cx, E_SYNTAX, "directory: only what has a mailbox has a home");
    return check_aliases(cx, p);
}

static enum code split(struct ctx *cx, const struct rows *r, struct str address, struct str *normal,
                       uint64_t *domain)
{
    struct domain d;
    TRY(directory_address_normal(cx, address, normal));
    TRY(rows_domain_named(cx, r, str_from(*normal, str_rchr(*normal, '@') + 1), &d));
    *domain = d.id;
    return OK;
}

static enum code claim(struct ctx *cx, struct txn *t, struct str address, struct address_row mine)
{
    struct rows r = rows_in(t);
    struct str normal;
    uint64_t domain;
    struct address_row there;
    TRY(split(cx, &r, address, &normal, &domain));
    enum code code = rows_address(cx, &r, normal, &there);
    if (code == OK)
        return there.id == mine.id ? OK : fail(cx, E_EXISTS, "directory: an address is taken");
    if (code != E_NOT_FOUND)
        return code;
    rows_put_address(cx, t, normal, domain, mine);
    return OK;
}

static enum code release(struct ctx *cx, struct txn *t, struct str address)
{
    struct rows r = rows_in(t);
    struct str normal;
    uint64_t domain;
    TRY(split(cx, &r, address, &normal, &domain));
    rows_delete_address(t, normal, domain);
    return OK;
}

/* The primary address comes first, so that an alias that repeats it changes nothing. */
static enum code claim_all(struct ctx *cx, struct txn *t, const struct principal *p)
{
    TRY(claim(cx, t, p->address, (struct address_row){.id = p->id, .primary = true}));
    for (size_t i = 0; i < p->alias_count; i++)
        TRY(claim(cx, t, p->aliases[i], (struct address_row){.id = p->id}));
    return OK;
}

static enum code name_address(struct ctx *cx, const struct rows *r, struct principal *p)
{
    struct domain d;
    TRY(rows_domain(cx, r, p->domain, &d));
    const struct str parts[] = {p->name, STR("@"), d.name};
    p->address = str_join(cx->arena, parts, 3);
    if (p->address.n > DIRECTORY_ADDRESS_MAX)
        return fail(cx, E_SYNTAX, "directory: address over %d bytes", DIRECTORY_ADDRESS_MAX);
    return OK;
}

/* Claims are tried, so that an account is not made in vain; they are dropped with a reservation. */
static enum code reserve(struct ctx *cx, struct txn *t, void *arg)
{
    struct change *a = arg;
    struct rows r = rows_in(t);
    struct principal p = a->row.is;
    struct str normal;
    uint64_t domain;
    TRY(rows_next_id(cx, t, &p.id));
    TRY(name_address(cx, &r, &p));
    for (size_t i = 0; i <= p.alias_count; i++) {
        struct address_row there;
        TRY(split(cx, &r, i ? p.aliases[i - 1] : p.address, &normal, &domain));
        enum code code = rows_address(cx, &r, normal, &there);
        if (code != E_NOT_FOUND)
            return code == OK ? fail(cx, E_EXISTS, "directory: an address is taken") : code;
    }
    if (a->pending) {
        struct key k = rows_pending_key(p.id);
        struct buf b = buf_of(cx->arena, 8);
        buf_le64(&b, (uint64_t)a->row.created_ms);
        txn_put(t, key_str(&k), buf_str(&b));
    }
    a->row.is.id = p.id;
    return OK;
}

static enum code publish(struct ctx *cx, struct txn *t, void *arg)
{
    const struct change *a = arg;
    struct rows r = rows_in(t);
    struct principal_row row = a->row;
    struct key k = rows_pending_key(row.is.id);
    struct str value;
    if (a->pending && rows_get(cx, &r, &k, &value) != OK)
        return fail(cx, E_CONFLICT, "directory: the reservation was swept");
    TRY(name_address(cx, &r, &row.is));
    TRY(claim_all(cx, t, &row.is));
    rows_put_principal(cx, t, &row);
    txn_delete(t, key_str(&k));
    return OK;
}

static enum code reserve_and_publish(struct ctx *cx, struct txn *t, void *arg)
{
    TRY(reserve(cx, t, arg));
    return publish(cx, t, arg);
}

/* The account first, then the row that names it: a crash in between leaves a pending number, and
   directory_sweep ends the account that nobody saw. */
static enum code add_with_account(struct ctx *cx, struct core *c, struct change *a,
                                  const struct quota *quota)
{
    struct domain d;
    TRY(store_update(cx, c->store, DIRECTORY_PART, reserve, a));
    TRY(directory_domain_by_id(cx, c, a->row.is.domain, &d));
    TRY(account_create(cx, c, a->row.is.id, quota ? quota : &d.quota));
    return store_update(cx, c->store, DIRECTORY_PART, publish, a);
}

/* An address that was reserved for too long is free. */
static void purge_expired(struct ctx *cx, struct core *c, struct str address)
{
    struct principal old;
    int64_t removed_ms;
    if (directory_removed(cx, c, address, &old, &removed_ms) == OK &&
        removed_ms + RECONNECT_DAYS * INT64_C(86400000) <= cx->now_ms)
        if (directory_purge(cx, c, old.id) != OK)
            return; /* the address stays taken, and the next sweep tries again */
}

static enum code purge_all_expired(struct ctx *cx, struct core *c, const struct principal *new)
{
    struct principal p = *new;
    struct rows r = rows_of(c);
    TRY(name_address(cx, &r, &p));
    purge_expired(cx, c, p.address);
    for (size_t i = 0; i < p.alias_count; i++)
        purge_expired(cx, c, p.aliases[i]);
    return OK;
}

enum code directory_add(struct ctx *cx, struct core *c, const struct principal *new,
                        const struct quota *quota, principal_id *id)
{
    struct change a = {.row = {.is = *new, .created_ms = cx->now_ms}};
    TRY(check(cx, new));
    TRY(purge_all_expired(cx, c, new));
    a.row.is.has_account = a.pending = kind_has_account(new->kind);
    if (a.pending)
        TRY(add_with_account(cx, c, &a, quota));
    else
        TRY(store_update(cx, c->store, DIRECTORY_PART, reserve_and_publish, &a));
    *id = a.row.is.id;
    return OK;
}

static enum code set(struct ctx *cx, struct txn *t, void *arg)
{
    const struct change *a = arg;
    struct rows r = rows_in(t);
    struct principal_row old, new = a->row;
    TRY(rows_principal(cx, &r, new.is.id, &old));
    if (old.removed_ms)
        return fail(cx, E_NOT_FOUND, "directory: removed");
    if (new.is.kind != old.is.kind)
        return fail(cx, E_SYNTAX, "directory: what it is cannot change");
    TRY(name_address(cx, &r, &new.is));
    TRY(release(cx, t, old.is.address));
    for (size_t i = 0; i < old.is.alias_count; i++)
        TRY(release(cx, t, old.is.aliases[i]));
    TRY(claim_all(cx, t, &new.is));
    new.is.has_account = old.is.has_account;
    new.created_ms = old.created_ms;
    rows_put_principal(cx, t, &new);
    return OK;
}

enum code directory_set(struct ctx *cx, struct core *c, const struct principal *changed)
{
    struct change a = {.row.is = *changed};
    TRY(check(cx, changed));
    return store_update(cx, c->store, DIRECTORY_PART, set, &a);
}
