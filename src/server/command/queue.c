/* The queue of mail for elsewhere. */
#include "server/command/common.h"
#include "service/transport/admin.h"

enum { LIST_USUAL = 100, LIST_MAX = 10000 };

static void put_str(struct json *j, const char *key, struct str value)
{
    json_key(j, key);
    json_str(j, value);
}

static void put_u64(struct json *j, const char *key, uint64_t value)
{
    json_key(j, key);
    json_u64(j, value);
}

static void put_time(struct ctx *cx, struct json *j, const char *key, int64_t ms)
{
    put_str(j, key, ms ? cmd_time(cx->arena, ms) : STR(""));
}

static enum code take_limit(struct ctx *cx, struct command_call *call, uint64_t *out)
{
    *out = LIST_USUAL;
    TRY(args_number(cx, &call->args, "--limit", out));
    return *out && *out <= LIST_MAX ? OK : fail(cx, E_SYNTAX, "--limit is 1 to %d", LIST_MAX);
}

static void print_message(struct ctx *cx, struct json *j, const struct queue_message_facts *m)
{
    const struct queue_recipient_facts *to = m->to_count ? &m->to[0] : NULL;
    json_object(j);
    put_u64(j, "id", m->id);
    put_str(j, "message", m->delivery_id);
    put_time(cx, j, "arrived", m->arrived_ms);
    put_str(j, "sender", m->return_path);
    put_u64(j, "bytes", m->size_bytes);
    put_u64(j, "recipients", m->to_count);
    put_str(j, "first", to ? to->address : STR(""));
    put_str(j, "state", m->held ? STR("held") : to ? to->state : STR(""));
    put_time(cx, j, "next", to ? to->next_ms : 0);
    put_str(j, "reply", to ? to->reply : STR(""));
    json_object_end(j);
}

static enum code print_destinations(struct ctx *cx, struct command_call *call, uint64_t limit)
{
    struct queue_destination_facts *all;
    size_t count;
    struct json *j = call->out;
    TRY(queue_destinations(cx, call->server->queue, limit, &all, &count));
    json_array(j);
    for (size_t i = 0; i < count; i++) {
        json_object(j);
        put_str(j, "destination", all[i].name);
        put_str(j, "state", all[i].state);
        put_u64(j, "messages", all[i].jobs);
        put_u64(j, "ready", all[i].ready);
        put_u64(j, "connections", all[i].slots);
        put_u64(j, "most", all[i].window);
        put_u64(j, "failures", all[i].fails);
        put_time(cx, j, "next", all[i].retry_ms);
        put_str(j, "why", all[i].why);
        json_object_end(j);
    }
    json_array_end(j);
    return OK;
}

static enum code list(struct ctx *cx, struct command_call *call)
{
    struct queue_filter filter = {.held = args_flag(&call->args, "--held")};
    bool destinations = args_flag(&call->args, "--destinations");
    struct queue_message_facts *all;
    uint64_t limit;
    size_t count;
    args_value(&call->args, "--destination", &filter.destination);
    args_value(&call->args, "--sender", &filter.sender);
    TRY(take_limit(cx, call, &limit));
    TRY(args_number(cx, &call->args, "--after", &filter.after));
    TRY(args_done(cx, &call->args));
    if (destinations)
        return print_destinations(cx, call, limit);
    TRY(queue_list(cx, call->server->queue, &filter, limit, &all, &count));
    json_array(call->out);
    for (size_t i = 0; i < count; i++)
        print_message(cx, call->out, &all[i]);
    json_array_end(call->out);
    return OK;
}

static enum code take_id(struct ctx *cx, struct command_call *call, uint64_t *id)
{
    struct str name;
    TRY(args_take(cx, &call->args, "ID", &name));
    return queue_find(cx, call->server->queue, name, id);
}

static enum code show(struct ctx *cx, struct command_call *call)
{
    struct queue_filter filter = {0};
    struct queue_message_facts *m;
    struct json *j = call->out;
    size_t count;
    TRY(take_id(cx, call, &filter.id));
    TRY(args_done(cx, &call->args));
    TRY(queue_list(cx, call->server->queue, &filter, 1, &m, &count));
    json_array(j);
    for (size_t i = 0; count && i < m->to_count; i++) {
        const struct queue_recipient_facts *to = &m->to[i];
        json_object(j);
        put_u64(j, "id", m->id);
        put_str(j, "sender", m->return_path);
        put_str(j, "recipient", to->address);
        put_str(j, "destination", to->destination);
        put_str(j, "state", m->held ? STR("held") : to->state);
        put_u64(j, "attempts", to->attempts);
        put_time(cx, j, "next", to->next_ms);
        put_time(cx, j, "expires", m->expires_ms);
        json_key(j, "priority");
        json_i64(j, m->priority);
        put_str(j, "status", to->status);
        put_str(j, "reply", to->reply);
        json_object_end(j);
    }
    json_array_end(j);
    return OK;
}

static enum code trace(struct ctx *cx, struct command_call *call)
{
    struct queue_event_facts *all;
    struct json *j = call->out;
    size_t count;
    uint64_t id;
    TRY(take_id(cx, call, &id));
    TRY(args_done(cx, &call->args));
    TRY(queue_trace(cx, call->server->queue, id, &all, &count));
    json_array(j);
    for (size_t i = 0; i < count; i++) {
        json_object(j);
        put_time(cx, j, "time", all[i].at_ms);
        put_str(j, "event", all[i].what);
        put_str(j, "address", all[i].address);
        put_str(j, "status", all[i].status);
        put_str(j, "text", all[i].text);
        json_object_end(j);
    }
    json_array_end(j);
    return OK;
}

/* One message, or those that a filter meets: never all by an oversight. */
static enum code act(struct ctx *cx, struct command_call *call, enum queue_act what,
                     const char *done)
{
    struct queue_filter filter = {0};
    uint64_t count;
    bool all = args_flag(&call->args, "--all");
    bool some = args_value(&call->args, "--destination", &filter.destination);
    some |= args_value(&call->args, "--sender", &filter.sender);
    if (!all && !some)
        TRY(take_id(cx, call, &filter.id));
    TRY(args_done(cx, &call->args));
    TRY(queue_act(cx, call->server->queue, &filter, what, &count));
    if (filter.id && !count)
        return fail(cx, E_NOT_FOUND, "the message has left the queue; see: postroad queue trace");
    cmd_done(call, done, str_printf(cx->arena, "%ju messages", (uintmax_t)count));
    return OK;
}

static enum code hold(struct ctx *cx, struct command_call *call)
{
    return act(cx, call, QUEUE_HOLD, "held");
}

static enum code release(struct ctx *cx, struct command_call *call)
{
    return act(cx, call, QUEUE_RELEASE, "released");
}

static enum code requeue(struct ctx *cx, struct command_call *call)
{
    return act(cx, call, QUEUE_REQUEUE, "requeued");
}

static enum code drop(struct ctx *cx, struct command_call *call)
{
    return act(cx, call, QUEUE_DROP, "dropped");
}

#define WHICH "ID | --destination NAME | --sender ADDRESS | --all"

const struct command queue_commands[] = {
    {.words = "queue list",
     .usage = "[--destinations] [--destination NAME] [--sender ADDRESS] [--held] [--after ID] "
              "[--limit N]",
     .summary = "mail that waits to go elsewhere, the oldest first",
     .help = "With --destinations: where it is to go, how much waits there, and why. --after goes\n"
             "on behind a message. 100 lines, unless --limit says more.",
     .example = "postroad queue list --destinations",
     .run = list},
    {.words = "queue show",
     .usage = "ID",
     .summary = "one message: its recipients, their state and last reply",
     .help = "ID is the queue's number, or the id that the reply to the sender and the log show.",
     .example = "postroad queue show 01K3ZQ4H5V8W2B7N",
     .run = show},
    {.words = "queue trace",
     .usage = "ID",
     .summary = "all that happened to a message, also after it left",
     .help = "Kept for history_days of the configuration after it came.",
     .example = "postroad queue trace 01K3ZQ4H5V8W2B7N --json",
     .run = trace},
    {.words = "queue hold",
     .usage = WHICH,
     .summary = "stop trying; its time does not run out meanwhile",
     .help = "",
     .example = "postroad queue hold --destination example.org",
     .slow = true,
     .changes = true,
     .run = hold},
    {.words = "queue release",
     .usage = WHICH,
     .summary = "go on with what is held",
     .help = "",
     .example = "postroad queue release --destination example.org",
     .slow = true,
     .changes = true,
     .run = release},
    {.words = "queue requeue",
     .usage = WHICH,
     .summary = "try now, by the routes of now",
     .help = "",
     .example = "postroad queue requeue --destination example.org",
     .slow = true,
     .changes = true,
     .run = requeue},
    {.words = "queue drop",
     .usage = WHICH,
     .summary = "throw away; the senders are not told",
     .help = "",
     .example = "postroad queue drop 01K3ZQ4H5V8W2B7N",
     .slow = true,
     .changes = true,
     .run = drop},
    {0},
};
