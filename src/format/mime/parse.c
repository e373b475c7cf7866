/* One pass over a message. Boundaries that are open lie on a stack; a line that starts with "--" is
   held against them, innermost first. */
#include "base/arena.h"
#include "format/mime.h"

const struct mime_limits mime_limits_default = {
    .depth = 100, .parts = 10000, .header_bytes = 1024 * 1024, .fields = 10000};

/* A multipart whose boundary lines are still looked for. */
struct open {
    struct str boundary;
    uint32_t part, last_child;
};

struct parser {
    struct arena *arena;
    struct mime *m;
    const struct mime_limits *limits;
    struct str s; /* all bytes */
    char eol;     /* LF; CR in a message that has no LF */
    size_t at;    /* a line starts here */
    size_t lines; /* line ends before at */
    struct open *stack;
    uint32_t depth;   /* of the stack */
    uint32_t room;    /* of m->parts */
    uint32_t current; /* the innermost part that is not closed */
    uint32_t level;   /* how many parts lie around current */
};

/* What a boundary line said. */
struct delimiter {
    uint32_t level; /* index on the stack */
    bool closing;
    size_t before; /* where the data in front of it ends: its line end belongs to the boundary */
    size_t before_lines; /* line ends in front of that */
};

static struct mime_part *part_at(struct parser *p, uint32_t i)
{
    return &p->m->parts[i];
}

/* Offset behind the line that starts at i. */
static size_t line_end(const struct parser *p, size_t i)
{
    size_t n = str_chr(str_from(p->s, i), p->eol);
    return n == SIZE_MAX ? p->s.n : i + n + 1;
}

/* Whether the line (without its "--") is one of the open boundaries; blanks behind it may be. */
static bool match(const struct parser *p, struct str line, struct delimiter *out)
{
    while (line.n && ascii_is_space(line.p[line.n - 1]))
        line.n--;
    for (uint32_t i = p->depth; i-- > 0;) {
        struct str b = p->stack[i].boundary;
        bool closing = line.n == b.n + 2;
        if ((line.n != b.n && !closing) || !str_starts(line, b))
            continue;
        if (closing && !str_ends(line, STR("--")))
            continue;
        out->level = i;
        out->closing = closing;
        return true;
    }
    return false;
}

/* If a boundary line starts at i, says so in out; end is behind the line. */
static bool is_boundary(const struct parser *p, size_t i, size_t end, struct delimiter *out)
{
    if (p->depth == 0 || end - i < 3 || p->s.p[i] != '-' || p->s.p[i + 1] != '-')
        return false;
    return match(p, str_sub(p->s, i + 2, end - i - 2), out);
}

/* Where the data in front of the line at i ends. */
static void set_before(const struct parser *p, size_t i, size_t lines, struct delimiter *out)
{
    out->before = i;
    out->before_lines = lines;
    if (i == 0)
        return;
    out->before--;
    out->before_lines--;
    if (p->eol == '\n' && out->before && p->s.p[out->before - 1] == '\r')
        out->before--;
}

/* Goes over lines up to behind the next boundary line; false at the end of the bytes. */
static bool next_boundary(struct parser *p, struct delimiter *out)
{
    while (p->at < p->s.n) {
        size_t i = p->at, end = line_end(p, i);
        bool ended = p->s.p[end - 1] == p->eol;
        bool found = is_boundary(p, i, end, out);
        if (found)
            set_before(p, i, p->lines, out);
        p->at = end;
        p->lines += ended;
        if (found)
            return true;
    }
    return false;
}

/* How often eol is in s. In blocks, which compilers turn into vector code. */
static size_t count_lines(struct str s, char eol)
{
    enum { BLOCK = 64 };
    size_t lines = 0, i = 0;
    for (; i + BLOCK <= s.n; i += BLOCK) {
        uint8_t n = 0;
        for (size_t k = 0; k < BLOCK; k++)
            n = (uint8_t)(n + (s.p[i + k] == eol));
        lines += n;
    }
    for (; i < s.n; i++)
        lines += s.p[i] == eol;
    return lines;
}

/* No boundary is open: the rest is one body, only its lines are counted. */
static void count_rest(struct parser *p)
{
    p->lines += count_lines(str_from(p->s, p->at), p->eol);
    p->at = p->s.n;
}

static bool is_blank_line(struct str line)
{
    for (size_t i = 0; i < line.n; i++)
        if (line.p[i] != '\r' && line.p[i] != '\n')
            return false;
    return true;
}

static bool is_field_start(struct str line)
{
    size_t i = 0;
    while (i < line.n && line.p[i] > ' ' && line.p[i] != ':' && line.p[i] != 0x7f)
        i++;
    return i && i < line.n && (line.p[i] == ':' || line.p[i] == ' ' || line.p[i] == '\t') &&
           str_chr(line, ':') != SIZE_MAX;
}

/* Goes over a header and its blank line. One that does not start with a field is none at all: the
   body starts at once ("From " lines of an mbox are let through). True if a boundary line ended it;
   then p->at is behind that. */
static bool take_header(struct parser *p, size_t *size, struct delimiter *cut)
{
    size_t start = p->at;
    bool first = true;
    *size = 0;
    while (p->at < p->s.n) {
        size_t i = p->at, end = line_end(p, i);
        struct str line = str_sub(p->s, i, end - i);
        bool ended = p->s.p[end - 1] == p->eol;
        if (is_boundary(p, i, end, cut)) {
            set_before(p, i, p->lines, cut);
            *size = i - start;
            p->at = end;
            p->lines += ended;
            return true;
        }
        bool blank = is_blank_line(line);
        bool mbox = str_starts(line, STR("From ")) || str_starts(line, STR(">From "));
        if ((first && !blank && !mbox && !is_field_start(line)) ||
            end - start > p->limits->header_bytes) {
            p->m->cut |= end - start > p->limits->header_bytes;
            break;
        }
        p->at = end;
        p->lines += ended;
        if (blank)
            break;
        first = false;
    }
    *size = p->at - start;
    return false;
}

static bool is_address_field(enum header_id id)
{
    return id >= HEADER_FROM && id <= HEADER_BCC;
}

/* Reads the fields of a header into out; repeated address fields are kept too. */
static void read_fields(struct parser *p, struct str header, struct mime_message *out)
{
    struct cur c = cur_of(header);
    struct header_field f;
    const struct mime_more **last = &out->more;
    for (uint32_t n = 0; header_next(&c, &f); n++) {
        if (n == p->limits->fields) {
            p->m->cut = true;
            return;
        }
        enum header_id id = header_id(f.name);
        if (id != HEADER_OTHER && !out->field[id].p) {
            out->field[id] = f.value;
        } else if (is_address_field(id)) {
            struct mime_more *more = ARENA_NEW(p->arena, struct mime_more);
            *more = (struct mime_more){.id = id, .value = f.value};
            *last = more;
            last = &more->next;
        }
    }
}

static enum mime_encoding encoding_of(struct str name)
{
    static const struct {
        struct str name;
        enum mime_encoding encoding;
    } known[] = {{STR("7bit"), MIME_7BIT},
                 {STR("8bit"), MIME_8BIT},
                 {STR("base64"), MIME_BASE64},
                 {STR("quoted-printable"), MIME_QP},
                 {STR("binary"), MIME_BINARY}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (str_ieq(name, known[i].name))
            return known[i].encoding;
    return MIME_UNKNOWN;
}

/* The token of a Content-Transfer-Encoding, lower case. */
static struct str encoding_token(struct arena *a, struct str raw)
{
    struct cur c = cur_of(raw);
    header_skip_cfws(&c);
    struct str s = c.rest;
    size_t n = 0;
    while (n < s.n && s.p[n] > ' ' && s.p[n] != ';' && s.p[n] != '(' && s.p[n] != '"')
        n++;
    return n ? str_lower(a, str_sub(s, 0, n)) : STR("7bit");
}

/* Content-Type, or what stands for it (RFC 2045 section 5.2, RFC 2046 section 5.1.5). */
static struct header_content type_of(struct parser *p, struct str raw, bool in_digest)
{
    struct header_content type;
    if (raw.p && header_content_type(p->arena, raw, &type))
        return type;
    if (in_digest && !raw.p)
        return (struct header_content){.type = STR("message"), .subtype = STR("rfc822")};
    return (struct header_content){.type = STR("text"), .subtype = STR("plain")};
}

static bool is_message(const struct header_content *type)
{
    return str_eq(type->type, STR("message")) &&
           (str_eq(type->subtype, STR("rfc822")) || str_eq(type->subtype, STR("global")));
}

static struct str unfolded(struct arena *a, struct str raw)
{
    return raw.p ? header_unfold(a, raw) : raw;
}

/* Fills in what the fields say. */
static void describe(struct parser *p, struct mime_part *part, const struct mime_message *fields,
                     bool in_digest)
{
    const struct str *f = fields->field;
    part->type = type_of(p, f[HEADER_CONTENT_TYPE], in_digest);
    if (f[HEADER_CONTENT_DISPOSITION].p)
        (void)header_disposition(p->arena, f[HEADER_CONTENT_DISPOSITION], &part->disposition);
    part->encoding = f[HEADER_CONTENT_TRANSFER_ENCODING].p
                         ? encoding_token(p->arena, f[HEADER_CONTENT_TRANSFER_ENCODING])
                         : STR("7bit");
    part->node.encoding = encoding_of(part->encoding);
    part->id = unfolded(p->arena, f[HEADER_CONTENT_ID]);
    part->description = unfolded(p->arena, f[HEADER_CONTENT_DESCRIPTION]);
    part->language = unfolded(p->arena, f[HEADER_CONTENT_LANGUAGE]);
    part->location = unfolded(p->arena, f[HEADER_CONTENT_LOCATION]);
    part->md5 = unfolded(p->arena, f[HEADER_CONTENT_MD5]);
}

/* A new part of current, which becomes it; false past the limit. */
static bool add_part(struct parser *p)
{
    struct mime *m = p->m;
    if (m->count == p->limits->parts) {
        m->cut = true;
        return false;
    }
    if (m->count == p->room) {
        uint32_t room = p->room ? p->room * 2 : 1;
        m->parts =
            arena_grow(p->arena, m->parts, p->room * sizeof *m->parts, room * sizeof *m->parts);
        p->room = room;
    }
    struct mime_node *node = &m->parts[m->count].node;
    *node = (struct mime_node){.parent = p->current, .child = MIME_NONE, .next = MIME_NONE};
    if (p->current != MIME_NONE)
        p->level++;
    p->current = m->count++;
    return true;
}

/* A part's end is known. A multipart in which no part came is shown as the text that it is. */
static void close_part(struct parser *p, uint32_t i, size_t end, size_t lines)
{
    struct mime_part *part = part_at(p, i);
    size_t body = (size_t)(part->node.start + part->node.header_size);
    part->node.body_size = end > body ? end - body : 0;
    part->node.lines = end > body && lines > part->node.lines ? lines - part->node.lines : 0;
    if (part->node.kind == MIME_MULTIPART && part->node.child == MIME_NONE) {
        part->node.kind = MIME_LEAF;
        part->type = (struct header_content){.type = STR("text"), .subtype = STR("plain")};
    }
}

/* Closes all that lies inside the part `until` (MIME_NONE: all). */
static void close_inside(struct parser *p, uint32_t until, size_t end, size_t lines)
{
    while (p->current != until) {
        uint32_t i = p->current;
        p->current = part_at(p, i)->node.parent;
        if (p->current != MIME_NONE)
            p->level--;
        close_part(p, i, end, lines);
    }
}

/* What is too deep is leaf data, which is not read as anything. */
static void too_deep(struct parser *p, struct mime_part *part)
{
    p->m->cut = true;
    part->type =
        (struct header_content){.type = STR("application"), .subtype = STR("octet-stream")};
}

/* Decides what the part holds; true when a message starts in it. */
static bool enter(struct parser *p, struct mime_part *part)
{
    bool message = is_message(&part->type);
    bool multipart = str_eq(part->type.type, STR("multipart"));
    if (!message && !multipart)
        return false;
    if (p->level + 1 >= p->limits->depth) {
        too_deep(p, part);
        return false;
    }
    if (message) {
        part->node.kind = MIME_MESSAGE;
        return true;
    }
    struct str boundary = {0};
    for (size_t i = 0; i < part->type.count; i++)
        if (str_eq(part->type.params[i].name, STR("boundary")))
            boundary = str_trim(part->type.params[i].extended ? part->type.params[i].value
                                                              : part->type.params[i].raw);
    if (boundary.n > MIME_BOUNDARY_MAX)
        boundary.n = 0;
    part->node.kind = MIME_MULTIPART; /* close_part() makes it text again when no part comes */
    if (boundary.n)
        p->stack[p->depth++] = (struct open){boundary, p->current, MIME_NONE};
    return false;
}

/* Hangs the newest part under its parent. */
static void link_child(struct parser *p, struct open *siblings)
{
    uint32_t child = p->current;
    if (siblings->last_child == MIME_NONE)
        part_at(p, siblings->part)->node.child = child;
    else
        part_at(p, siblings->last_child)->node.next = child;
    siblings->last_child = child;
}

static bool in_digest(struct parser *p, uint32_t parent)
{
    return parent != MIME_NONE && part_at(p, parent)->node.kind == MIME_MULTIPART &&
           str_eq(part_at(p, parent)->type.subtype, STR("digest"));
}

/* Reads the header of the part that was just added. True if a boundary line cut it off. */
static bool read_entity(struct parser *p, bool is_root, struct delimiter *cut)
{
    struct mime_part *part = part_at(p, p->current);
    struct mime_message local = {0}, *fields = &local;
    size_t size;
    part->node.start = p->at;
    bool was_cut = take_header(p, &size, cut);
    part->node.header_size = size;
    part->node.lines = was_cut ? cut->before_lines + 1 : p->lines; /* until it is closed */
    if (is_root)
        part->message = fields = ARENA_NEW(p->arena, struct mime_message);
    read_fields(p, str_sub(p->s, (size_t)part->node.start, size), fields);
    describe(p, part, fields, in_digest(p, part->node.parent));
    return was_cut;
}

/* Reads the newest part's header, and those of the messages that start in it. */
static bool read_nested(struct parser *p, bool is_root, struct delimiter *cut)
{
    for (;;) {
        bool was_cut = read_entity(p, is_root, cut);
        if (!enter(p, part_at(p, p->current)))
            return was_cut;
        uint32_t holder = p->current;
        if (!add_part(p)) {
            struct mime_part *part = part_at(p, holder);
            part->node.kind = MIME_LEAF;
            too_deep(p, part);
            return was_cut;
        }
        part_at(p, holder)->node.child = p->current;
        is_root = true;
        if (!was_cut)
            continue;
        /* Nothing is left for the message inside: it is empty. */
        struct mime_part *outer = part_at(p, holder), *empty = part_at(p, p->current);
        empty->node.start = outer->node.start + outer->node.header_size;
        empty->node.lines = outer->node.lines;
        empty->message = ARENA_NEW(p->arena, struct mime_message);
        describe(p, empty, empty->message, false);
        return true;
    }
}

static void parse_all(struct parser *p)
{
    struct delimiter d;
    bool found = read_nested(p, true, &d);
    for (;;) {
        if (!found && p->depth)
            found = next_boundary(p, &d);
        if (!found)
            break;
        struct open *open = &p->stack[d.level];
        close_inside(p, open->part, d.before, d.before_lines);
        p->depth = d.level + (d.closing ? 0 : 1);
        found = false;
        if (d.closing || p->at == p->s.n) /* a part of no bytes at the end is none */
            continue;
        if (!add_part(p))
            break;
        link_child(p, open);
        found = read_nested(p, false, &d);
    }
    count_rest(p);
    close_inside(p, MIME_NONE, p->s.n, p->lines);
}

static struct parser parser_of(struct ctx *cx, struct str bytes, const struct mime_limits *limits)
{
    struct parser p = {.arena = cx->arena, .s = bytes, .eol = '\n', .current = MIME_NONE};
    p.limits = limits ? limits : &mime_limits_default;
    p.m = ARENA_NEW(cx->arena, struct mime);
    p.m->bytes = bytes;
    if (str_chr(bytes, '\n') == SIZE_MAX && str_chr(bytes, '\r') != SIZE_MAX)
        p.eol = '\r';
    return p;
}

enum code mime_parse(struct ctx *cx, struct str bytes, const struct mime_limits *limits,
                     struct mime **out)
{
    if (bytes.n >= UINT32_MAX)
        return fail(cx, E_LIMIT, "mime: a message of %zu bytes", bytes.n);
    struct parser p = parser_of(cx, bytes, limits);
    p.stack = ARENA_ARRAY(cx->arena, p.limits->depth + 1, struct open);
    must(add_part(&p));
    parse_all(&p);
    *out = p.m;
    return OK;
}

enum code mime_parse_header(struct ctx *cx, struct str bytes, struct mime **out)
{
    if (bytes.n >= UINT32_MAX)
        return fail(cx, E_LIMIT, "mime: a message of %zu bytes", bytes.n);
    struct parser p = parser_of(cx, bytes, NULL);
    struct delimiter none;
    must(add_part(&p));
    (void)read_entity(&p, true, &none);
    count_rest(&p);
    close_inside(&p, MIME_NONE, bytes.n, p.lines);
    *out = p.m;
    return OK;
}
