/* The accounts of a person, and what changed in them since somebody looked. */
#include "core/share/sharing.h"
#include "core/share/subscription.h"
#include "format/thread.h"
#include "proto/jmap/capability.h"
#include "proto/jmap/changes.h"
#include "proto/jmap/push/push.h"
#include <stdlib.h>

enum { STATE_MAX = 95, DELIVERIES_MAX = 256 };

/* Partitions that states stand on beside the accounts' own. */
static const uint64_t around[] = {DIRECTORY_PART, SIGNIN_PART, OAUTH_PART};
enum { AROUND = sizeof around / sizeof *around };

struct watched {
    account_id account;
    struct watch *watch;
    uint64_t version;    /* of its partition, when it was looked at */
    uint64_t subscribed; /* jmap_subscribed, as of the state */
    bool is_new;         /* not looked at yet */
    size_t state_n;
    char state[STATE_MAX + 1]; /* as clients know it */
};

/* A type of the own account whose state is not, or not only, the account's number. */
struct typed {
    bool known;
    uint64_t said; /* what it stood on when it was looked at */
};

struct jmap_watched {
    const struct jmap_env *env;
    watch_fn *ring;
    void *arg;
    uint64_t versions[AROUND]; /* when it was looked around */
    bool looks;                /* something around has changed since the last look */
    struct watched *at;        /* the own account is the first */
    size_t count;
    struct typed typed[JMAP_PUSH_TYPES_MAX];
    bool resumed; /* what is not known of a type is news to the client */
};

/* --- accounts --- */

struct jmap_watched *jmap_watched_open(const struct jmap_env *e, watch_fn *ring, void *arg)
{
    struct jmap_watched *w = calloc(1, sizeof *w);
    must(w);
    *w = (struct jmap_watched){.env = e, .ring = ring, .arg = arg};
    return w;
}

static void let_go(struct watched *x)
{
    if (x->watch)
        store_unwatch(x->watch);
    x->watch = NULL;
}

void jmap_watched_close(struct jmap_watched *w)
{
    if (!w)
        return;
    for (size_t i = 0; i < w->count; i++)
        let_go(&w->at[i]);
    free(w->at);
    free(w);
}

static void state_keep(struct watched *x, struct str state)
{
    must(state.n <= STATE_MAX);
    memcpy(x->state, state.p, state.n);
    x->state_n = state.n;
}

static struct str state_of(const struct watched *x)
{
    return str_of(x->state, x->state_n);
}

/* What an id says of the account: "A3e9=12,A3ea=7-1f". False: nothing. */
static bool since_of(struct arena *a, struct str id, account_id account, struct str *state)
{
    struct cur c = cur_of(id);
    struct str wanted = jmap_account_id(a, account);
    while (!cur_end(&c)) {
        struct str pair, name;
        if (!cur_until(&c, ',', &pair)) {
            pair = c.rest;
            c.rest = (struct str){0};
        }
        struct cur p = cur_of(pair);
        if (cur_until(&p, '=', &name) && str_eq(name, wanted)) {
            *state = p.rest;
            return p.rest.n <= STATE_MAX;
        }
    }
    return false;
}

static void begin(struct ctx *cx, struct jmap_watched *w, struct watched *x, account_id account,
                  struct str since)
{
    struct str state = {0};
    *x = (struct watched){.account = account, .is_new = true};
    x->watch = account_watch(w->env->core, account, w->ring, w->arg);
    if (since_of(cx->arena, since, account, &state)) {
        state_keep(x, state);
        x->is_new = false;
        x->version = UINT64_MAX;
    } else if (since.n) { /* it is new to who knows the others */
        x->is_new = false;
        x->version = UINT64_MAX;
    }
}

/* "Quota=1f": what a type's state stood on. */
static void resume(struct jmap_watched *w, struct str since)
{
    struct cur c = cur_of(since);
    const struct jmap_method *m;
    unsigned bit;
    w->resumed = since.n;
    while (!cur_end(&c)) {
        struct str pair, name;
        uint64_t said;
        if (!cur_until(&c, ',', &pair)) {
            pair = c.rest;
            c.rest = (struct str){0};
        }
        struct cur p = cur_of(pair);
        if (!cur_until(&p, '=', &name) || !jmap_take_hex(&p, &said) || !cur_end(&p))
            continue;
        for (m = NULL; (m = jmap_types_next(m, &bit));)
            if (str_eq(jmap_types_name(m), name))
                w->typed[bit] = (struct typed){true, said};
    }
}

/* Whether accounts have to be looked up. */
static enum code look_around(struct ctx *cx, struct jmap_watched *w, bool *accounts)
{
    *accounts = w->count == 0;
    for (size_t i = 0; i < AROUND; i++) {
        uint64_t version;
        TRY(store_version(cx, w->env->core->store, around[i], &version));
        bool changed = version != w->versions[i];
        w->versions[i] = version;
        w->looks |= changed;
        *accounts |= changed && around[i] == DIRECTORY_PART;
    }
    return OK;
}

/* Rights may be others now, by groups. */
static void keep(struct watched *from, struct watched *to, bool own)
{
    *to = *from;
    from->watch = NULL;
    if (!own)
        to->version = UINT64_MAX;
}

enum code jmap_watched_set(struct ctx *cx, struct jmap_watched *w, const struct auth_result *who,
                           struct str since)
{
    account_id *others;
    size_t count;
    bool first = w->count == 0, accounts;
    TRY(look_around(cx, w, &accounts));
    if (!accounts)
        return OK;
    TRY(sharing_accounts(cx, w->env->core, who->who.id, &others, &count));
    if (count > JMAP_PUSH_ACCOUNTS_MAX - 1)
        count = JMAP_PUSH_ACCOUNTS_MAX - 1;
    struct watched *all = calloc(count + 1, sizeof *all);
    must(all);
    for (size_t i = 0; i <= count; i++) {
        account_id wanted = i ? others[i - 1] : who->who.id;
        size_t at = 0;
        while (at < w->count && w->at[at].account != wanted)
            at++;
        if (at < w->count)
            keep(&w->at[at], &all[i], i == 0);
        else
            begin(cx, w, &all[i], wanted, first ? since : STR("-"));
    }
    for (size_t i = 0; i < w->count; i++)
        let_go(&w->at[i]);
    free(w->at);
    w->at = all;
    w->count = count + 1;
    if (first)
        resume(w, since);
    return OK;
}

/* --- looking --- */

enum code jmap_watched_rang(struct ctx *cx, struct jmap_watched *w, bool *rang)
{
    *rang = w->looks;
    for (size_t i = 0; i < w->count && !*rang; i++) {
        uint64_t version;
        TRY(store_version(cx, w->env->core->store, w->at[i].account, &version));
        *rang = w->at[i].is_new || version != w->at[i].version;
    }
    return OK;
}

/* Whether anything of the type changed, for this person; too long ago to tell is a change. */
static enum code type_changed(struct ctx *cx, struct jmap_call *call, const struct jmap_type *type,
                              const struct jmap_since *since, bool *changed)
{
    struct jmap_changed found = {.since = *since, .max = 1};
    *changed = true;
    enum code code = since->number == UINT64_MAX ? E_NOT_FOUND : type->changed(cx, call, &found);
    if (code == E_NOT_FOUND)
        return OK;
    TRY(code);
    *changed = found.count != 0;
    return OK;
}

/* RFC 8621 section 1.5: an email is there that was not. */
static enum code delivered(struct ctx *cx, struct jmap_call *call, const struct jmap_since *since,
                           bool *changed)
{
    struct jmap_changed found = {.since = *since, .max = DELIVERIES_MAX};
    *changed = true;
    enum code code =
        since->number == UINT64_MAX ? E_NOT_FOUND : jmap_email_changed(cx, call, &found);
    if (code == E_NOT_FOUND)
        return OK;
    TRY(code);
    *changed = found.count > DELIVERIES_MAX;
    for (size_t i = 0; i < found.count; i++)
        *changed |= found.at[i].how == JMAP_CREATED;
    return OK;
}

/* The object of one account, when there is anything in it. */
struct writing {
    struct json *j;
    struct str account, state;
    jmap_types told;
};

static void put_type(struct writing *x, struct str type, jmap_types bit, struct str state)
{
    if (!x->told) {
        jmap_key(x->j, x->account);
        json_object(x->j);
    }
    jmap_key(x->j, type);
    json_str(x->j, state);
    x->told |= bit;
}

/* As /get tells it. */
static enum code state_now(struct ctx *cx, struct jmap_call *call, const struct jmap_type *type,
                           struct str *out)
{
    if (type->state)
        return type->state(cx, call, out);
    TRY(jmap_basis(cx, call, type));
    *out = jmap_state(cx->arena, call);
    call->basis = 0;
    return OK;
}

static enum code put_changes(struct ctx *cx, struct jmap_call *call, const struct jmap_since *since,
                             jmap_types types, struct writing *x)
{
    const struct jmap_method *m = NULL;
    unsigned bit;
    bool changed;
    while ((m = jmap_types_next(m, &bit))) {
        jmap_types one = (jmap_types)1 << bit;
        struct str state;
        bool told = call->own || m->capability == JMAP_MAIL; /* all else is the owner's */
        if (!(types & one) || !m->type->changed || !told)
            continue;
        TRY(type_changed(cx, call, m->type, since, &changed));
        if (!changed)
            continue;
        TRY(state_now(cx, call, m->type, &state));
        put_type(x, jmap_types_name(m), one, state);
    }
    if (!(types & jmap_types_of(STR("EmailDelivery"))))
        return OK;
    TRY(delivered(cx, call, since, &changed));
    if (changed)
        put_type(x, STR("EmailDelivery"), jmap_types_of(STR("EmailDelivery")), x->state);
    return OK;
}

/* What a type's state stands on beside the account's number. */
static enum code said_by(struct ctx *cx, struct jmap_call *call, const struct jmap_type *type,
                         uint64_t *out)
{
    struct str text;
    if (type->basis)
        return type->basis(cx, call, out);
    TRY(type->state(cx, call, &text));
    *out = thread_key(text);
    return OK;
}

/* Types of the own account whose states no change of the account tells. */
static enum code put_typed(struct ctx *cx, struct jmap_watched *w, struct jmap_call *call,
                           jmap_types types, struct writing *x)
{
    const struct jmap_method *m = NULL;
    unsigned bit;
    while ((m = jmap_types_next(m, &bit))) {
        const struct jmap_type *t = m->type;
        struct typed *known = &w->typed[bit];
        jmap_types one = (jmap_types)1 << bit;
        uint64_t said;
        if (!(types & one) || !(t->state || t->basis) || !jmap_capability_on(w->env, m->capability))
            continue;
        if (t->elsewhere && known->known && !w->looks)
            continue;
        TRY(said_by(cx, call, t, &said));
        bool tell = known->known ? said != known->said : w->resumed;
        *known = (struct typed){true, said};
        if (!tell || x->told & one)
            continue;
        struct str state;
        TRY(state_now(cx, call, t, &state));
        put_type(x, jmap_types_name(m), one, state);
    }
    return OK;
}

static enum code look_at(struct ctx *cx, struct jmap_watched *w, struct watched *x,
                         struct jmap_call *call, jmap_types types, struct json *j)
{
    struct jmap_since since = {UINT64_MAX, UINT64_MAX, 0};
    struct writing writing = {.j = j, .account = jmap_account_id(cx->arena, x->account)};
    enum code code = jmap_account_enter(cx, call, writing.account);
    if (code == E_NOT_FOUND) { /* nothing is granted there any more */
        x->is_new = false;
        return OK;
    }
    TRY(code);
    writing.state = jmap_state(cx->arena, call);
    if (!x->is_new && !str_eq(writing.state, state_of(x))) {
        (void)jmap_since_of(call, state_of(x), &since);
        TRY(put_changes(cx, call, &since, types, &writing));
    }
    if (call->own)
        TRY(put_typed(cx, w, call, types, &writing));
    if (writing.told)
        json_object_end(j);
    state_keep(x, writing.state);
    x->subscribed = jmap_subscribed(call);
    x->is_new = false;
    return OK;
}

/* Whether there may be news; own: the own account has changed, where subscriptions are kept. */
static enum code is_due(struct ctx *cx, const struct jmap_watched *w, const struct watched *x,
                        bool own, uint64_t version, bool *out)
{
    struct subscription_marks marks;
    *out = x->is_new || version != x->version || (w->looks && x == w->at);
    if (*out || !own || x == w->at)
        return OK;
    TRY(subscription_marks(cx, w->env->core, w->at->account, x->account, &marks));
    *out = marks.number != x->subscribed;
    return OK;
}

enum code jmap_watched_look(struct ctx *cx, struct jmap_watched *w, const struct auth_result *who,
                            jmap_types types, struct buf *out, bool *any)
{
    struct json j = json_to(out);
    json_object(&j);
    size_t empty = out->n;
    bool own = false, due;
    for (size_t i = 0; i < w->count; i++) {
        struct watched *x = &w->at[i];
        struct jmap_call call = {.env = w->env, .who = who};
        uint64_t version;
        TRY(store_version(cx, w->env->core->store, x->account, &version));
        TRY(is_due(cx, w, x, own, version, &due));
        if (!due)
            continue;
        own |= i == 0;
        enum code code = look_at(cx, w, x, &call, types, &j);
        jmap_call_close(&call);
        TRY(code);
        x->version = version;
    }
    w->looks = false;
    *any = out->n > empty;
    json_object_end(&j);
    return out->overflow ? fail(cx, E_LIMIT, "too many states changed") : OK;
}

struct str jmap_watched_id(struct arena *a, const struct jmap_watched *w)
{
    struct buf b = buf_of(a, JMAP_PUSH_ID_MAX);
    const struct jmap_method *m = NULL;
    unsigned bit;
    for (size_t i = 0; i < w->count; i++) {
        const struct watched *x = &w->at[i];
        if (!x->state_n)
            continue;
        struct str id = jmap_account_id(a, x->account);
        buf_printf(&b, "%s%.*s=%.*s", b.n ? "," : "", STR_ARG(id), STR_ARG(state_of(x)));
    }
    while ((m = jmap_types_next(m, &bit)))
        if (w->typed[bit].known)
            buf_printf(&b, ",%.*s=%llx", STR_ARG(jmap_types_name(m)),
                       (unsigned long long)w->typed[bit].said);
    return buf_str(&b);
}
