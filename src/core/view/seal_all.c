/* Sealed views in use: opened, made at quiet times, checked. */
#include "base/log.h"
#include "base/metric.h"
#include "core/account.h"
#include "core/view/seal.h"

/* What it would take to bring it up to date is less than a walk. */
static bool is_worth_it(const struct seal *seal, const struct account_row *now)
{
    uint64_t most = seal->rows / 2 > SEAL_BEHIND_MIN ? seal->rows / 2 : SEAL_BEHIND_MIN;
    return now->facts.modseq >= seal->seen && now->facts.modseq - seal->seen <= most &&
           now->swept <= seal->seen; /* else tombstones may be missing */
}

enum code view_unseal(struct ctx *cx, struct core *c, struct entry *e)
{
    struct account_row now;
    struct seal seal;
    struct view *v AUTO(view_unref) = NULL;
    uint32_t uid_validity;
    folder_id folder = (folder_id)e->name.folder;
    TRY(account_row_get(cx, c, e->name.account, &now));
    TRY(seal_load(cx, c, e->name.account, folder, &seal, &v));
    TRY(view_uid_validity_load(cx, c, v, &uid_validity));
    if (!is_worth_it(&seal, &now) || uid_validity != seal.uid_validity)
        return fail(cx, E_NOT_FOUND, "the sealed view of folder %u is too old", folder);
    TRY(view_keywords_load(cx, c, v, &v->keywords));
    view_seal(v);
    picture_ref(&v->picture);
    entry_set(e, &v->picture);
    e->seen = seal.seen;
    return view_refresh(cx, c, e);
}

/* Its view as of now, and the number up to which it shows all. */
static enum code view_and_number(struct ctx *cx, struct core *c, const struct entry_name *name,
                                 struct view **out, uint64_t *seen)
{
    struct entry *e = entry_acquire(c->views, name);
    enum code code = view_current(cx, c, e);
    if (code == OK) {
        picture_ref(e->picture);
        *out = (struct view *)e->picture;
        *seen = e->seen;
    }
    entry_release(c->views, e);
    return code;
}

static enum code seal_one(struct ctx *cx, struct core *c, const struct account_facts *account,
                          const struct folder_facts *folder)
{
    struct entry_name name = {.account = account->id, .folder = folder->id};
    struct view *v AUTO(view_unref) = NULL;
    uint64_t seen;
    bool due = false;
    TRY(seal_is_due(cx, c, &name, folder->total, account->modseq, &due));
    if (!due)
        return OK;
    TRY(view_and_number(cx, c, &name, &v, &seen));
    TRY(seal_is_due(cx, c, &name, view_count(v), seen, &due));
    if (!due || view_count(v) < SEAL_ROWS_MIN)
        return OK;
    TRY(seal_write(cx, c, v, seen));
    metric_add(c->sealed, 1);
    log_event(c->log, LOG_DEBUG, "view.sealed", "account=%llu folder=%u rows=%u",
              (unsigned long long)account->id, folder->id, view_count(v));
    return OK;
}

enum code views_seal(struct ctx *cx, struct core *c, account_id account)
{
    struct account_view *v AUTO(account_view_unref) = NULL;
    TRY(account_view_get(cx, c, account, &v));
    for (size_t i = 0; i < account_folder_count(v); i++) {
        const struct folder_facts *f = account_folder(v, i);
        if (f->total < SEAL_ROWS_MIN || f->hidden)
            continue;
        enum code code = seal_one(cx, c, account_facts(v), f);
        if (code != E_NOT_FOUND) /* ended meanwhile */
            TRY(code);
    }
    return OK;
}

static bool same_rows(const struct view *a, const struct view *b)
{
    if (view_count(a) != view_count(b) || a->uid_next != b->uid_next)
        return false;
    for (uint32_t i = 0; i < view_count(a); i++) {
        struct view_row x = view_at(a, i), y = view_at(b, i);
        if (x.uid != y.uid || x.flags != y.flags || x.keywords != y.keywords ||
            x.modseq != y.modseq || x.id != y.id)
            return false;
    }
    return true;
}

enum code seal_check(struct ctx *cx, struct core *c, account_id account, folder_id folder,
                     bool *is_wrong)
{
    struct entry sealed = {.name = {.account = account, .folder = folder}}, walked = sealed;
    *is_wrong = false;
    enum code code = view_unseal(cx, c, &sealed);
    if (code == OK)
        code = view_walk(cx, c, &walked);
    if (code == OK)
        *is_wrong = !same_rows((struct view *)sealed.picture, (struct view *)walked.picture);
    entry_set(&sealed, NULL);
    entry_set(&walked, NULL);
    return code == E_NOT_FOUND || code == E_CORRUPT ? OK : code; /* none that is used */
}
