/* Domain-based Message Authentication, Reporting and Conformance (RFC 9989, which succeeds RFC
   7489): does what was authenticated belong to the author's domain, and what does that domain want
   done otherwise? Organizational domains are found by the DNS tree walk. */
#ifndef SERVICE_MAILAUTH_DMARC_H
#define SERVICE_MAILAUTH_DMARC_H

#include "service/mailauth/dkim.h"
#include "service/mailauth/spf.h"

enum {
    DMARC_WALK_MAX = 8,       /* questions of one tree walk (RFC 9989 section 4.10) */
    DMARC_ADDRESSES_MAX = 10, /* report addresses that are kept of rua= and of ruf= */
};

enum dmarc_policy { DMARC_POLICY_NONE, DMARC_POLICY_QUARANTINE, DMARC_POLICY_REJECT };
/* "quarantine": as in p=. */
struct str dmarc_policy_name(enum dmarc_policy policy);

enum dmarc_psd { DMARC_PSD_UNSAID, DMARC_PSD_YES, DMARC_PSD_NO };

struct dmarc_record {
    enum dmarc_policy policy, subdomains, absent; /* p=, sp=, np=; filled in where not said */
    bool strict_dkim, strict_spf;                 /* adkim=s, aspf=s */
    bool testing;                                 /* t=y */
    uint8_t percent;                              /* pct= of RFC 7489; 100 */
    enum dmarc_psd psd;
    bool report_all;   /* fo=1 */
    struct str *rua;   /* "mailto:" addresses, slices */
    uint64_t *rua_max; /* "!10m" behind an address: bytes; 0: no limit */
    size_t rua_count;
    struct str *ruf;
    size_t ruf_count;
};

/* The text of one TXT record. E_SYNTAX: it is no DMARC record, or none that can be used. Arrays in
   cx->arena. */
MUST_USE enum code dmarc_parse(struct ctx *cx, struct str text, struct dmarc_record *out);

enum dmarc_result {
    DMARC_NONE, /* the domain has no policy */
    DMARC_PASS,
    DMARC_FAIL,
    DMARC_TEMPERROR,
    DMARC_PERMERROR, /* no author, or several with different domains */
    DMARC_RESULT_COUNT
};
/* "pass": as in Authentication-Results. */
struct str dmarc_result_name(enum dmarc_result result);

struct dmarc_question {
    struct str from_domain; /* of the author; lower case, A-labels. Empty: DMARC_PERMERROR */
    enum spf_result spf;
    struct str spf_domain;
    const struct dkim_answer *dkim;
};

struct dmarc_answer {
    enum dmarc_result result;
    bool spf_aligned, dkim_aligned; /* passed and aligned */
    struct str policy_domain;       /* whose record it is */
    struct str organizational;      /* of the author's domain */
    struct dmarc_record record;     /* when there is one */
    enum dmarc_policy policy;       /* what the domain asks for */
    enum dmarc_policy disposition;  /* that, with t= and pct= weighed; none for a pass */
};

/* Asks until cx->deadline_ms. */
void dmarc_check(struct ctx *cx, const struct resolver *resolver, const struct dmarc_question *q,
                 struct dmarc_answer *out);

/* The organizational domain of a name; empty when the DNS does not say. In cx->arena. */
struct str dmarc_organizational(struct ctx *cx, const struct resolver *resolver, struct str domain);

#endif
