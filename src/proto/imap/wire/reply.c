#include "proto/imap/wire/reply.h"
#include "proto/imap/command.h"

static const struct imap_reply_row rows[CODE_COUNT] = {
    [OK] = {STR("OK"), STR(""), STR("completed")},
    [E_SYNTAX] = {STR("BAD"), STR(""), STR("")},
    [E_LIMIT] = {STR("NO"), STR("LIMIT"), STR("")},
    [E_NOT_FOUND] = {STR("NO"), STR("NONEXISTENT"), STR("There is no such mailbox or message")},
    [E_EXISTS] = {STR("NO"), STR("ALREADYEXISTS"), STR("It exists already")},
    [E_DENIED] = {STR("NO"), STR("NOPERM"), STR("Not allowed")},
    [E_CONFLICT] = {STR("NO"), STR("INUSE"), STR("Somebody else is changing it, try again")},
    [E_BUSY] = {STR("NO"), STR("UNAVAILABLE"), STR("Busy, try again later")},
    [E_IO] = {STR("NO"), STR("UNAVAILABLE"), STR("The storage failed, try again later")},
    [E_CORRUPT] = {STR("NO"), STR("CORRUPTION"), STR("The stored data is damaged")},
    [E_UNSUPPORTED] = {STR("NO"), STR("CANNOT"), STR("")},
};

const struct imap_reply_row *imap_reply_row(enum code code)
{
    return &rows[code];
}

static void put_said(struct imap_call *call, struct str english)
{
    buf_add(&call->text, language_text(call->language, english));
}

/* What is said in front of an error's own words where those are not spoken in the language. */
static const struct str kinds[CODE_COUNT] = {
    [E_SYNTAX] = STR("Not understood"),
    [E_LIMIT] = STR("Over a limit"),
    [E_UNSUPPORTED] = STR("Not possible"),
};

/* The error's own words: they are ours, but a store's may hold anything. */
static void put_words(struct imap_call *call, enum code code, const char *what)
{
    struct buf *out = &call->text;
    struct str s = str_z(what);
    if (!s.n) {
        put_said(call, STR("Failed"));
        return;
    }
    struct str spoken = language_text(call->language, s);
    if (spoken.p != s.p) {
        buf_add(out, spoken);
        return;
    }
    if (call->language > LANGUAGE_EN && kinds[code].n) {
        put_said(call, kinds[code]);
        buf_add(out, STR(": "));
    }
    for (size_t i = 0; i < s.n; i++)
        buf_byte(out, s.p[i] >= ' ' && s.p[i] < 0x7f ? s.p[i] : '?');
}

static void put_text(const struct ctx *cx, struct imap_call *call, enum code code)
{
    struct buf *out = &call->text;
    if (call->said.n) {
        put_said(call, call->said);
    } else if (code == OK) {
        if (call->uid)
            imap_say(call, STR("UID "));
        if (call->command)
            buf_add(out, call->command->name);
        buf_byte(out, ' ');
        put_said(call, rows[OK].text);
    } else if (rows[code].text.n) {
        put_said(call, rows[code].text);
    } else {
        put_words(call, code, cx->err.what);
    }
}

void imap_tagged(const struct ctx *cx, struct imap_call *call, enum code code)
{
    struct buf *out = &call->text;
    struct str response = call->response.n ? call->response : rows[code].response;
    if (code == E_NOT_FOUND && call->referral.n) { /* RFC 2193 section 4 */
        response = str_printf(out->arena, "REFERRAL %.*s", STR_ARG(call->referral));
        call->said = STR("The mailbox is on another server");
    }
    buf_add(out, call->tag);
    buf_byte(out, ' ');
    buf_add(out, rows[code].status);
    buf_byte(out, ' ');
    if (response.n) {
        buf_byte(out, '[');
        buf_add(out, response);
        imap_say(call, STR("] "));
    }
    put_text(cx, call, code);
    imap_say(call, STR("\r\n"));
}

void imap_bye(struct imap_session *s, struct imap_call *call, struct str response, struct str text)
{
    imap_say(call, STR("* BYE "));
    if (response.n) {
        buf_byte(&call->text, '[');
        buf_add(&call->text, response);
        imap_say(call, STR("] "));
    }
    put_said(call, text);
    imap_say(call, STR("\r\n"));
    s->stage = IMAP_ENDED;
    call->reply->close = true;
    call->untagged = true;
}

enum code imap_uid_required(struct ctx *cx, struct imap_call *call)
{
    call->response = STR("UIDREQUIRED");
    return fail(cx, E_SYNTAX, "message numbers are not possible while UIDONLY is on");
}

static bool fits_quotes(struct str s)
{
    if (s.n > 1000)
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '\r' || s.p[i] == '\n' || s.p[i] == '\0')
            return false;
    return true;
}

void imap_put_string(struct buf *out, struct str s)
{
    if (!fits_quotes(s)) {
        buf_printf(out, "{%zu}\r\n", s.n);
        buf_add(out, s);
        return;
    }
    buf_byte(out, '"');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"' || s.p[i] == '\\')
            buf_byte(out, '\\');
        buf_byte(out, s.p[i]);
    }
    buf_byte(out, '"');
}
