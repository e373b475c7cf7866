/* The tables: replies, commands, and what is made of them. */
#include "../unit.h"
#include "base/cur.h"
#include "base/metric.h"
#include "proto/imap/command.h"
#include "proto/imap/wire/reply.h"
#include <dirent.h>

static void answers_each_code(void **state)
{
    (void)state;
    for (int code = 0; code < CODE_COUNT; code++) {
        const struct imap_reply_row *row = imap_reply_row((enum code)code);
        if (!row->status.n)
            fail_msg("no reply for %s", code_name((enum code)code));
        bool is_ok = str_eq(row->status, STR("OK"));
        assert_int_equal(is_ok, code == OK);
    }
}

static void knows_each_command(void **state)
{
    (void)state;
    for (size_t i = 0; imap_command_at(i); i++) {
        const struct imap_command *row = imap_command_at(i);
        assert_non_null(row->run);
        assert_true(row->name.n && row->stages);
        assert_ptr_equal(imap_command_find(row->name), row);
        assert_int_equal(imap_command_index(row), i);
    }
    assert_null(imap_command_find(STR("NONSENSE")));
    assert_ptr_equal(imap_command_find(STR("noop")), imap_command_find(STR("NOOP")));
}

/* What RFC 9051 section 6 lists, and RFC 3501 beside it. */
static void has_all_commands(void **state)
{
    static const char *const all[] = {
        "CAPABILITY", "NOOP",         "LOGOUT",   "STARTTLS",  "AUTHENTICATE", "LOGIN",
        "ENABLE",     "SELECT",       "EXAMINE",  "CREATE",    "DELETE",       "RENAME",
        "SUBSCRIBE",  "UNSUBSCRIBE",  "LIST",     "NAMESPACE", "STATUS",       "APPEND",
        "IDLE",       "CLOSE",        "UNSELECT", "EXPUNGE",   "SEARCH",       "FETCH",
        "STORE",      "COPY",         "MOVE",     "LSUB",      "CHECK",        "ID",
        "GETQUOTA",   "GETQUOTAROOT", "SETQUOTA"};
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (!imap_command_find(str_z(all[i])))
            fail_msg("no %s", all[i]);
}

static void counts_commands(void **state)
{
    (void)state;
    struct metrics *m = metrics_open();
    struct imap_meter *meter = imap_meter_open(m);
    imap_meter_count(meter, imap_command_find(STR("NOOP")), true, 5);
    imap_meter_count(meter, imap_command_find(STR("NOOP")), false, 5);
    imap_meter_count(NULL, imap_command_find(STR("NOOP")), false, 5);
    struct arena *a = arena_open();
    struct buf text = buf_of(a, 1 << 20);
    metrics_print(m, &text);
    assert_true(str_find(buf_str(&text), STR("postroad_imap_commands_total{command=\"NOOP\","
                                             "result=\"failed\"} 1\n")) != SIZE_MAX);
    assert_true(str_find(buf_str(&text), STR("postroad_imap_command_seconds_count{command="
                                             "\"NOOP\"} 2\n")) != SIZE_MAX);
    arena_close(a);
    imap_meter_close(meter);
    metrics_close(m);
}

static struct str dictionary(struct arena *a)
{
    struct buf b = buf_of(a, 1 << 16);
    buf_add(&b, STR("# Made of the command table; tests/unit/imap/tables.c compares.\n"));
    for (size_t i = 0; imap_command_at(i); i++)
        buf_printf(&b, "\"%.*s\"\n", STR_ARG(imap_command_at(i)->name));
    for (size_t i = 0; imap_word_at(i).p; i++)
        buf_printf(&b, "\"%.*s\"\n", STR_ARG(imap_word_at(i)));
    return buf_str(&b);
}

/* With POSTROAD_WRITE set the file is written anew. */
/* libFuzzer knows \\, \" and \xAB; anything else spoils the whole dictionary. */
static void words_are_escaped(void **state)
{
    (void)state;
    struct str word;
    for (size_t i = 0; (word = imap_word_at(i)).p; i++)
        for (size_t k = 0; k < word.n; k++) {
            assert_int_not_equal(word.p[k], '"');
            if (word.p[k] != '\\')
                continue;
            char next = ++k < word.n ? word.p[k] : 0;
            assert_true(next == '\\' || next == '"' || next == 'x');
        }
}

static void fits_the_fuzz_dictionary(void **state)
{
    (void)state;
    const char *path = "tests/fuzz/words/imap.dict";
    struct arena *a = arena_open();
    struct str wanted = dictionary(a);
    if (getenv("POSTROAD_WRITE")) {
        FILE *out = fopen(path, "wb");
        assert_non_null(out);
        assert_int_equal(fwrite(wanted.p, 1, wanted.n, out), wanted.n);
        fclose(out);
    }
    FILE *in = fopen(path, "rb");
    assert_non_null(in);
    char *got = arena_alloc(a, wanted.n + 1);
    size_t n = fread(got, 1, wanted.n + 1, in);
    fclose(in);
    assert_str(str_of(got, n), wanted);
    arena_close(a);
}

/* All dialogues of a folder, one behind the other. */
static struct str dialogues(struct arena *a, const char *folder)
{
    struct buf all = buf_of(a, 16 << 20);
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *e; (e = readdir(dir));) {
        char path[300], piece[4096];
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        FILE *in = str_ends(str_z(e->d_name), STR(".dialog")) ? fopen(path, "rb") : NULL;
        for (size_t n; in && (n = fread(piece, 1, sizeof piece, in)) > 0;)
            buf_add(&all, str_of(piece, n));
        if (in)
            fclose(in);
    }
    closedir(dir);
    return buf_str(&all);
}

/* Whether a client says "tag NAME", or "tag UID NAME", in a line of its own. */
static bool is_said(struct str all, struct str name, bool uid)
{
    struct cur lines = cur_of(all);
    struct str line, tag, said;
    while (cur_line(&lines, &line)) {
        struct cur c = cur_of(line);
        if (!cur_char(&c, 'C') || !cur_until(&c, ':', &tag))
            continue;
        cur_char(&c, ' ');
        if (!cur_until(&c, ' ', &tag) || (uid && !cur_word(&c, STR("UID"))))
            continue;
        cur_char(&c, ' ');
        size_t end = str_chr(c.rest, ' ');
        said = end == SIZE_MAX ? c.rest : str_sub(c.rest, 0, end);
        if (str_ieq(said, name))
            return true;
    }
    return false;
}

/* Dialogues are the seeds of the fuzz target, which reaches each command by them. */
static void dialogues_say_each_command(void **state)
{
    (void)state;
    struct arena *a = arena_open();
    struct str all = dialogues(a, "tests/wire/imap");
    for (size_t i = 0; imap_command_at(i); i++) {
        const struct imap_command *row = imap_command_at(i);
        if (!is_said(all, row->name, false))
            fail_msg("no dialogue has %.*s", STR_ARG(row->name));
        if (row->uid && !is_said(all, row->name, true))
            fail_msg("no dialogue has UID %.*s", STR_ARG(row->name));
    }
    assert_false(is_said(all, STR("NONSUCH"), false));
    arena_close(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_each_code),          cmocka_unit_test(knows_each_command),
        cmocka_unit_test(has_all_commands),           cmocka_unit_test(counts_commands),
        cmocka_unit_test(fits_the_fuzz_dictionary),   cmocka_unit_test(words_are_escaped),
        cmocka_unit_test(dialogues_say_each_command),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
