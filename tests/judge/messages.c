#include "judge/messages.h"
#include "base/arena.h"
#include "base/err.h"
#include "format/header.h"
#include <dirent.h>
#include <sys/stat.h>

struct walk {
    message_fn *fn;
    void *self;
    size_t count;
};

static struct str file_read(struct arena *a, const char *path, size_t size)
{
    FILE *f = fopen(path, "rb");
    char *bytes = arena_alloc(a, size + 1);
    must(f);
    size_t n = fread(bytes, 1, size, f);
    (void)fclose(f);
    return str_of(bytes, n);
}

static bool is_mbox(const char *path, struct str s)
{
    return str_starts(s, STR("From ")) &&
           (strstr(path, "mbox") || str_find(s, STR("\nFrom ")) != SIZE_MAX);
}

/* One ">" of ">From " at line starts is taken away, as mboxrd added it. */
static struct str unquoted(struct arena *a, struct str s)
{
    char *out = arena_alloc(a, s.n + 1);
    size_t n = 0;
    bool at_start = true;
    for (size_t i = 0; i < s.n; i++) {
        size_t q = i;
        while (at_start && q < s.n && s.p[q] == '>')
            q++;
        if (q > i && str_starts(str_from(s, q), STR("From ")))
            i++;
        at_start = s.p[i] == '\n';
        out[n++] = s.p[i];
    }
    return str_of(out, n);
}

static void mbox_each(struct walk *w, const char *path, struct str s)
{
    size_t number = 0;
    while (s.n) {
        size_t line = str_chr(s, '\n');
        s = str_from(s, line == SIZE_MAX ? s.n : line + 1);
        size_t end = str_starts(s, STR("From ")) ? 0 : str_find(s, STR("\nFrom "));
        struct arena *a = arena_open();
        char name[2048];
        (void)snprintf(name, sizeof name, "%s#%zu", path, ++number);
        struct str one = str_sub(s, 0, end == SIZE_MAX ? s.n : end);
        w->fn(w->self, name, unquoted(a, one));
        w->count++;
        arena_close(a);
        s = str_from(s, end == SIZE_MAX ? s.n : end + (end != 0));
    }
}

static void file_each(struct walk *w, const char *path, size_t size)
{
    struct arena *a = arena_open();
    struct str s = file_read(a, path, size);
    if (is_mbox(path, s)) {
        mbox_each(w, path, s);
    } else {
        w->fn(w->self, path, s);
        w->count++;
    }
    arena_close(a);
}

static void directory_each(struct walk *w, const char *directory)
{
    struct dirent **names;
    int count = scandir(directory, &names, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        char path[1024];
        struct stat st;
        (void)snprintf(path, sizeof path, "%s/%s", directory, names[i]->d_name);
        bool hidden = names[i]->d_name[0] == '.';
        free(names[i]);
        if (hidden || lstat(path, &st) != 0)
            continue;
        if (S_ISDIR(st.st_mode))
            directory_each(w, path);
        else if (S_ISREG(st.st_mode))
            file_each(w, path, (size_t)st.st_size);
    }
    if (count >= 0)
        free(names);
}

size_t messages_each(const char *directory, message_fn *fn, void *self)
{
    struct walk w = {.fn = fn, .self = self};
    directory_each(&w, directory);
    return w.count;
}

bool message_looks_like_mail(struct str s)
{
    struct cur c = cur_of(s);
    struct header_field f;
    struct str line;
    if (str_starts(s, STR("From ")) && !cur_line(&c, &line))
        return false;
    struct str rest = c.rest;
    if (!header_next(&c, &f) || f.line.p != rest.p || c.rest.n == 0)
        return false;
    return header_id(f.name) != HEADER_OTHER || header_next(&c, &f);
}
