/* Previews, made in the cage: what is refused, what waits. preview HOSTILE READER: the programs. */
#include "unit.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "service/preview/preview.h"
#include <pthread.h>
#include <sched.h>

static struct previews *open_previews(void **state, int program)
{
    const struct previews_parts parts = {.program = ((char **)*state)[program]};
    return previews_open(&parts);
}

static struct str file_of(struct arena *a, const char *path)
{
    FILE *f = fopen(path, "rb");
    struct buf b = buf_of(a, 10000000);
    char block[4096];
    size_t n;
    must(f);
    while ((n = fread(block, 1, sizeof block, f)) > 0)
        buf_add(&b, str_of(block, n));
    fclose(f);
    return buf_str(&b);
}

static struct str letter(struct arena *a, const char *name)
{
    return file_of(a, str_printf(a, "tests/helper/documents/%s", name).p);
}

static enum code made(struct previews *p, struct arena *a, const char *word, struct str document,
                      struct preview *out)
{
    struct ctx cx = {.arena = a};
    struct preview_ask ask;
    assert_true(preview_ask_of(str_z(word), &ask));
    return preview_make(&cx, p, 1, &ask, document, out);
}

static void letters_have_text(void **state)
{
    static const char *const names[] = {"letter.pdf", "letter.docx", "letter.odt", "letter.rtf"};
    struct previews *p = open_previews(state, 2);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct arena *a AUTO(arena_close) = arena_open();
        struct preview out;
        assert_int_equal(made(p, a, "text", letter(a, names[i]), &out), OK);
        assert_str(out.type, STR("text/plain; charset=utf-8"));
        assert_true(str_find(out.bytes, STR("The harbour master of Gl\xc3\xbc"
                                            "ckstadt")) != SIZE_MAX);
    }
    previews_close(p);
}

static void what_cannot_be_is_refused(void **state)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct previews *p = open_previews(state, 2);
    struct preview out;
    char *large = calloc(1, PREVIEW_DOCUMENT_MAX + 1);
    must(large);
    memcpy(large, "%PDF-", 5);
    assert_int_equal(made(p, a, "text", STR("\x89PNG"), &out), E_UNSUPPORTED);
    assert_int_equal(made(p, a, "text", STR(""), &out), E_UNSUPPORTED);
    assert_int_equal(made(p, a, "text", STR("PK\x03\x04 no more"), &out), E_SYNTAX);
    assert_int_equal(made(p, a, "text", str_of(large, PREVIEW_DOCUMENT_MAX + 1), &out), E_LIMIT);
    assert_int_equal(made(p, a, "page-2001", STR("%PDF-"), &out), E_NOT_FOUND);
    free(large);
    previews_close(p);
}

/* A helper that lies, talks without end or thinks without end. */
static void nothing_else_comes_out(void **state)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct previews *p = open_previews(state, 1);
    struct preview out;
    assert_int_equal(made(p, a, "html", STR("{\\rtf1"), &out), E_SYNTAX);
    assert_int_equal(made(p, a, "pages", STR("%PDF-"), &out), E_SYNTAX);
    assert_int_equal(made(p, a, "page-1", STR("%PDF-"), &out), E_SYNTAX);
    assert_int_equal(made(p, a, "page-2", STR("%PDF-"), &out), E_UNSUPPORTED);
    assert_int_equal(made(p, a, "text", STR("{\\rtf1"), &out), E_LIMIT);
    int64_t before_ms = clock_mono_ms();
    enum code code = made(p, a, "text", STR("%PDF-"), &out);
    assert_true(code == E_LIMIT || code == E_SYNTAX); /* of the clock or of the processor */
    assert_true(clock_mono_ms() - before_ms < 2 * PREVIEW_WALL_MS);
    previews_close(p);
}

enum { ASKERS = 16 };

struct crowd {
    struct previews *previews;
    struct str document;
    pthread_barrier_t begin;
    principal_id people;
    int made[ASKERS];
};

struct asker {
    struct crowd *crowd;
    int number;
};

/* Until it is made; busy is no failure. */
static void *ask(void *self)
{
    struct asker *x = self;
    struct crowd *c = x->crowd;
    struct preview_ask what = {.kind = PREVIEW_TEXT};
    enum code code = E_BUSY;
    pthread_barrier_wait(&c->begin);
    while (code == E_BUSY) {
        struct arena *a = arena_open();
        struct ctx cx = {.arena = a};
        struct preview out;
        code = preview_make(&cx, c->previews, 1 + (principal_id)x->number % c->people, &what,
                            c->document, &out);
        c->made[x->number] = code == OK;
        arena_close(a);
        sched_yield();
    }
    return NULL;
}

static void a_crowd_is_served(void **state)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct crowd c = {.previews = open_previews(state, 2), .document = letter(a, "letter.rtf")};
    struct asker askers[ASKERS];
    pthread_t threads[ASKERS];
    must(pthread_barrier_init(&c.begin, NULL, ASKERS) == 0);
    for (c.people = 1; c.people <= 5; c.people += 4) {
        for (int i = 0; i < ASKERS; i++) {
            askers[i] = (struct asker){&c, i};
            must(pthread_create(&threads[i], NULL, ask, &askers[i]) == 0);
        }
        for (int i = 0; i < ASKERS; i++) {
            pthread_join(threads[i], NULL);
            assert_int_equal(c.made[i], 1);
        }
    }
    pthread_barrier_destroy(&c.begin);
    previews_close(c.previews);
}

int main(int count, char **words)
{
    must(count == 3);
    void *state = words;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(letters_have_text, state),
        cmocka_unit_test_prestate(what_cannot_be_is_refused, state),
        cmocka_unit_test_prestate(nothing_else_comes_out, state),
        cmocka_unit_test_prestate(a_crowd_is_served, state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
