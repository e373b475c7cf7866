/* Brand Indicators for Message Identification (draft-brand-indicators-for-message-identification):
   where the logo of a domain lies whose mail DMARC has passed by a policy that is enforced. What
   lies there is not fetched, and no certificate (VMC) is looked at. */
#ifndef SERVICE_MAILAUTH_BIMI_H
#define SERVICE_MAILAUTH_BIMI_H

#include "service/mailauth/canon.h"
#include "service/mailauth/dmarc.h"

enum { BIMI_URL_MAX = 1000, BIMI_SELECTOR_MAX = 63 };

enum bimi_result {
    BIMI_NONE,     /* the domain has no record */
    BIMI_PASS,     /* it has a logo */
    BIMI_FAIL,     /* a record that is none */
    BIMI_DECLINED, /* it wants none shown */
    BIMI_SKIPPED,  /* DMARC did not pass, or its policy is not enforced */
    BIMI_TEMPERROR,
};
/* "pass": as in Authentication-Results. */
struct str bimi_result_name(enum bimi_result result);

struct bimi_record {
    struct str logo, evidence; /* l=, a=: "https://..." or empty */
};
/* The text of one TXT record (section 4.2). Slices of it. E_SYNTAX; E_LIMIT. */
MUST_USE enum code bimi_parse(struct ctx *cx, struct str text, struct bimi_record *out);
/* The value of a BIMI-Selector field (section 6): its s=, lower case; E_SYNTAX. In cx->arena. */
MUST_USE enum code bimi_selector(struct ctx *cx, struct str value, struct str *out);

struct bimi_answer {
    enum bimi_result result;
    struct str domain, selector; /* that were asked for */
    struct bimi_record record;
};
/* Asks for the author's domain, then for the organizational one, until cx->deadline_ms. */
void bimi_check(struct ctx *cx, const struct resolver *r, const struct canon_message *m,
                struct str from_domain, const struct dmarc_answer *dmarc, struct bimi_answer *out);
/* The field BIMI-Location with its line end, or nothing (section 7.8). In the arena. */
struct str bimi_location(struct arena *a, const struct bimi_answer *answer);

#endif
