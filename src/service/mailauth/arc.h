/* Authenticated Received Chain (RFC 8617): what each hop saw, sealed. */
#ifndef SERVICE_MAILAUTH_ARC_H
#define SERVICE_MAILAUTH_ARC_H

#include "service/mailauth/signature.h"

enum { ARC_SETS_MAX = 50 };

enum arc_result { ARC_NONE, ARC_PASS, ARC_FAIL, ARC_RESULT_COUNT };
/* "pass": as in cv= and Authentication-Results. */
struct str arc_result_name(enum arc_result result);

struct arc_set {
    const struct header_field *seal, *signature, *results; /* AS, AMS, AAR */
    struct str sealer;                                     /* d= of the seal, where well formed */
};

struct arc_answer {
    enum arc_result result;
    struct str reason; /* of a fail; a literal */
    bool temporary;    /* a fail because the DNS did not answer */
    struct arc_set *sets;
    size_t count;       /* highest instance; sets[i] has instance i + 1 */
    size_t oldest_pass; /* lowest instance whose AMS still verifies, 0 when all do (section 5.2) */
};

/* Sections 5.2 and 5.2.1. Asks until cx->deadline_ms. The array is in cx->arena. */
void arc_verify(struct ctx *cx, const struct resolver *resolver, struct key_cache *keys,
                struct canon_message *m, struct arc_answer *out);

struct arc_sealing {
    const struct sign_key *key;
    struct str domain, selector;
    struct str
        results; /* what follows "i=N; " in ARC-Authentication-Results: authserv-id and all */
    const struct str *names; /* that the AMS signs, as they shall stand in h= */
    size_t name_count;
    int64_t now_ms;
};
/* One more set: ARC-Seal, ARC-Message-Signature and ARC-Authentication-Results, each ended by CRLF;
   empty when nothing may be added (the newest seal says fail already, or ARC_SETS_MAX). In
   cx->arena. chain: what arc_verify() said of the message. */
struct str arc_seal(struct ctx *cx, struct canon_message *m, const struct arc_answer *chain,
                    const struct arc_sealing *how);

#endif
