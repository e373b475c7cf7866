/* The clients take turns: "unit-imap-model SEED ROUNDS" plays one game and tells all that is said.
 */
#include "model.h"

enum { QUIET_EVERY = 60, SEEDS = 6, ROUNDS = 3000 };

static void play(uint64_t seed, unsigned rounds, bool tells)
{
    struct game *g = model_open(seed, tells, false);
    struct random turns = {.seed = seed};
    for (unsigned i = 1; i <= rounds; i++) {
        model_act(&g->clients[random_below(&turns, CLIENTS)]);
        if (i % QUIET_EVERY == 0)
            model_quiet(g);
    }
    model_quiet(g);
    model_close(g);
}

static void clients_agree(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        play(seed, ROUNDS, false);
}

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc == 3) { /* a seed that failed, or a long run */
        play(strtoull(argv[1], NULL, 10), (unsigned)strtoul(argv[2], NULL, 10), true);
        return 0;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(clients_agree)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
