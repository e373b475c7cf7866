/* postroad: the program. Finds the command and hands it to whoever runs it. */
#include "base/clock.h"
#include "base/random.h"
#include "server/args.h"
#include "server/cli.h"
#include "server/config.h"
#include "server/control.h"
#include "server/init.h"
#include "server/server.h"
#include "server/sieve/offline.h"

static const char version[] = "0.1.0";

static int complain(const struct ctx *cx, enum code code)
{
    fprintf(stderr, "postroad: %s\n", cx->err.what);
    return control_exit_status(code);
}

static const char serve_help[] =
    "Run the server.\n\nusage: postroad serve --config FILE [--ports-file FILE] [--no-fork]\n\n"
    "  --config FILE      the configuration [/etc/postroad/postroad.conf]\n"
    "  --ports-file FILE  write \"name address port\" of each listener there when it serves\n"
    "  --no-fork          one process without a supervisor, for debugging\n\n"
    "SIGHUP reads the certificates anew, SIGTERM and SIGINT stop it.\n\n"
    "Example:\n  postroad serve --config /etc/postroad/postroad.conf\n";

static int serve(struct ctx *cx, struct args *args)
{
    struct str file = STR("/etc/postroad/postroad.conf"), ports = {0};
    bool no_fork = args_flag(args, "--no-fork");
    args_value(args, "--config", &file);
    args_value(args, "--ports-file", &ports);
    struct config config;
    enum code code = args_done(cx, args);
    if (code == OK)
        code = config_read(cx, cx->arena, file, &config);
    if (code != OK)
        return complain(cx, code);
    return server_run(cx, &config, ports, no_fork);
}

static int config_check(struct ctx *cx, struct args *args)
{
    struct str file = STR("/etc/postroad/postroad.conf");
    struct config config;
    args_next(args, &file);
    enum code code = args_done(cx, args);
    if (code == OK)
        code = config_read(cx, cx->arena, file, &config);
    if (code != OK)
        return complain(cx, code);
    printf("%.*s: good: %zu listeners, %zu certificates, data in %.*s\n", STR_ARG(file),
           config.listener_count, config.certificate_count, STR_ARG(config.data_dir));
    return 0;
}

/* The socket: --control, $POSTROAD_CONTROL, or where packages put it. */
static struct str control_socket(struct args *args)
{
    struct str path;
    if (args_value(args, "--control", &path))
        return path;
    const char *environment = getenv("POSTROAD_CONTROL");
    return environment ? str_z(environment) : STR("/run/postroad/control");
}

static bool take(struct args *args, const char *word)
{
    if (args->count == 0 || args->used[0] || !str_eq(args->words[0], str_z(word)))
        return false;
    args->used[0] = true;
    return true;
}

static size_t unused_words(const struct args *args, struct str out[ARGS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < args->count; i++)
        if (!args->used[i])
            out[count++] = args->words[i];
    return count;
}

/* A command of two words that needs no server; false: it is none. */
static bool run_local(struct ctx *cx, const struct str *words, size_t count, bool json, int *status)
{
    struct args rest = {0};
    if (count < 2)
        return false;
    for (size_t i = 2; i < count; i++)
        rest.words[rest.count++] = words[i];
    if (str_eq(words[0], STR("config")) && str_eq(words[1], STR("check")))
        *status = config_check(cx, &rest);
    else if (str_eq(words[0], STR("sieve")) && str_eq(words[1], STR("check")))
        *status = sieve_offline_check(cx, &rest, json);
    else if (str_eq(words[0], STR("sieve")) && str_eq(words[1], STR("test")))
        *status = sieve_offline_test(cx, &rest, json);
    else
        return false;
    return true;
}

static int dispatch(struct ctx *cx, struct args *args)
{
    bool help = args_flag(args, "--help") || args_flag(args, "-h");
    if (take(args, "help"))
        help = true;
    if (help && take(args, "serve"))
        return fputs(serve_help, stdout) < 0;
    if (help && take(args, "init"))
        return init_help();
    if (!help && take(args, "serve"))
        return serve(cx, args);
    if (!help && take(args, "init"))
        return init_run(cx, args);
    struct cli cli = {.control = control_socket(args), .json = args_flag(args, "--json")};
    struct str words[ARGS_MAX];
    size_t count = unused_words(args, words);
    if (help || count == 0)
        return cli_help(cx, words, count);
    if (take(args, "completion"))
        return cli_completion(cx);
    if (take(args, "version"))
        return printf("postroad %s\n", version) < 0;
    int status;
    if (run_local(cx, words, count, cli.json, &status))
        return status;
    return cli_run(cx, &cli, words, count);
}

int main(int argc, char **argv)
{
    struct arena *arena AUTO(arena_close) = arena_open();
    struct random random = {0};
    struct ctx cx = {.arena = arena, .now_ms = clock_utc_ms(), .random = &random};
    struct args args = {0};
    if (argc - 1 > ARGS_MAX) {
        fprintf(stderr, "postroad: more than %d words\n", ARGS_MAX);
        return control_exit_status(E_SYNTAX);
    }
    for (int i = 1; i < argc; i++)
        args.words[args.count++] = str_z(argv[i]);
    return dispatch(&cx, &args);
}
