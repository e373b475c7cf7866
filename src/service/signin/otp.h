/* One-time codes (RFC 4226, RFC 6238), and the address that authenticator programs read. */
#ifndef SERVICE_SIGNIN_OTP_H
#define SERVICE_SIGNIN_OTP_H

#include "base/err.h"
#include "base/str.h"

enum { OTP_DIGITS = 6, OTP_STEP_S = 30, OTP_WINDOW = 1, OTP_SECRET_BYTES = 20 };

/* RFC 4226 section 5.3; digits from 6 to 8. */
uint32_t otp_hotp(struct str secret, uint64_t counter, int digits);
/* The step that code is of, OTP_WINDOW steps around now; false: of none. In a time that does not
   tell which. code: OTP_DIGITS digits. */
bool otp_step_of(struct str secret, struct str code, int64_t now_ms, uint64_t *step);
/* OTP_DIGITS digits, blanks between them left out; false: no code looks like this. */
bool otp_normal(struct str text, char out[OTP_DIGITS]);
/* Base32 (RFC 4648 section 6) without padding. */
struct str otp_base32(struct arena *a, struct str bytes);
/* "otpauth://totp/..." */
struct str otp_uri(struct arena *a, struct str issuer, struct str account, struct str secret);

#endif
