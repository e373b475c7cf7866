/* What a client believes, from untagged data alone. */
#include "model.h"

const struct flag_name model_flags[FLAG_NAMES] = {{"\\Seen", SEEN}, {"\\Answered", 2},
                                                  {"\\Flagged", 4}, {"\\Deleted", 8},
                                                  {"$Crimson", 16}, {"Later", 32}};

static bool vanishes(const struct client *k)
{
    return k->kind->resyncs || k->kind->uid_alone;
}

static unsigned flags_in(struct str list)
{
    unsigned flags = 0;
    list = str_sub(list, 0, str_chr(list, ')'));
    for (size_t i = 0; i < FLAG_NAMES; i++)
        if (str_find(list, str_z(model_flags[i].name)) != SIZE_MAX)
            flags |= model_flags[i].bit;
    return flags;
}

bool model_number(struct str line, struct str before, uint64_t *out)
{
    size_t at = str_find(line, before);
    if (at == SIZE_MAX)
        return false;
    struct cur c = cur_of(str_from(line, at + before.n));
    return cur_u64(&c, out);
}

static void check_order(const struct client *k)
{
    uint32_t last = 0;
    for (uint32_t i = 0; i < k->count; i++) {
        if (!k->at[i].uid)
            continue;
        HOLDS(k, k->at[i].uid > last);
        last = k->at[i].uid;
    }
}

struct known *model_find(struct client *k, uint32_t uid)
{
    for (uint32_t i = 0; i < k->count; i++)
        if (k->at[i].uid == uid)
            return &k->at[i];
    return NULL;
}

/* The one that has not been asked for and can only be this uid; or its own place. */
static uint32_t place_for(const struct client *k, uint32_t uid)
{
    if (k->kind->uid_alone && k->count && !k->at[k->count - 1].uid) {
        uint32_t place = 0;
        while (k->at[place].uid && k->at[place].uid != uid)
            place++;
        return place;
    }
    for (uint32_t i = 0; i < k->count; i++) {
        if (k->at[i].uid == uid)
            return i;
        if (k->at[i].uid > uid)
            break;
        uint32_t next = i + 1;
        while (next < k->count && !k->at[next].uid)
            next++;
        if (!k->at[i].uid && (next == k->count || k->at[next].uid > uid))
            return i;
    }
    return KNOWN_MAX;
}

static void remove_at(struct client *k, uint32_t place)
{
    HOLDS(k, place < k->count);
    memmove(&k->at[place], &k->at[place + 1], (k->count - place - 1) * sizeof *k->at);
    k->count--;
}

/* The text of a message is that which its uid always had. */
static void check_token(struct client *k, struct str line)
{
    struct game *g = k->game;
    struct cur c = cur_of(line);
    uint64_t token, known;
    if (!k->asked_uid || !cur_text(&c, STR("Token ")) || !cur_u64(&c, &token))
        return;
    known = token;
    pthread_mutex_lock(&g->lock);
    size_t i = 0;
    while (i < g->token_count &&
           (g->tokens[i].validity != k->validity || g->tokens[i].uid != k->asked_uid))
        i++;
    must(i < TOKENS_MAX);
    if (i < g->token_count)
        known = g->tokens[i].token;
    else
        g->tokens[g->token_count++] = (struct token){k->validity, token, k->asked_uid};
    pthread_mutex_unlock(&g->lock);
    HOLDS(k, known == token);
}

static void learn(struct client *k, struct known *x, struct str line)
{
    uint64_t modseq;
    size_t flags_at = str_find(line, STR("FLAGS ("));
    if (flags_at != SIZE_MAX)
        x->flags = flags_in(str_from(line, flags_at));
    if (!model_number(line, STR("MODSEQ ("), &modseq))
        return;
    HOLDS(k, modseq >= x->modseq); /* numbers never fall */
    x->modseq = modseq;
    if (modseq > k->highest)
        k->highest = modseq;
}

static void hear_fetch(struct client *k, uint32_t number, struct str line)
{
    uint64_t uid;
    HOLDS(k, !k->kind->uid_alone);
    HOLDS(k, number && number <= k->count);
    struct known *x = &k->at[number - 1];
    if (model_number(line, STR("UID "), &uid)) {
        HOLDS(k, !x->uid || x->uid == uid);
        x->uid = (uint32_t)uid;
        check_order(k);
    }
    learn(k, x, line);
}

/* Who has no numbers knows some uids and how many others there are: those stand at the end. */
static struct known *insert_uid(struct client *k, uint32_t uid)
{
    uint32_t place = 0;
    while (place < k->count && k->at[place].uid && k->at[place].uid < uid)
        place++;
    HOLDS(k, k->count && !k->at[k->count - 1].uid); /* one of the others */
    memmove(&k->at[place + 1], &k->at[place], (k->count - 1 - place) * sizeof *k->at);
    k->at[place] = (struct known){.uid = uid};
    return &k->at[place];
}

static void hear_uidfetch(struct client *k, uint32_t uid, struct str line)
{
    HOLDS(k, k->kind->uid_alone);
    struct known *x = model_find(k, uid);
    learn(k, x ? x : insert_uid(k, uid), line);
}

static void vanish(struct client *k, uint32_t uid, bool earlier)
{
    struct known *x = model_find(k, uid);
    if (!earlier)
        remove_at(k, place_for(k, uid));
    else if (x) /* of what was known before; the count has been told anew */
        remove_at(k, (uint32_t)(x - k->at));
}

void model_hear_vanished(struct client *k, struct cur *c)
{
    HOLDS(k, vanishes(k));
    bool earlier = cur_text(c, STR("(EARLIER) "));
    HOLDS(k, earlier || k->may_expunge);
    do {
        uint32_t first = 0, last;
        HOLDS(k, cur_u32(c, &first));
        last = first;
        if (cur_char(c, ':'))
            HOLDS(k, cur_u32(c, &last));
        for (uint32_t uid = first; uid <= last; uid++)
            vanish(k, uid, earlier);
    } while (cur_char(c, ','));
}

void model_grow(struct client *k, uint32_t n)
{
    HOLDS(k, n >= k->count && n <= KNOWN_MAX); /* never fewer: EXPUNGE says that */
    memset(&k->at[k->count], 0, (n - k->count) * sizeof *k->at);
    k->count = n;
}

void model_hear_line(struct client *k, struct str line)
{
    struct cur c = cur_of(line);
    uint32_t n;
    uint64_t highest;
    check_token(k, line);
    if (model_number(line, STR("[HIGHESTMODSEQ "), &highest) && highest > k->highest)
        k->highest = highest;
    if (!cur_text(&c, STR("* ")))
        return;
    if (cur_text(&c, STR("VANISHED "))) {
        model_hear_vanished(k, &c);
        return;
    }
    if (!cur_u32(&c, &n))
        return;
    if (cur_text(&c, STR(" EXISTS"))) {
        model_grow(k, n);
    } else if (cur_text(&c, STR(" EXPUNGE"))) {
        HOLDS(k, !vanishes(k) && k->may_expunge);
        remove_at(k, n - 1);
    } else if (cur_text(&c, STR(" FETCH ("))) {
        hear_fetch(k, n, c.rest);
    } else if (cur_text(&c, STR(" UIDFETCH ("))) {
        hear_uidfetch(k, n, c.rest);
    }
}

void model_hear(struct client *k, bool may_expunge, struct str said)
{
    struct cur c = cur_of(said);
    struct str line;
    k->may_expunge = may_expunge || (k->kind->is_told && !k->kind->told_late);
    while (cur_line(&c, &line))
        model_hear_line(k, line);
}
