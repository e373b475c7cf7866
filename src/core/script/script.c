#include "core/script/script.h"
#include "base/arena.h"
#include "base/cur.h"
#include "core/script/rows.h"
#include "core/txn.h"
#include "format/utf8.h"

static part_id part_of(const struct script_owner *owner)
{
    return owner->level == SCRIPT_OF_ACCOUNT ? owner->id : DIRECTORY_PART;
}

static bool char_ok(uint32_t c)
{
    bool control = c <= 0x1f || (c >= 0x7f && c <= 0x9f);
    return !control && c != 0x2028 && c != 0x2029;
}

bool script_name_ok(struct str name)
{
    struct cur c = cur_of(name);
    size_t chars = 0;
    uint32_t one;
    if (!name.n || name.n > SCRIPT_NAME_BYTES_MAX)
        return false;
    while (utf8_next(&c, &one)) {
        if (!char_ok(one))
            return false;
        chars++;
    }
    return cur_end(&c) && chars <= SCRIPT_NAME_CHARS_MAX;
}

/* Scripts as a transaction sees them, or as they were at the last commit (t is NULL). */
struct shelf {
    struct script_head head;
    struct script *at;
    size_t count;
};

static enum code row_get(struct ctx *cx, struct core *c, struct txn *t,
                         const struct script_owner *owner, const struct key *k, struct str *value)
{
    return t ? txn_get(cx, t, key_str(k), value)
             : store_get(cx, c->store, part_of(owner), key_str(k), value);
}

static enum code head_get(struct ctx *cx, struct core *c, struct txn *t,
                          const struct script_owner *owner, struct script_head *out)
{
    struct key k = script_head_key(owner);
    struct str value;
    enum code code = row_get(cx, c, t, owner, &k, &value);
    *out = (struct script_head){0};
    return code == E_NOT_FOUND ? OK : code != OK ? code : script_head_decode(cx, value, out);
}

static enum code shelf_get(struct ctx *cx, struct core *c, struct txn *t,
                           const struct script_owner *owner, struct shelf *out)
{
    struct key from = script_key(owner, 0), all = script_head_key(owner), to = key_after(&all);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    TRY(head_get(cx, c, t, owner, &out->head));
    out->count = 0;
    out->at = ARENA_ARRAY(cx->arena, out->head.count + 1, struct script);
    if (!out->head.count)
        return OK;
    struct scan *w AUTO(scan_close) =
        t ? txn_scan(cx, t, range) : store_scan(cx, c->store, part_of(owner), range);
    struct str key, value;
    while (out->count < out->head.count && scan_next(w, &key, &value)) {
        struct script *s = &out->at[out->count];
        TRY(script_row_decode(cx, value, s));
        s->name = str_dup(cx->arena, s->name);
        for (size_t i = 0; i < SCRIPT_PLACES; i++)
            s->is_active[i] = out->head.active[i] == s->number;
        out->count++;
    }
    return scan_error(w);
}

static struct script *shelf_find(const struct shelf *shelf, struct str name)
{
    for (size_t i = 0; i < shelf->count; i++)
        if (str_eq(shelf->at[i].name, name))
            return &shelf->at[i];
    return NULL;
}

enum code script_list(struct ctx *cx, struct core *c, const struct script_owner *owner,
                      struct script **out, size_t *count)
{
    struct shelf shelf;
    TRY(shelf_get(cx, c, NULL, owner, &shelf));
    *out = shelf.at;
    *count = shelf.count;
    return OK;
}

enum code script_find(struct ctx *cx, struct core *c, const struct script_owner *owner,
                      struct str name, struct script *out)
{
    struct shelf shelf;
    TRY(shelf_get(cx, c, NULL, owner, &shelf));
    const struct script *s = shelf_find(&shelf, name);
    if (!s)
        return fail(cx, E_NOT_FOUND, "there is no script of that name");
    *out = *s;
    return OK;
}

enum code script_active(struct ctx *cx, struct core *c, const struct script_owner *owner,
                        enum script_place place, struct blob_id *out)
{
    struct script_head head;
    TRY(head_get(cx, c, NULL, owner, &head));
    if (!head.active[place])
        return fail(cx, E_NOT_FOUND, "no script is active");
    *out = head.text[place];
    return OK;
}

enum code script_text(struct ctx *cx, struct core *c, const struct blob_id *text, struct str *out)
{
    struct str bytes;
    struct blob *owner = NULL;
    TRY(blob_get(cx, c->store, text, 0, SIZE_MAX, &bytes, &owner));
    *out = str_dup(cx->arena, bytes);
    blob_unref(owner);
    return OK;
}

/* One change of an owner's scripts. */
struct edit {
    const struct script_owner *owner;
    enum code (*run)(struct ctx *cx, struct txn *t, struct edit *e, struct shelf *shelf);
    struct str name, to;
    uint64_t bytes;
    const struct blob_new *text;
    const struct script_limits *limits;
    enum script_place place;
    enum script_forward forward;
    bool any_active; /* out */
};

static void head_write(struct ctx *cx, struct txn *t, const struct edit *e,
                       const struct script_head *head)
{
    struct key k = script_head_key(e->owner);
    txn_put(t, key_str(&k), script_head_encode(cx->arena, head));
}

static void row_write(struct ctx *cx, struct txn *t, const struct edit *e,
                      const struct script *script)
{
    struct key k = script_key(e->owner, script->number);
    txn_put(t, key_str(&k), script_row_encode(cx->arena, script));
}

static enum code edit_in(struct ctx *cx, struct txn *t, void *arg)
{
    struct edit *e = arg;
    struct shelf shelf;
    TRY(shelf_get(cx, NULL, t, e->owner, &shelf));
    TRY(e->run(cx, t, e, &shelf));
    e->any_active = shelf.head.active[SCRIPT_ACTIVE] || shelf.head.active[SCRIPT_AFTER];
    return OK;
}

static enum code edit_account(struct ctx *cx, struct account_txn *t, void *arg)
{
    struct edit *e = arg;
    TRY(edit_in(cx, t->t, arg));
    account_txn_set_filtered(t, e->any_active);
    return OK;
}

/* Who delivers looks at the account as it was seen last: so it is looked at now. */
static enum code edit_run(struct ctx *cx, struct core *c, struct edit *e)
{
    struct account_view *now AUTO(account_view_unref) = NULL;
    if (e->owner->level != SCRIPT_OF_ACCOUNT)
        return store_update(cx, c->store, DIRECTORY_PART, edit_in, e);
    TRY(account_update(cx, c, e->owner->id, edit_account, e));
    return account_view_get(cx, c, e->owner->id, &now);
}

static uint64_t or_most(uint64_t wanted, uint64_t most)
{
    return wanted && wanted < most ? wanted : most;
}

static enum code put_check(struct ctx *cx, const struct edit *e, const struct shelf *shelf)
{
    const struct script *old = shelf_find(shelf, e->name);
    uint64_t all = shelf->head.bytes - (old ? old->bytes : 0) + e->bytes;
    uint64_t scripts = or_most(e->limits->scripts, SCRIPTS_MAX);
    if (e->bytes > or_most(e->limits->bytes, SCRIPT_BYTES_MAX))
        return fail(cx, E_LIMIT, "MAXSIZE: the script is too large");
    if (!old && shelf->count >= scripts)
        return fail(cx, E_LIMIT, "MAXSCRIPTS: there are %ju scripts", (uintmax_t)scripts);
    if (e->limits->all_bytes && all > e->limits->all_bytes)
        return fail(cx, E_LIMIT, "the scripts would take %ju bytes", (uintmax_t)all);
    return OK;
}

static enum code put_in(struct ctx *cx, struct txn *t, struct edit *e, struct shelf *shelf)
{
    const struct script *old = shelf_find(shelf, e->name);
    struct script_head *head = &shelf->head;
    TRY(put_check(cx, e, shelf));
    struct script new = {.number = old ? old->number : ++head->last,
                         .name = e->name,
                         .bytes = e->bytes,
                         .text = *blob_new_id(e->text),
                         .changed_ms = cx->now_ms};
    struct key tag = script_key(e->owner, new.number);
    if (old && !blob_id_eq(&old->text, &new.text))
        txn_blob_unref(t, &old->text, key_str(&tag));
    txn_blob_put(t, e->text, key_str(&tag));
    head->count += !old;
    head->bytes += new.bytes - (old ? old->bytes : 0);
    for (size_t i = 0; i < SCRIPT_PLACES; i++)
        if (head->active[i] == new.number)
            head->text[i] = new.text;
    row_write(cx, t, e, &new);
    head_write(cx, t, e, head);
    return OK;
}

static enum code name_check(struct ctx *cx, struct str name)
{
    return script_name_ok(name) ? OK : fail(cx, E_SYNTAX, "that can be no name of a script");
}

enum code script_put(struct ctx *cx, struct core *c, const struct script_owner *owner,
                     struct str name, struct str text, const struct script_limits *limits)
{
    struct blob_new *blob;
    TRY(name_check(cx, name));
    TRY(script_may_put(cx, c, owner, name, text.n, limits));
    TRY(blob_prepare(cx, c->store, text, &blob));
    struct edit e = {.owner = owner,
                     .run = put_in,
                     .name = name,
                     .bytes = text.n,
                     .text = blob,
                     .limits = limits};
    return edit_run(cx, c, &e);
}

enum code script_may_put(struct ctx *cx, struct core *c, const struct script_owner *owner,
                         struct str name, uint64_t bytes, const struct script_limits *limits)
{
    const struct edit e = {.owner = owner, .name = name, .bytes = bytes, .limits = limits};
    struct shelf shelf;
    TRY(name_check(cx, name));
    TRY(shelf_get(cx, c, NULL, owner, &shelf));
    return put_check(cx, &e, &shelf);
}

static enum code edit_find(struct ctx *cx, const struct edit *e, const struct shelf *shelf,
                           struct script **out)
{
    *out = shelf_find(shelf, e->name);
    return *out ? OK : fail(cx, E_NOT_FOUND, "there is no script of that name");
}

static enum code remove_in(struct ctx *cx, struct txn *t, struct edit *e, struct shelf *shelf)
{
    struct script *old;
    TRY(edit_find(cx, e, shelf, &old));
    for (size_t i = 0; i < SCRIPT_PLACES; i++)
        if (old->is_active[i])
            return fail(cx, E_DENIED, "the script is active");
    struct key k = script_key(e->owner, old->number);
    txn_blob_unref(t, &old->text, key_str(&k));
    txn_delete(t, key_str(&k));
    shelf->head.count--;
    shelf->head.bytes -= old->bytes;
    head_write(cx, t, e, &shelf->head);
    return OK;
}

enum code script_remove(struct ctx *cx, struct core *c, const struct script_owner *owner,
                        struct str name)
{
    struct edit e = {.owner = owner, .run = remove_in, .name = name};
    return edit_run(cx, c, &e);
}

static enum code rename_in(struct ctx *cx, struct txn *t, struct edit *e, struct shelf *shelf)
{
    struct script *old;
    TRY(edit_find(cx, e, shelf, &old));
    if (shelf_find(shelf, e->to))
        return fail(cx, E_EXISTS, "there is a script of that name");
    old->name = e->to;
    row_write(cx, t, e, old);
    return OK;
}

enum code script_rename(struct ctx *cx, struct core *c, const struct script_owner *owner,
                        struct str from, struct str to)
{
    struct edit e = {.owner = owner, .run = rename_in, .name = from, .to = to};
    TRY(name_check(cx, to));
    return edit_run(cx, c, &e);
}

static enum code activate_in(struct ctx *cx, struct txn *t, struct edit *e, struct shelf *shelf)
{
    struct script_head *head = &shelf->head;
    struct script *script = NULL;
    if (e->name.n)
        TRY(edit_find(cx, e, shelf, &script));
    head->active[e->place] = script ? script->number : 0;
    head->text[e->place] = script ? script->text : (struct blob_id){0};
    head_write(cx, t, e, head);
    return OK;
}

enum code script_activate(struct ctx *cx, struct core *c, const struct script_owner *owner,
                          enum script_place place, struct str name)
{
    struct edit e = {.owner = owner, .run = activate_in, .name = name, .place = place};
    return edit_run(cx, c, &e);
}

enum code script_companion_set(struct ctx *cx, struct account_txn *t, const struct blob_new *text,
                               uint64_t bytes)
{
    const struct script_owner owner = {.level = SCRIPT_OF_ACCOUNT, .id = t->id};
    const struct edit e = {.owner = &owner};
    struct key k = script_key(&owner, (uint32_t)SCRIPT_COMPANION);
    struct script_head head;
    TRY(head_get(cx, NULL, t->t, &owner, &head));
    if (head.active[SCRIPT_AFTER])
        txn_blob_unref(t->t, &head.text[SCRIPT_AFTER], key_str(&k));
    head.active[SCRIPT_AFTER] = text ? (uint32_t)SCRIPT_COMPANION : 0;
    head.text[SCRIPT_AFTER] = text ? *blob_new_id(text) : (struct blob_id){0};
    if (text) {
        txn_blob_put(t->t, text, key_str(&k));
        row_write(cx, t->t, &e,
                  &(struct script){.number = (uint32_t)SCRIPT_COMPANION,
                                   .bytes = bytes,
                                   .text = *blob_new_id(text),
                                   .changed_ms = cx->now_ms});
    } else {
        txn_delete(t->t, key_str(&k));
    }
    head_write(cx, t->t, &e, &head);
    account_txn_set_filtered(t, head.active[SCRIPT_ACTIVE] || head.active[SCRIPT_AFTER]);
    return OK;
}

static enum code forward_in(struct ctx *cx, struct txn *t, struct edit *e, struct shelf *shelf)
{
    shelf->head.forward = e->forward;
    head_write(cx, t, e, &shelf->head);
    return OK;
}

enum code script_set_forward(struct ctx *cx, struct core *c, uint64_t domain,
                             enum script_forward forward)
{
    const struct script_owner owner = {.level = SCRIPT_OF_DOMAIN, .id = domain};
    struct edit e = {.owner = &owner, .run = forward_in, .forward = forward};
    return edit_run(cx, c, &e);
}

enum code script_systems(struct ctx *cx, struct core *c, struct script_system **out, size_t *count)
{
    struct key from = script_systems_key(), to = key_after(&from);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = store_scan(cx, c->store, DIRECTORY_PART, range);
    struct script_system *all = NULL;
    struct str key, value;
    size_t n = 0, room = 0;
    while (scan_next(w, &key, &value)) {
        struct script_head head;
        uint64_t domain;
        uint32_t number;
        if (!script_system_of_key(key, &domain, &number))
            return fail(cx, E_CORRUPT, "a key of scripts is broken");
        if (number)
            continue;
        TRY(script_head_decode(cx, value, &head));
        if (!head.active[SCRIPT_BEFORE] && !head.active[SCRIPT_AFTER] && !head.forward)
            continue;
        if (n == SCRIPTS_SYSTEM_MAX)
            return fail(cx, E_LIMIT, "more than %d domains with scripts", SCRIPTS_SYSTEM_MAX);
        if (n == room) {
            size_t more = room ? room * 2 : 8;
            all = arena_grow(cx->arena, all, room * sizeof *all, more * sizeof *all);
            room = more;
        }
        all[n] = (struct script_system){.domain = domain, .forward = head.forward};
        for (size_t i = 0; i < SCRIPT_PLACES; i++) {
            all[n].has[i] = head.active[i] != 0;
            all[n].text[i] = head.text[i];
        }
        n++;
    }
    *out = all;
    *count = n;
    return scan_error(w);
}
