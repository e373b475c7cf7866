#include "base/map.h"
#include "unit.h"
#include <pthread.h>

static void puts_gets_and_removes(void **state)
{
    (void)state;
    struct map *m AUTO(map_close) = map_open();
    int one, two;
    assert_null(map_get(m, STR("a")));
    assert_null(map_remove(m, STR("a")));
    assert_null(map_put(m, STR("a"), &one));
    assert_null(map_put(m, STR("a\0"), &two));
    assert_null(map_put(m, (struct str){0}, &two));
    assert_int_equal(map_count(m), 3);
    assert_ptr_equal(map_get(m, STR("a")), &one);
    assert_ptr_equal(map_get(m, STR("")), &two);
    assert_ptr_equal(map_put(m, STR("a"), &two), &one);
    assert_int_equal(map_count(m), 3);
    assert_ptr_equal(map_remove(m, STR("a")), &two);
    assert_null(map_remove(m, STR("a")));
    assert_null(map_get(m, STR("a")));
    assert_int_equal(map_count(m), 2);
    assert_null(map_put(m, STR("a"), &one));
    assert_int_equal(map_count(m), 3);
    map_close(NULL);
}

static void keys_are_copied(void **state)
{
    (void)state;
    struct map *m AUTO(map_close) = map_open();
    char key[] = "key";
    map_put(m, str_z(key), key);
    key[0] = 'X';
    assert_ptr_equal(map_get(m, STR("key")), key);
    assert_null(map_get(m, STR("Xey")));
}

/* Against an array that is searched from its start. */
static void holds_what_an_array_would(void **state)
{
    enum { KEYS = 300 };
    (void)state;
    struct random r = {.seed = 8};
    struct map *m AUTO(map_close) = map_open();
    char *model[KEYS] = {0}, values[50];
    size_t count = 0;
    for (int round = 0; round < 60000; round++) {
        uint64_t i = random_below(&r, round / 3000 % 2 ? 10 : KEYS);
        char *value = &values[random_below(&r, sizeof values)];
        switch (random_below(&r, 3)) {
        case 0:
            assert_ptr_equal(map_put(m, map_u64(&i), value), model[i]);
            count += !model[i];
            model[i] = value;
            break;
        case 1:
            assert_ptr_equal(map_remove(m, map_u64(&i)), model[i]);
            count -= model[i] != NULL;
            model[i] = NULL;
            break;
        default:
            assert_ptr_equal(map_get(m, map_u64(&i)), model[i]);
        }
        assert_int_equal(map_count(m), count);
    }
}

/* A walk sees each once, also when it removes what it sees. */
static void walks(void **state)
{
    (void)state;
    enum { KEYS = 500 };
    struct map *m AUTO(map_close) = map_open();
    int seen[KEYS] = {0};
    for (uint64_t i = 0; i < KEYS; i++)
        map_put(m, map_u64(&i), &seen[i]);
    size_t at = 0, found = 0;
    struct str key;
    void *value;
    while (map_next(m, &at, &key, &value)) {
        ++*(int *)value;
        assert_ptr_equal(map_get(m, key), value);
        if (found++ % 2)
            assert_ptr_equal(map_remove(m, key), value);
    }
    assert_int_equal(found, KEYS);
    for (int i = 0; i < KEYS; i++)
        assert_int_equal(seen[i], 1);
    assert_int_equal(map_count(m), KEYS / 2);
    struct map *empty AUTO(map_close) = map_open();
    at = 0;
    assert_false(map_next(empty, &at, &key, &value));
}

/* Keys that come and go, as sessions do, must not make it grow: its walk would get longer. */
static void coming_and_going_does_not_make_it_grow(void **state)
{
    (void)state;
    struct map *m AUTO(map_close) = map_open();
    for (uint64_t i = 0; i < 200000; i++) {
        map_put(m, map_u64(&i), m);
        map_remove(m, map_u64(&i));
    }
    uint64_t last = 0;
    struct str key;
    void *value;
    size_t at = 0;
    map_put(m, map_u64(&last), m);
    assert_true(map_next(m, &at, &key, &value));
    while (map_next(m, &at, &key, &value))
        ;
    assert_true(at < 1000); /* entries walked */
}

static void *hash_in_thread(void *out)
{
    *(uint64_t *)out = hash_bytes(STR("the same everywhere"));
    return NULL;
}

static void hash_is_the_same_in_all_threads(void **state)
{
    (void)state;
    enum { THREADS = 8 };
    pthread_t threads[THREADS];
    uint64_t hashes[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, hash_in_thread, &hashes[i]), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 1; i < THREADS; i++)
        assert_true(hashes[i] == hashes[0]);
}

/* Each bit of the input moves about half of the output's bits. */
static void hash_spreads(void **state)
{
    (void)state;
    static const size_t lengths[] = {1, 7, 8, 9, 15, 16, 17, 40};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        char bytes[40] = {0};
        size_t n = lengths[i], moved = 0;
        uint64_t plain = hash_bytes(str_of(bytes, n));
        for (size_t bit = 0; bit < 8 * n; bit++) {
            bytes[bit / 8] = (char)(1 << bit % 8);
            uint64_t other = hash_bytes(str_of(bytes, n)) ^ plain;
            bytes[bit / 8] = 0;
            assert_true(other != 0);
            moved += (size_t)__builtin_popcountll(other);
        }
        assert_true(moved > 8 * n * 20 && moved < 8 * n * 44);
        assert_true(hash_bytes(str_of(bytes, n)) != hash_bytes(str_of(bytes, n - 1)));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(puts_gets_and_removes),
        cmocka_unit_test(keys_are_copied),
        cmocka_unit_test(holds_what_an_array_would),
        cmocka_unit_test(walks),
        cmocka_unit_test(coming_and_going_does_not_make_it_grow),
        cmocka_unit_test(hash_is_the_same_in_all_threads),
        cmocka_unit_test(hash_spreads),
    };
    return cmocka_run_group_tests_name("map", tests, NULL, NULL);
}
