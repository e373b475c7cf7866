#include "service/signin/passkeys.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/cur.h"
#include "base/random.h"
#include "core/credential/kdf.h"
#include "core/signin/seal.h"
#include "format/base64.h"
#include "service/signin/second.h"

enum { HEAD_BYTES = CHALLENGE_RANDOM_BYTES + 8, BYTES = HEAD_BYTES + SEAL_MAC_BYTES };

static enum code mac_of(struct ctx *cx, struct core *c, enum challenge_for what,
                        principal_id subject, struct str head, unsigned char out[SEAL_MAC_BYTES])
{
    struct buf b = buf_of(cx->arena, BYTES + 16);
    if (!c->seal)
        return fail(cx, E_UNSUPPORTED, "passkeys: there is no key for challenges");
    buf_le8(&b, (uint8_t)what);
    buf_le64(&b, subject);
    buf_add(&b, head);
    seal_mac(c->seal, STR("challenge"), buf_str(&b), out);
    return OK;
}

enum code passkeys_challenge(struct ctx *cx, struct core *c, enum challenge_for what,
                             principal_id subject, struct str *out)
{
    struct buf b = buf_of(cx->arena, BYTES);
    unsigned char random[CHALLENGE_RANDOM_BYTES], mac[SEAL_MAC_BYTES];
    random_bytes(cx->random, random, sizeof random);
    buf_add(&b, str_of(random, sizeof random));
    buf_le64(&b, (uint64_t)(cx->now_ms + CHALLENGE_MS));
    TRY(mac_of(cx, c, what, subject, buf_str(&b), mac));
    buf_add(&b, str_of(mac, sizeof mac));
    *out = base64url_encode(cx->arena, buf_str(&b));
    return OK;
}

/* Ours, for that, and in time; whether it was answered before is asked when it is used up. */
static enum code challenge_check(struct ctx *cx, struct core *c, struct str text,
                                 enum challenge_for what, principal_id subject,
                                 struct challenge_mark *out)
{
    struct str bytes = base64_decode(cx->arena, text, BYTES + 1);
    struct str head = str_sub(bytes, 0, HEAD_BYTES);
    unsigned char mac[SEAL_MAC_BYTES];
    uint64_t until;
    if (bytes.n != BYTES)
        return fail(cx, E_DENIED, "passkey: no challenge of ours");
    TRY(mac_of(cx, c, what, subject, head, mac));
    if (!kdf_equal(mac, str_from(bytes, HEAD_BYTES).p, sizeof mac))
        return fail(cx, E_DENIED, "passkey: a challenge that is not ours, or for something else");
    struct cur at = cur_of(str_from(head, CHALLENGE_RANDOM_BYTES));
    if (!cur_le64(&at, &until) || (int64_t)until <= cx->now_ms)
        return fail(cx, E_DENIED, "passkey: the challenge is too old");
    out->until_ms = (int64_t)until;
    kdf_sha256(bytes, out->hash);
    return OK;
}

enum code passkeys_handle(struct ctx *cx, struct core *c, principal_id who, struct str *out)
{
    unsigned char mac[SEAL_MAC_BYTES];
    if (!c->seal)
        return fail(cx, E_UNSUPPORTED, "passkeys: there is no key for handles");
    seal_mac(c->seal, STR("user handle"), str_of(&who, sizeof who), mac);
    *out = base64url_encode(cx->arena, str_of(mac, USER_HANDLE_BYTES));
    return OK;
}

enum code passkeys_add(struct ctx *cx, struct core *c, const struct principal *who,
                       const struct passkey_claim *claim, struct passkey_row *out)
{
    struct webauthn_new made;
    struct challenge_mark mark;
    if (!claim->name.n || claim->name.n > PASSKEY_NAME_MAX)
        return fail(cx, E_SYNTAX, "a passkey has a name of 1 to %d bytes", PASSKEY_NAME_MAX);
    if (claim->site.host.n > PASSKEY_HOST_MAX)
        return fail(cx, E_SYNTAX, "passkey: the host's name is too long");
    TRY(webauthn_register(cx, &claim->site, claim->client, claim->object, &made));
    TRY(challenge_check(cx, c, made.challenge, CHALLENGE_REGISTER, who->id, &mark));
    enum code code = challenge_use(cx, c, &mark);
    if (code == E_EXISTS)
        return fail(cx, E_DENIED, "passkey: the challenge was answered before");
    TRY(code);
    struct passkey_row row = {.who = who->id,
                              .id = passkey_row_id(made.credential),
                              .credential = made.credential,
                              .key = made.key,
                              .host = claim->site.host,
                              .counter = made.counter,
                              .created_ms = cx->now_ms,
                              .name = claim->name};
    TRY(passkey_row_add(cx, c, &row));
    *out = row;
    return second_note(cx, c, who,
                       (struct second_act){who->address, "second-factor.add", "passkey"});
}

enum code passkeys_end(struct ctx *cx, struct core *c, const struct principal *who,
                       struct str actor, uint64_t id)
{
    TRY(passkey_row_drop(cx, c, who->id, id));
    return second_note(cx, c, who, (struct second_act){actor, "second-factor.remove", "passkey"});
}

enum code passkeys_check(struct ctx *cx, struct core *c, const struct passkey_show *show,
                         enum challenge_for what, const struct passkey_row *row)
{
    struct passkey_row used = *row;
    struct challenge_mark mark;
    struct str challenge, handle;
    principal_id subject = what == CHALLENGE_ALONE ? 0 : row->who;
    TRY(passkeys_handle(cx, c, row->who, &handle));
    if (show->handle.n && !str_eq(show->handle, handle))
        return fail(cx, E_DENIED, "passkey: of another person");
    if (!str_eq(row->host, show->site.host))
        return fail(cx, E_DENIED, "passkey: for another host");
    TRY(webauthn_challenge(cx, show->proof.client, &challenge));
    TRY(challenge_check(cx, c, challenge, what, subject, &mark));
    TRY(webauthn_assert(cx, &show->site, &show->proof, row->key, &used.counter));
    used.used_ms = cx->now_ms;
    enum code code = passkey_row_use(cx, c, &used, &mark);
    if (code == E_EXISTS || code == E_NOT_FOUND)
        return fail(cx, E_DENIED, "passkey: the challenge was answered before, or it is gone");
    return code;
}
