#include "server/cli.h"
#include "base/cur.h"
#include "server/client.h"
#include "server/command.h"
#include "server/control.h"
#include "server/table.h"
#include <errno.h>
#include <termios.h>
#include <unistd.h>

enum { TEXT_MAX = 128 * 1024 * 1024, CALL_COLUMNS = 40 };

static void print(FILE *to, struct str s)
{
    if (s.n)
        fwrite(s.p, 1, s.n, to);
}

static enum code read_all(struct ctx *cx, int fd, struct buf *out)
{
    char chunk[16384];
    ssize_t n;
    while ((n = read(fd, chunk, sizeof chunk)) > 0)
        buf_add(out, str_of(chunk, (size_t)n));
    if (n < 0)
        return fail(cx, E_IO, "reading: %s", strerror(errno));
    if (out->overflow)
        return fail(cx, E_LIMIT, "the input is larger than %d MiB", CONTROL_REQUEST_MAX >> 20);
    return OK;
}

/* One line without echo when somebody sits there; else the first line of standard input. */
static enum code read_password(struct ctx *cx, struct str *out)
{
    struct termios was, quiet;
    bool terminal = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &was) == 0;
    char line[512];
    if (terminal) {
        quiet = was;
        quiet.c_lflag &= ~(tcflag_t)ECHO;
        fputs("Password: ", stderr);
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    }
    char *got = fgets(line, sizeof line, stdin);
    if (terminal) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &was);
        fputs("\n", stderr);
    }
    if (!got)
        return fail(cx, E_SYNTAX, "no password was given; write it to standard input");
    *out = str_dup(cx->arena, str_of(line, strcspn(line, "\r\n")));
    return OK;
}

static enum code read_input(struct ctx *cx, enum command_input what, struct str *out)
{
    *out = (struct str){0};
    if (what == INPUT_PASSWORD)
        return read_password(cx, out);
    if (what == INPUT_NONE)
        return OK;
    struct buf file = buf_of(cx->arena, CONTROL_REQUEST_MAX);
    TRY(read_all(cx, STDIN_FILENO, &file));
    *out = buf_str(&file);
    return OK;
}

static int complain(struct ctx *cx, enum code code)
{
    fprintf(stderr, "postroad: %s\n", cx->err.what);
    return control_exit_status(code);
}

static enum code print_answer(struct ctx *cx, const struct cli *cli, struct str json)
{
    struct buf text = buf_of(cx->arena, TEXT_MAX);
    if (cli->json) {
        buf_add(&text, json);
        buf_byte(&text, '\n');
    } else {
        TRY(table_print(cx, json, &text));
    }
    print(stdout, buf_str(&text));
    return OK;
}

int cli_run(struct ctx *cx, const struct cli *cli, const struct str *words, size_t count)
{
    size_t taken;
    const struct command *command = command_find(words, count, &taken);
    if (!command) {
        fprintf(stderr, "postroad: no such command: %.*s; see: postroad help\n",
                STR_ARG(count ? words[0] : STR("(none)")));
        return control_exit_status(E_SYNTAX);
    }
    struct question question = {
        .words = words, .count = count, .watched = command->slow && isatty(STDERR_FILENO)};
    struct answer answer;
    enum code code = read_input(cx, command->input, &question.input);
    if (code == OK)
        code = client_ask(cx, cli->control, &question, &answer);
    if (code == OK && answer.json)
        code = print_answer(cx, cli, answer.text);
    if (code != OK)
        return complain(cx, code);
    if (!answer.json)
        fprintf(stderr, "postroad %s: %.*s\n", command->words, STR_ARG(answer.text));
    if (!answer.json && answer.status == control_exit_status(E_SYNTAX))
        fprintf(stderr, "usage: postroad %s %s\n", command->words, command->usage);
    return answer.status;
}

static void help_one(const struct command *c)
{
    printf("%s\n\nusage: postroad %s %s\n", c->summary, c->words, c->usage);
    if (c->help[0])
        printf("\n%s\n", c->help);
    if (c->input == INPUT_PASSWORD)
        puts("\nThe password is read from standard input, or asked for.");
    printf("\nExample:\n  %s\n\nOptions for every command: --json, --control PATH, --help\n",
           c->example);
}

static bool in_area(const struct command *c, const struct str *words, size_t count)
{
    if (count == 0)
        return true;
    struct str name = str_z(c->words);
    return str_starts(name, words[0]) && name.n > words[0].n && name.p[words[0].n] == ' ';
}

/* What needs no running server; serve and init tell more themselves. */
static const struct {
    const char *words, *usage, *summary, *example;
} local[] = {
    {"serve", "--config FILE", "run the server", "postroad serve --config postroad.conf"},
    {"init", "--config FILE ...", "write a first configuration file", "postroad init --help"},
    {"config check", "FILE", "check a configuration file, naming line and cause",
     "postroad config check /etc/postroad/postroad.conf"},
    {"sieve check", "FILE", "check a Sieve script, naming line and cause",
     "postroad sieve check vacation.sieve"},
    {"sieve test",
     "SCRIPT MESSAGE [--from A] [--to A] [--folders A,B] [--include DIR] [--trace] [--message]\n"
     "           [--lists LIST=VALUE,...] [--known KEY,...] [--spam 0-100] [--virus 0-5]\n"
     "           [--now SECONDS] [--zone NAME]",
     "what a script would do with a message; nothing is delivered",
     "postroad sieve test rules.sieve message.eml --to jane@example.org --trace"},
    {"completion", "", "print a completion script for bash",
     "postroad completion >/etc/bash_completion.d/postroad"},
    {"help", "[COMMAND]", "this list, or one command with an example", "postroad help account add"},
    {"version", "", "print the version", "postroad version"},
};
static const size_t local_count = sizeof local / sizeof local[0];

/* False when the words name no local command. */
static bool help_local(struct ctx *cx, const struct str *words, size_t count)
{
    for (size_t i = 0; i < local_count; i++) {
        struct buf name = buf_of(cx->arena, 256);
        for (size_t k = 0; k < count; k++)
            buf_printf(&name, "%s%.*s", k ? " " : "", STR_ARG(words[k]));
        if (!str_eq(buf_str(&name), str_z(local[i].words)))
            continue;
        printf("%s\n\nusage: postroad %s %s\n\nExample:\n  %s\n", local[i].summary, local[i].words,
               local[i].usage, local[i].example);
        return true;
    }
    return false;
}

/* A long call has its summary on a line of its own. */
static void print_call(struct str call, const char *summary)
{
    if (call.n > CALL_COLUMNS)
        printf("  %.*s\n  %*s  %s\n", STR_ARG(call), CALL_COLUMNS, "", summary);
    else
        printf("  %-*.*s  %s\n", CALL_COLUMNS, STR_ARG(call), summary);
}

int cli_help(struct ctx *cx, const struct str *words, size_t count)
{
    size_t taken, shown = 0;
    const struct command *c = command_find(words, count, &taken);
    if (c) {
        help_one(c);
        return 0;
    }
    if (help_local(cx, words, count))
        return 0;
    if (count == 0)
        puts("postroad: the messaging service of a government in one server\n\n"
             "usage: postroad COMMAND [OPTIONS]\n");
    for (size_t i = 0; (c = command_at(i)); i++) {
        if (!in_area(c, words, count))
            continue;
        struct str call = str_printf(cx->arena, "%s %s", c->words, c->usage);
        print_call(call, c->summary);
        shown++;
    }
    for (size_t i = 0; count == 0 && i < local_count; i++)
        print_call(str_printf(cx->arena, "%s %s", local[i].words, local[i].usage),
                   local[i].summary);
    if (!shown) {
        fprintf(stderr, "postroad: no such command; see: postroad help\n");
        return control_exit_status(E_SYNTAX);
    }
    puts("\nExit status: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 exists already, 5 not\n"
         "allowed, 6 over a limit, 7 busy or not running, 8 disk or stored data faulty.");
    return 0;
}

int cli_completion(struct ctx *cx)
{
    struct buf first = buf_of(cx->arena, 65536), rules = buf_of(cx->arena, 65536);
    const struct command *c;
    buf_add(&first, STR("serve init config completion help version"));
    for (size_t i = 0; (c = command_at(i)); i++) {
        struct cur name = cur_of(str_z(c->words));
        struct str area;
        if (!cur_until(&name, ' ', &area)) {
            buf_printf(&first, " %s", c->words);
            continue;
        }
        if (str_find(buf_str(&first), area) == SIZE_MAX)
            buf_printf(&first, " %.*s", STR_ARG(area));
        buf_printf(&rules, "    [[ ${COMP_WORDS[1]} == %.*s ]] && words+=' %.*s'\n", STR_ARG(area),
                   STR_ARG(name.rest));
    }
    printf("_postroad() {\n    local words=''\n    if (( COMP_CWORD == 1 )); then\n"
           "        words='%.*s'\n    elif (( COMP_CWORD == 2 )); then\n        :\n%.*s    else\n"
           "        words='--json --help --control'\n    fi\n"
           "    COMPREPLY=($(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n}\n"
           "complete -F _postroad postroad\n",
           STR_ARG(buf_str(&first)), STR_ARG(buf_str(&rules)));
    return 0;
}
