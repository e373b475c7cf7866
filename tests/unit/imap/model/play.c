/* The board, and the end of a round: everybody agrees. */
#include "model.h"

static const struct kind kinds[CLIENTS] = {
    {.name = "plain"},
    {.name = "qresync", .resyncs = true},
    {.name = "uidonly", .uid_alone = true},
    {.name = "qresync uidonly", .uid_alone = true, .resyncs = true},
    {.name = "notify", .is_told = true},
    {.name = "notify late", .is_told = true, .told_late = true, .resyncs = true},
    {.name = "notify uidonly", .is_told = true, .uid_alone = true, .resyncs = true},
    {.name = "guest", .guest = true},
    {.name = "guest qresync", .guest = true, .resyncs = true},
};
static const struct kind truths[PEOPLE] = {{.name = "the owner"},
                                           {.name = "another reader", .guest = true}};

struct game *model_open(uint64_t seed, bool tells, bool at_once)
{
    struct game *g = calloc(1, sizeof *g);
    must(g);
    *g = (struct game){
        .w = imap_world_open(), .seed = seed, .folder = "Play", .tells = tells, .at_once = at_once};
    pthread_mutex_init(&g->lock, NULL);
    g->clients = calloc(CLIENTS + PEOPLE, sizeof *g->clients);
    g->tokens = calloc(TOKENS_MAX, sizeof *g->tokens);
    must(g->clients && g->tokens);
    people_grant(g->w, g->w->jane, STR("/"), STR("john"), STR("lrswipkxte"));
    struct imap_talk *t = imap_talk_open(g->w);
    imap_talk_enter(t, g->w->jane);
    imap_talk_say(t, "c CREATE Play\r\n");
    imap_talk_close(t);
    for (size_t i = 0; i < CLIENTS; i++) {
        struct client *k = &g->clients[i];
        k->kind = &kinds[i];
        k->game = g;
        k->r.seed = seed * 1000 + i + 1;
        model_reopen(k);
    }
    return g;
}

static const struct known *differs(const struct client *k, const struct client *truth)
{
    for (uint32_t i = 0; i < k->count && i < truth->count; i++)
        if (k->at[i].uid != truth->at[i].uid || k->at[i].flags != truth->at[i].flags)
            return &k->at[i];
    return k->count == truth->count ? NULL : &k->at[0];
}

static void compare(struct client *k, const struct client *truth)
{
    HOLDS(k, k->validity == truth->validity);
    const struct known *x = differs(k, truth);
    if (!x)
        return;
    const struct known *is = &truth->at[x - k->at];
    fprintf(stderr, "%u messages, are %u; number %u: uid %u flags %x, is uid %u flags %x\n",
            k->count, truth->count, (unsigned)(x - k->at) + 1, x->uid, x->flags, is->uid,
            is->flags);
    model_broken(k, "what it believes is true", __FILE__, __LINE__);
}

/* Who has asked to be told hears all without a further word. */
static void be_told(struct client *k, const struct client *truth)
{
    for (int i = 0; i < TRIES_MAX; i++) {
        bool came = model_glance(k, i > 0);
        model_learn(k); /* what came by its own commands */
        if (k->validity == truth->validity && !differs(k, truth))
            return;
        HOLDS(k, came);
    }
}

static void look_again(struct client *k, const struct client *truth)
{
    if (k->idles)
        model_end_idle(k);
    if (!k->selected)
        model_come_back(k);
    if (k->kind->is_told && !k->kind->told_late) /* a late one hears EXPUNGE after commands */
        be_told(k, truth);
    HOLDS(k, model_settle(k));
    compare(k, truth);
}

/* What is so, by somebody who has just come. */
static void ask_for_truth(struct game *g, struct client *k, size_t who)
{
    *k = (struct client){.kind = &truths[who], .game = g};
    model_reopen(k);
    if (k->count)
        model_say(k, false, "f FETCH 1:* (UID FLAGS)\r\n");
}

/* Two people see the same, but for what each has read. */
static void compare_people(struct client *truth)
{
    HOLDS(&truth[1], truth[0].count == truth[1].count);
    for (uint32_t i = 0; i < truth[0].count; i++) {
        HOLDS(&truth[1], truth[0].at[i].uid == truth[1].at[i].uid);
        HOLDS(&truth[1], !((truth[0].at[i].flags ^ truth[1].at[i].flags) & ~(unsigned)SEEN));
    }
}

void model_quiet(struct game *g)
{
    struct client *truth = &g->clients[CLIENTS];
    for (size_t i = 0; i < PEOPLE; i++)
        ask_for_truth(g, &truth[i], i);
    compare_people(truth);
    for (size_t i = 0; i < CLIENTS; i++)
        look_again(&g->clients[i], &truth[kinds[i].guest ? 1 : 0]);
    for (size_t i = 0; i < PEOPLE; i++)
        imap_talk_close(truth[i].talk);
}

void model_close(struct game *g)
{
    for (size_t i = 0; i < CLIENTS; i++)
        if (g->clients[i].talk)
            imap_talk_close(g->clients[i].talk);
    pthread_mutex_destroy(&g->lock);
    imap_world_close(g->w);
    free(g->tokens);
    free(g->clients);
    free(g);
}
