/* Packets of the milter protocol, and what is read out of answers. */
#include "unit.h"

#include "base/buf.h"
#include "service/milter/change.h"

static void packets_are_whole_or_wait(void **state)
{
    struct arena *a = arena_open();
    struct ctx cx = {.arena = a};
    struct buf b = buf_of(a, 100);
    const struct str parts[] = {STR("<a@b.example>"), STR("\0")};
    char kind = 0;
    struct str data;
    size_t n;
    (void)state;
    milter_put(&b, MILTER_MAIL, parts, 2);
    milter_put(&b, MILTER_QUIT, NULL, 0);
    struct str all = buf_str(&b);
    assert_str(all, STR("\0\0\0\x0fM<a@b.example>\0\0\0\0\x01Q"));
    for (size_t i = 0; i < 19; i++) {
        assert_int_equal(milter_take(&cx, str_sub(all, 0, i), &kind, &data, &n), OK);
        assert_int_equal(n, 0);
    }
    assert_int_equal(milter_take(&cx, all, &kind, &data, &n), OK);
    assert_int_equal(n, 19);
    assert_int_equal(kind, 'M');
    assert_str(data, STR("<a@b.example>\0"));
    assert_int_equal(milter_take(&cx, STR("\0\0\0\0"), &kind, &data, &n), E_SYNTAX);
    assert_int_equal(milter_take(&cx, STR("\0\x10\0\0"), &kind, &data, &n), OK);
    assert_int_equal(milter_take(&cx, STR("\0\x10\0\x01"), &kind, &data, &n), E_LIMIT);
    arena_close(a);
}

static void answers_are_read(void **state)
{
    static const struct {
        char kind;
        struct str data;
        enum code code;
        uint32_t index;
        const char *name, *value;
    } rows[] = {
        {'c', STR(""), OK, 0, "", ""},
        {'c', STR("x"), E_SYNTAX, 0, "", ""},
        {'h', STR("X-A\0b\0"), OK, 0, "X-A", "b"},
        {'h', STR("X-A\0b"), E_SYNTAX, 0, "", ""},
        {'h', STR("X-A\0b\0c\0"), E_SYNTAX, 0, "", ""},
        {'i', STR("\0\0\x01\x02X\0\0"), OK, 258, "X", ""},
        {'i', STR("\0\0\x01"), E_SYNTAX, 0, "", ""},
        {'m', STR("\0\0\0\x02Subject\0new\0"), OK, 2, "Subject", "new"},
        {'+', STR("<a@b>\0"), OK, 0, "<a@b>", ""},
        {'2', STR("<a@b>\0NOTIFY=NEVER\0"), OK, 0, "<a@b>", "NOTIFY=NEVER"},
        {'-', STR("<a@b>"), E_SYNTAX, 0, "", ""},
        {'e', STR("<>\0"), OK, 0, "<>", ""},
        {'b', STR("any\0thing"), OK, 0, "", NULL},
        {'q', STR("why\0"), OK, 0, "why", ""},
        {'y', STR("550 no\0"), OK, 0, "550 no", ""},
        {'O', STR("\0\0\0\x06\0\0\0"), E_SYNTAX, 0, "", ""},
        {'x', STR(""), E_SYNTAX, 0, "", ""},
    };
    struct arena *a = arena_open();
    struct ctx cx = {.arena = a};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct milter_reply r = {0};
        enum code code = milter_reply_read(&cx, rows[i].kind, rows[i].data, &r);
        if (code != rows[i].code)
            fail_msg("row %zu: %s", i, code_name(code));
        if (code != OK)
            continue;
        assert_int_equal(r.index, rows[i].index);
        assert_str(r.name, str_z(rows[i].name));
        assert_str(r.value, rows[i].value ? str_z(rows[i].value) : rows[i].data);
    }
    arena_close(a);
}

static void replies_are_made_safe(void **state)
{
    static const struct {
        const char *in, *out; /* out NULL: not one */
    } rows[] = {
        {"550 5.7.1 no", "550 5.7.1 no"},
        {"451 100%% sure %", "451 100% sure %"},
        {"550-a\r\n550-b\r\n550 c", "550-a\r\n550-b\r\n550 c"},
        {"550-a\r\n550 c\r\n", "550-a\r\n550 c"},
        {"550-a\n550 c", "550-a\r\n550 c"},
        {"250 ok", NULL},
        {"550", NULL},
        {"550-a", NULL},
        {"550 a\r\n550 b", NULL},
        {"550-a\r\n551 b", NULL},
        {"550 a\rb", NULL},
        {"550 \x80", NULL},
        {"", NULL},
    };
    struct arena *a = arena_open();
    struct ctx cx = {.arena = a};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *text = NULL;
        enum code code = milter_reply_text(&cx, str_z(rows[i].in), &text);
        if ((code == OK) != (rows[i].out != NULL))
            fail_msg("\"%s\": %s", rows[i].in, code_name(code));
        if (rows[i].out)
            assert_string_equal(text, rows[i].out);
    }
    arena_close(a);
}

/* What becomes of a small message. */
struct changed {
    struct arena *arena;
    struct ctx cx;
    struct milter_outcome o;
    struct changes c;
};

static void begin(struct changed *x, uint32_t actions)
{
    *x = (struct changed){.arena = arena_open()};
    x->cx.arena = x->arena;
    x->o.bytes = STR("A: 1\r\nB: 2\r\n x\r\na: 3\r\n\r\nbody\r\n");
    x->c = (struct changes){.actions = actions, .max = 200, .out = &x->o};
    assert_int_equal(change_open(&x->cx, x->o.bytes, &x->c.message), OK);
    changes_begin(&x->cx, &x->c);
}

static enum code take(struct changed *x, char kind, uint32_t index, const char *name,
                      const char *value)
{
    const struct milter_reply r = {
        .kind = kind, .index = index, .name = str_z(name), .value = str_z(value)};
    return changes_take(&x->cx, &x->c, &r);
}

static void what_is_added_stands_in_front(void **state)
{
    struct changed x;
    (void)state;
    begin(&x, ACTIONS_ALL);
    assert_int_equal(take(&x, 'h', 0, "L1", "a"), OK);
    assert_int_equal(take(&x, 'i', 0, "F1", "a\nb"), OK);
    assert_int_equal(take(&x, 'i', 5, "F2", "a\r\n b\n"), OK);
    assert_int_equal(take(&x, 'h', 0, "L2", ""), OK);
    assert_int_equal(take(&x, 'h', 0, "bad name", ""), E_SYNTAX);
    assert_int_equal(take(&x, 'h', 0, "", "x"), E_SYNTAX);
    assert_int_equal(changes_end(&x.cx, &x.c), OK);
    assert_str(x.o.fields, STR("F2: a\r\n b\r\nF1: a\r\n\tb\r\nL1: a\r\nL2: \r\n"));
    assert_false(x.o.changed);
    assert_str(x.o.bytes, STR("A: 1\r\nB: 2\r\n x\r\na: 3\r\n\r\nbody\r\n"));
    arena_close(x.arena);
}

static void what_is_changed_makes_a_new_message(void **state)
{
    struct changed x;
    (void)state;
    begin(&x, ACTIONS_ALL);
    assert_int_equal(take(&x, 'm', 2, "A", "new"), OK);
    assert_int_equal(take(&x, 'm', 1, "b", ""), OK);
    assert_int_equal(take(&x, 'm', 1, "C", "there was none"), OK);
    assert_int_equal(take(&x, 'm', 7, "C", ""), OK);
    assert_int_equal(changes_end(&x.cx, &x.c), OK);
    assert_true(x.o.changed);
    assert_str(x.o.bytes, STR("A: 1\r\nA: new\r\n\r\nbody\r\n"));
    assert_str(x.o.fields, STR("C: there was none\r\n"));
    arena_close(x.arena);
    begin(&x, ACTIONS_ALL);
    assert_int_equal(take(&x, 'b', 0, "", "other"), OK);
    assert_int_equal(take(&x, 'b', 0, "", " body"), OK);
    assert_int_equal(changes_end(&x.cx, &x.c), OK);
    assert_str(x.o.bytes, STR("A: 1\r\nB: 2\r\n x\r\na: 3\r\n\r\nother body"));
    arena_close(x.arena);
}

static void fields_are_so_many(void **state)
{
    (void)state;
    for (size_t over = 0; over < 2; over++) {
        struct ctx cx = {.arena = arena_open()};
        struct buf b = buf_of(cx.arena, 100 * 1024);
        struct change_message m;
        for (size_t i = 0; i < MILTER_FIELDS_MAX + over; i++)
            buf_add(&b, STR("A: 1\r\n"));
        buf_add(&b, STR("\r\nbody\r\n"));
        assert_int_equal(change_open(&cx, buf_str(&b), &m), over ? E_LIMIT : OK);
        arena_close(cx.arena);
    }
}

static void limits_hold(void **state)
{
    struct changed x;
    char big[201] = "";
    (void)state;
    begin(&x, ACTION_ADD_HEADERS);
    assert_int_equal(take(&x, 'm', 1, "A", "x"), E_DENIED);
    assert_int_equal(take(&x, 'b', 0, "", "x"), E_DENIED);
    assert_int_equal(take(&x, '+', 0, "<a@b.example>", ""), E_DENIED);
    for (size_t i = 0; i < MILTER_ADDED_MAX; i++)
        assert_int_equal(take(&x, 'h', 0, "A", ""), OK);
    assert_int_equal(take(&x, 'h', 0, "A", ""), E_LIMIT);
    arena_close(x.arena);
    begin(&x, ACTIONS_ALL);
    memset(big, 'x', 180);
    assert_int_equal(take(&x, 'b', 0, "", big), OK);
    assert_int_equal(changes_end(&x.cx, &x.c), E_LIMIT); /* with its header it is too large */
    assert_int_equal(take(&x, 'b', 0, "", big), E_LIMIT);
    assert_int_equal(take(&x, '+', 0, "nobody", ""), E_SYNTAX);
    assert_int_equal(take(&x, '+', 0, "<>", ""), E_SYNTAX);
    assert_int_equal(take(&x, 'e', 0, "<>", ""), OK);
    assert_true(x.o.has_sender && x.o.sender.n == 0);
    for (size_t i = 0; i < MILTER_RCPTS_MAX; i++)
        assert_int_equal(take(&x, '-', 0, "<a@b.example>", ""), OK);
    assert_int_equal(take(&x, '-', 0, "<a@b.example>", ""), E_LIMIT);
    arena_close(x.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(packets_are_whole_or_wait),
        cmocka_unit_test(answers_are_read),
        cmocka_unit_test(replies_are_made_safe),
        cmocka_unit_test(what_is_added_stands_in_front),
        cmocka_unit_test(what_is_changed_makes_a_new_message),
        cmocka_unit_test(fields_are_so_many),
        cmocka_unit_test(limits_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
