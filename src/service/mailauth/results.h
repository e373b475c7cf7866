/* Authentication-Results (RFC 8601): what was checked, for those behind us. */
#ifndef SERVICE_MAILAUTH_RESULTS_H
#define SERVICE_MAILAUTH_RESULTS_H

#include "service/mailauth/arc.h"
#include "service/mailauth/bimi.h"
#include "service/mailauth/dmarc.h"

/* Whatever was not looked at is left NULL or empty. */
struct results {
    struct str server; /* authserv-id: our host name */
    struct ip client;
    const struct spf_answer *spf;
    struct str mail_from, helo;
    const struct dkim_answer *dkim;
    const struct arc_answer *arc;
    const struct dmarc_answer *dmarc;
    struct str from_domain;
    struct str host; /* the client's name by FCrDNS (iprev), or empty */
    bool looked_host;
    struct str login; /* who logged in (auth), or empty */
    const struct bimi_answer *bimi;
};

/* What stands behind the field's name: the server, then a result a line, folded; no line end at the
   end. In the arena. */
struct str results_text(struct arena *a, const struct results *r);

#endif
