/* URLFETCH (RFC 4467), with BODYPARTSTRUCTURE and BINARY (RFC 5524). */
#include "core/rights.h"
#include "format/mime.h"
#include "proto/imap/append/append.h"
#include "proto/imap/command/handlers.h"
#include "proto/imap/mailbox/mailbox.h"
#include "proto/imap/wire/parse.h"
#include "proto/imap/wire/reply.h"
#include "service/urlauth.h"

enum { URLS_MAX = 100 }; /* in one command */

enum want { PLAIN = 1, BODY = 2, BINARY = 4, STRUCTURE = 8 };

struct wish {
    struct str url;
    unsigned wants; /* enum want */
};

static const struct {
    struct str name;
    enum want want;
} names[] = {{STR("BODY"), BODY}, {STR("BINARY"), BINARY}, {STR("BODYPARTSTRUCTURE"), STRUCTURE}};

/* url, or "(" url *(SP name) ")". */
static enum code wish(struct ctx *cx, struct cur *c, struct wish *out)
{
    *out = (struct wish){.wants = PLAIN};
    bool extended = cur_char(c, '(');
    if (!imap_astring(cx->arena, c, &out->url))
        return fail(cx, E_SYNTAX, "URL expected");
    while (extended && imap_sp(c)) {
        struct str name;
        enum want want = 0;
        if (!imap_atom(c, &name))
            return fail(cx, E_SYNTAX, "BODY, BINARY or BODYPARTSTRUCTURE expected");
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            if (str_ieq(name, names[i].name))
                want = names[i].want;
        if (!want)
            return fail(cx, E_SYNTAX, "BODY, BINARY or BODYPARTSTRUCTURE expected");
        out->wants = (out->wants & ~(unsigned)PLAIN) | want;
    }
    if (extended && !cur_char(c, ')'))
        return fail(cx, E_SYNTAX, "closing bracket expected after the URL");
    return OK;
}

enum code imap_url_open(struct ctx *cx, const struct imap_env *env, struct str text,
                        const struct urlauth_asker *asker, struct imap_session *as)
{
    struct imap_url url;
    principal_id user;
    struct core *core = env->core;
    TRY(imap_url_parse(cx, text, &url));
    TRY(urlauth_user(cx, core, &url, &user));
    *as = (struct imap_session){.env = env, .account = user, .reader = user};
    struct imap_box *box AUTO(imap_box_close) = NULL;
    TRY(imap_box_open(cx, as, url.mailbox, RIGHT_READ, &box));
    struct url_key_of of = {box->account, box->folder->id, user};
    return urlauth_verify(cx, core, &of, &url, asker);
}

enum code imap_url_submit(struct ctx *cx, const struct imap_env *env, struct str url,
                          principal_id who, struct rope *out)
{
    struct imap_session as;
    const struct urlauth_asker asker = {.who = who, .submission = true};
    TRY(imap_url_open(cx, env, url, &asker, &as));
    return imap_url_read(cx, &as, url, out);
}

static void put_literal(struct imap_call *call, struct rope *bytes, bool literal8)
{
    buf_printf(&call->text, "%s{%zu}\r\n", literal8 ? "~" : "", bytes->bytes);
    imap_flush(call);
    rope_join(&call->reply->out, bytes);
}

static enum code put_binary(struct ctx *cx, struct imap_session *as, struct imap_call *call,
                            struct str url, struct rope *bytes)
{
    enum mime_encoding encoding = MIME_7BIT;
    TRY(imap_url_encoding(cx, as, url, &encoding));
    if (encoding == MIME_UNKNOWN)
        return fail(cx, E_UNSUPPORTED, "an encoding that is not known");
    struct str flat = rope_flatten(bytes, cx->arena);
    struct rope decoded = rope_of(cx->arena);
    rope_ref(&decoded, mime_decode(cx->arena, encoding, flat, SIZE_MAX));
    put_literal(call, &decoded, true);
    return OK;
}

/* One of what was asked for, "(BINARY ~{28}…)". */
static enum code put_want(struct ctx *cx, struct imap_session *as, struct imap_call *call,
                          const struct wish *w, enum want want)
{
    struct rope bytes = rope_of(cx->arena);
    struct str structure;
    if (want == STRUCTURE) {
        TRY(imap_url_structure(cx, as, w->url, &structure));
        buf_add(&call->text, structure);
        return OK;
    }
    enum code code = imap_url_read(cx, as, w->url, &bytes);
    call->held += bytes.bytes;
    if (code == OK && call->held > as->env->limits.message_bytes * IMAP_COPIES_MAX)
        code = fail(cx, E_LIMIT, "too much for one answer");
    if (code == OK && want == BINARY)
        code = put_binary(cx, as, call, w->url, &bytes);
    else if (code == OK)
        put_literal(call, &bytes, false);
    rope_drop(&bytes);
    return code;
}

/* What cannot be had is NIL, whatever the reason (RFC 4467 section 7). */
static void put_wish(struct ctx *cx, struct imap_session *s, struct imap_call *call,
                     const struct wish *w)
{
    struct imap_session as;
    const struct urlauth_asker asker = {.who = s->reader};
    struct ctx own = *cx;
    buf_byte(&call->text, ' ');
    imap_put_string(&call->text, w->url);
    if (imap_url_open(&own, s->env, w->url, &asker, &as) != OK) {
        imap_say(call, STR(" NIL"));
        return;
    }
    if (w->wants & PLAIN) {
        imap_say(call, STR(" "));
        if (put_want(&own, &as, call, w, PLAIN) != OK)
            imap_say(call, STR("NIL"));
        return;
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!(w->wants & names[i].want))
            continue;
        imap_say(call, STR(" ("));
        buf_add(&call->text, names[i].name);
        imap_say(call, STR(" "));
        if (put_want(&own, &as, call, w, names[i].want) != OK)
            imap_say(call, STR("NIL"));
        imap_say(call, STR(")"));
    }
}

enum code imap_urlfetch(struct ctx *cx, struct imap_session *s, struct imap_call *call)
{
    struct cur c = call->arg;
    struct wish *wishes = ARENA_ARRAY(cx->arena, URLS_MAX, struct wish);
    size_t count = 0;
    do {
        if (count == URLS_MAX)
            return fail(cx, E_LIMIT, "more than %d URLs", URLS_MAX);
        TRY(wish(cx, &c, &wishes[count++]));
    } while (imap_sp(&c));
    if (!cur_end(&c))
        return fail(cx, E_SYNTAX, "URL expected");
    imap_say(call, STR("* URLFETCH"));
    for (size_t i = 0; i < count; i++)
        put_wish(cx, s, call, &wishes[i]);
    imap_say(call, STR("\r\n"));
    return OK;
}
