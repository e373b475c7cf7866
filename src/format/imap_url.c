#include "format/imap_url.h"
#include "base/buf.h"
#include "base/cur.h"
#include "format/date.h"
#include "format/hex.h"
#include "format/utf8.h"

static enum code bad(struct ctx *cx, const char *what)
{
    return fail(cx, E_SYNTAX, "IMAP URL: %s", what);
}

/* %XX undone; NUL and controls cannot be. */
static enum code decoded(struct ctx *cx, struct str in, struct str *out)
{
    struct buf b = buf_of(cx->arena, in.n);
    for (size_t i = 0; i < in.n; i++) {
        char c = in.p[i];
        if (c == '%') {
            int high = i + 2 < in.n ? hex_digit(in.p[i + 1]) : -1;
            int low = i + 2 < in.n ? hex_digit(in.p[i + 2]) : -1;
            if (high < 0 || low < 0)
                return bad(cx, "two digits have to follow a percent sign");
            c = (char)(high * 16 + low);
            i += 2;
        }
        if ((unsigned char)c < ' ' || c == 0x7f)
            return bad(cx, "a control character");
        buf_byte(&b, c);
    }
    struct str text = buf_str(&b);
    if (!utf8_valid(text))
        return bad(cx, "not UTF-8");
    *out = text;
    return OK;
}

/* Everything up to one of the stops, or the end. */
static struct str until_any(struct cur *c, struct str stops)
{
    size_t n = 0;
    while (n < c->rest.n && str_chr(stops, c->rest.p[n]) == SIZE_MAX)
        n++;
    struct str text = str_sub(c->rest, 0, n);
    c->rest = str_from(c->rest, n);
    return text;
}

/* [user [";AUTH=" mechanism] "@"] host [":" port] */
static enum code authority(struct ctx *cx, struct cur *c, struct imap_url *out)
{
    struct cur part = cur_of(until_any(c, STR("/")));
    struct str user, host;
    if (cur_until(&part, '@', &user)) {
        struct cur u = cur_of(user);
        TRY(decoded(cx, until_any(&u, STR(";")), &out->user));
        if (!cur_end(&u) && !cur_word(&u, STR(";AUTH=")))
            return bad(cx, "AUTH expected behind the user");
    }
    host = cur_peek(&part) == '[' ? until_any(&part, STR("]")) : until_any(&part, STR(":"));
    if (str_starts(host, STR("[")) && cur_char(&part, ']'))
        host.n++;
    if (cur_char(&part, ':') && (!cur_u32(&part, &out->port) || !out->port || out->port > 65535))
        return bad(cx, "no such port");
    if (!host.n || !cur_end(&part))
        return bad(cx, "host expected");
    out->absolute = true;
    return decoded(cx, host, &out->host);
}

/* enc-mailbox, without the slash that ends it. */
static enum code mailbox(struct ctx *cx, struct cur *c, struct imap_url *out)
{
    struct str name = until_any(c, STR(";?"));
    if (str_ends(name, STR("/")))
        name.n--;
    return decoded(cx, name, &out->mailbox);
}

static bool nonzero(struct cur *c, uint32_t *out)
{
    return cur_u32(c, out) && *out;
}

/* "0.1024" or "1024": RFC 5092 section 6. */
static enum code partial(struct ctx *cx, struct cur *c, struct imap_url *out)
{
    if (!cur_u64(c, &out->from) || (cur_char(c, '.') && (!cur_u64(c, &out->count) || !out->count)))
        return bad(cx, "a range of bytes expected");
    out->partial = true;
    return OK;
}

static enum code expire(struct ctx *cx, struct cur *c, struct imap_url *out)
{
    struct date date;
    if (!date_parse(until_any(c, STR(";")), &date))
        return bad(cx, "a date expected");
    out->expires = true;
    out->expires_at_ms = date.utc_ms;
    return OK;
}

static const struct {
    struct str name;
    enum imap_url_access access;
} accesses[] = {
    {STR("user+"), IMAP_URL_USER},
    {STR("submit+"), IMAP_URL_SUBMIT},
    {STR("authuser"), IMAP_URL_AUTHUSER},
    {STR("anonymous"), IMAP_URL_ANONYMOUS},
};

/* access [":" mechanism ":" token], up to the end (RFC 4467 section 9). */
static enum code urlauth(struct ctx *cx, struct str in, struct cur *c, struct imap_url *out)
{
    for (size_t i = 0; i < sizeof accesses / sizeof *accesses && !out->access; i++)
        if (cur_word(c, accesses[i].name))
            out->access = accesses[i].access;
    bool named = out->access == IMAP_URL_USER || out->access == IMAP_URL_SUBMIT;
    TRY(decoded(cx, until_any(c, STR(":")), &out->access_name));
    if (!out->access || named != (out->access_name.n > 0))
        return bad(cx, "no such access");
    out->rump = str_sub(in, 0, in.n - c->rest.n);
    if (cur_end(c))
        return OK;
    (void)cur_char(c, ':');
    if (!cur_until(c, ':', &out->mechanism) || !out->mechanism.n || c->rest.n < 32)
        return bad(cx, "mechanism and token expected");
    for (size_t i = 0; i < c->rest.n; i++)
        if (hex_digit(c->rest.p[i]) < 0)
            return bad(cx, "the token has to be hexadecimal");
    out->token = c->rest;
    c->rest = (struct str){0};
    return OK;
}

/* One ";NAME=value"; done: nothing may follow. */
static enum code parameter(struct ctx *cx, struct str in, struct cur *c, struct imap_url *out)
{
    if (cur_word(c, STR("UIDVALIDITY=")))
        return nonzero(c, &out->uid_validity) ? OK : bad(cx, "a number expected");
    if (cur_word(c, STR("UID=")))
        return nonzero(c, &out->uid) ? OK : bad(cx, "a number expected");
    if (cur_word(c, STR("SECTION="))) {
        struct str section = until_any(c, STR(";"));
        if (str_ends(section, STR("/")) && c->rest.n)
            section.n--;
        return section.n ? decoded(cx, section, &out->section) : bad(cx, "a section expected");
    }
    if (cur_word(c, STR("PARTIAL=")))
        return partial(cx, c, out);
    if (cur_word(c, STR("EXPIRE=")))
        return expire(cx, c, out);
    if (cur_word(c, STR("URLAUTH=")))
        return urlauth(cx, in, c, out);
    return bad(cx, "no such parameter");
}

enum code imap_url_parse(struct ctx *cx, struct str in, struct imap_url *out)
{
    struct imap_url url = {0};
    struct cur c = cur_of(in);
    if (in.n > IMAP_URL_MAX)
        return fail(cx, E_LIMIT, "an IMAP URL of %zu bytes", in.n);
    if (cur_word(&c, STR("imap://")) || cur_text(&c, STR("//")))
        TRY(authority(cx, &c, &url));
    url.rooted = cur_char(&c, '/');
    if (url.absolute && !url.rooted)
        return bad(cx, "a mailbox expected");
    TRY(mailbox(cx, &c, &url));
    if (!url.rooted && str_chr(url.mailbox, ':') != SIZE_MAX)
        return bad(cx, "another scheme");
    while (!cur_end(&c)) {
        (void)cur_char(&c, '/');
        if (!cur_char(&c, ';'))
            return bad(cx, "a parameter expected");
        TRY(parameter(cx, in, &c, &url));
    }
    if (!url.uid)
        return bad(cx, "it names no message");
    *out = url;
    return OK;
}

/* achar of RFC 5092 section 11; ":" and "/" as well where a mailbox is named. */
static bool is_plain(char c, bool mailbox)
{
    return ascii_is_alpha(c) || ascii_is_digit(c) ||
           (c && strchr(mailbox ? "-._~!$'()*,:@/" : "-._~!$'(),", c));
}

static void put_escaped(struct buf *out, struct str s, bool mailbox)
{
    for (size_t i = 0; i < s.n; i++) {
        if (is_plain(s.p[i], mailbox))
            buf_byte(out, s.p[i]);
        else
            buf_printf(out, "%%%02X", (unsigned)(unsigned char)s.p[i]);
    }
}

void imap_url_put(struct buf *out, struct str user, struct str host, struct str mailbox)
{
    buf_add(out, STR("imap://"));
    put_escaped(out, user, false);
    buf_add(out, STR(";AUTH=*@"));
    buf_add(out, host);
    buf_byte(out, '/');
    put_escaped(out, mailbox, true);
}
