/* wire-PROTOCOL FILE...                    plays dialogues to the engine in memory
   wire-PROTOCOL --live HOST:PORT FILE...   plays them to a server; 77: none of them can be
   wire-PROTOCOL --seeds DIR FILE...        writes what the client says, as seeds for a fuzzer */
#include "base/buf.h"
#include "base/cur.h"
#include "player.h"
#include <sys/stat.h>

/* WIRE_FIXTURE is a macro of tests/wire/meson.build: smtp_fixture, imap_fixture... */
extern const struct wire_fixture WIRE_FIXTURE;

enum { EXIT_SKIPPED = 77 };

static enum code file_read(struct ctx *cx, const char *path, struct str *out)
{
    FILE *file = fopen(path, "rb");
    struct stat info;
    if (!file)
        return fail(cx, E_NOT_FOUND, "cannot be read");
    must(fstat(fileno(file), &info) == 0);
    char *bytes = arena_alloc(cx->arena, (size_t)info.st_size + 1);
    size_t n = fread(bytes, 1, (size_t)info.st_size, file);
    fclose(file);
    *out = str_of(bytes, n);
    return OK;
}

static enum code dialog_read(struct ctx *cx, const char *path, struct dialog *out)
{
    struct str text;
    TRY(file_read(cx, path, &text));
    return dialog_parse(cx, str_z(path), text, out);
}

/* Why a live server cannot play it: its clock cannot be turned, its world not changed in between.
 */
static const char *only_in_memory(const struct dialog *d)
{
    bool spoken = false;
    for (size_t i = 0; i < d->count; i++) {
        enum step_kind kind = d->steps[i].kind;
        if (kind == STEP_CLOCK || kind == STEP_SHUTDOWN)
            return "needs a clock that can be turned";
        if (kind == STEP_SET && spoken)
            return "changes the world in between";
        spoken |= kind != STEP_SET;
    }
    return NULL;
}

static enum code play_live(struct ctx *cx, const struct dialog *d, struct str address, bool *played)
{
    const char *why = only_in_memory(d);
    size_t colon = str_rchr(address, ':');
    struct wire w;
    if (colon == SIZE_MAX)
        return fail(cx, E_SYNTAX, "HOST:PORT is wanted");
    if (why) {
        printf("SKIP %.*s: %s\n", STR_ARG(d->name), why);
        return OK;
    }
    *played = true;
    TRY(wire_live(cx, str_sub(address, 0, colon), str_from(address, colon + 1), d, &w));
    return play(cx, d, w, CUT_LINES, NULL);
}

/* Writes what the first session's client says to DIR/name. Variables stay as they are spelled. */
static enum code seed_write(struct ctx *cx, const struct dialog *d, struct str dir)
{
    size_t slash = str_rchr(d->name, '/');
    struct str name = slash == SIZE_MAX ? d->name : str_from(d->name, slash + 1);
    const char *path = str_printf(cx->arena, "%.*s/%.*s", STR_ARG(dir), STR_ARG(name)).p;
    FILE *file = fopen(path, "wb");
    if (!file)
        return fail(cx, E_IO, "cannot write a seed");
    for (size_t i = 0; i < d->count; i++) {
        const struct step *s = &d->steps[i];
        if (s->kind != STEP_SEND || s->session != 1)
            continue;
        fwrite(s->text.p ? s->text.p : "", 1, s->text.n, file);
        if (!s->raw)
            fwrite("\r\n", 1, 2, file);
    }
    return fclose(file) == 0 ? OK : fail(cx, E_IO, "cannot write a seed");
}

static enum code one(struct ctx *cx, const char *mode, struct str argument, const char *path,
                     bool *played)
{
    struct dialog d;
    TRY(dialog_read(cx, path, &d));
    if (mode && strcmp(mode, "--live") == 0)
        return play_live(cx, &d, argument, played);
    *played = true;
    if (mode)
        return seed_write(cx, &d, argument);
    return play_all_cuttings(cx, &WIRE_FIXTURE, &d);
}

int main(int argc, char **argv)
{
    const char *mode = argc > 3 && argv[1][0] == '-' ? argv[1] : NULL;
    bool failed = false, played = false;
    if (argc < 2 || (mode && strcmp(mode, "--live") != 0 && strcmp(mode, "--seeds") != 0)) {
        fprintf(stderr, "usage: %s [--live HOST:PORT | --seeds DIR] FILE...\n", argv[0]);
        return 2;
    }
    for (int i = mode ? 3 : 1; i < argc; i++) {
        struct arena *a AUTO(arena_close) = arena_open();
        struct ctx cx = {.arena = a};
        enum code code = one(&cx, mode, mode ? str_z(argv[2]) : (struct str){0}, argv[i], &played);
        if (code == OK)
            continue;
        printf("%s: %s: %s\n", argv[i], code_name(code), cx.err.what);
        failed = true;
    }
    return failed ? 1 : played ? 0 : EXIT_SKIPPED;
}
