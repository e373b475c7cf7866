#include "dialog.h"
#include "base/buf.h"
#include "base/cur.h"

enum { SHOWN_BYTES = 4000, REPEAT_MAX = 64 * 1024 * 1024 };

struct parser {
    struct ctx *cx;
    struct dialog *dialog;
    size_t room;
    int line;
    bool turned; /* the engine is the client: C lines are heard, S lines are said */
};

static struct step *step_add(struct parser *p, enum step_kind kind, int session)
{
    struct dialog *d = p->dialog;
    if (d->count == p->room) {
        size_t room = p->room ? p->room * 2 : 32;
        d->steps = arena_grow(p->cx->arena, d->steps, d->count * sizeof *d->steps,
                              room * sizeof *d->steps);
        p->room = room;
    }
    struct step *s = &d->steps[d->count++];
    *s = (struct step){.kind = kind, .session = session, .line = p->line};
    return s;
}

static int hex_digit(char c)
{
    if (ascii_is_digit(c))
        return c - '0';
    c = ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool unescape_one(struct cur *c, struct buf *b)
{
    char kind, high, low;
    if (!cur_byte(c, &kind))
        return false;
    static const char letters[] = "rnt\\", bytes[] = "\r\n\t\\";
    const char *at = memchr(letters, kind, sizeof letters - 1);
    if (at) {
        buf_byte(b, bytes[at - letters]);
        return true;
    }
    if (kind != 'x' || !cur_byte(c, &high) || !cur_byte(c, &low))
        return false;
    if (hex_digit(high) < 0 || hex_digit(low) < 0)
        return false;
    buf_byte(b, (char)(hex_digit(high) << 4 | hex_digit(low)));
    return true;
}

bool dialog_unescape(struct arena *a, struct str text, struct str *out)
{
    struct buf b = buf_of(a, text.n + 1);
    struct cur c = cur_of(text);
    char byte;
    while (cur_byte(&c, &byte)) {
        if (byte != '\\')
            buf_byte(&b, byte);
        else if (!unescape_one(&c, &b))
            return false;
    }
    *out = buf_str(&b);
    return true;
}

struct str dialog_escape(struct arena *a, struct str bytes)
{
    struct buf b = buf_of(a, 4 * SHOWN_BYTES + 32);
    for (size_t i = 0; i < bytes.n && i < SHOWN_BYTES; i++) {
        unsigned char c = (unsigned char)bytes.p[i];
        if (c == '\r')
            buf_add(&b, STR("\\r"));
        else if (c == '\n')
            buf_add(&b, STR("\\n"));
        else if (c < ' ' || c == 0x7f)
            buf_printf(&b, "\\x%02x", c);
        else
            buf_byte(&b, (char)c);
    }
    if (bytes.n > SHOWN_BYTES)
        buf_printf(&b, "... (%zu bytes)", bytes.n);
    return buf_str(&b);
}

/* "C* 70000 a": a, so many times. */
static enum code parse_repeat(struct parser *p, struct str text, struct step *s)
{
    struct cur c = cur_of(text);
    uint32_t count;
    struct str piece;
    if (!cur_u32(&c, &count) || !cur_char(&c, ' ') ||
        !dialog_unescape(p->cx->arena, c.rest, &piece) || count * piece.n > REPEAT_MAX)
        return fail(p->cx, E_SYNTAX, "line %d: C* wants a number and bytes", p->line);
    struct buf b = buf_of(p->cx->arena, count * piece.n);
    for (uint32_t i = 0; i < count; i++)
        buf_add(&b, piece);
    s->text = buf_str(&b);
    return OK;
}

static enum code parse_client(struct parser *p, char mark, int session, struct str text)
{
    struct step *s = step_add(p, STEP_SEND, session);
    s->text = text;
    s->raw = mark != ':';
    if (mark == '*')
        return parse_repeat(p, text, s);
    if (mark == '<' && !dialog_unescape(p->cx->arena, text, &s->text))
        return fail(p->cx, E_SYNTAX, "line %d: no such escape", p->line);
    return OK;
}

static enum code parse_server(struct parser *p, char mark, int session, struct str text)
{
    static const struct {
        char mark;
        enum step_kind kind;
    } marks[] = {{':', STEP_LINE},
                 {'~', STEP_MATCH},
                 {'|', STEP_ANY_ORDER},
                 {'<', STEP_BYTES},
                 {'.', STEP_SKIP}};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if (marks[i].mark != mark)
            continue;
        struct step *s = step_add(p, marks[i].kind, session);
        s->text = text;
        if (mark == '<' && !dialog_unescape(p->cx->arena, text, &s->text))
            return fail(p->cx, E_SYNTAX, "line %d: no such escape", p->line);
        return OK;
    }
    return fail(p->cx, E_SYNTAX, "line %d: no such line: S%c", p->line, mark);
}

/* "+5s", "+30m", "+2h", "+250ms" */
static bool parse_time(struct str text, int64_t *ms)
{
    static const struct {
        struct str name;
        int64_t ms;
    } units[] = {{STR("ms"), 1}, {STR("s"), 1000}, {STR("m"), 60000}, {STR("h"), 3600000}};
    struct cur c = cur_of(text);
    uint32_t count;
    if (!cur_char(&c, '+') || !cur_u32(&c, &count))
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (str_eq(c.rest, units[i].name)) {
            *ms = (int64_t)count * units[i].ms;
            return true;
        }
    return false;
}

/* "closed" or "closed 2" and such: a word, and perhaps the session. */
static bool parse_short(struct parser *p, struct str text)
{
    static const struct {
        struct str word;
        enum step_kind kind;
    } words[] = {{STR("tls"), STEP_TLS},
                 {STR("closed"), STEP_CLOSED},
                 {STR("silent"), STEP_SILENT},
                 {STR("shutdown"), STEP_SHUTDOWN}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        struct cur c = cur_of(text);
        uint32_t session = 1;
        if (!cur_text(&c, words[i].word))
            continue;
        if (cur_char(&c, ' ') && (!cur_u32(&c, &session) || !session || session >= WIRE_SESSIONS))
            continue;
        if (!cur_end(&c))
            continue;
        step_add(p, words[i].kind, (int)session);
        return true;
    }
    return false;
}

static enum code parse_direction(struct parser *p, struct str text)
{
    struct dialog *d = p->dialog;
    struct cur c = cur_of(text);
    int64_t ms;
    if (cur_text(&c, STR("role "))) {
        d->role = c.rest;
    } else if (cur_text(&c, STR("address "))) {
        d->address = c.rest;
    } else if (str_eq(text, STR("tls from the start"))) {
        d->tls = true;
    } else if (str_eq(text, STR("we call"))) {
        p->turned = true;
    } else if (cur_text(&c, STR("varies "))) {
        d->varies = true; /* the rest is the reason */
    } else if (parse_time(text, &ms)) {
        step_add(p, STEP_CLOCK, 1)->ms = ms;
    } else if (!parse_short(p, text)) {
        step_add(p, STEP_SET, 1)->text = text;
    }
    return OK;
}

static enum code parse_line(struct parser *p, struct str line)
{
    struct cur c = cur_of(line);
    char who, mark;
    int session = 1;
    if (line.n == 0 || line.p[0] == '#')
        return OK;
    if (cur_text(&c, STR("@ ")))
        return parse_direction(p, str_trim(c.rest));
    if (!cur_byte(&c, &who) || !cur_byte(&c, &mark) || (who != 'C' && who != 'S'))
        return fail(p->cx, E_SYNTAX, "line %d: neither C, S, @ nor #", p->line);
    if (mark >= '1' && mark <= '9') {
        session = mark - '0';
        if (!cur_byte(&c, &mark))
            return fail(p->cx, E_SYNTAX, "line %d: ends too early", p->line);
    }
    if (!cur_char(&c, ' ') && !cur_end(&c) && !(mark == '.' && str_eq(c.rest, STR(".."))))
        return fail(p->cx, E_SYNTAX, "line %d: a blank is missing", p->line);
    if (who == (p->turned ? 'C' : 'S'))
        return parse_server(p, mark, session, c.rest);
    if (mark != ':' && mark != '<' && mark != '*')
        return fail(p->cx, E_SYNTAX, "line %d: no such line: C%c", p->line, mark);
    return parse_client(p, mark, session, c.rest);
}

enum code dialog_parse(struct ctx *cx, struct str name, struct str text, struct dialog *out)
{
    struct dialog d = {.name = name};
    struct parser p = {.cx = cx, .dialog = &d};
    struct cur c = cur_of(text);
    struct str line;
    while (cur_line(&c, &line)) {
        p.line++;
        TRY(parse_line(&p, line));
    }
    if (!cur_end(&c))
        return fail(cx, E_SYNTAX, "the last line has no end");
    if (!d.count)
        return fail(cx, E_SYNTAX, "nothing happens");
    *out = d;
    return OK;
}
