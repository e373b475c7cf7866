#include "core/upkeep/check.h"
#include "core/upkeep/export.h"
#include "core/upkeep/renew.h"
#include "server/command/common.h"
#include "server/files.h"
#include "server/progress.h"
#include "store/maintain.h"

enum { SWEEP_BATCH = 1000, CHECK_PAGE = 200, FAULTS_SHOWN = 1000, REPAIR_ROUNDS = 100 };

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

/* What a check has found so far; the callbacks may come from a thread of the store. */
struct finding {
    struct ctx *cx;
    struct json *out;
    struct progress *progress;
    struct str where; /* account, or "blobs" */
    uint64_t shown;
};

static void found(void *arg, const char *what, struct str about, bool repaired)
{
    struct finding *f = arg;
    if (f->shown++ >= FAULTS_SHOWN)
        return;
    json_object(f->out);
    json_key(f->out, "in");
    json_str(f->out, f->where);
    json_key(f->out, "fault");
    json_str(f->out, str_z(what));
    json_key(f->out, "about");
    json_str(f->out, about);
    json_key(f->out, "repaired");
    json_bool(f->out, repaired);
    json_object_end(f->out);
}

static void step_blobs(void *arg, uint64_t blobs)
{
    const struct finding *f = arg;
    progress_step(f->progress, "bodies", blobs, 0);
}

struct totals {
    uint64_t accounts, accounts_all, items, faults, repaired;
};

static enum code check_one(struct ctx *cx, struct core *c, account_id id, bool repair,
                           struct finding *f, struct totals *sum)
{
    struct check_account out = {.repaired = 1};
    for (int round = 0; out.repaired && round < REPAIR_ROUNDS; round++) {
        TRY(core_check_account(cx, c, id, repair, found, f, &out));
        sum->faults += out.faults;
        sum->repaired += out.repaired;
        if (!repair)
            break;
    }
    sum->accounts++;
    sum->items += out.items;
    progress_step(f->progress, "accounts", sum->accounts, sum->accounts_all);
    return OK;
}

/* Kept by nobody, but quick beside what comes next. */
static enum code count_accounts(struct ctx *cx, struct core *c, uint64_t *out)
{
    struct str after = {0};
    uint64_t sum = 0;
    for (;;) {
        struct principal *page;
        size_t count;
        TRY(directory_list(cx, c, 0, after, CHECK_PAGE, &page, &count));
        for (size_t i = 0; i < count; i++)
            sum += page[i].has_account;
        if (count == 0)
            break;
        after = page[count - 1].address;
    }
    *out = sum;
    return OK;
}

static enum code check_accounts(struct ctx *cx, struct core *c, bool repair, struct finding *f,
                                struct totals *sum)
{
    struct str after = {0};
    for (;;) {
        struct principal *page;
        size_t count;
        TRY(directory_list(cx, c, 0, after, CHECK_PAGE, &page, &count));
        if (count == 0)
            return OK;
        for (size_t i = 0; i < count; i++) {
            f->where = page[i].address;
            if (page[i].has_account)
                TRY(check_one(cx, c, page[i].id, repair, f, sum));
        }
        after = page[count - 1].address;
    }
}

static enum code check(struct ctx *cx, struct command_call *call)
{
    struct finding f = {.cx = cx, .out = call->out, .progress = call->progress};
    struct totals sum = {0};
    struct store_check blobs = {.step = step_blobs};
    bool repair = args_flag(&call->args, "--repair");
    TRY(args_done(cx, &call->args));
    struct json *j = call->out;
    json_object(j);
    json_key(j, "faults_found");
    json_array(j);
    TRY(count_accounts(cx, call->server->core, &sum.accounts_all));
    TRY(check_accounts(cx, call->server->core, repair, &f, &sum));
    f.where = STR("blobs");
    TRY(store_check(cx, call->server->store, repair, found, &f, &blobs));
    json_array_end(j);
    print_count(j, "accounts", sum.accounts);
    print_count(j, "items", sum.items);
    print_count(j, "blobs", blobs.blobs);
    print_count(j, "references", blobs.references);
    print_count(j, "faults", sum.faults + blobs.faults);
    print_count(j, "repaired", sum.repaired + blobs.repaired);
    json_object_end(j);
    if (sum.faults + blobs.faults > sum.repaired + blobs.repaired)
        call->found = E_CORRUPT;
    return OK;
}

/* The server writes, in a directory of its own: only a whole path means the same to both. */
static enum code take_dir(struct ctx *cx, struct command_call *call, struct str *out)
{
    TRY(args_take(cx, &call->args, "DIR", out));
    TRY(args_done(cx, &call->args));
    if (!str_starts(*out, STR("/")))
        return fail(cx, E_SYNTAX, "DIR must start with /: the server writes there, not you");
    return OK;
}

/* Files go to another sink; each is a step. */
struct counted {
    struct export_sink to;
    struct progress *progress;
    uint64_t done, total;
};

static enum code counted_dir(struct ctx *cx, void *self, struct str path)
{
    const struct counted *c = self;
    return c->to.dir(cx, c->to.self, path);
}

static enum code counted_file(struct ctx *cx, void *self, struct str path, const struct rope *bytes)
{
    struct counted *c = self;
    progress_step(c->progress, "messages", ++c->done, c->total);
    return c->to.file(cx, c->to.self, path, bytes);
}

static enum code counted_append(struct ctx *cx, void *self, struct str path, struct str line)
{
    const struct counted *c = self;
    return c->to.append(cx, c->to.self, path, line);
}

static enum code export_one(struct ctx *cx, struct command_call *call)
{
    struct principal who;
    struct account_view *view AUTO(account_view_unref) = NULL;
    struct str dir;
    struct export_report report;
    TRY(cmd_take_account(cx, call, &who, &view));
    TRY(take_dir(cx, call, &dir));
    struct counted counted = {files_sink(&dir), call->progress, 0, account_facts(view)->items};
    struct export_sink sink = {&counted, counted_dir, counted_file, counted_append};
    TRY(export_account(cx, call->server->core, who.id, who.address, &sink, &report));
    json_object(call->out);
    json_key(call->out, "account");
    json_str(call->out, who.address);
    print_count(call->out, "folders", report.folders);
    print_count(call->out, "messages", report.items);
    print_count(call->out, "bytes", report.bytes);
    print_count(call->out, "missing", report.missing);
    json_object_end(call->out);
    return OK;
}

static enum code checkpoint(struct ctx *cx, struct command_call *call)
{
    struct str dir;
    TRY(take_dir(cx, call, &dir));
    TRY(store_checkpoint(cx, call->server->store, dir));
    cmd_done(call, "checkpoint made", dir);
    return OK;
}

/* One page of accounts; *count: how many there were in it. */
static enum code renew_page(struct ctx *cx, struct command_call *call, struct totals *sum,
                            struct str *after, size_t *count)
{
    struct core *c = call->server->core;
    struct principal *page;
    TRY(directory_list(cx, c, 0, *after, CHECK_PAGE, &page, count));
    for (size_t i = 0; i < *count; i++) {
        size_t folders;
        if (!page[i].has_account)
            continue;
        TRY(account_renew(cx, c, page[i].id, &folders));
        sum->items += folders;
        progress_step(call->progress, "accounts", ++sum->accounts, sum->accounts_all);
    }
    if (*count)
        *after = page[*count - 1].address;
    return OK;
}

static enum code restored(struct ctx *cx, struct command_call *call)
{
    struct totals sum = {0};
    struct str after = {0};
    size_t count = 1;
    TRY(args_done(cx, &call->args));
    TRY(count_accounts(cx, call->server->core, &sum.accounts_all));
    while (count)
        TRY(renew_page(cx, call, &sum, &after, &count));
    json_object(call->out);
    print_count(call->out, "accounts", sum.accounts);
    print_count(call->out, "folders_renumbered", sum.items);
    json_object_end(call->out);
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
    {.words = "store check",
     .usage = "[--repair]",
     .summary = "verify every account and every message body; --repair what is derived",
     .help =
         "It runs beside everything else. Counts, the change log and references can be derived\n"
         "again; a damaged body cannot, and is named. Exit status 8 when a fault is left.",
     .example = "postroad store check --repair",
     .slow = true,
     .changes = true,
     .run = check},
    {.words = "store sweep",
     .usage = "",
     .summary = "remove now what nobody refers to any more",
     .help = "The server does so by itself, once a minute.",
     .example = "postroad store sweep",
     .slow = true,
     .changes = true,
     .run = sweep},
    {.words = "store export",
     .usage = "ADDRESS DIR",
     .summary = "write a mailbox as plain files: .eml and lines of JSON",
     .help = "The server writes them below DIR, in a folder named as the account.",
     .example = "postroad store export jane.roe@health.example /var/tmp/export",
     .slow = true,
     .changes = true,
     .run = export_one},
    {.words = "store checkpoint",
     .usage = "DIR",
     .summary = "a consistent copy of the store, made in milliseconds",
     .help =
         "DIR must not exist and be on the same disk; it shares files with the store.\n"
         "To restore: stop the server, put a copy of DIR in the place of the store, start it and\n"
         "run: postroad store restored",
     .example = "postroad store checkpoint /var/lib/postroad/backup-monday",
     .slow = true,
     .changes = true,
     .run = checkpoint},
    {.words = "store restored",
     .usage = "",
     .summary = "after a copy was put back: numbers given out since then are not given out again",
     .help =
         "Mail programs forget what they knew of each folder (UIDVALIDITY changes) and read it\n"
         "anew. Run it once, right after the first start with the copy.",
     .example = "postroad store restored",
     .slow = true,
     .changes = true,
     .run = restored},
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
