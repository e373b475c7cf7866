#include "service/mailauth/canon.h"
#include "base/arena.h"

enum { CHUNK = 4096 };

/* Where canonical bytes go: hashed in chunks, cut at a limit. */
struct sink {
    struct digest *digest;
    uint64_t left, size;
    size_t n;
    char chunk[CHUNK]; /* not cleared: there is a sink for each field */
};

static void sink_open(struct sink *s, struct digest *digest, uint64_t limit)
{
    s->digest = digest;
    s->left = limit;
    s->size = 0;
    s->n = 0;
}

static void sink_flush(struct sink *s)
{
    digest_add(s->digest, str_of(s->chunk, s->n));
    s->n = 0;
}

static void sink_add(struct sink *s, struct str bytes)
{
    if (bytes.n > s->left)
        bytes.n = (size_t)s->left;
    s->left -= bytes.n;
    s->size += bytes.n;
    if (bytes.n > CHUNK - s->n)
        sink_flush(s);
    if (bytes.n > CHUNK) {
        digest_add(s->digest, bytes);
        return;
    }
    if (bytes.n)
        memcpy(s->chunk + s->n, bytes.p, bytes.n);
    s->n += bytes.n;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_no_blank(char c)
{
    return !is_blank(c);
}

static bool is_no_space(char c)
{
    return !ascii_is_space(c);
}

static struct str without_blanks_at_end(struct str line)
{
    while (line.n && is_blank(line.p[line.n - 1]))
        line.n--;
    return line;
}

/* Runs of blanks become one space. Most lines have none, and to see that costs little. */
static void relaxed_line(struct sink *s, struct str line)
{
    if (str_chr(line, '\t') == SIZE_MAX && str_find(line, STR("  ")) == SIZE_MAX) {
        sink_add(s, line);
        return;
    }
    struct cur c = cur_of(line);
    while (!cur_end(&c)) {
        sink_add(s, cur_while(&c, is_no_blank));
        if (cur_while(&c, is_blank).n)
            sink_add(s, STR(" "));
    }
}

/* Sections 3.4.3 and 3.4.4: lines that are empty at the end do not count. */
static void body_add(struct sink *s, struct str body, enum canon canon)
{
    struct cur c = cur_of(body);
    uint64_t empty = 0;
    while (!cur_end(&c) && s->left) {
        struct str line;
        if (!cur_line(&c, &line)) {
            line = c.rest;
            c.rest = (struct str){0};
        }
        if (canon == CANON_RELAXED)
            line = without_blanks_at_end(line);
        if (line.n == 0) {
            empty++;
            continue;
        }
        for (; empty && s->left; empty--)
            sink_add(s, STR("\r\n"));
        if (canon == CANON_RELAXED)
            relaxed_line(s, line);
        else
            sink_add(s, line);
        sink_add(s, STR("\r\n"));
    }
    if (s->size == 0 && canon == CANON_SIMPLE)
        sink_add(s, STR("\r\n"));
}

const struct canon_body *canon_body_hash(struct canon_message *m, enum canon canon,
                                         const uint64_t *limit)
{
    size_t i = 0;
    while (i < m->body_count &&
           (m->bodies[i].canon != canon || m->bodies[i].limited != (limit != NULL) ||
            (limit && m->bodies[i].limit != *limit)))
        i++;
    if (i < m->body_count)
        return &m->bodies[i];
    if (i == CANON_BODIES_MAX)
        i--; /* a sender with so many kinds pays by counting anew */
    else
        m->body_count++;
    struct digest *digest AUTO(digest_close) = digest_open();
    struct sink s;
    sink_open(&s, digest, limit ? *limit : UINT64_MAX);
    body_add(&s, m->body, canon);
    sink_flush(&s);
    struct canon_body *b = &m->bodies[i];
    *b = (struct canon_body){canon, limit != NULL, limit ? *limit : 0, s.size, {0}};
    digest_end(digest, b->hash);
    return b;
}

/* Section 3.4.2: the value on one line, runs of blanks as one space, none at either end. */
static void relaxed_value(struct sink *s, struct str value, bool *pending)
{
    struct cur c = cur_of(value);
    for (;;) {
        *pending |= cur_while(&c, ascii_is_space).n > 0;
        if (cur_end(&c))
            return;
        if (*pending && s->size)
            sink_add(s, STR(" "));
        *pending = false;
        sink_add(s, cur_while(&c, is_no_space));
    }
}

/* The parts of s before and behind hole, which lies in it or is empty. */
static void around(struct str s, struct str hole, struct str *before, struct str *behind)
{
    *before = s;
    *behind = (struct str){0};
    if (!hole.p || hole.p < s.p || hole.p > s.p + s.n)
        return;
    size_t at = (size_t)(hole.p - s.p);
    *before = str_sub(s, 0, at);
    *behind = str_from(s, at + hole.n);
}

static void simple_field(struct sink *s, const struct header_field *field, struct str hole)
{
    struct str line = field->line, before, behind;
    if (str_ends(line, STR("\r\n")))
        line.n -= 2;
    around(line, hole, &before, &behind);
    sink_add(s, before);
    sink_add(s, behind);
}

static void relaxed_field(struct sink *s, const struct header_field *field, struct str hole)
{
    struct str before, behind;
    bool pending = false;
    around(field->value, hole, &before, &behind);
    relaxed_value(s, before, &pending);
    relaxed_value(s, behind, &pending);
}

void canon_field_add(struct digest *d, const struct header_field *field, enum canon canon,
                     struct str leave_out, bool line_end)
{
    struct sink s;
    sink_open(&s, d, UINT64_MAX);
    if (canon == CANON_SIMPLE) {
        simple_field(&s, field, leave_out);
    } else {
        for (size_t i = 0; i < field->name.n; i++) {
            char lower = ascii_lower(field->name.p[i]);
            sink_add(&s, str_of(&lower, 1));
        }
        sink_add(&s, STR(":"));
        s.size = 0; /* nothing of the value yet */
        relaxed_field(&s, field, leave_out);
    }
    if (line_end)
        sink_add(&s, STR("\r\n"));
    sink_flush(&s);
}

void canon_open(struct arena *a, struct str bytes, struct canon_message *out)
{
    struct canon_message m = {0};
    struct cur c = cur_of(bytes);
    size_t room = 64;
    m.fields = ARENA_ARRAY(a, room, struct header_field);
    for (struct header_field field; header_next(&c, &field);) {
        if (m.count == CANON_FIELDS_MAX) {
            m.cut = true;
            break;
        }
        if (m.count == room) {
            m.fields =
                arena_grow(a, m.fields, room * sizeof *m.fields, 2 * room * sizeof *m.fields);
            room *= 2;
        }
        m.fields[m.count++] = field;
    }
    size_t end = str_starts(bytes, STR("\r\n")) ? 0 : str_find(bytes, STR("\r\n\r\n"));
    m.body = end == SIZE_MAX ? (struct str){0} : str_from(bytes, end + (end ? 4 : 2));
    *out = m;
}
