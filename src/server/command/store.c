#include "server/command/common.h"
#include "store/maintain.h"

enum { SWEEP_BATCH = 1000 };

static void print_count(struct json *j, const char *key, uint64_t value)
{
    json_key(j, key);
    json_u64(j, value);
}

static enum code store_show(struct ctx *cx, struct command_call *call)
{
    TRY(args_done(cx, &call->args));
    struct store_stats stats = store_stats(call->server->store);
    struct json *j = call->out;
    json_object(j);
    json_key(j, "healthy");
    json_bool(j, store_is_healthy(call->server->store));
    print_count(j, "bytes_on_disk", stats.bytes_on_disk);
    print_count(j, "commits", stats.commits);
    print_count(j, "syncs", stats.syncs);
    print_count(j, "bytes_committed", stats.bytes_committed);
    print_count(j, "blob_cache_hits", stats.blob_hits);
    print_count(j, "blob_cache_misses", stats.blob_misses);
    print_count(j, "blob_cache_bytes", stats.blob_cached_bytes);
    json_object_end(j);
    return OK;
}

static enum code sweep(struct ctx *cx, struct command_call *call)
{
    TRY(args_done(cx, &call->args));
    size_t total = 0, removed;
    bool more = true;
    while (more) {
        TRY(store_sweep(cx, call->server->store, SWEEP_BATCH, &removed, &more));
        total += removed;
    }
    json_object(call->out);
    print_count(call->out, "blobs_removed", total);
    json_object_end(call->out);
    return OK;
}

static enum code checkpoint(struct ctx *cx, struct command_call *call)
{
    struct str dir;
    TRY(args_take(cx, &call->args, "DIR", &dir));
    TRY(args_done(cx, &call->args));
    TRY(store_checkpoint(cx, call->server->store, dir));
    cmd_done(call, "checkpoint made", dir);
    return OK;
}

static enum code compact(struct ctx *cx, struct command_call *call)
{
    TRY(args_done(cx, &call->args));
    store_compact(call->server->store);
    cmd_done(call, "compacted", STR("store"));
    return OK;
}

const struct command store_commands[] = {
    {.words = "store show",
     .usage = "",
     .summary = "size, commits and syncs of the store",
     .help = "",
     .example = "postroad store show --json",
     .run = store_show},
    {.words = "store sweep",
     .usage = "",
     .summary = "remove now what nobody refers to any more",
     .help = "The server does so by itself, once a minute.",
     .example = "postroad store sweep",
     .slow = true,
     .changes = true,
     .run = sweep},
    {.words = "store checkpoint",
     .usage = "DIR",
     .summary = "a consistent copy of the store, made in milliseconds",
     .help = "DIR must not exist and be on the same disk; it shares files with the store.",
     .example = "postroad store checkpoint /var/lib/postroad/backup-monday",
     .slow = true,
     .changes = true,
     .run = checkpoint},
    {.words = "store compact",
     .usage = "",
     .summary = "give the space of removed things back to the disk",
     .help = "It may take minutes; the server goes on serving.",
     .example = "postroad store compact",
     .slow = true,
     .changes = true,
     .run = compact},
    {0},
};
