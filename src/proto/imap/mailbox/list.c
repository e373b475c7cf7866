#include "proto/imap/mailbox/list.h"
#include "proto/imap/mailbox/mailbox.h"
#include "proto/imap/wire/parse.h"

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

bool imap_patterns_match(const struct imap_patterns *patterns, struct str name)
{
    bool inbox = str_eq(name, STR("INBOX"));
    for (size_t i = 0; i < patterns->count; i++)
        if (imap_match(patterns->at[i], name) || (inbox && matches_inbox(patterns->at[i])))
            return true;
    return false;
}

bool imap_patterns_match_level(const struct imap_patterns *patterns, struct str name)
{
    for (size_t i = 0; i < patterns->count; i++)
        if (!str_ends(patterns->at[i], STR("*")) && imap_match(patterns->at[i], name))
            return true;
    return false;
}

/* Up to its first wildcard a pattern is a plain beginning of names. */
bool imap_patterns_reach(const struct imap_patterns *patterns, struct str level)
{
    for (size_t i = 0; i < patterns->count; i++) {
        struct str plain = patterns->at[i];
        for (size_t k = 0; k < plain.n; k++)
            if (plain.p[k] == '*' || plain.p[k] == '%')
                plain.n = k;
        if (str_starts(level, plain) || (str_starts(plain, level) && plain.p[level.n] == '/'))
            return true;
    }
    return false;
}
