/* RFC 8620 section 7.2: a push subscription ends with what it was made by, and is told as long as
   that is good. */
#include "proto/jmap/push/pusher.h"
#include "base/buf.h"
#include "base/web.h"
#include "core/credential.h"
#include "core/push/subscription.h"
#include "core/signin/app_password.h"
#include "core/signin/session.h"
#include "said.h"
#include "service/oauth/code.h"
#include "service/oauth/scope.h"
#include "service/signin/sessions.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
/* */
#include <cmocka.h>

#define VERIFIER "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define CHALLENGE "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
enum { MINUTE = 61 * 1000, SESSION = 5, APP = 6, BOXES = 60 };

struct bench {
    struct imap_world *w;
    struct jmap_env env;
    struct web web;
    struct jmap_pusher *pusher;
    uint64_t grant;
    char urls[1000];     /* that were asked, one behind the other */
    const char *body_of; /* whose bodies are kept; NULL: nobody's */
    char bodies[64 * 1024];
};

/* The push service takes everything. */
static void take(void *self, const struct web_question *q, web_done_fn *done, void *arg)
{
    struct bench *b = self;
    static const struct web_answer taken = {.result = WEB_ANSWERED, .status = 201};
    size_t n = strlen(b->urls);
    snprintf(b->urls + n, sizeof b->urls - n, "%.*s ", STR_ARG(q->url));
    n = strlen(b->bodies);
    if (b->body_of && str_find(q->url, str_z(b->body_of)) != SIZE_MAX)
        snprintf(b->bodies + n, sizeof b->bodies - n, "%.*s ", STR_ARG(q->body));
    done(arg, &taken);
}

static void open_grant(struct bench *b)
{
    static const struct oauth_config config = {
        .issuer = {"https://mail.example", 20}, .access_s = 600, .refresh_days = 30};
    struct ctx *cx = &b->w->cx;
    struct oauth_client app = {.id = STR("app"),
                               .name = STR("App"),
                               .scopes = SCOPE_ALL,
                               .redirect_count = 1,
                               .redirects = {STR("http://127.0.0.1/")}};
    const struct oauth_agreed agreed = {.client = STR("app"),
                                        .redirect = STR("http://127.0.0.1:5/"),
                                        .challenge = STR(CHALLENGE),
                                        .scopes = SCOPE_ALL,
                                        .who = b->w->jane,
                                        .auth_time_ms = cx->now_ms,
                                        .how = 1};
    struct oauth_redeem r = {.redirect = agreed.redirect, .verifier = STR(VERIFIER)};
    struct oauth_tokens tokens;
    struct oauth_grant *list;
    struct str secret;
    size_t count;
    assert_int_equal(oauth_open(cx, b->w->core, b->env.sessions, &config, &b->env.oauth), OK);
    assert_int_equal(oauth_client_add(cx, b->env.oauth, &app, false, &secret), OK);
    assert_int_equal(oauth_code_make(cx, b->env.oauth, &agreed, &r.code), OK);
    assert_int_equal(oauth_code_redeem(cx, b->env.oauth, &app, &r, &tokens), OK);
    assert_int_equal(oauth_grant_list(cx, b->env.oauth, b->w->jane, &list, &count), OK);
    b->grant = list[0].id;
}

static void subscribe(struct bench *b, const char *name, struct push_credential by)
{
    struct ctx *cx = &b->w->cx;
    struct push_subscription s = {.who = b->w->jane,
                                  .id = str_z(name),
                                  .device = str_z(name),
                                  .url = str_printf(cx->arena, "https://push.example/%s", name),
                                  .code = STR("c"),
                                  .verified = true,
                                  .by = by,
                                  .created_ms = cx->now_ms,
                                  .expires_ms = cx->now_ms + 100 * MINUTE};
    assert_int_equal(credential_generation(cx, b->w->core, s.who, &s.generation), OK);
    assert_int_equal(push_subscription_add(cx, b->w->core, &s), OK);
}

static int bench_open(void **state)
{
    static const struct sessions_config config = {.idle_s = 36000, .life_s = 72000};
    struct bench *b = calloc(1, sizeof *b);
    struct imap_world *w = b->w = imap_world_open();
    struct session session = {.who = w->jane,
                              .id = SESSION,
                              .how = SESSION_PASSWORD,
                              .created_ms = w->cx.now_ms,
                              .used_ms = w->cx.now_ms,
                              .expires_ms = w->cx.now_ms + 100 * MINUTE};
    const struct app_password app = {
        .who = w->jane, .id = APP, .scopes = APP_JMAP, .name = STR("phone")};
    imap_world_password(w, w->jane, "secret");
    assert_int_equal(credential_generation(&w->cx, w->core, w->jane, &session.generation), OK);
    assert_int_equal(session_add(&w->cx, w->core, &session), OK);
    assert_int_equal(app_password_add(&w->cx, w->core, &app), OK);
    b->env = (struct jmap_env){.core = w->core, .sessions = sessions_open(w->core, &config)};
    open_grant(b);
    jmap_env_open(&b->env);
    b->web = (struct web){b, take};
    const struct jmap_pusher_config pusher = {.env = &b->env, .web = &b->web, .inside = true};
    b->pusher = jmap_pusher_open(&pusher);
    subscribe(b, "password", (struct push_credential){0});
    subscribe(b, "session", (struct push_credential){.session = SESSION});
    subscribe(b, "app", (struct push_credential){.app_password = APP});
    subscribe(b, "grant", (struct push_credential){.grant = b->grant});
    *state = b;
    return 0;
}

/* More accounts than one message holds (WEBPUSH_TEXT_MAX): the next ones bring the others. */
static void no_account_is_left_out(void **state)
{
    struct bench *b = *state;
    struct ctx *cx = &b->w->cx;
    uint64_t boxes[BOXES];
    for (size_t i = 0; i < BOXES; i++) {
        char name[16];
        snprintf(name, sizeof name, "box%zu", i);
        boxes[i] = people_add(b->w, name, PRINCIPAL_SHARED_MAILBOX);
        people_grant(b->w, boxes[i], STR("INBOX"), STR("jane"), STR("lrs"));
    }
    for (int i = 0; i < 10; i++) { /* what they are made of is told */
        cx->now_ms += MINUTE;
        assert_int_equal(jmap_pusher_run(cx, b->pusher), OK);
    }
    b->body_of = "/password";
    for (size_t i = 0; i < BOXES; i++)
        imap_world_deliver(b->w, boxes[i], "INBOX", STR("Subject: x\r\n\r\nx"), (struct str){0});
    for (int i = 0; i < 10; i++) {
        cx->now_ms += MINUTE;
        assert_int_equal(jmap_pusher_run(cx, b->pusher), OK);
    }
    struct str bodies = str_z(b->bodies);
    for (size_t i = 0; i < BOXES; i++) {
        struct str id = str_printf(cx->arena, "\"A%llx\":{", (unsigned long long)boxes[i]);
        if (str_find(bodies, id) == SIZE_MAX)
            fail_msg("nothing of %.*s in %s", STR_ARG(id), b->bodies);
    }
}

static int bench_close(void **state)
{
    struct bench *b = *state;
    jmap_pusher_close(b->pusher);
    oauth_close(b->env.oauth);
    sessions_close(b->env.sessions);
    imap_world_close(b->w);
    free(b);
    return 0;
}

/* Lets time pass, and lists who is left. */
static void left(struct bench *b, const char *wanted)
{
    struct ctx *cx = &b->w->cx;
    struct push_subscription *list;
    struct buf got = buf_of(cx->arena, 200);
    size_t count;
    cx->now_ms += MINUTE;
    assert_int_equal(jmap_pusher_run(cx, b->pusher), OK);
    assert_int_equal(push_subscription_list(cx, b->w->core, b->w->jane, &list, &count), OK);
    for (size_t i = 0; i < count; i++)
        buf_printf(&got, "%.*s ", STR_ARG(list[i].id));
    buf_byte(&got, 0);
    assert_string_equal(got.p, wanted);
}

/* Mail comes: who is told of it is in urls. */
static void deliver(struct bench *b)
{
    b->urls[0] = 0;
    imap_world_deliver(b->w, b->w->jane, "INBOX", STR("Subject: x\r\n\r\nx"), (struct str){0});
    b->w->cx.now_ms += MINUTE;
    assert_int_equal(jmap_pusher_run(&b->w->cx, b->pusher), OK);
}

static void it_ends_with_what_made_it(void **state)
{
    struct bench *b = *state;
    struct ctx *cx = &b->w->cx;
    struct principal jane;
    left(b, "app grant password session ");
    assert_int_equal(directory_by_id(cx, b->w->core, b->w->jane, &jane), OK);
    assert_int_equal(app_password_drop(cx, b->w->core, jane.id, APP), OK);
    left(b, "grant password session ");
    const struct session_end by = {STR("jane"), "test"};
    assert_int_equal(sessions_end(cx, b->env.sessions, &jane, SESSION, by), OK);
    left(b, "grant password ");
    assert_int_equal(oauth_grant_revoke(cx, b->env.oauth, jane.id, b->grant, STR("jane"), "test"),
                     OK);
    left(b, "password ");
    imap_world_password(b->w, b->w->jane, "another");
    left(b, "");
}

/* The access token that it was made with ends long before the grant. */
static void it_outlives_a_token(void **state)
{
    struct bench *b = *state;
    for (int i = 0; i < 15; i++)
        left(b, "app grant password session ");
}

static bool among(const char *urls, const char *name)
{
    return strstr(urls, name) != NULL;
}

static void as_long_as_it_is_there_it_is_told(void **state)
{
    struct bench *b = *state;
    left(b, "app grant password session ");
    deliver(b);
    assert_true(among(b->urls, "/app") && among(b->urls, "/grant"));
    assert_true(among(b->urls, "/session") && among(b->urls, "/password"));
    assert_int_equal(app_password_drop(&b->w->cx, b->w->core, b->w->jane, APP), OK);
    deliver(b);
    assert_false(among(b->urls, "/app"));
    assert_true(among(b->urls, "/password"));
}

static bool has(struct str text, const char *part)
{
    return str_find(text, str_z(part)) != SIZE_MAX;
}

static struct str make(struct jmap_said *s, const char *device)
{
    return jmap_said(
        s, str_zdup(s->w->cx.arena, str_printf(s->w->cx.arena,
                                               "[\"PushSubscription/set\",{\"create\":{\"a\":"
                                               "{\"deviceClientId\":\"%s\",\"url\":"
                                               "\"https://push.example/%s\"}}},\"0\"]",
                                               device, device)));
}

/* Those of each of the credentials; a token of somebody else's is good for an hour, and so is what
   it made, while one of ours is renewed. */
static void each_sees_its_own(void **state)
{
    static const char list[] =
        "[\"PushSubscription/get\",{\"properties\":[\"deviceClientId\"]},\"0\"]";
    struct imap_world *w = imap_world_open();
    struct jmap_said s;
    const struct auth_hold holds[] = {
        {0},
        {.app_password = 5},
        {.app_password = 6},
        {.grant = 7, .token = 1, .until_ms = w->cx.now_ms + 3600 * 1000},
        {.until_ms = w->cx.now_ms + 3600 * 1000},
    };
    static const char *const devices[] = {"main", "five", "six", "grant", "foreign"};
    (void)state;
    imap_world_password(w, w->jane, "secret");
    jmap_said_open(&s, w, w->jane);
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++) {
        s.who.hold = holds[i];
        struct str said = make(&s, devices[i]);
        assert_true(has(said, i == 4 ? "\"expires\":\"2026-01-01T01:00:00Z\""
                                     : "\"expires\":\"2026-01-15T00:00:00Z\""));
    }
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++) {
        s.who.hold = holds[i];
        s.who.hold.token += 1; /* another token of the grant */
        struct str said = jmap_said(&s, list);
        for (size_t k = 0; k < sizeof devices / sizeof *devices; k++)
            assert_int_equal(has(said, devices[k]), i == k);
    }
    imap_world_close(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_sees_its_own),
        cmocka_unit_test_setup_teardown(it_ends_with_what_made_it, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(it_outlives_a_token, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(no_account_is_left_out, bench_open, bench_close),
        cmocka_unit_test_setup_teardown(as_long_as_it_is_there_it_is_told, bench_open, bench_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
