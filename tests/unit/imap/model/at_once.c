/* Each client has a thread: what they do falls together as it likes. Now and then all stand still
   and must agree. "unit-imap-model_at_once SEED ROUNDS" plays one game. */
#include "model.h"

enum { ACTS = 25, SEEDS = 2, ROUNDS = 12 };

struct player {
    struct client *client;
    unsigned rounds;
    pthread_barrier_t *barrier;
};

static void *run_player(void *arg)
{
    struct player *p = arg;
    for (unsigned round = 0; round < p->rounds; round++) {
        for (int i = 0; i < ACTS; i++)
            model_act(p->client);
        pthread_barrier_wait(p->barrier); /* all have done */
        pthread_barrier_wait(p->barrier); /* all have been compared */
    }
    return NULL;
}

static void play(uint64_t seed, unsigned rounds)
{
    struct game *g = model_open(seed, false, true);
    struct player players[CLIENTS];
    pthread_t threads[CLIENTS];
    pthread_barrier_t barrier;
    pthread_barrier_init(&barrier, NULL, CLIENTS + 1);
    for (size_t i = 0; i < CLIENTS; i++) {
        players[i] = (struct player){&g->clients[i], rounds, &barrier};
        must(pthread_create(&threads[i], NULL, run_player, &players[i]) == 0);
    }
    for (unsigned round = 0; round < rounds; round++) {
        pthread_barrier_wait(&barrier);
        model_quiet(g);
        pthread_barrier_wait(&barrier);
    }
    for (size_t i = 0; i < CLIENTS; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&barrier);
    model_close(g);
}

static void clients_agree(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        play(seed, ROUNDS);
}

int main(int argc, char **argv)
{
    if (argc == 3) {
        play(strtoull(argv[1], NULL, 10), (unsigned)strtoul(argv[2], NULL, 10));
        return 0;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(clients_agree)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
