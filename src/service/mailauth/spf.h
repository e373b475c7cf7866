/* Sender Policy Framework (RFC 7208): may this host send for that domain? */
#ifndef SERVICE_MAILAUTH_SPF_H
#define SERVICE_MAILAUTH_SPF_H

#include "base/err.h"
#include "format/host/ip.h"

struct resolver;

enum {
    SPF_LOOKUPS_MAX = 10, /* terms that ask the DNS, redirects and includes counted together */
    SPF_VOID_MAX = 2,     /* questions without an answer */
    SPF_NAMES_MAX = 10,   /* hosts looked at for one mx or ptr */
    SPF_TERMS_MAX = 100,  /* of one record */
};

enum spf_result {
    SPF_NONE,
    SPF_NEUTRAL,
    SPF_PASS,
    SPF_FAIL,
    SPF_SOFTFAIL,
    SPF_TEMPERROR,
    SPF_PERMERROR,
    SPF_RESULT_COUNT
};
/* "pass": as in Authentication-Results (RFC 8601). */
struct str spf_result_name(enum spf_result result);

enum spf_mechanism {
    SPF_ALL,
    SPF_INCLUDE,
    SPF_A,
    SPF_MX,
    SPF_PTR,
    SPF_IP4,
    SPF_IP6,
    SPF_EXISTS,
    SPF_MECHANISM_COUNT
};

struct spf_term {
    enum spf_result result; /* what it says when it matches */
    enum spf_mechanism mechanism;
    struct str domain; /* domain-spec with its macros, or empty */
    struct ip network; /* of ip4 and ip6 */
    unsigned bits4, bits6;
    struct str text; /* as written, for Received-SPF */
};

struct spf_record {
    struct spf_term *terms;
    size_t count;
    struct str redirect, explanation; /* domain-specs, or empty */
};

/* Parses what follows TXT selection, "v=spf1" and all, whole (section 4.6). Slices of text, array
   in cx->arena. E_SYNTAX is a permerror; E_LIMIT past SPF_TERMS_MAX, likewise. */
MUST_USE enum code spf_parse(struct ctx *cx, struct str text, struct spf_record *out);

struct spf_question {
    struct ip client;
    struct str helo;
    struct str sender;   /* "local@domain" of MAIL FROM; empty: postmaster at helo */
    struct str receiver; /* our host name */
};

struct spf_answer {
    enum spf_result result;
    struct str domain;      /* whose policy it was */
    struct str matched;     /* the term as written, or empty */
    struct str problem;     /* of a temperror or permerror, for the log */
    struct str explanation; /* the domain's own words for a fail, or empty: never to be trusted */
};

/* check_host() (section 4). Asks until cx->deadline_ms. Strings in cx->arena or in the question. */
void spf_check(struct ctx *cx, const struct resolver *resolver, const struct spf_question *q,
               struct spf_answer *out);

/* What macros are filled from (section 7). */
struct spf_macros {
    const struct spf_question *question;
    struct str sender;    /* never empty */
    struct str domain;    /* the current one, <domain> */
    struct str validated; /* %{p} */
    int64_t now_ms;
    bool explaining; /* c, r and t may be used */
};
/* E_SYNTAX for what is no macro-string; E_LIMIT for a result that is too long. In cx->arena. */
MUST_USE enum code spf_expand(struct ctx *cx, const struct spf_macros *m, struct str text,
                              struct str *out);
/* Whether text has a %{p} or %{P} in it, which costs look-ups. */
bool spf_wants_validated(struct str text);

#endif
