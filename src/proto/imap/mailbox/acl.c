#include "proto/imap/mailbox/acl.h"
#include "core/directory.h"
#include "proto/imap/mailbox/mailbox.h"
#include "proto/imap/wire/reply.h"

static const struct {
    char letter;
    uint32_t rights;
} letters[] = {
    {'l', RIGHT_LOOKUP},
    {'r', RIGHT_READ},
    {'s', RIGHT_SEEN},
    {'w', RIGHT_WRITE},
    {'i', RIGHT_INSERT},
    {'p', RIGHT_POST},
    {'k', RIGHT_CREATE},
    {'x', RIGHT_DELETE_FOLDER},
    {'t', RIGHT_DELETE},
    {'e', RIGHT_EXPUNGE},
    {'a', RIGHT_ADMIN},
    {'c', RIGHT_CREATE | RIGHT_DELETE_FOLDER}, /* RFC 4314 section 2.1.1 */
    {'d', RIGHT_DELETE | RIGHT_EXPUNGE},
    {'n', RIGHT_ANNOTATE}, /* RFC 5257 section 4.10 */
};
enum { LETTERS = sizeof letters / sizeof *letters };

void imap_rights_put(struct buf *out, uint32_t rights)
{
    size_t n = 0;
    for (size_t i = 0; i < LETTERS; i++) {
        if (!(rights & letters[i].rights))
            continue;
        buf_byte(out, letters[i].letter);
        n++;
    }
    if (!n)
        buf_add(out, STR("\"\""));
}

enum code imap_rights_parse(struct ctx *cx, struct str text, uint32_t *out)
{
    uint32_t rights = 0;
    for (size_t i = 0; i < text.n; i++) {
        uint32_t right = 0;
        for (size_t k = 0; k < LETTERS; k++)
            if (letters[k].letter == text.p[i])
                right = letters[k].rights;
        if (!right)
            return fail(cx, E_SYNTAX, "no such right");
        rights |= right;
    }
    *out = rights;
    return OK;
}

enum code imap_grantee_parse(struct ctx *cx, const struct imap_session *s, struct str identifier,
                             struct grant *out)
{
    struct principal who;
    bool group = str_starts(identifier, STR("$"));
    *out = (struct grant){.kind = GRANTEE_DEFAULT};
    if (str_ieq(identifier, STR("anyone")))
        return OK;
    out->kind = GRANTEE_ANONYMOUS;
    if (str_ieq(identifier, STR("anonymous")))
        return OK;
    if (str_starts(identifier, STR("-")))
        return fail(cx, E_UNSUPPORTED, "negative rights are not possible");
    enum code code =
        directory_by_login(cx, s->env->core, group ? str_from(identifier, 1) : identifier, &who);
    bool fits =
        code == OK && who.kind != PRINCIPAL_CONTACT && (!group || who.kind == PRINCIPAL_GROUP);
    if (code == E_NOT_FOUND || code == E_SYNTAX || (code == OK && !fits))
        return fail(cx, E_UNSUPPORTED, "there is nobody of that name");
    TRY(code);
    out->kind = who.kind == PRINCIPAL_GROUP ? GRANTEE_GROUP : GRANTEE_PRINCIPAL;
    out->who = who.id;
    return OK;
}

enum code imap_grantee_put(struct ctx *cx, const struct imap_session *s, struct buf *out,
                           const struct grant *grant)
{
    struct principal who;
    if (grant->kind == GRANTEE_DEFAULT || grant->kind == GRANTEE_ANONYMOUS) {
        buf_add(out, grant->kind == GRANTEE_DEFAULT ? STR("anyone") : STR("anonymous"));
        return OK;
    }
    enum code code = directory_by_id(cx, s->env->core, grant->who, &who);
    if (code == E_NOT_FOUND) {
        buf_printf(out, "#%llu", (unsigned long long)grant->who);
        return OK;
    }
    TRY(code);
    bool group = grant->kind == GRANTEE_GROUP;
    struct str parts[] = {group ? STR("$") : STR(""), who.address};
    imap_put_string(out, str_join(cx->arena, parts, 2));
    return OK;
}

void imap_myrights_put(struct ctx *cx, const struct imap_session *s, struct imap_call *call,
                       struct str name, uint32_t rights)
{
    imap_say(call, STR("* MYRIGHTS "));
    imap_mailbox_put(cx, s, &call->text, name);
    buf_byte(&call->text, ' ');
    imap_rights_put(&call->text, rights);
    imap_say(call, STR("\r\n"));
}
