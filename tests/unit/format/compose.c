/* The writer of messages: what it writes is read back the same, and fits into lines. */
#include "format/compose/compose.h"
#include "format/address.h"
#include "format/format.h"
#include "format/mime.h"
#include "format/utf8.h"

enum { ROUNDS = 2000 };

static struct str value_of(struct str field)
{
    struct header_field f;
    struct cur c = cur_of(field);
    assert_true(header_next(&c, &f));
    assert_true(cur_end(&c));
    return f.value;
}

static void texts_are_written(void **state)
{
    static const struct {
        struct str text, wanted;
    } rows[] = {
        {STR("Hello world"), STR("Subject: Hello world\r\n")},
        {STR(""), STR("Subject:\r\n")},
        {STR("Caf\xc3\xa9 at noon"), STR("Subject: =?utf-8?Q?Caf=C3=A9_at_noon?=\r\n")},
        {STR("a\r\nBcc: x@y"), STR("Subject: =?utf-8?Q?a__Bcc=3A_x=40y?=\r\n")},
        {STR("=?utf-8?Q?no?="), STR("Subject: =?utf-8?Q?=3D=3Futf-8=3FQ=3Fno=3F=3D?=\r\n")},
        {STR("word word word word word word word word word word word word word word word"),
         STR("Subject: word word word word word word word word word word word word word\r\n"
             " word word\r\n")},
        {STR("\xe6\x97\xa5\xe6\x9c\xac"), STR("Subject: =?utf-8?B?5pel5pys?=\r\n")},
    };
    struct ctx cx = {.arena = arena_open()};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf b = buf_of(cx.arena, 10000);
        assert_true(compose_text(&b, STR("Subject"), rows[i].text));
        assert_str(buf_str(&b), rows[i].wanted);
    }
    arena_close(cx.arena);
}

static void what_would_break_out_is_refused(void **state)
{
    struct ctx cx = {.arena = arena_open()};
    struct buf b = buf_of(cx.arena, 10000);
    struct compose_address bad[] = {
        {STR("x"), STR("a@b>, <c@d")}, {STR(""), STR("a b")},       {STR(""), STR("a\r\nX: y")},
        {STR(""), STR("a,b@c.d")},     {STR(""), STR("")},          {STR(""), STR("a;")},
        {STR(""), STR("(a)@b")},       {STR(""), STR("x\xff@b.c")},
    };
    struct str ids[] = {STR("a b"), STR("a>"), STR(""), STR("x\r\ny")};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(compose_addresses(&b, STR("To"),
                                       &(struct compose_group){.at = &bad[i], .count = 1}, 1));
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        assert_false(compose_ids(&b, STR("References"), &ids[i], 1));
    assert_false(compose_raw(&b, STR("X"), STR(" a\r\nY: b")));
    assert_false(compose_raw(&b, STR("X"), STR(" a\nb")));
    assert_false(compose_raw(&b, STR("X"), STR(" a\r\n")));
    assert_false(compose_raw(&b, STR("X Y"), STR(" a")));
    assert_false(compose_raw(&b, STR("X:"), STR(" a")));
    assert_false(compose_text(&b, STR(""), STR("a")));
    assert_false(compose_raw(&b, STR("X"), str_join(cx.arena, (struct str[]){STR("\xc3")}, 1)));
    assert_int_equal(b.n, 0);
    assert_true(compose_raw(&b, STR("X"), STR(" a\r\n b")));
    assert_str(buf_str(&b), STR("X: a\r\n b\r\n"));
    arena_close(cx.arena);
}

static void addresses_are_written(void **state)
{
    struct compose_address two[] = {{STR("Joe Q. Public"), STR("john@example.com")},
                                    {STR(""), STR("\"a b\"@example.com")}};
    struct compose_address utf8[] = {{STR("J\xc3\xb6rg"), STR("j\xc3\xb6rg@b\xc3\xbc"
                                                              "cher.example")}};
    struct compose_group list[] = {{.at = two, .count = 2},
                                   {.named = true, .name = STR("Team"), .at = utf8, .count = 1},
                                   {.named = true, .name = STR("Nobody")}};
    struct ctx cx = {.arena = arena_open()};
    struct buf b = buf_of(cx.arena, 10000);
    (void)state;
    assert_true(compose_addresses(&b, STR("To"), list, 3));
    assert_str(buf_str(&b),
               STR("To: \"Joe Q. Public\" <john@example.com>, \"a b\"@example.com, Team:\r\n"
                   " =?utf-8?Q?J=C3=B6rg?= <j\xc3\xb6rg@b\xc3\xbc"
                   "cher.example>;, Nobody:;\r\n"));
    arena_close(cx.arena);
}

/* Characters of all lengths, and such as mean something in a header. */
static struct str any_text(struct ctx *cx, struct random *r, size_t max)
{
    static const uint32_t special[] = {'"',  '\\', '(', ')',  '<',    '>',    ',', ';',
                                       ':',  '=',  '?', '_',  '.',    '@',    ' ', ' ',
                                       '\'', '%',  '*', 0xe9, 0x20ac, 0x1f600};
    struct buf b = buf_of(cx->arena, max * 4 + 1);
    size_t n = random_below(r, max + 1);
    unsigned mode = (unsigned)random_below(r, 4);
    for (size_t i = 0; i < n; i++) {
        if (mode == 0 || random_below(r, 3) == 0)
            utf8_put(&b, special[random_below(r, sizeof special / sizeof *special)]);
        else if (mode == 1)
            utf8_put(&b, 0x4e00 + (uint32_t)random_below(r, 1000));
        else
            utf8_put(&b, 'a' + (uint32_t)random_below(r, 26));
    }
    return buf_str(&b);
}

static void assert_lines(struct str text, size_t max)
{
    size_t line = 0;
    for (size_t i = 0; i < text.n; i++) {
        bool crlf = text.p[i] == '\r' && i + 1 < text.n && text.p[i + 1] == '\n';
        assert_true(crlf || (text.p[i] != '\r' && text.p[i] != '\n'));
        line = crlf ? 0 : line + 1;
        i += crlf;
        assert_true(line <= max);
    }
}

static void texts_come_back(void **state)
{
    struct random r = {.seed = 7};
    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        struct ctx cx = {.arena = arena_open()};
        struct buf b = buf_of(cx.arena, 100000);
        struct str text = any_text(&cx, &r, 200);
        assert_true(compose_text(&b, STR("Subject"), text));
        assert_lines(buf_str(&b), 200);
        assert_str(header_text(cx.arena, value_of(buf_str(&b))), str_trim(text));
        arena_close(cx.arena);
    }
}

static void addresses_come_back(void **state)
{
    struct random r = {.seed = 8};
    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        struct ctx cx = {.arena = arena_open()};
        struct compose_address all[5] = {{{0}, {0}}};
        struct compose_group group = {.at = all, .count = 1 + random_below(&r, 5)};
        struct buf b = buf_of(cx.arena, 100000);
        for (size_t k = 0; k < group.count; k++) {
            all[k].name = str_trim(any_text(&cx, &r, 60));
            all[k].email = str_printf(cx.arena, "u%zu.x@b%zu.example", random_below(&r, 99), k);
        }
        assert_true(compose_addresses(&b, STR("Cc"), &group, 1));
        assert_lines(buf_str(&b), 200);
        struct address_list list = address_parse(cx.arena, value_of(buf_str(&b)));
        assert_int_equal(list.count, group.count);
        for (size_t k = 0; k < group.count; k++) {
            assert_str(address_spec(cx.arena, &list.at[k]), all[k].email);
            assert_str(address_name(cx.arena, &list.at[k]), all[k].name);
        }
        arena_close(cx.arena);
    }
}

static struct str random_bytes_of(struct ctx *cx, struct random *r, size_t max)
{
    struct buf b = buf_of(cx->arena, max * 2 + 1);
    size_t n = random_below(r, max + 1), high = random_below(r, 4);
    for (size_t i = 0; i < n; i++) {
        size_t what = random_below(r, 12);
        if (what == 0)
            buf_add(&b, STR("\r\n"));
        else if (what == 1)
            buf_add(&b, random_below(r, 2) ? STR("\r\nFrom ") : STR(" \r\n."));
        else if (high == 3)
            buf_byte(&b, (char)random_below(r, 256));
        else if (high && what < 2 + high)
            buf_add(&b, STR("\xc3\xa9"));
        else
            buf_byte(&b, (char)(' ' + random_below(r, 95)));
    }
    return buf_str(&b);
}

/* A tree of parts, counted as the parser will. */
static struct compose_part random_part(struct ctx *cx, struct random *r, unsigned depth,
                                       struct compose_part *flat, size_t *count)
{
    static const char *const types[] = {"text/plain", "application/pdf", "image/png", "text/html"};
    struct compose_part p = {.type = str_z(types[random_below(r, 4)])};
    size_t at = (*count)++;
    if (depth < 3 && random_below(r, 3) == 0) {
        struct compose_part *parts = ARENA_ARRAY(cx->arena, 4, struct compose_part);
        p.type = STR("multipart/mixed");
        p.count = 1 + random_below(r, 3);
        for (size_t i = 0; i < p.count; i++)
            parts[i] = random_part(cx, r, depth + 1, flat, count);
        p.parts = parts;
    } else {
        p.is_text = str_starts(p.type, STR("text/")) && random_below(r, 2);
        p.content = random_bytes_of(cx, r, 300);
        if (random_below(r, 2))
            p.name = str_trim(any_text(cx, r, 50));
    }
    flat[at] = p;
    return p;
}

static void messages_come_back(void **state)
{
    struct random r = {.seed = 9};
    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        struct ctx cx = {.arena = arena_open()};
        struct compose_part flat[100];
        struct str out;
        struct mime *m;
        size_t count = 0;
        struct compose_part root = random_part(&cx, &r, 0, flat, &count);
        assert_int_equal(
            compose_message(&cx, STR("Subject: x\r\n"), &root, STR("seed"), 1000000, &out), OK);
        assert_int_equal(mime_parse(&cx, out, NULL, &m), OK);
        assert_int_equal(m->count, count);
        for (uint32_t k = 0; k < count; k++) {
            const struct compose_part *p = &flat[k];
            struct str type = str_printf(cx.arena, "%.*s/%.*s", STR_ARG(m->parts[k].type.type),
                                         STR_ARG(m->parts[k].type.subtype));
            assert_str(type, p->type);
            if (p->count)
                continue;
            struct str wanted =
                p->is_text ? compose_lines(cx.arena, utf8_clean(cx.arena, p->content)) : p->content;
            assert_str(mime_content(cx.arena, m, k, SIZE_MAX), wanted);
            assert_str(mime_name(&m->parts[k]), p->name);
        }
        arena_close(cx.arena);
    }
}

static void boundaries_are_not_in_what_they_divide(void **state)
{
    struct ctx cx = {.arena = arena_open()};
    struct compose_part leaf = {.type = STR("text/plain"), .content = STR("x"), .is_text = true};
    struct compose_part root = {.type = STR("multipart/mixed"), .parts = &leaf, .count = 1};
    struct str first, second;
    struct mime *m;
    (void)state;
    assert_int_equal(compose_message(&cx, STR(""), &root, STR("s"), 10000, &first), OK);
    size_t at = str_find(first, STR("--=_"));
    leaf.content = str_join(cx.arena, (struct str[]){str_sub(first, at, 20), STR("\r\nin")}, 2);
    assert_int_equal(compose_message(&cx, STR(""), &root, STR("s"), 10000, &second), OK);
    assert_int_equal(mime_parse(&cx, second, NULL, &m), OK);
    assert_int_equal(m->count, 2);
    assert_str(mime_content(cx.arena, m, 1, SIZE_MAX), leaf.content);
    assert_int_equal(compose_message(&cx, STR(""), &root, STR("s"), 20, &second), E_LIMIT);
    leaf.type = STR("text/pl\r\nain");
    assert_int_equal(compose_message(&cx, STR(""), &root, STR("s"), 10000, &second), E_SYNTAX);
    arena_close(cx.arena);
}

static void parameters_of_the_type_are_written(void **state)
{
    struct ctx cx = {.arena = arena_open()};
    struct header_param method = {.name = STR("method"), .value = STR("REPLY")};
    struct compose_part leaf = {.type = STR("text/calendar"),
                                .params = &method,
                                .param_count = 1,
                                .content = STR("x"),
                                .is_text = true};
    struct str out;
    struct mime *m;
    (void)state;
    assert_int_equal(compose_message(&cx, STR(""), &leaf, STR("s"), 10000, &out), OK);
    assert_int_equal(mime_parse(&cx, out, NULL, &m), OK);
    assert_str(header_param(&m->parts[0].type, STR("method")), STR("REPLY"));
    assert_str(header_param(&m->parts[0].type, STR("charset")), STR("us-ascii"));
    method.value = STR("a\r\nX: b");
    assert_int_equal(compose_message(&cx, STR(""), &leaf, STR("s"), 10000, &out), OK);
    assert_int_equal(str_find(out, STR("\nX: b")), SIZE_MAX);
    method.name = STR("me thod");
    assert_int_equal(compose_message(&cx, STR(""), &leaf, STR("s"), 10000, &out), E_SYNTAX);
    arena_close(cx.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_of_the_type_are_written),
        cmocka_unit_test(texts_are_written),
        cmocka_unit_test(what_would_break_out_is_refused),
        cmocka_unit_test(addresses_are_written),
        cmocka_unit_test(texts_come_back),
        cmocka_unit_test(addresses_come_back),
        cmocka_unit_test(messages_come_back),
        cmocka_unit_test(boundaries_are_not_in_what_they_divide),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
