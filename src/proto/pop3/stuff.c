#include "proto/pop3/stuff.h"
#include "base/cur.h"

enum { COPY_BELOW = 128 }; /* a shorter run is copied: a piece of a rope costs as much */

struct pop3_stuff pop3_stuff_of(bool all, uint32_t lines)
{
    return (struct pop3_stuff){.all = all, .lines_left = lines, .in_header = true};
}

/* Appends bytes[*from..to) and goes on behind. */
static void put_run(struct rope *out, struct str bytes, size_t *from, size_t to)
{
    struct str run = str_sub(bytes, *from, to - *from);
    if (run.n < COPY_BELOW)
        rope_put(out, run);
    else
        rope_ref(out, run);
    *from = to;
}

/* A line has ended. empty: nothing was in it. */
static void count_line(struct pop3_stuff *s, bool empty)
{
    if (s->all)
        return;
    if (!s->in_header)
        s->lines_left--;
    else if (empty)
        s->in_header = false;
    s->done = !s->in_header && s->lines_left == 0;
}

/* A bare LF becomes CRLF: what one program takes for a line's end and another does not could be
   made to end the message early. */
void pop3_stuff_add(struct pop3_stuff *s, struct str bytes, struct rope *out)
{
    size_t from = 0, at = 0;
    while (at < bytes.n && !s->done) {
        if (s->line_bytes == 0 && bytes.p[at] == '.') {
            put_run(out, bytes, &from, at);
            rope_put(out, STR("."));
        }
        size_t lf = str_chr(str_from(bytes, at), '\n');
        if (lf == SIZE_MAX) {
            s->after_cr = bytes.p[bytes.n - 1] == '\r';
            s->line_bytes += bytes.n - at;
            break;
        }
        bool has_cr = lf ? bytes.p[at + lf - 1] == '\r' : s->after_cr;
        bool empty = s->line_bytes + lf == (has_cr ? 1 : 0);
        if (!has_cr) {
            put_run(out, bytes, &from, at + lf);
            rope_put(out, STR("\r"));
        }
        at += lf + 1;
        s->line_bytes = 0;
        s->after_cr = false;
        count_line(s, empty);
    }
    put_run(out, bytes, &from, s->done ? at : bytes.n);
}

void pop3_stuff_end(struct pop3_stuff *s, struct rope *out)
{
    rope_put(out, s->line_bytes ? STR("\r\n.\r\n") : STR(".\r\n"));
    s->done = true;
}

uint64_t pop3_stuff_size(const struct rope *message)
{
    uint64_t size = message->bytes;
    char last = '\n';
    for (const struct rope_piece *p = message->first; p; p = p->next) {
        struct cur c = cur_of(p->bytes);
        struct str line;
        while (cur_until(&c, '\n', &line)) {
            char before = line.n ? line.p[line.n - 1] : last;
            size += before == '\r' ? 0 : 1;
            last = '\n';
        }
        if (!cur_end(&c))
            last = c.rest.p[c.rest.n - 1];
    }
    return last == '\n' ? size : size + 2;
}
