/* The log: one line an event, "key=value" pairs, to journald or stderr. Never message content. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/str.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

struct log; /* safe for all threads */

/* Writes to fd (not closed); lines above level are dropped. With journal, each line starts with
   "<N>", the priority as journald reads it, and has no time of its own. */
struct log *log_open(int fd, enum log_level level, bool journal);
void log_close(struct log *l);
void log_set_level(struct log *l, enum log_level level);
bool log_wants(const struct log *l, enum log_level level);

/* log_event(l, LOG_INFO, "smtp.accepted", "id=%s bytes=%zu", id, n): the pairs follow the event.
   l may be NULL (nothing is written). Control characters become "?"; a line is cut at 2 KiB. */
void log_event(struct log *l, enum log_level level, const char *event, const char *pairs, ...)
    __attribute__((format(printf, 4, 5)));
/* A value that may hold anything, quoted for a pair: `user=%s`, log_quote(arena, s). */
const char *log_quote(struct arena *a, struct str value);

#endif
