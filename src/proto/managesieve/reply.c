/* Replies: RFC 5804 sections 1.2 and 1.3. */
#include "format/utf8.h"
#include "proto/managesieve/session.h"

static const struct ms_text rows[CODE_COUNT] = {
    [OK] = {"", "Done"},
    [E_SYNTAX] = {"", ""},
    [E_LIMIT] = {"QUOTA", ""},
    [E_NOT_FOUND] = {"NONEXISTENT", "There is no script by that name"},
    [E_EXISTS] = {"ALREADYEXISTS", "There is a script by that name"},
    [E_DENIED] = {"", "That is not allowed"},
    [E_CONFLICT] = {"TRYLATER", "Somebody else is changing it, try again"},
    [E_BUSY] = {"TRYLATER", "The server is busy, try again later"},
    [E_IO] = {"TRYLATER", "The storage failed, try again later"},
    [E_CORRUPT] = {"", "The stored data is damaged"},
    [E_UNSUPPORTED] = {"", ""},
};

const struct ms_text *ms_text_of(enum code code)
{
    return &rows[code];
}

static bool is_quotable(struct str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!s.p[i] || s.p[i] == '\r' || s.p[i] == '\n')
            return false;
    return s.n <= MS_QUOTED_MAX && utf8_valid(s);
}

void ms_put_string(struct rope *out, struct str s)
{
    if (!is_quotable(s)) {
        rope_printf(out, "{%zu}\r\n", s.n);
        rope_put(out, s);
        return;
    }
    rope_put(out, STR("\""));
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"' || s.p[i] == '\\')
            rope_put(out, STR("\\"));
        rope_put(out, str_sub(s, i, 1));
    }
    rope_put(out, STR("\""));
}

static void say(struct rope *out, const char *word, struct str code, struct str text)
{
    rope_put(out, str_z(word));
    if (code.n)
        rope_printf(out, " (%.*s)", STR_ARG(code));
    if (text.n) {
        rope_put(out, STR(" "));
        ms_put_string(out, text);
    }
    rope_put(out, STR("\r\n"));
}

void ms_ok(struct ms_call *call, struct str code, struct str text)
{
    say(&call->reply->out, "OK", code, text);
}

enum code ms_no(struct ms_call *call, struct str code, struct str text)
{
    call->failed = true;
    say(&call->reply->out, "NO", code, text);
    return OK;
}

void ms_bye(struct ms_session *s, struct reply *r, struct str code, struct str text)
{
    say(&r->out, "BYE", code, text);
    s->stage = MS_OVER;
    r->close = true;
}

/* The limits of scripts say by their first word which one it was. */
static struct str limit_code(struct str what)
{
    return str_starts(what, STR("MAXSCRIPTS")) ? STR("QUOTA/MAXSCRIPTS")
           : str_starts(what, STR("MAXSIZE"))  ? STR("QUOTA/MAXSIZE")
                                               : STR("QUOTA");
}

void ms_failed(const struct ctx *cx, struct ms_call *call, enum code code)
{
    const struct ms_text *row = ms_text_of(code);
    struct str own = str_z(cx->err.what);
    call->faulty = code == E_SYNTAX || code == E_UNSUPPORTED;
    (void)ms_no(call, code == E_LIMIT ? limit_code(own) : str_z(row->code),
                *row->text ? str_z(row->text) : own);
}
