/* A message of scheduling on what a calendar has. The input: the two, apart by a NUL. */
#include "format/ical/ical.h"
#include "base/arena.h"
#include "service/calendar/itip.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void written_is_read(struct ctx *cx, struct str text)
{
    struct ical *c AUTO(ical_close) = NULL;
    if (text.n)
        must(ical_parse(cx, text, &c) == OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static const struct str mine[] = {STR("b@example.com")};
    static const struct str from[] = {STR("a@example.com"), STR("c@example.com")};
    struct arena *a = arena_open();
    struct ctx cx = {.arena = a};
    struct str in = str_of(data, n);
    size_t at = str_chr(in, 0);
    for (unsigned flags = 0; flags < 8; flags++) {
        const struct itip_question q = {
            .message = at == SIZE_MAX ? in : str_sub(in, 0, at),
            .stored = at == SIZE_MAX ? (struct str){0} : str_from(in, at + 1),
            .mine = {mine, 1},
            .senders = {from, 2},
            .allow_public = flags & 1,
            .updates_only = flags & 2,
            .delete_cancelled = flags & 4,
        };
        struct itip_answer answer;
        itip_apply(&cx, &q, &answer);
        must((answer.outcome == ITIP_NO_ACTION || answer.outcome == ITIP_ERROR) ==
             (!answer.text.n && !answer.remove));
        written_is_read(&cx, answer.text);
    }
    arena_close(a);
    return 0;
}
