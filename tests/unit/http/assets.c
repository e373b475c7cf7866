/* The page's files: read, found, and served in the form that was made when they were built. */
#include "../unit.h"

#include "base/engine.h"
#include "server/listen/assets.h"
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

void waker_ring(struct waker *w);
void waker_ring(struct waker *w)
{
    (void)w;
}

struct folder {
    char dir[64];
    struct arena *a;
    struct ctx cx;
};

static void put(const struct folder *f, const char *name, const char *text)
{
    struct str path = str_printf(f->a, "%s/%s", f->dir, name);
    FILE *out = fopen(path.p, "w");
    assert_non_null(out);
    assert_true(fputs(text, out) >= 0 && fclose(out) == 0);
}

static struct folder folder_make(void)
{
    struct folder f = {.dir = "/tmp/postroad-assets-XXXXXX", .a = arena_open()};
    f.cx = (struct ctx){.arena = f.a};
    assert_non_null(mkdtemp(f.dir));
    assert_int_equal(mkdir(str_printf(f.a, "%s/assets", f.dir).p, 0700), 0);
    put(&f, "index.html", "<p>page</p>");
    put(&f, "index.html.gz", "packed page");
    put(&f, "assets/app-1f2e.js", "code()");
    put(&f, "assets/app-1f2e.js.br", "packed code");
    put(&f, "alone.css.br", "nothing to unpack for");
    put(&f, ".hidden", "secret");
    return f;
}

static int drop(const char *path, const struct stat *is, int kind, struct FTW *at)
{
    (void)is, (void)kind, (void)at;
    return remove(path);
}

static void folder_end(struct folder *f)
{
    assert_int_equal(nftw(f->dir, drop, 16, FTW_DEPTH | FTW_PHYS), 0);
    arena_close(f->a);
}

/* What the row answers; encoding: Accept-Encoding, or NULL. */
static enum code ask(struct folder *f, struct assets *x, const char *path, const char *encoding,
                     struct http_response *a)
{
    struct http_field *field = ARENA_NEW(f->a, struct http_field);
    *field = (struct http_field){STR("Accept-Encoding"), str_z(encoding)};
    const struct http_request q = {
        .method = HTTP_GET, .path = str_z(path), .fields = field, .field_count = encoding ? 1 : 0};
    *a = (struct http_response){.body = rope_of(f->a)};
    return assets_routes[0].run(&f->cx, x, &q, a);
}

static struct str field_of(const struct http_response *a, const char *name)
{
    for (size_t i = 0; i < a->field_count; i++)
        if (str_eq(a->fields[i].name, str_z(name)))
            return a->fields[i].value;
    return (struct str){0};
}

static void files_are_served_as_they_were_built(void **state)
{
    struct folder f = folder_make();
    struct assets *x = NULL;
    struct http_response a;
    (void)state;
    assert_int_equal(assets_open(&f.cx, str_z(f.dir), &x), OK);
    assert_int_equal(assets_count(x), 3);
    assert_int_equal(ask(&f, x, "/", NULL, &a), OK);
    assert_str(rope_flatten(&a.body, f.a), STR("<p>page</p>"));
    assert_str(a.type, STR("text/html; charset=utf-8"));
    assert_str(field_of(&a, "Cache-Control"), STR("no-cache"));
    struct str policy = field_of(&a, "Content-Security-Policy");
    assert_true(str_starts(policy, STR("default-src 'none'; script-src 'self'; ")));
    assert_int_equal(str_find(policy, STR("unsafe")), SIZE_MAX);
    struct str tag = field_of(&a, "ETag");
    assert_int_equal(tag.n, 26);
    assert_int_equal(ask(&f, x, "/index.html", "br, gzip", &a), OK);
    assert_str(rope_flatten(&a.body, f.a), STR("packed page"));
    assert_int_equal(ask(&f, x, "/assets/app-1f2e.js", "gzip, br", &a), OK);
    assert_str(field_of(&a, "Content-Encoding"), STR("br"));
    assert_true(str_ends(field_of(&a, "Cache-Control"), STR("immutable")));
    assert_int_equal(ask(&f, x, "/assets", NULL, &a), E_NOT_FOUND);
    assert_int_equal(ask(&f, x, "/alone.css", NULL, &a), E_NOT_FOUND);
    assert_int_equal(ask(&f, x, "/.hidden", NULL, &a), E_NOT_FOUND);
    assets_close(x);
    folder_end(&f);
}

static void depth_and_absence_are_told(void **state)
{
    struct folder f = folder_make();
    struct assets *x = NULL;
    struct str path = str_z(f.dir);
    (void)state;
    for (int i = 0; i < ASSETS_DEPTH_MAX; i++) {
        path = str_printf(f.a, "%.*s/d", STR_ARG(path));
        assert_int_equal(mkdir(path.p, 0700), 0);
    }
    assert_int_equal(assets_open(&f.cx, str_z(f.dir), &x), E_LIMIT);
    assert_int_equal(assets_open(&f.cx, STR("/nowhere/at/all"), &x), E_NOT_FOUND);
    assert_null(x);
    folder_end(&f);
}

static void too_many_are_refused(void **state)
{
    struct folder f = folder_make();
    struct assets *x = NULL;
    (void)state;
    for (int i = 0; i < ASSETS_MAX; i++)
        put(&f, str_printf(f.a, "%d.txt", i).p, "x");
    assert_int_equal(assets_open(&f.cx, str_z(f.dir), &x), E_LIMIT);
    folder_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_served_as_they_were_built),
        cmocka_unit_test(depth_and_absence_are_told),
        cmocka_unit_test(too_many_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
