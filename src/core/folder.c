#include "core/folder.h"
#include "base/buf.h"
#include "base/cur.h"
#include "core/annotation/rows.h"
#include "core/item/item.h"
#include "core/rights.h"
#include "core/txn.h"
#include "core/view/seal.h"
#include "format/utf8.h"

static bool is_control(unsigned char c)
{
    return c < 0x20 || c == 0x7f;
}

static enum code name_check(struct ctx *cx, struct str name)
{
    if (name.n == 0)
        return fail(cx, E_SYNTAX, "folder: an empty level");
    if (name.n > FOLDER_NAME_MAX)
        return fail(cx, E_LIMIT, "folder: a name of %zu bytes", name.n);
    for (size_t i = 0; i < name.n; i++)
        if (is_control((unsigned char)name.p[i]))
            return fail(cx, E_SYNTAX, "folder: a control character in a name");
    if (!utf8_valid(name))
        return fail(cx, E_SYNTAX, "folder: a name is not UTF-8");
    return OK;
}

/* The next level of a path; at its last one, rest becomes empty. */
static struct str level_next(struct str *rest)
{
    size_t at = str_chr(*rest, '/');
    struct str level = str_sub(*rest, 0, at);
    *rest = at == SIZE_MAX ? (struct str){0} : str_from(*rest, at + 1);
    return level;
}

static enum code path_check(struct ctx *cx, struct str path)
{
    unsigned depth = 1;
    for (size_t i = 0; i < path.n; i++)
        depth += path.p[i] == '/';
    if (depth > FOLDER_DEPTH_MAX)
        return fail(cx, E_LIMIT, "folder: %u levels", depth);
    struct str rest = path;
    for (; depth > 0; depth--)
        TRY(name_check(cx, level_next(&rest)));
    return OK;
}

static bool is_shown(const struct folder_slot *slot)
{
    return !slot->gone && !(slot->row->flags & (FOLDER_HIDDEN | FOLDER_REMOVED));
}

static bool name_is(const struct folder_slot *slot, folder_id parent, struct str name)
{
    if (parent == 0 && str_ieq(name, STR("INBOX")))
        return slot->row->role == ROLE_INBOX;
    return slot->row->parent == parent && str_eq(slot->row->name, name);
}

static struct folder_slot *child_find(struct account_txn *t, folder_id parent, struct str name)
{
    for (struct folder_slot *slot = t->folders; slot; slot = slot->next)
        if (is_shown(slot) && name_is(slot, parent, name))
            return slot;
    return NULL;
}

/* NULL when there is none. All folders must be loaded. */
static struct folder_slot *path_find(struct account_txn *t, struct str path)
{
    struct folder_slot *slot = NULL;
    struct str rest = path;
    do {
        slot = child_find(t, slot ? slot->id : 0, level_next(&rest));
    } while (slot && rest.n);
    return slot;
}

static enum code count_check(struct ctx *cx, struct account_txn *t)
{
    size_t count = 0;
    for (struct folder_slot *slot = t->folders; slot; slot = slot->next)
        count += !slot->gone;
    if (count >= FOLDERS_MAX)
        return fail(cx, E_LIMIT, "account %llu has %zu folders", (unsigned long long)t->id, count);
    return OK;
}

static struct folder_slot *folder_make(struct ctx *cx, struct account_txn *t, folder_id parent,
                                       struct str name, enum folder_kind kind, enum role role)
{
    folder_id id = ++t->row.next_folder;
    struct folder_slot *slot = txn_folder_new(t, id);
    struct folder_row *row = ARENA_NEW(cx->arena, struct folder_row);
    row->id = id;
    row->parent = parent;
    row->role = role;
    row->kind = kind;
    row->flags = role_row(role)->hidden ? FOLDER_HIDDEN : FOLDER_SUBSCRIBED;
    row->source = txn_ids(t, 1);
    row->created_ms = cx->now_ms;
    row->name = str_dup(cx->arena, name);
    slot->row = row;
    slot->counts.uid_validity = txn_uid_validity(cx, t);
    slot->counts.uid_next = 1;
    slot->counts_dirty = true;
    txn_folder_changed(t, slot);
    slot->counts.modseq = row->own_modseq;
    return slot;
}

enum code folder_create(struct ctx *cx, struct account_txn *t, struct str path,
                        enum folder_kind kind, enum role role, folder_id *out)
{
    TRY(path_check(cx, path));
    TRY(txn_all_folders(cx, t));
    folder_id holder = 0;
    if (role != ROLE_NONE)
        TRY(txn_role_folder(cx, t, role, &holder));
    if (holder)
        return fail(cx, E_EXISTS, "role %.*s has a folder", STR_ARG(role_row(role)->name));
    folder_id parent = 0;
    struct folder_slot *slot = NULL;
    struct str rest = path;
    bool made = false;
    while (rest.n) {
        struct str name = level_next(&rest);
        bool last = rest.n == 0;
        slot = made ? NULL : child_find(t, parent, name);
        if (!slot) {
            TRY(count_check(cx, t));
            slot = folder_make(cx, t, parent, name, kind, last ? role : ROLE_NONE);
            TRY(rights_inherit(cx, t, parent, slot->id));
            made = true;
        }
        parent = slot->id;
    }
    if (!made)
        return fail(cx, E_EXISTS, "folder exists");
    if (role != ROLE_NONE)
        TRY(txn_role_set(cx, t, role, slot->id));
    *out = slot->id;
    return OK;
}

static enum code level_check(struct ctx *cx, struct str name)
{
    if (str_chr(name, '/') != SIZE_MAX)
        return fail(cx, E_SYNTAX, "folder: a slash in a name");
    return name_check(cx, name);
}

/* A folder that clients see may hold others; 0 is the top. */
static enum code parent_check(struct ctx *cx, struct account_txn *t, folder_id parent)
{
    struct folder_slot *slot = NULL;
    if (!parent)
        return OK;
    TRY(txn_folder_row(cx, t, parent, &slot));
    return is_shown(slot) ? OK : fail(cx, E_NOT_FOUND, "folder %u is not shown", parent);
}

static enum code depth_of(struct ctx *cx, struct account_txn *t, folder_id id, unsigned *out)
{
    unsigned depth = 0;
    for (folder_id at = id; at; depth++) {
        struct folder_slot *slot = NULL;
        if (depth > FOLDER_DEPTH_MAX)
            return fail(cx, E_LIMIT, "folder: too many levels, or a circle");
        TRY(txn_folder_row(cx, t, at, &slot));
        at = slot->row->parent;
    }
    *out = depth;
    return OK;
}

enum code folder_create_in(struct ctx *cx, struct account_txn *t, folder_id parent, struct str name,
                           enum role role, folder_id *out)
{
    folder_id holder = 0;
    unsigned depth;
    TRY(level_check(cx, name));
    TRY(txn_all_folders(cx, t));
    TRY(parent_check(cx, t, parent));
    TRY(depth_of(cx, t, parent, &depth));
    if (depth >= FOLDER_DEPTH_MAX)
        return fail(cx, E_LIMIT, "folder: too many levels");
    if (role != ROLE_NONE)
        TRY(txn_role_folder(cx, t, role, &holder));
    if (holder || child_find(t, parent, name))
        return fail(cx, E_EXISTS, "the name or the role is another folder's");
    TRY(count_check(cx, t));
    struct folder_slot *slot = folder_make(cx, t, parent, name, KIND_MAIL, role);
    TRY(rights_inherit(cx, t, parent, slot->id));
    if (role != ROLE_NONE)
        TRY(txn_role_set(cx, t, role, slot->id));
    *out = slot->id;
    return OK;
}

enum code folder_of_role(struct ctx *cx, struct account_txn *t, enum role role, folder_id *out)
{
    TRY(txn_role_folder(cx, t, role, out));
    if (*out)
        return OK;
    const struct role_row *how = role_row(role);
    struct str name = how->display.n ? how->display : how->name;
    if (!how->hidden)
        return folder_create(cx, t, name, how->kind, role, out);
    struct folder_slot *slot = folder_make(cx, t, 0, name, how->kind, role);
    slot->counts.uncounted = role >= ROLE_RECOVERABLE_ROOT && role <= ROLE_RECOVERABLE_PURGES;
    *out = slot->id;
    return txn_role_set(cx, t, role, slot->id);
}

/* Finds what can be renamed or is to hold it: E_NOT_FOUND. */
static enum code path_resolve(struct ctx *cx, struct account_txn *t, struct str path,
                              struct folder_slot **out)
{
    TRY(txn_all_folders(cx, t));
    struct folder_slot *slot = path_find(t, path);
    if (!slot)
        return fail(cx, E_NOT_FOUND, "no such folder");
    *out = slot;
    return OK;
}

static bool must_be(enum role role)
{
    return role == ROLE_INBOX || role_row(role)->hidden;
}

static enum code inbox_empty_into(struct ctx *cx, struct account_txn *t, struct folder_slot *inbox,
                                  struct str to)
{
    uint32_t count = inbox->counts.total + inbox->counts.hidden_items;
    if (count > FOLDER_RENAME_INBOX_MAX)
        return fail(cx, E_LIMIT, "INBOX of %u items cannot be renamed", count);
    folder_id target;
    TRY(folder_create(cx, t, to, KIND_MAIL, ROLE_NONE, &target));
    return items_move_all(cx, t, inbox->id, target);
}

static unsigned depth_below(struct account_txn *t, folder_id id, unsigned level)
{
    unsigned deepest = level;
    for (struct folder_slot *slot = t->folders; slot && level <= FOLDER_DEPTH_MAX;
         slot = slot->next) {
        if (!is_shown(slot) || slot->row->parent != id)
            continue;
        unsigned depth = depth_below(t, slot->id, level + 1);
        deepest = depth > deepest ? depth : deepest;
    }
    return deepest;
}

/* The folder that will hold path's last level, made when it is missing; 0 for the top. */
static enum code parent_for(struct ctx *cx, struct account_txn *t, struct str path,
                            enum folder_kind kind, folder_id *out)
{
    size_t at = str_rchr(path, '/');
    if (at == SIZE_MAX) {
        *out = 0;
        return OK;
    }
    struct str above = str_sub(path, 0, at);
    struct folder_slot *slot = path_find(t, above);
    if (!slot)
        return folder_create(cx, t, above, kind, ROLE_NONE, out);
    *out = slot->id;
    return OK;
}

enum code folder_rename(struct ctx *cx, struct account_txn *t, struct str from, struct str to)
{
    TRY(path_check(cx, to));
    struct folder_slot *slot = NULL;
    TRY(path_resolve(cx, t, from, &slot));
    if (path_find(t, to))
        return fail(cx, E_EXISTS, "folder exists");
    if (slot->row->role == ROLE_INBOX)
        return inbox_empty_into(cx, t, slot, to);
    if (must_be(slot->row->role))
        return fail(cx, E_DENIED, "folder has a role that must be");
    unsigned levels = 1;
    for (size_t i = 0; i < to.n; i++)
        levels += to.p[i] == '/';
    if (depth_below(t, slot->id, levels) > FOLDER_DEPTH_MAX)
        return fail(cx, E_LIMIT, "folder: too many levels");
    folder_id parent;
    if (str_starts(to, str_printf(cx->arena, "%.*s/", STR_ARG(from))))
        return fail(cx, E_DENIED, "folder cannot go below itself");
    TRY(parent_for(cx, t, to, slot->row->kind, &parent));
    size_t at = str_rchr(to, '/');
    slot->row->parent = parent;
    slot->row->name = str_dup(cx->arena, at == SIZE_MAX ? to : str_from(to, at + 1));
    txn_folder_changed(t, slot);
    return OK;
}

enum code folder_place(struct ctx *cx, struct account_txn *t, folder_id id, folder_id parent,
                       struct str name)
{
    struct folder_slot *slot = NULL;
    TRY(level_check(cx, name));
    TRY(txn_all_folders(cx, t));
    TRY(parent_check(cx, t, parent));
    TRY(txn_folder_row(cx, t, id, &slot));
    if (!is_shown(slot))
        return fail(cx, E_NOT_FOUND, "folder %u is not shown", id);
    if (slot->row->parent == parent && str_eq(slot->row->name, name))
        return OK;
    if (must_be(slot->row->role))
        return fail(cx, E_DENIED, "folder has a role that must be");
    slot->row->parent = parent;
    slot->row->name = str_dup(cx->arena, name);
    txn_folder_changed(t, slot);
    return OK;
}

enum code folder_place_check(struct ctx *cx, struct account_txn *t, folder_id id)
{
    struct folder_slot *slot = NULL;
    unsigned depth = 0;
    TRY(txn_all_folders(cx, t));
    TRY(txn_folder_row(cx, t, id, &slot));
    for (struct folder_slot *other = t->folders; other; other = other->next)
        if (other != slot && is_shown(other) && name_is(other, slot->row->parent, slot->row->name))
            return fail(cx, E_EXISTS, "folder exists");
    TRY(depth_of(cx, t, id, &depth));
    if (depth_below(t, id, depth) > FOLDER_DEPTH_MAX)
        return fail(cx, E_LIMIT, "folder: too many levels");
    return OK;
}

enum code folder_set_order(struct ctx *cx, struct account_txn *t, folder_id id, uint32_t order)
{
    struct folder_slot *slot = NULL;
    TRY(txn_folder_row(cx, t, id, &slot));
    if (slot->row->flags & FOLDER_REMOVED)
        return fail(cx, E_NOT_FOUND, "folder %u is removed", id);
    if (order > FOLDER_ORDER_MAX)
        return fail(cx, E_SYNTAX, "folder: an order of %u", order);
    if (slot->row->order == order + 1)
        return OK;
    slot->row->order = order + 1;
    txn_folder_changed(t, slot);
    return OK;
}

static void tombstone_put(struct ctx *cx, struct account_txn *t, const struct folder_slot *slot)
{
    struct change_row gone = {.what = CHANGE_GONE_FOLDER,
                              .how = GONE_REMOVED,
                              .folder = slot->id,
                              .at_ms = cx->now_ms,
                              .folder_created = slot->row->created_modseq};
    txn_change_drop(t, slot->row->own_modseq);
    txn_change_put(t, txn_number(t), &gone);
}

static enum code folder_end(struct ctx *cx, struct account_txn *t, struct folder_slot *slot)
{
    struct key row = folder_key(ROW_FOLDER, slot->id);
    struct key counts = folder_key(ROW_PLACE, slot->id);
    txn_delete(t->t, key_str(&row));
    txn_delete(t->t, key_str(&counts));
    slot->gone = true;
    return seal_drop(cx, t->t, slot->id);
}

/* Its items stay where they are and count no longer; the sweeper ends them (core/upkeep/sweep.h).
 */
static void folder_set_aside(struct ctx *cx, struct account_txn *t, struct folder_slot *slot)
{
    slot->row->flags |= FOLDER_REMOVED | FOLDER_HIDDEN;
    slot->row->role = ROLE_NONE;
    slot->row->removed_ms = cx->now_ms;
    slot->row->own_modseq = 0;
    slot->row_dirty = true;
    slot->counts.uncounted = true;
    slot->counts_dirty = true;
    t->row.facts.used_bytes -= slot->counts.bytes;
    t->row.facts.items -= slot->counts.total + slot->counts.hidden_items;
}

enum code folder_delete(struct ctx *cx, struct account_txn *t, folder_id id)
{
    struct folder_slot *slot = NULL;
    TRY(txn_all_folders(cx, t));
    TRY(txn_folder_row(cx, t, id, &slot));
    if (slot->row->flags & FOLDER_REMOVED)
        return fail(cx, E_NOT_FOUND, "folder %u is removed", id);
    if (must_be(slot->row->role))
        return fail(cx, E_DENIED, "folder has a role that must be");
    for (struct folder_slot *other = t->folders; other; other = other->next)
        if (!other->gone && other->row->parent == id && !(other->row->flags & FOLDER_REMOVED))
            return fail(cx, E_EXISTS, "folder %u has children", id);
    if (slot->row->role != ROLE_NONE)
        TRY(txn_role_set(cx, t, slot->row->role, 0));
    TRY(rights_end(cx, t, id));
    struct annotation_owner owner = {.class = ANNOTATION_OF_FOLDER, .id = id};
    TRY(annotations_end(cx, t, &owner));
    tombstone_put(cx, t, slot);
    if (slot->counts.total + slot->counts.hidden_items == 0)
        return folder_end(cx, t, slot);
    folder_set_aside(cx, t, slot);
    return OK;
}

enum code folder_purge(struct ctx *cx, struct account_txn *t, folder_id id)
{
    struct folder_slot *slot = NULL;
    TRY(txn_folder_row(cx, t, id, &slot));
    must(slot->row->flags & FOLDER_REMOVED);
    must(slot->counts.total + slot->counts.hidden_items == 0);
    return folder_end(cx, t, slot);
}

/* A folder that a client may change. */
static enum code folder_open(struct ctx *cx, struct account_txn *t, folder_id id,
                             struct folder_slot **out)
{
    struct folder_slot *slot = NULL;
    TRY(txn_folder_row(cx, t, id, &slot));
    if (slot->row->flags & FOLDER_REMOVED)
        return fail(cx, E_NOT_FOUND, "folder %u is removed", id);
    *out = slot;
    return OK;
}

static enum code flag_set(struct ctx *cx, struct account_txn *t, folder_id id, uint32_t flag,
                          bool on)
{
    struct folder_slot *slot = NULL;
    TRY(folder_open(cx, t, id, &slot));
    uint32_t flags = on ? slot->row->flags | flag : slot->row->flags & ~flag;
    if (flags == slot->row->flags)
        return OK;
    slot->row->flags = flags;
    txn_folder_changed(t, slot);
    return OK;
}

enum code folder_subscribe(struct ctx *cx, struct account_txn *t, folder_id id, bool on)
{
    return flag_set(cx, t, id, FOLDER_SUBSCRIBED, on);
}

enum code folder_set_per_reader(struct ctx *cx, struct account_txn *t, folder_id id, bool on)
{
    return flag_set(cx, t, id, FOLDER_PER_READER, on);
}

enum code folder_set_role(struct ctx *cx, struct account_txn *t, folder_id id, enum role role)
{
    struct folder_slot *slot = NULL;
    TRY(folder_open(cx, t, id, &slot));
    if (slot->row->role == role)
        return OK;
    if (must_be(slot->row->role) || must_be(role))
        return fail(cx, E_DENIED, "folder has or wants a role that must be");
    folder_id holder = 0;
    if (role != ROLE_NONE)
        TRY(txn_role_folder(cx, t, role, &holder));
    if (holder)
        return fail(cx, E_EXISTS, "role %.*s has a folder", STR_ARG(role_row(role)->name));
    if (slot->row->role != ROLE_NONE)
        TRY(txn_role_set(cx, t, slot->row->role, 0));
    if (role != ROLE_NONE)
        TRY(txn_role_set(cx, t, role, id));
    slot->row->role = role;
    txn_folder_changed(t, slot);
    return OK;
}

static enum code path_of(struct ctx *cx, struct account_txn *t, const struct folder_row *row,
                         struct str *out)
{
    struct str path = row->name;
    folder_id parent = row->parent;
    for (int level = 0; parent && level < FOLDER_DEPTH_MAX; level++) {
        struct folder_slot *above;
        TRY(txn_folder_row(cx, t, parent, &above));
        path = str_printf(cx->arena, "%.*s/%.*s", STR_ARG(above->row->name), STR_ARG(path));
        parent = above->row->parent;
    }
    *out = path;
    return OK;
}

enum code folder_facts(struct ctx *cx, struct account_txn *t, folder_id id,
                       const struct folder_facts **out)
{
    struct folder_slot *slot = NULL;
    TRY(folder_open(cx, t, id, &slot));
    slot->facts = folder_facts_of(slot->row, &slot->counts);
    TRY(path_of(cx, t, slot->row, &slot->facts.path));
    *out = &slot->facts;
    return OK;
}

struct folder_facts folder_facts_of(const struct folder_row *row,
                                    const struct folder_counts *counts)
{
    return (struct folder_facts){.id = row->id,
                                 .parent = row->parent,
                                 .name = row->name,
                                 .role = row->role,
                                 .kind = row->kind,
                                 .hidden = row->flags & FOLDER_HIDDEN,
                                 .subscribed = row->flags & FOLDER_SUBSCRIBED,
                                 .per_reader = row->flags & FOLDER_PER_READER,
                                 .uid_validity = counts->uid_validity,
                                 .uid_next = counts->uid_next,
                                 .total = counts->total,
                                 .unread = counts->unread,
                                 .deleted = counts->deleted,
                                 .hidden_items = counts->hidden_items,
                                 .bytes = counts->bytes,
                                 .modseq = counts->modseq,
                                 .own_modseq = row->own_modseq,
                                 .created_modseq = row->created_modseq,
                                 .created_ms = row->created_ms,
                                 .order = row->order,
                                 .keyword_count = row->keyword_count,
                                 .keywords = row->keywords};
}
