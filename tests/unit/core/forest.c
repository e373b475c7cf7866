#include "forest.h"
#include <ftw.h>
#include <unistd.h>

static void dir_make(char out[64])
{
    const char *tmp = getenv("TMPDIR");
    snprintf(out, 64, "%s/forest-XXXXXX", tmp && strlen(tmp) < 40 ? tmp : "/tmp");
    assert_non_null(mkdtemp(out));
}

static int remove_one(const char *path, const struct stat *st, int what, struct FTW *at)
{
    (void)st, (void)what, (void)at;
    return remove(path);
}

struct forest *forest_open(const char *engine)
{
    struct forest *f = calloc(1, sizeof *f);
    assert_non_null(f);
    *f = (struct forest){.engine = engine, .random.seed = 7};
    f->cx = (struct ctx){.arena = arena_open(), .now_ms = FOREST_NOW_MS, .random = &f->random};
    if (strcmp(engine, "memory") != 0)
        dir_make(f->dir);
    struct store_config config = {.engine = str_z(engine),
                                  .dir = str_z(f->dir),
                                  .cache_bytes = 1024 * 1024,
                                  .blob_cache_bytes = 1024 * 1024};
    assert_int_equal(store_open(&f->cx, &config, &f->store), OK);
    const struct core parts = {.store = f->store, .host_name = STR("mail.example")};
    assert_int_equal(core_open(&f->cx, &parts, &f->core), OK);
    f->root = forest_domain(f, "commonwealth.example", 0);
    f->health = forest_domain(f, "health.example", f->root);
    f->clinics = forest_domain(f, "clinics.health.example", f->health);
    f->works = forest_domain(f, "works.example", f->root);
    return f;
}

void forest_close(struct forest *f)
{
    core_close(f->core);
    store_close(f->store);
    if (f->dir[0])
        nftw(f->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    arena_close(f->cx.arena);
    free(f);
}

uint64_t forest_domain(struct forest *f, const char *name, uint64_t parent)
{
    struct domain d = {
        .name = str_z(name), .kind = DOMAIN_HOSTED, .parent = parent, .enabled = true};
    uint64_t id = 0;
    assert_int_equal(directory_domain_add(&f->cx, f->core, &d, &id), OK);
    return id;
}

principal_id forest_add(struct forest *f, enum principal_kind kind, const char *name,
                        uint64_t domain)
{
    struct principal p = {.kind = kind, .name = str_z(name), .domain = domain, .enabled = true};
    principal_id id = 0;
    if (kind == PRINCIPAL_CONTACT)
        p.forward = STR("somebody@elsewhere.example");
    assert_int_equal(directory_add(&f->cx, f->core, &p, NULL, &id), OK);
    return id;
}

principal_id forest_at(struct forest *f, const char *address)
{
    struct principal p;
    return directory_by_address(&f->cx, f->core, str_z(address), &p) == OK ? p.id : 0;
}
