#include "format/format.h"

#include "format/thread.h"

static const struct {
    struct str subject, base;
    bool reply;
} subjects[] = {
    {STR("Plan"), STR("Plan"), false},
    {STR("Re: Plan"), STR("Plan"), true},
    {STR("RE : re: Fwd: FW:  Plan"), STR("Plan"), true},
    {STR("Re[2]: Plan"), STR("Plan"), true},
    {STR("Re [list]: Plan"), STR("Plan"), true},
    {STR("[list] Plan"), STR("Plan"), false},
    {STR("[list] Re: [other] Plan"), STR("Plan"), true},
    {STR("[all of it]"), STR("[all of it]"), false},
    {STR("[a] [b]"), STR("[b]"), false},
    {STR("[a] [b] c"), STR("c"), false},
    {STR("Re: [all of it]"), STR("[all of it]"), true},
    {STR("Plan (fwd)"), STR("Plan"), true},
    {STR("Plan (fwd) (FWD)  "), STR("Plan"), true},
    {STR("[Fwd: Plan]"), STR("Plan"), true},
    {STR("[fwd: Re: [x] Plan (fwd)]"), STR("Plan"), true},
    {STR("two  blanks\tand tab"), STR("two blanks and tab"), false},
    {STR("Regarding: Plan"), STR("Regarding: Plan"), false},
    {STR("Re Plan"), STR("Re Plan"), false},
    {STR("Re:"), STR(""), true},
    {STR(""), STR(""), false},
};

static void finds_base_subjects(void **state)
{
    struct ctx *cx = *state;
    for (size_t i = 0; i < ROWS(subjects); i++) {
        bool reply;
        print_message("# %.*s\n", STR_ARG(subjects[i].subject));
        assert_str(thread_base_subject(cx->arena, subjects[i].subject, &reply), subjects[i].base);
        assert_int_equal(reply, subjects[i].reply);
    }
    static const struct str pieces[] = {STR("[a]"), STR("[a] Re:"), STR("[fwd:"), STR("(fwd)"),
                                        STR("re: ")};
    for (size_t i = 0; i < ROWS(pieces); i++) {
        struct buf b = buf_of(cx->arena, 512 * 1024);
        while (b.n < 256 * 1024)
            buf_add(&b, pieces[i]);
        (void)thread_base_subject(cx->arena, buf_str(&b), NULL);
    }
}

/* They are stored: a change here breaks the threads of every mailbox. */
static void keys_never_change(void **state)
{
    (void)state;
    assert_true(thread_key(STR("")) != 0);
    assert_true(thread_key(STR("<a@b>")) == 0x9af915fb03d3133);
    assert_true(thread_key(STR("<0123456789abcdef@example.com>")) == 0xfe4e4fbbbb6227ee);
    assert_true(thread_key(STR("<a@c>")) != thread_key(STR("<a@b>")));
    assert_true(thread_key(STR("<a@b>\0")) != thread_key(STR("<a@b>")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {FORMAT_TEST(finds_base_subjects),
                                       FORMAT_TEST(keys_never_change)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
