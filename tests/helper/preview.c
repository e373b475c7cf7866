/* Previews, made in the cage: what is refused, what waits. preview HOSTILE READER: the programs. */
#include "unit.h"

#include "base/buf.h"
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

/* Width and height, where a PNG has them. */
static void is_picture(const struct preview *p, uint32_t width, uint32_t height)
{
    assert_str(p->type, STR("image/png"));
    assert_true(str_starts(p->bytes, STR("\x89PNG\r\n\x1a\n\0\0\0\rIHDR")));
    uint32_t found[2] = {0};
    for (size_t i = 0; i < 8; i++)
        found[i / 4] = found[i / 4] << 8 | (unsigned char)p->bytes.p[16 + i];
    assert_int_equal(found[0], width);
    assert_int_equal(found[1], height);
    assert_true(str_ends(p->bytes, STR("IEND\xae\x42\x60\x82")));
}

static void pages_are_drawn(void **state)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct previews *p = open_previews(state, 2);
    struct preview out;
    struct str pdf = letter(a, "letter.pdf");
    assert_int_equal(made(p, a, "pages", pdf, &out), OK);
    assert_str(out.type, STR("application/json"));
    assert_str(out.bytes, STR("{\"pages\":1,\"sizes\":[[612,792]]}"));
    assert_int_equal(made(p, a, "page-1", pdf, &out), OK);
    is_picture(&out, 1600, 2071);
    assert_int_equal(made(p, a, "page-2", pdf, &out), E_NOT_FOUND);
    previews_close(p);
}

/* A PDF of so many pages, each with that box and that content. */
static struct str pdf_of(struct arena *a, const char *box, int pages, const char *content)
{
    struct buf b = buf_of(a, 1 << 22);
    buf_add(&b, STR("%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
                    "2 0 obj<</Type/Pages/Kids["));
    for (int i = 0; i < pages; i++)
        buf_printf(&b, "%d 0 R ", 6 + i);
    buf_printf(&b, "]/Count %d>>endobj\n", pages);
    for (int i = 0; i < pages; i++)
        buf_printf(&b,
                   "%d 0 obj<</Type/Page/Parent 2 0 R/MediaBox[%s]/Contents 4 0 R"
                   "/Resources<</XObject<</X 5 0 R>>>>>>endobj\n",
                   6 + i, box);
    buf_printf(&b, "4 0 obj<</Length %zu>>stream\n%s\nendstream endobj\n", strlen(content),
               content);
    buf_printf(&b,
               "5 0 obj<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Length %zu"
               "/Resources<</XObject<</X 5 0 R>>>>>>stream\n%s\nendstream endobj\n",
               strlen(content), content);
    buf_add(&b, STR("trailer<</Root 1 0 R>>\n"));
    return buf_str(&b);
}

static void pages_are_bounded(void **state)
{
    static const struct {
        const char *box;
        uint32_t width, height;
    } boxes[] = {
        {"0 0 20000 10000", 1600, 800},
        {"0 0 100 10000", 200, 20000},
        {"0 0 10 10", 28, 28},
        {"0 0 -612 -792", 1600, 2071},
    };
    struct previews *p = open_previews(state, 2);
    for (size_t i = 0; i < sizeof boxes / sizeof *boxes; i++) {
        struct arena *a AUTO(arena_close) = arena_open();
        struct preview out;
        struct str pdf = pdf_of(a, boxes[i].box, 1, "0 0 9 9 re f");
        assert_int_equal(made(p, a, "page-1", pdf, &out), OK);
        is_picture(&out, boxes[i].width, boxes[i].height);
    }
    previews_close(p);
}

static void hostile_pages_end(void **state)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct previews *p = open_previews(state, 2);
    struct preview out;
    /* more than are counted; beyond all measure; a form that draws itself */
    assert_int_equal(made(p, a, "pages", pdf_of(a, "0 0 9 9", 2100, ""), &out), OK);
    assert_true(str_starts(out.bytes, STR("{\"pages\":2000,")));
    struct str hostile[] = {
        pdf_of(a, "0 0 2000000000 1000000000", 1, ""),
        pdf_of(a, "0 0 1 20000", 1, ""),
        pdf_of(a, "0 0 0 0", 1, ""),
        pdf_of(a, "nan 1e99 -1e99 x", 1, ""),
        pdf_of(a, "0 0 9 9", 1, "/X Do /X Do"),
    };
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        enum code code = made(p, a, "page-1", hostile[i], &out);
        assert_true(code == OK || code == E_SYNTAX || code == E_NOT_FOUND);
        code = made(p, a, "pages", hostile[i], &out);
        assert_true(code == OK || code == E_SYNTAX);
    }
    struct str all = letter(a, "letter.pdf");
    for (size_t n = 8; n < all.n; n += all.n / 12 + 1) {
        enum code code = made(p, a, "page-1", str_sub(all, 0, n), &out);
        assert_true(code == OK || code == E_SYNTAX || code == E_NOT_FOUND);
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
    previews_close(p);
    const struct previews_parts hasty = {.program = ((char **)*state)[1], .wall_ms = 300};
    p = previews_open(&hasty);
    assert_int_equal(made(p, a, "text", STR("%PDF-"), &out), E_LIMIT);
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
        cmocka_unit_test_prestate(pages_are_drawn, state),
        cmocka_unit_test_prestate(pages_are_bounded, state),
        cmocka_unit_test_prestate(hostile_pages_end, state),
        cmocka_unit_test_prestate(what_cannot_be_is_refused, state),
        cmocka_unit_test_prestate(nothing_else_comes_out, state),
        cmocka_unit_test_prestate(a_crowd_is_served, state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
