/* What strangers send to the authorisation server. The first byte says to which reader: forms,
   redirections, JWTs, access tokens, scopes, user codes, or a whole authorization request. */
#include "../../unit/imap/world.h"
#include "base/arena.h"
#include "base/cur.h"
#include "proto/oauth/inner.h"
#include "service/oauth/keys.h"
#include "service/oauth/redirect.h"
#include "service/oauth/scope.h"

struct fixture {
    struct imap_world *w;
    struct oauth_env env;
    struct arena *arena;
};

static struct fixture *fixture(void)
{
    static struct fixture f;
    static const struct oauth_config config = {
        .issuer = {"https://mail.example", 20}, .access_s = 600, .refresh_days = 30};
    struct oauth_client app = {.id = STR("app"),
                               .name = STR("App"),
                               .scopes = SCOPE_ALL,
                               .redirect_count = 2,
                               .redirects = {STR("http://127.0.0.1/"), STR("a.b:/c")}};
    struct str secret;
    if (f.w)
        return &f;
    f.w = imap_world_open();
    f.arena = arena_open();
    must(oauth_open(&f.w->cx, f.w->core, NULL, &config, &f.env.oauth) == OK);
    must(oauth_client_add(&f.w->cx, f.env.oauth, &app, false, &secret) == OK);
    return &f;
}

/* What was read and is written is read as the same. */
static void form(struct ctx *cx, struct str in)
{
    struct http_form f, again;
    struct buf b = buf_of(cx->arena, in.n * 4 + 4 * HTTP_FORM_MAX);
    if (http_form_parse(cx, in, &f) != OK)
        return;
    for (size_t i = 0; i < f.count; i++)
        http_form_put(&b, i ? '&' : 0, f.at[i].name, f.at[i].value);
    must(http_form_parse(cx, buf_str(&b), &again) == OK && again.count == f.count);
    for (size_t i = 0; i < f.count; i++)
        must(str_eq(f.at[i].name, again.at[i].name) && str_eq(f.at[i].value, again.at[i].value));
}

/* A place that is not registered is never let through but for its port. */
static void redirection(struct str in)
{
    struct cur c = cur_of(in);
    struct str registered;
    if (!cur_until(&c, '\n', &registered))
        return;
    if (redirect_is_good(in))
        must(redirect_origin(in).n > 0 && str_chr(redirect_origin(in), ' ') == SIZE_MAX);
    if (redirect_fits(registered, c.rest) && !str_eq(registered, c.rest))
        must(str_starts(c.rest, STR("http://127.0.0.1")) ||
             str_starts(c.rest, STR("http://[::1]")));
}

static void request(struct ctx *cx, const struct oauth_env *e, struct str in)
{
    struct asked asked;
    struct rope body = rope_of(cx->arena);
    struct http_response a = {.body = body};
    if (request_parse(cx, e, in, &asked) == OK)
        request_fail(cx, e, &asked, asked.error ? asked.error : "access_denied", "x", &a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct fixture *f = fixture();
    struct ctx cx = f->w->cx;
    struct str in, claims;
    struct oauth_access access;
    struct oauth_device device;
    uint32_t scopes;
    if (!n)
        return 0;
    in = str_of(data + 1, n - 1);
    cx.arena = f->arena;
    arena_reset(f->arena);
    switch (data[0] % 7) {
    case 0:
        form(&cx, in);
        break;
    case 1:
        redirection(in);
        break;
    case 2:
        must(oauth_verify(&cx, f->env.oauth, in, &claims) != OK);
        break;
    case 3:
        must(oauth_access(&cx, f->env.oauth, in, &access) != OK);
        break;
    case 4:
        if (scope_parse(&cx, in, &scopes) == OK)
            must(!(scopes & ~(uint32_t)SCOPE_ALL));
        break;
    case 5:
        must(oauth_device_find(&cx, f->env.oauth, in, &device) != OK);
        break;
    default:
        request(&cx, &f->env, in);
    }
    return 0;
}
