#include "server/sieve/offline.h"
#include "base/buf.h"
#include "base/cur.h"
#include "format/json.h"
#include "format/mime.h"
#include "server/control.h"
#include "server/server.h"
#include "service/filter/convert/convert.h"
#include "service/filter/zones.h"
#include "service/preview/preview.h"
#include "service/sieve.h"
#include "service/sieve/outcome.h"
#include "service/sieve/world.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { FILE_BYTES_MAX = 64 * 1024 * 1024, TEXT_BYTES_MAX = 128 * 1024 * 1024 };

/* What the script sees, from the options. */
struct test {
    struct ctx *cx;
    struct str folders; /* that there are, by commas */
    struct str include; /* directory of scripts: NAME.sieve, global/NAME.sieve */
    struct str lists;   /* "list=value", by commas */
    struct str known;   /* keys that "duplicate" remembers, by commas */
    struct zone *zone;  /* of dates without one; NULL: UTC */
    struct converter *converter;
    struct conversions *conversions;
    bool show_trace, show_message;
};

static enum code read_file(struct ctx *cx, struct str path, struct str *out)
{
    struct buf b = buf_of(cx->arena, FILE_BYTES_MAX);
    char chunk[16384];
    size_t n;
    FILE *f = fopen(str_zdup(cx->arena, path), "re");
    if (!f)
        return fail(cx, E_NOT_FOUND, "%.*s: %s", STR_ARG(path), strerror(errno));
    while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
        buf_add(&b, str_of(chunk, n));
    bool bad = ferror(f) != 0;
    fclose(f);
    if (bad || b.overflow)
        return fail(cx, bad ? E_IO : E_LIMIT, "%.*s: cannot be read, or is too large",
                    STR_ARG(path));
    *out = buf_str(&b);
    return OK;
}

/* Files have bare LFs; messages have CRLF. */
static struct str with_crlf(struct arena *a, struct str file)
{
    struct buf out = buf_of(a, file.n * 2 + 1);
    for (size_t i = 0; i < file.n; i++) {
        if (file.p[i] == '\n' && (i == 0 || file.p[i - 1] != '\r'))
            buf_byte(&out, '\r');
        buf_byte(&out, file.p[i]);
    }
    return buf_str(&out);
}

/* Is the word one of those in a list by commas? */
static bool is_listed(struct str list, struct str word)
{
    struct cur c = cur_of(list);
    while (!cur_end(&c)) {
        struct str one;
        if (!cur_until(&c, ',', &one)) {
            one = c.rest;
            c.rest = (struct str){0};
        }
        if (str_eq(str_trim(one), word))
            return true;
    }
    return false;
}

static bool folder_exists(void *self, struct ctx *cx, enum sieve_naming by, struct str name)
{
    const struct test *t = self;
    (void)cx;
    if (by == SIEVE_BY_NAME && str_ieq(name, STR("INBOX")))
        return true;
    return is_listed(t->folders, name);
}

static bool is_duplicate(void *self, struct ctx *cx, struct str key)
{
    const struct test *t = self;
    (void)cx;
    return is_listed(t->known, key);
}

static bool list_known(void *self, struct ctx *cx, struct str list)
{
    const struct test *t = self;
    struct str with = str_join(cx->arena, (struct str[]){list, STR("=")}, 2);
    return str_find(t->lists, with) != SIZE_MAX;
}

static bool list_has(void *self, struct ctx *cx, struct str list, struct str value)
{
    const struct test *t = self;
    struct str parts[] = {list, STR("="), value};
    return is_listed(t->lists, str_join(cx->arena, parts, 3));
}

static void problems_print(FILE *to, struct str file, const struct sieve_problems *problems)
{
    for (size_t i = 0; i < problems->count; i++)
        fprintf(to, "%.*s:%u:%u: %.*s\n", STR_ARG(file), problems->at[i].line,
                problems->at[i].column, STR_ARG(problems->at[i].text));
}

static enum code included(void *self, struct ctx *cx, bool global, struct str name,
                          struct sieve_program **out)
{
    const struct test *t = self;
    struct sieve_problems problems = {0};
    struct str text;
    if (!t->include.n || str_chr(name, '/') != SIZE_MAX)
        return fail(cx, E_NOT_FOUND, "there is no script %.*s", STR_ARG(name));
    struct str path = str_printf(cx->arena, "%.*s/%s%.*s.sieve", STR_ARG(t->include),
                                 global ? "global/" : "", STR_ARG(name));
    TRY(read_file(cx, path, &text));
    enum code code = sieve_compile(cx, text, NULL, out, &problems);
    problems_print(stderr, path, &problems);
    return code;
}

static int16_t zone(void *self, struct ctx *cx, int64_t utc_ms)
{
    const struct test *t = self;
    (void)cx;
    return t->zone ? zone_minutes(t->zone, utc_ms) : 0;
}

static bool convert(void *self, struct ctx *cx, struct sieve_conversion *x)
{
    const struct test *t = self;
    return converter_run(cx, t->converter, t->conversions, x);
}

static const struct sieve_ops ops = {
    .mailbox_exists = folder_exists,
    .duplicate = is_duplicate,
    .list_known = list_known,
    .list_has = list_has,
    .script = included,
    .convert = convert,
    .zone = zone,
};

static int complain(const struct ctx *cx, enum code code)
{
    fprintf(stderr, "postroad: %s\n", cx->err.what);
    return control_exit_status(code);
}

static void print(struct str s)
{
    if (s.n)
        fwrite(s.p, 1, s.n, stdout);
}

static void problems_json(struct ctx *cx, const struct sieve_problems *problems)
{
    struct buf b = buf_of(cx->arena, TEXT_BYTES_MAX);
    struct json j = json_to(&b);
    json_array(&j);
    for (size_t i = 0; i < problems->count; i++) {
        json_object(&j);
        json_key(&j, "line");
        json_u64(&j, problems->at[i].line);
        json_key(&j, "column");
        json_u64(&j, problems->at[i].column);
        json_key(&j, "text");
        json_str(&j, problems->at[i].text);
        json_object_end(&j);
    }
    json_array_end(&j);
    buf_byte(&b, '\n');
    print(buf_str(&b));
}

static enum code compile(struct ctx *cx, struct str file, bool json, struct sieve_program **out)
{
    struct sieve_problems problems = {0};
    struct str text;
    TRY(read_file(cx, file, &text));
    enum code code = sieve_compile(cx, text, NULL, out, &problems);
    if (code != OK && problems.count) {
        if (json)
            problems_json(cx, &problems);
        problems_print(stderr, file, &problems);
        return fail(cx, code, "the script is wrong");
    }
    return code;
}

int sieve_offline_check(struct ctx *cx, struct args *args, bool json)
{
    struct sieve_program *p AUTO(sieve_program_unref) = NULL;
    struct str file;
    enum code code = args_take(cx, args, "FILE", &file);
    if (code == OK)
        code = args_done(cx, args);
    if (code == OK)
        code = compile(cx, file, json, &p);
    if (code != OK)
        return complain(cx, code);
    if (json)
        puts("[]");
    else
        printf("%.*s: the script is right\n", STR_ARG(file));
    return 0;
}

static void outcome_print(const struct test *t, const struct sieve_outcome *out)
{
    for (size_t i = 0; t->show_trace && i < out->trace_count; i++)
        printf("%4u: %.*s\n", out->trace[i].line, STR_ARG(out->trace[i].text));
    for (size_t i = 0; i < out->count; i++) {
        struct str text = sieve_action_text(t->cx->arena, &out->actions[i]);
        printf("%.*s\n", STR_ARG(text));
        if (t->show_message && out->actions[i].message.p)
            print(out->actions[i].message);
    }
    if (out->error.n)
        printf("error in line %u: %.*s\n", out->error_line, STR_ARG(out->error));
}

static void outcome_json(const struct test *t, const struct sieve_outcome *out)
{
    struct buf b = buf_of(t->cx->arena, TEXT_BYTES_MAX);
    struct json j = json_to(&b);
    json_object(&j);
    json_key(&j, "actions");
    json_array(&j);
    for (size_t i = 0; i < out->count; i++) {
        json_object(&j);
        json_key(&j, "line");
        json_u64(&j, out->actions[i].line);
        json_key(&j, "action");
        json_str(&j, sieve_action_text(t->cx->arena, &out->actions[i]));
        if (t->show_message && out->actions[i].message.p) {
            json_key(&j, "message");
            json_str(&j, out->actions[i].message);
        }
        json_object_end(&j);
    }
    json_array_end(&j);
    json_key(&j, "trace");
    json_array(&j);
    for (size_t i = 0; t->show_trace && i < out->trace_count; i++) {
        json_object(&j);
        json_key(&j, "line");
        json_u64(&j, out->trace[i].line);
        json_key(&j, "text");
        json_str(&j, out->trace[i].text);
        json_object_end(&j);
    }
    json_array_end(&j);
    json_key(&j, "steps");
    json_u64(&j, out->steps);
    json_key(&j, "error");
    json_str(&j, out->error);
    json_object_end(&j);
    buf_byte(&b, '\n');
    print(buf_str(&b));
}

static enum code test_run(struct test *t, struct args *args, bool json)
{
    struct ctx *cx = t->cx;
    struct sieve_program *p AUTO(sieve_program_unref) = NULL;
    struct str script, file, message, zone_name = {0}, from = STR("sender@example.org"),
                                      to = STR("recipient@example.org");
    uint64_t now_s = (uint64_t)cx->now_ms / 1000, spam = UINT64_MAX, virus = 0;
    struct sieve_outcome out = {0};
    struct mime *mime;
    args_value(args, "--from", &from);
    args_value(args, "--to", &to);
    args_value(args, "--zone", &zone_name);
    if (zone_name.n)
        TRY(zone_open(cx, zone_name, &t->zone));
    TRY(args_number(cx, args, "--now", &now_s));
    TRY(args_number(cx, args, "--spam", &spam));
    TRY(args_number(cx, args, "--virus", &virus));
    TRY(args_take(cx, args, "SCRIPT", &script));
    TRY(args_take(cx, args, "MESSAGE", &file));
    TRY(args_done(cx, args));
    TRY(compile(cx, script, json, &p));
    TRY(read_file(cx, file, &message));
    TRY(mime_parse(cx, with_crlf(cx->arena, message), NULL, &mime));
    cx->now_ms = (int64_t)now_s * 1000;
    const struct sieve_pair envelope[] = {{STR("from"), from}, {STR("to"), to}};
    const struct sieve_world world = {
        .mime = mime,
        .envelope = envelope,
        .envelope_count = 2,
        .spam_percent = spam <= 100 ? (int)spam : -1,
        .virus = virus <= 5 ? (int)virus : 0,
        .trace_wanted = t->show_trace,
        .ops = &ops,
        .self = t,
    };
    sieve_run(cx, p, &world, &out);
    if (json)
        outcome_json(t, &out);
    else
        outcome_print(t, &out);
    return OK;
}

/* Documents are read as the server does it, by a helper that is started when one comes. */
static enum code test_with_helper(struct test *t, struct args *args, bool json)
{
    char *program = server_reader_program();
    const struct previews_parts helper = {.program = program, .wall_ms = CONVERT_WALL_MS};
    const struct converter_parts parts = {.previews = previews_open(&helper)};
    t->converter = converter_open(&parts);
    t->conversions = conversions_open(t->cx->arena);
    enum code code = test_run(t, args, json);
    converter_close(t->converter);
    previews_close(parts.previews);
    free(program);
    return code;
}

int sieve_offline_test(struct ctx *cx, struct args *args, bool json)
{
    struct test t = {.cx = cx};
    t.show_trace = args_flag(args, "--trace");
    t.show_message = args_flag(args, "--message");
    args_value(args, "--folders", &t.folders);
    args_value(args, "--include", &t.include);
    args_value(args, "--lists", &t.lists);
    args_value(args, "--known", &t.known);
    enum code code = test_with_helper(&t, args, json);
    return code == OK ? 0 : complain(cx, code);
}
