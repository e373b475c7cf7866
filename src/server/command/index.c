#include "core/account.h"
#include "core/search.h"
#include "server/command/common.h"
#include "service/indexer.h"

enum { PAGE = 200 };

static void number(struct json *j, const char *key, uint64_t value)
{
    json_key(j, key);
    json_u64(j, value);
}

/* One row: how far the index of an account is. */
static enum code row(struct ctx *cx, struct command_call *call, const struct principal *who)
{
    struct search_status status;
    struct account_view *v AUTO(account_view_unref) = NULL;
    uint64_t messages = 0;
    TRY(account_view_get(cx, call->server->core, who->id, &v));
    TRY(search_status(cx, call->server->search, who->id, &status));
    for (size_t i = 0; i < account_folder_count(v); i++)
        if (!account_folder(v, i)->hidden)
            messages += account_folder(v, i)->total;
    double rate = indexer_rate(call->server->indexer, who->id);
    uint64_t left = messages > status.messages ? messages - status.messages : 0;
    struct json *j = call->out;
    json_object(j);
    json_key(j, "address");
    json_str(j, who->address);
    number(j, "messages", messages);
    number(j, "indexed", status.messages);
    number(j, "behind", status.modseq - status.indexed_modseq);
    number(j, "bytes", status.bytes);
    number(j, "rate", (uint64_t)rate);
    number(j, "remaining_s", rate >= 1 ? (uint64_t)((double)left / rate) : 0);
    json_object_end(j);
    return OK;
}

static enum code all_rows(struct ctx *cx, struct command_call *call)
{
    struct str after = {0};
    for (;;) {
        struct principal *page;
        size_t count;
        TRY(directory_list(cx, call->server->core, 0, after, PAGE, &page, &count));
        if (!count)
            return OK;
        for (size_t i = 0; i < count; i++)
            if (page[i].has_account)
                TRY(row(cx, call, &page[i]));
        after = page[count - 1].address;
    }
}

static enum code index_status(struct ctx *cx, struct command_call *call)
{
    struct principal who;
    struct account_view *v AUTO(account_view_unref) = NULL;
    bool one = call->args.count > 0;
    if (one)
        TRY(cmd_take_account(cx, call, &who, &v));
    TRY(args_done(cx, &call->args));
    json_array(call->out);
    TRY(one ? row(cx, call, &who) : all_rows(cx, call));
    json_array_end(call->out);
    return OK;
}

static enum code rebuild(struct ctx *cx, struct command_call *call)
{
    struct principal who;
    struct account_view *v AUTO(account_view_unref) = NULL;
    TRY(cmd_take_account(cx, call, &who, &v));
    TRY(args_done(cx, &call->args));
    TRY(indexer_rebuild(cx, call->server->indexer, who.id));
    cmd_done(call, "index begun anew", who.address);
    return OK;
}

const struct command index_commands[] = {
    {.words = "index status",
     .usage = "[ADDRESS]",
     .summary = "how far the full-text indexes are, of one account or of all",
     .help =
         "behind: changes that the index has not seen; a search reads what they brought. rate:\n"
         "messages a second, and the seconds that remain, while there is much to do.",
     .example = "postroad index status jane.roe@health.example",
     .slow = true,
     .run = index_status},
    {.words = "index rebuild",
     .usage = "ADDRESS",
     .summary = "throw an account's full-text index away and build it anew",
     .help = "Returns at once; index status shows the progress. Searches read messages meanwhile.",
     .example = "postroad index rebuild jane.roe@health.example",
     .changes = true,
     .run = rebuild},
    {0},
};
