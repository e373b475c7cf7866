/* The whole engine in memory: what a client says, to a session that is logged in (or, when the
   first byte is below "a", not yet). Said at once and in two pieces it is answered the same, and
   each answer ends with a line. */
#include "proto/managesieve/managesieve.h"
#include "../unit/imap/world.h"
#include "base/buf.h"
#include "service/filter.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
void waker_ring(struct waker *w);

enum { INPUT_MAX = 16384, OUTPUT_MAX = 1 << 28 };

void waker_ring(struct waker *w)
{
    (void)w;
}

struct talk {
    struct imap_world *w;
    struct managesieve_env env;
    struct peer peer;
    struct tls_facts tls;
    void *session;
    struct arena *request;
    struct buf in, said;
    size_t seen;
    bool closed;
};

static struct ctx context(struct talk *t)
{
    arena_reset(t->request);
    return (struct ctx){
        .arena = t->request, .now_ms = t->w->cx.now_ms, .random = &t->w->random, .slow = true};
}

static void take(struct talk *t, struct reply *r)
{
    for (struct rope_piece *p = r->out.first; p; p = p->next)
        buf_add(&t->said, p->bytes);
    rope_drop(&r->out);
    t->closed |= r->close;
    if (!r->start_tls)
        return;
    t->peer.tls = &t->tls;
    t->peer.can_start_tls = false;
    struct ctx cx = context(t);
    struct reply after = {.out = rope_of(t->request)};
    managesieve_engine.tls(&cx, t->session, &after);
    take(t, &after);
}

static void run_one(struct talk *t, struct str request)
{
    struct ctx cx = context(t);
    struct reply r = {.out = rope_of(t->request)};
    managesieve_engine.run(&cx, t->session, request, &r);
    must(!r.slow && !r.more);
    take(t, &r);
}

/* Adds bytes to what has come, and runs what is whole of it. */
static void say(struct talk *t, struct str bytes)
{
    struct arena *a AUTO(arena_close) = arena_open();
    struct str all = str_join(a, (struct str[]){buf_str(&t->in), bytes}, 2);
    while (!t->closed && all.n) {
        struct framing f = managesieve_engine.frame(t->session, all, t->seen);
        t->seen = all.n;
        if (f.what != FRAME_REQUEST)
            break;
        must(f.n && f.n <= all.n);
        t->seen = 0;
        run_one(t, str_dup(a, str_sub(all, 0, f.n)));
        all = str_from(all, f.n);
    }
    buf_reset(&t->in);
    buf_add(&t->in, all);
}

/* Making one takes Argon2; so it is kept for a while. */
static struct imap_world *world_of_now(void)
{
    static struct imap_world *w;
    static unsigned used;
    if (w && ++used % 40 == 0) {
        imap_world_close(w);
        w = NULL;
    }
    if (!w) {
        w = imap_world_open();
        imap_world_password(w, w->jane, "secret");
    }
    return w;
}

/* Both times over no scripts. */
static void scripts_drop(struct imap_world *w)
{
    const struct script_owner jane = {.level = SCRIPT_OF_ACCOUNT, .id = w->jane};
    struct script *all;
    size_t count;
    must(script_activate(&w->cx, w->core, &jane, SCRIPT_ACTIVE, STR("")) == OK);
    must(script_list(&w->cx, w->core, &jane, &all, &count) == OK);
    for (size_t i = 0; i < count; i++)
        must(script_remove(&w->cx, w->core, &jane, all[i].name) == OK);
}

static struct str answers(struct arena *a, struct imap_world *w, struct str in, size_t cut,
                          bool logged_in)
{
    const struct filters_config config = {0};
    struct talk t = {.w = w, .request = arena_open(), .in = buf_of(a, 2 * INPUT_MAX)};
    t.said = buf_of(a, OUTPUT_MAX);
    t.env = (struct managesieve_env){.core = w->core,
                                     .auth = w->auth,
                                     .filters = filters_open(w->core, &config),
                                     .limits = managesieve_limits_default};
    t.peer = (struct peer){
        .id = 1, .address = STR("192.0.2.1"), .role = STR("managesieve"), .can_start_tls = true};
    scripts_drop(w);
    managesieve_env_open(&t.env);
    t.session = calloc(1, managesieve_engine.session_bytes);
    must(t.session);
    struct ctx cx = context(&t);
    struct reply r = {.out = rope_of(t.request)};
    managesieve_engine.open(&cx, t.session, &t.env, &t.peer, &r);
    take(&t, &r);
    if (logged_in)
        say(&t, STR("AUTHENTICATE \"PLAIN\" \"AGphbmVAZXhhbXBsZS5jb20Ac2VjcmV0\"\r\n"));
    say(&t, str_sub(in, 0, cut));
    say(&t, str_from(in, cut));
    managesieve_engine.close(t.session);
    free(t.session);
    managesieve_env_close(&t.env);
    filters_close(t.env.filters);
    arena_close(t.request);
    return buf_str(&t.said);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    if (n < 2 || n > INPUT_MAX)
        return 0;
    struct arena *a AUTO(arena_close) = arena_open();
    struct str in = str_of(data, n), said[2];
    for (int i = 0; i < 2; i++) {
        size_t cut = i ? (size_t)data[n - 1] * 31 % n : n;
        said[i] = answers(a, world_of_now(), in, cut, data[0] >= 'a');
        must(str_ends(said[i], STR("\r\n")));
    }
    /* What came with STARTTLS is thrown away when it came at once, by io; and nonces differ. */
    if (str_ifind(in, STR("SCRAM")) == SIZE_MAX)
        must(str_eq(said[0], said[1]));
    return 0;
}
