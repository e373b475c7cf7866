#include "proto/jmap/changes.h"
#include "core/share/subscription.h"
#include <stdlib.h>

enum { FNV_PRIME = 0x100000001b3, CHANGES_MAX = 10000 };

/* What others may do there; a state of another account's is one for these rights. */
uint64_t jmap_rights_hash(const struct jmap_call *call)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < call->right_count; i++) {
        hash = (hash ^ call->rights[i].folder) * FNV_PRIME;
        hash = (hash ^ call->rights[i].rights) * FNV_PRIME;
    }
    return hash;
}

/* "NUMBER", or of a page "NUMBER.BASE"; of another's account "-RIGHTS" behind it, and "-NUMBER"
   when one has subscribed to something there. */
struct str jmap_state_of(struct arena *a, const struct jmap_call *call, const struct jmap_since *s)
{
    struct str text = str_printf(a, "%llu", (unsigned long long)s->number);
    if (s->base != s->number)
        text = str_printf(a, "%.*s.%llu", STR_ARG(text), (unsigned long long)s->base);
    if (call->own && call->basis)
        return str_printf(a, "%.*s-%llx", STR_ARG(text), (unsigned long long)call->basis);
    if (call->own)
        return text;
    text = str_printf(a, "%.*s-%llx", STR_ARG(text), (unsigned long long)jmap_rights_hash(call));
    return s->subscribed
               ? str_printf(a, "%.*s-%llu", STR_ARG(text), (unsigned long long)s->subscribed)
               : text;
}

enum code jmap_basis(struct ctx *cx, struct jmap_call *call, const struct jmap_type *type)
{
    if (!type || !type->basis || !call->own)
        return OK;
    TRY(type->basis(cx, call, &call->basis));
    call->basis |= !call->basis;
    return OK;
}

uint64_t jmap_subscribed(const struct jmap_call *call)
{
    return call->subscribed ? call->subscribed->number : 0;
}

struct str jmap_state(struct arena *a, const struct jmap_call *call)
{
    uint64_t now = account_facts(call->folders)->modseq;
    return jmap_state_of(a, call, &(struct jmap_since){now, now, jmap_subscribed(call)});
}

bool jmap_since_of(const struct jmap_call *call, struct str state, struct jmap_since *out)
{
    struct cur c = cur_of(state);
    struct jmap_since s;
    uint64_t hash;
    if (!cur_u64(&c, &s.number))
        return false;
    s.base = s.number;
    s.subscribed = 0;
    if (cur_char(&c, '.') && !cur_u64(&c, &s.base))
        return false;
    if (call->own && call->basis &&
        !(cur_char(&c, '-') && jmap_take_hex(&c, &hash) && hash == call->basis))
        return false;
    if (!call->own &&
        !(cur_char(&c, '-') && jmap_take_hex(&c, &hash) && hash == jmap_rights_hash(call)))
        return false;
    if (!call->own && cur_char(&c, '-') && !cur_u64(&c, &s.subscribed))
        return false;
    if (!cur_end(&c) || s.base > s.number || s.number > account_facts(call->folders)->modseq ||
        s.subscribed > jmap_subscribed(call))
        return false;
    *out = s;
    return true;
}

void jmap_changed_add(struct ctx *cx, struct jmap_changed *c, struct jmap_change change)
{
    if (c->count == c->room) {
        size_t room = c->room ? c->room * 2 : 64;
        c->at = arena_grow(cx->arena, c->at, c->count * sizeof *c->at, room * sizeof *c->at);
        c->room = room;
    }
    c->at[c->count++] = change;
}

static int by_key(const void *left, const void *right)
{
    const struct jmap_change *a = left, *b = right;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    return (a->number > b->number) - (a->number < b->number);
}

static int by_number(const void *left, const void *right)
{
    const struct jmap_change *a = left, *b = right;
    if (a->number != b->number)
        return a->number < b->number ? -1 : 1;
    return (a->key > b->key) - (a->key < b->key);
}

/* What is new stays new whatever came after, unless it is gone. */
static void merge(struct jmap_change *first, const struct jmap_change *later)
{
    if (first->how != JMAP_CREATED || later->how == JMAP_DESTROYED)
        first->how = later->how;
    first->counts &= later->counts;
}

void jmap_changed_sort(struct ctx *cx, struct jmap_changed *c)
{
    size_t kept = 0;
    (void)cx;
    if (!c->count)
        return;
    qsort(c->at, c->count, sizeof *c->at, by_key);
    for (size_t i = 0; i < c->count; i++)
        if (kept && c->at[kept - 1].key == c->at[i].key)
            merge(&c->at[kept - 1], &c->at[i]);
        else
            c->at[kept++] = c->at[i];
    c->count = kept;
    qsort(c->at, c->count, sizeof *c->at, by_number);
}

bool jmap_changed_enough(struct ctx *cx, struct jmap_changed *c)
{
    if (c->count <= c->max)
        return false;
    if (c->count < c->sorted + c->sorted / 2)
        return false;
    jmap_changed_sort(cx, c);
    c->sorted = c->count;
    return c->count > c->max;
}

/* Things of one number are told together. False: they are more than may be told. */
static bool cut(struct jmap_changed *c, size_t max)
{
    if (c->count <= max)
        return true;
    size_t end = max;
    while (end && c->at[end - 1].number == c->at[end].number)
        end--;
    c->count = end;
    return end > 0;
}

static void put_list(struct ctx *cx, struct jmap_call *call, const struct jmap_changed *c,
                     const char *name, enum jmap_how how)
{
    json_key(&call->out, name);
    json_array(&call->out);
    for (size_t i = 0; i < c->count; i++)
        if (c->at[i].how == how)
            json_str(&call->out, call->method->type->id_of(cx->arena, call, c->at[i].key));
    json_array_end(&call->out);
}

/* RFC 8621 section 2.2: for mailboxes, when counts alone have changed. */
static void put_properties(struct jmap_call *call, const struct jmap_changed *c)
{
    static const struct str names[] = {STR("totalEmails"), STR("unreadEmails"), STR("totalThreads"),
                                       STR("unreadThreads")};
    bool counts = true;
    for (size_t i = 0; i < c->count; i++)
        counts &= c->at[i].counts || c->at[i].how != JMAP_UPDATED;
    json_key(&call->out, "updatedProperties");
    if (!counts || !c->count) {
        json_null(&call->out);
        return;
    }
    json_array(&call->out);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        json_str(&call->out, names[i]);
    json_array_end(&call->out);
}

static void put_states(struct ctx *cx, struct jmap_call *call, struct str old,
                       const struct jmap_changed *c, bool more)
{
    struct jmap_since new = {.base = c->since.base, .subscribed = c->since.subscribed};
    new.number = more ? c->at[c->count - 1].number : 0;
    json_key(&call->out, "accountId");
    json_str(&call->out, jmap_account_id(cx->arena, call->account));
    json_key(&call->out, "oldState");
    json_str(&call->out, old);
    json_key(&call->out, "newState");
    json_str(&call->out, more ? jmap_state_of(cx->arena, call, &new) : jmap_state(cx->arena, call));
    json_key(&call->out, "hasMoreChanges");
    json_bool(&call->out, more);
}

enum code jmap_changes(struct ctx *cx, struct jmap_call *call)
{
    const struct json_tree *state, *max;
    struct jmap_changed changed = {.max = CHANGES_MAX};
    TRY(jmap_account_open(cx, call));
    if (call->error)
        return OK;
    if (!jmap_arg(call, STR("sinceState"), TREE_STRING, &state) || !state ||
        !jmap_arg(call, STR("maxChanges"), TREE_INTEGER, &max) || (max && max->integer <= 0))
        return jmap_refuse(call, "invalidArguments", NULL);
    if (max && max->integer < CHANGES_MAX)
        changed.max = (size_t)max->integer;
    TRY(jmap_basis(cx, call, call->method->type));
    if (!jmap_since_of(call, state->text, &changed.since))
        return jmap_refuse(call, "cannotCalculateChanges", NULL);
    enum code code = call->method->type->changed(cx, call, &changed);
    if (code == E_NOT_FOUND)
        return jmap_refuse(call, "cannotCalculateChanges", NULL);
    TRY(code);
    jmap_changed_sort(cx, &changed);
    bool more = changed.count > changed.max;
    if (!cut(&changed, changed.max))
        return jmap_refuse(call, "cannotCalculateChanges", "more at once than maxChanges");
    put_states(cx, call, state->text, &changed, more);
    put_list(cx, call, &changed, "created", JMAP_CREATED);
    put_list(cx, call, &changed, "updated", JMAP_UPDATED);
    put_list(cx, call, &changed, "destroyed", JMAP_DESTROYED);
    if (call->method->type == &jmap_mailbox_type)
        put_properties(call, &changed);
    return OK;
}
