/* The world of JMAP's dialogues: jane@example.com, who logs in with "secret", and john@example.com.
   The lines are those of https: "@ tls from the start". */
#include "../unit/imap/people.h"
#include "../world/smime/authority.h"
#include "../world/web_table.h"
#include "base/buf.h"
#include "base/cur.h"
#include "core/annotation/annotation.h"
#include "fixture.h"
#include "helper/smime/smime.h"
#include "proto/http/http.h"
#include "proto/http/picture.h"
#include "proto/jmap/jmap.h"
#include "service/book/book.h"
#include "service/delivery.h"
#include "service/filter.h"
#include "service/picture/picture.h"
#include "service/smime/smime.h"
#include "service/snooze/snooze.h"
#include "service/submission/release.h"
#include "service/submission/submission.h"
#include "service/transport/queue.h"
#include "service/transport/routing.h"
#include <stdlib.h>
#include <unistd.h>

struct world {
    struct imap_world *mail;
    struct http_env http;
    struct jmap_env jmap;
    struct queue *queue;
    struct book *book;
    struct routing *routing;
    struct submission_env submission;
    struct web_table table;
    struct web web;
    struct pictures *pictures;
    struct smime *smime;
    char authority[40];
};

/* What other servers have. */
static const struct web_row far_away[] = {
    {"http://far.example/dot.gif", 200, 0, "text/html", "GIF89a, for a test", NULL},
    {"https://far.example/moved", 302, 0, NULL, "", "//near.example/dot.png"},
    {"https://near.example/dot.png", 200, 0, NULL, "\x89PNG\r\n\x1a\n, too", NULL},
    {"https://far.example/inside", 301, 0, NULL, "", "https://far.example:8080/dot.gif"},
    {"https://far.example/drawing.svg", 200, 0, "image/png", "<svg/>", NULL},
};

/* Mail goes to the mailboxes here; what is for elsewhere waits in the queue, which has no road. */
static void sending_open(struct world *w)
{
    static const struct delivery_config delivery = {.sub_address_separator = '+'};
    static const struct queue_config usual;
    struct imap_world *mail = w->mail;
    static const struct filters_config filters;
    mail->env.delivery = delivery_open(mail->core, &delivery);
    mail->filters = filters_open(mail->core, &filters);
    delivery_set_filters(mail->env.delivery, mail->filters);
    must(queue_open(&mail->cx, mail->core, &usual, &w->queue) == OK);
    w->routing = routing_open(mail->core);
    queue_join(w->queue, mail->env.delivery, w->routing, NULL);
    delivery_join(mail->env.delivery, w->queue, w->routing);
    w->submission = (struct submission_env){.core = mail->core,
                                            .delivery = mail->env.delivery,
                                            .queue = w->queue,
                                            .host_name = STR("mail.example"),
                                            .recipients = 5};
    submission_env_open(&w->submission);
}

/* What the cage runs, without a cage. */
static enum code uncaged(struct ctx *cx, void *self, struct str job, struct str *out)
{
    struct buf b = buf_of(cx->arena, SMIME_VERDICT_BYTES);
    (void)self;
    must(reader_smime(job, &b));
    *out = buf_str(&b);
    return OK;
}

static struct smime *signatures_open(struct core *core, char *path)
{
    int fd = mkstemp(path);
    ssize_t n = sizeof smime_authority - 1;
    const struct smime_parts parts = {.core = core, .run = uncaged, .trust = str_z(path)};
    must(fd >= 0 && write(fd, smime_authority, (size_t)n) == n && close(fd) == 0);
    smime_prepare();
    return smime_open(&parts);
}

static void *world_open(struct ctx *cx)
{
    struct world *w = calloc(1, sizeof *w);
    must(w);
    w->mail = imap_world_open();
    w->mail->cx.now_ms = cx->now_ms;
    imap_world_password(w->mail, w->mail->jane, "secret");
    sending_open(w);
    w->book = book_open(w->mail->core);
    snprintf(w->authority, sizeof w->authority, "/tmp/postroad-authority-XXXXXX");
    w->smime = signatures_open(w->mail->core, w->authority);
    w->jmap = (struct jmap_env){.core = w->mail->core,
                                .submission = &w->submission,
                                .filters = w->mail->filters,
                                .book = w->book,
                                .smime = w->smime};
    jmap_env_open(&w->jmap);
    w->http = (struct http_env){.auth = w->mail->auth, .limits = http_limits_default};
    w->http.limits.hsts_s = 0;
    w->http.sites[w->http.site_count++] = (struct http_site){jmap_routes, &w->jmap};
    w->table = (struct web_table){far_away, sizeof far_away / sizeof *far_away, 0};
    w->web = web_table_web(&w->table);
    const struct pictures_parts pictures = {.core = w->mail->core, .web = &w->web};
    w->pictures = pictures_open(&pictures);
    w->http.sites[w->http.site_count++] = (struct http_site){http_picture_routes, w->pictures};
    http_env_open(&w->http);
    return w;
}

static void queue_settle(struct world *w)
{
    while (queue_run(&w->mail->cx, w->queue))
        ;
}

static void world_close(void *world)
{
    struct world *w = world;
    http_env_close(&w->http);
    pictures_close(w->pictures);
    struct delivery *delivery = w->mail->env.delivery;
    w->mail->env.delivery = NULL;
    book_close(w->book);
    smime_close(w->smime);
    unlink(w->authority);
    queue_settle(w);
    queue_stop(w->queue);
    queue_close(w->queue);
    delivery_close(delivery);
    routing_close(w->routing);
    imap_world_close(w->mail);
    free(w);
}

static void *world_env(void *world)
{
    struct world *w = world;
    return &w->http;
}

/* "\r\n" as in C< lines, so that a whole message fits on one. */
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

/* "NAME text": a script of jane. */
static bool script_line(struct world *w, struct str line)
{
    const struct script_owner jane = {.level = SCRIPT_OF_ACCOUNT, .id = w->mail->jane};
    struct ctx *cx = &w->mail->cx;
    struct cur c = cur_of(line);
    struct sieve_problems problems;
    struct str name;
    return cur_until(&c, ' ', &name) && filters_put(cx, w->mail->filters, &jane, name,
                                                    unescaped(cx->arena, c.rest), &problems) == OK;
}

struct naming {
    struct annotation_owner folder;
    struct annotation_change change;
};

static enum code name_script(struct ctx *cx, struct account_txn *t, void *arg)
{
    const struct naming *n = arg;
    return annotation_set(cx, t, &n->folder, &n->change, 1);
}

/* "FOLDER NAME": the script that runs at changes of jane's folder (RFC 6785). */
static bool imapsieve_line(struct world *w, struct str line)
{
    struct imap_world *mail = w->mail;
    struct account_view *v AUTO(account_view_unref) = NULL;
    struct cur c = cur_of(line);
    struct str folder;
    if (!cur_until(&c, ' ', &folder) ||
        account_view_get(&mail->cx, mail->core, mail->jane, &v) != OK)
        return false;
    struct naming n = {
        .folder = {ANNOTATION_OF_FOLDER, account_folder_by_path(v, folder)->id},
        .change = {.name = STR("/imapsieve/script"), .value = c.rest},
    };
    return account_update(&mail->cx, mail->core, mail->jane, name_script, &n) == OK;
}

/* "script NAME text" and "imapsieve FOLDER NAME", of jane. */
static bool sieve_line(struct world *w, struct str line)
{
    struct cur c = cur_of(line);
    if (cur_text(&c, STR("script ")))
        return script_line(w, c.rest);
    return cur_text(&c, STR("imapsieve ")) && imapsieve_line(w, c.rest);
}

/* "deliver jane INBOX Subject: hello\r\n\r\ntext"; "send-as office jane"; "reports
   desk@example.com"; "queue": it works off what is due; and the lines of people.h. */
static bool world_set(struct ctx *cx, void *world, struct str line)
{
    struct world *w = world;
    struct cur c = cur_of(line);
    struct str who, folder;
    uint64_t bytes, items;
    w->mail->cx.now_ms = cx->now_ms;
    if (cur_text(&c, STR("deliver ")) && cur_until(&c, ' ', &who) && cur_until(&c, ' ', &folder)) {
        imap_world_deliver(w->mail, people_find(w->mail, who), str_zdup(w->mail->cx.arena, folder),
                           unescaped(w->mail->cx.arena, c.rest), (struct str){0});
        return true;
    }
    if (cur_text(&c, STR("send-as ")) && cur_until(&c, ' ', &who)) {
        must(directory_send_as_grant(&w->mail->cx, w->mail->core, people_find(w->mail, who),
                                     people_find(w->mail, c.rest), true) == OK);
        return true;
    }
    if (cur_text(&c, STR("reports "))) {
        w->jmap.phishing = str_dup(w->mail->cx.arena, c.rest);
        return true;
    }
    if (sieve_line(w, line))
        return true;
    if (str_eq(line, STR("wake"))) {
        size_t done;
        return snooze_run(&w->mail->cx, w->mail->core, 100, &done) == OK;
    }
    if (str_eq(line, STR("queue"))) {
        size_t gone;
        queue_settle(w);
        return submission_release(&w->mail->cx, w->mail->core, w->queue, 100, &gone) == OK;
    }
    c = cur_of(line);
    if (cur_text(&c, STR("quota jane ")) && cur_u64(&c, &bytes) && cur_char(&c, ' ') &&
        cur_u64(&c, &items)) {
        imap_world_quota(w->mail, w->mail->jane, bytes, items);
        return true;
    }
    return people_line(w->mail, line);
}

extern const struct wire_fixture jmap_fixture;
const struct wire_fixture jmap_fixture = {.engine = &http_engine,
                                          .role = "https",
                                          .open = world_open,
                                          .close = world_close,
                                          .env = world_env,
                                          .set = world_set};
