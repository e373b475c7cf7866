/* What a milter sends: packets, cut anywhere, and the changes that they ask for. */
#include "service/milter/change.h"

static const char message[] = "From: a@b.example\r\nSubject: one\r\n two\r\nX: y\r\n\r\nbody\r\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct arena *a = arena_open();
    struct ctx cx = {.arena = a};
    struct str in = str_of(data, n), part;
    struct milter_outcome o = {.bytes = str_z(message)};
    struct changes c = {.actions = ACTIONS_ALL, .max = 4096, .out = &o};
    struct milter_reply reply;
    const char *text;
    size_t took;
    char kind;
    must(change_open(&cx, o.bytes, &c.message) == OK);
    changes_begin(&cx, &c);
    while (milter_take(&cx, in, &kind, &part, &took) == OK && took) {
        in = str_from(in, took);
        if (milter_reply_read(&cx, kind, part, &reply) != OK)
            continue;
        if (kind == MILTER_REPLY_CODE && milter_reply_text(&cx, reply.name, &text) == OK)
            must((text[0] == '4' || text[0] == '5') && strlen(text) >= 4);
        if (kind != MILTER_NEGOTIATE && changes_take(&cx, &c, &reply) == OK)
            must(strchr("+-2behimq", kind));
    }
    if (changes_end(&cx, &c) == OK)
        must(o.bytes.n <= 4096 && (!o.fields.n || str_ends(o.fields, STR("\r\n"))));
    arena_close(a);
    return 0;
}
