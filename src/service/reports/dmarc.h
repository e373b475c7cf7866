/* Aggregate reports of DMARC (RFC 9990; RFC 7489 section 7.2): what is counted. */
#ifndef SERVICE_REPORTS_DMARC_H
#define SERVICE_REPORTS_DMARC_H

#include "service/mailauth/dmarc.h"

enum { DMARC_SIGNATURES_MAX = 4 }; /* of a message that are told */

/* Why what was done is not what the policy says; stored: append only. */
enum dmarc_override {
    DMARC_OVERRIDE_NONE = 0,
    DMARC_OVERRIDE_LOCAL,     /* we only mark */
    DMARC_OVERRIDE_FORWARDER, /* a seal that we trust (ARC) */
    DMARC_OVERRIDE_TESTING,   /* t=y */
    DMARC_OVERRIDE_SAMPLED,   /* pct= */
    DMARC_OVERRIDE_COUNT
};
/* "local_policy": as in reports; empty for none. */
struct str dmarc_override_name(enum dmarc_override why);

struct dmarc_signature_seen {
    struct str domain, selector;
    enum dkim_result result;
};

/* One message at the door. */
struct dmarc_seen {
    struct str domain; /* of the policy */
    /* As published. */
    enum dmarc_policy policy, subdomains, absent;
    bool strict_dkim, strict_spf, testing;
    uint8_t percent;
    /* What was found and done. */
    struct str client, from_domain, mail_from_domain, spf_domain;
    bool spf_helo; /* of the client's name, for want of a sender */
    enum spf_result spf;
    bool dkim_aligned, spf_aligned;
    enum dmarc_policy done;
    enum dmarc_override why;
    struct dmarc_signature_seen dkim[DMARC_SIGNATURES_MAX];
    size_t dkim_count;
};
/* As a cell of the tally, and back; slices of the cell, the domain is not in it. E_CORRUPT. */
struct str dmarc_cell_write(struct arena *a, const struct dmarc_seen *s);
MUST_USE enum code dmarc_cell_read(struct ctx *cx, struct str cell, struct dmarc_seen *out);

/* One report: of cells with the same policy. */
struct dmarc_xml {
    struct str organization, email, id, domain;
    int64_t begin_s, end_s;
    const struct dmarc_seen *seen;
    const uint64_t *n;
    size_t count;
};
/* Those of seen that have the policy of the first. In cx->arena; empty: too large. */
struct str dmarc_xml_write(struct ctx *cx, const struct dmarc_xml *x);
/* As published alike? */
bool dmarc_same_policy(const struct dmarc_seen *a, const struct dmarc_seen *b);

#endif
