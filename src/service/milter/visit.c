/* A session's conversations with its milters: each command in turn to each of them. */
#include "base/arena.h"
#include "base/cur.h"
#include "service/milter/inner.h"

enum { MACROS_MAX = 8 };

/* Names and values of macros: those without a value are left out. */
struct macros {
    struct str pairs[2 * MACROS_MAX];
    size_t count;
};

struct milter_visit *milter_visit_open(struct milters *m, bool submission)
{
    struct milter *seen[MILTERS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < milter_count(m); i++)
        if (submission ? m->all[i].config->submission : m->all[i].config->mx)
            seen[count++] = &m->all[i];
    if (!count)
        return NULL;
    struct milter_visit *v = calloc(1, sizeof *v + count * sizeof v->lines[0]);
    must(v);
    v->milters = m;
    v->count = count;
    v->arena = arena_open();
    for (size_t i = 0; i < count; i++)
        v->lines[i].milter = seen[i];
    return v;
}

void milter_visit_close(struct milter_visit *v)
{
    if (!v)
        return;
    struct arena *arena AUTO(arena_close) = arena_open();
    struct ctx cx = {.arena = arena};
    for (size_t i = 0; i < v->count; i++) {
        milter_tell(&cx, &v->lines[i].talk, MILTER_QUIT);
        milter_talk_close(&v->lines[i].talk);
    }
    arena_close(v->arena);
    free(v);
}

static void macro(struct macros *m, struct str name, struct str value)
{
    if (value.n == 0)
        return;
    m->pairs[2 * m->count] = name;
    m->pairs[2 * m->count++ + 1] = value;
}

static void macros_say(struct ctx *cx, struct milter_line *line, enum milter_command command,
                       const struct macros *m)
{
    if (m->count && milter_macros(cx, &line->talk, command, m->pairs, 2 * m->count,
                                  line->milter->config->command_ms) != OK)
        cx->err.code = OK; /* the question behind it fails as well, and is told */
}

/* CONNECT: name, family, port, address. */
static const char *say_connect(struct ctx *cx, struct milter_visit *v, struct milter_line *line,
                               const struct milter_client *client)
{
    const struct peer *peer = client->peer;
    bool local = str_starts(peer->address, STR("unix"));
    bool six = !local && str_chr(peer->address, ':') != SIZE_MAX;
    char port[2] = {(char)(peer->port >> 8), (char)(peer->port & 255)};
    struct str name = str_printf(cx->arena, six ? "[IPv6:%.*s]" : "[%.*s]", STR_ARG(peer->address));
    struct str address =
        six ? str_printf(cx->arena, "IPv6:%.*s", STR_ARG(peer->address)) : peer->address;
    bool known = !str_eq(peer->address, STR("unknown"));
    struct str parts[] = {name,
                          STR("\0"),
                          !known  ? STR("U")
                          : local ? STR("L")
                          : six   ? STR("6")
                                  : STR("4"),
                          str_of(port, 2),
                          address,
                          STR("\0")};
    struct macros m = {0};
    macro(&m, STR("j"), v->milters->parts.host_name);
    macro(&m, STR("{daemon_name}"), peer->role);
    macro(&m, STR("v"), STR("Postroad"));
    macro(&m, STR("{client_addr}"), peer->address);
    macros_say(cx, line, MILTER_CONNECT, &m);
    return milter_ask(cx, v, line,
                      &(struct milter_ask){.command = MILTER_CONNECT,
                                           .parts = parts,
                                           .count = known ? 6 : 3,
                                           .no = NO_CONNECT,
                                           .quiet = QUIET_CONNECT,
                                           .timeout_ms = line->milter->config->command_ms},
                      "connect");
}

static const char *say_helo(struct ctx *cx, struct milter_visit *v, struct milter_line *line,
                            const struct milter_client *client)
{
    const struct tls_facts *tls = client->peer->tls;
    struct str parts[] = {client->helo, STR("\0")};
    struct macros m = {0};
    macro(&m, STR("{tls_version}"), tls ? tls->version : STR(""));
    macro(&m, STR("{cipher}"), tls ? tls->cipher : STR(""));
    macros_say(cx, line, MILTER_HELO, &m);
    return milter_ask(cx, v, line,
                      &(struct milter_ask){.command = MILTER_HELO,
                                           .parts = parts,
                                           .count = 2,
                                           .no = NO_HELO,
                                           .quiet = QUIET_HELO,
                                           .timeout_ms = line->milter->config->command_ms},
                      "helo");
}

/* It has hung up since the last message, or says what nobody asked for. */
static bool is_gone(struct ctx *cx, const struct milter_line *line)
{
    char byte;
    size_t got;
    struct stream *stream = line->talk.stream;
    struct ctx own = *cx;
    return stream->ops->read(&own, stream, &byte, 1, &got, 0) != E_BUSY;
}

/* Calls it if need be, and tells it of the session. */
static const char *greet(struct ctx *cx, struct milter_visit *v, struct milter_line *line,
                         const struct milter_client *client, bool again)
{
    const char *no = NULL;
    if (line->state == STATE_GREETED && is_gone(cx, line)) {
        milter_talk_close(&line->talk);
        line->state = STATE_NEW;
    }
    if (line->state == STATE_NEW) {
        if (!milter_wait_begin(v->milters)) {
            (void)!fail(cx, E_LIMIT, "too many wait for milters");
            return milter_failed(cx, v, line, "call");
        }
        enum code code = milter_call(cx, v->milters, line->milter, &line->talk);
        milter_wait_end(v->milters);
        if (code != OK)
            return milter_failed(cx, v, line, "call");
        no = say_connect(cx, v, line, client);
        again = true;
    }
    if (!no && again && line->state != STATE_ACCEPTED && line->state != STATE_FAILED)
        no = say_helo(cx, v, line, client);
    if (no && line->state == STATE_NEW)
        milter_talk_close(&line->talk);
    else if (line->state == STATE_NEW || line->state == STATE_CONTENT)
        line->state = STATE_GREETED;
    return no;
}

/* "<a@b>" and the parameters, each ended by NUL. */
static size_t envelope_parts(struct ctx *cx, struct str address, struct str params,
                             struct str **out)
{
    size_t n = 0;
    struct cur c = cur_of(params);
    struct str *parts = ARENA_ARRAY(cx->arena, 2 * params.n + 4, struct str);
    parts[n++] = str_printf(cx->arena, "<%.*s>", STR_ARG(address));
    parts[n++] = STR("\0");
    while (!cur_end(&c)) {
        struct str word;
        if (!cur_until(&c, ' ', &word)) {
            word = c.rest;
            c.rest.n = 0;
        }
        if (word.n == 0)
            continue;
        parts[n++] = word;
        parts[n++] = STR("\0");
    }
    *out = parts;
    return n;
}

static const char *say_mail(struct ctx *cx, struct milter_visit *v, struct milter_line *line,
                            const struct milter_client *client, struct milter_ask ask)
{
    struct macros m = {0};
    macro(&m, STR("{auth_authen}"), client->login);
    macro(&m, STR("{auth_type}"), client->login.n ? STR("PLAIN") : STR(""));
    macro(&m, STR("{mail_addr}"),
          str_sub(ask.parts[0], 1, ask.parts[0].n > 2 ? ask.parts[0].n - 2 : 0));
    line->state = STATE_MESSAGE;
    line->discards = false;
    macros_say(cx, line, MILTER_MAIL, &m);
    ask.timeout_ms = line->milter->config->command_ms;
    return milter_ask(cx, v, line, &ask, "mail");
}

/* A failed one with another answer than "accept" goes on to give that answer. */
static const char *still_failed(const struct milter_line *line)
{
    if (line->state != STATE_FAILED || line->milter->config->on_failure == MILTER_FAILS_ACCEPT)
        return NULL;
    return line->milter->config->on_failure == MILTER_FAILS_REJECT
               ? "550 5.7.1 A filter is out of order"
               : "451 4.7.1 A filter is out of order; try again later";
}

const char *milter_mail(struct ctx *cx, struct milter_visit *v, const struct milter_client *client,
                        struct str sender, struct str params)
{
    struct milter_ask ask = {.command = MILTER_MAIL, .no = NO_MAIL, .quiet = QUIET_MAIL};
    struct str *parts;
    if (!v)
        return NULL;
    bool again = !str_eq(v->helo, client->helo);
    if (again)
        v->helo = str_dup(v->arena, client->helo);
    v->connection = client->peer->id;
    ask.count = envelope_parts(cx, sender, params, &parts);
    ask.parts = parts;
    for (size_t i = 0; i < v->count; i++) {
        struct milter_line *line = &v->lines[i];
        const char *no = still_failed(line);
        if (!no && line->state != STATE_ACCEPTED && line->state != STATE_FAILED)
            no = greet(cx, v, line, client, again);
        if (!no && line->state == STATE_GREETED)
            no = say_mail(cx, v, line, client, ask);
        if (no) {
            milter_reset(v);
            return no;
        }
    }
    return NULL;
}

const char *milter_rcpt(struct ctx *cx, struct milter_visit *v, struct str address,
                        struct str params)
{
    struct milter_ask ask = {.command = MILTER_RCPT, .no = NO_RCPT, .quiet = QUIET_RCPT};
    struct macros m = {0};
    struct str *parts;
    if (!v)
        return NULL;
    ask.count = envelope_parts(cx, address, params, &parts);
    ask.parts = parts;
    macro(&m, STR("{rcpt_addr}"), address);
    for (size_t i = 0; i < v->count; i++) {
        struct milter_line *line = &v->lines[i];
        const char *no = still_failed(line);
        if (!no && line->state == STATE_MESSAGE) {
            macros_say(cx, line, MILTER_RCPT, &m);
            ask.timeout_ms = line->milter->config->command_ms;
            no = milter_ask(cx, v, line, &ask, "rcpt");
        }
        if (no)
            return no;
    }
    return NULL;
}

/* A command without macros, to all that listen. */
static const char *plain(struct ctx *cx, struct milter_visit *v, struct milter_ask ask,
                         enum milter_state least, const char *stage)
{
    for (size_t i = 0; v && i < v->count; i++) {
        struct milter_line *line = &v->lines[i];
        const char *no = least == STATE_MESSAGE ? still_failed(line) : NULL;
        ask.timeout_ms = line->milter->config->command_ms;
        if (!no && line->state >= least && line->state <= STATE_MESSAGE)
            no = milter_ask(cx, v, line, &ask, stage);
        if (no)
            return no;
    }
    return NULL;
}

const char *milter_data(struct ctx *cx, struct milter_visit *v)
{
    struct milter_ask ask = {.command = MILTER_DATA, .no = NO_DATA, .quiet = QUIET_DATA};
    return plain(cx, v, ask, STATE_MESSAGE, "data");
}

const char *milter_unknown(struct ctx *cx, struct milter_visit *v, struct str line)
{
    struct str parts[] = {line, STR("\0")};
    struct milter_ask ask = {.command = MILTER_UNKNOWN,
                             .parts = parts,
                             .count = 2,
                             .no = NO_UNKNOWN,
                             .quiet = QUIET_UNKNOWN};
    return plain(cx, v, ask, STATE_GREETED, "unknown");
}

void milter_reset(struct milter_visit *v)
{
    struct arena *arena AUTO(arena_close) = v ? arena_open() : NULL;
    struct ctx cx = {.arena = arena};
    for (size_t i = 0; v && i < v->count; i++) {
        struct milter_line *line = &v->lines[i];
        bool under_way = line->state == STATE_MESSAGE || line->state == STATE_CONTENT;
        if (under_way)
            milter_tell(&cx, &line->talk, MILTER_ABORT);
        if (under_way)
            line->state = line->talk.stream ? STATE_GREETED : STATE_NEW;
        line->discards = false;
    }
}
