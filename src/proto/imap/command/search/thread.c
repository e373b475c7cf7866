#include "proto/imap/sort/thread.h"
#include "proto/imap/command/handlers.h"
#include "proto/imap/command/search/command.h"
#include "proto/imap/sync/limit.h"
#include "proto/imap/wire/parse.h"

static const struct str names[IMAP_THREAD_HOWS] = {
    [IMAP_ORDEREDSUBJECT] = STR("ORDEREDSUBJECT"),
    [IMAP_REFERENCES] = STR("REFERENCES"),
    [IMAP_REFS] = STR("REFS"),
};

static enum code parse(struct ctx *cx, const struct imap_target *t, struct cur *c,
                       enum imap_thread_how *how, struct imap_search *search)
{
    struct str name, charset;
    unsigned i = 0;
    if (!imap_atom(c, &name))
        return fail(cx, E_SYNTAX, "threading algorithm expected");
    while (i < IMAP_THREAD_HOWS && !str_ieq(name, names[i]))
        i++;
    if (i == IMAP_THREAD_HOWS)
        return fail(cx, E_SYNTAX, "no such threading algorithm");
    *how = i;
    if (!imap_sp(c) || !imap_astring(cx->arena, c, &charset) || !imap_sp(c))
        return fail(cx, E_SYNTAX, "charset and search keys expected");
    return imap_search_keys(cx, t, c, charset, search);
}

enum code imap_thread(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct cur c = call->arg;
    struct imap_target target = imap_target_of(s);
    struct imap_search search = {0};
    enum imap_thread_how how = IMAP_REFERENCES;
    struct imap_found found;
    struct imap_forest forest;
    enum code code = parse(cx, &target, &c, &how, &search);
    if (code == OK)
        code = imap_limit_whole(cx, s, call, view_count(target.view));
    if (code == OK)
        code = imap_search_find(cx, s, &target, &search, &found);
    if (code == OK)
        code = imap_thread_run(cx, &target, how, &found, &forest);
    if (code != OK)
        return imap_search_failed(cx, s, call, &search, code);
    struct imap_answer answer = {.target = &target, .found = &found, .uid = call->uid};
    imap_say(call, found.count ? STR("* THREAD ") : STR("* THREAD"));
    imap_thread_put(cx, &forest, &answer, &call->text);
    imap_say(call, STR("\r\n"));
    return OK;
}
