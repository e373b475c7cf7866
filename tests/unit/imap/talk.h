/* A client on a session of the IMAP engine, with io played. */
#ifndef TESTS_IMAP_TALK_H
#define TESTS_IMAP_TALK_H

#include "world.h"

struct imap_talk;

struct imap_talk *imap_talk_open(struct imap_world *w);
void imap_talk_close(struct imap_talk *t);
/* The session is that person's from now on, without a password. */
void imap_talk_enter(struct imap_talk *t, uint64_t who);
/* Sends the bytes, then runs wake() if it rang; returns all that the server said since the last
   call. Valid until the next one. */
struct str imap_talk_send(struct imap_talk *t, struct str bytes);
struct str imap_talk_say(struct imap_talk *t, const char *text);
/* Until the session has been rung, which the next call of send or say answers; false when the time
   is up. */
bool imap_talk_wait(struct imap_talk *t, unsigned wait_ms);
bool imap_talk_is_closed(const struct imap_talk *t);
/* The largest number of bytes that one portion of a reply had copied or referred to. */
size_t imap_talk_largest(const struct imap_talk *t);
/* The engine's own session, to look at. */
struct imap_session *imap_talk_session(struct imap_talk *t);
/* Output is thrown away instead of kept: for measuring. Returns its bytes. */
size_t imap_talk_count(struct imap_talk *t, const char *text);

#endif
