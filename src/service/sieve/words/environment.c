#include "format/utf8.h"
#include "service/sieve/run/match.h"
#include "service/sieve/script/words.h"

/* What is known beside the message: RFC 5183, 5235, 5490, 6134, 8579, 9042. */

bool sieve_environment_test(struct sieve_run *r, const struct sieve_node *n)
{
    const struct sieve_world *w = r->world;
    struct str name = sieve_run_text(r, sieve_arg(n, 0), 0);
    struct sieve_matcher m;
    sieve_match_begin(&m, r, n, sieve_arg(n, 1));
    for (size_t i = 0; i < w->environment_count; i++)
        if (str_ieq(w->environment[i].name, name))
            sieve_match_value(&m, w->environment[i].value);
    return sieve_match_end(&m); /* an item that is not known never matches */
}

/* A score; what was not tested is "0", and nothing to count (RFC 5235 section 2.2.1). */
static bool score(struct sieve_run *r, const struct sieve_node *n, bool tested, int value)
{
    struct sieve_matcher m;
    sieve_match_begin(&m, r, n, sieve_arg(n, 0));
    if (tested || n->match.how != SIEVE_COUNT)
        sieve_match_value(&m, str_printf(r->arena, "%d", tested ? value : 0));
    return sieve_match_end(&m);
}

/* 1 is clean, 10 is spam; with :percent 0 to 100. */
bool sieve_spamtest_test(struct sieve_run *r, const struct sieve_node *n)
{
    int percent = r->world->spam_percent;
    return score(r, n, percent >= 0, sieve_tag(n, TAG_PERCENT) ? percent : 1 + percent * 9 / 100);
}

bool sieve_virustest_test(struct sieve_run *r, const struct sieve_node *n)
{
    return score(r, n, r->world->virus > 0, r->world->virus);
}

static bool all_exist(struct sieve_run *r, const struct sieve_arg *arg, enum sieve_naming by)
{
    const struct sieve_world *w = r->world;
    const struct str *names = sieve_run_texts(r, arg);
    for (size_t i = 0; i < arg->count; i++)
        if (!w->ops || !w->ops->mailbox_exists ||
            !w->ops->mailbox_exists(w->self, r->cx, by, names[i]))
            return false;
    return true;
}

bool sieve_mailboxexists_test(struct sieve_run *r, const struct sieve_node *n)
{
    return all_exist(r, sieve_arg(n, 0), SIEVE_BY_NAME);
}

bool sieve_mailboxidexists_test(struct sieve_run *r, const struct sieve_node *n)
{
    return all_exist(r, sieve_arg(n, 0), SIEVE_BY_ID);
}

/* RFC 8579 section 4: of any folder, or of the one that is named. */
bool sieve_specialuse_test(struct sieve_run *r, const struct sieve_node *n)
{
    const struct sieve_arg *folder = &n->args[n->arg_count - 2], *uses = folder + 1;
    if (folder->kind == SIEVE_ARG_NONE)
        return all_exist(r, uses, SIEVE_BY_SPECIAL_USE);
    const struct sieve_world *w = r->world;
    struct str name = sieve_run_text(r, folder, 0);
    const struct str *use = sieve_run_texts(r, uses);
    for (size_t i = 0; i < uses->count; i++)
        if (!w->ops || !w->ops->mailbox_has_use ||
            !w->ops->mailbox_has_use(w->self, r->cx, name, use[i]))
            return false;
    return true;
}

static bool metadata(struct sieve_run *r, struct str folder, struct str name, struct str *value)
{
    const struct sieve_world *w = r->world;
    return w->ops && w->ops->metadata && w->ops->metadata(w->self, r->cx, folder, name, value);
}

static bool metadata_matches(struct sieve_run *r, const struct sieve_node *n, struct str folder,
                             struct str name, const struct sieve_arg *keys)
{
    struct str value;
    return metadata(r, folder, name, &value) && sieve_match_one(r, n, keys, value);
}

static bool metadata_there(struct sieve_run *r, struct str folder, const struct sieve_arg *arg)
{
    const struct str *names = sieve_run_texts(r, arg);
    struct str value;
    for (size_t i = 0; i < arg->count; i++)
        if (!metadata(r, folder, names[i], &value))
            return false;
    return true;
}

bool sieve_metadata_test(struct sieve_run *r, const struct sieve_node *n)
{
    struct str folder = sieve_run_text(r, sieve_arg(n, 0), 0);
    struct str name = sieve_run_text(r, sieve_arg(n, 1), 0);
    return folder.n && metadata_matches(r, n, folder, name, sieve_arg(n, 2));
}

bool sieve_metadataexists_test(struct sieve_run *r, const struct sieve_node *n)
{
    struct str folder = sieve_run_text(r, sieve_arg(n, 0), 0);
    return folder.n && metadata_there(r, folder, sieve_arg(n, 1));
}

bool sieve_servermetadata_test(struct sieve_run *r, const struct sieve_node *n)
{
    struct str name = sieve_run_text(r, sieve_arg(n, 0), 0);
    return metadata_matches(r, n, (struct str){0}, name, sieve_arg(n, 1));
}

bool sieve_servermetadataexists_test(struct sieve_run *r, const struct sieve_node *n)
{
    return metadata_there(r, (struct str){0}, sieve_arg(n, 0));
}

bool sieve_valid_ext_list_test(struct sieve_run *r, const struct sieve_node *n)
{
    const struct sieve_world *w = r->world;
    const struct sieve_arg *arg = sieve_arg(n, 0);
    const struct str *names = sieve_run_texts(r, arg);
    for (size_t i = 0; i < arg->count; i++)
        if (!w->ops || !w->ops->list_known || !w->ops->list_known(w->self, r->cx, names[i]))
            return false;
    return true;
}
