#include "service/signin/second.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/cur.h"
#include "base/log.h"
#include "base/random.h"
#include "core/audit.h"
#include "core/credential/kdf.h"
#include "core/signin/factor.h"
#include "core/signin/passkey.h"
#include "core/signin/seal.h"
#include "service/signin/otp.h"

enum { RECOVERY_CHARS = 16, RECOVERY_GROUP = 4 };

static const char alphabet[32] = "abcdefghijkmnpqrstuvwxyz23456789";

enum code second_note(struct ctx *cx, struct core *c, const struct principal *who,
                      struct second_act act)
{
    struct audit_entry entry = {.at_ms = cx->now_ms,
                                .actor = act.actor,
                                .act = str_z(act.act),
                                .object = who->address,
                                .detail = str_z(act.what)};
    log_event(c->log, LOG_INFO, "second_factor.changed", "login=%s act=%s what=%s by=%s",
              log_quote(cx->arena, who->address), act.act, act.what,
              log_quote(cx->arena, act.actor));
    return audit_add(cx, c, &entry);
}

enum code second_methods(struct ctx *cx, struct core *c, principal_id who, unsigned *out)
{
    struct factors f;
    struct recovery r = {0};
    TRY(factor_counts(cx, c, who, &f));
    unsigned methods = (f.totps ? SECOND_TOTP : 0u) | (f.passkeys ? SECOND_PASSKEY : 0u);
    if (methods)
        TRY(recovery_get(cx, c, who, &r));
    *out = methods | (r.count ? SECOND_RECOVERY : 0u);
    return OK;
}

/* What the secret is tied to: a row of another person with its bytes is nothing. */
static struct str about(struct ctx *cx, const struct totp_row *r)
{
    return str_printf(cx->arena, "totp %llu %llu", (unsigned long long)r->who,
                      (unsigned long long)r->id);
}

static enum code secret_of(struct ctx *cx, struct core *c, const struct totp_row *r,
                           struct str *out)
{
    if (!c->seal)
        return fail(cx, E_UNSUPPORTED, "totp: there is no key for secrets");
    return seal_get(cx, c->seal, r->sealed, about(cx, r), out);
}

/* Whether the code is of that row, and was not taken before; takes it. */
static enum code take_code(struct ctx *cx, struct core *c, const struct totp_row *r,
                           struct str code, bool *right)
{
    struct totp_row taken = *r;
    struct str secret;
    TRY(secret_of(cx, c, r, &secret));
    bool is_it = otp_step_of(secret, code, cx->now_ms, &taken.step);
    taken.used_ms = cx->now_ms;
    if (is_it) {
        enum code answer = totp_row_take(cx, c, &taken);
        if (answer != E_DENIED && answer != E_NOT_FOUND)
            TRY(answer);
        *right = answer == OK;
    }
    return OK;
}

static enum code by_totp(struct ctx *cx, struct core *c, principal_id who, struct str code,
                         bool *right)
{
    struct totp_row *list;
    size_t count;
    TRY(totp_row_list(cx, c, who, &list, &count));
    for (size_t i = 0; i < count && !*right; i++)
        if (list[i].on)
            TRY(take_code(cx, c, &list[i], code, right));
    return OK;
}

static bool recovery_normal(struct str text, char out[RECOVERY_CHARS])
{
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        char x = ascii_lower(text.p[i]);
        if (x == '-' || x == ' ')
            continue;
        if (n == RECOVERY_CHARS || str_chr(str_of(alphabet, sizeof alphabet), x) == SIZE_MAX)
            return false;
        out[n++] = x;
    }
    return n == RECOVERY_CHARS;
}

enum code second_code(struct ctx *cx, struct core *c, principal_id who, struct str code,
                      bool *right, enum session_how *how)
{
    char digits[OTP_DIGITS], letters[RECOVERY_CHARS];
    unsigned char hash[RECOVERY_HASH_BYTES];
    *right = false;
    *how = SESSION_TOTP;
    if (otp_normal(code, digits))
        return by_totp(cx, c, who, str_of(digits, sizeof digits), right);
    if (!recovery_normal(code, letters))
        return OK;
    *how = SESSION_RECOVERY;
    kdf_sha256(str_of(letters, sizeof letters), hash);
    enum code answer = recovery_take(cx, c, who, hash);
    if (answer != E_NOT_FOUND)
        TRY(answer);
    *right = answer == OK;
    return OK;
}

enum code totp_begin(struct ctx *cx, struct core *c, const struct principal *who, struct str name,
                     struct totp_new *out)
{
    unsigned char secret[OTP_SECRET_BYTES];
    struct totp_row r = {.who = who->id, .created_ms = cx->now_ms, .name = name};
    if (!name.n || name.n > TOTP_NAME_MAX)
        return fail(cx, E_SYNTAX, "a device has a name of 1 to %d bytes", TOTP_NAME_MAX);
    if (!c->seal)
        return fail(cx, E_UNSUPPORTED, "totp: there is no key for secrets");
    random_bytes(cx->random, secret, sizeof secret);
    r.id = random_u64(cx->random);
    struct str bytes = str_of(secret, sizeof secret);
    r.sealed = seal_put(cx, c->seal, bytes, about(cx, &r));
    struct totp_new made = {.id = r.id,
                            .secret = otp_base32(cx->arena, bytes),
                            .uri = otp_uri(cx->arena, c->host_name, who->address, bytes)};
    kdf_wipe(secret, sizeof secret);
    TRY(totp_row_add(cx, c, &r));
    *out = made;
    return OK;
}

enum code totp_confirm(struct ctx *cx, struct core *c, const struct principal *who, uint64_t id,
                       struct str code)
{
    struct totp_row *list;
    size_t count;
    char digits[OTP_DIGITS];
    bool right = false, found = false;
    TRY(totp_row_list(cx, c, who->id, &list, &count));
    for (size_t i = 0; i < count; i++) {
        if (list[i].id != id)
            continue;
        found = true;
        if (otp_normal(code, digits))
            TRY(take_code(cx, c, &list[i], str_of(digits, sizeof digits), &right));
    }
    if (!found)
        return fail(cx, E_NOT_FOUND, "totp: no such device");
    if (!right)
        return fail(cx, E_DENIED, "totp: not its code");
    return second_note(cx, c, who, (struct second_act){who->address, "second-factor.add", "totp"});
}

enum code totp_end(struct ctx *cx, struct core *c, const struct principal *who, struct str actor,
                   uint64_t id)
{
    TRY(totp_row_drop(cx, c, who->id, id));
    return second_note(cx, c, who, (struct second_act){actor, "second-factor.remove", "totp"});
}

static struct str recovery_text(struct ctx *cx, unsigned char hash[RECOVERY_HASH_BYTES])
{
    unsigned char random[RECOVERY_CHARS];
    char plain[RECOVERY_CHARS];
    struct buf shown = buf_of(cx->arena, 2 * RECOVERY_CHARS);
    random_bytes(cx->random, random, sizeof random);
    for (size_t i = 0; i < sizeof plain; i++) {
        plain[i] = alphabet[random[i] % sizeof alphabet];
        if (i && i % RECOVERY_GROUP == 0)
            buf_byte(&shown, '-');
        buf_byte(&shown, plain[i]);
    }
    kdf_sha256(str_of(plain, sizeof plain), hash);
    kdf_wipe(random, sizeof random);
    kdf_wipe(plain, sizeof plain);
    return buf_str(&shown);
}

enum code recovery_make(struct ctx *cx, struct core *c, const struct principal *who,
                        struct str out[RECOVERY_CODES])
{
    struct recovery r = {.who = who->id, .made_ms = cx->now_ms, .count = RECOVERY_CODES};
    unsigned methods;
    TRY(second_methods(cx, c, who->id, &methods));
    if (!methods)
        return fail(cx, E_DENIED, "recovery: no second factor is on");
    for (size_t i = 0; i < RECOVERY_CODES; i++)
        out[i] = recovery_text(cx, r.hash[i]);
    TRY(recovery_set(cx, c, &r));
    return second_note(cx, c, who,
                       (struct second_act){who->address, "second-factor.add", "recovery"});
}

static enum code drop_totps(struct ctx *cx, struct core *c, principal_id who, size_t *removed)
{
    struct totp_row *list;
    size_t count;
    TRY(totp_row_list(cx, c, who, &list, &count));
    for (size_t i = 0; i < count; i++) {
        enum code code = totp_row_drop(cx, c, who, list[i].id);
        if (code != E_NOT_FOUND)
            TRY(code);
        *removed += list[i].on;
    }
    return OK;
}

static enum code drop_passkeys(struct ctx *cx, struct core *c, principal_id who, size_t *removed)
{
    struct passkey_row *list;
    size_t count;
    TRY(passkey_row_list(cx, c, who, &list, &count));
    for (size_t i = 0; i < count; i++) {
        enum code code = passkey_row_drop(cx, c, who, list[i].id);
        if (code != E_NOT_FOUND)
            TRY(code);
        ++*removed;
    }
    return OK;
}

enum code second_reset(struct ctx *cx, struct core *c, const struct principal *who,
                       struct str actor, size_t *removed)
{
    size_t n = 0;
    TRY(drop_totps(cx, c, who->id, &n));
    TRY(drop_passkeys(cx, c, who->id, &n));
    *removed = n;
    return second_note(cx, c, who, (struct second_act){actor, "second-factor.reset", "all"});
}
