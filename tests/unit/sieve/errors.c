/* What is wrong with a script, told by line; and every limit. */
#include "world.h"

#include "base/buf.h"
#include "base/random.h"
#include "format/mime.h"
#include "service/sieve/run/draft.h"
#include "service/sieve/run/run.h"
#include "service/sieve/run/vars.h"
#include "service/sieve/script/syntax.h"
#include "service/sieve/script/word.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const struct sieve_case wrong[] = {
    {"no semicolon", "keep;\nkeep\ndiscard;", NULL,
     "line 3: \";\" was expected here, not \"discard\""},
    {"at the end", "keep", NULL, "line 1: \";\" was expected here, not the end of the script"},
    {"no block", "if true\nkeep;", NULL, "line 2: \"{\" was expected here, not \"keep\""},
    {"no end of a block", "if true {\n\nkeep;", NULL,
     "line 3: a command or \"}\" was expected here, not the end of the script"},
    {"end of no block", "keep;\n}", NULL, "line 2: a command was expected here, not \"}\""},
    {"no command", "\"a\";", NULL, "line 1: a command was expected here, not a string"},
    {"no end of a string", "keep;\nredirect \"a\n\n;", NULL,
     "line 2: this string has no end: a quotation mark is missing"},
    {"no end of a text", "require \"reject\";\nreject text:\nabc\n", NULL,
     "line 2: this text has no end: a line with nothing but a dot is missing"},
    {"behind text:", "redirect text: x\n.\n;", NULL, "line 1: behind \"text:\" the line must end"},
    {"a remark behind text:", "require \"reject\"; reject text: # remark\nabc\n.\n;", NULL,
     "reject \"abc\\n\""},
    {"no end of a comment", "keep; /* abc", NULL,
     "line 1: this comment has no end: \"*/\" is missing"},
    {"a stray byte", "keep;\n  ?", NULL, "line 2: \"?\" has no meaning here"},
    {"number", "if size :over 1X {}", NULL,
     "line 1: a number may end with K, M or G, and with nothing else"},
    {"large number", "if size :over 99999999999999999999 {}", NULL,
     "line 1: this number is too large"},
    {"large number with a unit", "if size :over 9999999999999G {}", NULL,
     "line 1: this number is too large"},
    {"tag without a name", "if size : over 1 {}", NULL, "line 1: a name must follow the colon"},
    {"list", "if exists [\"a\" \"b\"] {}", NULL,
     "line 1: \",\" or \"]\" was expected here, not a string"},
    {"list of numbers", "if exists [1] {}", NULL,
     "line 1: a string was expected here, not a number"},
    {"empty list", "if exists [] {}", NULL,
     "line 1: \"exists\" wants a string or a list of strings here"},
    {"list of tests", "if anyof (true {}", NULL,
     "line 1: \",\" or \")\" was expected here, not \"{\""},
    {"unknown command", "keep;\nfrob \"x\";", NULL, "line 2: \"frob\" is no command"},
    {"test as command", "true;", NULL, "line 1: \"true\" is a test, not a command"},
    {"command as test", "if keep {}", NULL, "line 1: \"keep\" is a command, not a test"},
    {"unknown test", "if frob {}", NULL, "line 1: \"frob\" is no test"},
    {"not required", "\nfileinto \"a\";", NULL, "line 2: \"fileinto\" needs: require \"fileinto\""},
    {"tag not required", "redirect :copy \"a@b.example\";", NULL,
     "line 1: \":copy\" needs: require \"copy\""},
    {"comparator not required", "if header :comparator \"i;ascii-numeric\" \"a\" \"b\" {}", NULL,
     "line 1: \"i;ascii-numeric\" needs: require \"comparator-i;ascii-numeric\""},
    {"unknown extension", "require [\"copy\",\n\"frob\"];", NULL,
     "line 1: there is no extension \"frob\" here"},
    {"require too late", "keep;\nrequire \"copy\";", NULL,
     "line 2: \"require\" must stand before all other commands"},
    {"require in a block", "if true {\nrequire \"copy\";\n}", NULL,
     "line 2: \"require\" must stand before all other commands"},
    {"unknown tag", "keep :frob;", NULL, "line 1: \"keep\" has no argument \":frob\""},
    {"tag behind", "if header \"a\" :is \"b\" {}", NULL,
     "line 1: \":is\" must stand before the arguments without a tag"},
    {"tag without its value", "if header :comparator {}", NULL,
     "line 1: behind \":comparator\" a string must follow"},
    {"tags that exclude", "if header :is :contains \"a\" \"b\" {}", NULL,
     "line 1: \":is\" and \":contains\" exclude each other"},
    {"tag twice", "if header :is :is \"a\" \"b\" {}", NULL, "line 1: \":is\" is there twice"},
    {"too few", "if header \"a\" {}", NULL,
     "line 1: \"header\" takes 2 arguments without a tag, not 1"},
    {"too many", "stop 1;", NULL, "line 1: \"stop\" takes 0 arguments without a tag, not 1"},
    {"kind", "redirect 1;", NULL, "line 1: \"redirect\" wants a string here"},
    {"list for a string", "redirect [\"a@b.example\", \"c@d.example\"];", NULL,
     "line 1: \"redirect\" wants a string here"},
    {"no test", "if {}", NULL, "line 1: \"if\" wants one test"},
    {"tests for a test", "if (true, true) {}", NULL, "line 1: \"if\" wants one test"},
    {"test for tests", "if anyof true {}", NULL,
     "line 1: \"anyof\" wants a list of tests in parentheses"},
    {"block of a command", "keep {}", NULL, "line 1: \"keep\" takes no block"},
    {"if without a block", "if true;", NULL, "line 1: \"if\" wants a block in braces"},
    {"test of a command", "keep true;", NULL, "line 1: \"keep\" takes no test"},
    {"else alone", "else {}", NULL, "line 1: \"else\" must follow the block of an \"if\""},
    {"elsif behind else", "if true {} else {}\nelsif true {}", NULL,
     "line 2: \"elsif\" must follow the block of an \"if\""},
    {"elsif behind keep", "if true {} keep; elsif true {}", NULL,
     "line 1: \"elsif\" must follow the block of an \"if\""},
    {"substrings of numbers",
     "require \"comparator-i;ascii-numeric\"; if header :contains :comparator \"i;ascii-numeric\" "
     "\"a\" \"b\" {}",
     NULL, "line 1: i;ascii-numeric compares whole numbers: not for :contains"},
    {"name of a field", "if header \"a b\" \"c\" {}", NULL,
     "line 1: \"a b\" is no name of a header field"},
    {"field without addresses", "if address \"subject\" \"c\" {}", NULL,
     "line 1: \"subject\" is no field with addresses"},
    {"size of what", "if size 1 {}", NULL, "line 1: \"size\" wants \":over\" or \":under\""},
    {"several", "frob;\nkeep 1;\n\nif true { fileinto \"a\"; }", NULL,
     "line 1: \"frob\" is no command\nline 2: \"keep\" takes 0 arguments without a tag, not 1\n"
     "line 4: \"fileinto\" needs: require \"fileinto\""},
    {"no UTF-8", "keep;\n# \xff", NULL, "line 2: this is not UTF-8"},
    {"empty name of a folder", "require \"fileinto\"; fileinto \"\";", NULL,
     "line 1: the name of a folder may not be empty"},
    {"folder from a variable", "require [\"fileinto\", \"variables\"];\nfileinto \"${x}\";", NULL,
     "error: line 2: the name of a folder is empty"},
    {"address from a variable", "require \"variables\"; redirect \"${x}\";", NULL,
     "error: line 1: this is no mail address to redirect to"},
};

static void errors(void **state)
{
    (void)state;
    sieve_cases_check(wrong, sizeof wrong / sizeof wrong[0]);
}

/* before, count times piece, after: what it comes to. */
static void repeated(const char *before, const char *piece, size_t count, const char *after,
                     const char *message, const char *wanted)
{
    struct arena *arena AUTO(arena_close) = arena_open();
    struct random random = {.seed = 1};
    struct ctx cx = {.arena = arena, .now_ms = 1795341600000, .random = &random};
    struct buf b = buf_of(arena, 1 << 24);
    buf_add(&b, str_z(before));
    for (size_t i = 0; i < count; i++)
        buf_add(&b, str_z(piece));
    buf_add(&b, str_z(after));
    struct sieve_world world;
    sieve_world_make(&cx, message, &world);
    struct str got = sieve_play(&cx, buf_str(&b), &world);
    if (!str_eq(got, str_z(wanted)))
        fail_msg("%s...: wanted %s, got %.*s", before, wanted, STR_ARG(str_sub(got, 0, 300)));
}

static void limits(void **state)
{
    (void)state;
    repeated("#", "x", SIEVE_SCRIPT_MAX - 1, "", NULL, "implicit keep");
    repeated("#", "x", SIEVE_SCRIPT_MAX, "", NULL,
             "line 1: a script has no more than 1048576 bytes");
    repeated("", "if true {", SIEVE_DEPTH_MAX + 1, "", NULL,
             "line 1: blocks and tests in each other: no more than 32");
    repeated("if ", "not ", SIEVE_DEPTH_MAX + 1, "true {}", NULL,
             "line 1: blocks and tests in each other: no more than 32");
    repeated("", "stop;", SIEVE_NODES_MAX, "", NULL, "implicit keep");
    repeated("", "stop;", SIEVE_NODES_MAX + 1, "", NULL,
             "line 1: commands and tests in a script: no more than 20000");
    repeated("require [\"fileinto\", \"variables\"];",
             "set :length \"n\" \"${a}\"; set \"a\" "
             "\"${a}x\"; fileinto \"${n}\";",
             SIEVE_ACTIONS_MAX + 1, "", NULL,
             "error: line 1: a script takes no more than 64 actions");
    repeated("require \"variables\";", "set \"a\" \"${a}x\"; redirect \"${a}@example.com\";",
             SIEVE_REDIRECTS_MAX + 1, "", NULL,
             "error: line 1: a script redirects no more than 8 times");
    repeated("require \"enotify\";", "notify \"mailto:a@b.example\";", SIEVE_NOTIFIES_MAX + 1, "",
             NULL, "error: line 1: a script notifies no more than 8 times");
    repeated("require [\"variables\", \"fileinto\"]; set \"a\" \"1234567890123456\";",
             "set \"a\" \"${a}${a}\";", 20, "set :length \"n\" \"${a}\"; fileinto \"${n}\";", NULL,
             "fileinto \"65536\"");
    repeated("require \"variables\"; set \"", "a", SIEVE_NAME_MAX + 1, "\" \"\";", NULL,
             "line 1: \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\" is no "
             "name of "
             "a variable");
    repeated("require \"editheader\"; addheader \"X\" \"", "x", SIEVE_FIELD_MAX + 1, "\";", NULL,
             "error: line 1: a header field has no more than 8192 bytes");
    repeated("require \"regex\"; if header :regex \"a\" \"", "x", SIEVE_PATTERN_MAX + 1, "\" {}",
             NULL, "line 1: this is no regular expression: it is longer than 4096 bytes");
    repeated(
        "require \"regex\"; if header :regex \"a\" \"", "(", SIEVE_PATTERN_PARENS_MAX + 2, "\" {}",
        NULL,
        "line 1: this is no regular expression: parentheses are too deeply nested, at its byte "
        "52");
    repeated("require [\"regex\"]; if header :regex \"subject\" \"^(a+)+$\" {}", "", 0, "",
             "Subject: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\n\nb\n",
             "error: line 1: a regular expression takes too many steps");
    repeated("require \"duplicate\";", "if duplicate {}", 17, "", NULL, "implicit keep");
}

/* Many different variables, includes, keys of duplicate: each past its limit. */
static void numbered(void **state)
{
    (void)state;
    static const struct {
        const char *before, *each, *wanted;
        int count;
    } rows[] = {
        {"require \"variables\";", "set \"v%d\" \"\";", "implicit keep", SIEVE_VARIABLES_MAX},
        {"require \"variables\";", "set \"v%d\" \"\";",
         "error: line 0: a script has no more than 256 variables", SIEVE_VARIABLES_MAX + 1},
        {"require \"duplicate\";", "if duplicate :uniqueid \"%d\" {}",
         "error: line 1: no more than 16 tests for duplicates", 17},
        {"require \"include\";", "include \"own_variable\"; # %d\n",
         "error: line 51: no more than 10 scripts in each other, 50 in all",
         SIEVE_INCLUDED_MAX + 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct arena *arena AUTO(arena_close) = arena_open();
        struct buf b = buf_of(arena, 1 << 20);
        const char *mark = strstr(rows[i].each, "%d");
        for (int n = 0; n < rows[i].count; n++) {
            buf_add(&b, str_of(rows[i].each, (size_t)(mark - rows[i].each)));
            buf_printf(&b, "%d%s", n, mark + 2);
        }
        buf_byte(&b, '\0');
        repeated(rows[i].before, buf_str(&b).p, 1, "", NULL, rows[i].wanted);
    }
}

/* Steps: a long message against many keys, in a script of few lines. */
static void steps(void **state)
{
    (void)state;
    struct arena *arena AUTO(arena_close) = arena_open();
    struct buf b = buf_of(arena, 1 << 22);
    buf_add(&b, STR("Subject: s\n\n"));
    buf_fill(&b, 'a', 1 << 21);
    buf_byte(&b, '\0');
    repeated("require \"body\";", "if body :raw :contains [\"b\", \"c\", \"d\", \"e\"] {}\n", 50,
             "", buf_str(&b).p, "error: line 31: the script takes more than 1000000 steps");
    repeated("require \"body\"; if body :raw :matches \"*", "a?*", 300, "b\" {}", buf_str(&b).p,
             "error: line 1: the script takes more than 1000000 steps");
}

static void memory(void **state)
{
    (void)state;
    repeated("require [\"variables\", \"relational\", \"comparator-i;ascii-numeric\"]; set \"a\" "
             "\"1234567890123456\";",
             "set \"a\" \"${a}${a}\";", 4000, "", NULL,
             "error: line 1: the script takes too much memory");
    struct arena *arena AUTO(arena_close) = arena_open();
    struct buf b = buf_of(arena, 1 << 24);
    buf_add(&b, STR("Subject: s\n\n"));
    buf_fill(&b, 'a', 1 << 23);
    buf_byte(&b, '\0');
    repeated("require [\"editheader\", \"fileinto\", \"variables\"];",
             "set \"a\" \"${a}x\"; addheader \"X\" \"1\"; fileinto \"${a}\";", 60, "",
             buf_str(&b).p, "error: line 1: the script takes too much memory");
}

static void capabilities(void **state)
{
    (void)state;
    struct arena *arena AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = arena};
    struct str all = sieve_extensions(arena, 0);
    assert_true(str_find(all, STR(" vacation vacation-seconds ")) != SIZE_MAX);
    struct sieve_options options = {.refused = sieve_extension_bit(STR("editheader"))};
    assert_true(str_find(sieve_extensions(arena, options.refused), STR("editheader")) == SIZE_MAX);
    struct sieve_program *p AUTO(sieve_program_unref) = NULL;
    struct sieve_problems problems;
    assert_int_equal(sieve_compile(&cx, STR("require \"editheader\";"), &options, &p, &problems),
                     E_SYNTAX);
    assert_int_equal(problems.at[0].line, 1);
    assert_int_equal(problems.at[0].column, 9);
    assert_int_equal(sieve_compile(&cx, STR("require \"copy\";"), &options, &p, &problems), OK);
    assert_true(sieve_program_requires(p, STR("copy")));
    assert_false(sieve_program_requires(p, STR("fileinto")));
    /* Every extension on the list can be required, alone. */
    while (all.n) {
        size_t end = str_chr(all, ' ');
        struct str parts[] = {STR("require \""), str_sub(all, 0, end), STR("\";")};
        struct sieve_program *one AUTO(sieve_program_unref) = NULL;
        assert_int_equal(sieve_compile(&cx, str_join(arena, parts, 3), NULL, &one, &problems), OK);
        all = end == SIZE_MAX ? (struct str){0} : str_from(all, end + 1);
    }
}

static bool in_dictionary(struct str dictionary, const char *before, struct str word)
{
    char line[100];
    snprintf(line, sizeof line, "\n\"%s%.*s\"\n", before, STR_ARG(word));
    return str_find(dictionary, str_z(line)) != SIZE_MAX;
}

/* The fuzz target's words are those of the tables. */
static void dictionary(void **state)
{
    (void)state;
    static char bytes[65536];
    bytes[0] = '\n';
    FILE *f = fopen("tests/fuzz/words/sieve.dict", "r");
    assert_non_null(f);
    size_t n = fread(bytes + 1, 1, sizeof bytes - 1, f);
    fclose(f);
    struct str all = str_of(bytes, n + 1);
    for (size_t i = 0; sieve_command_at(i); i++)
        assert_true(in_dictionary(all, "", sieve_command_at(i)->name));
    for (size_t i = 0; sieve_test_at(i); i++)
        assert_true(in_dictionary(all, "", sieve_test_at(i)->name));
    for (unsigned t = TAG_NONE + 1; t < TAG_COUNT; t++)
        assert_true(in_dictionary(all, ":", sieve_tag_row((enum sieve_tag)t)->name));
    for (unsigned e = EXT_NONE + 1; e < EXT_COUNT; e++)
        assert_true(in_dictionary(all, "", sieve_ext_name((enum sieve_ext)e)));
    /* Halves find every row, so they are in order. */
    for (size_t i = 0; sieve_command_at(i); i++)
        assert_ptr_equal(sieve_command_find(sieve_command_at(i)->name), sieve_command_at(i));
    for (size_t i = 0; sieve_test_at(i); i++)
        assert_ptr_equal(sieve_test_find(sieve_test_at(i)->name), sieve_test_at(i));
}

static void cache(void **state)
{
    (void)state;
    struct arena *arena AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = arena};
    struct sieve_cache *c AUTO(sieve_cache_close) = sieve_cache_open(2);
    struct sieve_problems problems;
    static const char *const texts[] = {"keep;", "stop;", "keep;", "discard;", "keep;", "stop;"};
    struct sieve_program *p[6];
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(sieve_cache_compile(&cx, c, str_z(texts[i]), NULL, &p[i], &problems), OK);
    assert_ptr_equal(p[0], p[2]);
    assert_ptr_equal(p[0], p[4]);     /* used more lately than "stop;" when there were three */
    assert_ptr_not_equal(p[1], p[5]); /* which had to go */
    for (size_t i = 0; i < 6; i++)
        sieve_program_unref(p[i]);
    assert_int_equal(sieve_cache_compile(&cx, c, STR("x"), NULL, &p[0], &problems), E_SYNTAX);
    assert_int_equal(problems.count, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors),     cmocka_unit_test(limits), cmocka_unit_test(numbered),
        cmocka_unit_test(steps),      cmocka_unit_test(memory), cmocka_unit_test(capabilities),
        cmocka_unit_test(dictionary), cmocka_unit_test(cache),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
