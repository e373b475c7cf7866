/* A treap per family, copied on write: a writer makes a new path from the root and shares the rest,
   so that whoever holds an old root sees the old version. */
#include "base/map.h"
#include "store/engine.h"
#include <pthread.h>
#include <stdatomic.h>

/* A row, shared by all versions that have it. */
struct cell {
    atomic_uint refs;
    uint32_t key_n, value_n;
    char bytes[]; /* key, value */
};

struct node {
    atomic_uint refs;
    uint64_t priority; /* a parent's is above its children's */
    struct node *left, *right;
    struct cell *cell;
};

struct memory {
    pthread_mutex_t lock; /* guards roots, for as long as it takes to count a reference */
    struct node *roots[FAMILY_COUNT];
    atomic_uint_least64_t bytes;
};

struct memory_scan {
    struct node *root, *at;
    struct range range;
};

static struct str node_key(const struct node *n)
{
    return str_of(n->cell->bytes, n->cell->key_n);
}

static struct str cell_value(const struct cell *c)
{
    return str_from(str_of(c->bytes, (size_t)c->key_n + c->value_n), c->key_n);
}

static struct cell *cell_new(struct str key, struct str value)
{
    struct cell *c = malloc(sizeof *c + key.n + value.n);
    must(c);
    atomic_init(&c->refs, 1);
    c->key_n = (uint32_t)key.n;
    c->value_n = (uint32_t)value.n;
    memcpy(c->bytes, key.p, key.n);
    if (value.n)
        memcpy(c->bytes + key.n, value.p, value.n);
    return c;
}

static struct cell *cell_ref(struct cell *c)
{
    atomic_fetch_add_explicit(&c->refs, 1, memory_order_relaxed);
    return c;
}

static void cell_unref(struct cell *c)
{
    if (atomic_fetch_sub_explicit(&c->refs, 1, memory_order_acq_rel) == 1)
        free(c);
}

static struct node *node_ref(struct node *n)
{
    if (n)
        atomic_fetch_add_explicit(&n->refs, 1, memory_order_relaxed);
    return n;
}

static void node_unref(struct node *n)
{
    while (n && atomic_fetch_sub_explicit(&n->refs, 1, memory_order_acq_rel) == 1) {
        struct node *right = n->right;
        node_unref(n->left);
        cell_unref(n->cell);
        free(n);
        n = right;
    }
}

/* Takes over the references to cell, left and right. */
static struct node *node_new(struct cell *cell, uint64_t priority, struct node *left,
                             struct node *right)
{
    struct node *n = malloc(sizeof *n);
    must(n);
    atomic_init(&n->refs, 1);
    n->priority = priority;
    n->left = left;
    n->right = right;
    n->cell = cell;
    return n;
}

/* A copy of n with these children, whose references it takes over. */
static struct node *node_with(const struct node *n, struct node *left, struct node *right)
{
    return node_new(cell_ref(n->cell), n->priority, left, right);
}

/* Splits tree into what is below and above key; a node with the key itself is left out. */
static void split(struct node *tree, struct str key, struct node **below, struct node **above)
{
    if (!tree) {
        *below = *above = NULL;
        return;
    }
    int order = str_cmp(node_key(tree), key);
    struct node *part;
    if (order < 0) {
        split(tree->right, key, &part, above);
        *below = node_with(tree, node_ref(tree->left), part);
    } else if (order > 0) {
        split(tree->left, key, below, &part);
        *above = node_with(tree, part, node_ref(tree->right));
    } else {
        *below = node_ref(tree->left);
        *above = node_ref(tree->right);
    }
}

/* All keys of a lie below those of b. */
static struct node *merge(struct node *a, struct node *b)
{
    if (!a || !b)
        return node_ref(a ? a : b);
    if (a->priority >= b->priority)
        return node_with(a, node_ref(a->left), merge(a->right, b));
    return node_with(b, merge(a, b->left), node_ref(b->right));
}

/* Takes over the reference to cell. */
static struct node *put(struct node *tree, struct cell *cell, uint64_t priority)
{
    struct str key = str_of(cell->bytes, cell->key_n);
    if (!tree || priority > tree->priority) {
        struct node *left, *right;
        split(tree, key, &left, &right);
        return node_new(cell, priority, left, right);
    }
    int order = str_cmp(key, node_key(tree));
    if (order < 0)
        return node_with(tree, put(tree->left, cell, priority), node_ref(tree->right));
    if (order > 0)
        return node_with(tree, node_ref(tree->left), put(tree->right, cell, priority));
    return node_new(cell, priority, node_ref(tree->left), node_ref(tree->right));
}

static struct node *drop(struct node *tree, struct str key)
{
    if (!tree)
        return NULL;
    int order = str_cmp(key, node_key(tree));
    if (order < 0)
        return node_with(tree, drop(tree->left, key), node_ref(tree->right));
    if (order > 0)
        return node_with(tree, node_ref(tree->left), drop(tree->right, key));
    return merge(tree->left, tree->right);
}

static struct node *find(struct node *n, struct str key)
{
    while (n) {
        int order = str_cmp(key, node_key(n));
        if (order == 0)
            return n;
        n = order < 0 ? n->left : n->right;
    }
    return NULL;
}

/* The first node from key on, or strictly after it. */
static struct node *first_from(struct node *n, struct str key, bool after)
{
    struct node *best = NULL;
    while (n) {
        int order = str_cmp(node_key(n), key);
        if (order > 0 || (order == 0 && !after)) {
            best = n;
            n = n->left;
        } else {
            n = n->right;
        }
    }
    return best;
}

/* The last node below key; the last of all when there is none. */
static struct node *last_below(struct node *n, const struct str *key)
{
    struct node *best = NULL;
    while (n) {
        if (!key || str_cmp(node_key(n), *key) < 0) {
            best = n;
            n = n->right;
        } else {
            n = n->left;
        }
    }
    return best;
}

void *memory_open(void)
{
    struct memory *m = calloc(1, sizeof *m);
    must(m);
    pthread_mutex_init(&m->lock, NULL);
    return m;
}

static void memory_close(void *self)
{
    struct memory *m = self;
    for (int i = 0; i < FAMILY_COUNT; i++)
        node_unref(m->roots[i]);
    pthread_mutex_destroy(&m->lock);
    free(m);
}

static struct node *root_of(struct memory *m, enum family family)
{
    pthread_mutex_lock(&m->lock);
    struct node *root = node_ref(m->roots[family]);
    pthread_mutex_unlock(&m->lock);
    return root;
}

static enum code memory_get(struct ctx *cx, void *self, enum family family, struct str key,
                            struct str *value, void **pin)
{
    struct node *root = root_of(self, family);
    struct node *n = find(root, key);
    struct cell *cell = n ? cell_ref(n->cell) : NULL;
    node_unref(root);
    if (!cell)
        return fail(cx, E_NOT_FOUND, "store: no such key");
    *value = cell_value(cell);
    *pin = cell;
    return OK;
}

static void memory_unpin(void *self, void *pin)
{
    (void)self;
    cell_unref(pin);
}

static void *memory_scan_open(void *self, enum family family, struct range range)
{
    struct memory_scan *w = calloc(1, sizeof *w);
    must(w);
    w->root = root_of(self, family);
    w->range = range;
    return w;
}

static enum code memory_scan_next(struct ctx *cx, void *scan, struct str *key, struct str *value)
{
    (void)cx;
    struct memory_scan *w = scan;
    const struct range *r = &w->range;
    struct str last = w->at ? node_key(w->at) : (struct str){0};
    if (!r->backward)
        w->at = first_from(w->root, w->at ? last : r->from, w->at != NULL);
    else
        w->at = last_below(w->root, w->at ? &last : r->to.n ? &r->to : NULL);
    bool over = !w->at || (r->backward ? str_cmp(node_key(w->at), r->from) < 0
                                       : r->to.n && str_cmp(node_key(w->at), r->to) >= 0);
    if (over) {
        node_unref(w->root);
        w->root = w->at = NULL; /* so that it stays over */
        return E_NOT_FOUND;
    }
    *key = node_key(w->at);
    *value = cell_value(w->at->cell);
    return OK;
}

static void memory_scan_close(void *scan)
{
    struct memory_scan *w = scan;
    node_unref(w->root);
    free(w);
}

static enum code memory_write(struct ctx *cx, void *self, const struct op *first)
{
    (void)cx;
    struct memory *m = self;
    struct node *roots[FAMILY_COUNT];
    for (int i = 0; i < FAMILY_COUNT; i++)
        roots[i] = root_of(m, (enum family)i);
    for (const struct op *op = first; op; op = op->next) {
        struct node *old = roots[op->family];
        const struct node *was = find(old, op->key);
        if (was)
            atomic_fetch_sub(&m->bytes, was->cell->key_n + was->cell->value_n);
        roots[op->family] = op->drop ? drop(old, op->key)
                                     : put(old, cell_new(op->key, op->value), hash_bytes(op->key));
        node_unref(old);
        if (!op->drop)
            atomic_fetch_add(&m->bytes, op->key.n + op->value.n);
    }
    pthread_mutex_lock(&m->lock);
    for (int i = 0; i < FAMILY_COUNT; i++) {
        struct node *old = m->roots[i];
        m->roots[i] = roots[i];
        roots[i] = old;
    }
    pthread_mutex_unlock(&m->lock);
    for (int i = 0; i < FAMILY_COUNT; i++)
        node_unref(roots[i]);
    return OK;
}

static uint64_t memory_bytes(void *self)
{
    struct memory *m = self;
    return atomic_load(&m->bytes);
}

const struct store_engine memory_engine = {
    .name = "memory",
    .certain = true,
    .close = memory_close,
    .get = memory_get,
    .unpin = memory_unpin,
    .scan_open = memory_scan_open,
    .scan_next = memory_scan_next,
    .scan_close = memory_scan_close,
    .write = memory_write,
    .bytes = memory_bytes,
};
