#include "base/arena.h"
#include "base/buf.h"
#include "base/cur.h"
#include "service/reports/tally.h"
#include "service/reports/tls.h"

enum { TEXT_CUT = 600, PATTERNS_CUT = 500, NAME_CUT = 255, REASON_CUT = 100 };

struct str tls_result_name(enum tls_result result)
{
    static const struct str names[TLS_RESULT_COUNT] = {
        [TLS_RESULT_OK] = {"", 0},
        [TLS_RESULT_NO_STARTTLS] = STR("starttls-not-supported"),
        [TLS_RESULT_HOST_MISMATCH] = STR("certificate-host-mismatch"),
        [TLS_RESULT_EXPIRED] = STR("certificate-expired"),
        [TLS_RESULT_NOT_TRUSTED] = STR("certificate-not-trusted"),
        [TLS_RESULT_VALIDATION] = STR("validation-failure"),
        [TLS_RESULT_TLSA_INVALID] = STR("tlsa-invalid"),
        [TLS_RESULT_DNSSEC_INVALID] = STR("dnssec-invalid"),
        [TLS_RESULT_STS_FETCH] = STR("sts-policy-fetch-error"),
        [TLS_RESULT_STS_INVALID] = STR("sts-policy-invalid"),
        [TLS_RESULT_STS_WEBPKI] = STR("sts-webpki-invalid"),
    };
    return names[result];
}

struct str tls_policy_name(enum tls_policy policy)
{
    static const struct str names[] = {[TLS_POLICY_TLSA] = STR("tlsa"),
                                       [TLS_POLICY_STS] = STR("sts"),
                                       [TLS_POLICY_NONE] = STR("no-policy-found")};
    return names[policy];
}

/* Whole lines that fit. */
static struct str lines_cut(struct str s, size_t max)
{
    if (s.n <= max)
        return s;
    size_t end = str_rchr(str_sub(s, 0, max), '\n');
    return str_sub(s, 0, end == SIZE_MAX ? 0 : end);
}

struct str tls_cell_write(struct arena *a, const struct tls_session *s)
{
    struct buf b = buf_of(a, TALLY_CELL_MAX);
    buf_le8(&b, (uint8_t)s->policy);
    buf_le8(&b, (uint8_t)s->result);
    buf_le_str(&b, lines_cut(s->policy_text, TEXT_CUT));
    buf_le_str(&b, lines_cut(s->mx_patterns, PATTERNS_CUT));
    buf_le_str(&b, str_sub(s->host, 0, NAME_CUT));
    buf_le_str(&b, str_sub(s->host_address, 0, NAME_CUT));
    buf_le_str(&b, str_sub(s->own_address, 0, NAME_CUT));
    buf_le_str(&b, str_sub(s->reason, 0, REASON_CUT));
    must(!b.overflow);
    return buf_str(&b);
}

enum code tls_cell_read(struct ctx *cx, struct str cell, struct tls_session *out)
{
    struct tls_session s = {0};
    struct cur c = cur_of(cell);
    uint8_t policy, result;
    if (!cur_le8(&c, &policy) || !cur_le8(&c, &result) || policy < TLS_POLICY_TLSA ||
        policy > TLS_POLICY_NONE || result >= TLS_RESULT_COUNT || !cur_le_str(&c, &s.policy_text) ||
        !cur_le_str(&c, &s.mx_patterns) || !cur_le_str(&c, &s.host) ||
        !cur_le_str(&c, &s.host_address) || !cur_le_str(&c, &s.own_address) ||
        !cur_le_str(&c, &s.reason) || !cur_end(&c))
        return fail(cx, E_CORRUPT, "reports: a cell of TLS");
    s.policy = (enum tls_policy)policy;
    s.result = (enum tls_result)result;
    *out = s;
    return OK;
}

static void read_rua(struct str list, struct str rua[static TLS_RUA_MAX], size_t *count)
{
    while (list.n && *count < TLS_RUA_MAX) {
        size_t comma = str_chr(list, ',');
        struct str uri = str_trim(str_sub(list, 0, comma));
        if (str_istarts(uri, STR("mailto:")) || str_istarts(uri, STR("https:")))
            rua[(*count)++] = uri;
        list = comma == SIZE_MAX ? (struct str){0} : str_from(list, comma + 1);
    }
}

bool tls_record_parse(struct str text, struct str rua[static TLS_RUA_MAX], size_t *count)
{
    struct cur c = cur_of(text);
    size_t found = 0;
    if (!cur_text(&c, STR("v=TLSRPTv1")))
        return false;
    while (cur_blanks(&c), cur_char(&c, ';')) {
        cur_blanks(&c);
        size_t end = str_chr(c.rest, ';');
        struct str field = str_trim(str_sub(c.rest, 0, end));
        c.rest = end == SIZE_MAX ? (struct str){0} : str_from(c.rest, end);
        if (str_starts(field, STR("rua=")) && !found)
            read_rua(str_from(field, 4), rua, &found);
    }
    if (!cur_end(&c) || !found)
        return false;
    *count = found;
    return true;
}
