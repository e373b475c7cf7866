#include "service/signin/otp.h"
#include "base/arena.h"
#include "base/buf.h"
#include "core/credential/kdf.h"

enum { URI_MAX = 1024 };

uint32_t otp_hotp(struct str secret, uint64_t counter, int digits)
{
    unsigned char text[8], mac[KDF_SHA1_BYTES];
    uint32_t number = 0, modulus = 1;
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (unsigned char)(counter >> (56 - 8 * i));
    kdf_hmac_sha1(secret, str_of(text, sizeof text), mac);
    size_t offset = mac[sizeof mac - 1] & 15;
    for (size_t i = 0; i < 4; i++)
        number = number << 8 | mac[offset + i];
    for (int i = 0; i < digits; i++)
        modulus *= 10;
    return (number & 0x7fffffff) % modulus;
}

bool otp_normal(struct str text, char out[OTP_DIGITS])
{
    size_t n = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == ' ')
            continue;
        if (n == OTP_DIGITS || !ascii_is_digit(text.p[i]))
            return false;
        out[n++] = text.p[i];
    }
    return n == OTP_DIGITS;
}

static void digits_of(uint32_t number, char out[OTP_DIGITS])
{
    for (size_t i = OTP_DIGITS; i > 0; i--) {
        out[i - 1] = (char)('0' + number % 10);
        number /= 10;
    }
}

bool otp_step_of(struct str secret, struct str code, int64_t now_ms, uint64_t *step)
{
    uint64_t now = (uint64_t)(now_ms / 1000 / OTP_STEP_S), found = 0;
    uint64_t first = now > OTP_WINDOW ? now - OTP_WINDOW : 0;
    bool right = false;
    if (code.n != OTP_DIGITS)
        return false;
    for (uint64_t at = first; at <= now + OTP_WINDOW; at++) {
        char wanted[OTP_DIGITS];
        digits_of(otp_hotp(secret, at, OTP_DIGITS), wanted);
        bool same = kdf_equal(wanted, code.p, OTP_DIGITS);
        found = same ? at : found;
        right |= same;
    }
    *step = found;
    return right;
}

struct str otp_base32(struct arena *a, struct str bytes)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    struct buf b = buf_of(a, bytes.n * 2 + 8);
    uint32_t bits = 0;
    int held = 0;
    for (size_t i = 0; i < bytes.n; i++) {
        bits = (bits << 8 | (unsigned char)bytes.p[i]) & 0xffff;
        for (held += 8; held >= 5; held -= 5)
            buf_byte(&b, alphabet[bits >> (held - 5) & 31]);
    }
    if (held)
        buf_byte(&b, alphabet[bits << (5 - held) & 31]);
    return buf_str(&b);
}

static void put_escaped(struct buf *b, struct str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        if (ascii_is_alpha(c) || ascii_is_digit(c) || (c && strchr("-._~@", c)))
            buf_byte(b, c);
        else
            buf_printf(b, "%%%02X", (unsigned char)c);
    }
}

struct str otp_uri(struct arena *a, struct str issuer, struct str account, struct str secret)
{
    struct buf b = buf_of(a, URI_MAX + 6 * (issuer.n + account.n));
    buf_add(&b, STR("otpauth://totp/"));
    put_escaped(&b, issuer);
    buf_byte(&b, ':');
    put_escaped(&b, account);
    buf_add(&b, STR("?secret="));
    buf_add(&b, otp_base32(a, secret));
    buf_add(&b, STR("&issuer="));
    put_escaped(&b, issuer);
    buf_printf(&b, "&algorithm=SHA1&digits=%d&period=%d", OTP_DIGITS, OTP_STEP_S);
    return buf_str(&b);
}
