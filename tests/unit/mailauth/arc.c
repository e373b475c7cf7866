/* ValiMail's suite for ARC, whole: chains to judge, and chains to make. */
#include "service/mailauth/arc.h"
#include "base/buf.h"
#include "unit.h"
#include "yaml.h"
#include "zone.h"

enum { NAMES_MAX = 30 };

/* The suite has LF. */
static struct str crlf(struct arena *a, struct str text)
{
    struct buf b = buf_of(a, 2 * text.n + 8);
    for (size_t i = 0; i < text.n; i++)
        buf_add(&b, text.p[i] == '\n' ? STR("\r\n") : str_sub(text, i, 1));
    return buf_str(&b);
}

static struct zone *zone_of(struct suite *s, struct arena *a, node root)
{
    struct zone *z = zone_open(a);
    struct str name;
    node text;
    for (size_t i = 0; node_pair(s, node_get(s, root, "txt-records"), i, &name, &text); i++) {
        struct str value = node_text(text);
        zone_add_txt(z, name, &value, 1);
    }
    return z;
}

typedef int case_fn(struct suite *s, struct zone *z, node root, struct str name, node test);

static void play_all(const char *file, case_fn *play, int at_least)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct suite *s = suite_open("mail-auth/arc-suite.tar.zst", file);
    if (!s)
        skip();
    int faults = 0, played = 0;
    node root;
    while ((root = suite_next(s))) {
        struct zone *z = zone_of(s, a, root);
        struct str name;
        node test;
        for (size_t i = 0; node_pair(s, node_get(s, root, "tests"), i, &name, &test); i++) {
            faults += play(s, z, root, name, test);
            played++;
        }
    }
    suite_close(s);
    print_message("%d cases\n", played);
    assert_true(played >= at_least);
    assert_int_equal(faults, 0);
}

static int judge(struct suite *s, struct zone *z, node root, struct str name, node test)
{
    (void)root;
    struct ctx cx = {.arena = z->arena, .now_ms = 1500000000000};
    struct key_cache *keys AUTO(key_cache_close) = key_cache_open(4);
    struct canon_message m;
    struct arc_answer answer;
    canon_open(z->arena, crlf(z->arena, node_text(node_get(s, test, "message"))), &m);
    arc_verify(&cx, &z->resolver, keys, &m, &answer);
    struct str wanted = node_text(node_get(s, test, "cv")), got = arc_result_name(answer.result);
    bool good = wanted.n ? str_ieq(wanted, got) : str_eq(got, STR("fail"));
    if (!good)
        print_error("%.*s: %.*s (%.*s), wanted %.*s\n", STR_ARG(name), STR_ARG(got),
                    STR_ARG(answer.reason), STR_ARG(wanted));
    return good ? 0 : 1;
}

static void chains_are_judged_as_the_suite_says(void **state)
{
    (void)state;
    play_all("arc-draft-validation-tests.yml", judge, 150);
}

/* What the suite wants in a field, and what is there, without white space. */
static struct str squeezed(struct arena *a, struct str text)
{
    struct buf b = buf_of(a, text.n + 1);
    for (size_t i = 0; i < text.n; i++)
        if (!ascii_is_space(text.p[i]))
            buf_byte(&b, text.p[i]);
    return buf_str(&b);
}

static int same(struct arena *a, struct str name, struct str sealed, const char *field,
                struct str wanted)
{
    struct header_field got = {0};
    (void)header_find(sealed, str_z(field), &got);
    if (str_eq(squeezed(a, got.value), squeezed(a, wanted)))
        return 0;
    print_error("%.*s: %s: %.*s\nwanted %.*s\n", STR_ARG(name), field, STR_ARG(got.value),
                STR_ARG(wanted));
    return 1;
}

/* The results that this server put in: the suite has them in the message, under its own name. */
static struct str results_of(struct arena *a, const struct canon_message *m, struct str server)
{
    struct buf b = buf_of(a, 65536);
    buf_add(&b, server);
    for (size_t i = 0; i < m->count; i++) {
        struct cur c = cur_of(m->fields[i].value);
        if (!str_ieq(m->fields[i].name, STR("Authentication-Results")) || !cur_text(&c, server))
            continue;
        buf_add(&b, c.rest);
    }
    return buf_str(&b);
}

static int make(struct suite *s, struct zone *z, node root, struct str name, node test)
{
    struct arena *a = z->arena;
    uint64_t now;
    assert_true(str_u64(node_text(node_get(s, test, "t")), &now));
    struct ctx cx = {.arena = a, .now_ms = (int64_t)now * 1000};
    struct key_cache *keys AUTO(key_cache_close) = key_cache_open(4);
    struct sign_key *key AUTO(sign_key_close) = NULL;
    assert_int_equal(sign_key_private(&cx, node_text(node_get(s, root, "privatekey")), &key), OK);
    struct canon_message m;
    struct arc_answer chain;
    canon_open(a, crlf(a, node_text(node_get(s, test, "message"))), &m);
    arc_verify(&cx, &z->resolver, keys, &m, &chain);
    struct str names[NAMES_MAX], list = node_text(node_get(s, test, "sig-headers"));
    struct arc_sealing how = {
        .key = key,
        .domain = node_text(node_get(s, root, "domain")),
        .selector = node_text(node_get(s, root, "sel")),
        .results = results_of(a, &m, node_text(node_get(s, test, "srv-id"))),
        .names = names,
        .now_ms = cx.now_ms,
    };
    for (size_t colon = 0; colon != SIZE_MAX; list = str_from(list, colon + 1)) {
        colon = str_chr(list, ':');
        names[how.name_count++] = str_trim(str_sub(list, 0, colon));
        if (colon == SIZE_MAX)
            break;
    }
    struct str sealed = arc_seal(&cx, &m, &chain, &how);
    return same(a, name, sealed, "ARC-Seal", node_text(node_get(s, test, "AS"))) +
           same(a, name, sealed, "ARC-Message-Signature", node_text(node_get(s, test, "AMS"))) +
           same(a, name, sealed, "ARC-Authentication-Results", node_text(node_get(s, test, "AAR")));
}

static void chains_are_made_as_the_suite_says(void **state)
{
    (void)state;
    play_all("arc-draft-sign-tests.yml", make, 15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chains_are_judged_as_the_suite_says),
        cmocka_unit_test(chains_are_made_as_the_suite_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
