#include "proto/imap/mailbox/list.h"
#include "core/rights.h"
#include "proto/imap/mailbox/mailbox.h"
#include "proto/imap/wire/parse.h"

static int by_path(const void *left, const void *right)
{
    const struct folder_facts *const *a = left, *const *b = right;
    return str_cmp((*a)->path, (*b)->path);
}

void imap_folders_of(struct ctx *cx, const struct imap_session *s, const struct account_view *v,
                     struct imap_folders *out)
{
    size_t count = account_folder_count(v);
    struct ctx own = *cx; /* what may not be seen is no error */
    *out =
        (struct imap_folders){.at = ARENA_ARRAY(cx->arena, count, const struct folder_facts *),
                              .sorted = ARENA_ARRAY(cx->arena, count, const struct folder_facts *)};
    for (size_t i = 0; i < count; i++) {
        const struct folder_facts *f = account_folder(v, i);
        if (imap_folder_is_shown(f) && imap_may(&own, s, s->account, f->id, RIGHT_LOOKUP) == OK) {
            out->sorted[out->count] = f;
            out->at[out->count++] = f;
        }
    }
    qsort(out->sorted, out->count, sizeof *out->sorted, by_path);
}

/* Below "a" lie the paths from "a/" up to, without it, "a0": "0" comes after "/". */
static int below_order(struct str candidate, struct str path)
{
    int order = str_cmp(str_sub(candidate, 0, path.n), path);
    if (order || candidate.n == path.n)
        return order < 0 || (!order && candidate.n == path.n) ? -1 : 1;
    char next = candidate.p[path.n];
    return next == '/' ? 0 : (unsigned char)next < '/' ? -1 : 1;
}

static size_t first_from(const struct imap_folders *all, struct str path, int at_least)
{
    size_t low = 0, high = all->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (below_order(all->sorted[middle]->path, path) < at_least)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct imap_below imap_folders_below(const struct imap_folders *all, struct str path)
{
    return (struct imap_below){first_from(all, path, 0), first_from(all, path, 1)};
}

static enum code pattern(struct ctx *cx, const struct imap_session *s, struct cur *c,
                         struct str reference, struct str *out, bool *empty)
{
    struct str wire, decoded;
    if (!imap_pattern(cx->arena, c, &wire))
        return fail(cx, E_SYNTAX, "pattern expected");
    if (wire.n > IMAP_PATTERN_MAX || reference.n > IMAP_PATTERN_MAX)
        return fail(cx, E_LIMIT, "pattern of more than %d bytes", IMAP_PATTERN_MAX);
    TRY(imap_mailbox_decode(cx, s, wire, &decoded));
    struct str parts[] = {reference, decoded};
    *out = str_join(cx->arena, parts, 2);
    *empty = !wire.n;
    return OK;
}

enum code imap_patterns_parse(struct ctx *cx, const struct imap_session *s, struct cur *c,
                              struct str reference, struct imap_patterns *out)
{
    struct imap_patterns p = {.at = ARENA_ARRAY(cx->arena, 1, struct str)};
    if (!cur_char(c, '(')) {
        TRY(pattern(cx, s, c, reference, &p.at[0], &p.is_empty));
        p.count = 1;
        *out = p;
        return OK;
    }
    p.at = ARENA_ARRAY(cx->arena, IMAP_PATTERNS_MAX, struct str);
    do {
        bool empty;
        if (p.count == IMAP_PATTERNS_MAX)
            return fail(cx, E_LIMIT, "more than %d patterns", IMAP_PATTERNS_MAX);
        TRY(pattern(cx, s, c, reference, &p.at[p.count++], &empty));
    } while (imap_sp(c));
    if (!cur_char(c, ')'))
        return fail(cx, E_SYNTAX, "closing bracket expected after patterns");
    *out = p;
    return OK;
}

/* Only INBOX is the same in any case; its pattern may be "inb*". */
static bool matches_inbox(struct str pattern)
{
    char upper[IMAP_PATTERN_MAX * 2];
    size_t n = pattern.n < sizeof upper ? pattern.n : sizeof upper;
    for (size_t i = 0; i < n; i++)
        upper[i] = ascii_upper(pattern.p[i]);
    return imap_match(str_of(upper, n), STR("INBOX"));
}

bool imap_patterns_match(const struct imap_patterns *patterns, struct str path)
{
    bool inbox = str_eq(path, STR("INBOX"));
    for (size_t i = 0; i < patterns->count; i++)
        if (imap_match(patterns->at[i], path) || (inbox && matches_inbox(patterns->at[i])))
            return true;
    return false;
}
