/* Reports of TLS (RFC 8460): what is counted, and the record that asks for them. */
#ifndef SERVICE_REPORTS_TLS_H
#define SERVICE_REPORTS_TLS_H

#include "base/err.h"
#include "base/str.h"

/* Section 4.2 and 4.3; stored: append only. */
enum tls_policy { TLS_POLICY_TLSA = 1, TLS_POLICY_STS, TLS_POLICY_NONE };
enum tls_result {
    TLS_RESULT_OK = 0,
    TLS_RESULT_NO_STARTTLS,
    TLS_RESULT_HOST_MISMATCH,
    TLS_RESULT_EXPIRED,
    TLS_RESULT_NOT_TRUSTED,
    TLS_RESULT_VALIDATION,
    TLS_RESULT_TLSA_INVALID,
    TLS_RESULT_DNSSEC_INVALID,
    TLS_RESULT_STS_FETCH,
    TLS_RESULT_STS_INVALID,
    TLS_RESULT_STS_WEBPKI,
    TLS_RESULT_COUNT
};
/* "starttls-not-supported"; empty for OK. */
struct str tls_result_name(enum tls_result result);
/* "tlsa", "sts", "no-policy-found". */
struct str tls_policy_name(enum tls_policy policy);

/* One session with a host that takes a domain's mail, or a policy that could not be had. */
struct tls_session {
    struct str domain; /* lower-case A-labels */
    enum tls_policy policy;
    struct str policy_text; /* a line a string, without an end of the last; or empty */
    struct str mx_patterns; /* of STS, the same */
    enum tls_result result;
    struct str host, host_address, own_address, reason; /* may be empty */
};
/* As a cell of the tally, and back; slices of the cell. E_CORRUPT. */
struct str tls_cell_write(struct arena *a, const struct tls_session *s);
MUST_USE enum code tls_cell_read(struct ctx *cx, struct str cell, struct tls_session *out);

enum { TLS_RUA_MAX = 8 };
/* A record at _smtp._tls (section 3): the URIs, slices. False: it is none. */
bool tls_record_parse(struct str text, struct str rua[static TLS_RUA_MAX], size_t *count);

#endif
