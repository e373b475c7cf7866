/* notify by mail (RFC 5435, 5436), and the note to an owner whose script fails. */
#include "base/cur.h"
#include "base/log.h"
#include "format/address.h"
#include "format/header.h"
#include "format/hex.h"
#include "format/utf8.h"
#include "service/filter/write.h"

enum { NOTIFIED_MAX = 10 }; /* addresses of one mailto: */

/* "%20" undone (RFC 6068). */
static struct str unescaped(struct arena *a, struct str s)
{
    struct buf b = buf_of(a, s.n + 1);
    for (size_t i = 0; i < s.n; i++) {
        struct str byte = str_sub(s, i + 1, 2);
        bool is_hex = byte.n == 2 && hex_digit(byte.p[0]) >= 0 && hex_digit(byte.p[1]) >= 0;
        if (s.p[i] == '%' && is_hex) {
            buf_byte(&b, (char)(hex_digit(byte.p[0]) * 16 + hex_digit(byte.p[1])));
            i += 2;
        } else {
            buf_byte(&b, s.p[i]);
        }
    }
    return utf8_clean(a, buf_str(&b));
}

/* What a mailto: URI says. */
struct mailto {
    struct str to, subject, body; /* to: addresses by commas */
};

static void header_take(struct arena *a, struct str name, struct str value, struct mailto *out)
{
    struct str text = unescaped(a, value);
    if (str_ieq(name, STR("subject")))
        out->subject = text;
    else if (str_ieq(name, STR("body")))
        out->body = text;
    else if (str_ieq(name, STR("to")) || str_ieq(name, STR("cc")))
        out->to = str_join(a, (struct str[]){out->to, out->to.n ? STR(",") : STR(""), text}, 3);
}

static bool mailto_parse(struct arena *a, struct str uri, struct mailto *out)
{
    struct cur c = cur_of(uri);
    struct str to, one;
    *out = (struct mailto){0};
    if (!cur_word(&c, STR("mailto:")))
        return false;
    if (!cur_until(&c, '?', &to)) {
        to = c.rest;
        c.rest = (struct str){0};
    }
    out->to = unescaped(a, to);
    while (!cur_end(&c)) {
        if (!cur_until(&c, '&', &one)) {
            one = c.rest;
            c.rest = (struct str){0};
        }
        size_t is = str_chr(one, '=');
        if (is != SIZE_MAX)
            header_take(a, str_sub(one, 0, is), str_from(one, is + 1), out);
    }
    return out->to.n > 0;
}

static struct str notice_write(struct filtering *x, const struct sieve_notify *n,
                               const struct mailto *uri, struct str to)
{
    struct arena *a = x->cx->arena;
    struct str about = header_text(a, field_of(x, STR("Subject")));
    struct str from = header_text(a, field_of(x, STR("From")));
    struct str subject = uri->subject.n ? uri->subject : n->message.n ? n->message : about;
    struct str body = uri->body.n
                          ? uri->body
                          : str_printf(a, "%.*s%sNew mail from %.*s: %.*s\n", STR_ARG(n->message),
                                       n->message.n ? "\n\n" : "", STR_ARG(from), STR_ARG(about));
    const struct made m = {
        .from = made_owner(x),
        .to = str_printf(a, "<%.*s>", STR_ARG(to)),
        .subject = subject.n ? subject : STR("New mail"),
        .auto_submitted =
            str_printf(a, "auto-notified; owner-email=\"%.*s\"", STR_ARG(x->owner.address)),
        .more = n->importance == '1'   ? STR("Importance: high\r\n")
                : n->importance == '3' ? STR("Importance: low\r\n")
                                       : (struct str){0},
        .content = made_text(a, body),
    };
    return made_write(x, &m);
}

static enum code notice_send(struct filtering *x, const struct sieve_notify *n,
                             const struct mailto *uri, struct str to)
{
    struct filter_sent *sent;
    folder_id folder;
    bool allowed;
    TRY(may_leave(x, to, &allowed));
    if (!allowed) {
        log_event(x->f->core->log, LOG_INFO, "sieve.not_sent", "id=%.*s account=%llu why=policy",
                  STR_ARG(x->message->m->id), (unsigned long long)x->to->account);
        return OK;
    }
    struct str bytes = notice_write(x, n, uri, to);
    TRY(sent_add(x, FILTER_NOTICE, &sent));
    TRY(blob_of(x, bytes, &sent->blob));
    sent->to = to;
    if (!n->fcc.folder.n && !n->fcc.special_use.n && !n->fcc.mailbox_id.n)
        return OK;
    TRY(place_find(x, &n->fcc, &folder)); /* RFC 8580 */
    return copy_add(x, folder, &n->fcc, bytes, true);
}

enum code notify_do(struct filtering *x, const struct sieve_action *a)
{
    struct mailto uri;
    /* RFC 5436 section 2.7.1: what machines send makes no notifications. */
    if (!mailto_parse(x->cx->arena, a->notify.method, &uri) || is_automatic(x))
        return OK;
    struct address_list list = address_parse(x->cx->arena, uri.to);
    for (size_t i = 0; i < list.count && i < NOTIFIED_MAX; i++) {
        struct str to = address_spec(x->cx->arena, &list.at[i]);
        if (list.at[i].kind == ADDRESS_MAILBOX && address_valid(to))
            TRY(notice_send(x, &a->notify, &uri, to));
    }
    return OK;
}

enum code trouble_tell(struct filtering *x, struct str what)
{
    struct arena *a = x->cx->arena;
    const struct sieve_place plain = {0};
    struct str key;
    bool known = false;
    TRY(memory_key(x, (struct str[]){STR("trouble")}, 1, &key));
    TRY(script_remembers(x->cx, x->f->core, x->to->account, REMEMBERED_TROUBLE, key, &known));
    for (size_t i = 0; i < x->plan->memory_count; i++)
        known |= str_eq(x->plan->memories[i].key, key);
    if (known)
        return OK;
    memory_add(x, REMEMBERED_TROUBLE, key, FILTER_TROUBLE_S);
    struct str text =
        str_printf(a,
                   "A filter of your mailbox %.*s could not do what it says:\n\n    %.*s\n\n"
                   "The message was kept. You will not be told again for a day.\n",
                   STR_ARG(x->owner.address), STR_ARG(what));
    const struct made m = {
        .from = str_printf(a, "Mail service <postmaster@%.*s>", STR_ARG(x->f->core->host_name)),
        .to = str_printf(a, "<%.*s>", STR_ARG(x->owner.address)),
        .subject = STR("A filter of your mailbox failed"),
        .auto_submitted = STR("auto-generated"),
        .content = made_text(a, text),
    };
    return copy_add(x, x->to->inbox, &plain, made_write(x, &m), true);
}
