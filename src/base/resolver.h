/* Questions to the DNS. io/out/resolver.c asks the world; tests answer from a table. */
#ifndef BASE_RESOLVER_H
#define BASE_RESOLVER_H

#include "base/err.h"
#include "base/str.h"

enum dns_type {
    DNS_A = 1,
    DNS_NS = 2,
    DNS_CNAME = 5,
    DNS_PTR = 12,
    DNS_MX = 15,
    DNS_TXT = 16,
    DNS_AAAA = 28,
    DNS_TLSA = 52,
};

enum dns_status {
    DNS_FOUND = 1, /* there are records */
    DNS_NO_DATA,   /* the name is there, records of this type are not */
    DNS_NO_NAME,   /* NXDOMAIN */
    DNS_FAILED,    /* time-out, SERVFAIL, loop of CNAMEs: unknown, ask again later */
    DNS_BOGUS,     /* signatures that do not hold: as failed, never as absent */
};

struct dns_question {
    struct str name; /* A-labels, with or without the last dot; at most 253 bytes */
    enum dns_type type;
};

struct dns_answer {
    enum dns_status status;
    bool secure;          /* validated by DNSSEC, the absence too */
    uint32_t ttl_s;       /* how long it holds */
    struct str canonical; /* the name that CNAMEs led to; the question's without them. Lower case */
    struct str *records;  /* rdata in wire form, names in it not compressed; read by dns_* below */
    size_t count;
};

/* answer holds until done() returns. Any thread; quick. */
typedef void dns_done_fn(void *arg, const struct dns_answer *answer);

struct resolver {
    void *self;
    /* Asks, and calls done once, perhaps before start() returns. A name that cannot be asked for is
       DNS_NO_NAME. There is an answer after some seconds in any case. */
    void (*start)(void *self, struct dns_question q, dns_done_fn *done, void *arg);
};

/* Asks and waits, at most until cx->deadline_ms (then DNS_FAILED). The answer is in cx->arena. */
struct dns_answer resolver_ask(struct ctx *cx, const struct resolver *r, struct dns_question q);

/* Of rdata. False when it is malformed. Names come in lower case without the last dot; "" is the
   root. A name with bytes that no host or mail domain may have is malformed. */
bool dns_mx(struct str rdata, struct arena *arena, uint16_t *preference, struct str *host);
bool dns_name(struct str rdata, struct arena *arena, struct str *name); /* NS, CNAME, PTR */
/* The character-strings joined (RFC 7208 3.3). */
bool dns_txt(struct str rdata, struct arena *arena, struct str *text);

struct dns_tlsa {
    uint8_t usage, selector, matching; /* RFC 6698 section 2.1 */
    struct str data;                   /* in rdata */
};
bool dns_tlsa(struct str rdata, struct dns_tlsa *out);
/* A and AAAA as text: "192.0.2.1", "2001:db8::1". */
bool dns_address(struct str rdata, struct arena *arena, struct str *text);

/* Whether name can be asked for: labels of 1 to 63 bytes, at most 253 in all. */
bool dns_name_fits(struct str name);
/* A deep copy of the answer. */
struct dns_answer dns_answer_dup(struct arena *arena, const struct dns_answer *answer);

#endif
