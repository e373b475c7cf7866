/* The accounts of a person, and what changed in them since somebody looked. */
#include "core/share/sharing.h"
#include "proto/jmap/changes.h"
#include "proto/jmap/push/push.h"
#include <stdlib.h>

enum { STATE_MAX = 63, DELIVERIES_MAX = 256 };

struct watched {
    account_id account;
    struct watch *watch;
    uint64_t version; /* of its partition, when it was looked at */
    bool is_new;      /* not looked at yet */
    size_t state_n;
    char state[STATE_MAX + 1]; /* as clients know it */
};

struct jmap_watched {
    const struct jmap_env *env;
    watch_fn *ring;
    void *arg;
    uint64_t directory; /* its version, when the accounts were looked up */
    struct watched *at;
    size_t count;
};

static const jmap_types delivery = (jmap_types)1 << JMAP_PUSH_TYPES_MAX;

/* --- types --- */

/* A type has a state that is pushed when what changed since can be asked for. */
static bool has_state(const struct jmap_method *m)
{
    return str_ends(m->name, STR("/changes")) && m->type && m->type->changed;
}

static struct str name_of(const struct jmap_method *m)
{
    return str_sub(m->name, 0, str_chr(m->name, '/'));
}

jmap_types jmap_types_of(struct str name)
{
    unsigned bit = 0;
    if (str_eq(name, STR("EmailDelivery")))
        return delivery;
    for (const struct jmap_method *m = jmap_methods; m->name.n; m++) {
        if (!has_state(m))
            continue;
        must(bit < JMAP_PUSH_TYPES_MAX);
        if (str_eq(name_of(m), name))
            return (jmap_types)1 << bit;
        bit++;
    }
    return 0;
}

jmap_types jmap_types_all(void)
{
    return ~(jmap_types)0;
}

jmap_types jmap_types_read(struct str list)
{
    struct cur c = cur_of(list);
    jmap_types types = 0;
    struct str one;
    if (str_eq(list, STR("*")))
        return jmap_types_all();
    while (cur_until(&c, ',', &one))
        types |= jmap_types_of(str_trim(one));
    return types | jmap_types_of(str_trim(c.rest));
}

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

enum code jmap_watched_set(struct ctx *cx, struct jmap_watched *w, const struct auth_result *who,
                           struct str since)
{
    account_id *others;
    size_t count, n = 0;
    uint64_t version;
    bool known = w->count != 0;
    TRY(store_version(cx, w->env->core->store, DIRECTORY_PART, &version));
    if (known && version == w->directory)
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
        if (at < w->count) {
            all[n] = w->at[at];
            w->at[at].watch = NULL;
        } else {
            begin(cx, w, &all[n], wanted, known ? STR("-") : since);
        }
        n++;
    }
    for (size_t i = 0; i < w->count; i++)
        let_go(&w->at[i]);
    free(w->at);
    w->at = all;
    w->count = n;
    w->directory = version;
    return OK;
}

/* --- looking --- */

enum code jmap_watched_rang(struct ctx *cx, struct jmap_watched *w, bool *rang)
{
    *rang = false;
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
    bool begun;
};

static void put_type(struct writing *x, struct str type, struct str state)
{
    if (!x->begun) {
        jmap_key(x->j, x->account);
        json_object(x->j);
        x->begun = true;
    }
    jmap_key(x->j, type);
    json_str(x->j, state);
}

static enum code put_changes(struct ctx *cx, struct jmap_call *call, const struct jmap_since *since,
                             jmap_types types, struct writing *x)
{
    unsigned bit = 0;
    bool changed;
    for (const struct jmap_method *m = jmap_methods; m->name.n; m++) {
        if (!has_state(m) || !(types & (jmap_types)1 << bit++))
            continue;
        TRY(type_changed(cx, call, m->type, since, &changed));
        if (!changed)
            continue;
        struct str state = x->state;
        if (m->type->state)
            TRY(m->type->state(cx, call, &state));
        put_type(x, name_of(m), state);
    }
    if (!(types & delivery))
        return OK;
    TRY(delivered(cx, call, since, &changed));
    if (changed)
        put_type(x, STR("EmailDelivery"), x->state);
    return OK;
}

static enum code look_at(struct ctx *cx, struct watched *x, struct jmap_call *call,
                         jmap_types types, struct json *j)
{
    struct jmap_since since = {UINT64_MAX, UINT64_MAX};
    struct str id = jmap_account_id(cx->arena, x->account);
    enum code code = jmap_account_enter(cx, call, id);
    if (code == E_NOT_FOUND) { /* nothing is granted there any more */
        x->is_new = false;
        return OK;
    }
    TRY(code);
    struct str state = jmap_state(cx->arena, call);
    if (!x->is_new && !str_eq(state, state_of(x))) {
        struct writing w = {.j = j, .account = id, .state = state};
        (void)jmap_since_of(call, state_of(x), &since);
        TRY(put_changes(cx, call, &since, types, &w));
        if (w.begun)
            json_object_end(j);
    }
    state_keep(x, state);
    x->is_new = false;
    return OK;
}

enum code jmap_watched_look(struct ctx *cx, struct jmap_watched *w, const struct auth_result *who,
                            jmap_types types, struct buf *out, bool *any)
{
    struct json j = json_to(out);
    json_object(&j);
    size_t empty = out->n;
    for (size_t i = 0; i < w->count; i++) {
        struct watched *x = &w->at[i];
        struct jmap_call call = {.env = w->env, .who = who};
        uint64_t version;
        TRY(store_version(cx, w->env->core->store, x->account, &version));
        if (!x->is_new && version == x->version)
            continue;
        enum code code = look_at(cx, x, &call, types, &j);
        jmap_call_close(&call);
        TRY(code);
        x->version = version;
    }
    *any = out->n > empty;
    json_object_end(&j);
    return out->overflow ? fail(cx, E_LIMIT, "too many states changed") : OK;
}

struct str jmap_watched_id(struct arena *a, const struct jmap_watched *w)
{
    struct buf b = buf_of(a, JMAP_PUSH_ID_MAX);
    for (size_t i = 0; i < w->count; i++) {
        const struct watched *x = &w->at[i];
        if (!x->state_n)
            continue;
        struct str id = jmap_account_id(a, x->account);
        buf_printf(&b, "%s%.*s=%.*s", b.n ? "," : "", STR_ARG(id), STR_ARG(state_of(x)));
    }
    return buf_str(&b);
}
