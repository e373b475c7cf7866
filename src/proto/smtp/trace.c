/* Trace fields (RFC 5321 section 4.4). */
#include "format/date.h"
#include "proto/smtp/session.h"

enum { RECEIVED_MAX = 4096 };

/* RFC 3848, RFC 6531 section 4.3. */
static const char *protocol(const struct smtp_session *s)
{
    static const char *const names[2][2][4] = {
        {{"ESMTP", "ESMTPS", "ESMTPA", "ESMTPSA"},
         {"UTF8SMTP", "UTF8SMTPS", "UTF8SMTPA", "UTF8SMTPSA"}},
        {{"LMTP", "LMTPS", "LMTPA", "LMTPSA"},
         {"UTF8LMTP", "UTF8LMTPS", "UTF8LMTPA", "UTF8LMTPSA"}},
    };
    if (!s->extended || (s->told && str_eq(s->told->values.at[TOLD_PROTO], STR("SMTP"))))
        return "SMTP";
    return names[s->lmtp][s->t.utf8][(s->peer->tls ? 1 : 0) + (s->logged_in ? 2 : 0)];
}

/* The address as a literal; behind a unix socket there is none. */
static void client_put(struct buf *b, struct str address)
{
    if (str_starts(address, STR("unix")) || str_eq(address, STR("unknown"))) {
        buf_add(b,
                str_eq(address, STR("unknown")) ? STR(" (unknown)") : STR(" (by a unix socket)"));
        return;
    }
    buf_add(b, str_chr(address, ':') != SIZE_MAX ? STR(" ([IPv6:") : STR(" (["));
    buf_add(b, address);
    buf_add(b, STR("])"));
}

struct str smtp_received(struct ctx *cx, const struct smtp_session *s, struct str id)
{
    struct buf b = buf_of(cx->arena, RECEIVED_MAX);
    const struct tls_facts *tls = s->peer->tls;
    buf_add(&b, STR("Received: from "));
    buf_add(&b, s->helo);
    client_put(&b, s->peer->address);
    buf_add(&b, STR("\r\n\tby "));
    buf_add(&b, s->env->host_name);
    buf_add(&b, STR(" (Postroad) with "));
    buf_add(&b, str_z(protocol(s)));
    buf_add(&b, STR(" id "));
    buf_add(&b, id);
    /* Who else gets it is nobody's business. */
    if (s->t.to_count == 1) {
        buf_add(&b, STR("\r\n\tfor <"));
        buf_add(&b, s->t.to[0].route.address);
        buf_byte(&b, '>');
    }
    /* RFC 8314 section 4.3. */
    if (tls && tls->cipher.n) {
        buf_add(&b, STR("\r\n\ttls "));
        buf_add(&b, tls->cipher);
    }
    buf_add(&b, STR(";\r\n\t"));
    date_put_rfc5322(&b, (struct date){.utc_ms = cx->now_ms});
    buf_add(&b, STR("\r\n"));
    must(!b.overflow);
    return buf_str(&b);
}
