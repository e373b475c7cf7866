#include "io/conn.h"
#include "io/reactor.h"

/* Alone in its file, so that a test of an engine can bring its own. */
void waker_ring(struct waker *w)
{
    struct conn *c = w->conn;
    if (conn_post(c, EV_WAKE))
        reactor_note(c, INBOX_SERVE);
}
