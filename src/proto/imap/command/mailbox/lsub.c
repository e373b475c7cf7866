#include "proto/imap/command/handlers.h"
#include "proto/imap/mailbox/list.h"
#include "proto/imap/mailbox/mailbox.h"
#include "proto/imap/wire/parse.h"

/* A subscribed name below that the patterns do not show themselves. */
static bool hides_subscribed(const struct imap_entries *all, const struct imap_patterns *patterns,
                             const struct imap_entry *e)
{
    struct imap_below below = imap_entries_below(all, e->name);
    for (size_t i = below.first; i < below.end; i++)
        if (all->sorted[i]->subscribed && !imap_patterns_match(patterns, all->sorted[i]->name))
            return true;
    return false;
}

static enum code lsub(struct ctx *cx, struct imap_session *s, struct imap_call *call, bool remote)
{
    struct cur c = call->arg;
    struct str reference;
    struct imap_patterns patterns;
    TRY(imap_mailbox(cx, s, &c, &reference));
    if (!imap_sp(&c) || cur_peek(&c) == '(')
        return fail(cx, E_SYNTAX, "LSUB wants a reference and a pattern");
    TRY(imap_patterns_parse(cx, s, &c, reference, &patterns));
    if (!cur_end(&c))
        return fail(cx, E_SYNTAX, "more after the pattern");
    patterns.remote = remote;
    struct imap_entries *all AUTO(imap_entries_close) = NULL;
    TRY(imap_entries_open(cx, s, &patterns, &all));
    for (size_t i = 0; i < all->count; i++) {
        const struct imap_entry *e = all->at[i];
        if (!imap_patterns_match(&patterns, e->name))
            continue;
        if (!e->subscribed && !hides_subscribed(all, &patterns, e))
            continue;
        imap_say(call, e->subscribed && e->folder ? STR("* LSUB () \"/\" ")
                                                  : STR("* LSUB (\\Noselect) \"/\" "));
        imap_mailbox_put(cx, s, &call->text, e->name);
        imap_say(call, STR("\r\n"));
    }
    return OK;
}

/* RFC 3501 section 6.3.9. */
enum code imap_lsub(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    return lsub(cx, s, call, false);
}

/* RFC 2193 section 5.2. */
enum code imap_rlsub(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    return lsub(cx, s, call, true);
}
