/* MTA-STS (RFC 8461): the texts that a domain publishes. */
#ifndef SERVICE_TRANSPORT_STS_POLICY_H
#define SERVICE_TRANSPORT_STS_POLICY_H

#include "base/err.h"
#include "base/str.h"

enum {
    STS_POLICY_MAX = 64 * 1024, /* bytes of a policy (section 3.3) */
    STS_MX_MAX = 64,            /* patterns of one */
    STS_AGE_MAX_S = 31557600,   /* max_age, a year (section 3.2) */
    STS_ID_MAX = 32,
};

/* Stored: append only. */
enum sts_mode { STS_ENFORCE = 1, STS_TESTING, STS_NONE };
/* "enforce": as in the policy. */
struct str sts_mode_name(enum sts_mode mode);

struct sts_policy {
    enum sts_mode mode;
    uint32_t max_age_s;
    struct str mx[STS_MX_MAX]; /* lower case; "*.example.org" holds for one label */
    size_t mx_count;
};

/* A policy's text (section 3.2), strict. E_SYNTAX; E_LIMIT. Slices are in cx->arena. */
MUST_USE enum code sts_policy_parse(struct ctx *cx, struct str text, struct sts_policy *out);
/* The id of a TXT record (section 3.1), a slice. False: it is none of MTA-STS, or broken. */
bool sts_record_parse(struct str text, struct str *id);
/* Whether the host of an MX record may take mail under the policy (section 4.1). */
bool sts_policy_allows(const struct sts_policy *p, struct str host);

#endif
