#include "service/filter/zones.h"
#include "base/buf.h"
#include "base/clock.h"
#include "core/object/object.h"
#include "format/json/tree.h"
#include "service/filter/parts.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define ZONES_DIR "/usr/share/zoneinfo/"

/* Where the page keeps what a person chose (docs/JMAP_MORE.md, Settings). */
#define PREFS_KEY STR("page-prefs")

static enum code read_all(struct ctx *cx, int fd, struct str *out)
{
    struct buf b = buf_of(cx->arena, ZONE_FILE_MAX + 1);
    char block[4096];
    struct stat st;
    ssize_t n;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return fail(cx, E_NOT_FOUND, "zone: no file");
    while ((n = read(fd, block, sizeof block)) > 0 && !b.overflow)
        buf_add(&b, str_of(block, (size_t)n));
    if (n < 0)
        return fail(cx, E_IO, "zone: %s", strerror(errno));
    *out = buf_str(&b);
    return OK;
}

enum code zone_open(struct ctx *cx, struct str name, struct zone **out)
{
    struct str file = {0};
    if (!zone_name_ok(name))
        return fail(cx, E_NOT_FOUND, "zone: no name of one");
    const char *path = str_printf(cx->arena, ZONES_DIR "%.*s", STR_ARG(name)).p;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return fail(cx, E_NOT_FOUND, "zone: %s", strerror(errno));
    enum code code = read_all(cx, fd, &file);
    close(fd);
    TRY(code);
    return zone_read(cx, file, out);
}

static int64_t seconds_of(int64_t ms)
{
    return ms >= 0 ? ms / 1000 : -((999 - ms) / 1000);
}

int16_t zone_minutes(const struct zone *z, int64_t utc_ms)
{
    return (int16_t)(zone_offset_s(z, seconds_of(utc_ms)) / 60);
}

/* What the owner has chosen; NULL: nothing, or nothing that is there. */
static struct zone *chosen(struct filtering *x)
{
    const struct json_tree *all, *prefs, *name;
    struct zone *z = NULL;
    struct object o;
    if (object_get(x->cx, x->f->core, x->to->account, OBJECT_SETTING, PREFS_KEY, &o) != OK ||
        json_tree_read(x->cx, o.value, &all) != OK)
        return NULL;
    prefs = json_tree_member(all, STR("value"));
    name = prefs ? json_tree_member(prefs, STR("timeZone")) : NULL;
    return json_tree_is(name, TREE_STRING) && zone_open(x->cx, name->text, &z) == OK ? z : NULL;
}

int16_t filter_zone(struct filtering *x, int64_t utc_ms)
{
    if (x->own && !x->zone_known) {
        x->zone = chosen(x);
        x->zone_known = true;
    }
    return x->own && x->zone ? zone_minutes(x->zone, utc_ms) : clock_zone_minutes(utc_ms);
}
