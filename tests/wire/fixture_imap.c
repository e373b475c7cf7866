/* The world of IMAP's dialogues: jane@example.com and john@example.com, who log in with "secret".
 */
#include "../unit/imap/people.h"
#include "base/buf.h"
#include "base/cur.h"
#include "fixture.h"
#include "service/delivery.h"
#include "service/filter.h"
#include "service/push/push.h"
#include "service/requests.h"

static void *world_open(struct ctx *cx)
{
    struct imap_world *w = imap_world_open();
    w->cx.now_ms = cx->now_ms;
    imap_world_password(w, w->jane, "secret");
    return w;
}

static void world_close(void *world)
{
    struct imap_world *w = world;
    struct requests *requests = w->env.requests;
    push_close(w->env.push);
    imap_world_close(w);
    requests_close(requests);
}

static void *world_env(void *world)
{
    struct imap_world *w = world;
    return &w->env;
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

/* Scripts of mailboxes run, and IMAPSIEVE names that host. */
static bool scripts_run(struct imap_world *w, struct str host)
{
    static const struct delivery_config delivery;
    static const struct filters_config filters;
    w->env.sieve_host = str_dup(w->cx.arena, host);
    w->filters = filters_open(w->core, &filters);
    w->env.delivery = delivery_open(w->core, &delivery);
    delivery_set_filters(w->env.delivery, w->filters);
    return true;
}

/* "NAME text": of jane. */
static bool script_put_line(struct imap_world *w, struct str line)
{
    const struct script_owner jane = {.level = SCRIPT_OF_ACCOUNT, .id = w->jane};
    struct cur c = cur_of(line);
    struct sieve_problems problems;
    struct str name;
    return cur_until(&c, ' ', &name) &&
           filters_put(&w->cx, w->filters, &jane, name, unescaped(w->cx.arena, c.rest),
                       &problems) == OK;
}

/* As many requests of jane are under way as may be; one less. */
static bool busy_line(struct imap_world *w, struct str line)
{
    if (str_eq(line, STR("busy jane"))) {
        w->env.requests = requests_open(NULL);
        for (int i = 0; i < REQUESTS_EACH; i++)
            if (requests_begin(&w->cx, w->env.requests, w->jane) != OK)
                return false;
        return true;
    }
    if (str_eq(line, STR("calm jane"))) {
        requests_end(w->env.requests, w->jane);
        return true;
    }
    return false;
}

/* Limits of the server, smaller than they are. */
static bool limit_line(struct imap_world *w, struct str line)
{
    struct imap_limits *limits = &w->env.limits;
    struct cur c = cur_of(line);
    if (cur_text(&c, STR("appendlimit ")))
        return cur_u64(&c, &limits->message_bytes);
    if (cur_text(&c, STR("messagelimit ")))
        return cur_u32(&c, &limits->messages);
    if (cur_text(&c, STR("savelimit ")))
        return cur_u32(&c, &limits->saves);
    if (!cur_text(&c, STR("progress ")) || !cur_u32(&c, &limits->progress_messages))
        return false;
    limits->progress_ms = 0; /* each so many messages, at once */
    limits->change_messages = limits->progress_messages;
    return true;
}

/* "deliver jane INBOX Subject: hello\r\n\r\ntext", "john has a password", "quota jane 1000 5",
   "tls only", "appendlimit 100", "index jane", "jmap https://...", "messagelimit 3", "progress 2",
   "savelimit 2", "push com.apple.mail.XServer.1", "busy jane" and "calm jane", "sieve HOST",
   "script NAME text", and the lines of people.h. */
static bool world_set(struct ctx *cx, void *world, struct str line)
{
    struct imap_world *w = world;
    struct cur c = cur_of(line);
    struct str who, folder;
    uint64_t bytes, items;
    w->cx.now_ms = cx->now_ms;
    if (cur_text(&c, STR("deliver ")) && cur_until(&c, ' ', &who) && cur_until(&c, ' ', &folder)) {
        imap_world_deliver(w, people_find(w, who), str_zdup(w->cx.arena, folder),
                           unescaped(w->cx.arena, c.rest), (struct str){0});
        return true;
    }
    c = cur_of(line);
    if (cur_text(&c, STR("quota jane ")) && cur_u64(&c, &bytes) && cur_char(&c, ' ') &&
        cur_u64(&c, &items)) {
        imap_world_quota(w, w->jane, bytes, items);
        return true;
    }
    if (limit_line(w, line))
        return true;
    c = cur_of(line);
    if (cur_text(&c, STR("sieve ")))
        return scripts_run(w, c.rest);
    if (cur_text(&c, STR("script ")))
        return script_put_line(w, c.rest);
    if (cur_text(&c, STR("jmap "))) {
        w->env.jmap_url = str_dup(w->cx.arena, c.rest);
        return true;
    }
    if (cur_text(&c, STR("push "))) { /* nobody runs it: devices are kept, and no note is sent */
        const struct push_config config = {.topic = str_dup(w->cx.arena, c.rest)};
        w->env.push = push_open(w->core, &config);
        return true;
    }
    if (str_eq(line, STR("tls only"))) {
        w->env.limits.plain_in_clear = false;
        return true;
    }
    if (busy_line(w, line))
        return true;
    if (str_eq(line, STR("index jane"))) {
        imap_world_index(w, w->jane);
        return true;
    }
    if (people_line(w, line))
        return true;
    if (!str_eq(line, STR("john has a password")))
        return false;
    imap_world_password(w, w->john, "secret");
    return true;
}

const struct wire_fixture imap_fixture = {.engine = &imap_engine,
                                          .role = "imap",
                                          .open = world_open,
                                          .close = world_close,
                                          .env = world_env,
                                          .set = world_set};
