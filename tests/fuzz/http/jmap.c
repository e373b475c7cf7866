/* Whole bodies of requests to jmap_api, in a world that is kept as long as no input has changed it.
   The answer is JSON; nobody hears a word out of a folder that he may not read. An input that is
   HTTP (a dialogue's) counts from its blank line on; when its first byte is odd the owner asks,
   else one who shares. */
#include "../../unit/jmap/said.h"
#include "../../world/kept_world.h"
#include "base/buf.h"
#include "format/json/tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { INPUT_MAX = 16384 };

/* Stands in what only the owner may read, and nowhere else. */
#define SECRET "quetzalcoatlus"

static void fill(struct imap_world *w)
{
    people_folder(w, w->jane, STR("Closed"));
    imap_world_deliver(
        w, w->jane, "INBOX",
        STR("From: A <a@x.example>\r\nTo: b@y.example\r\nSubject: one\r\nMessage-ID: "
            "<1@x>\r\n\r\nText\r\n"),
        STR("Received: from here\r\n"));
    imap_world_deliver(
        w, w->jane, "INBOX",
        STR("Subject: =?utf-8?q?=C3=A4?=\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; "
            "boundary=b\r\n\r\n--b\r\n\r\nfirst\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
            "Subject: inner\r\n\r\nInner\r\n--b\r\nContent-Type: application/octet-stream\r\n"
            "Content-Transfer-Encoding: base64\r\n\r\nAAEC\r\n--b--\r\n"),
        (struct str){0});
    imap_world_deliver(w, w->jane, "Closed",
                       STR("From: " SECRET "@x.example\r\nSubject: " SECRET
                           "\r\nReferences: <1@x>\r\n\r\n" SECRET "\r\n"),
                       (struct str){0});
    people_grant(w, w->jane, STR("INBOX"), STR("john"), STR("lrswit"));
    people_grant(w, w->jane, STR("Closed"), STR("john"), STR("l"));
}

static struct str body_of(struct str in)
{
    size_t at = str_find(in, STR("\r\n\r\n"));
    return at == SIZE_MAX ? in : str_from(in, at + 4);
}

/* What came in may be said back. */
static void check(struct ctx *cx, struct str in, struct str said, bool owner)
{
    const struct json_tree *tree;
    enum code code = json_tree_read(cx, said, &tree);
    must(code == OK || code == E_LIMIT); /* an echo lies deeper than what came in */
    must(owner || str_find(in, STR("uetz")) != SIZE_MAX || str_find(said, STR(SECRET)) == SIZE_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n < 2 || n > INPUT_MAX)
        return 0;
    struct str body = body_of(str_of(data, n));
    bool owner = data[0] & 1;
    kept_world_next();
    struct imap_world *w = kept_world(fill);
    struct arena *arena AUTO(arena_close) = arena_open(), *kept = w->cx.arena;
    struct jmap_said s;
    w->cx.arena = arena;
    jmap_said_open(&s, w, owner ? w->jane : w->john);
    check(&w->cx, body, jmap_said_body(&s, body), owner);
    w->cx.arena = kept;
    return 0;
}
