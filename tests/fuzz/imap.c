/* The whole engine in memory: what a client says, to a session that is logged in (or, when the
   first byte is below "a", not yet) over a small mailbox. Said at once and in two pieces it is
   answered the same. */
#include "../unit/imap/talk.h"
#include "../world/kept_world.h"
#include "base/buf.h"
#include "base/cur.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { INPUT_MAX = 8192 };

static void fill(struct imap_world *w)
{
    imap_world_deliver(
        w, w->jane, "INBOX",
        STR("From: A <a@x.example>\r\nTo: b@y.example\r\nSubject: one\r\n\r\nText\r\n"),
        STR("Received: from here\r\n"));
    imap_world_deliver(
        w, w->jane, "INBOX",
        STR("Subject: =?utf-8?q?=C3=A4?=\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; "
            "boundary=b\r\n\r\n--b\r\n\r\nfirst\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
            "Subject: inner\r\n\r\nInner\r\n--b\r\nContent-Type: application/octet-stream\r\n"
            "Content-Transfer-Encoding: base64\r\n\r\nAAEC\r\n--b--\r\n"),
        (struct str){0});
    imap_world_deliver(w, w->jane, "INBOX", STR("no header at all"), (struct str){0});
    struct imap_talk *t = imap_talk_open(w); /* \Recent is for the first to see it */
    imap_talk_enter(t, w->jane);
    imap_talk_say(t, "fuzz SELECT INBOX\r\n");
    imap_talk_close(t);
}

/* All that is said to the input, given in two pieces. */
static struct str answers(struct arena *a, struct str in, size_t cut, bool logged_in)
{
    struct imap_world *w = kept_world(fill);
    struct imap_talk *t = imap_talk_open(w);
    struct buf all = buf_of(a, SIZE_MAX / 2);
    if (logged_in) {
        imap_talk_enter(t, w->jane);
        imap_talk_say(t, "fuzz SELECT INBOX\r\n");
    }
    buf_add(&all, imap_talk_send(t, str_sub(in, 0, cut)));
    buf_add(&all, imap_talk_send(t, str_from(in, cut)));
    imap_talk_close(t);
    return buf_str(&all);
}

/* Each line of an answer ends so, or lies in a literal; a session never stops in the middle. */
static void check(struct str said)
{
    must(!said.n || str_ends(said, STR("\r\n")));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n < 2 || n > INPUT_MAX)
        return 0;
    struct arena *a AUTO(arena_close) = arena_open();
    struct str in = str_of(data, n);
    bool logged_in = data[0] >= 'a';
    kept_world_next();
    struct str whole = answers(a, in, in.n, logged_in);
    struct str cut = answers(a, in, (size_t)data[n - 1] * 31 % n, logged_in);
    check(whole);
    must(str_eq(whole, cut));
    return 0;
}
