/* The world of OAuth's dialogues: jane@example.com ("secret") and john@example.com; two clients,
   "mail-app" (public: http://127.0.0.1/back, com.example.app:/back) and "portal" (confidential,
   https://portal.example/back?x=1; GET /test/secret says its secret). JMAP is there to be asked
   with a token. The lines are those of https: "@ tls from the start". */
#include "../unit/imap/people.h"
#include "base/cur.h"
#include "core/credential/kdf.h"
#include "fixture.h"
#include "proto/http/http.h"
#include "proto/jmap/jmap.h"
#include "proto/oauth/oauth.h"
#include "service/oauth/client.h"
#include "service/oauth/grant.h"
#include "service/oauth/keys.h"
#include "service/oauth/scope.h"
#include "service/signin/sessions.h"
#include <stdlib.h>

struct world {
    struct imap_world *mail;
    struct sessions *sessions;
    struct oauth *oauth;
    struct auth *auth;
    struct http_env http;
    struct jmap_env jmap;
    struct oauth_env env;
    struct str secret; /* of the portal */
};

static enum code say_secret(struct ctx *cx, void *self, const struct http_request *q,
                            struct http_response *a)
{
    const struct world *w = self;
    (void)q;
    http_answer_text(a, STR("text/plain"), str_printf(cx->arena, "%.*s\r\n", STR_ARG(w->secret)));
    return OK;
}

static const struct http_route own_routes[] = {
    {"test", {"/test/secret", 12}, HTTP_GET, HTTP_BY_TLS, HTTP_ANYBODY, 0, say_secret},
    {0},
};

static void clients(struct world *w)
{
    struct oauth_client app = {
        .id = STR("mail-app"),
        .name = STR("Mail <App> & \"more\""),
        .scopes = SCOPE_ALL,
        .redirect_count = 2,
        .redirects = {STR("http://127.0.0.1/back"), STR("com.example.app:/back")}};
    struct oauth_client portal = {.id = STR("portal"),
                                  .name = STR("Portal"),
                                  .scopes = SCOPE_ALL & ~(uint32_t)SCOPE_DAV,
                                  .id_algorithm = JOSE_ES256,
                                  .redirect_count = 1,
                                  .redirects = {STR("https://portal.example/back?x=1")},
                                  .ending_count = 1,
                                  .endings = {STR("https://portal.example/bye")}};
    struct str secret;
    must(oauth_client_add(&w->mail->cx, w->oauth, &app, false, &secret) == OK);
    must(oauth_client_add(&w->mail->cx, w->oauth, &portal, true, &w->secret) == OK);
}

static void *world_open(struct ctx *cx)
{
    static const struct sessions_config signing = {.idle_s = 3600, .life_s = 7200};
    static const struct oauth_config config = {.issuer = STR("https://mail.example"),
                                               .access_s = 600,
                                               .refresh_days = 30,
                                               .registration = true};
    struct world *w = calloc(1, sizeof *w);
    must(w);
    w->mail = imap_world_open();
    w->mail->cx.now_ms = cx->now_ms;
    imap_world_password(w->mail, w->mail->jane, "secret");
    w->sessions = sessions_open(w->mail->core, &signing);
    must(oauth_open(&w->mail->cx, w->mail->core, w->sessions, &config, &w->oauth) == OK);
    clients(w);
    struct auth_config auth = {.account_failures = 10,
                               .address_failures = 50,
                               .window_s = 600,
                               .lockout_s = 600,
                               .remember_s = 300,
                               .oauth = w->oauth};
    w->auth = auth_open(w->mail->core, &auth);
    w->jmap = (struct jmap_env){.core = w->mail->core, .sessions = w->sessions, .oauth = w->oauth};
    jmap_env_open(&w->jmap);
    w->env = (struct oauth_env){.oauth = w->oauth, .auth = w->auth};
    w->http =
        (struct http_env){.auth = w->auth, .sessions = w->sessions, .limits = http_limits_default};
    w->http.resource_metadata = STR("https://mail.example/.well-known/oauth-protected-resource");
    w->http.limits.hsts_s = 0;
    w->http.sites[w->http.site_count++] = (struct http_site){jmap_routes, &w->jmap};
    w->http.sites[w->http.site_count++] = (struct http_site){oauth_routes, &w->env};
    w->http.sites[w->http.site_count++] = (struct http_site){own_routes, w};
    http_env_open(&w->http);
    return w;
}

static void world_close(void *world)
{
    struct world *w = world;
    http_env_close(&w->http);
    auth_close(w->auth);
    oauth_close(w->oauth);
    sessions_close(w->sessions);
    imap_world_close(w->mail);
    free(w);
}

static void *world_env(void *world)
{
    struct world *w = world;
    return &w->http;
}

static void set_enabled(struct world *w, bool enabled)
{
    struct ctx *cx = &w->mail->cx;
    struct principal p;
    must(directory_by_id(cx, w->mail->core, w->mail->jane, &p) == OK);
    p.enabled = enabled;
    must(directory_set(cx, w->mail->core, &p) == OK);
}

static void revoke_all(struct world *w)
{
    struct ctx *cx = &w->mail->cx;
    struct oauth_grant *all;
    size_t count;
    must(oauth_grant_list(cx, w->oauth, w->mail->jane, &all, &count) == OK);
    for (size_t i = 0; i < count; i++)
        must(oauth_grant_revoke(cx, w->oauth, w->mail->jane, all[i].id, STR("jane"), "person") ==
             OK);
}

/* "jane is disabled", "jane is enabled", "jane has a new password", "jane revokes all", "client X
   is removed", "keys are rotated", "swept", and the lines of people.h. */
static bool world_set(struct ctx *cx, void *world, struct str line)
{
    struct world *w = world;
    struct cur c = cur_of(line);
    struct str id;
    w->mail->cx.now_ms = cx->now_ms;
    if (str_eq(line, STR("jane is disabled")) || str_eq(line, STR("jane is enabled")))
        set_enabled(w, str_eq(line, STR("jane is enabled")));
    else if (str_eq(line, STR("jane has a new password")))
        imap_world_password(w->mail, w->mail->jane, "secret2");
    else if (str_eq(line, STR("jane revokes all")))
        revoke_all(w);
    else if (str_eq(line, STR("keys are rotated")))
        must(oauth_key_rotate(&w->mail->cx, w->oauth) == OK);
    else if (str_eq(line, STR("swept")))
        must(oauth_sweep(&w->mail->cx, w->oauth) == OK);
    else if (cur_text(&c, STR("client ")) && cur_until(&c, ' ', &id))
        must(oauth_client_remove(&w->mail->cx, w->oauth, id) == OK);
    else
        return people_line(w->mail, line);
    return true;
}

extern const struct wire_fixture oauth_fixture;
const struct wire_fixture oauth_fixture = {.engine = &http_engine,
                                           .role = "https",
                                           .open = world_open,
                                           .close = world_close,
                                           .env = world_env,
                                           .set = world_set};
