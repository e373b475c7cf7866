/* The world of POP3's dialogues: jane@example.com and john@example.com, who log in with "secret".
 */
#include "../unit/imap/world.h"
#include "base/buf.h"
#include "base/cur.h"
#include "core/rights.h"
#include "fixture.h"
#include "proto/pop3/pop3.h"

struct pop3_world {
    struct imap_world *w;
    struct pop3_env env;
    bool opened; /* the engine has seen the settings: they are fixed */
};

static void *world_open(struct ctx *cx)
{
    struct pop3_world *p = calloc(1, sizeof *p);
    must(p);
    p->w = imap_world_open();
    p->w->cx.now_ms = cx->now_ms;
    imap_world_password(p->w, p->w->jane, "secret");
    imap_world_password(p->w, p->w->john, "secret");
    p->env =
        (struct pop3_env){.core = p->w->core, .auth = p->w->auth, .limits = pop3_limits_default};
    p->env.limits.plain_in_clear = true;
    return p;
}

static void world_close(void *world)
{
    struct pop3_world *p = world;
    if (p->opened)
        pop3_env_close(&p->env);
    imap_world_close(p->w);
    free(p);
}

static void *world_env(void *world)
{
    struct pop3_world *p = world;
    if (!p->opened)
        pop3_env_open(&p->env);
    p->opened = true;
    return &p->env;
}

/* "\r\n" and "\\" as in C< lines, so that a whole message fits on one. */
static struct str unescaped(struct arena *a, struct str s)
{
    struct buf b = buf_of(a, s.n);
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (c == '\\' && i + 1 < s.n) {
            c = s.p[++i];
            c = c == 'r' ? '\r' : c == 'n' ? '\n' : c;
        }
        buf_byte(&b, c);
    }
    return buf_str(&b);
}

static enum code grant(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct grant *g = arg;
    return rights_grant(cx, t, 0, g);
}

static enum code grant_inbox(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct grant *g = arg;
    return rights_grant(cx, t, 1, g);
}

/* john may read jane's mail, and no more. */
static void share(struct imap_world *w)
{
    struct grant g = {GRANTEE_PRINCIPAL, w->john, RIGHT_LOOKUP | RIGHT_READ};
    must(account_update(&w->cx, w->core, w->jane, grant, &g) == OK);
    must(account_update(&w->cx, w->core, w->jane, grant_inbox, &g) == OK);
}

/* "deliver jane Subject: hello\r\n\r\ntext\r\n", "deliver-traced jane ..." with a Received field;
   "tls only", "login delay 60", "expire 30", "john may read jane". */
static bool world_set(struct ctx *cx, void *world, struct str line)
{
    struct pop3_world *p = world;
    struct imap_world *w = p->w;
    struct cur c = cur_of(line);
    struct str who;
    w->cx.now_ms = cx->now_ms;
    bool traced = cur_text(&c, STR("deliver-traced "));
    if ((traced || cur_text(&c, STR("deliver "))) && cur_until(&c, ' ', &who)) {
        imap_world_deliver(w, str_eq(who, STR("john")) ? w->john : w->jane, "INBOX",
                           unescaped(w->cx.arena, c.rest),
                           traced ? STR("Received: from here\r\n") : STR(""));
        return true;
    }
    if (cur_text(&c, STR("login delay ")))
        return cur_u32(&c, &p->env.limits.login_delay_s) && !p->opened;
    if (cur_text(&c, STR("expire ")))
        return cur_u32(&c, &p->env.limits.expire_days);
    if (str_eq(line, STR("tls only"))) {
        p->env.limits.plain_in_clear = false;
        return true;
    }
    if (!str_eq(line, STR("john may read jane")))
        return false;
    share(w);
    return true;
}

extern const struct wire_fixture pop3_fixture;
const struct wire_fixture pop3_fixture = {.engine = &pop3_engine,
                                          .role = "pop3",
                                          .open = world_open,
                                          .close = world_close,
                                          .env = world_env,
                                          .set = world_set};
