#include "proto/imap/command/handlers.h"
#include "proto/imap/mailbox/list.h"
#include "proto/imap/mailbox/mailbox.h"
#include "proto/imap/wire/parse.h"

/* A subscribed folder below that the patterns do not show themselves. */
static bool hides_subscribed(const struct imap_folders *all, const struct imap_patterns *patterns,
                             const struct folder_facts *f)
{
    struct imap_below below = imap_folders_below(all, f->path);
    for (size_t i = below.first; i < below.end; i++)
        if (all->sorted[i]->subscribed && !imap_patterns_match(patterns, all->sorted[i]->path))
            return true;
    return false;
}

/* RFC 3501 section 6.3.9. */
enum code imap_lsub(struct ctx *cx, struct imap_session *s, struct imap_call *call)
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
    struct imap_folders all;
    struct account_view *v AUTO(account_view_unref) = NULL;
    TRY(account_view_get(cx, s->env->core, s->account, &v));
    imap_folders_of(cx, s, v, &all);
    for (size_t i = 0; i < all.count; i++) {
        const struct folder_facts *f = all.at[i];
        if (!imap_patterns_match(&patterns, f->path))
            continue;
        if (!f->subscribed && !hides_subscribed(&all, &patterns, f))
            continue;
        imap_say(call, f->subscribed ? STR("* LSUB () \"/\" ") : STR("* LSUB (\\Noselect) \"/\" "));
        imap_mailbox_put(cx, s, &call->text, f->path);
        imap_say(call, STR("\r\n"));
    }
    return OK;
}
