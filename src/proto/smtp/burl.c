/* BURL (RFC 4468): a message, or a part of it, from a mailbox. */
#include "base/log.h"
#include "format/imap_url.h"
#include "proto/smtp/command.h"

bool smtp_has_burl(const struct smtp_session *s)
{
    return s->submission && s->env->urls;
}

/* Like a failed chunk: the message has a hole, so the transaction ends. */
static enum code give_up(struct smtp_session *s, struct reply *r, const char *text)
{
    smtp_reset(s);
    smtp_say(s, r, text);
    return OK;
}

/* RFC 4468 section 5; X.7.14 by its erratum. */
static const char *failure_text(enum code code)
{
    if (code == E_NOT_FOUND || code == E_DENIED || code == E_UNSUPPORTED)
        return "554 5.6.6 The message of the URL is not available";
    if (code == E_SYNTAX)
        return "501 5.5.4 That is no URL of a message";
    if (code == E_LIMIT)
        return "552 5.3.4 Message too big for this server";
    return "450 4.6.6 The message of the URL is not available now";
}

static enum code fetch(struct ctx *cx, struct smtp_session *s, struct str url, struct str *out)
{
    const struct smtp_urls *urls = s->env->urls;
    struct rope bytes = rope_of(cx->arena);
    TRY(urls->read(cx, urls->self, url, s->who, &bytes));
    bool fits = bytes.bytes <= s->env->limits->message_bytes;
    if (fits)
        *out = rope_flatten(&bytes, cx->arena);
    rope_drop(&bytes);
    return fits ? OK : fail(cx, E_LIMIT, "BURL: larger than a message may be");
}

/* Whether the URL is one of ours; only those are trusted. */
static bool is_elsewhere(struct ctx *cx, const struct smtp_session *s, struct str url)
{
    struct imap_url parts;
    struct ctx own = *cx;
    return imap_url_parse(&own, url, &parts) == OK && parts.absolute &&
           !str_ieq(parts.host, s->env->host_name);
}

static enum code take(struct ctx *cx, struct smtp_session *s, struct str url, bool last,
                      struct reply *r)
{
    struct str bytes = {0};
    if (is_elsewhere(cx, s, url))
        return give_up(s, r, "554 5.7.14 The URL is of a server that is not trusted");
    enum code code = fetch(cx, s, url, &bytes);
    if (code != OK) {
        log_event(s->env->log, LOG_INFO, "smtp.burl_failed",
                  "connection=%llu auth=%s code=%s what=%s", (unsigned long long)s->peer->id,
                  log_quote(cx->arena, s->login), code_name(code),
                  log_quote(cx->arena, str_z(cx->err.what)));
        return give_up(s, r, failure_text(code));
    }
    const char *no = smtp_chunk_refusal(s, bytes.n);
    if (no)
        return give_up(s, r, no);
    s->t.chunk_more = !last;
    smtp_chunk_take(cx, s, bytes, last, r);
    return OK;
}

enum code smtp_burl(struct ctx *cx, struct smtp_session *s, struct cur arg, struct reply *r)
{
    struct str url;
    bool last = false;
    if (!smtp_has_burl(s))
        return smtp_refuse(s, r, "502 5.5.1 No URLs here");
    const char *no = smtp_chunk_refusal(s, 0);
    if (no)
        return smtp_refuse(s, r, no);
    if (cur_until(&arg, ' ', &url)) {
        last = cur_word(&arg, STR("LAST"));
        if (!last || !cur_end(&arg))
            return smtp_refuse(s, r, "501 5.5.4 Say BURL, a URL and LAST");
    } else {
        url = arg.rest;
    }
    if (url.n == 0)
        return smtp_refuse(s, r, "501 5.5.4 Say BURL, a URL and LAST");
    return take(cx, s, url, last, r);
}
