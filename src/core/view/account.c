/* Pictures of accounts: their facts and folders. */
#include "core/account.h"
#include "base/arena.h"
#include "core/txn.h"
#include "core/view/cache.h"
#include "core/view/few.h"

/* Changes that are looked through to bring a picture up to date; after more it is made anew. */
enum { REFRESH_MAX = 1000 };

/* A folder's facts with the bytes of their slices; shared by pictures while they stay the same. */
struct folder_picture {
    atomic_uint refs;
    struct folder_facts facts;
    struct str keywords[FOLDER_KEYWORDS_MAX];
    char bytes[];
};

struct account_view {
    struct picture picture; /* first */
    struct account_facts facts;
    size_t count;
    struct folder_picture **folders; /* by path */
    uint32_t *by_id;                 /* indices into folders, by id */
};

static void folder_picture_unref(struct folder_picture *f)
{
    if (atomic_fetch_sub(&f->refs, 1) == 1)
        free(f);
}

static void account_view_close(struct picture *p)
{
    struct account_view *v = (struct account_view *)p;
    for (size_t i = 0; i < v->count; i++)
        folder_picture_unref(v->folders[i]);
    free(v->folders);
    free(v->by_id);
    free(v);
}

void account_view_unref(struct account_view *v)
{
    picture_unref(&v->picture);
}

static struct account_view *view_new(const struct account_facts *facts, size_t count)
{
    struct account_view *v = calloc(1, sizeof *v);
    must(v);
    atomic_init(&v->picture.refs, 1);
    v->picture.close = account_view_close;
    v->facts = *facts;
    v->folders = calloc(count + 1, sizeof *v->folders);
    v->by_id = calloc(count + 1, sizeof *v->by_id);
    must(v->folders && v->by_id);
    v->picture.bytes =
        sizeof *v + count * (sizeof *v->folders + sizeof *v->by_id + sizeof(struct folder_picture));
    return v;
}

static struct str copy_in(struct folder_picture *f, size_t *at, struct str s)
{
    struct str copy = str_of(f->bytes + *at, s.n);
    if (s.n)
        memcpy(f->bytes + *at, s.p, s.n);
    *at += s.n;
    return copy;
}

static struct folder_picture *folder_picture_new(const struct folder_facts *facts)
{
    size_t bytes = facts->name.n + facts->path.n, at = 0;
    for (size_t i = 0; i < facts->keyword_count; i++)
        bytes += facts->keywords[i].n;
    struct folder_picture *f = malloc(sizeof *f + bytes);
    must(f);
    atomic_init(&f->refs, 1);
    f->facts = *facts;
    f->facts.name = copy_in(f, &at, facts->name);
    f->facts.path = copy_in(f, &at, facts->path);
    for (size_t i = 0; i < facts->keyword_count; i++)
        f->keywords[i] = copy_in(f, &at, facts->keywords[i]);
    f->facts.keywords = f->keywords;
    return f;
}

static enum code counts_get(struct ctx *cx, struct core *c, account_id account, folder_id folder,
                            struct folder_counts *out)
{
    struct key k = folder_key(ROW_PLACE, folder);
    struct str value;
    TRY(store_get(cx, c->store, account, key_str(&k), &value));
    return folder_counts_decode(cx, value, out);
}

struct folders {
    struct folder_facts *at;
    size_t count, room;
};

static enum code folder_read(struct ctx *cx, struct core *c, account_id account, struct str value,
                             struct folders *all)
{
    struct folder_row *row = ARENA_NEW(cx->arena, struct folder_row);
    struct folder_counts counts;
    TRY(folder_row_decode(cx, str_dup(cx->arena, value), row));
    if (row->flags & FOLDER_REMOVED)
        return OK;
    enum code code = counts_get(cx, c, account, row->id, &counts);
    if (code == E_NOT_FOUND) /* ended since the walk began */
        return OK;
    TRY(code);
    if (all->count == all->room) {
        size_t more = all->room ? all->room * 2 : 32;
        all->at =
            arena_grow(cx->arena, all->at, all->room * sizeof *all->at, more * sizeof *all->at);
        all->room = more;
    }
    all->at[all->count++] = folder_facts_of(row, &counts);
    return OK;
}

static int facts_by_id(const void *a, const void *b)
{
    folder_id x = ((const struct folder_facts *)a)->id, y = ((const struct folder_facts *)b)->id;
    return (x > y) - (x < y);
}

static const struct folder_facts *facts_find(const struct folders *all, folder_id id)
{
    struct folder_facts wanted = {.id = id};
    return id ? bsearch(&wanted, all->at, all->count, sizeof *all->at, facts_by_id) : NULL;
}

static struct str path_of(struct arena *a, const struct folders *all,
                          const struct folder_facts *facts)
{
    struct str path = facts->name;
    const struct folder_facts *above = facts_find(all, facts->parent);
    for (int level = 0; above && level < FOLDER_DEPTH_MAX; level++) {
        path = str_printf(a, "%.*s/%.*s", STR_ARG(above->name), STR_ARG(path));
        above = facts_find(all, above->parent);
    }
    return path;
}

/* '/' comes before all else, so that children follow their parent at once. */
static int path_cmp(struct str a, struct str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    for (size_t i = 0; i < n; i++) {
        unsigned char x = (unsigned char)a.p[i], y = (unsigned char)b.p[i];
        if (x != y)
            return (x == '/' ? 0 : x) - (y == '/' ? 0 : y);
    }
    return (a.n > b.n) - (a.n < b.n);
}

static int facts_by_path(const void *a, const void *b)
{
    const struct folder_facts *x = a, *y = b;
    int order = x->hidden - y->hidden;
    return order ? order : path_cmp(x->path, y->path);
}

struct id_index {
    folder_id id;
    uint32_t index;
};

static int index_by_id(const void *a, const void *b)
{
    folder_id x = ((const struct id_index *)a)->id, y = ((const struct id_index *)b)->id;
    return (x > y) - (x < y);
}

static void ids_index(struct ctx *cx, struct account_view *v)
{
    struct id_index *all = ARENA_ARRAY(cx->arena, v->count + 1, struct id_index);
    for (size_t i = 0; i < v->count; i++)
        all[i] = (struct id_index){v->folders[i]->facts.id, (uint32_t)i};
    qsort(all, v->count, sizeof *all, index_by_id);
    for (size_t i = 0; i < v->count; i++)
        v->by_id[i] = all[i].index;
}

static enum code view_cold(struct ctx *cx, struct core *c, struct entry *e,
                           const struct account_row *row)
{
    struct key from = row_key(ROW_FOLDER), to = key_after(&from);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = store_scan(cx, c->store, e->name.account, range);
    struct str key, value;
    struct folders all = {0};
    while (scan_next(w, &key, &value))
        TRY(folder_read(cx, c, e->name.account, value, &all));
    TRY(scan_error(w));
    for (size_t i = 0; i < all.count; i++)
        all.at[i].path = path_of(cx->arena, &all, &all.at[i]);
    struct account_view *v = view_new(&row->facts, all.count);
    if (all.count)
        qsort(all.at, all.count, sizeof *all.at, facts_by_path);
    for (; v->count < all.count; v->count++)
        v->folders[v->count] = folder_picture_new(&all.at[v->count]);
    ids_index(cx, v);
    entry_set(e, &v->picture);
    e->seen = row->facts.modseq;
    return OK;
}

static bool index_of_id(const struct account_view *v, folder_id id, uint32_t *out)
{
    size_t low = 0, high = v->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        folder_id at = v->folders[v->by_id[middle]]->facts.id;
        if (at == id) {
            *out = v->by_id[middle];
            return true;
        }
        if (at < id)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

/* What happened since: which folders have new counts, and whether names changed. */
struct refresh {
    bool *touched; /* by index */
    bool shape;
    uint64_t seen;
};

static void refresh_take(const struct account_view *v, struct refresh *r, uint64_t modseq,
                         const struct change_row *row)
{
    uint32_t index;
    if (row->what == CHANGE_FOLDER || row->what == CHANGE_GONE_FOLDER)
        r->shape = true;
    else if (index_of_id(v, row->folder, &index))
        r->touched[index] = true;
    r->seen = modseq;
}

static enum code refresh_scan(struct ctx *cx, struct core *c, const struct entry *e,
                              struct refresh *r)
{
    const struct account_view *v = (const struct account_view *)e->picture;
    struct key all = row_key(ROW_CHANGE);
    struct key from = change_key(e->seen + 1), to = key_after(&all);
    struct range range = {.from = key_str(&from), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) = store_scan(cx, c->store, e->name.account, range);
    struct str key, value;
    while (!r->shape && scan_next(w, &key, &value)) {
        struct change_row row;
        uint64_t modseq = r->seen;
        TRY(change_row_decode(cx, value, &row));
        modseq_of_key(key, &modseq);
        refresh_take(v, r, modseq, &row);
    }
    return scan_error(w);
}

/* now: the account's counter. */
static enum code refresh_read(struct ctx *cx, struct core *c, const struct entry *e, uint64_t now,
                              struct refresh *r)
{
    struct few few;
    TRY(few_changes(cx, c, e->name.account, e->seen, now, &few));
    if (!few.all)
        return refresh_scan(cx, c, e, r);
    for (size_t i = 0; i < few.count; i++)
        refresh_take((const struct account_view *)e->picture, r, e->seen + 1 + i, &few.rows[i]);
    return OK;
}

static struct folder_picture *folder_recounted(const struct folder_picture *old,
                                               const struct folder_counts *counts)
{
    struct folder_facts facts = old->facts;
    facts.uid_next = counts->uid_next;
    facts.total = counts->total;
    facts.unread = counts->unread;
    facts.deleted = counts->deleted;
    facts.hidden_items = counts->hidden_items;
    facts.bytes = counts->bytes;
    facts.modseq = counts->modseq;
    return folder_picture_new(&facts);
}

static enum code view_next(struct ctx *cx, struct core *c, struct entry *e,
                           const struct account_row *row, const struct refresh *r)
{
    const struct account_view *old = (const struct account_view *)e->picture;
    struct account_view *v AUTO(account_view_unref) = view_new(&row->facts, old->count);
    memcpy(v->by_id, old->by_id, old->count * sizeof *v->by_id);
    for (; v->count < old->count; v->count++) {
        struct folder_picture *f = old->folders[v->count];
        struct folder_counts counts;
        if (r->touched[v->count]) {
            TRY(counts_get(cx, c, e->name.account, f->facts.id, &counts));
            v->folders[v->count] = folder_recounted(f, &counts);
        } else {
            atomic_fetch_add(&f->refs, 1);
            v->folders[v->count] = f;
        }
    }
    picture_ref(&v->picture);
    entry_set(e, &v->picture);
    e->seen = r->seen;
    return OK;
}

/* The account's row is read first: what is read after it is as new or newer, so nobody who asks for
   what came after facts.modseq misses anything. */
static enum code view_current(struct ctx *cx, struct core *c, struct entry *e)
{
    uint64_t version;
    struct account_row row;
    TRY(store_version(cx, c->store, e->name.account, &version));
    if (e->picture && e->version == version)
        return OK;
    TRY(account_row_get(cx, c, e->name.account, &row));
    struct account_view *old = (struct account_view *)e->picture;
    bool cold = !old || row.swept > e->seen || row.facts.modseq - e->seen > REFRESH_MAX;
    struct refresh r = {.shape = cold, .seen = e->seen};
    if (!r.shape) {
        r.touched = ARENA_ARRAY(cx->arena, old->count + 1, bool);
        TRY(refresh_read(cx, c, e, row.facts.modseq, &r));
    }
    enum code code = r.shape ? E_NOT_FOUND : view_next(cx, c, e, &row, &r);
    if (code == E_NOT_FOUND)
        code = view_cold(cx, c, e, &row);
    TRY(code);
    e->version = version;
    return OK;
}

static enum code view_of(struct ctx *cx, struct core *c, account_id id, bool recent,
                         struct account_view **out)
{
    struct entry_name name = {.account = id};
    struct entry *e = entry_acquire(c->views, &name);
    enum code code = recent && e->picture ? OK : view_current(cx, c, e);
    if (code == OK) {
        picture_ref(e->picture);
        *out = (struct account_view *)e->picture;
    } else {
        entry_set(e, NULL);
    }
    entry_release(c->views, e);
    return code;
}

enum code account_view_get(struct ctx *cx, struct core *c, account_id id, struct account_view **out)
{
    return view_of(cx, c, id, false, out);
}

enum code account_view_recent(struct ctx *cx, struct core *c, account_id id,
                              struct account_view **out)
{
    return view_of(cx, c, id, true, out);
}

const struct account_facts *account_facts(const struct account_view *v)
{
    return &v->facts;
}

size_t account_folder_count(const struct account_view *v)
{
    return v->count;
}

const struct folder_facts *account_folder(const struct account_view *v, size_t index)
{
    must(index < v->count);
    return &v->folders[index]->facts;
}

/* "inbox" and "inbox/..." as the inbox is written. */
static struct str path_canonical(struct arena *a, struct str path)
{
    struct str inbox = STR("INBOX");
    if (!str_istarts(path, inbox) || (path.n > inbox.n && path.p[inbox.n] != '/'))
        return path;
    return str_join(a, (struct str[]){inbox, str_from(path, inbox.n)}, 2);
}

const struct folder_facts *account_folder_by_path(const struct account_view *v, struct str path)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct str wanted = path_canonical(a, path);
    size_t low = 0, high = v->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct folder_facts *at = &v->folders[middle]->facts;
        int order = at->hidden ? 1 : path_cmp(at->path, wanted);
        if (order == 0)
            return at;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const struct folder_facts *account_folder_by_id(const struct account_view *v, folder_id id)
{
    uint32_t index;
    return index_of_id(v, id, &index) ? &v->folders[index]->facts : NULL;
}

const struct folder_facts *account_folder_by_role(const struct account_view *v, enum role role)
{
    for (size_t i = 0; role != ROLE_NONE && i < v->count; i++)
        if (v->folders[i]->facts.role == role)
            return &v->folders[i]->facts;
    return NULL;
}
