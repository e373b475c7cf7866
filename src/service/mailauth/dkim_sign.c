#include "base/arena.h"
#include "format/base64.h"
#include "service/mailauth/dkim.h"

/* RFC 6376 section 5.4.1, and what readers show or programs act on. */
static const struct {
    struct str name;
    bool once_more;
} signed_fields[] = {
    {STR("From"), true},
    {STR("Sender"), false},
    {STR("Reply-To"), true},
    {STR("Subject"), true},
    {STR("Date"), true},
    {STR("Message-ID"), true},
    {STR("To"), true},
    {STR("Cc"), true},
    {STR("MIME-Version"), true},
    {STR("Content-Type"), true},
    {STR("Content-Transfer-Encoding"), true},
    {STR("Content-Disposition"), false},
    {STR("Content-ID"), false},
    {STR("Content-Description"), false},
    {STR("In-Reply-To"), false},
    {STR("References"), false},
    {STR("Resent-Date"), false},
    {STR("Resent-From"), false},
    {STR("Resent-To"), false},
    {STR("Resent-Cc"), false},
    {STR("List-Id"), false},
    {STR("List-Help"), false},
    {STR("List-Unsubscribe"), false},
    {STR("List-Unsubscribe-Post"), false},
    {STR("List-Subscribe"), false},
    {STR("List-Post"), false},
    {STR("List-Owner"), false},
    {STR("List-Archive"), false},
    {STR("Auto-Submitted"), false},
    {STR("TLS-Required"), false},
};
enum { SIGNED_FIELD_COUNT = sizeof signed_fields / sizeof *signed_fields };

static size_t count_of(const struct canon_message *m, struct str name)
{
    size_t count = 0;
    for (size_t i = 0; i < m->count; i++)
        count += str_ieq(m->fields[i].name, name);
    return count;
}

enum code dkim_sign(struct ctx *cx, struct canon_message *m, const struct dkim_signing *how,
                    struct str *out)
{
    struct str *names = ARENA_ARRAY(cx->arena, SIGNED_FIELDS_MAX, struct str);
    size_t count = 0;
    if (count_of(m, STR("From")) == 0)
        return fail(cx, E_SYNTAX, "DKIM: no From to sign");
    for (size_t i = 0; i < SIGNED_FIELD_COUNT; i++) {
        size_t times = count_of(m, signed_fields[i].name) + signed_fields[i].once_more;
        if (m->cut || count + times > SIGNED_FIELDS_MAX)
            return fail(cx, E_SYNTAX, "DKIM: too many fields to sign");
        while (times-- > 0)
            names[count++] = signed_fields[i].name;
    }
    const struct signing signing = {
        .field_name = STR("DKIM-Signature"),
        .version = STR("1"),
        .key = how->key,
        .domain = how->domain,
        .selector = how->selector,
        .names = names,
        .name_count = count,
        .made_s = how->now_ms / 1000,
        .expires_s = how->expires_s ? how->now_ms / 1000 + how->expires_s : 0,
    };
    *out = signature_make(cx, m, &signing);
    return OK;
}

struct str dkim_record(struct arena *a, const struct sign_key *key)
{
    return str_printf(a, "v=DKIM1; k=%s; p=%.*s",
                      sign_key_algorithm(key) == SIGN_RSA_SHA256 ? "rsa" : "ed25519",
                      STR_ARG(base64_encode(a, sign_key_published(a, key))));
}
