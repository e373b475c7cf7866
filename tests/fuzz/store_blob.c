/* Damaged rows of blobs: reading says so, or gives bytes that match the id, and never more. The
   first byte chooses which row is replaced by the rest. */
#include "base/arena.h"
#include "store/blob/change.h"
#include "store/inside.h"
#include "store/maintain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static enum code put(struct ctx *cx, struct txn *t, void *arg)
{
    (void)cx;
    txn_blob_put(t, arg, STR("t"));
    return OK;
}

static void ignore(void *arg, const char *what, struct str about, bool repaired)
{
    (void)arg, (void)what, (void)about, (void)repaired;
}

static void damage(struct ctx *cx, struct store *s, const struct blob_id *id, unsigned which,
                   struct str row)
{
    static const struct str frame = {"\0\0\0\1", 4};
    const struct str parts[] = {str_of(id->bytes, sizeof id->bytes), frame};
    struct op op = {.value = row};
    op.family = which % 3 == 2 ? FAMILY_REFS : FAMILY_BLOBS;
    op.key = which % 3 == 2 ? stat_key(cx->arena, id) : str_join(cx->arena, parts, 1 + which % 3);
    must(s->engine->write(cx, s->self, &op) == OK); /* the committer is idle */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (!n)
        return 0;
    struct ctx cx = {.arena = arena_open()};
    struct store *s = NULL;
    struct store_config config = {.engine = STR("memory")};
    must(store_open(&cx, &config, &s) == OK);
    size_t size = data[0] & 4 ? 300000 : 500;
    char *plain = arena_alloc(cx.arena, size);
    memset(plain, 'x', size);
    struct blob_new *blob;
    must(blob_prepare(&cx, s, str_of(plain, size), &blob) == OK);
    must(store_update(&cx, s, 1, put, blob) == OK);
    damage(&cx, s, blob_new_id(blob), data[0] & 3, str_of(data + 1, n - 1));
    struct str bytes;
    struct blob *owner;
    if (blob_get(&cx, s, blob_new_id(blob), 100, 1000, &bytes, &owner) == OK) {
        must(bytes.n <= 1000);
        blob_unref(owner);
    }
    uint64_t length;
    (void)!blob_size(&cx, s, blob_new_id(blob), &length);
    struct store_check sum = {0};
    must(store_check(&cx, s, data[0] & 8, ignore, NULL, &sum) == OK);
    store_close(s);
    arena_close(cx.arena);
    return 0;
}
