#include "core/account.h"
#include "proto/imap/command/handlers.h"
#include "proto/imap/mailbox/mailbox.h"
#include "proto/imap/wire/parse.h"
#include "proto/imap/wire/reply.h"
#include "service/push/push.h"

/* What the device says: "aps-version 2 aps-account-id ID ... mailboxes (INBOX Notes)". */
struct said {
    struct str version, id, token, subtopic;
    struct str *mailboxes; /* as they came over the wire */
    size_t count;
};

static enum code take_mailboxes(struct ctx *cx, struct cur *c, struct said *out)
{
    if (!cur_char(c, '('))
        return fail(cx, E_SYNTAX, "a list of mailboxes expected");
    out->mailboxes = ARENA_ARRAY(cx->arena, PUSH_MAILBOXES_MAX, struct str);
    out->count = 0;
    while (!cur_char(c, ')')) {
        if (out->count == PUSH_MAILBOXES_MAX)
            return fail(cx, E_LIMIT, "more than %d mailboxes", PUSH_MAILBOXES_MAX);
        if ((out->count && !imap_sp(c)) ||
            !imap_astring(cx->arena, c, &out->mailboxes[out->count++]))
            return fail(cx, E_SYNTAX, "a mailbox expected");
    }
    return OK;
}

static enum code take_pair(struct ctx *cx, struct cur *c, struct said *out)
{
    struct {
        struct str name;
        struct str *value;
    } const pairs[] = {
        {STR("aps-version "), &out->version},
        {STR("aps-account-id "), &out->id},
        {STR("aps-device-token "), &out->token},
        {STR("aps-subtopic "), &out->subtopic},
    };
    if (cur_word(c, STR("mailboxes ")))
        return take_mailboxes(cx, c, out);
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (cur_word(c, pairs[i].name))
            return imap_astring(cx->arena, c, pairs[i].value)
                       ? OK
                       : fail(cx, E_SYNTAX, "%.*sand a value expected", STR_ARG(pairs[i].name));
    return fail(cx, E_SYNTAX, "aps-version and its kin expected");
}

static enum code parse(struct ctx *cx, struct cur c, struct said *out)
{
    do {
        TRY(take_pair(cx, &c, out));
    } while (imap_sp(&c));
    if (!cur_end(&c) || !out->id.n || !out->token.n || !out->subtopic.n)
        return fail(cx, E_SYNTAX, "an account, a token and a subtopic expected");
    return OK;
}

/* Version 1 has no list, and means the INBOX. Mailboxes that are not there, or others', are passed
   over: the device is told of what it can see here. */
static enum code resolve(struct ctx *cx, const struct imap_session *s, const struct said *said,
                         struct push_device *out)
{
    static const struct str inbox[] = {STR("INBOX")};
    bool listed = said->mailboxes != NULL;
    const struct str *names = listed ? said->mailboxes : inbox;
    size_t count = listed ? said->count : 1;
    struct account_view *v AUTO(account_view_unref) = NULL;
    TRY(account_view_get(cx, s->env->core, s->account, &v));
    out->mailboxes = ARENA_ARRAY(cx->arena, count + 1, struct push_mailbox);
    for (size_t i = 0; i < count; i++) {
        struct str path;
        if (imap_mailbox_decode(cx, s, names[i], &path) != OK)
            continue;
        const struct folder_facts *f = account_folder_by_path(v, path);
        if (f && imap_folder_is_shown(f))
            out->mailboxes[out->mailbox_count++] = (struct push_mailbox){f->id, names[i]};
    }
    return OK;
}

static void answer(struct imap_call *call, struct str version, struct str topic)
{
    imap_say(call, STR("* XAPPLEPUSHSERVICE aps-version "));
    imap_put_string(&call->text, version);
    imap_say(call, STR(" aps-topic "));
    imap_put_string(&call->text, topic);
    imap_say(call, STR("\r\n"));
}

/* No RFC: what the mail program of iOS says, so that it need not look for mail by itself. */
enum code imap_xapplepushservice(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct push *push = s->env->push;
    struct said said = {.version = STR("2")};
    struct push_device device = {.account = s->account, .registered_ms = cx->now_ms};
    if (!push)
        return fail(cx, E_SYNTAX, "XAPPLEPUSHSERVICE is not offered");
    TRY(parse(cx, call->arg, &said));
    if (!str_eq(said.version, STR("1")) && !str_eq(said.version, STR("2")))
        return fail(cx, E_UNSUPPORTED, "versions 1 and 2 are known");
    if (s->account != s->reader) /* a device goes on hearing when rights are taken back */
        return fail(cx, E_DENIED, "for the owner of the mailboxes");
    TRY(resolve(cx, s, &said, &device));
    device.id = said.id;
    device.token = str_lower(cx->arena, said.token);
    device.subtopic = said.subtopic;
    TRY(push_register(cx, push, &device));
    answer(call, said.version, push_topic(push));
    return OK;
}
