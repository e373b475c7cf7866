/* The addresses. SRS0=HASH=DAY=domain=local@ours, SRS1=HASH=host==HASH=DAY=domain=local@ours. Hosts
   on the way may change the case of letters, so that hash and day are written in base32. */
#include "service/admission/srs.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/cur.h"
#include "format/address.h"
#include "format/domain.h"
#include "service/mailauth/crypto.h"

enum { DAYS_CYCLE = 1024, DAY_LETTERS = 2, HMAC_BLOCK = 64 };

#define DAY_MS (INT64_C(24) * 3600 * 1000)

static const char base32[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/* HMAC-SHA-256 (RFC 2104) of a secret of at most a block. */
static void hmac(struct ctx *cx, struct str secret, struct str text, unsigned char *out)
{
    struct digest *d AUTO(digest_close) = digest_open();
    struct buf inner = buf_of(cx->arena, HMAC_BLOCK), outer = buf_of(cx->arena, HMAC_BLOCK);
    for (size_t i = 0; i < HMAC_BLOCK; i++) {
        unsigned char byte = i < secret.n ? (unsigned char)secret.p[i] : 0;
        buf_le8(&inner, byte ^ 0x36);
        buf_le8(&outer, byte ^ 0x5c);
    }
    digest_add(d, buf_str(&inner));
    digest_add(d, text);
    digest_end(d, out);
    digest_add(d, buf_str(&outer));
    digest_add(d, str_of(out, SHA256_BYTES));
    digest_end(d, out);
}

static struct str hash(struct ctx *cx, struct str secret, struct str text)
{
    unsigned char mac[SHA256_BYTES];
    struct buf b = buf_of(cx->arena, SRS_HASH_LETTERS);
    hmac(cx, secret, str_lower(cx->arena, text), mac);
    for (size_t i = 0; i < SRS_HASH_LETTERS; i++)
        buf_byte(&b, base32[mac[i] & 31]);
    return buf_str(&b);
}

/* Takes as long for each, so that nobody can learn a hash letter by letter. */
static bool same_hash(struct str a, struct str b)
{
    unsigned char differ = a.n != b.n;
    for (size_t i = 0; i < a.n && i < b.n; i++)
        differ |= (unsigned char)(ascii_upper(a.p[i]) ^ ascii_upper(b.p[i]));
    return !differ;
}

static struct str day_text(struct ctx *cx, int64_t now_ms)
{
    unsigned day = (unsigned)(now_ms / DAY_MS % DAYS_CYCLE);
    const char letters[DAY_LETTERS] = {base32[day >> 5], base32[day & 31]};
    return str_dup(cx->arena, str_of(letters, DAY_LETTERS));
}

static bool letter_value(char c, unsigned *out)
{
    size_t at = str_chr(str_z(base32), ascii_upper(c));
    *out = (unsigned)at;
    return at != SIZE_MAX;
}

/* Within SRS_DAYS; a clock that was a day ahead is borne. */
static bool day_holds(int64_t now_ms, struct str text)
{
    unsigned high, low;
    if (text.n != DAY_LETTERS || !letter_value(text.p[0], &high) || !letter_value(text.p[1], &low))
        return false;
    unsigned today = (unsigned)(now_ms / DAY_MS % DAYS_CYCLE);
    unsigned age = (today + 1 + DAYS_CYCLE - (high << 5 | low)) % DAYS_CYCLE;
    return age <= SRS_DAYS + 1;
}

static bool is_separator(char c)
{
    return c == '=' || c == '-' || c == '+';
}

/* The number of the scheme (0, 1), what follows "SRSn" with its separator; -1: another address. */
static int scheme_of(struct str local, struct str *rest)
{
    if (local.n < 6 || !str_istarts(local, STR("SRS")) || !is_separator(local.p[4]))
        return -1;
    *rest = str_from(local, 4);
    return local.p[3] == '0' ? 0 : local.p[3] == '1' ? 1 : -1;
}

bool srs_looks_like(struct str address)
{
    struct str local, domain, rest;
    return address_split(address, &local, &domain) && scheme_of(local, &rest) >= 0;
}

static struct str joined(struct ctx *cx, struct str a, struct str b, struct str c)
{
    return str_join(cx->arena, (struct str[]){a, STR("="), b, STR("="), c}, 5);
}

/* Of a return path of another host's: its SRS0 is kept, the hosts between are left out. */
static struct str again(struct ctx *cx, struct str secret, int scheme, struct str domain,
                        struct str rest)
{
    struct str host = domain, opaque = rest;
    if (scheme == 1) { /* =HASH=host=opaque */
        struct cur c = cur_of(str_from(rest, 1));
        struct str old;
        if (!cur_until(&c, '=', &old) || !cur_until(&c, '=', &host))
            return (struct str){0};
        opaque = c.rest;
    }
    if (!host.n || !opaque.n)
        return (struct str){0};
    struct str body = str_join(cx->arena, (struct str[]){host, STR("="), opaque}, 3);
    return joined(cx, STR("SRS1"), hash(cx, secret, body), body);
}

enum code srs_encode(struct ctx *cx, struct str secret, struct str sender, struct str domain,
                     struct str *out)
{
    struct str local, host, rest, made;
    if (!address_split(sender, &local, &host) || !local.n || str_chr(local, '"') != SIZE_MAX ||
        str_chr(host, '=') != SIZE_MAX)
        return fail(cx, E_SYNTAX, "SRS: a sender that cannot be rewritten");
    int scheme = scheme_of(local, &rest);
    if (scheme >= 0) {
        made = again(cx, secret, scheme, host, rest);
    } else {
        struct str body = joined(cx, day_text(cx, cx->now_ms), host, local);
        made = joined(cx, STR("SRS0"), hash(cx, secret, body), body);
    }
    if (!made.n)
        return fail(cx, E_SYNTAX, "SRS: a broken SRS address");
    if (made.n > SRS_LOCAL_MAX)
        return fail(cx, E_LIMIT, "SRS: more than %d bytes", SRS_LOCAL_MAX);
    *out = str_join(cx->arena, (struct str[]){made, STR("@"), domain}, 3);
    return OK;
}

static bool is_ours(struct ctx *cx, const struct str *secrets, size_t count, struct str mark,
                    struct str body)
{
    bool found = false;
    for (size_t i = 0; i < count; i++)
        found |= same_hash(hash(cx, secrets[i], body), mark);
    return found;
}

enum code srs_decode(struct ctx *cx, const struct str *secrets, size_t count, struct str address,
                     struct str *out)
{
    struct str local, ours, rest, mark, day, host;
    if (!address_split(address, &local, &ours))
        return fail(cx, E_SYNTAX, "SRS: no address");
    int scheme = scheme_of(local, &rest);
    if (scheme < 0)
        return fail(cx, E_SYNTAX, "SRS: no SRS address");
    struct cur c = cur_of(str_from(rest, 1));
    if (!cur_until(&c, '=', &mark))
        return fail(cx, E_SYNTAX, "SRS: no SRS address");
    if (!is_ours(cx, secrets, count, mark, c.rest))
        return fail(cx, E_DENIED, "SRS: forged, or of a secret that is gone");
    if (scheme == 1) {
        if (!cur_until(&c, '=', &host) || !c.rest.n)
            return fail(cx, E_SYNTAX, "SRS: a broken SRS1 address");
        *out = str_join(cx->arena, (struct str[]){STR("SRS0"), c.rest, STR("@"), host}, 4);
        return OK;
    }
    if (!cur_until(&c, '=', &day) || !cur_until(&c, '=', &host) || !c.rest.n)
        return fail(cx, E_SYNTAX, "SRS: a broken SRS0 address");
    if (!day_holds(cx->now_ms, day))
        return fail(cx, E_DENIED, "SRS: too old");
    *out = str_join(cx->arena, (struct str[]){c.rest, STR("@"), host}, 3);
    return OK;
}
