#include "service/submission/submission.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/random.h"
#include "format/address.h"
#include "format/date.h"
#include "service/mailauth.h"
#include "service/mailauth/signer.h"

enum { ID_TIME_DIGITS = 9 };

enum code submission_sender_check(struct ctx *cx, struct core *c, principal_id who,
                                  struct str sender, const char **no)
{
    struct account_view *v AUTO(account_view_unref) = NULL;
    *no = NULL;
    if (sender.n) {
        enum code code = directory_may_send_as(cx, c, who, sender);
        if (code == E_DENIED) {
            *no = "550 5.7.1 You may not send as this address";
            return OK;
        }
        TRY(code);
    }
    enum code code = account_view_get(cx, c, who, &v);
    if (code == E_NOT_FOUND)
        return OK; /* has a log-in and no mailbox */
    TRY(code);
    if (account_may_send(cx, v) == E_LIMIT)
        *no = "552 5.2.2 Your mailbox is over its limit for sending";
    return OK;
}

/* Each address that the field shows as author must be the person's own, or granted. */
static enum code authors_check(struct ctx *cx, struct core *c, principal_id who, struct str value,
                               const char **no)
{
    struct address_list list = address_parse(cx->arena, value);
    size_t authors = 0;
    for (size_t i = 0; i < list.count; i++) {
        if (list.at[i].kind != ADDRESS_MAILBOX)
            continue;
        if (++authors > SUBMISSION_AUTHORS_MAX)
            break;
        enum code code = directory_may_send_as(cx, c, who, address_spec(cx->arena, &list.at[i]));
        if (code == E_DENIED) {
            *no = "550 5.7.1 You may not send as an address in From or Sender";
            return OK;
        }
        TRY(code);
    }
    if (authors == 0 || authors > SUBMISSION_AUTHORS_MAX)
        *no = "550 5.6.0 From or Sender without a usable address, or with too many";
    return OK;
}

enum code submission_header_check(struct ctx *cx, struct core *c, principal_id who,
                                  const struct header_facts *h, const char **no)
{
    *no = NULL;
    if (h->garbage)
        *no = "550 5.6.0 A line of the header is no field";
    else if (h->from != 1)
        *no = "550 5.6.0 The message must have one From field";
    else if (h->sender > 1)
        *no = "550 5.6.0 The message has more than one Sender field";
    if (*no)
        return OK;
    TRY(authors_check(cx, c, who, h->from_value, no));
    if (!*no && h->sender)
        return authors_check(cx, c, who, h->sender_value, no);
    return OK;
}

struct str submission_complete(struct ctx *cx, struct str message, const struct header_facts *h,
                               struct str id, struct str host_name)
{
    if (h->has_date && h->has_message_id)
        return message;
    struct buf b = buf_of(cx->arena, 1024 + message.n);
    if (!h->has_date) {
        buf_add(&b, STR("Date: "));
        date_put_rfc5322(&b, (struct date){.utc_ms = cx->now_ms});
        buf_add(&b, STR("\r\n"));
    }
    if (!h->has_message_id)
        buf_printf(&b, "Message-ID: <%.*s@%.*s>\r\n", STR_ARG(id), STR_ARG(host_name));
    buf_add(&b, message);
    must(!b.overflow);
    return buf_str(&b);
}

void submission_sign(struct ctx *cx, struct signer *s, struct log *log,
                     const struct header_facts *h, struct delivery_message *m)
{
    struct str fields = {0};
    if (!s)
        return;
    struct str domain = mailauth_author(cx, h->from_value);
    enum code code = signer_sign(cx, s, domain, m->bytes, &fields);
    if (code != OK)
        log_event(log, LOG_WARN, "smtp.signing_failed", "id=%.*s code=%s what=%s", STR_ARG(m->id),
                  code_name(code), log_quote(cx->arena, str_z(cx->err.what)));
    if (fields.n)
        m->received = str_join(cx->arena, (struct str[]){fields, m->received}, 2);
}

/* Crockford's alphabet: no letter that looks like a digit. */
static void digits(struct buf *b, uint64_t value, unsigned count)
{
    static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    while (count-- > 0)
        buf_byte(b, alphabet[value >> (5 * count) & 31]);
}

struct str submission_new_id(struct ctx *cx)
{
    struct buf b = buf_of(cx->arena, SUBMISSION_ID_BYTES);
    digits(&b, (uint64_t)cx->now_ms, ID_TIME_DIGITS); /* 45 bits: in order until the year 3084 */
    digits(&b, random_u64(cx->random), SUBMISSION_ID_BYTES - ID_TIME_DIGITS);
    return buf_str(&b);
}
