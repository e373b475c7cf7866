#include "proto/imap/wire/parse.h"
#include "base/arena.h"
#include "proto/imap/annotate/annotate.h"
#include "proto/imap/fetch/fetch.h"

static bool is_name_char(char c)
{
    return ascii_is_alpha(c) || ascii_is_digit(c) || c == '.';
}

static const struct {
    struct str name;
    uint32_t items;
} names[] = {
    {STR("FLAGS"), IMAP_FETCH_FLAGS},
    {STR("UID"), IMAP_FETCH_UID},
    {STR("ENVELOPE"), IMAP_FETCH_ENVELOPE},
    {STR("INTERNALDATE"), IMAP_FETCH_INTERNALDATE},
    {STR("RFC822.SIZE"), IMAP_FETCH_SIZE},
    {STR("BODYSTRUCTURE"), IMAP_FETCH_BODYSTRUCTURE},
    {STR("BODY"), IMAP_FETCH_BODY},
    {STR("MODSEQ"), IMAP_FETCH_MODSEQ},
    {STR("PREVIEW"), IMAP_FETCH_PREVIEW},
    {STR("SAVEDATE"), IMAP_FETCH_SAVEDATE},
    {STR("EMAILID"), IMAP_FETCH_EMAILID},
    {STR("THREADID"), IMAP_FETCH_THREADID},
    {STR("ANNOTATION"), IMAP_FETCH_ANNOTATION},
};

static const struct {
    struct str name;
    uint32_t items;
} macros[] = {
    {STR("ALL"),
     IMAP_FETCH_FLAGS | IMAP_FETCH_INTERNALDATE | IMAP_FETCH_SIZE | IMAP_FETCH_ENVELOPE},
    {STR("FAST"), IMAP_FETCH_FLAGS | IMAP_FETCH_INTERNALDATE | IMAP_FETCH_SIZE},
    {STR("FULL"), IMAP_FETCH_FLAGS | IMAP_FETCH_INTERNALDATE | IMAP_FETCH_SIZE |
                      IMAP_FETCH_ENVELOPE | IMAP_FETCH_BODY},
};

/* RFC 3501's old names of sections. */
static const struct {
    struct str name, section;
    bool peek;
} old_names[] = {
    {STR("RFC822"), STR(""), false},
    {STR("RFC822.HEADER"), STR("HEADER"), true},
    {STR("RFC822.TEXT"), STR("TEXT"), false},
};

static const struct {
    struct str name;
    enum imap_section_kind kind;
    bool peek;
} section_names[] = {
    {STR("BODY"), IMAP_SECTION_BODY, false},
    {STR("BODY.PEEK"), IMAP_SECTION_BODY, true},
    {STR("BINARY"), IMAP_SECTION_BINARY, false},
    {STR("BINARY.PEEK"), IMAP_SECTION_BINARY, true},
    {STR("BINARY.SIZE"), IMAP_SECTION_BINARY_SIZE, true},
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

static enum code section_add(struct ctx *cx, struct imap_fetch *f, const struct imap_section *new,
                             bool peek)
{
    if (f->section_count == IMAP_SECTIONS_MAX)
        return fail(cx, E_LIMIT, "more than %d sections", IMAP_SECTIONS_MAX);
    if (!f->sections)
        f->sections = ARENA_ARRAY(cx->arena, IMAP_SECTIONS_MAX, struct imap_section);
    f->sections[f->section_count++] = *new;
    f->sets_seen |= !peek;
    return OK;
}

static enum code old_item(struct ctx *cx, struct str name, struct imap_fetch *f)
{
    for (size_t i = 0; i < COUNT(old_names); i++) {
        if (!str_ieq(name, old_names[i].name))
            continue;
        struct imap_section section = {.label = old_names[i].name, .section = old_names[i].section};
        return section_add(cx, f, &section, old_names[i].peek);
    }
    return fail(cx, E_SYNTAX, "no such data item of FETCH");
}

static enum code section_item(struct ctx *cx, struct cur *c, struct str name, struct imap_fetch *f)
{
    for (size_t i = 0; i < COUNT(section_names); i++) {
        if (!str_ieq(name, section_names[i].name))
            continue;
        struct imap_section section = {.kind = section_names[i].kind};
        TRY(imap_section_parse(cx, c, &section));
        return section_add(cx, f, &section, section_names[i].peek);
    }
    return fail(cx, E_SYNTAX, "no such section of FETCH");
}

/* RFC 5257 section 4.2. */
static enum code annotation(struct ctx *cx, struct cur *c, struct imap_fetch *f)
{
    f->notes = ARENA_NEW(cx->arena, struct imap_notes_ask);
    if (!imap_sp(c))
        return fail(cx, E_SYNTAX, "entries and attributes expected");
    return imap_notes_ask(cx, c, f->notes);
}

static enum code item(struct ctx *cx, struct cur *c, struct imap_fetch *f)
{
    struct str name = cur_while(c, is_name_char);
    if (cur_peek(c) == '[')
        return section_item(cx, c, name, f);
    for (size_t i = 0; i < COUNT(names); i++) {
        if (str_ieq(name, names[i].name)) {
            f->items |= names[i].items;
            if (names[i].items == IMAP_FETCH_PREVIEW) /* it is always there */
                (void)cur_word(c, STR(" (LAZY)"));
            return names[i].items == IMAP_FETCH_ANNOTATION ? annotation(cx, c, f) : OK;
        }
    }
    return old_item(cx, name, f);
}

static bool macro(struct cur *c, struct imap_fetch *f)
{
    struct cur ahead = *c;
    struct str name = cur_while(&ahead, is_name_char);
    for (size_t i = 0; i < COUNT(macros); i++) {
        if (str_ieq(name, macros[i].name)) {
            f->items |= macros[i].items;
            *c = ahead;
            return true;
        }
    }
    return false;
}

enum code imap_fetch_items(struct ctx *cx, struct cur *c, struct imap_fetch *f)
{
    if (!cur_char(c, '('))
        return macro(c, f) ? OK : item(cx, c, f);
    do {
        TRY(item(cx, c, f));
    } while (imap_sp(c));
    return cur_char(c, ')') ? OK : fail(cx, E_SYNTAX, "closing bracket expected after items");
}

enum code imap_fetch_parse(struct ctx *cx, struct imap_session *s, bool uid, struct cur *c,
                           struct imap_fetch *out)
{
    struct imap_fetch f = {0};
    TRY(imap_fetch_items(cx, c, &f));
    TRY(imap_fetch_modifiers(cx, s, uid, c, &f));
    if (f.items & IMAP_FETCH_MODSEQ)
        s->condstore = true;
    *out = f;
    return OK;
}
