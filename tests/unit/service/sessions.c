/* Sessions by cookie: their tokens, what is remembered of them, how many there may be. */
#include "auth_bench.h"

#include "core/audit.h"
#include "core/credential.h"
#include "core/credential/kdf.h"
#include "format/base64.h"
#include "service/signin/session_cache.h"
#include "service/signin/sessions.h"
#include "store/key.h"

enum { IDLE_S = 3600, LIFE_S = 7200 };

static const struct sessions_config config = {.idle_s = IDLE_S, .life_s = LIFE_S};

struct bench {
    struct auth_bench *b;
    struct sessions *sessions;
    struct auth_result jane;
};

static int open_bench(void **state)
{
    struct bench *x = calloc(1, sizeof *x);
    must(x);
    void *inner = NULL;
    assert_int_equal(auth_bench_open(&inner), 0);
    x->b = inner;
    x->sessions = sessions_open(x->b->f->core, &config);
    assert_int_equal(directory_by_id(x->b->cx, x->b->f->core, x->b->jane, &x->jane.who), OK);
    *state = x;
    return 0;
}

static int close_bench(void **state)
{
    struct bench *x = *state;
    void *inner = x->b;
    sessions_close(x->sessions);
    assert_int_equal(auth_bench_close(&inner), 0);
    free(x);
    return 0;
}

static struct str begin(struct bench *x, struct session *out)
{
    struct str token;
    assert_int_equal(
        sessions_begin(x->b->cx, x->sessions, &x->jane,
                       (struct session_start){&x->b->peer, SESSION_PASSWORD, STR("Browser/1")},
                       &token, out),
        OK);
    return token;
}

static enum code find(struct bench *x, struct str token)
{
    struct auth_result who = {0};
    struct session s;
    enum code code = sessions_find(x->b->cx, x->sessions, token, &who, &s);
    if (code == OK) {
        assert_int_equal(who.who.id, x->b->jane);
        assert_int_equal(who.account, x->b->jane);
    }
    return code;
}

static void the_store_has_no_token(void **state)
{
    struct bench *x = *state;
    struct session s, row;
    struct str token = begin(x, &s), bytes;
    unsigned char hash[KDF_BYTES];
    assert_int_equal(token.n, SESSION_TOKEN_CHARS);
    bytes = base64_decode(x->b->cx->arena, token, 100);
    kdf_sha256(bytes, hash);
    assert_int_equal(session_get(x->b->cx, x->b->f->core, x->b->jane, s.id, &row), OK);
    assert_memory_equal(row.hash, hash, sizeof hash);
    assert_true(str_eq(row.agent, STR("Browser/1")));
    struct key all = key_of('s'), to = key_after(&all);
    struct range range = {.from = key_str(&all), .to = key_str(&to)};
    struct scan *w AUTO(scan_close) =
        store_scan(x->b->cx, x->b->f->core->store, SIGNIN_PART, range);
    struct str key, value;
    while (scan_next(w, &key, &value)) {
        assert_true(str_find(value, str_from(bytes, 8)) == SIZE_MAX);
        assert_true(str_find(value, token) == SIZE_MAX);
    }
}

/* The same number with another secret, another person's number with this secret. */
static void a_token_is_taken_as_a_whole(void **state)
{
    struct bench *x = *state;
    struct session s;
    struct str token = begin(x, &s);
    assert_int_equal(find(x, token), OK);
    for (size_t i = 0; i < token.n - 1; i++) { /* the last character has bits that are none */
        char other[SESSION_TOKEN_CHARS];
        memcpy(other, token.p, sizeof other);
        other[i] = other[i] == 'A' ? 'B' : 'A';
        assert_int_equal(find(x, str_of(other, sizeof other)), E_DENIED);
    }
    assert_int_equal(find(x, str_sub(token, 0, token.n - 1)), E_DENIED);
    assert_int_equal(find(x, (struct str){0}), E_DENIED);
}

/* The number is a part of the hash; all of it has to be right. */
static void the_whole_hash_counts(void **state)
{
    struct bench *x = *state;
    struct session s;
    struct str token = begin(x, &s);
    for (size_t i = sizeof s.id; i < sizeof s.hash; i++) {
        struct session other = s;
        other.hash[i] ^= 1;
        assert_int_equal(session_add(x->b->cx, x->b->f->core, &other), OK);
        assert_int_equal(find(x, token), E_DENIED);
    }
    assert_int_equal(session_add(x->b->cx, x->b->f->core, &s), OK);
    assert_int_equal(find(x, token), OK);
}

/* Those found lately: a table of a fixed size, in which nobody is taken for another. */
static void so_many_are_remembered(void **state)
{
    enum { ROOM = 32768, ASKED = 2 * ROOM };
    struct session_cache *c = session_cache_open();
    const struct session_stamp stamp = {.sessions = 1, .directory = 1};
    struct session found;
    size_t count = 0;
    (void)state;
    for (uint64_t id = 1; id <= ASKED; id++) {
        const struct session s = {.who = 7, .id = id};
        session_cache_put(c, &s, stamp);
        assert_true(session_cache_get(c, 7, id, stamp, &found));
    }
    for (uint64_t id = 1; id <= ASKED; id++)
        count += session_cache_get(c, 7, id, stamp, &found) && found.id == id;
    assert_true(count > ROOM / 2 && count <= ROOM);
    for (uint64_t id = 1; id <= ASKED; id++) {
        assert_false(session_cache_get(c, 7, ASKED + id, stamp, &found));
        assert_false(session_cache_get(c, 8, id, stamp, &found));
    }
    session_cache_close(c);
}

static void set_enabled(struct bench *x, bool enabled)
{
    struct domain d;
    struct ctx *cx = x->b->cx;
    assert_int_equal(directory_domain_by_id(cx, x->b->f->core, x->jane.who.domain, &d), OK);
    d.enabled = enabled;
    assert_int_equal(directory_domain_set(cx, x->b->f->core, &d), OK);
}

static void a_disabled_domain_has_no_sessions(void **state)
{
    struct bench *x = *state;
    struct session s;
    struct str token = begin(x, &s);
    assert_int_equal(find(x, token), OK);
    set_enabled(x, false);
    assert_int_equal(find(x, token), E_DENIED);
    set_enabled(x, true);
    assert_int_equal(find(x, token), OK);
}

/* A change of the row behind the back of who remembers it (another process of the cluster). */
static void what_is_remembered_is_not_stale(void **state)
{
    struct bench *x = *state;
    struct session one, two;
    struct str first = begin(x, &one), second = begin(x, &two);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(find(x, first), OK);
        assert_int_equal(find(x, second), OK);
    }
    assert_int_equal(session_drop(x->b->cx, x->b->f->core, x->b->jane, one.id), OK);
    assert_int_equal(find(x, first), E_DENIED);
    assert_int_equal(find(x, second), OK);
    assert_int_equal(sessions_still(x->b->cx, x->sessions, &two), OK);
    assert_int_equal(sessions_still(x->b->cx, x->sessions, &one), E_DENIED);
    assert_int_equal(credential_set_password(x->b->cx, x->b->f->core, x->b->jane, STR("new")), OK);
    assert_int_equal(sessions_still(x->b->cx, x->sessions, &two), E_DENIED);
    assert_int_equal(find(x, second), E_DENIED);
}

static void use_is_written_down_now_and_then(void **state)
{
    struct bench *x = *state;
    struct session s, row;
    struct str token = begin(x, &s);
    x->b->cx->now_ms += SESSION_TOUCH_MS - 1;
    assert_int_equal(find(x, token), OK);
    assert_int_equal(session_get(x->b->cx, x->b->f->core, x->b->jane, s.id, &row), OK);
    assert_int_equal(row.used_ms, s.created_ms);
    x->b->cx->now_ms += 1;
    assert_int_equal(find(x, token), OK);
    assert_int_equal(session_get(x->b->cx, x->b->f->core, x->b->jane, s.id, &row), OK);
    assert_int_equal(row.used_ms, x->b->cx->now_ms);
}

static void one_too_many_ends_the_one_silent_longest(void **state)
{
    struct bench *x = *state;
    struct session s, *list;
    struct str tokens[SESSIONS_MAX + 1];
    size_t count;
    for (size_t i = 0; i < SESSIONS_MAX; i++) {
        x->b->cx->now_ms++;
        tokens[i] = begin(x, &s);
    }
    x->b->cx->now_ms += SESSION_TOUCH_MS;
    assert_int_equal(find(x, tokens[0]), OK); /* the second is the most silent now */
    tokens[SESSIONS_MAX] = begin(x, &s);
    assert_int_equal(find(x, tokens[0]), OK);
    assert_int_equal(find(x, tokens[1]), E_DENIED);
    assert_int_equal(find(x, tokens[2]), OK);
    assert_int_equal(sessions_list(x->b->cx, x->sessions, x->b->jane, &list, &count), OK);
    assert_int_equal(count, SESSIONS_MAX);
}

static void long_names_are_cut(void **state)
{
    struct bench *x = *state;
    struct session s, row;
    struct str token;
    char name[1000];
    memset(name, 'x', sizeof name);
    assert_int_equal(sessions_begin(x->b->cx, x->sessions, &x->jane,
                                    (struct session_start){&x->b->peer, SESSION_PASSWORD,
                                                           str_of(name, sizeof name)},
                                    &token, &s),
                     OK);
    assert_int_equal(session_get(x->b->cx, x->b->f->core, x->b->jane, s.id, &row), OK);
    assert_int_equal(row.agent.n, SESSION_AGENT_MAX);
}

static void all_but_one_are_ended(void **state)
{
    struct bench *x = *state;
    struct session s, kept;
    struct str gone = begin(x, &s), stays = begin(x, &kept);
    size_t ended;
    const struct session_end by = {STR("jane"), "sign-out"};
    assert_int_equal(sessions_end_all(x->b->cx, x->sessions, &x->jane.who, kept.id, by, &ended),
                     OK);
    assert_int_equal(ended, 1);
    assert_int_equal(find(x, gone), E_DENIED);
    assert_int_equal(find(x, stays), OK);
    assert_int_equal(sessions_end(x->b->cx, x->sessions, &x->jane.who, s.id, by), E_NOT_FOUND);
    assert_int_equal(sessions_end(x->b->cx, x->sessions, &x->jane.who, kept.id, by), OK);
    struct audit_entry *list;
    size_t count;
    assert_int_equal(audit_list(x->b->cx, x->b->f->core, 0, 10, &list, &count), OK);
    assert_int_equal(count, 4);
    assert_true(str_eq(list[0].act, STR("session.end")));
    assert_true(str_eq(list[3].act, STR("session.begin")));
    assert_true(str_eq(list[3].actor, x->jane.who.address));
}

/* A flood of refusals does not fill the audit log. */
static void refusals_are_audited_up_to_a_rate(void **state)
{
    struct bench *x = *state;
    struct audit_entry *list;
    size_t count;
    for (int i = 0; i < REFUSALS_AUDITED_MAX + 5; i++)
        sessions_refused(x->b->cx, x->sessions, &x->b->peer, STR("jane@health.example"));
    assert_int_equal(audit_list(x->b->cx, x->b->f->core, 0, 100, &list, &count), OK);
    assert_int_equal(count, REFUSALS_AUDITED_MAX);
    assert_true(str_eq(list[0].act, STR("session.refuse")));
    assert_true(str_eq(list[0].object, STR("jane@health.example")));
    x->b->cx->now_ms += 60 * 1000;
    sessions_refused(x->b->cx, x->sessions, &x->b->peer, STR(""));
    assert_int_equal(audit_list(x->b->cx, x->b->f->core, 0, 100, &list, &count), OK);
    assert_int_equal(count, REFUSALS_AUDITED_MAX + 1);
}

static void what_has_ended_is_swept(void **state)
{
    struct bench *x = *state;
    struct session s, *list;
    size_t count;
    (void)begin(x, &s);
    x->b->cx->now_ms += IDLE_S * 1000;
    struct str token = begin(x, &s);
    assert_int_equal(session_list(x->b->cx, x->b->f->core, x->b->jane, &list, &count), OK);
    assert_int_equal(count, 2);
    assert_int_equal(sessions_sweep(x->b->cx, x->sessions), OK);
    assert_int_equal(session_list(x->b->cx, x->b->f->core, x->b->jane, &list, &count), OK);
    assert_int_equal(count, 1);
    assert_int_equal(find(x, token), OK);
    assert_int_equal(directory_remove(x->b->cx, x->b->f->core, x->b->jane), OK);
    assert_int_equal(find(x, token), E_DENIED);
    assert_int_equal(sessions_sweep(x->b->cx, x->sessions), OK);
    assert_int_equal(session_list(x->b->cx, x->b->f->core, x->b->jane, &list, &count), OK);
    assert_int_equal(count, 0);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, open_bench, close_bench)
    const struct CMUnitTest tests[] = {
        CASE(the_store_has_no_token),
        CASE(a_token_is_taken_as_a_whole),
        CASE(the_whole_hash_counts),
        CASE(a_disabled_domain_has_no_sessions),
        CASE(so_many_are_remembered),
        CASE(what_is_remembered_is_not_stale),
        CASE(use_is_written_down_now_and_then),
        CASE(one_too_many_ends_the_one_silent_longest),
        CASE(long_names_are_cut),
        CASE(all_but_one_are_ended),
        CASE(what_has_ended_is_swept),
        CASE(refusals_are_audited_up_to_a_rate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
