/* The world of the dialogues of signing in: jane@example.com, who has the password "secret", and
   john@example.com. JMAP is there to be asked by cookie. The lines are those of https: "@ tls from
   the start". */
#include "../unit/imap/people.h"
#include "base/cur.h"
#include "base/random.h"
#include "core/credential.h"
#include "core/signin/seal.h"
#include "core/signin/totp.h"
#include "fixture.h"
#include "proto/http/http.h"
#include "proto/jmap/jmap.h"
#include "proto/signin/signin.h"
#include "service/signin/app_passwords.h"
#include "service/signin/rate.h"
#include "service/signin/sessions.h"
#include <stdlib.h>

struct world {
    struct imap_world *mail;
    struct sessions *sessions;
    struct seal *seal;
    struct rate *rate;
    struct http_env http;
    struct jmap_env jmap;
    struct signin_env signin;
};

static void *world_open(struct ctx *cx)
{
    static const struct sessions_config config = {.idle_s = 3600, .life_s = 7200};
    struct world *w = calloc(1, sizeof *w);
    must(w);
    w->mail = imap_world_open();
    w->mail->cx.now_ms = cx->now_ms;
    imap_world_password(w->mail, w->mail->jane, "secret");
    w->sessions = sessions_open(w->mail->core, &config);
    w->jmap = (struct jmap_env){.core = w->mail->core, .sessions = w->sessions};
    jmap_env_open(&w->jmap);
    w->mail->core->seal = w->seal = seal_temporary();
    w->rate = rate_open(0);
    w->signin = (struct signin_env){
        .core = w->mail->core, .auth = w->mail->auth, .sessions = w->sessions, .rate = w->rate};
    signin_env_open(&w->signin);
    w->http = (struct http_env){
        .auth = w->mail->auth, .sessions = w->sessions, .limits = http_limits_default};
    w->http.limits.hsts_s = 0;
    w->http.sites[w->http.site_count++] = (struct http_site){jmap_routes, &w->jmap};
    w->http.sites[w->http.site_count++] = (struct http_site){signin_routes, &w->signin};
    http_env_open(&w->http);
    return w;
}

static void world_close(void *world)
{
    struct world *w = world;
    http_env_close(&w->http);
    sessions_close(w->sessions);
    rate_close(w->rate);
    imap_world_close(w->mail);
    seal_close(w->seal);
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

/* The secret of RFC 6238 appendix B. */
static void add_totp(struct world *w)
{
    struct ctx *cx = &w->mail->cx;
    struct totp_row r = {.who = w->mail->jane, .id = 1, .created_ms = cx->now_ms, .step = 1};
    struct str about = str_printf(cx->arena, "totp %llu 1", (unsigned long long)r.who);
    r.name = STR("Telephone");
    r.sealed = seal_put(cx, w->seal, STR("12345678901234567890"), about);
    must(totp_row_add(cx, w->mail->core, &r) == OK);
    r.step = 2; /* a code of long ago confirmed it */
    must(totp_row_take(cx, w->mail->core, &r) == OK);
}

/* Always the same one: made of a random that is wound back. */
static void add_app_password(struct world *w)
{
    struct ctx *cx = &w->mail->cx;
    struct app_password p = {.who = w->mail->jane, .name = STR("Reader"), .scopes = APP_JMAP};
    struct random still = {.seed = 7};
    struct ctx own = *cx;
    struct principal who;
    struct str text;
    own.random = &still;
    must(directory_by_id(cx, w->mail->core, w->mail->jane, &who) == OK);
    must(app_passwords_make(&own, w->mail->core, &who, STR("jane"), &p, &text) == OK);
}

static void end_app_passwords(struct world *w)
{
    struct ctx *cx = &w->mail->cx;
    struct app_password *all;
    size_t count;
    must(app_password_list(cx, w->mail->core, w->mail->jane, &all, &count) == OK && count);
    for (size_t i = 0; i < count; i++)
        must(app_password_drop(cx, w->mail->core, w->mail->jane, all[i].id) == OK);
}

/* "jane has an application password", "jane's application passwords end", "jane has a TOTP device",
   "jane is disabled", "jane is enabled", "jane has a new password", "jane has the old password",
   "an administrator ends jane's sessions", and the lines of people.h. */
static bool world_set(struct ctx *cx, void *world, struct str line)
{
    struct world *w = world;
    w->mail->cx.now_ms = cx->now_ms;
    if (str_eq(line, STR("jane is disabled"))) {
        set_enabled(w, false);
    } else if (str_eq(line, STR("jane is enabled"))) {
        set_enabled(w, true);
    } else if (str_eq(line, STR("jane has a new password"))) {
        imap_world_password(w->mail, w->mail->jane, "secret2");
    } else if (str_eq(line, STR("jane has a TOTP device"))) {
        add_totp(w);
    } else if (str_eq(line, STR("jane has an application password"))) {
        add_app_password(w);
    } else if (str_eq(line, STR("jane's application passwords end"))) {
        end_app_passwords(w);
    } else if (str_eq(line, STR("jane has the old password"))) {
        imap_world_password(w->mail, w->mail->jane, "secret");
    } else if (str_eq(line, STR("an administrator ends jane's sessions"))) {
        struct principal p;
        size_t ended;
        must(directory_by_id(cx, w->mail->core, w->mail->jane, &p) == OK);
        must(sessions_end_all(cx, w->sessions, &p, 0,
                              (struct session_end){STR("console"), "administrator"}, &ended) == OK);
    } else {
        return people_line(w->mail, line);
    }
    return true;
}

extern const struct wire_fixture signin_fixture;
const struct wire_fixture signin_fixture = {.engine = &http_engine,
                                            .role = "https",
                                            .open = world_open,
                                            .close = world_close,
                                            .env = world_env,
                                            .set = world_set};
