#include "service/urlauth.h"
#include "base/buf.h"
#include "core/credential/kdf.h"
#include "core/directory.h"
#include "format/hex.h"

/* RFC 4467 section 8: the first byte of a token says how it was made. */
static const char method = 1;

static struct str token_of(struct ctx *cx, const unsigned char key[URL_KEY_BYTES], struct str rump)
{
    unsigned char mac[KDF_BYTES];
    struct buf b = buf_of(cx->arena, 1 + KDF_BYTES);
    kdf_hmac_sha256(str_of(key, URL_KEY_BYTES), rump, mac);
    buf_byte(&b, method);
    buf_add(&b, str_of(mac, sizeof mac));
    return hex_encode(cx->arena, buf_str(&b));
}

enum code urlauth_sign(struct ctx *cx, struct core *c, const struct url_key_of *of, struct str rump,
                       struct str *out)
{
    unsigned char key[URL_KEY_BYTES];
    TRY(url_key_get(cx, c, of, true, key));
    struct str parts[] = {rump, STR(":internal:"), token_of(cx, key, rump)};
    *out = str_join(cx->arena, parts, 3);
    return OK;
}

enum code urlauth_user(struct ctx *cx, struct core *c, const struct imap_url *url,
                       principal_id *out)
{
    struct principal who;
    if (!url->absolute || !url->user.n || !str_ieq(url->host, c->host_name))
        return fail(cx, E_NOT_FOUND, "the URL is of another server");
    enum code code = directory_by_login(cx, c, url->user, &who);
    if (code == OK && who.enabled && who.has_account) {
        *out = who.id;
        return OK;
    }
    return code == OK || code == E_NOT_FOUND || code == E_SYNTAX
               ? fail(cx, E_NOT_FOUND, "the URL's user is not known")
               : code;
}

static enum code is_meant_for(struct ctx *cx, struct core *c, const struct imap_url *url,
                              const struct urlauth_asker *asker, bool *out)
{
    struct principal named;
    *out = false;
    switch (url->access) {
    case IMAP_URL_NOT_AUTHORIZED:
        return OK;
    case IMAP_URL_ANONYMOUS:
        *out = true;
        return OK;
    case IMAP_URL_AUTHUSER:
        *out = asker->who != 0;
        return OK;
    case IMAP_URL_SUBMIT:
        if (!asker->submission)
            return OK;
        break;
    case IMAP_URL_USER:
        if (asker->submission)
            return OK;
        break;
    }
    enum code code = directory_by_login(cx, c, url->access_name, &named);
    *out = code == OK && asker->who && named.id == asker->who;
    return code == E_NOT_FOUND || code == E_SYNTAX ? OK : code;
}

static enum code denied(struct ctx *cx)
{
    return fail(cx, E_DENIED, "the URL is not authorized");
}

enum code urlauth_verify(struct ctx *cx, struct core *c, const struct url_key_of *of,
                         const struct imap_url *url, const struct urlauth_asker *asker)
{
    unsigned char key[URL_KEY_BYTES];
    bool meant;
    if (!str_ieq(url->mechanism, STR("INTERNAL")) ||
        (url->expires && url->expires_at_ms <= cx->now_ms))
        return denied(cx);
    TRY(is_meant_for(cx, c, url, asker, &meant));
    if (!meant)
        return denied(cx);
    enum code code = url_key_get(cx, c, of, false, key);
    if (code == E_NOT_FOUND)
        return denied(cx);
    TRY(code);
    struct str wanted = token_of(cx, key, url->rump);
    struct str token = str_lower(cx->arena, url->token);
    bool right = token.n == wanted.n && kdf_equal(token.p, wanted.p, wanted.n);
    return right ? OK : denied(cx);
}
