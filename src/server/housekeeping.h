/* Work that is due by the clock: sweeping, expiry, gauges. */
#ifndef SERVER_HOUSEKEEPING_H
#define SERVER_HOUSEKEEPING_H

struct housekeeping;
struct server;

/* Starts the timers on the server's io. */
struct housekeeping *housekeeping_open(struct server *s);
/* Ends the timers; jobs that run already go on until io_stop has returned. */
void housekeeping_stop(struct housekeeping *h);
/* After io_stop. */
void housekeeping_close(struct housekeeping *h);

#endif
