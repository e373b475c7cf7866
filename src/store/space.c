#include "store/space.h"
#include "base/clock.h"
#include "base/err.h"
#include <sys/statvfs.h>

enum {
    LOOK_EVERY_MS = 1000,
    WRITTEN_TIMES = 3, /* log, then a table or blob file, then compaction */
    FLOOR_PART = 8,
};

void space_open(struct space *sp, struct str dir, uint64_t reserve_bytes)
{
    must(dir.n < sizeof sp->dir);
    memcpy(sp->dir, dir.p, dir.n);
    sp->dir[dir.n] = 0;
    sp->reserve_bytes = reserve_bytes;
    sp->looked_ms = -LOOK_EVERY_MS;
}

static void look(struct space *sp)
{
    int64_t now_ms = clock_mono_ms();
    if (now_ms - sp->looked_ms < LOOK_EVERY_MS)
        return;
    struct statvfs v;
    sp->free_bytes = statvfs(sp->dir, &v) == 0 ? (uint64_t)v.f_bavail * v.f_frsize : 0;
    sp->looked_ms = now_ms;
}

bool space_take(struct space *sp, size_t bytes, bool frees_space)
{
    if (!sp->dir[0])
        return true;
    look(sp);
    uint64_t floor = frees_space ? sp->reserve_bytes / FLOOR_PART : sp->reserve_bytes;
    uint64_t cost = (uint64_t)bytes * WRITTEN_TIMES;
    if (sp->free_bytes < floor || sp->free_bytes - floor < cost)
        return false;
    sp->free_bytes -= cost;
    return true;
}
