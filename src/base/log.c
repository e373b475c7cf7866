#include "base/log.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/clock.h"
#include <stdarg.h>
#include <stdatomic.h>
#include <time.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 2048 };

struct log {
    int fd;
    bool journal;
    atomic_int level;
};

static const char *const level_names[] = {"error", "warn", "info", "debug"};
static const int journal_priorities[] = {3, 4, 6, 7};

struct log *log_open(int fd, enum log_level level, bool journal)
{
    struct log *l = calloc(1, sizeof *l);
    must(l);
    l->fd = fd;
    l->journal = journal;
    atomic_init(&l->level, level);
    return l;
}

void log_close(struct log *l)
{
    free(l);
}

void log_set_level(struct log *l, enum log_level level)
{
    atomic_store(&l->level, level);
}

bool log_wants(const struct log *l, enum log_level level)
{
    return l && (int)level <= atomic_load_explicit(&l->level, memory_order_relaxed);
}

static int line_start(const struct log *l, enum log_level level, const char *event, char *line)
{
    if (l->journal)
        return snprintf(line, LINE_MAX_BYTES, "<%d>event=%s ", journal_priorities[level], event);
    int64_t now_ms = clock_utc_ms();
    time_t now_s = (time_t)(now_ms / 1000);
    struct tm t;
    gmtime_r(&now_s, &t);
    return snprintf(line, LINE_MAX_BYTES,
                    "ts=%04d-%02d-%02dT%02d:%02d:%02d.%03dZ level=%s event=%s ", t.tm_year + 1900,
                    t.tm_mon + 1, t.tm_mday, t.tm_hour, t.tm_min, t.tm_sec, (int)(now_ms % 1000),
                    level_names[level], event);
}

void log_event(struct log *l, enum log_level level, const char *event, const char *pairs, ...)
{
    if (!log_wants(l, level))
        return;
    char line[LINE_MAX_BYTES + 1];
    int start = line_start(l, level, event, line);
    must(start > 0 && start < LINE_MAX_BYTES);
    va_list args;
    va_start(args, pairs);
    int more = vsnprintf(line + start, (size_t)(LINE_MAX_BYTES - start), pairs, args);
    va_end(args);
    size_t n = (size_t)start + (more > 0 ? (size_t)more : 0);
    if (n > LINE_MAX_BYTES - 1)
        n = LINE_MAX_BYTES - 1;
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
            line[i] = '?';
    line[n++] = '\n';
    /* One write, so that lines of several threads do not mix; a full pipe loses the line, not us.
     */
    if (write(l->fd, line, n) < 0)
        return;
}

const char *log_quote(struct arena *a, struct str value)
{
    struct buf b = buf_of(a, 4 * 512 + 8);
    buf_byte(&b, '"');
    for (size_t i = 0; i < value.n && i < 512; i++) {
        unsigned char c = (unsigned char)value.p[i];
        if (c == '"' || c == '\\')
            buf_printf(&b, "\\%c", c);
        else if (c < ' ' || c == 0x7f)
            buf_printf(&b, "\\x%02x", c);
        else
            buf_byte(&b, (char)c);
    }
    buf_byte(&b, '"');
    return str_zdup(a, buf_str(&b));
}
