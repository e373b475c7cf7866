/* Method calls that write, as a client may say them: whatever they are, the answer is JSON. */
#include "../../unit/jmap/said.h"
#include "../../world/kept_world.h"
#include "format/json/tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { INPUT_MAX = 8192 };

static void make(struct imap_world *w)
{
    imap_world_deliver(w, w->jane, "INBOX", STR("Subject: one\r\n\r\ntext"), (struct str){0});
    imap_world_deliver(w, w->john, "INBOX", STR("Subject: his\r\n\r\nx"), (struct str){0});
    people_grant(w, w->john, STR("INBOX"), STR("jane"), STR("lrswite"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const char head[] = "{\"using\":[\"urn:ietf:params:jmap:core\","
                               "\"urn:ietf:params:jmap:mail\",\"urn:ietf:params:jmap:blob\","
                               "\"urn:ietf:params:jmap:quota\"],\"createdIds\":{},"
                               "\"methodCalls\":[";
    const struct json_tree *tree;
    struct jmap_said s;
    if (n > INPUT_MAX)
        return 0;
    struct imap_world *w = kept_world(make);
    struct arena *a AUTO(arena_close) = arena_open(), *kept = w->cx.arena;
    w->cx.arena = a;
    struct str parts[] = {str_z(head), str_of(data, n), STR("]}")};
    jmap_said_open(&s, w, w->jane);
    struct str said = jmap_said_body(&s, str_join(w->cx.arena, parts, 3));
    must(json_tree_read(&w->cx, said, &tree) == OK);
    w->cx.arena = kept;
    kept_world_next();
    return 0;
}
