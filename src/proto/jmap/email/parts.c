/* Which parts of a message are its text, and which are attachments (RFC 8621 section 4.1.4). */
#include "proto/jmap/email/shown.h"

static bool is_text(const struct mime_part *p, struct str subtype)
{
    return str_eq(p->type.type, STR("text")) && str_eq(p->type.subtype, subtype);
}

static bool is_media(const struct mime_part *p)
{
    return str_eq(p->type.type, STR("image")) || str_eq(p->type.type, STR("audio")) ||
           str_eq(p->type.type, STR("video"));
}

struct walk {
    struct arena *arena;
    const struct mime *m;
    struct jmap_list *attachments;
};

/* The lists that a level may still add to, and what it is. */
struct level {
    struct jmap_list *text, *html; /* NULL: no more */
    struct str multipart;
    bool in_alternative;
};

static void add(struct walk *w, struct jmap_list *list, uint32_t part)
{
    if (!list)
        return;
    if (list->count == list->room) {
        size_t room = list->room ? list->room * 2 : 4;
        list->at =
            arena_grow(w->arena, list->at, list->room * sizeof *list->at, room * sizeof *list->at);
        list->room = room;
    }
    list->at[list->count++] = part;
}

/* Is this a body part rather than an attachment? */
static bool is_inline(const struct mime_part *p, const struct level *l, bool first)
{
    if (str_eq(p->disposition.type, STR("attachment")) ||
        (!is_text(p, STR("plain")) && !is_text(p, STR("html")) && !is_media(p)))
        return false;
    return first || (!str_eq(l->multipart, STR("related")) && (is_media(p) || !mime_name(p).n));
}

static void add_inline(struct walk *w, struct level *l, uint32_t part)
{
    const struct mime_part *p = &w->m->parts[part];
    if (str_eq(l->multipart, STR("alternative"))) {
        add(w,
            is_text(p, STR("plain"))  ? l->text
            : is_text(p, STR("html")) ? l->html
                                      : w->attachments,
            part);
        return;
    }
    if (l->in_alternative && is_text(p, STR("plain")))
        l->html = NULL;
    if (l->in_alternative && is_text(p, STR("html")))
        l->text = NULL;
    add(w, l->text, part);
    add(w, l->html, part);
    if ((!l->text || !l->html) && is_media(p))
        add(w, w->attachments, part);
}

static void look(struct walk *w, struct level l, uint32_t first)
{
    size_t text = l.text ? l.text->count : 0, html = l.html ? l.html->count : 0;
    struct level at = l;
    for (uint32_t i = first; i != MIME_NONE; i = w->m->parts[i].node.next) {
        const struct mime_part *p = &w->m->parts[i];
        if (p->node.kind == MIME_MULTIPART) {
            struct level below = at;
            below.multipart = p->type.subtype;
            below.in_alternative |= str_eq(p->type.subtype, STR("alternative"));
            look(w, below, p->node.child);
        } else if (is_inline(p, &at, i == first)) {
            add_inline(w, &at, i);
        } else {
            add(w, w->attachments, i);
        }
    }
    if (!str_eq(l.multipart, STR("alternative")) || !at.text || !at.html)
        return;
    size_t text_now = at.text->count, html_now = at.html->count;
    for (size_t i = html; text == text_now && i < html_now; i++)
        add(w, at.text, at.html->at[i]);
    for (size_t i = text; html == html_now && i < text_now; i++)
        add(w, at.html, at.text->at[i]);
}

const struct jmap_lists *jmap_shown_lists(struct arena *a, struct jmap_shown *e)
{
    if (e->lists)
        return e->lists;
    e->lists = ARENA_NEW(a, struct jmap_lists);
    struct walk w = {.arena = a, .m = e->mime, .attachments = &e->lists->attachments};
    struct level top = {
        .text = &e->lists->text, .html = &e->lists->html, .multipart = STR("mixed")};
    look(&w, top, 0);
    return e->lists;
}
