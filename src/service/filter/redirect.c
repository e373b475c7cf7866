/* redirect (RFC 5228 section 4.2): sent on by the queue, unless it goes in a circle, was sent there
   already, or may not leave (P7). Then the message is kept. */
#include "base/log.h"
#include "core/audit.h"
#include "format/header.h"
#include "service/filter/parts.h"

#define REDIRECTED_FROM STR("X-Sieve-Redirected-From")

/* Domains of the forest are inside, agencies' own systems among them. */
enum code may_leave(struct filtering *x, struct str address, bool *out)
{
    struct domain d;
    size_t at = str_rchr(address, '@');
    *out = true;
    if (at == SIZE_MAX || x->forward == FORWARD_ALLOWED)
        return OK;
    enum code code = directory_domain_by_name(x->cx, x->f->core, str_from(address, at + 1), &d);
    *out = code == OK;
    return code == E_NOT_FOUND || code == E_SYNTAX ? OK : code;
}

static void say_no(struct filtering *x, const char *why)
{
    log_event(x->f->core->log, LOG_INFO, "sieve.not_sent", "id=%.*s account=%llu why=%s",
              STR_ARG(x->message->m->id), (unsigned long long)x->to->account, why);
}

/* Once a day for each account and address. */
static enum code refusal_note(struct filtering *x, struct str address)
{
    const struct audit_entry entry = {.at_ms = x->cx->now_ms,
                                      .actor = x->owner.address,
                                      .act = STR("sieve.forward-refused"),
                                      .object = address,
                                      .detail = STR("forwarding to the outside is not allowed")};
    struct str key;
    bool known = false;
    TRY(memory_key(x, (struct str[]){STR("forward"), address}, 2, &key));
    TRY(script_remembers(x->cx, x->f->core, x->to->account, REMEMBERED_TROUBLE, key, &known));
    if (known)
        return OK;
    memory_add(x, REMEMBERED_TROUBLE, key, FILTER_TROUBLE_S);
    TRY(audit_add(x->cx, x->f->core, &entry));
    return trouble_tell(x, str_printf(x->cx->arena, "mail may not be sent on to the outside: %.*s",
                                      STR_ARG(address)));
}

struct str field_of(const struct filtering *x, struct str name)
{
    struct header_field field;
    return header_find(mime_header(x->mime, 0), name, &field) ? field.value : (struct str){0};
}

/* Has it been here, or too often anywhere? */
static bool goes_round(const struct filtering *x)
{
    struct str parts[] = {x->message->trace, mime_header(x->message->mime, 0)};
    uint32_t received = 0, redirected = 0;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        struct cur c = cur_of(parts[i]);
        struct header_field field;
        while (header_next(&c, &field)) {
            received += str_ieq(field.name, STR("Received"));
            if (!str_ieq(field.name, REDIRECTED_FROM))
                continue;
            if (str_ieq(str_trim(field.value), x->owner.address))
                return true;
            redirected++;
        }
    }
    return received > FILTER_LISTS_MAX || redirected >= FILTER_HOPS_MAX;
}

/* The same message to the same address: a copy came by another way. */
static enum code is_repeated(struct filtering *x, struct str address, struct str *key, bool *out)
{
    struct str id = field_of(x, STR("Message-ID"));
    *out = false;
    *key = (struct str){0};
    if (!id.n)
        return OK;
    struct str parts[] = {STR("redirect"), id, str_lower(x->cx->arena, address)};
    TRY(memory_key(x, parts, 3, key));
    return script_remembers(x->cx, x->f->core, x->to->account, REMEMBERED_REDIRECT, *key, out);
}

static uint32_t notify_of(struct str words)
{
    return (str_ifind(words, STR("NEVER")) != SIZE_MAX ? NOTIFY_NEVER : 0u) |
           (str_ifind(words, STR("SUCCESS")) != SIZE_MAX ? NOTIFY_SUCCESS : 0u) |
           (str_ifind(words, STR("FAILURE")) != SIZE_MAX ? NOTIFY_FAILURE : 0u) |
           (str_ifind(words, STR("DELAY")) != SIZE_MAX ? NOTIFY_DELAY : 0u);
}

static enum code keep_instead(struct filtering *x, const struct sieve_action *a)
{
    const struct sieve_place plain = {0};
    return a->copy ? OK : copy_add(x, x->to->keep, &plain, bytes_of(x, a), false);
}

/* RFC 6134: a list that is a group of ours; its address is whom it goes to. */
static struct str address_of(const struct sieve_action *a)
{
    struct str group = STR("urn:postroad:group:");
    if (!a->list)
        return a->address;
    return str_starts(a->address, group) ? str_from(a->address, group.n) : (struct str){0};
}

static enum code queue_it(struct filtering *x, const struct sieve_action *a, struct str address)
{
    const struct delivery_message *m = x->message->m;
    struct filter_sent *sent;
    struct str bytes = bytes_of(x, a);
    TRY(sent_add(x, FILTER_REDIRECT, &sent));
    if (bytes.p)
        TRY(blob_of(x, bytes, &sent->blob));
    sent->to = address;
    sent->forwarder = x->owner.address;
    sent->return_path = m->return_path;
    sent->trace = str_printf(x->cx->arena, "X-Sieve-Redirected-From: %.*s\r\n%.*s",
                             STR_ARG(x->owner.address), STR_ARG(m->received));
    sent->notify = notify_of(a->dsn.notify);
    sent->headers_only = str_ieq(a->dsn.ret, STR("HDRS"));
    sent->utf8 = m->utf8;
    if (a->dsn.by_set && a->dsn.by_seconds > 0)
        sent->by_ms = x->cx->now_ms + 1000 * a->dsn.by_seconds;
    sent->by_return = a->dsn.by_mode == 'R';
    return OK;
}

enum code redirect_do(struct filtering *x, const struct sieve_action *a)
{
    struct str key, address = address_of(a);
    bool known, allowed;
    if (!address.n || goes_round(x)) {
        say_no(x, address.n ? "loop" : "list");
        return keep_instead(x, a);
    }
    TRY(may_leave(x, address, &allowed));
    if (!allowed) {
        say_no(x, "policy");
        TRY(refusal_note(x, address));
        return keep_instead(x, a);
    }
    TRY(is_repeated(x, address, &key, &known));
    if (known) {
        say_no(x, "repeated");
        return OK; /* it is there already */
    }
    if (key.n)
        memory_add(x, REMEMBERED_REDIRECT, key, FILTER_REPEAT_S);
    return queue_it(x, a, address);
}
